# Everything a fresh clone needs: git, make and python3 >= 3.11. The rest is installed here.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo demo-bot demo-web test-web browser test-redis redis test test-all coverage simulate simulate-fleet crash test-spark test-spark-cluster lint format types docs docs-serve wheel bench bench-quick bench-processes compat hooks clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,docs]'
	touch $@

demo: $(VENV)/.installed  ## dialogs, found chats and messages out of the embedded portal, over real HTTP
	$(BIN)/bitrix-im demo

test: $(VENV)/.installed  ## the quick suite: within a minute on two cores, and its slowest five
	$(BIN)/pytest -n auto --dist worksteal -m 'not slow and not browser and not redis' --hypothesis-profile=quick --durations=5

test-all: $(VENV)/.installed  ## every test, the slow ones and those in a browser as well
	$(BIN)/pytest -n auto --dist worksteal --durations=10

coverage: $(VENV)/.installed  ## every test, branches counted: at least 95 %
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term-missing:skip-covered

demo-bot: $(VENV)/.installed  ## a conversation with the bot of examples/support_bot.py, on the embedded portal
	$(BIN)/python -m examples.demo_bot

demo-web: $(VENV)/.installed  ## a chat page on the embedded portal, in your browser: the example in examples/web
	$(BIN)/python -m examples.web.demo

test-web: $(VENV)/.installed browser  ## the example's page in headless Chromium
	$(BIN)/pytest -m browser tests/web

browser:  ## install Debian's Chromium, where there is none (as root, or by sudo)
	command -v chromium >/dev/null || { root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$root apt-get update -qq && $$root apt-get install -y -qq chromium; }

test-redis: $(VENV)/.installed redis  ## what processes share, in a real redis-server
	$(BIN)/pytest -m redis --durations=5

redis:  ## install Debian's redis-server, where there is none (as root, or by sudo); tests start it themselves
	command -v redis-server >/dev/null || { root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$root apt-get update -qq && $$root apt-get install -y -qq --no-install-recommends redis-server; }

simulate: $(VENV)/.installed  ## a day of client and portal in virtual time, from a fresh seed (SEED=, HOURS=)
	$(BIN)/python -m tests.simulate --seed "$${SEED:-$$$$}" --hours "$${HOURS:-24}"

simulate-fleet: $(VENV)/.installed  ## a day of 5,000 portals and 20 workers in virtual time, with kills and outages (SEED=)
	$(BIN)/python -m tests.simulate.fleet --seed "$${SEED:-$$$$}"

crash: $(VENV)/.installed  ## a bot, a consumer of events and exports killed by SIGKILL, 15, 20 and 30 times (SEED=)
	$(BIN)/python -m tests.crash --seed "$${SEED:-$$$$}" --kills 15 --messages 500 --presses 100
	$(BIN)/python -m tests.crash.exports --seed "$${SEED:-$$$$}" --kills 30 --dialogs 2000

.venvs/spark/.installed: pyproject.toml
	$(PYTHON) -m venv .venvs/spark
	.venvs/spark/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[spark,testing,redis]' hypothesis pytest trio
	touch $@

test-spark: .venvs/spark/.installed  ## Spark reads the embedded portal: an environment of its own, 1 GB on disk, and a JRE from 17 on
	.venvs/spark/bin/python -m pytest -m spark tests/spark --durations=5

test-spark-cluster: .venvs/spark/.installed  ## the same on a cluster of one master and two workers, one of them killed half-way
	.venvs/spark/bin/python -m tests.spark.cluster

lint: $(VENV)/.installed  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.installed  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.installed  ## mypy --strict over all, the tests without asking for annotations; pyright over what a user writes
	$(BIN)/mypy
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright --pythonpath $(BIN)/python tests/typed examples

docs: $(VENV)/.installed  ## the documentation as a site, built strictly into build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

docs-serve: $(VENV)/.installed  ## the documentation on http://127.0.0.1:8000/, made anew with every change
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve --dev-addr 127.0.0.1:8000

wheel: $(VENV)/.installed  ## build the wheel, install it in an empty environment, run the demo and a foreign test
	rm -rf build/wheel && mkdir -p build/wheel
	$(BIN)/python -m build --wheel --outdir build/wheel >build/wheel/build.log
	$(PYTHON) -m venv build/wheel/bare
	build/wheel/bare/bin/python -m pip install --quiet --disable-pip-version-check build/wheel/*.whl
	cd build/wheel && bare/bin/python -c 'import bitrix_im, pathlib; assert (pathlib.Path(bitrix_im.__file__).parent / "py.typed").exists(); print("imported", bitrix_im.__version__)'
	build/wheel/bare/bin/python -m pip install --quiet --disable-pip-version-check "$$(echo build/wheel/*.whl)[cli]"
	cd build/wheel && bare/bin/bitrix-im demo
	build/wheel/bare/bin/python -m pip install --quiet --disable-pip-version-check "$$(echo build/wheel/*.whl)[testing]" pytest
	printf '%s\n' 'async def test_a_new_chat_is_listed(bitrix_portal, bitrix_im):' \
		'    chat = bitrix_portal.add_chat("Launch")' \
		'    assert [dialog.dialog_id async for dialog in bitrix_im.recent.list()] == [chat]' >build/wheel/test_foreign.py
	cd build/wheel && PYTEST_ADDOPTS= bare/bin/python -m pytest -q -c /dev/null --rootdir . test_foreign.py

bench: $(VENV)/.installed  ## every bar, and the peers, on the embedded portal
	$(BIN)/python -m benchmarks

bench-quick: $(VENV)/.installed  ## the bars alone
	$(BIN)/python -m benchmarks --quick

bench-processes: $(VENV)/.installed redis  ## four processes with shared limits and tokens, and without: requests, refusals, seconds
	$(BIN)/python -m benchmarks.processes

compat: $(VENV)/.installed  ## other people's clients, in environments of their own, on the served portal
	$(BIN)/python -m compat $(CLIENTS)

hooks: $(VENV)/.installed  ## let git run ruff and mypy before each commit (pre-commit)
	$(BIN)/pre-commit install

clean:  ## remove what all of this made
	rm -rf $(VENV) .venvs build dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache

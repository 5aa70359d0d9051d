# Everything a fresh clone needs: git, make and python3 >= 3.11. The rest is installed here.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test coverage simulate lint types wheel bench bench-quick clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(VENV)/.installed  ## dialogs, found chats and messages out of the embedded portal, over real HTTP
	$(BIN)/bitrix-im demo

test: $(VENV)/.installed  ## the whole suite, on all cores
	$(BIN)/pytest -n auto --dist worksteal

coverage: $(VENV)/.installed  ## the suite once more, its branches counted: at least 95 %
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term-missing:skip-covered

simulate: $(VENV)/.installed  ## a day of client and portal in virtual time, from a fresh seed
	$(BIN)/python -m tests.simulate --seed "$${SEED:-$$$$}" --hours "$${HOURS:-24}"

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed
	$(BIN)/mypy

wheel: $(VENV)/.installed  ## build the wheel, install it in an empty environment, import it, run the demo
	rm -rf build/wheel && mkdir -p build/wheel
	$(BIN)/python -m build --wheel --outdir build/wheel >build/wheel/build.log
	$(PYTHON) -m venv build/wheel/bare
	build/wheel/bare/bin/python -m pip install --quiet --disable-pip-version-check build/wheel/*.whl
	cd build/wheel && bare/bin/python -c 'import bitrix_im, pathlib; assert (pathlib.Path(bitrix_im.__file__).parent / "py.typed").exists(); print("imported", bitrix_im.__version__)'
	build/wheel/bare/bin/python -m pip install --quiet --disable-pip-version-check "$$(echo build/wheel/*.whl)[cli]"
	cd build/wheel && bare/bin/bitrix-im demo

bench: $(VENV)/.installed  ## every bar, and the peers, on the embedded portal
	$(BIN)/python -m benchmarks

bench-quick: $(VENV)/.installed  ## the bars alone
	$(BIN)/python -m benchmarks --quick

clean:
	rm -rf $(VENV) .venvs build dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache

"""Every example of the README runs as printed."""

import re
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

import bitrix_im
from bitrix_im.session.session import Session
from bitrix_im.testing import Portal

from .. import virtual_time

README = (Path(__file__).parent.parent.parent / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
URL = "https://acme.bitrix24.com/rest/1/SECRET/"


@pytest.fixture
def portal():
    portal = Portal(seed=1, user_id=1, secret="SECRET", host="acme.bitrix24.com")
    while (name := portal.add_chat("Project")) != "chat1489":
        assert int(name[4:]) < 1489
    portal.add_history("chat1489", 130)
    return portal


@pytest.fixture
def in_process(portal, monkeypatch):
    """Clients that the examples make reach the embedded portal instead of the network."""
    real = Session

    def session(auth, limits, http):
        return real(auth, limits, http or portal.http())

    monkeypatch.setattr("bitrix_im.client.Session", session)


run_virtually = virtual_time.run


def test_the_first_example_runs_as_printed(portal, in_process, monkeypatch, capsys):
    monkeypatch.setattr(anyio, "run", run_virtually)
    exec(EXAMPLES[0], {"yesterday": datetime.now(UTC) - timedelta(days=1)})
    out = capsys.readouterr().out
    assert "Project" in out
    assert str(portal.visible_messages("chat1489")[0]) in out


@pytest.mark.parametrize("number", range(1, len(EXAMPLES)))
def test_the_other_examples_run(number, portal, in_process):
    needed = EXAMPLES[1] if "pager" in EXAMPLES[number] else ""
    body = textwrap.indent(needed + EXAMPLES[number], " " * 8)
    names: dict[str, Any] = {"url": URL, "Client": bitrix_im.BitrixIM}
    names["Call"] = bitrix_im.Call
    if "import BitrixIM" not in body:
        names["BitrixIM"] = bitrix_im.BitrixIM
    exec(f"async def main():\n    async with Client(url) as im:\n{body}\n        await im.aclose()\n", names)
    run_virtually(names["main"])


def test_the_design_s_example_is_the_readme_s():
    assert "async for dialog in im.recent.list(skip_openlines=True):" in EXAMPLES[0]
    assert len(EXAMPLES) >= 5

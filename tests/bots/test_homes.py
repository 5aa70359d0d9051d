"""Each method of imbot.v2 is where docs/methods.md says."""

import inspect
import re
from pathlib import Path

import pytest

from bitrix_im.bots import Bot, Bots
from bitrix_im.bots.chats import BotChats
from bitrix_im.rest import catalog

PAGE = (Path(__file__).parents[2] / "docs" / "methods.md").read_text("utf-8")
HOMES = dict(re.findall(r"^\| `(imbot\.v2\.[^`]+)` \| (.*?) \|", PAGE, re.MULTILINE))
CATALOG = {row.name: row for row in catalog.METHODS}


def functions(home):
    """What a home names: ``bots.get``, ``bot.send``, ``bot.chats.get``."""
    rooms = {"bots": Bots, "bot": Bot, "bot.chats": BotChats}
    for room, name in re.findall(r"(bots|bot\.chats|bot)\.(\w+)", home):
        if name != "chats":
            yield getattr(rooms[room], name)


def test_the_page_and_the_catalog_have_the_same_34_methods():
    assert len(HOMES) == 34
    assert set(HOMES) == {name for name in CATALOG if name.startswith("imbot.v2.")}


@pytest.mark.parametrize("method", HOMES)
def test_a_method_is_at_its_home_and_named_there(method):
    found = list(functions(HOMES[method]))
    assert found
    assert list(functions(CATALOG[method].home))
    said = " ".join(inspect.getdoc(function) or "" for function in found)
    assert f"``{method}``" in said or (method.split(".")[-1] in said and "imbot.v2.Bot" in said)

"""The bot's token: short enough, and never shown."""

import copy
import pickle
import traceback
from typing import Any

import pytest

from bitrix_im.bots import BotToken

SECRET = "s3cr3t-of-a-bot"


@pytest.mark.parametrize("secret", ["", "secret words", "ключ", "x" * 41, "a\n"])
def test_what_the_portal_would_refuse_is_refused_and_not_shown(secret):
    with pytest.raises(ValueError, match="expected a bot's token") as raised:
        BotToken(secret)
    assert not secret or secret not in str(raised.value)


def test_only_a_text_is_a_token():
    number: Any = 5
    with pytest.raises(TypeError, match="got int"):
        BotToken(number)


def test_a_generated_token_is_as_long_as_allowed_and_never_the_same():
    one, two = BotToken.generate(), BotToken.generate()
    assert len(one.reveal()) == len(two.reveal()) == 40
    assert one != two
    assert one == BotToken(one.reveal())
    assert hash(one) == hash(BotToken(one.reveal()))


def test_a_token_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("BOT_TOKEN", SECRET + "\n")
    assert BotToken.from_env("BOT_TOKEN").reveal() == SECRET
    monkeypatch.delenv("BOT_TOKEN")
    with pytest.raises(ValueError, match="BOT_TOKEN, which is not set"):
        BotToken.from_env("BOT_TOKEN")


def test_a_token_shows_nowhere():
    token = BotToken(SECRET)
    assert SECRET not in repr(token) + str(token) + f"{token}"
    for write in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match="holds a secret") as raised:
            write(token)
        assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_the_webhooks_token_is_made_of_it():
    assert BotToken("x" * 40).application_token == "custom" + "x" * 40
    assert len(BotToken("x" * 40).application_token) == 46

"""``send`` and ``call``."""

import io
import json

import pytest

from bitrix_im.cli import main

from . import WEBHOOK, told


@pytest.fixture
def typed(monkeypatch):
    """Put a text on stdin."""

    def type_in(text):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode("utf-8", "surrogateescape"))))

    return type_in


def test_send_prints_the_id_of_the_message(webhook, portal, capsys):
    assert main(["send", portal.showcase, "Hello, all"]) == 0
    number = int(capsys.readouterr().out)
    assert portal.visible_messages(portal.showcase)[-1] == number
    assert portal.message_texts(portal.showcase)[-1] == "Hello, all"
    assert main(["send", portal.showcase, "Hello again", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"id": portal.visible_messages(portal.showcase)[-1]}


def test_the_same_key_sends_once(webhook, portal, capsys):
    assert main(["send", portal.showcase, "Built", "--key", "build 42"]) == 0
    assert main(["send", portal.showcase, "Built", "--key", "build 42"]) == 0
    first, second = capsys.readouterr().out.split()
    assert first == second


def test_a_text_can_come_from_stdin(webhook, portal, typed, capsys):
    typed("Two\nlines, ünïcode\n")
    assert main(["send", portal.showcase, "-"]) == 0
    assert portal.message_texts(portal.showcase)[-1] == "Two\nlines, ünïcode"


def test_call_prints_the_raw_result(webhook, portal, typed, capsys):
    assert main(["call", "im.dialog.get", f"DIALOG_ID={portal.showcase}"]) == 0
    assert json.loads(capsys.readouterr().out)["dialog_id"] == portal.showcase
    assert (
        main(["call", "im.dialog.messages.get", "--params", f'{{"DIALOG_ID": "{portal.showcase}", "LIMIT": 2}}']) == 0
    )
    assert len(json.loads(capsys.readouterr().out)["messages"]) == 2
    typed(f'{{"DIALOG_ID": "{portal.showcase}"}}')
    assert main(["call", "im.dialog.get", "--params", "-"]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out)["dialog_id"] == portal.showcase


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["send", "chat1", " "], "expected a text or an attachment"),
        (["send", "chat0", "Hi"], "expected a dialog id like"),
        (["call", "im.dialog.get", "DIALOG_ID"], "expected KEY=VALUE, got 'DIALOG_ID'"),
        (["call", "im.dialog.get", "=1"], "expected KEY=VALUE"),
        (["call", "im.dialog.get", "A=1", "--params", "{}"], "got both"),
        (["call", "im.dialog.get", "--params", "{"], "expected a JSON object as --params"),
        (["call", "im.dialog.get", "--params", "[]"], "got a list"),
        (["call", "im dialog get"], "im dialog get"),
    ],
)
def test_what_cannot_be_sent_is_one_line(words, text, capsys):
    assert main([*words, "--webhook", WEBHOOK]) == 2
    assert text in told(capsys)


def test_stdin_that_is_no_text_is_one_line(typed, capsys):
    typed("\udcff")
    assert main(["send", "chat1", "-", "--webhook", WEBHOOK]) == 2
    assert "expected UTF-8" in told(capsys)


def test_an_unknown_method_says_so(webhook, capsys):
    assert main(["call", "im.no.such.method"]) == 2
    assert "METHOD_NOT_FOUND" in told(capsys)

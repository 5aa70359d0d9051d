"""Tables in terminals of any width, colours, and lists that go on where they stopped."""

import io
import re
import sys

import pytest

from bitrix_im import AccessError
from bitrix_im.cli import listing, main
from bitrix_im.cli.output import say

from . import WEBHOOK, told

LONG = "One long text that goes on, and on, and on, until it is longer than any terminal that somebody would have open"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")

    def open_one():
        stdout = Terminal()
        monkeypatch.setattr(sys, "stdout", stdout)
        return stdout

    return open_one


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("words", [["recent"], ["search", "Project"], ["history", "SHOWCASE"]])
def test_a_table_has_a_line_a_row_and_whole_ids_in_any_width(width, words, webhook, portal, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    words = [portal.showcase if word == "SHOWCASE" else word for word in words]
    assert main([*words, "--limit", "20"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert max(map(len, [header, *rows])) <= width
    assert len(rows) == 20
    assert all(re.match(r"(chat|sg)?\d+( |$)", row) for row in rows)
    assert ("DATE" in header) or ("ACTIVE" in header) or ("CREATED" in header) or width < 70


@pytest.mark.parametrize("width", [40, 80, 120])
def test_wrap_shows_whole_texts_and_all_columns(width, webhook, portal, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    chat = portal.add_chat("Wrapped", recent=False)
    portal.post(chat, f"{LONG}\nand a second line", 1)
    assert main(["history", chat, "--wrap"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= width
    assert all(name in out for name in ("ID", "DATE", "AUTHOR", "TEXT"))
    words = re.sub(r"\s+", " ", out)
    for word in [*LONG.split(), "second"]:
        assert word in words
    assert main(["history", chat]) == 0
    assert LONG not in capsys.readouterr().out


def test_a_list_goes_on_where_it_stopped(webhook, portal, capsys):
    ids = portal.visible_messages(portal.showcase)[::-1]
    shown = []
    more = []
    for _ in range(10):
        assert main(["history", portal.showcase, "--limit", "25", *more]) == 0
        out, err = capsys.readouterr()
        shown += [int(line.split()[0]) for line in out.splitlines()[1:]]
        found = re.search(r"^there is more: (--cursor) (\S+)$", err, re.MULTILINE)
        if not found:
            break
        more = [found[1], found[2]]
    assert shown == ids


def test_a_cursor_of_another_list_is_refused(webhook, portal, capsys):
    assert main(["search", "Project", "--limit", "1"]) == 0
    cursor = capsys.readouterr().err.split()[-1]
    assert main(["history", portal.showcase, "--cursor", cursor]) == 2
    assert "cursor" in told(capsys)
    assert main(["recent", "--cursor", "nonsense"]) == 2
    assert "cursor" in told(capsys)


def test_an_error_in_the_middle_and_ctrl_c_name_the_way_on(monkeypatch, capsys):
    for error, code in ((AccessError("ACCESS_ERROR"), 2), (KeyboardInterrupt(), 130)):

        async def walk(im, pager, rows, tally, error=error):
            tally.items, tally.cursor = 50, "abc"
            raise error

        monkeypatch.setattr(listing, "walk", walk)
        assert main(["recent", "--webhook", WEBHOOK]) == code
        assert told(capsys).endswith("; go on with --cursor abc\n")


def test_colours_are_for_terminals(terminal, webhook):
    stdout = terminal()
    assert main(["search", "Project", "--limit", "2"]) == 0
    assert "\x1b[1m" in stdout.getvalue()


def test_no_color_is_respected(terminal, monkeypatch):
    stdout = terminal()
    say("coloured", "bold cyan")
    assert "36m" in stdout.getvalue()
    stdout = terminal()
    monkeypatch.setenv("NO_COLOR", "1")
    say("plain", "bold cyan")
    assert "plain" in stdout.getvalue()
    assert not re.search(r"\x1b\[[\d;]*3\d", stdout.getvalue())

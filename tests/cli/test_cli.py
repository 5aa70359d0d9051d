import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from datetime import datetime

import anyio
import pytest

from bitrix_im import AccessError, ApiError, AuthError, BitrixIM, BotToken, MethodNotFound, TransportError, __version__
from bitrix_im.cli import demo, listing, main, problems, texts
from bitrix_im.testing import Portal

from . import COMMAND, RICH, SECRET, WEBHOOK, told

FILTERS = [
    "--skip-openlines", "--skip-dialog", "--skip-chat", "--skip-undistributed-openlines", "--unread-only",
    "--only-copilot", "--only-channel", "--can-manage-messages", "--parse-text", "--get-original-text",
]  # fmt: skip


@pytest.fixture
def failing(monkeypatch):
    """Make every walk raise an error, with an address that is never asked."""

    def fail(error):
        async def walk(*_):
            raise error

        monkeypatch.setattr(listing, "walk", walk)
        return ["recent", "--webhook", WEBHOOK]

    return fail


class Terminal(io.StringIO):
    def isatty(self):
        return True


def first_words(text):
    return [line.split()[0] for line in text.splitlines()]


@pytest.fixture(scope="module")
def demonstrated():
    """The demo in a process of its own."""
    plain = {name: value for name, value in os.environ.items() if name not in RICH}
    return subprocess.run([*COMMAND, "demo"], capture_output=True, encoding="utf-8", timeout=30, env=plain)


# The demo


@pytest.mark.slow
def test_the_demo_shows_the_main_job_over_real_http(demonstrated):
    assert (demonstrated.returncode, demonstrated.stderr) == (0, "")
    lines = demonstrated.stdout.splitlines()
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 110
    for caption in ("im.recent.list(page_size=50)", 'im.search.chats("Project")', "newest first", "oldest first"):
        assert any(line.startswith("async for") and caption in line for line in lines)
    assert re.search(r"Done: \d+ items, \d+ pages, \d+ requests, [1-9]\d* doubles dropped", demonstrated.stdout)
    assert "/rest/1/s3cr3t" not in demonstrated.stdout


@pytest.mark.slow
def test_the_demo_says_the_same_every_time_and_keeps_to_the_limits(demonstrated, monkeypatch, capsys):
    portal = demo.portal()
    monkeypatch.setattr(demo, "portal", lambda: portal)
    assert main(["demo"]) == 0
    said = [re.sub(r"[\d.]+ s\b", "", text) for text in (capsys.readouterr().out, demonstrated.stdout)]
    assert said[0] == said[1]
    assert portal.refusals == 0
    assert portal.requests < 47  # beyond, the client waits


@pytest.mark.parametrize(("came", "text"), [([1], "1 numbers are missing"), ([1, 2, 2], "1 came twice")])
def test_the_demo_fails_when_a_walk_is_not_complete(came, text):
    with pytest.raises(problems.Problem, match=text) as caught:
        demo._check("numbers", came, [1, 2])
    assert caught.value.code == 1


# Lists


def test_recent_lists_every_dialog_once(webhook, portal, capsys):
    assert main(["recent"]) == 0
    out, err = capsys.readouterr()
    header, *rows = first_words(out)
    assert header == "DIALOG"
    expected = portal.visible_dialogs() + portal.queue_lines()
    assert sorted(rows) == sorted(expected)
    told = rf"{len(expected)} dialogs, 1 page, 1 request, \d+ doubles dropped, \d\.\d s\n"
    assert re.fullmatch(told, err)


def test_search_lists_the_chats_that_match(webhook, portal, capsys):
    assert main(["search", "Project"]) == 0
    out, err = capsys.readouterr()
    assert first_words(out)[1:] == [f"chat{chat}" for chat in portal.found_chats("Project")]
    assert err.startswith("55 chats, 2 pages")


def test_history_lists_messages_newest_first(webhook, portal, capsys):
    assert main(["history", portal.showcase]) == 0
    shown = [int(word) for word in first_words(capsys.readouterr().out)[1:]]
    assert shown == portal.visible_messages(portal.showcase)[::-1]


def test_history_after_a_message_lists_oldest_first(webhook, portal, capsys):
    ids = portal.visible_messages(portal.showcase)
    assert main(["history", portal.showcase, "--after", str(ids[3])]) == 0
    assert [int(word) for word in first_words(capsys.readouterr().out)[1:]] == ids[4:]


def test_history_before_a_message_lists_those_below(webhook, portal, capsys):
    ids = portal.visible_messages(portal.showcase)
    assert main(["history", portal.showcase, "--before", str(ids[5])]) == 0
    assert [int(word) for word in first_words(capsys.readouterr().out)[1:]] == ids[4::-1]


def test_limit_stops_the_list(webhook, capsys):
    assert main(["search", "Project", "--limit", "1"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert err.startswith("1 chat, 1 page, 1 request, 0 doubles dropped")


def test_a_list_without_items_is_only_its_closing_line(webhook, capsys):
    assert main(["search", "no such chat"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("0 chats, 1 page, 1 request")


def test_every_filter_reaches_the_portal(webhook, portal, capsys):
    assert main(["recent", *FILTERS]) == 0
    sent = {name for name, value in portal.log[-1].params.items() if value == "Y"}
    assert sent == {flag.strip("-").replace("-", "_").upper() for flag in FILTERS}
    assert len(sent) == 10


def test_a_date_without_a_zone_is_local(webhook, portal, capsys):
    assert main(["recent", "--last-message-date", "2026-03-04T02:00", "--limit", "1"]) == 0
    asked = datetime.fromisoformat(portal.log[-1].params["LAST_MESSAGE_DATE"])
    assert asked == datetime(2026, 3, 4, 2, 0).astimezone()


def test_open_lines_are_searched_on_request(webhook, portal, capsys):
    assert main(["search", "Sprint", "--lines"]) == 0
    assert portal.log[-1].params["FIND_LINES"] == "Sprint"


def test_a_webhook_on_the_command_line_wins(served, monkeypatch, capsys):
    monkeypatch.setenv("BITRIX_IM_WEBHOOK", WEBHOOK)
    assert main(["search", "Project", "--limit", "1", "--webhook", f" {served}\n"]) == 0


def test_the_demo_portal_can_be_listed(monkeypatch, capsys):
    monkeypatch.setenv("BITRIX_IM_WEBHOOK", WEBHOOK)
    assert main(["search", "Project", "--demo", "--limit", "1"]) == 0


# JSON lines


def test_json_is_one_object_a_line(webhook, portal, capsys):
    assert main(["history", portal.showcase, "--json"]) == 0
    out, err = capsys.readouterr()
    messages = [json.loads(line) for line in out.splitlines()]
    assert [message["id"] for message in messages] == portal.visible_messages(portal.showcase)[::-1]
    assert [message["text"] for message in messages] == portal.message_texts(portal.showcase)[::-1]
    assert all(datetime.fromisoformat(message["date"]).tzinfo for message in messages)
    assert err.startswith("60 messages, ")


def test_json_holds_sets_as_lists(webhook, portal, capsys):
    muted = portal.add_chat("Many muted it", date=portal.clock.seconds() + 60)
    portal.mute(muted, 9, 5, 7)
    try:
        assert main(["recent", "--json"]) == 0
    finally:
        portal.hide(muted)
    dialogs = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [dialog["chat"]["mute_list"] for dialog in dialogs if dialog["dialog_id"] == muted] == [[5, 7, 9]]


def test_json_needs_no_rich(webhook, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "rich", None)
    assert main(["search", "Project", "--limit", "1", "--json"]) == 0


def test_json_is_ascii_where_the_output_is_not_utf_8(webhook, portal, monkeypatch):
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", newline="\n")
    monkeypatch.setattr(sys, "stdout", stdout)
    assert main(["history", portal.showcase, "--json"]) == 0
    lines = stdout.buffer.getvalue().decode("ascii").splitlines()
    assert "Отчёт готов" in " ".join(json.loads(line)["text"] for line in lines)


# What a portal's texts may not do

EVIL = "\x1b[31mred\x07 \x9b2J\u202eback [bold]x[/bold] [USER=503]Ann[/USER] :smile:\nnext \ud800."


@pytest.fixture
def evil(portal):
    dialog_id = portal.add_chat(f"Evil {EVIL}", date=portal.clock.seconds() + 60)
    yield dialog_id
    portal.leave(dialog_id)


def test_control_characters_never_reach_the_terminal(webhook, evil, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["search", "Evil"]) == 0
    out = capsys.readouterr().out
    assert "[31mred 2Jback [bold]x[/bold] [USER=503]Ann[/USER] :smile: next ." in out
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out)


def test_json_escapes_control_characters_and_keeps_them(webhook, evil, capsys):
    assert main(["search", "Evil", "--json"]) == 0
    out = capsys.readouterr().out
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out)
    assert json.loads(out)["name"] == f"Evil {EVIL}"


def test_an_error_of_the_portal_is_one_clean_line(failing, capsys):
    assert main(failing(ApiError("ODD", "\x1b[2Jfirst\nsecond" + "!" * 1000))) == 2
    line = told(capsys)
    assert "ODD: [2Jfirst second!!!" in line
    assert "\x1b" not in line
    assert len(line) < 600


# How it looks


def test_rows_keep_their_columns_from_page_to_page(webhook, capsys):
    assert main(["search", "Project"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    place = header.index("NAME")
    assert len(rows) == 55
    assert all(row[place:].startswith("Project: ") for row in rows)


def test_a_table_fits_the_terminal(webhook, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "60")
    assert main(["recent", "--limit", "20"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60


def test_a_terminal_gets_a_live_counter_and_colours(webhook, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    stdout, stderr = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setattr(sys, "stderr", stderr)
    assert main(["search", "Project"]) == 0
    shown = stderr.getvalue().split("\r\x1b[2K")
    assert "50 chats, 1 page, 1 request … " in shown
    assert shown[-1].startswith("55 chats, 2 pages, 2 requests, ")
    assert "\x1b[1m" in stdout.getvalue()


def test_a_dumb_terminal_gets_no_counter(webhook, monkeypatch, capsys):
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert main(["search", "Project"]) == 0
    assert "\x1b" not in sys.stderr.getvalue()


@pytest.mark.parametrize(
    ("number", "noun", "text"), [(1, "page", "1 page"), (0, "page", "0 pages"), (1234, "chat", "1,234 chats")]
)
def test_counts_are_readable(number, noun, text):
    assert texts.count(number, noun) == text


def test_a_message_without_a_known_author_says_who_wrote_it(webhook, portal, capsys):
    chat = portal.add_chat("Odd authors", recent=False)
    portal.post(chat, "by nobody", 0)
    portal.post(chat, "by a stranger", 4711)
    assert main(["history", chat]) == 0
    out = capsys.readouterr().out
    assert re.search(r"user 4711 +by a stranger", out)
    assert re.search(r"\(system\) +by nobody", out)


# What goes wrong


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "expected a command: demo, recent, search, history, send, call, "),
        (["nope"], "no such command 'nope'; see bitrix-im --help"),
        (["recent"], "expected a webhook: set BITRIX_IM_WEBHOOK or pass --webhook"),
        (["recent", "--webhook", ""], "expected a webhook: set BITRIX_IM_WEBHOOK or pass --webhook"),
        (["recent", "--webhook", "nonsense"], "expected a webhook URL like https://acme"),
        (
            ["recent", "--webhook", f"https://acme.bitrix24.com/rst/1/{SECRET}/"],
            "got another path on acme.bitrix24.com",
        ),
        (["recent", "--webhook", f"http://acme.bitrix24.com/rest/1/{SECRET}/"], "use https://"),
        (["recent", "--webhook", f"https://acme.bitrix24.com/rest/1/{SECRET}\x01/"], "characters that no address has"),
        (["recent", "--webhook", f"http://127.0.0.1:1/rest/1/{SECRET}/"], "cannot connect to 127.0.0.1:1"),
        (["recent", "--webhook", WEBHOOK, "--demo"], "--webhook and --demo are not allowed together"),
        (["recent", WEBHOOK.removeprefix("https://")], "got unexpected extra argument"),
        (["recent", WEBHOOK], "got unexpected extra argument"),
        ([WEBHOOK], "no such command '…'"),
        (["recent", f"--webhok={WEBHOOK}"], "no such option: --webhok"),
        (["recent", f"--json={WEBHOOK}"], "option '--json' does not take a value"),
        (["recent", "--limit", WEBHOOK], "invalid value for '--limit': expected a whole number from 1, got '…'"),
        (["recent", "--limit", "0"], "invalid value for '--limit': expected a whole number from 1, got '0'"),
        (["recent", "--last-message-date", "soon"], "expected a date like 2026-07-01T12:00:00+03:00, got 'soon'"),
        (["search", "--webhook", WEBHOOK], "missing argument 'TEXT'; see bitrix-im search --help"),
        (["history", "chat0", "--webhook", WEBHOOK], "expected a dialog id like 'chat12', 'sg3' or a user's id"),
        (
            ["history", WEBHOOK, "--webhook", WEBHOOK],
            "expected a dialog id like 'chat12', 'sg3' or a user's id, got '…'",
        ),
        (["history", "chat1", "--before", "5", "--after", "5", "--demo"], "expected --before or --after, got both"),
    ],
)
def test_a_command_that_cannot_be_done_is_one_line(words, text, capsys):
    assert main(words) == 2
    assert text in told(capsys)


def test_a_webhook_of_the_environment_is_never_shown(monkeypatch, capsys):
    monkeypatch.setenv("BITRIX_IM_WEBHOOK", SECRET)
    assert main(["history", SECRET]) == 2
    told(capsys)


def test_a_wrong_secret_says_to_check_the_webhook(served, capsys):
    assert main(["recent", "--webhook", served.replace(SECRET, "an0thersecret")]) == 2
    line = told(capsys)
    assert "INVALID_CREDENTIALS" in line
    assert "check the webhook's URL" in line
    assert "an0thersecret" not in line


def test_no_access_says_who_must_take_part(webhook, portal, capsys):
    locked = next(chat.dialog_id for chat in portal.world.chats.values() if chat.title == "Locked out")
    assert main(["history", locked]) == 2
    line = told(capsys)
    assert "ACCESS_ERROR" in line
    assert "must take part" in line


def test_a_short_search_says_how_long_it_must_be(webhook, capsys):
    assert main(["search", "a"]) == 2
    assert "2 characters or more" in told(capsys)


def test_an_address_without_a_portal_says_so(served, capsys):
    assert main(["recent", "--webhook", served.replace("/rest/", "/elsewhere/rest/")]) == 2
    assert "check that this is the address of a Bitrix24 portal" in told(capsys)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (AuthError("insufficient_scope"), "give the webhook the scope im"),
        (AccessError("ACCESS_ERROR"), "must take part"),
        (MethodNotFound("ERROR_METHOD_NOT_FOUND"), "too old"),
        (TransportError("im.recent.list: no answer from acme within 75 s"), "check the network and try again"),
        (ApiError("SOMETHING_NEW", "Something new"), "SOMETHING_NEW: Something new"),
    ],
)
def test_an_error_says_what_to_do(error, text, failing, capsys):
    assert main(failing(error)) == 2
    assert text in told(capsys)


def test_a_secret_is_hidden_even_where_an_error_holds_it(failing, capsys):
    assert main(failing(TransportError(f"cannot reach {WEBHOOK}im.recent.list, {SECRET}"))) == 2
    assert "cannot reach …im.recent.list, …" in told(capsys)


def test_a_bug_is_one_line_without_its_text(failing, capsys):
    assert main(failing(RuntimeError(f"holds {SECRET} somehow"))) == 1
    assert re.search(r"unexpected RuntimeError in test_cli.py:\d+: this is a bug, please report it", told(capsys))


def test_missing_packages_are_named_by_their_extra(webhook, portal, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "rich", None)
    before = portal.requests
    assert main(["recent"]) == 2
    assert "pip install 'bitrix-im[cli]'" in told(capsys)
    assert portal.requests == before


def test_another_missing_package_is_a_bug(failing, capsys):
    assert main(failing(ModuleNotFoundError("No module named 'x'", name="x"))) == 1
    assert "ModuleNotFoundError" in told(capsys)


# How it ends


def test_ctrl_c_says_how_far_it_was(webhook, portal, monkeypatch, capsys):
    async def walk(im, pager, rows, tally):
        tally.items = 120
        raise KeyboardInterrupt

    monkeypatch.setattr(listing, "walk", walk)
    assert main(["recent"]) == 130
    assert told(capsys) == "bitrix-im: stopped by Ctrl-C after 120 dialogs\n"


def test_ctrl_c_in_the_demo_is_one_line(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run", interrupted)
    assert main(["demo"]) == 130
    assert told(capsys) == "bitrix-im: stopped by Ctrl-C\n"


@pytest.mark.slow
def test_a_real_ctrl_c_ends_a_real_request():
    portal = Portal(secret=SECRET).populate(dialogs=5)
    arrived = threading.Event()

    def takes_an_hour(method, params):
        arrived.set()
        return 3600.0

    portal.processing_time = takes_an_hour
    with portal.serving() as webhook:
        running = subprocess.Popen(
            [*COMMAND, "recent", "--webhook", webhook], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert arrived.wait(timeout=20)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=10)
    assert (running.returncode, out, err) == (130, "", "bitrix-im: stopped by Ctrl-C after 0 dialogs\n")


@pytest.mark.slow
def test_a_closed_pipe_is_no_error(webhook):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run([*COMMAND, "search", "Project"], stdout=writer, stderr=subprocess.PIPE, timeout=30)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize(
    ("error", "code", "text"), [(BrokenPipeError(), 141, ""), (OSError(28, "No space"), 2, "No space")]
)
def test_output_that_cannot_be_written_ends_the_command(error, code, text, webhook, monkeypatch, capsys):
    class Full(io.StringIO):
        def write(self, _):
            raise error

    monkeypatch.setattr(sys, "stdout", Full())
    assert main(["search", "Project"]) == code
    assert text in capsys.readouterr().err


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"bitrix-im {__version__}\n"


def test_help_names_every_command(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"bitrix-im {command}" in out for command in ("demo", "recent", "search", "history"))


def test_the_package_runs_as_the_command():
    done = subprocess.run([sys.executable, "-m", "bitrix_im", "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"bitrix-im {__version__}\n")


def test_a_portal_that_cannot_be_served_says_why(capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert main(["portal", "--port", str(other.getsockname()[1])]) == 2
    assert "is taken: choose another with --port" in told(capsys)
    assert main(["portal", "--port", "high"]) == 2
    assert "invalid value for '--port'" in told(capsys)


# The doctor

TOKEN = "a-b0ts-s3cret-t0ken"


@pytest.fixture
def clinic(monkeypatch):
    """A portal of its own, with a bot named "support" and the token of it in the environment."""
    portal = Portal(seed=3, secret=SECRET, limited=False)
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    with portal.serving() as webhook:
        monkeypatch.setenv("BITRIX_IM_WEBHOOK", webhook)

        async def register():
            async with BitrixIM(webhook) as im:
                await im.bots.ensure("support", token=BotToken(TOKEN), name="Support")

        anyio.run(register)
        yield portal


def doctor(capsys, *words):
    """The exit code, and the lines."""
    code = main(["doctor", *words])
    out, err = capsys.readouterr()
    assert not re.search(f"{SECRET}|{TOKEN}", out + err)
    return code, out.splitlines(), err


def test_the_doctor_finds_nothing_at_a_bot_that_hears(clinic, capsys):
    code, lines, err = doctor(capsys, "support", "--token-env", "BOT_TOKEN")
    assert (code, err) == (0, "")
    assert lines[-1] == "✓ nothing keeps events from the bot support, as far as it shows from outside."
    assert any(line.startswith("? type: ") for line in lines)


def test_the_doctor_names_each_cause_and_what_to_do(clinic, capsys, monkeypatch):
    code, lines, err = doctor(capsys, "support")
    assert (code, err) == (3, "bitrix-im: 1 cause found\n")
    assert lines[0] == "✗ token: a webhook asks without the bot's token."
    assert "--token-env" in lines[1]
    monkeypatch.setenv("BOT_TOKEN", "another-t0ken")
    code, lines, _ = doctor(capsys, "support", "--token-env", "BOT_TOKEN")
    assert (code, lines[0].partition(":")[0]) == (3, "✗ ownership")
    clinic.scopes = ["user"]
    code, lines, _ = doctor(capsys)
    assert (code, lines) == (3, ["✗ scope: the scope im is missing.", "  Give it to the webhook or the application."])


def test_the_doctor_looks_at_the_user_s_own_events_without_a_code(clinic, capsys):
    code, lines, _ = doctor(capsys)
    assert (code, lines[0].partition(":")[0]) == (0, "? subscription")
    assert lines[-1].startswith("✓ nothing keeps events from the user")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["support", "--token-env", "NOWHERE"], "environment variable NOWHERE"),
        (["--token-env", "BOT_TOKEN"], "a bot's CODE"),
        (["support", "--wait", "soon"], "a whole number"),
        (["support", "--webhook", "http://127.0.0.1:9/rest/1/x/"], "doctor|https|connect"),
    ],
)
def test_what_keeps_the_doctor_from_asking_is_one_line_and_exit_code_2(clinic, capsys, words, text):
    assert main(["doctor", *words]) == 2
    assert re.search(text, told(capsys))

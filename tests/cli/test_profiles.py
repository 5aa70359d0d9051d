"""Webhooks by name, and that nobody else gets to see them."""

import io
import json
import os
import subprocess

import pytest

from bitrix_im.cli import main, profiles

from . import COMMAND, SECRET, WEBHOOK, told

OWN_FILE = "others can read the webhooks in "


def add(monkeypatch, name, url):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{url}\n"))
    return main(["profile", "add", name])


def test_a_profile_is_a_webhook_by_name(served, monkeypatch, capsys):
    assert add(monkeypatch, "acme", served) == 0
    out, err = capsys.readouterr()
    assert (out, err.partition(" 127")[0]) == ("", "stored: bitrix-im recent --profile acme lists the dialogs of")
    assert main(["search", "Project", "--limit", "1", "--profile", "acme"]) == 0
    monkeypatch.setenv("BITRIX_IM_PROFILE", "acme")
    assert main(["search", "Project", "--limit", "1"]) == 0


def test_the_profile_named_default_needs_not_be_named(served, monkeypatch, capsys):
    assert add(monkeypatch, "default", served) == 0
    assert main(["search", "Project", "--limit", "1"]) == 0


def test_what_is_typed_wins_over_the_environment_and_that_over_the_default(served, monkeypatch, capsys):
    closed = "http://127.0.0.1:1/rest/1/another5ecret/"
    assert (
        add(monkeypatch, "default", closed) == add(monkeypatch, "open", served) == add(monkeypatch, "no", closed) == 0
    )
    monkeypatch.setenv("BITRIX_IM_PROFILE", "open")
    assert main(["search", "Project", "--limit", "1"]) == 0
    monkeypatch.setenv("BITRIX_IM_WEBHOOK", closed)
    monkeypatch.setenv("BITRIX_IM_PROFILE", "no")
    assert main(["search", "Project", "--limit", "1", "--profile", "open"]) == 0
    monkeypatch.setenv("BITRIX_IM_WEBHOOK", served)
    assert main(["search", "Project", "--limit", "1"]) == 0


def test_the_file_is_only_its_owner_s(monkeypatch, capsys):
    monkeypatch.setattr(os, "umask", os.umask)  # whatever the umask: nobody else may read it
    before = os.umask(0)
    try:
        assert add(monkeypatch, "acme", WEBHOOK) == 0
    finally:
        os.umask(before)
    assert profiles.path().stat().st_mode & 0o777 == 0o600
    assert profiles.path().parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in profiles.path().parent.iterdir()] == ["profiles.json"]


def test_a_file_that_others_can_read_is_refused_with_what_to_type(monkeypatch, capsys):
    assert add(monkeypatch, "acme", WEBHOOK) == 0
    capsys.readouterr()
    profiles.path().chmod(0o640)
    for words in (["profile", "list"], ["recent", "--profile", "acme"], ["profile", "remove", "acme"]):
        assert main(words) == 2
        line = told(capsys)
        assert f"{OWN_FILE}{profiles.path()}: chmod 600 " in line
    subprocess.run(line[line.index("chmod") :].strip(), shell=True, check=True)
    assert main(["profile", "list"]) == 0


def test_the_list_shows_portals_and_no_secret(monkeypatch, capsys):
    assert main(["profile", "list"]) == 0
    assert capsys.readouterr() == ("", "")
    assert add(monkeypatch, "acme", WEBHOOK) == add(monkeypatch, "box", "https://b.example.com/b/rest/7/x5ecretx/") == 0
    capsys.readouterr()
    assert main(["profile", "list"]) == 0
    assert capsys.readouterr().out == "acme  acme.bitrix24.com, user 1\nbox  b.example.com, user 7\n"
    assert main(["profile", "list", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == {"name": "acme", "portal": "acme.bitrix24.com", "user_id": 1}


def test_a_profile_can_be_replaced_and_removed(monkeypatch, capsys):
    assert add(monkeypatch, "acme", WEBHOOK) == 0
    assert add(monkeypatch, "acme", WEBHOOK.replace("/1/", "/9/")) == 0
    assert "replaced" in capsys.readouterr().err
    assert profiles.webhook("acme").endswith(f"/9/{SECRET}/")
    assert main(["profile", "remove", "acme"]) == 0
    assert main(["profile", "remove", "acme"]) == 2
    assert "no profile 'acme' (there are: none yet)" in told(capsys)


@pytest.mark.parametrize(
    "url", ["", SECRET, f"http://acme.bitrix24.com/rest/1/{SECRET}/", f"https://acme.com/{SECRET}"]
)
def test_what_is_no_webhook_is_not_stored(url, monkeypatch, capsys):
    assert add(monkeypatch, "acme", url) == 2
    assert "expected a webhook URL like" in told(capsys)
    assert not profiles.path().exists()


@pytest.mark.parametrize("name", ["", "../evil", "a b", "x" * 65])
def test_a_name_is_one_word(name, monkeypatch, capsys):
    assert add(monkeypatch, name, WEBHOOK) == 2
    assert "expected a name" in told(capsys)


@pytest.mark.parametrize("content", ["", "[]", '{"profiles": []}', '{"profiles": {"acme": 5}}', "\udcff"])
def test_a_damaged_file_is_refused_and_left_alone(content, monkeypatch, capsys):
    profiles.path().parent.mkdir(parents=True)
    profiles.path().write_bytes(content.encode("utf-8", "surrogateescape"))
    profiles.path().chmod(0o600)
    assert add(monkeypatch, "acme", WEBHOOK) == 2
    assert str(profiles.path()) in told(capsys)
    assert profiles.path().read_bytes() == content.encode("utf-8", "surrogateescape")


def test_a_secret_of_a_profile_is_hidden_in_errors(monkeypatch, capsys):
    assert add(monkeypatch, "acme", "http://127.0.0.1:1/rest/1/another5ecret/") == 0
    capsys.readouterr()
    assert main(["recent", "--profile", "acme"]) == 2
    assert "another5" not in told(capsys)
    assert main(["history", "another5ecret", "--profile", "acme"]) == 2
    assert "another5" not in told(capsys)


def test_a_webhook_and_a_profile_together_are_refused(capsys):
    assert main(["recent", "--profile", "acme", "--webhook", WEBHOOK]) == 2
    assert "--webhook and --profile are not allowed together" in told(capsys)


def test_a_terminal_asks_and_shows_nothing_of_it(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr("sys.stdin", type("Terminal", (io.StringIO,), {"isatty": lambda self: True})())

    def ask(prompt):
        asked.append(prompt)
        return WEBHOOK

    monkeypatch.setattr("getpass.getpass", ask)
    assert main(["profile", "add", "acme"]) == 0
    assert asked == ["The webhook's URL (it does not show): "]
    assert SECRET not in "".join(capsys.readouterr())


def test_a_shell_completes_the_names_of_profiles(monkeypatch, capsys):
    assert add(monkeypatch, "acme", WEBHOOK) == add(monkeypatch, "box", WEBHOOK) == 0
    asked = {
        "_BITRIX_IM_COMPLETE": "complete_bash",
        "COMP_WORDS": "bitrix-im recent --profile a",
        "COMP_CWORD": "3",
    }
    done = subprocess.run(COMMAND, env={**os.environ, **asked}, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.split(), done.stderr) == (["acme"], "")

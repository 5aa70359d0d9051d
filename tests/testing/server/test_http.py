"""The portal's way with requests: addresses, bodies, casts, errors, the block ``time``."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bitrix_im.testing import Portal, Quirks
from bitrix_im.testing.php.query import parse_query
from bitrix_im.testing.php.values import array, encode, moment, to_int, to_str

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("a=1&a=2", {"a": "2"}),
        ("a[]=1&a[]=2", {"a": {0: "1", 1: "2"}}),
        ("a[5]=1&a[]=2", {"a": {5: "1", 6: "2"}}),
        ("a[b][c]=1&a[b][d]=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        ("a=1&a[b]=2", {"a": {"b": "2"}}),
        ("a%5Bb%5D=%2B+x", {"a": {"b": "+ x"}}),
        ("a.b c=1", {"a_b_c": "1"}),
        ("a[b=1", {"a_b": "1"}),
        ("a[b]c[d]=1", {"a": {"b": "1"}}),
        ("[a]=1", {"_a]": "1"}),
        ("=1&&b", {"b": ""}),
        ("a[01]=x&a[1]=y", {"a": {"01": "x", 1: "y"}}),
        ("x=a=b", {"x": "a=b"}),
    ],
)
def test_query_strings_are_parsed_as_php_does(query, value):
    assert parse_query(query) == value


@pytest.mark.parametrize(("value", "number"), [("12abc", 12), ("abc", 0), ("", 0), (True, 1), (2.9, 2), ([], 0)])
def test_casts_to_int_are_phps(value, number):
    assert to_int(value) == number


def test_arrays_are_lists_only_with_keys_from_zero_on():
    assert array({}) == []
    assert array({"0": "a", "1": "b"}) == ["a", "b"]
    assert array({1: "b"}) == {1: "b"}


def test_json_escapes_as_bitrix_does():
    assert encode({"a": "</b> Ж"}) == '{"a":"\\u003C\\/b\\u003E Ж"}'.encode()


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-03-04T10:00:00+05:00", 8),  # kept: 08:00 at the server's +03:00
        ("2026-03-04T10:00:00Z", 10),  # the zone is lost
        ("2026-03-04T10:00:00.5+05:00", 10),
        ("2026-03-04T10:00:00", 10),
        ("2026-03-04T10:00:00 05:00", None),  # a plus decoded to a space
        ("2026-03-04", None),
        ("2026-02-31T10:00:00+03:00", None),
        ("", None),
    ],
)
def test_a_datetime_keeps_its_zone_in_one_form_only(text, hour):
    clock = Portal().clock
    unix = moment(text, clock.zone)
    assert (unix and int(clock.iso(unix)[11:13])) == hour


async def test_names_of_methods_and_parameters_are_case_insensitive():
    portal = Portal().populate()
    async with portal.http() as http:
        for method in ("im.recent.list", "IM.Recent.List", "im.recent.list.json"):
            reply = await http.post(method, json={"Limit": 2, "skip_undistributed_openlines": "Y"})
            assert len(reply.json()["result"]["items"]) == 2


async def test_json_needs_its_content_type_and_broken_json_is_ignored():
    portal = Portal().populate()
    async with portal.http() as http:
        for content_type, body in (("application/json", "{broken"), ("text/plain", '{"FIND": "Project"}')):
            reply = await http.post("im.search.chat.list", content=body, headers={"Content-Type": content_type})
            assert reply.json()["error"] == "FIND_SHORT"
        reply = await http.post("im.search.chat.list?LIMIT=3", data={"FIND": "Project"})
        assert len(reply.json()["result"]) == 3


async def test_a_flag_is_the_string_y_and_not_true():
    portal = Portal().populate()
    async with portal.http() as http:
        for value, expected in ((True, False), ("y", False), ("Y", True)):
            reply = await http.post("im.recent.list", json={"SKIP_DIALOG": value, "LIMIT": 200})
            kinds = {item["type"] for item in reply.json()["result"]["items"] if item}
            assert ("user" not in kinds) is expected


async def test_unknown_methods_bad_secrets_and_plain_http_are_refused():
    portal = Portal()
    async with portal.http() as http:
        reply = await http.post("im.nothing")
        assert (reply.status_code, reply.json()["error"]) == (404, "ERROR_METHOD_NOT_FOUND")
        assert "time" not in reply.json()
        reply = await http.post(portal.webhook.replace(portal.secret, "guess") + "server.time")
        assert (reply.status_code, reply.json()["error"]) == (401, "INVALID_CREDENTIALS")
        reply = await http.post(portal.webhook.replace("https", "http") + "server.time")
        assert (reply.status_code, reply.json()["error"]) == (400, "INVALID_REQUEST")
        reply = await http.post(f"https://{portal.host}/rest/server.time")
        assert (reply.status_code, reply.json()["error"]) == (401, "NO_AUTH_FOUND")


async def test_errors_can_hide_behind_http_200():
    async with Portal(quirks=Quirks(errors_as_200=True)).http() as http:
        reply = await http.post("im.dialog.get")
        assert (reply.status_code, reply.json()["error"]) == (200, "DIALOG_ID_EMPTY")


async def test_time_comes_as_int_or_float_with_the_servers_offset():
    portal = Portal()
    async with portal.http() as http:
        times = [(await http.post("server.time")).json()["time"] for _ in range(40)]
    assert {type(time["start"]) for time in times} == {int, float}
    assert all(time["date_start"].endswith("+03:00") for time in times)
    assert times[0]["operating"] == 0
    assert 600 <= times[0]["operating_reset_at"] - times[0]["start"] <= 601


async def test_no_operating_where_the_limiter_is_off():
    async with Portal(operating_limited=False).http() as http:
        assert "operating" not in (await http.post("server.time")).json()["time"]


async def test_other_hosts_do_not_exist():
    portal = Portal()
    async with portal.http() as http:
        with pytest.raises(httpx.ConnectError):
            await http.post("https://elsewhere.test/rest/1/secret/server.time")
    assert portal.strangers == ["elsewhere.test"]
    assert portal.requests == 0


async def test_the_log_tells_what_was_asked_and_what_came_of_it():
    portal = Portal()
    async with portal.http() as http:
        await http.post("im.dialog.get", json={"dialog_id": "chat5"})
        await http.post("batch", json={"cmd": {"a": "server.time", "b": "im.dialog.get"}})
    first, second = portal.log
    assert (first.method, first.params, first.status) == ("im.dialog.get", {"DIALOG_ID": "chat5"}, 403)
    assert (first.error, first.executed) == ("ACCESS_ERROR", True)
    assert (second.commands, portal.requests, portal.commands) == (["server.time", "im.dialog.get"], 2, 3)


async def test_hooks_surround_every_command():
    portal, seen = Portal(), []
    portal.before_command = lambda method, params: seen.append(("before", method, params))
    portal.after_command = lambda method, params: seen.append(("after", method, params))
    async with portal.http() as http:
        await http.post("batch", json={"cmd": {"a": "server.time?x=1"}})
    assert seen == [("before", "server.time", {"X": "1"}), ("after", "server.time", {"X": "1"})]


async def test_the_same_seed_answers_the_same():
    answers = []
    for _ in range(2):
        portal = Portal(seed=9, epoch=datetime(2026, 3, 4, tzinfo=UTC)).populate()
        async with portal.http() as http:
            replies = [
                await http.post("im.recent.list", json={}),
                await http.post("im.dialog.messages.get", json={"DIALOG_ID": portal.showcase, "FIRST_ID": 1}),
            ]
            answers.append([reply.json()["result"] for reply in replies])
    assert answers[0] == answers[1]


async def test_a_doubled_slash_before_the_method_does_no_harm():
    portal = Portal()
    async with portal.http() as http:
        for url in (
            f"{portal.webhook}/server.time",
            f"https://{portal.host}/rest//1//{portal.secret}//server.time.json",
        ):
            assert (await http.post(url)).status_code == 200


async def test_bodies_come_as_forms_of_both_kinds_as_json_and_in_the_query():
    portal = Portal()
    chat = portal.add_chat("Notes")
    text = "a+b & ü\r\nsecond line"
    async with portal.http() as http:
        await http.post("im.message.add", data={"DIALOG_ID": chat, "MESSAGE": text})
        await http.post("im.message.add", files={"DIALOG_ID": (None, chat), "MESSAGE": (None, text)})
        await http.post("im.message.add", json={"DIALOG_ID": chat, "MESSAGE": text})
        await http.get("im.message.add", params={"DIALOG_ID": chat, "MESSAGE": text})
        commands: Any = {"cmd[a]": (None, "server.time"), "cmd[b]": (None, "im.revision.get"), "f": ("x.txt", b"\0\1")}
        reply = await http.post("batch", files=commands)
    assert portal.message_texts(chat) == [text] * 4
    assert set(reply.json()["result"]["result"]) == {"a", "b"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"ID": NaN}', b'{"ID": Infinity}', b'\xef\xbb\xbf{"ID": 5}', b'{"ID": 5,}', b'{"ID": "\xff"}',
        b'{"ID": 5, "x": "\\ud83d"}', '{"ID": 5}'.encode("utf-16"), b"[" * 100_000, b'"ID"', b"",
    ],
)  # fmt: skip
async def test_malformed_json_is_silently_ignored(body):
    portal = Portal()
    async with portal.http() as http:
        reply = await http.post("im.user.get", content=body, headers={"Content-Type": "application/json"})
    assert reply.json()["result"]["id"] == portal.user_id


async def test_json_without_its_content_type_is_no_json():
    portal = Portal()
    async with portal.http() as http:
        reply = await http.post("im.user.get", content=b'{"ID": 999}', headers={"Content-Type": "text/plain"})
    assert reply.json()["result"]["id"] == portal.user_id


async def test_browsers_are_answered():
    portal = Portal()
    async with portal.http() as http:
        asked = await http.options("server.time")
        assert (asked.status_code, portal.requests) == (200, 0)
        for reply in (asked, await http.post("server.time"), await http.post("im.nothing")):
            assert reply.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_method_is_looked_up_before_the_credentials():
    portal = Portal()
    async with portal.http() as http:
        reply = await http.post(portal.webhook.replace(portal.secret, "guess") + "im.nothing")
        assert (reply.status_code, reply.json()["error"]) == (404, "ERROR_METHOD_NOT_FOUND")
        reply = await http.post(f"https://{portal.host}/rest/im.nothing")
        assert reply.json()["error"] == "ERROR_METHOD_NOT_FOUND"


async def test_a_notice_of_php_can_stand_before_the_json():
    portal = Portal(quirks=Quirks(preamble="<br /><b>Notice</b>: Undefined index<br />\n"))
    async with portal.http() as http:
        text = (await http.post("server.time")).text
    assert text.startswith('<br /><b>Notice</b>: Undefined index<br />\n{"result"')


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (0.1 + 0.2, "0.3"), (1e25, "1.0E+25"), (1.5e-7, "1.5E-7"), (1e13, "10000000000000"), (True, "1")],
)
def test_numbers_become_text_as_php_writes_them(value, text):
    assert to_str(value) == text

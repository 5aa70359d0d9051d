"""Webhook mode: PHP's forms and JSON become the same events, and nothing unsigned becomes one."""

import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given, strategies as st

from bitrix_im.bots import BotToken, parse_webhook
from bitrix_im.errors import UnexpectedResponse, WebhookForged
from bitrix_im.events import BotDeleted, BotJoined, CommandCalled, ContextOpened, Event, MessageAdded, ReactionChanged

PAYLOADS = Path(__file__).parent.parent / "payloads" / "events"
TOKEN = BotToken("a-bots-secret-token")
FORM = "application/x-www-form-urlencoded"
JSON = "application/json; charset=utf-8"


def payload(name):
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))


def php_form(value, name=""):
    """As http_build_query writes it: everything a string, null and empty lists absent."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        return [pair for key, inner in pairs for pair in php_form(inner, f"{name}[{key}]" if name else str(key))]
    if value is None:
        return []
    return [(name, {True: "1", False: "0"}.get(value, str(value)) if isinstance(value, bool) else str(value))]


def envelope(kind, data, **options):
    auth = {"domain": "acme.bitrix24.com", "application_token": TOKEN.application_token}
    return {"event": kind, "data": data, "ts": 1772093963, "auth": auth, "event_handler_id": "7", **options}


def parse(whole, content_type=FORM, **options):
    body = json.dumps(whole) if "json" in content_type else urlencode(php_form(whole))
    return parse_webhook(content_type, body.encode(), **{"token": TOKEN, **options})


@pytest.mark.parametrize(
    ("kind", "cls"),
    [
        ("ONIMBOTV2MESSAGEADD", MessageAdded),
        ("ONIMBOTV2COMMANDADD", CommandCalled),
        ("ONIMBOTV2REACTIONCHANGE", ReactionChanged),
        ("ONIMBOTV2JOINCHAT", BotJoined),
        ("ONIMBOTV2CONTEXTGET", ContextOpened),
        ("ONIMBOTV2DELETE", BotDeleted),
    ],
)
def test_a_form_and_json_give_the_same_event_as_fetching(kind, cls):
    whole = envelope(kind, payload(kind))
    form, told = parse(whole), parse(whole, JSON)
    for event in (form, told):
        assert type(event) is cls
        assert event.event_id is None
        assert str(event.listener) == "bot456"
    assert form.dialog_id == told.dialog_id
    if isinstance(form, MessageAdded) and isinstance(told, MessageAdded):
        assert form.message.id == told.message.id == 789
        assert (form.user, form.chat.id, form.text) == (told.user, 5, "Hello bot!")
        assert (form.user.bot, form.user.active, form.message.is_system) == (False, True, False)


def test_a_body_may_be_text():
    body = urlencode(php_form(envelope("ONIMBOTV2DELETE", {"bot": {"id": 456}})))
    assert isinstance(parse_webhook(FORM, body, token=TOKEN), BotDeleted)


@pytest.mark.parametrize("signature", [None, "", "another", TOKEN.application_token[:-1], TOKEN.reveal(), "ключ"])
def test_what_is_not_signed_with_the_token_is_forged(signature):
    whole = envelope("ONIMBOTV2MESSAGEADD", payload("ONIMBOTV2MESSAGEADD"), auth={"application_token": signature})
    for content_type in (FORM, JSON):
        with pytest.raises(WebhookForged) as raised:
            parse(whole, content_type)
        assert TOKEN.reveal() not in str(raised.value)


@pytest.mark.parametrize("auth", [{}, [], "x", None, {"application_token": ["a"]}])
def test_a_signature_of_any_other_shape_is_forged(auth):
    with pytest.raises(WebhookForged):
        parse(envelope("ONIMBOTV2DELETE", {}, auth=auth), JSON)


def test_the_signature_counts_only_at_the_top():
    data = {**payload("ONIMBOTV2MESSAGEADD"), "bot": {"id": 1, "auth": {"application_token": TOKEN.application_token}}}
    with pytest.raises(WebhookForged):
        parse(envelope("ONIMBOTV2MESSAGEADD", data, auth={}))


def test_an_application_has_a_token_of_its_installation():
    whole = envelope("ONIMBOTV2DELETE", {"bot": {"id": 456}}, auth={"application_token": "of the installation"})
    assert isinstance(parse(whole, token=None, application_token="of the installation"), BotDeleted)
    with pytest.raises(WebhookForged):
        parse(whole, token=None, application_token="another")
    with pytest.raises(ValueError, match="anybody could"):
        parse(whole, token=None)


def test_the_bots_oauth_tokens_are_no_part_of_the_event():
    data = {**payload("ONIMBOTV2MESSAGEADD"), "bot": payload("webhook.bot")["bot"]}
    event = parse(envelope("ONIMBOTV2MESSAGEADD", data))
    assert "0b02a0690000071b" not in repr(event) + json.dumps(event.to_dict())
    assert TOKEN.application_token not in json.dumps(event.to_dict())
    assert event.data["bot"]["code"] == "support_bot"


@pytest.mark.parametrize(
    ("content_type", "body", "error"),
    [
        ("text/plain", b"", ValueError),
        ("", b"", ValueError),
        (JSON, b"{", ValueError),
        (JSON, b"\xff", ValueError),
        (FORM, b"\xff", ValueError),
        (FORM, b"a%ff=1", ValueError),
        (JSON, b"[]", UnexpectedResponse),
        (JSON, b"[" * 100_000, UnexpectedResponse),
        (FORM, b"a" + b"[b]" * 40 + b"=1", ValueError),
        (FORM, b"a=1&" * 10_001, ValueError),
        (FORM, b"", WebhookForged),
    ],
)
def test_a_body_of_something_else_is_refused(content_type, body, error):
    with pytest.raises(error):
        parse_webhook(content_type, body, token=TOKEN)


def test_an_event_without_a_name_is_none():
    for kind in ("", None, ["x"]):
        with pytest.raises(UnexpectedResponse, match=r"\$\.event"):
            parse(envelope(kind, {}), JSON)


async def test_the_same_request_answers_once_and_others_apart():
    class Ears:
        def __init__(self):
            self.keys = []

        async def say(self, event, text, key, options):
            self.keys.append(key)

    voice = Ears()

    async def answer(whole):
        event = parse(whole)
        event._answers.voice = voice
        await event.reply("x")

    first = envelope("ONIMBOTV2MESSAGEADD", payload("ONIMBOTV2MESSAGEADD"))
    later = {**first, "ts": first["ts"] + 1}
    command = envelope("ONIMBOTV2COMMANDADD", payload("ONIMBOTV2COMMANDADD"))
    joined = envelope("ONIMBOTV2JOINCHAT", payload("ONIMBOTV2JOINCHAT"))
    elsewhere = envelope("ONIMBOTV2JOINCHAT", {**payload("ONIMBOTV2JOINCHAT"), "dialogId": "chat6"})
    for whole in (first, first, later, command, joined, elsewhere):
        await answer(whole)
    assert voice.keys[0] == voice.keys[1]
    assert len(set(voice.keys)) == 5
    assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}", key) for key in voice.keys)


WORDS = "event data auth application_token bot id message user chat command params text date ts 0 x dialogId context"
NAMES = st.sampled_from(WORDS.split(" "))
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**25), 10**25), st.floats(), st.text(max_size=8),
    st.sampled_from(["ONIMBOTV2MESSAGEADD", "ONIMBOTV2COMMANDADD", "ONIMBOTV2CONTEXTGET", TOKEN.application_token, "5",
                     "2025-01-15T10:30:00+02:00", "/help"]),
)  # fmt: skip
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5))
KINDS = st.sampled_from([path.stem for path in PAYLOADS.glob("ONIMBOTV2*.json") if "fetch" not in path.stem])
SIGNED = st.builds(
    lambda kind, changes: envelope(kind, {**payload(kind), **changes}), KINDS, st.dictionaries(NAMES, TREES, max_size=3)
)
BODIES = st.one_of(
    st.tuples(st.sampled_from([FORM, JSON, "text/html", ""]), st.binary(max_size=200)),
    st.tuples(st.just(JSON), TREES.map(lambda tree: json.dumps(tree).encode("utf-8", "surrogatepass"))),
    st.tuples(st.just(JSON), SIGNED.map(lambda whole: json.dumps(whole).encode("utf-8", "surrogatepass"))),
    st.tuples(st.just(FORM), SIGNED.map(lambda whole: urlencode(php_form(whole), errors="surrogatepass").encode())),
    st.tuples(st.just(FORM), st.dictionaries(st.text("abet[]&=%5", max_size=9), st.text(max_size=4)).map(
        lambda form: "&".join(f"{name}={value}" for name, value in form.items()).encode("utf-8", "surrogatepass"))),
)  # fmt: skip


@given(BODIES)
def test_any_body_is_an_event_or_one_of_three_errors(request):
    """``pytest --hypothesis-profile=soak`` draws thousands."""
    try:
        event = parse_webhook(*request, token=TOKEN)
    except (WebhookForged, UnexpectedResponse, ValueError):
        return
    assert isinstance(event, Event)
    assert Event.from_dict(json.loads(json.dumps(event.to_dict()))).to_dict() == event.to_dict()

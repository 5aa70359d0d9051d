"""Why no events arrive: from what a portal told to what is to be done. No I/O."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

import attrs

from ..models import BotInfo

_BUSY = 60.0  # seconds; a bot that runs asks every 15 at the latest


@attrs.frozen
class Finding:
    """One cause for events that do not arrive, and what to do about it."""

    name: str
    """``scope``, ``revision``, ``installation``, ``bot``, ``token``, ``ownership``, ``mode``, ``url``, ``type``,
    ``api``, ``subscription``, ``consumer`` or ``unread``."""
    text: str
    advice: str
    is_certain: bool = True
    """False for what may be meant so, or cannot be told from outside."""

    def __str__(self) -> str:
        return f"{self.name}: {self.text}. {self.advice}"


@attrs.frozen(kw_only=True)
class Facts:
    """What was asked of the portal, in this order; what was not asked, because an earlier answer tells all, is None."""

    code: str | None
    """The bot's, or None where the user's own events are meant."""
    webhook_url: str | None = None
    """Where events shall be posted to; None where they shall be fetched."""
    scopes: Collection[str] | None = None
    is_installed: bool | None = None
    """Whether the application's installation was finished; a webhook is no application."""
    revision: int | None = None
    """Of bots 2.0, or of the messenger; 0 where the portal has no such methods."""
    bot: BotInfo | None = None
    refusal: str = ""
    """The code of the error that the bot, or its queue, was refused with."""
    waiting: int | None = None
    """Events in the queue that nobody has confirmed."""
    types: Collection[str] = ()
    """The types of those events."""
    oldest: float = 0.0
    """For how many seconds the oldest of them has been waiting."""
    confirmed: int = 0
    """How many of them were confirmed by somebody while we looked."""
    is_looked_into: bool = True
    """Whether the queue can tell that nobody subscribed."""


def diagnose(facts: Facts) -> list[Finding]:
    """What keeps events from arriving; certain causes first. Without a certain one, all is well as far as it shows."""
    found = list(_who_asks(facts)) or list(_bot(facts))
    if not any(finding.is_certain for finding in found):
        found += _queue(facts)
    return sorted(found, key=lambda finding: not finding.is_certain)


def _who_asks(facts: Facts) -> Iterator[Finding]:
    scope = "im" if facts.code is None else "imbot"
    if facts.scopes is not None and scope not in facts.scopes:
        yield Finding("scope", f"the scope {scope} is missing", "Give it to the webhook or the application")
    elif facts.revision == 0 and facts.code is None:
        yield Finding(
            "revision", "the portal is too old for im.v2.Event", "Use im.watch(), which works on every portal"
        )
    elif facts.revision == 0:
        yield Finding("revision", "the portal is too old for bots 2.0 (imbot.v2)", "Update the portal")
    if facts.is_installed is False:
        advice = "Call BX24.installFinish() in its installer: until then bots register and hear nothing"
        yield Finding("installation", "the application's installation was never finished", advice)


_REFUSALS = {
    "BOT_NOT_FOUND": ("bot", "there is no bot of this code", "Register it with bots.ensure, on this portal"),
    "BOT_TOKEN_NOT_SPECIFIED": (
        "token",
        "a webhook asks without the bot's token",
        "Give the token that the bot was registered with: bitrix-im doctor CODE --token-env NAME",
    ),
    "BOT_OWNERSHIP_ERROR": (
        "ownership",
        "the bot belongs to another token or application",
        "Use the token that it was registered with, or the application; a token that was rotated is dead",
    ),
    "USER_NOT_SUBSCRIBED": (
        "subscription",
        "nobody has subscribed for the user's events, so none are recorded",
        "Call im.v2.Event.subscribe: im.events() and bot.events(with_user_events=True) do it when they are entered",
    ),
    "SCOPE_ERROR": (
        "scope",
        "the scope im is missing, which the user's events need",
        "Give the webhook or the application the scope im, or leave with_user_events out",
    ),
}
_REFUSALS["CLIENT_ID_NOT_SPECIFIED"] = _REFUSALS["BOT_TOKEN_NOT_SPECIFIED"]  # before revision 34
REFUSALS = frozenset(_REFUSALS)
"""The codes that explain why no events arrive; any other error says nothing of it."""


def _bot(facts: Facts) -> Iterator[Finding]:
    if facts.refusal:
        yield Finding(*_REFUSALS[facts.refusal])
    bot = facts.bot
    if bot is None:
        return
    if not bot.event_mode:  # of somebody else's it is not told (docs/portal.md#bot-get-foreign)
        yield Finding(*_REFUSALS["BOT_OWNERSHIP_ERROR"])
        return
    if facts.webhook_url is None and bot.event_mode == "webhook":
        advice = (
            "bots.ensure(…) changes that; where a webhook is meant, ask with its address. A bot that the old "
            "imbot.register made cannot fetch at all: unregister it, and register it anew"
        )
        yield Finding("mode", "the bot is in webhook mode: nothing is recorded to be fetched", advice)
    if facts.webhook_url is not None:
        if bot.event_mode == "fetch":
            advice = "Call bot.update(mode='webhook', webhook_url=…)"
            yield Finding("mode", "the bot is in fetch mode: nothing is posted to an address", advice)
        yield from _url(facts.webhook_url)
    if bot.type == "bot":
        text = "of a group, a bot of type 'bot' hears only messages that mention it, and its commands"
        advice = "To hear all, register another one with kind='supervisor' or 'personal': types cannot change"
        yield Finding("type", text, advice, is_certain=False)
    elif bot.type == "openline":
        advice = "For chats register another one with kind='bot': a type cannot be changed"
        yield Finding("type", "a bot of type 'openline' is for open lines", advice, is_certain=False)


def _url(url: str) -> Iterator[Finding]:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host:
        yield Finding("url", "the address is no address of the web", "It looks like https://bots.example.com/hook")
    elif _is_private(host):
        advice = "Give it a public address, or use fetch mode, which needs none"
        is_here = host == "localhost" or host.startswith("127.")  # a portal of the same network reaches the others
        yield Finding("url", f"no portal in the cloud reaches {host}", advice, is_certain=is_here)
    else:
        text = "the portal does not tell to which address it posts, and posts once only"
        advice = "bot.update(mode='webhook', webhook_url=…) sets it again; answer at once: the slow are called rarely"
        yield Finding("url", text, advice, is_certain=False)


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal"))


def _is_old(kind: str) -> bool:
    """Whether an event is in the form of `imbot.*` (docs/portal.md#bot-v1)."""
    return kind.startswith(("ONIMBOT", "ONIMCOMMAND")) and not kind.startswith("ONIMBOTV2")


def _queue(facts: Facts) -> Iterator[Finding]:
    if facts.waiting is None or facts.webhook_url is not None:
        return
    if old := sorted(filter(_is_old, facts.types)):
        text = f"the bot was registered by the old API: its events come as {old[0]}, which nothing here reads"
        advice = "Call imbot.unregister, then bots.ensure(…): a bot keeps the form that it was registered with"
        yield Finding("api", text, advice)
    if facts.confirmed:
        text = f"somebody confirmed {facts.confirmed} of the waiting events just now"
        advice = "Unless that is your own program, another one hears here, too: there is one queue, so stop it"
        yield Finding("consumer", text, advice)
    elif facts.waiting and facts.oldest > _BUSY:
        text = f"events are there ({facts.waiting}), the oldest for {facts.oldest:.0f} s, and nobody confirms them"
        advice = "Start your program; if it runs, see that it uses this portal and this code, and that no handler hangs"
        yield Finding("unread", text, advice)
    elif not facts.waiting and not facts.is_looked_into:
        text = "the queue is empty, as it also is where nobody has subscribed"
        advice = "im.events() subscribes when it is entered; write something, and look again"
        yield Finding("subscription", text, advice, is_certain=False)
    elif not facts.waiting:
        text = "the queue is empty: nothing happened, or somebody has confirmed all of it"
        advice = "Stop your program, write to the bot, and look again: what is gone then was taken by another program"
        yield Finding("consumer", text, advice, is_certain=False)

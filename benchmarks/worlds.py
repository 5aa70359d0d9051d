"""What the portals of the benchmarks hold, by name, with the truth to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import attrs

from bitrix_im.testing import Portal, Quirks


@attrs.frozen
class World:
    portal: Portal
    truth: Callable[[], dict[str, Any]]
    """What a walk should find, by name; asked for when the walk is over."""


def histories(messages: int, dialogs: int = 1, order: str = "unordered", cost: float = 0, **limits: float) -> World:
    """Dialogs of as many *messages* each; a page of them takes *cost* seconds of operating time."""
    portal = Portal(seed=1, quirks=Quirks(first_id_order=order), **limits)
    names = [portal.add_chat(f"Long {number}") for number in range(dialogs)]
    for name in names:
        portal.add_history(name, messages)
    portal.operating_cost["im.dialog.messages.get"] = cost
    return World(portal, lambda: {name: portal.visible_messages(name) for name in names})


def uneven(dialogs: int = 2_000, messages: int = 100_000, *, searches: bool = True) -> World:
    """As many *messages* in all, most of them in a few of the dialogs; with im.dialog.messages.search, or older."""
    quirks = Quirks() if searches else Quirks(missing_methods=("im.dialog.messages.search",))
    portal, random = Portal(seed=1, quirks=quirks), Random(1)
    now = datetime.fromtimestamp(portal.clock.seconds(), UTC)
    weights = [random.paretovariate(1.2) for _ in range(dialogs)]
    lengths = [max(1, int(weight / sum(weights) * messages)) for weight in weights]
    lengths[0] += messages - sum(lengths)
    names = [portal.add_chat(f"Chat {number}", date=now - timedelta(minutes=number)) for number in range(dialogs)]
    for name, length in zip(names, lengths, strict=True):
        portal.add_history(name, length)
    return World(portal, lambda: {name: portal.visible_messages(name) for name in names})


def chats(dialogs: int) -> World:
    """A list without anything odd in it, longer than any real one."""
    portal = Portal(seed=1)
    now = datetime.fromtimestamp(portal.clock.seconds(), UTC)
    for number in range(dialogs):
        portal.add_chat(f"Chat {number}", date=now - timedelta(minutes=number))
    return World(portal, lambda: {"dialogs": portal.visible_dialogs()})


def many(dialogs: int, messages: int, **limits: Any) -> World:
    """As many dialogs with a history each, none of one second with another."""
    portal = Portal(seed=1, **limits)
    now = datetime.fromtimestamp(portal.clock.seconds(), UTC)
    names = [portal.add_chat(f"Chat {number}", date=now - timedelta(minutes=number)) for number in range(dialogs)]
    for name in names:
        portal.add_history(name, messages)
    return World(portal, lambda: {name: portal.visible_messages(name) for name in names})


def lively(dialogs: int = 700, found: int = 520, messages: int = 5_000, *, moving: bool = False) -> World:
    """A portal with some of everything; *moving*, its dialogs rise and disappear while the list is read."""
    portal = Portal(seed=7).populate(dialogs, ("Project", found), messages, unread=70)
    before = [*portal.visible_dialogs(), *portal.queue_lines()]
    if moving:
        events = _events(portal)
        portal.before_command = lambda method, _: next(events) if method == "im.recent.list" else None

    def truth() -> dict[str, Any]:
        shown = {*portal.visible_dialogs(), *portal.queue_lines()}
        return {
            "dialogs": [dialog for dialog in before if dialog in shown],
            "hidden": [dialog for dialog in before if dialog not in shown],
            "found": portal.found_chats("Project"),
            "messages": portal.visible_messages(portal.showcase),
        }

    return World(portal, truth)


def _events(portal: Portal) -> Iterator[None]:
    """With every page of the list some dialog far down rises, and one near the top disappears."""
    random = Random(7)
    while True:
        yield  # the first page is read from a world at rest
        shown = portal.visible_dialogs()
        portal.post(random.choice(shown[len(shown) // 2 :]))
        portal.hide(random.choice(shown[10:40]))


WORLDS: dict[str, Callable[..., World]] = {
    "histories": histories,
    "chats": chats,
    "many": many,
    "uneven": uneven,
    "lively": lively,
}

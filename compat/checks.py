"""What every client is asked to do, and what must come of it, by the portal's own account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from bitrix_im.testing import Portal

PHRASE = "Project"
NAME = "Compatibility: 100 % + & = ä"
TEXT = "Hello & goodbye: 2 + 2 = 4, 100 %, äöü, [b]bold[/b] #1?"
CLIENT = {"client_id": "local.compat", "client_secret": "c0mpat"}
_TIMES = 10


class Untrue(Exception):
    """What came is not what is there; says what came."""


@attrs.frozen
class Stage:
    """A portal and what a client is told of it."""

    portal: Portal
    options: dict[str, Any]


def stage(burst: int = 50, batch: int = 70) -> Stage:
    """A fresh portal with a hundred and twenty chats to find, a history, and an application with its tokens."""
    portal = Portal(seed=3, burst=burst).populate(dialogs=60, found=(PHRASE, 120), messages=210, unread=0)
    dialog = portal.add_chat(NAME)
    portal.oauth_app(**CLIENT)
    tokens = portal.issue_tokens(client_id=CLIENT["client_id"])
    return Stage(
        portal,
        {
            "host": portal.host,
            "dialog": dialog,
            "showcase": portal.showcase,
            "text": TEXT,
            "phrase": PHRASE,
            "dialogs": [portal.add_chat(f"Chat {number}") for number in range(batch)],
            "times": _TIMES,
            "tokens": tokens,
            **CLIENT,
        },
    )


def call(stage: Stage, result: Any) -> None:
    _expect(result, NAME)


def error(stage: Stage, result: Any) -> None:
    if not any(sign in str(result).upper() for sign in ("METHOD_NOT_FOUND", "404")):
        raise Untrue(f"a method that does not exist was refused with {result!r}")


def send(stage: Stage, result: Any) -> None:
    dialog = stage.options["dialog"]
    _expect([result], stage.portal.visible_messages(dialog)[-1:])
    _expect(stage.portal.message_texts(dialog)[-1], TEXT)


def find(stage: Stage, result: Any) -> None:
    _expect(sorted(result), sorted(stage.portal.found_chats(PHRASE)))


def history(stage: Stage, result: Any) -> None:
    _expect(result, stage.portal.visible_messages(stage.portal.showcase)[::-1])


def batch(stage: Stage, result: Any) -> None:
    _expect(result, {dialog: f"Chat {number}" for number, dialog in enumerate(stage.options["dialogs"])})


def limits(stage: Stage, result: Any) -> None:
    _expect(result, [NAME] * _TIMES)
    if not stage.portal.refusals:
        raise Untrue("the portal refused nothing, so nothing was shown")


def refresh(stage: Stage, result: Any) -> None:
    _expect((result, stage.portal.refreshes), (NAME, 1))


CHECKS: dict[str, Callable[[Stage, Any], None]] = {
    "call": call,
    "error": error,
    "send": send,
    "find": find,
    "history": history,
    "batch": batch,
    "limits": limits,
    "refresh": refresh,
}


def _expect(result: Any, true: Any) -> None:
    if result != true:
        raise Untrue(f"got {_brief(result)}, not {_brief(true)}")


def _brief(value: Any) -> str:
    text = repr(value)
    said = text if len(text) <= 60 else text[:60] + " …"
    return f"{len(value)} items, {said}" if isinstance(value, list | dict) else said

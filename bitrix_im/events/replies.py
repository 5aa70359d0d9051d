"""Answering an event, so that hearing it again after a crash says nothing twice."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, Protocol

import anyio
import attrs
from anyio.abc import TaskGroup

from ..errors import BitrixError
from ..rest.keys import message_key

log = logging.getLogger("bitrix_im")


@attrs.frozen
class Listener:
    """Whose events these are: a user's or a bot's."""

    kind: Literal["user", "bot"]
    id: int

    def __str__(self) -> str:
        return f"{self.kind}{self.id}"


class Voice(Protocol):
    """How a listener answers."""

    async def say(self, event: Any, text: str, key: str, options: Mapping[str, Any]) -> int | None:
        """Send *text* to the dialog of *event*, once for each *key*; the message's id where the portal tells it."""
        ...

    async def type(self, dialog_id: str, status: str | None) -> float:
        """Show that an answer is being made. Returns the seconds until that must be shown again."""
        ...


class Answers:
    """The answers to one event, in one attempt at handling it: each has a number, and by it a key."""

    def __init__(self, voice: Voice | None, cause: str) -> None:
        self.voice = voice
        self.cause = cause
        self._count = 0

    def next_key(self) -> str:
        """The key of the next answer: the same as in every other attempt (docs/portal.md#bot-reply-key)."""
        self._count += 1
        return message_key(f"{self.cause}/{self._count - 1}")

    def anew(self) -> Answers:
        """The answers to the same event in another attempt."""
        return Answers(self.voice, self.cause)

    def needed(self) -> Voice:
        """Who answers. Raises `RuntimeError` where nobody can."""
        if self.voice is None:
            raise RuntimeError(
                "this event cannot be answered: it did not come from a client's stream. "
                "Send to event.dialog_id, or take it to a bot with bot.adopt(event)"
            )
        return self.voice


class Typing:
    """Shows, while inside, that an answer is being made; renews that by itself. What goes wrong with it is no error."""

    def __init__(self, voice: Voice, dialog_id: str, status: str | None) -> None:
        self._voice = voice
        self._dialog_id = dialog_id
        self._status = status
        self._group: TaskGroup | None = None

    async def __aenter__(self) -> Typing:
        self._group = anyio.create_task_group()
        await self._group.__aenter__()
        self._group.start_soon(self._renew)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._group is not None  # noqa: S101 - it was entered
        self._group.cancel_scope.cancel()
        # Not told of the error: it would wrap it in a group, and an error inside comes out bare.
        await self._group.__aexit__(None, None, None)

    async def _renew(self) -> None:
        while True:
            try:
                lasts = await self._voice.type(self._dialog_id, self._status)
            except BitrixError as error:
                log.debug("could not show that an answer is being made: %s", error)
                return
            await anyio.sleep(lasts)

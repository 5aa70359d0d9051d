"""The queue of a user: ``im.v2.Event.*``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..convert import structure
from ..errors import MethodNotFound
from ..markup import attach as blocks, keyboard as buttons
from ..methods import Messages
from ..models import User
from ..paging import Caller
from ..rest.call import Call
from .event import Event
from .replies import Listener

_WRITING = 10.0  # seconds that im.dialog.writing shows


class UserVoice:
    """A user answers by ``im.message.add``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def say(self, event: Event, text: str, key: str, options: Mapping[str, Any]) -> int | None:
        """Send *text* to the dialog of *event*."""
        keyboard, attach = options.get("keyboard"), options.get("attach")
        built = {
            **options,
            "keyboard": None if keyboard is None else buttons.build(keyboard),
            "attach": None if attach is None else blocks.build(attach),
        }
        return await Messages(self._caller).send(
            event.dialog_id, text, **built, key=None if options.get("system") else key
        )

    async def type(self, dialog_id: str, status: str | None) -> float:
        """Show that the user writes (``im.dialog.writing``)."""
        await self._caller.call(Call("im.dialog.writing", {"DIALOG_ID": dialog_id}))
        return _WRITING


class UserQueue:
    """What happens in the dialogs of the user who calls."""

    def __init__(self, caller: Caller, user_id: int | None) -> None:
        self._caller = caller
        self._user_id = user_id
        self.voice = UserVoice(caller)

    async def open(self) -> Listener:
        """Subscribe (``im.v2.Event.subscribe``): else the queue is silently empty."""
        try:
            await self.renew()
        except MethodNotFound as error:
            error.add_note("This portal has no im.v2.Event: im.watch() hears new messages on every portal.")
            raise
        if self._user_id is None:
            reply = await self._caller.call(Call("im.user.get"))
            self._user_id = structure(reply.result, User, at="$.result").id
        return Listener("user", self._user_id)

    async def renew(self) -> None:
        """Subscribe again, which changes nothing where nobody unsubscribed."""
        await self._caller.call(Call("im.v2.Event.subscribe"))

    def call(self, offset: int, limit: int) -> Call:
        """Read, and confirm."""
        return Call("im.v2.Event.get", {"offset": offset, "limit": limit})

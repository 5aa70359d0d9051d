"""A bot's commands: what people write after a slash, and what buttons send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..events.event import check_text
from ..events.types import CommandCalled
from ..markup import attach as blocks, keyboard as buttons
from ..markup.attach import Attach
from ..markup.keyboard import Keyboard
from ..methods import _parameters as checked
from ..models import Command
from .owner import Owner, given

Titles = Mapping[str, str] | str | None


class Commands(Owner):
    """The commands of one bot."""

    async def commands(self) -> list[Command]:
        """All commands of the bot (``imbot.v2.Command.list``)."""
        return await self._ask(list[Command], "Command.list", part="commands")

    async def add_command(
        self,
        name: str,
        title: Titles = None,
        *,
        params: Titles = None,
        common: bool | None = None,
        hidden: bool | None = None,
    ) -> Command:
        """Register a command, and return it (``imbot.v2.Command.register``). One that is there stays as it is.

        *name* is without the slash, *title* what a list shows, by language (``{"en": "Show help"}``, or a text for
        English). Without a title it is *hidden*: for buttons. *common*: in all chats, also without the bot. *params*
        shows what follows it, in the same languages. Raises `ValueError` for an impossible name, or a title of a hidden
        one; `ApiError` with ``COMMAND_…`` codes.
        """
        fields = command_fields(name, title, params=params, common=common, hidden=hidden)
        return await self._ask(Command, "Command.register", {"fields": fields}, part="command")

    async def update_command(
        self,
        command_id: int,
        *,
        name: str | None = None,
        title: Mapping[str, str | None] | str | None = None,
        params: Titles = None,
        common: bool | None = None,
        hidden: bool | None = None,
    ) -> Command:
        """Change a command; what is None stays as it is (``imbot.v2.Command.update``). A title of None goes."""
        fields = given(
            command=None if name is None else command_name(name),
            title=in_languages(title),
            params=in_languages(params),
            common=common,
            hidden=hidden,
        )
        told = {"commandId": checked.number("command_id", command_id), "fields": fields}
        return await self._ask(Command, "Command.update", told, part="command")

    async def remove_command(self, command_id: int) -> None:
        """Remove a command (``imbot.v2.Command.unregister``). One that is gone is no error."""
        told = {"commandId": checked.number("command_id", command_id)}
        await self._do("Command.unregister", told, already=("COMMAND_NOT_FOUND",))

    async def answer(
        self,
        event: CommandCalled,
        text: str,
        *,
        keyboard: Keyboard | None = None,
        attach: Attach | None = None,
        system: bool = False,
        url_preview: bool | None = None,
    ) -> None:
        """Answer a command where the bot is no member (``imbot.v2.Command.answer``); `CommandCalled.reply` does both.

        There is no key and no id for it: it is not tried again after an unknown outcome, and an event that is handled
        again is answered again. Raises `ValueError` for more than 20,000 characters, or neither text nor attachment.
        """
        check_text(text, attach)
        fields = given(
            message=text,
            keyboard=None if keyboard is None else buttons.build(keyboard, self._id),
            attach=None if attach is None else blocks.build(attach),
            system=system or None,
            urlPreview=url_preview,
        )
        told = {"commandId": event.command_id, "messageId": event.message_id, "dialogId": event.dialog_id}
        await self._do("Command.answer", {**told, "fields": fields})


def command_name(name: str) -> str:
    """A command's name without the slash. Raises `ValueError`."""
    text = name.removeprefix("/") if isinstance(name, str) else ""
    if not text or not text.isprintable() or any(letter.isspace() or letter == "/" for letter in text):
        raise ValueError(f"expected a command's name without spaces, got {name!r}")
    return text


def command_fields(name: str, title: Titles, **known: Any) -> dict[str, Any]:
    """The fields of a new command; without a title it is hidden."""
    params, hidden = known.pop("params", None), known.pop("hidden", None)
    if title is None and hidden is False:
        raise ValueError("expected a title: a command that is not hidden must have one")
    fields = given(command=command_name(name), title=in_languages(title), params=in_languages(params), **known)
    return {**fields, "hidden": title is None if hidden is None else hidden}


def in_languages(text: Mapping[str, str | None] | str | None) -> dict[str, str | None] | None:
    """A text by language; a plain one is English."""
    if text is None:
        return None
    told: dict[str, str | None] = {"en": text} if isinstance(text, str) else dict(text)
    if not told or not all(isinstance(language, str) and language for language in told):
        raise ValueError(f"expected texts by language, like {{'en': 'Show help'}}, got {text!r}")
    return told

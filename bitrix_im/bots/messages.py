"""What a bot writes, changes, reads and shows (``imbot.v2.Chat.Message.*`` and its neighbours)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import attrs

from ..convert import camel_case, wired
from ..events.event import check_text
from ..markup import attach as blocks, keyboard as buttons
from ..markup.attach import Attach
from ..markup.keyboard import Keyboard
from ..methods import _parameters as checked, _transfer
from ..models import BotMessage, MessageContext, Model, ReadMark, UploadedFile
from ..rest.inline import Progress
from ..rest.keys import message_key
from ..session.transfer.source import Source
from .owner import Owner, given

_MOST_FORWARDED = 100
_STATUS = "IMBOT_AGENT_ACTION_"
_LONGEST_STATUS = 600  # seconds


@attrs.frozen(kw_only=True, repr=False)
class _Sent(Model):
    _spelled = staticmethod(camel_case)

    id: Annotated[int | None, wired(strict=True)] = None


class BotMessages(Owner):
    """The messages of one bot."""

    async def send(
        self,
        dialog_id: str | int,
        text: str = "",
        *,
        keyboard: Keyboard | None = None,
        attach: Attach | None = None,
        reply_to: int | None = None,
        url_preview: bool | None = None,
        system: bool = False,
        forward: Iterable[int] = (),
        key: str | None = None,
    ) -> int | None:
        """Send a message, and return its id; None where it only forwards (``imbot.v2.Chat.Message.send``).

        *keyboard* takes a row of buttons or a list of rows, *attach* a list of blocks, *forward* the ids of up to 100
        messages. The message carries a key (templateId): a fresh one, or *key*, a UUIDv4 as it is, any other text
        hashed into one. Sending again with the same key only returns the first message's id. *system* messages and
        forwards have none: they are not tried again after an unknown outcome.

        Raises `ValueError` for more than 20,000 characters, which nothing splits unasked (``event.reply_long``,
        `bb.split`), for nothing to send, or for a *key* with what can have none; `AccessError` where the bot is no
        member.
        """
        forwarded = checked.numbers("forward", forward)
        if len(forwarded) > _MOST_FORWARDED:
            raise ValueError(f"expected at most {_MOST_FORWARDED} messages to forward, got {len(forwarded)}")
        if text or not forwarded:
            check_text(text, attach)
        if key is not None and (system or forwarded):
            raise ValueError(
                "expected a key, or system=True or forward, got both: what forwards or is system has no key"
            )
        fields = {
            **self._content(text or None, keyboard, attach, url_preview),
            **given(
                replyId=checked.message_id("reply_to", reply_to) or None,
                system=system or None,
                templateId=None if system else message_key(key),
                forwardIds={message_key(): number for number in forwarded} or None,
            ),
        }
        told = {"dialogId": checked.dialog_id(dialog_id), "fields": fields}
        return (await self._ask(_Sent, "Chat.Message.send", told)).id

    async def edit(
        self,
        message_id: int,
        text: str | None = None,
        *,
        keyboard: Keyboard | Literal[False] | None = None,
        attach: Attach | None = None,
        url_preview: bool | None = None,
    ) -> None:
        """Change a message of the bot's; what is None stays (``imbot.v2.Chat.Message.update``).

        ``keyboard=False`` takes the buttons away. Buttons get the bot's id, or presses would go astray.
        """
        if text is not None:
            check_text(text, attach)
        content = self._content(text, None if keyboard is False else keyboard, attach, url_preview)
        fields = {**content, "keyboard": "N"} if keyboard is False else content
        if not fields:
            raise ValueError("expected something to change: a text, keyboard, attach or url_preview")
        await self._do("Chat.Message.update", {**_message(message_id), "fields": fields})

    async def delete(self, message_id: int, complete: bool = False) -> None:
        """Delete a message; *complete*: without a trace (``imbot.v2.Chat.Message.delete``)."""
        await self._do("Chat.Message.delete", {**_message(message_id), **({"complete": True} if complete else {})})

    async def message(self, message_id: int) -> BotMessage:
        """A message (``imbot.v2.Chat.Message.get``). Only for bots of kind supervisor or personal: else `BotError`."""
        return await self._ask(BotMessage, "Chat.Message.get", _message(message_id), part="message")

    async def context(self, message_id: int, range: int = 50) -> MessageContext:  # noqa: A002 - the contract's word
        """Messages around one, up to *range* on each side (``imbot.v2.Chat.Message.getContext``); as `message`."""
        told = {**_message(message_id), "range": checked.page_size(range, 50)}
        return await self._ask(MessageContext, "Chat.Message.getContext", told)

    async def read(self, dialog_id: str | int, message_id: int | None = None) -> ReadMark:
        """Mark as read up to a message, or all (``imbot.v2.Chat.Message.read``)."""
        told = {**_at(dialog_id), **({} if message_id is None else _message(message_id))}
        return await self._ask(ReadMark, "Chat.Message.read", told)

    async def react(self, message_id: int, reaction: str) -> None:
        """Set a reaction: ``"like"``, ``"laugh"``, … (``imbot.v2.Chat.Message.Reaction.add``)."""
        told = {**_message(message_id), "reaction": checked.word("reaction", reaction)}
        await self._do("Chat.Message.Reaction.add", told, already=("REACTION_ALREADY_SET",))

    async def unreact(self, message_id: int, reaction: str) -> None:
        """Take a reaction back (``imbot.v2.Chat.Message.Reaction.delete``)."""
        told = {**_message(message_id), "reaction": checked.word("reaction", reaction)}
        await self._do("Chat.Message.Reaction.delete", told)

    async def typing(self, dialog_id: str | int, status: str | None = None, seconds: int | None = None) -> None:
        """Show what the bot does, for 1 to 600 *seconds* (``imbot.v2.Chat.InputAction.notify``).

        *status* is ``"thinking"``, ``"searching"``, ``"generating"``, …, or a whole code; without one it types.
        """
        if seconds is not None and checked.number("seconds", seconds) > _LONGEST_STATUS:
            raise ValueError(f"expected at most {_LONGEST_STATUS} seconds, got {seconds}")
        code = None if status is None else _STATUS + checked.word("status", status).upper().removeprefix(_STATUS)
        await self._do("Chat.InputAction.notify", {**_at(dialog_id), **given(statusMessageCode=code, duration=seconds)})

    async def set_text_field(self, dialog_id: str | int, enabled: bool) -> None:
        """Show or hide the input field of a dialog (``imbot.v2.Chat.TextField.enabled``)."""
        await self._do("Chat.TextField.enabled", {**_at(dialog_id), "enabled": checked.flag("enabled", enabled)})

    async def upload(
        self,
        dialog_id: str | int,
        source: Source,
        *,
        name: str | None = None,
        message: str | None = None,
        progress: Progress | None = None,
    ) -> UploadedFile:
        """Upload a file into a dialog (``imbot.v2.File.upload``); as `Files.upload`."""
        told = self._call("File.upload", _at(dialog_id))
        return await _transfer.upload(
            self._caller, told.method, told.params, source, name=name, message=message, progress=progress
        )

    async def download(
        self, file_id: int, target: str | os.PathLike[str] | None = None, *, progress: Progress | None = None
    ) -> Path | bytes:
        """Download a file, to a path or as bytes (``imbot.v2.File.download``); as `Files.download`."""
        told = self._call("File.download", {"fileId": checked.number("file_id", file_id)})
        return await _transfer.download(self._caller, told.method, told.params, target, progress)

    def _content(
        self, text: str | None, keyboard: Keyboard | None, attach: Attach | None, url_preview: bool | None
    ) -> dict[str, Any]:
        return given(
            message=text,
            keyboard=None if keyboard is None else buttons.build(keyboard, self._id),
            attach=None if attach is None else blocks.build(attach),
            urlPreview=url_preview,
        )


def _at(dialog_id: str | int) -> dict[str, str]:
    return {"dialogId": checked.dialog_id(dialog_id)}


def _message(message_id: int) -> Mapping[str, int]:
    return {"messageId": checked.number("message_id", message_id)}

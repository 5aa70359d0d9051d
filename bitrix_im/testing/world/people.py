"""People of the portal, who write, react, join and leave while a test looks on."""

from typing import Any

from . import keyboards
from .drafts import Message
from .records import Chat, User
from .world import World


class Person:
    """Somebody at the portal. Dialog ids are what they call them: ``chatN``, or the other user's id."""

    def __init__(self, world: World, user: User) -> None:
        self._world = world
        self.user = user
        self.id = user.id
        self.viewer = world.viewer(user.id)
        """What they see."""

    def __repr__(self) -> str:
        return f"<Person {self.user.name} ({self.id})>"

    def write(self, dialog_id: str | int, text: str) -> int:
        """Write a message, in a private dialog too where there was none, and return its id."""
        chat = self._chat(dialog_id)
        if not chat.private and self.id not in chat.members:
            raise PermissionError(f"{self.user.name} is not in {dialog_id}: let them join it first")
        if not chat.can_post:
            raise PermissionError(f"a bot switched off the text field of {dialog_id}: there are only buttons to press")
        return self._world.write(chat, self.id, text, uuid=None, params={})

    def edit(self, message_id: int, text: str) -> None:
        """Change what a message says."""
        chat, message = self._message(message_id)
        self._world.change(chat, message, text, message.params | {"IS_EDITED": "Y"}, self.id)

    def delete(self, message_id: int) -> None:
        """Delete a message; the notice of its deletion stays."""
        chat, message = self._message(message_id)
        self._world.change(chat, message, "This message was deleted.", {"IS_DELETED": "Y"}, self.id)

    def react(self, message_id: int, reaction: str = "like", *, on: bool = True) -> None:
        """Set a reaction, or take it back."""
        chat, message = self._message(message_id)
        self._world.react(chat, message, self.id, reaction, on=on)

    def join(self, dialog_id: str | int) -> None:
        """Come into a chat."""
        self._world.join(self._chat(dialog_id), [self.id], by=self.id)

    def leave(self, dialog_id: str | int) -> None:
        """Leave a chat."""
        self._world.part(self._chat(dialog_id), self.id)

    def press(self, message_id: int, button: str) -> str | None:
        """Press the button of that text on a message's keyboard.

        A command is called, and a text that is to be sent is sent; what only this person's screen would do (open a
        link, put in a text, copy, call, open a dialog) is returned. A command that no bot has does nothing.
        """
        chat, message = self._message(message_id)
        if self.id not in chat.members:
            raise PermissionError(f"{self.user.name} is not in the chat of message {message_id}")
        pressed = keyboards.button(message, button)
        if "COMMAND" in pressed:
            params = str(pressed.get("COMMAND_PARAMS", ""))
            self._world.press(chat, message, self.id, int(pressed.get("BOT_ID", 0)), pressed["COMMAND"], params)
        elif pressed.get("ACTION") == "SEND":
            self._world.write(chat, self.id, str(pressed["ACTION_VALUE"]), uuid=None, params={})
        else:
            return str(pressed["LINK"] if "LINK" in pressed else pressed["ACTION_VALUE"])
        return None

    def follow(self, bot_id: int, context: dict[str, Any]) -> None:
        """Follow a link to a bot that brings it a context (docs/portal.md#deep-links)."""
        bot = self._world.bots.get(bot_id)
        if bot is None:
            raise KeyError(bot_id)
        new = self._world.private_chat_of(self.id, bot_id) is None
        self._world.open_bot(bot, self._chat(bot_id), self.id, context, new=new)

    def read(self, dialog_id: str | int, message_id: int | None = None) -> None:
        """Read a dialog, up to a message."""
        self.viewer.read(dialog_id, message_id)

    def messages(self, dialog_id: str | int) -> list[str]:
        """Texts of a dialog, as they can read them, oldest first."""
        return self.viewer.message_texts(dialog_id)

    def _chat(self, dialog_id: str | int) -> Chat:
        if str(dialog_id) == str(self.id):
            hint = f"{dialog_id} is {self.user.name}'s own id; the portal's user is {self._world.user_id} for them"
            raise ValueError(hint)
        seat = self.viewer.find(str(dialog_id))
        if seat is None:
            raise KeyError(dialog_id)
        return seat.chat

    def _message(self, message_id: int) -> tuple[Chat, Message]:
        chat = self._world.home(message_id)
        message = chat.message(message_id) if chat is not None else None
        if chat is None or message is None:
            raise KeyError(message_id)
        return chat, message


def person(world: World, name: str | int) -> Person:
    """Somebody by name (in full, or the first one) or id; made where the portal has no such user."""
    if isinstance(name, int):
        return Person(world, world.users[name])
    known = [user for user in world.users.values() if not user.deleted]
    found = next((user for user in known if user.name == name), None)
    found = found or next((user for user in known if user.first_name == name), None)
    return Person(world, found if found is not None else world.users[world.add_user(name)])

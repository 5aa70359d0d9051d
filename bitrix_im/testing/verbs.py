"""The verbs of a world, on the portal itself: building it, what happens in it, and the truth to compare with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .world import bot_seen, people
from .world.bot_seen import BotSeen
from .world.people import Person
from .world.records import Kind
from .world.viewer import Viewer
from .world.world import World


class Verbs:
    """What a test says to a portal; dialog ids are those of the portal's own user, and so are marks and pins."""

    world: World

    @property
    def me(self) -> Viewer:
        """The portal's own user, whose webhook `webhook` is: what they see and do."""
        return self.world.me

    def person(self, name: str | int) -> Person:
        """Somebody by name or id, who can write, react, join, leave; a new user where there is none of that name."""
        return people.person(self.world, name)

    def bot(self, code: str) -> BotSeen:
        """A registered bot by its code: what it said, and what it sees; KeyError before it is registered."""
        return bot_seen.bot(self.world, code)

    # Building

    def add_user(
        self,
        name: str = "",
        *,
        bot: bool = False,
        extranet: bool = False,
        deleted: bool = False,
        active: bool = True,
        shapeless: bool = False,
    ) -> int:
        """Add a user and return its id."""
        return self.world.add_user(
            name, bot=bot, extranet=extranet, deleted=deleted, active=active, shapeless=shapeless
        )

    def add_chat(
        self,
        title: str,
        *,
        kind: Kind = "chat",
        members: Sequence[int] = (),
        date: datetime | int | None = None,
        recent: bool = True,
        joined: bool = True,
        entity_id: str | None = None,
        muted: Sequence[int] = (),
        can_manage: bool = True,
    ) -> str:
        """Add a group chat, last active at *date* (now), and return its dialog id.

        The user and `colleague` are in it when no *members* are named. ``recent=False`` leaves it out of the list,
        ``joined=False`` leaves out the user.
        """
        return self.world.add_chat(
            title,
            kind=kind,
            members=members,
            date=date,
            recent=recent,
            joined=joined,
            entity_id=entity_id,
            muted=muted,
            can_manage=can_manage,
        )

    def add_private(self, user_id: int | str, *, date: datetime | int | None = None, recent: bool = True) -> str:
        """Start a private dialog with a user and return its dialog id."""
        return self.world.add_private(user_id, date=date, recent=recent)

    def add_group(self, title: str) -> str:
        """Add a workgroup that has no chat yet: reading ``sgN`` creates it. Return ``sgN``."""
        return self.world.add_group(title)

    def add_queue_line(self, title: str = "Website visitor") -> str:
        """Add an open line that waits in the queue: it comes with every page of ``im.recent.list``."""
        return self.world.add_queue_line(title)

    def add_history(self, dialog_id: str | int, count: int, *, unread: int = 0, hidden: int = 0) -> list[int]:
        """Add *count* messages that end at the dialog's last activity, and return their ids, ascending.

        The list's order stays. *unread* of them are above the read mark, the *hidden* oldest from before the user
        joined. Ids are portal-global, so they have holes.
        """
        return self.world.add_history(dialog_id, count, unread=unread, hidden=hidden)

    def add_dropped_row(self, at: int | datetime | None = None) -> None:
        """Add an internal row that is counted and never shown, at an index of the list or a date (now)."""
        self.world.add_dropped_row(at)

    def double(self, dialog_id: str | int, at: int | datetime | None = None, *, empty: bool = False) -> None:
        """Give a dialog a second internal row, at an index of the list or a date (by default the end).

        An *empty* one comes without the message (id 0), unless it shares a page with the other.
        """
        self.world.double(dialog_id, at, empty=empty)

    # What happens while somebody reads

    def post(
        self,
        dialog_id: str | int,
        text: str = "A new message",
        author_id: int | None = None,
        *,
        uuid: str | None = None,
        **params: Any,
    ) -> int:
        """Write a message now: the dialog rises to the top. *params* are the message's, in capitals (``LIKE=[5]``).

        Another member is the author by default; ``author_id=0`` is the system. Return the message's id.
        """
        return self.world.post(dialog_id, text, author_id, uuid=uuid, **params)

    def erase(self, message_id: int) -> None:
        """Delete a message for good: with the newest its dialog falls back (docs/portal.md#recent-falls-back)."""
        self.world.erase(message_id)

    def rename_chat(self, dialog_id: str | int, title: str) -> None:
        """Give a chat another title."""
        self.world.rename_chat(dialog_id, title)

    def hide(self, dialog_id: str | int) -> None:
        """Take a dialog out of the list, until its next message."""
        self.me.hide(dialog_id)

    def leave(self, dialog_id: str | int) -> None:
        """Leave a chat: it is gone from the list, and reading it is ACCESS_ERROR."""
        self.me.leave(dialog_id)

    def pin(self, dialog_id: str | int, on: bool = True) -> None:
        """Pin a dialog, or unpin it."""
        self.me.pin(dialog_id, on)

    def mark_unread(self, dialog_id: str | int, on: bool = True) -> None:
        """Set the "unread" mark, or take it off."""
        self.me.mark_unread(dialog_id, on)

    def mute(self, dialog_id: str | int, *user_ids: int) -> None:
        """Make *user_ids* (the user by default) the ones who muted the chat."""
        self.me.mute(dialog_id, *user_ids)

    def read(self, dialog_id: str | int, message_id: int | None = None) -> int:
        """Move the read mark up to *message_id* (the newest), and return how many stay unread."""
        return self.me.read(dialog_id, message_id)

    def notify(
        self, text: str, user_id: int | None = None, *, author_id: int = 0, buttons: Sequence[str] = (), tag: str = ""
    ) -> int:
        """Give a user (the portal's own) a notification, with *buttons* one to confirm; return its id."""
        return self.world.notify(text, user_id, author_id=author_id, buttons=buttons, tag=tag)

    # The truth, for tests to compare with

    def visible_dialogs(self, *, last_message_date: datetime | None = None, **filters: bool) -> list[str]:
        """Dialog ids that ``im.recent.list`` has for these filters (``skip_chat=True``), in order, each once.

        Open lines that wait in the queue are not among them, with or without *skip_undistributed_openlines*: see
        `queue_lines`.
        """
        return self.me.visible_dialogs(last_message_date=last_message_date, **filters)

    def changed_dialogs(self, since: datetime | None = None, **filters: bool) -> list[str]:
        """Dialog ids that ``im.recent.get`` has, in order."""
        return self.me.changed_dialogs(since, **filters)

    def queue_lines(self) -> list[str]:
        """Dialog ids of the open lines in the queue."""
        return self.me.queue_lines()

    def found_chats(self, find: str) -> list[int]:
        """Ids of the chats that ``im.search.chat.list`` finds, descending."""
        return self.me.found_chats(find)

    def visible_messages(self, dialog_id: str | int) -> list[int]:
        """Ids of the messages that the user can read, ascending."""
        return self.me.visible_messages(dialog_id)

    def message_texts(self, dialog_id: str | int) -> list[str]:
        """Texts of the messages that the user can read, oldest first."""
        return self.me.message_texts(dialog_id)

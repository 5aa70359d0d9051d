"""What is known of each REST method: one row a method.

A row says where the method lives in this library, whether it only reads, whether making the same call again after an
unknown outcome is harmless, which parameter makes it so where the method alone does not, whether it must leave alone,
and how much a page of it holds. Names are compared here and nowhere else: the portal takes them in any case.

Longer than other modules because it is a table: a row is found by searching for the method's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import attrs


@attrs.frozen
class Method:
    """One REST method.

    ``name`` is spelled as the documentation spells it, ``home`` is where it is called from ("recent.list" on a client,
    "bot.send" on a bot; empty for an old name that has none, "call" for what is only called by its name).
    ``key`` is the parameter that makes a repeat harmless, ``spoilt_by`` those that make it harmful all the same;
    ``alone``: it does not share a request; ``page_size``: the most that a page of it holds, where it pages.
    """

    name: str
    home: str = ""
    reads: bool = False
    repeatable: bool = False
    key: str | None = None
    spoilt_by: tuple[str, ...] = ()
    alone: bool = False
    page_size: int | None = None

    def is_repeatable(self, params: Mapping[str, Any]) -> bool:
        """Whether making this call twice, with these parameters, does no more than making it once."""
        if any(_find(params, path) not in _UNSET for path in self.spoilt_by):
            return False
        if self.repeatable:
            return True
        return self.key is not None and _is_key(self.key, _find(params, self.key))


# How a parameter looks that is left out or switched off.
_UNSET: tuple[object, ...] = (None, False, "N", "", 0, [], ())
# The portal takes a lowercase UUIDv4 for a key, and any other text for no key, without an error.
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_KEYS: Mapping[str, Callable[[str], bool]] = {
    "TEMPLATE_ID": lambda text: _UUID.fullmatch(text) is not None,
    "fields.templateId": lambda text: _UUID.fullmatch(text) is not None,
    "TAG": lambda text: bool(text.strip()),  # a notification with the same tag replaces the one before
    "ACTION": lambda text: text.lower() in ("plus", "minus"),  # "auto" turns a like round each time
}


def _is_key(path: str, value: object) -> bool:
    return isinstance(value, str) and _KEYS[path](value)


def _find(params: Mapping[str, Any], path: str) -> Any:
    first, _, rest = path.partition(".")
    value = next((value for name, value in params.items() if str(name).lower() == first.lower()), None)
    return _find(value, rest) if rest and isinstance(value, Mapping) else value if not rest else None


def _reads(name: str, home: str, page_size: int | None = None) -> Method:
    return Method(name, home, reads=True, repeatable=True, page_size=page_size)


def _writes(name: str, home: str, **known: Any) -> Method:
    return Method(name, home, **known)


# A second call of what is not repeatable does the thing again, or is refused because it is done already.
METHODS: tuple[Method, ...] = (
    _writes("im.chat.add", "chats.create"),
    _reads("im.chat.get", "chats.find"),
    _writes("im.chat.leave", "chats.leave"),
    _writes("im.chat.mute", "chats.mute", repeatable=True),
    _writes("im.chat.setOwner", "chats.set_owner"),
    _writes("im.chat.updateAvatar", "chats.set_avatar", repeatable=True),
    _writes("im.chat.updateColor", "chats.set_color", repeatable=True),
    _writes("im.chat.updateTitle", "chats.rename"),  # each call posts a line in the chat
    _writes("im.chat.user.add", "chats.add_users", repeatable=True),
    _writes("im.chat.user.delete", "chats.remove_user"),
    _reads("im.chat.user.list", "chats.user_ids"),
    _reads("im.counters.get", "counters.get"),
    _reads("im.department.colleagues.list", "departments.colleagues", page_size=50),
    _reads("im.department.employees.get", "departments.employees"),
    _reads("im.department.get", "departments.get"),
    _reads("im.department.managers.get", "departments.managers"),
    _reads("im.dialog.get", "dialogs.get"),
    _reads("im.dialog.messages.get", "messages.history", page_size=50),  # may create the chat: twice is once
    _reads("im.dialog.messages.search", "messages.search", page_size=200),
    _writes("im.dialog.read", "dialogs.read", repeatable=True),
    _writes("im.dialog.read.all", "dialogs.read_all", repeatable=True),
    _writes("im.dialog.unread", "dialogs.unread", repeatable=True),
    _reads("im.dialog.users.list", "dialogs.users", page_size=200),
    _writes("im.dialog.writing", "dialogs.typing", repeatable=True),
    _writes("im.disk.file.commit", "files.commit", alone=True),
    _writes("im.disk.file.delete", "files.delete"),
    _writes("im.disk.file.save", "files.save"),
    _reads("im.disk.folder.get", "files.folder"),  # may create the folder: twice is once
    _writes("im.message.add", "messages.send", key="TEMPLATE_ID", spoilt_by=("SYSTEM",)),
    _writes("im.message.command", "messages.run_command"),
    _writes("im.message.delete", "messages.delete", repeatable=True),
    _writes("im.message.like", "messages.like", key="ACTION"),
    _writes("im.message.share", "messages.share"),
    _writes("im.message.update", "messages.update", repeatable=True),
    _writes("im.notify", "", key="TAG"),  # the old name of im.notify.personal.add
    _writes("im.notify.answer", "notifications.answer"),
    _writes("im.notify.confirm", "notifications.confirm"),
    _writes("im.notify.delete", "notifications.delete", repeatable=True),
    _reads("im.notify.get", "notifications.list", page_size=50),
    _reads("im.notify.history.search", "notifications.search", page_size=50),
    _writes("im.notify.personal.add", "notifications.send", key="TAG"),
    _writes("im.notify.read", "notifications.read", repeatable=True),
    _writes("im.notify.read.all", "notifications.read_all", repeatable=True),
    _writes("im.notify.read.list", "notifications.read_list", repeatable=True),
    _reads("im.notify.schema.get", "notifications.schema"),
    _writes("im.notify.system.add", "notifications.send_system", key="TAG"),
    _reads("im.recent.get", "recent.get"),
    _writes("im.recent.hide", "recent.hide", repeatable=True),
    _reads("im.recent.list", "recent.list", page_size=200),
    _writes("im.recent.pin", "recent.pin", repeatable=True),
    _writes("im.recent.unread", "recent.unread", repeatable=True),
    _reads("im.revision.get", "revision"),
    _reads("im.search.chat.list", "search.chats", page_size=50),
    _reads("im.search.department.list", "search.departments", page_size=50),
    _writes("im.search.last.add", "search.remember", repeatable=True),
    _writes("im.search.last.delete", "search.forget", repeatable=True),
    _reads("im.search.last.get", "search.last"),
    _reads("im.search.user.list", "search.users", page_size=50),
    _reads("im.user.get", "users.get"),
    _reads("im.user.list.get", "users.list"),
    _reads("im.user.status.get", "users.status"),
    _writes("im.user.status.idle.end", "users.end_idle", repeatable=True),
    _writes("im.user.status.idle.start", "users.start_idle", repeatable=True),
    _writes("im.user.status.set", "users.set_status", repeatable=True),
    # Deletes what lies below its offset: the same offset twice deletes it once.
    _writes("im.v2.Event.get", "events", repeatable=True, page_size=1000),
    _writes("im.v2.Event.subscribe", "events", repeatable=True),
    _writes("im.v2.Event.unsubscribe", "stop_events", repeatable=True),
    _reads("im.v2.File.download", "files.download"),
    _writes("im.v2.File.upload", "files.upload", alone=True),
    _reads("imbot.v2.Bot.get", "bots.get"),
    _reads("imbot.v2.Bot.list", "bots.list", page_size=50),
    _writes("imbot.v2.Bot.register", "bots.ensure", repeatable=True),
    _writes("imbot.v2.Bot.unregister", "bot.unregister"),
    _writes("imbot.v2.Bot.update", "bot.update", repeatable=True, spoilt_by=("fields.botToken",)),
    _writes("imbot.v2.Chat.InputAction.notify", "bot.typing", repeatable=True),
    _writes("imbot.v2.Chat.Manager.add", "bot.chats.add_managers", repeatable=True),
    _writes("imbot.v2.Chat.Manager.delete", "bot.chats.remove_managers", repeatable=True),
    _writes("imbot.v2.Chat.Message.Reaction.add", "bot.react", repeatable=True),
    _writes("imbot.v2.Chat.Message.Reaction.delete", "bot.unreact"),
    _writes("imbot.v2.Chat.Message.delete", "bot.delete", repeatable=True, spoilt_by=("complete",)),
    _reads("imbot.v2.Chat.Message.get", "bot.message"),
    _reads("imbot.v2.Chat.Message.getContext", "bot.context", page_size=50),
    _writes("imbot.v2.Chat.Message.read", "bot.read", repeatable=True),
    _writes(
        "imbot.v2.Chat.Message.send",
        "bot.send",
        key="fields.templateId",
        spoilt_by=("fields.forwardIds", "fields.system"),
    ),
    _writes("imbot.v2.Chat.Message.update", "bot.edit", repeatable=True),
    _writes("imbot.v2.Chat.TextField.enabled", "bot.set_text_field", repeatable=True),
    _writes("imbot.v2.Chat.User.add", "bot.chats.add_users", repeatable=True),
    _writes("imbot.v2.Chat.User.delete", "bot.chats.remove_user", repeatable=True),
    _reads("imbot.v2.Chat.User.list", "bot.chats.users", page_size=200),
    _writes("imbot.v2.Chat.add", "bot.chats.create"),
    _reads("imbot.v2.Chat.get", "bot.chats.get"),
    _writes("imbot.v2.Chat.leave", "bot.chats.leave"),
    _writes("imbot.v2.Chat.setOwner", "bot.chats.set_owner"),
    _writes("imbot.v2.Chat.update", "bot.chats.update", repeatable=True),
    _writes("imbot.v2.Command.answer", "bot.answer"),
    _reads("imbot.v2.Command.list", "bot.commands"),
    _writes("imbot.v2.Command.register", "bots.ensure", repeatable=True),
    _writes("imbot.v2.Command.unregister", "bot.remove_command"),
    _writes("imbot.v2.Command.update", "bot.update_command", repeatable=True),
    _writes("imbot.v2.Event.get", "bot.events", repeatable=True, page_size=1000),
    _reads("imbot.v2.File.download", "bot.download"),
    _writes("imbot.v2.File.upload", "bot.upload", alone=True),
    _reads("imbot.v2.Revision.get", "bots.revision"),
    # Not of the messenger, but called beside it; those without a scope answer to any credentials.
    _reads("app.info", "call"),
    _reads("feature.get", "call"),
    _reads("method.get", "call"),
    _reads("methods", "call"),
    _reads("profile", "call"),
    _reads("scope", "call"),
    _reads("server.time", "call"),
    _reads("user.current", "call"),
    _reads("user.get", "call"),
    _writes("im.v2.Chat.Bot.sendContext", "call"),
    _writes("batch", "batch", alone=True),  # what a batch does is known by its commands; none can hold another
)

_KNOWN = {spelling: method for method in METHODS for spelling in (method.name, method.name.lower())}


def look_up(name: str) -> Method:
    """The row of the method of that *name*, in any case, with or without ``.json``; a bare one where there is none."""
    return _KNOWN.get(name) or _look_up(name)


@lru_cache(maxsize=1024)
def _look_up(name: str) -> Method:
    plain = name.lower().removesuffix(".json")
    return _KNOWN.get(plain) or Method(plain, "call")


def spelled(name: str) -> str:
    """A method's *name* as the documentation spells it; one that nobody knows as it is, but for ``.json``."""
    row = look_up(name)
    return row.name if row.name in _KNOWN else name[: len(row.name)]

"""Lists by LAST_ID, newest first: found messages, notifications, found notifications."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Generic, TypeVar

import attrs

from ..convert import structure
from ..models import FoundMessages, Message, Notification, NotificationsPage
from ..models.notification import CONFIRMATION
from ..rest.call import Call, Reply
from .walk import Found

T = TypeVar("T", Message, Notification)

_Int = attrs.validators.instance_of(int)

MOST_MESSAGES = 200
MOST_NOTIFICATIONS = 50

# Found messages are sorted by date, but LAST_ID asks by id: where the two disagree, one at a seam would be skipped
# (docs/portal.md#message-search-seam). So pages overlap.
_OVERLAP = 5
_OTHERS = 3  # LAST_TYPE behind the confirmations


def _keys(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(key, str) for key in value):
        raise TypeError(value)
    return tuple(value)


@attrs.frozen
class IdStep:
    """Where a list stands: the id (and type) below which it goes on, how many it gave, how many were promised."""

    last_id: int = attrs.field(default=0, validator=_Int)
    last_type: int = attrs.field(default=0, validator=_Int)
    given: int = attrs.field(default=0, validator=_Int)
    promised: int = attrs.field(default=0, validator=_Int)
    overlap: tuple[str, ...] = attrs.field(default=(), converter=_keys)
    """Ids of the last items, where the next page repeats them."""


@attrs.frozen
class ListById(Generic[T]):
    """What the lists by LAST_ID share."""

    params: Mapping[str, Any]
    page_size: int = attrs.field(kw_only=True)

    method: ClassVar[str]
    repeats = True
    windows = (1,)  # each page begins where the one before ended, which nobody can foretell

    @property
    def binding(self) -> Call:
        keywords = {name.lower(): value for name, value in self.params.items()}
        return Call(self.method, {**keywords, "page_size": self.page_size})

    def start(self) -> IdStep:
        return IdStep()

    def call(self, step: IdStep, wanted: int | None = None) -> Call:
        below = {"LAST_ID": step.last_id} if step.last_id else {}
        return Call(self.method, {**self.params, **below, "LIMIT": self._size(wanted)})

    def _size(self, wanted: int | None) -> int:
        return self.page_size if wanted is None else min(self.page_size, max(1, wanted))

    def foretell(self, step: IdStep, most: int, wanted: int | None) -> list[Call]:
        return [self.call(step, wanted)]

    def without(self, step: IdStep) -> None:
        return None

    def behind(self, step: IdStep, item: T) -> IdStep | None:
        return None

    def learn(self, calls: object, outcome: object) -> None:
        return None

    def handed_out(self, step: IdStep) -> Collection[str]:
        return step.overlap

    def key(self, item: T) -> str:
        return str(item.id)

    def dump(self, step: IdStep) -> list[Any]:
        return list(attrs.astuple(step))

    def load(self, values: list[Any]) -> IdStep:
        return IdStep(*values)


@attrs.frozen
class MessageSearch(ListById[Message]):
    """``im.dialog.messages.search``: a chat's messages that fit, by descending id."""

    method = "im.dialog.messages.search"

    def call(self, step: IdStep, wanted: int | None = None) -> Call:
        call = super().call(step, wanted)
        size = self._size(wanted)
        is_first = not step.last_id and wanted is None and size > _OVERLAP
        limit = size if is_first else min(MOST_MESSAGES, size + _OVERLAP)
        return attrs.evolve(call, params={**call.params, "ORDER": {"ID": "DESC"}, "LIMIT": limit})

    def read(self, step: IdStep, call: Call, reply: Reply) -> Found[IdStep, Message]:
        messages = structure(reply.result, FoundMessages, at="$.result").messages
        if len(messages) < int(call.params["LIMIT"]):
            return Found(messages, None)
        seam = messages[-1 - _OVERLAP]  # the page's last few come again
        if step.last_id and seam.id >= step.last_id:
            seam = min(messages, key=_id)
        if seam.id == step.last_id:
            return Found(messages, None)
        overlap = [self.key(message) for message in messages if message.id < seam.id or message in messages[-_OVERLAP:]]
        return Found(messages, attrs.evolve(step, last_id=seam.id, overlap=overlap))


def _id(message: Message) -> int:
    return message.id


@attrs.frozen
class _Notifications(ListById[Notification]):
    """Notifications, until an empty page, or a short one where all that was promised has come."""

    def read(self, step: IdStep, call: Call, reply: Reply) -> Found[IdStep, Notification]:
        page = structure(reply.result, NotificationsPage, at="$.result")
        found = page.notifications
        given, promised = step.given + len(found), step.promised or page.total_count or page.total_results
        is_last = not found or (len(found) < int(call.params["LIMIT"]) and given >= promised)
        return Found(found, None if is_last else self._below(found[-1], given, promised))

    def _below(self, last: Notification, given: int, promised: int) -> IdStep:
        return IdStep(last.id, 0, given, promised)

    def behind(self, step: IdStep, item: Notification) -> IdStep:
        return self._below(item, step.given, step.promised)


@attrs.frozen
class NotificationSearch(_Notifications):
    """``im.notify.history.search``."""

    method = "im.notify.history.search"


@attrs.frozen
class NotificationList(_Notifications):
    """``im.notify.get``: those that ask for a confirmation first, then the others (docs/portal.md#notifications)."""

    method = "im.notify.get"

    def call(self, step: IdStep, wanted: int | None = None) -> Call:
        call = super().call(step, wanted)
        return attrs.evolve(call, params={**call.params, "LAST_TYPE": step.last_type}) if step.last_id else call

    def _below(self, last: Notification, given: int, promised: int) -> IdStep:
        last_type = CONFIRMATION if last.notify_type == CONFIRMATION else _OTHERS
        return IdStep(last.id, last_type, given, promised)

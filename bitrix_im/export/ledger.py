"""What a run knows of the dialogs while it reads them, and puts on the writer's pile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import attrs

from ..models import Message, RecentItem, User
from ..rest.call import Reply
from . import plan
from .plan import Wish
from .report import Meter
from .targets.base import Checkpoint, Standing
from .writer import Writer


@attrs.define(eq=False)
class Ledger:
    """The state of one run."""

    wish: Wish
    writer: Writer
    tell: Callable[[], None]
    """Tells how far the run is."""
    meter: Meter = attrs.field(factory=Meter)
    checkpoints: dict[str, Checkpoint] = attrs.field(factory=dict[str, Checkpoint])
    standing: Standing = attrs.field(factory=Standing)
    looks: dict[str, str] = attrs.field(factory=dict[str, str])
    """How the list shows the dialogs that this run wants."""
    users: set[int] = attrs.field(factory=set[int])
    """Written in this run."""
    absent: set[int] = attrs.field(factory=set[int])
    """Have written messages, and came with no page."""
    whole: dict[str, tuple[int, int]] = attrs.field(factory=dict[str, tuple[int, int]])
    """Of the dialogs read from end to end in this run: how many messages, and how many of them shown as deleted."""
    _skew: timedelta = timedelta(0)

    @property
    def names(self) -> Iterable[str]:
        """The dialogs that this run is about: those listed and, where it leaves none out, all that are known."""
        return list(self.checkpoints) if self.wish.is_all else [name for name in self.looks if name in self.checkpoints]

    def take_dialog(self, item: RecentItem, *, anyway: bool) -> None:
        """Take what the list shows of a dialog, where that is new, or *anyway*."""
        if not self.wish.wants(item):
            return
        name, look = item.dialog_id, plan.look_of(item)
        was = self.checkpoints.get(name)
        self.looks[name] = look
        has_changed = was is None or was.pending or plan.has_changed(was.shown, look)
        if has_changed:
            self.keep(attrs.evolve(was or Checkpoint(name), pending=True))
        if has_changed or anyway:
            self.writer.pile.dialogs[name] = item
            self.meter.dialog_rows += 1
            if item.user is not None:
                self.take_user(item.user)

    def take_messages(self, dialog_id: str, messages: Iterable[Message]) -> None:
        """Take messages of a dialog, who wrote them, and the files in them."""
        pile = self.writer.pile
        for message in messages:
            pile.messages[dialog_id, message.id] = message
            if message.author is not None:
                self.take_user(message.author)
            elif message.author_id:
                self.absent.add(message.author_id)
            for file in message.files:
                self.meter.files += file.id not in pile.files
                pile.files[file.id] = file

    def take_user(self, user: User) -> None:
        """Take a user, once a run."""
        if user.id and user.id not in self.users:
            self.users.add(user.id)
            self.writer.pile.users[user.id] = user
            self.meter.users += 1

    def keep(self, checkpoint: Checkpoint) -> None:
        """Let a checkpoint be written with what it stands for."""
        self.checkpoints[checkpoint.dialog_id] = checkpoint
        self.writer.pile.checkpoints[checkpoint.dialog_id] = checkpoint

    def fail(self, name: str, why: object) -> None:
        """Go on without it: the report tells why."""
        self.meter.failed[name] = str(why)

    def server_time(self, reply: Reply) -> datetime | None:
        """When the server began to answer, by its own clock; that is compared with the clock here."""
        began = reply.time.date_start if reply.time is not None else None
        if began is not None:
            self._skew = began - datetime.now(UTC)
        return began

    @property
    def server_now(self) -> datetime:
        """The server's clock."""
        return datetime.now(UTC) + self._skew

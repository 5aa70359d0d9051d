"""What a run has read and not yet written: it grows until it is worth a batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from ..models import File, Message, RecentItem, User
from . import schema
from .targets.base import Batch, Checkpoint, Standing, Target


@attrs.define
class Pile:
    """Models and checkpoints that belong together; of a key that comes twice the later one counts."""

    dialogs: dict[str, RecentItem] = attrs.field(factory=dict[str, RecentItem])
    messages: dict[tuple[str, int], Message] = attrs.field(factory=dict[tuple[str, int], Message])
    users: dict[int, User] = attrs.field(factory=dict[int, User])
    files: dict[int, File] = attrs.field(factory=dict[int, File])
    checkpoints: dict[str, Checkpoint] = attrs.field(factory=dict[str, Checkpoint])
    compared: dict[str, tuple[int, set[int]]] = attrs.field(factory=dict[str, tuple[int, set[int]]])
    """By dialog: above which id all messages were read again, and which there are."""
    hashes: dict[int, str] = attrs.field(factory=dict[int, str])
    standing: Standing | None = None
    run: schema.Run | None = None

    def __len__(self) -> int:
        """How many rows it will make."""
        return len(self.dialogs) + len(self.messages) + len(self.users) + len(self.files) + len(self.hashes)

    def __bool__(self) -> bool:
        return any(attrs.astuple(self, recurse=False))

    def add_messages(self, dialog_id: str, messages: Iterable[Message]) -> None:
        """Add messages of a dialog, and the files in them."""
        for message in messages:
            self.messages[dialog_id, message.id] = message
            for file in message.files:
                self.files[file.id] = file

    def write(self, target: Target, exported_at: datetime) -> None:
        """Write all of it in one batch. Blocks."""
        target.write(
            Batch(
                rows=self._rows(exported_at),
                checkpoints=list(self.checkpoints.values()),
                gone=self._gone(target),
                hashes=self.hashes,
                standing=self.standing,
            )
        )

    def _rows(self, exported_at: datetime) -> dict[str, Sequence[list[object]]]:
        rows: dict[str, Sequence[list[object]]] = {}
        plain: Mapping[schema.Table, Iterable[object]] = {
            schema.DIALOGS: self.dialogs.values(),
            schema.USERS: self.users.values(),
            schema.FILES: self.files.values(),
            schema.RUNS: [] if self.run is None else [self.run],
        }
        for table, items in plain.items():
            if items:
                rows[table.name] = table.values(items, exported_at=exported_at)
        if self.messages:
            names = [dialog_id for dialog_id, _ in self.messages]
            rows["messages"] = schema.MESSAGES.values(self.messages.values(), dialog_id=names, exported_at=exported_at)
        return rows

    def _gone(self, target: Target) -> list[tuple[str, int]]:
        """Messages that are stored, and were not found when their time was read again."""
        if not self.compared:
            return []
        stored = target.stored({dialog_id: floor for dialog_id, (floor, _) in self.compared.items()})
        return [
            (dialog_id, number)
            for dialog_id, (_, found) in self.compared.items()
            for number in sorted(stored[dialog_id] - found)
        ]

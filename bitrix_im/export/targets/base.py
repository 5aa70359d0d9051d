"""`Target`: where an export is written to, and the values that pass between it and the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import attrs

Rows = Sequence[list[Any]]
"""The rows of one table, column by column, as `schema.Table.values` gives them: a list for each of its columns."""

NOTHING: Mapping[str, Rows] = MappingProxyType({})
NO_HASHES: Mapping[int, str] = MappingProxyType({})
BEYOND = 2**63 - 1
"""Above the id of any message."""


class TargetRefused(Exception):
    """The target is not what this export can go on with: its text says in one line why, and what to do."""


class TargetDamaged(TargetRefused):
    """It is an export, or was one, and cannot be read."""


@attrs.frozen
class Identity:
    """Whose export it is. A target that holds another one's is refused."""

    portal: str
    """``"acme.bitrix24.com"``, with its port where it has one."""
    user_id: int
    """Each user sees dialogs of their own."""
    schema_version: int
    """Of the tables (`schema.VERSION`). A target of a lower one gains the columns it lacks; a higher one is refused."""


@attrs.frozen
class Checkpoint:
    """How far the messages of one dialog are stored.

    All up to ``upto`` are, and all from ``lowest`` to ``highest``. Between the two is a gap, as long as the way down
    from the newest message has not met what was read before. All numbers are ids of messages.
    """

    dialog_id: str
    highest: int = 0
    lowest: int = BEYOND
    upto: int = 0
    settled: int = 0
    """What is new is looked for above this one: somewhat below ``highest``, since ids may become visible late."""
    read: int = 0
    """Messages read so far, over all runs."""
    pending: bool = True
    """There is something to read: the dialog is new or has changed, and was not read to the end since."""
    shown: str = ""
    """What the list of dialogs showed of it then (`plan.look_of`): another look says that it has changed."""
    since: datetime | None = None
    """What is in the gap is older than this, and was left out on purpose."""

    @property
    def is_sound(self) -> bool:
        """Whether a run can have written it."""
        ids = 0 <= self.upto <= self.highest < BEYOND and 0 <= self.settled <= self.highest
        return ids and 0 <= self.lowest <= BEYOND and self.read >= 0


@attrs.frozen
class Standing:
    """What the target remembers of the portal's list of dialogs; server's time."""

    read_at: datetime | None = None
    """All that was active up to then stands in the checkpoints."""
    whole_at: datetime | None = None
    """When the list was last read from end to end."""


@attrs.frozen
class Batch:
    """What is written at once: all of it, or after a crash nothing."""

    rows: Mapping[str, Rows] = NOTHING
    """By table's name. A row replaces the one of the same key (`schema.Table.key`); within a batch no key is twice."""
    checkpoints: Sequence[Checkpoint] = ()
    """Each replaces the one of the same dialog."""
    gone: Sequence[tuple[str, int]] = ()
    """Messages (dialog_id, id) that are stored and no longer on the portal: they stay, and become ``is_deleted``."""
    hashes: Mapping[int, str] = NO_HASHES
    """The ``sha256`` of files that are stored, by their ids. Nothing else sets or clears that column: a new row of a
    file keeps what is there."""
    standing: Standing | None = None


@attrs.frozen
class Unfetched:
    """A file whose bytes are not there yet."""

    id: int
    dialog_id: str
    """Of its chat, by the table of dialogs."""
    size: int


class Target(Protocol):
    """A database or a folder.

    All methods block: the run calls them in a worker thread, one after the other, from `open` to `close`, not always
    the same thread. Each raises `TargetRefused` for what people can mend: not writable, damaged, another portal's,
    another program's, a newer version's, the disk full. What it holds stays as it was after the last `write`.
    """

    path: Path
    """Where it stands. Files' bytes go beside it, into ``NAME.files``."""
    rows_a_batch: int
    """How many rows it likes to be given at once. A crash loses as many, which are read again."""

    def open(self, identity: Identity, *, full: bool = False) -> None:
        """Make it ready, and where there is none, make it. *full* replaces what is there, if that is an export."""

    def checkpoints(self) -> dict[str, Checkpoint]:
        """All checkpoints, by dialog."""

    def standing(self) -> Standing:
        """What was written last of it."""

    def write(self, batch: Batch) -> None:
        """Store a batch, for good."""

    def last_run(self) -> int:
        """The highest id in ``runs``, 0 where there is none."""

    def lowest(self, since: datetime) -> dict[str, int]:
        """By dialog, the lowest id among the messages dated *since* then that are not ``is_deleted``."""

    def stored(self, above: Mapping[str, int]) -> dict[str, set[int]]:
        """By dialog, the ids above the given one of its messages that are not ``is_deleted``."""

    def counts(self, dialog_ids: Sequence[str]) -> dict[str, int]:
        """How many messages of some dialogs are stored and not ``is_deleted``."""

    def users(self) -> set[int]:
        """The ids of the users that are stored."""

    def unfetched(self) -> list[Unfetched]:
        """The files whose bytes are not stored: ``sha256`` is empty."""

    def close(self) -> None:
        """Let go of it. May be called at any moment, and twice."""

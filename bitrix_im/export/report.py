"""What an export tells: `Progress` while it runs, `ExportReport` at the end."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from ..convert import EMPTY


@attrs.frozen(kw_only=True)
class Progress:
    """How far a run is. Numbers are this run's, and never fall."""

    dialogs: int = 0
    """Read to the end."""
    dialogs_total: int = 0
    """To be read, as far as the list of dialogs is known."""
    messages: int = 0
    files: int = 0
    """Whose bytes were stored."""
    requests: int = 0
    elapsed: float = 0.0
    """Seconds."""
    rate: float = 0.0
    """Messages a second."""
    waiting: float = 0.0
    """Seconds that calls waited for the portal's limits, added up."""
    left: float | None = None
    """Seconds until the end, by what the dialogs took so far; None while nobody can tell."""


@attrs.frozen(kw_only=True)
class ExportReport:
    """What a run has done: rows written, new and changed ones. Of a dry run, what it would do, about."""

    dialogs: int = 0
    messages: int = 0
    users: int = 0
    files: int = 0
    requests: int = 0
    elapsed: float = 0.0
    """Seconds."""
    failed: Mapping[str, str] = EMPTY
    """Why not all was exported, by dialog: the next run tries these again."""
    mismatched: Mapping[str, tuple[int, int]] = EMPTY
    """Dialogs of which other than the portal's own number of messages are stored, with both numbers: stored, counted.

    The fifty longest that the run has read from end to end are compared. The portal counts messages from before the
    user joined, which it shows to nobody who joined later: then its number is higher, and nothing is missing.
    """
    dry_run: bool = False


@attrs.define
class Meter:
    """A run's numbers in the making."""

    dialogs: int = 0
    dialogs_total: int = 0
    dialog_rows: int = 0
    messages: int = 0
    users: int = 0
    files: int = 0
    fetched: int = 0
    failed: dict[str, str] = attrs.field(factory=dict[str, str])
    mismatched: dict[str, tuple[int, int]] = attrs.field(factory=dict[str, tuple[int, int]])

    def progress(self, *, requests: int, waiting: float, elapsed: float) -> Progress:
        """How far it is."""
        left = None
        if self.dialogs and elapsed:
            left = elapsed / self.dialogs * max(0, self.dialogs_total - self.dialogs)
        return Progress(
            dialogs=self.dialogs,
            dialogs_total=self.dialogs_total,
            messages=self.messages,
            files=self.fetched,
            requests=requests,
            elapsed=elapsed,
            rate=self.messages / elapsed if elapsed else 0.0,
            waiting=waiting,
            left=left,
        )

    def report(self, *, requests: int, elapsed: float) -> ExportReport:
        """What it has done."""
        return ExportReport(
            dialogs=self.dialog_rows,
            messages=self.messages,
            users=self.users,
            files=self.files,
            requests=requests,
            elapsed=elapsed,
            failed=dict(self.failed),
            mismatched=dict(self.mismatched),
        )

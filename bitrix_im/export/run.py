"""A run of an export: the list of dialogs, their messages, and what belongs to them, into a target."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import anyio
import attrs

from .. import __version__
from ..client import BitrixIM
from ..errors import BitrixError
from . import plan, schema
from .content import fetch
from .counting import count
from .estimate import estimate
from .ledger import Ledger
from .listing import list_dialogs
from .plan import Way, Wish
from .reading import missing_users, read
from .report import ExportReport, Progress
from .targets.base import Identity, Target
from .targets.named import target_of
from .writer import Writer


async def export(
    im: BitrixIM,
    target: str | os.PathLike[str] | Target,
    *,
    dialogs: Iterable[str | int] | None = None,
    kinds: Iterable[str] | None = None,
    since: datetime | None = None,
    recheck: timedelta | None = None,
    full: bool = False,
    files: bool = False,
    dry_run: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> ExportReport:
    """Export the dialogs that the user who calls sees, their messages, users and files' metadata, into *target*.

    *target* is ``NAME.sqlite`` or ``NAME.db``, ``NAME.duckdb``, a folder of Parquet parts (``NAME/`` or
    ``parquet:NAME``) or of JSON Lines (``NAME.jsonl`` or ``jsonl:NAME``). A run that was stopped, by whatever, is gone
    on with by the next; one that was not reads what is new since. *recheck* looks again at the messages of that last
    time: their edits, and what was deleted for good (which stays, ``is_deleted``). *full* begins anew. *files* fetches
    the files' bytes, too, into ``NAME.files/`` beside the target. *dry_run* writes nothing, and tells about how much
    there is to do.

    *dialogs* (ids), *kinds* (``"private"`` or types of chats: ``"chat"``, ``"lines"``, ``"channel"``, …) and *since*
    (aware) leave out others. *progress* is called with a `Progress` after each page.

    A dialog that fails stands in the report's ``failed``, and is tried again by the next run. Raises `TargetRefused`
    for a target that cannot be gone on with, `ValueError` for a name that tells no kind or an option that cannot be,
    and what the portal answers to everything once the retries gave up: what was read until then is stored.
    """
    wish = Wish.of(dialogs, kinds, since, recheck)
    place = target_of(target) if isinstance(target, str | os.PathLike) else target
    run = _Run(im, place, wish, progress, writes=not dry_run)
    return await (run.judge(full=full) if dry_run else run.do(full=full, files=files))


class _Run:
    """One run, from an open target to a closed one."""

    def __init__(
        self, im: BitrixIM, target: Target, wish: Wish, progress: Callable[[Progress], None] | None, *, writes: bool
    ) -> None:
        self._im = im
        self._target = target
        self._progress = progress
        self._began = anyio.current_time()
        self._before = im.stats
        self._writer = Writer(target, writes=writes)
        self._is_open = False
        self._ledger = Ledger(wish, self._writer, self._tell)
        self._row = schema.Run(id=0, started_at=datetime.now(UTC), options=wish.told(), version=__version__)

    async def do(self, *, full: bool, files: bool) -> ExportReport:
        """Export."""
        async with self._opened(full=full):
            self._row = attrs.evolve(self._row, id=1 + await self._writer.ask(self._target.last_run))
            await self._beside_the_writer(files=files)
        self._tell()
        return self._ledger.meter.report(requests=self._requests, elapsed=self._elapsed)

    async def judge(self, *, full: bool) -> ExportReport:
        """Tell what there is to do."""
        if full or not self._target.path.exists():
            self._writer.close()
            return await estimate(self._im, await self._ways())
        async with self._opened(full=False):
            return await estimate(self._im, await self._ways())

    async def _ways(self) -> list[Way]:
        await list_dialogs(self._im, self._ledger)
        gaps, news = await self._planned()
        return [*gaps, *news]

    @asynccontextmanager
    async def _opened(self, *, full: bool) -> AsyncIterator[None]:
        """The target, open, and what it knows in the ledger."""
        ask, ledger = self._writer.ask, self._ledger
        try:
            user_id = self._im.user_id
            if user_id is None or full:  # nothing is replaced before it is known that the portal answers
                user_id = (await self._im.users.get()).id
            await ask(partial(self._target.open, Identity(self._im.portal, user_id, schema.VERSION), full=full))
            ledger.checkpoints = await ask(self._target.checkpoints)
            ledger.standing = await ask(self._target.standing)
            self._is_open = True
            yield
        finally:
            self._writer.close()
            with anyio.CancelScope(shield=True):
                await ask(self._target.close)

    async def _beside_the_writer(self, *, files: bool) -> None:
        """Read, while the writer writes; what fails comes out as it is, not as a group."""
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._writer.run)
            try:
                failure = await self._read_all(files=files)
                failed = self._ledger.meter.failed
                self._finish("interrupted" if failure else "partly" if failed else "complete")
                await self._writer.flush()
            except Exception as error:  # noqa: BLE001 - raised below
                failure = error
            finally:
                self._writer.end()
        self._writer.raise_failure()
        if failure is not None:
            raise failure

    async def _read_all(self, *, files: bool) -> BitrixError | None:
        """All that there is to do, or what ended it early: what was read till then is kept."""
        im, ledger = self._im, self._ledger
        self._writer.pile.run = self._row
        try:
            await list_dialogs(im, ledger)
            gaps, news = await self._planned()
            ledger.meter.dialogs_total = len(news)
            await read(im, ledger, gaps, ends=False)
            await read(im, ledger, [way for way in news if way.dialog_id not in ledger.meter.failed], ends=True)
            await count(im, ledger, self._target)
            await missing_users(im, ledger, self._target)
            if files:
                await self._writer.settle()
                await fetch(im, ledger, self._target, self._target.path.with_name(f"{self._target.path.name}.files"))
        except BitrixError as error:
            return error
        return None

    async def _planned(self) -> tuple[list[Way], list[Way]]:
        """The ways that close gaps, and those to what is new or to be looked at again."""
        wish, ledger = self._ledger.wish, self._ledger
        lowest: dict[str, int] = {}
        if wish.recheck is not None and self._is_open:
            lowest = await self._writer.ask(partial(self._target.lowest, ledger.server_now - wish.recheck))
        mine = [ledger.checkpoints[name] for name in ledger.names]
        return plan.gaps(mine, wish.since), plan.news(mine, lowest)

    def _finish(self, outcome: str) -> None:
        """Let the row of this run say what became of it."""
        told = self._ledger.meter.report(requests=self._requests, elapsed=self._elapsed)
        known = {field.name for field in attrs.fields(schema.Run)}
        numbers = {name: value for name, value in attrs.asdict(told).items() if name in known}
        self._writer.pile.run = attrs.evolve(self._row, finished_at=datetime.now(UTC), outcome=outcome, **numbers)

    @property
    def _requests(self) -> int:
        return self._im.stats.requests - self._before.requests

    @property
    def _elapsed(self) -> float:
        return anyio.current_time() - self._began

    def _tell(self) -> None:
        if self._progress is not None:
            waiting = self._im.stats.waited - self._before.waited
            meter = self._ledger.meter
            self._progress(meter.progress(requests=self._requests, waiting=waiting, elapsed=self._elapsed))

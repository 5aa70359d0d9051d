"""A run of an export: the list of dialogs, their messages, and what belongs to them, into a target."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

import anyio
import attrs

from .. import __version__
from ..client import BitrixIM
from ..errors import AccessError, BitrixError, InvalidParameter
from ..models import RecentItem, User
from . import plan, schema
from .pages import pages_of
from .plan import Reading, Way, Wish
from .report import ExportReport, Meter, Progress
from .targets.base import Checkpoint, Identity, Standing, Target
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
    progress: Callable[[Progress], None] | None = None,
) -> ExportReport:
    """Export the dialogs that the user who calls sees, their messages, users and files' metadata, into *target*.

    Raises `TargetRefused` for a target that cannot be gone on with, `ValueError` for a name that tells no kind.
    """
    wish = Wish.of(dialogs, kinds, since, recheck)
    place = target_of(target) if isinstance(target, str | os.PathLike) else target
    run = _Run(im, place, wish, progress or (lambda _: None))
    return await run.do(full=full)


class _Run:
    """One run, from an open target to a closed one."""

    def __init__(self, im: BitrixIM, target: Target, wish: Wish, tell: Callable[[Progress], None]) -> None:
        self._im = im
        self._target = target
        self._wish = wish
        self._tell = tell
        self._writer = Writer(target)
        self._meter = Meter()
        self._began = anyio.current_time()
        self._before = im.stats
        self._checkpoints: dict[str, Checkpoint] = {}
        self._standing = Standing()
        self._looks: dict[str, str] = {}
        """How the list shows the dialogs of this run."""
        self._users: set[int] = set()
        """Written in this run."""
        self._absent: set[int] = set()
        """Wrote messages, and came with no page."""
        self._row = schema.Run(id=0, started_at=datetime.now(UTC))

    async def do(self, *, full: bool) -> ExportReport:
        user_id = self._im.user_id
        if user_id is None or full:
            user_id = (await self._im.users.get()).id  # the portal answers: now a target may be replaced
        identity = Identity(self._im.portal, user_id, schema.VERSION)
        try:
            await self._writer.ask(partial(self._target.open, identity, full=full))
            self._checkpoints = await self._writer.ask(self._target.checkpoints)
            self._standing = await self._writer.ask(self._target.standing)
            last = await self._writer.ask(self._target.last_run)
            self._row = attrs.evolve(self._row, id=last + 1, options=self._wish.told(), version=__version__)
            await self._beside_the_writer()
        finally:
            with anyio.CancelScope(shield=True):
                await self._writer.ask(self._target.close)
        self._told()
        return self._meter.report(requests=self._requests, elapsed=self._elapsed)

    async def _beside_the_writer(self) -> None:
        """Read, while the writer writes; what fails comes out as it is, not as a group."""
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._writer.run)
            try:
                failure = await self._read_all()
                self._finish("interrupted" if failure else "partly" if self._meter.failed else "complete")
                await self._writer.flush()
            except Exception as error:  # noqa: BLE001 - raised below
                failure = error
            finally:
                self._writer.end()
        self._writer.raise_failure()
        if failure is not None:
            raise failure

    async def _read_all(self) -> Exception | None:
        """All that there is to do, or what ended it early: what was read till then is kept."""
        self._writer.pile.run = self._row
        try:
            await self._list()
            await self._unlisted()
            mine = [self._checkpoints[name] for name in self._names()]
            gaps, news = plan.gaps(mine, self._wish.since), plan.news(mine, await self._lowest())
            self._meter.dialogs_total = len({way.dialog_id for way in (*gaps, *news)})
            await self._read(gaps, ends=False)
            await self._read([way for way in news if way.dialog_id not in self._meter.failed], ends=True)
            await self._missing_users()
        except BitrixError as error:
            return error
        return None

    def _names(self) -> Iterable[str]:
        """The dialogs that this run is about: those that were listed and, where none is left out, all others."""
        return self._checkpoints if self._wish.is_all else [name for name in self._looks if name in self._checkpoints]

    # The list of dialogs

    async def _list(self) -> None:
        floor, now = None, None
        async for page in self._im.recent.list(skip_undistributed_openlines=True).pages():
            if now is None and page.reply.time is not None:
                now = page.reply.time.date_start
                floor = plan.list_down_to(self._wish, self._standing, now)
            for item in page.items:
                if plan.is_below(item, floor):
                    break
                self._take_dialog(item, anyway=floor is None)
            else:
                await self._writer.passed()
                if self._wish.dialogs is None or not self._looks.keys() >= set(self._wish.dialogs):
                    continue
            break
        if self._wish.is_all and now is not None:
            whole_at = now if floor is None else self._standing.whole_at
            self._writer.pile.standing = Standing(now, whole_at)

    def _take_dialog(self, item: RecentItem, *, anyway: bool) -> None:
        """Take what the list shows of a dialog, where that is new, or *anyway*."""
        if not self._wish.wants(item):
            return
        name, look = item.dialog_id, plan.look_of(item)
        was = self._checkpoints.get(name)
        self._looks[name] = look
        has_changed = was is None or was.pending or plan.has_changed(was.shown, look)
        if has_changed:
            self._keep(attrs.evolve(was or Checkpoint(name), pending=True))
        if has_changed or anyway:
            self._writer.pile.dialogs[name] = item
            self._meter.dialog_rows += 1
            if item.user is not None:
                self._take_user(item.user)

    async def _unlisted(self) -> None:
        """Dialogs that were asked for by name, and the list does not show."""
        for name in self._wish.dialogs or ():
            if name not in self._looks:
                try:
                    chat = await self._im.dialogs.get(name)
                except (AccessError, InvalidParameter) as error:
                    self._meter.failed[name] = str(error)
                    continue
                kind = "chat" if name.startswith(("chat", "sg", "crm")) else "user"
                item = RecentItem(dialog_id=name, type=kind, chat_id=chat.id, title=chat.name, chat=chat)
                self._take_dialog(item, anyway=True)

    # Messages

    async def _lowest(self) -> Mapping[str, int]:
        """What a recheck looks at again: by dialog, the lowest message that is stored of its time."""
        if self._wish.recheck is None:
            return {}
        return await self._writer.ask(partial(self._target.lowest, datetime.now(UTC) - self._wish.recheck))

    async def _read(self, ways: Iterable[Way], *, ends: bool) -> None:
        """Read the ways; where that *ends* it, the dialogs are done."""
        by_name = {way.dialog_id: way for way in ways}
        readings: dict[str, Reading] = {}
        async for page in pages_of(self._im, by_name.values()):
            name, pile = page.dialog_id, self._writer.pile
            reading = readings.get(name)
            if reading is None:
                reading = readings[name] = Reading(by_name[name], self._checkpoints[name], self._wish.since)
            kept, checkpoint = reading.take(page.messages)
            pile.add_messages(name, kept)
            self._meter.messages += len(kept)
            for message in kept:
                if message.author is not None:
                    self._take_user(message.author)
                elif message.author_id:
                    self._absent.add(message.author_id)
            if page.error is not None:
                self._meter.failed[name] = str(page.error)
            elif page.done:
                checkpoint = reading.end(self._looks.get(name))
                if reading.way.compares:
                    pile.compared[name] = (reading.way.after, reading.found)
            if checkpoint is not None:
                self._keep(checkpoint)
            if page.done:
                del readings[name]
                self._meter.dialogs += ends
            await self._writer.passed()
            self._told()

    # What belongs to them

    def _take_user(self, user: User) -> None:
        if user.id and user.id not in self._users:
            self._users.add(user.id)
            self._writer.pile.users[user.id] = user
            self._meter.users += 1

    async def _missing_users(self) -> None:
        """Ask for those who wrote, and whom no page has shown."""
        absent = self._absent - self._users
        if absent:
            absent -= await self._writer.ask(self._target.users)
        if absent:
            for user in await self._im.users.list(sorted(absent)):
                self._take_user(user)

    def _keep(self, checkpoint: Checkpoint) -> None:
        self._checkpoints[checkpoint.dialog_id] = checkpoint
        self._writer.pile.checkpoints[checkpoint.dialog_id] = checkpoint

    # What is told of it

    def _finish(self, outcome: str) -> None:
        meter = self._meter
        self._writer.pile.run = attrs.evolve(
            self._row,
            finished_at=datetime.now(UTC),
            outcome=outcome,
            dialogs=meter.dialog_rows,
            messages=meter.messages,
            users=meter.users,
            files=meter.files,
            requests=self._requests,
            elapsed=self._elapsed,
            failed=dict(meter.failed),
        )

    @property
    def _requests(self) -> int:
        return self._im.stats.requests - self._before.requests

    @property
    def _elapsed(self) -> float:
        return anyio.current_time() - self._began

    def _told(self) -> None:
        waiting = self._im.stats.waited - self._before.waited
        self._tell(self._meter.progress(requests=self._requests, waiting=waiting, elapsed=self._elapsed))

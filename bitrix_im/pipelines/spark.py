"""A portal as a source of Spark. Needs ``pip install 'bitrix-im[spark]'`` on the driver and on every executor.

It is a Python data source: the driver cuts the dialogs into tasks, each task has a client and an event loop of its own
and hands out Arrow batches. A task that is run again asks for the same ids, so nothing comes twice.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio
from anyio.from_thread import start_blocking_portal

from ..errors import AccessError
from ..events.pace import LAG
from ..export.arrow import arrow_schema, arrow_table, pyarrow
from ..export.columns import Column, Kind
from ..export.schema import MESSAGES
from .looks import asked, changed_since, listed, newest
from .steps import Reading
from .tasks import Order, Task

if TYPE_CHECKING:
    import pyarrow as pa

try:
    from pyspark.sql.datasource import DataSource, DataSourceReader, DataSourceStreamReader, InputPartition
except ModuleNotFoundError as missing:
    if missing.name != "pyspark":
        raise
    # So that this module can be imported; its source says what is missing.
    DataSource, DataSourceReader, DataSourceStreamReader, InputPartition = (type("Missing", (), {}) for _ in range(4))
    _IS_THERE = False
else:
    _IS_THERE = True

try:
    from pyspark.sql.streaming.datasource import SupportsTriggerAvailableNow
except ImportError:  # Spark before 4.2 reads what is there in one batch
    SupportsTriggerAvailableNow = type("SupportsTriggerAvailableNow", (), {})

log = logging.getLogger("bitrix_im")

_OFFSET = "message_id"
_TYPES = {
    Kind.INTEGER: "bigint",
    Kind.NUMBER: "double",
    Kind.BOOLEAN: "boolean",
    Kind.TEXT: "string",
    Kind.TIMESTAMP: "timestamp",
    Kind.INTEGERS: "array<bigint>",
    Kind.TEXTS: "array<string>",
    Kind.JSON: "string",
}
_COLUMNS = (*MESSAGES.columns, Column("portal", Kind.TEXT))


class BitrixDataSource(DataSource):
    """The messages of a portal, or of many, as rows of Spark: ``spark.read`` and ``spark.readStream``.

    ::

        spark.dataSource.register(BitrixDataSource)
        messages = spark.read.format("bitrix_im").option("secret", "ACME_WEBHOOK").load()

    The columns are those of the table ``messages`` of an export, and ``portal``, its host. Options:

    - ``secret``: the **name** of the environment variable that holds the webhook's URL, on the driver and on every
      executor; for many portals several names, with commas between. A stream reads one portal.
    - ``dialogs``: ids, with commas between, or a JSON list; all that the list shows, where not told.
    - ``after``: only messages with higher ids. A stream without it begins now, one with ``0`` at the beginning.
    - ``partitions``: into how many tasks a portal is cut at most, 4; 1 where there are several portals.
    - ``limits``: where all processes share the portals' limits: ``redis://…`` or ``env:NAME`` for a URL in an
      environment variable, or the absolute path of a file on one host. Where not told, each task of a portal has its
      part of them.
    - ``rate``, ``burst``: what the portal allows, 2 requests a second and 50 at once.
    - ``interval``: the fewest seconds between two looks of a stream, 2.

    Raises `ModuleNotFoundError` where pyspark or pyarrow is not installed, `ValueError` for options that cannot work.
    """

    def __init__(self, options: MutableMapping[str, str]) -> None:
        if not _IS_THERE:
            raise ModuleNotFoundError("this needs pyspark: pip install 'bitrix-im[spark]'", name="pyspark")
        pyarrow()
        super().__init__(options)
        self._order = Order.of(dict(options))

    @classmethod
    def name(cls) -> str:
        """What ``format`` calls it."""
        return "bitrix_im"

    def schema(self) -> str:
        """The columns: those of the table ``messages``, and ``portal``."""
        return ", ".join(f"`{column.name}` {_TYPES[column.kind]}" for column in _COLUMNS)

    def reader(self, schema: Any) -> _Reader:
        """Read what is there now."""
        return _Reader(self._order, schema)

    def streamReader(self, schema: Any) -> _StreamReader:  # noqa: N802 - Spark's name
        """Read what is written from now on."""
        if len(self._order.secrets) > 1:
            raise ValueError("expected one name in option secret: a stream reads one portal; unite several streams")
        return _StreamReader(self._order, schema)


class _Partition(InputPartition):
    """A task, as Spark sends it."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)


class _Rows:
    """Reads a task: what both readers share."""

    def __init__(self, order: Order, schema: Any) -> None:
        self._order = order
        self._names = _chosen(schema)

    def read(self, partition: Any) -> Iterator[pa.RecordBatch]:
        """The rows of a task, some thousand at a time: whoever takes them slowly makes it ask slowly."""
        task: Task | None = partition.value
        if task is None:
            return  # Spark's way to say that there is none
        client = self._order.client(task.secret, task.part, task.burst_part)
        with start_blocking_portal() as loop, loop.wrap_async_context_manager(client) as im:
            dialogs = loop.call(listed, im, task.after) if task.dialogs is None else task.dialogs
            # As dictionaries: where all is wanted, the walk has a better way than one exact by id.
            after = dict.fromkeys(dialogs, task.after) if task.after else None
            before = None if task.upto is None else dict.fromkeys(dialogs, task.upto + 1)
            reading = Reading(im.messages.bulk(dialogs, after=after, before=before))
            while pages := loop.call(reading.next):
                for page in pages:
                    if isinstance(page.error, AccessError):
                        log.warning("dialog %s was left out: %s", page.dialog_id, page.error)
                    elif page.error is not None:
                        raise page.error  # Spark runs the task again
                names = [page.dialog_id for page in pages for _ in page.messages]
                rows = [message for page in pages for message in page.messages]
                if rows:
                    yield from self._batches(rows, names, im.portal)

    def _batches(self, rows: list[Any], names: list[str], portal: str) -> list[pa.RecordBatch]:
        pa = pyarrow()
        values = MESSAGES.values(rows, dialog_id=names, exported_at=datetime.now(UTC))
        made = arrow_table(arrow_schema(_COLUMNS), [*values, [portal] * len(rows)]).select(self._names)
        # Spark calls what a list holds by another name than Arrow does, and compares them.
        fields = [
            field.with_type(pa.list_(pa.field("element", field.type.value_type)))
            if pa.types.is_list(field.type)
            else field
            for field in made.schema
        ]
        batches: list[Any] = made.cast(pa.schema(fields)).combine_chunks().to_batches()
        return batches


class _Reader(_Rows, DataSourceReader):
    """Of what is there now."""

    def partitions(self) -> list[_Partition]:
        """Who is to read what. Dialogs are listed here only where several tasks share them."""
        order = self._order
        after = order.after or 0
        if order.dialogs is not None:
            return [_Partition(task) for task in order.tasks(order.secrets[0], order.dialogs, after)]
        if order.partitions == 1:
            return [_Partition(Task(secret, after=after)) for secret in order.secrets]
        return [
            _Partition(task)
            for secret in order.secrets
            for task in order.tasks(secret, anyio.run(asked, order, secret, listed, after), after)
        ]


class _StreamReader(_Rows, DataSourceStreamReader, SupportsTriggerAvailableNow):
    """Of what is written from now on. Its offset is the highest message id that was there at a look.

    What lies between two offsets is the same for ever, but for what is deleted: a batch that is run again gives the
    same rows. An id may be committed a little later than a higher one (docs/portal.md#event-late-ids), so an offset
    counts only when that time has passed.
    """

    def __init__(self, order: Order, schema: Any) -> None:
        super().__init__(order, schema)
        self._looked: dict[int, datetime | None] = {}
        """When an offset was the highest, by the server's clock: what is above it has changed since."""
        self._due = 0.0
        self._ends = False
        """Read what is there at the next look, and no more."""

    def initialOffset(self) -> dict[str, int]:  # noqa: N802 - Spark's name
        """Where a new query begins."""
        after = self._order.after
        return {_OFFSET: self._ask(newest) if after is None else after}

    def latestOffset(self, start: dict[str, int] | None = None, limit: object = None) -> dict[str, int]:  # noqa: N802
        """How far one can read now. Spark before 4.2 does not tell *start*."""
        known = max([*self._looked, *([start[_OFFSET]] if start else [])], default=-1)
        if known < 0:
            known = self.initialOffset()[_OFFSET]
        if time.monotonic() < self._due:
            return {_OFFSET: known}
        self._due = math.inf if self._ends else time.monotonic() + self._order.interval
        changed, at = self._ask(changed_since, known, self._looked.get(known))
        highest = max([known, *changed.values()])
        if highest > known:
            time.sleep(LAG)
        self._looked = {offset: when for offset, when in self._looked.items() if offset == known}
        self._looked[highest] = at
        return {_OFFSET: highest}

    def prepareForTriggerAvailableNow(self) -> None:  # noqa: N802 - Spark's name
        """Read what is there now, and end."""
        self._ends = True

    def partitions(self, start: dict[str, int], end: dict[str, int]) -> list[_Partition]:
        """Who is to read what is above *start*, up to *end*."""
        order, after, upto = self._order, start[_OFFSET], end[_OFFSET]
        if upto <= after:
            return []
        changed, _ = self._ask(changed_since, after, self._looked.get(after))
        wanted = [name for name, last in changed.items() if last > after and name in (order.dialogs or (name,))]
        return [_Partition(task) for task in order.tasks(order.secrets[0], wanted, after, upto)]

    def _ask(self, question: Any, *arguments: Any) -> Any:
        return anyio.run(asked, self._order, self._order.secrets[0], question, *arguments)


def _chosen(schema: Any) -> list[str]:
    """The columns that a reader was asked for: all, or some of them. Raises `ValueError` for others."""
    there = {column.name: _TYPES[column.kind] for column in _COLUMNS}
    asked = {field.name: field.dataType.simpleString() for field in schema.fields}
    for name, kind in asked.items():
        if there.get(name) != kind:
            raise ValueError(f"expected columns of {there}, got {name} {kind}")
    return list(asked)

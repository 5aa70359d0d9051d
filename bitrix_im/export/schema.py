"""The tables of an export: which there are, their keys and columns, and the version of it all.

The columns follow from the models (`columns`), so a new field of a model is a new column. `VERSION` grows with every
such change, and ``tests/export/schemas`` keeps each version. A change only ever adds: a target that was made by an
older version gains what `missing` tells (a database by ``ALTER TABLE … ADD COLUMN``; a folder's old parts keep the
columns that they have, and are read by name), and is refused where it was made by a newer one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import attrs

from ..convert import EMPTY
from ..convert.travel import to_json
from ..models import File, Message, RecentItem, User
from .columns import Column, Kind, Values, columns_of, values_of

VERSION = 1


@attrs.frozen(kw_only=True)
class Run:
    """A run of an export, as the table ``runs`` tells it."""

    id: int
    """1, 2, 3, …"""
    started_at: datetime
    finished_at: datetime | None = None
    """None while it runs, and of a run that was killed."""
    outcome: str = ""
    """``"complete"``, ``"partly"`` (some dialogs failed), ``"interrupted"``; empty while it runs."""
    dialogs: int = 0
    """Rows written: new or changed."""
    messages: int = 0
    users: int = 0
    files: int = 0
    requests: int = 0
    elapsed: float = 0.0
    """Seconds."""
    failed: Mapping[str, str] = EMPTY
    """What went wrong, by dialog."""
    options: Mapping[str, Any] = EMPTY
    """What it was asked for."""
    version: str = ""
    """Of bitrix_im."""


@attrs.frozen
class Table:
    """A table of an export, and how its rows are made of models."""

    name: str
    model: type[attrs.AttrsInstance]
    key: tuple[str, ...] = ("id",)
    before: tuple[Column, ...] = ()
    """Columns that are not the model's: those in front of its own, and those behind them."""
    after: tuple[Column, ...] = ()
    made: Mapping[str, Callable[[Any], Any]] = attrs.field(default=EMPTY, hash=False, repr=False)
    """How the value of a column is made, where it is not the model's as it is."""
    without: tuple[str, ...] = ()
    """Fields of the model that the table has not."""
    columns: tuple[Column, ...] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        left_out = re.compile("|".join(f"{name}(_.*)?" for name in self.without) or "$")
        own = tuple(column for column in columns_of(self.model) if not left_out.fullmatch(column.name))
        columns = (*self.before, *own, *self.after, Column("exported_at", Kind.TIMESTAMP))
        object.__setattr__(self, "columns", columns)

    def values(self, items: Iterable[Any], **given: Any) -> list[Values]:
        """Give the rows of *items* column by column: for each of ``columns`` a list, as long as the items.

        *given* are columns that the items do not tell: one value for all rows, or a list with one a row
        (``dialog_id="chat12", exported_at=now``). What is not given is None.
        """
        items = list(items)
        own = dict(zip([column.name for column in columns_of(self.model)], values_of(self.model, items), strict=True))
        for name, make in self.made.items():
            own[name] = list(map(make, items))
        for name, value in given.items():
            own[name] = value if isinstance(value, list) else [value] * len(items)
        nothing: Values = [None] * len(items)
        return [own.get(column.name, nothing) for column in self.columns]


def _extra_without_links(file: File) -> str | None:
    """What nobody has described may hold links that let in whoever has them, or soon let in nobody: those stay out."""
    extra = {key: value for key, value in file.extra.items() if "/" not in to_json(value)}
    return to_json(extra) if extra else None


DIALOGS = Table("dialogs", RecentItem, key=("dialog_id",))
MESSAGES = Table(
    "messages",
    Message,
    key=("dialog_id", "id"),
    before=(Column("dialog_id", Kind.TEXT),),
    after=(Column("is_deleted", Kind.BOOLEAN),),
    made={"is_deleted": attrgetter("params.is_deleted")},
)
"""A deleted message stays, and ``is_deleted`` says so: what the portal tells, or that it is no longer there."""
USERS = Table("users", User)
FILES = Table(
    "files",
    File,
    after=(Column("sha256", Kind.TEXT),),
    made={"extra": _extra_without_links},
    without=("url_preview", "url_show", "url_download", "viewer_attrs", "media_url"),
)
"""``sha256`` is that of the file's bytes, where they were exported as well. Links to a file let in whoever has them, or
soon nobody: no column holds one."""
RUNS = Table("runs", Run)

TABLES: Mapping[str, Table] = MappingProxyType({table.name: table for table in (DIALOGS, MESSAGES, USERS, FILES, RUNS)})


def missing(table: Table, there: Collection[str]) -> list[Column]:
    """Tell the columns that a target has yet to gain, which has those that are *there*."""
    return [column for column in table.columns if column.name not in there]

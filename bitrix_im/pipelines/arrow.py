"""Models as Arrow tables, with a schema that never depends on the values. Needs ``pip install 'bitrix-im[export]'``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..export.arrow import arrow_schema, arrow_table
from ..export.columns import columns_of, values_of
from ..models import Model

if TYPE_CHECKING:
    import pyarrow as pa


def schema(model: type[Model]) -> pa.Schema:
    """Give the Arrow schema of a model: of `Message`, `User`, `RecentItem`, or any other.

    One column a field, under the names of `Model.to_dict`; parts are spread out (``params_is_edited``), except those
    that a page joins (``Message.author``, ``Message.files``). Dates are timestamps in UTC, lists of numbers and of
    texts are lists, what else JSON can hold (``extra`` too) is JSON text, null where there is nothing in it.

    Raises `ModuleNotFoundError` where pyarrow is not installed.
    """
    return arrow_schema(columns_of(model))


def table(items: Iterable[Model], model: type[Model] | None = None) -> pa.Table:
    """Give models of one class as an Arrow table: what ``Pager.collect()`` gives, or the items of a page.

    *model* is their class, needed only where there may be none of them. Raises `ValueError` for no items of no told
    class, `TypeError` for items of several, `ModuleNotFoundError` where pyarrow is not installed.
    """
    rows = list(items)
    if model is None:
        if not rows:
            raise ValueError("expected at least one item, or their class: arrow.table(items, Message)")
        model = type(rows[0])
    for row in rows:
        if type(row) is not model:
            raise TypeError(f"expected items of one class, got {model.__name__} and {type(row).__name__}")
    return arrow_table(schema(model), values_of(model, rows))

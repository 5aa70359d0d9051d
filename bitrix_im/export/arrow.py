"""Columns as Arrow has them: the same for parts of Parquet, for DuckDB and for pipelines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .columns import Column, Kind, Values

if TYPE_CHECKING:
    import pyarrow as pa


def pyarrow() -> Any:
    """Import pyarrow. Raises `ModuleNotFoundError`, which says how to install it."""
    try:
        import pyarrow as pa
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        raise ModuleNotFoundError("this needs pyarrow: pip install 'bitrix-im[export]'", name="pyarrow") from None
    return pa


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """Give the Arrow schema of *columns*."""
    pa = pyarrow()
    types = {
        Kind.INTEGER: pa.int64(),
        Kind.NUMBER: pa.float64(),
        Kind.BOOLEAN: pa.bool_(),
        Kind.TEXT: pa.string(),
        Kind.TIMESTAMP: pa.timestamp("us", "UTC"),
        Kind.INTEGERS: pa.list_(pa.int64()),
        Kind.TEXTS: pa.list_(pa.string()),
        Kind.JSON: pa.string(),
    }
    return pa.schema([pa.field(column.name, types[column.kind]) for column in columns])


def arrow_table(schema: pa.Schema, values: Sequence[Values]) -> pa.Table:
    """Give the values of columns as a table of that *schema*."""
    pa = pyarrow()
    arrays = [pa.array(column, field.type) for field, column in zip(schema, values, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)

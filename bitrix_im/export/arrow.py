"""Columns as Arrow has them: the same for parts of Parquet, for DuckDB and for pipelines."""

from __future__ import annotations

import os
import sys
from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from .columns import Column, Kind, Values

if TYPE_CHECKING:
    import pyarrow as pa


_POOL = "ARROW_DEFAULT_MEMORY_POOL"


def pyarrow() -> Any:
    """Import pyarrow. Raises `ModuleNotFoundError`, which says how to install it.

    Where nobody has imported it yet, nor chosen an allocator for it, it takes the system's: its own keeps 30 to 50 MB
    more than our small tables ever need. That is told by the environment while pyarrow is imported, and only then.
    """
    chosen = _POOL in os.environ or "pyarrow" in sys.modules
    try:
        if not chosen:
            os.environ[_POOL] = "system"
        import pyarrow as pa
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        raise ModuleNotFoundError("this needs pyarrow: pip install 'bitrix-im[export]'", name="pyarrow") from None
    finally:
        if not chosen:
            del os.environ[_POOL]
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
    arrays = [arrow_array(column, field.type) for field, column in zip(schema, values, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


# ``pa.array`` would do the same, as ``to_pylist`` does for timestamps, and import pandas wherever that is installed:
# 50 MB, and half a second of each start.


def arrow_array(values: Values, kind: pa.DataType) -> pa.Array:
    """Give values as an array of one of the types that `arrow_schema` has."""
    pa = pyarrow()
    there = [value is not None for value in values]
    is_whole = all(there)
    head = [None if is_whole else _bits(there)]
    empty = 0 if is_whole else there.count(False)
    if pa.types.is_list(kind):
        offsets = _offsets(0 if value is None else len(value) for value in values)
        inner = arrow_array([one for value in values if value for one in value], kind.value_type)
        return pa.Array.from_buffers(kind, len(values), [*head, offsets], empty, children=[inner])
    if pa.types.is_string(kind):
        texts = [b"" if value is None else value.encode() for value in values]
        buffers = [_offsets(map(len, texts)), pa.py_buffer(b"".join(texts))]
    elif pa.types.is_boolean(kind):
        buffers = [_bits(values)]
    elif pa.types.is_timestamp(kind):
        buffers = [_numbers("q", [0 if value is None else _microseconds(value) for value in values])]
    else:
        code = "d" if pa.types.is_floating(kind) else "q"
        buffers = [_numbers(code, values if is_whole else [value or 0 for value in values])]
    return pa.Array.from_buffers(kind, len(values), [*head, *buffers], empty)


def arrow_values(made: pa.Array) -> Values:
    """Give the values of an array: the other way round."""
    pa = pyarrow()
    if not pa.types.is_timestamp(made.type):
        values: Values = made.to_pylist()
        return values
    numbers = made.view(pa.int64()).to_pylist()
    return [None if number is None else _EPOCH + timedelta(microseconds=number) for number in numbers]


def _numbers(code: str, values: Iterable[float]) -> pa.Buffer:
    return pyarrow().py_buffer(array(code, values))


def _offsets(lengths: Iterable[int]) -> pa.Buffer:
    """Where each value begins in what follows, and where the last one ends."""
    return _numbers("i", accumulate(lengths, initial=0))


def _bits(flags: Values) -> pa.Buffer:
    """A bit a flag, the first one lowest."""
    text = "".join(["1" if flag else "0" for flag in reversed(flags)])
    return pyarrow().py_buffer(int(text or "0", 2).to_bytes((len(flags) + 7) // 8, "little"))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND

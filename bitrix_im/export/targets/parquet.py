"""Parts of Parquet, compressed by zstd. Needs ``pip install 'bitrix-im[export]'``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from ..arrow import arrow_array, arrow_schema, arrow_table, arrow_values, pyarrow
from ..columns import Column
from .base import Rows

_AT_ONCE = 2_000


class Parquet:
    """Parquet. Raises `ModuleNotFoundError`, which says what to install, where there is no pyarrow."""

    kind = "parquet"
    label = "Parquet"

    def __init__(self) -> None:
        pyarrow()

    def write(self, file: BinaryIO, columns: Sequence[Column], rows: Rows) -> None:
        """Write a part."""
        schema = arrow_schema(columns)
        with _writer(file, schema) as writer:
            writer.write_table(arrow_table(schema, rows))

    def read(self, path: Path, columns: Sequence[Column]) -> Iterator[Rows]:
        """Read some columns of a part."""
        from pyarrow import parquet

        with parquet.ParquetFile(path) as part:
            there = [column.name for column in columns if column.name in part.schema_arrow.names]
            for batch in part.iter_batches(_AT_ONCE, columns=there, use_threads=False):
                nothing = [None] * batch.num_rows
                yield [arrow_values(batch[name.name]) if name.name in there else nothing for name in columns]

    def merge(self, file: BinaryIO, columns: Sequence[Column], parts: Iterable[tuple[Path, Sequence[bool]]]) -> None:
        """Write a part of rows of others; columns that an older one lacks are empty."""
        pa = pyarrow()
        from pyarrow import parquet

        schema = arrow_schema(columns)
        with _writer(file, schema) as writer:
            for path, keep in parts:
                with parquet.ParquetFile(path) as part:
                    rows = part.read(use_threads=False).filter(arrow_array(list(keep), pa.bool_()))
                for field in schema:
                    if field.name not in rows.column_names:
                        rows = rows.append_column(field, pa.nulls(len(rows), field.type))
                writer.write_table(rows.select(schema.names))


def _writer(file: BinaryIO, schema: Any) -> Any:
    from pyarrow import parquet

    return parquet.ParquetWriter(file, schema, compression="zstd")

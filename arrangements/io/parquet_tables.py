"""Tables in Parquet files; pyarrow is imported where one is read."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from arrangements.errors import FileError
from arrangements.io.columns import Header, Selection
from arrangements.io.files import MOST_BYTES

PARQUET = b"PAR1"
_ENTRY = 8
"""Bytes that an entry takes at least."""


def parquet_rows(
    source: Path, content: bytes, selection: Selection
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the names of the columns that are read, and the rows, as Python's numbers.

    Raises
    ------
    FileError
        When the file is damaged, declares more than is read of any file, or pyarrow is missing.
    ArgumentError
        When there is no such column, it has two uses, or none is left.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise FileError(
            f"{source} needs pyarrow: pip install 'relu-arrangements[store]', or save it as CSV"
        ) from None
    try:
        file = parquet.ParquetFile(io.BytesIO(content))
        size = file.metadata.num_rows * file.metadata.num_columns * _ENTRY
        table = file.read() if size <= MOST_BYTES else None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileError(f"{source} is no Parquet file that can be read: {error}") from None
    if table is None:
        raise FileError(
            f"{source} declares {size:,} bytes of numbers; up to {MOST_BYTES:,} are read"
        )
    table = table.select(selection.places(Header.plain(table.column_names)))
    columns = [column.to_pylist() for column in table.columns]
    if not table.num_rows:
        raise FileError(f"{source} has no rows")
    return list(table.column_names), list(zip(*columns, strict=True))

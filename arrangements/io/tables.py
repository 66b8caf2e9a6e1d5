"""Tables of exact numbers from files and from data frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from arrangements.errors import ArgumentError, DataError, FileError
from arrangements.io.archives import NPY, ZIP, Archive, read_npy
from arrangements.io.columns import Header, Selection, column_index
from arrangements.io.csv_tables import Remark, read_text
from arrangements.io.files import STANDARD_INPUT, named_bytes
from arrangements.io.packed_files import unpacked
from arrangements.io.parquet_tables import PARQUET, parquet_rows
from arrangements.matrix import DataMatrix, column_names


@dataclass(frozen=True)
class Table:
    """A data matrix with a name for each column.

    Parameters
    ----------
    matrix : DataMatrix
    names : tuple of d str
        From the file's header; "0", "1", ... when it has none.
    classes : tuple of str
        What the numbers 0, 1, ... of a column of labels stand for, where the file holds texts
        (see `read_table`).
    remarks : tuple of Remark
        What was read as it stands and is perhaps not meant so, such as a column that counts
        the rows.

    Examples
    --------
    >>> import pandas as pd
    >>> import arrangements as ar
    >>> table = ar.table_of_frame(pd.DataFrame({"a": [1, 2], "b": [0.5, 3]}))
    >>> table.names, table.matrix.fractions[0]
    (('a', 'b'), (Fraction(1, 1), Fraction(1, 2)))
    >>> table.with_bias().names
    ('a', 'b', 'bias')
    """

    matrix: DataMatrix
    names: tuple[str, ...]
    classes: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def column(self, name: str) -> int:
        """Return the index of a column, by name or by number in text.

        Raises
        ------
        ArgumentError
            Naming the columns there are.
        """
        return column_index(self.names, name)

    def take(
        self,
        names: Sequence[str] | None = None,
        *,
        drop: Sequence[str] = (),
        last: Sequence[str] = (),
    ) -> Table:
        """Return the chosen columns in the order given; see `read_table` for `drop` and `last`."""
        places = Selection(names, drop, last).places(Header.plain(self.names))
        return self if places == [*range(len(self.names))] else self._at(places)

    def split(
        self, target: str, names: Sequence[str] | None = None
    ) -> tuple[Table, tuple[Fraction, ...]]:
        """Return the features, and the exact values of the target column.

        Parameters
        ----------
        target : str
        names : sequence of str, optional
            The feature columns; all but the target by default.  Numbers count the columns
            of this table, the target among them.
        """
        self.column(target)  # one, though its name may hold commas
        features, (values,) = self.take(names, last=(target,)).split_last(1)
        return features, values

    def split_last(self, count: int) -> tuple[Table, tuple[tuple[Fraction, ...], ...]]:
        """Return the table without its last columns, and the exact values of each of these.

        Examples
        --------
        >>> import pandas as pd
        >>> import arrangements as ar
        >>> table = ar.table_of_frame(pd.DataFrame({"a": [1, 2], "b": [0.5, 3]}))
        >>> features, columns = table.split_last(1)
        >>> features.names, columns
        (('a',), ((Fraction(1, 2), Fraction(3, 1)),))
        """
        first = len(self.names) - count
        columns = zip(*(row[first:] for row in self.matrix.fractions), strict=True)
        return self._at(range(first)), tuple(columns)

    def with_bias(self) -> Table:
        """Return the table with a last column of ones named "bias"."""
        return Table(self.matrix.with_bias(), (*self.names, "bias"), self.classes, self.remarks)

    def _at(self, columns: Sequence[int]) -> Table:
        names = tuple(self.names[j] for j in columns)
        kept = tuple(
            remark for remark in self.remarks if remark.column is None or remark.column in names
        )
        return Table(self.matrix.take_columns(columns), names, remarks=kept)


def read_table(
    path: str | Path,
    *,
    as_float: bool = False,
    labels: str | None = None,
    encode: Sequence[str] = (),
    drop_missing: bool = False,
    columns: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    last: Sequence[str] = (),
) -> Table:
    r"""Read a table of numbers from a file.

    Parameters
    ----------
    path : str or Path
        ``.npy``, ``.npz`` (one array, or one named ``X``), ``.parquet`` (needs pyarrow);
        anything else is read as text with commas, semicolons, tabs or blanks, with or without a
        header line (a first line of names, none of them a number).  Lines that begin with ``#``
        are comments.  Files packed by gzip, bzip2 or xz are unpacked.  ``-`` is the standard
        input, whose kind is told by its first bytes.
    as_float : bool
        Round CSV numbers to float64 as most programs would; by default they are the
        decimal numbers they spell.  Binary files always hold floats or integers as stored.
    labels : str, optional
        A column of a CSV file, by name or number, that may hold texts: they are read as the
        numbers 0, 1, ... in alphabetical order, and ``Table.classes`` lists them.
    encode : sequence of str
        Columns of a text file that hold categories: each becomes a column ``name=category`` of 0 and
        1 for every category (one-hot), in alphabetical order, and a remark says so.
    drop_missing : bool
        Leave out the rows of a text file in which an entry of a column that is read is missing; a
        remark says which.
    columns : sequence of str, optional
        Columns to read, in this order; all by default.  Others may hold anything.  Numbers count
        the columns of the file.  The name of a column of categories stands for all that `encode`
        makes of it; each of these can be named, too.  ``"a,b"`` is two columns where none has that
        name.
    drop : sequence of str
        Columns to leave out, named in the same way: names of rows, an index.
    last : sequence of str
        Columns to read after all others, in this order, such as targets.

    Raises
    ------
    FileError
        When the file is missing, empty, truncated, not of its kind, or larger than 1 GiB,
        unpacked or not.
    DataError
        When an entry is not a number; the message names line and column.
    ArgumentError
        When there is no such column, or one has two uses.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import arrangements as ar
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "t.csv"
    ...     _ = file.write_text("a,y\n0.1,2\n")
    ...     features, y = ar.read_table(file).split("y")
    >>> features.names, y
    (('a',), (Fraction(2, 1),))

    Notes
    -----
    *Growth.* ``n * r`` for n rows and r columns.
    """
    selection = Selection(columns, drop, last)
    source, content = unpacked(*named_bytes(path))
    if not content:
        raise FileError(f"{source} is empty")
    suffix = source.suffix.lower()
    binary = suffix in {".parquet", ".npy", ".npz"} or content.startswith((PARQUET, NPY, ZIP))
    if binary and (encode or drop_missing):
        raise ArgumentError(
            f"{source}: categories and missing entries are those of text files; write it as CSV"
        )
    if suffix == ".parquet" or content.startswith(PARQUET):
        names, rows = parquet_rows(source, content, selection)
        return Table(_exactly(source, rows, names), tuple(names))
    if suffix == ".npy" or (suffix != ".npz" and content.startswith(NPY)):
        return _numbered(source, _read_array(source, content)).take(columns, drop=drop, last=last)
    if suffix == ".npz" or (str(source) == STANDARD_INPUT and content.startswith(ZIP)):
        array = _pick(source, content, "X")
        return _numbered(source, array).take(columns, drop=drop, last=last)
    if content.startswith(ZIP):
        raise FileError(f"{source} is an archive or a spreadsheet; save it as CSV")
    text = read_text(
        source,
        content,
        labels,
        as_float=as_float,
        encode=encode,
        drop_missing=drop_missing,
        selection=selection,
    )
    return Table(DataMatrix.from_array(text.rows), text.names, text.classes, text.remarks)


def table_of_frame(frame: Any) -> Table:
    """Read a pandas, polars or Arrow table; its column names appear in errors.

    Examples
    --------
    >>> import pandas as pd
    >>> import arrangements as ar
    >>> ar.table_of_frame(pd.DataFrame({"a": [1, 2], "b": [0.5, 3]})).names
    ('a', 'b')

    Notes
    -----
    *Growth.* ``n * r`` for n rows and r columns.
    """
    names = column_names(frame)
    if names is None:
        raise DataError(
            f"frame is a {type(frame).__name__}; a data frame or an Arrow table has named columns"
        )
    return Table(DataMatrix.from_array(frame), tuple(names))


def _numbered(source: Path, array: np.ndarray) -> Table:
    matrix = _exactly(source, array, None)
    return Table(matrix, tuple(str(j) for j in range(matrix.shape[1])))


def _exactly(source: Path, rows: Any, names: Sequence[str] | None) -> DataMatrix:
    try:
        return DataMatrix.from_array(rows, names=names)
    except DataError as error:
        raise DataError(f"{source}: {error}") from None


def _read_array(source: Path, content: bytes) -> np.ndarray:
    if content.startswith(ZIP):
        raise FileError(f"{source} is an NPZ archive named .npy; rename it")
    if not content.startswith(NPY):
        raise FileError(f"{source} is not an NPY file")
    return read_npy(source, content)


def _pick(source: Path, content: bytes, name: str) -> np.ndarray:
    if content.startswith(NPY):
        raise FileError(f"{source} is an NPY file named .npz; rename it")
    if not content.startswith(ZIP):
        raise FileError(f"{source} is not an NPZ file")
    archive = Archive(source, content)
    names = archive.names
    if name not in names and len(names) != 1:
        raise FileError(f"{source} holds {', '.join(names) or 'nothing'}; name the data {name!r}")
    chosen = name if name in names else names[0]
    return archive.read([chosen])[chosen]

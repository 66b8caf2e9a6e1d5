"""The table of a command: which columns of a file, read how."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import typer

from arrangements.cli.options import AsFloat, Bias, Columns, Drop, Rank
from arrangements.io import Table, read_table
from arrangements.nearness import nearest_of_rank


@dataclass(frozen=True)
class TableOptions:
    """What is read of a file, and how: options of every command that takes data.

    Parameters
    ----------
    columns : str, optional
        Comma-separated names or numbers (in the file) of the columns to keep.
    drop : str, optional
        Columns that are not data, comma-separated.
    bias : bool
        Append a last column of ones.
    as_float : bool
        Round CSV numbers to float64.
    rank : int, optional
        Take the nearest data of this rank.
    """

    columns: Columns = None
    drop: Drop = None
    bias: Bias = False
    as_float: AsFloat = False
    rank: Rank = None

    @property
    def given(self) -> bool:
        """Whether anything was said."""
        return self != TableOptions()

    def read(self, path: Path) -> Table:
        """Read a table; say on stderr what is remarkable, and how near data of lower rank are."""
        table = read_table(
            path, as_float=self.as_float, columns=words(self.columns), drop=words(self.drop) or ()
        )
        table = table.with_bias() if self.bias else table
        for remark in table.remarks:
            typer.echo(f"note: {remark.text}", err=True)
        if self.rank is None:
            return table
        near = nearest_of_rank(table.matrix, self.rank)
        typer.echo(f"rank {self.rank}: {near.summary()}", err=True)
        return replace(table, matrix=near.data)


def words(option: str | None) -> tuple[str, ...] | None:
    """Return the text of an option as what `read_table` takes apart at commas."""
    return None if option is None else (option,)

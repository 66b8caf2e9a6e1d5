"""Options that several commands have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def _seconds(value: float | None) -> float | None:
    if value is not None and not value >= 0:
        raise typer.BadParameter(f"{value} is not a number of seconds from 0 on")
    return value


def _file_or_folder(value: Path) -> Path:
    # typer's own check takes "-" for a file's name.
    if str(value) != "-" and not os.path.lexists(value):
        raise typer.BadParameter(f"file {str(value)!r} does not exist.")
    return value


def _file(value: Path) -> Path:
    if os.path.isdir(_file_or_folder(value)):  # noqa: PTH112 - Path.is_dir raises for too long names
        raise typer.BadParameter(f"file {str(value)!r} is a directory.")
    return value


DataFile = Annotated[
    Path,
    typer.Argument(
        callback=_file,
        help="CSV, NPY, NPZ or Parquet file, packed or not; - is the standard input.",
    ),
]
DataOrStore = Annotated[
    Path,
    typer.Argument(
        callback=_file_or_folder,
        help="File of data, - for the standard input, or a folder written by `enumerate`.",
    ),
]
AsFloat = Annotated[
    bool,
    typer.Option("--as-float", help="Round CSV numbers to float64 (default: exact decimals)."),
]
Columns = Annotated[
    str | None,
    typer.Option(help="Columns to keep, comma-separated names or numbers."),
]
Drop = Annotated[
    str | None,
    typer.Option(
        "--drop", "--target", help="Columns that are not data (the target, names), comma-separated."
    ),
]
Bias = Annotated[bool, typer.Option("--bias", help="Append a last column of ones.")]
ThreadCount = Annotated[int, typer.Option("--threads", min=1, help="Cores to use.")]
Dask = Annotated[
    str | None, typer.Option("--dask", help="Address of a Dask scheduler, like tcp://host:8786.")
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit", "--max-seconds", callback=_seconds, help="Stop after so many seconds."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Rank = Annotated[
    int | None,
    typer.Option(
        "--rank", min=1, help="Take the nearest data of this rank: for digits that nobody meant."
    ),
]

"""The command ``arrangements study``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from arrangements import datasets, plotting
from arrangements.cli.answer import print_json
from arrangements.cli.options import Bias, Columns, Drop, Json, TimeLimit
from arrangements.cli.session import Session, check_outputs
from arrangements.cli.table import TableOptions, words
from arrangements.cli.threads import Threads
from arrangements.errors import ArgumentError
from arrangements.io import Table
from arrangements.study import (
    Binarize,
    LeadingColumns,
    NoRounding,
    RandomProjection,
    Reduction,
    Rounding,
    RoundToDigits,
    RoundToFloat,
    SingularDirections,
    study_rank,
)

_REDUCTIONS: Mapping[str, Reduction] = {
    reduction.name: reduction
    for reduction in (LeadingColumns(), SingularDirections(), RandomProjection())
}
_ROUNDINGS: Mapping[str, Rounding] = {
    rounding.name: rounding for rounding in (NoRounding(), RoundToFloat(), Binarize())
}
_PICTURES = (".png", ".pdf", ".svg")
_LONG = 20
"""Characters of a count or a number of digits; what is longer is neither."""
_Plugin = TypeVar("_Plugin")


def study(
    data: Annotated[
        str,
        typer.Argument(help=f"CSV, NPY or NPZ file, or a data set: {', '.join(datasets.NAMES)}."),
    ],
    *,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="Study file to write (JSON lines); one begun earlier goes on."
        ),
    ],
    csv: Annotated[Path | None, typer.Option("--csv", help="CSV file for the table.")] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="PNG, PDF or SVG file for a picture.")
    ] = None,
    max_rank: Annotated[
        int | None, typer.Option("--max-rank", help="Most columns, the bias among them.")
    ] = None,
    rows: Annotated[
        str | None, typer.Option("--rows", help="Numbers of rows, comma-separated.")
    ] = None,
    reductions: Annotated[
        str, typer.Option("--reductions", help="Of columns, singular, random.")
    ] = "columns,singular,random",
    roundings: Annotated[
        str, typer.Option("--roundings", help="Of exact, float, binary, and numbers of digits.")
    ] = "exact,float,3,1,binary",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Draws the order of the rows.")] = 0,
    threads: Annotated[int, typer.Option("--threads", min=1, max=1024, help="Cores to use.")] = 1,
    columns: Columns = None,
    drop: Drop = None,
    bias: Bias = False,
    time_limit: TimeLimit = None,
    as_json: Json = False,
) -> None:
    """Count the patterns for every rank, number of rows and degree of rounding.

    Example: `arrangements study iris --bias --max-rank 5 -o iris.jsonl --csv iris.csv`
    """
    with Session() as session, Threads(threads) as executor:
        check_outputs({"--out": out, "--csv": csv, "--plot": plot}, [Path(data)])
        if plot is not None and plot.suffix.lower() not in _PICTURES:
            raise ArgumentError(f"--plot {plot}: name a file that ends in {', '.join(_PICTURES)}")
        given = _table_or_data_set(data, columns, drop)
        session.limit(time_limit)
        session.keep(f"what is done is in {out}; the same command goes on from there")
        found = study_rank(
            given.matrix,
            max_rank=max_rank,
            rows=None if rows is None else [_integer("--rows", word) for word in _words(rows)],
            bias=bias,
            reductions=[_named("--reductions", _REDUCTIONS, word) for word in _words(reductions)],
            roundings=[_rounding(word) for word in _words(roundings)],
            seed=seed,
            journal=out,
            executor=executor,
            progress=session.listen,
        )
        if csv is not None:
            found.save_csv(csv)
        if plot is not None:
            plotting.save_study(found, plot)
        if as_json:
            print_json({"cases": found.to_json(), "findings": list(found.findings())})
        else:
            typer.echo(found.summary())


def _table_or_data_set(name: str, columns: str | None, drop: str | None) -> Table:
    """Read a file; a name of a bundled data set is one when there is no such file."""
    if not Path(name).exists() and name in datasets.NAMES:
        return datasets.load(name).take(words(columns), drop=words(drop) or ())
    return TableOptions(columns, drop).read(Path(name))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _integer(option: str, word: str) -> int:
    if len(word) > _LONG:
        raise ArgumentError(f"{option}: {word[:_LONG]}... is too long for a count")
    try:
        return int(word)
    except ValueError:
        raise ArgumentError(f"{option}: {word!r} is not a whole number") from None


def _named(option: str, plugins: Mapping[str, _Plugin], word: str) -> _Plugin:
    if word not in plugins:
        raise ArgumentError(f"{option}: {word!r} is none of {', '.join(plugins)}")
    return plugins[word]


def _rounding(word: str) -> Rounding:
    if not word.isdecimal():
        return _named("--roundings", _ROUNDINGS, word)
    if len(word) > _LONG:
        raise ArgumentError(f"--roundings: {word[:_LONG]}... digits are too many")
    return RoundToDigits(int(word))

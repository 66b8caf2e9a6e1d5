"""The commands of ``arrangements``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from arrangements import datasets, plotting
from arrangements.arrangement import Arrangement
from arrangements.cli.session import (
    Exit,
    Session,
    check_outputs,
    chosen_columns,
    data_from_file,
    print_json,
)
from arrangements.cli.threads import Threads
from arrangements.counting import count_regions, cover_number
from arrangements.enumeration import Auto, enumerate_patterns, preview_cost
from arrangements.errors import ArgumentError
from arrangements.io import Table, read_table
from arrangements.store import load_patterns, save_patterns
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
_Plugin = TypeVar("_Plugin")

app = typer.Typer(
    name="arrangements",
    help="Exact activation patterns of a data set: the regions of a hyperplane arrangement.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

DataFile = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, help="CSV, NPY or NPZ file; rows are data points."),
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
    str | None, typer.Option("--drop", "--target", help="A column that is not data (the target).")
]
Bias = Annotated[bool, typer.Option("--bias", help="Append a last column of ones.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.command()
def info(
    data: DataFile,
    *,
    columns: Columns = None,
    drop: Drop = None,
    bias: Bias = False,
    as_float: AsFloat = False,
    as_json: Json = False,
) -> None:
    """Say what the data are, and what listing their patterns would cost.

    Example: `arrangements info data.csv --drop y --bias`
    """
    with Session():
        table = data_from_file(data, as_float=as_float, columns=columns, bias=bias, drop=drop)
        arrangement = Arrangement(table.matrix)
        cost = preview_cost(arrangement)
        method, reason = Auto().choose(arrangement, arrangement.domain)
        n, d = arrangement.shape
        zero = sum(1 for side in arrangement.orientation if side == 0)
        facts = {
            "rows": n,
            "columns": d,
            "column_names": list(table.names),
            "rank": arrangement.rank,
            "hyperplanes": arrangement.hyperplane_count,
            "zero_rows": zero,
            "parallel_rows": n - zero - arrangement.hyperplane_count,
            "regions_at_most": cost.regions,
            "bytes_at_most": cost.size,
            "seconds_about": cost.seconds,
            "method": repr(method),
            "method_reason": reason,
            "digest": arrangement.data.digest,
        }
        if as_json:
            print_json(facts)
            return
        typer.echo(f"{n} rows, {d} columns ({', '.join(table.names)}), rank {arrangement.rank}")
        typer.echo(
            f"{arrangement.hyperplane_count} distinct hyperplanes; "
            f"{facts['parallel_rows']} parallel rows, {zero} zero rows"
        )
        typer.echo(
            f"at most {cost.regions:,} patterns (Cover); listing them takes about "
            f"{_duration(cost.seconds)} and {_size(cost.size)} at most"
        )
        typer.echo(f"method {method!r}: {reason}")


@app.command()
def count(
    data: DataFile,
    *,
    columns: Columns = None,
    drop: Drop = None,
    bias: Bias = False,
    as_float: AsFloat = False,
    as_json: Json = False,
) -> None:
    """Count the activation patterns exactly, without listing them.

    Example: `arrangements count data.csv --drop y --bias`
    """
    with Session() as session:
        table = data_from_file(data, as_float=as_float, columns=columns, bias=bias, drop=drop)
        arrangement = Arrangement(table.matrix)
        regions = count_regions(arrangement, progress=session.listen)
        bound = cover_number(arrangement)
        if as_json:
            print_json({"regions": regions, "cover": bound, "digest": arrangement.data.digest})
            return
        typer.echo(f"{regions:,} activation patterns (Cover allows {bound:,})")


@app.command("enumerate")
def enumerate_(
    data: DataFile,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="NPZ file to write, with the proof.")
    ] = None,
    columns: Columns = None,
    drop: Drop = None,
    bias: Bias = False,
    as_float: AsFloat = False,
    as_json: Json = False,
) -> None:
    """List every activation pattern, with a proof that none is missing.

    Without `--out` the patterns go to stdout, one line of 0 and 1 each.

    Example: `arrangements enumerate data.csv --drop y --bias -o patterns.npz`
    """
    with Session() as session:
        check_outputs({"--out": out}, [data])
        table = data_from_file(data, as_float=as_float, columns=columns, bias=bias, drop=drop)
        patterns = enumerate_patterns(table.matrix, progress=session.listen)
        if out is not None:
            save_patterns(patterns, out)
        if as_json:
            print_json(
                {
                    "patterns": len(patterns),
                    "proof": patterns.completion.kind,
                    "file": None if out is None else str(out),
                    "digest": patterns.arrangement.data.digest,
                }
            )
        elif out is None:
            for pattern in patterns:
                sys.stdout.write("".join("1" if bit else "0" for bit in pattern) + "\n")
        else:
            typer.echo(patterns.summary())
            typer.echo(f"written to {out}")


@app.command()
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
    threads: Annotated[int, typer.Option("--threads", min=1, help="Cores to use.")] = 1,
    columns: Columns = None,
    drop: Drop = None,
    bias: Bias = False,
    as_json: Json = False,
) -> None:
    """Count the patterns for every rank, number of rows and degree of rounding.

    Example: `arrangements study iris --bias --max-rank 5 -o iris.jsonl --csv iris.csv`
    """
    with Session() as session, Threads(threads) as executor:
        check_outputs({"--out": out, "--csv": csv, "--plot": plot}, [Path(data)])
        if plot is not None and plot.suffix.lower() not in _PICTURES:
            raise ArgumentError(f"--plot {plot}: name a file that ends in {', '.join(_PICTURES)}")
        given = _table_or_data_set(data)
        session.keep(f"what is done is in {out}; the same command goes on from there")
        found = study_rank(
            chosen_columns(given, columns, drop=drop).matrix,
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


@app.command()
def verify(
    patterns: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="File written by `enumerate`.")
    ],
    *,
    data: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Check that they belong to this data."),
    ] = None,
    columns: Columns = None,
    drop: Drop = None,
    bias: Bias = False,
    as_float: AsFloat = False,
    as_json: Json = False,
) -> None:
    """Check the proof of a pattern file again, line by line.

    Example: `arrangements verify patterns.npz`
    """
    with Session():
        if data is None and (columns is not None or drop is not None or bias or as_float):
            raise ArgumentError("--columns, --drop, --bias and --as-float describe --data: give it")
        loaded = load_patterns(patterns)
        same = None
        if data is not None:
            table = data_from_file(data, as_float=as_float, columns=columns, bias=bias, drop=drop)
            same = table.matrix.digest == loaded.arrangement.data.digest
        if as_json:
            print_json(
                {
                    "patterns": len(loaded),
                    "proof": loaded.completion.kind,
                    "digest": loaded.arrangement.data.digest,
                    "same_data": same,
                }
            )
        else:
            typer.echo(loaded.summary())
            if same is not None:
                typer.echo("they belong to this data" if same else "they belong to OTHER data")
    if same is False:
        raise typer.Exit(Exit.REFUSED)


def _table_or_data_set(name: str) -> Table:
    """Read a file; a name of a bundled data set is one when there is no such file."""
    if not Path(name).exists() and name in datasets.NAMES:
        return datasets.load(name)
    return read_table(name)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _integer(option: str, word: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise ArgumentError(f"{option}: {word!r} is not a whole number") from None


def _named(option: str, plugins: Mapping[str, _Plugin], word: str) -> _Plugin:
    if word not in plugins:
        raise ArgumentError(f"{option}: {word!r} is none of {', '.join(plugins)}")
    return plugins[word]


def _rounding(word: str) -> Rounding:
    return RoundToDigits(int(word)) if word.isdecimal() else _named("--roundings", _ROUNDINGS, word)


def _size(count: int) -> str:
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if value < 1000:  # noqa: PLR2004 - decimal prefixes
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} PB"


def _duration(seconds: float) -> str:
    for unit, length in (("years", 31557600), ("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:.2g} seconds"

"""The commands of ``arrangements``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from arrangements.arrangement import Arrangement
from arrangements.cli.answer import print_json
from arrangements.cli.grouped import grouped
from arrangements.cli.options import (
    Dask,
    DataFile,
    DataOrStore,
    Json,
    ThreadCount,
    TimeLimit,
)
from arrangements.cli.patterns import describe, enumerate_, export, verify
from arrangements.cli.session import Session, caution, check_outputs
from arrangements.cli.study import study
from arrangements.cli.table import TableOptions
from arrangements.cli.version import version
from arrangements.cli.workers import workers
from arrangements.counting import count_regions, cover_number
from arrangements.enumeration import Auto, enumerate_patterns, preview_cost
from arrangements.graph import GraphFormat, adjacent_regions, save_region_graph
from arrangements.nearness import near_degeneracy
from arrangements.warming import warm as compile_all

app = typer.Typer(
    name="arrangements",
    help="Exact activation patterns of a data set: the regions of a hyperplane arrangement.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.callback()(version)


@app.command()
@grouped
def info(
    data: DataOrStore,
    *,
    options: TableOptions,
    time_limit: TimeLimit = None,
    as_json: Json = False,
) -> None:
    """Say what the data are, and what listing their patterns would cost.

    A folder of patterns is described too: how many there are, and whether they are all.

    Example: `arrangements info data.csv --drop y --bias`
    """
    with Session() as session:
        session.limit(time_limit)
        if data.is_dir():
            describe(data, as_json=as_json)
            return
        table = options.read(data)
        arrangement = Arrangement(table.matrix)
        cost = preview_cost(arrangement)
        method, reason = Auto().choose(arrangement, arrangement.domain)
        near = near_degeneracy(arrangement)
        n, d = arrangement.shape
        zero = sum(1 for side in arrangement.orientation if side == 0)
        facts = {
            "rows": n,
            "columns": d,
            "column_names": list(table.names),
            "rank": arrangement.rank,
            "numerical_rank": near.numerical_rank,
            "caution": near.summary() if near else None,
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
        if near:
            typer.echo(f"caution: {near.summary()}")


@app.command()
@grouped
def count(
    data: DataFile,
    *,
    options: TableOptions,
    threads: ThreadCount = 1,
    dask: Dask = None,
    time_limit: TimeLimit = None,
    as_json: Json = False,
) -> None:
    """Count the activation patterns exactly, without listing them.

    Example: `arrangements count data.csv --drop y --bias`
    """
    with Session() as session, workers(threads, dask, aside=True) as executor:
        session.limit(time_limit)
        table = options.read(data)
        arrangement = Arrangement(table.matrix)
        regions = count_regions(arrangement, executor=executor, progress=session.listen)
        bound = cover_number(arrangement)
        doubt = caution(arrangement)
        if as_json:
            print_json(
                {
                    "regions": regions,
                    "cover": bound,
                    "caution": doubt,
                    "digest": arrangement.data.digest,
                }
            )
            return
        typer.echo(f"{regions:,} activation patterns (Cover allows {bound:,})")


app.command("enumerate")(grouped(enumerate_))


app.command()(study)


@app.command()
@grouped
def graph(
    data: DataFile,
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="GraphML (.graphml) or edge list (.csv) to write."),
    ] = None,
    options: TableOptions,
    threads: ThreadCount = 1,
    time_limit: TimeLimit = None,
    as_json: Json = False,
) -> None:
    """Join the regions that are neighbours, and say how many walls they have.

    Regions are numbered like the lines of `enumerate`; an edge names the first row of the
    hyperplane between them.

    Example: `arrangements graph data.csv --drop y --bias -o regions.graphml`
    """
    with Session() as session, workers(threads, None) as executor:
        session.limit(time_limit)
        check_outputs({"--out": out}, [data])
        if out is not None:
            GraphFormat.of(out)
        table = options.read(data)
        patterns = enumerate_patterns(table.matrix, executor=executor, progress=session.listen)
        edges = adjacent_regions(patterns, progress=session.listen)
        if out is not None:
            save_region_graph(patterns, out, progress=session.listen)
        walls = np.bincount(edges[:, :2].ravel(), minlength=len(patterns))
        hyperplanes = patterns.arrangement.hyperplane_count
        if as_json:
            print_json(
                {
                    "regions": len(patterns),
                    "edges": len(edges),
                    "hyperplanes": hyperplanes,
                    "diameter": hyperplanes,
                    "walls_least": int(walls.min()),
                    "walls_mean": float(walls.mean()),
                    "walls_most": int(walls.max()),
                    "proof": patterns.completion.kind,
                    "file": None if out is None else str(out),
                    "digest": patterns.arrangement.data.digest,
                }
            )
            return
        typer.echo(f"{len(patterns):,} regions, {len(edges):,} pairs of neighbours")
        typer.echo(
            f"walls of a region: {walls.min()} to {walls.max()}, {walls.mean():.4g} on average"
        )
        typer.echo(f"diameter {hyperplanes}, the number of hyperplanes")
        if out is not None:
            typer.echo(f"written to {out}")


app.command()(grouped(verify))


app.command()(export)


@app.command()
def warm(*, time_limit: TimeLimit = None, as_json: Json = False) -> None:
    """Compile everything ahead of time, so that no later call has to wait.

    Example: `arrangements warm`
    """
    with Session() as session:
        session.limit(time_limit)
        done = compile_all(progress=session.listen)
        if as_json:
            print_json({"seconds": done.seconds, "groups": dict(done.groups)})
        else:
            typer.echo(done.summary())


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

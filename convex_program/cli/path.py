"""The command ``convex-program path``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from arrangements.cli import DataFile, check_outputs, print_json
from convex_program import plotting
from convex_program.cli.common import (
    enforce_gap,
    leave_stopped,
    new_session,
    number,
    solver_within,
)
from convex_program.cli.options import (
    Json,
    MaxGap,
    Target,
    TimeLimitEach,
)
from convex_program.cli.rows import RowOptions
from convex_program.cli.setting import SettingOptions
from convex_program.errors import ArgumentError
from convex_program.path import PathStatus, regularization_path

_PICTURES = (".png", ".pdf", ".svg")


def path(
    data: DataFile,
    *,
    target: Target,
    settings: SettingOptions,
    betas: Annotated[
        str | None,
        typer.Option(help="Weight decays, comma-separated (default: a grid below beta_max)."),
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="Values on the grid (default: 20).")
    ] = None,
    smallest: Annotated[
        float | None,
        typer.Option(help="The smallest of them, as a part of beta_max (default: 0.01)."),
    ] = None,
    options: RowOptions,
    claims: Annotated[
        Path | None,
        typer.Option(
            "--claims",
            file_okay=False,
            help="Folder for a claim of each beta; bounds are then proved.",
        ),
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="CSV file for the table.")] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="PNG, PDF or SVG file for a picture.")
    ] = None,
    max_gap: MaxGap = None,
    time_limit: TimeLimitEach = None,
    as_json: Json = False,
) -> None:
    """Find the globally optimal networks along decreasing weight decays.

    By default beta falls from beta_max, where the best network has no neurons, to a hundredth
    of it in 20 equal steps of its logarithm.  Ctrl-C ends the path and keeps what was found.

    Example: `convex-program path data.csv --target y --bias --count 10 --csv path.csv`

    Example: `convex-program path data.csv --target y --loss huber --delta 0.5`
    """
    with new_session() as session:
        check_outputs({"--csv": csv, "--plot": plot}, [data])
        if plot is not None and plot.suffix.lower() not in _PICTURES:
            raise ArgumentError(f"--plot {plot}: name a file that ends in {', '.join(_PICTURES)}")
        given = None
        if betas is not None:
            given = [number("--betas", word.strip()) for word in betas.split(",")]
        setting = settings.read()
        rows = options.read(data, target, setting)
        found = regularization_path(
            rows.table.matrix,
            rows.targets,
            given,
            count=count,
            smallest=smallest,
            sample_weight=rows.weights,
            **setting.parts,
            claims=claims,
            solver=solver_within(time_limit),
            progress=session.listen,
        )
        if csv is not None:
            found.save_csv(csv)
        if plot is not None:
            plotting.save_path(found, plot)
        remark = rows.remark(setting)
        if as_json:
            # Each value of beta has its own objective; here is what they share.
            words = found[0].problem.objective_text.rpartition(", beta = ")[0]
            what = {"loss": setting.loss.name, "objective": words, "classes": list(rows.classes)}
            print_json({**what, "remark": remark, **found.to_json()})
        else:
            typer.echo("\n".join(filter(None, [rows.labels(setting), found.summary(), remark])))
    if found.stopped:
        asked = len(found) + len(found.remaining)
        leave_stopped(
            interrupted=found.status is PathStatus.INTERRUPTED,
            stands=f"{len(found)} of {asked} values of beta stand above, {found.level.value}",
        )
    enforce_gap(float(found.relative_gaps.max()), max_gap)

"""The commands ``convex-program worst-case`` and ``convex-program robust``."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from arrangements.cli import DataFile, check_outputs, print_json
from convex_program.cli.common import (
    enforce_gap,
    leave_stopped,
    new_session,
    number,
    read_network,
)
from convex_program.cli.options import (
    Beta,
    Json,
    MaxGap,
    NetworkOut,
    Target,
    TimeLimit,
)
from convex_program.cli.rows import RowOptions
from convex_program.cli.setting import SettingOptions
from convex_program.io import load_network, save_network
from convex_program.robust import Ball, EuclideanBall, MaxNormBall, robust_optimum, worst_case
from convex_program.solution import Status


class NormName(Enum):
    """Names of the balls on the command line."""

    MAX = "max"
    EUCLIDEAN = "euclidean"


_BALLS: dict[NormName, type[Ball]] = {
    NormName.MAX: MaxNormBall,
    NormName.EUCLIDEAN: EuclideanBall,
}

Radius = Annotated[
    str, typer.Option(help="How far each row may be moved. Example: --radius 0.1 --norm max")
]
Norm = Annotated[
    NormName,
    typer.Option(
        "--norm",
        help="max moves each entry by at most the radius, euclidean the row in length.  A last column "
        "of ones stays.",
    ),
]


def worst(
    network: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="NPZ with arrays hidden (m, d) and output (m,)."
        ),
    ],
    data: DataFile,
    *,
    target: Target,
    beta: Beta,
    radius: Radius,
    norm: Norm = NormName.MAX,
    settings: SettingOptions,
    options: RowOptions,
    max_gap: MaxGap = None,
    time_limit: TimeLimit = None,
    as_json: Json = False,
) -> None:
    """Bound what a trained network's objective becomes when every row is moved against it.

    Both bounds are rational numbers: an attack that reaches the lower one, and a number that no attack
    exceeds.  Ctrl-C keeps the bounds reached.

    Example: `convex-program worst-case net.npz data.csv --target y --bias --beta 0.1 --radius 0.05`
    """
    with new_session() as session:
        ball = _BALLS[norm](number("--radius", radius))
        number("--beta", beta)
        setting = settings.read()
        rows = options.read(data, target, setting)
        problem = rows.problem(beta, setting)
        trained = replace(read_network(load_network, network), activation=setting.activation)
        found = worst_case(trained, problem, ball, time_limit=time_limit, progress=session.listen)
        if as_json:
            print_json({"objective": problem.objective_text, **found.to_json()})
        else:
            typer.echo("\n".join(filter(None, [rows.labels(setting), found.summary()])))
    if found.status.stopped:
        leave_stopped(
            interrupted=found.status is Status.INTERRUPTED, stands="both bounds above hold"
        )
    enforce_gap(found.relative_gap, max_gap)


def robust(
    data: DataFile,
    *,
    target: Target,
    beta: Beta,
    radius: Radius,
    norm: Norm = NormName.MAX,
    settings: SettingOptions,
    options: RowOptions,
    network: NetworkOut = None,
    time_limit: TimeLimit = None,
    as_json: Json = False,
) -> None:
    """Train a network for its worst case over patterns that no attack changes; few patterns only.

    The convex program bounds the best worst case from above, not more: the answer says what is known
    from below.

    Example: `convex-program robust data.csv --target y --bias --beta 0.1 --radius 0.05`
    """
    with new_session() as session:
        check_outputs({"--network": network}, [data])
        ball = _BALLS[norm](number("--radius", radius))
        number("--beta", beta)
        setting = settings.read()
        rows = options.read(data, target, setting)
        problem = rows.problem(beta, setting)
        best = robust_optimum(problem, ball, time_limit=time_limit, progress=session.listen)
        if network is not None:
            save_network(best.network, network)
        if as_json:
            print_json({"objective": problem.objective_text, **best.to_json()})
        else:
            typer.echo("\n".join(filter(None, [rows.labels(setting), best.summary()])))
    if best.worst.status.stopped:
        leave_stopped(
            interrupted=best.worst.status is Status.INTERRUPTED, stands="both bounds above hold"
        )

"""The command ``convex-program verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from arrangements.cli import print_json
from convex_program.cli.common import enforce_gap, new_session
from convex_program.cli.options import (
    Json,
    LossName,
    MaxGap,
)
from convex_program.cli.rows import RowOptions
from convex_program.cli.setting import SettingOptions
from convex_program.cli.standalone import run_standalone
from convex_program.errors import ArgumentError, ClaimError
from convex_program.io.claims import ClaimedData, read_claim
from convex_program.rounding import round_down, round_up
from convex_program.verify import verify as verify_claim


def verify(
    claim: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="File written with --claim.")
    ],
    *,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            exists=True,
            dir_okay=False,
            help="Your own CSV, NPY or NPZ file: the claim must be about these data. "
            "Example: --data data.csv --target y",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="Column of the targets in it, by name or number.")
    ] = None,
    options: RowOptions,
    max_gap: MaxGap = None,
    standalone: Annotated[
        bool,
        typer.Option(
            "--standalone",
            help="Let the one file `check_claim.py` check it, which uses Python's standard library "
            "alone and shares no code with this program.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Recompute both bounds of a claim, and compare them with what it says.

    Example: `convex-program verify best.claim`

    Example: `convex-program verify best.claim --data data.csv --target y --bias`

    Without --data the claim is checked for the data that stand in it.  Say --columns, --bias,
    --sample-weight, --as-float, --drop, --encode and --drop-missing as when the claim was written.
    """
    if standalone:
        with new_session():
            if as_json:
                raise ArgumentError("--standalone prints sentences; leave --json out")
            said: dict[str, object] = {"--data": data, "--target": target, "--max-gap": max_gap}
            said |= options.said
            handed_on = [
                text
                for key, value in said.items()
                if value is not None and value is not False
                for text in ([key] if value is True else [key, str(value)])
            ]
            code = run_standalone(claim, handed_on)
        raise typer.Exit(code)
    with new_session():
        if data is None:
            if target is not None or options != RowOptions():
                raise ArgumentError(
                    "--target, --columns, --bias and whatever else is said of a table go with --data"
                )
            loaded = read_claim(claim)
        else:
            file, name = data, target
            if name is None:
                raise ArgumentError("--data: give --target, too")

            def given(loss: str) -> ClaimedData:
                return _own(file, loss, name, options)

            loaded = read_claim(claim, given)
        found = verify_claim(loaded)
        about = "your data" if data is not None else "the data in it"
        if as_json:
            print_json(
                {
                    "upper": round_up(found.upper),
                    "lower": round_down(found.lower),
                    "relative_gap": found.relative_gap,
                    "level": found.level.value,
                    "patterns": found.patterns,
                    "data": "given" if data is not None else "of the claim",
                }
            )
        else:
            typer.echo(f"The claim holds for {about}: {found.level.value} over {found.words}.")
            typer.echo(f"Objective of the network  {round_up(found.upper):.12g}")
            typer.echo(f"No network is below       {round_down(found.lower):.12g}")
            typer.echo(f"Relative gap              {found.relative_gap:.3g}")
    enforce_gap(found.relative_gap, max_gap)


def _own(data: Path, loss: str, target: str, options: RowOptions) -> ClaimedData:
    """Return the user's data as a loss takes them."""
    loss_name = loss.replace("_", "-")
    if loss_name not in {kind.value for kind in LossName}:
        raise ClaimError(f"the claim is about an unknown loss {loss[:40]!r}")
    setting = SettingOptions(loss=LossName(loss_name)).read()
    rows = options.read(data, target, setting)
    targets = setting.loss.read_targets(rows.targets)
    return ClaimedData(rows.table.matrix.fractions, targets.values, rows.weights, targets.outputs)

"""The commands of ``convex-program``."""

from __future__ import annotations

from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

import arrangements as ar
from arrangements.cli import Exit, Session, print_json
from convex_program.bracket import Bracket
from convex_program.certify import certify as certify_network
from convex_program.errors import ArgumentError, ConvexProgramError
from convex_program.io import load_claim, load_network, save_claim, save_network
from convex_program.optimum import global_optimum
from convex_program.output_bias import DecayedBias, FreeBias, NoBias, OutputBias
from convex_program.problem import TrainingProblem
from convex_program.verify import verify as verify_claim

app = typer.Typer(
    name="convex-program",
    help="Certified global optima of two-layer ReLU networks with weight decay.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


class BiasKind(Enum):
    """Names of the output biases on the command line."""

    NONE = "none"
    FREE = "free"
    DECAYED = "decayed"


_BIASES: dict[BiasKind, OutputBias] = {
    BiasKind.NONE: NoBias(),
    BiasKind.FREE: FreeBias(),
    BiasKind.DECAYED: DecayedBias(),
}

DataFile = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, help="CSV, NPY or NPZ file, one row a point."),
]
NetworkFile = Annotated[
    Path,
    typer.Argument(
        exists=True, dir_okay=False, help="NPZ file with arrays hidden (m, d) and output (m,)."
    ),
]
Target = Annotated[str, typer.Option(help="Column of the targets, by name or number.")]
Beta = Annotated[
    str, typer.Option(help="Weight decay: beta/2 times the sum of all squared weights.")
]
Columns = Annotated[
    str | None, typer.Option(help="Feature columns, comma-separated names or numbers.")
]
Bias = Annotated[
    bool, typer.Option("--bias", help="Append a last column of ones (the hidden bias).")
]
OutBias = Annotated[BiasKind, typer.Option("--output-bias", help="Constant added to the output.")]
AsFloat = Annotated[
    bool,
    typer.Option("--as-float", help="Round CSV numbers to float64 (default: exact decimals)."),
]
ClaimOut = Annotated[
    Path | None, typer.Option("--claim", help="JSON file to write: everything the bounds rest on.")
]
NetworkOut = Annotated[
    Path | None, typer.Option("--network", help="NPZ file to write the best network to.")
]
MaxGap = Annotated[
    float | None,
    typer.Option("--max-gap", help="Exit with 1 when the relative gap is larger than this."),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.command()
def solve(
    data: DataFile,
    *,
    target: Target,
    beta: Beta,
    columns: Columns = None,
    bias: Bias = False,
    output_bias: OutBias = BiasKind.NONE,
    as_float: AsFloat = False,
    claim: ClaimOut = None,
    network: NetworkOut = None,
    max_gap: MaxGap = None,
    as_json: Json = False,
) -> None:
    """Find the globally optimal network, with a proved bound.

    Example: `convex-program solve data.csv --target y --bias --beta 0.1`
    """
    with _session() as session:
        problem = _problem(data, target, beta, columns, bias, output_bias, as_float)
        best = global_optimum(problem, progress=session.listen)
        if network is not None:
            save_network(best.network, network)
        _answer(best, best.summary(), claim, as_json=as_json)
    _enforce(best, max_gap)


@app.command()
def certify(
    network: NetworkFile,
    data: DataFile,
    *,
    target: Target,
    beta: Beta,
    columns: Columns = None,
    bias: Bias = False,
    output_bias: OutBias = BiasKind.NONE,
    as_float: AsFloat = False,
    claim: ClaimOut = None,
    best_network: NetworkOut = None,
    max_gap: MaxGap = None,
    as_json: Json = False,
) -> None:
    """Say how far a trained network is from the global optimum, with a proof.

    Example: `convex-program certify net.npz data.csv --target y --bias --beta 0.1`
    """
    with _session() as session:
        trained = load_network(network)
        problem = _problem(data, target, beta, columns, bias, output_bias, as_float)
        verdict = certify_network(trained, problem, progress=session.listen)
        if best_network is not None:
            save_network(verdict.best.network, best_network)
        _answer(verdict, verdict.summary(), claim, as_json=as_json)
    _enforce(verdict, max_gap)


@app.command()
def verify(
    claim: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="JSON file written with --claim.")
    ],
    *,
    max_gap: MaxGap = None,
    as_json: Json = False,
) -> None:
    """Recompute both bounds of a claim from its plain numbers.

    Example: `convex-program verify claim.json`
    """
    with _session():
        found = verify_claim(load_claim(claim))
        gap = float((found.upper - found.lower) / found.upper) if found.upper else 0.0
        if as_json:
            print_json(
                {
                    "upper": float(found.upper),
                    "lower": float(found.lower),
                    "relative_gap": gap,
                    "level": found.level.value,
                    "patterns": found.patterns,
                }
            )
        else:
            typer.echo(f"The claim holds: {found.level.value} over {found.patterns:,} patterns.")
            typer.echo(f"Objective of the network  {float(found.upper):.12g}")
            typer.echo(f"No network is below       {float(found.lower):.12g}")
            typer.echo(f"Relative gap              {gap:.3g}")
    if max_gap is not None and gap > max_gap:
        raise typer.Exit(Exit.REFUSED)


def _session() -> Session:
    return Session(refusals=[ConvexProgramError], misuse=[ArgumentError])


def _problem(  # noqa: PLR0917 - the common options of two commands, in one place
    data: Path,
    target: str,
    beta: str,
    columns: str | None,
    bias: bool,  # noqa: FBT001 - as above
    output_bias: BiasKind,
    as_float: bool,  # noqa: FBT001 - as above
) -> TrainingProblem:
    try:
        exact: Any = ar.decimal_value(beta)
    except ValueError as error:
        raise ArgumentError(f"--beta: {error}") from None
    table = ar.read_table(data, as_float=as_float)
    features, targets = table.split(target)
    if columns is not None:
        features = features.take([name.strip() for name in columns.split(",") if name.strip()])
    if bias:
        features = features.with_bias()
    return TrainingProblem(
        features.matrix, targets, Fraction(exact), output_bias=_BIASES[output_bias]
    )


def _answer(result: Bracket, summary: str, claim: Path | None, *, as_json: bool) -> None:
    if claim is not None:
        save_claim(result.claim(), claim)
    if as_json:
        print_json(result.to_json())
        return
    typer.echo(summary)
    if claim is not None:
        typer.echo(f"claim written to {claim}")


def _enforce(result: Bracket, max_gap: float | None) -> None:
    if max_gap is not None and result.relative_gap > max_gap:
        typer.echo(f"relative gap {result.relative_gap:.3g} is larger than {max_gap:g}", err=True)
        raise typer.Exit(Exit.REFUSED)

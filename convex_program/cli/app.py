"""The commands of ``convex-program``."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, TypeVar

import typer

import arrangements as ar
from arrangements.cli import Exit, Session, check_outputs, column_names, print_json
from convex_program.bracket import Bracket
from convex_program.certify import conclude, own_bracket
from convex_program.errors import ArgumentError, ConvexProgramError
from convex_program.importers import from_torch, load_state_dict
from convex_program.io import load_claim, load_network, save_claim, save_network
from convex_program.optimum import GlobalOptimum, chosen_solver, global_optimum
from convex_program.output_bias import DecayedBias, FreeBias, NoBias, OutputBias
from convex_program.problem import TrainingProblem
from convex_program.rounding import round_down, round_up
from convex_program.solution import DirectStatus
from convex_program.solvers import Auto, DirectSolver, WorkingSet
from convex_program.verify import verify as verify_claim

app = typer.Typer(
    name="convex-program",
    help="Certified global optima of two-layer ReLU networks with weight decay.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tolerable(gap: float | None) -> float | None:
    if gap is not None and not gap >= 0:
        raise typer.BadParameter(f"{gap} is not a number from 0 on")
    return gap


def _patience(seconds: float | None) -> float | None:
    if seconds is not None and not seconds >= 0:
        raise typer.BadParameter(f"{seconds} is not a number of seconds from 0 on")
    return seconds


class BiasKind(Enum):
    """Names of the output biases on the command line."""

    NONE = "none"
    FREE = "free"
    DECAYED = "decayed"


class Reduction(Enum):
    """Reductions of PyTorch's MSELoss."""

    MEAN = "mean"
    SUM = "sum"


_T = TypeVar("_T")
_STATE_DICTS = (".safetensors", ".pt", ".pth")
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
        exists=True,
        dir_okay=False,
        help="NPZ with arrays hidden (m, d) and output (m,), or a PyTorch state dict "
        "(.safetensors, .pt).",
    ),
]
Target = Annotated[str, typer.Option(help="Column of the targets, by name or number.")]
Beta = Annotated[
    str, typer.Option(help="Weight decay: beta/2 times the sum of all squared weights.")
]
MaybeBeta = Annotated[
    str | None,
    typer.Option("--beta", help="Weight decay: beta/2 times the sum of all squared weights."),
]
WeightDecay = Annotated[
    str | None, typer.Option(help="PyTorch's weight decay, for a PyTorch model.")
]
ReductionOption = Annotated[
    Reduction | None,
    typer.Option(help="Reduction of PyTorch's MSELoss, with --weight-decay (default: mean)."),
]
BestOut = Annotated[Path | None, typer.Option(help="NPZ file to write the best network found to.")]
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
    typer.Option(
        "--max-gap",
        callback=_tolerable,
        help="Exit with 1 when the relative gap is larger than this.",
    ),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        callback=_patience,
        help="Seconds for the search; then the bounds so far are the answer, and the exit code 3. "
        "Listing patterns is not limited.",
    ),
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
    time_limit: TimeLimit = None,
    as_json: Json = False,
) -> None:
    """Find the globally optimal network, with a bound on every network.

    The bound is proved over listed patterns up to 2,000 of them (Cover's bound), or when a
    claim is wanted; above that it is rigorous, and nothing is listed.  Ctrl-C ends the search
    and keeps what was found.

    Example: `convex-program solve data.csv --target y --bias --beta 0.1`
    """
    with _session() as session:
        check_outputs({"--claim": claim, "--network": network}, [data])
        decay = _number("--beta", beta)
        table, targets = _table(data, target, columns, as_float=as_float)
        problem = _problem(table, targets, decay, output_bias, bias=bias)
        patterns = _patterns(problem, claim, session)
        solver = _solver(time_limit)
        best = global_optimum(problem, patterns=patterns, solver=solver, progress=session.listen)
        if network is not None:
            save_network(best.network, network)
        _answer(best, best.summary(), claim, as_json=as_json)
    _explain_stop(best)
    _enforce(best.relative_gap, max_gap)


@app.command()
def certify(
    network: NetworkFile,
    data: DataFile,
    *,
    target: Target,
    beta: MaybeBeta = None,
    weight_decay: WeightDecay = None,
    reduction: ReductionOption = None,
    columns: Columns = None,
    bias: Bias = False,
    output_bias: OutBias = BiasKind.NONE,
    as_float: AsFloat = False,
    claim: ClaimOut = None,
    best_network: BestOut = None,
    max_gap: MaxGap = None,
    time_limit: TimeLimit = None,
    as_json: Json = False,
) -> None:
    """Say how far a trained network is from the global optimum, with a proof.

    Ctrl-C while the optimum is sought keeps the bound proved so far.

    Example: `convex-program certify net.npz data.csv --target y --bias --beta 0.1`

    Example: `convex-program certify model.pt data.csv --target y --weight-decay 1e-3`
    """
    with _session() as session:
        check_outputs({"--claim": claim, "--best-network": best_network}, [network, data])
        decay = _one_decay(beta, weight_decay)
        if reduction is not None and weight_decay is None:
            raise ArgumentError("--reduction goes with --weight-decay; --beta is our own scaling")
        table, targets = _table(data, target, columns, as_float=as_float)
        if network.suffix.lower() in _STATE_DICTS:
            if bias or output_bias is not BiasKind.NONE:
                raise ArgumentError(
                    "--bias and --output-bias: a PyTorch model says itself which biases it has"
                )
            if beta is not None:
                # Our own scaling is that of a summed loss with weight decay 2 beta.
                decay, reduction = 2 * decay, Reduction.SUM
            trained, problem = from_torch(
                _read(load_state_dict, network),
                table.matrix,
                targets,
                weight_decay=decay,
                reduction=(reduction or Reduction.MEAN).value,
            )
        else:
            if weight_decay is not None:
                raise ArgumentError("--weight-decay is PyTorch's; for an NPZ network give --beta")
            trained = _read(load_network, network)
            problem = _problem(table, targets, decay, output_bias, bias=bias)
        problem.admit(trained)
        patterns = _patterns(problem, claim, session)
        solver = _solver(time_limit)
        result: Bracket = own_bracket(
            trained, problem, patterns, solver=solver, progress=session.listen
        )
        try:
            verdict = conclude(result, patterns=patterns, solver=solver, progress=session.listen)
        except KeyboardInterrupt:
            _answer(result, result.summary(), claim, as_json=as_json)
            session.keep(f"what stands above is {result.level.value}")
            raise
        if best_network is not None:
            save_network(verdict.best.network, best_network)
        _answer(verdict, verdict.summary(), claim, as_json=as_json)
    _explain_stop(verdict.best)
    _enforce(verdict.relative_gap, max_gap)


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
        if as_json:
            print_json(
                {
                    "upper": round_up(found.upper),
                    "lower": round_down(found.lower),
                    "relative_gap": found.relative_gap,
                    "level": found.level.value,
                    "patterns": found.patterns,
                }
            )
        else:
            typer.echo(f"The claim holds: {found.level.value} over {found.patterns:,} patterns.")
            typer.echo(f"Objective of the network  {round_up(found.upper):.12g}")
            typer.echo(f"No network is below       {round_down(found.lower):.12g}")
            typer.echo(f"Relative gap              {found.relative_gap:.3g}")
    _enforce(found.relative_gap, max_gap)


def _patterns(
    problem: TrainingProblem, claim: Path | None, session: Session
) -> ar.CompletePatterns | None:
    """List the patterns where they are few, or where a claim, which needs a proof, is wanted."""
    if claim is None and isinstance(chosen_solver(problem, None), DirectSolver):
        return None
    return ar.enumerate_patterns(problem.arrangement, progress=session.listen)


def _solver(time_limit: float | None) -> Auto:
    return Auto(direct=WorkingSet(time_limit=time_limit))


def _explain_stop(best: GlobalOptimum) -> None:
    """Leave with the code of what ended the search, if anything did; the answer stands above."""
    if best.stopped:
        interrupted = best.status is DirectStatus.INTERRUPTED
        why = "stopped" if interrupted else "the time limit was reached"
        typer.echo(f"{why}; what stands above is {best.level.value}", err=True)
        raise typer.Exit(Exit.INTERRUPTED if interrupted else Exit.LIMIT)


def _session() -> Session:
    return Session(refusals=[ConvexProgramError], misuse=[ArgumentError])


def _table(
    data: Path, target: str, columns: str | None, *, as_float: bool
) -> tuple[ar.Table, tuple[Fraction, ...]]:
    return ar.read_table(data, as_float=as_float).split(target, column_names(columns))


def _read(loader: Callable[[Path], _T], path: Path) -> _T:
    """Read a network; a bad file is refused (1), as bad data are, and is not misuse (2)."""
    try:
        return loader(path)
    except ArgumentError as error:
        raise ConvexProgramError(str(error)) from None


def _problem(
    table: ar.Table,
    targets: tuple[Fraction, ...],
    beta: Fraction,
    output_bias: BiasKind,
    *,
    bias: bool,
) -> TrainingProblem:
    features = table.with_bias() if bias else table
    return TrainingProblem(features.matrix, targets, beta, output_bias=_BIASES[output_bias])


def _one_decay(beta: str | None, weight_decay: str | None) -> Fraction:
    if (beta is None) == (weight_decay is None):
        raise ArgumentError("give one of --beta (our scaling) and --weight-decay (PyTorch's)")
    if beta is not None:
        return _number("--beta", beta)
    return _number("--weight-decay", str(weight_decay))


def _number(option: str, text: str) -> Fraction:
    try:
        value = ar.decimal_value(text)
    except ValueError as error:
        raise ArgumentError(f"{option}: {error}") from None
    if value <= 0:
        raise ArgumentError(f"{option} = {text} must be positive")
    return value


def _answer(result: Bracket, summary: str, claim: Path | None, *, as_json: bool) -> None:
    if claim is not None:
        save_claim(result.claim(), claim)
    if as_json:
        print_json(result.to_json())
        return
    typer.echo(summary)
    if claim is not None:
        typer.echo(f"claim written to {claim}")


def _enforce(gap: float, max_gap: float | None) -> None:
    if max_gap is not None and gap > max_gap:
        typer.echo(f"relative gap {gap:.3g} is larger than {max_gap:g}", err=True)
        raise typer.Exit(Exit.REFUSED)

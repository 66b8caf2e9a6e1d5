"""The commands of ``convex-program``."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

import arrangements as ar
from arrangements.cli import Session, check_outputs, print_json
from convex_program.bracket import Bracket
from convex_program.certify import conclude, own_bracket
from convex_program.cli.common import (
    BIASES,
    enforce_gap,
    leave_stopped,
    new_session,
    positive_number,
    read_data,
    read_network,
    solver_within,
)
from convex_program.cli.options import (
    AsFloat,
    BestOut,
    Beta,
    Bias,
    BiasKind,
    ClaimOut,
    Columns,
    DataFile,
    Json,
    MaxGap,
    MaybeBeta,
    NetworkFile,
    NetworkOut,
    OutBias,
    Reduction,
    ReductionOption,
    Target,
    TimeLimit,
    WeightDecay,
)
from convex_program.cli.path import path
from convex_program.errors import ArgumentError
from convex_program.importers import from_torch, load_state_dict
from convex_program.io import load_claim, load_network, save_claim, save_network
from convex_program.optimum import GlobalOptimum, global_optimum
from convex_program.problem import TrainingProblem
from convex_program.rounding import round_down, round_up
from convex_program.solution import Status
from convex_program.verify import verify as verify_claim

app = typer.Typer(
    name="convex-program",
    help="Certified global optima of two-layer ReLU networks with weight decay.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

_STATE_DICTS = (".safetensors", ".pt", ".pth")


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
    with new_session() as session:
        check_outputs({"--claim": claim, "--network": network}, [data])
        decay = positive_number("--beta", beta)
        table, targets = read_data(data, target, columns, as_float=as_float)
        problem = _problem(table, targets, decay, output_bias, bias=bias)
        patterns = _patterns(problem, claim, session)
        solver = solver_within(time_limit)
        best = global_optimum(problem, patterns=patterns, solver=solver, progress=session.listen)
        if network is not None:
            save_network(best.network, network)
        _answer(best, best.summary(), claim, as_json=as_json)
    _explain_stop(best)
    enforce_gap(best.relative_gap, max_gap)


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
    with new_session() as session:
        check_outputs({"--claim": claim, "--best-network": best_network}, [network, data])
        decay = _one_decay(beta, weight_decay)
        if reduction is not None and weight_decay is None:
            raise ArgumentError("--reduction goes with --weight-decay; --beta is our own scaling")
        table, targets = read_data(data, target, columns, as_float=as_float)
        if network.suffix.lower() in _STATE_DICTS:
            if bias or output_bias is not BiasKind.NONE:
                raise ArgumentError(
                    "--bias and --output-bias: a PyTorch model says itself which biases it has"
                )
            if beta is not None:
                # Our own scaling is that of a summed loss with weight decay 2 beta.
                decay, reduction = 2 * decay, Reduction.SUM
            trained, problem = from_torch(
                read_network(load_state_dict, network),
                table.matrix,
                targets,
                weight_decay=decay,
                reduction=(reduction or Reduction.MEAN).value,
            )
        else:
            if weight_decay is not None:
                raise ArgumentError("--weight-decay is PyTorch's; for an NPZ network give --beta")
            trained = read_network(load_network, network)
            problem = _problem(table, targets, decay, output_bias, bias=bias)
        problem.admit(trained)
        patterns = _patterns(problem, claim, session)
        solver = solver_within(time_limit)
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
    enforce_gap(verdict.relative_gap, max_gap)


app.command()(path)


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
    with new_session():
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
    enforce_gap(found.relative_gap, max_gap)


def _patterns(
    problem: TrainingProblem, claim: Path | None, session: Session
) -> ar.CompletePatterns | None:
    """List the patterns where they are few, or where a claim, which needs a proof, is wanted."""
    if claim is None:
        return None
    return ar.enumerate_patterns(problem.arrangement, progress=session.listen)


def _explain_stop(best: GlobalOptimum) -> None:
    """Leave with the code of what ended the search, if anything did; the answer stands above."""
    if best.stopped:
        leave_stopped(
            interrupted=best.status is Status.INTERRUPTED,
            stands=f"what stands above is {best.level.value}",
        )


def _problem(
    table: ar.Table,
    targets: tuple[Fraction, ...],
    beta: Fraction,
    output_bias: BiasKind,
    *,
    bias: bool,
) -> TrainingProblem:
    features = table.with_bias() if bias else table
    return TrainingProblem(features.matrix, targets, beta, output_bias=BIASES[output_bias])


def _one_decay(beta: str | None, weight_decay: str | None) -> Fraction:
    if (beta is None) == (weight_decay is None):
        raise ArgumentError("give one of --beta (our scaling) and --weight-decay (PyTorch's)")
    if beta is not None:
        return positive_number("--beta", beta)
    return positive_number("--weight-decay", str(weight_decay))


def _answer(result: Bracket, summary: str, claim: Path | None, *, as_json: bool) -> None:
    if claim is not None:
        save_claim(result.claim(), claim)
    if as_json:
        print_json(result.to_json())
        return
    typer.echo(summary)
    if claim is not None:
        typer.echo(f"claim written to {claim}")

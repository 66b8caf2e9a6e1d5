"""The commands of ``convex-program``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from arrangements.cli import DataFile, Exit, check_outputs, grouped, print_json, version
from convex_program.bracket import Bracket
from convex_program.certify import conclude, own_bracket
from convex_program.claim import Level as BoundLevel
from convex_program.cli.common import (
    enforce_gap,
    leave_stopped,
    new_session,
    number,
    read_network,
    solver_within,
)
from convex_program.cli.options import (
    BestOut,
    Beta,
    BiasKind,
    ClaimOut,
    HiddenBiasKind,
    Json,
    MaxGap,
    MaybeBeta,
    NetworkFile,
    NetworkOut,
    Reduction,
    ReductionOption,
    ReportOut,
    Target,
    TimeLimit,
    WeightDecay,
)
from convex_program.cli.path import path
from convex_program.cli.robust import robust, worst
from convex_program.cli.rows import RowOptions, Rows
from convex_program.cli.setting import Setting, SettingOptions
from convex_program.cli.verify import verify
from convex_program.errors import ArgumentError, ConvexProgramError
from convex_program.importers import from_torch, load_state_dict
from convex_program.interpolation import InterpolatingOptimum
from convex_program.io import load_network, save_claim, save_network
from convex_program.losses import SoftmaxCrossEntropy, Squared
from convex_program.network import Network
from convex_program.optimum import GlobalOptimum, global_optimum
from convex_program.report import save_report
from convex_program.solution import Status
from convex_program.undecayed import (
    UndecayedOptimum,
    UndecayedVerdict,
    certify_undecayed,
)

app = typer.Typer(
    name="convex-program",
    help="Certified global optima of two-layer networks with weight decay.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.callback()(version)

_STATE_DICTS = (".safetensors", ".pt", ".pth")


@app.command()
@grouped
def solve(
    data: DataFile,
    *,
    target: Target,
    beta: Beta,
    settings: SettingOptions,
    options: RowOptions,
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

    Example: `convex-program solve data.csv --target kind --loss logistic --beta 0.1`

    Example: `convex-program solve data.csv --target y1,y2 --beta 0.1`
    """
    with new_session() as session:
        check_outputs({"--claim": claim, "--network": network}, [data])
        number("--beta", beta)
        setting = settings.read()
        rows = options.read(data, target, setting)
        problem = rows.problem(beta, setting)
        decayed = problem.exact_beta != 0
        best = global_optimum(
            problem,
            level=_level(claim) if decayed else None,
            solver=solver_within(time_limit) if decayed else None,
            progress=session.listen,
        )
        if isinstance(best, UndecayedOptimum):
            _without_decay(best, best.network, network, claim, as_json=as_json)
            enforce_gap(best.relative_gap, max_gap)
            return
        if network is not None:
            save_network(best.network, network)
        _answer(best, best.summary(), claim, rows, setting, as_json=as_json)
    _explain_stop(best)
    _refuse_unproved(best, claim)
    enforce_gap(best.relative_gap, max_gap)


@app.command()
@grouped
def certify(
    network: NetworkFile,
    data: DataFile,
    *,
    target: Target,
    beta: MaybeBeta = None,
    weight_decay: WeightDecay = None,
    reduction: ReductionOption = None,
    settings: SettingOptions,
    options: RowOptions,
    claim: ClaimOut = None,
    best_network: BestOut = None,
    report: ReportOut = None,
    max_gap: MaxGap = None,
    time_limit: TimeLimit = None,
    as_json: Json = False,
) -> None:
    """Say how far a trained network is from the global optimum, with a proof.

    Ctrl-C while the optimum is sought keeps the bound proved so far.

    Example: `convex-program certify net.npz data.csv --target y --bias --beta 0.1`

    Example: `convex-program certify model.pt data.csv --target y --weight-decay 1e-3`

    With --weight-decay the loss is PyTorch's: squared is MSELoss, huber HuberLoss, absolute
    L1Loss, logistic BCEWithLogitsLoss.  Biases trained without decay: `--hidden-bias free
    --output-bias free`.
    """
    with new_session() as session:
        outputs = {"--claim": claim, "--best-network": best_network, "--report": report}
        check_outputs(outputs, [network, data])
        _one_decay(beta, weight_decay)
        if reduction is not None and weight_decay is None:
            raise ArgumentError("--reduction goes with --weight-decay; --beta is our own scaling")
        setting = settings.read()
        rows = options.read(data, target, setting)
        if network.suffix.lower() in _STATE_DICTS:
            if options.bias:
                raise ArgumentError("--bias: a PyTorch model says itself which biases it has")
            scaling = _own(beta, setting) if beta else _theirs(weight_decay, reduction, setting)
            state = read_network(load_state_dict, network)
            trained, problem = from_torch(
                state,
                rows.table.matrix,
                rows.targets,
                activation=setting.activation,
                hidden_bias=None
                if settings.hidden_bias is HiddenBiasKind.DECAYED
                else setting.hidden_bias,
                output_bias=None if settings.output_bias is BiasKind.NONE else setting.output_bias,
                sample_weight=rows.weights,
                **scaling,
            )
        else:
            if beta is None:
                raise ArgumentError("--weight-decay is PyTorch's; for an NPZ network give --beta")
            trained = replace(read_network(load_network, network), activation=setting.activation)
            problem = rows.problem(beta, setting)
        problem.admit(trained)
        if problem.exact_beta == 0:
            if report is not None:
                raise ArgumentError(
                    "--report: with --beta 0 the answer is a few lines; there is no page"
                )
            judged = certify_undecayed(trained, problem)
            best_reached = judged.optimum.network
            _without_decay(judged, best_reached, best_network, claim, as_json=as_json)
            enforce_gap(judged.relative_gap, max_gap)
            return
        solver = solver_within(time_limit)
        result: Bracket = own_bracket(trained, problem, solver=solver, progress=session.listen)
        try:
            verdict = conclude(result, level=_level(claim), solver=solver, progress=session.listen)
        except KeyboardInterrupt:
            _answer(result, result.summary(), claim, rows, setting, as_json=as_json)
            session.keep(f"what stands above is {result.level.value}")
            raise
        if best_network is not None:
            save_network(verdict.best.network, best_network)
        _answer(verdict, verdict.summary(), claim, rows, setting, as_json=as_json)
        if report is not None:
            proved = verdict.level is BoundLevel.PROVED
            save_report(verdict, report, claim=claim if proved else None)
            if not as_json:
                typer.echo(f"report written to {report}")
    _explain_stop(verdict.best)
    _refuse_unproved(verdict, claim)
    enforce_gap(verdict.relative_gap, max_gap)


app.command()(grouped(path))


app.command("worst-case")(grouped(worst))


app.command()(grouped(robust))


app.command()(grouped(verify))


def _level(claim: Path | None) -> BoundLevel | None:
    """Return the level that is wanted: a claim needs a proof."""
    return None if claim is None else BoundLevel.PROVED


def _without_decay(
    result: UndecayedOptimum | UndecayedVerdict,
    best: Network | None,
    path: Path | None,
    claim: Path | None,
    *,
    as_json: bool,
) -> None:
    """Answer for beta = 0: exact, and without a claim file."""
    if claim is not None:
        raise ArgumentError("--claim: with --beta 0 the answer is exact, but has no claim file yet")
    if path is not None:
        if best is None:
            raise ConvexProgramError(f"{path} is not written: no network of floats is at hand")
        save_network(best, path)
    if as_json:
        print_json(result.to_json())
    else:
        typer.echo(result.summary())


def _explain_stop(best: GlobalOptimum | InterpolatingOptimum) -> None:
    """Leave with the code of what ended the search, if anything did; the answer stands above."""
    if best.stopped:
        leave_stopped(
            interrupted=best.status is Status.INTERRUPTED,
            stands=f"what stands above is {best.level.value}",
        )


def _one_decay(beta: str | None, weight_decay: str | None) -> None:
    if (beta is None) == (weight_decay is None):
        raise ArgumentError("give one of --beta (our scaling) and --weight-decay (PyTorch's)")
    if beta is not None:
        number("--beta", beta)
    else:
        number("--weight-decay", str(weight_decay))


def _own(beta: str, setting: Setting) -> dict[str, Any]:
    """Return our own scaling: a sum of our loss."""
    decay = number("--beta", beta)
    return {"loss": setting.loss, "weight_decay": decay, "reduction": Reduction.SUM.value}


_NAMED = {Squared.name: "mse", SoftmaxCrossEntropy.name: "cross_entropy"}
"""PyTorch's names of losses that it scales, or reads, in its own way."""


def _theirs(
    weight_decay: str | None, reduction: Reduction | None, setting: Setting
) -> dict[str, Any]:
    """Return PyTorch's scaling: a sum or mean, of whole squares."""
    return {
        "loss": _NAMED.get(setting.loss.name, setting.loss),
        "weight_decay": number("--weight-decay", str(weight_decay)),
        "reduction": (reduction or Reduction.MEAN).value,
    }


def _saved(result: Bracket, path: Path | None) -> bool:
    """Write the claim if one is wanted and the bound is proved."""
    if path is None or result.level is not BoundLevel.PROVED:
        return False
    save_claim(result.claim(), path)
    return True


def _refuse_unproved(result: Bracket, claim: Path | None) -> None:
    """Leave with 1 when a claim was wanted and the proof came to no end."""
    if claim is not None and result.level is not BoundLevel.PROVED:
        raise typer.Exit(Exit.REFUSED)


def _answer(
    result: Bracket,
    summary: str,
    claim: Path | None,
    rows: Rows,
    setting: Setting,
    *,
    as_json: bool,
) -> None:
    saved = _saved(result, claim)
    if claim is not None and not saved:
        typer.echo(f"{claim} is not written: the bound is rigorous, not proved", err=True)
    if as_json:
        problem = result.problem
        what = {"loss": problem.loss.name, "objective": problem.objective_text}
        print_json({**what, "classes": list(rows.classes), **result.to_json()})
        return
    typer.echo("\n".join(filter(None, [rows.labels(setting), summary])))
    if saved:
        typer.echo(f"claim written to {claim}")

"""The front door of a path: which betas, then one certified optimum after the other."""

from __future__ import annotations

import math
import operator
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import arrangements as ar
from convex_program.activations import Activation, ReLU
from convex_program.bracket import Bracket
from convex_program.claim import Level
from convex_program.errors import ArgumentError
from convex_program.evidence import require_complete
from convex_program.hidden_bias import DecayedHiddenBias, HiddenBias
from convex_program.io.claims import save_claim
from convex_program.losses import Loss, Squared
from convex_program.network import Network
from convex_program.optimum import (
    GlobalOptimum,
    checked_level,
    checked_solver,
    decayed_optimum,
    refuse_for_outputs,
    starting_point,
)
from convex_program.output_bias import DecayedBias, FreeBias, NoBias, OutputBias
from convex_program.path.record import RegularizationPath
from convex_program.pricing import AutoPricing
from convex_program.problem import TrainingProblem
from convex_program.solution import Status
from convex_program.solvers import Solver
from convex_program.threshold import beta_max

_COUNT = 20
_SMALLEST = 0.01


def regularization_path(
    X: Any,
    y: Any,
    betas: Iterable[Any] | None = None,
    *,
    count: int | None = None,
    smallest: float | None = None,
    loss: Loss | None = None,
    activation: Activation | None = None,
    hidden_bias: HiddenBias | None = None,
    output_bias: OutputBias | None = None,
    sample_weight: Any = None,
    patterns: ar.CompletePatterns | None = None,
    level: Level | None = None,
    claims: str | Path | None = None,
    solver: Solver | None = None,
    start: Network | Bracket | None = None,
    progress: ar.Listener = ar.session_listener,
) -> RegularizationPath:
    """Solve a training problem to global optimality for decreasing weight decays.

    Parameters
    ----------
    X, y, loss, activation, hidden_bias, output_bias, sample_weight
        As in `TrainingProblem`.
    betas : iterable of numbers or texts, optional
        Positive and distinct, in any order, read exactly.  By default a geometric grid from
        `beta_max`, where the network without neurons is optimal, down to a part of it.
    count : int, optional
        Values on that grid; 20 by default.
    smallest : float, optional
        The smallest of them as a part of `beta_max`; 0.01 by default.
    patterns, level, solver
        As in `global_optimum`.  Where patterns are listed they are listed once.
    claims : str or Path, optional
        A folder, made if it is missing: each bound is then proved, and its claim written there as
        ``beta-0000.claim`` for the largest beta and so on, as soon as it is known.  Files of these
        names are replaced.  A bound that stays rigorous has no file.
    start : Network or Bracket, optional
        Where to begin at the largest beta, as in `global_optimum`.
    progress : Listener, optional
        Called after every beta with the stage "path", and by what happens in between.

    Returns
    -------
    RegularizationPath
        A `GlobalOptimum` for every beta, the largest first.

    Raises
    ------
    ArgumentError
        When an argument is wrong, before any work; when there is no default grid because
        no neuron pays at any beta.
    SolverError
        When a solver over a list returned nothing usable.

    Examples
    --------
    >>> import convex_program as cx
    >>> path = cx.regularization_path([[-1.0], [1.0]], [1.0, 2.0], [2.0, 1.0, 0.5])
    >>> path.upper.round(6).tolist()
    [2.5, 2.0, 1.25]

    Notes
    -----
    *Algorithm.* A working set begins each beta where the one before it ended: the neurons are
    weighed anew, and new ones are sought first where the last search found candidates.

    *Exactness.* Each optimum is certified for itself, as by `global_optimum`; where it began
    decides nothing.

    *Stopping.* Ctrl-C returns what is done, the search in progress included when the solver
    keeps its bounds; `RegularizationPath.status` says so.  Before the first optimum there is
    nothing to return, and it interrupts as usual.  ``WorkingSet(time_limit=60)`` limits the
    search for each beta, and that for the default grid, and the path goes on after it.

    *Cost.* A third of the Newton steps and less ascent: a tenth to a half of the time is
    saved.  The pricing pass that proves each bound is as long as without a start.

    With `DecayedBias` the weight decay from which on no neuron pays depends on itself: the default
    grid begins at a bound of it for the squared loss without sample weights, and at what the same
    formula gives for others, where the first networks may have neurons.
    """
    problem = TrainingProblem(
        X,
        y,
        1,
        loss=Squared() if loss is None else loss,
        activation=ReLU() if activation is None else activation,
        hidden_bias=DecayedHiddenBias() if hidden_bias is None else hidden_bias,
        output_bias=NoBias() if output_bias is None else output_bias,
        sample_weight=sample_weight,
    )
    given = _given(problem, betas, count, smallest)
    parts = _parts(count, smallest)
    chosen = checked_solver(problem, solver)
    if claims is not None:
        level = Level.PROVED if level is None and patterns is None else level
        folder = _folder(claims)
    else:
        folder = None
    checked_level(level, patterns)
    refuse_for_outputs(problem, patterns)
    if start is not None:
        starting_point(problem, start, chosen)
    if patterns is None and level is None and chosen.listing(problem):
        patterns = ar.enumerate_patterns(problem.arrangement, progress=progress)
    if patterns is not None:
        require_complete(patterns, problem.arrangement)
    problems = _on_grid(problem, parts, patterns, chosen, progress) if given is None else given
    return _follow(problems, patterns, level, chosen, start=start, folder=folder, progress=progress)


def _follow(
    problems: list[TrainingProblem],
    patterns: ar.CompletePatterns | None,
    level: Level | None,
    solver: Solver,
    *,
    start: Network | Bracket | None,
    folder: Path | None,
    progress: ar.Listener,
) -> RegularizationPath:
    """Solve one after the other until all are done or Ctrl-C is pressed."""
    began = time.perf_counter()
    optima: list[GlobalOptimum] = []
    try:
        with ar.ending_stages(progress) as listener:
            for problem in problems:
                best = decayed_optimum(
                    problem,
                    patterns=patterns,
                    level=level,
                    solver=solver,
                    start=start if solver.begins else None,
                    progress=progress,
                )
                start = best
                if folder is not None and best.level is Level.PROVED:
                    save_claim(
                        best.claim(progress=progress), folder / f"beta-{len(optima):04d}.claim"
                    )
                optima.append(best)
                listener(_event(optima, len(problems), time.perf_counter() - began))
                if best.status is Status.INTERRUPTED:
                    break
    except KeyboardInterrupt:
        if not optima:
            raise
    return RegularizationPath(
        tuple(optima), tuple(problem.decay for problem in problems[len(optima) :])
    )


def _folder(claims: str | Path) -> Path:
    """Return the folder, made if it is missing."""
    folder = Path(claims)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(
            f"claims = {str(claims)!r}: no folder can be made there ({error})"
        ) from None
    return folder


def _event(optima: list[GlobalOptimum], total: int, seconds: float) -> ar.Progress:
    best = optima[-1]
    return ar.Progress(
        stage="path",
        done=len(optima),
        total=total,
        noun="values of beta",
        seconds=seconds,
        note=f"beta {best.problem.decay:.4g}, {len(best.network.active())} neurons, "
        f"gap {best.relative_gap:.1e}",
    )


def _given(
    problem: TrainingProblem, betas: Iterable[Any] | None, count: int | None, smallest: float | None
) -> list[TrainingProblem] | None:
    """Return a problem for each beta that was given, the largest first."""
    if betas is None:
        return None
    if count is not None or smallest is not None:
        raise ArgumentError("betas: count and smallest make the grid when betas are not given")
    if isinstance(betas, (str, bytes)) or not isinstance(betas, Iterable):
        raise ArgumentError(
            f"betas = {betas!r} is not a sequence of numbers; for one beta there is global_optimum"
        )
    problems = []
    for index, beta in enumerate(betas):
        try:
            problems.append(replace(problem, beta=beta))
        except ArgumentError as error:
            raise ArgumentError(f"betas[{index}]: {error}") from None
        if not problems[-1].exact_beta:
            raise ArgumentError(
                f"betas[{index}]: beta = {beta}; a path goes through positive values"
            )
    if not problems:
        raise ArgumentError("betas is empty; give one value or more, or None for the default grid")
    problems.sort(key=lambda one: one.exact_beta, reverse=True)
    for one, other in pairwise(problems):
        if one.exact_beta == other.exact_beta:
            raise ArgumentError(f"betas holds {one.decay:g} twice; give every value once")
    return problems


def _parts(count: int | None, smallest: float | None) -> list[float]:
    """Return the default grid as parts of its largest value."""
    try:
        number = _COUNT if count is None else operator.index(count)
    except TypeError:
        raise ArgumentError(f"count = {count!r} is not a whole number") from None
    if number < 1:
        raise ArgumentError(f"count = {number}, but a path has at least one beta")
    least = _SMALLEST if smallest is None else smallest
    if not (isinstance(least, (int, float)) and 0 < least < 1):
        raise ArgumentError(
            f"smallest = {least!r}: give the smallest beta as a part of the largest, a number "
            "between 0 and 1"
        )
    return [float(least) ** (k / max(1, number - 1)) for k in range(number)]


def _on_grid(
    problem: TrainingProblem,
    parts: list[float],
    patterns: ar.CompletePatterns | None,
    solver: Solver,
    progress: ar.Listener,
) -> list[TrainingProblem]:
    """Return a problem for each beta of the default grid, the largest first."""
    largest = _largest(problem, patterns, solver.time_limit, progress)
    if largest == 0.0:
        raise ArgumentError(
            "betas: the network without neurons is optimal for every beta, so there is no grid; "
            "give betas"
        )
    return [replace(problem, beta=largest * part) for part in parts]


def _largest(
    problem: TrainingProblem,
    patterns: ar.CompletePatterns | None,
    seconds: float | None,
    progress: ar.Listener,
) -> float:
    """Return a weight decay from which on no neuron pays: the least one, up to rounding.

    Notes
    -----
    Where the time is up before it is known, a larger one: the first networks have no neurons then.

    With a decayed bias it is a bound of the least one, for the squared loss without sample
    weights; for others the grid begins there, too, but nothing is claimed.  Without neurons the residual is
    ``v = (1 - s)(y - mean) + s y`` with s = beta / (n + beta).  Let h be the price
    ``max |v.(Xu)_+|``, a norm of v.  No neuron pays where h(v) <= beta, hence where
    ``n h(y - mean) + beta h(y) <= beta (n + beta)``, a quadratic inequality.
    """

    def threshold(bias: OutputBias) -> float:
        return beta_max(
            problem.data,
            problem.y,
            patterns=patterns,
            loss=problem.loss,
            activation=problem.activation,
            hidden_bias=problem.hidden_bias,
            output_bias=bias,
            sample_weight=problem.sample_weight,
            pricing=AutoPricing(tolerance=1e-12, time_limit=seconds)
            if patterns is None and problem.outputs == 1
            else None,
            progress=progress,
        )

    if not isinstance(problem.output_bias, DecayedBias):
        return threshold(problem.output_bias)
    n = problem.data.shape[0]
    centred, plain = threshold(FreeBias()), threshold(NoBias())
    half = (n - plain) / 2
    root = math.hypot(half, math.sqrt(n) * math.sqrt(centred))
    largest = n * (centred / (half + root)) if half > 0 else root - half
    return largest * (1 + 1e-12)

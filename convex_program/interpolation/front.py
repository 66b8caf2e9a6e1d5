"""Front door for problems that allow no error.

The dual is ``max <v, y>`` subject to ``h(v) <= beta``: a loss with kinks like others, whose interval
has no end.  So the same proximal steps lead to it (`convex_program.solvers.approach`).
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.blas import one_blas_thread
from convex_program.certificate import Certificate
from convex_program.clock import Clock, OutOfTime
from convex_program.dual import certify_dual, certify_rigorously
from convex_program.errors import ArgumentError
from convex_program.interpolation.correction import correction_of
from convex_program.interpolation.record import InterpolatingOptimum
from convex_program.losses import Squared
from convex_program.network import Network
from convex_program.pricing import AutoPricing, priced_rows
from convex_program.problem import TrainingProblem
from convex_program.solution import Status
from convex_program.solvers import Auto
from convex_program.solvers.approach import STEP_GAP, Approach
from convex_program.solvers.search import Search
from convex_program.undecayed import UndecayedOptimum, undecayed_optimum

_STEPS, _STARTS = 40, 64
_FIRST = 0.01
"""First width, as a part of the one at which networks vanish."""
_MET = 1e-12
"""Distance to the targets, relative to the largest, at which nothing is left to gain."""
_NEAR = 1e-6
"""And from which on a step that does not come nearer is the last."""
_VIOLATED = 1e-7
"""Relative violation of the dual vector for which the steps go on."""
_ACCURATE = 1e-10
_PART = 0.8
"""Part of a time limit for the steps; the rest is for the bound."""


def interpolating_optimum(
    problem: TrainingProblem,
    *,
    patterns: ar.CompletePatterns | None = None,
    time_limit: float | None = None,
    progress: ar.Listener = ar.session_listener,
) -> InterpolatingOptimum | UndecayedOptimum:
    """Return the least weight of networks of any width that pass through the data.

    Parameters
    ----------
    problem : TrainingProblem
        With `Interpolation` and beta > 0, which is a factor only.
    patterns : CompletePatterns, optional
        All activation patterns: the bound is then proved over them.  Short lists are made anyway.
    time_limit : float, optional
        Seconds.
    progress : Listener, optional

    Returns
    -------
    InterpolatingOptimum
        Or, where no network passes through the data, an `UndecayedOptimum` that says which rows
        forbid it.

    Raises
    ------
    ArgumentError
        When the loss allows errors, or beta is 0.

    Notes
    -----
    *Algorithm.* Proximal steps on the dual, each a problem with a smooth loss; see above.

    *Exactness.* The upper bound is the weight of a network that passes through the data
    exactly, in rational arithmetic.  The lower bound is that of every certificate.

    *Cost.* About ten solves with a smooth loss, and a rational system as large as the number of rows.

    *Reference.* Rockafellar 1976 for proximal steps.

    Examples
    --------
    >>> from convex_program import Interpolation, TrainingProblem
    >>> best = interpolating_optimum(TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], 1, Interpolation()))
    >>> round(best.upper, 9), round(best.lower, 9)
    (3.0, 3.0)
    """
    if problem.loss.finite or not problem.exact_beta:
        raise ArgumentError(
            f"{problem!r}: least weights through the data are about loss=Interpolation() and beta > 0"
        )
    problem.require_one_output(
        "loss = Interpolation() is about one output", "use Squared() and a small beta"
    )
    clock = Clock(time_limit)
    reach = undecayed_optimum(replace(problem, beta=0))
    if not reach.is_finite:
        return reach
    network, dual, status = _approach(problem, clock)
    certificate = _certificate(problem, dual, patterns, clock, progress)
    correction = correction_of(problem, reach.space, network)
    return InterpolatingOptimum(network, certificate, correction, status)


def _approach(
    problem: TrainingProblem, clock: Clock
) -> tuple[Network, npt.NDArray[np.float64], Status]:
    """Take proximal steps until the targets are met; return the last network and dual vector."""
    used = problem.fit.weights > 0.0
    targets = problem.targets
    size = float(np.abs(targets[used]).max(initial=0.0))
    if size == 0.0:
        return problem.empty_network(), np.zeros(len(targets)), Status.SOLVED
    begin = partial(Search, gap=STEP_GAP, executor=None, starts=_STARTS)
    approach = Approach(problem, begin, width=_width(problem))
    before = np.inf
    deadline = clock.deadline(_PART)
    with one_blas_thread():
        for _ in range(_STEPS):
            approach.step(deadline)
            if time.perf_counter() >= deadline:
                return approach.network, approach.dual, Status.TIME_LIMIT
            missed = float(np.abs(targets - approach.network.forward(problem.data))[used].max())
            met = missed <= _MET * size
            if met or (missed >= before and missed <= _NEAR * size):
                # Ascent may have missed a narrow cone, which a price does not.
                violating = _violating(problem, approach.dual, clock)
                if not len(violating):
                    status = Status.SOLVED if met else Status.STALLED
                    return approach.network, approach.dual, status
                approach.meet(violating)
            before = missed
    return approach.network, approach.dual, Status.STALLED


def _violating(
    problem: TrainingProblem, dual: npt.NDArray[np.float64], clock: Clock
) -> npt.NDArray[np.float64]:
    """Return directions of neurons that a dual vector does not allow, (k, q)."""
    pricing = AutoPricing(tolerance=_ACCURATE, time_limit=clock.left())
    found = priced_rows(problem.gauge).price(
        pricing, problem.feasible(dual), floor=problem.decay * (1.0 + _VIOLATED)
    )
    return found.directions


def _width(problem: TrainingProblem) -> float:
    """Return a part of the width from which on the first step has the empty network."""
    squared = replace(problem, beta=1, loss=Squared())
    vector = squared.feasible(squared.residual(squared.empty_network()))
    price = priced_rows(squared.gauge).price(AutoPricing(1e-2), vector, enough=0.0)
    return _FIRST * (price.value or float(np.abs(vector).max()) or 1.0) / problem.decay


def _certificate(
    problem: TrainingProblem,
    dual: npt.NDArray[np.float64],
    patterns: ar.CompletePatterns | None,
    clock: Clock,
    progress: ar.Listener,
) -> Certificate:
    listener = clock.watching(progress)
    try:
        if patterns is None and Auto().listing(problem):
            patterns = ar.enumerate_patterns(problem.arrangement, progress=listener)
        if patterns is not None:
            return certify_dual(problem, patterns, dual, progress=listener)
    except OutOfTime:
        pass  # what pricing shows in no time at all is valid, too
    pricing = AutoPricing(tolerance=_ACCURATE, time_limit=clock.left())
    return certify_rigorously(problem, dual, pricing=pricing)

"""Front door for problems that allow no error.

Derivation.  The dual is ``max <v, y>`` subject to ``h(v) <= beta``.  Its proximal steps

    v_(k+1) = argmax  <v, y> - b/2 |v - v_k|^2   subject to  h(v) <= beta

are duals of training problems with the squared loss: with targets ``y + b v_k / beta'`` in units in
which beta is b.  So the solver for squared losses serves as it is.  The steps end after finitely many
where the optimum is a vertex and converge the faster the smaller b is; each step with a small b
is harder, so b falls only when the distance to the targets does not.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

import arrangements as ar
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
from convex_program.solution import Proposal, Status
from convex_program.solvers import Auto, WorkingSet
from convex_program.undecayed import UndecayedOptimum, space_of, undecayed_optimum

_STEPS = 40
_FIRST = 0.01
"""Weight decay of the first step, as a part of the one above which it would be zero."""
_LEAST = 1e-6
"""And of the last."""
_FALLING, _SLOW = 0.2, 0.1
_MET = 1e-12
"""Distance to the targets, relative to the largest, at which nothing is left to gain."""
_ACCURATE = 1e-10
_PART = 0.8
"""Part of a time limit for the steps; the rest is for the bound."""


def interpolating_optimum(
    problem: TrainingProblem,
    *,
    patterns: ar.CompletePatterns | None = None,
    time_limit: float | None = None,
    progress: ar.Listener = ar.silent,
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
    *Algorithm.* Proximal steps on the dual, each a squared-loss problem solved by `WorkingSet`; see
    the derivation above.

    *Exactness.* The upper bound is the weight of a network that passes through the data
    exactly, in rational arithmetic.  The lower bound is that of every certificate.

    *Cost.* About ten solves, and a rational system as large as the number of rows.

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
    clock = Clock(time_limit)
    reach = undecayed_optimum(replace(problem, beta=0))
    if not reach.is_finite:
        return reach
    network, dual, status = _approach(problem, clock, progress)
    certificate = _certificate(problem, dual, patterns, clock, progress)
    correction = correction_of(problem, space_of(problem), network)
    return InterpolatingOptimum(network, certificate, correction, status)


def _approach(
    problem: TrainingProblem, clock: Clock, progress: ar.Listener
) -> tuple[Network, npt.NDArray[np.float64], Status]:
    """Take proximal steps until the targets are met; return the last network and dual vector."""
    used = problem.fit.weights > 0.0
    targets = np.where(used, problem.targets, 0.0)
    size = float(np.abs(targets).max(initial=0.0))
    network, dual = problem.empty_network(), np.zeros(len(targets))
    if size == 0.0:
        return network, dual, Status.SOLVED
    first = _FIRST * _peak(problem, targets)
    decay, before = first, np.inf
    start: Proposal | None = None
    for _ in range(_STEPS):
        inner = replace(
            problem,
            y=targets + decay * dual,
            beta=decay,
            loss=Squared(),
            sample_weight=used.astype(float),
        )
        found = WorkingSet(_ACCURATE, time_limit=clock.left(_PART)).propose(
            inner, start=start, progress=progress
        )
        distance = np.where(used, targets - found.network.forward(problem.data), 0.0)
        missed = float(np.abs(distance).max())
        if found.status.stopped:
            return found.network, dual + distance / decay, found.status
        if missed >= before and decay <= _LEAST * first:
            return network, dual, Status.STALLED
        network, start = found.network, found
        dual = dual + distance / decay
        if missed <= _MET * size:
            return network, dual, Status.SOLVED
        if missed > _SLOW * before:
            decay = max(_FALLING * decay, _LEAST * first)
        before = missed
    return network, dual, Status.STALLED


def _peak(problem: TrainingProblem, targets: npt.NDArray[np.float64]) -> float:
    """Return about the weight decay from which on the squared loss has the empty network."""
    squared = replace(problem, y=targets, beta=1, loss=Squared(), sample_weight=None)
    vector = squared.feasible(squared.residual(squared.empty_network()))
    price = priced_rows(squared.gauge).price(AutoPricing(1e-2), vector, enough=0.0)
    return price.value or float(np.abs(vector).max()) or 1.0


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

"""Front doors: global optima and verdicts for parallel sub-networks of three layers."""

from __future__ import annotations

import time

import numpy as np

import arrangements as ar
from convex_program.dual import certified_by
from convex_program.errors import ArgumentError
from convex_program.pricing.reduction import ReducedRows
from convex_program.solvers import Auto
from convex_program.three_layer.network import ParallelNetwork
from convex_program.three_layer.pricing import MaskedBranchAndBound
from convex_program.three_layer.problem import ThreeLayerProblem
from convex_program.three_layer.record import ThreeLayerOptimum, ThreeLayerVerdict
from convex_program.three_layer.search import Search, of_two_layers, two_layer_optimum

_OWN = 0.2
"""Part of a time limit for the network's own residual."""


def three_layer_optimum(
    problem: ThreeLayerProblem,
    *,
    gap: float = 1e-6,
    time_limit: float | None = None,
    start: ParallelNetwork | None = None,
    progress: ar.Listener = ar.session_listener,
) -> ThreeLayerOptimum:
    """Solve for parallel sub-networks of three layers, with a bound on any number of them.

    Parameters
    ----------
    problem : ThreeLayerProblem
    gap : float
        Relative gap to reach.
    time_limit : float, optional
        Seconds; what was found until then stays valid.
    start : ParallelNetwork, optional
        A network to begin from, beside the optimum of two layers.
    progress : Listener

    Returns
    -------
    ThreeLayerOptimum

    Raises
    ------
    ArgumentError
        When the data span more than six dimensions, for sub-networks of two neurons.

    Notes
    -----
    *Algorithm.* Tuples of patterns are taken up where a sub-network puts out more than beta along the residual; over
    those taken up the training problem is a small conic program.  `MaskedBranchAndBound` finds the points and ends with
    the bound.  No tuple is listed.

    *Exactness.* The network's loss is a rational number, its cost rounded up; the bound is *rigorous*.

    *Cost.* Some ten programs and prices: a second where n is twenty, half a minute at a hundred.

    Examples
    --------
    >>> X = [[1.5, 0.8], [0.1, 0.9], [-1.3, -1.3], [0.3, -0.5], [0.8, -0.6]]
    >>> problem = ThreeLayerProblem(X, [0.4, 0.4, 0.7, -1.2, -0.7], beta="0.05")
    >>> best = three_layer_optimum(problem)
    >>> round(best.upper, 6), round(best.two_layers.upper, 6), best.relative_gap < 1e-6
    (0.254311, 0.276798, True)
    """
    _check(problem, gap, time_limit)
    if start is not None:
        problem.admit(start)
    kind = problem.regularizer
    if problem.width == 1:
        began = time.perf_counter()
        best = two_layer_optimum(problem, time_limit)
        return ThreeLayerOptimum(
            problem,
            kind.scaled(of_two_layers(best, 1)),
            best.certificate,
            best,
            best.status,
            0,
            0,
            time.perf_counter() - began,
        )
    _require_dimensions(problem)
    found = Search(problem, gap, time_limit, start).run(progress)
    return ThreeLayerOptimum(
        problem,
        kind.scaled(found.network),
        found.certificate,
        found.two_layers,
        found.status,
        found.rounds,
        found.nodes,
        found.seconds,
    )


def certify_three_layer(
    network: ParallelNetwork,
    problem: ThreeLayerProblem,
    *,
    gap: float = 1e-6,
    time_limit: float | None = None,
    progress: ar.Listener = ar.session_listener,
) -> ThreeLayerVerdict:
    """Say how far trained sub-networks of three layers are from the global optimum.

    Parameters
    ----------
    network : ParallelNetwork
        Of any number of sub-networks.
    problem : ThreeLayerProblem
        What it was trained for.
    gap, time_limit, progress
        As in `three_layer_optimum`, for the best network.

    Returns
    -------
    ThreeLayerVerdict
        Its bound is the better one of those along the network's own residual and of the search.

    Raises
    ------
    ArgumentError
        When the network does not fit the problem.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.ThreeLayerProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> trained = cx.ParallelNetwork([[[1.0]]], [[1.0]], [1.0])
    >>> verdict = cx.certify_three_layer(trained, problem)
    >>> verdict.upper, round(verdict.lower, 6)  # ((1 - 0)^2 + (2 - 1)^2) / 2 + beta
    (1.5, 1.25)
    """
    _check(problem, gap, time_limit)
    problem.admit(network)
    problem.exact_objective(network)  # refuses what its regularizer does not allow
    best = three_layer_optimum(
        problem,
        gap=gap,
        time_limit=None if time_limit is None else (1.0 - _OWN) * time_limit,
        start=network,
        progress=progress,
    )
    certificate = best.certificate
    if problem.width > 1 and best.relative_gap > gap:
        # near an optimum the search's vector is the better one; otherwise the network's own may be
        vector = problem.plain.feasible(np.asarray(problem.residual(network)))
        seconds = None if time_limit is None else _OWN * time_limit
        method = MaskedBranchAndBound(tolerance=1e-6, time_limit=seconds)
        price = method.price(ReducedRows.of_gauge(problem.plain.gauge), vector)
        own = certified_by(problem.plain, vector, price.bound)
        certificate = max(certificate, own, key=lambda item: item.lower)
    return ThreeLayerVerdict(problem, network, certificate, best)


def _check(problem: ThreeLayerProblem, gap: float, time_limit: float | None) -> None:
    if not isinstance(problem, ThreeLayerProblem):
        raise ArgumentError(f"problem = {problem!r} is not a ThreeLayerProblem")
    if not gap > 0.0:
        raise ArgumentError(f"gap = {gap!r} must be positive")
    Auto(time_limit=time_limit)  # refuses what is no time limit


def _require_dimensions(problem: ThreeLayerProblem) -> None:
    rank, most = problem.plain.arrangement.rank, MaskedBranchAndBound.most_rank
    if rank > most:
        raise ArgumentError(
            f"X spans {rank} dimensions; masked pairs are priced in {most} at most: use fewer columns, or "
            "width=1"
        )

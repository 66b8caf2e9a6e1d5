"""Front doors: global optima and verdicts for networks that are normalized after the activation."""

from __future__ import annotations

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.evidence import require_complete
from convex_program.normalization_after.network import NormalizationAfterNetwork
from convex_program.normalization_after.output_cone import CellOutputs
from convex_program.normalization_after.problem import NormalizationAfterProblem
from convex_program.normalization_after.record import (
    NormalizationAfterOptimum,
    NormalizationAfterVerdict,
)
from convex_program.normalization_after.search import Search

_MOST = 5_000
"""Patterns that are listed without being asked to: a hundredth of a second each."""


def normalization_after_optimum(
    problem: NormalizationAfterProblem,
    *,
    patterns: ar.CompletePatterns | None = None,
    gap: float = 1e-8,
    progress: ar.Listener = ar.session_listener,
) -> NormalizationAfterOptimum:
    """Solve a problem with normalization after the activation, with a bound on every network.

    Parameters
    ----------
    problem : NormalizationAfterProblem
    patterns : CompletePatterns, optional
        All patterns of the data; listed here when there are at most 5,000.
    gap : float
        Relative gap to reach.
    progress : Listener

    Returns
    -------
    NormalizationAfterOptimum

    Raises
    ------
    ArgumentError
        When patterns are missing, or too many to be listed unasked.

    Notes
    -----
    *Algorithm.* The outputs of a cell are the cone of those of its extreme rays, and a neuron costs the length of what
    it puts out.  The largest output of length one along a vector is a projection on that cone, for every cell.  Cells that
    exceed beta are taken up in a conic program, which is solved again.

    *Exactness.* The network's objective is a rational number; the bound is *proved*: a complete list, extreme rays in
    integers, and a multiplier for each cell that rational arithmetic makes valid.

    *Cost.* Extreme rays of every cell, a hundredth of a second each; after that little.

    Examples
    --------
    >>> problem = NormalizationAfterProblem([[3.0], [4.0], [-7.0]], [3.0, 4.0, 1.0], beta=0.5)
    >>> best = normalization_after_optimum(problem)
    >>> round(best.upper, 9), best.level.value  # beta (5 + 1) less beta^2 / 2, twice
    (2.75, 'proved')
    """
    return _search(problem, patterns, gap, progress)[0]


def certify_normalization_after(
    network: NormalizationAfterNetwork,
    problem: NormalizationAfterProblem,
    *,
    patterns: ar.CompletePatterns | None = None,
    gap: float = 1e-8,
    progress: ar.Listener = ar.session_listener,
) -> NormalizationAfterVerdict:
    """Say how far a trained network is from the global optimum.

    Parameters
    ----------
    network : NormalizationAfterNetwork
        Of any width.
    problem : NormalizationAfterProblem
        What it was trained for.
    patterns, gap, progress
        As in `normalization_after_optimum`.

    Returns
    -------
    NormalizationAfterVerdict
        Its bound is the better one of those along the network's own residual and of the search.

    Raises
    ------
    ArgumentError
        When the network does not fit the problem, or puts out nothing to normalize.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.NormalizationAfterProblem([[3.0], [4.0], [-7.0]], [3.0, 4.0, 1.0], beta=0.5)
    >>> trained = cx.NormalizationAfterNetwork([[1.0]], [2.0], [2.0])
    >>> verdict = cx.certify_normalization_after(trained, problem)
    >>> round(verdict.upper, 9), round(verdict.lower, 9)  # (1 + 1) / 2 + 0.5 / 2 (4 + 4)
    (3.0, 2.75)
    """
    vector = _checked(problem).residual(network)  # refuses what does not fit before work
    best, search = _search(problem, patterns, gap, progress)
    own = search.certify(vector)
    certificate = max(best.certificate, own, key=lambda item: item.lower)
    return NormalizationAfterVerdict(problem, network, certificate, best)


def _search(
    problem: NormalizationAfterProblem,
    patterns: ar.CompletePatterns | None,
    gap: float,
    progress: ar.Listener,
) -> tuple[NormalizationAfterOptimum, Search]:
    arrangement = _checked(problem).plain.arrangement
    if not gap > 0.0:
        raise ArgumentError(f"gap = {gap!r} must be positive")
    if patterns is None:
        most = ar.cover_number(arrangement)
        if most > _MOST:
            raise ArgumentError(
                f"X has up to {most:,} activation patterns, and normalization after the activation goes through all: "
                f"give patterns=arrangements.enumerate_patterns(X), use fewer rows or columns, or normalize before the "
                "activation (BatchNormProblem)"
            )
        patterns = ar.enumerate_patterns(arrangement, progress=progress)
    require_complete(patterns, arrangement)
    outputs = CellOutputs.listed(patterns, problem.activation, progress)
    search = Search(problem, outputs, gap)
    network, certificate, status, rounds = search.run()
    return NormalizationAfterOptimum(problem, network, certificate, status, rounds), search


def _checked(problem: NormalizationAfterProblem) -> NormalizationAfterProblem:
    if not isinstance(problem, NormalizationAfterProblem):
        raise ArgumentError(f"problem = {problem!r} is not a NormalizationAfterProblem")
    return problem

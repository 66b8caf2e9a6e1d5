"""Front doors: global optima and verdicts for networks with batch normalization."""

from __future__ import annotations

from concurrent.futures import Executor

import arrangements as ar
from convex_program.batch_norm.network import BatchNormNetwork
from convex_program.batch_norm.problem import BatchNormProblem
from convex_program.batch_norm.record import BatchNormOptimum, BatchNormVerdict
from convex_program.certify import Verdict, certify
from convex_program.claim import Level
from convex_program.errors import ArgumentError
from convex_program.optimum import GlobalOptimum, global_optimum
from convex_program.solvers import Solver


def batch_norm_optimum(
    problem: BatchNormProblem,
    *,
    level: Level | None = None,
    solver: Solver | None = None,
    executor: Executor | None = None,
    progress: ar.Listener = ar.session_listener,
) -> BatchNormOptimum:
    """Solve a problem with batch normalization to global optimality, with a bound on every network.

    Parameters
    ----------
    problem : BatchNormProblem
    level, solver, executor, progress
        As in `global_optimum`.

    Returns
    -------
    BatchNormOptimum

    Raises
    ------
    ArgumentError
        When the solver does not know the problem.

    Notes
    -----
    *Algorithm.* That of `global_optimum` on `BatchNormProblem.reduced`.

    *Exactness.* Upper and lower bound are rational; the lower bound is *proved* or *rigorous* as that of
    the reduced problem is, and a claim of it is ``optimum.plain.claim()``.

    Reference: Ergen, Sahiner, Ozturkler, Pauly, Mardani and Pilanci (2022), arXiv 2103.01499.

    Examples
    --------
    >>> problem = BatchNormProblem([[0.0], [1.0], [3.0]], [0.0, 1.0, 1.0], beta=0.5)
    >>> best = batch_norm_optimum(problem)
    >>> best.level.value, best.relative_gap < 1e-9
    ('proved', True)
    """
    plain = global_optimum(
        _checked(problem).reduced, level=level, solver=solver, executor=executor, progress=progress
    )
    if not isinstance(plain, GlobalOptimum):
        raise ArgumentError(f"problem = {problem!r} has no optimum of the usual kind: {plain!r}")
    return BatchNormOptimum(problem, problem.unfold(plain.network), plain)


def certify_batch_norm(
    network: BatchNormNetwork,
    problem: BatchNormProblem,
    *,
    level: Level | None = None,
    solver: Solver | None = None,
    executor: Executor | None = None,
    progress: ar.Listener = ar.session_listener,
) -> BatchNormVerdict:
    """Say how far a trained normalized network is from the global optimum.

    Parameters
    ----------
    network : BatchNormNetwork
        Of any width.
    problem : BatchNormProblem
        What it was trained for.
    level, solver, executor, progress
        As in `certify`.

    Returns
    -------
    BatchNormVerdict

    Raises
    ------
    ArgumentError
        When the network does not fit the problem.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.BatchNormProblem([[0.0], [1.0], [3.0]], [0.0, 1.0, 1.0], beta=0.5)
    >>> trained = cx.BatchNormNetwork([[1.0]], [0.5], [0.5], [1.0])
    >>> verdict = cx.certify_batch_norm(trained, problem)
    >>> verdict.lower <= verdict.best.upper < verdict.upper
    True
    """
    plain = certify(
        _checked(problem).lower(network),
        problem.reduced,
        level=level,
        solver=solver,
        executor=executor,
        progress=progress,
    )
    if not isinstance(plain, Verdict):
        raise ArgumentError(f"problem = {problem!r} has no verdict of the usual kind: {plain!r}")
    best = BatchNormOptimum(problem, problem.unfold(plain.best.network), plain.best)
    return BatchNormVerdict(problem, network, plain, best)


def _checked(problem: BatchNormProblem) -> BatchNormProblem:
    if not isinstance(problem, BatchNormProblem):
        raise ArgumentError(f"problem = {problem!r} is not a BatchNormProblem")
    return problem

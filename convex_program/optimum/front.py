"""Front doors: the global optimum of a training problem."""

from __future__ import annotations

from concurrent.futures import Executor

import arrangements as ar
from convex_program.bracket import Bracket
from convex_program.claim import Level
from convex_program.clock import Clock, OutOfTime
from convex_program.errors import ArgumentError
from convex_program.evidence import require_complete
from convex_program.interpolation import InterpolatingOptimum, interpolating_optimum
from convex_program.network import Network
from convex_program.optimum.arguments import (
    checked_level,
    checked_solver,
    refuse_for_outputs,
    refuse_without_decay,
    starting_point,
)
from convex_program.optimum.cones import LISTABLE
from convex_program.optimum.proving import (
    ACCURATE,
    proved_on_cones,
    proved_optimum,
    rigorous_optimum,
    second_opinion,
)
from convex_program.optimum.record import GlobalOptimum
from convex_program.problem import TrainingProblem
from convex_program.solution import Status
from convex_program.solvers import Auto, FullPattern, Solver
from convex_program.undecayed import UndecayedOptimum, undecayed_optimum

_PROPOSING = 0.8
"""Part of a time limit in which a solver proposes, where a proof over a list follows."""
_BEFORE_CONES = 0.5
"""The same where a proof by cones follows."""


def global_optimum(
    problem: TrainingProblem,
    *,
    patterns: ar.CompletePatterns | None = None,
    level: Level | None = None,
    solver: Solver | None = None,
    start: Network | Bracket | None = None,
    executor: Executor | None = None,
    progress: ar.Listener = ar.session_listener,
) -> GlobalOptimum | InterpolatingOptimum | UndecayedOptimum:
    """Solve a training problem to global optimality, with a bound on every network.

    Parameters
    ----------
    problem : TrainingProblem
    patterns : CompletePatterns, optional
        All activation patterns of the data: the bound is then proved over them.
    level : Level, optional
        ``Level.PROVED``: the bound is proved by trees of cones, which need no list; where they come to no
        end, over a list if the patterns are few enough.  ``Level.RIGOROUS``: no proof is sought.  By
        default whatever the solver lists is proved, and nothing else.
    solver : Solver, optional
        `Auto` by default: a `WorkingSet`, for several outputs a `VectorWorkingSet`; for one output, while Cover's bound of their number is at most 2,000
        the patterns are listed afterwards and the bound is proved over them.
    start : Network or Bracket, optional
        A network to begin from, or a result that holds one: that of a neighbouring beta, say.
        It may save a working set time, and decides nothing.  ``solver=FullPattern()``
        refuses it.
    executor : concurrent.futures.Executor, optional
        Threads, processes or many machines that share pricing, ascent and listing; work whose
        worker is lost is begun again.  The answer does not depend on it, a time limit apart.
    progress : Listener, optional
        Called while enumerating, pricing, and after each round of a working set.

    Returns
    -------
    GlobalOptimum
        Network, exact upper and lower bound, certificate.  For beta = 0 an `UndecayedOptimum`:
        what networks of any width can reach, exactly, and whether one does.  For `Interpolation` an
        `InterpolatingOptimum`, or an `UndecayedOptimum` where no network passes through the data.

    Raises
    ------
    ArgumentError
        When `patterns` is not complete or of other data, or the solver does not know the
        problem; when `start` does not fit the problem, or the solver cannot begin from one:
        before any work.
    SolverError
        When the solver returned nothing usable.
    WorkerError
        Of `arrangements`: when a piece of work is lost again and again.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = cx.global_optimum(problem)
    >>> round(best.upper, 6), best.network.width, best.level.value
    (1.25, 2, 'proved')

    Notes
    -----
    *Exactness.* The solver only proposes.  The network's objective and the dual bound are
    evaluated in rational arithmetic (for the logistic loss as ends of enclosures).  Over a list of
    patterns or trees of cones the bound is *proved*; otherwise it is *rigorous*: it rests on one float that
    carries rounding bounds.

    *Stopping.* A solver's `time_limit` bounds the whole call, a proof over a list included, and
    Ctrl-C ends a working set early; the result is what was reached, and `GlobalOptimum.status`
    says so.

    *Cost.* See the solver; over a list, one nonnegative least squares for each cell and sign.
    """
    if not isinstance(problem, TrainingProblem):
        raise ArgumentError(f"problem = {problem!r} is not a TrainingProblem")
    if problem.exact_beta == 0:
        refuse_without_decay(patterns=patterns, solver=solver, start=start)
        return undecayed_optimum(problem)
    if not problem.loss.finite:
        if start is not None or not isinstance(solver, Auto | None):
            raise ArgumentError(
                f"{problem.loss!r} has its own method: leave start out; of solvers only "
                "Auto(time_limit=...) is of use"
            )
        limit = None if solver is None else solver.time_limit
        return interpolating_optimum(
            problem, patterns=patterns, time_limit=limit, progress=progress
        )
    return decayed_optimum(
        problem,
        patterns=patterns,
        level=level,
        solver=solver,
        start=start,
        executor=executor,
        progress=progress,
    )


def decayed_optimum(
    problem: TrainingProblem,
    *,
    patterns: ar.CompletePatterns | None = None,
    level: Level | None = None,
    solver: Solver | None = None,
    start: Network | Bracket | None = None,
    executor: Executor | None = None,
    progress: ar.Listener = ar.silent,
) -> GlobalOptimum:
    """Return what `global_optimum` does for a positive weight decay."""
    chosen = checked_solver(problem, solver)
    checked_level(level, patterns)
    refuse_for_outputs(problem, patterns)
    if executor is not None:
        chosen = chosen.sharing(executor)
    if patterns is not None:
        require_complete(patterns, problem.arrangement)
    begin = None if start is None else starting_point(problem, start, chosen)
    clock = Clock(chosen.time_limit)
    listing = patterns is not None or (
        level is not Level.RIGOROUS and bool(chosen.listing(problem))
    )
    whole = isinstance(chosen, FullPattern)
    on_cones = level is Level.PROVED and patterns is None and not whole
    if on_cones:
        chosen = chosen.for_proof()
    part = _BEFORE_CONES if on_cones else _PROPOSING if listing else 1.0
    if whole and patterns is None:
        patterns = ar.enumerate_patterns(
            problem.arrangement, executor=executor, progress=clock.watching(progress)
        )
    found = chosen.within(clock.left(part)).propose(
        problem, patterns=patterns, start=begin, progress=progress
    )
    if found.status is Status.INTERRUPTED or not (listing or on_cones):
        return rigorous_optimum(problem, found)
    if on_cones:
        proved = proved_on_cones(problem, found, clock, progress)
        if proved.level is Level.PROVED or proved.stopped:
            return proved
        if problem.outputs > 1:
            return proved
        if not listing and ar.cover_number(problem.arrangement) > LISTABLE:
            return proved
    try:
        listener = clock.watching(progress)
        if patterns is None:
            patterns = ar.enumerate_patterns(
                problem.arrangement, executor=executor, progress=listener
            )
        proved = proved_optimum(problem, patterns, found, listener)
        if isinstance(chosen, Auto) and proved.relative_gap > ACCURATE:
            proved = second_opinion(problem, patterns, proved, listener)
    except OutOfTime:
        return rigorous_optimum(problem, found)
    return proved

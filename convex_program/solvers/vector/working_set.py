"""The program over all patterns for several outputs, solved on the few neurons that matter."""

from __future__ import annotations

import math
import time
from concurrent.futures import Executor
from typing import final

import arrangements as ar
from convex_program.blas import one_blas_thread
from convex_program.clock import interruptible
from convex_program.errors import ArgumentError
from convex_program.network import Network
from convex_program.problem import TrainingProblem
from convex_program.solution import Proposal, Round, Status
from convex_program.solvers.base import Solver
from convex_program.solvers.vector.search import VectorSearch

_MOST_START = 200
_SEARCH_PART = 0.75
_MOST_IDLE = 6
_STEP = 1e-12
_LAST_SECONDS = 1.2


@final
class VectorWorkingSet(Solver):
    """Newton's method on neurons with several outputs; ascent and exact pricing find new ones.

    Parameters
    ----------
    gap : float
        Relative gap at which to stop.
    time_limit : float, optional
        Seconds for a solve; a quarter of it is kept for a last pricing pass, which yields the bound.
    executor : concurrent.futures.Executor, optional
        Threads, processes or machines that share pricing.
    starts : int
        Random starts of the local ascent in each round.

    Notes
    -----
    *Algorithm.* Take ``V = -grad f`` at the best network so far, ascend on ``|V^T phi(Xu)|`` from many
    starts, add the maximizers above beta, weigh all neurons together by a group lasso, and polish
    directions and output weights by an active-set Newton method.  When ascent finds nothing, branch and
    bound over u prices exactly: it yields the bound, or neurons ascent has missed.

    *Exactness.* The network's objective is evaluated in fractions; the bound is *rigorous*.

    *Cost.* A few exact pricing passes and some hundred Newton steps on m (d + c) unknowns.
    """

    several = True

    def __init__(
        self,
        gap: float = 1e-8,
        *,
        time_limit: float | None = None,
        executor: Executor | None = None,
        starts: int = 64,
    ) -> None:
        if not gap > 0:
            raise ArgumentError(f"gap = {gap} must be positive")
        if time_limit is not None and not time_limit >= 0:
            raise ArgumentError(f"time_limit = {time_limit} must not be negative")
        if starts < 1:
            raise ArgumentError(f"starts = {starts}, but ascent needs at least one start")
        self.gap = gap
        self.time_limit = time_limit
        self.executor = executor
        self.starts = starts

    def obstacle(self, problem: TrainingProblem) -> str:
        """Return what this solver does not know, with the remedy; "" when it can be solved."""
        common = super().obstacle(problem)
        if common:
            return common
        if problem.fit.pulled:
            return (
                f"loss = {problem.loss!r} has kinks, which the solver for several outputs does not know; "
                "use Huber(), Squared(), Logistic() or SquaredHinge()"
            )
        if problem.gauge.constants:
            return (
                "hidden_bias = FreeHiddenBias() with several outputs is not known yet; use "
                "DecayedHiddenBias()"
            )
        return ""

    def listing(self, problem: TrainingProblem) -> str:
        """Return "": it needs no list."""
        del problem
        return ""

    def within(self, seconds: float | None) -> VectorWorkingSet:
        """Return the same solver with at most that time limit."""
        known = [one for one in (self.time_limit, seconds) if one is not None]
        return VectorWorkingSet(
            self.gap,
            time_limit=min(known, default=None),
            executor=self.executor,
            starts=self.starts,
        )

    def sharing(self, executor: Executor | None) -> VectorWorkingSet:
        """Return the same solver with that executor for its pricing."""
        return VectorWorkingSet(
            self.gap, time_limit=self.time_limit, executor=executor, starts=self.starts
        )

    def propose(
        self,
        problem: TrainingProblem,
        *,
        patterns: ar.PatternList | None = None,
        start: Network | Proposal | None = None,
        progress: ar.Listener = ar.silent,
    ) -> Proposal:
        """Find a good network and a dual vector with a valid bound on its price.

        A start with more than 200 active neurons is passed over.
        """
        del patterns
        obstacle = self.obstacle(problem)
        if obstacle:
            raise ArgumentError(f"solver: {obstacle}")
        network = start.network if isinstance(start, Proposal) else start
        if network is not None:
            problem.admit(network)
        with one_blas_thread():
            run = _Run(self, problem, progress)
            try:
                with interruptible():
                    if isinstance(start, Proposal) and len(start.directions):
                        run.search.look_near(start.directions)
                    if network is not None and 0 < len(network.active()) <= _MOST_START:
                        run.search.adopt(network)
                    status = run.until_done()
            except KeyboardInterrupt:
                # A second Ctrl-C is not caught.
                status = Status.INTERRUPTED
                run.search.price(time.perf_counter() + _LAST_SECONDS)
        search = run.search
        return Proposal(
            network=search.network,
            dual=search.bound.vector.copy(),
            peak=search.bound.peak,
            objective=search.upper,
            directions=search.directions.copy(),
            status=status,
            rounds=tuple(run.rounds),
            seconds=time.perf_counter() - run.began,
            solver=repr(self),
        )

    def __repr__(self) -> str:
        """Say what it is."""
        return f"VectorWorkingSet(gap={self.gap:g})"


class _Run:
    """One solve: rounds, and the clock they are held against."""

    def __init__(
        self, settings: VectorWorkingSet, problem: TrainingProblem, progress: ar.Listener
    ) -> None:
        self.began = time.perf_counter()
        limit = math.inf if settings.time_limit is None else settings.time_limit
        self.deadline = self.began + limit
        self.last_call = self.began + _SEARCH_PART * limit
        self.progress = progress
        self.search = VectorSearch(
            problem, gap=settings.gap, executor=settings.executor, starts=settings.starts
        )
        self.rounds: list[Round] = []

    def until_done(self) -> Status:
        """Take rounds until the gap is closed, time is up, or nothing moves."""
        search = self.search
        idle, upper, lower = 0, math.inf, 0.0
        while True:
            before = search.nodes, search.newton_iterations
            moved = search.round(self.last_call)
            self._tell(before)
            if search.is_closed:
                return Status.SOLVED
            better = search.upper < upper * (1.0 - _STEP) or search.bound.lower > lower * (
                1.0 + _STEP
            )
            idle = 0 if better else idle + 1
            upper, lower = search.upper, search.bound.lower
            now = time.perf_counter()
            if now >= self.last_call or not moved or idle >= _MOST_IDLE:
                before = search.nodes, search.newton_iterations
                search.price(self.deadline)
                self._tell(before)
                if search.upper - search.bound.lower <= search.gap * search.upper:
                    return Status.SOLVED
                return Status.TIME_LIMIT if now >= self.last_call else Status.STALLED

    def _tell(self, before: tuple[int, int]) -> None:
        search = self.search
        self.rounds.append(
            Round(
                seconds=time.perf_counter() - self.began,
                objective=search.upper,
                lower=search.bound.lower,
                neurons=len(search.network.active()),
                violation=search.violation,
                newton_iterations=search.newton_iterations - before[1],
                nodes=search.nodes - before[0],
            )
        )
        last = self.rounds[-1]
        gap = (last.objective - last.lower) / last.objective if last.objective > 0 else 0.0
        self.progress(
            ar.Progress(
                stage="working set",
                done=len(self.rounds),
                total=None,
                noun="rounds",
                seconds=last.seconds,
                note=f"{last.neurons} neurons, objective {last.objective:.10g}, "
                f"bound {last.lower:.10g}, gap {gap:.1e}",
            )
        )

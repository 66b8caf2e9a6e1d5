"""The program over all patterns for several outputs, solved on the few neurons that matter."""

from __future__ import annotations

import math
import time
from concurrent.futures import Executor
from functools import partial
from typing import ClassVar, final

import arrangements as ar
from convex_program.problem import TrainingProblem
from convex_program.solution import Status
from convex_program.solvers.approach import STEP_GAP, Approach, approached
from convex_program.solvers.rounds import SEARCH_PART, SearchingSolver, SearchRun
from convex_program.solvers.vector.search import VectorSearch

_MOST_IDLE = 6
_STEP = 1e-12
"""Rounds in a row without that relative change of either bound that end a search."""
_MOST_STEPS, _PATIENCE = 60, 12
"""Proximal steps for a loss with kinks, and priced ones in a row that may gain little."""


@final
class VectorWorkingSet(SearchingSolver):
    """Newton's method on neurons with several outputs; ascent and exact pricing find new ones.

    Parameters
    ----------
    gap : float
        Relative gap at which to stop.  An optimum of 0 has none: then where the bounds differ by no more
        than the loss does when outputs miss targets by 2^-48 of their size (for labels: 2^-48 times the
        loss of the outputs 0).
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

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [[1.0, 0.0], [0.0, 2.0]], beta=0.5)
    >>> best = cx.global_optimum(problem, solver=cx.VectorWorkingSet())
    >>> round(best.upper, 6), best.network.width
    (1.25, 2)
    """

    several = True
    most_start: ClassVar[int] = 200

    def __init__(
        self,
        gap: float = 1e-8,
        *,
        time_limit: float | None = None,
        executor: Executor | None = None,
        starts: int = 64,
    ) -> None:
        super().__init__(gap, time_limit=time_limit, executor=executor, starts=starts)

    def begun(self, problem: TrainingProblem, progress: ar.Listener) -> SearchRun:
        """Return a solve that is about to take its first round."""
        return _Run(self, problem, progress)


class _Run(SearchRun):
    """One solve of several outputs."""

    def __init__(
        self, settings: VectorWorkingSet, problem: TrainingProblem, progress: ar.Listener
    ) -> None:
        began = time.perf_counter()
        self.search = VectorSearch(
            problem, gap=settings.gap, executor=settings.executor, starts=settings.starts
        )
        super().__init__(self.search, began, progress)
        self.deadline = began + settings.limit
        self.last_call = began + SEARCH_PART * settings.limit

    def until_done(self) -> Status:
        """Take rounds until the gap is closed, time is up, or nothing moves."""
        search = self.search
        if search.problem.fit.pulled:
            return self._until_met()
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
                ended = Status.TIME_LIMIT if now >= self.last_call else Status.STALLED
                return Status.SOLVED if search.is_closed else ended

    def _until_met(self) -> Status:
        """Close the gap of a loss with kinks by proximal steps."""
        search = self.search
        begin = partial(VectorSearch, gap=STEP_GAP, executor=search.executor, starts=search.starts)
        approach = Approach(search.problem, begin)
        approach.network = search.network
        approach.meet(search.directions)
        before = search.nodes, search.newton_iterations

        def tell() -> None:
            nonlocal before
            self._tell(before)
            before = search.nodes, search.newton_iterations

        limits = (self.last_call, self.deadline)
        approached(
            search, approach, steps=_MOST_STEPS, patience=_PATIENCE, limits=limits, tell=tell
        )
        if search.is_closed:
            return Status.SOLVED
        late = time.perf_counter() >= self.last_call
        search.offer(approach.network)
        search.price_vector(approach.dual, self.deadline)
        tell()
        ended = Status.TIME_LIMIT if late else Status.STALLED
        return Status.SOLVED if search.is_closed else ended

    def _tell(self, before: tuple[int, int]) -> None:
        nodes, steps = before
        self.tell(self.search.nodes - nodes, self.search.newton_iterations - steps)

"""The program over all patterns, solved on the few neurons that matter; nothing is listed."""

from __future__ import annotations

import math
import time
from concurrent.futures import Executor
from functools import partial
from typing import ClassVar, final

import arrangements as ar
from convex_program.compiling import CONE_SEARCH
from convex_program.problem import TrainingProblem
from convex_program.solution import Status
from convex_program.solvers.approach import STEP_GAP, Approach, approached
from convex_program.solvers.relaxed import searching_part
from convex_program.solvers.rounds import SEARCH_PART, SearchingSolver, SearchRun
from convex_program.solvers.search import Search

_MOST_IDLE = 12
_STEP = 1e-11
"""Rounds in a row without that relative change of either bound that end a search."""
_MOST_STEPS = 20
"""Proximal steps for a loss with kinks."""
_PATIENCE = 3
"""Priced steps in a row that may gain little."""


@final
class WorkingSet(SearchingSolver):
    """Newton's method on the neurons; local ascent and exact pricing find new ones.

    Parameters
    ----------
    gap : float
        Relative gap at which to stop.  An optimum of 0 has none: then where the bounds differ by no more
        than the loss does when outputs miss targets by 2^-48 of their size (for labels: 2^-48 times the
        loss of the outputs 0).
    time_limit : float, optional
        Seconds for a solve, looked at between steps; what was found stays valid.  A quarter of
        it is kept for a last pricing pass, which yields the bound.
    executor : concurrent.futures.Executor, optional
        Threads, processes or machines that share pricing and ascent; the answer does not
        depend on it, a time limit apart.
    starts : int
        Random starts of the local ascent in each round.

    Notes
    -----
    *Algorithm.* Take ``v = -grad f`` at the best network so far, ascend on ``|v.phi(Xu)|`` from
    many starts, add the maximizers above beta, reweigh, and polish all neurons with an
    active-set Newton method that knows on which kinks they lie.  Smooth losses are quadratic
    models in turn, others the limit of smooth ones (see `convex_program.solvers.newton`).  When
    ascent finds nothing,
    `AutoPricing` prices exactly: it yields the bound, or neurons ascent has missed.
    Where that stalls, a conic program over the cells around the neurons takes over.
    From seven dimensions on, where pricing may come to no end, the relaxation of training is asked for better dual
    vectors with what is left of the time (hidden biases decayed, no two rows on one line).

    *Stopping.* A time limit or Ctrl-C ends a solve with a status, not with an error: the best
    network so far and the best bound so far, one more short pass included.  Ctrl-C pressed
    again ends the program as usual.

    *Exactness.* The network's objective is evaluated in fractions; the bound is *rigorous*.

    *Cost.* A few exact pricing passes and some hundred Newton steps on m d unknowns for m
    neurons; several times as many steps for losses that are not quadratic.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = cx.global_optimum(problem, solver=cx.WorkingSet(gap=1e-8))
    >>> round(best.upper, 6), best.relative_gap <= 1e-8
    (1.25, True)
    """

    most_start: ClassVar[int] = 100

    def __init__(
        self,
        gap: float = 1e-10,
        *,
        time_limit: float | None = None,
        executor: Executor | None = None,
        starts: int = 64,
    ) -> None:
        super().__init__(gap, time_limit=time_limit, executor=executor, starts=starts)

    def begun(self, problem: TrainingProblem, progress: ar.Listener) -> SearchRun:
        """Return a solve that is about to take its first round."""
        CONE_SEARCH.begin()
        return _Run(self, problem, progress)


class _Run(SearchRun):
    """One solve of one output."""

    def __init__(
        self, settings: WorkingSet, problem: TrainingProblem, progress: ar.Listener
    ) -> None:
        began = time.perf_counter()
        self.search = Search(
            problem,
            gap=settings.gap,
            executor=settings.executor,
            starts=settings.starts,
            deadline=began + settings.limit,
        )
        super().__init__(self.search, began, progress)
        self.end = began + settings.limit
        # evidence knows no bits
        self.bits = not settings.provable
        searching = searching_part(self.search.relaxable, bits=self.bits) * settings.limit
        self.deadline = began + searching
        self.last_call = began + SEARCH_PART * searching

    def until_done(self) -> Status:
        """Search; where that does not close the gap, relax the training problem."""
        status = self._until_searched()
        if self.search.is_closed or self.search.relaxable is None:
            return status
        nodes = self.search.nodes
        closed = self.search.relax(self.end, bits=self.bits)
        self._tell(nodes)
        if closed:
            return Status.SOLVED
        return status if time.perf_counter() < self.end else Status.TIME_LIMIT

    def _until_searched(self) -> Status:
        """Take rounds until the gap is closed, time is up, or nothing moves."""
        search = self.search
        if search.problem.fit.pulled and self._approached():
            return Status.SOLVED
        idle, upper, lower = 0, math.inf, 0.0
        while True:
            nodes = search.nodes
            moved = search.round(self.deadline)
            self._tell(nodes)
            if search.is_closed:
                return Status.SOLVED
            # Whatever a round moved: that many which change neither bound are no progress.
            better = search.upper < upper * (1.0 - _STEP) or search.bound.lower > lower * (
                1.0 + _STEP
            )
            idle = 0 if better else idle + 1
            upper, lower = search.upper, search.bound.lower
            if (not moved or idle >= _MOST_IDLE) and time.perf_counter() < self.deadline:
                # The present dual vector may never have been priced: that may well be the end.
                nodes = search.nodes
                search.price(self.deadline)
                self._tell(nodes)
                return Status.SOLVED if search.is_closed else Status.STALLED
            if time.perf_counter() >= self.last_call:
                if time.perf_counter() < self.deadline or search.bound.peak == math.inf:
                    nodes = search.nodes
                    search.newton_iterations = 0
                    search.price(self.deadline)
                    self._tell(nodes)
                return Status.TIME_LIMIT

    def _approached(self) -> bool:
        """Close the gap of a loss with kinks by proximal steps; whether they did."""
        search, limits = self.search, (self.last_call, self.deadline)
        begin = partial(
            Search,
            gap=STEP_GAP,
            executor=search.executor,
            starts=search.starts,
            deadline=self.last_call,
        )
        approach = Approach(search.problem, begin)
        approach.network = search.network
        approach.meet(search.directions)
        nodes = search.nodes

        def tell() -> None:
            nonlocal nodes
            self._tell(nodes)
            nodes = search.nodes

        approached(
            search, approach, steps=_MOST_STEPS, patience=_PATIENCE, limits=limits, tell=tell
        )
        if not search.is_closed:
            search.adopt(approach.network, approach.dual)
        return search.is_closed

    def _tell(self, nodes: int) -> None:
        self.tell(self.search.nodes - nodes, self.search.newton_iterations)

"""The program over all patterns, solved on the few neurons that matter; nothing is listed."""

from __future__ import annotations

import math
import time
from concurrent.futures import Executor
from typing import final

import arrangements as ar
from convex_program.architectures import ReLU
from convex_program.errors import ArgumentError
from convex_program.losses import Squared
from convex_program.network import Network
from convex_program.norms import FloatVector
from convex_program.pricing import AutoPricing
from convex_program.problem import TrainingProblem
from convex_program.rigorous import RigorousCertificate, certify_rigorously
from convex_program.solution import DirectSolution, DirectStatus, Round
from convex_program.solvers.base import DirectSolver
from convex_program.solvers.blas import one_blas_thread
from convex_program.solvers.search import Search

_MOST_START = 100
"""Neurons of a starting network: a wider one costs more to polish than it saves."""
_SEARCH_PART = 0.75
"""Part of a time limit after which the present network is priced: a bound needs a pass."""
_LAST_SECONDS = 2.0
"""What a last pass may take after Ctrl-C."""
_MOST_RANK = 20
"""Dimensions: pricing starts from ``2**columns`` orthants."""


@final
class WorkingSet(DirectSolver):
    """Newton's method on the neurons; local ascent and exact pricing find new ones.

    Parameters
    ----------
    gap : float
        Relative gap at which to stop.
    time_limit : float, optional
        Seconds for a solve, looked at between steps; what was found stays valid.  A quarter of
        it is kept for a last pricing pass, which yields the bound, and `certify` alone may
        take as much.
    executor : concurrent.futures.Executor, optional
        *Threads* for pricing; the answer does not depend on it, a time limit apart.
    starts : int
        Random starts of the local ascent in each round.

    Notes
    -----
    *Algorithm.* Take ``v = y - z`` of the best network so far, ascend on ``|v.(Xu)_+|`` from
    many starts, add the maximizers above beta, reweigh, and polish all neurons with an
    active-set Newton method that knows on which kinks they lie.  When ascent finds nothing,
    `AutoPricing` prices exactly: it yields the bound, or neurons ascent has missed.
    Where that stalls, a conic program over the cells around the neurons takes over.

    *Stopping.* A time limit or Ctrl-C ends a solve with a status, not with an error: the best
    network so far and the best bound so far, one more short pass included.  Ctrl-C pressed
    again ends the program as usual.

    *Exactness.* The network's objective is evaluated in fractions; the bound is *rigorous*.

    *Cost.* A few exact pricing passes and some hundred Newton steps on m d unknowns for m
    neurons.  It supports the squared loss.
    """

    def __init__(
        self,
        gap: float = 1e-10,
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
        """Return why this problem cannot be solved, with the remedy; "" when it can."""
        remedy = "use solver=FullPattern()"
        if not isinstance(problem.loss, Squared):
            return f"WorkingSet() knows only Squared(), not loss={problem.loss!r}; {remedy}"
        if not isinstance(problem.architecture, ReLU):
            return (
                f"WorkingSet() knows only ReLU(), not architecture={problem.architecture!r}; "
                f"{remedy}"
            )
        if problem.data.shape[1] > _MOST_RANK:
            return (
                f"WorkingSet() takes at most {_MOST_RANK} columns, not {problem.data.shape[1]}; "
                "use fewer columns"
            )
        return ""

    def solve(
        self,
        problem: TrainingProblem,
        *,
        start: Network | DirectSolution | None = None,
        progress: ar.Listener = ar.silent,
    ) -> DirectSolution:
        """Find a good network and a dual vector with a valid bound on its price.

        A start with more than 100 active neurons is passed over.
        """
        obstacle = self.obstacle(problem)
        if obstacle:
            raise ArgumentError(f"solver: {obstacle}")
        network = start.network if isinstance(start, DirectSolution) else start
        if network is not None:
            problem.admit(network)
        with one_blas_thread():
            run = _Run(self, problem, progress)
            try:
                if isinstance(start, DirectSolution):
                    run.search.look_near(start.directions)
                if network is not None and 0 < len(network.active()) <= _MOST_START:
                    run.search.adopt(network.hidden, network.output[:, 0])
                status = run.until_done()
            except KeyboardInterrupt:
                # A second Ctrl-C is not caught.
                status = DirectStatus.INTERRUPTED
                run.search.price(time.perf_counter() + _LAST_SECONDS)
        search = run.search
        dual, directions = search.bound.vector.copy(), search.directions.copy()
        dual.setflags(write=False)
        directions.setflags(write=False)
        return DirectSolution(
            network=search.network,
            dual=dual,
            peak=search.bound.peak,
            objective=search.upper,
            directions=directions,
            status=status,
            rounds=tuple(run.rounds),
            seconds=time.perf_counter() - run.began,
            solver=repr(self),
        )

    def certify(self, problem: TrainingProblem, vector: FloatVector) -> RigorousCertificate:
        """Turn any dual vector into a certificate: one exact pricing pass."""
        limit = None if self.time_limit is None else (1.0 - _SEARCH_PART) * self.time_limit
        pricing = AutoPricing(tolerance=0.1 * self.gap, time_limit=limit, executor=self.executor)
        return certify_rigorously(problem, vector, pricing=pricing)

    def __repr__(self) -> str:
        """Say what it is."""
        return f"WorkingSet(gap={self.gap:g})"


class _Run:
    """One solve: rounds, and the clock they are held against."""

    def __init__(
        self, settings: WorkingSet, problem: TrainingProblem, progress: ar.Listener
    ) -> None:
        self.began = time.perf_counter()
        limit = math.inf if settings.time_limit is None else settings.time_limit
        self.deadline = self.began + limit
        self.last_call = self.began + _SEARCH_PART * limit
        self.gap, self.progress = settings.gap, progress
        self.search = Search(
            problem, gap=settings.gap, executor=settings.executor, starts=settings.starts
        )
        self.rounds: list[Round] = []

    def until_done(self) -> DirectStatus:
        """Take rounds until the gap is closed, time is up, or nothing moves."""
        search = self.search
        while True:
            nodes = search.nodes
            moved = search.round(self.deadline)
            self._tell(nodes)
            if search.upper - search.bound.lower <= self.gap * search.upper:
                return DirectStatus.SOLVED
            if not moved and time.perf_counter() < self.deadline:
                return DirectStatus.STALLED
            if time.perf_counter() >= self.last_call:
                nodes = search.nodes
                search.newton_iterations = 0
                search.price(self.deadline)
                self._tell(nodes)
                return DirectStatus.TIME_LIMIT

    def _tell(self, nodes: int) -> None:
        search = self.search
        self.rounds.append(
            Round(
                seconds=time.perf_counter() - self.began,
                objective=search.upper,
                lower=search.bound.lower,
                neurons=len(search.net.w),
                violation=search.violation,
                newton_iterations=search.newton_iterations,
                nodes=search.nodes - nodes,
            )
        )
        self.progress(_event(self.rounds))


def _event(rounds: list[Round]) -> ar.Progress:
    """Return one event a round: objective, bound and gap."""
    last = rounds[-1]
    gap = (last.objective - last.lower) / last.objective if last.objective > 0 else 0.0
    return ar.Progress(
        stage="working set",
        done=len(rounds),
        total=None,
        noun="rounds",
        seconds=last.seconds,
        note=f"{last.neurons} neurons, objective {last.objective:.10g}, "
        f"bound {last.lower:.10g}, gap {gap:.1e}",
    )

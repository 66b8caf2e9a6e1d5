"""Solvers that work in rounds on one search: settings, the frame of a solve, what is told of it."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from concurrent.futures import Executor
from typing import ClassVar, Protocol, Self

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.blas import one_blas_thread
from convex_program.clock import interruptible
from convex_program.errors import ArgumentError
from convex_program.network import Network
from convex_program.problem import TrainingProblem
from convex_program.solution import Proposal, Round, Status
from convex_program.solvers.base import Solver
from convex_program.solvers.bounds import DualBound

SEARCH_PART = 0.75
"""Part of a time limit after which the present network is priced: a bound needs a pass."""
_LAST_SECONDS = 1.2
"""What a last pass may take after Ctrl-C."""


class Searching(Protocol):
    """The state of a solve, as far as its frame has to know it."""

    network: Network
    upper: float
    bound: DualBound
    violation: float
    nodes: int

    @property
    def directions(self) -> npt.NDArray[np.float64]:
        """Where the last wide search ended, in the caller's coordinates."""

    @property
    def is_closed(self) -> bool:
        """Whether the gap is what was asked for."""

    def adopt(self, network: Network) -> None:
        """Start from a network."""

    def look_near(self, directions: npt.NDArray[np.float64]) -> None:
        """Begin every ascent near these directions, too."""

    def price(self, deadline: float) -> object:
        """Price the present dual vector."""


class SearchRun:
    """One solve: rounds, and the clock they are held against.

    Parameters
    ----------
    search : Searching
    began : float
        When the solve began, by ``time.perf_counter``.
    progress : Listener
    """

    def __init__(self, search: Searching, began: float, progress: ar.Listener) -> None:
        self.state = search
        self.began = began
        self.progress = progress
        self.rounds: list[Round] = []

    @abstractmethod
    def until_done(self) -> Status:
        """Take rounds until the gap is closed, time is up, or nothing moves."""

    def tell(self, nodes: int, newton_iterations: int) -> None:
        """Keep a round, in which so many cones were visited and steps taken, and tell of it."""
        search = self.state
        last = Round(
            seconds=time.perf_counter() - self.began,
            objective=search.upper,
            lower=search.bound.lower,
            neurons=len(search.network.active()),
            violation=search.violation,
            newton_iterations=newton_iterations,
            nodes=nodes,
        )
        self.rounds.append(last)
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


class SearchingSolver(Solver):
    """A solver with a gap to reach, a time limit, an executor, and starts of its ascents."""

    most_start: ClassVar[int]
    """Neurons of a starting network: a wider one costs more to polish than it saves."""

    def __init__(
        self,
        gap: float,
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
        self.provable = False

    @property
    def limit(self) -> float:
        """The time limit, infinite where there is none."""
        return math.inf if self.time_limit is None else self.time_limit

    def listing(self, problem: TrainingProblem) -> str:
        """Return "": it needs no list."""
        del problem
        return ""

    def within(self, seconds: float | None) -> Self:
        """Return the same solver with at most that time limit."""
        known = [one for one in (self.time_limit, seconds) if one is not None]
        return self._with(min(known, default=None), self.executor)

    def sharing(self, executor: Executor | None) -> Self:
        """Return the same solver with that executor for its pricing."""
        return self._with(self.time_limit, executor)

    def for_proof(self) -> Self:
        """Return the same solver, looking for dual vectors that a claim can prove."""
        changed = self._with(self.time_limit, self.executor)
        changed.provable = True
        return changed

    def _with(self, time_limit: float | None, executor: Executor | None) -> Self:
        changed = type(self)(self.gap, time_limit=time_limit, executor=executor, starts=self.starts)
        changed.provable = self.provable
        return changed

    @abstractmethod
    def begun(self, problem: TrainingProblem, progress: ar.Listener) -> SearchRun:
        """Return a solve that is about to take its first round."""

    def propose(
        self,
        problem: TrainingProblem,
        *,
        patterns: ar.PatternList | None = None,
        start: Network | Proposal | None = None,
        progress: ar.Listener = ar.silent,
    ) -> Proposal:
        """Find a good network and a dual vector with a valid bound on its price.

        A start with more than `most_start` active neurons is passed over.
        """
        del patterns
        obstacle = self.obstacle(problem)
        if obstacle:
            raise ArgumentError(f"solver: {obstacle}")
        network = start.network if isinstance(start, Proposal) else start
        if network is not None:
            problem.admit(network)
        with one_blas_thread():
            run = self.begun(problem, progress)
            search = run.state
            try:
                with interruptible(), ar.ending_stages(progress) as run.progress:
                    if isinstance(start, Proposal) and len(start.directions):
                        search.look_near(start.directions)
                    if network is not None and 0 < len(network.active()) <= self.most_start:
                        search.adopt(network)
                    status = run.until_done()
            except KeyboardInterrupt:
                # A second Ctrl-C is not caught.
                status = Status.INTERRUPTED
                search.price(time.perf_counter() + _LAST_SECONDS)
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
        return f"{type(self).__name__}(gap={self.gap:g})"

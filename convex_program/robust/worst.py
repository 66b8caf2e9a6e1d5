"""The worst case of a given network: every row moved within a ball, against the network."""

from __future__ import annotations

import heapq
import itertools
import math
import time
from fractions import Fraction

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.clock import Clock
from convex_program.errors import ArgumentError
from convex_program.fit import Fit
from convex_program.network import Network
from convex_program.problem import TrainingProblem, network_claim
from convex_program.robust.ball import Ball
from convex_program.robust.case import WorstCase, worst_loss
from convex_program.robust.response import ExactRow, Neurons, Response
from convex_program.robust.search import Climb
from convex_program.rounding import round_down, round_up
from convex_program.solution import Status

Floats = npt.NDArray[np.float64]

_TOLD = 0.5
"""Seconds between two words to a listener."""


def worst_case(
    network: Network,
    problem: TrainingProblem,
    ball: Ball,
    *,
    gap: float = 1e-6,
    time_limit: float | None = None,
    progress: ar.Listener = ar.session_listener,
) -> WorstCase:
    """Bound what a network's objective becomes when every row moves within a ball, from both sides.

    Parameters
    ----------
    network : Network
        Of any width; its weights count as stored.
    problem : TrainingProblem
        One output and a finite loss.
    ball : Ball
        `MaxNormBall(radius)` or `EuclideanBall(radius)`.
    gap : float
        Relative gap to reach.
    time_limit : float, optional
        Seconds; then the bounds so far.  Ctrl-C does the same.
    progress : Listener, optional

    Returns
    -------
    WorstCase

    Raises
    ------
    ArgumentError
        When network, problem and ball do not go together.

    Notes
    -----
    *Algorithm.* A convex loss is largest where the output is largest or smallest, so each row asks for two
    numbers.  Neurons that are linear over the row's ball are no question.  Of the others, those
    that bend the output downwards leave a concave function; only the rest is branched over, with a
    conic program a part.  The row with the widest gap comes first.

    *Exactness.* Bounds are rational numbers evaluated from multipliers; an attack is a rational point of
    the ball, checked.  What the conic solver misses makes the gap larger, never wrong.

    *Cost.* ``2^k`` conic programs for k neurons that switch within one ball, in the worst case; a few for
    small balls.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[1.0, 1.0], [-1.0, 1.0]], [1, -1], 0.1, loss=cx.Hinge())
    >>> network = cx.Network([[1.0, 0.0], [-1.0, 0.0]], [1.0, -1.0])
    >>> cx.worst_case(network, problem, cx.MaxNormBall(0.5))
    WorstCase(0.2 becomes 1.2 to 1.2, MaxNormBall(0.5))
    """
    moving = checked(problem, ball)
    problem.admit(network)
    if not gap >= 0.0 or not math.isfinite(gap):
        raise ArgumentError(f"gap = {gap}: a relative gap is a number from 0 on, such as 1e-6")
    if time_limit is not None and not time_limit >= 0.0:
        raise ArgumentError(f"time_limit = {time_limit}: seconds must not be negative")
    hunt = _Hunt(network, problem, ball, moving)
    status = hunt.run(gap, Clock(time_limit), progress)
    return WorstCase(
        problem, network, ball, moving, hunt.perturbations, hunt.ranges, status, hunt.steps
    )


def checked(problem: TrainingProblem, ball: Ball) -> tuple[int, ...]:
    """Return the columns that move; refuse what does not go together.

    Raises
    ------
    ArgumentError
    """
    if not isinstance(problem, TrainingProblem):
        raise ArgumentError(f"problem = {problem!r} is not a TrainingProblem")
    if not isinstance(ball, Ball):
        raise ArgumentError(f"ball = {ball!r} is not a Ball: MaxNormBall(0.1), say")
    problem.require_one_output("ball: attacks are about one output", "attack one of them alone")
    if not problem.loss.finite:
        raise ArgumentError(
            f"loss = {problem.loss!r} allows no error, and every attack makes one; choose another loss"
        )
    moving = ball.moving(problem.data)
    if problem.gauge.constants and problem.gauge.columns - 1 in moving:
        raise ArgumentError(
            "ball: the last column is a hidden bias without decay and cannot move; leave fixed out"
        )
    return moving


class _Row:
    """One row: its two climbs and the loss between them."""

    def __init__(self, fit: Fit, i: int, up: Climb, down: Climb) -> None:
        self.fit, self.index, self.up, self.down = fit, i, up, down

    @property
    def range(self) -> tuple[Fraction, Fraction]:
        """Between what outputs stay."""
        return -self.down.upper, self.up.upper

    @property
    def highest(self) -> Fraction:
        """No attack makes the loss larger."""
        return worst_loss(self.fit, self.index, *self.range)

    @property
    def reached(self) -> Fraction:
        """The loss under the best attack met."""
        return worst_loss(self.fit, self.index, -self.down.lower, self.up.lower)

    @property
    def attack(self) -> ExactRow:
        """The best attack met."""
        low, high = -self.down.lower, self.up.lower
        # of two equal losses the one that grows outwards: a margin just kept is where to press
        down, up = (
            (worst_loss(self.fit, self.index, z, z), worst_loss(self.fit, self.index, far, far))
            for z, far in ((low, low - 1), (high, high + 1))
        )
        return self.up.best if up >= down else self.down.best

    def step(self) -> bool:
        """Take a step for the end with the larger loss; whether there was one to take."""
        low, high = self.range
        ends = [(worst_loss(self.fit, self.index, z, z), side) for z, side in ((low, 0), (high, 1))]
        climb = (self.down, self.up)[max(ends)[1]]
        if climb.done:
            return False
        climb.step()
        return True


class _Hunt:
    """All rows, the one with the widest gap first; mutable, never handed out."""

    def __init__(
        self, network: Network, problem: TrainingProblem, ball: Ball, moving: tuple[int, ...]
    ) -> None:
        neurons = Neurons.of(network, ball, moving)
        self.rows = [
            _Row(
                problem.fit,
                i,
                *(Climb(Response.of(neurons, row, ball, moving, sign)) for sign in (1, -1)),
            )
            for i, row in enumerate(problem.data.fractions)
        ]
        self.problem, self.network, self.steps = problem, network, 0

    @property
    def ranges(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """Of every row."""
        return tuple(row.range for row in self.rows)

    @property
    def perturbations(self) -> tuple[ExactRow, ...]:
        """Of every row."""
        return tuple(row.attack for row in self.rows)

    def run(self, gap: float, clock: Clock, progress: ar.Listener) -> Status:
        """Step until the gap is reached, or nothing is left to step."""
        exact, claim = self.problem.exact, network_claim(self.network)
        whole, loss = exact.objective(claim), exact.fit.exact_value(exact.outputs(claim))
        assert whole is not None and loss is not None  # noqa: S101, PT018 - losses are finite
        # floats that steer are parts of the first bound: data of any size are within their range
        unit = whole - loss + sum((row.highest for row in self.rows), Fraction(0)) or Fraction(1)
        decay = float((whole - loss) / unit)
        order = itertools.count()
        highest = [round_up(row.highest / unit) for row in self.rows]
        gaps = [
            top - round_down(row.reached / unit)
            for top, row in zip(highest, self.rows, strict=True)
        ]
        heap = [(-width, next(order), row) for width, row in zip(gaps, self.rows, strict=True)]
        heapq.heapify(heap)
        began = told = time.perf_counter()
        try:
            with ar.ending_stages(progress) as listener:
                while heap:
                    left, total = math.fsum(gaps), decay + math.fsum(highest)
                    if left <= gap * total:
                        return Status.SOLVED
                    if clock.over:
                        return Status.TIME_LIMIT
                    now = time.perf_counter()
                    if now - told > _TOLD:
                        told = now
                        note = f"relative gap {left / total:.2g}"
                        listener(
                            ar.Progress(
                                "attacking", self.steps, None, "parts", now - began, note=note
                            )
                        )
                    row = heapq.heappop(heap)[2]
                    if not row.step():
                        continue
                    self.steps += 1
                    i = row.index
                    highest[i] = round_up(row.highest / unit)
                    gaps[i] = highest[i] - round_down(row.reached / unit)
                    heapq.heappush(heap, (-gaps[i], next(order), row))
        except KeyboardInterrupt:
            return Status.INTERRUPTED
        return Status.STALLED

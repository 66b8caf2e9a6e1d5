"""The worst case of a given network: every row moved within a ball, against the network."""

from __future__ import annotations

import heapq
import itertools
import math
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.clock import Clock
from convex_program.errors import ArgumentError
from convex_program.fit import Fit
from convex_program.network import Network
from convex_program.problem import TrainingProblem, network_claim
from convex_program.robust.ball import Ball
from convex_program.robust.response import ExactRow, Neurons, Response
from convex_program.robust.search import Climb
from convex_program.rounding import exact_sum, round_down, round_up
from convex_program.solution import Status
from convex_program.two_sided import TwoSided

Floats = npt.NDArray[np.float64]

_TOLD = 0.5
"""Seconds between two words to a listener."""
_ENCLOSED = Fraction(1, 1 << 190)
"""Values of losses that are not rational are too large by less than this part, plus this: see `enclosures`."""


@dataclass(frozen=True, eq=False, repr=False)
class WorstCase(TwoSided):
    """What a network's objective can become when every row moves within a ball.

    Both bounds are evaluated from what is stored here: the lower one is the objective on the moved
    rows, the upper one follows from the ranges of the outputs.

    Parameters
    ----------
    problem : TrainingProblem
    network : Network
    ball : Ball
    moving : tuple of int
        The columns that move.
    perturbations : tuple of n tuples of Fraction
        An attack: by how much each row moves, on the moving columns.
    ranges : tuple of n pairs of Fraction
        The outputs on row i stay between these two numbers, whatever the attack.
    status : Status
    steps : int
        Relaxations solved or divided.
    """

    problem: TrainingProblem
    network: Network
    ball: Ball
    moving: tuple[int, ...]
    perturbations: tuple[ExactRow, ...]
    ranges: tuple[tuple[Fraction, Fraction], ...]
    status: Status
    steps: int

    @cached_property
    def attacked(self) -> TrainingProblem:
        """The same problem on the moved rows, exactly."""
        rows = [list(row) for row in self.problem.data.fractions]
        for row, delta in zip(rows, self.perturbations, strict=True):
            for j, t in zip(self.moving, delta, strict=True):
                row[j] += t
        return replace(self.problem, X=ar.DataMatrix.from_array(rows))

    @cached_property
    def exact_lower(self) -> Fraction:
        """The objective under the attack, exactly, or slightly less for losses that are not rational."""
        reached = self.attacked.exact_objective(self.network)
        assert reached is not None  # noqa: S101 - infinite losses are refused
        if self.problem.loss.rational:
            return reached
        return reached * (1 - _ENCLOSED) - len(self.ranges) * _ENCLOSED * _heaviest(
            self.problem.fit
        )

    @cached_property
    def exact_upper(self) -> Fraction:
        """No attack makes the objective larger: weight decay, and the worse end of every range."""
        fit = self.problem.fit
        losses = [worst_loss(fit, i, *ends) for i, ends in enumerate(self.ranges)]
        return self.decay + exact_sum(losses)

    @cached_property
    def decay(self) -> Fraction:
        """The part of the objective that no attack changes, exactly."""
        exact, claim = self.problem.exact, network_claim(self.network)
        whole, loss = exact.objective(claim), exact.fit.exact_value(exact.outputs(claim))
        assert whole is not None and loss is not None  # noqa: S101, PT018 - losses are finite
        return whole - loss

    @cached_property
    def nominal(self) -> float:
        """The objective when nothing moves, rounded up."""
        whole = self.problem.exact_objective(self.network)
        assert whole is not None  # noqa: S101 - losses are finite
        return round_up(whole)

    @property
    def attack(self) -> Floats:
        """The moved rows as floats, shape (n, d)."""
        return self.attacked.data.floats

    def summary(self) -> str:
        """Say in a few lines what an attacker reaches and what nobody exceeds."""
        n, d = self.problem.data.shape
        lines = [
            f"Objective: {self.problem.objective_text}.",
            (
                f"Attacker                   moves {len(self.moving)} of {d} columns of {n} rows, "
                f"{self.ball.words} {float(self.ball.radius):g}"
            ),
            f"Nothing moved              {self.nominal:.12g}",
            f"Reached by an attack       {self.lower:.12g}",
            f"Exceeded by none           {self.upper:.12g}",
            (
                f"Gap                        {self.gap:.3g}  (relative {self.relative_gap:.3g}); "
                f"{self.status.value}"
            ),
        ]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {
            "nominal": self.nominal,
            "lower": self.lower,
            "upper": self.upper,
            "gap": self.gap,
            "relative_gap": self.relative_gap,
            "radius": float(self.ball.radius),
            "moving": list(self.moving),
            "status": self.status.name.lower(),
            "steps": self.steps,
        }

    def __repr__(self) -> str:
        """One line: what it is without and with an attacker."""
        return f"WorstCase({self.nominal:.9g} becomes {self.lower:.9g} to {self.upper:.9g}, {self.ball!r})"


def worst_loss(fit: Fit, i: int, low: Fraction, high: Fraction) -> Fraction:
    """Return the weighted loss of row i at the worse end of a range: convex losses are largest there."""
    weight = Fraction(1) if fit.entry_weights is None else fit.entry_weights[i]
    if weight == 0:
        return Fraction(0)
    ends = [fit.loss.exact_value(z, fit.exact_targets[i]) for z in (low, high)]
    return weight * max(t for t in ends if t is not None)


def worst_case(
    network: Network,
    problem: TrainingProblem,
    ball: Ball,
    *,
    gap: float = 1e-6,
    time_limit: float | None = None,
    progress: ar.Listener = ar.silent,
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


def _heaviest(fit: Fit) -> Fraction:
    return max(fit.entry_weights or (Fraction(1),))


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
        decay = self.problem.objective(self.network) - self.problem.fit.value(
            self.network.forward(self.problem.data)
        )
        order = itertools.count()
        highest = [round_up(row.highest) for row in self.rows]
        gaps = [top - round_down(row.reached) for top, row in zip(highest, self.rows, strict=True)]
        heap = [(-width, next(order), row) for width, row in zip(gaps, self.rows, strict=True)]
        heapq.heapify(heap)
        began = told = time.perf_counter()
        try:
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
                    progress(
                        ar.Progress("attacking", self.steps, None, "parts", now - began, note=note)
                    )
                row = heapq.heappop(heap)[2]
                if not row.step():
                    continue
                self.steps += 1
                i = row.index
                highest[i] = round_up(row.highest)
                gaps[i] = highest[i] - round_down(row.reached)
                heapq.heappush(heap, (-gaps[i], next(order), row))
        except KeyboardInterrupt:
            return Status.INTERRUPTED
        return Status.STALLED

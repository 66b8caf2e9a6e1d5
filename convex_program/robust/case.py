"""The record of a worst case: an attack, the ranges of the outputs, and both bounds evaluated from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.fit import Fit
from convex_program.network import Network
from convex_program.problem import TrainingProblem, network_claim
from convex_program.robust.ball import Ball
from convex_program.robust.response import ExactRow
from convex_program.rounding import exact_sum, round_up
from convex_program.solution import Status
from convex_program.two_sided import TwoSided

Floats = npt.NDArray[np.float64]

_ENCLOSED = Fraction(1, 1 << 190)
"""Values of losses that are not rational are too large by less than this part, plus this: see `enclosures`."""


@dataclass(frozen=True, eq=False, repr=False)
class WorstCase(TwoSided):
    """What a network's objective can become when every row moves within a ball.

    ``lower`` and ``upper`` are about *this* network: what an attack reaches, and what none exceeds.  Both
    are evaluated from what is stored here: the lower one is the objective on the moved
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

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0, 1.0], [1.0, 1.0]], [0.0, 2.0], 0.1)
    >>> network = cx.Network([[1.0, 1.0]], [1.0])
    >>> case = cx.worst_case(network, problem, cx.MaxNormBall(0.5))
    >>> bool(problem.objective(network) < case.lower <= case.upper)
    True
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


def _heaviest(fit: Fit) -> Fraction:
    return max(fit.entry_weights or (Fraction(1),))

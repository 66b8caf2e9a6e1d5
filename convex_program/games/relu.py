"""Discriminators with two slopes compare means over every activation pattern of the stack."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from convex_program.activations import Activation, ReLU
from convex_program.claim import Level
from convex_program.clock import Clock
from convex_program.dual import certify_on_cones
from convex_program.games.base import Advantage, Discriminator, Effort, Floats
from convex_program.games.samples import Samples
from convex_program.pricing import AutoPricing, priced_rows
from convex_program.problem import TrainingProblem
from convex_program.rounding import root_down, root_up, round_up
from convex_program.undecayed import reachable_space

_TOLERANCE = 1e-10
_EXCESS = 2.0**-33
"""By how much a proved bound may exceed the score met: trees grow with its inverse."""
_BELOW = 1.0 - 2.0**-20
"""What a proof that nobody wins aims at: a bound just above beta would leave it open."""


@final
@dataclass(frozen=True)
class ReLUDiscriminator(Discriminator):
    """Units ``phi(x.u)``: the advantage is h of +1 on data and -1 on generated rows, by pricing.

    Parameters
    ----------
    activation : Activation
        `ReLU()`, leaky, absolute value, or any two slopes.

    Notes
    -----
    *Algorithm.* ``max over |u| <= 1 of |v.phi([X; G] u)|`` is the question that every bound of this
    package asks, so cones, cells and relaxations answer it over *all* patterns of the stack.

    *Exactness.* Rigorous; proved by trees of cones when asked for.

    *Reference.* Sahiner et al., "Hidden convexity of Wasserstein GANs", ICLR 2022.

    Examples
    --------
    >>> import convex_program as cx
    >>> units = cx.ReLUDiscriminator()
    >>> verdict = cx.certify_generator([[1.0]], [[3.0]], 1, discriminator=units)
    >>> round(verdict.advantage.lower, 6), round(verdict.advantage.upper, 6)  # 3 - 1
    (2.0, 2.0)
    """

    activation: Activation = ReLU()  # noqa: RUF009 - an immutable record

    def advantage(
        self,
        samples: Samples,
        effort: Effort,
    ) -> Advantage:
        """Price the stack; prove it by cones where that is asked for and ends."""
        clock = Clock(effort.time_limit)
        problem = detection_problem(samples, self.activation, Fraction(1))
        vector = np.array(samples.weights, dtype=np.float64)
        method = AutoPricing(tolerance=_TOLERANCE).within(clock.left())
        reached_outputs = reachable_space(problem.data, self.activation, constant=False)
        if reached_outputs.is_orthogonal([Fraction(w) for w in samples.weights]):
            return Advantage(0.0, 0.0, np.zeros(samples.columns), Level.PROVED)
        found = priced_rows(problem.gauge).price(method, vector)
        direction = found.directions[0] if len(found.directions) else np.zeros(samples.columns)
        lower = score(samples, self.activation, direction)
        upper = round_up(Fraction(found.bound) / samples.unit)
        reached = Level.RIGOROUS
        if effort.level is Level.PROVED:
            wanted = max(effort.enough * _BELOW, lower * (1.0 + _EXCESS)) or upper
            proved = self._proved(samples, wanted, found.directions, effort, clock)
            if proved is not None:
                upper, reached = proved, Level.PROVED
        return Advantage(lower, upper, direction, reached)

    def _proved(
        self, samples: Samples, wanted: float, starts: Floats, effort: Effort, clock: Clock
    ) -> float | None:
        """Return a proved bound near ``wanted``, or above it where that is too sharp."""
        problem = detection_problem(samples, self.activation, Fraction(wanted))
        vector = np.array(samples.weights, dtype=np.float64)
        certificate = certify_on_cones(
            problem, vector, starts=starts, seconds=clock.left(), progress=effort.progress
        )
        if certificate is None:
            return None
        square = certificate.evidence.square(problem.exact, certificate.vector)
        assert square is not None  # noqa: S101 - only constants that cost nothing have no bound
        return root_up(square / samples.unit**2)

    @property
    def words(self) -> str:
        """What it compares."""
        return f"{self.activation!r} discriminators, over all patterns of data and generated rows"


def detection_problem(samples: Samples, activation: Activation, beta: Fraction) -> TrainingProblem:
    """Return the training problem of telling samples apart: +1 for data, -1 for generated rows.

    With squared loss its dual vector at no neurons is the score's weights, so *a network without
    neurons is optimal exactly where no unit scores more than beta*: the claim of the one is the
    proof of the other.
    """
    return TrainingProblem(
        samples.stack, samples.weights, beta * samples.unit, activation=activation
    )


def score(samples: Samples, activation: Activation, direction: Floats) -> float:
    """Return what a direction scores, scaled to length one, evaluated exactly and rounded down."""
    u = [Fraction(t) for t in direction.tolist()]
    square = sum((t * t for t in u), Fraction(0))
    if square == 0:
        return 0.0
    on, off = activation.on, activation.off
    products = (
        sum((a * b for a, b in zip(row, u, strict=True)), Fraction(0)) for row in samples.stack
    )
    total = samples.weighted(on * t if t > 0 else -off * t for t in products)
    return root_down(total * total / square)

"""A given generator against the best discriminator of any width."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

import arrangements as ar
from convex_program.bracket import Bracket
from convex_program.claim import Claim, Level
from convex_program.dual import certify_on_cones
from convex_program.errors import ArgumentError, ClaimError
from convex_program.games.base import Advantage, Discriminator, Effort
from convex_program.games.relu import ReLUDiscriminator, detection_problem
from convex_program.games.samples import Samples
from convex_program.reading import read_number

_ROOM = 1 + Fraction(1, 1 << 30)


@dataclass(frozen=True, eq=False, repr=False)
class GeneratorVerdict:
    """Whether any discriminator still tells generated rows from data.

    Parameters
    ----------
    samples : Samples
    beta : Fraction
        The weight decay of the discriminator.
    discriminator : Discriminator
    advantage : Advantage
        What the best unit of length one scores, from both sides.

    Examples
    --------
    >>> import convex_program as cx
    >>> units = cx.QuadraticDiscriminator()
    >>> verdict = cx.certify_generator([[1.0, 0.0]], [[2.0, 0.0]], 4, discriminator=units)
    >>> verdict.wins, round(float(verdict.least_beta), 6)  # no unit scores more than 3
    (False, 3.0)
    """

    samples: Samples
    beta: Fraction
    discriminator: Discriminator
    advantage: Advantage

    @property
    def wins(self) -> bool | None:
        """Whether some discriminator wins: True, False, or None where the bounds leave it open."""
        if Fraction(self.advantage.lower) > self.beta:
            return True
        return False if Fraction(self.advantage.upper) <= self.beta else None

    @property
    def excess(self) -> tuple[float, float]:
        """By how much the best unit scores more than beta, from both sides; 0 when nobody wins."""
        return tuple(  # type: ignore[return-value]
            max(0.0, float(Fraction(side) - self.beta))
            for side in (self.advantage.lower, self.advantage.upper)
        )

    @property
    def least_beta(self) -> float:
        """A weight decay from which on nobody wins: the upper bound of the advantage."""
        return self.advantage.upper

    def summary(self) -> str:
        """Say in a few lines who wins, by how much, and how that is known."""
        k, n = self.samples.generated.shape[0], self.samples.data.shape[0]
        best = self.advantage
        outcome = {
            True: "a discriminator wins, by as much as it likes: the game has no value here",
            False: "no discriminator of any width wins: its best choice is to answer nothing",
            None: "open: beta lies between the two bounds",
        }[self.wins]
        return "\n".join(
            [
                f"{k} generated rows against {n} rows of data, beta = {float(self.beta):.6g}",
                f"Discriminators             {self.discriminator.words}",
                f"Best score of a unit       at least {best.lower:.12g}",
                f"Bound on every unit        {best.upper:.12g}  ({best.level.value})",
                f"Outcome                    {outcome}",
            ]
        )

    def claim(self, *, progress: ar.Listener = ar.session_listener) -> Claim:
        """Return a claim for `verify` and the standalone checker: nobody scores more than a number.

        It says that a network *without neurons* is an optimum of telling the rows apart (+1 data,
        -1 generated rows, squared loss) with that number as weight decay, which is the same
        statement.  The number is beta where nobody wins, and otherwise the upper bound with room of 2**-30.

        Raises
        ------
        ClaimError
            When there is no proof: the trees of cones came to no end, or other discriminators
            were asked about, whose bounds are a few rational operations and need no file.
        """
        if not isinstance(self.discriminator, ReLUDiscriminator):
            raise ClaimError(
                f"{self.discriminator!r}: claims are about discriminators with two slopes; its bound "
                "is exact arithmetic on the data, to be repeated by who doubts it"
            )
        number = self.beta if self.wins is False else Fraction(self.advantage.upper) * _ROOM
        if number == 0:
            raise ClaimError(
                "beta is 0 and every score is 0: there is nothing to be checked by cones"
            )
        problem = detection_problem(self.samples, self.discriminator.activation, number)
        vector = np.array(self.samples.weights, dtype=np.float64)
        starts = self.advantage.direction[np.newaxis]
        certificate = certify_on_cones(problem, vector, starts=starts, progress=progress)
        if certificate is None:
            raise ClaimError(
                "a claim needs a proved bound, and the trees of cones came to no end; use fewer columns"
            )
        return Bracket(problem.empty_network(), certificate).claim()

    def __repr__(self) -> str:
        """One line: who wins, and the advantage."""
        outcome = {True: "discriminator wins", False: "nobody wins", None: "open"}[self.wins]
        return f"GeneratorVerdict({outcome} at beta={float(self.beta):g}, {self.advantage!r})"


def certify_generator(
    generated: Any,
    data: Any,
    beta: Any,
    *,
    discriminator: Discriminator | None = None,
    level: Level = Level.RIGOROUS,
    time_limit: float | None = None,
    progress: ar.Listener = ar.session_listener,
) -> GeneratorVerdict:
    """Say by how much the best discriminator of any width still wins against generated rows.

    Parameters
    ----------
    generated : (k, d) array_like
        What the generator puts out; read exactly.
    data : (n, d) array_like
        Append a column of ones to both for discriminators with biases, decayed like weights.
    beta : number >= 0
        Weight decay of the discriminator: ``beta/2 (|u|^2 + a^2)`` a neuron, ``beta/3
        (|u|^3 + |a|^3)`` for quadratic ones.
    discriminator : Discriminator, optional
        `ReLUDiscriminator()` when not given.
    level : Level, optional
        `Level.PROVED` asks for trees of cones.
    time_limit : float, optional
        Seconds; bounds are valid whenever it stops.
    progress : Listener, optional

    Returns
    -------
    GeneratorVerdict

    Raises
    ------
    ArgumentError
        When shapes do not agree, or beta is negative.

    Notes
    -----
    *Algorithm.* The discriminator's gain is homogeneous, so its best value is 0 where no unit of
    length one scores more than beta, and infinite otherwise: see `Discriminator`.

    *Reference.* Sahiner et al., "Hidden convexity of Wasserstein GANs", ICLR 2022.

    Examples
    --------
    >>> import convex_program as cx
    >>> data = [[3, 1], [1, 1], [-2, 1]]
    >>> verdict = cx.certify_generator([[1.5, 1], [1.5, 1], [-1, 1]], data, 1,
    ...                                level=cx.Level.PROVED)
    >>> round(verdict.advantage.lower, 9), verdict.advantage.level.value
    (1.0, 'proved')
    """
    samples = Samples.of(generated, data)
    decay = read_number("beta", beta)
    if decay < 0:
        raise ArgumentError(f"beta = {beta!r} must be at least 0")
    judge = ReLUDiscriminator() if discriminator is None else discriminator
    found = judge.advantage(samples, Effort(level, float(decay), time_limit, progress))
    return GeneratorVerdict(samples, decay, judge, found)

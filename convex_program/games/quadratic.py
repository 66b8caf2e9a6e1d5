"""Quadratic discriminators compare second moments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import final

import numpy as np

from convex_program.claim import Level
from convex_program.games.base import Advantage, Discriminator, Effort
from convex_program.games.samples import Samples
from convex_program.rounding import over_one_denominator, round_down

Matrix = list[list[Fraction]]


@final
class QuadraticDiscriminator(Discriminator):
    """Units ``(x.u)^2``: the advantage is the largest absolute eigenvalue of ``X'X - G'G``.

    Notes
    -----
    *Exactness.* Proved: for a number s next to the float eigenvalue, s I - M and s I + M are
    positive definite, which the leading minors decide in integers.

    *Cost.* d^3 operations on integers of d times the bits of the entries.

    Examples
    --------
    >>> import convex_program as cx
    >>> units = cx.QuadraticDiscriminator()
    >>> verdict = cx.certify_generator([[1.0, 0.0]], [[2.0, 0.0]], 1, discriminator=units)
    >>> verdict.advantage.level.value, verdict.advantage.lower <= 3 <= verdict.advantage.upper
    ('proved', True)
    """

    def advantage(
        self,
        samples: Samples,
        effort: Effort,  # noqa: ARG002 - sums need none
    ) -> Advantage:
        """Compute the spectrum in floats and decide in integers."""
        moment = second_moment(samples)
        d = samples.columns
        values, vectors = np.linalg.eigh(np.array(moment, dtype=np.float64).reshape(d, d))
        best = int(np.argmax(np.abs(values)))
        if not any(map(any, moment)):
            return Advantage(0.0, 0.0, np.zeros(d), Level.PROVED)
        direction = vectors[:, best]
        exact = [Fraction(t) for t in direction.tolist()]
        square = sum((t * t for t in exact), Fraction(0))
        score = abs(
            sum(
                (exact[i] * moment[i][j] * exact[j] for i in range(d) for j in range(d)),
                Fraction(0),
            )
        )
        lower = round_down(score / square)
        upper, step = math.nextafter(abs(float(values[best])), math.inf), 2.0**-50
        while not _bounded(moment, Fraction(upper)):
            upper *= 1.0 + step
            step *= 4.0
        return Advantage(lower, upper, direction, Level.PROVED)

    @property
    def words(self) -> str:
        """What it compares."""
        return "quadratic discriminators, which compare second moments"

    def __repr__(self) -> str:
        """As it is made."""
        return "QuadraticDiscriminator()"


def second_moment(samples: Samples) -> Matrix:
    """Return ``X'X - (n/k) G'G`` exactly."""
    columns = list(zip(*samples.stack, strict=True))
    return [
        [samples.weighted(a * b for a, b in zip(one, other, strict=True)) for other in columns]
        for one in columns
    ]


def _bounded(matrix: Matrix, size: Fraction) -> bool:
    """Whether all eigenvalues of a symmetric matrix lie within -size .. size, with room."""
    d = len(matrix)
    return all(
        positive_definite(
            [[(size if i == j else 0) + side * matrix[i][j] for j in range(d)] for i in range(d)]
        )
        for side in (1, -1)
    )


def positive_definite(matrix: Sequence[Sequence[Fraction]]) -> bool:
    """Decide by the leading minors, with fraction-free elimination over integers."""
    rows = over_one_denominator(*[[Fraction(entry) for entry in row] for row in matrix])[1]
    previous = 1
    for k, pivot_row in enumerate(rows):
        pivot = pivot_row[k]
        if pivot <= 0:
            return False
        for row in rows[k + 1 :]:
            first = row[k]
            for j in range(k + 1, len(row)):
                row[j] = (pivot * row[j] - first * pivot_row[j]) // previous
        previous = pivot
    return True

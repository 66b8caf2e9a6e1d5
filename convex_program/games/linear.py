"""Linear discriminators compare means."""

from __future__ import annotations

from fractions import Fraction
from typing import final

import numpy as np

from convex_program.claim import Level
from convex_program.games.base import Advantage, Discriminator, Effort
from convex_program.games.samples import Samples
from convex_program.rounding import root_down, root_up


@final
class LinearDiscriminator(Discriminator):
    """Units ``x.u``: the advantage is the length of the difference of the sums.

    Examples
    --------
    >>> import convex_program as cx
    >>> verdict = cx.certify_generator([[1.0, 0.0]], [[4.0, 4.0]], 2,
    ...                                discriminator=cx.LinearDiscriminator())
    >>> verdict.advantage
    Advantage(5 <= score <= 5, proved)
    """

    def advantage(
        self,
        samples: Samples,
        effort: Effort,  # noqa: ARG002 - sums need none
    ) -> Advantage:
        """Add up in rationals: always proved."""
        columns = zip(*samples.stack, strict=True)
        difference = [samples.weighted(column) for column in columns]
        square = sum((t * t for t in difference), Fraction(0))
        length = root_down(square)
        direction = np.array([float(t) for t in difference])
        return Advantage(
            length,
            root_up(square),
            direction / length if length > 0 else np.zeros(samples.columns),
            Level.PROVED,
        )

    @property
    def words(self) -> str:
        """What it compares."""
        return "linear discriminators, which compare means"

    def __repr__(self) -> str:
        """As it is made."""
        return "LinearDiscriminator()"

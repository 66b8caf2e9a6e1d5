"""Three plugins of a user's own: a loss, an activation, a way to list patterns."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, final

import arrangements as ar
from convex_program.activations import Activation
from convex_program.losses.base import Floats
from convex_program.losses.quadratic import QuadraticLoss
from convex_program.reading import read_between


@final
class Onesided(QuadraticLoss):
    """Squared errors, but an output that is too large costs at most so much a unit.

    With r = y - z it is ``r^2 / 2`` for ``r >= -most``, and the tangent there below.

    Parameters
    ----------
    most : number or text
        The slope for outputs far too large.
    """

    name: ClassVar[str] = "onesided"
    words: ClassVar[str] = "sum of one-sided squared errors"
    kappa: ClassVar[float] = 1

    def __init__(self, most: Any = 1) -> None:
        self.most = read_between("most", most, 0, 10**9)

    @property
    def parameters(self) -> dict[str, Fraction]:
        """What tells this loss from others of the class."""
        return {"most": self.most}

    def domain(self, y: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Return where the dual ``v y - v^2 / 2`` is finite: from -most on."""
        del y
        return -self.most, None

    def rescaled(self, unit: Fraction) -> tuple[Onesided, Fraction]:
        """Return the loss in other units of the targets, and by what it is multiplied."""
        return Onesided(self.most / unit), unit * unit

    def expression(self, modelling: Any, z: Any, y: Floats, weights: Floats) -> Any:
        """Return the weighted sum in cvxpy: errors below, a Huber loss above."""
        below = modelling.square(modelling.pos(y - z)) / 2
        above = modelling.huber(modelling.pos(z - y), float(self.most)) / 2
        return modelling.sum(modelling.multiply(weights, below + above))


@final
class Skewed(Activation):
    """A V whose left arm is half as steep: ``max(t, 0) + max(-t, 0) / 2``."""

    name: ClassVar[str] = "skewed"

    @property
    def on(self) -> Fraction:
        """The value at 1."""
        return Fraction(1)

    @property
    def off(self) -> Fraction:
        """The value at -1."""
        return Fraction(1, 2)


@final
class Halves(ar.Method):
    """List the regions on one side of the first hyperplane, and mirror them.

    Parameters
    ----------
    inner : Method
        Who lists that side.
    """

    def __init__(self, inner: ar.Method) -> None:
        self.inner = inner

    def run(self, arrangement: ar.Arrangement, piece: ar.Unit) -> ar.BatchRun:
        """Yield every pattern of a cone once; of the whole space only one of each pair."""
        whole = piece.within.is_whole_space
        first = next((row for row in arrangement.data.integers if any(row)), None)
        if not whole or first is None:
            return (yield from self.inner.run(arrangement, piece))
        side = ar.Cone.from_normals([first])
        for part in self.inner.pieces(arrangement, side):
            for batch in self.inner.run(arrangement, part):
                yield ar.Batch(batch.packed, batch.witnesses, mirrored=True, sharper=batch.sharper)
        return None  # no proof of its own: the number of patterns is proved afterwards

    def estimate_seconds(self, arrangement: ar.Arrangement, regions: int) -> float:
        """Return about how long it takes."""
        return self.inner.estimate_seconds(arrangement, regions // 2)

    def __repr__(self) -> str:
        """Name the method inside: it decides the order."""
        return f"Halves({self.inner!r})"

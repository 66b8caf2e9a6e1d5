"""One coefficient: a sum of convex functions of one number, minimized exactly by bisection of its kinks.

The commonest case: rows that are the same point, or multiples of each other, with different targets.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import final

from convex_program.fit import Fit
from convex_program.losses import QuadraticLoss
from convex_program.undecayed.combination import Columns
from convex_program.undecayed.least import Least, Search, weights_of, zeros


@final
class SingleSearch(Search):
    """Exact for every loss with ``D(v) = y v - kappa v^2 / 2``.

    Notes
    -----
    *Algorithm.* ``G(c) = b.v(c b)``, v the answer to outputs c b, falls from positive to negative; it
    jumps (kappa = 0) or bends (kappa = 1) where an entry of v meets an end of its interval.  Bisection
    of these points, sorted, finds where it passes 0: at a jump, or within a piece on which it is linear.

    *Exactness.* Rational; no float is used.

    *Cost.* O(n log n) rational operations.

    Parameters
    ----------
    loss : QuadraticLoss
    """

    def __init__(self, loss: QuadraticLoss) -> None:
        self._loss = loss

    def least(self, columns: Columns, fit: Fit) -> Least:
        """Return the least loss, exactly."""
        b = [dict(terms).get(0, Fraction(0)) for terms in columns.terms]
        c = self._best(b, fit)
        outputs = [c * entry for entry in b]
        low, high = self._intervals(outputs, fit)
        dual = _between(b, low, high)
        return Least((c,) if columns.width else (), tuple(dual), zeros(columns.width))

    def _best(self, b: Sequence[Fraction], fit: Fit) -> Fraction:
        points = sorted(self._breaks(b, fit))
        if not points:
            points = [Fraction(0)]
        first, last = 0, len(points)
        while first < last:  # the first point beyond which G is not positive
            middle = (first + last) // 2
            if self._pull(points[middle], b, fit)[0] <= 0:
                last = middle
            else:
                first = middle + 1
        if first < len(points) and self._pull(points[first], b, fit)[1] >= 0:
            return points[first]
        # G passes 0 between points (or beyond them all), where it is linear.
        if first == 0:
            left, right = points[0] - 1, points[0]
        elif first == len(points):
            left, right = points[-1], points[-1] + 1
        else:
            left, right = points[first - 1], points[first]
        before, after = self._pull(left, b, fit)[0], self._pull(right, b, fit)[1]
        return left if before == after else left + (right - left) * before / (before - after)

    def _breaks(self, b: Sequence[Fraction], fit: Fit) -> set[Fraction]:
        points: set[Fraction] = set()
        for entry, y in zip(b, fit.exact_targets, strict=True):
            if not entry:
                continue
            if self._loss.kappa:
                ends = [end for end in self._loss.domain(y) if end is not None]
                points.update((y - end) / entry for end in ends)
            else:
                points.add(y / entry)
        return points

    def _pull(self, c: Fraction, b: Sequence[Fraction], fit: Fit) -> tuple[Fraction, Fraction]:
        """Return G just after and just before c."""
        low, high = self._intervals([c * entry for entry in b], fit)
        after = before = Fraction(0)
        for entry, least, most in zip(b, low, high, strict=True):
            after += entry * (least if entry > 0 else most)
            before += entry * (most if entry > 0 else least)
        return after, before

    def _intervals(
        self, outputs: Sequence[Fraction], fit: Fit
    ) -> tuple[list[Fraction], list[Fraction]]:
        """Return the least and largest v that answer each output."""
        low, high = [], []
        for z, y, s in zip(outputs, fit.exact_targets, weights_of(fit), strict=True):
            least, most = self._loss.domain(y)
            r = y - z
            if self._loss.kappa:
                v = r if least is None else max(r, least)
                v = v if most is None else min(v, most)
                low.append(s * v)
                high.append(s * v)
            else:
                low.append(s * ((least if r <= 0 else most) or Fraction(0)))
                high.append(s * ((most if r >= 0 else least) or Fraction(0)))
        return low, high


def _between(
    b: Sequence[Fraction], low: Sequence[Fraction], high: Sequence[Fraction]
) -> list[Fraction]:
    """Return a v in a box with ``b.v = 0``, which is known to have one."""
    dual = [most if entry > 0 else least for entry, least, most in zip(b, low, high, strict=True)]
    rest = sum((entry * v for entry, v in zip(b, dual, strict=True)), Fraction(0))
    for i, entry in enumerate(b):
        if rest == 0:
            break
        room = abs(entry) * (high[i] - low[i])
        taken = min(room, rest)
        if entry:
            dual[i] -= taken / entry
            rest -= taken
    return dual

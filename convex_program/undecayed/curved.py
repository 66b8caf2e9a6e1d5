"""Losses that are squares between two ends and lines beyond: squared, Huber, squared hinge."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import final

import numpy as np

from convex_program.fit import Fit
from convex_program.undecayed.combination import Columns, solve
from convex_program.undecayed.descent import descend
from convex_program.undecayed.least import Least, Search, weights_of, zeros

_ROUNDS = 20


@final
class CurvedSearch(Search):
    """Newton's method in rational numbers, started where floating point ends.

    Notes
    -----
    *Algorithm.* ``v_i = s_i clip(y_i - z_i)`` is the derivative of the loss.  On rows where nothing is
    cut off it is linear in the coefficients: one exact solution of the normal equations of those
    rows.  With the right rows ``B' v = 0`` holds exactly, and outputs and v meet: v maximizes
    ``D(v) - v.z`` by definition and ``v.z = 0``.  The squared loss needs one step from anywhere.
    Huber's loss for errors much larger than its delta is nearly one with kinks: where floating point
    misleads, the vertex of that one is the second start, and its dual vector is valid in any case.

    Parameters
    ----------
    flat : Search
        For losses made of lines over the same intervals.
    """

    def __init__(self, flat: Search) -> None:
        self._flat = flat

    def least(self, columns: Columns, fit: Fit) -> Least:
        """Return the least loss; exactly, but for rounding errors that mislead both starts."""
        found = _newton(columns, fit, self._start(columns, fit))
        if found is not None:
            return found
        if any(None in fit.loss.domain(y) for y in fit.exact_targets):
            return Least(*map(zeros, (columns.width, len(fit.exact_targets), columns.width)))
        flat = self._flat.least(columns, fit)
        return _newton(columns, fit, flat.coefficients) or flat

    def _start(self, columns: Columns, fit: Fit) -> list[Fraction]:
        kinds = {fit.loss.domain(y) for y in fit.exact_targets}
        if kinds == {(None, None)}:
            return [Fraction(0)] * columns.width
        return [Fraction(value) for value in np.asarray(descend(columns.floats, fit)).tolist()]


def _newton(columns: Columns, fit: Fit, c: Sequence[Fraction]) -> Least | None:
    """Return the minimum, or None when the steps do not end there."""
    for _ in range(_ROUNDS):
        outputs = columns.times(c)
        dual, curved = _answers(fit, outputs)
        slope = columns.transposed_times(dual)
        if not any(slope):
            return Least(tuple(c), tuple(dual), zeros(columns.width))
        step = solve(columns.gram(curved), slope)
        if step is None:
            return None
        c = [a + b for a, b in zip(c, step, strict=True)]
    return None


def _answers(fit: Fit, outputs: Sequence[Fraction]) -> tuple[list[Fraction], list[Fraction]]:
    """Return v and ``-dv/dz`` of every row."""
    dual, curved = [], []
    for z, y, s in zip(outputs, fit.exact_targets, weights_of(fit), strict=True):
        low, high = fit.loss.domain(y)
        r = y - z
        if low is not None and r < low:
            dual.append(s * low)
            curved.append(Fraction(0))
        elif high is not None and r > high:
            dual.append(s * high)
            curved.append(Fraction(0))
        else:
            dual.append(s * r)
            curved.append(s)
    return dual, curved

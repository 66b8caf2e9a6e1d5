"""Losses whose least value lies at infinity, such as the logistic: they may fall without end."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import final

import numpy as np
import numpy.typing as npt

import arrangements as ar
from arrangements.extras import extra
from convex_program.fit import Fit
from convex_program.undecayed.combination import Columns, solve
from convex_program.undecayed.descent import descend
from convex_program.undecayed.least import Least, Search, zeros

Floats = npt.NDArray[np.float64]


@final
class EndlessSearch(Search):
    """Split off the rows that can be made right by any margin; minimize over the others.

    Notes
    -----
    *Theory.* Call s in the space an escape when ``y_i s_i >= 0`` for every row.  Let P be the rows
    where some escape is not zero, N the others.  Adding a large multiple of an escape that is
    not zero anywhere on P makes the losses there vanish and changes nothing on N.  So the infimum is that
    over the rows N alone; there it is attained, because an escape on N would, with that multiple added, be
    an escape of all rows.  Over all rows it is attained if and only if P is empty: along an escape the
    loss falls strictly.

    *Exactness.* A linear program proposes P and an escape; it is moved exactly to the vectors that
    vanish on N.  Newton's method proposes v on N, moved exactly to the complement of the space.  When
    P is too small, there is no such v within the domain, or the bounds stay apart.
    """

    def least(self, columns: Columns, fit: Fit) -> Least:
        """Return the infimum between two numbers that nearly meet."""
        count, width = len(fit.exact_targets), columns.width
        escape = _escape(columns, fit)
        held = [i for i, value in enumerate(columns.times(escape)) if not value]
        inner, kept = columns.of_rows(held)
        weights = None if fit.exact_weights is None else tuple(fit.exact_weights[i] for i in held)
        part = Fit(fit.loss, tuple(fit.exact_targets[i] for i in held), weights)
        found = descend(inner.floats, part)
        dual, coefficients = list(zeros(count)), list(zeros(width))
        for i, value in zip(held, _dual(inner, part, found), strict=True):
            dual[i] = value
        for column, value in zip(kept, found.tolist(), strict=True):
            coefficients[column] = Fraction(value)
        return Least(tuple(coefficients), tuple(dual), tuple(escape))


def _escape(columns: Columns, fit: Fit) -> Sequence[Fraction]:
    """Return the coefficients of an escape that moves all rows that can be moved; zeros if none is found."""
    with extra:
        from scipy.optimize import linprog

    count, width = len(fit.exact_targets), columns.width
    if width <= 1:
        return _either_way(columns, fit)
    signs = np.sign(fit.targets)
    matrix = columns.floats
    size = np.abs(matrix).max(axis=0)
    signed = signs[:, np.newaxis] * matrix / size
    answer = linprog(
        np.r_[np.zeros(width), -np.ones(count)],
        A_ub=np.hstack([-signed, np.eye(count)]),
        b_ub=np.zeros(count),
        bounds=[(None, None)] * width + [(0.0, 1.0)] * count,
        method="highs",
    )
    none = zeros(width)
    if answer.x is None:
        return none
    held = np.flatnonzero(answer.x[width:] <= 0.5)  # noqa: PLR2004 - a solution has 0 and 1 only
    rows = columns.integer_rows()
    free = ar.null_space([rows[i] for i in held], width)
    if not free:
        return none
    directions = np.array([[float(entry) for entry in row] for row in free]).T
    wanted = answer.x[:width] / size
    factors = np.linalg.lstsq(directions, wanted, rcond=None)[0].tolist()
    c = [
        sum((Fraction(f) * row[k] for f, row in zip(factors, free, strict=True)), Fraction(0))
        for k in range(width)
    ]
    moves = columns.times(c)
    wrong = any(y * s < 0 for y, s in zip(fit.exact_targets, moves, strict=True))
    return none if wrong else c


def _either_way(columns: Columns, fit: Fit) -> Sequence[Fraction]:
    """Return the escape along one column, exactly."""
    for factor in (Fraction(1), Fraction(-1))[: 2 * columns.width]:
        moves = columns.times((factor,))
        if all(y * s >= 0 for y, s in zip(fit.exact_targets, moves, strict=True)):
            return (factor,)
    return zeros(columns.width)


def _dual(columns: Columns, fit: Fit, c: Floats) -> Sequence[Fraction]:
    """Return the answer to the outputs, moved into the complement of the columns exactly."""
    answer, rate = fit.answer(columns.floats @ c)
    v = [Fraction(value) for value in answer.tolist()]
    # Small entries are moved little: they stay on their side of zero.
    weights = [Fraction(value) for value in rate.tolist()]
    step = solve(columns.gram(weights), columns.transposed_times(v))
    if step is None:
        return zeros(len(v))
    moves = columns.times(step)
    moved = [a - w * move for a, w, move in zip(v, weights, moves, strict=True)]
    return moved if fit.exact_dual(moved) is not None else zeros(len(v))

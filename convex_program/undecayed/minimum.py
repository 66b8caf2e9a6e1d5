"""The least loss over a reachable space, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from convex_program.fit import Fit
from convex_program.losses import EntryLoss, QuadraticLoss
from convex_program.undecayed.combination import Columns
from convex_program.undecayed.curved import CurvedSearch
from convex_program.undecayed.endless import EndlessSearch
from convex_program.undecayed.kinked import KinkedSearch
from convex_program.undecayed.least import Least, Search, zeros
from convex_program.undecayed.single import SingleSearch
from convex_program.undecayed.space import ReachableSpace


@dataclass(frozen=True, slots=True)
class InfimumEvidence:
    """Outputs, a dual vector and an escape for all n rows; nothing in it is believed."""

    outputs: tuple[Fraction, ...]
    dual: tuple[Fraction, ...]
    escape: tuple[Fraction, ...]


def is_endless(loss: EntryLoss) -> bool:
    """Return whether the least value of a loss lies at infinity: where v = 0 sends the output."""
    return bool(np.isinf(loss.dual_slope(np.zeros(1), np.ones(1)))[0])


def least_loss(space: ReachableSpace, fit: Fit) -> InfimumEvidence:
    """Return what shows the infimum of a loss over a space, from both sides.

    Parameters
    ----------
    space : ReachableSpace
    fit : Fit
        Its loss is finite everywhere.
    """
    n = space.rows
    outputs, dual, escape = ([Fraction(0)] * n for _ in range(3))
    endless = is_endless(fit.loss)
    broken = {row for tie in space.ties if tie.value(fit.exact_targets) for row in tie.rows}
    for part in space.parts:
        if not endless and broken.isdisjoint(part.rows):
            # The targets themselves are reached, where the loss is 0.
            for row in part.rows:
                outputs[row] = fit.exact_targets[row]
            continue
        columns = Columns(part.terms, part.width)
        found = _part(part.rows, columns, fit)
        point, moves = columns.times(found.coefficients), columns.times(found.escape)
        for k, row in enumerate(part.rows):
            outputs[row], dual[row], escape[row] = point[k], found.dual[k], moves[k]
    return InfimumEvidence(tuple(outputs), tuple(dual), tuple(escape))


def _part(rows: tuple[int, ...], columns: Columns, fit: Fit) -> Least:
    """Return the least loss on the rows of a part; rows of weight 0 have no say."""
    weights = fit.exact_weights
    counted = [k for k, row in enumerate(rows) if weights is None or weights[row]]
    inner, kept = columns, tuple(range(columns.width))
    if len(counted) < len(rows):
        inner, kept = columns.of_rows(counted)
    chosen = [rows[k] for k in counted]
    own = None if weights is None else tuple(weights[row] for row in chosen)
    targets = tuple(fit.exact_targets[row] for row in chosen)
    found = _search(fit.loss, inner.width).least(inner, Fit(fit.loss, targets, own))
    dual = list(zeros(len(rows)))
    for k, value in zip(counted, found.dual, strict=True):
        dual[k] = value
    coefficients, escape = list(zeros(columns.width)), list(zeros(columns.width))
    for column, one, move in zip(kept, found.coefficients, found.escape, strict=True):
        coefficients[column], escape[column] = one, move
    return Least(tuple(coefficients), tuple(dual), tuple(escape))


def _search(loss: EntryLoss, width: int) -> Search:
    """Return how to minimize a loss over a span of that dimension."""
    if not isinstance(loss, QuadraticLoss):
        return EndlessSearch()
    if width <= 1:
        return SingleSearch(loss)
    return CurvedSearch(KinkedSearch()) if loss.kappa else KinkedSearch()

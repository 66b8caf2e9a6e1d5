"""Multipliers of a claim that are not what they must be are refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import convex_oracle
import numpy as np
import pytest
from convex_zoo import a_few, problems
from hypothesis import assume, given
from hypothesis import strategies as st

import convex_program as cx
from convex_program.claim import CellClaim

Cells = tuple[CellClaim, ...]


@pytest.fixture(scope="module")
def claim() -> cx.Claim:
    rng = np.random.default_rng(7)
    X = np.c_[rng.standard_normal((6, 2)), np.ones(6)]
    return cx.global_optimum(cx.TrainingProblem(X, rng.standard_normal(6), 0.25)).claim()


def with_cells(claim: cx.Claim, cells: Cells) -> cx.Claim:
    return replace(claim, dual=replace(claim.dual, cells=cells))


def first(**changes: object) -> Callable[[Cells], Cells]:
    return lambda cells: (replace(cells[0], **changes), *cells[1:])


def values_of(cells: Cells, change: Callable[[float], float]) -> Cells:
    return (replace(cells[0], values=tuple(map(change, cells[0].values))), *cells[1:])


CHANGES: dict[str, Callable[[Cells], Cells]] = {
    "negative": lambda cells: values_of(cells, lambda value: -value),
    "barely negative": lambda cells: values_of(cells, lambda _: -5e-324),
    "not a number": lambda cells: values_of(cells, lambda _: math.nan),
    "infinite": lambda cells: values_of(cells, lambda _: math.inf),
    "huge": lambda cells: values_of(cells, lambda _: 1e100),
    "row too large": lambda cells: first(rows=(6,) * len(cells[0].rows))(cells),
    "row negative": lambda cells: first(rows=(-1,) * len(cells[0].rows))(cells),
    "a row too many": lambda cells: first(rows=(*cells[0].rows, 0))(cells),
    "a value too many": lambda cells: first(values=(*cells[0].values, 0.0))(cells),
    "cell too large": first(cell=10**6),
    "cell just past the end": first(cell=32),
    "cell negative": first(cell=-1),
    "sign zero": first(sign=0),
    "sign two": first(sign=2),
    "stored twice": lambda cells: (*cells, cells[0]),
    "stored twice, once empty": lambda cells: (
        *cells,
        replace(cells[-1], rows=(), values=()),
    ),
}


def test_the_claim_has_32_cells_and_multipliers(claim: cx.Claim) -> None:
    cx.verify(claim)
    # Cover: 2 (1 + 5 + 10) patterns of 6 points in general position, rank 3.
    assert len(claim.patterns.packed) == 32
    assert claim.dual.cells


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_changed_multipliers_are_refused(claim: cx.Claim, change: Callable[[Cells], Cells]) -> None:
    changed = with_cells(claim, change(claim.dual.cells))
    with pytest.raises(cx.ClaimError):
        cx.verify(changed)


def test_multipliers_of_the_other_sign_do_not_count_twice(claim: cx.Claim) -> None:
    flipped = tuple(replace(item, sign=-item.sign) for item in claim.dual.cells)
    with pytest.raises(cx.ClaimError, match="not feasible"):
        cx.verify(with_cells(claim, flipped))


def test_without_multipliers_the_vector_is_not_feasible(claim: cx.Claim) -> None:
    with pytest.raises(cx.ClaimError, match="not feasible"):
        cx.verify(with_cells(claim, ()))


@a_few(1)
@given(problems(), st.data())
def test_dropping_or_doubling_one_is_refused_when_the_cell_needs_it(
    problem: cx.TrainingProblem, data: st.DataObject
) -> None:
    """Whether the remaining multipliers suffice is decided here in fractions."""
    claim = cx.global_optimum(problem).claim()
    cells = claim.dual.cells
    assume(cells)
    index = data.draw(st.integers(0, len(cells) - 1))
    item = cells[index]
    factor = data.draw(st.sampled_from([0.0, 0.5, 0.999, 1.001, 2.0]))
    changed = replace(item, values=tuple(factor * value for value in item.values))
    tampered = with_cells(claim, (*cells[:index], changed, *cells[index + 1 :]))
    pattern = convex_oracle.unpacked(claim.patterns.packed[item.cell], len(claim.features))
    rho = [Fraction(0)] * len(claim.features)
    for row, value in zip(changed.rows, changed.values, strict=True):
        rho[row] += Fraction(value)
    vector = tuple(map(Fraction, claim.dual.vector))
    size = convex_oracle.cell_square(claim.features, pattern, vector, item.sign, tuple(rho))
    if Fraction(claim.dual.scale) ** 2 * size <= claim.beta**2:
        assert cx.verify(tampered).lower == claim.lower
    else:
        with pytest.raises(cx.ClaimError, match="not feasible"):
            cx.verify(tampered)

"""Which sets of points neurons shatter: questions of Vapnik and Chervonenkis."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from arrangements.arrangement import as_arrangement
from arrangements.errors import ArgumentError
from arrangements.exact import independent_columns, rank
from arrangements.matroid.circuits import Circuit, circuit_on, minimal_rows


@dataclass(frozen=True, slots=True)
class Shattering:
    """Whether neurons realize all labellings of some rows, with a reason if not.

    Parameters
    ----------
    rows : tuple of int
        The rows asked about.
    dependence : Circuit or None
        A dependence among them.  The labelling `missing` makes no term of it positive and the
        first negative, while their sum is zero: no neuron has it, on boundaries neither.

    Examples
    --------
    >>> import arrangements as ar
    >>> xor = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]
    >>> shattered = ar.is_shattered(xor)
    >>> bool(shattered), shattered.dependence.coefficients  # x_0 - x_1 - x_2 + x_3 = 0
    (False, (1, -1, -1, 1))
    """

    rows: tuple[int, ...]
    dependence: Circuit | None

    def __bool__(self) -> bool:
        """Return whether the rows are shattered."""
        return self.dependence is None

    @property
    def missing(self) -> tuple[tuple[int, bool], ...]:
        """Rows and labels that no neuron ``1[x.w >= 0]`` gives them together; or none."""
        if self.dependence is None:
            return ()
        terms = zip(self.dependence.rows, self.dependence.coefficients, strict=True)
        return tuple((row, coefficient < 0) for row, coefficient in terms)


def is_shattered(data: Any, rows: Sequence[int] | None = None) -> Shattering:
    """Decide whether neurons give some rows all 2^k labellings.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        A domain plays no role.
    rows : sequence of k int, optional
        All rows by default.

    Returns
    -------
    Shattering
        True or false in conditions; with a missing labelling if false.

    Raises
    ------
    ArgumentError
        When `rows` are not distinct row numbers.

    Notes
    -----
    *Algorithm.* Independent rows take any values at all.  In a dependence ``sum c_i x_i = 0``
    the labels ``c_i < 0`` would make ``sum c_i x_i.w`` negative.

    *Exactness.* Integers only.

    *Growth.* ``n * r**2`` for n rows of rank r.

    Examples
    --------
    >>> xor = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]
    >>> bool(is_shattered(xor, [0, 1, 2])), is_shattered(xor).missing
    (True, ((0, False), (1, True), (2, True), (3, False)))
    """
    arrangement = as_arrangement(data)
    n = arrangement.shape[0]
    try:
        chosen = [operator.index(row) for row in (range(n) if rows is None else rows)]
    except TypeError:
        raise ArgumentError(f"rows = {rows!r} must be a sequence of row numbers") from None
    if len(set(chosen)) < len(chosen) or not all(0 <= row < n for row in chosen):
        raise ArgumentError(f"rows = {rows!r} must be distinct and between 0 and {n - 1}")
    integers = arrangement.data.integers

    def dependent(some: Sequence[int]) -> bool:
        return rank([integers[i] for i in some]) < len(some)

    circuit = None
    if dependent(chosen):
        circuit = circuit_on(integers, minimal_rows(sorted(chosen), dependent))
    return Shattering(tuple(chosen), circuit)


def largest_shattered_set(data: Any) -> tuple[int, ...]:
    """Return a largest set of rows that neurons shatter: r independent rows.

    Its size, the rank of the data, is the VC dimension of neurons on them.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        A domain plays no role.

    Returns
    -------
    tuple of r int
        The lexicographically first.

    Notes
    -----
    *Exactness.* One exact elimination; see `is_shattered` for why it is the largest.

    *Growth.* ``n * r**2`` for n rows of rank r.

    *Reference.* Cover 1965; Vapnik and Chervonenkis 1971.

    Examples
    --------
    >>> largest_shattered_set([[0, 0, 1], [0, 1, 1], [0, 2, 1], [1, 1, 1]])
    (0, 1, 3)
    """
    integers = as_arrangement(data).data.integers
    return independent_columns(list(zip(*integers, strict=True)))

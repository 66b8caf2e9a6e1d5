"""Linear dependence among the rows: general position, circuits, cocircuits, chirotope."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.counting import count_regions, cover_number
from arrangements.errors import ArgumentError
from arrangements.exact import determinant, independent_columns, null_vector, rank
from arrangements.flats import flats
from arrangements.progress import Listener, silent

_MANY = 500_000
"""Subsets of rows that these functions look through at most, by default."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """A minimal dependent set of rows: ``sum coefficients[k] * integers[rows[k]] = 0``.

    Parameters
    ----------
    rows : tuple of int
        Ascending.
    coefficients : tuple of int
        None is zero, the first is positive, and they have no common divisor.  They belong to
        the primitive integer rows ``DataMatrix.integers``, which are the data up to
        positive factors: the signs are those of the dependence of the data.
    """

    rows: tuple[int, ...]
    coefficients: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GeneralPosition:
    """Whether all sets of at most r rows are independent (r the rank), with a witness if not.

    Parameters
    ----------
    rank : int
    dependence : Circuit or None
        At most r dependent rows when the data are not in general position.
    """

    rank: int
    dependence: Circuit | None

    def __bool__(self) -> bool:
        """Return whether the rows are in general position."""
        return self.dependence is None

    def summary(self) -> str:
        """Say it in a line."""
        if self.dependence is None:
            return f"in general position: any {self.rank} rows are independent"
        rows = ", ".join(map(str, self.dependence.rows))
        return f"not in general position: rows {rows} are dependent in rank {self.rank}"


def is_general_position(data: Any, *, progress: Listener = silent) -> GeneralPosition:
    """Decide whether any r rows are independent, r the rank of the data.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        The rows only: a domain plays no role.
    progress : Listener, optional
        Called by `count_regions`.

    Returns
    -------
    GeneralPosition
        True or false in conditions; with a dependent set of at most r rows if false.

    Notes
    -----
    *Algorithm.* Distinct hyperplanes are in general position iff their number of regions
    reaches Cover's bound, which `count_regions` decides.  For the witness, blocks of rows
    are left out as long as the others stay dependent, until no row can be.

    *Exactness.* Integers only.

    *Cost.* A count of the regions, and about ten times as much for a witness.

    *Reference.* Cover 1965.

    Examples
    --------
    >>> is_general_position([[0, 0, 1], [1, 0, 1], [0, 1, 1], [2, 0, 1]]).dependence
    Circuit(rows=(0, 1, 3), coefficients=(1, -2, 1))
    """
    arrangement = as_arrangement(data)
    r = arrangement.rank
    integers = arrangement.data.integers

    def dependent(rows: Sequence[int]) -> bool:
        return not _is_uniform([integers[i] for i in rows], r, progress)

    everything = list(range(len(integers)))
    if not dependent(everything):
        return GeneralPosition(r, None)
    rows = _minimal(everything, dependent)
    return GeneralPosition(r, _circuit(integers, rows))


def _is_uniform(rows: list[tuple[int, ...]], r: int, progress: Listener) -> bool:
    """Whether any r of the rows (all of them, if they are fewer) are independent."""
    if not rows or r == 0:
        return True
    arrangement = Arrangement(rows)
    if arrangement.rank != min(len(rows), r):
        return False
    if r == 1:
        return all(any(row) for row in rows)
    if arrangement.hyperplane_count < len(rows):
        return False
    return count_regions(arrangement, progress=progress) == cover_number(arrangement)


def _minimal(rows: list[int], holds: Callable[[Sequence[int]], bool]) -> list[int]:
    """Leave out ever smaller blocks of rows while a monotone property holds."""
    size = len(rows) // 2
    while size:
        start = 0
        while start < len(rows):
            others = rows[:start] + rows[start + size :]
            if holds(others):
                rows = others
            else:
                start += size
        size //= 2
    return rows


def _circuit(integers: Sequence[tuple[int, ...]], rows: Sequence[int]) -> Circuit | None:
    """Return the circuit on exactly these rows, or None when they are none."""
    vector = null_vector([integers[i] for i in rows])
    if vector is None or not all(vector):
        return None
    sign = 1 if vector[0] > 0 else -1
    return Circuit(tuple(rows), tuple(sign * entry for entry in vector))


def circuits(data: Any, *, limit: int = _MANY) -> tuple[Circuit, ...]:
    """List the circuits: the minimal dependent sets of rows, with their coefficients.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        The rows only: a domain plays no role.
    limit : int
        Refuse to look through more subsets of rows than this.

    Returns
    -------
    tuple of Circuit
        By size, then lexicographically.  The opposite of each is not listed.

    Raises
    ------
    ArgumentError
        When there are more subsets of at most r + 1 rows than `limit`.

    Notes
    -----
    *Algorithm.* A set is a circuit iff its dependencies are the multiples of one vector
    without zeros.

    *Exactness.* Integers only.

    *Cost.* An exact elimination for each subset of at most r + 1 rows, about 10^5 a second.

    Examples
    --------
    >>> circuits([[1, 0], [0, 1], [1, 1], [0, 0]])
    (Circuit(rows=(3,), coefficients=(1,)), Circuit(rows=(0, 1, 2), coefficients=(1, 1, -1)))
    """
    arrangement = as_arrangement(data)
    n = arrangement.shape[0]
    sizes = range(1, min(n, arrangement.rank + 1) + 1)
    _refuse_beyond(limit, sum(math.comb(n, size) for size in sizes))
    subsets = itertools.chain.from_iterable(itertools.combinations(range(n), s) for s in sizes)
    found = (_circuit(arrangement.data.integers, rows) for rows in subsets)
    return tuple(circuit for circuit in found if circuit is not None)


@dataclass(frozen=True, slots=True)
class Cocircuit:
    """The signs of the rows on a line: what is zero there is a flat of rank r - 1.

    Parameters
    ----------
    point : tuple of int
        A weight vector w on the line, of coprime integers; the opposite is the other half.
    signs : tuple of int
        The signs of ``x_i.w`` for the n rows; the first that is not 0 is 1.
    """

    point: tuple[int, ...]
    signs: tuple[int, ...]


def cocircuits(data: Any, *, limit: int = 100_000) -> tuple[Cocircuit, ...]:
    """List the cocircuits: the sign vectors of the arrangement's rays.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        The rows only: a domain plays no role.
    limit : int
        Refuse to look at more flats than this.

    Returns
    -------
    tuple of Cocircuit
        One of each pair of opposites, in the order of `flats` of rank r - 1.

    Raises
    ------
    ArgumentError
        When there are more flats than `limit`.

    Notes
    -----
    *Algorithm.* The null vector of each flat of rank r - 1, in the first r independent columns.

    *Exactness.* Integers only.

    Examples
    --------
    >>> [cocircuit.signs for cocircuit in cocircuits([[1, 0], [0, 1], [1, 1]])]
    [(0, 1, 1), (1, 0, 1), (1, -1, 0)]
    """
    arrangement = Arrangement(as_arrangement(data).data)
    if arrangement.rank == 0:
        return ()
    frame = arrangement.frame()
    rows = [[row[c] for c in frame.columns] for row in arrangement.data.integers]
    result = []
    for flat in flats(arrangement, limit=limit).by_rank[arrangement.rank - 1]:
        columns = list(zip(*(rows[i] for i in flat.rows), strict=True)) or [()] * frame.rho
        line = null_vector(columns)
        assert line is not None  # noqa: S101 - a flat of rank r - 1 in R^r is a line
        signs = np.sign([sum(x * w for x, w in zip(row, line, strict=True)) for row in rows])
        turn = int(signs[np.flatnonzero(signs)[0]])
        point = frame.lift([turn * entry for entry in line])
        result.append(Cocircuit(point, tuple(int(turn * sign) for sign in signs)))
    return tuple(result)


@dataclass(frozen=True, eq=False, repr=False)
class Chirotope:
    """The orientation of every choice of r rows.

    Parameters
    ----------
    size : int
        Number n of rows.
    rank : int
    signs : (C(n, r),) int8
        Signs of the determinants of r rows with ascending indices, in lexicographic order;
        read-only.
    """

    size: int
    rank: int
    signs: npt.NDArray[np.int8]

    def __call__(self, *rows: int) -> int:
        """Return the orientation of r rows in the order given: -1, 0 or 1."""
        if len(rows) != self.rank or not all(0 <= row < self.size for row in rows):
            raise ArgumentError(
                f"rows = {rows}, but this chirotope is of {self.rank} rows out of {self.size}"
            )
        if len(set(rows)) < self.rank:
            return 0
        swaps = sum(a > b for a, b in itertools.combinations(rows, 2))
        return int(self.signs[self._place(sorted(rows))]) * (-1 if swaps % 2 else 1)

    def _place(self, rows: list[int]) -> int:
        """Rank of an ascending choice in lexicographic order."""
        n, r = self.size, self.rank
        # Those after it agree up to position k and are larger there.
        after = sum(math.comb(n - 1 - row, r - k) for k, row in enumerate(rows))
        return len(self.signs) - 1 - after

    def __repr__(self) -> str:
        """One line: rank, rows, and how many bases."""
        bases = int(np.count_nonzero(self.signs))
        return f"Chirotope(rank {self.rank} of {self.size} rows, {bases} bases)"


def chirotope(data: Any, *, limit: int = _MANY) -> Chirotope:
    """Return the signs of the determinants of all choices of r rows, r the rank.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        The rows only: a domain plays no role.
    limit : int
        Refuse to compute more determinants than this.

    Returns
    -------
    Chirotope
        Determinants are taken in the first r independent columns; another basis of the row
        space may turn all signs.

    Raises
    ------
    ArgumentError
        When there are more choices of r rows than `limit`.

    Notes
    -----
    *Exactness.* Integers only.

    *Cost.* An exact determinant for each choice, about 10^5 a second.

    Examples
    --------
    >>> orientation = chirotope([[1, 0], [0, 1], [1, 1]])
    >>> orientation(0, 1), orientation(1, 0), orientation(1, 2), orientation.signs.tolist()
    (1, -1, -1, [1, 1, -1])
    """
    arrangement = as_arrangement(data)
    n, r = arrangement.shape[0], arrangement.rank
    _refuse_beyond(limit, math.comb(n, r))
    rows = [[row[c] for c in arrangement.columns] for row in arrangement.data.integers]
    values = (determinant([rows[i] for i in c]) for c in itertools.combinations(range(n), r))
    signs = np.array([(value > 0) - (value < 0) for value in values], dtype=np.int8)
    signs.setflags(write=False)
    return Chirotope(n, r, signs)


def _refuse_beyond(limit: int, subsets: int) -> None:
    if subsets > limit:
        raise ArgumentError(
            f"limit = {limit:,}, but {subsets:,} subsets of rows would have to be looked at; "
            "raise limit=, or choose fewer rows with DataMatrix.take_rows"
        )


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

    Notes
    -----
    *Algorithm.* Independent rows take any values at all.  In a dependence ``sum c_i x_i = 0``
    the labels ``c_i < 0`` would make ``sum c_i x_i.w`` negative.

    *Exactness.* Integers only.

    Examples
    --------
    >>> xor = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]
    >>> bool(is_shattered(xor, [0, 1, 2])), is_shattered(xor).missing
    (True, ((0, False), (1, True), (2, True), (3, False)))
    """
    arrangement = as_arrangement(data)
    n = arrangement.shape[0]
    chosen = list(range(n)) if rows is None else [int(row) for row in rows]
    if len(set(chosen)) < len(chosen) or not all(0 <= row < n for row in chosen):
        raise ArgumentError(f"rows = {rows!r} must be distinct and between 0 and {n - 1}")
    integers = arrangement.data.integers

    def dependent(some: Sequence[int]) -> bool:
        return rank([integers[i] for i in some]) < len(some)

    circuit = None
    if dependent(chosen):
        circuit = _circuit(integers, _minimal(sorted(chosen), dependent))
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

    *Reference.* Cover 1965; Vapnik and Chervonenkis 1971.

    Examples
    --------
    >>> largest_shattered_set([[0, 0, 1], [0, 1, 1], [0, 2, 1], [1, 1, 1]])
    (0, 1, 3)
    """
    integers = as_arrangement(data).data.integers
    return independent_columns(list(zip(*integers, strict=True)))

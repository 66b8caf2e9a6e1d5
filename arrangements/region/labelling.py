"""Is there a neuron with these labels?  A witness, or multipliers that show why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.errors import ArgumentError
from arrangements.exact import EmptyCone, negated
from arrangements.packing import Activations
from arrangements.region.cone import point_inside

IntegerRow = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Realization:
    """A neuron with the labels asked for.

    Parameters
    ----------
    weight : tuple of d int
        ``x_i.w > 0`` on the rows labelled true (zero rows apart) and < 0 on the others.

    Examples
    --------
    >>> import arrangements as ar
    >>> found = ar.realize_labelling([[1, 0], [0, 1], [1, 1]], [True, False, True])
    >>> w = found.weight
    >>> bool(found), w[0] > 0, w[1] < 0, w[0] + w[1] > 0
    (True, True, True, True)
    """

    weight: tuple[int, ...]

    def __bool__(self) -> bool:
        """Return true: the labelling is realizable."""
        return True


@dataclass(frozen=True, slots=True, repr=False)
class Contradiction:
    """Why no neuron has the labels: Farkas multipliers.

    With s_i = 1 on rows labelled true and -1 on others, x_i the primitive integer rows
    ``DataMatrix.integers`` and g_j the normals of the domain,
    ``sum factors[k] s_i x_i + sum domain_factors[k] g_j = 0`` (i = rows[k], j =
    domain_normals[k]), although every s_i x_i.w and g_j.w would be positive.

    Parameters
    ----------
    rows : tuple of int
    factors : tuple of int
        Positive, one for each of the rows.
    domain_normals : tuple of int
    domain_factors : tuple of int
        Positive, one for each of the normals.

    Examples
    --------
    >>> import arrangements as ar
    >>> why = ar.realize_labelling([[1, 0], [0, 1], [1, 1]], [True, True, False])
    >>> bool(why), why.rows, why.factors  # x_0 + x_1 - x_2 = 0
    (False, (0, 1, 2), (1, 1, 1))
    """

    rows: tuple[int, ...]
    factors: tuple[int, ...]
    domain_normals: tuple[int, ...]
    domain_factors: tuple[int, ...]

    def __bool__(self) -> bool:
        """Return false: the labelling is not realizable."""
        return False

    def __repr__(self) -> str:
        """One line: which rows contradict each other; the factors may be long."""
        domain = " and the domain" if self.domain_normals else ""
        return f"Contradiction(between rows {', '.join(map(str, self.rows))}{domain})"


def realize_labelling(data: Any, labels: Any) -> Realization | Contradiction:
    """Decide whether a neuron gives the rows these labels, off the boundaries.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Only weights in its domain count.
    labels : array-like of n booleans (or 0 and 1)
        True for active.  A zero row always is (1[0 >= 0]).

    Returns
    -------
    Realization or Contradiction
        True or false in conditions; a weight vector, or multipliers.

    Raises
    ------
    ArgumentError
        When the labels are not n zeros and ones.

    Notes
    -----
    *Algorithm.* One linear program proposes a weight vector or the rows of a contradiction;
    where rounding spoils the proposal, an exact simplex method answers.

    *Exactness.* Integers decide: the weight's signs, or that the multipliers cancel.

    *Growth.* ``n * r**2`` for n rows of rank r.

    *Reference.* Farkas 1902, Gordan 1873.

    Examples
    --------
    >>> xor = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]
    >>> realize_labelling(xor, [0, 1, 1, 0])
    Contradiction(between rows 0, 1, 2, 3)
    >>> bool(realize_labelling(xor, [0, 1, 1, 1]))
    True
    """
    arrangement = as_arrangement(data)
    system = LabelledSystem(arrangement, read_labels(labels, arrangement.shape[0]))
    answer = system.solve()
    if isinstance(answer, EmptyCone):
        return system.contradiction(answer)
    return Realization(system.lift(answer))


def read_labels(labels: Any, n: int) -> Activations:
    """Return n labels as booleans, refusing anything but zeros and ones.

    Signs are refused too: -1 would be read as true.
    """
    try:
        values = np.asarray(labels)
    except ValueError:  # rows of different length are no array
        values = np.empty(())
    if values.shape != (n,) or not np.isin(values, (0, 1)).all():
        raise ArgumentError(f"labels must be {n} booleans (or 0 and 1), one for each row")
    return values.astype(np.bool_)


@dataclass(frozen=True, slots=True)
class HalfSpace:
    """One strict inequality ``g.w > 0`` of a labelling.

    Parameters
    ----------
    inner : tuple of d int
        The normal g.
    kept : tuple of rho int
        The normal on the columns of the arrangement's frame.
    row : int or None
        The row it comes from; none when it is the domain's.
    """

    inner: IntegerRow
    kept: IntegerRow
    row: int | None


class LabelledSystem:
    """The strict inequalities of a labelling, in coordinates with independent columns.

    Parameters
    ----------
    arrangement : Arrangement
    labels : (n,) bool
    """

    def __init__(self, arrangement: Arrangement, labels: Activations) -> None:
        self._frame = arrangement.frame()
        signed: dict[IntegerRow, int | None] = {}
        for row, label in enumerate(labels):
            # A zero row is active and demands nothing.
            if arrangement.orientation[row] or not label:
                exact = arrangement.data.integers[row]
                signed.setdefault(exact if label else negated(exact), row)
        domain: list[tuple[IntegerRow, int | None]] = [
            (g, None) for g in arrangement.domain.normals
        ]
        self.half_spaces = [
            HalfSpace(inner, tuple(inner[c] for c in self._frame.columns), row)
            for inner, row in (*domain, *signed.items())
        ]

    def solve(self, *, least_bits: int = 0) -> IntegerRow | EmptyCone:
        """Return a point of the frame inside all half-spaces, or multipliers that cancel."""
        normals = [space.kept for space in self.half_spaces]
        return point_inside(normals, self._frame.rho, least_bits=least_bits)

    def contradiction(self, empty: EmptyCone) -> Contradiction:
        """Write multipliers of the half-spaces as multipliers of rows and of the domain."""
        of_rows: list[tuple[int, int]] = []
        of_domain: list[tuple[int, int]] = []
        for index, factor in zip(empty.rows, empty.factors, strict=True):
            row = self.half_spaces[index].row
            (of_domain if row is None else of_rows).append((index if row is None else row, factor))
        return Contradiction(*_columns(sorted(of_rows)), *_columns(of_domain))

    def lift(self, point: IntegerRow) -> IntegerRow:
        """Return the weight vector of a point of the frame."""
        return self._frame.lift(point)


def _columns(pairs: list[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(index for index, _ in pairs), tuple(factor for _, factor in pairs)

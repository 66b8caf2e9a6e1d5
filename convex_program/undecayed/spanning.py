"""The outputs that networks of any width reach on given data: a linear space, exactly.

Derivation.  Write a row that is not zero as ``x_j = +-r_j e_l`` with r_j > 0 and one direction
e_l for each line.  With ``phi(t) = kink (t)_+ - off t``,

    phi(x_j.u) = kink r_j (e_l.u)_+ - off r_j (e_l.u)           for x_j =  r_j e_l,
    phi(x_j.u) = kink r_j (e_l.u)_+ -  on r_j (e_l.u)           for x_j = -r_j e_l.

Outputs of all neurons together span a space S.  The functions ``u -> (e_l.u)_+`` of distinct lines are
linearly independent modulo linear functions (each has a kink where no other has).  So for kink != 0
S is spanned by the vectors a_l, with entries r_j on the rows of line l, and by what is left modulo
them: ``(off - on) sum_l (e_l.u) m_l`` for all u, m_l with entries r_j on the rows against e_l.
On a line with rows on one side only, m_l is 0 or a_l.  Hence

    dim S = number of lines + rank of the directions of lines with rows on both sides,

the second term for on != off only (an even activation cannot tell x from -x).  For kink = 0
neurons are linear, and S is the column space of the data.  An output bias adds the constants; how it or
a hidden bias would be decayed makes no difference without decay.

S is a linear space because neurons may be added and their output weights are free; a basis of it can
be chosen among outputs of neurons, so dim S neurons are enough for every point of S.  With an output bias
one of them may be the constant.  Linear neurons add up to one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import arrangements as ar
from convex_program.activations import Activation
from convex_program.undecayed.lines import lines_of
from convex_program.undecayed.space import Part, ReachableSpace, Tie

_ZERO = Fraction(0)


def reachable_space(
    data: ar.DataMatrix, activation: Activation, *, constant: bool
) -> ReachableSpace:
    """Return the space of outputs on the data of networks of any width.

    Parameters
    ----------
    data : DataMatrix
        Shape (n, d); a hidden bias is a column like others.
    activation : Activation
    constant : bool
        Whether an output bias is added.

    Examples
    --------
    >>> import arrangements as ar
    >>> import convex_program as cx
    >>> cx.reachable_space(ar.as_data_matrix([[1], [2]]), cx.ReLU(), constant=False)
    ReachableSpace(dimension 1 of 2, 1 ties)

    Notes
    -----
    *Algorithm.* See the derivation above; parts are what ties connect.

    *Exactness.* Integers and rationals throughout.

    *Cost.* Grouping of n rows, and one null space of d x (lines with rows on both sides), for an
    activation without a kink of d x n.
    """
    columns: _Kinks | _Columns = _Columns(data)
    if activation.kink != 0:
        columns = _Kinks(data, even=activation.on == activation.off)
    ties = _with_constant(columns.ties()) if constant else columns.ties()
    parts = [_part(columns, tuple(rows), count) for rows, count in _connected(data.shape[0], ties)]
    width = data.shape[0] - len(ties) - constant
    if activation.kink == 0:
        width = min(1, width)
    return ReachableSpace(data.shape[0], tuple(ties), tuple(parts), width)


class _Kinks:
    """Ties and generators of neurons with a kink."""

    def __init__(self, data: ar.DataMatrix, *, even: bool) -> None:
        self._lengths = data.scales
        self._even = even
        self._lines, self._zero = lines_of(data)
        self._line = {
            row: index
            for index, line in enumerate(self._lines)
            for row in (*line.along, *line.against)
        }

    def ties(self) -> list[Tie]:
        """Return independent equations that define the space."""
        ties = [Tie((row,), (1,)) for row in self._zero]
        for line in self._lines:
            sides = [line.along + line.against] if self._even else [line.along, line.against]
            for side in sides:
                ties.extend(
                    self._tie([(side[0], Fraction(1)), (row, Fraction(-1))]) for row in side[1:]
                )
        mixed = [] if self._even else [line for line in self._lines if line.mixed]
        if mixed:
            # What a line adds against its direction is e_l.u: as dependent as directions are.
            columns = list(zip(*(line.direction for line in mixed), strict=True))
            for vector in ar.null_space(columns, len(mixed)):
                factors = []
                for line, factor in zip(mixed, vector, strict=True):
                    if factor:
                        factors.append((line.against[0], Fraction(factor)))
                        factors.append((line.along[0], Fraction(-factor)))
                ties.append(self._tie(factors))
        return ties

    def _tie(self, factors: list[tuple[int, Fraction]]) -> Tie:
        """Return the equation ``sum factor z[row] / length[row] = 0``."""
        return Tie.integral([(row, factor / self._lengths[row]) for row, factor in factors])

    def generators(self, rows: tuple[int, ...]) -> tuple[list[dict[int, Fraction]], int]:
        """Return for each row its entries in vectors that are independent on the rows, and their number."""
        inside = set(rows)
        found = sorted({self._line[row] for row in rows if row in self._line})
        place = {line: column for column, line in enumerate(found)}
        # A line with one side among these rows has nothing to set against the other here.
        split = {
            number
            for number in found
            if not self._even
            and not inside.isdisjoint(self._lines[number].along)
            and not inside.isdisjoint(self._lines[number].against)
        }
        axes = ar.independent_columns([self._lines[number].direction for number in sorted(split)])
        against = {row for number in split for row in self._lines[number].against}
        entries = []
        for row in rows:
            entry: dict[int, Fraction] = {}
            if row in self._line:
                number, length = self._line[row], self._lengths[row]
                entry[place[number]] = length
                if row in against:
                    direction = self._lines[number].direction
                    for k, axis in enumerate(axes):
                        if direction[axis]:
                            entry[len(found) + k] = direction[axis] * length
            entries.append(entry)
        return entries, len(found) + len(axes)


class _Columns:
    """Ties and generators of linear neurons."""

    def __init__(self, data: ar.DataMatrix) -> None:
        self._data = data

    def ties(self) -> list[Tie]:
        """Return independent equations that define the space."""
        n, d = self._data.shape
        columns = [[self._data.integers[i][j] for i in range(n)] for j in range(d)]
        scales = self._data.scales
        return [
            Tie.integral([(i, factor / scales[i]) for i, factor in enumerate(vector) if factor])
            for vector in ar.null_space(columns, n)
        ]

    def generators(self, rows: tuple[int, ...]) -> tuple[list[dict[int, Fraction]], int]:
        """Return for each row its entries in vectors that are independent on the rows, and their number."""
        axes = ar.independent_columns([self._data.integers[row] for row in rows])
        exact = self._data.fractions
        entries = [
            {k: exact[row][axis] for k, axis in enumerate(axes) if exact[row][axis]} for row in rows
        ]
        return entries, len(axes)


def _with_constant(ties: Sequence[Tie]) -> list[Tie]:
    """Return the equations that hold once any constant may be added.

    A combination of ties is kept when its coefficients add up to zero.
    """
    sums = [sum(tie.coefficients) for tie in ties]
    broken = [k for k, total in enumerate(sums) if total]
    kept = [tie for tie, total in zip(ties, sums, strict=True) if not total]
    if not broken:
        return kept
    pivot = min(broken, key=lambda k: len(ties[k].rows))
    for k in broken:
        if k != pivot:
            factors: dict[int, Fraction] = {}
            for one, factor in ((ties[k], sums[pivot]), (ties[pivot], -sums[k])):
                for row, coefficient in zip(one.rows, one.coefficients, strict=True):
                    factors[row] = factors.get(row, Fraction(0)) + factor * coefficient
            kept.append(Tie.integral([(row, value) for row, value in factors.items() if value]))
    return kept


def _connected(n: int, ties: Sequence[Tie]) -> list[tuple[list[int], int]]:
    """Return the sets of rows that ties connect, each with the number of its ties."""
    parent = list(range(n))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for tie in ties:
        for row in tie.rows[1:]:
            parent[root(row)] = root(tie.rows[0])
    groups: dict[int, list[int]] = {}
    for row in range(n):
        groups.setdefault(root(row), []).append(row)
    counts = dict.fromkeys(groups, 0)
    for tie in ties:
        counts[root(tie.rows[0])] += 1
    return [(rows, counts[key]) for key, rows in groups.items()]


def _part(columns: _Kinks | _Columns, rows: tuple[int, ...], ties: int) -> Part:
    width = len(rows) - ties
    if len(rows) == 1:
        return Part(rows, (((0, Fraction(1)),) if width else (),), width)
    entries, count = columns.generators(rows)
    if count < width:
        # Constants are the one generator that is missing; elsewhere they depend on the others.
        for entry in entries:
            entry[count] = Fraction(1)
    units = [_unit(entry.get(column, _ZERO) for entry in entries) for column in range(width)]
    return Part(
        rows,
        tuple(
            tuple((k, value / units[k]) for k, value in sorted(entry.items())) for entry in entries
        ),
        width,
    )


def _unit(values: Iterable[Fraction]) -> Fraction:
    """Return a power of two near the largest entry: columns of size one read well as floats."""
    largest = max(abs(value) for value in values)
    shift = largest.numerator.bit_length() - largest.denominator.bit_length()
    return Fraction(2) ** shift

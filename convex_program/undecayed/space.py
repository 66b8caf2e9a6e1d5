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

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import arrangements as ar
from convex_program.activations import Activation
from convex_program.undecayed.lines import lines_of

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Tie:
    """An equation ``sum_i coefficients[i] z[rows[i]] = 0`` that the outputs of every network obey."""

    rows: tuple[int, ...]
    coefficients: tuple[int, ...]

    @classmethod
    def integral(cls, factors: Sequence[tuple[int, Fraction]]) -> Tie:
        """Return an equation in coprime integers, rows in order, the first coefficient positive."""
        ordered = sorted(factors)
        common = math.lcm(*(factor.denominator for _, factor in ordered))
        whole = [factor.numerator * (common // factor.denominator) for _, factor in ordered]
        divisor = math.gcd(*whole) * (1 if whole[0] > 0 else -1)
        return cls(tuple(row for row, _ in ordered), tuple(factor // divisor for factor in whole))

    def value(self, outputs: Sequence[Fraction]) -> Fraction:
        """Return the left side for outputs z of all rows: what is not zero no network reaches."""
        pairs = zip(self.coefficients, self.rows, strict=True)
        return sum((factor * outputs[row] for factor, row in pairs), Fraction(0))

    def __str__(self) -> str:
        """Write the equation, rows counted from 0."""
        terms = [
            f"{'-' if factor < 0 else '+'} {'' if abs(factor) == 1 else f'{abs(factor)} '}z[{row}]"
            for factor, row in zip(self.coefficients, self.rows, strict=True)
        ]
        return f"{' '.join(terms).removeprefix('+ ')} = 0"


@dataclass(frozen=True, slots=True)
class Part:
    """Rows whose outputs are tied to each other and to no others.

    Parameters
    ----------
    rows : tuple of k int
    terms : tuple of k tuples of (column, value)
        The rows of a basis: outputs are ``sum value * c[column]`` for any coefficients c.
    width : int
        Number of columns: the dimension.
    """

    rows: tuple[int, ...]
    terms: tuple[tuple[tuple[int, Fraction], ...], ...]
    width: int


@dataclass(frozen=True)
class ReachableSpace:
    """All outputs on n rows that networks of any width reach: a linear space.

    Parameters
    ----------
    rows : int
        Number n of rows.
    ties : tuple of Tie
        Independent equations: the space is where they all hold.
    parts : tuple of Part
        A basis in pieces: the space is the direct sum of what the parts reach.
    width : int
        A number of neurons that is enough to reach any point of the space.

    Examples
    --------
    >>> import arrangements as ar
    >>> from convex_program.activations import ReLU
    >>> data = ar.DataMatrix.from_array([[1, 0], [2, 0], [0, 1]])
    >>> space = reachable_space(data, ReLU(), constant=False)
    >>> space.dimension, [str(tie) for tie in space.ties]
    (2, ['2 z[0] - z[1] = 0'])
    """

    rows: int
    ties: tuple[Tie, ...]
    parts: tuple[Part, ...]
    width: int

    @property
    def dimension(self) -> int:
        """Its dimension."""
        return sum(part.width for part in self.parts)

    @property
    def is_everything(self) -> bool:
        """Whether any outputs whatever are reached."""
        return not self.ties

    @property
    def tied_rows(self) -> tuple[int, ...]:
        """The rows whose outputs are not free of all others."""
        return tuple(sorted({row for tie in self.ties for row in tie.rows}))

    @cached_property
    def basis(self) -> tuple[tuple[Fraction, ...], ...]:
        """Independent vectors of n rationals that span it."""
        vectors = []
        for part in self.parts:
            columns = [[Fraction(0)] * self.rows for _ in range(part.width)]
            for row, terms in zip(part.rows, part.terms, strict=True):
                for column, value in terms:
                    columns[column][row] = value
            vectors.extend(tuple(column) for column in columns)
        return tuple(vectors)

    def contradiction(self, outputs: Sequence[Fraction]) -> Tie | None:
        """Return a tie that the outputs break, or None when some network has these outputs."""
        return next((tie for tie in self.ties if tie.value(outputs) != 0), None)

    def is_orthogonal(self, dual: Sequence[Fraction]) -> bool:
        """Return whether ``v.z = 0`` for all outputs z of networks, exactly."""
        for part in self.parts:
            sums = [Fraction(0)] * part.width
            for row, terms in zip(part.rows, part.terms, strict=True):
                if dual[row]:
                    for column, value in terms:
                        sums[column] += value * dual[row]
            if any(sums):
                return False
        return True

    def __repr__(self) -> str:
        """One line: dimension and size."""
        extent = "everything" if self.is_everything else f"{len(self.ties)} ties"
        return f"ReachableSpace(dimension {self.dimension} of {self.rows}, {extent})"


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

    Notes
    -----
    *Algorithm.* See the derivation above; parts are what ties connect.

    *Exactness.* Integers and rationals throughout.

    *Cost.* Grouping of n rows, and one null space of d x (lines with rows on both sides), for an
    activation without a kink of d x n.
    """
    if activation.kink == 0:
        columns = _Columns(data)
    else:
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

"""What a study found: one record a case, and the table of all of them."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from arrangements.counting import region_bound
from arrangements.errors import ArgumentError, DataError
from arrangements.io import atomic_write
from arrangements.matrix import DataMatrix, as_data_matrix
from arrangements.study.coincidences import Coincidences
from arrangements.study.reductions import Projection
from arrangements.study.roundings import Rounding


@dataclass(frozen=True)
class StudyCase:
    """The exact count of one matrix of the study.

    Parameters
    ----------
    reduction, rounding : str
        How the matrix was made; the plan holds the numbers.
    columns : int
        Its number of columns r, the bias among them.
    rows : int
        Its number of rows n: the first ones in the plan's order.
    regions : int
        Its activation patterns, counted exactly.
    coincidences : Coincidences
        What keeps it below Cover's number.  Rows are points of a projective space: proportional
        rows are one point, and dependent triples of distinct points lie on lines.
    digest : str
        SHA-256 of the matrix (`DataMatrix.digest`).

    Examples
    --------
    >>> import arrangements as ar
    >>> square = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> kinds = {"reductions": [ar.LeadingColumns()], "roundings": [ar.NoRounding()]}
    >>> case = ar.study_rank(square, bias=True, rows=[4], **kinds).cases[-1]
    >>> case.columns, case.rows, case.regions, case.cover
    (3, 4, 14, 14)
    """

    reduction: str
    rounding: str
    columns: int
    rows: int
    regions: int
    coincidences: Coincidences
    digest: str

    @property
    def cover(self) -> int:
        """The largest number of patterns that n rows in r columns can have."""
        return region_bound(self.rows, self.columns)

    @property
    def hyperplane_cover(self) -> int:
        """The same for the distinct hyperplanes and the rank there are."""
        return region_bound(self.coincidences.hyperplanes, self.coincidences.rank)

    @property
    def bound(self) -> float | None:
        """The bound 2(e(n-1)/r)^r; None for r > n - 1, where it does not hold.

        None, too, when no float is large enough.  It follows from
        ``sum_(k <= r) C(N, k) <= (e N / r)^r`` for r <= N = n - 1.
        """
        if self.columns > self.rows - 1:
            return None
        try:
            return float(2 * (math.e * (self.rows - 1) / self.columns) ** self.columns)
        except OverflowError:
            return None

    @property
    def loose_bound(self) -> float | None:
        """The bound as it is usually printed, r times larger: 2r(e(n-1)/r)^r."""
        return None if self.bound is None else self.columns * self.bound

    @property
    def missing(self) -> Fraction:
        """The part of Cover's number that is not reached, from 0 to 1."""
        return Fraction(self.cover - self.regions, self.cover)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON values, one level deep: a row of the table."""
        found = dataclasses.asdict(self.coincidences)
        return {
            "reduction": self.reduction,
            "rounding": self.rounding,
            "columns": self.columns,
            "rows": self.rows,
            "regions": self.regions,
            "cover": self.cover,
            "hyperplane_cover": self.hyperplane_cover,
            "bound": self.bound,
            "loose_bound": self.loose_bound,
            **found,
            "digest": self.digest,
        }

    def sentence(self) -> str:
        """Say how far below Cover's number the count is, and what causes it."""
        size = f"{_number(self.rows, 'row')}, {_number(self.columns, 'column')}"
        count = f"{self.reduction}, {self.rounding}, {size}: {_number(self.regions, 'pattern')}"
        if self.regions == self.cover:
            # In one column every number of non-zero rows has two patterns.
            return f"{count}, Cover's number{': general position' * (self.columns > 1)}."
        parts = [f"{count}, {_percent(self.missing)} below Cover's {self.cover:,}"]
        found = self.coincidences
        if self.hyperplane_cover < self.cover:
            parts.append(
                f"because of {' and '.join(self._repeats())} only "
                f"{_number(found.hyperplanes, 'hyperplane')} of rank {found.rank} "
                f"and at most {_number(self.hyperplane_cover, 'pattern')} are left"
            )
        if self.regions < self.hyperplane_cover:
            cost = self.hyperplane_cover - self.regions
            parts.append(f"{_number(cost, 'pattern')} fewer because of {self._dependent_sets()}")
        return f"{'; '.join(parts)}."

    def _repeats(self) -> Iterator[str]:
        found = self.coincidences
        for number, kind in (
            (found.zero_rows, "zero row"),
            (found.duplicate_rows, "repeated row"),
            (found.opposite_rows, "opposite row"),
        ):
            if number:
                yield _number(number, kind)
        # A rank as large as the hyperplanes allow is a consequence, not a cause.
        if found.rank < min(self.columns, found.hyperplanes):
            yield "a smaller rank"

    def _dependent_sets(self) -> str:
        found = self.coincidences
        lines = (
            f"{_number(found.lines, 'line')} through three or more points "
            f"(at most {found.longest_line:,} on one)"
        )
        if found.rank <= 3:  # noqa: PLR2004 - in rank 3 lines are all there is
            return lines
        sizes = "4" if found.rank == 4 else f"4 to {found.rank}"  # noqa: PLR2004 - 4 to 4
        if not found.lines:
            return f"dependent sets of {sizes} rows (no three are dependent)"
        return f"{lines}, and perhaps of dependent sets of {sizes} others"

    def __repr__(self) -> str:
        """One line: the sentence without its causes."""
        return (
            f"StudyCase({self.reduction}, {self.rounding}, {self.rows} x {self.columns}: "
            f"{self.regions:,} of {self.cover:,})"
        )


@dataclass(frozen=True)
class StudyPlan:
    """What is studied, with every number needed to make the matrices again.

    Parameters
    ----------
    data : str
        SHA-256 of the exact entries of the data.
    bias : bool
        A last column of ones is appended to each matrix.
    order : tuple of n int
        The order in which rows are taken.
    rows : tuple of int
        The numbers of rows, ascending.
    max_rank : int
        The largest number of columns; all from 1 on are studied.
    reductions : tuple of str
    projections : tuple of Projection
        One for each reduction.
    roundings : tuple of str

    Examples
    --------
    >>> import arrangements as ar
    >>> square = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> kinds = {"reductions": [ar.LeadingColumns()], "roundings": [ar.NoRounding()]}
    >>> plan = ar.study_rank(square, bias=True, rows=[4], **kinds).plan
    >>> len(plan), plan.bias, plan.rows, sorted(plan.order)
    (3, True, (4,), [0, 1, 2, 3])
    """

    data: str
    bias: bool
    order: tuple[int, ...]
    rows: tuple[int, ...]
    max_rank: int
    reductions: tuple[str, ...]
    projections: tuple[Projection, ...]
    roundings: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of cases."""
        return len(self.reductions) * len(self.roundings) * len(self.rows) * self.max_rank

    def full_matrix(
        self, data: DataMatrix, projection: Projection, rounding: Rounding
    ) -> DataMatrix:
        """Return the matrix of all rows and columns; every case is a part of it."""
        reduced = projection.apply(data.take_rows(self.order))
        columns = [rounding.apply(column) for column in zip(*reduced, strict=True)]
        if self.bias:
            columns.append([Fraction(1)] * len(self.order))
        return DataMatrix.from_array(list(zip(*columns, strict=True)))

    def part(self, full: DataMatrix, rows: int, columns: int) -> DataMatrix:
        """Return the first rows and columns of a full matrix; the bias stays the last."""
        kept = [*range(columns - 1), self.max_rank - 1] if self.bias else list(range(columns))
        return full.take_rows(range(rows)).take_columns(kept)

    def __repr__(self) -> str:
        """One line: reductions, roundings, ranks, rows."""
        return (
            f"StudyPlan({', '.join(self.reductions)}; {', '.join(self.roundings)}; "
            f"1 to {self.max_rank} columns; {', '.join(map(str, self.rows))} rows)"
        )


@dataclass(frozen=True)
class RankStudy:
    """Exact pattern counts against rank, rows and rounding.

    Parameters
    ----------
    plan : StudyPlan
    cases : tuple of StudyCase
        In the plan's order: reduction, rounding, columns, rows.

    Examples
    --------
    >>> import arrangements as ar
    >>> square = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> kinds = {"reductions": [ar.LeadingColumns()], "roundings": [ar.NoRounding()]}
    >>> study = ar.study_rank(square, bias=True, rows=[4], **kinds)
    >>> [(case.columns, case.regions) for case in study.cases]  # 14: all but the two of XOR
    [(1, 2), (2, 4), (3, 14)]
    """

    plan: StudyPlan
    cases: tuple[StudyCase, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every case of the plan was counted."""
        return len(self.cases) == len(self.plan)

    def select(
        self,
        *,
        reduction: str | None = None,
        rounding: str | None = None,
        columns: int | None = None,
        rows: int | None = None,
    ) -> tuple[StudyCase, ...]:
        """Return the cases that agree with everything given."""
        wanted = {"reduction": reduction, "rounding": rounding, "columns": columns, "rows": rows}
        given = {name: value for name, value in wanted.items() if value is not None}
        return tuple(
            case
            for case in self.cases
            if all(getattr(case, name) == value for name, value in given.items())
        )

    def findings(self) -> tuple[str, ...]:
        """Return a sentence for each reduction and rounding: all rows, the most columns."""
        return tuple(
            case.sentence()
            for case in self.select(rows=self.plan.rows[-1], columns=self.plan.max_rank)
        )

    def matrix(self, data: Any, case: StudyCase, rounding: Rounding) -> DataMatrix:
        """Make the matrix of a case again.

        Parameters
        ----------
        data : DataMatrix or array-like of shape (n, d)
            The data of the study.
        case : StudyCase
        rounding : Rounding
            The one that the case names.

        Raises
        ------
        ArgumentError
            When the rounding has another name.
        DataError
            When the matrix is not the one that was counted.
        """
        if rounding.name != case.rounding:
            raise ArgumentError(f"rounding={rounding!r}: the case was rounded as {case.rounding!r}")
        projection = self.plan.projections[self.plan.reductions.index(case.reduction)]
        full = self.plan.full_matrix(as_data_matrix(data), projection, rounding)
        matrix = self.plan.part(full, case.rows, case.columns)
        if matrix.digest != case.digest:
            raise DataError("the data are not those of the study: the matrix has another digest")
        return matrix

    def summary(self) -> str:
        """Return the findings, one a line."""
        left = len(self.plan) - len(self.cases)
        lines = [f"{len(self.cases):,} exact counts", *self.findings()]
        if left:
            lines.append(f"{left:,} of {len(self.plan):,} cases are not counted yet")
        return "\n".join(lines)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the tidy table as a list of rows."""
        return [case.to_json() for case in self.cases]

    def to_csv(self) -> str:
        """Return the tidy table as CSV text with a header; empty cells where a bound is None."""
        stream = io.StringIO()
        names = [*(_EMPTY.to_json())]
        writer = csv.DictWriter(stream, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.to_json())
        return stream.getvalue()

    def save_csv(self, path: str | Path) -> None:
        """Write the tidy table to a CSV file, whole or not at all."""
        with atomic_write(path) as stream:
            stream.write(self.to_csv().encode())

    def __repr__(self) -> str:
        """One line: how many cases of how many."""
        return f"RankStudy({len(self.cases)} of {len(self.plan)} cases)"


_EMPTY = StudyCase("", "", 1, 1, 1, Coincidences(0, 0, 0, 0, 0, 0, 0, 0), "")
"""Names the columns of a table without rows."""


def _percent(part: Fraction) -> str:
    """Return a part as a percentage with two digits of it, or of what is left to 100."""
    value = float(100 * part)
    if value < 99:  # noqa: PLR2004 - from here on the rest to 100 is what tells
        return f"{value:.2g} %"
    digits = 1 - math.floor(math.log10(100 - value)) if value < 100 else 12  # noqa: PLR2004
    return f"{value:.{min(max(digits, 1), 12)}f} %"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"

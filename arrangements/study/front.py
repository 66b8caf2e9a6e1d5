"""The front door of a study: plan, count each case, write it down, go on."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np

from arrangements.arrangement import Arrangement
from arrangements.counting import count_regions, region_bound
from arrangements.errors import ArgumentError
from arrangements.exact import fraction_text
from arrangements.matrix import DataMatrix, as_data_matrix
from arrangements.progress import Listener, Meter, session_listener
from arrangements.study.coincidences import find_coincidences
from arrangements.study.journal import Journal, case_key, case_keys
from arrangements.study.records import RankStudy, StudyCase, StudyPlan
from arrangements.study.reductions import (
    LeadingColumns,
    RandomProjection,
    Reduction,
    SingularDirections,
)
from arrangements.study.roundings import Binarize, NoRounding, Rounding, RoundToDigits, RoundToFloat

REDUCTIONS: tuple[Reduction, ...] = (LeadingColumns(), SingularDirections(), RandomProjection())
"""What `study_rank` reduces by unless told otherwise."""

ROUNDINGS: tuple[Rounding, ...] = (
    NoRounding(),
    RoundToFloat(),
    RoundToDigits(3),
    RoundToDigits(1),
    Binarize(),
)
"""What `study_rank` rounds to unless told otherwise."""

_DEFAULT_RANK = 4
_AFFORDABLE = 10**9
"""Regions that are counted in a minute or two."""


def study_rank(
    data: Any,
    *,
    max_rank: int | None = None,
    rows: Sequence[int] | None = None,
    bias: bool = False,
    reductions: Sequence[Reduction] = REDUCTIONS,
    roundings: Sequence[Rounding] = ROUNDINGS,
    seed: int | None = 0,
    journal: str | Path | None = None,
    executor: Executor | None = None,
    progress: Listener = session_listener,
) -> RankStudy:
    """Count the activation patterns of a data set for every rank, size and rounding.

    Parameters
    ----------
    data : DataMatrix or array-like of shape (n, d)
    max_rank : int, optional
        Numbers of columns from 1 to this one are studied; by default up to 4, or fewer when
        the data have fewer or when Cover's number would exceed 10^9.
    rows : sequence of int, optional
        Numbers of rows; by default all, a half, a quarter and an eighth.
    bias : bool
        Append a last column of ones to each matrix; it counts as one of the columns.
    reductions : sequence of Reduction
        How columns are chosen.
    roundings : sequence of Rounding
        How the chosen columns are rounded.
    seed : int or None
        Rows are taken in a random order drawn with this seed, since many files are
        sorted; None keeps their order.
    journal : str or Path, optional
        A file of JSON lines that gets each case when it is counted.  If it holds part of
        the same study already, only the rest is counted.
    executor : concurrent.futures.Executor, optional
        Threads that share each count (see `count_regions`).
    progress : Listener, optional
        Called with the number of cases done.

    Returns
    -------
    RankStudy

    Raises
    ------
    ArgumentError
        When a number of rows or columns is more than the data have, or a name is twice.
    FileError
        When the journal cannot be written or holds another study.

    Notes
    -----
    *Algorithm.* Each case is a matrix: the data reduced, rounded, and cut to the first r
    columns and the first n rows.  It is counted by `count_regions`, never enumerated; if
    the count is below the bound of its distinct hyperplanes, dependent triples are
    counted too.

    *Exactness.* Directions are rational numbers, kept in the plan, and products are
    exact; each case names the digest of the matrix that was counted.  The bounds with e
    are floats, and are shown only.

    *Cost.* That of the counts, about 10^7 patterns a second; the largest dominates.

    *Growth.* ``n**(r - 1)`` for n rows of rank r.

    *Reference.* Cover 1965.

    Examples
    --------
    >>> square = [[0, 0], [0, 1], [1, 0], [1, 1], [2, 2]]
    >>> study = study_rank(square, bias=True, reductions=[LeadingColumns()], roundings=[NoRounding()])
    >>> study.select(columns=3)[-1]
    StudyCase(columns, exact, 5 x 3: 20 of 22)
    """
    matrix = as_data_matrix(data)
    plan = _plan(
        matrix,
        max_rank=max_rank,
        rows=rows,
        bias=bias,
        reductions=reductions,
        roundings=roundings,
        seed=seed,
    )
    book = None if journal is None else Journal(journal, plan)
    plan = plan if book is None else book.plan
    done = {case_key(case): case for case in (() if book is None else book.cases)}
    meter = Meter(progress, "studying", "cases", len(plan))
    meter.advance(len(done))
    full: dict[tuple[str, str], DataMatrix] = {}
    by_name = {rounding.name: rounding for rounding in roundings}
    for key in case_keys(plan):
        if key in done:
            continue
        reduction, rounding, columns, size = key
        if (reduction, rounding) not in full:
            # Only the matrix at work is kept.
            projection = plan.projections[plan.reductions.index(reduction)]
            full = {(reduction, rounding): plan.full_matrix(matrix, projection, by_name[rounding])}
        part = plan.part(full[reduction, rounding], size, columns)
        case = _count(reduction, rounding, part, executor, progress)
        if book is not None:
            book.append(case)
        done[key] = case
        meter.advance(note=f"{reduction}, {rounding}")
    meter.finish()
    return RankStudy(plan, tuple(done[key] for key in case_keys(plan)))


def _count(
    reduction: str,
    rounding: str,
    matrix: DataMatrix,
    executor: Executor | None,
    progress: Listener,
) -> StudyCase:
    arrangement = Arrangement(matrix)
    regions = count_regions(arrangement, executor=executor, progress=progress)
    # Cover's number is reached in general position only: then no triple is dependent.
    general = regions == region_bound(arrangement.hyperplane_count, arrangement.rank)
    return StudyCase(
        reduction=reduction,
        rounding=rounding,
        columns=matrix.shape[1],
        rows=matrix.shape[0],
        regions=regions,
        coincidences=find_coincidences(arrangement, lines=not general),
        digest=matrix.digest,
    )


def _plan(
    data: DataMatrix,
    *,
    max_rank: int | None,
    rows: Sequence[int] | None,
    bias: bool,
    reductions: Sequence[Reduction],
    roundings: Sequence[Rounding],
    seed: int | None,
) -> StudyPlan:
    n, d = data.shape
    width = d + bias
    rank = _affordable(n, width) if max_rank is None else operator.index(max_rank)
    if not 1 <= rank <= width:
        raise ArgumentError(
            f"max_rank={rank}: the data have {d} columns"
            f"{' and a bias' if bias else ''}; choose from 1 to {width}"
        )
    sizes = _halves(n) if rows is None else tuple(sorted({operator.index(size) for size in rows}))
    if not sizes or not 1 <= sizes[0] <= sizes[-1] <= n:
        raise ArgumentError(f"rows={rows!r}: the data have {n} rows; choose from 1 to {n}")
    for name, plugins in (("reductions", reductions), ("roundings", roundings)):
        names = [plugin.name for plugin in plugins]
        if not names or len(set(names)) < len(names):
            raise ArgumentError(f"{name}={list(plugins)!r}: give at least one, and each once")
    if seed is not None and seed < 0:
        raise ArgumentError(f"seed={seed}: give a number from 0 on, or None to keep the order")
    order = range(n) if seed is None else np.random.default_rng(seed).permutation(n).tolist()
    text = "\n".join(" ".join(map(fraction_text, row)) for row in data.fractions)
    return StudyPlan(
        data=hashlib.sha256(text.encode("ascii")).hexdigest(),
        bias=bias,
        order=tuple(order),
        rows=sizes,
        max_rank=rank,
        reductions=tuple(reduction.name for reduction in reductions),
        projections=tuple(
            reduction.projection(data, rank - bias, centred=bias) for reduction in reductions
        ),
        roundings=tuple(rounding.name for rounding in roundings),
    )


def _affordable(n: int, width: int) -> int:
    """Return the largest number of columns, up to the default, that is counted in minutes."""
    ranks = range(2, min(width, _DEFAULT_RANK) + 1)
    return max((rank for rank in ranks if region_bound(n, rank) <= _AFFORDABLE), default=1)


def _halves(n: int) -> tuple[int, ...]:
    """Return all, a half, a quarter and an eighth of n rows, ascending."""
    return tuple(sorted({-(-n // part) for part in (8, 4, 2, 1)}))

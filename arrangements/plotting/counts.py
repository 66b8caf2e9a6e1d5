"""Exact counts of a study against rank and against rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from arrangements.errors import ArgumentError
from arrangements.io import atomic_write
from arrangements.plotting.canvas import new_axes, new_figure
from arrangements.study import RankStudy, StudyCase

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS = "osD^vP*X"
_LARGEST, _SMALLEST = 9, 3
"""Sizes of markers: each is smaller than the one it may lie on."""


def draw_counts(study: RankStudy, axes: Axes | None = None, *, reduction: str) -> Axes:
    """Draw the counts of all rows against the number of columns, on a logarithmic scale.

    Parameters
    ----------
    study : RankStudy
    axes : matplotlib.axes.Axes, optional
        New ones by default.
    reduction : str
        The name of one of the study's reductions.

    Returns
    -------
    matplotlib.axes.Axes
        One line for each rounding, Cover's number dashed, the bound 2(e(n-1)/r)^r dotted.
    """
    rows = study.plan.rows[-1]
    axes = _draw(study, axes, reduction, "columns", study.select(reduction=reduction, rows=rows))
    axes.set(
        xlabel="columns r, the bias among them" if study.plan.bias else "columns r",
        xticks=range(1, study.plan.max_rank + 1),
        title=f"reduction: {reduction}; {rows:,} rows",
    )
    return axes


def draw_growth(study: RankStudy, axes: Axes | None = None, *, reduction: str) -> Axes:
    """Draw the counts of the most columns against the number of rows; scales are logarithmic.

    Parameters
    ----------
    study : RankStudy
    axes : matplotlib.axes.Axes, optional
        New ones by default.
    reduction : str
        The name of one of the study's reductions.

    Returns
    -------
    matplotlib.axes.Axes
        As `draw_counts`.
    """
    columns = study.plan.max_rank
    cases = study.select(reduction=reduction, columns=columns)
    axes = _draw(study, axes, reduction, "rows", cases)
    axes.set(xlabel="rows n", xscale="log", title=f"reduction: {reduction}; {columns} columns")
    axes.set_xticks(study.plan.rows, [f"{rows:,}" for rows in study.plan.rows], minor=False)
    axes.minorticks_off()
    return axes


def save_study(study: RankStudy, path: str | Path) -> None:
    """Write a picture of a study to a file: `draw_counts` above `draw_growth`.

    Parameters
    ----------
    study : RankStudy
    path : str or Path
        Its suffix names the format: ``.png``, ``.pdf`` or ``.svg``.
    """
    names = study.plan.reductions
    figure = new_figure(max(4.6 * len(names), 6.4), 7.8)
    grid = figure.subplots(2, len(names), squeeze=False, sharey="row")
    for j, name in enumerate(names):
        draw_counts(study, grid[0, j], reduction=name)
        draw_growth(study, grid[1, j], reduction=name)
    lines = grid[0, 0].get_legend_handles_labels()
    for axes in grid.ravel():
        axes.get_legend().remove()
    for axes in grid[:, 1:].ravel():
        axes.set_ylabel("")
    # One for all of them, below: inside it would hide lines.
    figure.legend(*lines, loc="outside lower center", ncols=4, fontsize=8)
    with atomic_write(path) as stream:
        figure.savefig(stream, format=Path(path).suffix.lstrip(".").lower(), dpi=110)


def _draw(
    study: RankStudy, axes: Axes | None, reduction: str, variable: str, cases: tuple[StudyCase, ...]
) -> Axes:
    if reduction not in study.plan.reductions:
        raise ArgumentError(
            f"reduction={reduction!r}: the study has {', '.join(study.plan.reductions)}"
        )
    axes = new_axes() if axes is None else axes
    for index, rounding in enumerate(study.plan.roundings):
        chosen = [case for case in cases if case.rounding == rounding]
        axes.plot(
            [getattr(case, variable) for case in chosen],
            [case.regions for case in chosen],
            marker=_MARKERS[index % len(_MARKERS)],
            markersize=max(_LARGEST - 1.5 * index, _SMALLEST),
            label=rounding,
        )
    # The bounds depend on rows and columns only: any rounding's cases have them all.
    shape = {getattr(case, variable): case for case in cases}
    ordered = [shape[value] for value in sorted(shape)]
    at = [getattr(case, variable) for case in ordered]
    axes.plot(at, [case.cover for case in ordered], color="black", linestyle="--", label="Cover")
    bounds = [(value, case.bound) for value, case in zip(at, ordered, strict=True) if case.bound]
    if bounds:
        axes.plot(*zip(*bounds, strict=True), color="grey", linestyle=":", label="2(e(n-1)/r)^r")
    axes.set(yscale="log", ylabel="activation patterns")
    axes.legend(fontsize=8)
    return axes

"""Rank 2: the plane of weights, cut into sectors by rays."""

from __future__ import annotations

import math
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.errors import ArgumentError
from arrangements.plotting.canvas import (
    MAP,
    label_style,
    new_axes,
    pattern_text,
    require_rank,
    shade,
    wants_labels,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ray = tuple[int, int]


def draw_rays(data: Any, axes: Axes | None = None, *, labels: bool | None = None) -> Axes:
    """Draw an arrangement of rank 2: one sector of the plane for each pattern.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Of rank 2.
    axes : matplotlib.axes.Axes, optional
        New ones by default.
    labels : bool, optional
        Write the pattern into each sector; by default for up to 8 rows.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        When the rank is not 2, the domain is not the whole space, or matplotlib is missing.

    Notes
    -----
    *Exactness.* Rays are sorted by integers, and each pattern is that of an integer vector
    inside its sector.
    """
    arrangement = as_arrangement(data)
    require_rank(arrangement, 2, "draw_slice and draw_sphere draw rank 3")
    if arrangement.is_affine:
        raise ArgumentError("data is affine; its line has points for hyperplanes, not rays")
    axes = new_axes() if axes is None else axes
    from matplotlib import colormaps
    from matplotlib.patches import Wedge

    write = wants_labels(labels, arrangement.shape[0])
    rays = _sorted_rays(arrangement)
    colours = colormaps[MAP]
    for ray, following in zip(rays, [*rays[1:], rays[0]], strict=True):
        inside = _between(ray, following)
        pattern = pattern_text(arrangement, arrangement.frame().lift(inside))
        start, end = _degrees(ray), _degrees(following)
        colour = colours(float(shade(pattern.count("1"), len(pattern))))
        axes.add_patch(Wedge((0, 0), 1, start, end, facecolor=colour, edgecolor="none"))
        if write:
            # Outside and turned outward: thin sectors have neighbours close by.
            middle = (start + ((end - start) % 360) / 2) % 360
            left = 90 < middle < 270  # noqa: PLR2004 - text is not set upside down
            turn = math.radians(middle)
            axes.text(
                1.03 * math.cos(turn),
                1.03 * math.sin(turn),
                pattern,
                rotation=middle - 180 if left else middle,
                rotation_mode="anchor",
                **label_style(ha="right" if left else "left"),
            )
    for ray in rays:
        turn = math.radians(_degrees(ray))
        axes.plot([0, math.cos(turn)], [0, math.sin(turn)], color="black", linewidth=1)
    first, second = arrangement.columns
    axes.set(
        xlim=(-1.4, 1.4),
        ylim=(-1.4, 1.4),
        aspect="equal",
        xticks=[],
        yticks=[],
        xlabel=f"weight of column {first}",
        ylabel=f"weight of column {second}",
        title=f"{len(rays)} patterns of {arrangement.shape[0]} rows",
    )
    return axes


def _sorted_rays(arrangement: Arrangement) -> list[Ray]:
    """Return both directions of each line, counter-clockwise."""
    rays: list[Ray] = []
    for a, b in arrangement.frame().hyperplanes:
        rays += [(-int(b), int(a)), (int(b), -int(a))]
    return sorted(rays, key=cmp_to_key(_compare))


def _compare(left: Ray, right: Ray) -> int:
    """Compare two directions by their angles in [0, 360), exactly."""
    halves = [
        direction[1] < 0 or (direction[1] == 0 and direction[0] < 0) for direction in (left, right)
    ]
    if halves[0] != halves[1]:
        return int(halves[0]) - int(halves[1])
    cross = left[0] * right[1] - left[1] * right[0]
    return (cross < 0) - (cross > 0)


def _between(left: Ray, right: Ray) -> Ray:
    """Return an integer vector strictly inside the sector from `left` on to `right`."""
    # Rank 2 has two lines or more: neighbours are less than 180 degrees apart.
    size, other = (sum(map(abs, direction)) for direction in (left, right))
    return left[0] * other + right[0] * size, left[1] * other + right[1] * size


def _degrees(direction: Ray) -> float:
    largest = max(map(abs, direction))
    return math.degrees(math.atan2(direction[1] / largest, direction[0] / largest)) % 360

"""Rank 3: regions on the sphere, seen from above, and on a plane of weights."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.exact import scaled_float
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

Floats = npt.NDArray[np.float64]

_RANK = 3
_PIXELS = 400
_STEP = 4
"""Labels are placed on every fourth pixel."""
_ROOM = 4
"""Such steps from the nearest line that a label needs."""


def draw_sphere(data: Any, axes: Axes | None = None, *, labels: bool | None = None) -> Axes:
    """Draw an arrangement of rank 3 on a hemisphere: hyperplanes are great circles.

    The hemisphere is the one where the last kept weight is positive, seen from above; the
    other one is its mirror image, with every bit flipped.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Of rank 3.
    axes : matplotlib.axes.Axes, optional
        New ones by default.
    labels : bool, optional
        Write the pattern into each region that has room; by default for up to 8 rows.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        When the rank is not 3, the domain is a cone other than that of `Arrangement.affine`,
        or matplotlib is missing.

    Notes
    -----
    *Algorithm.* Colours are sampled on a grid of pixels: a region smaller than a pixel
    is not seen.

    *Exactness.* Patterns written out are exact, for the sampled weight vector.
    """
    arrangement = as_arrangement(data)
    require_rank(arrangement, _RANK, "draw_rays draws rank 2")
    axes = new_axes() if axes is None else axes
    x, y = np.meshgrid(*[np.linspace(-1, 1, _PIXELS)] * 2)
    height = np.sqrt(np.clip(1 - x**2 - y**2, 0, None))
    weights = np.stack([x, y, height], axis=-1)
    inside = x**2 + y**2 < 1
    _colour(arrangement, axes, weights, inside=inside, extent=(-1, 1, -1, 1), labels=labels)
    turn = np.linspace(0, np.pi, 200)[:, None]
    for normal in _unit_normals(arrangement):
        along = np.array([-normal[1], normal[0], 0.0])
        length = np.hypot(*along[:2])
        along = along / length if length else np.array([1.0, 0.0, 0.0])
        up = np.cross(normal, along)
        circle = np.cos(turn) * along + np.sin(turn) * (up if up[2] >= 0 else -up)
        axes.plot(circle[:, 0], circle[:, 1], color="black", linewidth=0.8)
    around = np.linspace(0, 2 * np.pi, 400)
    axes.plot(np.cos(around), np.sin(around), color="grey", linewidth=1.5)
    first, second, third = arrangement.columns
    axes.set(
        aspect="equal",
        xlim=(-1.05, 1.05),
        ylim=(-1.05, 1.05),
        xticks=[],
        yticks=[],
        xlabel=f"weight of column {first}",
        ylabel=f"weight of column {second}",
        title=f"{arrangement.hyperplane_count} great circles (weight of column {third} positive)",
    )
    return axes


def draw_slice(data: Any, axes: Axes | None = None, *, labels: bool | None = None) -> Axes:
    """Draw an arrangement of rank 3 on the plane where its last kept weight is 1.

    With a bias column these are the neurons with bias 1, and each point of the data is a
    line; of `Arrangement.affine` in two dimensions it is the affine arrangement itself.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Of rank 3, or affine of two dimensions.
    axes : matplotlib.axes.Axes, optional
        New ones by default; limits set on given axes beforehand are not kept.
    labels : bool, optional
        Write the pattern into each region that has room; by default for up to 8 rows.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        When the rank is not 3, the domain is a cone other than that of `Arrangement.affine`,
        or matplotlib is missing.

    Notes
    -----
    *Algorithm.* As `draw_sphere`.  The window holds the crossings of the lines; when there
    are many, nine tenths of them in each direction.

    *Exactness.* Patterns written out are exact, for the sampled weight vector.
    """
    arrangement = as_arrangement(data)
    require_rank(arrangement, _RANK, "draw_rays draws rank 2")
    axes = new_axes() if axes is None else axes
    normals = _unit_normals(arrangement)
    left, right, bottom, top = window = _window(normals)
    x, y = np.meshgrid(np.linspace(left, right, _PIXELS), np.linspace(bottom, top, _PIXELS))
    weights = np.stack([x, y, np.ones_like(x)], axis=-1)
    everywhere = np.ones(x.shape, dtype=bool)
    _colour(arrangement, axes, weights, inside=everywhere, extent=window, labels=labels)
    visible = np.count_nonzero(normals[:, :2].any(axis=1))  # the others miss the plane
    for a, b, c in normals:
        if abs(b) >= abs(a) and b:
            axes.plot(
                [left, right],
                [-(a * at + c) / b for at in (left, right)],
                color="black",
                linewidth=0.8,
            )
        elif a:
            axes.plot(
                [-(b * at + c) / a for at in (bottom, top)],
                [bottom, top],
                color="black",
                linewidth=0.8,
            )
    first, second, third = arrangement.columns
    axes.set(
        xlim=(left, right),
        ylim=(bottom, top),
        xlabel=f"weight of column {first}",
        ylabel=f"weight of column {second}",
        title=f"{visible} lines (weight of column {third} is 1)",
    )
    return axes


def _unit_normals(arrangement: Arrangement) -> Floats:
    rows = np.array([scaled_float(tuple(map(int, row))) for row in arrangement.frame().hyperplanes])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def _colour(
    arrangement: Arrangement,
    axes: Axes,
    weights: Floats,
    *,
    inside: npt.NDArray[np.bool_],
    extent: tuple[float, float, float, float],
    labels: bool | None,
) -> None:
    """Shade each pixel by its number of active rows; write a pattern where there is room."""
    values = weights[inside] @ _unit_normals(arrangement).T
    activations = arrangement.activations_of_sides(values > 0)
    rows = arrangement.shape[0]
    picture = np.full(inside.shape, np.nan)
    picture[inside] = shade(activations.sum(axis=1), rows)
    axes.imshow(
        picture, origin="lower", extent=extent, cmap=MAP, vmin=0, vmax=1, aspect="auto", zorder=0
    )
    if not wants_labels(labels, rows):
        return
    _, region = np.unique(np.packbits(activations, axis=1), axis=0, return_inverse=True)
    region_of = np.full(inside.shape, -1)
    region_of[inside] = region.ravel()
    room = _distance_to_border(region_of[::_STEP, ::_STEP])
    for each in range(region_of.max() + 1):
        there = np.where(region_of[::_STEP, ::_STEP] == each, room, 0)
        row, column = np.unravel_index(np.argmax(there), there.shape)
        if there[row, column] < _ROOM:
            continue
        place = row * _STEP, column * _STEP
        right, up = (np.array(place[::-1]) / (_PIXELS - 1)).tolist()
        at = (
            extent[0] + (extent[1] - extent[0]) * right,
            extent[2] + (extent[3] - extent[2]) * up,
        )
        weight = [0.0] * arrangement.shape[1]
        for index, entry in zip(arrangement.columns, weights[place].tolist(), strict=True):
            weight[index] = entry
        axes.text(*at, pattern_text(arrangement, weight), **label_style(fontsize=7))


def _distance_to_border(region_of: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return for each pixel how many steps (king's moves) its region goes on around it."""
    distance = np.zeros(region_of.shape, dtype=np.intp)
    same = np.ones(region_of.shape, dtype=bool)
    for _ in range(len(region_of) // 2):
        same[[0, -1], :] = same[:, [0, -1]] = False
        grown = same.copy()
        for axis, step in itertools.product((0, 1), (1, -1)):
            grown &= np.roll(same, step, axis) & (np.roll(region_of, step, axis) == region_of)
        if not grown.any():
            break
        distance += grown
        same = grown
    return distance


def _window(normals: Floats) -> tuple[float, float, float, float]:
    """Return a rectangle that shows where the lines cross: left, right, bottom, top."""
    crossings = [np.cross(one, other) for one, other in itertools.combinations(normals, 2)]
    points = np.array([point[:2] / point[2] for point in crossings if abs(point[2]) > 1e-9])  # noqa: PLR2004 - nearly parallel lines cross outside any picture
    if len(points) == 0:
        return (-1.0, 1.0, -1.0, 1.0)
    part = 0.05 if len(points) > 20 else 0.0  # noqa: PLR2004 - few crossings are all shown
    low, high = np.quantile(points, part, axis=0), np.quantile(points, 1 - part, axis=0)
    size = high - low
    if not (size > 1e-3 * (1 + np.abs(low))).any():
        size = 1 + np.abs(low)  # one crossing has no size of its own
    size = np.maximum(size, 1e-3 * (1 + np.abs(low)))
    size = np.maximum(size, size.max() / 10)
    low, high = low - 0.35 * size, high + 0.35 * size
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])

"""One-dimensional data with a bias: every pattern as a ReLU over the points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from arrangements.enumeration import enumerate_patterns
from arrangements.matrix import DataMatrix
from arrangements.plotting.canvas import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 0.7
"""Of a ReLU, where 1 is the distance from one to the next."""


def draw_neurons(points: Sequence[Any], axes: Axes | None = None) -> Axes:
    """Draw every activation pattern of points on a line, each as a ReLU with a bias.

    A neuron on a line has one switching point and one side on which it is active; it can
    move between two neighbours without changing its pattern.  So n distinct points have 2n
    patterns, all on and all off among them.

    Parameters
    ----------
    points : sequence of n numbers
        One-dimensional data; the bias is added here.
    axes : matplotlib.axes.Axes, optional
        New ones by default.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DataError
        When a point is not a number.
    ArgumentError
        When matplotlib is missing.
    """
    data = DataMatrix.from_array([[point] for point in points])
    patterns = list(enumerate_patterns(data.with_bias()))
    axes = new_axes() if axes is None else axes
    x = data.floats[:, 0]
    # First those that are active on the right, from all on to all off; then the others.
    patterns.sort(key=lambda pattern: (not _faces_right(pattern, x), -int(pattern.sum())))
    reach = 0.35 * (np.ptp(x) or 1.0)
    span = np.array([x.min() - reach, x.max() + reach])
    for level, pattern in enumerate(patterns):
        base = len(patterns) - 1 - level
        _draw_one(axes, np.asarray(pattern), x, span, base)
    texts = ["".join("1" if bit else "0" for bit in pattern) for pattern in patterns]
    axes.set(
        xlim=tuple(span),
        ylim=(-0.6, len(patterns) - 0.1),
        yticks=range(len(patterns) - 1, -1, -1),
        xlabel="x",
        title=f"{len(patterns)} patterns of {len(x)} points with a bias",
    )
    axes.set_yticklabels(texts, family="monospace")
    return axes


def _faces_right(pattern: npt.NDArray[np.bool_], x: npt.NDArray[np.float64]) -> bool:
    """Return whether what is active lies to the right; all on and all off do."""
    if pattern.all() or not pattern.any():
        return True
    return bool(x[pattern].min() > x[~pattern].max())


def _draw_one(
    axes: Axes,
    pattern: npt.NDArray[np.bool_],
    x: npt.NDArray[np.float64],
    span: npt.NDArray[np.float64],
    base: int,
) -> None:
    right = _faces_right(pattern, x)
    edge = 0.6 * (span[1] - x.max())
    if pattern.all():
        switch = x.min() - edge
    elif not pattern.any():
        switch = x.max() + edge
    elif right:
        switch = (x[pattern].min() + x[~pattern].max()) / 2
    else:
        switch = (x[pattern].max() + x[~pattern].min()) / 2
    corners = np.array([span[0], switch, span[1]])
    values = np.maximum(corners - switch if right else switch - corners, 0)
    axes.plot(corners, base + _HEIGHT * values / (span[1] - span[0]), color="tab:blue")
    axes.plot(switch, base, marker=">" if right else "<", color="tab:green", markersize=8)
    axes.scatter(x[pattern], np.full(pattern.sum(), base), s=25, color="black", zorder=3)
    off = ~pattern
    axes.scatter(
        x[off], np.full(off.sum(), base), s=25, facecolor="white", edgecolor="black", zorder=3
    )

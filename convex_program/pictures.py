"""Pictures that records draw of themselves, from plain numbers, on matplotlib axes (extra "plot")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from arrangements.plotting import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]

_FINE = 400
"""Points of a curve."""
_ROOM = 0.08
"""Part of the width left free on either side of the data."""


def draw_weights(low: Floats, high: Floats, vertices: Floats | None, axes: Axes | None) -> Axes:
    """Draw for each direction the range of its optimal weights, and those of every vertex."""
    axes = new_axes() if axes is None else axes
    places = np.arange(len(low))
    axes.vlines(
        places, low, high, color="tab:blue", linewidth=6, alpha=0.4, label="optimal weights"
    )
    axes.plot(places, low, "_", color="tab:blue", markersize=12)
    axes.plot(places, high, "_", color="tab:blue", markersize=12)
    for i, vertex in enumerate([] if vertices is None else vertices):
        label = "networks none of whose neurons can be left out" if i == 0 else None
        axes.plot(
            places, vertex, "o-", color="tab:orange", linewidth=0.5, markersize=4, label=label
        )
    axes.set(xlabel="direction", ylabel="weight |w| |alpha|", ylim=(0.0, None))
    axes.set_xticks(places)
    if len(low):
        axes.legend(fontsize=8)
    return axes


def draw_rounds(seconds: Sequence[float], upper: Floats, lower: Floats, axes: Axes | None) -> Axes:
    """Draw how two bounds came together."""
    axes = new_axes() if axes is None else axes
    axes.plot(seconds, upper, ".-", color="tab:blue", label="best network")
    axes.plot(seconds, lower, ".-", color="tab:green", label="bound on every network")
    axes.fill_between(seconds, lower, upper, color="tab:blue", alpha=0.15, linewidth=0)
    axes.set(xlabel="seconds", ylabel="objective")
    axes.legend(fontsize=8)
    return axes


def draw_levels(levels: Sequence[tuple[str, float]], axes: Axes | None) -> Axes:
    """Draw named values as bars, the first on top."""
    axes = new_axes() if axes is None else axes
    names, values = [name for name, _ in levels], [value for _, value in levels]
    places = np.arange(len(levels))[::-1]
    axes.barh(places, values, color=["tab:blue", "tab:orange", "tab:green"][: len(levels)])
    axes.set_yticks(places, names)
    for place, value in zip(places, values, strict=True):
        axes.text(value, place, f" {value:.6g}", va="center", fontsize=8)
    axes.set(xlabel="objective", xlim=(0.0, 1.2 * max([*values, 1e-300])))
    return axes


def draw_curves(
    points: Floats,
    targets: Floats,
    curves: Sequence[tuple[str, Callable[[Floats], Floats], Floats]],
    axes: Axes | None,
) -> Axes:
    """Draw functions of one variable over their data, with the places where neurons switch on.

    Parameters
    ----------
    points, targets : (n,) float64
    curves : sequence of (name, function, places)
    axes : Axes, optional
    """
    axes = new_axes() if axes is None else axes
    low, high = float(points.min()), float(points.max())
    room = _ROOM * ((high - low) or 1.0)
    axes.plot(points, targets, "k.", label="data")
    for (name, function, places), color in zip(curves, ("tab:blue", "tab:orange"), strict=False):
        inside = places[(places >= low - room) & (places <= high + room)]
        fine = np.sort(np.r_[np.linspace(low - room, high + room, _FINE), inside])
        axes.plot(fine, function(fine), "-", color=color, linewidth=1.2, label=name)
        axes.plot(inside, function(inside), "|", color=color, markersize=14)
    axes.set(xlabel="x", ylabel="y")
    axes.legend(fontsize=8)
    return axes


def draw_lines(
    points: Floats, targets: Floats, lines: Sequence[tuple[str, Floats]], axes: Axes | None
) -> Axes:
    """Draw points of the plane and the lines ``a x + b y + c = 0`` on which neurons switch on.

    Parameters
    ----------
    points : (n, 2) float64
    targets : (n,) float64
    lines : sequence of (name, (k, 3) float64)
    axes : Axes, optional
    """
    axes = new_axes() if axes is None else axes
    low, high = points.min(axis=0), points.max(axis=0)
    room = _ROOM * np.where(high > low, high - low, 1.0)
    low, high = low - room, high + room
    axes.scatter(points[:, 0], points[:, 1], c=targets, cmap="viridis", s=18, zorder=3)
    across: Any = np.array([low[0], high[0]])
    for (name, rows), color in zip(lines, ("tab:blue", "tab:orange"), strict=False):
        label: str | None = name
        for a, b, c in rows:
            if abs(b) >= abs(a) and b != 0.0:
                axes.plot(across, -(a * across + c) / b, color=color, linewidth=1, label=label)
            elif a != 0.0:
                up = np.array([low[1], high[1]])
                axes.plot(-(b * up + c) / a, up, color=color, linewidth=1, label=label)
            else:
                continue
            label = None
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel="x0", ylabel="x1")
    axes.legend(fontsize=8)
    return axes


def draw_history(
    epochs: Sequence[int], objective: Floats, lower: Floats, axes: Axes | None
) -> Axes:
    """Draw objective, bound and relative gap against the epoch."""
    axes = new_axes() if axes is None else axes
    axes.plot(epochs, objective, ".-", color="tab:blue", label="objective")
    axes.plot(epochs, lower, ".-", color="tab:green", label="bound on every network")
    axes.fill_between(epochs, lower, objective, color="tab:blue", alpha=0.15, linewidth=0)
    axes.set(xlabel="epoch", ylabel="objective", ylim=(0.0, None))
    right = axes.twinx()
    gaps = (objective - lower) / np.where(objective > 0.0, objective, 1.0)
    right.plot(epochs, np.maximum(gaps, 1e-16), ":", color="tab:red", label="relative gap (right)")
    right.set(yscale="log", ylabel="relative gap")
    lines = [*axes.get_lines(), *right.get_lines()]
    axes.legend(lines, [str(line.get_label()) for line in lines], fontsize=8)
    return axes

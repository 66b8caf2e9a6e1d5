"""Pictures of regularization paths, on matplotlib axes (extra "plot").

Each ``draw_...`` function draws on the axes it is given, or on new ones, and returns them.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from arrangements import atomic_write
from arrangements.plotting import new_axes, new_figure
from convex_program.path import RegularizationPath

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BETWEEN = 12
"""Points drawn between two values of beta."""


def draw_objective(path: RegularizationPath, axes: Axes | None = None) -> Axes:
    """Draw the optimal value against beta, with what is certified in between.

    Parameters
    ----------
    path : RegularizationPath
    axes : matplotlib.axes.Axes, optional
        New ones by default.

    Returns
    -------
    matplotlib.axes.Axes
        The objectives of the networks as dots, the bracket around the optimal value at every
        beta as a band, and the networks' losses, all on a logarithmic scale of beta.
    """
    axes = new_axes() if axes is None else axes
    fine = _fine(path)
    axes.fill_between(
        fine,
        [path.lower_at(beta) for beta in fine],
        [path.upper_at(beta) for beta in fine],
        color="tab:blue",
        alpha=0.35,
        linewidth=1,
        label="certified: the optimal value is in here",
    )
    axes.plot(
        path.betas,
        path.upper,
        "o",
        color="tab:blue",
        markersize=4,
        label="objective of the network found",
    )
    axes.plot(path.betas, path.losses, ".-", color="tab:orange", linewidth=1, label="its loss")
    axes.set(xscale="log", xlabel="beta", ylabel="objective", ylim=(0.0, None))
    axes.set_title(f"Relative gaps at the dots at most {path.relative_gaps.max():.1e}")
    axes.legend(fontsize=8)
    return axes


def draw_widths(path: RegularizationPath, axes: Axes | None = None) -> Axes:
    """Draw the number of neurons of every optimum against beta.

    Parameters
    ----------
    path : RegularizationPath
    axes : matplotlib.axes.Axes, optional
        New ones by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = new_axes() if axes is None else axes
    from matplotlib.ticker import MaxNLocator

    axes.plot(path.betas, path.widths, "o-", color="tab:green", markersize=4, linewidth=1)
    axes.set(xscale="log", xlabel="beta", ylabel="neurons", ylim=(0, None))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return axes


def save_path(path: RegularizationPath, file: str | Path) -> None:
    """Write a picture of a path to a file: `draw_objective` above `draw_widths`.

    Parameters
    ----------
    path : RegularizationPath
    file : str or Path
        Its suffix names the format: ``.png``, ``.pdf`` or ``.svg``.
    """
    figure = new_figure(6.4, 6.4)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    draw_objective(path, upper).set_xlabel("")
    draw_widths(path, lower)
    with atomic_write(file) as stream:
        figure.savefig(stream, format=Path(file).suffix.lstrip(".").lower(), dpi=110)


def _fine(path: RegularizationPath) -> list[float]:
    """Return a finer grid that holds the values of the path."""
    betas = path.betas
    steps = [np.geomspace(a, b, _BETWEEN, endpoint=False) for a, b in pairwise(betas)]
    fine = np.concatenate([*steps, betas[-1:]])
    # Rounding must not lead out of the path.
    return [float(beta) for beta in np.clip(fine, betas[-1], betas[0])]

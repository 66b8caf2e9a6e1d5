"""What every picture needs: axes, colours, and patterns as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement
from arrangements.errors import ArgumentError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAP = "YlGnBu"
"""Colours of regions: the more rows are active, the darker."""
DARKEST = 0.55
"""Part of the map that is used, so that black text is legible everywhere."""
READABLE = 8
"""Most rows whose patterns are written out unless it is asked for."""


def new_axes() -> Axes:
    """Return the axes of a new figure of pyplot, which notebooks show.

    Raises
    ------
    ArgumentError
        When matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot as plt
    except ImportError:
        raise _missing() from None
    axes: Axes = plt.figure(layout="constrained").add_subplot()
    return axes


def new_figure(width: float, height: float) -> Figure:
    """Return a figure that is only written to a file; sizes in inches.

    Raises
    ------
    ArgumentError
        When matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise _missing() from None
    return Figure(figsize=(width, height), layout="constrained")


def _missing() -> ArgumentError:
    return ArgumentError("pictures need matplotlib; install the extra relu-arrangements[plot]")


def require_rank(arrangement: Arrangement, rank: int, instead: str) -> None:
    """Refuse an arrangement of another rank, or inside a cone; say what draws it."""
    if not (arrangement.domain.is_whole_space or arrangement.is_affine):
        raise ArgumentError(
            f"data={arrangement!r}: pictures show the whole space or an affine arrangement; "
            "draw Arrangement(data.data) to see all of it"
        )
    if arrangement.rank != rank:
        raise ArgumentError(
            f"data has rank {arrangement.rank}; this picture is for rank {rank}, {instead}"
        )


def wants_labels(labels: bool | None, rows: int) -> bool:  # noqa: FBT001 - the argument of every picture
    """Return whether patterns are written out: when asked for, else for few rows."""
    return rows <= READABLE if labels is None else labels


def pattern_text(arrangement: Arrangement, weight: npt.ArrayLike) -> str:
    """Return the exact pattern of a weight vector as zeros and ones."""
    (signs,) = arrangement.data.signs([weight])
    return "".join("1" if sign >= 0 else "0" for sign in signs)


def shade(active: npt.ArrayLike, rows: int) -> npt.NDArray[np.float64]:
    """Return places on the colour map for numbers of active rows."""
    return DARKEST * np.asarray(active, dtype=float) / max(rows, 1)


def label_style(**changes: Any) -> dict[str, Any]:
    """Return how patterns are written."""
    return {"ha": "center", "va": "center", "fontsize": 8, "family": "monospace"} | changes

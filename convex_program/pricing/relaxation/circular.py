"""Products of 1 and of u with what is nonnegative: they lie in a cone, since |u| <= 1.

For p >= 0 every vector has ``w.u p <= |w| p``, so that averages of (p, p kappa u) lie in the cone of
all (x, y) with ``|y| <= kappa x``.  Its dual cone asks for ``kappa |y| <= x``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]
Reals = npt.NDArray[Any]
"""float32 in the iteration, float64 where a loss is asked."""


class Nearest(NamedTuple):
    """The nearest points of the cone, and how fast x moves there with the x that was given.

    Parameters
    ----------
    x : (n,) float
    y : (n, r) float
    rate : (n,) float
    """

    x: Reals
    y: Reals
    rate: Reals


def lengths(y: Reals) -> Reals:
    """Return the lengths of the rows, shape (n,), in the type that they have."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", y, y)))


def nearest_x(x: Reals, length: Reals, kappa: float) -> tuple[Reals, Reals]:
    """Return x of the nearest point for |y| = `length`, and its derivative, shapes (n,)."""
    inside = length <= kappa * x
    beside = (x + kappa * length) / (1.0 + kappa**2)
    rate = np.where(inside, 1.0, np.where(beside > 0.0, 1.0 / (1.0 + kappa**2), 0.0))
    return np.where(inside, x, np.maximum(beside, 0.0)), rate


def nearest(x: Reals, y: Reals, kappa: float) -> Nearest:
    """Return the nearest points of the cone ``|y| <= kappa x``.

    Parameters
    ----------
    x : (n,) float
    y : (n, r) float
    kappa : float
    """
    length = lengths(y)
    new, rate = nearest_x(x, length, kappa)
    # inside, nothing changes; elsewhere y gets the length kappa x
    shrink = np.minimum(1.0, kappa * new / np.maximum(length, np.finfo(length.dtype).tiny))
    return Nearest(new.astype(x.dtype), (shrink[:, np.newaxis] * y).astype(y.dtype), rate)

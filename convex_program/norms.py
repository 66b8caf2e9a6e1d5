"""Euclidean norms of rows at any scale: no overflow, no underflow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]

_LARGEST_EXPONENT = 1023


def row_norms(matrix: FloatMatrix) -> FloatVector:
    """Return the Euclidean norms of the rows, each computed at its own scale."""
    largest = np.abs(matrix).max(axis=1, initial=0.0)
    unit = np.where(largest > 0, np.ldexp(0.5, np.frexp(largest)[1]), 1.0)
    return np.asarray(np.linalg.norm(matrix / unit[:, np.newaxis], axis=1) * unit)


def power_of_two(values: FloatMatrix) -> float:
    """Return the power of two above the largest entry, or next to it at the end of float64.

    It is 1 when all entries are zero.
    """
    largest = float(np.abs(values).max(initial=0.0))
    if largest == 0.0:
        return 1.0
    return float(np.ldexp(1.0, min(int(np.frexp(largest)[1]), _LARGEST_EXPONENT)))

"""Fingerprints: one word for each pattern, equal for equal patterns."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from arrangements.packing import Packed

Marks: TypeAlias = npt.NDArray[np.uint64]

_ODD = 0x9E3779B97F4A7C15
_SHIFT = 32


def fingerprints(packed: Packed) -> Marks:
    """Return a word for each pattern: what differs differs in its word, but for rare accidents.

    Parameters
    ----------
    packed : (k, bytes) uint8

    Returns
    -------
    (k,) uint64

    Notes
    -----
    Nothing is decided by it but that different words come from different patterns.
    """
    width = -(-packed.shape[1] // 8)
    padded = np.zeros((len(packed), 8 * width), np.uint8)
    padded[:, : packed.shape[1]] = packed
    words = padded.view("<u8")
    marks = np.zeros(len(packed), np.uint64)
    for column in range(width):
        # One to one in the last word; the shift carries high bits down to the low ones.
        marks ^= words[:, column]
        marks *= np.uint64(_ODD)
        marks ^= marks >> np.uint64(_SHIFT)
    marks *= np.uint64(_ODD)
    return marks

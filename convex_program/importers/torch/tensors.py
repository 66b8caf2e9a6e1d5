"""Tensors as numpy arrays, by duck typing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.io.files import MOST_BYTES
from convex_program.errors import ArgumentError

_FLOAT = 8
"""Bytes of a weight, once it is read."""
_REAL = "biuf"
"""Kinds of dtype that hold real numbers."""


def plain(values: Any) -> Any:
    """Return a tensor as a numpy array of the same numbers; leave anything else alone."""
    if hasattr(values, "detach") and hasattr(values, "cpu"):
        tensor = values.detach().cpu()
        # Doubles hold every narrower float, bfloat16 included, which numpy does not know,
        # but not every integer.
        floating = hasattr(tensor, "is_floating_point") and tensor.is_floating_point()
        return np.asarray((tensor.double() if floating else tensor).numpy())
    return values


def real_array(name: str, value: Any) -> npt.NDArray[np.float64]:
    """Return a tensor of finite real numbers as floats.

    Raises
    ------
    ArgumentError
        When it is anything else.
    """
    # A tensor of one number can be a view of any shape.
    count = math.prod(getattr(value, "shape", ()))
    if count > MOST_BYTES // _FLOAT:
        raise ArgumentError(
            f"{name} has shape {tuple(value.shape)}; at most {MOST_BYTES // _FLOAT:,} weights are "
            "read"
        )
    try:
        raw = np.asarray(plain(value))
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name} is not a numeric tensor: {error}") from None
    if raw.dtype.kind not in _REAL:
        raise ArgumentError(f"{name} is not a tensor of real numbers but of {raw.dtype}")
    array = raw.astype(np.float64)
    if not np.isfinite(array).all():
        raise ArgumentError(f"{name} holds NaN or infinity; the training has diverged")
    return array

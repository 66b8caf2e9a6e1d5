"""Tensors as numpy arrays, by duck typing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from convex_program.errors import ArgumentError

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

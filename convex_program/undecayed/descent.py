"""Newton's method for a smooth loss over the span of some columns, in floating point."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from convex_program.fit import Fit

Floats = npt.NDArray[np.float64]

_ROUNDS = 200
_HALVINGS = 60


def descend(columns: Floats, fit: Fit) -> Floats:
    """Return coefficients c that nearly minimize ``f(columns c)``.

    Parameters
    ----------
    columns : (n, k) float64
    fit : Fit
        Its loss is differentiable.

    Notes
    -----
    *Algorithm.* Newton steps with a small multiple of the identity added (second derivatives of
    Huber's function vanish far out), halved until the loss falls.

    *Exactness.* None: the result is a proposal.
    """
    if columns.shape[1] == 0:
        return np.empty(0)
    size = np.abs(columns).max(axis=0, initial=0.0)
    size = np.where(size > 0.0, size, 1.0)
    scaled = columns / size
    c = np.zeros(columns.shape[1])
    value = fit.value(scaled @ c)
    for _ in range(_ROUNDS):
        v, rate = fit.answer(scaled @ c)
        slope = scaled.T @ v
        curvature = scaled.T @ (rate[:, np.newaxis] * scaled)
        largest = float(np.diag(curvature).max(initial=0.0))
        shift = (1e-12 * largest) if largest > 0.0 else 1.0
        step = np.linalg.lstsq(curvature + shift * np.eye(len(c)), slope, rcond=1e-15)[0]
        for _ in range(_HALVINGS):
            trial = fit.value(scaled @ (c + step))
            if trial < value:
                break
            step = step / 2.0
        else:
            # Values no longer tell: one full step is better than none where slopes still do.
            break
        c, value = c + step, trial
    v, rate = fit.answer(scaled @ c)
    curvature = scaled.T @ (rate[:, np.newaxis] * scaled)
    last = c + np.linalg.lstsq(curvature, scaled.T @ v, rcond=1e-12)[0]
    if fit.value(scaled @ last) <= value * (1.0 + 1e-12):
        c = last
    return np.asarray(c / size)

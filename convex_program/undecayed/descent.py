"""Newton's method for a smooth loss over the span of some columns, in floating point."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from convex_program.fit import Fit

Floats = npt.NDArray[np.float64]

_ROUNDS = 200
_HALVINGS = 40
_MISSED = 1e-3
_LEAST_PULL = 1e-3
_WEAKER = 0.25


def descend(columns: Floats, fit: Fit) -> Floats:
    """Return coefficients c that nearly minimize ``f(columns c)``.

    Parameters
    ----------
    columns : (n, k) float64
    fit : Fit
        Its loss is differentiable.

    Notes
    -----
    *Algorithm.* Newton steps, halved until the loss falls; steps of reweighted least squares where
    too few rows are curved.  Where the loss has lines in it, as
    Huber's has, second derivatives vanish far out: it is first smoothed by a pull so strong that
    nothing is cut off, then by ever weaker ones.

    *Exactness.* None: the result is a proposal.
    """
    if columns.shape[1] == 0:
        return np.empty(0)
    size = np.abs(columns).max(axis=0)
    size = np.where(size > 0.0, size, 1.0)
    scaled = columns / size
    c = np.zeros(columns.shape[1])
    pull = _first_pull(fit)
    while pull > _LEAST_PULL:
        c = _newton(scaled, fit, c, pull)
        pull *= _WEAKER
    return np.asarray(_newton(scaled, fit, c, 0.0) / size)


def _first_pull(fit: Fit) -> float:
    """Return a pull with which no v meets an end: 0 where there are no two ends."""
    low, high = fit.ends
    room = np.minimum(high, -low)
    if not np.isfinite(room).all() or not (room > 0.0).all():
        return 0.0
    return float(4.0 * np.abs(fit.targets).max() / room.min())


def _newton(columns: Floats, fit: Fit, c: Floats, pull: float) -> Floats:
    """Minimize the loss smoothed by a pull, from c on."""

    def height(c: Floats) -> float:
        z = columns @ c
        if pull == 0.0:
            return fit.value(z)
        v, _ = fit.answer(z, pull=pull)
        return fit.dual_value(v) - float(v @ z) - pull / 2.0 * float(v @ v)

    value = height(c)
    for _ in range(_ROUNDS):
        v, rate = fit.answer(columns @ c, pull=pull)
        slope = columns.T @ v
        error = fit.targets - columns @ c
        with np.errstate(divide="ignore", invalid="ignore"):
            above = np.where(v * error > 0.0, v / error, rate)
        # The second bends lie above the loss wherever they touch it: their step cannot fail.
        for bends in (rate, np.maximum(rate, above)):
            step = _step(columns, bends, slope)
            for _ in range(_HALVINGS):
                trial = height(c + step)
                if trial < value:
                    break
                step = step / 2.0
            if trial < value:
                break
        else:
            # Values no longer tell: a full step where slopes still do.
            last = c + _step(columns, rate, slope)
            return last if height(last) <= value + 1e-12 * abs(value) else c
        c, value = c + step, trial
    return c


def _step(columns: Floats, bends: Floats, slope: Floats) -> Floats:
    """Return the step to where the slope vanishes under these second derivatives; zeros if nowhere."""
    curvature = columns.T @ (bends[:, np.newaxis] * columns)
    step = np.linalg.lstsq(curvature, slope, rcond=1e-13)[0]
    rest = np.linalg.norm(curvature @ step - slope)
    return np.asarray(step if rest <= _MISSED * np.linalg.norm(slope) else np.zeros_like(step))

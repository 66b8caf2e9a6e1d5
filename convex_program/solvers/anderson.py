"""Anderson's acceleration of a fixed-point iteration that does not expand, with a safeguard.

Of the last states w_i and images T(w_i) the combination with weights that add up to 1 and the least residual
``|sum a_i (T(w_i) - w_i)|`` is formed; its image, by the same weights, is the next state.  Where that makes the
residual much larger, what it replaced is taken up again: the plain iteration, which converges, goes on.

*Reference.* Anderson, Journal of the ACM 12, 1965; Zhang, O'Donoghue and Boyd, SIAM Journal on Optimization 30, 2020.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_MEMORY = 20
_EVERY = 3
"""Plain steps between two jumps."""
_GROWTH = 2.0
"""Of the least residual so far: a jump that exceeds it is taken back."""
_RIDGE = 1e-12
"""Of the normal equations, relative."""


class Anderson:
    """What is remembered of an iteration; mutable."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew: the map has changed."""
        self._states: list[Floats] = []
        self._images: list[Floats] = []
        self._safe: Floats | None = None
        self._least = math.inf
        self._since = 0

    def next(self, state: Floats, image: Floats) -> Floats:
        """Return the state to go on from, given a state and its image."""
        residual = float(np.linalg.norm(image - state))
        if self._safe is not None:
            safe, self._safe = self._safe, None
            if not residual <= _GROWTH * self._least:
                self._since = 0
                return safe
        self._least = min(self._least, residual)
        self._states.append(state)
        self._images.append(image)
        del self._states[:-_MEMORY], self._images[:-_MEMORY]
        self._since += 1
        if self._since < _EVERY:
            return image
        self._since = 0
        jump = self._combined()
        if not math.isfinite(float(np.abs(jump).max(initial=0.0))):
            return image
        self._safe = image
        return jump

    def _combined(self) -> Floats:
        """Return the images combined."""
        images = np.array(self._images)
        residuals = images - np.array(self._states)
        steps, moves = np.diff(residuals, axis=0), np.diff(images, axis=0)
        normal = steps @ steps.T
        normal[np.diag_indices(len(normal))] += _RIDGE * max(float(np.trace(normal)), 1e-300)
        weights = np.linalg.solve(normal, steps @ residuals[-1])
        return np.asarray(images[-1] - weights @ moves)

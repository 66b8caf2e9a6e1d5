"""Gated networks: linear where a gate is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.activations import Activation, ReLU
from convex_program.errors import ArgumentError
from convex_program.gated.gates import Gated

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GatedNetwork:
    """The network ``x -> sum_i 1[g_i.x >= 0] w_i.x + b``.

    Parameters
    ----------
    gates : Gated
    weights : (k, d) float64
        The vector w_i of each gate: hidden and output weight in one.
    output_bias : float
    activation : Activation
        Its two slopes stand for 1 and 0 where a gate is open and shut.

    Examples
    --------
    >>> net = GatedNetwork(Gated([[1.0, 0.0]]), [[-3.0, 1.0]])
    >>> net.forward([[2.0, 1.0], [-2.0, 1.0]]).tolist()
    [-5.0, 0.0]
    """

    gates: Gated
    weights: Floats
    output_bias: float = 0.0
    activation: Activation = field(default_factory=ReLU)

    def __post_init__(self) -> None:
        """Read the weights as floats of the gates' shape."""
        weights = np.array(self.weights, dtype=np.float64)
        if weights.shape != self.gates.gates.shape or not np.isfinite(weights).all():
            raise ArgumentError(
                f"weights has shape {weights.shape}, the gates {self.gates.gates.shape}: a finite "
                "vector for each gate is needed"
            )
        weights.setflags(write=False)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "output_bias", float(self.output_bias))

    def forward(self, data: Any) -> Floats:
        """Return the outputs on the rows of an (n, d) matrix, shape (n,); gates are exact."""
        rows = data.floats if isinstance(data, ar.DataMatrix) else np.asarray(data, np.float64)
        off, on = self.activation.gains
        gains = np.where(self.gates.sides(data), on, off)
        return np.asarray((gains * (self.weights @ rows.T)).sum(axis=0) + self.output_bias)

    def __repr__(self) -> str:
        """One line: size."""
        return f"GatedNetwork({len(self.gates)} gates, {self.gates.features} features)"

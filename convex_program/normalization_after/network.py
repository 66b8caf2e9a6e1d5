"""Networks whose hidden outputs are normalized over the batch after the activation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.activations import Activation, ReLU
from convex_program.errors import ArgumentError
from convex_program.network import Network
from convex_program.norms import row_norms

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]

_NOTHING = 1e-13
"""Pre-activation, relative to the terms it is summed from, that is rounding alone."""


@dataclass(frozen=True, eq=False)
class NormalizationAfterNetwork:
    """``x_i -> sum_j alpha_j gamma_j phi(X w_j)_i / |phi(X w_j)|`` over a batch X.

    Parameters
    ----------
    hidden : (m, d) array-like
        The weights w_j; their lengths do not matter.  A hidden bias is a last column of ones.
    scale : (m,) array-like
        gamma_j.
    output : (m,) array-like
        alpha_j.
    activation : Activation

    Raises
    ------
    ArgumentError
        When shapes do not fit or an entry is not finite.

    Examples
    --------
    >>> net = NormalizationAfterNetwork([[1.0]], [2.0], [1.0])
    >>> net.forward([[3.0], [4.0], [-7.0]]).round(12).tolist()  # (3, 4, 0) has length 5
    [1.2, 1.6, 0.0]
    """

    hidden: FloatMatrix
    scale: FloatVector
    output: FloatVector
    activation: Activation = field(default_factory=ReLU)

    def __post_init__(self) -> None:
        """Bring the weights to float64 arrays and refuse what does not fit."""
        plain = Network(self.hidden, self.output, 0.0, self.activation)
        if plain.outputs != 1:
            raise ArgumentError(
                f"output has {plain.outputs} columns; normalization after the activation knows one output"
            )
        scale = np.array(self.scale, dtype=np.float64)
        if scale.shape != (plain.width,) or not np.isfinite(scale).all():
            raise ArgumentError(
                f"scale has shape {scale.shape}; it is one finite number for each of the {plain.width} neurons"
            )
        output = plain.output[:, 0].copy()
        for array in (scale, output):
            array.setflags(write=False)
        object.__setattr__(self, "hidden", plain.hidden)
        object.__setattr__(self, "scale", scale)
        object.__setattr__(self, "output", output)

    @property
    def width(self) -> int:
        """Number of neurons."""
        return len(self.hidden)

    @classmethod
    def of_folded(cls, network: Network, data: Any) -> NormalizationAfterNetwork:
        """Return the normalized form of a network without normalization.

        Parameters
        ----------
        network : Network
            With one output and no output bias.
        data : array-like or DataMatrix of shape (n, d)
            The batch.

        Returns
        -------
        NormalizationAfterNetwork
            With ``gamma_j = |phi(X w_j)|``, so that it puts out the same on the batch.
        """
        lengths = _lengths(_batch(data, network.features), network.hidden, network.activation)
        if network.outputs != 1 or np.any(network.constants):
            raise ArgumentError(f"network = {network!r}: one output without a bias is known here")
        return cls(network.hidden, lengths, network.output[:, 0], network.activation)

    def folded(self, data: Any) -> Network:
        """Return the network without normalization that puts out the same on the batch.

        Parameters
        ----------
        data : array-like or DataMatrix of shape (n, d)
            The batch.

        Returns
        -------
        Network
            Its weights ``gamma_j w_j / |phi(X w_j)|``, so that ``|phi(X w)|`` is the size of gamma_j; a negative
            gamma_j goes into the output weight.

        Raises
        ------
        ArgumentError
            When a neuron puts out nothing on the batch and gamma_j is not zero: there is nothing to normalize.
        """
        lengths = _lengths(_batch(data, self.hidden.shape[1]), self.hidden, self.activation)
        idle = lengths == 0.0
        wanted = idle & (self.scale != 0.0)
        if wanted.any():
            j = int(np.flatnonzero(wanted)[0])
            raise ArgumentError(
                f"hidden[{j}]: the neuron puts out nothing on the batch, so it has no normalized form; give it "
                f"scale[{j}] = 0, or leave it out"
            )
        factor = np.where(idle, 0.0, np.abs(self.scale) / np.where(idle, 1.0, lengths))
        return Network(
            factor[:, np.newaxis] * self.hidden,
            np.where(self.scale < 0.0, -self.output, self.output),
            0.0,
            self.activation,
        )

    def forward(self, data: Any) -> FloatVector:
        """Return the outputs on the batch: shape (n,)."""
        rows = _batch(data, self.hidden.shape[1])
        return np.asarray(self.folded(rows).forward(rows)).ravel()

    def __repr__(self) -> str:
        """One line: width and inputs."""
        return f"NormalizationAfterNetwork({self.width} neurons, {self.hidden.shape[1]} inputs)"


def _batch(data: Any, columns: int) -> FloatMatrix:
    rows = ar.as_data_matrix(data).floats
    if rows.shape[1] != columns:
        raise ArgumentError(
            f"data has {rows.shape[1]} columns, the network {columns} inputs (a hidden bias is a last column "
            "of ones)"
        )
    return rows


def _lengths(rows: FloatMatrix, weights: FloatMatrix, activation: Activation) -> FloatVector:
    """Return ``|phi(X w_j)|``; 0 where only rounding is left."""
    before = weights @ rows.T
    terms = np.abs(weights) @ np.abs(rows).T
    before = np.where(np.abs(before) <= _NOTHING * terms, 0.0, before)
    return row_norms(activation(before))

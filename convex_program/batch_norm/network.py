"""Networks whose hidden layer is normalized over the batch before the activation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.activations import Activation, ReLU
from convex_program.batch_norm.normalization import Normalization, UnitLength
from convex_program.errors import ArgumentError
from convex_program.network import Network
from convex_program.norms import row_norms

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]

_NOTHING = 1e-13
"""Length of a centred column, relative to the terms it is summed from, that is rounding alone."""


@dataclass(frozen=True, eq=False)
class BatchNormNetwork:
    """``x -> sum_j alpha_j phi(gamma_j (w_j.x - mean) / length + shift_j) + b`` over a batch.

    Mean and length are those of the column ``X w_j`` over the batch X, the length for
    `UnitVariance` divided by sqrt(n).  For `UnitLength` the shift stands on a constant column of
    length one: the term is ``shift_j / sqrt(n)``.

    Parameters
    ----------
    hidden : (m, d) array-like
        The weights w_j; their lengths do not matter.
    scale : (m,) array-like
        gamma_j.
    shift : (m,) array-like
    output : (m,) or (m, c) array-like
        alpha_j.
    output_bias : float or (c,) array-like
    activation : Activation
    normalization : Normalization

    Raises
    ------
    ArgumentError
        When shapes do not fit or an entry is not finite.

    Examples
    --------
    >>> from convex_program import UnitVariance
    >>> net = BatchNormNetwork([[1.0]], [2.0], [0.0], [1.0], normalization=UnitVariance())
    >>> net.forward([[3.0], [5.0]]).tolist()
    [0.0, 2.0]
    """

    hidden: FloatMatrix
    scale: FloatVector
    shift: FloatVector
    output: FloatMatrix
    output_bias: Any = 0.0
    activation: Activation = field(default_factory=ReLU)
    normalization: Normalization = field(default_factory=UnitLength)

    def __post_init__(self) -> None:
        """Bring the weights to float64 arrays and refuse what does not fit."""
        if not isinstance(self.normalization, Normalization):
            raise ArgumentError(
                f"normalization = {self.normalization!r} is not a Normalization instance"
            )
        plain = Network(self.hidden, self.output, self.output_bias, self.activation)
        for name in ("scale", "shift"):
            given = np.array(getattr(self, name), dtype=np.float64)
            if given.shape != (plain.width,) or not np.isfinite(given).all():
                raise ArgumentError(
                    f"{name} has shape {given.shape}; it is one finite number for each of the "
                    f"{plain.width} neurons"
                )
            given.setflags(write=False)
            object.__setattr__(self, name, given)
        object.__setattr__(self, "hidden", plain.hidden)
        object.__setattr__(self, "output", plain.output)
        object.__setattr__(self, "output_bias", plain.output_bias)

    @property
    def width(self) -> int:
        """Number of neurons."""
        return len(self.hidden)

    @classmethod
    def of_folded(
        cls, network: Network, data: Any, normalization: Normalization | None = None
    ) -> BatchNormNetwork:
        """Return the normalized form of a network on the data with a last column of ones.

        Parameters
        ----------
        network : Network
            Of d + 1 inputs: weights a_j and, last, constants c_j.
        data : array-like or DataMatrix of shape (n, d)
            The batch, without the column of ones.
        normalization : Normalization, optional
            `UnitLength` by default.

        Returns
        -------
        BatchNormNetwork
            With ``w_j = a_j`` and gamma_j, shift_j such that it puts out the same.  A neuron that
            is constant over the batch has gamma_j = 0.
        """
        kind = UnitLength() if normalization is None else normalization
        rows = _batch(data, network.features - 1)
        slopes, constants = network.hidden[:, :-1], network.hidden[:, -1]
        mean, lengths = _statistics(rows, slopes)
        size = kind.length(len(rows))
        return cls(
            slopes,
            lengths / size,
            (mean + constants) * (np.sqrt(len(rows)) / size),
            network.output,
            network.output_bias,
            network.activation,
            kind,
        )

    def folded(self, data: Any) -> Network:
        """Return the network on the data with a last column of ones that puts out the same.

        Parameters
        ----------
        data : array-like or DataMatrix of shape (n, d)
            The batch.

        Raises
        ------
        ArgumentError
            When a column ``X w_j`` is constant and gamma_j is not zero: there is nothing to
            normalize.
        """
        rows = _batch(data, self.hidden.shape[1])
        mean, lengths = _statistics(rows, self.hidden)
        idle = (lengths == 0.0) & (self.scale != 0.0)
        if idle.any():
            j = int(np.flatnonzero(idle)[0])
            raise ArgumentError(
                f"hidden[{j}]: X w is constant over the batch, so it has no normalized form; give the "
                f"neuron scale[{j}] = 0, or leave it out"
            )
        size = self.normalization.length(len(rows))
        factor = self.scale * size / np.where(lengths > 0.0, lengths, 1.0)
        factor = np.where(lengths > 0.0, factor, 0.0)
        constants = self.shift * (size / np.sqrt(len(rows))) - factor * mean
        hidden = np.c_[factor[:, np.newaxis] * self.hidden, constants]
        return Network(hidden, self.output, self.output_bias, self.activation)

    def forward(self, data: Any) -> FloatMatrix:
        """Return the outputs on the batch: shape (n,) for one output, else (n, c)."""
        rows = _batch(data, self.hidden.shape[1])
        return self.folded(rows).forward(np.c_[rows, np.ones(len(rows))])

    def __repr__(self) -> str:
        """One line: width and inputs."""
        return f"BatchNormNetwork({self.width} neurons, {self.hidden.shape[1]} inputs, {self.normalization!r})"


def _batch(data: Any, columns: int) -> FloatMatrix:
    rows = ar.as_data_matrix(data).floats
    if rows.shape[1] != columns:
        raise ArgumentError(
            f"data has {rows.shape[1]} columns, the network {columns} inputs; the batch has no column of "
            "ones, shifts are the network's own"
        )
    return rows


def _statistics(rows: FloatMatrix, weights: FloatMatrix) -> tuple[FloatVector, FloatVector]:
    """Return means and lengths of the centred columns ``X w_j``; 0 where only rounding is left."""
    centre = rows.mean(axis=0)
    columns = (rows - centre) @ weights.T
    lengths = row_norms(columns.T)
    terms = np.abs(weights) @ row_norms(rows.T)
    return weights @ centre, np.where(lengths <= _NOTHING * terms, 0.0, lengths)

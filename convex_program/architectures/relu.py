"""Two layers, ReLU, weight decay on both: the program of Pilanci and Ergen (2020)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import ClassVar, final

import numpy as np

import arrangements as ar
from convex_program.architectures.base import (
    Activation,
    Architecture,
    Atom,
    Block,
    FloatMatrix,
)
from convex_program.network import Network
from convex_program.norms import row_norms


@final
class ReLU(Architecture):
    """``sum_j alpha_j (w_j.x)_+`` with ``beta/2 sum_j (|w_j|^2 + alpha_j^2)``.

    Notes
    -----
    For a fixed output a neuron is cheapest when ``|w_j| = |alpha_j|`` and then costs
    ``beta |u|`` with ``u = |alpha_j| w_j``.  Inside one closed cell with pattern D its
    output is ``D X u``, linear in u; neurons of one (cell, sign) add up.

    *Reference.* Pilanci and Ergen, ICML 2020, Theorem 1.
    """

    name: ClassVar[str] = "relu"

    def arrangement(self, data: ar.DataMatrix) -> ar.Arrangement:
        """Return the arrangement of the data's rows."""
        return ar.Arrangement(data)

    def features(self, data: ar.DataMatrix) -> FloatMatrix:
        """Return the data as floats."""
        return data.floats

    def block(self, features: FloatMatrix, activation: Activation) -> Block:
        """Return D X and (2 D - I) X."""
        signs = np.where(activation, 1.0, -1.0)[:, np.newaxis]
        return Block(fit=features * activation[:, np.newaxis], cone=signs * features)

    def exact_rows(self, data: ar.DataMatrix) -> tuple[tuple[Fraction, ...], ...]:
        """Return the data's rational entries."""
        return data.fractions

    def network(self, atoms: Sequence[Atom], features: int, output_bias: float) -> Network:
        """Return the balanced neurons ``w = u / sqrt|u|``, ``alpha = sign sqrt|u|``."""
        if not atoms:
            return Network.empty(features, output_bias=output_bias)
        vectors = np.array([atom.vector for atom in atoms])
        roots = np.sqrt(row_norms(vectors))
        signs = np.array([atom.sign for atom in atoms])
        return Network(vectors / roots[:, np.newaxis], signs * roots, output_bias)

    def atoms(self, network: Network) -> tuple[Atom, ...]:
        """Return ``|alpha_j| w_j`` with the sign of alpha_j, zero neurons dropped."""
        alpha = network.output[:, 0]
        return tuple(
            Atom(np.abs(alpha[j]) * network.hidden[j], 1 if alpha[j] > 0 else -1)
            for j in network.active()
        )

    def __repr__(self) -> str:
        """Say what it is."""
        return "ReLU()"

"""Training parallel sub-networks of three layers."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.losses import Loss, Squared
from convex_program.problem import TrainingProblem
from convex_program.three_layer.network import ParallelNetwork
from convex_program.three_layer.regularizers import Products, Regularizer

_MOST = 2


@dataclass(frozen=True, eq=False)
class ThreeLayerProblem:
    """``min f(sum_k a_k ((X W_k)_+ w_k)_+) + beta regularizer`` over any number of sub-networks.

    Parameters
    ----------
    X : DataMatrix or array-like of shape (n, d)
        A bias of the first layers is a last column of ones.
    y : array-like of shape (n,)
    beta : number or text
        Positive.
    width : int
        Neurons m of each first layer: 1 (then it is `TrainingProblem`) or 2.
    loss : Loss
        `Squared`.
    regularizer : Regularizer
        `Products`, `UnitFirstLayer` or `Cubes`: the optimal value is the same.

    Raises
    ------
    ArgumentError
        Naming the argument that does not fit.

    Notes
    -----
    *Derivation.* Over its scalings a sub-network costs ``sum_j |u_j|``, u_j the paths ``|a| |w_j| W_j``
    (`convex_program.three_layer.regularizers`).  Signs of w that agree add up to two-layer neurons at the same
    cost, so for m = 2 what is new is ``((Xu_1)_+ - (Xu_2)_+)_+``: a neuron masked by another.  The dual is that of two
    layers with ``max |v.((Xu_1)_+ - (Xu_2)_+)_+| <= beta`` over ``|u_1| + |u_2| <= 1``.

    Reference: Ergen and Pilanci (2021), arXiv 2110.05518.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.ThreeLayerProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> network = cx.ParallelNetwork([[[1.0]]], [[1.0]], [1.0])
    >>> float(problem.exact_objective(network))  # (1^2 + (1 - 2)^2) / 2 + beta
    1.5
    """

    X: Any
    y: Any
    beta: Any
    width: int = 2
    loss: Loss = field(default_factory=Squared)
    regularizer: Regularizer = field(default_factory=Products)

    def __post_init__(self) -> None:
        """Read everything exactly and refuse what does not fit."""
        if self.width not in range(1, _MOST + 1):
            raise ArgumentError(
                f"width = {self.width!r}: sub-networks of 1 or {_MOST} neurons in the first layer are known; "
                "bounds for wider ones are not built"
            )
        if not isinstance(self.regularizer, Regularizer):
            raise ArgumentError(
                f"regularizer = {self.regularizer!r} is not a Regularizer instance; weight decay on all three "
                "layers has none: over the scalings of a sub-network it is a power 2/3 of its cost, which is not "
                "convex, and no bound is known"
            )
        if not isinstance(self.loss, Squared):
            raise ArgumentError(f"loss = {self.loss!r}: three layers know Squared() only")
        if self.plain.outputs > 1:
            raise ArgumentError(f"y has {self.plain.outputs} columns; three layers know one output")
        if not self.plain.exact_beta:
            raise ArgumentError(
                "beta = 0: without a regularizer there is no program; give a positive beta"
            )

    @cached_property
    def plain(self) -> TrainingProblem:
        """The problem of two layers on the same data: its value is not smaller."""
        return TrainingProblem(self.X, self.y, self.beta, loss=self.loss)

    @property
    def data(self) -> ar.DataMatrix:
        """The data, exactly."""
        return self.plain.data

    @property
    def exact_beta(self) -> Fraction:
        """The weight of the regularizer, exactly."""
        return self.plain.exact_beta

    def admit(self, network: ParallelNetwork) -> None:
        """Raise `ArgumentError` when a network does not belong to this problem."""
        if not isinstance(network, ParallelNetwork):
            raise ArgumentError(f"network = {network!r} is not a ParallelNetwork")
        if network.features != self.data.shape[1]:
            raise ArgumentError(
                f"the network has {network.features} inputs, the data {self.data.shape[1]} columns"
            )
        if network.width > self.width:
            raise ArgumentError(
                f"the network has first layers of {network.width} neurons, the problem of {self.width}"
            )

    def exact_objective(
        self, network: ParallelNetwork, regularizer: Regularizer | None = None
    ) -> Fraction:
        """Return loss plus beta times the regularizer of a network; roots are rounded up.

        Raises
        ------
        ArgumentError
            When the network does not belong to the problem.
        """
        self.admit(network)
        value = self.plain.fit.exact_value(network.exact_outputs(self.data.fractions))
        if value is None:
            raise ArgumentError("network: its loss is infinite")
        kind = self.regularizer if regularizer is None else regularizer
        return value + self.exact_beta * kind.exact_upper(network)

    def residual(self, network: ParallelNetwork) -> npt.NDArray[np.float64]:
        """Return y minus the outputs of a network: its own dual candidate."""
        self.admit(network)
        return self.plain.fit.residual(network.forward(self.data))

    @property
    def objective_text(self) -> str:
        """What is minimized, in words."""
        return (
            f"{self.loss.words} + beta times {self.regularizer!r}, beta = {float(self.exact_beta):.6g}, "
            f"first layers of {self.width}"
        )

    def __repr__(self) -> str:
        """One line: sizes and settings."""
        n, d = self.data.shape
        return (
            f"ThreeLayerProblem(n={n}, d={d}, width={self.width}, beta={float(self.exact_beta):g}, "
            f"regularizer={self.regularizer!r})"
        )

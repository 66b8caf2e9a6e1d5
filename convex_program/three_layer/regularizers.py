"""Three regularizers of parallel sub-networks with one optimal value.

A sub-network puts out the same when its three layers are scaled by factors with product 1, and when a neuron's
first weights and its second weight are.  The least of each regularizer over these scalings is

    p_k = |a_k| sum_j |w_kj| |W_kj|,

by the inequalities of Cauchy and of the means.  So the three training problems have the same value, and networks
go from one to the other by scaling.

Plain weight decay on all three layers is not among them: over the scalings it is ``3/2 sum_k p_k^(2/3)``, which
rewards few large sub-networks; the problem is not convex in the outputs, and no bound is known here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import final

import numpy as np

from convex_program.errors import ArgumentError
from convex_program.rounding import root_up
from convex_program.three_layer.network import ParallelNetwork

_INSIDE = 1.0 - 2.0**-48


class Regularizer(ABC):
    """What beta multiplies, and the scaling at which it is least.

    Examples
    --------
    >>> import convex_program as cx
    >>> network = cx.ParallelNetwork([[[2.0]]], [[1.0]], [1.0])
    >>> scaled = cx.UnitFirstLayer().scaled(network)  # the same outputs, at least cost
    >>> scaled.forward([[3.0]]).round(9).tolist()
    [6.0]
    """

    @abstractmethod
    def exact_upper(self, network: ParallelNetwork) -> Fraction:
        """Return the regularizer of a network, rounded up by less than a part in 10^15.

        Raises
        ------
        ArgumentError
            When the network is not allowed.
        """

    @abstractmethod
    def scaled(self, network: ParallelNetwork) -> ParallelNetwork:
        """Return the network with the same outputs at which the regularizer is least, up to rounding."""

    def __repr__(self) -> str:
        """Say what it is."""
        return f"{type(self).__name__}()"


@final
class Products(Regularizer):
    """``sum_k |W_k|_F |w_k| |a_k|``.

    Examples
    --------
    >>> import convex_program as cx
    >>> network = cx.ParallelNetwork([[[3.0], [4.0]]], [[0.0, 2.0]], [-1.0])
    >>> float(cx.Products().exact_upper(network))  # 5 * 2 * 1
    10.0
    """

    def exact_upper(self, network: ParallelNetwork) -> Fraction:
        """Return the sum."""
        total = Fraction(0)
        for first, second, output in _parts(network):
            square = _square(first) * _square(second)
            total += Fraction(root_up(square)) * abs(Fraction(output))
        return total

    def scaled(self, network: ParallelNetwork) -> ParallelNetwork:
        """Return it balanced, with output weights of size 1."""
        return _balanced(network)


@final
class UnitFirstLayer(Regularizer):
    """``1/2 sum_k (|w_k|^2 + a_k^2)`` where ``|W_k|_F <= 1`` for all k.

    Examples
    --------
    >>> import convex_program as cx
    >>> network = cx.ParallelNetwork([[[1.0]]], [[3.0]], [4.0])
    >>> float(cx.UnitFirstLayer().exact_upper(network))  # (3^2 + 4^2) / 2
    12.5
    """

    def exact_upper(self, network: ParallelNetwork) -> Fraction:
        """Return the sum, exactly, or refuse a first layer that is too large."""
        total = Fraction(0)
        for k, (first, second, output) in enumerate(_parts(network)):
            if _square(first) > 1:
                raise ArgumentError(
                    f"first[{k}] has a Frobenius norm above 1, which UnitFirstLayer() does not allow; "
                    "UnitFirstLayer().scaled(network) puts out the same"
                )
            total += (_square(second) + Fraction(output) ** 2) / 2
        return total

    def scaled(self, network: ParallelNetwork) -> ParallelNetwork:
        """Return it with first layers of norm 1 and the rest shared evenly."""
        base = _balanced(network)
        mass = base.costs()
        roots = np.sqrt(np.where(mass > 0.0, mass, 1.0)) / _INSIDE
        first = base.first / roots[:, np.newaxis, np.newaxis]
        return (
            ParallelNetwork(first, base.second / _INSIDE, base.output * np.sqrt(mass))
            if network.subnetworks
            else base
        )


@final
class Cubes(Regularizer):
    """``1/3 sum_k (|W_k|_F^3 + |w_k|^3 + |a_k|^3)``.

    Examples
    --------
    >>> import convex_program as cx
    >>> network = cx.ParallelNetwork([[[1.0]]], [[1.0]], [1.0])
    >>> float(cx.Cubes().exact_upper(network))
    1.0
    """

    def exact_upper(self, network: ParallelNetwork) -> Fraction:
        """Return the sum."""
        total = Fraction(0)
        for first, second, output in _parts(network):
            total += (
                Fraction(root_up(_square(first))) ** 3 + Fraction(root_up(_square(second))) ** 3
            )
            total += abs(Fraction(output)) ** 3
        return total / 3

    def scaled(self, network: ParallelNetwork) -> ParallelNetwork:
        """Return it with three layers of one norm."""
        base = _balanced(network)
        mass = base.costs()
        # |W| = |w| = sqrt(mass), |a| = 1, all to become mass^(1/3)
        factor = np.where(mass > 0.0, mass, 1.0) ** (-1.0 / 6.0)
        return ParallelNetwork(
            base.first * factor[:, np.newaxis, np.newaxis],
            base.second * factor[:, np.newaxis],
            base.output * np.cbrt(mass),
        )


def exact_paths(network: ParallelNetwork) -> Fraction:
    """Return ``sum_k |a_k| sum_j |w_kj| |W_kj|``, rounded up by less than a part in 10^15."""
    total = Fraction(0)
    for first, second, output in _parts(network):
        for w, mix in zip(first, second, strict=True):
            total += Fraction(root_up(_square([w]))) * abs(Fraction(mix) * Fraction(output))
    return total


def _parts(network: ParallelNetwork) -> Sequence[tuple[list[list[float]], list[float], float]]:
    return list(
        zip(network.first.tolist(), network.second.tolist(), network.output.tolist(), strict=True)
    )


def _square(values: Sequence[Sequence[float]] | Sequence[float]) -> Fraction:
    rows = values if values and isinstance(values[0], list) else [values]
    return sum((Fraction(x) ** 2 for row in rows for x in row), Fraction(0))  # type: ignore[arg-type, union-attr]


def _balanced(network: ParallelNetwork) -> ParallelNetwork:
    return ParallelNetwork.of_paths(network.paths, np.sign(network.second), np.sign(network.output))

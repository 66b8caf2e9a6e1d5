"""A training problem in rational numbers: what both bounds are evaluated on.

Imports no solver, pricing or enumerator.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from convex_program.activations import Activation
from convex_program.claim import NetworkClaim
from convex_program.errors import ArgumentError, ClaimError
from convex_program.fit import Fit
from convex_program.output_bias import OutputBias

ExactRows: TypeAlias = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class ExactProblem:
    """``min f(sum_j alpha_j phi(X w_j) + b) + beta/2 (decayed squares) + penalty of b``.

    Parameters
    ----------
    features : n rows of q rationals
    decayed : int
        How many of the first columns of the hidden weights are decayed.
    activation : Activation
    fit : Fit
    beta : rational
    output_bias : OutputBias
    """

    features: ExactRows
    decayed: int
    activation: Activation
    fit: Fit
    beta: Fraction
    output_bias: OutputBias

    @property
    def constants(self) -> bool:
        """Whether neurons put out constants that cost nothing: duals then add up to zero."""
        return bool(self.features) and self.decayed < len(self.features[0])

    @cached_property
    def integers(self) -> tuple[Any, int]:
        """Integers of shape (n, q) and the denominator with ``features = integers / denominator``."""
        denominator = math.lcm(*(entry.denominator for row in self.features for entry in row))
        rows = [
            [entry.numerator * (denominator // entry.denominator) for entry in row]
            for row in self.features
        ]
        return np.array(rows, dtype=object), denominator

    def objective(self, network: NetworkClaim) -> Fraction | None:
        """Return loss plus penalty of a network, for its weights as stored; None when infinite.

        Exact, or slightly more where the loss is not rational.
        """
        try:
            self.output_bias.admit(network.output_bias)
            constants = self._constants(network)
        except (ArgumentError, ValueError, OverflowError) as error:
            raise ClaimError(f"the network does not belong to the problem: {error}") from None
        loss = self.fit.exact_value(self.outputs(network))
        if loss is None:
            return None
        return (
            loss
            + self.beta * squared_weights(network, self.decayed) / 2
            + sum(self.output_bias.exact_penalty(one, self.beta) for one in constants)
        )

    def _constants(self, network: NetworkClaim) -> list[Fraction]:
        """Return the output biases, one for each output."""
        given = network.output_bias
        constants = [Fraction(b) for b in (given if isinstance(given, tuple) else (given,))]
        if len(constants) != self.fit.outputs:
            raise ClaimError(f"{len(constants)} output biases, {self.fit.outputs} outputs")
        return constants

    def outputs(self, network: NetworkClaim) -> list[Fraction]:
        """Return the outputs of a network exactly, flat, row by row."""
        count = self.fit.outputs
        integers, denominator = self.integers
        width = integers.shape[1]
        if len(network.hidden) * count != len(network.output):
            raise ClaimError(f"{len(network.hidden)} neurons, {len(network.output)} output weights")
        if any(len(row) != width for row in network.hidden):
            raise ClaimError(f"a neuron does not have {width} weights")
        hidden, shift = dyadic([w for row in network.hidden for w in row])
        output, output_shift = dyadic(network.output)
        products = integers @ hidden.reshape(len(network.hidden), width).T
        on, off = self.activation.on, self.activation.off
        unit = math.lcm(on.denominator, off.denominator)
        active = np.where(products > 0, int(on * unit) * products, -int(off * unit) * products)
        if len(output):
            sums = active @ output.reshape(len(network.hidden), count)
        else:
            sums = np.zeros((len(integers), count), dtype=object)
        whole = (denominator << (shift + output_shift)) * unit
        constants = self._constants(network)
        common = math.lcm(whole, *(constant.denominator for constant in constants))
        stretch = common // whole
        shifts = [constant.numerator * (common // constant.denominator) for constant in constants]
        return [
            Fraction(int(total) * stretch + shift_by, common)
            for row in sums
            for total, shift_by in zip(row, shifts, strict=True)
        ]

    def dual_value(self, dual: Sequence[Fraction]) -> Fraction:
        """Return the dual value of a vector that no neuron violates, or slightly less.

        The vector is flat, row by row.

        Raises
        ------
        ClaimError
            When loss, biases or constants forbid the vector.
        """
        count = self.fit.outputs
        if self.constants and any(sum(dual[j::count]) != 0 for j in range(count)):
            raise ClaimError(
                "the dual vector is not feasible: constants cost nothing, and it does not add up "
                "to zero"
            )
        penalty = self.output_bias.exact_dual_loss(dual, self.beta, count)
        if penalty is None:
            raise ClaimError(f"the dual vector is not feasible for {self.output_bias!r}")
        value = self.fit.exact_dual(dual)
        if value is None:
            raise ClaimError(f"the dual vector is not feasible for {self.fit.loss!r}")
        return value - penalty


def squared_weights(network: NetworkClaim, decayed: int) -> Fraction:
    """Return the sum of all decayed squared weights exactly, the output bias left out."""
    counted = [*(w for row in network.hidden for w in row[:decayed]), *network.output]
    weights, shift = dyadic(counted)
    return Fraction(sum(w * w for w in weights), 1 << (2 * shift))


def dyadic(values: Sequence[float]) -> tuple[Any, int]:
    """Return integers and the one shift with ``values = integers / 2**shift``."""
    try:
        ratios = [float(value).as_integer_ratio() for value in values]
    except (OverflowError, ValueError):
        raise ClaimError("a number of the claim is not finite") from None
    shift = max((bottom.bit_length() - 1 for _, bottom in ratios), default=0)
    integers = np.empty(len(ratios), dtype=object)
    integers[:] = [top << (shift - bottom.bit_length() + 1) for top, bottom in ratios]
    return integers, shift

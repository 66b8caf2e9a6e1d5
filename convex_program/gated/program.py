"""The gated program: a vector for each gate, no constraints; its value and its dual, exactly.

``min f(sum_i G_i X w_i + b) + beta sum_i |w_i|`` with gains G_i fixed.  Its dual is that of the
training problem with fewer constraints, ``|X' G_i v| <= beta`` for the gates alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from convex_program.errors import ArgumentError
from convex_program.evidence.cells import largest_square
from convex_program.exact_problem import dyadic
from convex_program.gated.gates import Gated
from convex_program.gated.network import GatedNetwork
from convex_program.norms import power_of_two
from convex_program.problem import TrainingProblem
from convex_program.rounding import exact_sum, root_up

Floats = npt.NDArray[np.float64]
Sides = npt.NDArray[np.bool_]

_ROUNDING = 2.0**-53
_CHUNK = 4096
"""Gates whose gains are written out as floats at a time."""


@dataclass(frozen=True, eq=False)
class GatedProgram:
    """A training problem whose neurons have given gates.

    Parameters
    ----------
    problem : TrainingProblem
        One output, a loss without kinks, decayed hidden biases, beta > 0.
    gates : Gated
        Those with a pattern of their own on the data; see `of`.
    sides : (k, n) bool
        Their patterns, exactly.

    Raises
    ------
    ArgumentError
        When the problem is not of that kind.
    """

    problem: TrainingProblem
    gates: Gated
    sides: Sides

    def __post_init__(self) -> None:
        """Refuse what the program does not know."""
        problem = self.problem
        problem.require_one_output(
            "gates: a gated program is about one output", "fit one at a time"
        )
        if problem.gauge.constants:
            raise ArgumentError(
                f"hidden_bias = {problem.hidden_bias!r}: every gate would put a constant out for "
                "nothing; use DecayedHiddenBias() for a gated network"
            )
        if not problem.exact_beta:
            raise ArgumentError("beta = 0: a gated network needs a positive weight decay")
        if not problem.loss.finite or problem.fit.pulled:
            raise ArgumentError(
                f"loss = {problem.loss!r} is not smooth, and proximal gradients need that; use "
                "Squared, Huber, Logistic or SquaredHinge, or patterns without gates"
            )

    @classmethod
    def of(cls, problem: TrainingProblem, gates: Gated) -> GatedProgram:
        """Return the program over gates, of those with equal patterns the first."""
        if not isinstance(gates, Gated):
            raise ArgumentError(f"gates = {gates!r} is not a Gated instance: Gated(array of gates)")
        sides = gates.sides(problem.data)
        first = np.sort(np.unique(np.packbits(sides, axis=1), axis=0, return_index=True)[1])
        return cls(problem, gates.take(first), sides[first])

    def gains(self, chosen: Sides | npt.NDArray[np.intp]) -> Floats:
        """Return the gains of the chosen gates on the rows, shape (k, n)."""
        return self.problem.gauge.gains(self.sides[chosen])

    def chunks(self) -> Iterator[npt.NDArray[np.intp]]:
        """Yield the gates in portions."""
        everything = np.arange(len(self.gates))
        for start in range(0, len(everything), _CHUNK):
            yield everything[start : start + _CHUNK]

    def pulls(self, vector: Floats, features: Floats) -> Floats:
        """Return ``|X' G_i v|`` of every gate in floating point, for a multiple of the features."""
        weighted = vector[:, np.newaxis] * features
        found = [np.linalg.norm(self.gains(part) @ weighted, axis=1) for part in self.chunks()]
        return np.concatenate(found)

    def square(self, vector: tuple[float, ...]) -> Fraction:
        """Return the largest ``|X' G_i v|^2``, in rational arithmetic.

        Notes
        -----
        *Exactness.* Floats with a bound of their rounding leave the few gates that can be the
        largest; those are computed in integers.
        """
        v, features = np.array(vector), self.problem.features
        unit = power_of_two(v), power_of_two(features)
        v, features = v / unit[0], features / unit[1]
        steepest = self.problem.activation.steepness
        with np.errstate(under="ignore", over="ignore", invalid="ignore"):
            pulls = self.pulls(v, features)
            sizes = float(np.linalg.norm(np.abs(v) @ np.abs(features)))
        rows, columns = features.shape
        error = (rows + columns + 16) * _ROUNDING * (steepest * sizes + pulls.max()) + 2.0**-900
        near = np.flatnonzero(~(pulls < pulls.max() - 4.0 * error))
        found = largest_square(self.problem.exact, self.sides[near], vector, ())
        if found is None:  # only where constants cost nothing, which was refused
            raise ArgumentError("vector: it does not add up to zero")
        return found

    @cached_property
    def _integers(self) -> tuple[npt.NDArray[np.object_], int]:
        return self.problem.exact.integers

    def objective(self, network: GatedNetwork) -> Fraction:
        """Return loss plus ``beta sum |w_i|`` of a network on these data, or slightly more.

        Notes
        -----
        *Exactness.* The outputs are rational; the norms are rounded up.
        """
        problem = self.problem
        problem.output_bias.admit(network.output_bias)
        rows, denominator = self._integers
        weights, shift = dyadic(network.weights.ravel().tolist())
        blocks = weights.reshape(network.weights.shape)
        sides = network.gates.sides(problem.data)
        on, off = problem.activation.on, problem.activation.off
        unit = math.lcm(on.denominator, off.denominator)
        gains = np.where(sides, int(on * unit), -int(off * unit)).astype(object)
        sums = (gains * (blocks @ rows.T)).sum(axis=0) if len(blocks) else [0] * len(rows)
        whole = (denominator << shift) * unit
        bias = Fraction(network.output_bias)
        value = problem.fit.exact_value([Fraction(int(s), whole) + bias for s in sums])
        if value is None:
            raise ArgumentError("network: its loss is infinite")
        squares = [Fraction(int(block @ block), 1 << (2 * shift)) for block in blocks]
        norms = exact_sum([Fraction(root_up(square)) for square in squares] or [Fraction(0)])
        beta = problem.exact_beta
        return value + beta * norms + problem.output_bias.exact_penalty(bias, beta)

"""Neurons that add what a network misses, with rational output weights: exactly.

Weights in floating point put out numbers near the targets, not the targets.  A few more neurons
``c_k phi(X u_k)`` with float vectors u_k and *rational* c_k close the difference to the last digit,
and cost about as much as the difference: ``|c_k| |u_k|`` each.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from convex_program.claim import NetworkClaim
from convex_program.errors import SolverError
from convex_program.exact_problem import ExactProblem, squared_weights
from convex_program.network import Network
from convex_program.problem import TrainingProblem, network_claim
from convex_program.rounding import root_up
from convex_program.undecayed import ReachableSpace, solve, spanning_neurons


@dataclass(frozen=True)
class Correction:
    """Neurons beside a network, and a constant beside its output bias.

    Parameters
    ----------
    vectors : tuple of k tuples of q float
        Hidden weights u_k.
    coefficients : tuple of k Fraction
        Output weights c_k.
    constant : Fraction
        What is added to the output bias.
    """

    vectors: tuple[tuple[float, ...], ...]
    coefficients: tuple[Fraction, ...]
    constant: Fraction

    def objective(self, problem: TrainingProblem, network: Network) -> Fraction | None:
        """Return the weight decay of network and correction together; None if they miss a target.

        Notes
        -----
        *Exactness.* A rational number that some network through the data is not above: of each
        neuron of the correction the balanced version is counted, norms rounded up.
        """
        exact, claim = problem.exact, network_claim(network)
        outputs = exact.outputs(claim)
        for coefficient, answers in zip(self.coefficients, self._answers(exact), strict=True):
            outputs = [z + coefficient * a for z, a in zip(outputs, answers, strict=True)]
        if exact.fit.exact_value([z + self.constant for z in outputs]) is None:
            return None
        costs = sum(
            (
                abs(c)
                * Fraction(root_up(squared_weights(NetworkClaim((u,), (), 0.0), exact.decayed)))
                for c, u in zip(self.coefficients, self.vectors, strict=True)
            ),
            Fraction(0),
        )
        bias = Fraction(network.output_bias) + self.constant
        return exact.beta * (
            squared_weights(claim, exact.decayed) / 2 + costs
        ) + exact.output_bias.exact_penalty(bias, exact.beta)

    def _answers(self, exact: ExactProblem) -> list[list[Fraction]]:
        return [exact.outputs(NetworkClaim((u,), (1.0,), 0.0)) for u in self.vectors]


def correction_of(problem: TrainingProblem, space: ReachableSpace, network: Network) -> Correction:
    """Return what has to be added to a network so that it passes through the data.

    Parameters
    ----------
    problem : TrainingProblem
        Its targets are reached by networks.
    space : ReachableSpace
        Of the problem.
    network : Network

    Raises
    ------
    SolverError
        When the neurons tried do not span what is missed (never met).

    Notes
    -----
    *Algorithm.* Neurons that span the reachable space, chosen in floating point; independent ones
    among them on the rows that count, and as many rows, by integer elimination; one rational system.

    *Cost.* O(r^3) operations on long integers for r = dimension of the space: half a second for
    r = 100.
    """
    exact = problem.exact
    missed = [
        y - z
        for y, z in zip(exact.fit.exact_targets, exact.outputs(network_claim(network)), strict=True)
    ]
    weights = exact.fit.exact_weights
    counted = [i for i in range(len(missed)) if weights is None or weights[i]]
    if not any(missed[i] for i in counted):
        return Correction((), (), Fraction(0))
    # 24 bits are as good as 53, and integers stay short.
    vectors = spanning_neurons(problem, space).astype(np.float32).astype(np.float64).tolist()
    columns = [exact.outputs(NetworkClaim((tuple(u),), (1.0,), 0.0)) for u in vectors]
    biased = problem.output_bias.bend(0.0) is not None
    if biased:
        columns.append([Fraction(1)] * len(missed))
    solution = solve(
        [[column[i] for column in columns] for i in counted], [missed[i] for i in counted]
    )
    if solution is None:
        raise SolverError("the targets are reached, but not by the neurons tried; scale the data")
    used = [k for k in range(len(vectors)) if solution[k]]
    return Correction(
        tuple(tuple(vectors[k]) for k in used),
        tuple(solution[k] for k in used),
        solution[-1] if biased else Fraction(0),
    )

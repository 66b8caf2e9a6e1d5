"""The answer: a network near the data, what closes the difference, and the bound."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from convex_program.bracket import Bracket
from convex_program.claim import Claim
from convex_program.errors import ClaimError, SolverError
from convex_program.interpolation.correction import Correction
from convex_program.problem import network_claim
from convex_program.reservations import reservations
from convex_program.rounding import round_up
from convex_program.solution import Status


@dataclass(frozen=True, eq=False, repr=False)
class InterpolatingOptimum(Bracket):
    """Least weight of networks through the data, from both sides.

    Parameters
    ----------
    network, certificate
        See `Bracket`.  The network is near the data only: see `distance`.
    correction : Correction
        Neurons with rational output weights that close the difference; `exact_upper` counts them.
    status : Status
        Why the search stopped.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], 1, cx.Interpolation())
    >>> best = cx.interpolating_optimum(problem)  # a neuron for each row
    >>> round(best.upper, 6), float(best.distance) < 1e-6
    (3.0, True)
    """

    correction: Correction
    status: Status

    @cached_property
    def exact_upper(self) -> Fraction:
        """Weight decay of a network through the data: this one and its correction, exactly."""
        value = self.correction.objective(self.problem, self.network)
        if value is None:
            raise SolverError("the correction does not lead to the data")
        return value

    @cached_property
    def distance(self) -> float:
        """Largest difference of the stored network's outputs from the targets that count, rounded up."""
        exact = self.problem.exact
        outputs = exact.outputs(network_claim(self.network))
        weights = exact.fit.exact_weights or (Fraction(1),) * len(outputs)
        return round_up(
            max(
                (
                    abs(y - z)
                    for y, z, s in zip(exact.fit.exact_targets, outputs, weights, strict=True)
                    if s
                ),
                default=Fraction(0),
            )
        )

    @property
    def stopped(self) -> bool:
        """Whether a time limit or Ctrl-C ended the search; the bounds hold all the same."""
        return self.status.stopped

    def claim(self) -> Claim:
        """Refuse: the weights of a claim are floats, and such a network misses the data.

        Raises
        ------
        ClaimError
            Always.
        """
        raise ClaimError(
            "a claim holds a network in floating point, which misses the data by rounding: "
            "interpolation has none; a squared loss with a small beta has"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {
            **super().to_json(),
            "status": self.status.name.lower(),
            "distance": self.distance,
        }

    def summary(self) -> str:
        """Say in a few lines what was found and what is known about it."""
        neurons = len(self.network.active())
        text = (
            f"Objective: {self.problem.objective_text}.\n"
            f"A network passes through the data with the objective {self.upper:.12g}. The network "
            f"stored has {neurons} neuron{'' if neurons == 1 else 's'} and misses the targets by at "
            f"most {self.distance:.2g}, for its weights are floats; "
            f"{len(self.correction.coefficients)} more neurons with rational weights, counted in the "
            "objective, close that.\n"
            f"No network of any width through the data is below {self.lower:.12g}: "
            f"{self.certificate.describe()}.\n"
            f"Gap {self.gap:.3g}, relative {self.relative_gap:.3g}."
        )
        return "\n".join([text, *self.reservations()])

    def reservations(self) -> list[str]:
        """Return the sentences that keep the figures from being read as more than they are."""
        return reservations(self, self.status, best="This is the least weight")

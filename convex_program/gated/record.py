"""The answer to a gated program: a network, a bound on all with these gates, and both exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from convex_program.certificate import bound_at
from convex_program.gated.decomposition import Decomposition, decompose
from convex_program.gated.network import GatedNetwork
from convex_program.gated.program import GatedProgram
from convex_program.problem import TrainingProblem
from convex_program.rounding import relative_gap, round_down, round_up
from convex_program.solution import Status


@dataclass(frozen=True, eq=False, repr=False)
class GatedOptimum:
    """A gated network, and a lower bound on all gated networks with the same gates.

    Parameters
    ----------
    program : GatedProgram
    network : GatedNetwork
        Gates without a weight left out.
    vector : tuple of n floats
        The dual vector.
    scale : float
        What is used is ``scale * vector``.
    status : Status
        Why the method stopped.
    steps : int
        Proximal steps taken.

    Notes
    -----
    The bound is about these gates.  It bounds ReLU networks only when their neurons have no patterns
    but those of the gates: all ReLU networks when every pattern has a gate (`Gated.of_patterns`).

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = cx.gated_optimum(problem, cx.Gated([[1.0], [-1.0]]))
    >>> best.exact_lower <= best.exact_upper, round(best.upper, 4)
    (True, 1.25)
    """

    program: GatedProgram
    network: GatedNetwork
    vector: tuple[float, ...]
    scale: float
    status: Status
    steps: int

    @property
    def problem(self) -> TrainingProblem:
        """The training problem."""
        return self.program.problem

    @property
    def patterns(self) -> int:
        """Number of distinct patterns of the gates."""
        return len(self.program.gates)

    @cached_property
    def exact_upper(self) -> Fraction:
        """Loss plus ``beta sum |w_i|`` of the network, exactly but for norms, which are rounded up."""
        return self.program.objective(self.network)

    @cached_property
    def exact_lower(self) -> Fraction:
        """The dual value, in rational arithmetic."""
        square = self.program.square(self.vector)
        return bound_at(self.problem.exact, self.vector, self.scale, square)

    @property
    def upper(self) -> float:
        """The network's objective, rounded up."""
        return round_up(self.exact_upper)

    @property
    def lower(self) -> float:
        """The bound on all networks with these gates, rounded down."""
        return round_down(self.exact_lower)

    @property
    def gap(self) -> float:
        """Upper minus lower bound, rounded up."""
        return round_up(self.exact_upper - self.exact_lower)

    @property
    def relative_gap(self) -> float:
        """Gap over upper bound, rounded up."""
        return relative_gap(self.exact_upper, self.exact_lower)

    def decomposed(self) -> Decomposition:
        """Return a ReLU network with the same outputs on the data, and what it costs more.

        Raises
        ------
        SolverError
            When a gate's cone has no interior, so that some vectors are no difference of two in it.
        """
        return decompose(self.program, self.network)

    def summary(self) -> str:
        """Say in a few lines what was found and what is known about it."""
        return (
            f"Objective: {self.problem.objective_text}, gates fixed.\n"
            f"The gated network found uses {len(self.network.gates):,} of {self.patterns:,} gates and "
            f"has the objective {self.upper:.12g}.\n"
            f"No gated network with these gates is below {self.lower:.12g}; ReLU networks with other "
            "patterns may be.\n"
            f"Gap {self.gap:.3g}, relative {self.relative_gap:.3g}; {self.status.value}."
        )

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {
            "upper": self.upper,
            "lower": self.lower,
            "gap": self.gap,
            "relative_gap": self.relative_gap,
            "gates": self.patterns,
            "used": len(self.network.gates),
            "status": self.status.name.lower(),
        }

    def __repr__(self) -> str:
        """One line: both bounds, how many gates."""
        return (
            f"GatedOptimum(upper={self.upper:.12g}, lower={self.lower:.12g}, "
            f"relative_gap={self.relative_gap:.2g}, {self.patterns:,} gates)"
        )

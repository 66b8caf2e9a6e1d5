"""Where a network stands beside the infimum over all widths, without weight decay."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from convex_program.network import Network
from convex_program.rounding import relative_gap, round_up
from convex_program.undecayed.record import UndecayedOptimum
from convex_program.undecayed.words import count, objective_words


@dataclass(frozen=True, eq=False, repr=False)
class UndecayedVerdict:
    """Where a network stands beside the infimum over all widths.

    Parameters
    ----------
    network : Network
    optimum : UndecayedOptimum

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0)
    >>> verdict = cx.certify_undecayed(cx.Network([[1.0]], [2.0]), problem)
    >>> verdict.objective, verdict.optimum.upper  # the row -1 is missed by 1, and need not be
    (0.5, 0.0)
    """

    network: Network
    optimum: UndecayedOptimum

    @cached_property
    def exact_objective(self) -> Fraction | None:
        """The loss of the network, for its weights as stored; None when infinite."""
        return self.optimum.problem.exact_objective(self.network)

    @property
    def objective(self) -> float:
        """The loss of the network, rounded up."""
        exact = self.exact_objective
        return math.inf if exact is None else round_up(exact)

    @property
    def distance(self) -> float:
        """How far the network is above the infimum, at most: rounded up."""
        exact, lower = self.exact_objective, self.optimum.exact_lower
        if exact is None or lower is None:
            return math.inf
        return round_up(exact - lower)

    @property
    def relative_gap(self) -> float:
        """That distance over the network's loss, rounded up; infinite where the loss is."""
        exact, lower = self.exact_objective, self.optimum.exact_lower
        return math.inf if exact is None or lower is None else relative_gap(exact, lower)

    def summary(self) -> str:
        """Say in a few lines how far the network is from what any width reaches."""
        optimum = self.optimum
        name = objective_words(optimum.problem)
        active = len(self.network.active())
        lines = [
            f"Objective of the network      {self.objective:.12g}  ({name}; active neurons: {active})",
            optimum.summary(),
        ]
        if self.exact_objective is None or optimum.exact_upper is None:
            return "\n".join(lines)
        lines.append(f"Distance of the network       {self.distance:.6g}")
        if self.exact_objective > optimum.exact_upper:
            lines.append(self._about_width())
        return "\n".join(lines)

    def _about_width(self) -> str:
        enough, width = self.optimum.width, self.network.width
        if width < enough:
            return (
                f"This network has {count(width, 'neuron')}, fewer than the {enough} that are enough: "
                "whether one of its width comes closer is not known."
            )
        return (
            f"This network has {count(width, 'neuron')}, which is enough: what it lacks is training, "
            "not width."
        )

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {
            "objective": None if self.exact_objective is None else self.objective,
            "distance": None if self.exact_objective is None else self.distance,
            "neurons": len(self.network.active()),
            "optimum": self.optimum.to_json(),
        }

    def __repr__(self) -> str:
        """One line: the network's objective and its distance."""
        return f"UndecayedVerdict(objective={self.objective:.12g}, distance={self.distance:.6g})"

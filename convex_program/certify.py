"""Verdicts on trained networks: how far from the global optimum, proved."""

from __future__ import annotations

from dataclasses import dataclass

import arrangements as ar
from convex_program.bracket import Bracket, exact_objective
from convex_program.certificate import certify_dual
from convex_program.network import Network
from convex_program.optimum import GlobalOptimum, complete_patterns, global_optimum
from convex_program.problem import TrainingProblem
from convex_program.solvers import Solver


@dataclass(frozen=True, eq=False, repr=False)
class Verdict(Bracket):
    """What is known about a trained network.

    Parameters
    ----------
    network, certificate, exact_upper
        See `Bracket`; the network is the one that was asked about, unchanged.
    best : GlobalOptimum
        The best network found, with the same kind of bound.
    """

    best: GlobalOptimum

    @property
    def width_needed(self) -> int:
        """Number of neurons of the best network found: enough to reach its objective."""
        return len(self.best.network.active())

    def summary(self) -> str:
        """Say in a few lines how good the network is and what would be better."""
        width = len(self.network.active())
        lines = [
            f"Objective of the network      {self.upper:.12g}  ({width} active neurons)",
            f"Certified global optimum   >= {self.lower:.12g}  (for every width)",
            f"Gap                           {self.gap:.3g}  (relative {self.relative_gap:.3g})",
            f"Level                         {self.level.value}",
            f"Activation patterns           {self.patterns:,}, all there are",
        ]
        if self.best.exact_upper < self.exact_upper:
            lines.append(
                f"A better network              {self.best.upper:.12g}  "
                f"({self.width_needed} neurons, relative gap {self.best.relative_gap:.2g})"
            )
        if self.best.exact_upper < self.exact_upper and width < self.width_needed:
            lines.append(
                f"The network may be too narrow: {width} neurons, the better one has "
                f"{self.width_needed}."
            )
        return "\n".join(lines)


def certify(
    network: Network,
    problem: TrainingProblem,
    *,
    patterns: ar.CompletePatterns | None = None,
    solver: Solver | None = None,
    progress: ar.Listener = ar.silent,
) -> Verdict:
    """Say how far a trained network is from the global optimum, with a proof.

    Parameters
    ----------
    network : Network
        Of any width; its weights count as stored.
    problem : TrainingProblem
        What it was trained for.
    patterns : CompletePatterns, optional
        All activation patterns of the data; enumerated when not given.
    solver : Solver, optional
    progress : Listener, optional

    Returns
    -------
    Verdict

    Raises
    ------
    ArgumentError
        When the network does not fit the problem or `patterns` is not complete.

    Notes
    -----
    *Algorithm.* The upper bound is the network's own objective.  Lower bounds come from
    its own residual and from the convex optimum; the larger one counts.
    """
    upper = exact_objective(problem, network)
    complete = complete_patterns(problem, patterns, progress)
    best = global_optimum(problem, patterns=complete, solver=solver, progress=progress)
    own = certify_dual(problem, complete, problem.residual(network), progress=progress)
    certificate = max(best.certificate, own, key=lambda item: item.lower)
    return Verdict(network, certificate, upper, best)

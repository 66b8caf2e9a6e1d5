"""Verdicts on trained networks: how far from the global optimum, proved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import arrangements as ar
from convex_program.bracket import Bracket
from convex_program.certificate import Certificate, certify_dual
from convex_program.errors import ArgumentError
from convex_program.network import Network
from convex_program.optimum import (
    GlobalOptimum,
    chosen_solver,
    complete_patterns,
    direct_optimum,
    global_optimum,
)
from convex_program.problem import TrainingProblem
from convex_program.settings import STATIONARITY
from convex_program.solvers import Auto, DirectSolver, Solver
from convex_program.stationarity import Stationarity, examine_stationarity

_NOT_NOW = replace(STATIONARITY, most_entries=0)
"""When time is up the cells of a network are not looked at either."""
_WORTH_TRAINING = 1e-3
"""Relative gap above which a wide enough network is said to lack training."""


@dataclass(frozen=True, eq=False, repr=False)
class Verdict(Bracket):
    """What is known about a trained network.

    Parameters
    ----------
    network, certificate
        See `Bracket`; the network is the one that was asked about, unchanged.
    best : GlobalOptimum
        The best network found, with the same kind of bound.
    stationarity : Stationarity
        Whether the network is at least the optimum of the program over its own patterns.
    """

    best: GlobalOptimum
    stationarity: Stationarity

    @property
    def width_enough(self) -> int:
        """Number of neurons of the best network found: enough to reach its objective."""
        return len(self.best.network.active())

    def summary(self) -> str:
        """Say in a few lines how good the network is and what would be better."""
        lines = [super().summary()]
        lines.append(f"Patterns of its own        {self.stationarity.describe()}")
        lines.append(
            f"Certified global optimum   {self.best.upper:.12g}  (neurons: {self.width_enough}, "
            f"relative gap {self.best.relative_gap:.2g})"
        )
        if self.best.status is not None and self.best.stopped:
            lines.append(f"The search was not finished: {self.best.status.value}.")
        if self.best.exact_upper < self.exact_upper:
            lines.append(_about_width(self))
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {
            **super().to_json(),
            "own_patterns": self.stationarity.to_json(),
            "best": self.best.to_json(),
        }


def _about_width(verdict: Verdict) -> str:
    # With `enough` neurons the better objective is reached, so a network at least that
    # wide lacks training; a narrower one may be the best of its width.
    enough, width = verdict.width_enough, verdict.network.width
    text = f"{enough} neurons are enough for the optimum, this network has {width}"
    if width < enough:
        return f"{text}: it may be too narrow."
    if verdict.relative_gap > _WORTH_TRAINING:
        return f"{text}: what it lacks is training, not width."
    return f"{text}."


def certify(
    network: Network,
    problem: TrainingProblem,
    *,
    patterns: ar.CompletePatterns | None = None,
    solver: Solver | DirectSolver | Auto | None = None,
    progress: ar.Listener = ar.silent,
) -> Verdict:
    """Say how far a trained network is from the global optimum, with a bound on all networks.

    Parameters
    ----------
    network : Network
        Of any width; its weights count as stored.
    problem : TrainingProblem
        What it was trained for.
    patterns : CompletePatterns, optional
        All activation patterns of the data: the bounds are then proved over them.
    solver : Solver, DirectSolver or Auto, optional
        As in `global_optimum`: by default `Auto`, which lists no patterns above Cover's
        bound of 2,000 and is then *rigorous* instead of *proved*.
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
    its own residual and from the convex optimum; the larger one counts.  Then the network
    is compared with the program over its own patterns, see `examine_stationarity`.
    """
    own = own_bracket(network, problem, patterns, solver=solver, progress=progress)
    return conclude(own, patterns=patterns, solver=solver, progress=progress)


def conclude(
    own: Bracket,
    *,
    patterns: ar.CompletePatterns | None = None,
    solver: Solver | DirectSolver | Auto | None = None,
    progress: ar.Listener = ar.silent,
) -> Verdict:
    """Go on from what a network's own residual shows to a verdict.

    Parameters
    ----------
    own : Bracket
        From `own_bracket`.
    patterns, solver, progress
        As in `certify`.
    """
    network, problem = own.network, own.problem
    chosen = _chosen(network, problem, solver)
    if isinstance(own.certificate, Certificate):
        patterns = own.certificate.patterns
    if patterns is None and isinstance(chosen, DirectSolver):
        found = chosen.solve(problem, start=network, progress=progress)
        best = direct_optimum(problem, found)
    else:
        best = global_optimum(problem, patterns=patterns, solver=chosen, progress=progress)
    certificate = max(best.certificate, own.certificate, key=lambda item: item.lower)
    best = replace(best, certificate=certificate)  # either bounds every network
    stationarity = examine_stationarity(
        network,
        problem,
        lower=certificate.lower,
        settings=_NOT_NOW if best.stopped else STATIONARITY,
        progress=progress,
    )
    return Verdict(network, certificate, best, stationarity)


def own_bracket(
    network: Network,
    problem: TrainingProblem,
    patterns: ar.CompletePatterns | None = None,
    *,
    solver: Solver | DirectSolver | Auto | None = None,
    progress: ar.Listener = ar.silent,
) -> Bracket:
    """Bound the optimum by a network's own residual: valid, quick, and often loose.

    Parameters
    ----------
    network, problem, patterns, solver, progress
        As in `certify`.

    Returns
    -------
    Bracket
        The network's objective and the bound its own residual gives; at a global optimum
        the two meet.
    """
    chosen = _chosen(network, problem, solver)
    residual = problem.residual(network)
    if patterns is None and isinstance(chosen, DirectSolver):
        return Bracket(network, chosen.certify(problem, residual))
    complete = complete_patterns(problem, patterns, progress)
    return Bracket(network, certify_dual(problem, complete, residual, progress=progress))


def _chosen(
    network: Network,
    problem: TrainingProblem,
    solver: Solver | DirectSolver | Auto | None,
) -> Solver | DirectSolver:
    """Refuse what does not fit, then return the solver to use."""
    if not isinstance(problem, TrainingProblem):
        raise ArgumentError(f"problem = {problem!r} is not a TrainingProblem")
    problem.admit(network)
    return chosen_solver(problem, solver)

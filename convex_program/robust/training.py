"""Front door: networks trained for their worst case, over patterns that no attack changes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import arrangements as ar
from convex_program.certificate import Certificate
from convex_program.claim import Level
from convex_program.clock import Clock
from convex_program.errors import ArgumentError
from convex_program.network import Network
from convex_program.optimum import GlobalOptimum, global_optimum
from convex_program.problem import TrainingProblem
from convex_program.program import ConvexProgram
from convex_program.recover import recover_network
from convex_program.robust.ball import Ball
from convex_program.robust.case import WorstCase
from convex_program.robust.program import solve_stable
from convex_program.robust.worst import checked, worst_case
from convex_program.solution import Solution
from convex_program.solvers import Auto
from convex_program.two_sided import TwoSided


@dataclass(frozen=True, eq=False, repr=False)
class RobustOptimum(TwoSided):
    """A network trained for its worst case, and what is known about the best there is.

    The convex program is a *restriction*: its networks have no kink within any ball.  Its value is an
    upper bound of the true min-max, and networks whose kinks cross balls may do better.

    Parameters
    ----------
    worst : WorstCase
        Of the network found: its upper end bounds the true min-max from above.
    program_value : float
        Of the convex program, in floating point: equal to the worst case, up to rounding.
    floor : Certificate
        A bound on all networks of any width on one fixed choice of rows, which an attacker may make:
        a lower bound of the true min-max.
    patterns : PatternList
        Over which the program was solved.
    solution : Solution

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[2.0], [-2.0]], [1, -1], 0.1, loss=cx.Hinge())
    >>> best = cx.robust_optimum(problem, cx.MaxNormBall(1))
    >>> best.lower <= best.upper, round(best.upper, 6)  # a weight of 1 for each row at distance 1
    (True, 0.2)
    """

    worst: WorstCase
    program_value: float
    floor: Certificate
    patterns: ar.PatternList
    solution: Solution

    @property
    def network(self) -> Network:
        """The network found."""
        return self.worst.network

    @property
    def problem(self) -> TrainingProblem:
        """The training problem, without an attacker."""
        return self.worst.problem

    @property
    def ball(self) -> Ball:
        """What the attacker may do."""
        return self.worst.ball

    @property
    def exact_upper(self) -> Fraction:
        """No attack makes this network's objective larger: the true min-max is at most that."""
        return self.worst.exact_upper

    @property
    def exact_lower(self) -> Fraction:
        """Against this every network has an attack that reaches at least it."""
        return self.floor.lower

    @property
    def level(self) -> Level:
        """How much is known of the lower bound."""
        return self.floor.level

    @property
    def complete(self) -> bool:
        """Whether the program was solved over all patterns of the data."""
        return isinstance(self.patterns, ar.CompletePatterns)

    def summary(self) -> str:
        """Say in a few lines what was found, and what the program is a bound of."""
        neurons = len(self.network.active())
        which = "all" if self.complete else "a sample of"
        lines = [
            f"Objective: {self.problem.objective_text}.",
            f"Attacker                   {self.ball.words} {float(self.ball.radius):g}",
            (
                f"Convex program             {self.program_value:.12g}  (over {which} patterns, "
                f"{len(self.patterns):,}, that no attack changes)"
            ),
            (
                f"Worst case of its network  {self.worst.lower:.12g} to {self.upper:.12g}  "
                f"(neurons: {neurons}; nothing moved: {self.worst.nominal:.12g})"
            ),
            (
                f"Every network              at least {self.lower:.12g} under its worst attack  "
                f"({self.level.value})"
            ),
            (
                "The program bounds the best worst case from above: networks whose kinks cross the balls are "
                "not among its own."
            ),
        ]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {
            "upper": self.upper,
            "lower": self.lower,
            "level": self.level.value,
            "program": self.program_value,
            "worst_case": self.worst.to_json(),
            "patterns": len(self.patterns),
            "complete": self.complete,
            "neurons": len(self.network.active()),
            "status": self.solution.status.name.lower(),
        }

    def __repr__(self) -> str:
        """One line: both bounds of the true min-max."""
        return (
            f"RobustOptimum({self.lower:.9g} <= min max <= {self.upper:.9g}, "
            f"{len(self.network.active())} neurons, {self.ball!r})"
        )


def robust_optimum(
    problem: TrainingProblem,
    ball: Ball,
    *,
    patterns: ar.PatternList | None = None,
    gap: float = 1e-6,
    time_limit: float | None = None,
    progress: ar.Listener = ar.session_listener,
) -> RobustOptimum:
    """Train a network for its worst case over patterns that no attack changes.

    Parameters
    ----------
    problem : TrainingProblem
        One output, a finite loss, beta > 0.
    ball : Ball
        By how much the attacker moves each row; a bias column stays.
    patterns : PatternList, optional
        All patterns of the data when not given; a sample gives a larger upper bound.
    gap : float
        Relative gap to which the worst case of the network is bounded.
    time_limit : float, optional
        Seconds for everything but the conic program, which is not interrupted.
    progress : Listener, optional

    Returns
    -------
    RobustOptimum
        A network, its worst case from both sides, and a lower bound on the worst case of every network.

    Raises
    ------
    ArgumentError
        When problem, ball and patterns do not go together.
    SolverError
        When the conic solver returned nothing usable.

    Notes
    -----
    *Algorithm.* See `convex_program.robust.program`.  The lower bound is the larger of two: training on the data as
    they are, and on the rows as the worst attack on the network moved them; min-max is at least the
    minimum for any fixed attack.

    *Exactness.* The program is solved in floating point and not believed: the upper bound is the worst case
    of the network as stored, by `worst_case`; the lower bound is a certificate's.

    *Cost.* An interior-point method on 2 P d variables and 2 P n inequalities: a few hundred patterns.

    *Reference.* Bai, Gautam and Sojoudi, "Efficient global optimization of two-layer ReLU networks", SIAM
    Journal on Mathematics of Data Science 5, 2023.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[2.0], [-2.0]], [1, -1], 0.1, loss=cx.Hinge())
    >>> best = cx.robust_optimum(problem, cx.MaxNormBall(1))
    >>> round(best.program_value, 6), round(best.upper, 6), round(best.lower, 6)
    (0.2, 0.2, 0.2)
    """
    moving = checked(problem, ball)
    if problem.exact_beta == 0:
        raise ArgumentError("beta = 0: the program needs a weight decay; give a small one")
    if patterns is None:
        patterns = ar.enumerate_patterns(problem.arrangement, progress=progress)
    program = ConvexProgram(problem, patterns)
    solution = solve_stable(program, ball, moving)
    network = recover_network(program, solution)
    clock = Clock(time_limit)
    empty, worst = (
        worst_case(one, problem, ball, gap=gap, time_limit=clock.left(part), progress=progress)
        for one, part in ((problem.empty_network(), 0.1), (network, 0.4))
    )
    # where no neuron is stable the conic solver leaves dust
    if empty.exact_upper <= worst.exact_upper * (1 + Fraction(gap)):
        worst = empty
    floors = [
        _certificate(one, clock.left(part), progress)
        for one, part in ((problem, 0.5), (worst.attacked, 1.0))
    ]
    floor = max(floors, key=lambda certificate: certificate.lower)
    return RobustOptimum(worst, solution.objective, floor, patterns, solution)


def _certificate(
    problem: TrainingProblem, seconds: float | None, progress: ar.Listener
) -> Certificate:
    """Return a bound on all networks on fixed rows."""
    best = global_optimum(problem, solver=Auto().within(seconds), progress=progress)
    assert isinstance(best, GlobalOptimum)  # noqa: S101 - beta > 0 and a finite loss
    return best.certificate

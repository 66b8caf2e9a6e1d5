"""The global optimum of a training problem, with its certificate."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import arrangements as ar
from convex_program.architectures import Architecture, ReLU
from convex_program.bracket import Bracket, exact_objective
from convex_program.certificate import (
    Certificate,
    certify_dual,
    exact_peak,
    require_complete,
)
from convex_program.errors import ArgumentError
from convex_program.losses import Loss, Squared
from convex_program.network import Network
from convex_program.output_bias import DecayedBias, NoBias, OutputBias
from convex_program.problem import TrainingProblem
from convex_program.program import ConvexProgram
from convex_program.recover import recover_network
from convex_program.reduction import irreducible_network
from convex_program.rounding import root_up
from convex_program.settings import RECOVERY
from convex_program.solution import Solution
from convex_program.solvers import FullPattern, Solver


@dataclass(frozen=True, eq=False, repr=False)
class GlobalOptimum(Bracket):
    """The best network found and the bound that shows how good it is.

    Parameters
    ----------
    network, certificate
        See `Bracket`.
    solution : Solution or None
        What the solver of the convex program returned; None when the network without
        neurons was certified and nothing had to be solved.
    """

    solution: Solution | None

    def summary(self) -> str:
        """Say in three lines what was found and what is known about it."""
        text = (
            f"The best network found has {len(self.network.active())} neurons and the "
            f"objective {self.upper:.12g}.\n"
            f"No network of any width is below {self.lower:.12g}: "
            f"{self.level.value} over all {self.patterns:,} activation patterns.\n"
            f"Gap {self.gap:.3g}, relative {self.relative_gap:.3g}."
        )
        return f"{text}\n{self.problem.remark}" if self.problem.remark else text


def complete_patterns(
    problem: TrainingProblem,
    patterns: ar.CompletePatterns | None,
    progress: ar.Listener,
) -> ar.CompletePatterns:
    """Return the patterns given, or enumerate them; refuse a list that is not complete."""
    if patterns is None:
        return ar.enumerate_patterns(problem.arrangement, progress=progress)
    require_complete(problem, patterns)
    return patterns


def global_optimum(
    problem: TrainingProblem,
    *,
    patterns: ar.CompletePatterns | None = None,
    solver: Solver | None = None,
    progress: ar.Listener = ar.silent,
) -> GlobalOptimum:
    """Solve a training problem to global optimality, with a proved bound.

    Parameters
    ----------
    problem : TrainingProblem
    patterns : CompletePatterns, optional
        All activation patterns of the data; enumerated when not given.
    solver : Solver, optional
        Of the convex program; `FullPattern` by default.
    progress : Listener, optional
        Called while enumerating and pricing.

    Returns
    -------
    GlobalOptimum
        Network, exact upper and lower bound, certificate.

    Raises
    ------
    ArgumentError
        When `patterns` is not complete or of other data.
    SolverError
        When the solver returned nothing usable.

    Notes
    -----
    *Exactness.* The solver only proposes.  The network's objective and the dual bound are
    evaluated in rational arithmetic.

    *Cost.* Enumeration, one conic program with 2 P q variables, one nonnegative least
    squares for each cell and sign.
    """
    if not isinstance(problem, TrainingProblem):
        raise ArgumentError(f"problem = {problem!r} is not a TrainingProblem")
    if solver is not None and not isinstance(solver, Solver):
        raise ArgumentError(f"solver = {solver!r} must be an instance, like solver=FullPattern()")
    complete = complete_patterns(problem, patterns, progress)
    empty = problem.empty_network()
    trivial = certify_dual(problem, complete, problem.residual(empty), progress=progress)
    if _close(exact_objective(problem, empty), trivial.lower):
        return GlobalOptimum(empty, trivial, None)
    program = ConvexProgram(problem, complete)
    solution = (FullPattern() if solver is None else solver).solve(program)
    recovered = recover_network(program, solution)
    networks = [recovered, irreducible_network(problem, recovered), empty]
    candidates = [solution.dual, problem.residual(recovered)]
    certificate = best_certificate(problem, complete, candidates, progress)
    network = _narrowest(problem, networks, certificate.lower)
    if network is not recovered:
        own = certify_dual(problem, complete, problem.residual(network), progress=progress)
        certificate = max(certificate, own, key=lambda item: item.lower)
    return GlobalOptimum(network, certificate, solution)


def _close(upper: Fraction, lower: Fraction) -> bool:
    return upper - lower <= upper * Fraction(RECOVERY.slack)


def _narrowest(problem: TrainingProblem, networks: list[Network], lower: Fraction) -> Network:
    """Return the narrowest network that is about as good as the best one."""
    scored = [(exact_objective(problem, network), network) for network in networks]
    best = min(upper for upper, _ in scored)
    slack = max(best - lower, best * Fraction(RECOVERY.slack))
    allowed = best + min(slack, best * Fraction(RECOVERY.most_slack))
    good = [pair for pair in scored if pair[0] <= allowed]
    return min(good, key=lambda pair: (pair[1].width, pair[0]))[1]


def best_certificate(
    problem: TrainingProblem,
    patterns: ar.CompletePatterns,
    candidates: list[Any],
    progress: ar.Listener,
) -> Certificate:
    """Return the certificate with the largest bound among those of some dual vectors."""
    found = [certify_dual(problem, patterns, vector, progress=progress) for vector in candidates]
    return max(found, key=lambda certificate: certificate.lower)


def beta_max(
    X: Any,
    y: Any,
    *,
    patterns: ar.CompletePatterns | None = None,
    loss: Loss | None = None,
    architecture: Architecture | None = None,
    output_bias: OutputBias | None = None,
    progress: ar.Listener = ar.silent,
) -> float:
    """Return the weight decay from which on the network without neurons is optimal.

    Parameters
    ----------
    X, y, loss, architecture, output_bias
        As in `TrainingProblem`; `DecayedBias` is refused, because its best bias, and with
        it the threshold, depends on beta itself.
    patterns : CompletePatterns, optional
        Enumerated when not given.
    progress : Listener, optional

    Returns
    -------
    float
        ``max |v.(Xu)_+|`` over the unit ball for the residual v of the best constant,
        rounded up: at this beta and above the zero network *is* optimal.  It is above
        the true threshold by the quality of one nonnegative least squares a cell, about
        1e-15 relative.
    """
    bias = NoBias() if output_bias is None else output_bias
    if isinstance(bias, DecayedBias):
        raise ArgumentError("beta_max: with DecayedBias() the threshold depends on beta itself")
    problem = TrainingProblem(
        X,
        y,
        1,
        loss=Squared() if loss is None else loss,
        architecture=ReLU() if architecture is None else architecture,
        output_bias=bias,
    )
    complete = complete_patterns(problem, patterns, progress)
    vector = bias.feasible(problem.residual(problem.empty_network()))
    square = exact_peak(problem, complete, vector, progress=progress)
    return root_up(square)

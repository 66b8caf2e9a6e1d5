"""The global optimum of a training problem, with its certificate."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from convex_program.errors import ArgumentError, SolverError
from convex_program.losses import Loss, Squared
from convex_program.network import Network
from convex_program.output_bias import DecayedBias, NoBias, OutputBias
from convex_program.pricing import AutoPricing, PricingMethod
from convex_program.problem import TrainingProblem
from convex_program.program import ConvexProgram
from convex_program.recover import recover_network
from convex_program.reduction import irreducible_network
from convex_program.rigorous import certified_by
from convex_program.rounding import root_up
from convex_program.settings import RECOVERY
from convex_program.solution import DirectSolution, DirectStatus, Solution, Status
from convex_program.solvers import Auto, DirectSolver, Solver

_ACCURATE = 1e-9
"""Relative gap of a listed optimum above which `Auto` asks a solver without a list, too."""


@dataclass(frozen=True, eq=False, repr=False)
class GlobalOptimum(Bracket):
    """The best network found and the bound that shows how good it is.

    Parameters
    ----------
    network, certificate
        See `Bracket`.
    solution : Solution or DirectSolution or None
        What the solver returned; None when the network without neurons was certified and
        nothing had to be solved.
    """

    solution: Solution | DirectSolution | None

    @property
    def status(self) -> Status | DirectStatus | None:
        """Why the solver stopped; None when nothing had to be solved."""
        return None if self.solution is None else self.solution.status

    @property
    def stopped(self) -> bool:
        """Whether a time limit or Ctrl-C ended the search; the bounds hold all the same."""
        return isinstance(self.status, DirectStatus) and self.status.stopped

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        status = None if self.status is None else self.status.name.lower()
        return {**super().to_json(), "status": status}

    def summary(self) -> str:
        """Say in a few lines what was found and what is known about it."""
        text = (
            f"The best network found has {len(self.network.active())} neurons and the "
            f"objective {self.upper:.12g}.\n"
            f"No network of any width is below {self.lower:.12g}: "
            f"{self.certificate.describe()}.\n"
            f"Gap {self.gap:.3g}, relative {self.relative_gap:.3g}."
        )
        if self.status is not None and self.stopped:
            text = f"{text}\nThe search was not finished: {self.status.value}."
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
    solver: Solver | DirectSolver | Auto | None = None,
    start: Network | Bracket | None = None,
    progress: ar.Listener = ar.silent,
) -> GlobalOptimum:
    """Solve a training problem to global optimality, with a bound on every network.

    Parameters
    ----------
    problem : TrainingProblem
    patterns : CompletePatterns, optional
        All activation patterns of the data: the bound is then proved over them.
    solver : Solver, DirectSolver or Auto, optional
        `Auto` by default: `FullPattern` over enumerated patterns while Cover's bound of
        their number is at most 2,000, `WorkingSet` above.  What a `WorkingSet` proposes is
        proved when `patterns` are given.  Where `FullPattern` fails or leaves a relative gap
        above 1e-9, `Auto` asks a `WorkingSet`, too, and proves over the list what it proposes.
    start : Network or Bracket, optional
        A network to begin from, or a result that holds one: that of a neighbouring beta, say.
        It may save a working set time, and decides nothing.  A solver over a list has no
        use for it: ``solver=FullPattern()`` refuses it, `Auto` passes it over where it lists.
    progress : Listener, optional
        Called while enumerating, pricing, and after each round of a working set.

    Returns
    -------
    GlobalOptimum
        Network, exact upper and lower bound, certificate.

    Raises
    ------
    ArgumentError
        When `patterns` is not complete or of other data, or the solver does not know the
        problem's loss, architecture or bias; when `start` does not fit the problem, or the
        solver cannot begin from one.
    SolverError
        When the solver returned nothing usable.

    Notes
    -----
    *Exactness.* The solver only proposes.  The network's objective and the dual bound are
    evaluated in rational arithmetic.  Over a list of patterns the bound is *proved*; without
    one it is *rigorous*: it rests on one float that carries rounding bounds.

    *Stopping.* ``solver=WorkingSet(time_limit=60)`` and Ctrl-C end a working set early; the
    result is what was reached, and `GlobalOptimum.status` says so.  Listing is not
    interruptible in this way.

    *Cost.* With a list: enumeration, one conic program with 2 P q variables, one nonnegative
    least squares for each cell and sign.  Without: see `WorkingSet`.
    """
    if not isinstance(problem, TrainingProblem):
        raise ArgumentError(f"problem = {problem!r} is not a TrainingProblem")
    chosen = chosen_solver(problem, solver)
    begin = None if start is None else starting_point(problem, start, solver)
    if isinstance(chosen, DirectSolver):
        found = chosen.solve(problem, start=begin, progress=progress)
        if patterns is None:
            return direct_optimum(problem, found)
        complete = complete_patterns(problem, patterns, progress)
        return _proved(problem, complete, found, progress)
    complete = complete_patterns(problem, patterns, progress)
    empty = problem.empty_network()
    trivial = certify_dual(problem, complete, problem.residual(empty), progress=progress)
    if _close(exact_objective(problem, empty), trivial.lower):
        return GlobalOptimum(empty, trivial, None)
    second = _second_opinion(problem, solver)
    try:
        program = ConvexProgram(problem, complete)
        solution = chosen.solve(program)
        best = _best(problem, complete, recover_network(program, solution), solution, progress)
    except SolverError:
        if second is None:
            raise
        return _proved(problem, complete, second.solve(problem, progress=progress), progress)
    if second is None or best.relative_gap <= _ACCURATE:
        return best
    found = second.solve(problem, start=best.network, progress=progress)
    return _better(best, _proved(problem, complete, found, progress))


def _second_opinion(
    problem: TrainingProblem, solver: Solver | DirectSolver | Auto | None
) -> DirectSolver | None:
    """Return what `Auto` asks when the solver over a list fails or is inaccurate."""
    if solver is None:
        solver = Auto()
    if not isinstance(solver, Auto) or solver.direct.obstacle(problem):
        return None
    return solver.direct


def _better(one: GlobalOptimum, other: GlobalOptimum) -> GlobalOptimum:
    """Return the better network with the better bound: each bound holds for every network."""
    certificate = max(one.certificate, other.certificate, key=lambda item: item.lower)
    best = min(other, one, key=lambda item: item.exact_upper)
    return replace(best, certificate=certificate)


def starting_point(
    problem: TrainingProblem,
    start: Network | Bracket,
    solver: Solver | DirectSolver | Auto | None,
) -> Network | DirectSolution:
    """Return what to begin from, after refusing what does not fit problem or solver.

    Parameters
    ----------
    problem : TrainingProblem
    start : Network or Bracket
        As in `global_optimum`.
    solver : Solver, DirectSolver, Auto or None
        What the caller asked for.
    """
    network = start.network if isinstance(start, Bracket) else start
    if not isinstance(network, Network):
        raise ArgumentError(
            f"start = {start!r} is neither a Network nor a result that holds one, such as a "
            "GlobalOptimum"
        )
    try:
        problem.admit(network)
    except ArgumentError as error:
        raise ArgumentError(f"start = {start!r}: {error}") from None
    if isinstance(solver, Solver):
        raise ArgumentError(
            f"start = {start!r}: {solver!r} solves over a list of patterns and cannot begin from "
            "a network; leave start out, or use solver=WorkingSet()"
        )
    if isinstance(start, GlobalOptimum) and isinstance(start.solution, DirectSolution):
        return start.solution  # it knows where to look, too
    return network


def chosen_solver(
    problem: TrainingProblem, solver: Solver | DirectSolver | Auto | None
) -> Solver | DirectSolver:
    """Return the solver to use, after refusing what is none or does not know the problem.

    Parameters
    ----------
    problem : TrainingProblem
    solver : Solver, DirectSolver, Auto or None
        As in `global_optimum`.
    """
    if solver is None:
        solver = Auto()
    if isinstance(solver, Auto):
        solver = solver.choose(problem).solver
    if not isinstance(solver, (Solver, DirectSolver)):
        raise ArgumentError(
            f"solver = {solver!r} must be an instance, like solver=FullPattern() or "
            "solver=WorkingSet()"
        )
    if isinstance(solver, DirectSolver) and (obstacle := solver.obstacle(problem)):
        raise ArgumentError(f"solver: {obstacle}")
    return solver


def direct_optimum(problem: TrainingProblem, found: DirectSolution) -> GlobalOptimum:
    """Return the optimum that a solver without a list found, with its rigorous bound."""
    certificate = certified_by(problem, found.dual, found.peak)
    network = _narrowest(problem, _candidates(problem, found.network), certificate.lower)
    return GlobalOptimum(network, certificate, found)


def _proved(
    problem: TrainingProblem,
    complete: ar.CompletePatterns,
    found: DirectSolution,
    progress: ar.Listener,
) -> GlobalOptimum:
    return _best(problem, complete, found.network, found, progress)


def _best(
    problem: TrainingProblem,
    complete: ar.CompletePatterns,
    recovered: Network,
    solution: Solution | DirectSolution,
    progress: ar.Listener,
) -> GlobalOptimum:
    """Certify over the list what a solver proposed; prefer narrow networks."""
    duals = [solution.dual, problem.residual(recovered)]
    certificate = best_certificate(problem, complete, duals, progress)
    network = _narrowest(problem, _candidates(problem, recovered), certificate.lower)
    if network is not recovered:
        own = certify_dual(problem, complete, problem.residual(network), progress=progress)
        certificate = max(certificate, own, key=lambda item: item.lower)
    return GlobalOptimum(network, certificate, solution)


def _candidates(problem: TrainingProblem, network: Network) -> list[Network]:
    narrower = irreducible_network(problem, network)
    kept = [narrower] if narrower.width < network.width else []
    return [network, *kept, problem.empty_network()]


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
    pricing: PricingMethod | None = None,
    progress: ar.Listener = ar.silent,
) -> float:
    """Return the weight decay from which on the network without neurons is optimal.

    Parameters
    ----------
    X, y, loss, architecture, output_bias
        As in `TrainingProblem`; `DecayedBias` is refused, because its best bias, and with
        it the threshold, depends on beta itself.
    patterns : CompletePatterns, optional
        Enumerated when not given and Cover's bound of their number is at most 2,000.
    pricing : PricingMethod, optional
        Prices instead of listing patterns; the default above that bound.
    progress : Listener, optional

    Returns
    -------
    float
        ``max |v.(Xu)_+|`` over the unit ball for the residual v of the best constant,
        rounded up: at this beta and above the zero network *is* optimal.  It is above
        the true threshold by the quality of one nonnegative least squares a cell, about
        1e-15 relative, or by the tolerance of the pricing, 1e-12 by default.
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
    vector = bias.feasible(problem.residual(problem.empty_network()), problem.decay)
    if patterns is None and (
        pricing is not None or ar.cover_number(problem.arrangement) > Auto().most
    ):
        method = AutoPricing(tolerance=1e-12) if pricing is None else pricing
        return method.price(problem, vector).bound
    complete = complete_patterns(problem, patterns, progress)
    square = exact_peak(problem, complete, vector, progress=progress)
    return root_up(square)

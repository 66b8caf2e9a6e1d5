"""Verdicts on trained networks: how far from the global optimum, proved."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import arrangements as ar
from convex_program.bracket import Bracket
from convex_program.certificate import Certificate
from convex_program.claim import Claim, Level
from convex_program.clock import Clock, OutOfTime
from convex_program.dual import certify_dual, certify_rigorously
from convex_program.errors import ArgumentError, ClaimError
from convex_program.evidence import ListedCells, require_complete
from convex_program.fit_pictures import draw_fit
from convex_program.network import Network
from convex_program.optimum import (
    GlobalOptimum,
    checked_level,
    checked_solver,
    clock_of,
    decayed_optimum,
    proved_bracket,
    refuse_for_outputs,
    refuse_without_decay,
)
from convex_program.pictures import draw_levels
from convex_program.pricing import AutoPricing, VectorBranchAndBound
from convex_program.problem import TrainingProblem
from convex_program.reservations import OPTIMAL
from convex_program.settings import STATIONARITY
from convex_program.solvers import Solver
from convex_program.stationarity import Stationarity, examine_stationarity
from convex_program.undecayed import UndecayedVerdict, certify_undecayed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NOT_NOW = replace(STATIONARITY, most_entries=0)
"""When time is up the cells of a network are not looked at either."""
_OWN = 0.1
_SOLVING = 0.75
"""Parts of a time limit for the network's own residual, and for the search; the rest is for its
own patterns."""


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

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> verdict = cx.certify(cx.Network([[1.0]], [1.0]), problem)
    >>> verdict.upper, round(verdict.lower, 6), verdict.best.network.width
    (1.5, 1.25, 2)
    """

    best: GlobalOptimum
    stationarity: Stationarity

    def claim(
        self, *, time_limit: float | None = None, progress: ar.Listener = ar.session_listener
    ) -> Claim:
        """Return everything the bounds rest on, as plain numbers for `verify`.

        Parameters
        ----------
        time_limit : float, optional
            Seconds for the proof of a bound that is only rigorous; a proof within 1e-9 is written in the second half of
            them if none within 1e-11 was in the first.  The claim's ``upper`` and ``lower`` say what gap was reached.
        progress : Listener, optional
            Called while a bound that is only rigorous is proved: one more pass.

        Raises
        ------
        ClaimError
            When that comes to no end, or not within the time.
        ArgumentError
            When the time limit is negative.
        """
        return proved_bracket(
            self, self.best.solution.directions, clock=clock_of(time_limit), progress=progress
        ).claim()

    @property
    def width_enough(self) -> int:
        """Number of neurons of the best network found: enough to reach its objective."""
        return len(self.best.network.active())

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draw the network beside the best one: functions of one input, else the objectives.

        Parameters
        ----------
        axes : matplotlib.axes.Axes, optional
            New ones by default.

        Returns
        -------
        matplotlib.axes.Axes
            For one input the data, both functions and where their neurons switch on; for two inputs the
            lines on which they do; else three bars: the network, the best one found, the bound.
        """
        drawn = draw_fit(
            {"this network": self.network, "best network": self.best.network}, self.problem, axes
        )
        if drawn is not None:
            return drawn
        levels = [
            ("this network", self.upper),
            ("best network", self.best.upper),
            ("bound", self.lower),
        ]
        return draw_levels(levels, axes)

    def summary(self) -> str:
        """Say in a few lines how good the network is and what would be better."""
        lines = [super().summary(), f"Patterns of its own        {self.stationarity.describe()}"]
        certified = self.best.relative_gap <= OPTIMAL
        lines.append(
            f"{'Certified global optimum ' if certified else 'Best network found       '}  "
            f"{self.best.upper:.12g}  (neurons: {self.width_enough}, "
            f"relative gap {self.best.relative_gap:.2g})"
        )
        if self.best.stopped:
            lines.append(f"The search was not finished: {self.best.status.value}.")
        if self.best.exact_upper < self.exact_upper:
            lines.append(_about_width(self, certified=certified))
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {
            **super().to_json(),
            "own_patterns": self.stationarity.to_json(),
            "best": self.best.to_json(),
        }


def _about_width(verdict: Verdict, *, certified: bool) -> str:
    """Return what the better network says of this one's width, and no more than that."""
    enough, width = verdict.width_enough, verdict.network.width
    goal = "the optimum" if certified else "that objective, which may not be the optimum"
    noun = "neuron is" if enough == 1 else "neurons are"
    text = f"{enough} {noun} enough for {goal}; this network has {width}"
    if width < enough:
        return f"{text}: it may be too narrow."
    return f"{text}."


def certify(
    network: Network,
    problem: TrainingProblem,
    *,
    patterns: ar.CompletePatterns | None = None,
    level: Level | None = None,
    solver: Solver | None = None,
    executor: Executor | None = None,
    progress: ar.Listener = ar.session_listener,
) -> Verdict | UndecayedVerdict:
    """Say how far a trained network is from the global optimum, with a bound on all networks.

    Parameters
    ----------
    network : Network
        Of any width; its weights count as stored.
    problem : TrainingProblem
        What it was trained for.
    patterns : CompletePatterns, optional
        All activation patterns of the data: the bounds are then proved over them.
    level : Level, optional
        As in `global_optimum`: ``Level.PROVED`` for a bound that others can check.
    solver : Solver, optional
        As in `global_optimum`: by default `Auto`, which lists no patterns above Cover's
        bound of 2,000 and is then *rigorous* instead of *proved*.
    executor : concurrent.futures.Executor, optional
        As in `global_optimum`.
    progress : Listener, optional

    Returns
    -------
    Verdict
        For beta = 0 an `UndecayedVerdict`: its distance from what networks of any width can
        reach, exactly.

    Raises
    ------
    ArgumentError
        When the network does not fit the problem or `patterns` is not complete.

    Examples
    --------
    >>> problem = TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> verdict = certify(Network([[1.0]], [1.0]), problem)
    >>> round(verdict.upper, 6), round(verdict.lower, 6), verdict.level.value
    (1.5, 1.25, 'proved')

    Notes
    -----
    *Algorithm.* The upper bound is the network's own objective.  Lower bounds come from
    its own residual and from the convex optimum; the larger one counts.  Then the network
    is compared with the program over its own patterns, see `examine_stationarity`.

    *Stopping.* A solver's `time_limit` bounds the whole call.
    """
    if isinstance(problem, TrainingProblem) and problem.exact_beta == 0:
        refuse_without_decay(patterns=patterns, solver=solver)
        return certify_undecayed(network, problem)
    clock = Clock(_checked(network, problem, patterns, solver).time_limit)
    checked_level(level, patterns)
    refuse_for_outputs(problem, patterns)
    own = own_bracket(
        network,
        problem,
        patterns,
        solver=solver,
        seconds=clock.left(_OWN),
        executor=executor,
        progress=progress,
    )
    return conclude(
        own,
        patterns=patterns,
        level=level,
        solver=solver,
        clock=clock,
        executor=executor,
        progress=progress,
    )


def conclude(
    own: Bracket,
    *,
    patterns: ar.CompletePatterns | None = None,
    level: Level | None = None,
    solver: Solver | None = None,
    clock: Clock | None = None,
    executor: Executor | None = None,
    progress: ar.Listener = ar.silent,
) -> Verdict:
    """Go on from what a network's own residual shows to a verdict.

    Parameters
    ----------
    own : Bracket
        From `own_bracket`.
    patterns, level, solver, executor, progress
        As in `certify`.
    clock : Clock, optional
        What is left of a time limit; the solver's own by default.
    """
    network, problem = own.network, own.problem
    chosen = _checked(network, problem, patterns, solver)
    clock = Clock(chosen.time_limit) if clock is None else clock
    evidence = own.certificate.evidence
    if isinstance(evidence, ListedCells) and level is not Level.PROVED:
        patterns = evidence.patterns
    best = decayed_optimum(
        problem,
        patterns=patterns,
        level=level,
        solver=chosen.within(clock.left(_SOLVING)),
        start=network if chosen.begins else None,
        executor=executor,
        progress=progress,
    )
    certificate = _better(best, own, level, clock, progress)
    best = replace(best, certificate=certificate)  # either bounds every network
    stationarity = _stationarity(network, problem, best, clock, progress)
    return Verdict(network, certificate, best, stationarity)


def _better(
    best: GlobalOptimum,
    own: Bracket,
    level: Level | None,
    clock: Clock,
    progress: ar.Listener,
) -> Certificate:
    """Return the larger of two bounds, of those that are proved where a proof is wanted."""
    both = [best.certificate, own.certificate]
    larger = max(both, key=lambda item: item.lower)
    if level is not Level.PROVED or larger.level is Level.PROVED:
        return larger
    if best.level is not Level.PROVED:
        return own.certificate if own.level is Level.PROVED else larger
    if larger is best.certificate or best.stopped or clock.over:
        return best.certificate
    try:
        proved = proved_bracket(own, clock=clock, progress=progress).certificate
    except ClaimError:
        return best.certificate
    return max(best.certificate, proved, key=lambda item: item.lower)


def _stationarity(
    network: Network,
    problem: TrainingProblem,
    best: GlobalOptimum,
    clock: Clock,
    progress: ar.Listener,
) -> Stationarity:
    lower = best.certificate.lower
    settings = _NOT_NOW if best.stopped or clock.over else STATIONARITY
    try:
        return examine_stationarity(
            network, problem, lower=lower, settings=settings, progress=clock.watching(progress)
        )
    except OutOfTime:
        return examine_stationarity(
            network, problem, lower=lower, settings=_NOT_NOW, progress=ar.silent
        )


def own_bracket(
    network: Network,
    problem: TrainingProblem,
    patterns: ar.CompletePatterns | None = None,
    *,
    solver: Solver | None = None,
    seconds: float | None = None,
    executor: Executor | None = None,
    progress: ar.Listener = ar.silent,
) -> Bracket:
    """Bound the optimum by a network's own residual: valid, quick, and often loose.

    Parameters
    ----------
    network, problem, patterns, solver, executor, progress
        As in `certify`.
    seconds : float, optional
        What this may take; by default as long as it takes.

    Returns
    -------
    Bracket
        The network's objective and the bound its own residual gives; at a global optimum
        the two meet.
    """
    chosen = _checked(network, problem, patterns, solver)
    residual = problem.residual(network)
    if patterns is None and not chosen.listing(problem):
        if problem.outputs > 1:
            limits = VectorBranchAndBound(time_limit=seconds, executor=executor)
            return Bracket(network, certify_rigorously(problem, residual, limits=limits))
        pricing = AutoPricing(time_limit=seconds, executor=executor)
        return Bracket(network, certify_rigorously(problem, residual, pricing=pricing))
    listener = Clock(seconds).watching(progress)
    try:
        if patterns is None:
            patterns = ar.enumerate_patterns(
                problem.arrangement, executor=executor, progress=listener
            )
        return Bracket(network, certify_dual(problem, patterns, residual, progress=listener))
    except OutOfTime:
        pricing = AutoPricing(time_limit=0.0)
        return Bracket(network, certify_rigorously(problem, residual, pricing=pricing))


def _checked(
    network: Network,
    problem: TrainingProblem,
    patterns: ar.CompletePatterns | None,
    solver: Solver | None,
) -> Solver:
    """Refuse what does not fit, then return the solver to use."""
    if not isinstance(problem, TrainingProblem):
        raise ArgumentError(f"problem = {problem!r} is not a TrainingProblem")
    problem.admit(network)
    if patterns is not None:
        require_complete(patterns, problem.arrangement)
    return checked_solver(problem, solver)

"""The global optimum of a training problem, with its certificate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

import arrangements as ar
from convex_program.bracket import Bracket, finite_objective
from convex_program.certificate import Certificate
from convex_program.claim import Claim, Level
from convex_program.clock import Clock, OutOfTime
from convex_program.dual import certified_by, certify_dual, certify_on_cones
from convex_program.errors import ArgumentError, ClaimError, SolverError
from convex_program.evidence import require_complete
from convex_program.irreducible import irreducible_network
from convex_program.network import Network
from convex_program.problem import TrainingProblem
from convex_program.settings import RECOVERY
from convex_program.solution import Proposal, Status
from convex_program.solvers import Auto, FullPattern, Solver
from convex_program.undecayed import UndecayedOptimum, undecayed_optimum

OPTIMAL = 1e-6
"""Relative gap up to which a network is called the certified global optimum."""
_SHORT = 2_000
"""Patterns up to which a solver over the list is asked for a second opinion."""
_ACCURATE = 1e-9
"""Relative gap over a list of patterns above which `Auto` asks a solver over the list, too."""
_PROPOSING = 0.8
"""Part of a time limit in which a solver proposes, where a proof over a list follows."""
_BEFORE_CONES = 0.5
"""The same where a proof by cones follows."""
_LISTABLE = 200_000
"""Cover's bound up to which patterns are listed where cones came to no end."""
_CELL_BYTES = 300
"""About what a cell takes in a claim: cones are given up where they are larger than the list."""
_SMALLEST_TREE = 1 << 20
MOST_TREE = 1 << 29
"""Bytes of trees at which a proof is given up."""


@dataclass(frozen=True, eq=False, repr=False)
class GlobalOptimum(Bracket):
    """The best network found and the bound that shows how good it is.

    Parameters
    ----------
    network, certificate
        See `Bracket`.
    solution : Proposal
        What the solver returned.
    """

    solution: Proposal

    @property
    def status(self) -> Status:
        """Why the solver stopped."""
        return self.solution.status

    @property
    def stopped(self) -> bool:
        """Whether a time limit or Ctrl-C ended the search; the bounds hold all the same."""
        return self.status.stopped

    def claim(self, *, progress: ar.Listener = ar.silent) -> Claim:
        """Return everything the bounds rest on, as plain numbers for `verify`.

        Parameters
        ----------
        progress : Listener, optional
            Called while a bound that is only rigorous is proved: one more pass.

        Raises
        ------
        ClaimError
            When that comes to no end.
        """
        return proved_bracket(self, self.solution.directions, progress=progress).claim()

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {**super().to_json(), "status": self.status.name.lower()}

    def summary(self) -> str:
        """Say in a few lines what was found and what is known about it."""
        neurons = len(self.network.active())
        text = (
            f"Objective: {self.problem.objective_text}.\n"
            f"The best network found has {neurons} neuron{'' if neurons == 1 else 's'} and the "
            f"objective {self.upper:.12g}.\n"
            f"No network of any width is below {self.lower:.12g}: "
            f"{self.certificate.describe()}.\n"
            f"Gap {self.gap:.3g}, relative {self.relative_gap:.3g}."
        )
        return "\n".join([text, *self.reservations()])

    def reservations(self) -> list[str]:
        """Return the sentences that keep the figures from being read as more than they are."""
        found = []
        if self.stopped:
            found.append(f"The search was not finished: {self.status.value}.")
        if self.relative_gap > OPTIMAL:
            found.append(
                "This network is the best one found, not a certified optimum: the gap is open."
            )
        if self.problem.remark:
            found.append(self.problem.remark)
        return found


def global_optimum(
    problem: TrainingProblem,
    *,
    patterns: ar.CompletePatterns | None = None,
    level: Level | None = None,
    solver: Solver | None = None,
    start: Network | Bracket | None = None,
    progress: ar.Listener = ar.silent,
) -> GlobalOptimum | UndecayedOptimum:
    """Solve a training problem to global optimality, with a bound on every network.

    Parameters
    ----------
    problem : TrainingProblem
    patterns : CompletePatterns, optional
        All activation patterns of the data: the bound is then proved over them.
    level : Level, optional
        ``Level.PROVED``: the bound is proved by trees of cones, which need no list; where they come to no
        end, over a list if the patterns are few enough.  ``Level.RIGOROUS``: no proof is sought.  By
        default whatever the solver lists is proved, and nothing else.
    solver : Solver, optional
        `Auto` by default: a `WorkingSet`; while Cover's bound of their number is at most 2,000
        the patterns are listed afterwards and the bound is proved over them.
    start : Network or Bracket, optional
        A network to begin from, or a result that holds one: that of a neighbouring beta, say.
        It may save a working set time, and decides nothing.  ``solver=FullPattern()``
        refuses it.
    progress : Listener, optional
        Called while enumerating, pricing, and after each round of a working set.

    Returns
    -------
    GlobalOptimum
        Network, exact upper and lower bound, certificate.  For beta = 0 an `UndecayedOptimum`:
        what networks of any width can reach, exactly, and whether one does.

    Raises
    ------
    ArgumentError
        When `patterns` is not complete or of other data, or the solver does not know the
        problem; when `start` does not fit the problem, or the solver cannot begin from one:
        before any work.
    SolverError
        When the solver returned nothing usable.

    Notes
    -----
    *Exactness.* The solver only proposes.  The network's objective and the dual bound are
    evaluated in rational arithmetic (for the logistic loss as ends of enclosures).  Over a list of
    patterns or trees of cones the bound is *proved*; otherwise it is *rigorous*: it rests on one float that
    carries rounding bounds.

    *Stopping.* A solver's `time_limit` bounds the whole call, a proof over a list included, and
    Ctrl-C ends a working set early; the result is what was reached, and `GlobalOptimum.status`
    says so.

    *Cost.* See the solver; over a list, one nonnegative least squares for each cell and sign.
    """
    if not isinstance(problem, TrainingProblem):
        raise ArgumentError(f"problem = {problem!r} is not a TrainingProblem")
    if problem.exact_beta == 0:
        refuse_without_decay(patterns=patterns, solver=solver, start=start)
        return undecayed_optimum(problem)
    return decayed_optimum(
        problem, patterns=patterns, level=level, solver=solver, start=start, progress=progress
    )


def decayed_optimum(
    problem: TrainingProblem,
    *,
    patterns: ar.CompletePatterns | None = None,
    level: Level | None = None,
    solver: Solver | None = None,
    start: Network | Bracket | None = None,
    progress: ar.Listener = ar.silent,
) -> GlobalOptimum:
    """Return what `global_optimum` does for a positive weight decay."""
    chosen = checked_solver(problem, solver)
    checked_level(level, patterns)
    if patterns is not None:
        require_complete(patterns, problem.arrangement)
    begin = None if start is None else starting_point(problem, start, chosen)
    clock = Clock(chosen.time_limit)
    listing = patterns is not None or (
        level is not Level.RIGOROUS and bool(chosen.listing(problem))
    )
    whole = isinstance(chosen, FullPattern)
    on_cones = level is Level.PROVED and patterns is None and not whole
    part = _BEFORE_CONES if on_cones else _PROPOSING if listing else 1.0
    if whole and patterns is None:
        patterns = ar.enumerate_patterns(problem.arrangement, progress=clock.watching(progress))
    found = chosen.within(clock.left(part)).propose(
        problem, patterns=patterns, start=begin, progress=progress
    )
    if found.status is Status.INTERRUPTED or not (listing or on_cones):
        return rigorous_optimum(problem, found)
    if on_cones:
        proved = _proved_on_cones(problem, found, clock, progress)
        if proved.level is Level.PROVED or proved.stopped:
            return proved
        if not listing and ar.cover_number(problem.arrangement) > _LISTABLE:
            return proved
    try:
        listener = clock.watching(progress)
        if patterns is None:
            patterns = ar.enumerate_patterns(problem.arrangement, progress=listener)
        proved = proved_optimum(problem, patterns, found, listener)
        if isinstance(chosen, Auto) and proved.relative_gap > _ACCURATE:
            proved = _second_opinion(problem, patterns, proved, listener)
    except OutOfTime:
        return rigorous_optimum(problem, found)
    return proved


def checked_level(level: Level | None, patterns: ar.CompletePatterns | None) -> None:
    """Refuse a level that cannot be asked for."""
    if level is None:
        return
    if not isinstance(level, Level) or level is Level.NUMERICAL:
        raise ArgumentError(
            f"level = {level!r}: ask for Level.PROVED or Level.RIGOROUS, or leave it out"
        )
    if level is Level.RIGOROUS and patterns is not None:
        raise ArgumentError(
            "level = Level.RIGOROUS asks for no proof, and patterns are there to prove over: give one"
        )


def _proved_on_cones(
    problem: TrainingProblem, found: Proposal, clock: Clock, progress: ar.Listener
) -> GlobalOptimum:
    """Prove what a solver proposed by trees of cones; rigorous where they come to no end."""
    plain = rigorous_optimum(problem, found)
    try:
        certificate = _on_cones(
            problem,
            found.dual,
            plain.network,
            found.directions,
            clock=clock,
            progress=progress,
        )
        if certificate is None:
            stopped = replace(found, status=Status.TIME_LIMIT) if clock.over else found
            return GlobalOptimum(plain.network, plain.certificate, stopped)
        network = _narrowest(problem, _candidates(problem, found.network), certificate.lower)
        upper = finite_objective(problem, network)
        if upper - certificate.lower > upper * Fraction(_ACCURATE):
            # The residual of the network itself may do better than the solver's vector.
            own = _on_cones(
                problem,
                problem.residual(network),
                network,
                found.directions,
                clock=clock,
                progress=progress,
            )
            if own is not None and own.lower > certificate.lower:
                certificate = own
    except KeyboardInterrupt:
        stopped = replace(found, status=Status.INTERRUPTED)
        return GlobalOptimum(plain.network, plain.certificate, stopped)
    return GlobalOptimum(network, certificate, found)


def _on_cones(
    problem: TrainingProblem,
    vector: Any,
    network: Network,
    directions: Any,
    *,
    clock: Clock | None,
    progress: ar.Listener,
) -> Certificate | None:
    """Return a certificate by cones, unless they are larger than a list that can be made."""
    patterns = ar.cover_number(problem.arrangement)
    listed = patterns * (_CELL_BYTES + len(vector))
    return certify_on_cones(
        problem,
        vector,
        starts=np.concatenate([np.asarray(directions), network.hidden[network.active()]]),
        most_bytes=max(_SMALLEST_TREE, listed) if patterns <= _LISTABLE else MOST_TREE,
        seconds=None if clock is None else clock.left(),
        progress=progress,
    )


def proved_bracket(
    bracket: Bracket,
    directions: Any = None,
    *,
    clock: Clock | None = None,
    progress: ar.Listener = ar.silent,
) -> Bracket:
    """Return a bracket with a proved bound along the same vector: one more pass, if needed.

    Parameters
    ----------
    bracket : Bracket
    directions : (k, d) float64, optional
        Where neurons put out most along the vector.
    clock : Clock, optional
        What is left of a time limit.
    progress : Listener

    Raises
    ------
    ClaimError
        When the trees of cones come to no end.
    """
    if bracket.level is Level.PROVED:
        return Bracket(bracket.network, bracket.certificate)
    problem, vector = bracket.problem, np.array(bracket.certificate.vector)
    if directions is None:
        directions = np.empty((0, problem.gauge.columns))
    certificate = _on_cones(
        problem, vector, bracket.network, directions, clock=clock, progress=progress
    )
    if certificate is None:
        raise ClaimError(
            "a claim needs a proved bound, and this one is rigorous: the trees of cones that would "
            f"prove it came to no end within {MOST_TREE:,} bytes; use fewer columns, or give "
            "patterns=arrangements.enumerate_patterns(X) where a list is possible"
        )
    return Bracket(bracket.network, certificate)


def refuse_without_decay(**options: Any) -> None:
    """Raise `ArgumentError` when an option is given that beta = 0 has no use for."""
    for name, value in options.items():
        if value is not None:
            raise ArgumentError(
                f"{name}: with beta = 0 the answer is exact and needs neither patterns nor a "
                "solver; leave it out"
            )


def _second_opinion(
    problem: TrainingProblem,
    patterns: ar.CompletePatterns,
    best: GlobalOptimum,
    progress: ar.Listener,
) -> GlobalOptimum:
    """Ask a solver over the list what the working set left open, where the list is short."""
    if len(patterns) > _SHORT:
        return best
    try:
        found = FullPattern().propose(problem, patterns=patterns, progress=progress)
    except SolverError:
        return best
    other = proved_optimum(problem, patterns, found, progress)
    certificate = max(best.certificate, other.certificate, key=lambda item: item.lower)
    better = min(other, best, key=lambda item: item.exact_upper)
    return GlobalOptimum(better.network, certificate, best.solution)


def starting_point(
    problem: TrainingProblem, start: Network | Bracket, solver: Solver
) -> Network | Proposal:
    """Return what to begin from, after refusing what does not fit problem or solver.

    Parameters
    ----------
    problem : TrainingProblem
    start : Network or Bracket
        As in `global_optimum`.
    solver : Solver
    """
    if not solver.begins:
        raise ArgumentError(
            f"start = {start!r}: {solver!r} solves over a list of patterns and cannot begin from "
            "a network; leave start out, or use solver=WorkingSet()"
        )
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
    if isinstance(start, GlobalOptimum):
        return start.solution  # it knows where to look, too
    return network


def checked_solver(problem: TrainingProblem, solver: Solver | None) -> Solver:
    """Return the solver to use, after refusing what is none or does not know the problem.

    Parameters
    ----------
    problem : TrainingProblem
    solver : Solver or None
        As in `global_optimum`.
    """
    if solver is None:
        solver = Auto()
    if not isinstance(solver, Solver):
        raise ArgumentError(
            f"solver = {solver!r} must be an instance, like solver=FullPattern() or "
            "solver=WorkingSet()"
        )
    if obstacle := solver.obstacle(problem):
        raise ArgumentError(f"solver: {obstacle}")
    return solver


def rigorous_optimum(problem: TrainingProblem, found: Proposal) -> GlobalOptimum:
    """Return the optimum that a solver proposed, with the bound that its price gives."""
    certificate = certified_by(problem, found.dual, found.peak)
    network = _narrowest(problem, _candidates(problem, found.network), certificate.lower)
    return GlobalOptimum(network, certificate, found)


def proved_optimum(
    problem: TrainingProblem,
    complete: ar.CompletePatterns,
    found: Proposal,
    progress: ar.Listener,
) -> GlobalOptimum:
    """Certify over the list what a solver proposed; prefer narrow networks."""
    certificate = certify_dual(problem, complete, found.dual, progress=progress)
    candidates = _candidates(problem, found.network)
    network = _narrowest(problem, candidates, certificate.lower)
    upper = finite_objective(problem, network)
    if upper - certificate.lower > upper * Fraction(_ACCURATE):
        # The residual of the network itself may do better than the solver's vector.
        own = certify_dual(problem, complete, problem.residual(network), progress=progress)
        certificate = max(certificate, own, key=lambda item: item.lower)
    return GlobalOptimum(network, certificate, found)


def _candidates(problem: TrainingProblem, network: Network) -> list[Network]:
    narrower = irreducible_network(problem, network)
    kept = [narrower] if narrower.width < network.width else []
    return [network, *kept, problem.empty_network()]


def _narrowest(problem: TrainingProblem, networks: list[Network], lower: Fraction) -> Network:
    """Return the narrowest network that is about as good as the best one."""
    scored = [
        (value, network)
        for network in networks
        if (value := problem.exact_objective(network)) is not None
    ]
    if not scored:
        return networks[0]
    best = min(upper for upper, _ in scored)
    slack = max(best - lower, best * Fraction(RECOVERY.slack))
    allowed = best + min(slack, best * Fraction(RECOVERY.most_slack))
    good = [pair for pair in scored if pair[0] <= allowed]
    return min(good, key=lambda pair: (pair[1].width, pair[0]))[1]

"""From what a solver proposed to an optimum with its certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import arrangements as ar
from convex_program.bracket import finite_objective
from convex_program.certificate import Certificate
from convex_program.clock import Clock
from convex_program.dual import certified_by, certify_dual
from convex_program.errors import SolverError
from convex_program.irreducible import irreducible_network
from convex_program.network import Network
from convex_program.optimum.cones import certificate_on_cones, certificate_on_pairs
from convex_program.optimum.record import GlobalOptimum
from convex_program.problem import TrainingProblem
from convex_program.settings import RECOVERY
from convex_program.solution import FloatVector, Proposal, Status
from convex_program.solvers import FullPattern

ACCURATE = 1e-9
"""Relative gap above which another vector or solver is tried, too."""
_SHORT = 2_000
"""Patterns up to which a solver over the list is asked for a second opinion."""


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

    def prove(vector: FloatVector) -> Certificate:
        return certify_dual(problem, complete, vector, progress=progress)

    return _proved(problem, found, prove(found.dual), prove)


def proved_on_cones(
    problem: TrainingProblem, found: Proposal, clock: Clock, progress: ar.Listener
) -> GlobalOptimum:
    """Prove what a solver proposed by trees of cones, or by products of pairs where these come to no end.

    Rigorous where neither shows anything.
    """
    plain = rigorous_optimum(problem, found)

    def prove(vector: FloatVector, by: Any = certificate_on_cones) -> Certificate | None:
        proved: Certificate | None = by(
            problem, vector, plain.network, found.directions, clock=clock, progress=progress
        )
        return proved

    try:
        certificate = prove(found.dual)
        if certificate is not None:
            return _proved(problem, found, certificate, prove)
        certificate = prove(found.dual, certificate_on_pairs)
        if certificate is not None:
            return GlobalOptimum(plain.network, certificate, found)
        ended = replace(found, status=Status.TIME_LIMIT) if clock.over else found
    except KeyboardInterrupt:
        ended = replace(found, status=Status.INTERRUPTED)
    return GlobalOptimum(plain.network, plain.certificate, ended)


def _proved(
    problem: TrainingProblem,
    found: Proposal,
    certificate: Certificate,
    prove: Callable[[FloatVector], Certificate | None],
) -> GlobalOptimum:
    """Return the optimum with a certificate of the solver's vector, or of the network's own."""
    network = _narrowest(problem, _candidates(problem, found.network), certificate.lower)
    upper = finite_objective(problem, network)
    if upper - certificate.lower > upper * Fraction(ACCURATE):
        # The residual of the network itself may do better than the solver's vector.
        own = prove(problem.residual(network))
        if own is not None and own.lower > certificate.lower:
            certificate = own
    return GlobalOptimum(network, certificate, found)


def second_opinion(
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

"""What is refused before any work."""

from __future__ import annotations

from typing import Any

import arrangements as ar
from convex_program.bracket import Bracket
from convex_program.claim import Level
from convex_program.errors import ArgumentError
from convex_program.network import Network
from convex_program.optimum.record import GlobalOptimum
from convex_program.problem import TrainingProblem
from convex_program.solution import Proposal
from convex_program.solvers import Auto, Solver


def refuse_without_decay(**options: Any) -> None:
    """Raise `ArgumentError` when an option is given that beta = 0 has no use for."""
    for name, value in options.items():
        if value is not None:
            raise ArgumentError(
                f"{name}: with beta = 0 the answer is exact and needs neither patterns nor a "
                "solver; leave it out"
            )


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


def refuse_for_outputs(problem: TrainingProblem, patterns: ar.CompletePatterns | None) -> None:
    """Refuse what is not known for several outputs: a proof over a list."""
    if patterns is not None:
        problem.require_one_output(
            "patterns: a bound over a list of patterns is about one output",
            "leave patterns out; level=Level.PROVED needs no list",
        )


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

"""Sentences that keep the figures of a search from being read as more than they are."""

from __future__ import annotations

from convex_program.bracket import Bracket
from convex_program.solution import Status

OPTIMAL = 1e-6
"""Relative gap up to which what was found is called a certified optimum."""


def reservations(bracket: Bracket, status: Status, *, best: str) -> list[str]:
    """Return what has to be said beside the figures: how the search ended, an open gap, a remark.

    Parameters
    ----------
    bracket : Bracket
        What the search found.
    status : Status
        Why it ended.
    best : str
        What was found, if the gap is open: "This network is the best one", say.
    """
    found = []
    if status.stopped:
        found.append(f"The search was not finished: {status.value}.")
    if bracket.relative_gap > OPTIMAL:
        found.append(f"{best} found, not a certified optimum: the gap is open.")
    if bracket.problem.remark:
        found.append(bracket.problem.remark)
    return found

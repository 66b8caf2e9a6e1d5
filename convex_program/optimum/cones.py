"""A proof of what is so far only rigorous: one more pass, by cones, or by products of pairs where cones come to no end."""

from __future__ import annotations

from typing import Any

import numpy as np

import arrangements as ar
from convex_program.bracket import Bracket
from convex_program.certificate import Certificate
from convex_program.claim import Level
from convex_program.clock import Clock, interruptible
from convex_program.dual import certify_on_cones, certify_on_pairs
from convex_program.errors import ArgumentError, ClaimError
from convex_program.network import Network
from convex_program.pricing.pair_proof import MOST_LINES
from convex_program.problem import TrainingProblem

LISTABLE = 200_000
"""Cover's bound up to which patterns are listed where cones came to no end."""
_CELL_BYTES = 300
"""About what a cell takes in a claim: cones are given up where they are larger than the list."""
_SMALLEST_TREE = 1 << 20
MOST_TREE = 1 << 29
"""Bytes of trees at which a proof is given up."""

_SHARP = 1e-11
"""Relative excess of a bound over what neurons put out."""
_COARSE = 1e-9
"""The same where sharper trees come to no end."""
_SHARP_PART = 0.5
"""Part of a time limit for the sharp trees."""
_USUAL_BITS = 14
_BITS_OF_A_COLUMN = 2
"""Trees grow with each dimension: those larger than two to so many bits, and so many more for each column, are written
coarser before anybody waits for their end."""

_DIVIDED = 8
"""Dimensions from which on cones may come to no end."""
_PART = 0.35
"""Part of a time limit for cones there; the rest is for products of pairs."""
_PAIRED = f"they know one output, decayed hidden biases and at most {MOST_LINES} lines"
_OR_LIST = ", or give patterns=arrangements.enumerate_patterns(X) where a list is possible"


def certificate_on_cones(
    problem: TrainingProblem,
    vector: Any,
    network: Network,
    directions: Any,
    *,
    clock: Clock | None,
    progress: ar.Listener,
) -> Certificate | None:
    """Return a certificate by cones, unless they are larger than a list that can be made.

    Sharp trees first; coarse ones where those outgrow what is usual or half of the time; then sharp ones at any size.
    """
    patterns = ar.cover_number(problem.arrangement)
    listed = patterns * (_CELL_BYTES + len(vector))
    hopeless = problem.outputs == 1 and problem.arrangement.rank > _DIVIDED
    # a list proves nothing of several outputs
    listable = patterns <= LISTABLE and problem.outputs == 1
    most = max(_SMALLEST_TREE, listed) if listable else MOST_TREE
    limit = Clock(None if clock is None else clock.left(_PART if hopeless else 1.0))

    def written(tolerance: float, size: int, part: float) -> Certificate | None:
        return certify_on_cones(
            problem,
            vector,
            starts=_starts(network, directions),
            tolerance=tolerance,
            most_bytes=size,
            seconds=limit.left(part),
            progress=progress,
        )

    usual = min(most, _usual_size(problem))
    with interruptible():
        return (
            written(_SHARP, usual, _SHARP_PART)
            or written(_COARSE, usual, _SHARP_PART if usual < most else 1.0)
            or (written(_SHARP, most, 1.0) if usual < most else None)
        )


def _usual_size(problem: TrainingProblem) -> int:
    """Return bytes of trees that are rarely exceeded by trees that come to an end."""
    questions = (
        len(problem.exact.features) if problem.exact.constants else 1
    )  # as many if it is free
    return questions << min(64, _USUAL_BITS + _BITS_OF_A_COLUMN * problem.arrangement.rank)


def certificate_on_pairs(
    problem: TrainingProblem,
    vector: Any,
    network: Network,
    directions: Any,
    *,
    clock: Clock | None,
    progress: ar.Listener,
) -> Certificate | None:
    """Return a certificate by products of pairs, if one is found in the time left."""
    with interruptible():
        return certify_on_pairs(
            problem,
            vector,
            starts=_starts(network, directions),
            seconds=None if clock is None else clock.left(),
            progress=progress,
        )


def _starts(network: Network, directions: Any) -> Any:
    return np.concatenate([np.asarray(directions), network.hidden[network.active()]])


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
        When the trees of cones come to no end, and products of pairs show nothing.

    Notes
    -----
    *Algorithm.* Trees within 1e-11 of the maximum are asked for first. Where they come to no end within half of the time, or outgrow
    what is usual, trees within 1e-9 are: the gap of the bracket returned says what was reached.
    """
    if bracket.level is Level.PROVED:
        return Bracket(bracket.network, bracket.certificate)
    problem, vector = bracket.problem, np.array(bracket.certificate.vector)
    if directions is None:
        directions = np.empty((0, problem.gauge.columns))
    for certify in (certificate_on_cones, certificate_on_pairs):
        certificate = certify(
            problem, vector, bracket.network, directions, clock=clock, progress=progress
        )
        if certificate is not None:
            break
    if certificate is None:
        raise ClaimError(
            "a claim needs a proved bound, and this one is rigorous: trees of cones came to no end within "
            f"{MOST_TREE:,} bytes or the time, and products of pairs showed nothing ({_PAIRED}); give more time, "
            f"fewer columns or rows{_OR_LIST * (problem.outputs == 1)}"
        )
    return Bracket(bracket.network, certificate)


def clock_of(time_limit: float | None) -> Clock:
    """Return the clock of a time limit that somebody gave for a claim.

    Raises
    ------
    ArgumentError
        When it is negative.
    """
    if time_limit is not None and not time_limit >= 0:
        raise ArgumentError(
            f"time_limit = {time_limit} must not be negative; None is for as long as it takes"
        )
    return Clock(time_limit)

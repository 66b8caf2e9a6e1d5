"""Better dual vectors where a search for prices comes to no end: the relaxation of training."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from convex_program.network import Network
from convex_program.pricing import DecayedRows, PricedRows, ReducedRows
from convex_program.pricing.auto import MOST_SEARCHED
from convex_program.pricing.relaxation.indicated import IndicatedSplitting
from convex_program.pricing.relaxation.joint import JointRelaxation, Neurons, joint_bounds
from convex_program.pricing.relaxation.splitting import Alternation, Splitting
from convex_program.problem import TrainingProblem
from convex_program.solvers.bounds import DualBound, Floats

_FROM = 7
"""Dimensions from which a division of the sphere may come to no end."""
_DIVIDED = 7
_MOST_ROWS = 2_000
"""Time and memory grow with the square of the rows: at so many a step takes a sixth of a second of one core, and a
gigabyte holds both signs."""
_PARTS = (0.9, 0.5)
"""Parts of a time limit for all that comes before: up to seven dimensions, and above."""
_UNSEARCHED_PART = 0.15
"""The same where no search for prices ends: what comes before is ascents, and a relaxation for one dual vector."""
_INDICATED_PART = 0.35
"""The same above seven dimensions where rows have bits: they use all the time that they get."""
_MOST_INDICATED = 250
"""Lines up to which rows have bits: twice the size of the matrix, whose eigenvectors are the work."""
_PLAIN = 0.3
"""Part of the time without them, before: its first bounds are better, its last ones worse,"""
_SEEN = 6
"""but so many bounds at least, of which the first are far off,"""
_LARGE = 0.01
"""and all of it where the gap is no more than this: what is missing there is time, not products."""
_STILL, _PATIENCE = 1e-3, 6
"""Part of the gap that is no progress, and how often in a row ends it."""


def relaxable_rows(rows: PricedRows) -> ReducedRows | None:
    """Return the rows whose training problem can be relaxed, or None.

    It takes hidden biases that are decayed, activations with a kink, and no two rows on one line.
    """
    if not isinstance(rows, DecayedRows):
        return None
    reduced = rows.reduced
    used = np.flatnonzero(reduced.ratio)
    plain = (reduced.ratio[used] > 0.0).all() and len(used) == len(reduced.lines)
    plain = plain and reduced.activation.kink != 0
    large = reduced.rank >= _FROM and 0 < len(used) <= _MOST_ROWS
    return reduced if plain and large else None


def searching_part(rows: ReducedRows | None, *, bits: bool = True) -> float:
    """Return the part of a time limit that is left to searches and prices."""
    if rows is None:
        return 1.0
    if rows.rank <= _DIVIDED:
        return _PARTS[0]
    if rows.rank > MOST_SEARCHED:
        return _UNSEARCHED_PART
    return _INDICATED_PART if bits and len(rows.lines) <= _MOST_INDICATED else _PARTS[1]


def relaxed_bounds(
    problem: TrainingProblem,
    rows: ReducedRows,
    start: tuple[Floats, Network],
    *,
    gap: float,
    upper: float,
    deadline: float,
    bits: bool = True,
) -> Iterator[DualBound]:
    """Yield bounds of dual vectors of the relaxation, until they stand still, suffice, or time is up.

    It starts from a dual vector and a network; `upper` is the objective that is to be bounded.
    """
    vector, network = start
    lengths = np.linalg.norm(network.hidden, axis=1)
    outputs = network.output[:, 0]
    used = lengths * np.abs(outputs) > 0.0
    if not used.any():
        return
    neurons = Neurons(
        rows.lower(network.hidden[used] / lengths[used, np.newaxis]),
        lengths[used] * np.abs(outputs[used]),
        np.sign(outputs[used]),
        float(network.output_bias),
    )
    best = -math.inf
    indicated = bits and len(rows.lines) <= _MOST_INDICATED
    turn = time.perf_counter() + _PLAIN * (deadline - time.perf_counter())
    kinds: list[type[Alternation[Any]]] = [Splitting, IndicatedSplitting]
    for kind in kinds[: 1 + indicated]:
        idle = 0
        shown = _bounds(kind, problem, rows, (vector, neurons), deadline)
        for seen, bound in enumerate(shown, 1):
            yield bound
            if upper - bound.lower <= gap * upper:
                return
            idle = 0 if bound.lower > best + _STILL * (upper - best) else idle + 1
            if bound.lower > best:
                best, vector = bound.lower, bound.vector
            late = kind is Splitting and indicated and seen >= _SEEN and time.perf_counter() >= turn
            if idle >= _PATIENCE or (late and upper - best > _LARGE * upper):
                break


def _bounds(
    kind: type[Alternation[Any]],
    problem: TrainingProblem,
    rows: ReducedRows,
    start: tuple[Floats, Neurons],
    deadline: float,
) -> Iterator[DualBound]:
    """Yield the bounds of one kind of iteration until time is up."""
    vector, neurons = start
    bend = problem.constant.bend(problem.decay)
    try:
        joint = JointRelaxation(
            problem.fit, problem.decay, rows, vector, neurons, bend=bend, kind=kind
        )
        for v, peak in joint_bounds(joint, problem.feasible, deadline):
            if math.isfinite(peak):
                yield DualBound.of(problem, v, peak)
    except np.linalg.LinAlgError:  # numbers beyond what floats hold: what was shown stands
        return

"""Writing a proof where cones come to no end: multipliers of the relaxation, rounded, as numbers anyone can check.

The iteration works on the very lines that a checker sees, scaled by powers of two.  Its multipliers are rounded to few
places, the levels are chosen anew for what was rounded, and raised until the matrix is seen to be semidefinite in integers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from convex_program.blas import one_blas_thread
from convex_program.claim import PairClaim
from convex_program.evidence.definite import is_semidefinite
from convex_program.evidence.lines import Question
from convex_program.evidence.pair_products import PairMatrix, pair_grid, pair_questions
from convex_program.exact_problem import ExactProblem, dyadic
from convex_program.pricing.climb import ITERATIONS
from convex_program.pricing.proof_aim import ProofAim
from convex_program.pricing.reduction import Floats
from convex_program.pricing.relaxation.certificate import Multipliers, lengths_up
from convex_program.pricing.relaxation.levels import Certified, best_levels
from convex_program.pricing.relaxation.lifted import LiftedRows, lifted_rows
from convex_program.pricing.relaxation.shown import leading_points, shown_bounds

MOST_LINES = 600
"""Time and memory grow with their square."""
_PLACES = 30
"""Of the largest multipliers."""
_ROOMS = (1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4)
"""Parts by which levels are raised, one after the other,"""
_PART = 0.01
"""and, times this, parts of the sizes of all rows together."""
_MARGINS = 8.0
"""How much more room than a reader needs: the diagonal may be scaled four times smaller there."""
_STILL, _PATIENCE = 1e-3, 3
"""Part of what a bound lies above the wanted one that is no progress, and how often in a row."""
_SAMPLE, _STEPS = 200, 60


@dataclass(frozen=True, eq=False)
class _Kinks:
    """The lines of a question as floats, which are exact."""

    rows: Floats
    convex: int
    linear: Floats


class PairProof:
    """Writes multipliers for one vector; mutable, never handed out.

    Parameters
    ----------
    problem : ExactProblem
        With one output and decayed hidden biases.
    vector : n floats
    aim : ProofAim
    """

    def __init__(self, problem: ExactProblem, vector: Sequence[float], aim: ProofAim) -> None:
        self.aim = aim
        self.grid = pair_grid(problem, vector)
        self.questions = pair_questions(problem, vector, self.grid)
        self.bounds = [math.inf, math.inf]

    @property
    def writable(self) -> bool:
        """Whether there are not too many lines."""
        return max(len(question.rows) for question in self.questions) <= MOST_LINES

    def write(self, starts: Floats | None = None) -> PairClaim | None:
        """Return multipliers of both signs, or None where none were found in time.

        Parameters
        ----------
        starts : (k, q) float64, optional
            Directions near which the maximum may lie.
        """
        with one_blas_thread(), ThreadPoolExecutor(2) as threads:
            written = list(threads.map(lambda k: self._write(k, starts), (0, 1)))
        if any(part is None for part in written):
            return None
        pairs = np.concatenate([part[0] for part in written if part is not None])
        singles = np.concatenate([part[1] for part in written if part is not None])
        lines = len(self.questions[0].rows)
        return PairClaim(self.grid, lines, tuple(pairs.tolist()), tuple(singles.tolist()))

    def _write(self, k: int, starts: Floats | None) -> tuple[Floats, Floats] | None:
        question = self.questions[k]
        m, q = question.rows.shape
        rows = question.rows.astype(np.float64).reshape(m, q)
        kinks = _Kinks(rows, question.convex, np.array(question.linear, dtype=np.float64))
        if m == 0:
            level = 0.5 * float(np.hypot.reduce(kinks.linear)) * (1.0 + 2.0**-20)
            return np.empty(0), np.array([level, level])
        near, value = _climb(kinks, starts)
        lifted = lifted_rows(kinks, m, near)
        if len(lifted.rows) < m:
            return None
        wanted = max(self.aim.level, math.ldexp(value, -self.grid)) * (1.0 + self.aim.tolerance)
        best = self._iterated(k, lifted, near, wanted)
        if best is None:
            return None
        return _rounded(question, kinks, lifted, best, math.ldexp(wanted, self.grid))

    def _iterated(
        self, k: int, lifted: LiftedRows, near: Floats, wanted: float
    ) -> Certified[Multipliers] | None:
        """Return the best multipliers met until they are good enough, stand still, or time is up."""
        best: Certified[Multipliers] | None = None
        idle = 0
        shown_in_time = shown_bounds(lifted, near, lambda: time.perf_counter() >= self.aim.deadline)
        for count, shown in enumerate(shown_in_time):
            bound = float(np.ldexp(shown.bound, lifted.shift - self.grid))
            if bound < self.bounds[k]:
                moved = self.bounds[k] - bound > _STILL * (self.bounds[k] - wanted)
                best, self.bounds[k] = shown, bound
            else:
                moved = best is None
            idle = 0 if moved else idle + 1
            if self.aim.told(k, 2, count, 0) or bound <= wanted or idle >= _PATIENCE:
                break
        return best


def _climb(kinks: _Kinks, starts: Floats | None) -> tuple[Floats, float]:
    """Return unit vectors at which the sum is large, and its largest value met."""
    from convex_program import kernels

    q = kinks.rows.shape[1]
    points = np.random.default_rng(0).standard_normal((_SAMPLE, q))
    if starts is not None and len(starts):
        points = np.concatenate([np.asarray(starts)[:, :q], points])
    size = np.linalg.norm(points, axis=1)
    points = np.ascontiguousarray(points[size > 0.0] / size[size > 0.0, np.newaxis])
    values = np.zeros(len(points))
    unit = float(np.abs(kinks.rows).max())
    rows, linear = np.ascontiguousarray(kinks.rows / unit), kinks.linear / unit
    kernels.ascend(rows, kinks.convex, linear, points, _STEPS, ITERATIONS, values)
    return leading_points(points, values), unit * float(values.max(initial=0.0))


def _rounded(
    question: Question,
    kinks: _Kinks,
    lifted: LiftedRows,
    shown: Certified[Multipliers],
    wanted: float,
) -> tuple[Floats, Floats] | None:
    """Return multipliers with few places in units of the lines, and levels that they prove.

    Levels below the wanted one are raised to it.
    """
    by = _coarse(shown.multipliers)
    constant, ball = best_levels(lifted, by)
    if not math.isfinite(constant + ball):
        return None
    sizes = np.hypot.reduce(lifted.rows, axis=1) / np.hypot.reduce(kinks.rows, axis=1)
    power = np.rint(np.log2(sizes)).astype(int)
    both = lifted.shift + power[:, np.newaxis] + power
    once = lifted.shift + power
    m = len(power)
    triangle = np.triu_indices(m)
    pairs = np.concatenate(
        [
            np.ldexp(by.positive, both)[triangle],
            np.ldexp(by.negative, both)[triangle],
            np.ldexp(by.mixed, both).ravel(),
        ]
    )
    others = np.concatenate(
        [
            np.ldexp(by.once_positive, once),
            np.ldexp(by.once_negative, once),
            np.ldexp(by.turned_positive, once[:, np.newaxis]).ravel(),
            np.ldexp(by.turned_negative, once[:, np.newaxis]).ravel(),
        ]
    )
    size = float(np.abs(lifted.weights) @ np.hypot.reduce(lifted.rows, axis=1))
    # what is below the level that is wanted anyway makes the matrix definite, for nothing
    spare = 0.5 * max(0.0, math.ldexp(wanted, -lifted.shift) - constant - ball)
    for room in _ROOMS:
        inner = np.array([constant, ball]) * (1.0 + room) + max(spare, _PART * room * size)
        levels = np.ldexp(inner, lifted.shift)
        singles = np.concatenate([levels, others])
        if _holds(question, pairs, singles):
            return pairs, singles
    return None


def _holds(question: Question, pairs: Floats, singles: Floats) -> bool:
    """Whether a checker will see these multipliers to be good."""
    whole, shift = dyadic(pairs.tolist())
    rest, other = dyadic(singles.tolist())
    shared = max(shift, other)
    m, q = question.rows.shape
    part = PairMatrix.read(whole * (1 << shared - shift), rest * (1 << shared - other), (m, q))
    return part.ball >= 0 and is_semidefinite(part.matrix(question, 1 << shared), room=_MARGINS)


def _coarse(by: Multipliers) -> Multipliers:
    """Round multipliers so that none changes its sign, and no vector is longer than its number.

    Free ones are rounded down, and by two units more: that is what rounding the others may take from
    the diagonal of s.
    """
    pairs = (by.positive, by.negative, by.mixed)
    unit = _unit(pairs)
    positive, negative, mixed = (np.floor(part / unit) * unit for part in pairs)
    free = np.einsum("ii->i", mixed)
    free -= 2.0 * unit
    singles = (by.once_positive, by.once_negative, by.turned_positive, by.turned_negative)
    unit = _unit(singles)
    turned = [np.rint(part / unit) * unit for part in singles[2:]]
    once = [
        np.maximum(np.ceil(most / unit), np.ceil(lengths_up(part) / unit)) * unit
        for most, part in zip(singles[:2], turned, strict=True)
    ]
    return replace(
        by,
        positive=positive,
        negative=negative,
        mixed=mixed,
        once_positive=once[0],
        once_negative=once[1],
        turned_positive=turned[0],
        turned_negative=turned[1],
    )


def _unit(parts: Sequence[Floats]) -> float:
    largest = max(float(np.abs(part).max(initial=0.0)) for part in parts)
    return math.ldexp(1.0, math.frexp(largest)[1] - _PLACES) if largest > 0.0 else 1.0

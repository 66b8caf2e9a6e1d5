"""Writing a proof for several outputs: trees of cones none of which exceeds a level."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

import arrangements as ar
from convex_program.clock import OutOfTime
from convex_program.evidence.lines import ENTRY_BITS, root
from convex_program.evidence.tree_bytes import orthant
from convex_program.evidence.vector_lines import PreparedMatrix, VectorQuestion
from convex_program.evidence.vector_tree import VectorConeTree
from convex_program.exact_problem import ExactProblem
from convex_program.frontier import Frontier
from convex_program.pricing.climb import ITERATIONS
from convex_program.pricing.proof_aim import ProofAim
from convex_program.pricing.reduction import Floats
from convex_program.pricing.tree_writer import ROOM, TreeWriter

_SHARED = 1 << 17
"""Bytes of trees from which on a checker may want to share them among processes."""
_STEPS = 300
_EPS = 2.0**-53
_DIGITS = 80
"""Binary digits of a level."""
_UP = 1.0 + 2.0**-45
_ATTEMPTS = 8
"""How often the level is raised to a value that was met above it."""
_WIDER = 100.0
"""What the tolerance is multiplied by then."""


@dataclass(frozen=True, eq=False)
class VectorKernelRows:
    """The lines of a question as the kernels take them: rows of length about one, weights up to about one.

    Parameters
    ----------
    data, exact, rounding : what `convex_program.kernels.write_vector_tree` takes
    shift : int
        By how many powers of two the integers are larger: those of rows and those of weights.
    grain : float
        A unit of the weights.
    """

    data: Any
    exact: Any
    rounding: Any
    shift: int
    grain: float

    @classmethod
    def of(cls, question: VectorQuestion) -> VectorKernelRows:
        """Return them.

        Notes
        -----
        *Exactness.* Rows and weights below 2^53 are floats.  The linear part is rounded once, and ``unit`` counts
        every rounding twice, as `convex_program.kernels.vector_leaf` has them.
        """
        from convex_program import kernels

        m, r, c = len(question.rows), question.rank, question.outputs
        most = max((abs(x) for w in question.weights for x in w), default=0)
        steep = max((abs(x) for column in question.linear for x in column), default=0)
        bits = max(most.bit_length(), steep.bit_length() - ENTRY_BITS, 1)
        unit = 2.0**-ENTRY_BITS
        integers = np.array(question.rows, dtype=np.int64).reshape(m, r)
        rows = integers * unit
        weights = np.array([[math.ldexp(x, -bits) for x in w] for w in question.weights]).reshape(
            m, c
        )
        linear = np.array(
            [
                [float(Fraction(x, 1 << (ENTRY_BITS + bits))) for x in column]
                for column in question.linear
            ]
        ).T
        linear = np.ascontiguousarray(linear.reshape(c, r))
        norms = np.hypot.reduce(rows, axis=1) * _UP if m else np.zeros(0)
        sizes = np.hypot.reduce(weights, axis=1) * _UP if m else np.zeros(0)
        scale = (sizes[:, np.newaxis] * np.abs(rows)).sum(axis=0) * (1.0 + 4.0 * (m + 4) * _EPS)
        scale = (scale + np.hypot.reduce(linear, axis=0)) * _UP + 2.0**-480
        steps = 4 * (kernels.CHUNK + -(-max(m, 1) // kernels.CHUNK) + 4 * c + 2 * r + 24)
        return cls(
            data=kernels.VectorRows(rows, weights, norms, sizes, linear),
            exact=kernels.ExactRows(integers, rows, norms, unit),
            rounding=kernels.VectorRounding(
                scale, steps * _EPS / (1.0 - steps * _EPS) * _UP, 2.0**-480
            ),
            shift=ENTRY_BITS + bits,
            grain=2.0 ** (1 - bits),
        )

    def planted(self, signs: Sequence[int]) -> tuple[Any, Frontier]:
        """Return the state of a search of one orthant and its open cones, nothing visited."""
        from convex_program import kernels

        m, r = self.data.rows.shape
        outputs = self.data.weights.shape[1]
        frontier = Frontier.room(r, m, outputs=(outputs,), parts=2)
        gens, duals, lins, _, depths, spans = frontier.stack
        kernels.plant_vector(
            self.data.rows,
            self.data.weights,
            self.data.linear,
            np.array(signs, dtype=np.float64),
            frontier.values,
            gens,
            duals,
            lins,
            depths,
            spans,
        )
        state = np.zeros(4, dtype=np.int64)
        state[0] = 1
        return state, frontier


class VectorConeProof(TreeWriter[PreparedMatrix]):
    """Writes trees of cones for one matrix; mutable, never handed out.

    Parameters
    ----------
    problem : ExactProblem
    vector : n c floats, row by row
    aim : ProofAim
    """

    def __init__(
        self,
        problem: ExactProblem,
        vector: Sequence[float],
        aim: ProofAim,
    ) -> None:
        self.problem, self.vector = problem, tuple(vector)
        super().__init__(PreparedMatrix, problem, vector, aim)
        self.bar = Fraction(1)

    @property
    def shared_lengths(self) -> tuple[int, ...] | None:
        """How long each tree is, where it is worth saying."""
        return self._lengths_from(_SHARED)

    def evidence(self, tree: bytes, most: int) -> VectorConeTree:
        """Return trees that were written as evidence, checked; `most` bounds the number of patterns.

        Raises
        ------
        OutOfTime
            When the deadline passes.
        """
        evidence = VectorConeTree(self.setting, tree, self.bar, most, self.shared_lengths)

        def watch(done: int) -> None:
            now = time.perf_counter()
            self.aim.progress(
                ar.Progress("proof", done, len(tree), "bytes checked", now - self.aim.began)
            )
            if now > self.aim.deadline:
                raise OutOfTime

        evidence.check(self.problem, self.vector, watch)
        return evidence

    def write(self, starts: Floats | None = None) -> bytes | None:
        """Write all trees; None when the time is up, they are larger than wanted, or nothing closes.

        Parameters
        ----------
        starts : (k, q) float64, optional
            Directions near which the maximum may lie.
        """
        if self.prepared.rank == 0:
            return b""
        questions = list(self.prepared.matrix_questions())
        rows = [VectorKernelRows.of(question) for question in questions]
        value = max(map(self._climbed, rows, questions, [starts] * len(rows)), default=Fraction(0))
        slack = 1 + Fraction(self.aim.tolerance)
        self.bar = self._rounded(max(self._inner(self.aim.level), value) * slack)
        for _ in range(_ATTEMPTS):
            self.parts, self.lengths, self.size = [], [], 0
            above = self._write_all(questions, rows)
            if above is None:
                return None
            if above == 0:
                return b"".join(self.parts)
            slack = 1 + (slack - 1) * Fraction(_WIDER)
            self.bar = self._rounded(max(self.bar, above) * slack)
        return None

    def _rounded(self, level: Fraction) -> Fraction:
        """Return a positive number a little above of few digits, an integer where there is no basis."""
        if self.setting.basis is None:
            return Fraction(max(1, math.ceil(level)))
        places = _DIGITS + level.denominator.bit_length() - level.numerator.bit_length()
        unit = Fraction(2) ** max(-4096, min(4096, places))
        return Fraction(max(1, math.ceil(level * unit))) / unit

    def _inner(self, bound: float) -> Fraction:
        """Return the level at which trees prove a bound."""
        worst = max((q.rounding for q in self.prepared.matrix_questions()), default=Fraction(0))
        left = (Fraction(bound) - self.prepared.charge) * Fraction(2) ** (self.setting.grid or 0)
        return left - worst * root(self.prepared.metric.largest)

    def _climbed(
        self, rows: VectorKernelRows, question: VectorQuestion, starts: Floats | None
    ) -> Fraction:
        """Ascend from the starts; return the largest value met, in units of the level."""
        from convex_program import kernels

        points = self._starting_points(starts, question.rank)
        values = np.zeros(len(points))
        kernels.ascend_vector(rows.data, points, _STEPS, ITERATIONS, values)
        return self._units(float(values.max(initial=0.0)), rows)

    def _units(self, value: float, rows: VectorKernelRows) -> Fraction:
        """Return what kernels know in units of the level."""
        return Fraction(value) * Fraction(self.prepared.metric.stretch) * (1 << rows.shift)

    def _write_all(
        self, questions: list[VectorQuestion], rows: list[VectorKernelRows]
    ) -> Fraction | None:
        """Write all trees: 0, or a value above the level; None to give up."""
        total = sum(2**question.rank for question in questions)
        for question, compiled in zip(questions, rows, strict=True):
            for number in range(2**question.rank):
                before = self.size
                above = self._write_tree(compiled, orthant(number, question.rank), total)
                if above is None or above > 0:
                    return above
                self.lengths.append(self.size - before)
        return Fraction(0)

    def _write_tree(self, rows: VectorKernelRows, signs: list[int], total: int) -> Fraction | None:
        """Write one tree: 0, or a value above the level; None to give up."""
        from convex_program import kernels

        state, frontier = rows.planted(signs)
        out = np.zeros(ROOM + 64 * len(rows.data.rows), dtype=np.uint8)
        directions, best = np.array(signs, dtype=np.float64), np.zeros(1)
        stretch = self.prepared.metric.stretch
        level = float(self.bar / (1 << rows.shift) / Fraction(stretch)) * (1.0 - 2.0**-40)
        units = np.array([rows.grain, float(rows.shift), stretch])
        status = kernels.BUDGET
        while status != kernels.DONE:
            status = kernels.write_vector_tree(
                state,
                best,
                kernels.Stack(*frontier.stack),
                frontier.values,
                rows.data,
                rows.exact,
                directions,
                level,
                rows.rounding,
                units,
                self.portions.begin(),
                ITERATIONS,
                out,
            )
            self.portions.end(whole=status == kernels.BUDGET)
            if status == kernels.ROWS_FULL:
                frontier.more_rows()
            elif status == kernels.STACK_FULL:
                frontier.more_places()
            elif status == kernels.RAISED:
                return self._units(float(best[0]), rows)
            elif status == kernels.STUCK:
                return None
            self.parts.append(out[: state[3]].tobytes())
            self.size += int(state[3])
            state[3] = 0
            if status == kernels.BUDGET and self._told(total, int(state[1])):
                return None
        self.nodes += int(state[1])
        self.leaves += int(state[2])
        return None if self._told(total, 0) else Fraction(0)

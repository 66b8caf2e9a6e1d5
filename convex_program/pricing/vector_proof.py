"""Writing a proof for several outputs: trees of cones none of which exceeds a level."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

import arrangements as ar
from convex_program.clock import OutOfTime
from convex_program.evidence.lines import root
from convex_program.evidence.tree_bytes import orthant
from convex_program.evidence.vector_kernel import VectorKernelRows
from convex_program.evidence.vector_lines import PreparedMatrix, VectorQuestion
from convex_program.evidence.vector_tree import VectorConeTree
from convex_program.exact_problem import ExactProblem
from convex_program.pricing.climb import ITERATIONS
from convex_program.pricing.proof_aim import ProofAim
from convex_program.pricing.reduction import Floats
from convex_program.pricing.tree_writer import ROOM, TreeWriter

_SHARED = 1 << 17
"""Bytes of trees from which on a checker may want to share them among processes."""
_STEPS = 300
_DIGITS = 80
"""Binary digits of a level."""
_ATTEMPTS = 8
"""How often the level is raised: to a value that was met above it, or because floats can't show it."""
_WIDER = 100.0
"""What the tolerance is multiplied by then."""


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
        """Write all trees: 0, or what the level has to be above; None to give up."""
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
        """Write one tree: 0, or what the level has to be above; None to give up."""
        from convex_program import kernels

        state, frontier = rows.planted(signs)
        out = np.zeros(ROOM + 64 * len(rows.data.rows), dtype=np.uint8)
        directions, best = np.array(signs, dtype=np.float64), np.zeros(1)
        stretch = self.prepared.metric.stretch
        level = rows.level(self.bar, stretch)
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
                # a cone too thin to be divided, and too near the level for floats
                return self.bar
            self.parts.append(out[: state[3]].tobytes())
            self.size += int(state[3])
            state[3] = 0
            if status == kernels.BUDGET and self._told(total, int(state[1])):
                return None
        self.nodes += int(state[1])
        self.leaves += int(state[2])
        return None if self._told(total, 0) else Fraction(0)

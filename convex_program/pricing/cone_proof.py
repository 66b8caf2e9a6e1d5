"""Writing a proof: trees of cones that bound every neuron along a vector.

One depth-first search at one level, the wanted bound, and every closed cone goes to the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from convex_program.evidence.cone_tree import ConeTree, KernelRows
from convex_program.evidence.lines import (
    ENTRY_BITS,
    Basis,
    PreparedRows,
    Question,
    root,
)
from convex_program.evidence.tree_bytes import orthant
from convex_program.exact_problem import ExactProblem
from convex_program.pricing.climb import ITERATIONS
from convex_program.pricing.proof_aim import ProofAim
from convex_program.pricing.reduction import Floats
from convex_program.pricing.tree_writer import ROOM, TreeWriter

_SHARED = 1 << 20
"""Bytes of trees from which on a checker may want to share them among processes."""
_STEPS = 60


class ConeProof(TreeWriter[PreparedRows]):
    """Writes trees of cones for one vector; mutable, never handed out.

    Parameters
    ----------
    problem : ExactProblem
    vector : n floats
    aim : ProofAim
    axes : rows of integers, optional
        Orthogonal and of one length, for rows that span all columns.
    """

    def __init__(
        self,
        problem: ExactProblem,
        vector: Sequence[float],
        aim: ProofAim,
        axes: Basis | None = None,
    ) -> None:
        super().__init__(PreparedRows, problem, vector, aim, axes)
        self.value = 0.0
        self.hi = self.prepared.metric.stretch
        self.root = root(self.prepared.metric.largest)

    @property
    def shared_lengths(self) -> tuple[int, ...] | None:
        """How long each tree is, where it is worth saying."""
        return self._lengths_from(_SHARED)

    def evidence(self, tree: bytes, most: int) -> ConeTree:
        """Return trees that were written as evidence; `most` bounds the number of patterns."""
        return ConeTree(self.setting, tree, most, self.shared_lengths)

    def write(self, starts: Floats | None = None) -> bytes | None:
        """Write all trees; None when the time is up or they are larger than wanted.

        Parameters
        ----------
        starts : (k, q) float64, optional
            Directions near which the maximum may lie.
        """
        total = 0
        for _ in self.prepared.parts():
            total += 2**self.prepared.rank
        if self.prepared.rank == 0:
            return b""
        for question in self.prepared.questions():
            rows = KernelRows.of(question, slack=2.0)
            if rows is None:
                return None
            self._climb(question, rows, starts)
            for number in range(2**question.rank):
                before = self.size
                if not self._write_tree(question, rows, orthant(number, question.rank), total):
                    return None
                self.lengths.append(self.size - before)
        return b"".join(self.parts)

    def _inner(self, bound: float, question: Question) -> float:
        """Return |R| of leaves, in the kernels' units, that give a bound."""
        grid = self.setting.grid or 0
        left = Fraction(bound) - self.prepared.charge
        whole = left * Fraction(2) ** grid - question.rounding * self.root
        return max(0.0, float(whole / 2**ENTRY_BITS)) / self.hi

    def _outer(self, inner: float, question: Question) -> float:
        """Return the bound that leaves with such |R| give."""
        grid = self.setting.grid or 0
        whole = Fraction(inner * self.hi) * 2**ENTRY_BITS + question.rounding * self.root
        return float(whole / Fraction(2) ** grid + self.prepared.charge)

    def _climb(self, question: Question, rows: KernelRows, starts: Floats | None) -> None:
        """Ascend from the starts: the level is not below what is met."""
        from convex_program import kernels

        points = self._starting_points(starts, question.rank)
        values = np.zeros(len(points))
        kernels.ascend(
            rows.exact.rows, rows.convex, rows.linear, points, _STEPS, ITERATIONS, values
        )
        self.value = max(self.value, self._outer(float(values.max(initial=0.0)), question))

    def _write_tree(
        self, question: Question, rows: KernelRows, signs: list[int], total: int
    ) -> bool:
        """Write one tree; whether it came to its end."""
        from convex_program import kernels

        if _falling(question, signs):
            self.parts.append(_nothing(rows.exact.integers, signs))
            self.size += len(self.parts[-1])
            self.leaves += 1
            return not self._told(total, 0)
        state, frontier = rows.planted(signs)
        out = np.zeros(ROOM + 32 * len(rows.exact.rows), dtype=np.uint8)
        directions = np.array(signs, dtype=np.float64)
        best = np.zeros(2)
        floor = self._inner(max(self.aim.level, self.value), question)
        noise = 4.0 * rows.rounding.unit * float(np.hypot.reduce(rows.rounding.scale))
        level = kernels.TreeLevel(float(floor), float(self.aim.tolerance), noise)
        status = kernels.BUDGET
        while status != kernels.DONE:
            status = kernels.write_tree(
                state,
                best,
                kernels.ConeStack(*frontier.stack),
                frontier.values,
                rows.exact,
                directions,
                level,
                rows.rounding,
                self.portions.begin(),
                ITERATIONS,
                out,
            )
            self.portions.end(whole=status == kernels.BUDGET)
            if status == kernels.ROWS_FULL:
                frontier.more_rows()
            elif status == kernels.STACK_FULL:
                frontier.more_places()
            elif status == kernels.STUCK:
                return False
            self.parts.append(out[: state[3]].tobytes())
            self.size += int(state[3])
            state[3] = 0
            if status == kernels.BUDGET and self._told(total, int(state[1])):
                return False
        self.nodes += int(state[1])
        self.leaves += int(state[2])
        self.value = max(self.value, self._outer(float(best[0]), question))
        return not self._told(total, 0)


def _falling(question: Question, signs: list[int]) -> bool:
    """Whether the function is nowhere positive in an orthant: R = 0 bounds it."""
    tilts = zip(question.linear, signs, strict=True)
    return question.convex == 0 and all(x * sign <= 0 for x, sign in tilts)


def _nothing(rows: npt.NDArray[np.int64], signs: list[int]) -> bytes:
    """Return the leaf with R = 0 and every theta 0."""
    values = rows * np.array(signs)
    mixed = int(((values < 0).any(axis=1) & (values > 0).any(axis=1)).sum())
    return bytes([0, 0, 0, *bytes((mixed + 7) // 8), 0])

"""Trees of cones: a bound proved over all patterns, without a list of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.claim import ConeClaim, Level
from convex_program.clock import Portions
from convex_program.errors import ClaimError
from convex_program.evidence.base import Recorded, Unlisted
from convex_program.evidence.lines import ENTRY_BITS, PreparedRows, Question, Setting
from convex_program.evidence.tree_bytes import check_leaf, leaf_vector, orthant, walk
from convex_program.exact_problem import ExactProblem
from convex_program.frontier import Frontier

_LARGEST = float(2**900)
_EPS = 2.0**-53


@final
@dataclass(frozen=True, eq=False)
class ConeTree(Unlisted):
    """Cones that cover space, with a vector R for each that bounds it: proved.

    Parameters
    ----------
    setting : Setting
        Grid, basis and merged rows.
    tree : bytes
        All trees, as `docs/reference/claims.md` has them.
    most : int
        A bound of the number of patterns (Cover's): none of them is listed.
    lengths : tuple of int, or None
        How many bytes each tree has, if that is said: it must be so.

    Notes
    -----
    *Exactness.* What a file proves is decided in integers: floats only where their error bound leaves no doubt.
    """

    setting: Setting
    tree: bytes
    most: int
    lengths: tuple[int, ...] | None = None

    def square(self, problem: ExactProblem, vector: Sequence[float]) -> Fraction | None:
        """Return the square of the bound H that the trees prove.

        Raises
        ------
        ClaimError
            When a leaf does not hold, the bytes are not whole trees, or not as long as is said.
        """
        prepared = PreparedRows(problem, vector, self.setting)
        bounds = [prepared.bound_at_infinity(), prepared.charge]
        place = count = 0
        portions = Portions()
        data = np.frombuffer(self.tree, dtype=np.uint8)
        for question in prepared.questions():
            reader = _Reader(question, prepared, data, portions)
            largest = Fraction(0)
            for number in range(2**question.rank if question.rank else 0):
                begin = place
                place, square = reader.read(begin, number)
                self._compare(count, place - begin)
                count += 1
                largest = max(largest, square)
            if question.rank:
                bounds.append(prepared.bound(question, largest))
        if place != len(self.tree):
            raise ClaimError("the trees go on after their last leaf")
        if self.lengths is not None and len(self.lengths) != count:
            raise ClaimError("the claim says lengths of more trees than there are")
        return max(bounds) ** 2

    def _compare(self, number: int, length: int) -> None:
        """Refuse a tree that is not as long as is said."""
        if self.lengths is not None and self.lengths[number : number + 1] != (length,):
            raise ClaimError(f"tree {number} is not as long as the claim says")

    @property
    def level(self) -> Level:
        """Proved: integers, and nothing believed."""
        return Level.PROVED

    def record(self) -> Recorded:
        """Return the trees."""
        setting = self.setting
        assert setting.grid is not None  # noqa: S101 - chosen before anything was written
        return Recorded(
            cones=ConeClaim(setting.grid, setting.basis, setting.merged, self.tree, self.lengths)
        )


def cone_tree(problem: ExactProblem, claim: ConeClaim) -> ConeTree:
    """Return the evidence of a claim; nothing is checked before it is asked for a bound."""
    data = ar.Arrangement(ar.DataMatrix.from_array(problem.features))
    setting = Setting(claim.grid, claim.basis, claim.merged)
    return ConeTree(setting, claim.tree, ar.cover_number(data), claim.lengths)


@dataclass(frozen=True, eq=False)
class KernelRows:
    """The lines of a question as the kernels take them, in floats that are exact.

    Parameters
    ----------
    exact : the rows as integers and floats
    convex : int
    linear : (r,) float64
        Rounded.
    rounding : what a sum of values may be off by
    unit : float
        A power of two: that of the rows' integers.
    """

    exact: Any
    convex: int
    linear: npt.NDArray[np.float64]
    rounding: Any
    unit: float

    @classmethod
    def of(cls, question: Question, *, slack: float = 1.0) -> KernelRows | None:
        """Return them, or None where they do not fit into floats.

        Notes
        -----
        *Exactness.* Entries below 2^53 are floats.  The linear part is rounded once, relative to a
        share of ``scale``; `convex_program.kernels.cone_bound` counts the other roundings, and
        ``slack`` multiplies its count.
        """
        from convex_program import kernels

        m, r = question.rows.shape
        size = max((abs(x) for x in question.rows.ravel().tolist()), default=0)
        if size >= 1 << (ENTRY_BITS + 1) or max(map(abs, question.linear), default=0) > _LARGEST:
            return None
        unit = 2.0**-ENTRY_BITS
        integers = np.ascontiguousarray(question.rows.astype(np.int64).reshape(m, r))
        rows = integers.astype(np.float64) * unit
        linear = np.array([float(x) for x in question.linear]) * unit
        total = [
            sum(abs(row[k]) for row in question.rows.tolist()) + abs(question.linear[k])
            for k in range(r)
        ]
        scale = np.array([math.nextafter(float(x), math.inf) for x in total]) * unit
        norms = np.hypot.reduce(rows, axis=1) * (1.0 + 2.0**-45) if m else np.zeros(0)
        count = slack * (kernels.CHUNK + -(-max(m, 1) // kernels.CHUNK) + 12)
        unit_error = count * _EPS / (1.0 - count * _EPS) * (1.0 + 2.0**-40)
        return cls(
            exact=kernels.ExactRows(integers, rows, norms, unit),
            convex=question.convex,
            linear=linear,
            rounding=kernels.Rounding(scale, unit_error, 2.0**-1000),
            unit=unit,
        )

    def planted(self, signs: Sequence[int]) -> tuple[Any, Frontier]:
        """Return the state of a search of one orthant and its open cones, nothing visited."""
        from convex_program import kernels

        m, r = self.exact.rows.shape
        frontier = Frontier.room(r, m, own=np.zeros((1, r), dtype=np.int64))
        gens, duals, lins, _, depths, spans = frontier.stack
        directions = np.array(signs, dtype=np.float64)
        kernels.plant(
            self.exact.rows,
            self.convex,
            self.linear,
            np.maximum(self.rounding.scale, 2.0**-1000),
            directions,
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


class _Reader:
    """Checks the trees of one question."""

    def __init__(
        self,
        question: Question,
        prepared: PreparedRows,
        data: npt.NDArray[np.uint8],
        portions: Portions,
    ) -> None:
        self.question, self.metric, self.data = question, prepared.metric, data
        self.view = memoryview(data.data)
        self.portions = portions
        self.rows = KernelRows.of(question) if question.rank > 1 else None
        # |R|^2 and R' M^-1 R order vectors alike but for this part of them.
        self.largest = np.array([0.0, prepared.metric.alike * (1.0 - 2.0**-40)])

    def read(self, place: int, number: int) -> tuple[int, Fraction]:
        """Check one tree; return where it ends and the largest square of leaves longer than before."""
        if self.rows is not None:
            found = self._read_compiled(place, number, self.rows)
            if found is not None:
                return found
        end, vectors = walk(self.view, place, self.question, number)
        return end, max(map(self.metric.square, vectors))

    def _read_compiled(
        self, begin: int, number: int, rows: KernelRows
    ) -> tuple[int, Fraction] | None:
        """Do it in compiled code; None where that does not reach."""
        from convex_program import kernels

        signs = orthant(number, self.question.rank)
        state, frontier = rows.planted(signs)
        state[3] = begin
        directions = np.array(signs, dtype=np.float64)
        largest, last = self.largest, np.zeros(2, dtype=np.int64)
        square = Fraction(0)
        while True:
            status = kernels.read_tree(
                state,
                largest,
                kernels.ConeStack(*frontier.stack),
                frontier.values,
                rows.exact,
                directions,
                rows.rounding,
                self.portions.begin(),
                self.data,
                last,
            )
            self.portions.end(whole=status == kernels.BUDGET)
            if status == kernels.UNDECIDED:
                generators = [[int(x) for x in g] for g in frontier.stack[0][state[0]]]
                _, vector = check_leaf(self.view, int(last[0]), generators, self.question)
                square = max(square, self.metric.square(vector))
            elif status == kernels.LONGER:
                vector = leaf_vector(self.view, int(last[0]), self.question.rank)
                square = max(square, self.metric.square(vector))
            elif status == kernels.DONE:
                return int(state[3]), square
            elif status == kernels.ROWS_FULL:
                frontier.more_rows()
            elif status == kernels.STACK_FULL:
                frontier.more_places()
            elif status == kernels.BEYOND:
                return None
            elif status != kernels.BUDGET:
                raise ClaimError(
                    f"the tree does not hold: the node before byte {int(state[3])} of it is "
                    "broken, or a leaf does not bound its cone"
                )

"""Trees of cones for several outputs checked in compiled code, and in integers where floats leave doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from convex_program.clock import Portions
from convex_program.errors import ClaimError
from convex_program.evidence.lines import Metric
from convex_program.evidence.tree_bytes import orthant
from convex_program.evidence.vector_bytes import VectorWalk
from convex_program.evidence.vector_kernel import VectorKernelRows
from convex_program.evidence.vector_lines import VectorQuestion

_LARGEST = Fraction(2) ** 200


class VectorReader:
    """Checks the trees of one question.

    Parameters
    ----------
    question : VectorQuestion
    level : Fraction
        T: every leaf has to show that nothing exceeds it.
    metric : Metric
    tree : bytes
        All trees.
    watch : function of the number of bytes checked
        Called now and then; it may raise.

    Notes
    -----
    *Exactness.* Floats accept a leaf only where the integers of the page do, beyond all rounding; what they do not
    accept is looked at in integers, and so is a whole tree whose numbers do not fit into floats.
    """

    def __init__(
        self,
        question: VectorQuestion,
        level: Fraction,
        metric: Metric,
        tree: bytes,
        watch: Callable[[int], None],
    ) -> None:
        self.rank, self.watch = question.rank, watch
        self.walk = VectorWalk(question, level, metric, watch)
        self.view = memoryview(tree)
        self.data = np.frombuffer(tree, dtype=np.uint8)
        self.portions = Portions()
        self.compiled = _Compiled.of(question, level, metric)

    def check(self, place: int, number: int) -> int:
        """Check the tree of an orthant; return where it ends.

        Raises
        ------
        ClaimError
            When a leaf does not hold or the bytes are no tree.
        """
        end = None if self.compiled is None else self._read(self.compiled, place, number)
        if end is not None:
            return end
        return self.walk.check(self.view, place, orthant(number, self.rank))

    def _read(self, compiled: _Compiled, begin: int, number: int) -> int | None:
        """Check a tree in compiled code; None where that does not reach."""
        from convex_program import kernels

        rows = compiled.rows
        state, frontier = rows.planted(orthant(number, self.rank))
        state[3] = begin
        leaf = np.zeros(2, dtype=np.int64)
        while True:
            status = kernels.read_vector_tree(
                state,
                kernels.Stack(*frontier.stack),
                frontier.values,
                rows.data,
                rows.exact,
                compiled.level,
                rows.rounding,
                compiled.units,
                self.portions.begin(),
                self.data,
                leaf,
            )
            self.portions.end(whole=status == kernels.BUDGET)
            if status == kernels.UNDECIDED:
                generators = [[int(x) for x in g] for g in frontier.stack[0][state[0]]]
                form = self.data[leaf[0] - 1] != 0
                self.walk.check_leaf(self.view, int(leaf[0]), generators, form=bool(form))
            elif status == kernels.DONE:
                return int(state[3])
            elif status == kernels.ROWS_FULL:
                frontier.more_rows()
            elif status == kernels.STACK_FULL:
                frontier.more_places()
            elif status == kernels.BEYOND:
                return None
            elif status != kernels.BUDGET:
                raise ClaimError(
                    f"the tree is broken: no node begins at byte {int(state[3])} of it"
                )
            self.watch(int(state[3]))


@dataclass(frozen=True, eq=False)
class _Compiled:
    """A question and its level as the kernels take them."""

    rows: VectorKernelRows
    level: float
    units: Any

    @classmethod
    def of(cls, question: VectorQuestion, level: Fraction, metric: Metric) -> _Compiled | None:
        """Return them; None where numbers do not fit into floats."""
        if not VectorKernelRows.reach(question):
            return None
        try:
            stretch = metric.stretch
        except OverflowError:
            return None
        rows = VectorKernelRows.of(question)
        if not 1 / _LARGEST < level / (1 << rows.shift) / Fraction(stretch) < _LARGEST:
            return None
        alike = float(metric.basis is None)
        units = np.array([rows.grain, float(rows.shift), stretch, alike])
        return cls(rows, rows.level(level, stretch), units)

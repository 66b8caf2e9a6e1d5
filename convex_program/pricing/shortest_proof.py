"""Axes tried for a proof by trees of cones, and the shortest trees found.

Any axes give a proof.  How long it is nobody knows before it is written, so small ones are written several times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from convex_program.evidence.cone_tree import ConeTree
from convex_program.evidence.lines import Basis, PreparedRows
from convex_program.exact_problem import ExactProblem
from convex_program.pricing.cone_proof import ConeProof
from convex_program.pricing.proof_aim import ProofAim
from convex_program.pricing.reduction import Floats
from convex_program.pricing.turned_axes import axes_along_rows, turned_axes

_RANKS = (4, 5)
"""Ranks at which axes are turned.  With three columns the leaves saved are few, with six they are a hundredth."""
_ROWS = 512
_BYTES = 1 << 18
"""How large a tree along turned axes may get before it is written along those of the data instead: about one of
fifty comes to no end."""
_SMALL = 1 << 17
"""Bytes of trees up to which more axes are tried."""
_TRIES = 4


class ShortestProof:
    """Writes trees of cones for one vector along several axes; mutable, never handed out.

    Parameters
    ----------
    problem : ExactProblem
    vector : n floats
    aim : ProofAim
    """

    def __init__(self, problem: ExactProblem, vector: Sequence[float], aim: ProofAim) -> None:
        self._question = problem, tuple(vector)
        self._aim = aim
        self._best = ConeProof(problem, vector, aim)

    @property
    def writable(self) -> bool:
        """Whether the rank is one that trees reach."""
        return self._best.writable

    def write(self, starts: Floats | None = None) -> bytes | None:
        """Write all trees; None when the time is up or they are larger than wanted.

        Parameters
        ----------
        starts : (k, q) float64, optional
            Directions near which the maximum may lie.
        """
        shortest: bytes | None = None
        most = min(_BYTES, self._aim.most_bytes or _BYTES)
        for axes in self._tried():
            writer = ConeProof(*self._question, replace(self._aim, most_bytes=most), axes)
            tree = writer.write(starts)
            if tree is not None:
                self._best, shortest, most = writer, tree, len(tree) - 1
            if shortest is None or len(shortest) > _SMALL:
                break
        return self._best.write(starts) if shortest is None else shortest

    def evidence(self, tree: bytes, most: int) -> ConeTree:
        """Return the trees that were written as evidence; `most` bounds the number of patterns."""
        return self._best.evidence(tree, most)

    def _tried(self) -> Iterator[Basis]:
        """Yield axes other than those of the data, where some are worth it."""
        prepared = self._best.prepared
        small = prepared.rank in _RANKS and len(prepared.rows) <= _ROWS
        # With anchors each question has other rows; where a basis is needed to span them it is kept.
        if prepared.anchored or not small or self._best.setting.basis is not None:
            return
        rows = _weighted(prepared)
        axes = turned_axes(rows)
        if axes is None:
            return
        yield axes
        yield from axes_along_rows(rows, _TRIES)


def _weighted(prepared: PreparedRows) -> Floats:
    """Return the rows, each in the size in which it counts."""
    weights, largest = np.abs(prepared.weights), np.abs(prepared.rows).max(initial=1)
    scaled = (prepared.rows / largest).astype(np.float64)
    sizes = (weights / weights.max(initial=1)).astype(np.float64)
    return np.asarray(sizes[:, np.newaxis] * scaled)

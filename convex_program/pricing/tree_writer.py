"""What writers of proofs share: the setting of the trees, where to ascend from, and what is written so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import numpy as np

from convex_program.clock import Portions
from convex_program.evidence.lines import MOST_RANK, Basis, PreparedRows, Setting
from convex_program.exact_problem import ExactProblem
from convex_program.pricing.proof_aim import ProofAim
from convex_program.pricing.reduction import Floats
from convex_program.pricing.spanning import merged_rows, spanning_basis

Prepared = TypeVar("Prepared", bound=PreparedRows)

ROOM = 1 << 20
"""Bytes of a tree held in the compiled code's buffer."""
_SAMPLE = 24


class TreeWriter(Generic[Prepared]):
    """The state of a proof being written; mutable, never handed out.

    Parameters
    ----------
    kind : type
        How rows are prepared along the vector: `PreparedRows`, or a kind of them.
    problem : ExactProblem
    vector : floats
    aim : ProofAim
    axes : rows of integers, optional
        Orthogonal and of one length; where the rows do not span all columns, axes that span them are taken instead.
    """

    def __init__(
        self,
        kind: type[Prepared],
        problem: ExactProblem,
        vector: Sequence[float],
        aim: ProofAim,
        axes: Basis | None = None,
    ) -> None:
        self.aim = aim
        merged = merged_rows(problem)
        first = PreparedRows(problem, vector, Setting(0, None, merged))
        basis = spanning_basis(first.rows, differences=problem.constants)
        if basis is None:  # an empty one spans rows of zeros
            basis = axes
        coarse = kind(problem, vector, Setting(0, basis, merged))
        self.setting = Setting(coarse.best_grid(), basis, merged)
        self.prepared = kind(problem, vector, self.setting)
        self.parts: list[bytes] = []
        self.lengths: list[int] = []
        self.size = self.nodes = self.leaves = 0
        self.portions = Portions()

    @property
    def writable(self) -> bool:
        """Whether the rank is one that trees reach."""
        return self.prepared.rank <= MOST_RANK

    def _lengths_from(self, size: int) -> tuple[int, ...] | None:
        """Return how long each tree is, where all together are at least that long."""
        return tuple(self.lengths) if self.size >= size else None

    def _starting_points(self, starts: Floats | None, rank: int) -> Floats:
        """Return unit vectors to ascend from: the starts, and a fixed sample."""
        sample = np.random.default_rng(0).standard_normal((_SAMPLE, rank))
        if starts is not None and len(starts):
            sample = np.concatenate([self._coordinates(starts), sample])
        lengths = np.linalg.norm(sample, axis=1)
        return np.ascontiguousarray(sample[lengths > 0] / lengths[lengths > 0, np.newaxis])

    def _coordinates(self, starts: Floats) -> Floats:
        basis = self.setting.basis
        if basis is None:
            return starts[:, : self.prepared.rank]
        floats = np.array([[float(x) for x in row] for row in basis])
        return np.asarray(starts[:, : floats.shape[1]] @ floats.T)

    def _told(self, total: int, nodes: int) -> bool:
        """Report progress; whether to stop."""
        return self.aim.told(len(self.lengths), total, self.nodes + nodes, self.size)

"""Incremental enumeration with linear programs: the reference method.

Hyperplanes are inserted one by one.  A region of the first k is cut by the next one, or
lies on one side of it; a linear program proposes which, integers decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from arrangements.arrangement import Arrangement, Frame
from arrangements.enumeration.base import Batch, BatchRun, Method
from arrangements.exact import (
    EmptyCone,
    Inside,
    conic_combination,
    dot,
    interior_point,
    negated,
    null_vector,
    primitive_of_integers,
    push_across,
    rounded_inside,
)
from arrangements.lp import CrossingPoint, CrossingProgram, ForcingRows
from arrangements.packing import pack
from arrangements.proof import Multipliers, Step, TreeProof
from arrangements.units import Unit
from arrangements.witnesses import Witnesses

IntegerRow = tuple[int, ...]

_BATCH = 256
"""Regions to a batch."""


class Incremental(Method):
    """Depth-first insertion of hyperplanes, one linear program a node.

    Notes
    -----
    *Algorithm.* A region of the first k hyperplanes carries an integer witness w.  The
    side of hyperplane k + 1 that w is on needs no work; the other side exists or not by
    one linear program.  A point it proposes is rounded to few bits and checked in
    integers; rows it proposes are turned into exact multipliers.  When neither settles
    the question the exact simplex method does.  In the whole space only the regions on
    the positive side of the first hyperplane are sought, the others are their antipodes.

    *Exactness.* Every sign and every emptiness is decided by integers.

    *Cost.* One linear program for each region of each prefix (0.1 to 0.3 ms), O(m) memory
    besides the tree it leaves as a proof.

    *Reference.* Bieri and Nef 1982; Rada and Cerny 2018.

    Examples
    --------
    >>> import arrangements as ar
    >>> len(ar.enumerate_patterns([[1, 0], [0, 1], [1, 1]], method=ar.Incremental()))
    6
    """

    def run(self, arrangement: Arrangement, piece: Unit) -> BatchRun:
        """Yield every pattern of a cone once; return the tree."""
        cone = piece.within
        search = _Search(arrangement.frame(cone))
        mirrored = cone.is_whole_space and arrangement.hyperplane_count > 0
        leaves = search.leaves(mirrored=mirrored)
        while chunk := list(islice(leaves, _BATCH)):
            yield _batch(arrangement, search.frame, chunk, mirrored=mirrored)
        return TreeProof(bytes(search.steps), tuple(search.multipliers))

    def estimate_seconds(self, arrangement: Arrangement, regions: int) -> float:
        """Return about how long listing this many regions takes on one core.

        Each prefix of k hyperplanes has about ``(k / m)**(r - 1)`` of all regions, half of
        which need a program each; with what integers decide a program takes 0.3 ms, and more in
        high rank.
        """
        m = arrangement.hyperplane_count
        programs = regions * m / (2 * max(arrangement.rank, 1))
        return programs * (3e-4 + 2e-6 * m)


@dataclass(frozen=True, slots=True)
class _Leaf:
    sides: tuple[bool, ...]
    witness: IntegerRow


def _batch(arrangement: Arrangement, frame: Frame, leaves: list[_Leaf], *, mirrored: bool) -> Batch:
    points = [leaf.witness for leaf in leaves]
    sides = np.array([leaf.sides for leaf in leaves], dtype=np.bool_).reshape(
        len(leaves), arrangement.hyperplane_count
    )
    return Batch(
        packed=pack(arrangement.activations_of_sides(sides)),
        witnesses=Witnesses.from_points(points, frame.columns, frame.dimension),
        mirrored=mirrored,
    )


@dataclass(frozen=True, slots=True)
class _Visit:
    """Hyperplane `depth` taken on one side; `witness` is interior to what is left."""

    depth: int
    side: bool
    witness: IntegerRow


@dataclass
class _Search:
    """The state of one depth-first search."""

    frame: Frame
    steps: bytearray = field(default_factory=bytearray)
    multipliers: list[Multipliers] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rows = [tuple(map(int, row)) for row in self.frame.hyperplanes]
        self._normals = [tuple(map(int, row)) for row in self.frame.normals]
        self._program = CrossingProgram(self._normals + self._rows, self.frame.rho)
        # The branch: sides s_i of the first hyperplanes; the cone's normals, then s_i h_i.
        self._sides: list[bool] = []
        self._signed = list(self._normals)
        for index in range(len(self._normals)):
            self._program.switch_on(index, positive=True)

    def leaves(self, *, mirrored: bool) -> Iterator[_Leaf]:
        """Yield every region inside the frame's cone (one of each pair if mirrored).

        The search keeps its own stack: a visit takes hyperplane ``depth`` on one side.
        """
        start = interior_point(self._normals, self.frame.rho)
        if isinstance(start, EmptyCone):
            self.steps.append(Step.EMPTY)
            self.multipliers.append(Multipliers(1, start.rows, start.factors))
            return
        if not self._rows:
            yield _Leaf((), start)
            return
        if mirrored:
            self.steps.append(Step.MIRROR)
            pending = [_Visit(0, side=True, witness=self._rows[0])]
        else:
            pending = self._branches(start)
        while pending:
            visit = pending.pop()
            self._retreat(visit.depth)
            self._advance(visit.side)
            if len(self._sides) == len(self._rows):
                yield _Leaf(tuple(self._sides), visit.witness)
            else:
                pending += self._branches(visit.witness)

    def _branches(self, witness: IntegerRow) -> list[_Visit]:
        """Decide which sides of the next hyperplane the region meets; the positive one last."""
        depth = len(self._sides)
        row = self._rows[depth]
        value = dot(row, witness)
        positive: IntegerRow | None
        negative: IntegerRow | None
        if value == 0:
            # The witness lies on the hyperplane, which therefore cuts the region.
            positive, negative = self._nudged(witness, row), self._nudged(witness, negated(row))
        elif value > 0:
            positive, negative = witness, self._far_side(witness, positive=False)
        else:
            positive, negative = self._far_side(witness, positive=True), witness
        if negative is None:
            self.steps.append(Step.POSITIVE)
        else:
            self.steps.append(Step.NEGATIVE if positive is None else Step.SPLIT)
        return [
            _Visit(depth, side=side, witness=point)
            for side, point in ((False, negative), (True, positive))
            if point is not None
        ]

    def _advance(self, side: bool) -> None:  # noqa: FBT001 - a side, not a switch
        depth = len(self._sides)
        self._program.switch_on(len(self._normals) + depth, positive=side)
        self._sides.append(side)
        self._signed.append(self._rows[depth] if side else negated(self._rows[depth]))

    def _retreat(self, depth: int) -> None:
        while len(self._sides) > depth:
            self._signed.pop()
            side = self._sides.pop()
            self._program.switch_off(len(self._normals) + len(self._sides), positive=side)

    def _far_side(self, witness: IntegerRow, *, positive: bool) -> IntegerRow | None:
        """Return an interior point beyond the next hyperplane, or None after recording why not."""
        depth = len(self._sides)
        index = len(self._normals) + depth
        self._program.switch_on(index, positive=positive)
        proposal = self._program.solve()
        self._program.switch_off(index, positive=positive)
        beyond = self._rows[depth] if positive else negated(self._rows[depth])
        here = negated(beyond)
        if isinstance(proposal, CrossingPoint):
            point = rounded_inside(proposal.point, [beyond, *self._signed])
            if point is not None:
                return point
        elif (multipliers := self._combined(proposal, here)) is not None:
            self.multipliers.append(multipliers)
            return None
        answer = conic_combination(self._signed, here)
        if isinstance(answer, Inside):
            self.multipliers.append(Multipliers(answer.scale, answer.rows, answer.factors))
            return None
        return push_across(witness, answer.functional, here)

    def _combined(self, proposal: ForcingRows, target: IntegerRow) -> Multipliers | None:
        """Turn proposed rows into positive multipliers of the target, if they are unique."""
        count = len(self._signed)
        rows = [index for index in proposal.rows if index < count]
        dependency = null_vector([*(self._signed[index] for index in rows), target])
        if dependency is None or dependency[-1] == 0:
            return None
        sign = -1 if dependency[-1] > 0 else 1
        factors = [sign * factor for factor in dependency[:-1]]
        if any(factor < 0 for factor in factors):
            return None
        kept = [(index, factor) for index, factor in zip(rows, factors, strict=True) if factor]
        return Multipliers(
            abs(dependency[-1]),
            tuple(index for index, _ in kept),
            tuple(factor for _, factor in kept),
        )

    def _nudged(self, witness: IntegerRow, direction: IntegerRow) -> IntegerRow:
        """Return ``N w + direction`` with N large enough to stay strictly inside."""
        steps = 1
        for row in self._signed:
            # N row.w + row.direction > 0 once N > -row.direction / row.w.
            steps = max(steps, -dot(row, direction) // dot(row, witness) + 1)
        return primitive_of_integers(
            [steps * w + e for w, e in zip(witness, direction, strict=True)]
        )

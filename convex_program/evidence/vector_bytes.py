"""Trees of cones for several outputs read in Python integers, as `docs/reference/claims.md` has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, compress

from convex_program.errors import ClaimError
from convex_program.evidence.lines import Metric
from convex_program.evidence.tree_bytes import (
    MOST_DEPTH,
    MOST_EXPONENT,
    read_byte,
    read_varint,
    signed_entries,
)
from convex_program.evidence.vector_leaf import (
    FORM,
    VECTOR,
    Leaf,
    Mixed,
    check_vector_leaf,
    dot,
)
from convex_program.evidence.vector_lines import VectorQuestion

_MOST_SHIFT = 4096
_MOST_WIDTH = 64
_MOST_PLACES = 62
_WATCHED = 64
"""Leaves between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class _Node:
    """A cone: its generators, which lines are mixed on it, their values, and B g_i."""

    generators: list[list[int]]
    lines: list[int]
    values: list[list[int]]
    fixed: list[list[int]]
    depth: int


class VectorWalk:
    """Checks the trees of one question.

    Parameters
    ----------
    question : VectorQuestion
    level : Fraction
        T: every leaf has to show that nothing exceeds it.
    metric : Metric
    watch : function of the number of bytes checked
        Called after some leaves; it may raise.
    """

    def __init__(
        self,
        question: VectorQuestion,
        level: Fraction,
        metric: Metric,
        watch: Callable[[int], None],
    ) -> None:
        self.question, self.level, self.metric, self.watch = question, level, metric, watch
        self.lengths = [math.isqrt(dot(one, one)) + 1 for one in question.weights]
        self.pairs = list(combinations(range(question.rank), 2))

    def check(self, data: memoryview, place: int, signs: Sequence[int]) -> int:
        """Check the tree of the orthant with these signs; return where it ends.

        Raises
        ------
        ClaimError
            When a leaf does not hold or the bytes are no tree.
        """
        leaves = 0
        waiting = [
            self._cone(
                [[s if i == k else 0 for k in range(len(signs))] for i, s in enumerate(signs)]
            )
        ]
        while waiting:
            node = waiting.pop()
            tag, place = read_byte(data, place)
            if tag in {VECTOR, FORM}:
                place = self._leaf(data, place, node, form=tag == FORM)
                leaves += 1
                if leaves % _WATCHED == 0:
                    self.watch(place)
                continue
            e = 0
            if tag % 2 == 0:
                z, place = read_varint(data, place)
                e = z // 2 if z % 2 == 0 else -(z + 1) // 2
            pair = (tag - 1) // 2
            if pair >= len(self.pairs) or abs(e) > MOST_EXPONENT or node.depth >= MOST_DEPTH:
                raise ClaimError("the tree holds a division that is none")
            waiting += [self._settled(child) for child in _divided(node, *self.pairs[pair], e)]
        return place

    def check_leaf(
        self, data: memoryview, place: int, generators: list[list[int]], *, form: bool
    ) -> int:
        """Check the leaf of a cone that begins at a place, after its tag; return where it ends.

        Raises
        ------
        ClaimError
            When it does not hold, or is not whole.
        """
        node = self._cone(generators)
        return self._leaf(data, place, node, form=form)

    def _cone(self, generators: list[list[int]]) -> _Node:
        """Return a cone with the lines that are mixed on it."""
        question = self.question
        values = [[dot(row, g) for row in question.rows] for g in generators]
        columns = list(zip(*question.linear, strict=True))
        fixed = [[dot(column, g) for column in columns] for g in generators]
        return self._settled(_Node(generators, list(range(len(question.rows))), values, fixed, 0))

    def _settled(self, node: _Node) -> _Node:
        """Let the lines that are not mixed join the linear part, or go."""
        if not node.lines:
            return node
        lows = list(map(min, *node.values)) if len(node.values) > 1 else node.values[0]
        highs = list(map(max, *node.values)) if len(node.values) > 1 else node.values[0]
        mixed = [low < 0 < high for low, high in zip(lows, highs, strict=True)]
        if all(mixed):
            return node
        rising = [low >= 0 for low in lows]
        weights = [self.question.weights[e] for e in compress(node.lines, rising)]
        fixed = node.fixed
        if weights:
            columns = list(zip(*weights, strict=True))
            fixed = [
                [
                    x + dot(list(compress(values, rising)), column)
                    for x, column in zip(base, columns, strict=True)
                ]
                for base, values in zip(fixed, node.values, strict=True)
            ]
        return _Node(
            node.generators,
            list(compress(node.lines, mixed)),
            [list(compress(values, mixed)) for values in node.values],
            fixed,
            node.depth,
        )

    def _leaf(self, data: memoryview, place: int, node: _Node, *, form: bool) -> int:
        """Check a leaf; return where it ends."""
        lines, rank = node.lines, self.question.rank
        shift, place = read_varint(data, place)
        width, place = read_byte(data, place)
        places, place = read_byte(data, place)
        if shift > _MOST_SHIFT or width > _MOST_WIDTH or not 1 <= places <= _MOST_PLACES:
            raise ClaimError("a leaf of the tree holds too large numbers")
        size = (rank * width + len(lines) * places + 7) // 8
        if place + size > len(data):
            raise ClaimError("the tree is cut off")
        bits = int.from_bytes(data[place : place + size], "little")
        entries = signed_entries(bits, rank, width, shift)
        bits >>= rank * width
        whole = (1 << places) - 1
        shares = [bits >> places * k & whole for k in range(len(lines))]
        if bits >> places * len(lines):
            raise ClaimError("a leaf of the tree is not filled up with zeros")
        weights = [self.question.weights[e] for e in lines]
        cone = Mixed(
            node.generators,
            node.values,
            node.fixed,
            weights,
            [self.lengths[e] for e in lines],
            [[dot(one, other) for other in weights] for one in weights],
        )
        check_vector_leaf(cone, Leaf(form, entries, shares, whole), self.level, self.metric)
        return place + size


def _divided(node: _Node, a: int, b: int, e: int) -> Iterator[_Node]:
    """Yield the second child and the first: the last is looked at first."""
    p, q = max(0, -e), max(0, e)
    kinds = (node.generators, node.values, node.fixed)
    new = [
        [(x << p) + (y << q) for x, y in zip(parts[a], parts[b], strict=True)] for parts in kinds
    ]
    # what divides a generator divides its products
    common = math.gcd(*new[0])
    halvings = (common & -common).bit_length() - 1
    new = [[x >> halvings for x in part] for part in new]
    for changed in (b, a):
        generators, values, fixed = (
            [fresh if i == changed else old for i, old in enumerate(kept)]
            for kept, fresh in zip(kinds, new, strict=True)
        )
        yield _Node(generators, node.lines, values, fixed, node.depth + 1)

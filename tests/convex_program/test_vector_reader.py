"""Trees for several outputs in compiled code: floats accept no leaf that integers do not, however close."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import convex_program as cx
from convex_program.dual import certify_on_cones
from convex_program.errors import ClaimError
from convex_program.evidence import VectorConeTree
from convex_program.evidence.tree_bytes import orthant
from convex_program.evidence.vector_bytes import VectorWalk
from convex_program.evidence.vector_lines import PreparedMatrix, VectorQuestion
from convex_program.evidence.vector_reader import VectorReader

_HALVINGS = 70
"""Of the interval in which the least level of a leaf lies."""


@dataclass
class Tree:
    """A tree, and what its checkers are given."""

    question: VectorQuestion
    evidence: VectorConeTree
    metric: Any

    def reader(self, level: Fraction, tree: bytes | None = None) -> VectorReader:
        data = self.evidence.tree if tree is None else tree
        return VectorReader(self.question, level, self.metric, data, unwatched)

    def walk(self, level: Fraction) -> VectorWalk:
        return VectorWalk(self.question, level, self.metric, unwatched)

    def doubted(self, level: Fraction) -> dict[int, Any]:
        """Return the leaves that floats leave to integers: their places, generators and kinds."""
        reader, found = self.reader(level), Doubted()
        reader.walk = found  # type: ignore[assignment]
        place = 0
        for number in range(2**self.question.rank):
            place = reader.check(place, number)
        assert place == len(self.evidence.tree)
        return found.leaves

    def least(self, place: int, generators: Any, *, form: bool) -> Fraction:
        """Return the least level at which integers accept a leaf, a little too high."""
        view = memoryview(self.evidence.tree)

        def holds(level: Fraction) -> bool:
            try:
                self.walk(level).check_leaf(view, place, generators, form=form)
            except ClaimError:
                return False
            return True

        low, high = Fraction(0), self.evidence.bar
        assert holds(high)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if holds(middle) else (middle, high)
        return high


@dataclass
class Doubted:
    """Stands in for the checker in integers, and believes everything."""

    leaves: dict[int, Any] = field(default_factory=dict)

    def check_leaf(self, _: memoryview, place: int, generators: Any, *, form: bool) -> None:
        self.leaves[place] = (generators, form)


def unwatched(_: int) -> None:
    """Nobody waits."""


def end_of(check: Any, *given: Any) -> int | None:
    """Return where a tree ends; None where it is refused."""
    try:
        return int(check(*given))
    except ClaimError:
        return None


def planted(kind: str) -> Tree:
    """Return a tree near an optimum, where levels are sharp, or far from one."""
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
    if kind == "whole":
        X, Y = np.rint(2 * X), np.rint(2 * Y)
    problem = cx.TrainingProblem(X, Y, 1.0)
    network = problem.empty_network() if kind == "far" else cx.global_optimum(problem).network
    certificate = certify_on_cones(problem, problem.residual(network))
    assert certificate is not None
    evidence = certificate.evidence
    assert isinstance(evidence, VectorConeTree)
    prepared = PreparedMatrix(problem.exact, certificate.vector, evidence.setting)
    (question,) = prepared.matrix_questions()
    return Tree(question, evidence, prepared.metric)


@pytest.mark.parametrize("kind", ["near", "far", "whole"])
def test_floats_accept_nothing_that_integers_refuse_by_a_hair(kind: str) -> None:
    tree = planted(kind)
    leaves = tree.doubted(tree.evidence.bar / 2**40)
    sharp, forms = 0, 0
    for place, (generators, form) in leaves.items():
        least = tree.least(place, generators, form=form)
        for hair in (2.0**-58, 2.0**-52, 2.0**-45, 2.0**-35):
            assert place in tree.doubted(least * (1 - Fraction(hair)))
        # so the test is about leaves that are accepted where they are a little better
        sharp += place not in tree.doubted(least * (1 + Fraction(1, 2**16)))
        forms += form
    assert sharp > len(leaves) // 2
    assert forms or kind == "far"


@pytest.mark.parametrize("kind", ["near", "far", "whole"])
def test_vectors_that_were_written_are_left_to_nobody(kind: str) -> None:
    tree = planted(kind)
    doubted = tree.doubted(tree.evidence.bar)
    assert [place for place, (_, form) in doubted.items() if not form] == []


def test_both_checkers_agree_on_bytes_that_were_changed() -> None:
    tree = planted("near")
    rng, outcomes = random.Random(0), []  # noqa: S311 - repeatable
    for _ in range(400):
        changed = bytearray(tree.evidence.tree)
        for _ in range(rng.choice([1, 1, 2])):
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        bar = tree.evidence.bar * rng.choice([Fraction(1), Fraction(1), Fraction(3, 2)])
        data = bytes(changed[: rng.choice([None, None, rng.randrange(len(changed))])])
        number = rng.choice([0, 0, 3])
        ends = [
            end_of(tree.walk(bar).check, memoryview(data), 0, orthant(number, 3)),
            end_of(tree.reader(bar, data).check, 0, number),
        ]
        assert ends[0] == ends[1]
        outcomes.append(ends[0] is None)
    assert 40 < sum(outcomes) < 360

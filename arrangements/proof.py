"""What a proof of completeness consists of: records of plain integers and bytes.

A list of distinct patterns, each with a witness, is complete in a unit when one of
three records holds for it (`arrangements.prove` checks them, and knows no enumerator):

* `CoverProof`: their number is Cover's bound, which nothing exceeds;
* `CountProof`: their number is what counting without enumeration gives;
* `TreeProof`: a binary tree of insertions, each step split or forced by multipliers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from arrangements.units import Cone


@dataclass(frozen=True, slots=True)
class CoverProof:
    """The number of patterns equals Cover's bound for the arrangement.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.enumerate_patterns([[1, 0], [0, 1]], proof=ar.ByCover()).completion.proofs
    (CoverProof(count=4),)
    """

    count: int


@dataclass(frozen=True, slots=True)
class CountProof:
    """The number of patterns equals the exact count by deletion and restriction.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.enumerate_patterns([[1, 0], [0, 1]], proof=ar.ByCount()).completion.proofs
    (CountProof(count=4),)
    """

    count: int


class Step(IntEnum):
    """What happens when one hyperplane is inserted into one region of those before it."""

    SPLIT = 0
    """The hyperplane cuts the region: both sides follow, the positive one first."""
    POSITIVE = 1
    """The region lies on the positive side; multipliers say why."""
    NEGATIVE = 2
    """The region lies on the negative side; multipliers say why."""
    MIRROR = 3
    """Root of a whole space: only the positive side follows, the other is its antipode."""
    EMPTY = 4
    """Root of an empty cone: multipliers of its normals add up to zero (scale 1)."""


@dataclass(frozen=True, slots=True)
class Multipliers:
    """A forced sign: ``scale * s * h_k = sum of factor * row`` with all factors positive.

    For an empty cone zero stands in the place of h_k.

    `rows` index the signed rows of the region reached so far: ``0 .. c-1`` are the
    cone's normals, ``c + i`` is hyperplane i with the sign the branch gave it.
    Then ``s * h_k . w >= 0`` on the whole region, so the other side is empty.
    """

    scale: int
    rows: tuple[int, ...]
    factors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TreeProof:
    """The tree of an incremental enumeration, in preorder.

    Parameters
    ----------
    steps : bytes
        One `Step` for each inner node.
    multipliers : tuple of Multipliers
        One for each forced node, in the order of `steps`.

    Examples
    --------
    >>> import arrangements as ar
    >>> patterns = ar.enumerate_patterns(
    ...     [[1, 0], [0, 1]], method=ar.Incremental(), proof=ar.ByTree()
    ... )
    >>> [proof] = patterns.completion.proofs
    >>> list(proof.steps), proof.multipliers  # the opposite side is not searched, then a split
    ([3, 0], ())
    """

    steps: bytes
    multipliers: tuple[Multipliers, ...]


Proof: TypeAlias = CoverProof | CountProof | TreeProof


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """A partition of a cone by the signs of the first few hyperplanes.

    Parameters
    ----------
    within : Cone
        What is partitioned.
    prefix : int
        How many leading hyperplanes the partition is made by; 0 means one unit.
    units : tuple of Cone
        ``within`` itself, or one cone for each region of the prefix inside it.

    Examples
    --------
    >>> import arrangements as ar
    >>> plan = ar.plan_units([[1, 0], [0, 1], [1, 1]], prefix=2)
    >>> plan.prefix, len(plan.units)  # the quadrants
    (2, 4)
    """

    within: Cone
    prefix: int
    units: tuple[Cone, ...]


@dataclass(frozen=True, slots=True)
class Completion:
    """The claim that a list is complete: its length, its units, a proof for each.

    Parameters
    ----------
    count : int
        Number of patterns in all.
    plan : UnitPlan
        The units, and what they partition.
    proofs : tuple of Proof
        One proof for each unit, in the plan's order.

    Examples
    --------
    >>> import arrangements as ar
    >>> completion = ar.enumerate_patterns([[1, 0], [0, 1]]).completion
    >>> completion.count, completion.kind, completion.proofs
    (4, 'cover', (CoverProof(count=4),))
    """

    count: int
    plan: UnitPlan
    proofs: tuple[Proof, ...]

    @property
    def kind(self) -> str:
        """Which proofs were used, for people: "cover", "count", "tree" or a mixture."""
        names = {CoverProof: "cover", CountProof: "count", TreeProof: "tree"}
        return " and ".join(sorted({names[type(proof)] for proof in self.proofs}))

"""Checking proofs: witnesses, distinctness, completeness.  Knows no enumerator.

Everything here is exact.  A list of patterns is proved complete in three steps:

1. each pattern has a witness w with ``x_i.w > 0`` exactly on its active non-zero rows;
2. the patterns are distinct;
3. for each unit, one of the proofs of `arrangements.proof` holds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement, Frame
from arrangements.counting import count_regions, cover_number
from arrangements.dispatch import in_threads
from arrangements.errors import ProofError
from arrangements.exact import exact_signs, negated
from arrangements.packing import Packed, is_strictly_sorted, pack
from arrangements.progress import silent
from arrangements.proof import (
    Completion,
    CountProof,
    CoverProof,
    Multipliers,
    Proof,
    Step,
    TreeProof,
    UnitPlan,
)
from arrangements.realization import realized
from arrangements.units import Cone
from arrangements.witnesses import Witnesses

_CHUNK = 1 << 18
"""Witnesses checked at once: bounds the memory of the comparison."""
_BYTES = 1 << 22
"""Of patterns that are copied to be compared: memory beyond goes back to the system each time."""
_WORTH_SHARING = 1 << 20
"""Regions that one core counts in about a tenth of a second."""


class Prover(ABC):
    """A way to prove that the patterns found in a unit are all there are.

    Examples
    --------
    >>> import arrangements as ar
    >>> A = ar.Arrangement([[1, 0], [0, 1]])
    >>> ar.ByCount().prove(A, A.domain, 4, tree=None)
    CountProof(count=4)
    >>> ar.ByCount().prove(A, A.domain, 3, tree=None)  # one is missing: no proof
    """

    needs_tree: ClassVar[bool] = False
    """Whether it wants the tree that only incremental enumeration leaves."""

    @abstractmethod
    def prove(
        self, arrangement: Arrangement, unit: Cone, count: int, tree: TreeProof | None
    ) -> Proof | None:
        """Return a proof for `count` distinct patterns in `unit`, or None if there is none.

        Parameters
        ----------
        arrangement : Arrangement
        unit : Cone
            Lies inside the arrangement's domain.
        count : int
            Number of distinct patterns found there.
        tree : TreeProof or None
            The tree of an incremental enumeration, when the method left one.
        """

    def __repr__(self) -> str:
        """Say what it is."""
        return f"{type(self).__name__}()"


class ByCover(Prover):
    """Prove by Cover's bound: free, and possible only in general position.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.enumerate_patterns([[1, 0], [0, 1]], proof=ar.ByCover())
    CompletePatterns(4 patterns of 2 rows, proved by cover)
    """

    def prove(
        self, arrangement: Arrangement, unit: Cone, count: int, tree: TreeProof | None
    ) -> Proof | None:
        """Return a `CoverProof` when the bound is reached."""
        del tree
        return CoverProof(count) if cover_number(arrangement.restricted_to(unit)) == count else None


class ByCount(Prover):
    """Prove by an exact count that shares nothing with the enumeration.

    Parameters
    ----------
    executor : concurrent.futures.Executor, optional
        Shares a count that takes long enough.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.enumerate_patterns([[1, 0], [0, 1]], proof=ar.ByCount())
    CompletePatterns(4 patterns of 2 rows, proved by count)
    """

    def __init__(self, executor: Executor | None = None) -> None:
        self.executor = executor

    def prove(
        self, arrangement: Arrangement, unit: Cone, count: int, tree: TreeProof | None
    ) -> Proof | None:
        """Return a `CountProof` when the count agrees."""
        del tree
        executor = self.executor if count >= _WORTH_SHARING else None
        found = count_regions(arrangement, within=unit, executor=executor, progress=silent)
        return CountProof(count) if found == count else None


class ByTree(Prover):
    """Prove by the tree an incremental enumeration leaves: checkable line by line.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.enumerate_patterns([[1, 0], [0, 1]], method=ar.Incremental(), proof=ar.ByTree())
    CompletePatterns(4 patterns of 2 rows, proved by tree)
    """

    needs_tree: ClassVar[bool] = True

    def prove(
        self, arrangement: Arrangement, unit: Cone, count: int, tree: TreeProof | None
    ) -> Proof | None:
        """Return the tree."""
        del arrangement, unit, count
        return tree


class ByCheapest(Prover):
    """Cover's bound when it is reached, else the exact count.

    Parameters
    ----------
    executor : concurrent.futures.Executor, optional
        Shares a count that takes long enough.

    Examples
    --------
    >>> import arrangements as ar
    >>> generic = [[1, 0, 0], [0, 1, 0], [1, 1, 0]]
    >>> ar.enumerate_patterns(generic, proof=ar.ByCheapest())
    CompletePatterns(6 patterns of 3 rows, proved by cover)
    """

    def __init__(self, executor: Executor | None = None) -> None:
        self.executor = executor

    def prove(
        self, arrangement: Arrangement, unit: Cone, count: int, tree: TreeProof | None
    ) -> Proof | None:
        """Return the first proof that holds."""
        return ByCover().prove(arrangement, unit, count, tree) or ByCount(self.executor).prove(
            arrangement, unit, count, tree
        )


def check_witnesses(
    arrangement: Arrangement, packed: Packed, witnesses: Witnesses, *, threads: int = 1
) -> None:
    """Check that every pattern is realized by its witness, inside the domain.

    Raises
    ------
    ProofError
        Naming the first pattern for which that fails.
    """
    if len(packed) != len(witnesses):
        raise ProofError(f"{len(packed)} patterns but {len(witnesses)} witnesses")
    # Of a list that is its own mirror image the first half says everything: if w realizes
    # a pattern, -w realizes the one with every non-zero row flipped.
    mirrored = _is_mirrored(arrangement, packed, witnesses, threads)
    stop = len(packed) // 2 if mirrored else len(packed)

    def check(part: slice) -> None:
        start = part.start
        those = Witnesses(witnesses.points[part], witnesses.columns, witnesses.dimension)
        found = realized(arrangement, those, packed[part])
        if not found.interior.all():
            index = start + int(np.flatnonzero(~found.interior)[0])
            raise ProofError(f"witness {index} lies on a hyperplane of the arrangement")
        wrong = np.flatnonzero(~found.right)
        if len(wrong):
            raise ProofError(f"witness {start + int(wrong[0])} does not realize its pattern")
        outside = np.flatnonzero(~inside(arrangement.domain, those))
        if len(outside):
            raise ProofError(f"witness {start + int(outside[0])} is outside the domain")

    in_threads(check, _parts(stop), threads)


def _parts(count: int, size: int = _CHUNK) -> list[slice]:
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def _is_mirrored(
    arrangement: Arrangement, packed: Packed, witnesses: Witnesses, threads: int
) -> bool:
    """Whether pattern N - 1 - i is the antipode of pattern i, and its witness the negative."""
    points, half = witnesses.points, len(packed) // 2
    if not arrangement.domain.is_whole_space or len(packed) % 2 or not points.size:
        return False
    if points.dtype != object and points.min() == np.iinfo(points.dtype).min:
        # The least machine integer is its own negative, and nobody's mirror image.
        return False
    upper, negative = packed[half:][::-1], points[half:][::-1]

    def same(part: slice) -> bool:
        return np.array_equal(
            upper[part] ^ arrangement.flips, packed[:half][part]
        ) and np.array_equal(negative[part], -points[:half][part])

    size = max(1, min(_CHUNK, _BYTES // packed.shape[1]))
    return all(in_threads(same, _parts(half, size), threads))


def check_completion(
    arrangement: Arrangement,
    packed: Packed,
    witnesses: Witnesses,
    completion: Completion,
    *,
    threads: int = 1,
) -> None:
    """Check that a list of patterns is complete in the arrangement's domain.

    Parameters
    ----------
    arrangement : Arrangement
    packed : (N, ceil(n / 8)) uint8
        The patterns, sorted by packed bytes.
    witnesses : Witnesses
        One a pattern.
    completion : Completion
        The claim.
    threads : int
        So many threads compare patterns and count.

    Raises
    ------
    ProofError
        Saying which step fails.

    Examples
    --------
    >>> import arrangements as ar
    >>> found = ar.enumerate_patterns([[1, 0], [0, 1]])
    >>> ar.check_completion(found.arrangement, found.packed, found.witnesses, found.completion)

    Notes
    -----
    *Exactness.* Integers only; nothing is taken from the enumerator but the record.

    *Cost.* N m r multiplications for the witnesses, and what the proofs cost: nothing for
    Cover, a count, or O(r) products for each multiplier of a tree.

    *Growth.* ``N * n * r`` for n rows of rank r with N patterns.
    """
    n, d = arrangement.shape
    if packed.dtype != np.uint8 or packed.shape != (len(packed), (n + 7) // 8):
        raise ProofError(
            f"packed patterns of {n} rows have {(n + 7) // 8} bytes each, not shape "
            f"{packed.shape} and dtype {packed.dtype}"
        )
    if witnesses.dimension != d:
        raise ProofError(f"witnesses have {witnesses.dimension} entries, the data {d} columns")
    if completion.count != len(packed):
        raise ProofError(f"the claim is of {completion.count} patterns, the list has {len(packed)}")
    if len(completion.proofs) != len(completion.plan.units):
        raise ProofError(f"{len(completion.plan.units)} units but {len(completion.proofs)} proofs")
    if completion.plan.within != arrangement.domain:
        raise ProofError("the units partition another cone than the arrangement's domain")
    if not is_strictly_sorted(packed, threads):
        raise ProofError("the patterns are not sorted, or one is listed twice")
    check_witnesses(arrangement, packed, witnesses, threads=threads)
    check_plan(arrangement, completion.plan)
    found = 0
    with ThreadPoolExecutor(threads) if threads > 1 else nullcontext() as executor:
        for unit, proof in zip(completion.plan.units, completion.proofs, strict=True):
            # Inside the domain they all lie: that has just been checked.
            all_here = unit == arrangement.domain
            members = packed if all_here else packed[inside(unit, witnesses)]
            found += len(members)
            if completion.plan.prefix and not len(members):
                raise ProofError(f"the plan lists an empty unit, {unit.describe()}")
            _check_proof(arrangement, unit, members, proof, executor)
    if found != len(packed):
        raise ProofError(f"the units hold {found} of the {len(packed)} patterns")


def check_plan(arrangement: Arrangement, plan: UnitPlan) -> None:
    """Check that the units are all regions of the prefix inside the cone, each once.

    Each unit is then a sign vector of the prefix; a unit with a wrong sign vector would
    be empty, and its proof would have to show the count 0.
    """
    if not 0 <= plan.prefix <= arrangement.hyperplane_count:
        raise ProofError(f"a prefix of {plan.prefix} hyperplanes does not exist")
    if plan.prefix == 0:
        if plan.units != (plan.within,):
            raise ProofError("a plan without a prefix has the cone itself as its one unit")
        return
    prefix = arrangement.normals[: plan.prefix]
    outer = len(plan.within.normals)
    for unit in plan.units:
        signed = unit.normals[outer:]
        if (
            unit.normals[:outer] != plan.within.normals
            or len(signed) != len(prefix)
            or any(s != p and s != negated(p) for s, p in zip(signed, prefix, strict=True))
        ):
            raise ProofError(f"unit {unit.describe()} is not a region of the first rows")
    if len(set(plan.units)) != len(plan.units):
        raise ProofError("a unit is listed twice")
    expected = count_regions(Arrangement(list(prefix), domain=plan.within), progress=silent)
    if len(plan.units) != expected:
        raise ProofError(
            f"the first rows have {expected} regions, the plan {len(plan.units)} units"
        )


def _check_proof(
    arrangement: Arrangement, unit: Cone, members: Packed, proof: Proof, executor: Executor | None
) -> None:
    if isinstance(proof, TreeProof):
        _check_tree(arrangement, unit, members, proof)
        return
    if proof.count != len(members):
        raise ProofError(
            f"the proof is about {proof.count} patterns, {unit.describe()} holds {len(members)}"
        )
    prover: Prover = ByCover() if isinstance(proof, CoverProof) else ByCount(executor)
    if prover.prove(arrangement, unit, len(members), None) != proof:
        raise ProofError(
            f"{len(members)} patterns are not all that {unit.describe()} holds: "
            f"the {'Cover bound' if isinstance(proof, CoverProof) else 'exact count'} differs"
        )


def _check_tree(arrangement: Arrangement, unit: Cone, members: Packed, proof: TreeProof) -> None:
    """Walk the tree, check every multiplier, and compare its leaves with the patterns."""
    frame = arrangement.frame(unit)
    leaves = list(_walk(frame, proof))
    sides = np.array(leaves, dtype=np.bool_).reshape(len(leaves), arrangement.hyperplane_count)
    listed = pack(arrangement.activations_of_sides(sides))
    if sorted(map(bytes, listed)) != sorted(map(bytes, members)):
        raise ProofError(f"the leaves of the tree are not the patterns of {unit.describe()}")


def _walk(frame: Frame, proof: TreeProof) -> Iterator[list[bool]]:
    """Yield the sides of every leaf; raise at the first step that does not hold."""
    rows = [tuple(map(int, row)) for row in frame.hyperplanes]
    normals = [tuple(map(int, row)) for row in frame.normals]
    m = len(rows)
    steps = iter(proof.steps)
    multipliers = iter(proof.multipliers)
    if proof.steps == bytes([Step.EMPTY]):
        _check_multipliers((0,) * frame.rho, normals, _next(multipliers))
        if next(multipliers, None) is not None:
            raise ProofError("the tree goes on after its last leaf")
        return
    # Branches still to walk: the sides chosen so far.  Preorder, positive side first.
    pending: list[tuple[list[bool], bool]] = [([], False)]
    while pending:
        sides, mirrored = pending.pop()
        if len(sides) == m:
            yield sides
            if mirrored:
                yield [not side for side in sides]
            continue
        step = next(steps, None)
        if step is None:
            raise ProofError("the tree ends before its leaves")
        if step == Step.MIRROR:
            if sides or normals:
                raise ProofError("antipodes stand only at the root of the whole space")
            pending.append(([True], True))
        elif step == Step.SPLIT:
            pending.append(([*sides, False], mirrored))
            pending.append(([*sides, True], mirrored))
        elif step in (Step.POSITIVE, Step.NEGATIVE):
            side = step == Step.POSITIVE
            target = rows[len(sides)]
            signed = [
                row if positive else negated(row)
                for row, positive in zip(rows, sides, strict=False)
            ]
            _check_multipliers(
                target if side else negated(target), [*normals, *signed], _next(multipliers)
            )
            pending.append(([*sides, side], mirrored))
        else:
            raise ProofError(f"unknown step {step} in the tree")
    if next(steps, None) is not None or next(multipliers, None) is not None:
        raise ProofError("the tree goes on after its last leaf")


def _next(multipliers: Iterator[Multipliers]) -> Multipliers:
    found = next(multipliers, None)
    if found is None:
        raise ProofError("a forced step of the tree has no multipliers")
    return found


def _check_multipliers(
    target: tuple[int, ...], rows: Sequence[tuple[int, ...]], multiplier: Multipliers
) -> None:
    """Check ``scale target = sum factor row``, scale and factors positive, factors present."""
    if len(multiplier.rows) != len(multiplier.factors) or not multiplier.rows:
        raise ProofError("a multiplier of the tree has no factors, or not one for each row")
    if multiplier.scale <= 0 or any(factor <= 0 for factor in multiplier.factors):
        raise ProofError("a multiplier of the tree is not positive")
    total = [-multiplier.scale * entry for entry in target]
    for index, factor in zip(multiplier.rows, multiplier.factors, strict=True):
        if not 0 <= index < len(rows):
            raise ProofError(f"a multiplier of the tree names row {index} of {len(rows)}")
        for column, entry in enumerate(rows[index]):
            total[column] += factor * entry
    if any(total):
        raise ProofError("the multipliers of a forced step do not add up to its hyperplane")


def inside(cone: Cone, witnesses: Witnesses) -> npt.NDArray[np.bool_]:
    """Return which witnesses lie in an open cone, exactly."""
    if cone.is_whole_space:
        return np.ones(len(witnesses), dtype=np.bool_)
    signs = exact_signs(witnesses.points, _on_columns(cone.normals, witnesses.columns))
    return np.asarray((signs > 0).all(axis=1), dtype=np.bool_)


def _on_columns(rows: Sequence[tuple[int, ...]], columns: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [tuple(row[j] for j in columns) for row in rows]

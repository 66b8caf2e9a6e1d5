"""A list or a proof changed in any field is refused by the constructor."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.families import small_grid, threshold
from tamper.forging import rebuilt, with_plan, with_proof
from zoo import Matrix, integer_grids

import arrangements as ar

GRID = small_grid()
TREE = ar.enumerate_patterns(GRID, proof=ar.ByTree())
COUNT = ar.enumerate_patterns(GRID, proof=ar.ByCount())
COVER = ar.enumerate_patterns(threshold(2), proof=ar.ByCover())
UNITS = ar.enumerate_patterns(GRID, proof=ar.ByCount(), prefix=2)
UNIT_TREES = ar.enumerate_patterns(GRID, proof=ar.ByTree(), prefix=2)
ALL = {"tree": TREE, "count": COUNT, "cover": COVER, "units": UNITS, "unit trees": UNIT_TREES}

every_kind = pytest.mark.parametrize("patterns", ALL.values(), ids=ALL)


@every_kind
def test_the_untouched_record_is_accepted(patterns: ar.CompletePatterns) -> None:
    assert len(rebuilt(patterns)) == len(patterns)


@every_kind
def test_threads_notice_what_one_notices(
    patterns: ar.CompletePatterns, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Pieces of three patterns, so that there is something to share.
    monkeypatch.setattr("arrangements.prove._CHUNK", 3)
    monkeypatch.setattr("arrangements.packing._CHUNK", 3)
    assert len(rebuilt(patterns, threads=2)) == len(patterns)
    for index in range(len(patterns)):
        packed = patterns.packed.copy()
        packed[index, 0] ^= 1
        with pytest.raises(ar.ProofError):
            rebuilt(patterns, packed=packed, threads=2)
        points = patterns.witnesses.points.copy()
        points[index] = 0
        with pytest.raises(ar.ProofError, match=f"witness {index}"):
            rebuilt(patterns, witnesses=replace(patterns.witnesses, points=points), threads=2)


@every_kind
@pytest.mark.parametrize("change", [-1, 1])
def test_another_count_is_refused(patterns: ar.CompletePatterns, change: int) -> None:
    claim = replace(patterns.completion, count=patterns.completion.count + change)
    with pytest.raises(ar.ProofError, match="the list has"):
        rebuilt(patterns, completion=claim)


@every_kind
@pytest.mark.parametrize("index", [0, 5, -1])
def test_a_missing_pattern_is_refused(patterns: ar.CompletePatterns, index: int) -> None:
    keep = np.delete(np.arange(len(patterns)), index)
    claim = replace(patterns.completion, count=len(keep))
    with pytest.raises(ar.ProofError):
        rebuilt(
            patterns,
            packed=patterns.packed[keep],
            witnesses=patterns.witnesses.take(keep),
            completion=claim,
        )


@pytest.mark.parametrize("patterns", [COUNT, COVER], ids=["count", "cover"])
def test_a_missing_pattern_is_refused_with_every_number_adjusted(
    patterns: ar.CompletePatterns,
) -> None:
    keep = np.arange(1, len(patterns))
    proofs = tuple(replace(proof, count=len(keep)) for proof in patterns.completion.proofs)
    with pytest.raises(ar.ProofError, match="are not all"):
        rebuilt(
            patterns,
            packed=patterns.packed[keep],
            witnesses=patterns.witnesses.take(keep),
            completion=replace(patterns.completion, count=len(keep), proofs=proofs),
        )


@every_kind
def test_an_empty_list_is_refused(patterns: ar.CompletePatterns) -> None:
    none = np.arange(0)
    claim = replace(patterns.completion, count=0)
    with pytest.raises(ar.ProofError):
        rebuilt(
            patterns,
            packed=patterns.packed[none],
            witnesses=patterns.witnesses.take(none),
            completion=claim,
        )


@every_kind
def test_a_duplicate_in_place_of_a_pattern_is_refused(patterns: ar.CompletePatterns) -> None:
    order = np.arange(len(patterns))
    order[3] = 2
    with pytest.raises(ar.ProofError, match="listed twice"):
        rebuilt(patterns, packed=patterns.packed[order], witnesses=patterns.witnesses.take(order))


@every_kind
def test_an_unsorted_list_is_refused(patterns: ar.CompletePatterns) -> None:
    order = np.arange(len(patterns))
    order[[1, 2]] = order[[2, 1]]
    with pytest.raises(ar.ProofError, match="not sorted"):
        rebuilt(patterns, packed=patterns.packed[order], witnesses=patterns.witnesses.take(order))


@every_kind
@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_is_refused(patterns: ar.CompletePatterns, bit: int) -> None:
    # Bits past the last row are part of the record too.
    for index in range(len(patterns)):
        packed = patterns.packed.copy()
        packed[index, 0] ^= 1 << bit
        with pytest.raises(ar.ProofError):
            rebuilt(patterns, packed=packed)


@every_kind
def test_witnesses_of_other_patterns_are_refused(patterns: ar.CompletePatterns) -> None:
    order = np.roll(np.arange(len(patterns)), 1)
    with pytest.raises(ar.ProofError, match="does not realize"):
        rebuilt(patterns, witnesses=patterns.witnesses.take(order))


@every_kind
def test_too_few_or_too_many_witnesses_are_refused(patterns: ar.CompletePatterns) -> None:
    n = len(patterns)
    for order in (np.arange(n - 1), np.r_[np.arange(n), 0]):
        with pytest.raises(ar.ProofError, match="witnesses"):
            rebuilt(patterns, witnesses=patterns.witnesses.take(order))


@every_kind
def test_a_witness_on_a_hyperplane_is_refused(patterns: ar.CompletePatterns) -> None:
    points = patterns.witnesses.points.copy()
    points[4] = 0
    with pytest.raises(ar.ProofError, match="lies on a hyperplane"):
        rebuilt(patterns, witnesses=replace(patterns.witnesses, points=points))


def test_a_witness_outside_the_domain_is_refused() -> None:
    rows, domain = [[1, 0], [0, 1]], ar.Cone(((1, 1),))
    patterns = ar.enumerate_patterns(rows, within=domain)
    points = patterns.witnesses.points.copy()
    index = patterns.find([True, False])
    assert index is not None
    points[index] = (1, -2)  # realizes the pattern, and 1 - 2 < 0
    with pytest.raises(ar.ProofError, match="outside the domain"):
        rebuilt(patterns, witnesses=replace(patterns.witnesses, points=points))


@every_kind
def test_other_data_are_refused(patterns: ar.CompletePatterns) -> None:
    rows = [list(row) for row in patterns.arrangement.data.integers]
    changed = ar.Arrangement(
        [[-entry for entry in rows[1]] if i == 1 else r for i, r in enumerate(rows)]
    )
    more = ar.Arrangement([*rows, [7, 5, 3]])
    for arrangement in (changed, more):
        with pytest.raises(ar.ProofError):
            rebuilt(patterns, arrangement=arrangement)


@every_kind
def test_another_domain_is_refused(patterns: ar.CompletePatterns) -> None:
    cone = ar.Cone(((1, 0, 0),))
    with pytest.raises(ar.ProofError, match="another cone"):
        rebuilt(patterns, arrangement=patterns.arrangement.restricted_to(cone))
    with pytest.raises(ar.ProofError, match="another cone"):
        rebuilt(patterns, completion=with_plan(patterns, within=cone))


def test_a_part_does_not_pass_for_the_whole() -> None:
    # All patterns of a half space, with its own proof, claimed of the whole space.
    half = ar.enumerate_patterns(GRID, within=ar.Cone(((1, 2, 5),)))
    with pytest.raises(ar.ProofError):
        rebuilt(half, arrangement=ar.Arrangement(GRID))
    with pytest.raises(ar.ProofError):
        rebuilt(
            half,
            arrangement=ar.Arrangement(GRID),
            completion=with_plan(half, within=ar.Cone()),
        )


@pytest.mark.parametrize("patterns", [UNITS, UNIT_TREES], ids=["units", "unit trees"])
def test_changed_units_are_refused(patterns: ar.CompletePatterns) -> None:
    plan, proofs = patterns.completion.plan, patterns.completion.proofs
    units = plan.units
    negated = ar.Cone(tuple(tuple(-x for x in g) for g in units[0].normals))
    other = ar.Cone((units[0].normals[0], (9, 8, 7)))
    changes = {
        "one dropped": units[1:],
        "one twice": (units[0], units[0], *units[2:]),
        "one replaced by its antipode": (negated, *units[1:]),
        "one of other rows": (other, *units[1:]),
        "one without a normal": (ar.Cone(units[0].normals[:1]), *units[1:]),
        "swapped": (units[1], units[0], *units[2:]),
        "whole space": (ar.Cone(), *units[1:]),
        "none": (),
    }
    for name, changed in changes.items():
        claim = replace(
            patterns.completion, plan=replace(plan, units=changed), proofs=proofs[: len(changed)]
        )
        if name == "swapped" and isinstance(proofs[0], ar.CountProof) and proofs[0] == proofs[1]:
            continue  # two units of one size: swapping them is no change
        with pytest.raises(ar.ProofError):
            rebuilt(patterns, completion=claim)


@pytest.mark.parametrize("prefix", [0, 1, 3])
def test_another_prefix_is_refused(prefix: int) -> None:
    for patterns in (UNITS, UNIT_TREES):
        with pytest.raises(ar.ProofError):
            rebuilt(patterns, completion=with_plan(patterns, prefix=prefix))


def test_proofs_missing_doubled_or_exchanged_are_refused() -> None:
    for patterns in (UNITS, UNIT_TREES):
        proofs = patterns.completion.proofs
        for changed in ((), proofs[1:], (*proofs, proofs[0])):
            with pytest.raises(ar.ProofError):
                rebuilt(patterns, completion=replace(patterns.completion, proofs=changed))
    trees = UNIT_TREES.completion.proofs
    with pytest.raises(ar.ProofError):
        rebuilt(
            UNIT_TREES,
            completion=replace(UNIT_TREES.completion, proofs=(trees[1], trees[0], *trees[2:])),
        )


@pytest.mark.parametrize("patterns", [COUNT, COVER, UNITS], ids=["count", "cover", "units"])
@pytest.mark.parametrize("change", [-1, 1])
def test_another_number_in_a_proof_is_refused(patterns: ar.CompletePatterns, change: int) -> None:
    for index, proof in enumerate(patterns.completion.proofs):
        assert not isinstance(proof, ar.TreeProof)
        with pytest.raises(ar.ProofError):
            rebuilt(patterns, completion=with_proof(patterns, index, count=proof.count + change))


def test_covers_bound_does_not_prove_degenerate_data() -> None:
    claim = replace(COUNT.completion, proofs=(ar.CoverProof(len(COUNT)),))
    with pytest.raises(ar.ProofError, match="Cover bound differs"):
        rebuilt(COUNT, completion=claim)


def test_every_changed_step_of_a_tree_is_refused() -> None:
    tree = TREE.completion.proofs[0]
    assert isinstance(tree, ar.TreeProof)
    for place, step in enumerate(tree.steps):
        for other in {0, 1, 2, 3, 4, 255} - {step}:
            steps = bytearray(tree.steps)
            steps[place] = other
            with pytest.raises(ar.ProofError):
                rebuilt(TREE, completion=with_proof(TREE, steps=bytes(steps)))


def test_a_shortened_or_prolonged_tree_is_refused() -> None:
    tree = TREE.completion.proofs[0]
    assert isinstance(tree, ar.TreeProof)
    for steps in (b"", tree.steps[:-1], tree.steps[1:], tree.steps + b"\x00"):
        with pytest.raises(ar.ProofError):
            rebuilt(TREE, completion=with_proof(TREE, steps=steps))
    first = tree.multipliers[0]
    for multipliers in ((), tree.multipliers[1:], (*tree.multipliers, first)):
        with pytest.raises(ar.ProofError):
            rebuilt(TREE, completion=with_proof(TREE, multipliers=multipliers))


def test_every_changed_multiplier_is_refused() -> None:
    tree = TREE.completion.proofs[0]
    assert isinstance(tree, ar.TreeProof)
    assert tree.multipliers
    for place, item in enumerate(tree.multipliers):
        changed = [
            replace(item, scale=item.scale + 1),
            replace(item, scale=-item.scale),
            replace(item, scale=0),
            replace(item, factors=tuple(-factor for factor in item.factors)),
            replace(item, factors=(item.factors[0] + 1, *item.factors[1:])),
            replace(item, factors=(0, *item.factors[1:])),
            replace(item, rows=(item.rows[0] + 1, *item.rows[1:])),
            replace(item, rows=(99, *item.rows[1:])),
            replace(item, rows=(-1, *item.rows[1:])),
            replace(item, rows=(), factors=()),
            replace(item, scale=0, rows=(), factors=()),
        ]
        for other in changed:
            multipliers = (*tree.multipliers[:place], other, *tree.multipliers[place + 1 :])
            with pytest.raises(ar.ProofError):
                rebuilt(TREE, completion=with_proof(TREE, multipliers=multipliers))


def test_antipodes_are_refused_below_the_root_and_inside_cones() -> None:
    tree = TREE.completion.proofs[0]
    assert isinstance(tree, ar.TreeProof)
    half = ar.enumerate_patterns(GRID, within=ar.Cone(((1, 2, 5),)), proof=ar.ByTree())
    with pytest.raises(ar.ProofError, match="only at the root"):
        rebuilt(half, completion=with_proof(half, steps=tree.steps, multipliers=tree.multipliers))
    with pytest.raises(ar.ProofError, match="only at the root"):
        rebuilt(TREE, completion=with_proof(TREE, steps=tree.steps[:1] * 2 + tree.steps[2:]))


@given(integer_grids(max_rows=5), st.data())
def test_no_single_pattern_can_be_left_out(rows: Matrix, data: st.DataObject) -> None:
    prover = data.draw(st.sampled_from([ar.ByTree(), ar.ByCount()]))
    patterns = ar.enumerate_patterns(rows, proof=prover)
    keep = np.delete(np.arange(len(patterns)), data.draw(st.integers(0, len(patterns) - 1)))
    proofs = tuple(
        replace(proof, count=len(keep)) if isinstance(proof, ar.CountProof) else proof
        for proof in patterns.completion.proofs
    )
    with pytest.raises(ar.ProofError):
        rebuilt(
            patterns,
            packed=patterns.packed[keep],
            witnesses=patterns.witnesses.take(keep),
            completion=replace(patterns.completion, count=len(keep), proofs=proofs),
        )


def test_a_subset_is_not_a_complete_list() -> None:
    subset = ar.PatternSubset.from_activations(GRID, TREE.activations())
    assert len(subset) == len(TREE)
    assert not isinstance(subset, ar.CompletePatterns)
    assert "completion" not in {field.name for field in fields(subset)}


def test_there_is_no_constructor_without_the_check() -> None:
    with pytest.raises(TypeError):
        ar.CompletePatterns(TREE.arrangement, TREE.packed)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        TREE.completion = COUNT.completion  # type: ignore[misc]
    for array in (TREE.packed, TREE.witnesses.points):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(ar.ProofError):
        replace(TREE, packed=TREE.packed[:-2].copy())


def test_a_witness_wrong_in_the_mirrored_half_only_is_refused() -> None:
    patterns = ar.enumerate_patterns(small_grid())
    for index in (0, len(patterns) // 2, len(patterns) - 1):
        points = patterns.witnesses.points.copy()
        points[index] = -points[index]
        with pytest.raises(ar.ProofError):
            rebuilt(patterns, witnesses=replace(patterns.witnesses, points=points))


def test_the_least_machine_integer_is_not_its_own_mirror_image() -> None:
    # Both witnesses would be -2^63: the negative of one wraps to the other.
    patterns = ar.enumerate_patterns([[1]])
    points = np.full((2, 1), -(2**63), dtype=np.int64)
    with pytest.raises(ar.ProofError):
        rebuilt(patterns, witnesses=replace(patterns.witnesses, points=points))

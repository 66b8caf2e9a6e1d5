"""A claim over anything but the complete pattern list is refused, however well disguised."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import convex_oracle
import numpy as np
import pytest

import arrangements as ar
import convex_program as cx
from convex_program.claim import PatternClaim

GENERIC = [[1.0, 2.0, 1.0], [0.5, -1.0, 1.0], [3.0, 0.25, 1.0], [-1.0, -2.0, 1.0], [2.0, -3.0, 1.0]]
COLLINEAR = [[0.0, 0.0, 1.0], [1.0, 1.0, 1.0], [2.0, 2.0, 1.0], [1.0, -1.0, 1.0], [0.0, 0.0, 0.0]]
Y = [1.0, -1.0, 0.5, 2.0, -0.5]
PROOFS = {
    "cover": (GENERIC, ar.ByCover()),
    "count": (COLLINEAR, ar.ByCount()),
    "tree": (COLLINEAR, ar.ByTree()),
}


@pytest.fixture(scope="module", params=sorted(PROOFS))
def claim(request: pytest.FixtureRequest) -> cx.Claim:
    rows, proof = PROOFS[request.param]
    patterns = ar.enumerate_patterns(rows, proof=proof)
    assert patterns.completion.kind == request.param
    problem = cx.TrainingProblem(rows, Y, 0.125)
    return cx.global_optimum(problem, patterns=patterns).claim()


def with_patterns(claim: cx.Claim, **changes: Any) -> cx.Claim:
    return replace(claim, patterns=replace(claim.patterns, **changes))


def with_completion(claim: cx.Claim, **changes: Any) -> cx.Claim:
    return with_patterns(claim, completion={**claim.patterns.completion, **changes})


def entry(values: Iterable[Any], index: int, value: Any) -> tuple[Any, ...]:
    listed = list(values)
    listed[index] = value
    return tuple(listed)


def flipped(packed: bytes, bit: int) -> bytes:
    return bytes([packed[0] ^ (1 << bit), *packed[1:]])


def said_to_be(claim: cx.Claim, keep: list[int]) -> cx.Claim:
    """Keep some patterns only and adjust every count that the record holds."""
    record = copy.deepcopy(claim.patterns.completion)
    record["count"] = len(keep)
    for proof in record["proofs"]:
        if "count" in proof:
            proof["count"] = len(keep)
    places = {cell: place for place, cell in enumerate(keep)}
    cells = tuple(
        replace(item, cell=places[item.cell]) for item in claim.dual.cells if item.cell in places
    )
    return replace(
        claim,
        patterns=PatternClaim(
            tuple(claim.patterns.packed[i] for i in keep),
            tuple(claim.patterns.witnesses[i] for i in keep),
            record,
        ),
        dual=replace(claim.dual, cells=cells),
    )


CHANGES: dict[str, Callable[[cx.Claim], cx.Claim]] = {
    "first pattern removed": lambda c: with_patterns(
        c, packed=c.patterns.packed[1:], witnesses=c.patterns.witnesses[1:]
    ),
    "first pattern removed, counts adjusted": lambda c: said_to_be(
        c, list(range(1, len(c.patterns.packed)))
    ),
    "no patterns": lambda c: said_to_be(c, []),
    "a pattern listed twice": lambda c: with_patterns(
        c,
        packed=(c.patterns.packed[0], *c.patterns.packed),
        witnesses=(c.patterns.witnesses[0], *c.patterns.witnesses),
    ),
    "a pattern in place of another": lambda c: with_patterns(
        c,
        packed=entry(c.patterns.packed, 1, c.patterns.packed[0]),
        witnesses=entry(c.patterns.witnesses, 1, c.patterns.witnesses[0]),
    ),
    "two patterns exchanged": lambda c: with_patterns(
        c,
        packed=(c.patterns.packed[1], c.patterns.packed[0], *c.patterns.packed[2:]),
        witnesses=(c.patterns.witnesses[1], c.patterns.witnesses[0], *c.patterns.witnesses[2:]),
    ),
    "a bit flipped": lambda c: with_patterns(
        c, packed=entry(c.patterns.packed, 2, flipped(c.patterns.packed[2], 1))
    ),
    "an unused bit set": lambda c: with_patterns(
        c, packed=entry(c.patterns.packed, 2, flipped(c.patterns.packed[2], 7))
    ),
    "a pattern too long": lambda c: with_patterns(
        c, packed=entry(c.patterns.packed, 0, c.patterns.packed[0] + b"\0")
    ),
    "a pattern empty": lambda c: with_patterns(c, packed=entry(c.patterns.packed, 0, b"")),
    "a witness negated": lambda c: with_patterns(
        c, witnesses=entry(c.patterns.witnesses, 0, tuple(-w for w in c.patterns.witnesses[0]))
    ),
    "a witness of another pattern": lambda c: with_patterns(
        c, witnesses=entry(c.patterns.witnesses, 0, c.patterns.witnesses[1])
    ),
    "a witness zero": lambda c: with_patterns(
        c, witnesses=entry(c.patterns.witnesses, 3, (0, 0, 0))
    ),
    "a witness missing": lambda c: with_patterns(c, witnesses=c.patterns.witnesses[1:]),
    "a witness too short": lambda c: with_patterns(
        c, witnesses=entry(c.patterns.witnesses, 0, c.patterns.witnesses[0][:-1])
    ),
    "another schema": lambda c: with_completion(c, schema=1),
    "count too small": lambda c: with_completion(c, count=len(c.patterns.packed) - 1),
    "count too large": lambda c: with_completion(c, count=len(c.patterns.packed) + 1),
    "a field too many": lambda c: with_completion(c, rows=[["1", "0", "0"]]),
    "inside a cone": lambda c: with_completion(
        c, within=[["1", "0", "0"]], units=[[["1", "0", "0"]]]
    ),
    "no units": lambda c: with_completion(c, units=[], proofs=[]),
    "a unit twice": lambda c: with_completion(
        c,
        units=2 * c.patterns.completion["units"],
        proofs=2 * c.patterns.completion["proofs"],
    ),
    "a unit that is a half-space": lambda c: with_completion(c, units=[[["1", "0", "0"]]]),
    "a prefix": lambda c: with_completion(c, prefix=1),
    "no proof": lambda c: with_completion(c, proofs=[]),
    "a proof of an unknown kind": lambda c: with_completion(
        c, proofs=[{"kind": "trust me", "count": len(c.patterns.packed)}]
    ),
    "a proof of no kind": lambda c: with_completion(c, proofs=[{}]),
    "a tree without steps": lambda c: with_completion(
        c, proofs=[{"kind": "tree", "steps": "", "multipliers": []}]
    ),
    "a proof that counts one fewer": lambda c: with_completion(
        c, proofs=[{"kind": "count", "count": len(c.patterns.packed) - 1}]
    ),
}


def test_the_claim_itself_holds(claim: cx.Claim) -> None:
    cx.verify(claim)
    complete = convex_oracle.patterns(claim.features)
    listed = {convex_oracle.unpacked(row, 5) for row in claim.patterns.packed}
    assert listed == complete


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_changed_patterns_are_refused(
    claim: cx.Claim, change: Callable[[cx.Claim], cx.Claim]
) -> None:
    with pytest.raises(cx.ClaimError):
        cx.verify(change(claim))


@pytest.mark.parametrize("field", ["count", "within", "prefix", "units", "proofs"])
def test_a_record_without_a_field_is_refused(claim: cx.Claim, field: str) -> None:
    for missing in (None, "gone"):
        record = dict(claim.patterns.completion)
        record[field] = missing
        if missing == "gone":
            del record[field]
        with pytest.raises(cx.ClaimError):
            cx.verify(with_patterns(claim, completion=record))


def test_a_cover_proof_for_degenerate_data_is_refused(claim: cx.Claim) -> None:
    if claim.patterns.completion["proofs"][0]["kind"] == "cover":
        pytest.skip("these data are in general position")
    count = len(claim.patterns.packed)
    with pytest.raises(cx.ClaimError, match="Cover"):
        cx.verify(with_completion(claim, proofs=[{"kind": "cover", "count": count}]))


def multipliers(claim: cx.Claim, cell: int, sign: int) -> tuple[Fraction, ...]:
    rho = [Fraction(0)] * len(claim.features)
    for item in claim.dual.cells:
        if (item.cell, item.sign) == (cell, sign):
            for row, value in zip(item.rows, item.values, strict=True):
                rho[row] += Fraction(value)
    return tuple(rho)


def feasible_cells(claim: cx.Claim) -> list[int]:
    """Return the listed cells in which the claim's scaled vector stays below beta."""
    n, scale = len(claim.features), Fraction(claim.dual.scale)
    vector = tuple(map(Fraction, claim.dual.vector))
    found = []
    for cell, packed in enumerate(claim.patterns.packed):
        pattern = convex_oracle.unpacked(packed, n)
        sizes = [
            convex_oracle.cell_square(
                claim.features, pattern, vector, sign, multipliers(claim, cell, sign)
            )
            for sign in (1, -1)
        ]
        if scale**2 * max(sizes) <= claim.beta**2:
            found.append(cell)
    return found


def test_the_worst_cells_and_their_antipodes_cannot_be_left_out(claim: cx.Claim) -> None:
    """Without them a better vector is feasible, and the bound exceeds what is true.

    Counts, multipliers and bounds all fit, as the oracle confirms: only completeness
    is wrong.
    """
    pull = Fraction(1, 64)
    vector = tuple(
        float(Fraction(v) + pull * (y - Fraction(v)))
        for v, y in zip(claim.dual.vector, claim.targets, strict=True)
    )
    bold = replace(claim, dual=replace(claim.dual, vector=vector, scale=1.0))
    good, last = set(feasible_cells(bold)), len(claim.patterns.packed) - 1
    keep = sorted(cell for cell in good if last - cell in good)
    assert 0 < len(keep) < last + 1
    forged = said_to_be(bold, keep)
    listed = {convex_oracle.unpacked(row, 5) for row in forged.patterns.packed}
    value = convex_oracle.certified_bound(forged, listed)
    assert value > claim.lower
    assert value > claim.upper
    with pytest.raises(cx.ClaimError, match="not proved complete"):
        cx.verify(replace(forged, lower=value))
    with pytest.raises(cx.ClaimError, match="not feasible"):
        cx.verify(replace(bold, lower=value))


def test_patterns_complete_inside_a_cone_do_not_do() -> None:
    """An honest proof, but of half the space."""
    problem = cx.TrainingProblem(GENERIC, Y, 0.125)
    claim = cx.global_optimum(problem).claim()
    cone = ar.enumerate_patterns(ar.Arrangement(GENERIC, domain=ar.Cone(((0, 0, 1),))))
    half = PatternClaim(
        tuple(row.tobytes() for row in cone.packed),
        tuple(cone.witness(i) for i in range(len(cone))),
        ar.completion_record(cone.completion),
    )
    with pytest.raises(cx.ClaimError, match="cone"):
        cx.verify(replace(claim, patterns=half, dual=replace(claim.dual, cells=())))


def test_a_complete_list_of_other_data_does_not_do() -> None:
    claim = cx.global_optimum(cx.TrainingProblem(GENERIC, Y, 0.125)).claim()
    other = cx.global_optimum(cx.TrainingProblem(COLLINEAR, Y, 0.125)).claim()
    with pytest.raises(cx.ClaimError, match="not proved complete"):
        cx.verify(replace(claim, patterns=other.patterns))


def test_a_forged_complete_list_is_caught_by_verify() -> None:
    """Past the constructor by force: what is computed with it does not verify."""
    honest = ar.enumerate_patterns(GENERIC)
    forged = object.__new__(ar.CompletePatterns)
    keep = np.arange(4, len(honest) - 4)
    for field, value in (
        ("arrangement", honest.arrangement),
        ("packed", honest.packed[keep]),
        ("witnesses", honest.witnesses.take(keep)),
        ("completion", replace(honest.completion, count=len(keep))),
    ):
        object.__setattr__(forged, field, value)
    claim = cx.global_optimum(cx.TrainingProblem(GENERIC, Y, 0.125), patterns=forged).claim()
    with pytest.raises(cx.ClaimError, match="not proved complete"):
        cx.verify(claim)

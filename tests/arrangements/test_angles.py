"""Rank two: sectors between sorted lines, against linear programs and against products."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from zoo import Matrix, exact, matrices

import arrangements as ar
from arrangements import realization
from arrangements.enumeration import angles
from arrangements.exact import Directions, integer_matrix
from arrangements.packing import is_strictly_sorted, pack, sorted_order
from arrangements.realization import realized
from arrangements.witnesses import Witnesses

entries = st.integers(-3, 3)
cones = st.lists(st.tuples(entries, entries), max_size=3).map(lambda rows: ar.Cone(tuple(rows)))


@given(matrices(max_rows=9, max_columns=2), cones)
def test_the_same_as_linear_programs(rows: Matrix, cone: ar.Cone) -> None:
    wide = [[*row, 0][:2] for row in rows]
    arrangement = ar.Arrangement(wide, domain=cone)
    assume(ar.Angles.supports(arrangement, cone))
    sorted_ = ar.enumerate_patterns(arrangement, method=ar.Angles())
    programs = ar.enumerate_patterns(arrangement, method=ar.Incremental())
    assert sorted_.packed.tolist() == programs.packed.tolist()


@pytest.mark.parametrize("bits", [30, 60, 200])
def test_slivers_get_exact_witnesses(bits: int) -> None:
    rows = [(1, 0), (0, 1), (2**bits, 1), (2**bits + 1, 1), (2**bits, 3), (-(2**bits), 1)]
    patterns = ar.enumerate_patterns(rows)
    assert isinstance(ar.Auto().choose(patterns.arrangement, ar.Cone())[0], ar.Angles)
    assert len(patterns) == 12


def test_batches_begin_where_the_one_before_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(1).normal(size=(70, 2)).tolist()
    rows += [rows[3], [-entry for entry in rows[5]], [0.0, 0.0]]
    at_once = ar.enumerate_patterns(rows)
    monkeypatch.setattr(angles, "_BYTES", 60)
    assert ar.enumerate_patterns(rows).packed.tolist() == at_once.packed.tolist()


def test_other_ranks_are_refused() -> None:
    with pytest.raises(ar.ArgumentError, match=r"rank 3.*Auto\(\)"):
        ar.enumerate_patterns(np.eye(3), method=ar.Angles())


@given(
    matrices(max_rows=8, max_columns=2),
    st.lists(
        st.tuples(entries, entries) | st.tuples(*[st.integers(-(2**70), 2**70)] * 2), min_size=1
    ),
)
def test_vectors_are_found_among_the_lines(rows: Matrix, vectors: list[tuple[int, int]]) -> None:
    wide = [[*row, 0][:2] for row in rows]
    # Vectors on the lines too, and zero.
    on = [ar.DataMatrix.from_array([[-row[1], row[0]]]).integers[0] for row in exact(wide)]
    vectors = [*vectors, *on, (0, 0)]
    signs = [[a * vector[0] + b * vector[1] for a, b in exact(wide)] for vector in vectors]
    zero = [row == [Fraction(0), Fraction(0)] for row in exact(wide)]
    interior = [
        all(value or none for value, none in zip(values, zero, strict=True)) for values in signs
    ]
    packed = pack(
        np.array(
            [
                [value > 0 or none for value, none in zip(values, zero, strict=True)]
                for values in signs
            ]
        )
    )
    table = Witnesses.from_points(vectors, (0, 1), 2)
    for size in (1, 1 << 20):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(realization, "_BLOCK", size)
            found = realized(ar.Arrangement(wide), table, packed)
            other = realized(ar.Arrangement(wide), table, packed ^ np.uint8(1))
        assert found.interior.tolist() == interior
        assert found.right[found.interior].all()
        assert not other.right[found.interior].any()


@given(
    st.lists(
        st.tuples(st.integers(-(2**50), 2**50), st.integers(1, 2**62)), min_size=1, max_size=6
    ),
    st.integers(0, 2**70),
)
def test_lines_close_together_are_ordered_by_integers(
    rows: list[tuple[int, int]], scale: int
) -> None:
    # Multiples of one line plus a little: floats see one line.
    a, b = rows[0]
    close = [(a * scale + i, b * scale + j) for i, j in ((0, 1), (1, 0), (1, 1), (-1, 2))]
    distinct: list[tuple[int, int]] = []
    for x, y in [*rows, *close]:
        if (x or y) and all(x * w != y * v for v, w in distinct):
            distinct.append((x, y))
    lines = Directions(distinct)
    ordered = [lines.vectors[line] for line in lines.order]
    assert all(y > 0 or (y == 0 and x > 0) for x, y in ordered)
    assert all(x * w > y * v for (x, y), (v, w) in pairwise(ordered))
    for place, vector in enumerate(ordered):
        found = lines.locate(integer_matrix([vector], 2))
        assert not found.inside.any()
        assert found.passed.tolist() == [place]


@given(st.integers(0, 2**32), st.sampled_from([3, 65, 90]))
def test_wide_patterns_are_sorted_by_their_bytes(seed: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.choice(np.array([0, 0, 1, 127, 128, 255], np.uint8), size=(40, width))
    table[:20, 1:] = 0
    ordered = sorted({bytes(row) for row in table})
    shuffled = np.frombuffer(b"".join(reversed(ordered)), np.uint8).reshape(-1, width)
    assert [bytes(row) for row in shuffled[sorted_order(shuffled)]] == ordered
    assert is_strictly_sorted(shuffled[::-1])
    assert len(ordered) == 1 or not is_strictly_sorted(shuffled)
    assert not is_strictly_sorted(np.concatenate([shuffled[:1], shuffled[:1]]))

"""The study of patterns against rank: matrices by hand, counts by oracles, files cut anywhere."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from oracles import matroid
from zoo import Matrix, exact, matrices

import arrangements as ar

# Four points, three of them on a line: with a bias 12 patterns where Cover allows 14.
POINTS = [["0", "0"], ["1", "1"], ["2", "2"], ["0", "1"]]
ROUNDINGS: tuple[ar.Rounding, ...] = (
    ar.NoRounding(),
    ar.RoundToFloat(),
    ar.RoundToDigits(2),
    ar.RoundToDigits(1),
    ar.Binarize(),
)
BELOW_E = Fraction(2_718_281_828, 10**9)


def points() -> ar.DataMatrix:
    return ar.DataMatrix.from_decimals(POINTS)


def thirty() -> ar.DataMatrix:
    """Thirty rows of five short decimals."""
    generator = np.random.default_rng(3)
    numbers = generator.integers(-999, 1000, (30, 5))
    return ar.DataMatrix.from_decimals([[f"{k / 100}" for k in row] for row in numbers.tolist()])


# Matrices


def test_three_collinear_points() -> None:
    study = ar.study_rank(points(), bias=True, seed=None, roundings=[ar.NoRounding()])
    (case,) = study.select(reduction="columns", columns=3, rows=4)
    assert (case.regions, case.cover, case.hyperplane_cover) == (12, 14, 14)
    found = case.coincidences
    assert (found.lines, found.longest_line, found.dependent_triples) == (1, 3, 1)
    assert case.sentence() == (
        "columns, exact, 4 rows, 3 columns: 12 patterns, 14 % below Cover's 14; 2 patterns fewer "
        "because of 1 line through three or more points (at most 3 on one)."
    )


def test_repeated_rows_are_told_from_dependent_ones() -> None:
    data = [[1, 0], [2, 0], [-1, 0], [0, 0], [1, 1]]
    study = ar.study_rank(
        data, seed=None, rows=[5], reductions=[ar.LeadingColumns()], roundings=[ar.NoRounding()]
    )
    one, two = study.cases
    assert (one.regions, one.coincidences.rank, one.coincidences.hyperplanes) == (2, 1, 1)
    assert (two.regions, two.cover, two.hyperplane_cover) == (4, 10, 4)
    assert two.sentence() == (
        "columns, exact, 5 rows, 2 columns: 4 patterns, 60 % below Cover's 10; because of 1 zero "
        "row and 1 repeated row and 1 opposite row only 2 hyperplanes of rank 2 and at most 4 "
        "patterns are left."
    )


def test_a_consequence_is_not_a_cause() -> None:
    options = {"seed": None, "reductions": [ar.LeadingColumns()], "roundings": [ar.NoRounding()]}
    # One hyperplane has no larger rank than one: the zero row alone is to blame.
    lost = ar.study_rank([[0, 0], [1, 2]], rows=[2], **options).cases[-1].sentence()
    assert lost == (
        "columns, exact, 2 rows, 2 columns: 2 patterns, 50 % below Cover's 4; because of 1 zero "
        "row only 1 hyperplane of rank 1 and at most 2 patterns are left."
    )
    # Three hyperplanes of R^3 in a plane.
    flat = ar.study_rank([[1, 0, 1], [0, 1, 1], [1, 1, 2]], rows=[3], **options).cases[-1]
    assert "8; because of a smaller rank only 3 hyperplanes of rank 2" in flat.sentence()
    single = ar.study_rank([[0, 1]], rows=[1], max_rank=1, **options).cases[-1].sentence()
    assert single.startswith("columns, exact, 1 row, 1 column: 1 pattern, 50 % below")


def test_leading_columns_and_rows() -> None:
    data = thirty()
    study = ar.study_rank(
        data, max_rank=3, rows=[7, 30], reductions=[ar.LeadingColumns()], roundings=ROUNDINGS[:1]
    )
    order = study.plan.order
    assert sorted(order) == list(range(30))
    assert order != tuple(range(30))
    for case in study.cases:
        by_hand = data.take_rows(order[: case.rows]).take_columns(range(case.columns))
        assert case.digest == by_hand.digest
        assert study.matrix(data, case, ar.NoRounding()) == by_hand


def test_a_bias_is_the_last_column_of_every_case() -> None:
    study = ar.study_rank(
        points(), bias=True, seed=None, rows=[4], reductions=[ar.LeadingColumns()],
        roundings=[ar.NoRounding()],
    )  # fmt: skip
    first = points().take_columns([0]).with_bias()
    expected = [ar.DataMatrix.from_array([[1]] * 4), first, points().with_bias()]
    assert [case.digest for case in study.cases] == [matrix.digest for matrix in expected]


@pytest.mark.parametrize(
    ("rounding", "column", "expected"),
    [
        (ar.NoRounding(), ["0.15", "-7"], ["0.15", "-7"]),
        (ar.RoundToDigits(2), ["78.94", "-3.5", "0.449", "6.5"], ["79", "-4", "0", "6"]),
        (ar.RoundToDigits(1), ["78.94", "-3.5", "14", "25"], ["80", "0", "10", "20"]),
        (ar.RoundToDigits(3), ["0.0012345", "1"], ["0", "1"]),
        (ar.RoundToDigits(3), ["0.0012345"], ["0.00123"]),
        (ar.RoundToDigits(1), ["100", "4"], ["100", "0"]),
        (ar.RoundToDigits(1), ["99", "4"], ["100", "0"]),
        (ar.RoundToDigits(4), ["0", "0"], ["0", "0"]),
        (ar.Binarize(), ["3", "1", "2"], ["1", "0", "0"]),
        (ar.Binarize(), ["4", "1", "2", "3"], ["1", "0", "0", "1"]),
        (ar.Binarize(), ["5", "5"], ["0", "0"]),
    ],
)
def test_roundings_by_hand(rounding: ar.Rounding, column: list[str], expected: list[str]) -> None:
    assert rounding.apply([Fraction(text) for text in column]) == [
        Fraction(text) for text in expected
    ]


def test_rounding_to_floats() -> None:
    assert ar.RoundToFloat().apply([Fraction(1, 10)]) == [Fraction(0.1)]
    with pytest.raises(ar.DataError, match="too large"):
        ar.RoundToFloat().apply([Fraction(10) ** 400])


@given(
    st.fractions(min_value=Fraction(1, 10**12), max_value=10**12),
    st.integers(1, 6),
    st.integers(-300, 300),
)
def test_digits_keep_relative_precision(number: Fraction, digits: int, exponent: int) -> None:
    value = number * Fraction(10) ** exponent
    (rounded,) = ar.RoundToDigits(digits).apply([value])
    # Half a unit of the last of `digits` decimal places, of a number with a leading digit.
    assert abs(rounded - value) <= value / (2 * Fraction(10) ** (digits - 1))
    assert ar.RoundToDigits(digits).apply([rounded]) == [rounded]


def test_singular_directions_are_nearly_the_singular_vectors() -> None:
    data = thirty()
    for centred in (False, True):
        projection = ar.SingularDirections().projection(data, 5, centred=centred)
        found = np.array([[float(entry) for entry in row] for row in projection.directions])
        assert np.allclose(found.T @ found, np.eye(5), atol=5e-4)
        floats = data.floats - (data.floats.mean(axis=0) if centred else 0)
        images = np.array([[float(entry) for entry in row] for row in projection.apply(data)])
        # The Gram matrix of the images is diagonal, with the squared singular values.
        values = np.linalg.svd(floats, compute_uv=False)
        assert np.allclose(images.T @ images, np.diag(values**2), atol=1e-3 * values[0] ** 2)
        if centred:
            assert np.allclose(images.mean(axis=0), 0, atol=1e-3)
        assert all(entry * 10**4 % 1 == 0 for row in projection.directions for entry in row)


@given(matrices(max_rows=6, max_columns=3))
@example([[0, 0], [0, 0]])
@example([[1e300, 1e-300]])
def test_projections_are_exact_and_nested(rows: Matrix) -> None:
    data = ar.DataMatrix.from_array(rows)
    width = data.shape[1]
    for reduction in (ar.LeadingColumns(), ar.SingularDirections(), ar.RandomProjection(7)):
        full = reduction.projection(data, width, centred=False)
        image = [
            [
                sum(x * p for x, p in zip(row, column, strict=True)) - offset
                for column, offset in zip(
                    zip(*full.directions, strict=True), full.offsets, strict=True
                )
            ]
            for row in exact(rows)
        ]
        assert full.apply(data) == image
        fewer = reduction.projection(data, 1, centred=False)
        assert [row[:1] for row in full.directions] == [row[:1] for row in fewer.directions]


def test_a_single_column_may_be_the_bias(tmp_path: Path) -> None:
    path = tmp_path / "study.jsonl"
    study = ar.study_rank(points(), bias=True, max_rank=1, rows=np.array([2, 4]), journal=path)
    assert [case.regions for case in study.cases] == [2] * len(study.plan)
    assert ar.load_study(path) == study
    assert ar.study_rank(points(), bias=True, max_rank=1, rows=[4, 2], journal=path) == study


def test_one_row() -> None:
    study = ar.study_rank([[0, 3]], roundings=ROUNDINGS)
    assert study.plan.rows == (1,)
    for case in study.select(reduction="columns"):
        # The first column is zero: one region; then the row is a hyperplane, unless 3 is not
        # above the median of itself.
        zero = case.columns == 1 or case.rounding == "binary"
        assert (case.regions, case.cover) == (1 if zero else 2, 2)


# Counts


@given(matrices(max_rows=6, max_columns=3), st.booleans())
@settings(max_examples=15)
def test_every_case_by_whitney(rows: Matrix, bias: bool) -> None:  # noqa: FBT001 - Hypothesis
    data = ar.DataMatrix.from_array(rows)
    study = ar.study_rank(data, bias=bias, roundings=ROUNDINGS)
    assert study.is_whole
    by_name = {rounding.name: rounding for rounding in ROUNDINGS}
    counted: dict[str, int] = {}
    for case in study.cases:
        matrix = study.matrix(data, case, by_name[case.rounding])
        assert matrix.shape == (case.rows, case.columns)
        if case.digest not in counted:
            counted[case.digest] = matroid.whitney_count(matrix.fractions)
        assert case.regions == counted[case.digest]
        assert case.regions <= case.hyperplane_cover <= case.cover
        assert case.cover == matroid.cover_formula(case.rows, case.columns)


@given(matrices(max_rows=8, max_columns=4))
@settings(max_examples=60)
def test_coincidences_by_definition(rows: Matrix) -> None:
    found = ar.find_coincidences(rows)
    moving = [row for row in exact(rows) if any(row)]
    assert found.zero_rows == len(rows) - len(moving)
    firsts: list[list[Fraction]] = []
    repeated = opposite = 0
    for row in moving:
        first = next((each for each in firsts if matroid.rank([each, row]) == 1), None)
        if first is None:
            firsts.append(row)
            continue
        same = all(x * y >= 0 for x, y in zip(first, row, strict=True))
        repeated, opposite = repeated + same, opposite + (not same)
    assert (found.duplicate_rows, found.opposite_rows) == (repeated, opposite)
    assert (found.hyperplanes, found.rank) == (len(firsts), matroid.rank(rows))
    if found.rank < 3:
        assert found.lines == 0
        return
    flats = {
        frozenset(k for k, other in enumerate(firsts) if matroid.rank([one, two, other]) == 2)
        for one, two in itertools.combinations(firsts, 2)
    }
    sizes = [len(flat) for flat in flats if len(flat) > 2]
    assert (found.lines, found.longest_line) == (len(sizes), max(sizes, default=0))
    assert found.dependent_triples == sum(math.comb(size - 1, 2) for size in sizes)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=14))
def test_in_rank_three_each_dependent_triple_costs_two(places: list[tuple[int, int]]) -> None:
    rows = [[x, y, 1] for x, y in places]
    found = ar.find_coincidences(rows)
    assume(found.rank == 3)
    bound = matroid.cover_formula(found.hyperplanes, 3)
    assert matroid.planar_count(places) == bound - 2 * found.dependent_triples


def test_with_all_columns_the_exact_count_does_not_depend_on_the_reduction() -> None:
    # An invertible column map changes no pattern, and a shift is one when there is a bias.
    study = ar.study_rank(thirty().take_columns([0, 1, 2]), bias=True, roundings=ROUNDINGS[:1])
    for rows in study.plan.rows:
        assert len({case.regions for case in study.select(columns=4, rows=rows)}) == 1


def test_bounds() -> None:
    for n in range(2, 40):
        for r in range(1, n):
            # With a number below e in place of e, the bound still holds: no rounding helps.
            least = 2 * (BELOW_E * (n - 1) / r) ** r
            assert matroid.cover_formula(n, r) <= least
    # r = n = 2: 2 (e/2)^2 = 3.69 is below the 4 patterns of two points, so there is no bound.
    coincidences = ar.Coincidences(0, 0, 0, 2, 2, 0, 0, 0)
    case = ar.StudyCase("columns", "exact", 2, 2, 4, coincidences, "")
    assert case.bound is None
    assert case.loose_bound is None
    wide = ar.StudyCase("columns", "exact", 10, 100, 1, coincidences, "")
    # The article's bound for 100 points in 10 dimensions is 3.98e15.
    assert wide.loose_bound == pytest.approx(3.98e15, rel=2e-3)
    assert wide.cover == 3_836_629_637_040


# Files


def small_study(journal: Path | None = None, progress: ar.Listener = ar.silent) -> ar.RankStudy:
    return ar.study_rank(
        thirty().take_columns([0, 1]),
        bias=True,
        rows=[5, 9],
        roundings=[ar.NoRounding(), ar.Binarize()],
        journal=journal,
        progress=progress,
    )


def test_a_killed_study_goes_on_from_any_byte(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jsonl"
    expected = small_study(whole)
    assert expected == small_study()
    assert ar.load_study(whole) == expected
    content = whole.read_bytes()
    lines = content.splitlines(keepends=True)
    assert len(lines) == 1 + len(expected.plan) == 1 + len(expected.cases)
    path = tmp_path / "cut.jsonl"
    for cut in range(len(lines[0]), len(content) + 1, 331):
        path.write_bytes(content[:cut])
        kept = content[:cut].count(b"\n") - 1
        assert len(ar.load_study(path).cases) == kept
        events: list[ar.Progress] = []
        assert small_study(path, events.append) == expected
        steps = [event.done for event in events if event.stage == "studying"]
        assert steps[-1] == len(expected.cases)
        counts = sum(1 for event in events if event.stage == "counting" and event.done == 0)
        assert counts == len(expected.cases) - kept
        assert path.read_bytes() == content


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    path = tmp_path / "study.jsonl"
    begun = 0

    def press(event: ar.Progress) -> None:
        nonlocal begun
        begun += event.stage == "counting" and event.done == 0
        if begun == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small_study(path, press)
    part = ar.load_study(path)
    assert len(part.cases) == 7
    assert not part.is_whole
    assert "29 of 36 cases are not counted yet" in part.summary()
    assert small_study(path) == small_study()


def test_directions_of_the_file_stand(tmp_path: Path) -> None:
    # On another machine singular vectors may round otherwise: the file decides.
    path = tmp_path / "study.jsonl"
    small_study(path)
    plan, *_ = path.read_text().splitlines(keepends=True)
    changed = json.loads(plan)
    changed["projections"][1]["directions"][0][0] = "1/3"
    path.write_text(json.dumps(changed) + "\n")
    study = small_study(path)
    assert study.plan.projections[1].directions[0][0] == Fraction(1, 3)
    case = study.select(reduction="singular", rounding="exact", columns=2, rows=9)[0]
    data = thirty().take_columns([0, 1])
    rows = [data.fractions[i] for i in study.plan.order[:9]]
    directions, offset = study.plan.projections[1].directions, study.plan.projections[1].offsets[0]
    by_hand = [[x * directions[0][0] + y * directions[1][0] - offset, 1] for x, y in rows]
    assert case.digest == ar.DataMatrix.from_array(by_hand).digest


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"bias": False}, "bias"),
        ({"rows": [5]}, "rows"),
        ({"seed": 1}, "order"),
        ({"max_rank": 2}, "max_rank"),
        ({"reductions": [ar.LeadingColumns()]}, "reductions"),
        ({"roundings": [ar.NoRounding()]}, "roundings"),
    ],
)
def test_a_file_of_another_study_is_refused(
    tmp_path: Path, change: dict[str, Any], field: str
) -> None:
    path = tmp_path / "study.jsonl"
    asked: dict[str, Any] = {"bias": True, "rows": [4], "journal": path}
    ar.study_rank(points(), **asked)
    before = path.read_bytes()
    if field == "rows":
        asked["rows"] = [4]
        change = {"rows": [3]}
    with pytest.raises(ar.FileError, match=f"another study \\({field}: "):
        ar.study_rank(points(), **asked | change)
    other = ar.DataMatrix.from_decimals([*POINTS[:3], ["0", "2"]])
    with pytest.raises(ar.FileError, match="another study \\(data: "):
        ar.study_rank(other, **asked)
    assert path.read_bytes() == before


def test_parameters_are_part_of_the_question(tmp_path: Path) -> None:
    path = tmp_path / "study.jsonl"
    first: list[ar.Reduction] = [ar.SingularDirections(), ar.RandomProjection(1)]
    ar.study_rank(points(), journal=path, reductions=first)
    for other in (
        [ar.SingularDirections(6), ar.RandomProjection(1)],
        [ar.SingularDirections(), ar.RandomProjection(2)],
    ):
        with pytest.raises(ar.FileError, match="reductions: "):
            ar.study_rank(points(), journal=path, reductions=other)


def test_the_default_rank_is_one_that_can_be_counted() -> None:
    wide = np.ones((2_000, 6))
    few: dict[str, Any] = {
        "rows": [2],
        "reductions": [ar.LeadingColumns()],
        "roundings": [ar.NoRounding()],
    }
    # 2 (1 + N + C(N, 2)) for N = 1999 is 4 million; with C(N, 3) it would be 2.7e9.
    assert ar.study_rank(wide, **few).plan.max_rank == 3
    assert ar.study_rank(wide[:100], **few).plan.max_rank == 4
    assert ar.study_rank(wide[:100, :1], **few).plan.max_rank == 1


def test_scaled_rows_are_other_data(tmp_path: Path) -> None:
    # They have the same patterns by themselves, not beside a bias.
    path = tmp_path / "study.jsonl"
    ar.study_rank([[1, 0], [2, 2], [0, 1]], bias=True, journal=path)
    with pytest.raises(ar.FileError, match="data: "):
        ar.study_rank([[2, 0], [2, 2], [0, 1]], bias=True, journal=path)


@pytest.mark.parametrize(
    ("line", "old", "new", "word"),
    [
        (0, '"arrangements study"', '"something"', "line 1 does not say so"),
        (0, '"schema": 0', '"schema": 9', "the layout 9"),
        (0, '"bias": true', '"bias": 1', "line 1 is not the plan"),
        (0, '"max_rank": 3', '"max_rank": 4', "line 1: the plan contradicts"),
        (0, '"order": [', '"order": [0, ', "line 1: the plan contradicts"),
        (0, '"rows": [5, 9]', '"rows": [5, 9, 9]', "line 1: the plan contradicts"),
        (0, '"rows": [5, 9]', '"rows": [9, 5]', "line 1: the plan contradicts"),
        (0, '"roundings": ["exact"', '"roundings": ["exact", "exact"', "the plan contradicts"),
        (0, '"offsets": ["0"', '"offsets": ["1/0"', "line 1 is not the plan"),
        (0, '{"kind"', '["kind"', "line 1 is not JSON"),
        (2, '"regions": ', '"regions": 10', "line 3"),
        (2, '"regions": ', '"regions": -', "line 3"),
        (2, '"regions": ', '"regions": "', "line 3 is not JSON"),
        (2, '"rank": 1', '"rank": 2', "line 3"),
        (2, '"hyperplanes": 1', '"hyperplanes": 2', "line 3"),
        (2, '"columns": 1', '"columns": 9', "line 3"),
        (2, '"rows": 9', '"rows": 5', "line 3"),
        (2, '"digest"', '"digits"', "line 3 is not a case"),
        (2, '"zero_rows": 0', '"zero_rows": 0.0', "line 3 is not a case"),
        (2, "{", "[", "line 3 is not JSON"),
    ],
)
def test_a_damaged_file_is_refused_by_line(
    tmp_path: Path, line: int, old: str, new: str, word: str
) -> None:
    path = tmp_path / "study.jsonl"
    small_study(path)
    lines = path.read_text().splitlines(keepends=True)
    assert old in lines[line]
    lines[line] = lines[line].replace(old, new, 1)
    path.write_text("".join(lines))
    with pytest.raises(ar.FileError) as caught:
        ar.load_study(path)
    assert word in str(caught.value)
    with pytest.raises(ar.FileError):
        small_study(path)


def test_files_that_are_no_study(tmp_path: Path) -> None:
    with pytest.raises(ar.FileError, match="no such file"):
        ar.load_study(tmp_path / "none.jsonl")
    (tmp_path / "half.jsonl").write_bytes(b'{"kind": "arrangements')
    with pytest.raises(ar.FileError, match="no whole line"):
        ar.load_study(tmp_path / "half.jsonl")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ar.FileError, match="line 1 is not JSON"):
        ar.study_rank(points(), journal=tmp_path / "other.csv")
    with pytest.raises(ar.FileError, match="cannot be written"):
        ar.study_rank(points(), journal=tmp_path / "folder" / "study.jsonl")


def test_the_table(tmp_path: Path) -> None:
    study = small_study()
    study.save_csv(tmp_path / "table.csv")
    table = list(csv.DictReader(io.StringIO((tmp_path / "table.csv").read_text())))
    assert len(table) == len(study.cases)
    for written, case in zip(table, study.cases, strict=True):
        for name, value in case.to_json().items():
            assert written[name] == ("" if value is None else str(value))
    empty = ar.RankStudy(study.plan, ())
    assert empty.to_csv().splitlines() == [",".join(table[0])]


def test_another_rounding_or_other_data_do_not_pass_for_a_case() -> None:
    study = small_study()
    data = thirty().take_columns([0, 1])
    with pytest.raises(ar.ArgumentError, match="was rounded as 'exact'"):
        study.matrix(data, study.cases[0], ar.Binarize())
    other = ar.DataMatrix.from_array([[x + 1, y] for x, y in data.fractions])
    case = study.select(reduction="columns", rounding="exact", columns=3, rows=9)[0]
    with pytest.raises(ar.DataError, match="another digest"):
        study.matrix(other, case, ar.NoRounding())


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"max_rank": 0}, "max_rank=0"),
        ({"max_rank": 3}, "choose from 1 to 2"),
        ({"max_rank": 4, "bias": True}, "2 columns and a bias; choose from 1 to 3"),
        ({"rows": [0, 4]}, "choose from 1 to 4"),
        ({"rows": [5]}, "the data have 4 rows"),
        ({"rows": []}, "rows="),
        ({"seed": -1}, "seed=-1"),
        ({"reductions": []}, "reductions="),
        ({"roundings": [ar.RoundToDigits(3), ar.RoundToDigits(3)]}, "each once"),
    ],
)
def test_misuse(options: dict[str, Any], word: str) -> None:
    with pytest.raises(ar.ArgumentError) as caught:
        ar.study_rank(points(), **options)
    assert word in str(caught.value)
    with pytest.raises(ar.ArgumentError, match="digits=0"):
        ar.RoundToDigits(0)
    with pytest.raises(ar.ArgumentError, match="decimals=0"):
        ar.SingularDirections(0)
    with pytest.raises(ar.ArgumentError, match="seed=-2"):
        ar.RandomProjection(-2)
    for make in (ar.RoundToDigits, ar.SingularDirections, ar.RandomProjection):
        with pytest.raises(ar.ArgumentError, match=r"=1\.5: give a whole number"):
            make(1.5)  # type: ignore[operator]

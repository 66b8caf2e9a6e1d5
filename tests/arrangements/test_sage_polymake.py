"""Sage and polymake texts: read as data, written so that they read back."""

from __future__ import annotations

import contextlib
import json
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from zoo import Matrix, exact, matrices

import arrangements as ar

SPACE = "H.<x,y> = HyperplaneArrangements(QQ)\n"


def rows(arrangement: ar.Arrangement) -> list[list[Fraction]]:
    return [list(row) for row in arrangement.data.fractions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Sage's reference manual writes arrangements in these ways.
        (SPACE + "A = H([(1, 0), 0], [(0, 1), 0])", [[1, 0], [0, 1]]),
        (SPACE + "x2 = H(x, y, x + y)", [[1, 0], [0, 1], [1, 1]]),
        (SPACE + "H([x, y])", [[1, 0], [0, 1]]),
        (SPACE + "Arrangement <y | x | 2*x - 1/3*y>", [[0, 1], [1, 0], [2, Fraction(-1, 3)]]),
        ("H = HyperplaneArrangements(QQ, ('s', 't'))\nH(t - s)", [[-1, 1]]),
        ("H = HyperplaneArrangements(QQ, names='s, t')\nH(t - s)", [[-1, 1]]),
        ("H([0, 4, 5], [0, 1, 1])", [[4, 5], [1, 1]]),
        ("sage: H.<t> = OrderedHyperplaneArrangements(QQ)\nsage: H(-t)  # a comment", [[-1]]),
        (SPACE + "A = H(x,\n....:       y)\n", [[1, 0], [0, 1]]),
    ],
)
def test_central(text: str, expected: Matrix) -> None:
    found = ar.parse_sage(text)
    assert rows(found) == exact(expected)
    assert found.domain.is_whole_space


PASTED: dict[str, Matrix] = {
    # With the columns x, y and a constant.
    "x | y | x-1": [[1, 0, 0], [0, 1, 0], [1, 0, -1]],
    "Arrangement <x | y | x - 1>": [[1, 0, 0], [0, 1, 0], [1, 0, -1]],
    "<x | y | x - 1>": [[1, 0, 0], [0, 1, 0], [1, 0, -1]],
    "Coordinates x, y\nArrangement <y - 1 | x>": [[0, 1, -1], [1, 0, 0]],
    "y, x\nArrangement <y - 1 | x>": [[1, 0, -1], [0, 1, 0]],
    "(x, y)\nArrangement <y - 1 | x>": [[0, 1, -1], [1, 0, 0]],
    SPACE + "A = H(x, y - 1); A": [[1, 0, 0], [0, 1, -1]],
    "H.<x,y> = HyperplaneArrangements(QQ); A = H(x, y - 1)": [[1, 0, 0], [0, 1, -1]],
    "sage: H.<x,y> = HyperplaneArrangements(QQ)\nsage: A = H(x, y - 1)\nsage: A\n"
    "Arrangement <y - 1 | x>": [[1, 0, 0], [0, 1, -1]],
    SPACE + "A = H(x, y - 1)\nA\nArrangement of 2 hyperplanes of dimension 2 and rank 2": [
        [1, 0, 0],
        [0, 1, -1],
    ],
    SPACE + "A = H(2*(x-y)-3, (x + y)/2)": [[2, -2, -3], [Fraction(1, 2), Fraction(1, 2), 0]],
    SPACE + "H(10^40*y - 1, 10**-2*x)": [[0, 10**40, -1], [Fraction(1, 100), 0, 0]],
    "x = 1\n2*y == 3 - x": [[1, 0, -1], [1, 2, -3]],
    "x - 1\n-y\nx + y": [[1, 0, -1], [0, -1, 0], [1, 1, 0]],
    "[x, y, x - 1]": [[1, 0, 0], [0, 1, 0], [1, 0, -1]],
    "A = [x, y, x - 1]": [[1, 0, 0], [0, 1, 0], [1, 0, -1]],
    "Hyperplane x + y - 1\nHyperplane x + 0*y": [[1, 1, -1], [1, 0, 0]],
    "(Hyperplane x + y - 1, Hyperplane x + 0*y)": [[1, 1, -1], [1, 0, 0]],
    "2x - 3(y - 1), .5y": [[2, -3, 3], [0, Fraction(1, 2), 0]],
    "x \N{MINUS SIGN} 1, 2\N{MIDDLE DOT}y": [[1, 0, -1], [0, 2, 0]],
    "1e-3*x | y - 2.5": [[Fraction(1, 1000), 0, 0], [0, 1, Fraction(-5, 2)]],
    "# lines\nx # one\n\ny - 1 ; x": [[1, 0, 0], [0, 1, -1], [1, 0, 0]],
    "[(1, 0), 0], [(0, 1), -1]": [[1, 0, 0], [0, 1, -1]],
    SPACE + "H([vector((1, 0)), 1], [vector(QQ, (0, 1)), 0])": [[1, 0, 1], [0, 1, 0]],
    SPACE + "H(list([x, y - 1]))": [[1, 0, 0], [0, 1, -1]],
    SPACE + "A = H(x +\n      1, y)": [[1, 0, 1], [0, 1, 0]],
    "-(x - 1) | +y": [[-1, 0, 1], [0, 1, 0]],
    "x - -1 | y": [[1, 0, 1], [0, 1, 0]],
}


@pytest.mark.parametrize("text", PASTED)
def test_what_people_paste(text: str) -> None:
    assert rows(ar.parse_sage(text)) == exact(PASTED[text])


def test_coordinates_that_no_line_names_are_sorted_by_their_numbers() -> None:
    assert rows(ar.parse_sage("t10 - t9 | t2")) == exact([[0, -1, 1], [1, 0, 0]])
    # Sage prints the braid arrangement so.
    assert ar.count_regions(ar.parse_sage("Arrangement <t1 - t2 | t0 - t1 | t0 - t2>")) == 6


def test_affine_constants_are_kept_with_their_sign() -> None:
    # The hyperplane x + 2 y + 3 = 0, in the three ways that Sage accepts.
    for text in ("x + 2*y + 3", "[(1, 2), 3]", "[3, 1, 2]"):
        found = ar.parse_sage(f"{SPACE}A = H({text}, x)")
        assert rows(found) == exact([[1, 2, 3], [1, 0, 0]])
        assert found.domain.normals == ((0, 0, 1),)


def test_semiorders_of_three() -> None:
    # Sage's manual counts 19 regions of x_i - x_j = -1, 1.
    terms = [f"t{i} - t{j} {sign} 1" for i, j in ((0, 1), (0, 2), (1, 2)) for sign in "+-"]
    text = "H.<t0,t1,t2> = HyperplaneArrangements(QQ)\nArrangement <" + " | ".join(terms) + ">"
    assert ar.count_regions(ar.parse_sage(text)) == 19


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "line 1: no arrangement"),
        ("__import__('os').system('true')", "line 1"),
        (SPACE + "A = H(x, __import__)", "line 2: '__import__' is no coordinate"),
        (SPACE + "A = H(x,\n  y,\n  z)", "line 4: 'z' is no coordinate"),
        (SPACE + "H(x*y)", "line 2: a product of two coordinates"),
        (SPACE + "H(x/0)", "line 2: a division"),
        (SPACE + "H(x) H(y)", "line 2: 'H' after the arrangement"),
        (SPACE + "H([(1, 0, 0), 1])", "line 2: a normal with 3 entries"),
        (SPACE + "H([(0, 0), 1])", "line 2: the normal is zero"),
        (SPACE + "H(" + "(" * 20 + "x" + ")" * 20 + ")", "line 2: brackets are nested too deeply"),
        (SPACE + "H(" + "-" * 100_000 + "x)", "line 2: too many signs"),
        (SPACE + "H(" + "[" * 100_000, "line 2: brackets are nested too deeply"),
        (SPACE + "H(" + "9" * 5_000 + "*x)", "line 2: a number that is too long"),
        (SPACE + "H(x; y)", "line 2: 'y' where an operator"),
        (SPACE + "H(x & y)", "line 2: the character '&'"),
        ("H.<x> = HyperplaneArrangements(GF(5))\nH(x)", "line 1: the field 'GF'"),
        ("H([0, 1], [0, 1, 2])", "line 1: a normal with 2 entries where 1 are"),
        (
            "H.<x,y,x> = HyperplaneArrangements(QQ)\nH(x)",
            "line 1: the coordinate 'x' is named twice",
        ),
        (
            "H = HyperplaneArrangements(QQ, names='x,x')\nH(x)",
            "line 1: the coordinate 'x' is named",
        ),
        ("x | x*y", "line 1: a product of two coordinates"),
        ("1_000*x | y", "line 1: '_000' right after a number; write digits without underscores"),
        ("x^2 | y", "line 1: a power of a coordinate"),
        ("10^10^10*x", "line 1: a power of a power"),
        ("10^100000*x", "line 1: the power 100000"),
        ("(10^9999)^9999*x", "line 1: a number that is too long"),
        ("2^x", "line 1: a power whose exponent"),
        ("0^-1*x", "line 1: a division by zero"),
        ("x = y = 1", "line 1: two equality signs"),
        ("x > 1", "line 1: '>' where"),
        ("x y", "line 1: 'y' where an operator"),
        ("3 | x", "line 1: the normal is zero"),
        ("x | pi", "line 1: 'pi' is no coordinate"),
        ("sqrt(2)*x", "line 1: 'sqrt'"),
        ("[[1, 0], [0, 1]]", "line 1: a matrix; Sage takes the first entry"),
        ("hyperplane_arrangements.braid(4)", "paste what print(list(A)) shows"),
        (
            "Arrangement of 6 hyperplanes of dimension 4 and rank 3",
            "only the size of an arrangement",
        ),
        ("A = H(x); B", "line 1: 'B' after the arrangement"),
        ("Arrangement <x | y", "line 1: 'the end' where '>'"),
    ],
)
def test_hostile_sage(text: str, word: str) -> None:
    with pytest.raises(ar.DataError) as caught:
        ar.parse_sage(text)
    assert word in str(caught.value)


@given(st.text("Hx<>.,=()[]|QQ 0123/*+-'\n", max_size=40))
@example("Arrangement <")
@example("H.<")
@example("H(")
def test_no_text_does_anything_but_be_read_or_refused(text: str) -> None:
    for parse in (ar.parse_sage, ar.parse_polymake):
        with contextlib.suppress(ar.DataError):
            assert parse(text).shape[0] >= 1


@given(matrices(max_rows=5, max_columns=3))
def test_sage_reads_back(matrix: Matrix) -> None:
    assume(all(any(row) for row in matrix))
    found = ar.parse_sage(ar.sage_text(ar.Arrangement(matrix)))
    assert rows(found) == exact(matrix)
    if all(any(row[:-1]) for row in matrix):
        offsets = [row[-1] for row in matrix]
        affine = ar.Arrangement.affine([row[:-1] for row in matrix], offsets)
        back = ar.parse_sage(ar.sage_text(affine))
        # Without constants Sage's text is that of a central arrangement.
        if any(offsets):
            assert rows(back) == exact(matrix)
        assert ar.count_regions(back) == ar.count_regions(affine)


def test_sage_refuses_what_sage_refuses() -> None:
    with pytest.raises(ar.ArgumentError, match="row 1 is no hyperplane"):
        ar.sage_text(ar.Arrangement([[1, 0], [0, 0]]))
    with pytest.raises(ar.ArgumentError, match="no other domain"):
        ar.sage_text(ar.Arrangement([[1, 0]], domain=ar.Cone(((1, 1),))))


@given(matrices(max_rows=5, max_columns=3), st.booleans())
def test_polymake_reads_back(matrix: Matrix, bounded: bool) -> None:  # noqa: FBT001 - Hypothesis
    width = len(matrix[0])
    domain = ar.Cone(((1,) * width, (0,) * (width - 1) + (2,))) if bounded else ar.Cone(())
    arrangement = ar.Arrangement(matrix, domain=domain)
    back = ar.parse_polymake(ar.polymake_text(arrangement))
    assert rows(back) == exact(matrix)
    assert ar.count_regions(back) == ar.count_regions(arrangement)


def test_polymake_files() -> None:
    # As in the documentation of HyperplaneArrangement: one line across the quadrant.
    text = json.dumps(
        {
            "_type": "fan::HyperplaneArrangement<Rational>",
            "HYPERPLANES": [["-1", "1"]],
            "SUPPORT": {"FACETS": [["1", "0"], ["0", "1/2"]]},
        }
    )
    assert ar.count_regions(ar.parse_polymake(text)) == 2
    printed = ar.parse_polymake("HYPERPLANES\n1 0 0\n0 1 0\n0 0 1\n")
    assert ar.count_regions(printed) == 8
    written = json.loads(ar.polymake_text(ar.catalogue.braid(3)))
    assert written["HYPERPLANES"] == [["1", "-1", "0"], ["1", "0", "-1"], ["0", "1", "-1"]]
    assert written["_type"] == "fan::HyperplaneArrangement<Rational>"


def test_rows_do_for_an_arrangement() -> None:
    rows = [[1, 2], [0, 1]]
    assert ar.sage_text(rows) == ar.sage_text(ar.Arrangement(rows))
    assert ar.polymake_text(rows) == ar.polymake_text(ar.Arrangement(rows))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "line 1: no hyperplane"),
        ("1 0\n0 one", "line 2: 'one' is not a rational number"),
        ("1 0\n\n0 1 1", "line 3: 3 entries where 2"),
        ('{"HYPERPLANES": [[1, 0],\n [0, }', "line 2: not JSON"),
        ('{"a": ' + "[" * 100_000, "nested too deeply"),
        ("{}", "HYPERPLANES is missing"),
        ('{"HYPERPLANES": [["1", true]]}', "HYPERPLANES, row 0: 'True'"),
        ('{"HYPERPLANES": [["1", 0.5]]}', "HYPERPLANES, row 0: '0.5'"),
        ('{"HYPERPLANES": [{"0": "1"}]}', "sparse rows are not read"),
        ('{"HYPERPLANES": [["1"], ["1", "2"]]}', "HYPERPLANES, row 1: 2 entries where 1"),
        ('{"_type": "polytope::Polytope", "HYPERPLANES": [["1"]]}', "polytope::Polytope"),
        ('{"HYPERPLANES": [["1"]], "SUPPORT": {"RAYS": [["1"]]}}', "FACETS"),
        ('{"HYPERPLANES": [["1"]], "SUPPORT": {"FACETS": [["0"]]}}', "zero row"),
        ('<?xml version="1.0"?>', "XML"),
        ('{"HYPERPLANES": [[' + "9" * 5_000 + "]]}", "too long a number"),
    ],
)
def test_hostile_polymake(text: str, word: str) -> None:
    with pytest.raises(ar.DataError) as caught:
        ar.parse_polymake(text)
    assert word in str(caught.value)

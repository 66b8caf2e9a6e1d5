"""What networks of any width put out on given rows: dimension, ties, basis."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import zoo
from convex_zoo import a_few
from hypothesis import given
from hypothesis import strategies as st
from oracles.reachable import outputs, rank, spanning

import arrangements as ar
import convex_program as cx
from convex_program.undecayed import ReachableSpace, reachable_space

ACTIVATIONS = [
    cx.ReLU(),
    cx.LeakyReLU("0.1"),
    cx.AbsoluteValue(),
    cx.TwoSlope(1, -2),
    cx.TwoSlope(0, 1),
    cx.TwoSlope(3, 3),
    cx.TwoSlope(2, -2),
]


def space_of(rows: zoo.Matrix, activation: cx.Activation, *, constant: bool) -> ReachableSpace:
    return reachable_space(ar.DataMatrix.from_array(rows), activation, constant=constant)


def require_the_span(rows: zoo.Matrix, activation: cx.Activation, *, constant: bool) -> None:
    """The space is the span of all cells' columns: same dimension, one in the other."""
    found = space_of(rows, activation, constant=constant)
    span = spanning(rows, activation.on, activation.off, constant=constant)
    dimension = rank(span)
    assert found.dimension == dimension == len(rows) - len(found.ties) == len(found.basis)
    assert all(found.contradiction(vector) is None for vector in span)
    assert all(found.contradiction(vector) is None for vector in found.basis)
    assert rank(found.basis) == dimension
    assert found.is_everything == (dimension == len(rows))


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("constant", [False, True])
@a_few(4)
@given(rows=zoo.matrices(max_rows=5))
def test_the_space_is_the_span_of_all_cells(
    activation: cx.Activation, *, constant: bool, rows: zoo.Matrix
) -> None:
    require_the_span(rows, activation, constant=constant)


def test_two_hundred_degenerate_matrices() -> None:
    rng = random.Random(20)  # noqa: S311 - no secret
    everything = coupled = 0
    for trial in range(200):
        columns = rng.randint(1, 4)
        rows: list[list[Fraction]] = []
        for _ in range(rng.randint(1, 6)):
            kind = rng.random()
            if kind < 0.1:
                rows.append([Fraction(0)] * columns)
            elif kind < 0.6 and rows:
                factor = Fraction(rng.choice([-3, -2, -1, -1, 1, 2]), rng.choice([1, 1, 3]))
                rows.append([factor * entry for entry in rng.choice(rows)])
            else:
                rows.append([Fraction(rng.randint(-2, 2)) for _ in range(columns)])
        if rng.random() < 0.2:
            rows = [[*row[:-1], Fraction(1)] for row in rows]
        activation, constant = ACTIVATIONS[trial % len(ACTIVATIONS)], rng.random() < 0.5
        require_the_span(rows, activation, constant=constant)
        found = space_of(rows, activation, constant=constant)
        everything += found.is_everything
        coupled += any(len(part.rows) > part.width > 1 for part in found.parts)
    assert everything > 20  # both kinds were met
    assert coupled > 20


@given(rows=zoo.matrices(max_rows=6), data=st.data())
def test_every_neuron_obeys_every_tie(rows: zoo.Matrix, data: st.DataObject) -> None:
    activation = data.draw(st.sampled_from(ACTIVATIONS))
    u = data.draw(st.lists(st.integers(-9, 9), min_size=len(rows[0]), max_size=len(rows[0])))
    answer = outputs(rows, u, activation.on, activation.off)
    assert space_of(rows, activation, constant=False).contradiction(answer) is None
    shifted = [value + 7 for value in answer]
    assert space_of(rows, activation, constant=True).contradiction(shifted) is None


# The dimension formula: lines, and the rank of those with rows on both sides.


@pytest.mark.parametrize(
    ("rows", "dimension"),
    [
        ([[1, 0], [0, 1], [1, 1]], 3),  # distinct lines
        ([[1, 0], [2, 0], [0, 1]], 2),  # positively parallel rows tie
        ([[1, 0], [-2, 0], [0, 1]], 3),  # an antipodal pair is free
        ([[1, 0], [-1, 0], [0, 1], [0, -1]], 4),  # two independent pairs
        ([[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, -1]], 5),  # three pairs in a plane
        ([[0, 0], [1, 2]], 1),  # a zero row puts out 0
        ([[1], [-1], [3]], 2),
        ([[0]], 0),
    ],
)
def test_dimension_of_relu_without_biases(rows: zoo.Matrix, dimension: int) -> None:
    assert space_of(rows, cx.ReLU(), constant=False).dimension == dimension


def test_an_even_activation_cannot_tell_x_from_minus_x() -> None:
    rows = [[1, 0], [-2, 0], [0, 1]]
    found = space_of(rows, cx.AbsoluteValue(), constant=False)
    assert [str(tie) for tie in found.ties] == ["2 z[0] - z[1] = 0"]


def test_three_antipodal_pairs_in_a_plane_share_one_tie() -> None:
    rows = [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, -1]]
    (tie,) = space_of(rows, cx.ReLU(), constant=False).ties
    assert tie.rows == (0, 1, 2, 3, 4, 5)
    # (x)_+ - (-x)_+ = x, so x + y - (x + y) = 0.
    assert tie.coefficients == (1, -1, 1, -1, -1, 1)


def test_distinct_points_beside_a_hidden_bias_are_free() -> None:
    rows = [[Fraction(k, 7), 1] for k in range(-3, 4)]
    assert space_of(rows, cx.ReLU(), constant=False).is_everything


def test_equal_points_are_tied_and_nothing_else() -> None:
    rows = [[0, 1], [5, 1], [0, 1], [2, 1], [0, 1]]
    found = space_of(rows, cx.LeakyReLU(), constant=True)
    assert found.tied_rows == (0, 2, 4)
    assert found.dimension == 3
    assert found.width == 2  # the output bias replaces a neuron


def test_linear_neurons_add_up_to_one() -> None:
    rows = [[1, 0], [0, 1], [1, 1]]
    found = space_of(rows, cx.LeakyReLU(1), constant=False)
    assert (found.dimension, found.width) == (2, 1)
    assert [str(tie) for tie in found.ties] == ["z[0] + z[1] - z[2] = 0"]


def test_stored_floats_are_what_counts() -> None:
    # As floats 0.3 is not three times 0.1: the rows lie on two lines.
    assert space_of([[0.1, 0.3], [0.3, 0.9]], cx.ReLU(), constant=False).is_everything
    decimals = ar.DataMatrix.from_decimals([["0.1", "0.3"], ["0.3", "0.9"]])
    assert len(reachable_space(decimals, cx.ReLU(), constant=False).ties) == 1


def test_orthogonality_is_exact() -> None:
    found = space_of([[1, 0], [3, 0]], cx.ReLU(), constant=False)
    assert found.is_orthogonal([Fraction(3), Fraction(-1)])
    assert not found.is_orthogonal([Fraction(3), Fraction(-1) + Fraction(1, 10**30)])

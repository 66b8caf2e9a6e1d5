"""Problems, networks and data terms with several outputs, against their definitions."""

from fractions import Fraction

import numpy as np
import pytest

import convex_program as cx

RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=(9, 3)), RNG.normal(size=(9, 2))
NET = cx.Network(RNG.normal(size=(4, 3)), RNG.normal(size=(4, 2)), [0.25, -0.5])


def test_a_network_puts_out_one_column_for_each_output() -> None:
    outputs = NET.forward(X)
    assert outputs.shape == (9, 2)
    for j in range(2):
        one = cx.Network(NET.hidden, NET.output[:, j], NET.output_bias[j])
        np.testing.assert_allclose(outputs[:, j], one.forward(X), rtol=1e-14)


def test_one_output_is_what_it_was() -> None:
    net = cx.Network([[1.0, -0.5]], [[2.0]], [0.5])
    assert isinstance(net.output_bias, float)
    assert net.forward([[1.0, 1.0]]).shape == (1,)
    problem = cx.TrainingProblem(X, Y[:, :1], 0.1)
    assert problem.outputs == 1
    assert problem.y == cx.TrainingProblem(X, Y[:, 0], 0.1).y


@pytest.mark.parametrize("loss", [cx.Squared(), cx.Huber(0.3), cx.Absolute()], ids=repr)
def test_a_separable_loss_is_a_sum_over_the_columns(loss: cx.Loss) -> None:
    weights = [0.5, 1, 2, 3, 1, 0, 1, 1, 0.25]
    both = cx.TrainingProblem(
        X, Y, "0.3", loss, sample_weight=weights, output_bias=cx.DecayedBias()
    )
    parts = Fraction(0)
    for j in range(2):
        one = cx.TrainingProblem(X, Y[:, j], "0.3", loss, sample_weight=weights)
        net = cx.Network(NET.hidden, NET.output[:, j], 0.0)
        shifted = one.exact.fit.exact_value(
            [z + Fraction(NET.output_bias[j]) for z in one.exact.outputs(claim_of(net))]
        )
        parts += shifted
    squares = sum(
        Fraction(w) ** 2 for w in [*NET.hidden.ravel(), *NET.output.ravel(), *NET.output_bias]
    )
    assert both.exact_objective(NET) == parts + Fraction("0.3") * squares / 2
    assert both.objective(NET) == pytest.approx(float(both.exact_objective(NET)), rel=1e-14)


def claim_of(network: cx.Network) -> cx.NetworkClaim:
    return cx.NetworkClaim(
        tuple(map(tuple, network.hidden.tolist())),
        tuple(network.output.ravel().tolist()),
        network.output_bias,
    )


def test_balancing_and_merging_keep_the_outputs() -> None:
    hidden = np.concatenate([NET.hidden, 2.0 * NET.hidden[:1], NET.hidden[1:2]])
    output = np.concatenate([NET.output, 0.5 * NET.output[:1], -NET.output[1:2]])
    net = cx.Network(hidden, output, [0.25, -0.5])
    problem = cx.TrainingProblem(X, Y, 0.1, output_bias=cx.FreeBias())
    for other in (net.balanced(), net.merged(X), cx.irreducible_network(problem, net)):
        np.testing.assert_allclose(other.forward(X), net.forward(X), atol=1e-12)
        assert problem.objective(other) <= problem.objective(net) + 1e-12
        assert other.balance_error() <= 1e-12
    # the first two are multiples of each other in w and output; opposite outputs are not merged
    assert net.merged(X).width == 5


def test_a_network_is_pruned_to_at_most_n_c_neurons() -> None:
    rows, targets = X[:2], Y[:2]
    wide = cx.Network(RNG.normal(size=(40, 3)), RNG.normal(size=(40, 2)))
    problem = cx.TrainingProblem(rows, targets, 0.1)
    narrow = cx.irreducible_network(problem, wide)
    assert narrow.width <= 4
    np.testing.assert_allclose(narrow.forward(rows), wide.forward(rows), atol=1e-10)
    assert problem.objective(narrow) <= problem.objective(wide.balanced()) + 1e-10


def test_a_network_goes_to_a_file_and_back(tmp_path) -> None:
    cx.save_network(NET, tmp_path / "net.npz")
    back = cx.load_network(tmp_path / "net.npz")
    for name in ("hidden", "output", "output_bias"):
        np.testing.assert_array_equal(getattr(back, name), getattr(NET, name))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: cx.Network([[1.0]], [[1.0, 2.0]], [1.0, 2.0, 3.0]),
            r"output_bias has shape \(3,\)",
        ),
        (lambda: cx.Network([[1.0]], np.empty((1, 0))), "output has shape"),
        (lambda: cx.Network([[1.0]], [[[1.0]]]), "output has shape"),
        (lambda: cx.TrainingProblem(X, Y[:5], 1), "y has 5 rows, X has 9"),
        (lambda: cx.TrainingProblem(X, [[1, 2]] * 8 + [[1]], 1), r"y\[8\] has 1 entries"),
        (lambda: cx.TrainingProblem(X, [[1, "x"]] * 9, 1), r"y\[:, 1\]"),
        (lambda: cx.TrainingProblem(X, Y, 1, cx.Logistic()), r"y\[:, 0\]"),
        (lambda: cx.TrainingProblem(X, Y, 1).admit(cx.Network([[1.0] * 3], [1.0])), "1 outputs"),
        (lambda: cx.TrainingProblem(X, Y, 1).objective(NET), "output_bias"),
    ],
)
def test_what_does_not_fit_is_refused(make, words: str) -> None:
    with pytest.raises(cx.ArgumentError, match=words):
        make()


@pytest.mark.parametrize("bias", [cx.NoBias(), cx.FreeBias(), cx.DecayedBias()], ids=repr)
def test_the_best_network_without_neurons_has_the_best_constants(bias: cx.OutputBias) -> None:
    problem = cx.TrainingProblem(X, Y, 0.7, output_bias=bias)
    empty = problem.empty_network()
    shift = {"none": 0.0, "free": Y.mean(axis=0), "decayed": Y.sum(axis=0) / (9 + 0.7)}[bias.name]
    np.testing.assert_allclose(empty.constants, np.zeros(2) + shift, rtol=1e-13)


def test_a_free_bias_asks_each_output_to_add_up_to_zero_exactly() -> None:
    problem = cx.TrainingProblem(X, Y, 0.7, output_bias=cx.FreeBias())
    vector = problem.feasible(RNG.normal(size=18) * 1e3)
    for j in range(2):
        assert sum(map(Fraction, vector[j::2].tolist())) == 0
    one_column = np.concatenate([[1.0, 1.0, -1.0, 0.0], np.zeros(14)])
    with pytest.raises(cx.ClaimError, match="not feasible"):
        problem.exact.dual_value([Fraction(v) for v in one_column])


def test_gradient_descent_goes_down_with_several_outputs() -> None:
    problem = cx.TrainingProblem(X, Y, 0.1, output_bias=cx.DecayedBias())
    training = cx.train(problem, 6)
    assert training.network.outputs == 2
    assert training.objectives[-1] < 0.7 * training.objectives[0]
    assert problem.objective(training.network) == pytest.approx(training.objectives[-1])

"""Certified optima with several outputs: from both sides, against oracles that share no code."""

import numpy as np
import pytest
from oracles.vector_networks import descend, in_the_plane, largest_response

import convex_program as cx


def gaussian(n: int, d: int, c: int) -> tuple[np.ndarray, np.ndarray]:
    """The data of the prototypes' table."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d))
    return X, np.sin(2 * X @ rng.normal(size=(d, c))) + 0.3 * rng.normal(size=(n, c))


DEGENERATE = {
    "duplicate rows": lambda X, Y: (np.concatenate([X, X[:4]]), np.concatenate([Y, -Y[:4]])),
    "opposite rows": lambda X, Y: (np.concatenate([X, -2.0 * X[:4]]), np.concatenate([Y, Y[:4]])),
    "a zero row": lambda X, Y: (np.concatenate([X, 0.0 * X[:1]]), np.concatenate([Y, Y[:1]])),
    "rank one": lambda X, Y: (np.outer(X[:, 0], [1.0, 2.0]), Y),
    "equal targets": lambda X, Y: (X, np.repeat(Y[:, :1], 2, axis=1)),
    "one zero target": lambda X, Y: (X, np.c_[Y[:, 0], np.zeros(len(Y))]),
    "small integers": lambda X, Y: (np.rint(X), np.rint(2 * Y)),
    "large scale": lambda X, Y: (1e150 * X, 1e-120 * Y),
}


@pytest.mark.parametrize("kind", DEGENERATE)
@pytest.mark.parametrize("part", [0.05, 0.5])
def test_degenerate_problems_are_closed_from_both_sides(kind: str, part: float) -> None:
    X, Y = DEGENERATE[kind](*gaussian(10, 2, 2))
    beta = part * cx.beta_max(X, Y)
    best = cx.global_optimum(cx.TrainingProblem(X, Y, beta))
    assert best.relative_gap <= 1e-8
    assert best.level is cx.Level.RIGOROUS
    if kind != "large scale":
        reached = min(descend(X, Y, beta, 8, seed) for seed in range(4))
        assert reached >= best.lower * (1 - 1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_the_dual_vector_is_feasible_by_the_plane_oracle(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(9, 2)), rng.normal(size=(9, 3))
    problem = cx.TrainingProblem(X, Y, 0.15)
    best = cx.global_optimum(problem)
    V = np.array(best.certificate.vector).reshape(9, 3)
    truth = in_the_plane(X, V)
    assert truth == pytest.approx(largest_response(X, V), rel=1e-4)  # sampled
    peak = best.certificate.evidence.peak
    assert truth * (1 - 1e-14) <= peak <= max(truth, 0.15) * (1 + 1e-6)
    # the bound of the article's dual for the squared loss, evaluated here
    t = best.certificate.scale
    value = t * np.sum(V * Y) - t * t * np.sum(V * V) / 2
    assert best.lower == pytest.approx(value, rel=1e-12)
    assert best.relative_gap <= 1e-8
    assert cx.beta_max(X, Y) == pytest.approx(in_the_plane(X, Y), rel=1e-9)


@pytest.mark.parametrize("c", [1, 2, 3, 10])
def test_no_network_is_below_the_bound(c: int) -> None:
    X, Y = gaussian(20, 3, c)
    beta = 0.2 * cx.beta_max(X, Y)
    best = cx.global_optimum(cx.TrainingProblem(X, Y, beta))
    reached = [descend(X, Y, beta, 12, seed) for seed in range(8)]
    assert min(reached) >= best.lower
    # and the better of them come near
    assert min(reached) <= best.upper * 1.05
    assert best.network.width <= 20 * c


def test_one_output_is_the_same_problem_for_both_solvers() -> None:
    X, Y = gaussian(30, 3, 1)
    problem = cx.TrainingProblem(X, Y, 1.5, output_bias=cx.DecayedBias())
    one = cx.global_optimum(problem, solver=cx.WorkingSet(), level=cx.Level.RIGOROUS)
    other = cx.global_optimum(problem, solver=cx.VectorWorkingSet(), level=cx.Level.RIGOROUS)
    assert other.upper == pytest.approx(one.upper, rel=2e-8)
    assert other.lower <= one.upper
    assert one.lower <= other.upper


@pytest.mark.parametrize(
    ("sizes", "beta", "primal", "bound"),
    [
        ((50, 3, 2), 4.92204629, 26.53110294, 26.53085),
        ((50, 3, 10), 7.57981462, 127.32598065, 127.32561),
        ((50, 4, 3), 3.23905090, 39.61474224, 39.61461),
    ],
)
def test_the_prototypes_bracket_holds(
    sizes: tuple[int, int, int], beta: float, primal: float, bound: float
) -> None:
    X, Y = gaussian(*sizes)
    best = cx.global_optimum(cx.TrainingProblem(X, Y, beta))
    assert bound <= best.upper <= primal
    assert best.lower <= primal
    assert best.relative_gap <= 1e-8


def test_equal_targets_are_one_output_with_a_smaller_decay() -> None:
    """Y = (y, y): by symmetry b = (a, a) / sqrt 2 costs |a|, and both errors count."""
    X, Y = gaussian(15, 2, 1)
    both = cx.global_optimum(cx.TrainingProblem(X, np.repeat(Y, 2, axis=1), 0.8))
    # 2 (1/2 |z - y|^2) + 0.8 sqrt 2 gauge(z) for z the common output
    one = cx.global_optimum(cx.TrainingProblem(X, Y, 0.8 * np.sqrt(2.0) / 2.0))
    assert both.upper == pytest.approx(2.0 * one.upper, rel=1e-7)


@pytest.mark.parametrize("bias", [cx.NoBias(), cx.FreeBias()], ids=repr)
def test_softmax_of_two_classes_is_logistic_at_its_optimum(bias: cx.OutputBias) -> None:
    """With beta over the root of two: the relation that `test_cross_entropy` shows for networks."""
    X, Y = gaussian(25, 2, 1)
    labels = (Y[:, 0] > 0).astype(int)
    X = np.c_[X, np.ones(25)]
    logistic = cx.TrainingProblem(X, labels, 0.6 / np.sqrt(2.0), cx.Logistic(), output_bias=bias)
    entropy = cx.TrainingProblem(X, labels, 0.6, cx.SoftmaxCrossEntropy(), output_bias=bias)
    one, other = cx.global_optimum(logistic), cx.global_optimum(entropy)
    assert other.upper == pytest.approx(one.upper, rel=2e-8)
    assert other.lower <= one.upper
    assert one.lower <= other.upper


@pytest.mark.parametrize(
    "loss", [cx.Squared(), cx.Huber("0.3"), cx.Logistic(), cx.SquaredHinge()], ids=repr
)
@pytest.mark.parametrize("bias", [cx.NoBias(), cx.FreeBias(), cx.DecayedBias()], ids=repr)
def test_smooth_losses_biases_and_weights_are_closed(loss: cx.Loss, bias: cx.OutputBias) -> None:
    X, Y = gaussian(18, 2, 2)
    targets = Y if loss.scales else np.where(Y > 0, 1, -1)
    weights = np.linspace(0.0, 2.0, 18)
    problem = cx.TrainingProblem(X, targets, 0.4, loss, output_bias=bias, sample_weight=weights)
    best = cx.global_optimum(problem)
    assert best.relative_gap <= 1e-7
    trained = cx.train(problem, 6).network
    assert problem.exact_objective(trained) >= best.exact_lower


def test_activations_with_two_slopes_are_closed() -> None:
    X, Y = gaussian(15, 2, 2)
    values = []
    for activation in (cx.ReLU(), cx.LeakyReLU("0.1"), cx.AbsoluteValue()):
        problem = cx.TrainingProblem(X, Y, 0.4, activation=activation)
        best = cx.global_optimum(problem)
        assert best.relative_gap <= 1e-7
        trained = cx.train(problem, 8).network
        assert problem.exact_objective(trained) >= best.exact_lower
        values.append(best.upper)
    assert len(set(values)) == 3


def test_laws_of_scale_and_of_rotated_outputs() -> None:
    X, Y = gaussian(15, 2, 3)
    plain = cx.global_optimum(cx.TrainingProblem(X, Y, 0.5)).upper
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]
    rotated = cx.global_optimum(cx.TrainingProblem(X, Y @ turn, 0.5)).upper
    stretched = cx.global_optimum(cx.TrainingProblem(4.0 * X, Y, 2.0)).upper
    louder = cx.global_optimum(cx.TrainingProblem(X, 8.0 * Y, 4.0)).upper
    assert rotated == pytest.approx(plain, rel=2e-8)
    assert stretched == pytest.approx(plain, rel=2e-8)
    assert louder == pytest.approx(64.0 * plain, rel=2e-8)


def test_a_start_is_taken_up() -> None:
    X, Y = gaussian(25, 3, 2)
    first = cx.global_optimum(cx.TrainingProblem(X, Y, 1.0))
    for start in (first, first.network):
        again = cx.global_optimum(cx.TrainingProblem(X, Y, 0.9), start=start)
        assert again.relative_gap <= 1e-8
        assert again.upper < first.upper


@pytest.mark.parametrize("scale", [1.0, 1.2, 1.45, 1.7])
@pytest.mark.parametrize("kind", ["plane", "line"])
def test_coordinates_in_the_row_space_may_be_larger_than_the_entries(
    scale: float, kind: str
) -> None:
    X, Y = gaussian(7, 2, 2)
    spread = {"plane": [[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]], "line": [[1.0, 1.0], [0.0, 0.0]]}[kind]
    best = cx.global_optimum(cx.TrainingProblem(scale * X @ np.array(spread), Y, 0.1))
    assert best.relative_gap <= 1e-8

"""Softmax cross-entropy: values, dual vectors and targets, against the definition."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convex_program as cx

RNG = np.random.default_rng(3)
X = RNG.normal(size=(10, 2))
LABELS = [0, 2, 1, 1, 0, 2, 2, 2, 0, 1]


def by_definition(z: np.ndarray, labels: list[int], weight: list[float], smoothing: float) -> float:
    """PyTorch's sum of cross-entropies, term by term."""
    total = 0.0
    for row, label in zip(z, labels, strict=True):
        logs = row - np.log(np.sum(np.exp(row)))
        total -= (1 - smoothing) * weight[label] * logs[label]
        total -= smoothing / len(row) * sum(w * log for w, log in zip(weight, logs, strict=True))
    return total


@pytest.mark.parametrize("smoothing", [0.0, 0.125, 1.0])
@pytest.mark.parametrize("weight", [None, [0.5, 2.0, 1.25]])
def test_the_value_is_the_one_of_the_definition(smoothing: float, weight: list | None) -> None:
    loss = cx.SoftmaxCrossEntropy(class_weight=weight, smoothing=smoothing)
    problem = cx.TrainingProblem(X, LABELS, 1, loss)
    net = cx.Network(RNG.normal(size=(3, 2)), RNG.normal(size=(3, 3)))
    penalty = 0.5 * (np.sum(net.hidden**2) + np.sum(net.output**2))
    expected = by_definition(net.forward(X), LABELS, weight or [1.0] * 3, smoothing) + penalty
    assert problem.objective(net) == pytest.approx(expected, rel=1e-13)
    assert float(problem.exact_objective(net)) == pytest.approx(expected, rel=1e-13)


def test_one_hot_rows_and_texts_are_labels_too() -> None:
    plain = cx.TrainingProblem(X, LABELS, 1, cx.SoftmaxCrossEntropy())
    hot = cx.TrainingProblem(X, np.eye(3)[LABELS], 1, cx.SoftmaxCrossEntropy())
    texts = [("ash", "beech", "cedar")[label] for label in LABELS]
    named = cx.TrainingProblem(X, texts, 1, cx.SoftmaxCrossEntropy())
    ordered = cx.SoftmaxCrossEntropy(["cedar", "ash", "beech"])
    assert plain.y == hot.y == named.y
    turned = cx.TrainingProblem(X, texts, 1, ordered)
    rows = [tuple(row[j] for j in (2, 0, 1)) for row in plain.y.rows()]
    assert turned.y.rows() == rows


@settings(max_examples=60, deadline=None)
@given(
    scale=st.sampled_from([1e-300, 1e-8, 1.0, 30.0, 1e5]),
    seed=st.integers(0, 10**6),
    bias=st.sampled_from([cx.NoBias(), cx.FreeBias(), cx.DecayedBias()]),
    smoothing=st.sampled_from([0, "0.1", 1]),
    weighted=st.booleans(),
)
def test_every_vector_becomes_feasible_exactly(scale, seed, bias, smoothing, weighted) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, 6).tolist() + [2]
    weights = rng.choice([0.0, 1e-9, 1.0, 7.0], 7) if weighted else None
    if weights is not None and not weights.any():
        weights[0] = 1.0
    loss = cx.SoftmaxCrossEntropy(smoothing=smoothing)
    problem = cx.TrainingProblem(
        rng.normal(size=(7, 2)), labels, "0.5", loss, output_bias=bias, sample_weight=weights
    )
    vector = problem.feasible(rng.normal(size=21) * scale)
    exact = [Fraction(v) for v in vector.tolist()]
    value = problem.exact.dual_value(exact)  # raises where loss or bias forbid it
    half = problem.exact.dual_value([v / 2 for v in exact])
    at_zero = problem.exact.dual_value([Fraction(0)] * 21)
    # the dual value is concave along the ray
    assert float(half) >= float(value + at_zero) / 2 - 1e-12 * (1 + abs(float(value)))


def test_a_vector_outside_the_simplex_is_refused() -> None:
    problem = cx.TrainingProblem(X[:2], [0, 1], 1, cx.SoftmaxCrossEntropy(range(3)))
    for bad in ([1.5, -1.5, 0, 0, 0, 0], [0.5, -0.25, 0, 0, 0, 0], [-0.5, 0.5, 0, 0, 0, 0]):
        with pytest.raises(cx.ClaimError, match="not feasible"):
            problem.exact.dual_value([Fraction(v) for v in bad])


@pytest.mark.parametrize("bias", [cx.NoBias(), cx.FreeBias(), cx.DecayedBias()], ids=repr)
def test_the_dual_value_never_exceeds_the_loss_of_any_outputs(bias: cx.OutputBias) -> None:
    """Weak duality by itself: D(V) <= f(z) + <V, z> for every z, since D(V) = min of that."""
    loss = cx.SoftmaxCrossEntropy(smoothing="0.2", class_weight=[1, 2, 3])
    problem = cx.TrainingProblem(X, LABELS, 1, loss, output_bias=bias)
    vector = problem.feasible(RNG.normal(size=30))
    value = float(problem.fit.exact_dual([Fraction(v) for v in vector.tolist()]))
    for scale in (0.1, 1.0, 10.0):
        z = RNG.normal(size=(10, 3)) * scale
        below = by_definition(z, LABELS, [1.0, 2.0, 3.0], 0.2) + vector @ z.ravel()
        assert value <= below + 1e-10
    # at the softmax's own residual it is attained
    z = RNG.normal(size=30)
    own = problem.fit.residual(z)
    attained = problem.fit.value(z) + own @ z
    assert problem.fit.dual_value(own) == pytest.approx(attained, rel=1e-12)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: cx.SoftmaxCrossEntropy(smoothing=2), "smoothing = 2"),
        (lambda: cx.SoftmaxCrossEntropy([1, 1]), "two or more different classes"),
        (lambda: read([0, 0]), "holds one class"),
        (lambda: read([0, -1]), r"y\[1\] = -1 is not a label"),
        (lambda: read([0.5, 1]), r"y\[0\] = 0.5 is not a label"),
        (lambda: read(["a", "a"]), "two or more different classes"),
        (lambda: read([[1, 0], [0, 0]]), r"y\[1\]"),
        (lambda: read([[1, 0], [-1, 2]]), r"y\[1\]"),
        (lambda: read([0, 3], classes=[0, 1]), r"y\[1\] = 3 is none of the classes"),
        (lambda: read([0, 1], class_weight=[1]), "class_weight"),
        (lambda: read([0, 1], class_weight=[1, -1]), "class_weight"),
        (lambda: read(["a", "b"], class_weight={"c": 1}), "class_weight names 'c'"),
    ],
)
def test_what_is_no_class_is_refused(make, words: str) -> None:
    with pytest.raises(cx.ArgumentError, match=words):
        make()


def read(y, **options) -> object:
    return cx.SoftmaxCrossEntropy(**options).read_targets(y)


def test_softmax_of_two_outputs_is_logistic_with_another_decay() -> None:
    """Outputs (z, -z) of one hidden layer: b = (a/2, -a/2) costs |a| / sqrt 2, and 2 z is the logit."""
    labels = [0, 1, 1, 0, 1, 0, 0, 1, 1, 1]
    net = cx.Network(RNG.normal(size=(4, 2)), RNG.normal(size=4)).balanced()
    beta = 0.3
    logistic = cx.TrainingProblem(X, labels, beta / np.sqrt(2.0), cx.Logistic())
    # the first class is -1: the logit is the second output less the first
    split = np.c_[-net.output[:, 0], net.output[:, 0]] / 2.0
    both = cx.Network(net.hidden, split).balanced()
    entropy = cx.TrainingProblem(X, labels, beta, cx.SoftmaxCrossEntropy())
    assert entropy.objective(both) == pytest.approx(logistic.objective(net), rel=1e-13)
    # any other split of the same logit costs more
    other = cx.Network(net.hidden, split + 0.3).balanced()
    assert entropy.objective(other) > entropy.objective(both)

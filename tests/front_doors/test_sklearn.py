"""`from_sklearn` with the real MLPRegressor and MLPClassifier."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

import convex_program as cx

ROWS, INPUTS, ALPHA = 14, 2, 0.05
Model = MLPRegressor | MLPClassifier


def data(seed: int = 0, rows: int = ROWS) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    X = generator.standard_normal((rows, INPUTS))
    return X, np.sin(2 * X[:, 0]) + X[:, 1] ** 2


def labels(y: np.ndarray) -> np.ndarray:
    return (y > np.median(y)).astype(int)


def quietly(model: Model, X: np.ndarray, y: np.ndarray, **fit: Any) -> Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y, **fit)


def fitted(X: np.ndarray, y: np.ndarray, kind: type = MLPRegressor, **options: Any) -> Model:
    fit = {key: options.pop(key) for key in ("sample_weight",) if key in options}
    options = {"solver": "lbfgs", "max_iter": 60, "alpha": ALPHA, **options}
    options.setdefault("hidden_layer_sizes", (5,))
    return quietly(kind(random_state=0, **options), X, y, **fit)


def their_objective(
    model: Model, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """Loss plus penalty as the documentation has them, row by row."""
    s = np.ones(len(X)) if weights is None else weights
    losses = []
    for row, target in zip(X, y, strict=True):
        hidden = np.maximum(row @ model.coefs_[0] + model.intercepts_[0], 0)
        z = float(hidden @ model.coefs_[1][:, 0] + model.intercepts_[1][0])
        if isinstance(model, MLPRegressor):
            losses.append((z - target) ** 2 / 2)
        else:
            p = 1 / (1 + np.exp(-z))
            losses.append(-float(np.log(p if target == model.classes_[1] else 1 - p)))
    squares = sum(float((layer**2).sum()) for layer in model.coefs_)
    return float(s @ np.array(losses) + model.alpha / 2 * squares) / float(s.sum())


KINDS = {
    "regressor": (MLPRegressor, cx.Squared(), lambda y: y),
    "classifier": (MLPClassifier, cx.Logistic(), labels),
    "of booleans": (MLPClassifier, cx.Logistic(), lambda y: labels(y) == 1),
    "of texts": (MLPClassifier, cx.Logistic(), lambda y: np.where(labels(y), "a yes", "no")),
    "of other numbers": (MLPClassifier, cx.Logistic(), lambda y: np.where(labels(y), 3, 7)),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", KINDS)
def test_our_objective_is_theirs(name: str, seed: int, weighted: bool) -> None:  # noqa: FBT001
    kind, loss, targets = KINDS[name]
    X, y = data(seed)
    y = targets(y)
    weights = np.random.default_rng(seed).random(ROWS) + 0.5 if weighted else None
    model = fitted(X, y, kind, **({"sample_weight": weights} if weighted else {}))
    network, problem = cx.from_sklearn(model, X, y, sample_weight=weights)
    assert problem.loss == loss
    assert isinstance(problem.hidden_bias, cx.FreeHiddenBias)
    assert isinstance(problem.output_bias, cx.FreeBias)
    assert float(problem.exact_beta) == ALPHA
    assert problem.remark == ""
    assert network.features == problem.data.shape[1] == INPUTS + 1
    assert all(row[-1] == 1 for row in problem.data.fractions)
    size = ROWS if weights is None else sum(problem.sample_weight)
    ours = problem.exact_objective(network)
    assert ours is not None
    theirs = their_objective(model, X, y, weights)
    assert float(cx.scaling.SKLEARN_MLP.value(ours, size)) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("name", ["regressor", "classifier"])
def test_their_own_loss_is_our_objective(name: str) -> None:
    kind, _, targets = KINDS[name]
    X, y = data()
    y = targets(y)
    # Converged, so that the loss it remembers is that of the weights it kept.
    model = fitted(X, y, kind, max_iter=20_000, tol=1e-12)
    network, problem = cx.from_sklearn(model, X, y)
    ours = problem.exact_objective(network)
    assert ours is not None
    converted = float(cx.scaling.SKLEARN_MLP.value(ours, ROWS))
    assert model.loss_ == pytest.approx(converted, rel=1e-9)


@pytest.mark.parametrize("name", ["regressor", "classifier"])
def test_outputs_are_theirs(name: str) -> None:
    kind, _, targets = KINDS[name]
    X, y = data(2)
    model = fitted(X, targets(y), kind)
    network, problem = cx.from_sklearn(model, X, targets(y))
    outputs = network.forward(problem.data)
    if kind is MLPRegressor:
        np.testing.assert_allclose(outputs, model.predict(X), rtol=1e-12)
    else:
        np.testing.assert_array_equal(outputs > 0, model.predict(X) == model.classes_[1])
        np.testing.assert_allclose(1 / (1 + np.exp(-outputs)), model.predict_proba(X)[:, 1])


@pytest.mark.parametrize("name", ["regressor", "classifier"])
def test_the_verdict_is_about_their_own_objective(name: str) -> None:
    kind, _, targets = KINDS[name]
    X, y = data()
    y = targets(y)
    network, problem = cx.from_sklearn(fitted(X, y, kind), X, y)
    verdict = cx.certify(network, problem)
    assert verdict.level is cx.Level.PROVED
    assert verdict.lower <= verdict.best.upper <= verdict.upper * (1 + 1e-9)
    assert verdict.best.relative_gap < 1e-6
    assert "another objective" not in verdict.summary()
    assert cx.verify(verdict.claim()).lower == verdict.exact_lower
    # No fit of theirs, from any start, is below the bound.
    scale = float(cx.scaling.SKLEARN_MLP.value(1, ROWS))
    for seed in range(8):
        model = kind(
            hidden_layer_sizes=(12,), alpha=ALPHA, solver="lbfgs", max_iter=500, random_state=seed
        )
        assert their_objective(quietly(model, X, y), X, y) >= scale * verdict.lower * (1 - 1e-12)


def test_no_decay_is_a_problem_without_decay() -> None:
    X, y = data()
    network, problem = cx.from_sklearn(fitted(X, y, alpha=0.0), X, y)
    assert problem.exact_beta == 0
    assert problem.objective(network) >= 0


def test_zeros_and_ones_in_a_regression_are_remarked() -> None:
    X, y = data()
    _, problem = cx.from_sklearn(fitted(X, labels(y)), X, labels(y))
    assert "targets are 0 and 1 but the loss is squared" in problem.remark


@pytest.mark.parametrize("kind", [MLPRegressor, MLPClassifier])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_mini_batches_are_refused_with_the_reason(solver: str, kind: type) -> None:
    """Each batch of b rows carries the whole alpha: the objective is not that of alpha."""
    X, y = data()
    y = labels(y)
    model = fitted(X, y, kind, solver=solver, batch_size=4, max_iter=2)
    with pytest.raises(cx.ArgumentError, match=r"batches of 4 of 14 rows.*batch_size=14"):
        cx.from_sklearn(model, X, y)
    X, y = data(rows=201)
    y = labels(y)
    model = fitted(X, y, kind, solver=solver, max_iter=2)
    with pytest.raises(cx.ArgumentError, match="batches of 200 of 201 rows"):
        cx.from_sklearn(model, X, y)


@pytest.mark.parametrize("options", [{}, {"batch_size": ROWS}])
def test_whole_batches_are_taken(options: dict[str, Any]) -> None:
    X, y = data()
    cx.from_sklearn(fitted(X, y, solver="adam", max_iter=2, **options), X, y)


def other(kind: type = MLPRegressor, **options: Any) -> Model:
    X, y = data()
    y = labels(y) if kind is MLPClassifier else np.abs(y)
    return fitted(X, y, kind, **{"max_iter": 3, **options})


def several_labels() -> Model:
    X, y = data()
    return fitted(X, np.c_[labels(y), 1 - labels(y)], MLPClassifier, max_iter=3)


def one_class() -> Model:
    X, _ = data()
    return fitted(X, np.zeros(ROWS, dtype=int), MLPClassifier, max_iter=3)


WRONG = {
    "not fitted": (MLPRegressor, "MLPRegressor without weights; fit it first"),
    "another thing": (dict, "dict without weights"),
    "two hidden layers": (lambda: other(hidden_layer_sizes=(3, 3)), "2 hidden layers; one"),
    "tanh": (lambda: other(activation="tanh"), "activation = 'tanh'; 'relu' is supported"),
    "identity": (lambda: other(activation="identity"), "'identity': it is linear in X"),
    "poisson": (lambda: other(loss="poisson"), "loss = 'poisson' and out_activation_ = 'exp'"),
    "several labels": (several_labels, "is none of the model's classes"),
    "one class": (one_class, "tells 1 classes apart"),
    "early stopping": (
        lambda: other(solver="adam", early_stopping=True, validation_fraction=0.3),
        "early_stopping = True, which leaves rows out",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_other_models_are_refused(name: str) -> None:
    make, pattern = WRONG[name]
    with pytest.raises(cx.ArgumentError, match=pattern):
        cx.from_sklearn(make(), *data())


def test_two_targets_are_two_outputs() -> None:
    X, y = data()
    both = np.c_[y, y**2]
    model = fitted(X, both)
    network, problem = cx.from_sklearn(model, X, both)
    np.testing.assert_allclose(network.forward(problem.data), model.predict(X), atol=1e-12)
    # loss_ averages the squares over the targets, the gradients do not: see the remark
    squares = np.sum((model.predict(X) - both) ** 2)
    decayed = sum(np.sum(layer**2) for layer in model.coefs_)
    expected = 0.5 * squares + 0.5 * model.alpha * decayed
    assert problem.objective(network) == pytest.approx(expected, rel=1e-12)
    assert model.loss_ * ROWS == pytest.approx(expected - 0.25 * squares, rel=1e-6)
    assert "loss_" in problem.remark
    with pytest.raises(cx.ArgumentError, match="y has 1 columns, the model has 2 outputs"):
        cx.from_sklearn(model, X, y)


@pytest.mark.parametrize("texts", [False, True])
def test_three_classes_are_cross_entropy(texts: bool) -> None:  # noqa: FBT001 - a table of two
    X, _ = data()
    labels = np.arange(ROWS) % 3
    y = np.array(["c", "a", "b"])[labels] if texts else labels
    model = fitted(X, y, MLPClassifier)
    network, problem = cx.from_sklearn(model, X, y)
    assert problem.loss == cx.SoftmaxCrossEntropy()
    z = network.forward(problem.data)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(p, model.predict_proba(X), atol=1e-12)
    assert problem.objective(network) / ROWS == pytest.approx(model.loss_, rel=1e-6)


def test_a_column_of_ones_is_refused() -> None:
    X, y = data()
    with pytest.raises(cx.ArgumentError, match="X has 3 columns, the model was fitted to 2"):
        cx.from_sklearn(fitted(X, y), np.c_[X, np.ones(ROWS)], y)


@pytest.mark.parametrize("kind", [MLPRegressor, MLPClassifier])
def test_targets_of_another_length_are_refused(kind: type) -> None:
    X, y = data()
    y = labels(y)
    with pytest.raises(cx.ArgumentError, match="y has 13 entries, X has 14 rows"):
        cx.from_sklearn(fitted(X, y, kind), X, y[:-1])


def test_labels_of_another_kind_are_refused() -> None:
    X, y = data()
    model = fitted(X, labels(y), MLPClassifier)
    with pytest.raises(cx.ArgumentError, match=r"y\[\d\] = .*-1.* is none of the model's classes"):
        cx.from_sklearn(model, X, 2 * labels(y) - 1)
    with pytest.raises(cx.ArgumentError, match=r"y has shape \(14, 2\); one label a row"):
        cx.from_sklearn(model, X, np.c_[y, y])

"""`from_sklearn` with the real MLPRegressor."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

import convex_program as cx

ROWS, INPUTS, ALPHA = 9, 2, 0.05


def data(seed: int = 0, rows: int = ROWS) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    X = generator.standard_normal((rows, INPUTS))
    return X, np.sin(2 * X[:, 0]) + X[:, 1] ** 2


def fitted(X: np.ndarray, y: np.ndarray, **options: Any) -> MLPRegressor:
    options = {"solver": "lbfgs", "max_iter": 60, "alpha": ALPHA, **options}
    model = MLPRegressor(hidden_layer_sizes=(5,), random_state=0, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y)


@pytest.mark.parametrize("seed", range(4))
def test_our_objective_is_theirs_plus_the_decay_of_the_hidden_biases(seed: int) -> None:
    X, y = data(seed)
    model = fitted(X, y)
    network, problem = cx.from_sklearn(model, X, y)
    np.testing.assert_allclose(network.forward(problem.data), model.predict(X), rtol=1e-12)
    squares = sum(float((layer**2).sum()) for layer in model.coefs_)
    theirs = float(((model.predict(X) - y) ** 2).sum() + ALPHA * squares) / (2 * ROWS)
    biases = float((model.intercepts_[0] ** 2).sum())
    ours = problem.exact_objective(network)
    converted = cx.scaling.SKLEARN_MLP.value(ours, ROWS)
    assert float(converted) == pytest.approx(theirs + ALPHA * biases / (2 * ROWS), rel=1e-12)


def test_their_own_loss_is_the_one_in_the_table() -> None:
    X, y = data()
    model = fitted(X, y, max_iter=3000)
    squares = sum(float((layer**2).sum()) for layer in model.coefs_)
    theirs = float(((model.predict(X) - y) ** 2).sum() + ALPHA * squares) / (2 * ROWS)
    assert model.loss_ == pytest.approx(theirs, rel=1e-9)


def test_the_problem_and_its_remark() -> None:
    X, y = data()
    network, problem = cx.from_sklearn(fitted(X, y), X, y)
    assert isinstance(problem.output_bias, cx.FreeBias)
    assert float(problem.exact_beta) == ALPHA
    assert network.features == problem.data.shape[1] == INPUTS + 1
    assert all(row[-1] == 1 for row in problem.data.fractions)
    verdict = cx.certify(network, problem)
    assert verdict.level is cx.Level.PROVED
    assert verdict.lower <= verdict.best.upper <= verdict.upper * (1 + 1e-9)
    for text in (verdict.summary(), verdict.best.summary(), verdict.to_json()["remark"]):
        assert "scikit-learn leaves the hidden biases unpenalized" in text
    assert cx.verify(verdict.claim()).lower == verdict.exact_lower


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_mini_batches_are_refused_with_the_reason(solver: str) -> None:
    """Each batch of b rows carries the whole alpha: the objective is not that of alpha."""
    X, y = data()
    model = fitted(X, y, solver=solver, batch_size=4, max_iter=2)
    with pytest.raises(cx.ArgumentError, match=r"batches of 4 of 9 rows.*batch_size=9"):
        cx.from_sklearn(model, X, y)
    X, y = data(rows=201)
    model = fitted(X, y, solver=solver, max_iter=2)
    with pytest.raises(cx.ArgumentError, match="batches of 200 of 201 rows"):
        cx.from_sklearn(model, X, y)


@pytest.mark.parametrize("options", [{}, {"batch_size": ROWS}])
def test_whole_batches_are_taken(options: dict[str, Any]) -> None:
    X, y = data()
    cx.from_sklearn(fitted(X, y, solver="adam", max_iter=2, **options), X, y)


WRONG = {
    "not fitted": (MLPRegressor, "MLPRegressor without weights; fit it first"),
    "another thing": (dict, "dict without weights"),
    "two hidden layers": (lambda: other(hidden_layer_sizes=(3, 3)), "2 hidden layers; one"),
    "tanh": (lambda: other(activation="tanh"), "activation = 'tanh'; 'relu' is supported"),
    "no decay": (lambda: other(alpha=0.0), "alpha = 0.0; weight decay must be positive"),
    "poisson": (lambda: other(loss="poisson"), "out_activation_ = 'exp'"),
    "early stopping": (
        lambda: other(solver="adam", early_stopping=True, validation_fraction=0.3),
        "early_stopping = True, which leaves rows out",
    ),
}


def other(**options: Any) -> MLPRegressor:
    X, y = data()
    chosen = {"hidden_layer_sizes": (3,), "solver": "lbfgs", "max_iter": 3, **options}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return MLPRegressor(random_state=0, **chosen).fit(X, np.abs(y))


@pytest.mark.parametrize("name", WRONG)
def test_other_models_are_refused(name: str) -> None:
    make, pattern = WRONG[name]
    with pytest.raises(cx.ArgumentError, match=pattern):
        cx.from_sklearn(make(), *data())


def test_two_outputs_are_refused() -> None:
    X, y = data()
    model = fitted(X, np.c_[y, y])
    with pytest.raises(cx.ArgumentError, match="2 outputs; one is supported"):
        cx.from_sklearn(model, X, y)


def test_a_column_of_ones_is_refused() -> None:
    X, y = data()
    with pytest.raises(cx.ArgumentError, match="X has 3 columns, the model was fitted to 2"):
        cx.from_sklearn(fitted(X, y), np.c_[X, np.ones(ROWS)], y)


def test_targets_of_another_length_are_refused() -> None:
    X, y = data()
    with pytest.raises(cx.ArgumentError, match="y has 8 entries, X has 9 rows"):
        cx.from_sklearn(fitted(X, y), X, y[:-1])

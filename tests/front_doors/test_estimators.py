"""The estimators are scikit-learn's kind of estimators, and say what is certified."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import convex_program as cx

_CLOCK = "ten features: what is reached in a second depends on the machine"
_CONIC = "a conic solver is accurate to seven digits, the check asks for more"
_GAP = "a duality gap of 1e-4, the check asks for seven digits"
_CLOCKED = ("check_regressors_int", "check_regressor_data_not_an_array")
_WEIGHTED = "check_sample_weight_equivalence_on_dense_data"
_COMPARED = {
    _WEIGHTED: {"time_limit": 30.0},
    "check_fit_idempotent": {"time_limit": 30.0},
    "check_classifier_data_not_an_array": {"time_limit": 30.0},
    "check_supervised_y_2d": {"time_limit": 30.0, "gap": 0.1},
}
"""Checks that compare two fits: a time limit on a busy machine would tell them apart."""

# Whichever check one setting may fail, for the reason given, the other passes.
CHECKED = {
    "all": cx.ConvexReLURegressor(time_limit=0.4),
    "sampled": cx.ConvexReLURegressor(patterns=20, random_state=0, time_limit=0.2),
    "classes": cx.ConvexReLUClassifier(time_limit=0.4),
    "path": cx.ConvexReLURegressorCV(count=2, cv=2, time_limit=0.4),
    "gated": cx.ConvexGatedReLURegressor(gates=20, random_state=0),
    "gated classes": cx.ConvexGatedReLUClassifier(gates=20, random_state=0),
}


def excused(estimator: Any) -> dict[str, str]:
    """Return the checks that an estimator need not pass, with the reason."""
    if isinstance(estimator, cx.ConvexGatedReLUClassifier):
        return {_WEIGHTED: _GAP}
    if isinstance(estimator, cx.ConvexGatedReLURegressor):
        return {}
    if estimator.patterns != "all":
        return {_WEIGHTED: _CONIC}
    return dict.fromkeys(_CLOCKED, _CLOCK)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(list(CHECKED.values()), expected_failed_checks=excused)
def test_scikit_learn_accepts_it(estimator: Any, check: Any) -> None:
    compared = _COMPARED.get(check.func.__name__, {})
    if "time_limit" in estimator.get_params():
        estimator = clone(estimator).set_params(**compared)
    check(estimator)


def diabetes() -> tuple[pd.DataFrame, Any]:
    """Return three columns of diabetes and its targets, standardized."""
    table = load_diabetes(as_frame=True)
    y = table.target.to_numpy()
    return table.data[["bmi", "s5", "bp"]], (y - y.mean()) / y.std()


def test_a_grid_search_has_a_certificate_at_every_fit() -> None:
    X, y = diabetes()
    fitted: list[cx.ConvexReLURegressor] = []

    class Watched(cx.ConvexReLURegressor):
        def fit(self, X: Any, y: Any) -> Any:
            fitted.append(self)
            return super().fit(X, y)

    model = make_pipeline(StandardScaler(), Watched())
    search = GridSearchCV(model, {"watched__beta": [3.0, 10.0, 30.0]}, cv=3)
    search.fit(X, y)
    assert len(fitted) == 10
    assert all(0.0 <= one.gap_ <= one.gap for one in fitted)
    assert all(one.lower_bound_ <= one.objective_ for one in fitted)
    best = search.best_estimator_[-1]
    again = cx.certify(best.network_, best.optimum_.problem)
    assert again.exact_lower <= best.optimum_.exact_upper
    assert search.best_score_ > 0.3


def test_the_fit_is_the_global_optimum_of_the_problem_it_states() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((15, 1)), rng.standard_normal(15)
    weights = rng.integers(1, 4, 15).astype(float)
    model = cx.ConvexReLURegressor(0.2, loss=cx.Huber(0.5)).fit(X, y, sample_weight=weights)
    best = cx.global_optimum(
        cx.TrainingProblem(
            np.c_[X, np.ones(15)],
            y,
            0.2,
            loss=cx.Huber(0.5),
            output_bias=cx.FreeBias(),
            sample_weight=weights,
        )
    )
    assert model.objective_ == pytest.approx(best.upper, rel=1e-8)
    outputs = model.predict(X)
    residual = np.abs(outputs - y)
    losses = np.where(residual <= 0.5, residual**2 / 2, 0.5 * (residual - 0.25))
    squares = np.sum(model.network_.hidden**2) + np.sum(model.network_.output**2)
    assert weights @ losses + 0.1 * squares == pytest.approx(model.objective_, rel=1e-9)


def test_probabilities_are_those_of_the_logistic_loss() -> None:
    rng = np.random.default_rng(1)
    X = rng.standard_normal((30, 2))
    y = np.where(np.abs(X[:, 0]) > 0.7, "far", "near")
    model = cx.ConvexReLUClassifier(0.3).fit(X, y)
    assert list(model.classes_) == ["far", "near"]
    z = model.decision_function(X)
    assert model.predict_proba(X)[:, 1] == pytest.approx(1.0 / (1.0 + np.exp(-z)))
    assert np.exp(model.predict_log_proba(X)) == pytest.approx(model.predict_proba(X))
    assert model.score(X, y) > 0.9
    hinge = cx.ConvexReLUClassifier(0.3, loss=cx.Hinge()).fit(X, y)
    assert not hasattr(hinge, "predict_proba")
    assert (hinge.predict(X) == y).mean() > 0.9


def test_three_classes_and_two_targets() -> None:
    rng = np.random.default_rng(3)
    X = rng.standard_normal((24, 1))
    y = np.array(["low", "middle", "high"])[np.digitize(X[:, 0], [-0.6, 0.6])]
    model = cx.ConvexReLUClassifier(0.5).fit(X, y)
    assert list(model.classes_) == ["high", "low", "middle"]
    assert model.score(X, y) > 0.8
    z = model.decision_function(X)
    shares = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    assert model.predict_proba(X) == pytest.approx(shares)
    objective = -np.log(shares[np.arange(24), np.searchsorted(model.classes_, y)]).sum()
    squares = np.sum(model.network_.hidden**2) + np.sum(model.network_.output**2)
    assert objective + 0.25 * squares == pytest.approx(model.objective_, rel=1e-9)
    assert model.gap_ <= 1e-6
    Y = np.c_[np.abs(X), X]
    several = cx.ConvexReLURegressor(0.1).fit(X, Y)
    assert several.predict(X).shape == Y.shape
    assert several.score(X, Y) > 0.9
    with pytest.raises(ValueError, match="SoftmaxCrossEntropy"):
        cx.ConvexReLUClassifier(loss=cx.Hinge()).fit(X, y)


def test_class_weights_are_sample_weights() -> None:
    X = [[-2.0], [-1.0], [0.0], [1.0], [3.0]]
    y = [0, 0, 1, 1, 1]
    weighted = cx.ConvexReLUClassifier(0.5, class_weight={0: 3.0, 1: 1.0}).fit(X, y)
    plain = cx.ConvexReLUClassifier(0.5).fit(X, y, sample_weight=[3.0, 3.0, 1.0, 1.0, 1.0])
    assert weighted.objective_ == plain.objective_


def test_sampled_patterns_are_bounded_over_all() -> None:
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((12, 2)), rng.standard_normal(12)
    with pytest.warns(ConvergenceWarning, match="the relative gap is"):
        model = cx.ConvexReLURegressor(0.3, patterns=2, random_state=0).fit(X, y)
    whole = cx.ConvexReLURegressor(0.3).fit(X, y)
    assert model.n_patterns_ <= 2 < whole.n_patterns_
    assert model.lower_bound_ <= whole.objective_ <= model.objective_
    assert model.gap_ > 1e-6 >= whole.gap_


def test_the_path_chooses_among_its_betas() -> None:
    X, y = diabetes()
    X = X.to_numpy()[:60] * 20.0
    model = cx.ConvexReLURegressorCV(count=5, cv=3).fit(X, y[:60])
    assert model.betas_.shape == (5,)
    assert model.loss_path_.shape == (5, 3)
    chosen = int(np.argmin(model.loss_path_.mean(axis=1)))
    assert model.beta_ == model.betas_[chosen]
    alone = cx.ConvexReLURegressor(model.beta_).fit(X, y[:60])
    assert model.objective_ == pytest.approx(alone.objective_, rel=1e-5)
    given = cx.ConvexReLURegressorCV([5.0, 1.0, 5.0], cv=2).fit(X, y[:60])
    assert given.betas_.tolist() == [5.0, 1.0]


def test_frames_copies_and_pickles() -> None:
    X, y = diabetes()
    X, y = X.iloc[:40] * 20.0, y[:40]
    model = cx.ConvexReLURegressor(5.0).fit(X, y)
    assert list(model.feature_names_in_) == ["bmi", "s5", "bp"]
    loaded = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own bytes
    assert (loaded.predict(X) == model.predict(X)).all()
    assert loaded.optimum_.exact_lower == model.optimum_.exact_lower
    copied = clone(model)
    assert copied.beta == 5.0
    assert not hasattr(copied, "network_")
    scores = cross_val_score(make_pipeline(StandardScaler(), copied), X, y, cv=2)
    assert scores.shape == (2,)


WRONG = {
    "beta is zero": ({"beta": 0}, "positive weight decay"),
    "beta is negative": ({"beta": -1.0}, "must not be negative"),
    "patterns": ({"patterns": "some"}, "patterns = 'some'"),
    "no gates": ({"patterns": 0}, "patterns = 0"),
    "gap": ({"gap": 0.0}, "gap = 0.0"),
    "hidden bias": (
        {"fit_intercept": False, "hidden_bias": cx.FreeHiddenBias()},
        "fit_intercept=True",
    ),
    "loss": ({"loss": "squared"}, "loss = 'squared'"),
    "interpolation": ({"loss": cx.Interpolation()}, "finite loss"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_parameters_are_named(case: str) -> None:
    parameters, words = WRONG[case]
    with pytest.raises(ValueError, match=words):
        cx.ConvexReLURegressor(**parameters).fit([[0.0], [1.0], [2.0]], [1.0, 0.0, 3.0])


def test_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="one class"):
        cx.ConvexReLUClassifier().fit([[0.0], [1.0]], ["a", "a"])


def test_without_scikit_learn_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None; import convex_program as cx\n"
        "try:\n    cx.ConvexReLURegressor\nexcept cx.ArgumentError as error:\n    print(error)"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own text
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "relu-arrangements[sklearn]" in done.stdout


@pytest.mark.parametrize("patterns", [0, -1, 2.5, None, "some"])
def test_patterns_that_are_neither_all_nor_a_number(patterns: Any) -> None:
    with pytest.raises(cx.ArgumentError, match=r"patterns = .* is neither 'all' nor a number"):
        cx.ConvexReLURegressor(patterns=patterns).fit([[0.0], [1.0]], [0.0, 1.0])


def test_lazy_frames_are_fitted_as_what_they_stand_for() -> None:
    frame = pl.DataFrame({"a": [0.0, 1.0, 2.0, 0.5], "b": [1.0, 0.0, 1.0, -2.0]})
    y = [1.0, 0.0, 2.0, 1.0]
    for estimator in (
        cx.ConvexReLURegressor(),
        cx.ConvexGatedReLURegressor(gates=10, random_state=0),
    ):
        eager = clone(estimator).fit(frame, y).predict(frame)
        assert np.array_equal(clone(estimator).fit(frame.lazy(), y).predict(frame.lazy()), eager)


def test_one_class_is_named_as_people_write_it() -> None:
    with pytest.raises(cx.ArgumentError, match=r"y holds one class, 1\.0: there is nothing"):
        cx.ConvexReLUClassifier().fit([[0.0], [1.0]], [1.0, 1.0])

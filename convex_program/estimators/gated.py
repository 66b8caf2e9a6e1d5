"""Gated networks as estimators: for more rows and features than exact pricing reaches."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from convex_program.errors import ArgumentError
from convex_program.estimators.setting import Floats, Setting, features, given
from convex_program.gated import Gated, gated_optimum
from convex_program.losses import Logistic, Loss, Squared
from convex_program.problem import TrainingProblem

_BINARY = 2


class ConvexGatedEstimator(BaseEstimator):
    """A gated network fitted to a duality gap; see the final classes."""

    def __init__(
        self,
        beta: Any = 1.0,
        *,
        gates: int = 1000,
        loss: Any = None,
        fit_intercept: bool = True,
        output_bias: Any = None,
        gap: float = 1e-4,
        time_limit: float | None = None,
        random_state: Any = None,
    ) -> None:
        self.beta = beta
        self.gates = gates
        self.loss = loss
        self.fit_intercept = fit_intercept
        self.output_bias = output_bias
        self.gap = gap
        self.time_limit = time_limit
        self.random_state = random_state

    def _fit_gated(self, X: Floats, y: Floats, loss: Loss, sample_weight: Any) -> None:
        """Draw gates, solve, and keep what is known."""
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        setting = Setting(loss, None, bool(self.fit_intercept), None, self.output_bias)
        rows = features(X, fit_intercept=self.fit_intercept)
        problem = TrainingProblem(
            rows, y, self.beta, sample_weight=sample_weight, **setting.arguments
        )
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        gates = Gated.sampled(self.gates, features=rows.shape[1], seed=seed)
        found = gated_optimum(problem, gates, gap=self.gap, time_limit=self.time_limit)
        self.optimum_ = found
        self.network_ = found.network
        self.objective_, self.lower_bound_ = found.upper, found.lower
        self.gap_, self.n_gates_ = found.relative_gap, found.patterns
        if not self.gap_ <= self.gap:
            warnings.warn(
                f"the relative gap is {self.gap_:.2g} > gap = {self.gap:g}: the weights may not be the "
                "best for these gates; give it more time, or a larger gap",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _outputs(self, X: Any) -> Floats:
        check_is_fitted(self)
        X = validate_data(self, given(X), reset=False, dtype=np.float64)
        return self.network_.forward(features(X, fit_intercept=self.fit_intercept))


class ConvexGatedReLURegressor(RegressorMixin, ConvexGatedEstimator):
    """A gated ReLU network with sampled gates, its weights optimal to a duality gap.

    Minimizes ``sum_i s_i l(f(x_i), y_i) + beta sum_k |w_k|`` over networks
    ``f(x) = sum_k 1[g_k.x >= 0] w_k.x + b`` whose gates g_k are drawn once.

    Parameters
    ----------
    beta : number or text
        Weight decay, positive; the loss is a *sum*.
    gates : int
        How many gates to draw; tens of thousands are fine.
    loss : Loss, optional
        `Squared` by default; `Huber`.
    fit_intercept : bool
        Whether X gets a column of ones, and the output a bias.
    output_bias : OutputBias, optional
        With an intercept `FreeBias` by default, else `NoBias`.
    gap : float
        Relative duality gap to reach; a larger one left at the end warns.
    time_limit : float, optional
        Seconds for a fit.
    random_state : int, RandomState or None
        For the gates.

    Attributes
    ----------
    network_ : GatedNetwork
        The gates in use and their weights.
    objective_, lower_bound_, gap_ : float
        Objective of the network, bound on every network with these gates, their relative distance.
    n_gates_ : int
        Gates with a pattern of their own on the data.
    optimum_ : GatedOptimum
        Everything: ``optimum_.decomposed()`` is a ReLU network with the same outputs on the data.

    Examples
    --------
    >>> model = ConvexGatedReLURegressor(beta=0.1, gates=20, random_state=0)
    >>> model = model.fit([[-1.0], [0.0], [2.0]], [1.0, 0.0, 2.0])
    >>> model.gap_ < 1e-4
    True

    Notes
    -----
    *Exactness.* Objective and bound are rational numbers, norms rounded up.  The bound is about the gates
    drawn: other gates, and ReLU networks, may be better; `ConvexReLURegressor` bounds those.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> ConvexGatedReLURegressor:
        """Find the optimal weights.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Without a column of ones.
        y : array-like of shape (n,)
        sample_weight : array-like of shape (n,), optional
        """
        X, y = validate_data(self, given(X), y, dtype=np.float64, y_numeric=True)
        loss = Squared() if self.loss is None else self.loss
        self._fit_gated(X, np.asarray(y, dtype=np.float64), loss, sample_weight)
        return self

    def predict(self, X: Any) -> Floats:
        """Return the outputs of the network."""
        return self._outputs(X)


class ConvexGatedReLUClassifier(ClassifierMixin, ConvexGatedEstimator):
    """A gated ReLU network that tells two classes apart, optimal to a duality gap for its gates.

    Parameters
    ----------
    beta, gates, fit_intercept, output_bias, gap, time_limit, random_state
        As in `ConvexGatedReLURegressor`.
    loss : Loss, optional
        `Logistic` by default; `SquaredHinge`, or `Squared` on -1 and +1.

    Attributes
    ----------
    classes_ : (2,) array
        The second is +1.
    network_, objective_, lower_bound_, gap_, n_gates_, optimum_
        As in `ConvexGatedReLURegressor`.

    Examples
    --------
    >>> model = ConvexGatedReLUClassifier(beta=0.1, gates=20, random_state=0)
    >>> model.fit([[-2.0], [-1.0], [1.0], [2.0]], list("aabb")).predict([[3.0]]).tolist()
    ['b']
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> ConvexGatedReLUClassifier:
        """Find the optimal weights.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Without a column of ones.
        y : array-like of shape (n,)
            Two classes, of any kind.
        sample_weight : array-like of shape (n,), optional
        """
        X, y = validate_data(self, given(X), y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < _BINARY:
            raise ArgumentError(
                f"y holds one class, {self.classes_.tolist()[0]!r}: there is nothing to tell apart"
            )
        if len(self.classes_) > _BINARY:
            raise ArgumentError(
                f"Only binary classification is supported with gates, and y holds {len(self.classes_)} "
                "classes: use OneVsRestClassifier around it"
            )
        loss = Logistic() if self.loss is None else self.loss
        labels = np.asarray(2.0 * codes - 1.0, dtype=np.float64)
        self._fit_gated(X, labels, loss, sample_weight)
        return self

    def decision_function(self, X: Any) -> Floats:
        """Return the outputs of the network, positive for the second class."""
        return self._outputs(X)

    def predict(self, X: Any) -> Any:
        """Return the class of each row."""
        outputs = self.decision_function(X)
        return self.classes_[(outputs > 0.0).astype(int)]

    def __sklearn_tags__(self) -> Any:
        """Say that it is for two classes."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

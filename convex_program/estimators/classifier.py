"""Classification by a globally optimal two-layer network."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, validate_data

from convex_program.errors import ArgumentError
from convex_program.estimators.base import ALL, ConvexReLUEstimator, Floats
from convex_program.estimators.setting import given
from convex_program.losses import Logistic, Loss, SoftmaxCrossEntropy

_BINARY = 2


def _has_probabilities(model: Any) -> bool:
    """Whether the loss is a log-likelihood."""
    if isinstance(model.loss, Logistic | SoftmaxCrossEntropy | None):
        return True
    raise AttributeError(f"predict_proba: loss = {model.loss!r} has no probabilities")


class ConvexReLUClassifier(ClassifierMixin, ConvexReLUEstimator):
    """A two-layer ReLU network that tells classes apart, fitted to certified global optimality.

    Minimizes ``sum_i s_i l(f(x_i), y_i) + beta/2 sum_j (|w_j|^2 + |a_j|^2)`` over networks of
    every width.  Two classes have one output, the second of them is +1, the first -1; more have one each.

    Parameters
    ----------
    beta : number or text
        Weight decay, positive.  The loss is a *sum*, as in `LogisticRegression`, whose C is 1 / beta.
    loss : Loss, optional
        For two classes `Logistic` by default; `Hinge`, `SquaredHinge`, or `Squared` on -1 and +1.
        For more `SoftmaxCrossEntropy`, with ``patterns="all"`` only.
    activation, fit_intercept, hidden_bias, output_bias, patterns, gap, time_limit, random_state
        As in `ConvexReLURegressor`.
    class_weight : dict, "balanced" or None
        Factors of the sample weights, as everywhere in scikit-learn.

    Attributes
    ----------
    classes_ : (c,) array
    network_, certificate_, objective_, lower_bound_, gap_, n_patterns_, optimum_
        As in `ConvexReLURegressor`.

    Raises
    ------
    ArgumentError
        A ValueError: when a parameter does not fit.

    Examples
    --------
    >>> model = ConvexReLUClassifier(beta=0.1)
    >>> model = model.fit([[-2.0], [-1.0], [0.0], [2.0]], ["out", "out", "in", "out"])
    >>> model.predict([[0.0], [5.0]]).tolist(), model.gap_ < 1e-6
    (['in', 'out'], True)
    """

    def __init__(
        self,
        beta: Any = 1.0,
        *,
        loss: Any = None,
        activation: Any = None,
        fit_intercept: bool = True,
        hidden_bias: Any = None,
        output_bias: Any = None,
        class_weight: Any = None,
        patterns: Any = ALL,
        gap: float = 1e-6,
        time_limit: float | None = None,
        random_state: Any = None,
    ) -> None:
        self.beta = beta
        self.loss = loss
        self.activation = activation
        self.fit_intercept = fit_intercept
        self.hidden_bias = hidden_bias
        self.output_bias = output_bias
        self.class_weight = class_weight
        self.patterns = patterns
        self.gap = gap
        self.time_limit = time_limit
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> ConvexReLUClassifier:
        """Find the optimal network.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Without a column of ones.
        y : array-like of shape (n,)
            Classes, of any kind.
        sample_weight : array-like of shape (n,), optional
        """
        X, y = validate_data(self, given(X), y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < _BINARY:
            raise ArgumentError(
                f"y holds one class, {self.classes_.tolist()[0]!r}: there is nothing to tell apart"
            )
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        if self.class_weight is not None:
            factors = compute_sample_weight(self.class_weight, y)
            sample_weight = factors if sample_weight is None else factors * sample_weight
        two = len(self.classes_) == _BINARY
        loss: Loss = (
            (Logistic() if two else SoftmaxCrossEntropy()) if self.loss is None else self.loss
        )
        by_rows = isinstance(loss, SoftmaxCrossEntropy)
        if self.patterns != ALL and not two:
            raise ArgumentError(
                f"Only binary classification is supported over sampled patterns, and y holds "
                f"{len(self.classes_)} classes: use patterns={ALL!r}"
            )
        if not (two or by_rows):
            raise ArgumentError(
                f"loss = {loss!r} tells two classes apart, y holds {len(self.classes_)}: "
                "use SoftmaxCrossEntropy(), the default"
            )
        self._fit_network(X, codes if by_rows else 2.0 * codes - 1.0, loss, sample_weight)
        return self

    def decision_function(self, X: Any) -> Floats:
        """Return the outputs of the network.

        Returns
        -------
        (n,) or (n, c) float64
            One output, positive for the second of two classes, or one for each class, less their
            mean: adding a number to all of them changes no probability.
        """
        outputs = self._outputs(X)
        return outputs if outputs.ndim == 1 else outputs - outputs.mean(axis=1, keepdims=True)

    def predict(self, X: Any) -> Any:
        """Return the class of each row."""
        outputs = self.decision_function(X)
        chosen = (outputs > 0.0).astype(int) if outputs.ndim == 1 else outputs.argmax(axis=1)
        return self.classes_[chosen]

    @available_if(_has_probabilities)
    def predict_proba(self, X: Any) -> Floats:
        """Return the probabilities of the classes, for log-likelihoods, shape (n, c)."""
        return np.asarray(np.exp(self.predict_log_proba(X)))

    @available_if(_has_probabilities)
    def predict_log_proba(self, X: Any) -> Floats:
        """Return their logarithms."""
        outputs = self.decision_function(X)
        if outputs.ndim == 1:
            outputs = np.stack([np.zeros_like(outputs), outputs], axis=1)
        return np.asarray(outputs - np.logaddexp.reduce(outputs, axis=1, keepdims=True))

    def __sklearn_tags__(self) -> Any:
        """Say that sampled patterns are for two classes."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = self.patterns == ALL
        return tags

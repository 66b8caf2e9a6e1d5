"""Regression by a globally optimal two-layer network."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import _check_sample_weight, validate_data

from convex_program.estimators.base import ALL, ConvexReLUEstimator, Floats
from convex_program.estimators.setting import given
from convex_program.losses import Squared


class ConvexReLURegressor(RegressorMixin, ConvexReLUEstimator):
    """A two-layer ReLU network with weight decay, fitted to certified global optimality.

    Minimizes ``sum_i s_i l(f(x_i), y_i) + beta/2 sum_j (|w_j|^2 + |a_j|^2)`` over networks of
    every width.

    Parameters
    ----------
    beta : number or text
        Weight decay, positive.  The loss is a *sum*: with the squared loss, half the sum of squares,
        beta is what `Ridge` calls alpha.
    loss : Loss, optional
        `Squared` by default; `Huber`, `Absolute`, `Quantile`.
    activation : Activation, optional
        `ReLU` by default.
    fit_intercept : bool
        Whether neurons have biases, a column of ones added to X, and the output has one.
    hidden_bias : HiddenBias, optional
        With an intercept: `DecayedHiddenBias` by default.
    output_bias : OutputBias, optional
        With an intercept `FreeBias` by default, else `NoBias`.
    patterns : "all" or int
        Whether the network is optimal over all activation patterns, or over so many sampled ones.
        The bound holds over all patterns in either case.
    gap : float
        Relative gap between objective and bound to reach; a larger one left at the end warns.
    time_limit : float, optional
        Seconds for a fit.
    random_state : int, RandomState or None
        For sampled patterns.

    Attributes
    ----------
    network_ : Network
        The fitted network; with an intercept its last hidden weight is the bias.
    certificate_ : Certificate
        The lower bound on every network, and what it rests on.
    objective_, lower_bound_, gap_ : float
        Objective of the network, bound on every network, and their relative distance.
    n_patterns_ : int
        Patterns reasoned over (a bound of their number where none is listed), or sampled.
    optimum_ : Bracket
        Everything: ``optimum_.summary()``, and ``convex_program.save_claim`` where it is proved.
    n_features_in_ : int
    feature_names_in_ : (d,) array of str
        When X has names.

    Raises
    ------
    ArgumentError
        A ValueError: when a parameter does not fit.

    Examples
    --------
    >>> model = ConvexReLURegressor(beta=0.1)
    >>> model = model.fit([[-1.0], [0.0], [2.0]], [1.0, 0.0, 2.0])
    >>> model.certificate_.level.value, model.gap_ < 1e-6
    ('proved', True)
    >>> model.predict([[-1.0], [0.0], [2.0]]).round().tolist()
    [1.0, 0.0, 2.0]

    Notes
    -----
    *Exactness.* Objective and bound are evaluated in rational arithmetic; see `global_optimum`.

    *Cost.* That of `global_optimum`: up to about eight features it ends; beyond, give `time_limit`.
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
        self.patterns = patterns
        self.gap = gap
        self.time_limit = time_limit
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> ConvexReLURegressor:
        """Find the optimal network.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Without a column of ones.
        y : array-like of shape (n,), or (n, c) for several targets with ``patterns="all"``
        sample_weight : array-like of shape (n,), optional
        """
        X, y = validate_data(
            self, given(X), y, dtype=np.float64, y_numeric=True, multi_output=self.patterns == ALL
        )
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        loss = Squared() if self.loss is None else self.loss
        self._fit_network(X, np.asarray(y, dtype=np.float64), loss, sample_weight)
        return self

    def predict(self, X: Any) -> Floats:
        """Return the outputs of the network, in the shape of y."""
        return self._outputs(X)

    def __sklearn_tags__(self) -> Any:
        """Say that sampled patterns are for one target."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = self.patterns == ALL
        return tags

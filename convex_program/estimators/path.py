"""Regression with the weight decay chosen by cross-validation along certified paths."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.model_selection import check_cv
from sklearn.utils.validation import validate_data

from convex_program.estimators.base import ALL, ConvexReLUEstimator, Floats
from convex_program.estimators.setting import features, given
from convex_program.losses import Loss, Squared
from convex_program.network import Network
from convex_program.path import regularization_path
from convex_program.row_fit import data_term


class ConvexReLURegressorCV(RegressorMixin, ConvexReLUEstimator):
    """`ConvexReLURegressor` with the weight decay of the least loss in cross-validation.

    Parameters
    ----------
    betas : array-like of numbers, optional
        By default a geometric grid from `beta_max` of all rows down to a part of it.
    count : int
        Values on that grid.
    smallest : float
        The smallest of them as a part of `beta_max`.
    cv : int, splitter or iterable, optional
        As in `sklearn.model_selection.check_cv`; five folds by default.
    loss, activation, fit_intercept, hidden_bias, output_bias, gap, time_limit
        As in `ConvexReLURegressor`; the time limit is for every beta.

    Attributes
    ----------
    beta_ : float
        The chosen weight decay.
    betas_ : (k,) array
        The weight decays tried, the largest first.
    loss_path_ : (k, folds) array
        Mean loss on the rows left out.
    path_ : RegularizationPath
        A certified optimum over all rows for every beta.
    network_, certificate_, objective_, lower_bound_, gap_, n_patterns_, optimum_
        As in `ConvexReLURegressor`, for the chosen beta and all rows.

    Examples
    --------
    >>> X = [[-2.0], [-1.0], [0.0], [1.0], [2.0], [3.0]]
    >>> model = ConvexReLURegressorCV(count=4, cv=3).fit(X, [2.0, 1.0, 0.0, 1.0, 2.0, 3.0])
    >>> model.loss_path_.shape, model.gap_ < 1e-6
    ((4, 3), True)

    Notes
    -----
    *Algorithm.* One path over all rows and one for each fold; each beta begins where the one before it
    ended.
    """

    patterns = ALL
    random_state = None

    def __init__(
        self,
        betas: Any = None,
        *,
        count: int = 20,
        smallest: float = 0.01,
        cv: Any = None,
        loss: Any = None,
        activation: Any = None,
        fit_intercept: bool = True,
        hidden_bias: Any = None,
        output_bias: Any = None,
        gap: float = 1e-6,
        time_limit: float | None = None,
    ) -> None:
        self.betas = betas
        self.count = count
        self.smallest = smallest
        self.cv = cv
        self.loss = loss
        self.activation = activation
        self.fit_intercept = fit_intercept
        self.hidden_bias = hidden_bias
        self.output_bias = output_bias
        self.gap = gap
        self.time_limit = time_limit

    def fit(self, X: Any, y: Any) -> ConvexReLURegressorCV:
        """Choose beta, then find the optimal network over all rows.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Without a column of ones.
        y : array-like of shape (n,)
        """
        X, y = validate_data(self, given(X), y, dtype=np.float64, y_numeric=True)
        y = np.asarray(y, dtype=np.float64)
        setting = self._setting(Squared() if self.loss is None else self.loss)
        rows, solver = features(X, fit_intercept=self.fit_intercept), self._solver()
        folds = list(check_cv(self.cv).split(X, y))
        self.path_ = regularization_path(
            rows, y, solver=solver, **self._betas(), **setting.arguments
        )
        self.betas_ = self.path_.betas
        losses = []
        for train, test in folds:
            path = regularization_path(
                rows[train], y[train], self.betas_.tolist(), solver=solver, **setting.arguments
            )
            losses.append(
                [_mean_loss(rows[test], y[test], one.network, setting.loss) for one in path.optima]
            )
        self.loss_path_ = np.array(losses).T
        best = int(np.argmin(self.loss_path_.mean(axis=1)))
        self.beta_ = float(self.betas_[best])
        found = self.path_[best]
        self._keep(found, found.patterns)
        return self

    def predict(self, X: Any) -> Floats:
        """Return the outputs of the network, shape (n,)."""
        return self._outputs(X)

    def _betas(self) -> dict[str, Any]:
        """Return what a path is told of the weight decays to try."""
        if self.betas is not None:
            return {"betas": np.unique(np.asarray(self.betas, dtype=np.float64)).tolist()}
        return {"count": self.count, "smallest": self.smallest}


def _mean_loss(rows: Floats, y: Floats, network: Network, loss: Loss) -> float:
    """Return the mean loss of a network on some rows."""
    return data_term(loss, loss.read(y), None).value(network.forward(rows)) / len(y)

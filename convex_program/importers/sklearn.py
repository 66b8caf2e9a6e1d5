"""scikit-learn's MLPRegressor, by duck typing."""

from __future__ import annotations

from typing import Any

import numpy as np

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.network import Network
from convex_program.output_bias import FreeBias
from convex_program.problem import TrainingProblem
from convex_program.scaling import SKLEARN_MLP

REMARK = (
    "scikit-learn leaves the hidden biases unpenalized, so it minimized another objective: "
    "both bounds here are about ours, which decays them with the other weights."
)
"""What every summary about an imported MLPRegressor says."""

_HIDDEN_LAYERS = 1
_AUTO_BATCH = 200
"""What scikit-learn takes for batch_size="auto", or all rows when they are fewer."""


def from_sklearn(model: Any, X: Any, y: Any) -> tuple[Network, TrainingProblem]:
    """Read a fitted ``MLPRegressor`` and the nearest problem of ours.

    Parameters
    ----------
    model : sklearn.neural_network.MLPRegressor
        Fitted, with one hidden layer, ``activation="relu"`` and the squared loss.
    X : array-like of shape (n, d)
        The data it was fitted to, without a column of ones.
    y : array-like of shape (n,)

    Returns
    -------
    network : Network
        The hidden biases are its last column.
    problem : TrainingProblem
        With ``beta = alpha``, a column of ones and ``FreeBias``; its `remark` says that
        scikit-learn's own objective leaves the hidden biases unpenalized.

    Raises
    ------
    ArgumentError
        When the model is not fitted, is of another kind, or was fitted to parts of X.

    Notes
    -----
    *Mini-batches.* SGD and Adam add ``alpha / (2 b) |w|^2`` to the loss of every batch of b
    rows, whatever n is, so with b < n they minimize an objective of another alpha (and
    early stopping one of fewer rows).  Such a model is refused.
    """
    if not hasattr(model, "coefs_") or not hasattr(model, "intercepts_"):
        raise ArgumentError(f"model is a {type(model).__name__} without weights; fit it first")
    for name, wanted in (
        ("activation", "relu"),
        ("out_activation_", "identity"),
        ("loss", "squared_error"),
    ):
        found = getattr(model, name, wanted)
        if found != wanted:
            raise ArgumentError(f"the model has {name} = {found!r}; {wanted!r} is supported")
    hidden_layers = len(model.coefs_) - 1
    if hidden_layers != _HIDDEN_LAYERS:
        raise ArgumentError(f"the model has {hidden_layers} hidden layers; one is supported")
    first, last = (np.asarray(layer, dtype=np.float64) for layer in model.coefs_)
    if last.shape[1] != 1:
        raise ArgumentError(f"the model has {last.shape[1]} outputs; one is supported")
    if not model.alpha > 0:
        raise ArgumentError(f"the model has alpha = {model.alpha}; weight decay must be positive")
    data = ar.as_data_matrix(X)
    n, d = data.shape
    if d != first.shape[0]:
        raise ArgumentError(f"X has {d} columns, the model was fitted to {first.shape[0]}")
    _fitted_to_all(model, n)
    network = Network(
        np.c_[first.T, model.intercepts_[0]], last[:, 0], float(model.intercepts_[1][0])
    )
    problem = TrainingProblem(
        data.with_bias(),
        y,
        SKLEARN_MLP.beta(model.alpha, n),
        output_bias=FreeBias(),
        remark=REMARK,
    )
    return network, problem


def _fitted_to_all(model: Any, rows: int) -> None:
    """Refuse a model each of whose steps saw only a part of the rows."""
    if getattr(model, "solver", "lbfgs") == "lbfgs":
        return
    if getattr(model, "early_stopping", False):
        raise ArgumentError(
            "the model has early_stopping = True, which leaves rows out; fit it without"
        )
    chosen: Any = getattr(model, "batch_size", "auto")
    size: int = min(_AUTO_BATCH, rows) if chosen == "auto" else chosen
    if size < rows:
        raise ArgumentError(
            f"the model was fitted in batches of {size} of {rows} rows, each with the whole "
            f"alpha, so its objective is not that of alpha = {model.alpha}; fit it with "
            f"solver='lbfgs' or batch_size={rows}"
        )

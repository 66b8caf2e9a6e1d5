"""scikit-learn's MLPRegressor and MLPClassifier, by duck typing."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.hidden_bias import FreeHiddenBias
from convex_program.importers.hints import labels_hint
from convex_program.losses import Logistic, Loss, SoftmaxCrossEntropy, Squared, Targets
from convex_program.network import Network
from convex_program.output_bias import FreeBias
from convex_program.problem import TrainingProblem
from convex_program.scaling import SKLEARN_MLP

_HIDDEN_LAYERS = 1
_AUTO_BATCH = 200
"""What scikit-learn takes for batch_size="auto", or all rows when they are fewer."""


def from_sklearn(
    model: Any, X: Any, y: Any, *, sample_weight: Any = None
) -> tuple[Network, TrainingProblem]:
    """Read a fitted ``MLPRegressor`` or ``MLPClassifier`` and the problem it was fitted for.

    Parameters
    ----------
    model : sklearn.neural_network.MLPRegressor or MLPClassifier
        Fitted, with one hidden layer and ``activation="relu"``; a regressor with the squared
        loss, of one target or several; a classifier of two classes or more.
    X : array-like of shape (n, d)
        The data it was fitted to, without a column of ones.
    y : array-like of shape (n,) or (n, c)
        Numbers, or the classes of the classifier, as they are.
    sample_weight : array-like of shape (n,), optional
        What ``fit`` was given.

    Returns
    -------
    network : Network
        The hidden biases are its last column.
    problem : TrainingProblem
        With ``beta = alpha``, the loss `Squared`, `Logistic` (the second of the classes is
        +1) or, of more than two classes, `SoftmaxCrossEntropy`, a column of ones with ``FreeHiddenBias`` and ``FreeBias``: scikit-learn decays no
        biases.

    Raises
    ------
    ArgumentError
        When the model is not fitted, is of another kind, or was fitted to parts of X.

    Examples
    --------
    >>> from sklearn.neural_network import MLPRegressor
    >>> import convex_program as cx
    >>> model = MLPRegressor(hidden_layer_sizes=(3,), solver="lbfgs", alpha=0.5, random_state=0)
    >>> model = model.fit([[-1.0], [0.0], [1.0]], [1.0, 0.0, 2.0])
    >>> network, problem = cx.from_sklearn(model, [[-1.0], [0.0], [1.0]], [1.0, 0.0, 2.0])
    >>> network, problem.decay
    (Network(3 neurons, 2 inputs), 0.5)

    Notes
    -----
    *Scaling.* scikit-learn's ``loss_`` is our objective divided by n, or by the sum of the
    sample weights (``convex_program.scaling.SKLEARN_MLP``).  With c targets of a regressor its gradients
    are those of this objective, but ``loss_`` divides the squares by c as well.

    *Mini-batches.* SGD and Adam add ``alpha / (2 b) |w|^2`` to the loss of every batch of b
    rows, whatever n is, so with b < n they minimize an objective of another alpha (and
    early stopping one of fewer rows).  Such a model is refused.
    """
    if not hasattr(model, "coefs_") or not hasattr(model, "intercepts_"):
        raise ArgumentError(f"model is a {type(model).__name__} without weights; fit it first")
    _relu(model)
    hidden_layers = len(model.coefs_) - 1
    if hidden_layers != _HIDDEN_LAYERS:
        raise ArgumentError(f"the model has {hidden_layers} hidden layers; one is supported")
    loss, read = _loss(model)
    first, last = (np.asarray(layer, dtype=np.float64) for layer in model.coefs_)
    data = ar.as_data_matrix(X)
    n, d = data.shape
    if d != first.shape[0]:
        raise ArgumentError(f"X has {d} columns, the model was fitted to {first.shape[0]}")
    _fitted_to_all(model, n)
    network = Network(np.c_[first.T, model.intercepts_[0]], last, np.asarray(model.intercepts_[1]))
    targets = read(y)
    if targets.outputs != last.shape[1]:
        raise ArgumentError(
            f"y has {targets.outputs} columns, the model has {last.shape[1]} outputs"
        )
    problem = TrainingProblem(
        data.with_bias(),
        targets,
        SKLEARN_MLP.beta(model.alpha, n),
        loss=loss,
        hidden_bias=FreeHiddenBias(),
        output_bias=FreeBias(),
        sample_weight=sample_weight,
        remark=_averaged(loss, targets) or labels_hint(loss, targets.values),
    )
    return network, problem


def _averaged(loss: Loss, targets: Targets) -> str:
    """Return a sentence about several targets, whose squares ``loss_`` averages."""
    if targets.outputs == 1 or loss != Squared():
        return ""
    return (
        "With several targets scikit-learn follows the gradient of this objective over n, but its loss_ "
        "divides the squares by their number as well."
    )


def _relu(model: Any) -> None:
    found = getattr(model, "activation", "relu")
    if found == "identity":
        raise ArgumentError(
            "the model has activation = 'identity': it is linear in X, and without kinks there "
            "is nothing to choose; use a linear model, or activation='relu'"
        )
    if found != "relu":
        raise ArgumentError(f"the model has activation = {found!r}; 'relu' is supported")


_Reader = Callable[[Any], Targets]


def _loss(model: Any) -> tuple[Loss, _Reader]:
    """Return the loss, and how targets are read for it."""
    found = (getattr(model, "loss", None), getattr(model, "out_activation_", None))
    if found == ("squared_error", "identity"):
        return Squared(), Squared().read_targets
    classes = getattr(model, "classes_", ())
    if found == ("log_loss", "logistic") and len(classes) == 2:  # noqa: PLR2004 - two classes
        return Logistic(), _signs_by(classes)
    if found == ("log_loss", "softmax"):
        several = SoftmaxCrossEntropy(list(classes))
        return several, several.read_targets
    if found[0] == "log_loss":
        raise ArgumentError(
            f"the model tells {len(classes)} classes apart with out_activation_ = {found[1]!r}; "
            "two classes with one output, or more with softmax, are supported"
        )
    raise ArgumentError(
        f"the model has loss = {found[0]!r} and out_activation_ = {found[1]!r}; supported are "
        "MLPRegressor with 'squared_error' and MLPClassifier of classes"
    )


def _signs_by(classes: Any) -> _Reader:
    """Return a reader of labels: the second class is +1."""

    def read(y: Any) -> Targets:
        labels = np.asarray(y)
        if labels.ndim == 2 and labels.shape[1] == 1:  # noqa: PLR2004 - a column
            labels = labels[:, 0]
        if labels.ndim != 1:
            raise ArgumentError(f"y has shape {labels.shape}; one label a row is needed")
        signs = []
        for index, label in enumerate(labels):
            known = [bool(label == one) for one in classes]
            if not any(known):
                raise ArgumentError(
                    f"y[{index}] = {label!r} is none of the model's classes "
                    f"{classes[0]!r} and {classes[1]!r}"
                )
            signs.append(Fraction(1 if known[1] else -1))
        return Targets(tuple(signs), 1)

    return read


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

"""Conversions between our objective and other people's.

Ours, with n rows and c outputs, is

    f + beta/2 (sum of all squared weights),

f the sum of one loss a row: half squared errors, `Huber`, `Absolute`, `Logistic` and so on.
For the squared loss, ``1/2 sum of squared errors + beta sum_j |u_j|`` over the products u_j of
balanced neurons has the same optimal value.  Every other convention is ours times a constant:

==============================  ===========================================  =============  =======
convention                      its objective                                beta           times
==============================  ===========================================  =============  =======
`ARTICLE`                       sum of squares + lambda sum(|w|^2 + a^2)     lambda         2
`PYTORCH_MEAN`: MSELoss         mean of squares + wd/2 squared weights       wd n c / 2     2/(nc)
`PYTORCH_SUM`: MSELoss          sum of squares + wd/2 squared weights        wd / 2         2
``pytorch("huber")``            mean of Huber(delta) + wd/2 ...              wd n c         1/(nc)
``pytorch("l1")``               mean of absolute errors + wd/2 ...           wd n c         1/(nc)
``pytorch("bce_with_logits")``  mean of logistic losses + wd/2 ...           wd n c         1/(nc)
``pytorch("smooth_l1")``        mean of Huber(t) / t + wd/2 ...              wd t n c       1/(tnc)
all of these with "sum"         sum of ...                                   without n c
`SKLEARN_MLP`                   (f + alpha/2 squared weights) / n            alpha          1/n
`SCNN`                          sum of squares / (2nc) + lambda group norms  lambda n c     1/(nc)
`GROUP_LASSO`                   sum of squares + lambda group norms          lambda / 2     2
==============================  ===========================================  =============  =======

With sample weights a "mean" here is still divided by n (PyTorch's ``weight`` does so), while
scikit-learn divides by their sum: take that for n.  scikit-learn decays no biases: its problem
is ours with `FreeHiddenBias` and `FreeBias`.  AdamW's decay is not the decay of any objective.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import arrangements as ar
from convex_program.errors import ArgumentError


def not_negative(name: str, value: Any) -> Fraction:
    """Return an argument exactly, or raise `ArgumentError` when it is negative."""
    try:
        exact = ar.exact_value(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name}: {error}; it must be a number from 0 on") from None
    if exact < 0:
        raise ArgumentError(f"{name} = {value} must not be negative")
    return exact


def _samples(rows: Any, outputs: int) -> Fraction:
    exact = ar.exact_value(rows) * outputs
    if rows <= 0 or outputs < 1:
        raise ArgumentError(f"rows = {rows} and outputs = {outputs} must be positive")
    return exact


@dataclass(frozen=True, slots=True)
class Convention:
    """How an objective is written elsewhere: ours times ``value_factor / (n c)**samples``.

    Parameters
    ----------
    name : str
    objective : str
        In words.
    decay_factor : Fraction
        ``beta = decay * decay_factor * (n c)**decay_samples``.
    decay_samples : int
    value_factor : Fraction
        ``their value = our value * value_factor / (n c)**value_samples``.
    value_samples : int
    """

    name: str
    objective: str
    decay_factor: Fraction
    decay_samples: int
    value_factor: Fraction
    value_samples: int

    def beta(self, decay: Any, rows: Any, outputs: int = 1) -> Fraction:
        """Return our beta for their weight decay, exactly.

        Parameters
        ----------
        decay : number
            Not negative; a float counts as stored.
        rows : number
            Number n of data rows.
        outputs : int
            Number c of outputs.

        Examples
        --------
        >>> PYTORCH_MEAN.beta(0.5, rows=40)
        Fraction(10, 1)
        """
        exact = not_negative("decay", decay)
        return exact * self.decay_factor * _samples(rows, outputs) ** self.decay_samples

    def decay(self, beta: Any, rows: Any, outputs: int = 1) -> Fraction:
        """Return their weight decay for our beta, exactly."""
        exact = not_negative("beta", beta)
        return exact / (self.decay_factor * _samples(rows, outputs) ** self.decay_samples)

    def value(self, ours: Any, rows: Any, outputs: int = 1) -> Fraction:
        """Return their objective for our value of the same network, exactly."""
        return ar.exact_value(ours) * self._factor(rows, outputs)

    def ours(self, value: Any, rows: Any, outputs: int = 1) -> Fraction:
        """Return our objective for their value of the same network, exactly."""
        return ar.exact_value(value) / self._factor(rows, outputs)

    def _factor(self, rows: Any, outputs: int) -> Fraction:
        return self.value_factor / _samples(rows, outputs) ** self.value_samples


_LOSSES: dict[str, tuple[str, str, int]] = {
    "mse": ("MSELoss", "squares", 2),
    "huber": ("HuberLoss", "Huber losses", 1),
    "smooth_l1": ("SmoothL1Loss", "smooth L1 losses", 1),
    "l1": ("L1Loss", "absolute errors", 1),
    "bce_with_logits": ("BCEWithLogitsLoss", "logistic losses", 1),
}
"""Of each: its class, what it adds up, and how many times the loss of ours with this name."""
_REDUCTIONS = {"mean": 1, "sum": 0}
"""Which power of the number of errors a loss is divided by."""


def pytorch(loss: str = "mse", reduction: str = "mean", *, threshold: Any = 1) -> Convention:
    """Return the convention of a PyTorch loss with the ``weight_decay`` of SGD or Adam.

    Parameters
    ----------
    loss : "mse", "huber", "smooth_l1", "l1" or "bce_with_logits"
    reduction : "mean" or "sum"
    threshold : number
        The ``beta`` of SmoothL1Loss, positive; the others do not depend on it.

    Raises
    ------
    ArgumentError
        When there is no such loss or reduction.

    Examples
    --------
    >>> pytorch("huber").beta(0.5, rows=40)
    Fraction(20, 1)
    >>> pytorch("smooth_l1", "sum", threshold=2).value(1, rows=40)
    Fraction(1, 2)
    """
    if loss not in _LOSSES:
        raise ArgumentError(f"loss = {loss!r}; known here: {', '.join(_LOSSES)}")
    name, terms, times = _LOSSES[loss]
    exact = not_negative("threshold", threshold)
    if not exact:
        raise ArgumentError("threshold = 0 must be positive; SmoothL1Loss(beta=0) is L1Loss")
    factor = times / exact if loss == "smooth_l1" else Fraction(times)
    return summed(name, terms, factor, reduction)


def summed(name: str, terms: str, factor: Fraction, reduction: str) -> Convention:
    """Return the convention that adds up, or averages, ``factor`` times our loss.

    Parameters
    ----------
    name, terms : str
        The loss, and what it adds up, in words.
    factor : Fraction
        Positive.
    reduction : "mean" or "sum"

    Raises
    ------
    ArgumentError
        When the reduction is another.

    Notes
    -----
    ``k f + wd/2 (squares) = k (f + (wd/k)/2 (squares))``, so beta is wd / k.
    """
    if reduction not in _REDUCTIONS:
        raise ArgumentError(f"reduction = {reduction!r}; {name} has 'mean' and 'sum' here")
    samples = _REDUCTIONS[reduction]
    objective = f"{reduction} of {terms} + weight_decay/2 * sum of squared weights"
    return Convention(
        f"PyTorch, {name}(reduction={reduction!r})", objective, 1 / factor, samples, factor, samples
    )


ARTICLE = Convention(
    "article",
    "sum of squares + lambda * sum of squared weights",
    Fraction(1),
    0,
    Fraction(2),
    0,
)
PYTORCH_MEAN = pytorch("mse", "mean")
PYTORCH_SUM = pytorch("mse", "sum")
SKLEARN_MLP = Convention(
    "scikit-learn MLPRegressor and MLPClassifier",
    "(half the sum of squares, or the sum of logistic losses, + alpha/2 * sum of squared weights "
    "without biases) / n",
    Fraction(1),
    0,
    Fraction(1),
    1,
)
SCNN = Convention(
    "SCNN",
    "sum of squares / (2 n c) + lambda * sum of group norms",
    Fraction(1),
    1,
    Fraction(1),
    1,
)
GROUP_LASSO = Convention(
    "group lasso scripts",
    "sum of squares + lambda * sum of group norms",
    Fraction(1, 2),
    0,
    Fraction(2),
    0,
)

CONVENTIONS = (
    ARTICLE,
    *(pytorch(loss, reduction) for loss in _LOSSES for reduction in _REDUCTIONS),
    SKLEARN_MLP,
    SCNN,
    GROUP_LASSO,
)

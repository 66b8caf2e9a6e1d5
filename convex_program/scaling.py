"""Conversions between our objective and other people's.

Ours, with n rows and c outputs, is

    1/2 sum of squared errors + beta/2 (sum of all squared weights),

or, which has the same optimal value, ``1/2 sum of squared errors + beta sum_j |u_j|`` over
the products u_j of balanced neurons.  Every other convention is ours times a constant:

=====================  ======================================================  ==============  =====
convention             its objective                                           beta            times
=====================  ======================================================  ==============  =====
`ARTICLE`              sum of squares + lambda sum(|w|^2 + a^2)                lambda          2
`PYTORCH_MEAN`         1/(n c) sum of squares + wd/2 sum of squared weights    wd n c / 2      2/(nc)
`PYTORCH_SUM`          sum of squares + wd/2 sum of squared weights            wd / 2          2
`SKLEARN_MLP`          1/(2n) sum of squares + alpha/(2n) sum of sq. weights   alpha           1/n
`SCNN`                 1/(2 n c) sum of squares + lambda sum of group norms    lambda n c      1/(nc)
`GROUP_LASSO`          sum of squares + lambda sum of group norms              lambda / 2      2
=====================  ======================================================  ==============  =====

scikit-learn does not penalize biases, so its line converts the numbers but the problem is
another one whenever there are biases.  AdamW's decay is not the decay of any objective.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import arrangements as ar
from convex_program.errors import ArgumentError


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

    def beta(self, decay: Any, rows: int, outputs: int = 1) -> Fraction:
        """Return our beta for their weight decay, exactly.

        Parameters
        ----------
        decay : number
            Positive; a float counts as stored.
        rows : int
            Number n of data rows.
        outputs : int
            Number c of outputs.

        Examples
        --------
        >>> PYTORCH_MEAN.beta(0.5, rows=40)
        Fraction(10, 1)
        """
        exact = positive("decay", decay)
        return exact * self.decay_factor * _samples(rows, outputs) ** self.decay_samples

    def decay(self, beta: Any, rows: int, outputs: int = 1) -> Fraction:
        """Return their weight decay for our beta, exactly."""
        exact = positive("beta", beta)
        return exact / (self.decay_factor * _samples(rows, outputs) ** self.decay_samples)

    def value(self, ours: Any, rows: int, outputs: int = 1) -> Fraction:
        """Return their objective for our value of the same network, exactly."""
        return ar.exact_value(ours) * self._factor(rows, outputs)

    def ours(self, value: Any, rows: int, outputs: int = 1) -> Fraction:
        """Return our objective for their value of the same network, exactly."""
        return ar.exact_value(value) / self._factor(rows, outputs)

    def _factor(self, rows: int, outputs: int) -> Fraction:
        return self.value_factor / _samples(rows, outputs) ** self.value_samples


ARTICLE = Convention(
    "article",
    "sum of squares + lambda * sum of squared weights",
    Fraction(1),
    0,
    Fraction(2),
    0,
)
PYTORCH_MEAN = Convention(
    "PyTorch, MSELoss(reduction='mean')",
    "mean of squares + weight_decay/2 * sum of squared weights",
    Fraction(1, 2),
    1,
    Fraction(2),
    1,
)
PYTORCH_SUM = Convention(
    "PyTorch, MSELoss(reduction='sum')",
    "sum of squares + weight_decay/2 * sum of squared weights",
    Fraction(1, 2),
    0,
    Fraction(2),
    0,
)
SKLEARN_MLP = Convention(
    "scikit-learn MLPRegressor",
    "(sum of squares + alpha * sum of squared weights without biases) / (2 n)",
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

CONVENTIONS = (ARTICLE, PYTORCH_MEAN, PYTORCH_SUM, SKLEARN_MLP, SCNN, GROUP_LASSO)


def positive(name: str, value: Any) -> Fraction:
    """Return an argument exactly, or raise `ArgumentError` when it is not positive."""
    try:
        exact = ar.exact_value(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name}: {error}; it must be a positive number") from None
    if exact <= 0:
        raise ArgumentError(f"{name} = {value} must be positive")
    return exact


def _samples(rows: int, outputs: int) -> Fraction:
    if rows < 1 or outputs < 1:
        raise ArgumentError(f"rows = {rows} and outputs = {outputs} must be positive")
    return Fraction(rows * outputs)

"""What an estimator's parameters mean: the training problem they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from convex_program.activations import Activation, ReLU
from convex_program.errors import ArgumentError
from convex_program.hidden_bias import DecayedHiddenBias, HiddenBias
from convex_program.losses import Loss
from convex_program.output_bias import FreeBias, NoBias, OutputBias

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """Loss, neurons and biases, every default filled in.

    Parameters
    ----------
    loss : Loss
    activation : Activation or None
        `ReLU` by default.
    fit_intercept : bool
        Whether X gets a column of ones.
    hidden_bias : HiddenBias or None
        `DecayedHiddenBias` by default.
    output_bias : OutputBias or None
        By default `FreeBias` with an intercept and `NoBias` without one.
    """

    loss: Loss
    activation: Activation | None
    fit_intercept: bool
    hidden_bias: HiddenBias | None
    output_bias: OutputBias | None

    def __post_init__(self) -> None:
        """Refuse a free hidden bias that has no column."""
        if self.hidden_bias is not None and not self.fit_intercept:
            raise ArgumentError(
                f"hidden_bias = {self.hidden_bias!r} needs the column of ones that fit_intercept=True adds"
            )

    @property
    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of `TrainingProblem`, `beta_max` and `regularization_path`."""
        bias = FreeBias() if self.fit_intercept else NoBias()
        return {
            "loss": self.loss,
            "activation": ReLU() if self.activation is None else self.activation,
            "hidden_bias": DecayedHiddenBias() if self.hidden_bias is None else self.hidden_bias,
            "output_bias": bias if self.output_bias is None else self.output_bias,
        }


def features(X: Floats, *, fit_intercept: bool) -> Floats:
    """Return the rows that neurons see: with an intercept there is a column of ones."""
    return np.c_[X, np.ones(len(X))] if fit_intercept else X


def given(X: Any) -> Any:
    """Return a lazy frame as what it stands for; scikit-learn reads everything else by itself."""
    lazy = hasattr(X, "collect_schema") and not hasattr(X, "to_numpy")
    return X.collect() if lazy else X

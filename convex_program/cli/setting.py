"""From the words of options to the parts of a problem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from convex_program.activations import AbsoluteValue, Activation, LeakyReLU, ReLU
from convex_program.cli.options import (
    ActivationName,
    ActivationOption,
    BiasKind,
    Delta,
    HidBias,
    HiddenBiasKind,
    Level,
    LossName,
    LossOption,
    OutBias,
    Slope,
)
from convex_program.errors import ArgumentError
from convex_program.hidden_bias import DecayedHiddenBias, FreeHiddenBias, HiddenBias
from convex_program.losses import (
    Absolute,
    Hinge,
    Huber,
    Interpolation,
    Logistic,
    Loss,
    Quantile,
    SoftmaxCrossEntropy,
    Squared,
    SquaredHinge,
)
from convex_program.output_bias import DecayedBias, FreeBias, NoBias, OutputBias

_T = TypeVar("_T")
_BIASES: dict[BiasKind, OutputBias] = {
    BiasKind.NONE: NoBias(),
    BiasKind.FREE: FreeBias(),
    BiasKind.DECAYED: DecayedBias(),
}
_HIDDEN_BIASES: dict[HiddenBiasKind, HiddenBias] = {
    HiddenBiasKind.DECAYED: DecayedHiddenBias(),
    HiddenBiasKind.FREE: FreeHiddenBias(),
}
_LOSSES: dict[LossName, Callable[..., Loss]] = {
    LossName.SQUARED: Squared,
    LossName.HUBER: Huber,
    LossName.ABSOLUTE: Absolute,
    LossName.QUANTILE: Quantile,
    LossName.LOGISTIC: Logistic,
    LossName.HINGE: Hinge,
    LossName.SQUARED_HINGE: SquaredHinge,
    LossName.CROSS_ENTROPY: SoftmaxCrossEntropy,
    LossName.INTERPOLATION: Interpolation,
}
_ACTIVATIONS: dict[ActivationName, Callable[..., Activation]] = {
    ActivationName.RELU: ReLU,
    ActivationName.LEAKY_RELU: LeakyReLU,
    ActivationName.ABSOLUTE_VALUE: AbsoluteValue,
}


@dataclass(frozen=True)
class Setting:
    """What a problem consists of, beside its data and its weight decay."""

    loss: Loss
    activation: Activation
    hidden_bias: HiddenBias
    output_bias: OutputBias

    @property
    def labelled(self) -> bool:
        """Whether targets are labels, which may be texts."""
        return not self.loss.scales

    @property
    def parts(self) -> dict[str, Any]:
        """The arguments of a `TrainingProblem` with these names."""
        return {
            "loss": self.loss,
            "activation": self.activation,
            "hidden_bias": self.hidden_bias,
            "output_bias": self.output_bias,
        }


@dataclass(frozen=True)
class SettingOptions:
    """What is trained, beside data and weight decay: options of every command that has a problem.

    Parameters
    ----------
    loss : LossName
    delta : str or None
        Of the huber loss.
    level : str or None
        Of the quantile loss.
    activation : ActivationName
    slope : str or None
        Of leaky-relu.
    hidden_bias : HiddenBiasKind
    output_bias : BiasKind
    """

    loss: LossOption = LossName.SQUARED
    delta: Delta = None
    level: Level = None
    activation: ActivationOption = ActivationName.RELU
    slope: Slope = None
    hidden_bias: HidBias = HiddenBiasKind.DECAYED
    output_bias: OutBias = BiasKind.NONE

    def read(self) -> Setting:
        """Return the parts that the options name.

        Raises
        ------
        ArgumentError
            When a number is wrong, or goes with another loss or activation.
        """
        _belongs("--delta", self.delta, "--loss huber", fits=self.loss is LossName.HUBER)
        quantile = self.loss is LossName.QUANTILE
        _belongs("--level", self.level, "--loss quantile", fits=quantile)
        leaky = self.activation is ActivationName.LEAKY_RELU
        _belongs("--slope", self.slope, "--activation leaky-relu", fits=leaky)
        number = self.delta if self.delta is not None else self.level
        return Setting(
            _made(_LOSSES[self.loss], number),
            _made(_ACTIVATIONS[self.activation], self.slope),
            _HIDDEN_BIASES[self.hidden_bias],
            _BIASES[self.output_bias],
        )


def _belongs(option: str, value: str | None, owner: str, *, fits: bool) -> None:
    if value is not None and not fits:
        raise ArgumentError(f"{option} goes with {owner}; leave it out, or choose that")


def _made(kind: Callable[..., _T], number: str | None) -> _T:
    """Return an instance with its number, if one is given; errors name the option."""
    if number is None:
        return kind()
    try:
        return kind(number)
    except ArgumentError as error:
        raise ArgumentError(f"--{error}") from None

"""The layers of a model: weights, biases, and the activation between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from convex_program.activations import Activation, LeakyReLU, ReLU
from convex_program.errors import ArgumentError
from convex_program.importers.torch.modules import activation_among, layers_by_shape
from convex_program.importers.torch.tensors import real_array

FloatMatrix = npt.NDArray[np.float64]

FIRST, LAST = "0.weight", "2.weight"
FIRST_BIAS, LAST_BIAS = "0.bias", "2.bias"
_REQUIRED, _OPTIONAL = (FIRST, LAST), (FIRST_BIAS, LAST_BIAS)
_MATRIX = 2
_WANTED = "Sequential(Linear, ReLU, Linear)"


@dataclass(frozen=True, eq=False)
class Layers:
    """What a model consists of.

    Parameters
    ----------
    first : (m, d) float64
    first_bias : (m,) float64 or None
    last : (c, m) float64
    last_bias : (c,) float64 or None
    activation : Activation
    """

    first: FloatMatrix
    first_bias: FloatMatrix | None
    last: FloatMatrix
    last_bias: FloatMatrix | None
    activation: Activation


def read_layers(model: Any, activation: Activation | None) -> Layers:
    """Read a ``Sequential(Linear, ReLU or LeakyReLU, Linear)`` or its state dict.

    Parameters
    ----------
    model : torch.nn.Module or mapping
    activation : Activation or None
        What stands between the layers of a state dict, or in a module's own `forward`, `ReLU` by
        default; a `Sequential` says itself.

    Raises
    ------
    ArgumentError
        Naming what does not fit.
    """
    if activation is not None and not isinstance(activation, Activation):
        raise ArgumentError(f"activation = {activation!r} is not an Activation instance")
    state, found = _state(model)
    if found is not None and activation is not None and activation != found:
        raise ArgumentError(
            f"activation = {activation!r}, but the model has {found!r}; leave activation out"
        )
    unknown = [str(key) for key in state if key not in (*_REQUIRED, *_OPTIONAL)]
    missing = [key for key in _REQUIRED if key not in state]
    if unknown or missing:
        parts = [f"lacks {', '.join(missing)}"] if missing else []
        parts += [f"has {', '.join(unknown)}"] if unknown else []
        raise ArgumentError(
            f"the state dict {' and '.join(parts)}; a {_WANTED} has "
            "0.weight, 2.weight and perhaps 0.bias, 2.bias"
        )
    arrays = {str(key): real_array(str(key), value) for key, value in state.items()}
    first, last = arrays[FIRST], arrays[LAST]
    for key in _REQUIRED:
        if arrays[key].ndim != _MATRIX:
            raise ArgumentError(f"{key} has shape {arrays[key].shape}, not (outputs, inputs)")
    if last.shape[0] == 0:
        raise ArgumentError("2.weight has no outputs")
    if last.shape[1] != first.shape[0]:
        raise ArgumentError(
            f"2.weight takes {last.shape[1]} inputs, 0.weight gives {first.shape[0]}"
        )
    first_bias, last_bias = arrays.get(FIRST_BIAS), arrays.get(LAST_BIAS)
    if first_bias is not None and first_bias.shape != (len(first),):
        raise ArgumentError(f"0.bias has shape {first_bias.shape}, not ({len(first)},)")
    if last_bias is not None and last_bias.shape != (len(last),):
        raise ArgumentError(f"2.bias has shape {last_bias.shape}, not ({len(last)},)")
    return Layers(first, first_bias, last, last_bias, found or activation or ReLU())


def _state(model: Any) -> tuple[Mapping[str, Any], Activation | None]:
    """Return the parameters by name, and the activation where the model says it."""
    if isinstance(model, Mapping):
        return model, None
    if not hasattr(model, "state_dict"):
        raise ArgumentError(f"model is a {type(model).__name__}, not a model or a state dict")
    if not is_sequential(model):
        return layers_by_shape(model), activation_among(model)
    try:
        layers = list(model)
    except TypeError:
        raise ArgumentError(
            f"model is a {type(model).__name__}, not a Sequential; pass "
            f"{_WANTED} or a state dict with the keys 0.* and 2.*"
        ) from None
    activation = _activation(layers)
    state: Mapping[str, Any] = model.state_dict()
    return state, activation


def is_sequential(model: Any) -> bool:
    """Whether a module is a list of layers and nothing else."""
    return type(model).__name__ == "Sequential" or not hasattr(model, "modules")


def _activation(layers: list[Any]) -> Activation:
    names = [type(layer).__name__ for layer in layers]
    if names == ["Linear", "ReLU", "Linear"]:
        return ReLU()
    if names == ["Linear", "LeakyReLU", "Linear"]:
        return LeakyReLU(layers[1].negative_slope)
    if "BatchNorm1d" in names:
        raise ArgumentError(
            f"model is Sequential({', '.join(names)}); from_torch_batch_norm reads "
            "Sequential(Linear, BatchNorm1d, ReLU, Linear)"
        )
    hint = "; leave the Sigmoid out, BCEWithLogitsLoss holds it" if "Sigmoid" in names else ""
    raise ArgumentError(
        f"model is Sequential({', '.join(names)}), not {_WANTED} or "
        f"Sequential(Linear, LeakyReLU, Linear){hint}"
    )

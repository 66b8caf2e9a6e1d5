"""Modules with names of their own: which of their parameters are the two layers, and whether they are all.

Shapes and order say which matrix is which; that the module does nothing else with them is seen by
running it on the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from convex_program.activations import Activation, LeakyReLU, ReLU
from convex_program.errors import ArgumentError
from convex_program.importers.torch.tensors import plain
from convex_program.network import Network

_MATRIX = 2
_REPARAMETRIZED = ("parametrizations.", "weight_g", "weight_v", "weight_orig", "weight_u")
_CLOSE = 1e-4
"""Relative difference of outputs above which a module is something else: weights may be float32."""


def uncompiled(model: Any) -> Any:
    """Return the module inside what ``torch.compile`` made of it, or itself."""
    return getattr(model, "_orig_mod", model)


def layers_by_shape(model: Any) -> Mapping[str, Any]:
    """Return a module's parameters under the names of ``Sequential(Linear, ReLU, Linear)``."""
    state = model.state_dict()
    return {name: state[own] for name, own in names_by_shape(model).items()}


def names_by_shape(model: Any) -> Mapping[str, str]:
    """Return how a module calls what ``Sequential(Linear, ReLU, Linear)`` calls "0.weight" and so on.

    Raises
    ------
    ArgumentError
        When shapes and order leave a choice, or weights are reparametrized.
    """
    state: Mapping[str, Any] = model.state_dict()
    for name in state:
        if any(word in str(name) for word in _REPARAMETRIZED):
            raise ArgumentError(
                f"model: {name} belongs to weight_norm or another parametrization; remove it first "
                "(torch.nn.utils.parametrize.remove_parametrizations): decay acted on other weights"
            )
    matrices = [name for name, value in state.items() if len(value.shape) == _MATRIX]
    vectors = [name for name, value in state.items() if len(value.shape) == 1]
    if len(matrices) != _MATRIX or len(matrices) + len(vectors) != len(state) or len(vectors) > 2:  # noqa: PLR2004 - a bias for each layer
        raise ArgumentError(
            f"model: {type(model).__name__} has the parameters {', '.join(map(str, state))}; two "
            "matrices, and a bias for each at most, are two layers"
        )
    first, last = matrices
    found = {"0.weight": first, "2.weight": last}
    width, outputs = state[first].shape[0], state[last].shape[0]
    order = list(state)
    for name in vectors:
        fits = [key for key, size in (("0", width), ("2", outputs)) if state[name].shape[0] == size]
        if len(fits) == _MATRIX:
            # Both layers are as wide: a bias stands behind its own weight.
            fits = ["2" if order.index(name) > order.index(last) else "0"]
        if not fits or f"{fits[0]}.bias" in found:
            raise ArgumentError(
                f"model: {name} is the bias of neither layer, or of one that has one"
            )
        found[f"{fits[0]}.bias"] = name
    return found


def activation_among(model: Any) -> Activation | None:
    """Return the activation of a module's parts; None where it has none, or calls a function."""
    for part in model.modules():
        name = type(part).__name__
        if name == "ReLU":
            return ReLU()
        if name == "LeakyReLU":
            return LeakyReLU(part.negative_slope)
    return None


def require_same_outputs(
    model: Any, network: Network, rows: npt.NDArray[np.float64], X: Any
) -> None:
    """Raise `ArgumentError` unless a module puts out on the data what the network does.

    Parameters
    ----------
    model : torch.nn.Module
    network : Network
    rows : (n, d) float64
        What the network sees, with a column of ones where it has biases.
    X : array or tensor
        What the module sees.
    """
    like = next(iter(model.state_dict().values()))
    theirs = np.asarray(plain(model(like.new_tensor(np.asarray(plain(X)).tolist()))), np.float64)
    ours = network.forward(rows)
    size = max(1.0, float(np.abs(ours).max(initial=0.0)))
    if theirs.size != ours.size or np.abs(theirs.reshape(ours.shape) - ours).max() > _CLOSE * size:
        raise ArgumentError(
            f"model: {type(model).__name__} puts out something else than its two layers with "
            f"{network.activation!r} between them; only such modules can be read"
        )

"""The weights a model has right now, whatever kind of model it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from convex_program.errors import ArgumentError
from convex_program.importers.torch.layers import read_layers
from convex_program.importers.torch.modules import uncompiled
from convex_program.network import Network
from convex_program.problem import TrainingProblem

_LAYERS = 2


def current_network(model: Any, problem: TrainingProblem) -> Network:
    """Return the network of a model's weights as they are, for a problem it is trained on.

    Parameters
    ----------
    model : Network, torch.nn.Module, state dict, or scikit-learn MLP
    problem : TrainingProblem
        Says the activation where the model does not.

    Raises
    ------
    ArgumentError
        When it is anything else, or does not belong to the problem.
    """
    if isinstance(model, Network):
        network = model
    elif hasattr(model, "coefs_") and hasattr(model, "intercepts_"):
        network = _of_sklearn(model)
    elif isinstance(model, Mapping) or hasattr(model, "state_dict"):
        network = _of_torch(uncompiled(model), problem)
    else:
        raise ArgumentError(
            f"model is a {type(model).__name__}; give a Network, a PyTorch module or its state dict, or "
            "an MLPRegressor or MLPClassifier after its first partial_fit"
        )
    problem.admit(network)
    return network


def _of_sklearn(model: Any) -> Network:
    if len(model.coefs_) != _LAYERS:
        raise ArgumentError(
            f"the model has {len(model.coefs_) - 1} hidden layers; one is supported"
        )
    if getattr(model, "activation", "relu") != "relu":
        raise ArgumentError(f"the model has activation = {model.activation!r}; 'relu' is supported")
    first, last = (np.asarray(layer, dtype=np.float64) for layer in model.coefs_)
    bias = np.asarray(model.intercepts_[0], dtype=np.float64)
    return Network(np.c_[first.T, bias], last, np.asarray(model.intercepts_[1]))


def _of_torch(model: Any, problem: TrainingProblem) -> Network:
    layers = read_layers(model, problem.activation)
    hidden = layers.first
    if layers.first_bias is not None:
        hidden = np.c_[hidden, layers.first_bias]
    constant: Any = 0.0 if layers.last_bias is None else layers.last_bias
    return Network(hidden, layers.last.T, constant, layers.activation)

"""From a PyTorch model to a network and the problem it was trained for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import arrangements as ar
from convex_program.activations import Activation
from convex_program.errors import ArgumentError
from convex_program.hidden_bias import DecayedHiddenBias, FreeHiddenBias, HiddenBias
from convex_program.importers.hints import labels_hint
from convex_program.importers.torch.decays import Decays, read_decays
from convex_program.importers.torch.layers import FIRST_BIAS, LAST_BIAS, is_sequential, read_layers
from convex_program.importers.torch.losses import read_loss
from convex_program.importers.torch.modules import require_same_outputs, uncompiled
from convex_program.importers.torch.tensors import plain
from convex_program.network import Network
from convex_program.output_bias import DecayedBias, FreeBias, NoBias, OutputBias
from convex_program.problem import TrainingProblem


def from_torch(
    model: Any,
    X: Any,
    y: Any,
    *,
    weight_decay: Any = None,
    loss: Any = "mse",
    reduction: str | None = None,
    optimizer: Any = None,
    activation: Activation | None = None,
    hidden_bias: HiddenBias | None = None,
    output_bias: OutputBias | None = None,
    sample_weight: Any = None,
) -> tuple[Network, TrainingProblem]:
    """Read a trained ``Sequential(Linear, ReLU, Linear)`` and the problem it was trained for.

    Parameters
    ----------
    model : torch.nn.Module or mapping
        A ``Sequential`` with a ``ReLU`` or a ``LeakyReLU`` between its layers, or its state dict with
        the keys ``0.weight``, ``2.weight`` and perhaps ``0.bias``, ``2.bias``.  Any other module whose
        parameters are two layers is read by their shapes, and run on X to see that it is no more.
    X : array, tensor or DataMatrix of shape (n, d)
        The data the model saw, *without* a column of ones: one is appended when the first
        layer has a bias.
    y : array or tensor of shape (n,), (n, 1) or (n, c)
        For ``CrossEntropyLoss`` class indices of shape (n,), or probabilities of shape (n, c).
    weight_decay : number, optional
        That of the optimizer (SGD or Adam).
    loss : text, torch loss or Loss
        The loss you trained with: ``MSELoss``, ``HuberLoss``, ``SmoothL1Loss``, ``L1Loss``,
        ``BCEWithLogitsLoss`` or ``CrossEntropyLoss`` with all its settings; or "mse", "huber",
        "smooth_l1", "l1", "bce_with_logits", "cross_entropy" for theirs by default; or a `Loss` of this package, as it is.
    reduction : "mean" or "sum", optional
        That of the loss; by default what a torch loss says, else "mean".
    optimizer : torch optimizer, optional
        Says what `weight_decay` alone cannot: AdamW and groups that decay the layers' weights
        differently are refused; biases in a group without decay are free.
    activation : Activation, optional
        What stands between the layers of a state dict, which does not say it: `ReLU` by default.
    hidden_bias, output_bias : HiddenBias and OutputBias, optional
        ``FreeHiddenBias()`` and ``FreeBias()`` where biases were trained without decay; an
        optimizer says it itself.
    sample_weight : array or tensor of shape (n,), optional
        Factors of the rows' losses; a mean is still one over n rows (and c outputs).

    Returns
    -------
    network : Network
        A hidden bias is its last column.
    problem : TrainingProblem
        By default with decayed biases, since plain weight decay decays them like every other
        weight.

    Raises
    ------
    ArgumentError
        Naming what does not fit.

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> state = {"0.weight": np.array([[1.0]]), "2.weight": np.array([[2.0]])}
    >>> network, problem = cx.from_torch(state, [[-1.0], [1.0]], [1.0, 2.0], weight_decay=0.5)
    >>> network, problem.decay
    (Network(1 neurons, 1 inputs), 0.5)

    Notes
    -----
    *Scaling.* ``beta = n c weight_decay / 2`` for the mean of squares of c outputs (`convex_program.scaling`
    has the others; ``CrossEntropyLoss`` divides by n, or by the sum of the rows' class weights); their loss plus ``weight_decay / 2`` times the sum of the decayed squares is
    our objective times 2 / n.
    """
    model = uncompiled(model)
    layers = read_layers(model, activation)
    outputs = len(layers.last)
    trained = read_loss(loss, reduction, outputs)
    decays = read_decays(weight_decay, optimizer, model)
    data = ar.as_data_matrix(plain(X))
    d = data.shape[1]
    if d != layers.first.shape[1]:
        hint = "; leave the column of ones out, the model has its own bias"
        raise ArgumentError(
            f"X has {d} columns, 0.weight takes {layers.first.shape[1]}"
            f"{hint if d == layers.first.shape[1] + 1 else ''}"
        )
    hidden = layers.first
    if layers.first_bias is not None:
        hidden = np.c_[hidden, layers.first_bias]
        data = data.with_bias()
    constant = layers.last_bias
    biases: Any = 0.0 if constant is None else constant
    network = Network(hidden, layers.last.T, biases, layers.activation)
    if not isinstance(model, Mapping) and not is_sequential(model):
        require_same_outputs(model, network, data.floats, X)
    targets = trained.read(plain(y))
    if targets.outputs != outputs:
        raise ArgumentError(f"y has {targets.outputs} columns, 2.weight has {outputs} outputs")
    problem = TrainingProblem(
        data,
        targets,
        trained.convention.beta(decays.weights, *trained.counted(plain(y), targets)),
        loss=trained.loss,
        activation=layers.activation,
        hidden_bias=_hidden_bias(hidden_bias, decays, exists=layers.first_bias is not None),
        output_bias=_output_bias(output_bias, decays, exists=constant is not None),
        sample_weight=trained.sample_weight(targets, plain(sample_weight)),
        remark=labels_hint(trained.loss, targets.values),
    )
    return network, problem


def _hidden_bias(given: HiddenBias | None, decays: Decays, *, exists: bool) -> HiddenBias:
    if not exists:
        if given == FreeHiddenBias():
            raise ArgumentError(f"hidden_bias = {given!r}, but the model has no {FIRST_BIAS}")
        return given or DecayedHiddenBias()
    free = decays.free.get(FIRST_BIAS)
    if given is None:
        return FreeHiddenBias() if free or decays.weights == 0 else DecayedHiddenBias()
    if free is not None and given != (FreeHiddenBias() if free else DecayedHiddenBias()):
        raise ArgumentError(
            f"hidden_bias = {given!r}, but the optimizer "
            f"{'does not decay' if free else 'decays'} {FIRST_BIAS}; leave hidden_bias out"
        )
    return given


def _output_bias(given: OutputBias | None, decays: Decays, *, exists: bool) -> OutputBias:
    if given is not None and exists is isinstance(given, NoBias):
        raise ArgumentError(
            f"output_bias = {given!r}, but the model has {'a' if exists else 'no'} {LAST_BIAS}"
        )
    if not exists:
        return NoBias()
    free = decays.free.get(LAST_BIAS)
    if given is None:
        return FreeBias() if free or decays.weights == 0 else DecayedBias()
    if free is not None and isinstance(given, FreeBias) is not free:
        raise ArgumentError(
            f"output_bias = {given!r}, but the optimizer "
            f"{'does not decay' if free else 'decays'} {LAST_BIAS}; leave output_bias out"
        )
    return given

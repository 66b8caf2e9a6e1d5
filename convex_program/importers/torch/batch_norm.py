"""From a PyTorch model with batch normalization to a network and the problem it was trained for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.activations import Activation, LeakyReLU, ReLU
from convex_program.batch_norm import BatchNormNetwork, BatchNormProblem, UnitVariance
from convex_program.errors import ArgumentError
from convex_program.importers.hints import labels_hint
from convex_program.importers.torch.decays import decay_by_name, require_decaying
from convex_program.importers.torch.losses import read_loss
from convex_program.importers.torch.tensors import plain, real_array
from convex_program.norms import row_norms
from convex_program.output_bias import DecayedBias, FreeBias, NoBias, OutputBias
from convex_program.scaling import not_negative

Floats = npt.NDArray[np.float64]

_FIRST, _SCALE, _SHIFT, _LAST, _LAST_BIAS = "0.weight", "1.weight", "1.bias", "3.weight", "3.bias"
_DECAYED = (_SCALE, _SHIFT, _LAST)
_UNSEEN = ("0.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked")
"""What does not change a normalized batch: a bias before it, and averages over past batches."""
_WANTED = "Sequential(Linear, BatchNorm1d, ReLU, Linear)"
_EPS = 1e-5
"""That of BatchNorm1d by default."""
_LAYERS = 4


@dataclass(frozen=True, eq=False)
class _Layers:
    arrays: dict[str, Floats]
    activation: Activation
    eps: float


def from_torch_batch_norm(
    model: Any,
    X: Any,
    y: Any,
    *,
    weight_decay: Any = None,
    loss: Any = "mse",
    reduction: str | None = None,
    optimizer: Any = None,
    activation: Activation | None = None,
    output_bias: OutputBias | None = None,
    sample_weight: Any = None,
) -> tuple[BatchNormNetwork, BatchNormProblem]:
    """Read ``Sequential(Linear, BatchNorm1d, ReLU, Linear)`` trained on the full batch X.

    Parameters
    ----------
    model : torch.nn.Sequential or mapping
        The model, with a ``ReLU`` or a ``LeakyReLU``, or its state dict (then with the eps of
        ``BatchNorm1d`` by default, 1e-5).
    X : array, tensor or DataMatrix of shape (n, d)
        The batch: all rows that training saw in every step.
    y, loss, reduction, sample_weight
        As in `from_torch`.
    weight_decay : number, optional
        That of gamma, shift and output weights (``1.weight``, ``1.bias``, ``3.weight``), the first
        layer left without; the output bias is then decayed, too, unless `output_bias` says otherwise.
    optimizer : torch optimizer, optional
        Says it by its parameter groups: one decay for those three, none for the first layer, either
        for ``3.bias``.
    activation : Activation, optional
        Of a state dict: `ReLU` by default.
    output_bias : OutputBias, optional
        ``FreeBias()`` where ``3.bias`` was trained without decay; an optimizer says it itself.

    Returns
    -------
    network : BatchNormNetwork
        With the mean and the variance of this batch; running averages are not read.
    problem : BatchNormProblem
        With ``normalization=UnitVariance()``.

    Raises
    ------
    ArgumentError
        When the first layer is decayed: its length has no effect after the normalization, so its decay
        has no minimizer; when gamma and shift are missing (``affine=False``); for whatever else
        does not fit, by name.

    Notes
    -----
    *eps.* A column of variance s is divided by sqrt(s + eps), so gamma acts as
    ``gamma sqrt(s / (s + eps))``.  The network returned has that gamma and puts out what the model does; by what its
    decay is less than the model's, the problem's ``remark`` says.

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> state = {
    ...     "0.weight": np.array([[1.0]]),
    ...     "1.weight": np.array([2.0]),
    ...     "1.bias": np.array([0.0]),
    ...     "3.weight": np.array([[1.0]]),
    ... }
    >>> X, y = [[3.0], [5.0]], [0.0, 1.0]
    >>> network, problem = cx.from_torch_batch_norm(state, X, y, weight_decay=0.5)
    >>> network.forward(X).round(4).tolist()  # 2 (0, 1), but for the eps of the normalization
    [0.0, 2.0]
    """
    layers = _read(model, activation)
    first, last = layers.arrays[_FIRST], layers.arrays[_LAST]
    outputs = len(last)
    trained = read_loss(loss, reduction, outputs)
    decay, free = _decays(weight_decay, optimizer, model)
    data = ar.as_data_matrix(plain(X))
    if data.shape[1] != first.shape[1]:
        raise ArgumentError(
            f"X has {data.shape[1]} columns, 0.weight takes {first.shape[1]}; X has no column of ones"
        )
    scale, lost = _effective(data.floats, layers)
    constant = layers.arrays.get(_LAST_BIAS)
    network = BatchNormNetwork(
        first,
        scale,
        layers.arrays[_SHIFT],
        last.T,
        0.0 if constant is None else constant,
        layers.activation,
        UnitVariance(),
    )
    targets = trained.read(plain(y))
    if targets.outputs != outputs:
        raise ArgumentError(f"y has {targets.outputs} columns, 3.weight has {outputs} outputs")
    beta = trained.convention.beta(decay, *trained.counted(plain(y), targets))
    remarks = [labels_hint(trained.loss, targets.values)]
    if lost:
        remarks.append(
            f"BatchNorm1d's eps = {layers.eps:g} is counted in gamma: the model's own penalty is larger by "
            f"{float(beta) / 2 * lost:.3g} in our units, the bound holds for it as well."
        )
    problem = BatchNormProblem(
        data,
        targets,
        beta,
        loss=trained.loss,
        activation=layers.activation,
        normalization=UnitVariance(),
        output_bias=_constant(output_bias, free=free, exists=constant is not None),
        sample_weight=trained.sample_weight(targets, plain(sample_weight)),
        remark="\n".join(remark for remark in remarks if remark),
    )
    return network, problem


def _effective(rows: Floats, layers: _Layers) -> tuple[Floats, float]:
    """Return gamma without eps, and by how much the squares of gamma become less."""
    scale = layers.arrays[_SCALE]
    columns = (rows - rows.mean(axis=0)) @ layers.arrays[_FIRST].T
    variance = row_norms(columns.T) ** 2 / len(rows)
    whole = variance + layers.eps
    part = np.where(variance > 0.0, variance / np.where(whole > 0.0, whole, 1.0), 0.0)
    return scale * np.sqrt(part), float(np.sum(scale**2 * (1.0 - part)))


def _read(model: Any, activation: Activation | None) -> _Layers:
    if activation is not None and not isinstance(activation, Activation):
        raise ArgumentError(f"activation = {activation!r} is not an Activation instance")
    state, found, eps = _state(model)
    if found is not None and activation is not None and activation != found:
        raise ArgumentError(
            f"activation = {activation!r}, but the model has {found!r}; leave activation out"
        )
    known = (_FIRST, *_DECAYED, _LAST_BIAS, *_UNSEEN)
    if unknown := [str(key) for key in state if key not in known]:
        raise ArgumentError(f"the state dict has {', '.join(unknown)}, which a {_WANTED} has not")
    if missing := [key for key in (_FIRST, *_DECAYED) if key not in state]:
        hint = "; affine=False leaves no gamma to decay" if _SCALE in missing else ""
        raise ArgumentError(
            f"the state dict lacks {', '.join(missing)}; a {_WANTED} has {_FIRST}, {', '.join(_DECAYED)}{hint}"
        )
    arrays = {
        str(key): real_array(str(key), value) for key, value in state.items() if key not in _UNSEEN
    }
    first, last = arrays[_FIRST], arrays[_LAST]
    for key in (_FIRST, _LAST):
        if len(arrays[key].shape) != 2 or 0 in arrays[key].shape:  # noqa: PLR2004 - a matrix
            raise ArgumentError(f"{key} has shape {arrays[key].shape}, not (outputs, inputs)")
    shapes = {_SCALE: (len(first),), _SHIFT: (len(first),), _LAST: (len(last), len(first))}
    shapes[_LAST_BIAS] = (len(last),)
    for key, shape in shapes.items():
        if key in arrays and arrays[key].shape != shape:
            raise ArgumentError(f"{key} has shape {arrays[key].shape}, not {shape}")
    return _Layers(arrays, found or activation or ReLU(), eps)


def _state(model: Any) -> tuple[Mapping[str, Any], Activation | None, float]:
    if isinstance(model, Mapping):
        return model, None, _EPS
    if not hasattr(model, "state_dict"):
        raise ArgumentError(f"model is a {type(model).__name__}, not a model or a state dict")
    try:
        layers = list(model)
    except TypeError:
        raise ArgumentError(f"model is a {type(model).__name__}, not a {_WANTED}") from None
    names = [type(layer).__name__ for layer in layers]
    kinds: dict[str, Activation] = {"ReLU": ReLU()}
    if len(layers) == _LAYERS and names[2] == "LeakyReLU":
        kinds["LeakyReLU"] = LeakyReLU(layers[2].negative_slope)
    if len(layers) != _LAYERS or names != ["Linear", "BatchNorm1d", names[2], "Linear"]:
        raise ArgumentError(f"model is Sequential({', '.join(names)}), not {_WANTED}")
    if names[2] not in kinds:
        raise ArgumentError(f"model has {names[2]} after BatchNorm1d; ReLU and LeakyReLU are known")
    return model.state_dict(), kinds[names[2]], float(layers[1].eps)


def _decays(given: Any, optimizer: Any, model: Any) -> tuple[Fraction, bool | None]:
    """Return the decay, and whether the output bias goes without, where an optimizer says so."""
    if optimizer is None:
        if given is None:
            raise ArgumentError(
                "weight_decay is missing: pass that of 1.weight, 1.bias and 3.weight, or the optimizer"
            )
        return not_negative("weight_decay", given), None
    require_decaying(optimizer)
    found = decay_by_name(optimizer, model, (_FIRST, *_DECAYED, _LAST_BIAS))
    decay = found[_SCALE]
    for name in (_FIRST, "0.bias"):
        if found.get(name, 0) != 0:
            raise ArgumentError(
                f"the optimizer decays {name} by {found[name]}: after the normalization the first layer's "
                "length has no effect, so that decay has no minimizer; give it a group with weight_decay=0"
            )
    if any(found[name] != decay for name in _DECAYED) or found.get(_LAST_BIAS, 0) not in (0, decay):
        raise ArgumentError(
            f"the optimizer decays {', '.join(f'{name} by {found[name]}' for name in found)}; supported is one decay "
            f"on {', '.join(_DECAYED)}, and that or none on {_LAST_BIAS}"
        )
    if given is not None and given != decay:
        raise ArgumentError(
            f"weight_decay = {given}, but the optimizer's is {decay}; pass one of them"
        )
    free = None if _LAST_BIAS not in found else found[_LAST_BIAS] == 0
    return not_negative("weight_decay", decay), free


def _constant(given: OutputBias | None, *, free: bool | None, exists: bool) -> OutputBias:
    if given is not None and exists is isinstance(given, NoBias):
        raise ArgumentError(
            f"output_bias = {given!r}, but the model has {'a' if exists else 'no'} {_LAST_BIAS}"
        )
    if not exists:
        return NoBias()
    if given is None:
        return FreeBias() if free else DecayedBias()
    if free is not None and isinstance(given, FreeBias) is not free:
        raise ArgumentError(
            f"output_bias = {given!r}, but the optimizer {'does not decay' if free else 'decays'} "
            f"{_LAST_BIAS}; leave output_bias out"
        )
    return given

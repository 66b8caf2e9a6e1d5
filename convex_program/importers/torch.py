"""PyTorch models, by duck typing: torch itself is never imported to convert one."""

from __future__ import annotations

import errno
import math
import pickle
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from arrangements.io.files import MOST_BYTES
from convex_program.errors import ArgumentError
from convex_program.network import Network
from convex_program.output_bias import DecayedBias, NoBias, OutputBias
from convex_program.problem import TrainingProblem
from convex_program.scaling import PYTORCH_MEAN, PYTORCH_SUM, Convention, positive

FloatMatrix = npt.NDArray[np.float64]

_REDUCTIONS: dict[str, Convention] = {"mean": PYTORCH_MEAN, "sum": PYTORCH_SUM}
_LAYERS = ("Linear", "ReLU", "Linear")
_REQUIRED = ("0.weight", "2.weight")
_OPTIONAL = ("0.bias", "2.bias")
_DECAYING = ("SGD", "Adam")
_MATRIX = 2
_FLOAT = 8
"""Bytes of a weight, once it is read."""
_OUT_OF_MEMORY = ("allocate memory", "not enough memory", "out of memory")
"""How torch and the system say it: torch with a RuntimeError as for a damaged file."""
_REAL = "biuf"
"""Kinds of dtype that hold real numbers."""


def from_torch(
    model: Any,
    X: Any,
    y: Any,
    *,
    weight_decay: Any = None,
    reduction: str = "mean",
    optimizer: Any = None,
) -> tuple[Network, TrainingProblem]:
    """Read a trained ``Sequential(Linear, ReLU, Linear)`` and the problem it was trained for.

    Parameters
    ----------
    model : torch.nn.Sequential or mapping
        The model, or its state dict with the keys ``0.weight``, ``2.weight`` and perhaps
        ``0.bias``, ``2.bias``.  A state dict does not say what stands between the layers:
        that it is a ReLU is then taken on trust.
    X : array, tensor or DataMatrix of shape (n, d)
        The data the model saw, *without* a column of ones: one is appended when the first
        layer has a bias.
    y : array or tensor of shape (n,) or (n, 1)
    weight_decay : number, optional
        That of the optimizer (SGD or Adam), on all parameters.
    reduction : "mean" or "sum"
        That of ``MSELoss``.
    optimizer : torch optimizer, optional
        Checked for what `weight_decay` cannot tell: AdamW and parameter groups that decay
        only some weights are refused.  Its weight decay is used when none is given.

    Returns
    -------
    network : Network
        A hidden bias is its last column.
    problem : TrainingProblem
        With ``DecayedBias`` when the last layer has a bias, since plain weight decay
        decays it like every other weight.

    Raises
    ------
    ArgumentError
        Naming what does not fit.

    Notes
    -----
    *Scaling.* ``beta = n weight_decay / 2`` for "mean" and ``weight_decay / 2`` for "sum"
    (`convex_program.scaling`); their loss plus ``weight_decay / 2`` times the sum of
    squares is our objective times 2 / n, or 2.
    """
    if reduction not in _REDUCTIONS:
        raise ArgumentError(f"reduction = {reduction!r}; MSELoss has 'mean' and 'sum' here")
    weights = _weights(model)
    decay = positive("weight_decay", _decay(weight_decay, optimizer, model))
    data = ar.as_data_matrix(_plain(X))
    n, d = data.shape
    if d != weights.first.shape[1]:
        hint = "; leave the column of ones out, the model has its own bias"
        raise ArgumentError(
            f"X has {d} columns, 0.weight takes {weights.first.shape[1]}"
            f"{hint if d == weights.first.shape[1] + 1 else ''}"
        )
    hidden = weights.first
    if weights.first_bias is not None:
        hidden = np.c_[hidden, weights.first_bias]
        data = data.with_bias()
    kind: OutputBias = NoBias() if weights.last_bias is None else DecayedBias()
    network = Network(hidden, weights.last[0], weights.last_bias or 0.0)
    beta = _REDUCTIONS[reduction].beta(decay, n)
    return network, TrainingProblem(data, _plain(y), beta, output_bias=kind)


def load_state_dict(path: str | Path) -> dict[str, Any]:
    """Read a state dict from a ``.safetensors`` or ``.pt`` file; never a free pickle.

    A ``.pt`` file is read by torch with ``weights_only=True``, which executes nothing.

    Raises
    ------
    ArgumentError
        When the file is neither, is damaged, holds more than 1 GiB (unpacked, too), or the
        library that reads it is missing.
    """
    source = Path(path)
    if not source.is_file():
        raise ArgumentError(f"{source}: no such file")
    _check_size(source)
    if source.suffix.lower() == ".safetensors":
        return _load_safetensors(source)
    if source.suffix.lower() in (".pt", ".pth"):
        return _load_pt(source)
    raise ArgumentError(f"{source}: a state dict is read from .safetensors, .pt or .pth files")


@dataclass(frozen=True, eq=False)
class _Weights:
    first: FloatMatrix
    first_bias: FloatMatrix | None
    last: FloatMatrix
    last_bias: float | None


def _weights(model: Any) -> _Weights:
    state = _state(model)
    unknown = [str(key) for key in state if key not in (*_REQUIRED, *_OPTIONAL)]
    missing = [key for key in _REQUIRED if key not in state]
    if unknown or missing:
        parts = [f"lacks {', '.join(missing)}"] if missing else []
        parts += [f"has {', '.join(unknown)}"] if unknown else []
        raise ArgumentError(
            f"the state dict {' and '.join(parts)}; a Sequential(Linear, ReLU, Linear) has "
            "0.weight, 2.weight and perhaps 0.bias, 2.bias"
        )
    arrays = {str(key): _array(str(key), value) for key, value in state.items()}
    first, last = arrays["0.weight"], arrays["2.weight"]
    for key in _REQUIRED:
        if arrays[key].ndim != _MATRIX:
            raise ArgumentError(f"{key} has shape {arrays[key].shape}, not (outputs, inputs)")
    if last.shape[0] != 1:
        raise ArgumentError(f"2.weight has {last.shape[0]} outputs; one output is supported")
    if last.shape[1] != first.shape[0]:
        raise ArgumentError(
            f"2.weight takes {last.shape[1]} inputs, 0.weight gives {first.shape[0]}"
        )
    first_bias, last_bias = arrays.get("0.bias"), arrays.get("2.bias")
    if first_bias is not None and first_bias.shape != (len(first),):
        raise ArgumentError(f"0.bias has shape {first_bias.shape}, not ({len(first)},)")
    if last_bias is not None and last_bias.shape != (1,):
        raise ArgumentError(f"2.bias has shape {last_bias.shape}, not (1,)")
    return _Weights(first, first_bias, last, None if last_bias is None else float(last_bias[0]))


def _state(model: Any) -> Mapping[str, Any]:
    if isinstance(model, Mapping):
        return model
    if not hasattr(model, "state_dict"):
        raise ArgumentError(f"model is a {type(model).__name__}, not a model or a state dict")
    try:
        layers = [type(layer).__name__ for layer in model]
    except TypeError:
        raise ArgumentError(
            f"model is a {type(model).__name__}, not a Sequential; pass "
            "Sequential(Linear, ReLU, Linear) or a state dict with the keys 0.* and 2.*"
        ) from None
    if tuple(layers) != _LAYERS:
        raise ArgumentError(
            f"model is Sequential({', '.join(layers)}), not Sequential({', '.join(_LAYERS)})"
        )
    state: Mapping[str, Any] = model.state_dict()
    return state


def _decay(weight_decay: Any, optimizer: Any, model: Any) -> Any:
    if optimizer is None:
        if weight_decay is None:
            raise ArgumentError("weight_decay is missing: pass the number, or the optimizer")
        return weight_decay
    name = type(optimizer).__name__
    if not hasattr(optimizer, "param_groups"):
        raise ArgumentError(f"optimizer is a {name}, not a torch optimizer")
    groups = optimizer.param_groups
    flags = [getattr(optimizer, "defaults", {}), *groups]
    if name == "AdamW" or any(flag.get("decoupled_weight_decay") for flag in flags):
        raise ArgumentError(
            f"optimizer is {name}: decoupled decay shrinks the weights beside the gradient step "
            "and is not the decay of any objective, so there is no optimum to compare with; "
            "train with SGD or Adam(weight_decay=...)"
        )
    if name not in _DECAYING:
        raise ArgumentError(
            f"optimizer is {name}; only {' and '.join(_DECAYING)} are known to add "
            "weight_decay times the weights to the gradient; pass weight_decay= yourself"
        )
    decays = {group["weight_decay"] for group in groups}
    if len(decays) > 1:
        raise ArgumentError(
            f"the optimizer's parameter groups have different weight decays {sorted(decays)}; "
            "one decay on all weights is supported"
        )
    if hasattr(model, "parameters"):
        covered = {id(parameter) for group in groups for parameter in group["params"]}
        if any(id(parameter) not in covered for parameter in model.parameters()):
            raise ArgumentError("the optimizer does not train, and so decay, all parameters")
    (found,) = decays
    if weight_decay is not None and weight_decay != found:
        raise ArgumentError(
            f"weight_decay = {weight_decay}, but the optimizer's is {found}; pass one of them"
        )
    return found


def _plain(values: Any) -> Any:
    """Return a tensor as a numpy array of the same numbers; leave anything else alone."""
    if hasattr(values, "detach") and hasattr(values, "cpu"):
        tensor = values.detach().cpu()
        # Doubles hold every narrower float, bfloat16 included, which numpy does not know,
        # but not every integer.
        floating = hasattr(tensor, "is_floating_point") and tensor.is_floating_point()
        return np.asarray((tensor.double() if floating else tensor).numpy())
    return values


def _array(name: str, value: Any) -> FloatMatrix:
    # A tensor of one number can be a view of any shape.
    count = math.prod(getattr(value, "shape", ()))
    if count > MOST_BYTES // _FLOAT:
        raise ArgumentError(
            f"{name} has shape {tuple(value.shape)}; at most {MOST_BYTES // _FLOAT:,} weights are read"
        )
    try:
        raw = np.asarray(_plain(value))
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name} is not a numeric tensor: {error}") from None
    if raw.dtype.kind not in _REAL:
        raise ArgumentError(f"{name} is not a tensor of real numbers but of {raw.dtype}")
    array = raw.astype(np.float64)
    if not np.isfinite(array).all():
        raise ArgumentError(f"{name} holds NaN or infinity; the training has diverged")
    return array


def _check_size(source: Path) -> None:
    """Refuse a file that is too large, or an archive that unpacks to too much."""
    try:
        size = source.stat().st_size
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as archive:
                size = max(size, sum(member.file_size for member in archive.infolist()))
    except OSError as error:
        raise ArgumentError(f"{source} cannot be read: {error.strerror}") from None
    except (zipfile.BadZipFile, ValueError) as error:
        raise ArgumentError(f"{source} is not a file of plain weights ({error})") from None
    if size > MOST_BYTES:
        raise ArgumentError(
            f"{source} holds {size:,} bytes; at most {MOST_BYTES:,} are read: save the state dict "
            "of the two layers alone"
        )


def _memory(error: Exception) -> bool:
    """Return whether a library says in its own way that there is no memory left."""
    text = str(error).lower()
    number = getattr(error, "errno", None)
    return number == errno.ENOMEM or any(phrase in text for phrase in _OUT_OF_MEMORY)


def _load_safetensors(source: Path) -> dict[str, Any]:
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ImportError:
        raise ArgumentError(f"{source}: install safetensors to read it") from None
    try:
        return dict(load_file(source))
    except (OSError, SafetensorError) as error:
        if _memory(error):
            raise MemoryError(f"{source}: {error}") from None
        raise ArgumentError(f"{source} is not a whole safetensors file ({error})") from None
    except (TypeError, KeyError, AttributeError) as error:
        raise ArgumentError(
            f"{source} holds numbers that numpy does not know ({error}); save the weights as float32"
        ) from None


def _load_pt(source: Path) -> dict[str, Any]:
    try:
        import torch
    except ImportError:
        raise ArgumentError(
            f"{source}: reading .pt files needs torch; install it, or save the state dict as "
            ".safetensors or its arrays as .npz"
        ) from None
    try:
        loaded = torch.load(source, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        if _memory(error):
            raise MemoryError(f"{source}: {error}") from None
        reason = (str(error).splitlines() or ["it ends too soon"])[0]
        raise ArgumentError(
            f"{source} is not a file of plain weights ({reason}); save model.state_dict()"
        ) from None
    if not isinstance(loaded, Mapping):
        raise ArgumentError(f"{source} holds a {type(loaded).__name__}; save model.state_dict()")
    return dict(loaded)

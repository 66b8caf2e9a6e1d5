"""Which parameters an optimizer decays, and how much."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convex_program.errors import ArgumentError
from convex_program.importers.torch.layers import FIRST, FIRST_BIAS, LAST, LAST_BIAS, is_sequential
from convex_program.importers.torch.modules import names_by_shape
from convex_program.scaling import not_negative

_DECAYING = ("SGD", "Adam")


@dataclass(frozen=True)
class Decays:
    """The decay of the weights, and what is known of the biases.

    Parameters
    ----------
    weights : Fraction
    free : mapping of str to bool
        Of the names ``0.bias`` and ``2.bias`` those an optimizer says something about: whether
        it leaves them without decay.
    """

    weights: Fraction
    free: dict[str, bool]


def read_decays(weight_decay: Any, optimizer: Any, model: Any) -> Decays:
    """Read the decays off a number, or off an optimizer and its parameter groups.

    Parameters
    ----------
    weight_decay : number or None
    optimizer : torch optimizer or None
    model : torch.nn.Sequential or mapping

    Raises
    ------
    ArgumentError
        When the decay is not that of an objective, or not the same on both layers' weights.
    """
    if optimizer is None:
        if weight_decay is None:
            raise ArgumentError("weight_decay is missing: pass the number, or the optimizer")
        return Decays(not_negative("weight_decay", weight_decay), {})
    require_decaying(optimizer)
    found = decay_by_name(optimizer, model, (FIRST, FIRST_BIAS, LAST, LAST_BIAS))
    weights = found[FIRST]
    biases = {name: found[name] for name in (FIRST_BIAS, LAST_BIAS) if name in found}
    if found[LAST] != weights or any(decay not in (weights, 0) for decay in biases.values()):
        raise ArgumentError(
            f"the optimizer's parameter groups have different weight decays "
            f"{sorted(set(found.values()))}; supported are one decay on the weights of both "
            "layers, and that decay or none on the biases of a layer"
        )
    if weight_decay is not None and weight_decay != weights:
        raise ArgumentError(
            f"weight_decay = {weight_decay}, but the optimizer's is {weights}; pass one of them"
        )
    free = {name: decay == 0 for name, decay in biases.items()}
    return Decays(not_negative("weight_decay", weights), free)


def require_decaying(optimizer: Any) -> None:
    """Refuse an optimizer that does not descend a loss plus weight decay."""
    name = type(optimizer).__name__
    if not hasattr(optimizer, "param_groups"):
        raise ArgumentError(f"optimizer is a {name}, not a torch optimizer")
    flags = [getattr(optimizer, "defaults", {}), *optimizer.param_groups]
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


def decay_by_name(optimizer: Any, model: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the decay of every parameter by its name.

    Parameters
    ----------
    optimizer : torch optimizer
    model : torch.nn.Sequential or mapping
        A mapping cannot tell parameters apart: they must then be decayed alike.
    names : tuple of str
        The parameters of such a mapping.
    """
    groups = optimizer.param_groups
    if not hasattr(model, "named_parameters"):
        decays = {group["weight_decay"] for group in groups}
        if len(decays) > 1:
            raise ArgumentError(
                f"the optimizer's parameter groups have different weight decays {sorted(decays)}; "
                "pass the model itself, not its state dict, to tell its parameters apart"
            )
        return dict.fromkeys(names, *decays)
    covered = {
        id(parameter): group["weight_decay"] for group in groups for parameter in group["params"]
    }
    found = {}
    own = {} if is_sequential(model) else {name: key for key, name in names_by_shape(model).items()}
    for name, parameter in model.named_parameters():
        if id(parameter) not in covered:
            raise ArgumentError("the optimizer does not train, and so decay, all parameters")
        found[own.get(name, name)] = covered[id(parameter)]
    return found

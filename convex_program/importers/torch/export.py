"""From a network to a PyTorch model."""

from __future__ import annotations

from typing import Any

from convex_program.activations import Activation, LeakyReLU, ReLU
from convex_program.errors import ArgumentError
from convex_program.network import Network


def to_torch(network: Network, *, hidden_bias: bool) -> Any:
    """Return ``Sequential(Linear, ReLU, Linear)`` in double precision with a network's weights.

    Parameters
    ----------
    network : Network
        With `ReLU` or `LeakyReLU`.
    hidden_bias : bool
        Whether the last hidden weight is a bias: whether the problem's data had a column of ones.

    Returns
    -------
    torch.nn.Sequential
        What `from_torch` reads back.  It sees data without the column of ones.

    Raises
    ------
    ArgumentError
        When PyTorch is not installed, or has no such layer.

    Examples
    --------
    >>> import convex_program as cx
    >>> cx.to_torch(cx.Network([[1.0]], [2.0]), hidden_bias=False)  # doctest: +SKIP
    Sequential(...)
    """
    try:
        import torch
    except ImportError:
        raise ArgumentError("to_torch makes a PyTorch model, and torch is not installed") from None
    width, columns = network.hidden.shape
    if width == 0 or columns <= int(hidden_bias):
        raise ArgumentError(f"network = {network!r} has no weights for a Linear layer")
    inputs = columns - int(hidden_bias)
    constant = bool(network.constants.any())
    model = torch.nn.Sequential(
        torch.nn.Linear(inputs, width, bias=hidden_bias),
        _layer(torch, network.activation),
        torch.nn.Linear(width, network.outputs, bias=constant),
    ).double()
    weights = {"0.weight": network.hidden[:, :inputs], "2.weight": network.output.T}
    if hidden_bias:
        weights["0.bias"] = network.hidden[:, -1]
    if constant:
        weights["2.bias"] = network.constants
    model.load_state_dict(
        {name: torch.tensor(value.tolist(), dtype=torch.float64) for name, value in weights.items()}
    )
    return model


def _layer(torch: Any, activation: Activation) -> Any:
    if activation == ReLU():
        return torch.nn.ReLU()
    if activation.on == 1:
        return torch.nn.LeakyReLU(float(-activation.off))
    raise ArgumentError(
        f"activation = {activation!r} is no layer of PyTorch; {LeakyReLU.__name__} and ReLU are"
    )

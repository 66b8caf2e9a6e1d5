"""`from_torch_batch_norm` without PyTorch: what it reads, and what it refuses with the reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from front_doors import torch_stand_in as torch

import convex_program as cx

X = [[0.0, 1.0], [1.0, 0.5], [3.0, 2.0], [2.0, -1.0]]
Y = [0.0, 1.0, 1.0, -1.0]
ROWS = len(X)


def model(*, eps: float = 0.0, last: Any = None, between: Any = None) -> torch.Sequential:
    return torch.Sequential(
        torch.Linear([[1.0, 2.0], [-1.0, 0.5]], [5.0, 6.0], "float64"),
        torch.BatchNorm1d([1.5, 0.5], [0.25, -0.5], eps),
        between or torch.ReLU(),
        torch.Linear([[2.0, -1.0]], last, "float64"),
    )


def their_objective(decay: float, eps: float = 0.0, slope: float = 0.0) -> float:
    """Mean of squares and decay of gamma, shift and output weights, by the definition."""
    before = np.array(X) @ np.array([[1.0, 2.0], [-1.0, 0.5]]).T
    centred = before - before.mean(axis=0)
    unit = centred / np.sqrt((centred**2).mean(axis=0) + eps)
    normal = unit * [1.5, 0.5] + [0.25, -0.5]
    outputs = np.where(normal > 0, normal, slope * normal) @ [2.0, -1.0]
    squares = 1.5**2 + 0.5**2 + 0.25**2 + 0.5**2 + 2.0**2 + 1.0
    return float(np.mean((outputs - Y) ** 2) + decay / 2 * squares)


def grouped(given: torch.Sequential, **decays: float) -> torch.SGD:
    named = dict(given.named_parameters())
    return torch.SGD(
        [
            {"params": [tensor], "weight_decay": decays.get(name.replace(".", "_"), 0.0)}
            for name, tensor in named.items()
        ]
    )


ALL = {"1_weight": 0.1, "1_bias": 0.1, "3_weight": 0.1}


def test_the_objective_converts() -> None:
    net, problem = cx.from_torch_batch_norm(model(), X, Y, weight_decay=0.1)
    ours = problem.exact_objective(net)
    assert float(cx.scaling.PYTORCH_MEAN.value(ours, ROWS)) == pytest.approx(
        their_objective(0.1), rel=1e-12
    )
    assert problem.normalization == cx.UnitVariance()
    assert problem.remark == ""


def test_an_optimizer_says_the_same() -> None:
    given = model()
    net, problem = cx.from_torch_batch_norm(given, X, Y, optimizer=grouped(given, **ALL))
    other_net, other = cx.from_torch_batch_norm(given, X, Y, weight_decay=0.1)
    assert problem.exact_objective(net) == other.exact_objective(other_net)


def test_eps_is_counted_and_said() -> None:
    eps = 0.01
    net, problem = cx.from_torch_batch_norm(model(eps=eps), X, Y, weight_decay=0.1)
    ours = problem.exact_objective(net)
    theirs = their_objective(0.1, eps)
    value = float(cx.scaling.PYTORCH_MEAN.value(ours, ROWS))
    assert value < theirs
    more = float(problem.remark.split("larger by ")[1].split(" ")[0])
    assert value + 2 / ROWS * more == pytest.approx(theirs, rel=1e-4)


def test_a_leaky_activation_and_an_output_bias() -> None:
    leaky = model(last=[0.75], between=torch.LeakyReLU(0.25))
    net, problem = cx.from_torch_batch_norm(
        leaky, X, Y, weight_decay=0.1, output_bias=cx.FreeBias()
    )
    plain, _ = cx.from_torch_batch_norm(
        model(between=torch.LeakyReLU(0.25)), X, np.array(Y), weight_decay=0.1
    )
    assert np.allclose(net.forward(X), plain.forward(X) + 0.75)
    assert problem.activation == cx.LeakyReLU(0.25)
    assert isinstance(problem.output_bias, cx.FreeBias)
    decayed = {**ALL, "3_bias": 0.1}
    _, told = cx.from_torch_batch_norm(leaky, X, Y, optimizer=grouped(leaky, **decayed))
    assert isinstance(told.output_bias, cx.DecayedBias)
    _, free = cx.from_torch_batch_norm(leaky, X, Y, optimizer=grouped(leaky, **ALL))
    assert isinstance(free.output_bias, cx.FreeBias)


def test_a_state_dict() -> None:
    net, problem = cx.from_torch_batch_norm(model(eps=1e-5).state_dict(), X, Y, weight_decay=0.1)
    same, _ = cx.from_torch_batch_norm(model(eps=1e-5), X, Y, weight_decay=0.1)
    assert np.array_equal(net.scale, same.scale)
    assert "eps = 1e-05" in problem.remark


def without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in model().state_dict().items() if key not in keys}


@pytest.mark.parametrize(
    ("decays", "words"),
    [
        ({**ALL, "0_weight": 0.1}, "decays 0.weight by 0.1: after the normalization"),
        ({**ALL, "0_bias": 0.1}, "decays 0.bias by 0.1"),
        ({**ALL, "1_bias": 0.0}, "supported is one decay"),
        ({**ALL, "3_weight": 0.2}, "supported is one decay"),
    ],
)
def test_refused_decays(decays: dict[str, float], words: str) -> None:
    given = model()
    with pytest.raises(cx.ArgumentError, match=words):
        cx.from_torch_batch_norm(given, X, Y, optimizer=grouped(given, **decays))


@pytest.mark.parametrize(
    ("given", "options", "words"),
    [
        (model(), {}, "weight_decay is missing"),
        (model(), {"optimizer": torch.AdamW(model().parameters())}, "AdamW"),
        (model(between=torch.Tanh()), {"weight_decay": 1}, "Tanh after BatchNorm1d"),
        (torch.model([[1.0, 1.0]], [1.0]), {"weight_decay": 1}, "not Sequential"),
        (without("1.weight", "1.bias"), {"weight_decay": 1}, "affine=False"),
        ({**without(), "4.weight": [1.0]}, {"weight_decay": 1}, "has 4.weight"),
        (model(), {"weight_decay": 1, "activation": cx.LeakyReLU()}, "leave activation out"),
        (model(), {"weight_decay": 1, "output_bias": cx.FreeBias()}, "has no 3.bias"),
        (model(), {"weight_decay": 0}, "beta = .* must be positive"),
    ],
)
def test_refusals(given: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(cx.ArgumentError, match=words):
        cx.from_torch_batch_norm(given, X, Y, **options)


def test_wrong_columns_are_refused() -> None:
    with pytest.raises(cx.ArgumentError, match=r"X has 3 columns, 0\.weight takes 2"):
        cx.from_torch_batch_norm(model(), np.c_[X, np.ones(ROWS)], Y, weight_decay=0.1)


def test_the_plain_importer_names_this_one() -> None:
    with pytest.raises(cx.ArgumentError, match="from_torch_batch_norm reads"):
        cx.from_torch(model(), X, Y, weight_decay=0.1)

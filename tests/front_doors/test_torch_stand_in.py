"""`from_torch` with stand-ins: their loss plus decay is our objective, converted."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from front_doors.torch_stand_in import SGD, Adam, Sequential, Tensor, model
from safetensors.numpy import save_file

import convex_program as cx

ROWS, INPUTS, WIDTH = 7, 2, 4
DECAY = 0.03
CONVENTIONS = {"mean": cx.scaling.PYTORCH_MEAN, "sum": cx.scaling.PYTORCH_SUM}


def numbers(seed: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    return {
        "X": generator.standard_normal((ROWS, INPUTS)),
        "y": generator.standard_normal(ROWS),
        "hidden": generator.standard_normal((WIDTH, INPUTS)),
        "output": generator.standard_normal(WIDTH),
        "hidden_bias": generator.standard_normal(WIDTH),
        "output_bias": generator.standard_normal(1),
    }


def their_objective(net: Sequential, X: Tensor, y: Tensor, decay: float, reduction: str) -> float:
    """Loss plus decay by the definitions of MSELoss and weight_decay, neuron by neuron."""
    state = {key: np.asarray(tensor.values, float) for key, tensor in net.state_dict().items()}
    bias = state.get("0.bias", np.zeros(len(state["0.weight"])))
    errors = []
    for row, target in zip(X.values.astype(float), y.values.astype(float).ravel(), strict=True):
        total = float(state["2.bias"][0]) if "2.bias" in state else 0.0
        for weights, shift, alpha in zip(
            state["0.weight"], bias, state["2.weight"][0], strict=True
        ):
            total += alpha * max(float(weights @ row) + shift, 0.0)
        errors.append((total - target) ** 2)
    loss = sum(errors) if reduction == "sum" else sum(errors) / len(errors)
    squares = sum(float((array**2).sum()) for array in state.values())
    return loss + decay / 2 * squares


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("kind", ["float32", "float64", "bfloat16"])
@pytest.mark.parametrize("output_bias", [False, True])
@pytest.mark.parametrize("hidden_bias", [False, True])
def test_their_objective_is_ours_converted(
    hidden_bias: bool,  # noqa: FBT001 - parametrized
    output_bias: bool,  # noqa: FBT001
    kind: str,
    reduction: str,
) -> None:
    given = numbers(3)
    net = model(
        given["hidden"],
        given["output"],
        hidden_bias=given["hidden_bias"] if hidden_bias else None,
        output_bias=float(given["output_bias"][0]) if output_bias else None,
        kind=kind,
    )
    X, y = Tensor(given["X"], kind), Tensor(given["y"][:, None], kind)
    network, problem = cx.from_torch(net, X, y, weight_decay=DECAY, reduction=reduction)
    assert network.features == problem.data.shape[1] == INPUTS + hidden_bias
    assert isinstance(problem.output_bias, cx.DecayedBias if output_bias else cx.NoBias)
    if hidden_bias:
        assert all(row[-1] == 1 for row in problem.data.fractions)
    ours = CONVENTIONS[reduction].value(problem.exact_objective(network), ROWS)
    assert float(ours) == pytest.approx(their_objective(net, X, y, DECAY, reduction), rel=1e-12)
    assert problem.exact_beta == Fraction(DECAY) * (ROWS if reduction == "mean" else 1) / 2


Weights = dict[str, np.ndarray]


def step_of_sgd(weights: Weights, X: np.ndarray, y: np.ndarray, reduction: str) -> Weights:
    """What SGD moves along: the gradient of MSELoss, plus weight_decay times the weights."""
    before = X @ weights["hidden"].T + weights["hidden_bias"]
    after = np.maximum(before, 0.0)
    factor = 2.0 if reduction == "sum" else 2.0 / len(X)
    slope = factor * (after @ weights["output"] + weights["output_bias"] - y)
    back = np.outer(slope, weights["output"]) * (before > 0)
    gradient = {
        "hidden": back.T @ X,
        "hidden_bias": back.sum(axis=0),
        "output": after.T @ slope,
        "output_bias": slope.sum(keepdims=True),
    }
    return {name: gradient[name] + DECAY * weights[name] for name in weights}


def model_of(weights: Weights) -> Sequential:
    return model(
        weights["hidden"],
        weights["output"],
        hidden_bias=weights["hidden_bias"],
        output_bias=float(weights["output_bias"][0]),
        kind="float64",
    )


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_trained_model_gets_a_proved_verdict(reduction: str) -> None:
    given = numbers(5)
    names = ("hidden", "hidden_bias", "output", "output_bias")
    weights = {name: 0.5 * given[name] for name in names}
    X, y = given["X"], np.sin(given["X"][:, 0])
    rate = 0.05 if reduction == "mean" else 0.05 / ROWS
    for _ in range(2000):
        step = step_of_sgd(weights, X, y, reduction)
        weights = {name: weights[name] - rate * step[name] for name in names}
    net = model_of(weights)
    inputs, targets = Tensor(X, "float64"), Tensor(y, "float64")
    optimizer = SGD(net.parameters(), weight_decay=DECAY)
    network, problem = cx.from_torch(net, inputs, targets, optimizer=optimizer, reduction=reduction)
    theirs = their_objective(net, inputs, targets, DECAY, reduction)
    ours = problem.exact_objective(network)
    assert float(CONVENTIONS[reduction].value(ours, ROWS)) == pytest.approx(theirs, rel=1e-12)
    verdict = cx.certify(network, problem)
    assert verdict.level is cx.Level.PROVED
    assert verdict.lower <= verdict.best.upper <= verdict.upper * (1 + 1e-9)
    found = cx.verify(verdict.claim())
    assert (found.upper, found.lower) == (verdict.exact_upper, verdict.exact_lower)
    assert "neurons" in verdict.summary()


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_sgd_descends_our_objective(reduction: str) -> None:
    """Its step is our gradient times their constant: a wrong beta would turn it."""
    given = numbers(8)
    names = ("hidden", "hidden_bias", "output", "output_bias")
    weights = {name: given[name] for name in names}
    X, y = given["X"], given["y"]
    step = step_of_sgd(weights, X, y, reduction)
    factor = float(CONVENTIONS[reduction].value(1, ROWS))
    size = 1e-6
    for name in names:
        for place in np.ndindex(weights[name].shape):
            values = []
            for sign in (1, -1):
                moved = {key: array.copy() for key, array in weights.items()}
                moved[name][place] += sign * size
                network, problem = cx.from_torch(
                    model_of(moved), X, y, weight_decay=DECAY, reduction=reduction
                )
                values.append(problem.objective(network))
            slope = factor * (values[0] - values[1]) / (2 * size)
            assert slope == pytest.approx(step[name][place], rel=1e-5, abs=1e-6)


def test_adam_with_plain_decay_is_as_good_as_sgd() -> None:
    given = numbers(1)
    net = model(given["hidden"], given["output"])
    for kind in (SGD, Adam):
        optimizer = kind(net.parameters(), weight_decay=DECAY)
        _, problem = cx.from_torch(net, given["X"], given["y"], optimizer=optimizer)
        assert problem.exact_beta == Fraction(DECAY) * ROWS / 2


def test_weight_decay_beside_an_optimizer_may_repeat_it() -> None:
    given = numbers(1)
    net = model(given["hidden"], given["output"])
    optimizer = SGD(net.parameters(), weight_decay=DECAY)
    X, y = given["X"], given["y"]
    _, problem = cx.from_torch(net, X, y, optimizer=optimizer, weight_decay=DECAY)
    assert problem.exact_beta == Fraction(DECAY) * ROWS / 2


def test_integer_tensors_are_not_rounded() -> None:
    big = 2**53 + 1
    net = model([[1.0]], [1.0])
    X, y = Tensor([[big], [-big]], "int64"), Tensor([big, 1], "int64")
    _, problem = cx.from_torch(net, X, y, weight_decay=1)
    assert problem.data.fractions == ((big,), (-big,))
    assert problem.exact_targets == (big, 1)


@pytest.mark.parametrize("suffix", [".safetensors", ".SafeTensors"])
def test_a_state_dict_survives_safetensors(tmp_path: Path, suffix: str) -> None:
    given = numbers(2)
    net = model(
        given["hidden"], given["output"], hidden_bias=given["hidden_bias"], output_bias=0.25
    )
    path = tmp_path / f"model{suffix}"
    save_file({key: tensor.values for key, tensor in net.state_dict().items()}, path)
    here = cx.from_torch(net, given["X"], given["y"], weight_decay=DECAY)
    there = cx.from_torch(cx.load_state_dict(path), given["X"], given["y"], weight_decay=DECAY)
    assert here[1].exact_objective(here[0]) == there[1].exact_objective(there[0])
    np.testing.assert_array_equal(here[0].hidden, there[0].hidden)


def test_safetensors_of_a_type_numpy_lacks(tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    header = b'{"0.weight":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]}}'
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(
        cx.ArgumentError, match=r"numpy does not know .*save the weights as float32"
    ):
        cx.load_state_dict(path)


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".PT"])
def test_pt_files_without_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    path = tmp_path / f"model{suffix}"
    path.write_bytes(b"anything")
    with pytest.raises(cx.ArgumentError, match=r"reading .pt files needs torch; .*\.safetensors"):
        cx.load_state_dict(path)


class Loader:
    """Stands where ``import torch`` looks; answers ``torch.load`` as told."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.options: dict[str, Any] = {}

    def load(self, source: Path, **options: Any) -> Any:
        del source
        self.options = options
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_pt_files_are_read_with_weights_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"anything")
    loader = Loader(model([[1.0]], [2.0]).state_dict())
    monkeypatch.setitem(sys.modules, "torch", loader)
    state = cx.load_state_dict(path)
    assert loader.options["weights_only"] is True
    network, _ = cx.from_torch(state, [[1.0]], [1.0], weight_decay=1)
    assert network.output.tolist() == [[2.0]]


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        (RuntimeError("bad\nvery bad"), r"not a file of plain weights \(bad\)"),
        (EOFError(""), "not a file of plain weights"),
        ([1, 2], "holds a list; save"),
    ],
)
def test_pt_files_of_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Any, pattern: str
) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"anything")
    monkeypatch.setitem(sys.modules, "torch", Loader(answer))
    with pytest.raises(cx.ArgumentError, match=pattern):
        cx.load_state_dict(path)

"""Losses, activations, hidden biases and sample weights on the command line.

What a command answers is what Python answers for the problem that the options name.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from front_doors.tools import call
from safetensors.numpy import save_file

import convex_program as cx

ROWS = [[1, 2], [3, -1], [-2, 1], [0, 1], [2, 2], [-1, -1], [1, -2]]
TARGETS = ["1", "2", "0.5", "1", "-0.25", "3", "0"]
WORDS = ["no", "yes", "no", "yes", "yes", "no", "no"]
WEIGHTS = ["1", "2", "0.5", "1", "3", "0.25", "1"]
SIGNS = [1 if word == "yes" else -1 for word in WORDS]
BETA = "0.2"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    lines = ["a,b,w,y,sign,zero,kind"]
    for row, y, word, weight, sign in zip(ROWS, TARGETS, WORDS, WEIGHTS, SIGNS, strict=True):
        numbers = [*row, weight, y, sign, (sign + 1) // 2]
        lines.append(",".join([*map(str, numbers), word]))
    path = tmp_path / "data.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def without_words(data: Path) -> Path:
    """The same table without its last column, which only losses of labels can read."""
    path = data.with_name("numbers.csv")
    lines = data.read_text().splitlines()
    path.write_text("\n".join(line.rpartition(",")[0] for line in lines) + "\n")
    return path


Case = tuple[str, str, dict[str, Any]]
CASES: dict[str, Case] = {
    "squared": ("y", "--loss squared", {}),
    "huber": ("y", "--loss huber", {"loss": cx.Huber()}),
    "huber .5": ("y", "--loss huber --delta 0.1", {"loss": cx.Huber("0.1")}),
    "absolute": ("y", "--loss absolute", {"loss": cx.Absolute()}),
    "quantile": ("y", "--loss quantile", {"loss": cx.Quantile()}),
    "quantile .9": ("y", "--loss quantile --level 0.9", {"loss": cx.Quantile("0.9")}),
    "logistic": ("sign", "--loss logistic", {"loss": cx.Logistic()}),
    "logistic 0/1": ("zero", "--loss logistic", {"loss": cx.Logistic()}),
    "hinge": ("sign", "--loss hinge", {"loss": cx.Hinge()}),
    "squared hinge": ("sign", "--loss squared-hinge", {"loss": cx.SquaredHinge()}),
    "leaky": ("y", "--activation leaky-relu", {"activation": cx.LeakyReLU()}),
    "leaky .1": (
        "y",
        "--activation leaky-relu --slope 0.1",
        {"activation": cx.LeakyReLU("0.1")},
    ),
    "absolute value": ("y", "--activation absolute-value", {"activation": cx.AbsoluteValue()}),
    "free": (
        "y",
        "--hidden-bias free --output-bias free",
        {"hidden_bias": cx.FreeHiddenBias(), "output_bias": cx.FreeBias()},
    ),
    "weights": ("y", "--sample-weight w", {"sample_weight": list(map(float, WEIGHTS))}),
    "all at once": (
        "sign",
        "--loss hinge --activation leaky-relu --hidden-bias free --output-bias free --sample-weight w",
        {
            "loss": cx.Hinge(),
            "activation": cx.LeakyReLU(),
            "hidden_bias": cx.FreeHiddenBias(),
            "output_bias": cx.FreeBias(),
            "sample_weight": list(map(float, WEIGHTS)),
        },
    ),
}


def expected(target: str, parts: dict[str, Any], beta: str = BETA) -> cx.TrainingProblem:
    y: Any = np.array(TARGETS, dtype=float) if target == "y" else SIGNS
    return cx.TrainingProblem(np.c_[np.array(ROWS), np.ones(len(ROWS))], y, beta, **parts)


@pytest.mark.parametrize("name", CASES)
def test_solve_and_certify(data: Path, tmp_path: Path, name: str) -> None:
    """What is asked is which objective, not how long: a search may end at its limit (3)."""
    target, options, parts = CASES[name]
    problem = expected(target, parts)
    net = tmp_path / "net.npz"
    words = (without_words(data), "--target", target, "--columns", "a,b", "--bias", "--beta", BETA)
    limit = ("--time-limit", "3", "--json")
    solved = call("convex-program", "solve", *words, *options.split(), *limit, "--network", net)
    assert solved.code in (0, 3)
    assert solved.json["loss"] == problem.loss.name
    assert solved.json["objective"] == problem.objective_text
    assert solved.json["classes"] == []
    network = replace(cx.load_network(net), activation=problem.activation)
    assert solved.json["upper"] == pytest.approx(problem.objective(network), rel=1e-9)
    assert solved.json["lower"] <= solved.json["upper"]

    certified = call("convex-program", "certify", net, *words, *options.split(), *limit)
    assert certified.code in (0, 3)
    assert certified.json["upper"] == pytest.approx(solved.json["upper"], rel=1e-12)
    assert certified.json["objective"] == problem.objective_text


def test_interpolation(data: Path) -> None:
    words = ("--target", "y", "--columns", "a,b", "--bias", "--loss", "interpolation")
    answer = call("convex-program", "solve", without_words(data), *words, "--beta", BETA, "--json")
    assert answer.code == 0
    assert answer.json["loss"] == "interpolation"


@pytest.mark.parametrize("name", ["huber .5", "hinge", "leaky .1", "free", "weights"])
def test_a_path(data: Path, name: str) -> None:
    target, options, parts = CASES[name]
    problem = expected(target, parts)
    words = (without_words(data), "--target", target, "--columns", "a,b", "--bias")
    limit = ("--time-limit", "3", "--json")
    answer = call("convex-program", "path", *words, *options.split(), "--betas", "0.4,0.2", *limit)
    assert answer.code in (0, 3)  # what is asked is which objective, not how long
    assert answer.json["loss"] == problem.loss.name
    assert problem.objective_text.startswith(answer.json["objective"])
    assert "beta = " not in answer.json["objective"]
    assert [row["beta"] for row in answer.json["path"]] == [0.4, 0.2]
    alone = call(*("convex-program", "solve", *words, *options.split(), "--beta", "0.2", *limit))
    assert answer.json["path"][1]["upper"] == pytest.approx(alone.json["upper"], rel=1e-6)


def labelled(data: Path, *options: str) -> Any:
    words = ("--target", "kind", "--columns", "a,b", "--bias", "--beta", BETA)
    return call("convex-program", "solve", data, *words, *options)


@pytest.mark.parametrize("loss", ["logistic", "hinge", "squared-hinge"])
def test_texts_are_labels(data: Path, loss: str) -> None:
    answer = labelled(data, "--loss", loss, "--json")
    assert answer.code == 0
    assert answer.json["classes"] == ["no", "yes"]
    signs = call(
        *("convex-program", "solve", without_words(data), "--target", "sign", "--loss", loss),
        *("--columns", "a,b", "--bias", "--beta", BETA, "--json"),
    )
    assert answer.json["upper"] == signs.json["upper"]
    assert answer.json["lower"] == signs.json["lower"]
    assert "Labels: no is -1, yes is +1." in labelled(data, "--loss", loss).out


def test_one_label_alone(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("a,kind\n1,yes\n2,yes\n")
    words = ("solve", path, "--target", "kind", "--loss", "hinge", "--beta", "0.1")
    answer = call("convex-program", *words)
    assert answer.code == 0
    assert "Labels: yes is -1." in answer.out


def test_a_path_over_texts(data: Path) -> None:
    words = ("--target", "kind", "--columns", "a,b", "--loss", "hinge", "--betas", "0.5")
    answer = call("convex-program", "path", data, *words)
    assert answer.code == 0
    assert "Labels: no is -1, yes is +1." in answer.out
    assert call("convex-program", "path", data, *words, "--json").json["classes"] == ["no", "yes"]


def test_a_weight_column_is_no_feature(data: Path) -> None:
    path = without_words(data)
    words = ("--target", "y", "--sample-weight", "w", "--beta", BETA, "--json")
    every = call("convex-program", "solve", path, *words)
    named = call("convex-program", "solve", path, *words, "--columns", "a,b,sign,zero")
    by_number = call(
        *("convex-program", "solve", path, "--target", "3", "--sample-weight", "2"),
        *("--columns", "0,1,4,5", "--beta", BETA, "--json"),
    )
    assert every.json == named.json == by_number.json


@pytest.mark.parametrize("command", ["solve", "path"])
def test_zeros_and_ones_with_a_squared_loss_are_remarked(data: Path, command: str) -> None:
    decay = {"solve": "--beta", "path": "--betas"}[command]
    words = (command, without_words(data), "--columns", "a,b", decay, BETA)
    hint = "The targets are 0 and 1 but the loss is squared"
    doubtful = call("convex-program", *words, "--target", "zero")
    assert doubtful.out.count(hint) == 1
    assert hint in call("convex-program", *words, "--target", "zero", "--json").json["remark"]
    for more in (["--target", "sign"], ["--target", "zero", "--loss", "hinge"]):
        assert hint not in call("convex-program", *words, *more).out


# PyTorch's files

STATE = {
    "0.weight": np.array([[1.0, 0.5], [-1.0, 0.25]]),
    "0.bias": np.array([0.5, -0.25]),
    "2.weight": np.array([[1.0, -0.5]]),
    "2.bias": np.array([0.125]),
}
FREE = {"hidden_bias": cx.FreeHiddenBias(), "output_bias": cx.FreeBias()}
TORCH: dict[str, tuple[str, str, dict[str, Any]]] = {
    "mse": ("y", "--weight-decay 0.05", {}),
    "mse sum": ("y", "--weight-decay 0.05 --reduction sum", {"reduction": "sum"}),
    "huber": ("y", "--weight-decay 0.05 --loss huber --delta 0.5", {"loss": cx.Huber("0.5")}),
    "l1": ("y", "--weight-decay 0.05 --loss absolute", {"loss": "l1"}),
    "bce": (
        "zero",
        "--weight-decay 0.05 --loss logistic --reduction sum",
        {"loss": "bce_with_logits", "reduction": "sum"},
    ),
    "hinge": ("sign", "--weight-decay 0.05 --loss hinge", {"loss": cx.Hinge()}),
    "free": ("y", "--weight-decay 0.05 --hidden-bias free --output-bias free", FREE),
    "leaky": (
        "y",
        "--weight-decay 0.05 --activation leaky-relu",
        {"activation": cx.LeakyReLU()},
    ),
    "weights": (
        "y",
        "--weight-decay 0.05 --sample-weight w",
        {"sample_weight": list(map(float, WEIGHTS))},
    ),
}


@pytest.mark.parametrize("name", TORCH)
def test_a_pytorch_file(data: Path, tmp_path: Path, name: str) -> None:
    target, options, parts = TORCH[name]
    save_file(STATE, tmp_path / "model.safetensors")
    answer = call(
        *("convex-program", "certify", tmp_path / "model.safetensors", without_words(data)),
        *("--target", target, "--columns", "a,b", *options.split(), "--json"),
        *("--time-limit", "3"),
    )
    assert answer.code in (0, 3)
    y: Any = {
        "y": np.array(TARGETS, dtype=float),
        "sign": SIGNS,
        "zero": [(sign + 1) // 2 for sign in SIGNS],
    }[target]
    network, problem = cx.from_torch(STATE, ROWS, y, weight_decay=0.05, **parts)
    assert answer.json["loss"] == problem.loss.name
    assert answer.json["objective"] == problem.objective_text
    assert answer.json["upper"] == pytest.approx(problem.objective(network), rel=1e-12)
    # Beside it our own scaling: the same network, a beta that says the same.
    again = call(
        *("convex-program", "certify", tmp_path / "model.safetensors", without_words(data)),
        *("--target", target, "--columns", "a,b", "--beta", str(problem.exact_beta), "--json"),
        *("--time-limit", "3", *_without_scaling(options)),
    )
    assert again.json["upper"] == pytest.approx(answer.json["upper"], rel=1e-12)


def _without_scaling(options: str) -> list[str]:
    words = options.split()
    for option in ("--weight-decay", "--reduction"):
        if option in words:
            place = words.index(option)
            del words[place : place + 2]
    return words

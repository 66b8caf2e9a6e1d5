"""`from_torch` with every loss, activation and parameter group: their objective is ours, converted.

Their side is written row by row from the formulas of PyTorch's documentation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from front_doors.torch_stand_in import (
    SGD,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    L1Loss,
    LeakyReLU,
    Linear,
    MSELoss,
    ReLU,
    Sequential,
    Sigmoid,
    SmoothL1Loss,
    Tensor,
    model,
)

import convex_program as cx
from convex_program.scaling import pytorch

ROWS, INPUTS, WIDTH, DECAY = 9, 2, 5, 0.03


class PoissonNLLLoss(MSELoss):
    """A loss of PyTorch that is not known here."""


class Given:
    """A model with all its biases, data, targets and labels."""

    def __init__(self, seed: int, between: Any = None) -> None:
        generator = np.random.default_rng(seed)
        self.X = generator.standard_normal((ROWS, INPUTS))
        self.y = 2 * generator.standard_normal(ROWS)
        self.labels = np.where(np.arange(ROWS) % 3 == 0, 1.0, 0.0)
        self.weights = generator.random(ROWS) + 0.5
        self.arrays = {
            "0.weight": generator.standard_normal((WIDTH, INPUTS)),
            "0.bias": generator.standard_normal(WIDTH),
            "2.weight": generator.standard_normal((1, WIDTH)),
            "2.bias": generator.standard_normal(1),
        }
        self.net = model(
            self.arrays["0.weight"],
            self.arrays["2.weight"][0],
            hidden_bias=self.arrays["0.bias"],
            output_bias=float(self.arrays["2.bias"][0]),
            kind="float64",
            between=between,
        )
        self.parameters = dict(self.net.named_parameters())

    def outputs(self, slope: float = 0.0) -> list[float]:
        total = []
        for row in self.X:
            value = float(self.arrays["2.bias"][0])
            for w, b, a in zip(
                self.arrays["0.weight"],
                self.arrays["0.bias"],
                self.arrays["2.weight"][0],
                strict=True,
            ):
                before = float(w @ row) + b
                value += a * (before if before >= 0 else slope * before)
            total.append(value)
        return total

    def decay(self, decays: dict[str, float]) -> float:
        return sum(
            decays.get(name, DECAY) / 2 * float((array**2).sum())
            for name, array in self.arrays.items()
        )


def squares(z: float, y: float) -> float:
    return (z - y) ** 2


def absolute(z: float, y: float) -> float:
    return abs(z - y)


def huber(delta: float) -> Callable[[float, float], float]:
    def term(z: float, y: float) -> float:
        r = abs(z - y)
        return 0.5 * r * r if r < delta else delta * (r - 0.5 * delta)

    return term


def smooth(beta: float) -> Callable[[float, float], float]:
    def term(z: float, y: float) -> float:
        r = abs(z - y)
        return 0.5 * r * r / beta if r < beta else r - 0.5 * beta

    return term


def cross_entropy(positive: float = 1.0) -> Callable[[float, float], float]:
    def term(z: float, y: float) -> float:
        p = 1.0 / (1.0 + math.exp(-z))
        return -(positive * y * math.log(p) + (1 - y) * math.log(1 - p))

    return term


Term = Callable[[float, float], float]
# The loss as it is passed, the formula of one row, whether it takes labels, its convention.
LOSSES: dict[str, tuple[Callable[[str], Any], Term, bool, tuple[str, float]]] = {
    "mse": (MSELoss, squares, False, ("mse", 1)),
    "l1": (L1Loss, absolute, False, ("l1", 1)),
    "huber": (HuberLoss, huber(1.0), False, ("huber", 1)),
    "huber .3": (lambda r: HuberLoss(r, delta=0.3), huber(0.3), False, ("huber", 1)),
    "smooth": (SmoothL1Loss, smooth(1.0), False, ("smooth_l1", 1)),
    "smooth .3": (lambda r: SmoothL1Loss(r, beta=0.3), smooth(0.3), False, ("smooth_l1", 0.3)),
    "smooth 2": (lambda r: SmoothL1Loss(r, beta=2.0), smooth(2.0), False, ("smooth_l1", 2)),
    "smooth 0": (lambda r: SmoothL1Loss(r, beta=0.0), absolute, False, ("l1", 1)),
    "bce": (lambda r: BCEWithLogitsLoss(None, r), cross_entropy(), True, ("bce_with_logits", 1)),
    "bce pos": (
        lambda r: BCEWithLogitsLoss(None, r, Tensor([2.5], "float64")),
        cross_entropy(2.5),
        True,
        ("bce_with_logits", 1),
    ),
}
NAMES = {
    "mse": "mse",
    "l1": "l1",
    "huber": "huber",
    "smooth": "smooth_l1",
    "bce": "bce_with_logits",
}


def their_value(terms: list[float], reduction: str) -> float:
    return sum(terms) if reduction == "sum" else sum(terms) / len(terms)


def check(network: cx.Network, problem: cx.TrainingProblem, theirs: float, convention: Any) -> None:
    ours = problem.exact_objective(network)
    assert ours is not None
    assert float(convention.value(ours, ROWS)) == pytest.approx(theirs, rel=1e-12)
    assert float(convention.value(problem.objective(network), ROWS)) == pytest.approx(theirs)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss(name: str, reduction: str, weighted: bool) -> None:  # noqa: FBT001 - parametrized
    make, term, labelled, (kind, threshold) = LOSSES[name]
    given = Given(3)
    targets = given.labels if labelled else given.y
    weights = given.weights if weighted else np.ones(ROWS)
    terms = [w * term(z, y) for w, z, y in zip(weights, given.outputs(), targets, strict=True)]
    theirs = their_value(terms, reduction) + given.decay({})
    network, problem = cx.from_torch(
        given.net,
        Tensor(given.X, "float64"),
        Tensor(targets[:, None], "float64"),
        weight_decay=DECAY,
        loss=make(reduction),
        sample_weight=Tensor(given.weights, "float64") if weighted else None,
    )
    check(network, problem, theirs, pytorch(kind, reduction, threshold=threshold))
    assert problem.exact_beta == pytorch(kind, reduction, threshold=threshold).beta(DECAY, ROWS)


@pytest.mark.parametrize("reduction", ["mean", "sum", None])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_stands_for_the_loss_as_torch_makes_it(name: str, reduction: str | None) -> None:
    make, _, labelled, _ = LOSSES[name]
    given = Given(4)
    targets = given.labels if labelled else given.y
    by_name = cx.from_torch(
        given.net, given.X, targets, weight_decay=DECAY, loss=NAMES[name], reduction=reduction
    )[1]
    by_loss = cx.from_torch(
        given.net, given.X, targets, weight_decay=DECAY, loss=make(reduction or "mean")
    )[1]
    assert by_name.loss == by_loss.loss
    assert by_name.exact_beta == by_loss.exact_beta
    assert by_name.exact_targets == by_loss.exact_targets


@pytest.mark.parametrize("loss", [cx.Hinge(), cx.SquaredHinge(), cx.Quantile("0.9"), cx.Squared()])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_loss_of_ours_is_added_up_as_it_is(loss: cx.Loss, reduction: str) -> None:
    given = Given(5)
    targets = given.y if loss.scales else 2 * given.labels - 1
    network, problem = cx.from_torch(
        given.net, given.X, targets, weight_decay=DECAY, loss=loss, reduction=reduction
    )
    single = {
        "hinge": lambda z, y: max(0.0, 1 - y * z),
        "squared-hinge": lambda z, y: max(0.0, 1 - y * z) ** 2 / 2,
        "quantile": lambda z, y: max(0.9 * (y - z), 0.1 * (z - y)),
        "squared": lambda z, y: (z - y) ** 2 / 2,
    }[loss.name]
    terms = [single(z, y) for z, y in zip(given.outputs(), targets, strict=True)]
    theirs = their_value(terms, reduction) + given.decay({})
    check(network, problem, theirs, pytorch("l1", reduction))


@pytest.mark.parametrize("weight", [[0.5], np.linspace(0.5, 2, ROWS), np.ones((ROWS, 1)) * 3])
def test_weights_of_bce_multiply(weight: Any) -> None:
    given = Given(6)
    loss = BCEWithLogitsLoss(Tensor(weight, "float64"), "mean", Tensor([3.0]))
    rows = np.broadcast_to(np.ravel(weight), ROWS)
    terms = [
        w * s * cross_entropy(3.0)(z, y)
        for w, s, z, y in zip(rows, given.weights, given.outputs(), given.labels, strict=True)
    ]
    theirs = their_value(terms, "mean") + given.decay({})
    network, problem = cx.from_torch(
        given.net,
        given.X,
        given.labels,
        weight_decay=DECAY,
        loss=loss,
        sample_weight=given.weights,
    )
    check(network, problem, theirs, pytorch("bce_with_logits"))


@pytest.mark.parametrize("slope", [0.01, 0.3, -0.5, 1.5, 0.0])
def test_leaky_relu_is_read_off_the_model(slope: float) -> None:
    given = Given(7, LeakyReLU(slope))
    terms = [squares(z, y) for z, y in zip(given.outputs(slope), given.y, strict=True)]
    network, problem = cx.from_torch(given.net, given.X, given.y, weight_decay=DECAY)
    assert network.activation == problem.activation == cx.LeakyReLU(slope)
    check(network, problem, their_value(terms, "mean") + given.decay({}), pytorch())
    state = cx.from_torch(
        given.net.state_dict(),
        given.X,
        given.y,
        weight_decay=DECAY,
        activation=cx.LeakyReLU(slope),
    )
    assert state[1].exact_objective(state[0]) == problem.exact_objective(network)


FREE = {
    "neither": ([], cx.DecayedHiddenBias, cx.DecayedBias),
    "hidden": (["0.bias"], cx.FreeHiddenBias, cx.DecayedBias),
    "output": (["2.bias"], cx.DecayedHiddenBias, cx.FreeBias),
    "both": (["0.bias", "2.bias"], cx.FreeHiddenBias, cx.FreeBias),
}


def grouped(given: Given, free: list[str]) -> SGD:
    """Parameters with decay, then those without, each group with its own setting."""
    decayed = [tensor for name, tensor in given.parameters.items() if name not in free]
    groups = [{"params": decayed, "weight_decay": DECAY}]
    if free:
        groups.append({"params": [given.parameters[name] for name in free], "weight_decay": 0.0})
    return SGD(groups)


@pytest.mark.parametrize("loss", ["mse", "huber", "bce"])
@pytest.mark.parametrize("case", FREE)
def test_biases_in_a_group_without_decay_are_free(case: str, loss: str) -> None:
    free, hidden, output = FREE[case]
    make, term, labelled, (kind, _) = LOSSES[loss]
    given = Given(8)
    targets = given.labels if labelled else given.y
    network, problem = cx.from_torch(
        given.net, given.X, targets, optimizer=grouped(given, free), loss=make("mean")
    )
    assert isinstance(problem.hidden_bias, hidden)
    assert isinstance(problem.output_bias, output)
    terms = [term(z, y) for z, y in zip(given.outputs(), targets, strict=True)]
    theirs = their_value(terms, "mean") + given.decay(dict.fromkeys(free, 0.0))
    check(network, problem, theirs, pytorch(kind))
    # The same without the optimizer, in words.
    again = cx.from_torch(
        given.net.state_dict(),
        given.X,
        targets,
        weight_decay=DECAY,
        loss=make("mean"),
        hidden_bias=hidden(),
        output_bias=output(),
    )[1]
    assert again.exact_objective(network) == problem.exact_objective(network)


@pytest.mark.parametrize("case", FREE)
def test_words_beside_the_optimizer_may_repeat_it(case: str) -> None:
    free, hidden, output = FREE[case]
    given = Given(8)
    biases = {"hidden_bias": hidden(), "output_bias": output()}
    cx.from_torch(given.net, given.X, given.y, optimizer=grouped(given, free), **biases)


def test_a_verdict_for_free_biases_is_proved() -> None:
    given = Given(9)
    optimizer = grouped(given, ["0.bias", "2.bias"])
    network, problem = cx.from_torch(given.net, given.X, given.y, optimizer=optimizer)
    verdict = cx.certify(network, problem)
    assert verdict.level is cx.Level.PROVED
    assert verdict.lower <= verdict.best.upper <= verdict.upper * (1 + 1e-9)
    found = cx.verify(verdict.claim())
    assert (found.upper, found.lower) == (verdict.exact_upper, verdict.exact_lower)


def test_a_decay_of_zero_is_no_decay() -> None:
    given = Given(10)
    network, problem = cx.from_torch(given.net, given.X, given.y, weight_decay=0)
    assert problem.exact_beta == 0
    theirs = their_value(list(map(squares, given.outputs(), given.y)), "mean")
    check(network, problem, theirs, pytorch())


def test_zeros_and_ones_with_a_squared_loss_are_remarked() -> None:
    given = Given(11)
    y = given.labels
    _, problem = cx.from_torch(given.net, given.X, y, weight_decay=DECAY)
    assert "targets are 0 and 1 but the loss is squared" in problem.remark
    assert 'loss="bce_with_logits"' in problem.remark
    for loss, targets in (("bce_with_logits", y), ("mse", y + 1), ("mse", 0 * y), ("l1", y)):
        _, problem = cx.from_torch(given.net, given.X, targets, weight_decay=DECAY, loss=loss)
        assert problem.remark == ""


def read(loss: Any, y: Any = None, **options: Any) -> Any:
    given = Given(12)
    targets = given.labels if y is None else y
    options = {"weight_decay": DECAY, **options}
    return cx.from_torch(given.net, given.X, targets, loss=loss, **options)


def groups(decays: dict[str, float]) -> Any:
    """One group a parameter, DECAY unless told otherwise."""
    given = Given(13)
    optimizer = SGD(
        [
            {"params": [tensor], "weight_decay": decays.get(name.replace(".", "_"), DECAY)}
            for name, tensor in given.parameters.items()
        ]
    )
    return given, optimizer


def by_groups(decays: dict[str, float], **options: Any) -> Any:
    given, optimizer = groups(decays)
    return cx.from_torch(given.net, given.X, given.y, optimizer=optimizer, **options)


def mse_loss() -> None:
    """Stands where torch.nn.functional.mse_loss would."""


def bare(**options: Any) -> Any:
    net = model([[1.0, 1.0]], [1.0])
    return cx.from_torch(net, np.ones((3, 2)), np.arange(3), weight_decay=1, **options)


def layered(*between: Any) -> Any:
    net = Sequential(Linear([[1.0, 1.0]]), *between)
    return cx.from_torch(net, np.ones((3, 2)), np.arange(3), weight_decay=1)


def leaky(**options: Any) -> Any:
    given = Given(14, LeakyReLU(0.2))
    return cx.from_torch(given.net, given.X, given.y, weight_decay=1, **options)


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "unknown name": (lambda: read("bce"), "loss = 'bce'; known here: mse, huber, smooth_l1"),
    "another loss": (
        lambda: read(PoissonNLLLoss()),
        "loss is a PoissonNLLLoss; known here: MSELoss, HuberLoss",
    ),
    "classes of one output": (
        lambda: read(CrossEntropyLoss()),
        "CrossEntropyLoss takes one output for each class",
    ),
    "a function": (lambda: read(mse_loss), "loss is the function mse_loss; known here"),
    "a class": (lambda: read(HuberLoss), r"loss is the class HuberLoss; pass .* HuberLoss\(\)"),
    "None": (lambda: read(None), "loss is a NoneType; known here"),
    "not reduced": (
        lambda: read(L1Loss("none")),
        "reduction = 'none'; L1Loss has 'mean' and 'sum' here",
    ),
    "unknown reduction": (
        lambda: read("huber", reduction="max"),
        "reduction = 'max'; HuberLoss has 'mean' and 'sum' here",
    ),
    "two reductions": (
        lambda: read(MSELoss("sum"), reduction="mean"),
        "reduction = 'mean', but the loss has 'sum'; leave reduction out",
    ),
    "soft labels": (
        lambda: read("bce_with_logits", np.full(ROWS, 0.5)),
        r"y\[0\] = .*0.5.* is not a label",
    ),
    "signs for bce": (
        lambda: read("bce_with_logits", np.where(np.arange(ROWS) % 2, 1, -1)),
        "y holds -1; BCEWithLogitsLoss takes 0 and 1",
    ),
    "texts for bce": (
        lambda: read("bce_with_logits", ["a", "b", "a"] * 3),
        "y holds 'a'; BCEWithLogitsLoss takes 0 and 1",
    ),
    "weights of another length": (
        lambda: read(BCEWithLogitsLoss([1.0, 2.0])),
        "loss.weight has 2 entries; it must be one number, or one for each of 9 rows",
    ),
    "weights below 0": (lambda: read(BCEWithLogitsLoss([-1.0])), r"loss.weight = -1.0 must not"),
    "weights NaN": (lambda: read(BCEWithLogitsLoss([math.nan])), "loss.weight: nan"),
    "two pos_weights": (
        lambda: read(BCEWithLogitsLoss(pos_weight=[1.0, 2.0])),
        "loss.pos_weight has 2 entries; it must be one number$",
    ),
    "sample weights": (
        lambda: read("bce_with_logits", sample_weight=[1.0]),
        "sample_weight has 1 entries",
    ),
    "negative sample weights": (
        lambda: read("mse", sample_weight=-np.ones(ROWS)),
        r"sample_weight\[0\] = -1 must not be negative",
    ),
    "two activations": (
        lambda: leaky(activation=cx.LeakyReLU(0.1)),
        r"activation = LeakyReLU\(0.1\), but the model has LeakyReLU\(0.2\)",
    ),
    "activation by name": (
        lambda: leaky(activation="relu"),
        "activation = 'relu' is not an Activation instance",
    ),
    "a sigmoid at the end": (
        lambda: layered(ReLU(), Linear([[1.0]]), Sigmoid()),
        "Linear, ReLU, Linear, Sigmoid.*leave the Sigmoid out",
    ),
    "decays of layers differ": (
        lambda: by_groups({"2_weight": 0.5}),
        r"different weight decays \[0.03, 0.5\]; supported are one decay on the weights of both",
    ),
    "a bias with its own decay": (
        lambda: by_groups({"0_bias": 0.5}),
        r"different weight decays \[0.03, 0.5\]",
    ),
    "only biases decayed": (
        lambda: by_groups({"0_weight": 0.0, "2_weight": 0.0}),
        r"different weight decays \[0.0, 0.03\]",
    ),
    "groups beside a state dict": (
        lambda: cx.from_torch(
            Given(13).net.state_dict(),
            np.ones((3, 2)),
            np.ones(3),
            optimizer=groups({"0_bias": 0.0})[1],
        ),
        "pass the model itself, not its state dict",
    ),
    "free against the optimizer": (
        lambda: by_groups({}, hidden_bias=cx.FreeHiddenBias()),
        r"hidden_bias = FreeHiddenBias\(\), but the optimizer decays 0.bias",
    ),
    "decayed against the optimizer": (
        lambda: by_groups({"0_bias": 0.0}, hidden_bias=cx.DecayedHiddenBias()),
        "but the optimizer does not decay 0.bias",
    ),
    "output free against the optimizer": (
        lambda: by_groups({}, output_bias=cx.FreeBias()),
        r"output_bias = FreeBias\(\), but the optimizer decays 2.bias",
    ),
    "output decayed against the optimizer": (
        lambda: by_groups({"2_bias": 0.0}, output_bias=cx.DecayedBias()),
        "but the optimizer does not decay 2.bias",
    ),
    "another decay than the optimizer": (
        lambda: by_groups({"0_bias": 0.0}, weight_decay=0.0),
        "weight_decay = 0.0, but the optimizer's is 0.03",
    ),
    "no hidden bias": (
        lambda: bare(hidden_bias=cx.FreeHiddenBias()),
        r"hidden_bias = FreeHiddenBias\(\), but the model has no 0.bias",
    ),
    "no output bias": (
        lambda: bare(output_bias=cx.FreeBias()),
        r"output_bias = FreeBias\(\), but the model has no 2.bias",
    ),
    "an output bias": (
        lambda: leaky(output_bias=cx.NoBias()),
        r"output_bias = NoBias\(\), but the model has a 2.bias",
    ),
    "hidden bias by name": (lambda: leaky(hidden_bias="free"), "hidden_bias = 'free' is not a"),
    "output bias by name": (lambda: leaky(output_bias="free"), "output_bias = 'free' is not an"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_refused_by_name(name: str) -> None:
    make, pattern = WRONG[name]
    with pytest.raises(cx.ArgumentError, match=pattern):
        make()

"""The importer with a real PyTorch model; run by ``make test-torch``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convex_program as cx

torch = pytest.importorskip("torch")

ROWS, WIDTH = 12, 6
DECAY = {"mean": 0.02, "sum": 0.1}
RATE = {"mean": 0.3, "sum": 0.02}


def trained(reduction: str) -> tuple[Any, Any, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(1)
    X = generator.standard_normal((ROWS, 2)).astype(np.float32)
    y = np.sin(2 * X[:, 0]).astype(np.float32)
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(2, WIDTH), torch.nn.ReLU(), torch.nn.Linear(WIDTH, 1)
    )
    optimizer = torch.optim.SGD(
        model.parameters(), lr=RATE[reduction], weight_decay=DECAY[reduction]
    )
    loss = torch.nn.MSELoss(reduction=reduction)
    inputs, targets = torch.from_numpy(X), torch.from_numpy(y)[:, None]
    for _ in range(3000):
        optimizer.zero_grad()
        loss(model(inputs), targets).backward()
        optimizer.step()
    return model, optimizer, X, y


def their_objective(model: Any, X: np.ndarray, y: np.ndarray, reduction: str) -> float:
    """Return loss plus decay as PyTorch computes them, in double precision."""
    double = model.double()
    inputs = torch.from_numpy(X.astype(np.float64))
    targets = torch.from_numpy(y.astype(np.float64))[:, None]
    with torch.no_grad():
        loss = torch.nn.MSELoss(reduction=reduction)(double(inputs), targets)
        squares = sum(float((parameter**2).sum()) for parameter in double.parameters())
    return float(loss) + DECAY[reduction] / 2 * squares


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_objective_converts_and_the_verdict_is_proved(reduction: str) -> None:
    model, optimizer, X, y = trained(reduction)
    net, problem = cx.from_torch(model, X, y, optimizer=optimizer, reduction=reduction)
    convention = {"mean": cx.scaling.PYTORCH_MEAN, "sum": cx.scaling.PYTORCH_SUM}[reduction]
    ours = problem.exact_objective(net)
    theirs = their_objective(model, X, y, reduction)
    assert float(convention.value(ours, ROWS)) == pytest.approx(theirs, rel=1e-9)
    verdict = cx.certify(net, problem)
    assert verdict.level is cx.Level.PROVED
    assert 0 <= verdict.relative_gap < 0.2
    assert cx.verify(verdict.claim()).lower == verdict.exact_lower


def test_adamw_is_refused() -> None:
    model, _, X, y = trained("mean")
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    with pytest.raises(cx.ArgumentError, match="AdamW"):
        cx.from_torch(model, X, y, optimizer=optimizer)


def groups(model: Any, decay: float, free: tuple[str, ...]) -> list[dict[str, Any]]:
    named = dict(model.named_parameters())
    return [
        {"params": [p for name, p in named.items() if name not in free], "weight_decay": decay},
        {"params": [named[name] for name in free], "weight_decay": 0.0},
    ]


def test_groups_that_decay_the_layers_differently_are_refused() -> None:
    model, _, X, y = trained("mean")
    optimizer = torch.optim.SGD(groups(model, 0.01, ("2.weight",)), lr=0.1)
    with pytest.raises(cx.ArgumentError, match="weight decays"):
        cx.from_torch(model, X, y, optimizer=optimizer)


LOSSES: dict[str, Any] = {
    "mse": lambda r: torch.nn.MSELoss(reduction=r),
    "l1": lambda r: torch.nn.L1Loss(reduction=r),
    "huber": lambda r: torch.nn.HuberLoss(reduction=r, delta=0.3),
    "smooth": lambda r: torch.nn.SmoothL1Loss(reduction=r, beta=0.3),
    "bce": lambda r: torch.nn.BCEWithLogitsLoss(reduction=r),
    "bce weighted": lambda r: torch.nn.BCEWithLogitsLoss(
        weight=torch.linspace(0.5, 2, ROWS, dtype=torch.float64)[:, None],
        reduction=r,
        pos_weight=torch.tensor([2.5], dtype=torch.float64),
    ),
}
SCALES = {
    "mse": cx.scaling.pytorch("mse"),
    "l1": cx.scaling.pytorch("l1"),
    "huber": cx.scaling.pytorch("huber"),
    "smooth": cx.scaling.pytorch("smooth_l1", threshold=0.3),
    "bce": cx.scaling.pytorch("bce_with_logits"),
    "bce weighted": cx.scaling.pytorch("bce_with_logits"),
}


@pytest.mark.parametrize("slope", [None, 0.01, 0.2])
@pytest.mark.parametrize("free", [(), ("0.bias",), ("2.bias",), ("0.bias", "2.bias")])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_and_group(
    name: str, reduction: str, free: tuple[str, ...], slope: float | None
) -> None:
    generator = np.random.default_rng(2)
    X = generator.standard_normal((ROWS, 2))
    y = generator.standard_normal(ROWS)
    if name.startswith("bce"):
        y = (y > 0).astype(float)
    torch.manual_seed(1)
    between = torch.nn.ReLU() if slope is None else torch.nn.LeakyReLU(slope)
    model = torch.nn.Sequential(
        torch.nn.Linear(2, WIDTH), between, torch.nn.Linear(WIDTH, 1)
    ).double()
    decay = 0.03
    optimizer = torch.optim.Adam(groups(model, decay, free), lr=0.01)
    loss = LOSSES[name](reduction)
    inputs, targets = torch.from_numpy(X), torch.from_numpy(y)[:, None]
    for _ in range(20):
        optimizer.zero_grad()
        loss(model(inputs), targets).backward()
        optimizer.step()
    with torch.no_grad():
        theirs = float(loss(model(inputs), targets)) + decay / 2 * sum(
            float((p**2).sum()) for key, p in model.named_parameters() if key not in free
        )
    net, problem = cx.from_torch(model, inputs, targets, loss=loss, optimizer=optimizer)
    ours = problem.exact_objective(net)
    assert ours is not None
    rows = ROWS if reduction == "mean" else 1
    # A sum is a mean over one row, as far as the factor goes.
    assert float(SCALES[name].value(ours, rows)) == pytest.approx(theirs, rel=1e-9)
    assert isinstance(problem.hidden_bias, cx.FreeHiddenBias) == ("0.bias" in free)
    assert isinstance(problem.output_bias, cx.FreeBias) == ("2.bias" in free)


def test_an_optimizer_of_some_parameters_is_refused() -> None:
    model, _, X, y = trained("mean")
    optimizer = torch.optim.SGD(model[0].parameters(), lr=0.1, weight_decay=0.01)
    with pytest.raises(cx.ArgumentError, match="all parameters"):
        cx.from_torch(model, X, y, optimizer=optimizer)


def test_pt_files_are_read_as_plain_weights_only(tmp_path: Path) -> None:
    model, _, X, y = trained("sum")
    plain = tmp_path / "model.pt"
    torch.save(model.state_dict(), plain)
    net, problem = cx.from_torch(cx.load_state_dict(plain), X, y, weight_decay=0.1, reduction="sum")
    assert net.width == WIDTH
    assert problem.decay == pytest.approx(0.05)
    whole = tmp_path / "whole.pt"
    torch.save(model, whole)
    with pytest.raises(cx.ArgumentError, match="state_dict"):
        cx.load_state_dict(whole)


@pytest.mark.parametrize("eps", [1e-40, 1e-5])
def test_batch_normalization_on_its_full_batch(eps: float) -> None:
    generator = np.random.default_rng(3)
    X, y = generator.standard_normal((ROWS, 2)), generator.standard_normal(ROWS)
    torch.manual_seed(2)
    model = torch.nn.Sequential(
        torch.nn.Linear(2, WIDTH),
        torch.nn.BatchNorm1d(WIDTH, eps=eps),
        torch.nn.ReLU(),
        torch.nn.Linear(WIDTH, 1, bias=False),
    ).double()
    named = dict(model.named_parameters())
    decayed = [named[name] for name in ("1.weight", "1.bias", "3.weight")]
    unseen = [named[name] for name in ("0.weight", "0.bias")]
    decay = 0.05
    optimizer = torch.optim.SGD(
        [{"params": decayed, "weight_decay": decay}, {"params": unseen, "weight_decay": 0.0}],
        lr=0.1,
    )
    inputs, targets = torch.from_numpy(X), torch.from_numpy(y)[:, None]
    loss = torch.nn.MSELoss()
    for _ in range(2000):
        optimizer.zero_grad()
        loss(model(inputs), targets).backward()
        optimizer.step()
    with torch.no_grad():
        squares = sum(float((parameter**2).sum()) for parameter in decayed)
        theirs = float(loss(model(inputs), targets)) + decay / 2 * squares
    net, problem = cx.from_torch_batch_norm(model, X, y, optimizer=optimizer)
    ours = float(cx.scaling.PYTORCH_MEAN.value(problem.exact_objective(net), ROWS))
    assert ours == pytest.approx(theirs, rel=1e-9 if eps < 1e-9 else 1e-4)
    assert ours <= theirs * (1 + 1e-12)
    verdict = cx.certify_batch_norm(net, problem)
    assert verdict.lower <= verdict.upper
    assert verdict.relative_gap < 0.2
    # and back: the best network in a real BatchNorm1d puts out what the certificate speaks of
    best = verdict.best.network
    mapped = torch.nn.Sequential(
        torch.nn.Linear(2, best.width, bias=False),
        torch.nn.BatchNorm1d(best.width, eps=1e-40),
        torch.nn.ReLU(),
        torch.nn.Linear(best.width, 1, bias=False),
    ).double()
    with torch.no_grad():
        mapped[0].weight.copy_(torch.from_numpy(np.array(best.hidden)))
        mapped[1].weight.copy_(torch.from_numpy(np.array(best.scale)))
        mapped[1].bias.copy_(torch.from_numpy(np.array(best.shift)))
        mapped[3].weight.copy_(torch.from_numpy(np.array(best.output.T)))
        squares = sum(float((mapped[k].weight ** 2).sum()) for k in (1, 3))
        squares += float((mapped[1].bias ** 2).sum())
        value = float(loss(mapped(inputs), targets)) + decay / 2 * squares
    assert ROWS / 2 * value == pytest.approx(verdict.best.upper, rel=1e-9)


def test_there_and_back() -> None:
    network = cx.Network([[1.0, -0.5, 0.1], [0.3, 2.0, -1.0]], [2.0, -1.0], 0.25)
    X = np.random.default_rng(0).standard_normal((6, 2))
    model = cx.to_torch(network, hidden_bias=True)
    with torch.no_grad():
        outputs = model(torch.from_numpy(X)).numpy()[:, 0]
    assert outputs == pytest.approx(network.forward(np.c_[X, np.ones(6)]), rel=1e-12)
    back, _ = cx.from_torch(model, X, np.zeros(6), weight_decay=0.1)
    assert (back.hidden == network.hidden).all()
    assert (back.output == network.output).all()
    assert back.output_bias == network.output_bias


class Own(torch.nn.Module):
    """Two layers under other names; what `forward` does is an argument."""

    def __init__(self, forward: Any) -> None:
        super().__init__()
        self.encoder = torch.nn.Linear(2, 4)
        self.head = torch.nn.Linear(4, 1)
        self.rule = forward

    def forward(self, x: Any) -> Any:
        return self.rule(self, x)


def plain_rule(self: Any, x: Any) -> Any:
    return self.head(torch.relu(self.encoder(x)))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of PyTorch's own compiler
def test_a_module_with_names_of_its_own_is_read() -> None:
    X = np.random.default_rng(0).standard_normal((6, 2)).astype(np.float32)
    model = Own(plain_rule)
    for given in (model, torch.compile(model)):
        network, problem = cx.from_torch(given, X, np.zeros(6), weight_decay=0.1)
        assert (network.hidden[:, :2] == model.encoder.weight.detach().numpy()).all()
        assert problem.data.shape == (6, 3)
    decayed = [{"params": [model.encoder.weight, model.head.weight], "weight_decay": 0.1}]
    free = [{"params": [model.encoder.bias, model.head.bias], "weight_decay": 0.0}]
    optimizer = torch.optim.SGD(decayed + free, lr=0.1)
    _, problem = cx.from_torch(model, X, np.zeros(6), optimizer=optimizer)
    assert problem.hidden_bias == cx.FreeHiddenBias()
    assert isinstance(problem.output_bias, cx.FreeBias)


@pytest.mark.parametrize(
    "rule",
    [
        lambda self, x: self.head(torch.tanh(self.encoder(x))),
        lambda self, x: self.head(torch.relu(self.encoder(x))) + x[:, :1],
        lambda self, x: torch.relu(self.head(torch.relu(self.encoder(x)))) + 1,
    ],
)
def test_a_module_that_does_more_is_refused(rule: Any) -> None:
    X = np.random.default_rng(0).standard_normal((6, 2)).astype(np.float32)
    with pytest.raises(cx.ArgumentError, match="something else"):
        cx.from_torch(Own(rule), X, np.zeros(6), weight_decay=0.1)


def test_weight_norm_is_refused_by_name() -> None:
    model = Own(plain_rule)
    torch.nn.utils.parametrizations.weight_norm(model.encoder)
    with pytest.raises(cx.ArgumentError, match="weight_norm"):
        cx.from_torch(model, np.zeros((6, 2), np.float32), np.zeros(6), weight_decay=0.1)

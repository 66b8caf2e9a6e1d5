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


def test_partial_parameter_groups_are_refused() -> None:
    model, _, X, y = trained("mean")
    groups = [
        {"params": [model[0].weight, model[2].weight], "weight_decay": 0.01},
        {"params": [model[0].bias, model[2].bias], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    with pytest.raises(cx.ArgumentError, match="weight decays"):
        cx.from_torch(model, X, y, optimizer=optimizer)


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

"""``convex-program worst-case`` and ``robust``: the numbers of the library, limits, refusals."""

from __future__ import annotations

from pathlib import Path

import pytest
from front_doors.tools import call

import arrangements as ar
import convex_program as cx

CSV = "a,b,y\n1,2,1\n3,-1,2\n-2,1,0.5\n0.5,1,1\n"
HOW = ("--target", "y", "--bias", "--beta", "0.1")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(CSV)
    return path


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "net.npz"
    cx.save_network(cx.Network([[1.0, -1.0, 0.5], [-1.0, 0.0, 1.0]], [1.0, -2.0]), path)
    return path


def problem(data: Path) -> cx.TrainingProblem:
    table, targets = ar.read_table(data).split("y")
    return cx.TrainingProblem(table.with_bias().matrix, targets, "0.1")


@pytest.mark.parametrize(
    ("norm", "ball"), [("max", cx.MaxNormBall), ("euclidean", cx.EuclideanBall)]
)
def test_the_worst_case_is_the_library_s(data: Path, network: Path, norm: str, ball: type) -> None:
    words = ("worst-case", network, data, *HOW, "--radius", "0.2", "--norm", norm)
    answer = call("convex-program", *words, "--json")
    assert answer.code == 0
    known = cx.worst_case(cx.load_network(network), problem(data), ball("0.2"))
    assert answer.json["upper"] == pytest.approx(known.upper, rel=1e-5)
    assert answer.json["lower"] == pytest.approx(known.lower, rel=1e-5)
    assert answer.json["moving"] == [0, 1]
    assert "Exceeded by none" in call("convex-program", *words).out


def test_training_writes_its_network(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "robust.npz"
    answer = call(
        "convex-program", "robust", data, *HOW, "--radius", "0.1", "--network", out, "--json"
    )
    assert answer.code == 0
    again = call("convex-program", "worst-case", out, data, *HOW, "--radius", "0.1", "--json")
    assert again.json["upper"] == pytest.approx(answer.json["upper"], rel=1e-5)
    assert answer.json["lower"] <= answer.json["upper"]
    words = call("convex-program", "robust", data, *HOW, "--radius", "0.1").out
    assert "bounds the best worst case from above" in words


def test_limits_gaps_and_refusals(data: Path, network: Path) -> None:
    words = ("worst-case", network, data, *HOW, "--radius", "2")
    stopped = call("convex-program", *words, "--time-limit", "0")
    assert stopped.code == 3
    assert "both bounds above hold" in stopped.err
    assert call("convex-program", *words, "--max-gap", "0").code == 1
    wrong = call("convex-program", "worst-case", network, data, *HOW, "--radius", "-1")
    assert wrong.code == 2
    assert "radius = " in wrong.err
    assert call("convex-program", "worst-case", network, data, *HOW, "--radius", "x").code == 2
    fresh = call("convex-program", "robust", data, "--target", "y", "--beta", "0", "--radius", "1")
    assert fresh.code == 2
    assert "needs a weight decay" in fresh.err

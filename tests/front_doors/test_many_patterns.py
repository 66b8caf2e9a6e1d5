"""The command line where patterns are too many to list: rigorous, unless a claim is wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from front_doors.tools import call

import arrangements as ar


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 4))
    y = np.sin(2 * X[:, 0]) + 0.3 * rng.standard_normal(60)
    lines = [
        "a,b,c,e,y",
        *(",".join(f"{v:.3f}" for v in [*x, t]) for x, t in zip(X, y, strict=True)),
    ]
    path = tmp_path / "many.csv"
    path.write_text("\n".join(lines))
    return path


def test_solve_then_certify(data: Path, tmp_path: Path) -> None:
    network = tmp_path / "net.npz"
    how = ("--target", "y", "--bias", "--beta", "1.0")
    solved = call("convex-program", "solve", data, *how, "--network", network)
    assert solved.code == 0
    most = ar.region_bound(60, 5)
    assert f"rigorous over all (at most {most:,}) activation patterns" in solved.out
    answer = call("convex-program", "certify", network, data, *how, "--json", "--max-gap", "1e-8")
    assert answer.code == 0
    assert answer.json["level"] == "rigorous"
    assert answer.json["patterns"] == most


def test_a_claim_makes_the_command_prove(tmp_path: Path) -> None:
    """Cover allows 2,186 patterns, more than are listed; no list is made."""
    axes = ["1,0,0,0,0,1", "0,1,0,0,0,-1", "0,0,1,0,0,0.5"]
    pencil = [f"0,0,0,1,{k},{k % 3}" for k in range(11)]
    data, claim = tmp_path / "data.csv", tmp_path / "claim.json"
    data.write_text("\n".join(["a,b,c,e,f,y", *axes, *pencil]))
    how = ("--target", "y", "--beta", "0.5")
    assert "rigorous" in call("convex-program", "solve", data, *how).out
    assert call("convex-program", "solve", data, *how, "--claim", claim).code == 0
    assert "proved over all (at most 2,186" in call("convex-program", "verify", claim).out


def test_a_time_limit_leaves_the_bounds_so_far(data: Path, tmp_path: Path) -> None:
    network = tmp_path / "net.npz"
    how = ("--target", "y", "--bias", "--beta", "1.0", "--json")
    solved = call("convex-program", "solve", data, *how, "--time-limit", "0", "--network", network)
    assert solved.code == 3
    assert solved.json["status"] == "time_limit"
    assert 0 <= solved.json["lower"] < solved.json["upper"]
    assert solved.message == "the time limit was reached; what stands above is rigorous"
    full = call("convex-program", "solve", data, *how, "--time-limit", "1000")
    assert (full.code, full.json["status"]) == (0, "solved")
    assert solved.json["lower"] <= full.json["upper"]
    assert full.json["lower"] <= solved.json["upper"]
    words = ("convex-program", "certify", network, data, *how)
    verdict = call(*words, "--time-limit", "0", "--max-gap", "0")
    assert verdict.code == 3
    assert verdict.json["upper"] == solved.json["upper"]
    assert verdict.json["best"]["status"] == "time_limit"
    assert verdict.json["lower"] <= full.json["upper"]
    said = call(*words[:-1], "--time-limit", "0")
    assert "The search was not finished: time limit" in said.out


def test_output_biases_need_no_list(data: Path) -> None:
    uppers = []
    for bias in ("none", "decayed", "free"):
        how = ("--target", "y", "--beta", "1.0", "--output-bias", bias, "--max-gap", "1e-8")
        answer = call("convex-program", "solve", data, *how, "--json")
        assert (answer.code, answer.json["level"]) == (0, "rigorous")
        uppers.append(answer.json["upper"])
    assert uppers == sorted(uppers, reverse=True)

"""Two points with every output bias: by the API and by the shell."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from front_doors.tools import call

import convex_program as cx

X = [[-0.2, 1.0], [1.0, 1.0]]
Y = [0.5, 1.0]
BETA = 0.1
CSV = "x,one,y\n-.2,1,.5\n1,1,1\n"

KNOWN = {
    "none": (cx.NoBias(), 0.06958726, 1e-8),
    "free": (cx.FreeBias(), 0.035270, 5e-7),
    "decayed": (cx.DecayedBias(), 0.0493005, 5e-8),
}


@pytest.mark.parametrize("name", KNOWN)
def test_by_the_interface(name: str) -> None:
    bias, value, digits = KNOWN[name]
    best = cx.global_optimum(cx.TrainingProblem(X, Y, BETA, output_bias=bias))
    assert best.upper == pytest.approx(value, abs=digits)
    assert best.lower == pytest.approx(value, abs=digits)
    assert best.level is cx.Level.PROVED
    assert best.relative_gap < 1e-6
    found = cx.verify(best.claim())
    assert (found.upper, found.lower) == (best.exact_upper, best.exact_lower)


@pytest.mark.parametrize("name", KNOWN)
def test_by_the_shell(name: str, tmp_path: Path) -> None:
    _, value, digits = KNOWN[name]
    (tmp_path / "data.csv").write_text(CSV)
    answer = call(
        *("convex-program", "solve", tmp_path / "data.csv", "--target", "y", "--beta", "0.1"),
        *("--output-bias", name, "--json", "--max-gap", "1e-6"),
    )
    assert answer.code == 0
    assert answer.err == ""
    assert answer.json["upper"] == pytest.approx(value, abs=digits)
    assert answer.json["lower"] == pytest.approx(value, abs=digits)
    assert answer.json["level"] == "proved"


def test_a_hidden_bias_by_flag_is_a_last_column_of_ones(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("x,y\n-.2,.5\n1,1\n")
    answer = call(
        *("convex-program", "solve", tmp_path / "data.csv", "--target", "y"),
        *("--bias", "--beta", "1/10", "--json", "--network", tmp_path / "net.npz"),
    )
    assert answer.json["upper"] == pytest.approx(0.06958726, abs=1e-8)
    network = cx.load_network(tmp_path / "net.npz")
    problem = cx.TrainingProblem(
        [[Fraction(-1, 5), 1], [1, 1]], [Fraction(1, 2), 1], Fraction(1, 10)
    )
    assert problem.objective(network) == pytest.approx(answer.json["upper"], rel=1e-12)

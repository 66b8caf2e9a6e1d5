"""Every front door with two outputs: it answers, or says that it is about one."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from front_doors.tools import call
from front_doors.torch_stand_in import CrossEntropyLoss, MSELoss

import arrangements as ar
import convex_program as cx

RNG = np.random.default_rng(11)
X, Y = RNG.normal(size=(10, 2)), RNG.normal(size=(10, 2))
LABELS = np.arange(10) % 3
BETA = 0.4
PROBLEM = cx.TrainingProblem(X, Y, BETA)
NET = cx.Network(RNG.normal(size=(3, 2)), RNG.normal(size=(3, 2)))
DUAL = PROBLEM.residual(NET)


@pytest.fixture(scope="module")
def best() -> cx.GlobalOptimum:
    return cx.global_optimum(PROBLEM)


@pytest.fixture(scope="module")
def patterns() -> ar.CompletePatterns:
    return ar.enumerate_patterns(X)


REFUSED = {
    "certify_dual": lambda lists: cx.certify_dual(PROBLEM, lists, DUAL),
    "global_optimum over patterns": lambda lists: cx.global_optimum(PROBLEM, patterns=lists),
    "certify over patterns": lambda lists: cx.certify(NET, PROBLEM, patterns=lists),
    "WorkingSet": lambda _: cx.global_optimum(PROBLEM, solver=cx.WorkingSet()),
    "FullPattern": lambda _: cx.global_optimum(PROBLEM, solver=cx.FullPattern()),
    "ConvexProgram": lambda lists: cx.ConvexProgram(PROBLEM, lists),
    "path over patterns": lambda lists: cx.regularization_path(X, Y, [1.0], patterns=lists),
    "beta_max over patterns": lambda lists: cx.beta_max(X, Y, patterns=lists),
    "beta_max by a method": lambda _: cx.beta_max(X, Y, pricing=cx.BranchAndBound()),
    "rigorous by a method": lambda _: cx.certify_rigorously(
        PROBLEM, DUAL, pricing=cx.BranchAndBound()
    ),
    "beta = 0": lambda _: cx.global_optimum(cx.TrainingProblem(X, Y, 0)),
    "certify without decay": lambda _: cx.certify(NET, cx.TrainingProblem(X, Y, 0)),
    "undecayed_optimum": lambda _: cx.undecayed_optimum(cx.TrainingProblem(X, Y, 0)),
    "certify_undecayed": lambda _: cx.certify_undecayed(NET, cx.TrainingProblem(X, Y, 0)),
    "Interpolation": lambda _: cx.global_optimum(cx.TrainingProblem(X, Y, 1, cx.Interpolation())),
    "interpolating_optimum": lambda _: cx.interpolating_optimum(
        cx.TrainingProblem(X, Y, 1, cx.Interpolation())
    ),
    "a list in the gauge": lambda _: PROBLEM.gauge.atoms(NET),
    "another number of outputs": lambda _: cx.certify(cx.Network([[1.0, 1.0]], [1.0]), PROBLEM),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_about_one_output_says_so(name: str, patterns: ar.CompletePatterns) -> None:
    with pytest.raises(cx.ArgumentError, match="output"):
        REFUSED[name](patterns)


def test_the_optimum_answers(best: cx.GlobalOptimum) -> None:
    assert best.level is cx.Level.RIGOROUS
    assert best.relative_gap <= 1e-8
    assert best.network.outputs == 2
    assert "rigorous" in best.summary()
    assert best.to_json()["level"] == "rigorous"
    found = cx.verify(best.claim())
    assert found.level is cx.Level.PROVED
    assert best.exact_lower - best.exact_upper / 10**8 <= found.lower <= best.exact_upper


def test_a_proof_is_given_where_it_is_wanted(tmp_path: Path) -> None:
    for problem in (PROBLEM, cx.TrainingProblem(X, LABELS, 0.2, cx.SoftmaxCrossEntropy())):
        best = cx.global_optimum(problem, level=cx.Level.PROVED)
        assert best.level is cx.Level.PROVED
        assert best.relative_gap <= 1e-7
        assert "proved" in best.summary()
        cx.save_claim(best.claim(), tmp_path / "claim")
        found = cx.verify(cx.load_claim(tmp_path / "claim", problem))
        assert found.lower <= best.exact_upper
    path = cx.regularization_path(X, Y, [1.0, 0.5], claims=tmp_path / "path")
    assert path.level is cx.Level.PROVED
    assert len(list((tmp_path / "path").iterdir())) == 2


def test_a_verdict_answers(best: cx.GlobalOptimum) -> None:
    verdict = cx.certify(NET, PROBLEM)
    assert verdict.exact_upper == PROBLEM.exact_objective(NET)
    assert verdict.lower == pytest.approx(best.lower, rel=2e-8)
    assert verdict.stationarity.status is cx.StationarityStatus.UNDECIDED
    assert "not decided" in verdict.summary()
    assert cx.verify(verdict.claim()).upper == verdict.exact_upper
    proved = cx.certify(NET, PROBLEM, level=cx.Level.PROVED)
    assert proved.level is cx.Level.PROVED
    assert proved.lower == pytest.approx(best.lower, rel=2e-8)
    own = cx.certify(best.network, PROBLEM)
    assert own.stationarity.status is cx.StationarityStatus.STATIONARY


def test_any_dual_vector_gives_a_valid_bound(best: cx.GlobalOptimum) -> None:
    for vector in (DUAL, RNG.normal(size=20), np.zeros(20)):
        certificate = cx.certify_rigorously(PROBLEM, vector)
        assert certificate.lower <= best.exact_upper
    with pytest.raises(cx.ArgumentError, match="one for each entry"):
        cx.certify_rigorously(PROBLEM, np.zeros(10))
    short = cx.certify_rigorously(PROBLEM, DUAL, limits=cx.VectorBranchAndBound(node_limit=1))
    assert short.lower <= best.exact_upper


def test_at_beta_max_the_network_without_neurons_is_optimal() -> None:
    for options in ({}, {"output_bias": cx.FreeBias()}):
        largest = cx.beta_max(X, Y, **options)
        above = cx.global_optimum(cx.TrainingProblem(X, Y, largest, **options))
        assert above.network.width == 0
        assert above.relative_gap <= 1e-8
        below = cx.global_optimum(cx.TrainingProblem(X, Y, 0.95 * largest, **options))
        assert below.network.width > 0


@pytest.mark.parametrize("bias", [cx.NoBias(), cx.FreeBias(), cx.DecayedBias()], ids=repr)
def test_a_path_answers(bias: cx.OutputBias, tmp_path: Path) -> None:
    path = cx.regularization_path(X, Y, count=4, smallest=0.1, output_bias=bias)
    assert len(path) == 4
    assert path[0].network.width == 0
    assert (path.relative_gaps <= 1e-7).all()
    assert (np.diff(path.upper) < 0).all()
    path.save_csv(tmp_path / "path.csv")
    middle = float(np.sqrt(path.betas[1] * path.betas[2]))
    between = cx.global_optimum(cx.TrainingProblem(X, Y, middle, output_bias=bias))
    assert path.lower_at(middle) <= between.upper
    assert between.lower <= path.upper_at(middle)


STATE = {"0.weight": NET.hidden, "2.weight": NET.output.T, "2.bias": np.array([0.5, -1.0])}


@pytest.mark.parametrize(("reduction", "times"), [("sum", 1.0), ("mean", 20.0)])
def test_torch_squares_are_averaged_over_rows_and_outputs(reduction: str, times: float) -> None:
    network, problem = cx.from_torch(STATE, X, Y, weight_decay=0.1, loss=MSELoss(reduction))
    z = np.maximum(X @ NET.hidden.T, 0.0) @ NET.output + [0.5, -1.0]
    np.testing.assert_allclose(network.forward(problem.data), z)
    squares = sum(np.sum(array**2) for array in STATE.values())
    theirs = np.sum((z - Y) ** 2) / times + 0.05 * squares
    assert problem.objective(network) == pytest.approx(theirs * times / 2.0, rel=1e-13)


@pytest.mark.parametrize("weight", [None, np.array([1.0, 2.0, 0.5])], ids=["plain", "weighted"])
@pytest.mark.parametrize("smoothing", [0.0, 0.25])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_torch_cross_entropy_is_ours(weight: Any, smoothing: float, reduction: str) -> None:
    state = {"0.weight": NET.hidden, "2.weight": np.arange(9.0).reshape(3, 3) / 4.0}
    loss = CrossEntropyLoss(weight, reduction, smoothing)
    network, problem = cx.from_torch(state, X, LABELS, weight_decay=0.1, loss=loss)
    z = np.maximum(X @ NET.hidden.T, 0.0) @ state["2.weight"].T
    logs = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    w = np.ones(3) if weight is None else weight
    rows = -(1 - smoothing) * w[LABELS] * logs[np.arange(10), LABELS]
    rows -= smoothing / 3 * (logs @ w)
    over = w[LABELS].sum() if reduction == "mean" else 1.0
    theirs = rows.sum() / over + 0.05 * sum(np.sum(array**2) for array in state.values())
    assert problem.objective(network) == pytest.approx(theirs * over, rel=1e-13)
    assert problem.exact_beta == Fraction(0.1) * Fraction(over)


def test_torch_classes_are_its_outputs() -> None:
    state = {"0.weight": NET.hidden, "2.weight": np.ones((4, 3))}
    _, problem = cx.from_torch(state, X, LABELS, weight_decay=0.1, loss="cross_entropy")
    assert problem.outputs == 4  # a class that no row is of
    with pytest.raises(cx.ArgumentError, match="none of the classes"):
        cx.from_torch(state, X, LABELS + 2, weight_decay=0.1, loss="cross_entropy")


def table(tmp_path: Path, *, classes: bool) -> Path:
    lines = ["a,b,kind" if classes else "a,b,y1,y2"]
    for i in range(10):
        last = ("ash", "fir", "oak")[LABELS[i]] if classes else f"{Y[i, 0]},{Y[i, 1]}"
        lines.append(f"{X[i, 0]},{X[i, 1]},{last}")
    path = tmp_path / "data.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_command_line_takes_several_targets(tmp_path: Path, best: cx.GlobalOptimum) -> None:
    data, net = table(tmp_path, classes=False), tmp_path / "net.npz"
    common = (data, "--target", "y1,y2", "--columns", "a,b", "--beta", "0.4", "--as-float")
    answer = call("convex-program", "solve", *common, "--network", net, "--json")
    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["upper"] == pytest.approx(best.upper, rel=2e-8)
    verdict = call("convex-program", "certify", net, *common, "--max-gap", "1e-7")
    assert verdict.code == 0, verdict.err
    claim = call("convex-program", "solve", *common, "--claim", tmp_path / "claim")
    assert claim.code == 0, claim.err
    own = ("--data", data, "--target", "y1,y2", "--columns", "a,b", "--as-float")
    for more in ((), ("--standalone",)):
        checked = call("convex-program", "verify", tmp_path / "claim", *own, *more)
        assert checked.code == 0, checked.err
    own = ("--data", data, "--target", "y2,y1", "--columns", "a,b", "--as-float")
    checked = call("convex-program", "verify", tmp_path / "claim", *own)
    assert checked.code == 1
    assert "other" in checked.message
    checked = call("convex-program", "verify", tmp_path / "claim", *own, "--standalone")
    assert checked.code == 1
    twice = call("convex-program", "solve", data, "--target", "y1,y1", "--beta", "1")
    assert twice.code == 2
    assert "twice" in twice.message


def test_the_command_line_takes_classes(tmp_path: Path) -> None:
    data = table(tmp_path, classes=True)
    common = ("--target", "kind", "--columns", "a,b", "--loss", "cross-entropy", "--as-float")
    answer = call("convex-program", "solve", data, *common, "--beta", "0.4")
    assert answer.code == 0, answer.err
    assert "Classes: ash is 0, fir is 1, oak is 2." in answer.out
    again = cx.global_optimum(cx.TrainingProblem(X, LABELS, 0.4, cx.SoftmaxCrossEntropy()))
    path = call("convex-program", "path", data, *common, "--betas", "0.4", "--json")
    assert path.code == 0, path.err
    assert json.loads(path.out)["path"][0]["upper"] == pytest.approx(again.upper, rel=2e-8)
    claim = call("convex-program", "solve", data, *common, "--beta", "0.4",
                 "--claim", tmp_path / "claim")  # fmt: skip
    assert claim.code == 0, claim.err
    own = ("--data", data, "--target", "kind", "--columns", "a,b", "--as-float")
    for more in ((), ("--standalone",)):
        checked = call("convex-program", "verify", tmp_path / "claim", *own, *more)
        assert checked.code == 0, checked.err
    wrong = call("convex-program", "solve", data, "--target", "kind,y1", "--beta", "1",
                 "--loss", "cross-entropy")  # fmt: skip
    assert wrong.code != 0

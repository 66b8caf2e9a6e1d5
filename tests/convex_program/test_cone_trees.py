"""Trees of cones: what they prove is true, tight, and decided alike by compiled and plain code."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from convex_zoo import a_few, any_problems, solved
from hypothesis import given
from hypothesis import strategies as st

import arrangements as ar
import convex_program as cx
from convex_program.dual import certify_on_cones, exact_peak
from convex_program.errors import ClaimError
from convex_program.evidence import ConeTree
from convex_program.evidence.lines import PreparedRows, root
from convex_program.evidence.tree_bytes import walk

GOLDEN = Path(__file__).parent.parent / "golden"


def proved(problem: cx.TrainingProblem, vector: Any = None) -> cx.Certificate:
    """Prove along the solver's vector, or another one."""
    if vector is None:
        vector = np.array(solved(problem).certificate.vector)
    found = certify_on_cones(problem, np.asarray(vector, dtype=float))
    assert found is not None
    return found


def output(problem: cx.TrainingProblem, vector: Any, u: list[int]) -> Fraction:
    """Return ``v.phi(X u)`` in fractions, from the definition."""
    on, off = problem.activation.on, problem.activation.off
    total = Fraction(0)
    for v, row in zip(vector, problem.gauge.exact_rows, strict=True):
        t = sum((x * w for x, w in zip(row, u, strict=True)), Fraction(0))
        total += Fraction(v) * (on * t if t > 0 else -off * t)
    return total


def walked(tree: ConeTree, problem: cx.TrainingProblem, vector: Any) -> Fraction:
    """Return the square of the bound by Python integers alone."""
    prepared = PreparedRows(problem.exact, vector, tree.setting)
    bounds, place = [prepared.bound_at_infinity(), prepared.charge], 0
    for question in prepared.questions():
        if not question.rank:
            continue
        squares = []
        for number in range(2**question.rank):
            place, vectors = walk(memoryview(tree.tree), place, question, number)
            squares += [prepared.metric.square(R) for R in vectors]
        bounds.append(prepared.bound(question, max(squares)))
    if place != len(tree.tree):
        raise ClaimError("the trees go on")
    return max(bounds) ** 2


@a_few(1)
@given(problem=any_problems(), data=st.data())
def test_no_neuron_exceeds_what_a_tree_proves(
    problem: cx.TrainingProblem, data: st.DataObject
) -> None:
    certificate = proved(problem)
    tree = certificate.evidence
    assert isinstance(tree, ConeTree)
    square = tree.square(problem.exact, certificate.vector)
    assert square is not None
    assert square == walked(tree, problem, certificate.vector)
    columns = problem.gauge.columns
    entries = st.lists(st.integers(-9, 9), min_size=columns, max_size=columns)
    for u in [data.draw(entries) for _ in range(20)]:
        cost = sum(w * w for w in u[: problem.gauge.decayed])
        assert output(problem, certificate.vector, u) ** 2 <= square * cost


@a_few(2)
@given(problem=any_problems())
def test_the_bound_is_the_maximum_over_all_cells(problem: cx.TrainingProblem) -> None:
    certificate = proved(problem)
    vector = np.array(certificate.vector)
    patterns = ar.enumerate_patterns(problem.arrangement)
    peak = exact_peak(problem, patterns, vector)
    square = certificate.evidence.square(problem.exact, certificate.vector)
    assert square is not None
    wanted = problem.decay / certificate.scale if certificate.scale else 0.0
    # no bound is needed below the one at which the scale is best
    assert float(square) <= max(float(peak), wanted**2) * (1 + 1e-8) + 1e-18


@a_few(1)
@given(problem=any_problems())
def test_claims_by_cones_verify_and_bound_all_that_is_trained(
    problem: cx.TrainingProblem,
) -> None:
    try:
        best = cx.global_optimum(problem, level=cx.Level.PROVED)
    except cx.SolverError:
        return
    assert best.level is cx.Level.PROVED
    found = cx.verify(best.claim())
    assert found.lower <= best.exact_lower
    assert best.exact_upper <= found.upper
    if problem.loss.rational:
        trained = cx.train(problem, 5).network
        reached = problem.exact_objective(trained)
        assert reached is None or found.lower <= reached


@pytest.mark.parametrize("seed", range(4))
def test_rows_parallel_up_to_rounding_are_merged(seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = rng.standard_normal((6, 3))
    X = np.concatenate([base, base * 0.3, -base * 0.7])
    problem = cx.TrainingProblem(X, rng.standard_normal(18), 0.05)
    certificate = proved(problem)
    tree = certificate.evidence
    assert isinstance(tree, ConeTree)
    assert tree.setting.merged
    assert tree.square(problem.exact, certificate.vector) == walked(
        tree, problem, certificate.vector
    )
    best = cx.global_optimum(problem, solver=cx.WorkingSet())
    assert float(best.exact_upper - certificate.lower) <= 1e-9 * best.upper


@pytest.mark.parametrize("seed", range(4))
def test_data_of_low_rank_have_a_basis(seed: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = rng.integers(-9, 10, (12, 2)), rng.integers(-9, 10, (2, 5))
    problem = cx.TrainingProblem((left @ right).astype(float), rng.standard_normal(12), 3.0)
    certificate = proved(problem)
    tree = certificate.evidence
    assert isinstance(tree, ConeTree)
    assert tree.setting.basis is not None
    assert len(tree.setting.basis) == problem.arrangement.rank
    lengths = [sum(x * x for x in row) for row in tree.setting.basis]
    assert max(lengths) - min(lengths) <= max(lengths) // 2**45
    square = tree.square(problem.exact, certificate.vector)
    assert square == walked(tree, problem, certificate.vector)
    peak = exact_peak(
        problem, ar.enumerate_patterns(problem.arrangement), np.array(certificate.vector)
    )
    wanted = (problem.decay / certificate.scale) ** 2 if certificate.scale else 0.0
    assert float(square) <= max(float(peak), wanted) * (1 + 1e-9)


@pytest.mark.parametrize("exponent", [-600, -300, 0, 300, 400])
def test_any_size_of_numbers(exponent: int) -> None:
    rng = np.random.default_rng(7)
    X = np.ldexp(rng.standard_normal((8, 3)), exponent)
    problem = cx.TrainingProblem(X, rng.standard_normal(8), 1)
    certificate = proved(problem, rng.standard_normal(8))
    tree = certificate.evidence
    assert isinstance(tree, ConeTree)
    assert tree.square(problem.exact, certificate.vector) == walked(
        tree, problem, certificate.vector
    )


def test_roots_are_above_and_near() -> None:
    for value in (Fraction(2), Fraction(1, 3), Fraction(10**40, 7), Fraction(3, 10**90)):
        assert value < root(value) ** 2 < value * (1 + Fraction(1, 2**60))
    assert root(Fraction(0)) == 0


# Bytes that were changed


def decided(tree: ConeTree, problem: cx.TrainingProblem, vector: Any) -> Fraction | None:
    try:
        return tree.square(problem.exact, vector)
    except ClaimError:
        return None


def decided_plainly(tree: ConeTree, problem: cx.TrainingProblem, vector: Any) -> Fraction | None:
    try:
        return walked(tree, problem, vector)
    except ClaimError:
        return None


@pytest.mark.parametrize("seed", range(3))
def test_changed_trees_are_decided_alike_and_prove_the_truth(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((9, 3)), rng.standard_normal(9)
    problem = cx.TrainingProblem(X, y, 0.5)
    certificate = proved(problem, y)
    tree = certificate.evidence
    assert isinstance(tree, ConeTree)
    patterns = ar.enumerate_patterns(problem.arrangement)
    directions = [patterns.witness(i) for i in range(len(patterns))]
    least = max(
        output(problem, certificate.vector, list(u)) ** 2 / sum(w * w for w in u)
        for u in directions
    )
    valid = 0
    for _ in range(400):
        data = bytearray(tree.tree)
        for _ in range(int(rng.integers(1, 3))):
            place = int(rng.integers(len(data)))
            kind = rng.integers(4)
            if kind == 0:
                data[place] ^= 1 << int(rng.integers(8))
            elif kind == 1:
                data[place] = int(rng.integers(256))
            elif kind == 2:
                del data[place]
            else:
                data.insert(place, int(rng.integers(256)))
        changed = replace(tree, tree=bytes(data))
        found = decided(changed, problem, certificate.vector)
        assert found == decided_plainly(changed, problem, certificate.vector)
        if found is not None:
            valid += 1
            assert found >= least
    assert 0 < valid < 400


SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("span", {"basis": ((1, 0, 0), (0, 1, 0))}),
    ("independent", {"basis": ((1, 0, 0), (2, 0, 0), (0, 1, 0))}),
    ("entries", {"basis": ((1, 0), (0, 1))}),
    ("range", {"grid": 5000}),
    ("none to keep", {"merged": ((0, 99, Fraction(1)),)}),
    ("none to keep", {"merged": ((0, 0, Fraction(1)),)}),
    ("twice", {"merged": ((0, 1, Fraction(1)), (0, 1, Fraction(1)))}),
]


@pytest.mark.parametrize(("words", "change"), SETTINGS, ids=[row[0] for row in SETTINGS])
def test_settings_that_do_not_belong_are_refused(words: str, change: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    problem = cx.TrainingProblem(rng.standard_normal((6, 3)), rng.standard_normal(6), 0.5)
    certificate = proved(problem, problem.targets)
    tree = certificate.evidence
    assert isinstance(tree, ConeTree)
    setting = replace(tree.setting, **change)
    with pytest.raises(ClaimError, match=words):
        replace(tree, setting=setting).square(problem.exact, certificate.vector)


def test_another_vector_is_refused_or_bounded() -> None:
    rng = np.random.default_rng(3)
    problem = cx.TrainingProblem(rng.standard_normal((8, 3)), rng.standard_normal(8), 0.5)
    certificate = proved(problem, problem.targets)
    longer = tuple(2 * v for v in certificate.vector)
    with pytest.raises(ClaimError, match="bound its cone"):
        certificate.evidence.square(problem.exact, longer)


def test_limits_end_the_writing() -> None:
    rng = np.random.default_rng(0)
    problem = cx.TrainingProblem(rng.standard_normal((60, 6)), rng.standard_normal(60), 0.5)
    assert certify_on_cones(problem, problem.targets, most_bytes=1000) is None
    assert certify_on_cones(problem, problem.targets, seconds=0.0) is None


def test_a_rank_beyond_trees_is_told() -> None:
    rng = np.random.default_rng(0)
    problem = cx.TrainingProblem(rng.standard_normal((20, 18)), rng.standard_normal(20), 0.5)
    assert certify_on_cones(problem, problem.targets) is None


# Levels


def test_levels_that_cannot_be_asked_for() -> None:
    problem = cx.TrainingProblem([[1.0, 2.0], [0.0, 1.0]], [1.0, -1.0], 0.1)
    for level in (cx.Level.NUMERICAL, "proved"):
        with pytest.raises(cx.ArgumentError, match="level"):
            cx.global_optimum(problem, level=level)  # type: ignore[arg-type]
    patterns = ar.enumerate_patterns(problem.arrangement)
    with pytest.raises(cx.ArgumentError, match="give one"):
        cx.global_optimum(problem, level=cx.Level.RIGOROUS, patterns=patterns)


def test_a_rigorous_result_writes_a_claim_by_one_more_pass() -> None:
    rng = np.random.default_rng(0)
    problem = cx.TrainingProblem(rng.standard_normal((50, 4)), rng.standard_normal(50), 5)
    best = cx.global_optimum(problem)
    assert best.level is cx.Level.RIGOROUS
    claim = best.claim()
    assert claim.cones is not None
    assert cx.verify(claim).relative_gap < 1e-9
    verdict = cx.certify(cx.train(problem, 4).network, problem)
    assert cx.verify(verdict.claim()).lower <= verdict.exact_upper


def test_a_time_limit_leaves_a_rigorous_bound() -> None:
    rng = np.random.default_rng(0)
    problem = cx.TrainingProblem(rng.standard_normal((80, 7)), rng.standard_normal(80), 5)
    best = cx.global_optimum(problem, level=cx.Level.PROVED, solver=cx.WorkingSet(time_limit=0.3))
    assert best.level is cx.Level.RIGOROUS
    assert best.stopped


def test_a_path_writes_a_claim_for_each_beta(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((12, 3)), rng.standard_normal(12)
    found = cx.regularization_path(X, y, count=3, claims=tmp_path / "claims")
    files = sorted((tmp_path / "claims").iterdir())
    assert [file.name for file in files] == [f"beta-{k:04d}.claim" for k in range(3)]
    for best, file in zip(found, files, strict=True):
        claim = cx.load_claim(file, best.problem)
        assert claim.beta == best.problem.exact_beta
        assert cx.verify(claim).lower == best.exact_lower


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("c*.claim")), ids=lambda path: path.stem)
def test_files_of_schema_1_stay_checkable(path: Path) -> None:
    assert cx.verify(cx.load_claim(path)).relative_gap < 1e-9

"""Turned axes are orthogonal and of one length exactly; proofs along them are as good as any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from oracles import cone_claims as page
from oracles.standalone import judge

import arrangements as ar
import convex_program as cx
from convex_program.dual import certify_on_cones, exact_peak
from convex_program.evidence import ConeTree
from convex_program.pricing import cone_proof, shortest_proof
from convex_program.pricing.turned_axes import axes_along_rows, turned_axes

ENTRIES = st.one_of(
    st.integers(-3, 3).map(float), st.floats(-1e3, 1e3), st.sampled_from([1e-200, 1e150, -1e-9])
)
ROWS = st.tuples(st.integers(0, 12), st.integers(1, 7)).flatmap(
    lambda shape: hnp.arrays(np.float64, shape, elements=ENTRIES)
)


@given(rows=ROWS)
def test_axes_are_orthogonal_of_one_length_and_worth_it(rows: Any) -> None:
    found = turned_axes(rows)
    if found is None:
        return
    axes = np.array(found, dtype=object)
    gram = axes @ axes.T
    length = gram[0, 0]
    assert length > 0
    assert (gram == length * np.eye(len(axes), dtype=object)).all()
    unit = axes.astype(float) / float(length) ** 0.5
    # ten binary places of the angles
    assert np.abs(rows @ unit.T).sum() <= 1.05 * np.abs(rows).sum()


@pytest.mark.parametrize(
    "rows",
    [
        np.eye(4),
        np.zeros((3, 4)),
        np.zeros((0, 4)),
        np.diag([1.0, -2.0, 3.0, 1e9]),
        np.ones((5, 1)),
    ],
    ids=["axes", "zeros", "no rows", "sizes", "one column"],
)
def test_rows_along_the_axes_need_no_other(rows: Any) -> None:
    assert turned_axes(rows) is None


@pytest.mark.parametrize("seed", range(6))
def test_rows_along_other_axes_are_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    rows = axes[rng.integers(0, 5, 40)] * rng.standard_normal((40, 1))
    found = turned_axes(rows)
    assert found is not None
    unit = np.array(found, dtype=float) / np.hypot.reduce(np.array(found[0], dtype=float))
    # each row is along one of them, but for the places of the angles
    assert (np.abs(rows @ unit.T).max(axis=1) >= 0.999 * np.hypot.reduce(rows, axis=1)).all()


@given(rows=ROWS)
def test_axes_along_rows_are_orthogonal_of_one_length(rows: Any) -> None:
    if turned_axes(rows) is None:  # what calls for them has asked that first
        return
    for found in axes_along_rows(rows, 3):
        axes = np.array(found, dtype=object)
        gram = axes @ axes.T
        assert gram[0, 0] > 0
        assert (gram == gram[0, 0] * np.eye(len(axes), dtype=object)).all()


@pytest.mark.parametrize("seed", range(4))
def test_axes_along_rows_make_entries_zero(seed: int) -> None:
    rows = np.random.default_rng(seed).standard_normal((30, 5))
    for found in axes_along_rows(rows, 5):
        unit = np.array(found, dtype=float) / np.hypot.reduce(np.array(found[0], dtype=float))
        entries = rows @ unit.T
        # one row has one entry, one at most two, ..., but for the places of the angles
        small = np.sort(
            (np.abs(entries) < 3e-3 * np.hypot.reduce(rows, axis=1)[:, None]).sum(axis=1)
        )
        assert small[-1] == 4
        assert (small[-4:] >= [1, 2, 3, 4]).all()


@pytest.mark.parametrize("n", [9, 12])
def test_the_shortest_of_the_trees_tried_is_taken(monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    rng = np.random.default_rng(n)
    asked = cx.TrainingProblem(rng.standard_normal((n, 5)), rng.standard_normal(n), 0.1)
    written: list[bytes] = []
    one = cone_proof.ConeProof.write

    def watched(self: Any, starts: Any = None) -> bytes | None:
        tree = one(self, starts)
        written.extend([] if tree is None else [tree])
        return tree

    monkeypatch.setattr(cone_proof.ConeProof, "write", watched)
    certificate = certify_on_cones(asked, asked.targets)
    assert certificate is not None
    assert isinstance(certificate.evidence, ConeTree)
    assert certificate.evidence.tree == min(written, key=len) == written[-1]
    assert 1 <= len(written) <= 5
    # each is as good: the bound does not depend on the axes
    monkeypatch.setattr(shortest_proof, "_TRIES", 0)
    alone = certify_on_cones(asked, asked.targets)
    assert alone is not None
    assert alone.scale == pytest.approx(certificate.scale, rel=1e-8)


def problem(seed: int, kind: str) -> cx.TrainingProblem:
    """Return a problem in four or five columns."""
    rng = np.random.default_rng(seed)
    n, d = 9, 4 + seed % 2
    X = rng.standard_normal((n, d))
    if kind == "integers":
        X = rng.integers(-3, 4, (n, d)).astype(float)
    if kind == "parallel up to rounding":
        X[1], X[2] = 0.3 * X[0], -0.7 * X[0]
    if kind == "tiny and huge":
        X *= 2.0 ** rng.integers(-40, 40, (n, 1))
    activation = cx.LeakyReLU(0.125) if kind == "leaky" else cx.ReLU()
    return cx.TrainingProblem(X, rng.standard_normal(n), 0.05, activation=activation)


@pytest.mark.parametrize(
    "kind", ["normal", "integers", "parallel up to rounding", "tiny and huge", "leaky"]
)
@pytest.mark.parametrize("seed", range(4))
def test_all_checkers_agree_and_the_bound_is_the_maximum(
    seed: int, kind: str, tmp_path: Path
) -> None:
    asked = problem(seed, kind)
    best = cx.global_optimum(asked, level=cx.Level.RIGOROUS)
    claim = best.claim()
    assert claim.cones is not None
    path = tmp_path / "a.claim"
    cx.save_claim(claim, path)
    data = path.read_bytes()
    bounds = judge(data)
    assert bounds is not None
    assert bounds == page.check(data)
    assert cx.verify(cx.load_claim(path)).lower == bounds[1]
    # the whole list of cells, by other code; no bound is needed below the one with the best scale
    vector, scale = np.array(claim.dual.vector), claim.dual.scale
    peak = float(exact_peak(asked, ar.enumerate_patterns(asked.arrangement), vector)) ** 0.5
    assert float(bounds[2]) <= max(peak, asked.decay / scale) * (1.0 + 1e-8)
    points = np.random.default_rng(seed).standard_normal((300, asked.gauge.columns))
    points = np.concatenate([points, best.network.hidden])
    values = np.abs(asked.activation(points @ asked.gauge.features.T) @ vector)
    assert (values <= float(bounds[2]) * np.hypot.reduce(points, axis=1) * (1.0 + 1e-9)).all()


def test_rows_nearly_in_a_plane_keep_their_axes() -> None:
    # along rounded axes this tree came to no end; along its own it has some hundred leaves
    rng = np.random.default_rng(0)
    X = rng.standard_normal((13, 5))
    X[:, 1] = X[:, 0] + 1e-9 * rng.standard_normal(13)
    assert turned_axes(X) is None
    asked = cx.TrainingProblem(X, rng.standard_normal(13), 0.01)
    assert certify_on_cones(asked, asked.targets, most_bytes=1_000_000) is not None


def test_a_tree_too_large_is_written_along_the_axes_of_the_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    asked = cx.TrainingProblem(rng.standard_normal((10, 4)), rng.standard_normal(10), 0.1)
    turned = certify_on_cones(asked, asked.targets)
    monkeypatch.setattr(shortest_proof, "_BYTES", 10)
    straight = certify_on_cones(asked, asked.targets)
    assert turned is not None
    assert straight is not None
    assert isinstance(turned.evidence, ConeTree)
    assert isinstance(straight.evidence, ConeTree)
    assert turned.evidence.setting.basis is not None
    assert straight.evidence.setting.basis is None
    assert straight.scale == pytest.approx(turned.scale, rel=1e-9)


def test_axes_are_turned_at_ranks_four_and_five() -> None:
    rng = np.random.default_rng(0)
    for d, turned in ((3, False), (4, True), (5, True), (6, False)):
        asked = cx.TrainingProblem(rng.standard_normal((10, d)), rng.standard_normal(10), 0.1)
        certificate = certify_on_cones(asked, asked.targets)
        assert certificate is not None
        assert isinstance(certificate.evidence, ConeTree)
        assert (certificate.evidence.setting.basis is not None) is turned

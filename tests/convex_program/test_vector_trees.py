"""Trees of cones for several outputs: what a leaf shows, what trees are written, what is refused."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import arrangements as ar
import convex_program as cx
from convex_program.bracket import Bracket
from convex_program.dual import best_scale, certify_on_cones
from convex_program.errors import ClaimError
from convex_program.evidence import VectorConeTree
from convex_program.evidence.lines import Metric
from convex_program.evidence.vector_leaf import (
    Leaf,
    Mixed,
    check_vector_leaf,
    dot,
    semidefinite,
)

_TRIES = 4_000


def test_a_leaf_that_is_accepted_bounds_its_cone() -> None:
    """Degenerate cones and rows of small integers, both proofs, any theta, in fractions."""
    rng = random.Random(0)  # noqa: S311 - repeatable
    accepted = {False: 0, True: 0}
    for _ in range(_TRIES):
        cone, metric, basis = random_cone(rng)
        form, rank = rng.random() < 0.5, len(cone.generators)
        largest = max(exact_ratio(cone, basis, lam) for lam in points(rng, rank))
        level = max(1, int(float(largest) ** 0.5 * rng.choice([0.9, 0.99, 1.0, 1.2, 2.0]) + 0.5))
        whole = (1 << rng.randint(1, 3)) - 1
        entries = [rng.randint(0, level) for _ in range(rank)]
        if form:
            entries = [rng.choice([0, 0, rng.randint(0, level**2)]) for _ in range(rank)]
        elif rng.random() < 0.8:
            entries = along_the_cone(cone, metric, level)
        shares = [rng.randint(0, whole) for _ in cone.weights]
        leaf = Leaf(form, entries, shares, whole)
        try:
            check_vector_leaf(cone, leaf, Fraction(level), metric)
        except ClaimError:
            continue
        accepted[form] += 1
        assert largest <= level**2
    assert min(accepted.values()) > _TRIES // 20


def random_cone(rng: random.Random) -> tuple[Mixed, Metric, Any]:
    rank, outputs = rng.randint(1, 4), rng.randint(1, 3)
    basis = None
    if rng.random() < 0.3:
        vectors = [[rng.randint(-2, 2) for _ in range(rank + 1)] for _ in range(rank)]
        try:
            Metric(tuple(map(tuple, vectors)))
            basis = tuple(map(tuple, vectors))
        except ClaimError:
            basis = None
    signs = [rng.choice([-1, 1]) for _ in range(rank)]
    narrow = rng.random() < 0.7
    middle = [rng.randint(1, 20) for _ in range(rank)]
    generators = [
        [
            s * (m * narrow + rng.randint(i != k and narrow, 3)) or s * (i == k)
            for k, (s, m) in enumerate(zip(signs, middle, strict=True))
        ]
        for i in range(rank)
    ]
    rows, weights = [], []
    for _ in range(rng.randint(0, 4)):
        row = [rng.randint(-9, 9) for _ in range(rank)]
        if rng.random() < 0.5 and rank > 1:  # nearly through the middle of the cone
            total = dot(row[1:], middle[1:])
            row = [middle[0] * x for x in row]
            row[0] = -total * signs[0] * signs[0]
            row = [x * s for x, s in zip(row, signs, strict=True)]
            row[0] = (
                -dot([s * m for s, m in zip(signs[1:], middle[1:], strict=True)], row[1:])
                * signs[0]
                // middle[0]
            )
        values = [dot(row, g) for g in generators]
        if min(values) < 0 < max(values):
            rows.append(row)
            weights.append([rng.randint(-5, 5) for _ in range(outputs)])
    linear = [[rng.randint(-20, 20) for _ in range(outputs)] for _ in range(rank)]
    fixed = [[dot(g, column) for column in zip(*linear, strict=True)] for g in generators]
    cone = Mixed(
        generators,
        [[dot(row, g) for row in rows] for g in generators],
        fixed,
        weights,
        [int(dot(w, w) ** 0.5) + 1 for w in weights],
        [[dot(one, other) for other in weights] for one in weights],
    )
    return cone, Metric(basis), basis


def points(rng: random.Random, rank: int) -> list[list[int]]:
    corners = [list(x) for x in product([0, 1], repeat=rank) if any(x)]
    return corners + [[rng.randint(0, 7) for _ in range(rank - 1)] + [1] for _ in range(20)]


def exact_ratio(cone: Mixed, basis: Any, lam: list[int]) -> Fraction:
    """Return |F|^2 / c'Mc at a point of the cone."""
    c = [dot(lam, column) for column in zip(*cone.generators, strict=True)]
    image = [dot(lam, column) for column in zip(*cone.fixed, strict=True)]
    for e, weight in enumerate(cone.weights):
        t = max(0, dot(lam, [column[e] for column in cone.values]))
        image = [x + t * w for x, w in zip(image, weight, strict=True)]
    u = c if basis is None else [dot(c, column) for column in zip(*basis, strict=True)]
    return Fraction(dot(image, image), dot(u, u))


def along_the_cone(cone: Mixed, metric: Metric, level: int) -> list[int]:
    """Return integers along the sum of the generators, no longer than the level."""
    centre = [sum(column) for column in zip(*cone.generators, strict=True)]
    if metric.basis is not None:  # its dual vector is M z
        rank = len(centre)
        unit = [[int(i == k) for k in range(rank)] for i in range(rank)]
        centre = [metric.inner(row, centre) for row in unit]
    length = float(metric.square(centre)) ** 0.5 or 1.0
    return [int(level * x / length) for x in centre]


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ([[0, 0], [0, 0]], True),
        ([[0, 1], [1, 5]], False),
        ([[1, 2], [2, 4]], True),
        ([[1, 2], [2, 3]], False),
        ([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]], True),
        ([[2, -1, -1], [-1, 2, -1], [-1, -1, 1]], False),
        ([[-1]], False),
    ],
)
def test_semidefinite(matrix: list[list[int]], *, expected: bool) -> None:
    assert semidefinite(matrix) is expected


LOSSES: dict[str, cx.Loss] = {
    "squared": cx.Squared(),
    "huber": cx.Huber(0.5),
    "absolute": cx.Absolute(),
    "quantile": cx.Quantile(0.3),
    "logistic": cx.Logistic(),
    "hinge": cx.Hinge(),
    "squared-hinge": cx.SquaredHinge(),
    "cross-entropy": cx.SoftmaxCrossEntropy(),
}
DATA: dict[str, Any] = {
    "generic": lambda rng: rng.normal(size=(9, 2)),
    "decimals": lambda rng: [[f"{x:.1f}" for x in row] for row in rng.normal(size=(8, 2))],
    "parallel": lambda _: np.outer([1.0, -2.0, 3.0, 0.1, 0.0, 1.0], [0.3, 0.7]) + np.eye(6, 2),
    "parallel up to rounding": lambda rng: np.vstack(
        [rng.normal(size=(4, 2)), [[0.1, 0.3], [0.2, 0.6], [0.30000000000000004, 0.9]]]
    ),
    "low rank": lambda rng: rng.integers(-9, 10, size=(7, 2)) @ [[1, 2, 0, 1], [0, 1, 1, -1]],
    "low rank of floats": lambda rng: rng.normal(size=(7, 2)) @ np.array([[1.0, 0, 1], [0, 1, 0]]),
    "one column": lambda _: np.array([[-1.0], [2.0], [0.0], [3.0]]),
    "zeros": lambda _: np.zeros((4, 2)),
    "coordinates": lambda _: np.vstack([np.eye(3), -np.eye(3)]),
    "bias": lambda rng: np.column_stack([rng.integers(-2, 3, size=(8, 2)), np.ones(8)]),
    "huge and tiny": lambda rng: rng.normal(size=(7, 2)) * [1e12, 1e-9],
}


def example(
    kind: str, loss: str, outputs: int = 2, seed: int = 0, **settings: Any
) -> tuple[cx.TrainingProblem, cx.Network]:
    """Return a problem and a random network."""
    rng = np.random.default_rng(seed)
    rows = DATA[kind](rng)
    n, d = len(rows), len(rows[0])
    y: Any = rng.normal(size=(n, outputs))
    if LOSSES[loss].whole_rows:
        y = np.arange(n) % outputs
    elif not LOSSES[loss].scales:
        y = np.where(y > 0, 1, -1)
    data = ar.DataMatrix.from_decimals(rows) if kind == "decimals" else rows
    problem = cx.TrainingProblem(data, y, "0.3", loss=LOSSES[loss], **settings)
    biased = not isinstance(problem.output_bias, cx.NoBias)
    size = float(np.abs(problem.features).max()) or 1.0
    network = cx.Network(
        rng.normal(size=(2, d)) / size,
        rng.normal(size=(2, outputs)),
        rng.normal(size=outputs) if biased else 0.0,
        activation=problem.activation,
    )
    return problem, network


def proved(problem: cx.TrainingProblem, network: cx.Network) -> cx.Certificate:
    certificate = certify_on_cones(problem, problem.residual(network))
    assert certificate is not None
    assert certificate.level is cx.Level.PROVED
    return certificate


def reached(problem: cx.TrainingProblem, certificate: cx.Certificate) -> float:
    """Return the largest |V^T phi(Xu)| of many directions, kinks among them, in floats."""
    rng, rows = np.random.default_rng(1), problem.features
    scales = np.abs(rows).max(axis=0)
    scaled = rows / np.where(scales > 0, scales, 1.0)
    free = problem.gauge.constants
    u = np.vstack([rng.normal(size=(20_000, rows.shape[1])), scaled, -scaled])
    u = np.vstack([u, u / np.where(scales > 0, scales, 1.0)])
    if rows.shape[1] == 2:
        normals = rows[:, ::-1] * [1.0, -1.0]
        u = np.vstack([u, normals, -normals])
    if free:
        k = rng.integers(0, len(rows), size=len(u))
        u[:, -1] = -(rows[k, :-1] * u[:, :-1]).sum(axis=1)
    size = np.linalg.norm(u[:, :-1] if free else u, axis=1)
    matrix = np.array(certificate.vector).reshape(-1, problem.outputs)
    kept = size > 0
    image = np.linalg.norm(problem.activation(rows @ u[kept].T).T @ matrix, axis=1)
    return float((image / size[kept]).max(initial=0.0))


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("outputs", [2, 3])
def test_bounds_hold_and_are_sharp_for_every_kind_of_data(kind: str, outputs: int) -> None:
    problem, network = example(kind, "squared", outputs)
    certificate = proved(problem, network)
    square = certificate.evidence.square(problem.exact, certificate.vector)
    assert square is not None
    bound, value = float(square) ** 0.5, reached(problem, certificate)
    assert value <= bound * (1 + 1e-12)
    level = problem.decay / best_scale(problem, np.array(certificate.vector), math.inf)
    sharp = 1e-4 if problem.data.shape[1] < 3 else 0.03  # so much sampling misses
    assert bound <= max(value * (1 + sharp), level * (1 + 1e-9))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("bias", [cx.NoBias(), cx.FreeBias(), cx.DecayedBias()])
@pytest.mark.parametrize("activation", [cx.ReLU(), cx.LeakyReLU(0.1), cx.AbsoluteValue()])
def test_a_claim_is_written_read_and_verified(
    loss: str, bias: Any, activation: Any, tmp_path: Path
) -> None:
    weights = [1, 2, 0.5, 0, 1, 1, 3, 1, 1] if isinstance(bias, cx.FreeBias) else None
    problem, network = example(
        "generic", loss, output_bias=bias, activation=activation, sample_weight=weights
    )
    bracket = Bracket(network, proved(problem, network))
    claim = bracket.claim()
    cx.save_claim(claim, tmp_path / "claim")
    loaded = cx.load_claim(tmp_path / "claim", problem)
    assert loaded == claim
    found = cx.verify(loaded)
    assert claim.lower <= found.lower <= found.upper <= claim.upper
    assert found.level is cx.Level.PROVED
    other = replace(claim, lower=claim.lower + Fraction(1, 10**6))
    with pytest.raises(ClaimError, match="dual value"):
        cx.verify(other)


@pytest.mark.parametrize("seed", range(3))
def test_a_hidden_bias_without_decay(seed: int) -> None:
    """Through the evidence alone: solvers are another matter."""
    problem, network = example(
        "bias", "squared", seed=seed, hidden_bias=cx.FreeHiddenBias(), output_bias=cx.FreeBias()
    )
    certificate = proved(problem, network)
    square = certificate.evidence.square(problem.exact, certificate.vector)
    assert square is not None
    assert reached(problem, certificate) <= float(square) ** 0.5 * (1 + 1e-12)


def test_trees_that_are_changed_are_refused_or_hold() -> None:
    """Every accepted tree covers space and proves its level, whatever its bytes."""
    problem, network = example("generic", "squared", 3)
    certificate = proved(problem, network)
    evidence = certificate.evidence
    assert isinstance(evidence, VectorConeTree)
    rng, value, refused = random.Random(0), reached(problem, certificate), 0  # noqa: S311
    for _ in range(300):
        tree = bytearray(evidence.tree)
        place = rng.randrange(len(tree))
        tree[place] ^= 1 << rng.randrange(8)
        bar = evidence.bar * rng.choice([1, 1, 2]) / rng.choice([1, 1, 2])
        changed = replace(evidence, tree=bytes(tree), bar=bar)
        try:
            square = changed.square(problem.exact, certificate.vector)
        except ClaimError:
            refused += 1
            continue
        assert square is not None
        assert value <= float(square) ** 0.5 * (1 + 1e-12)
    assert 50 < refused < 300
    for tree in (evidence.tree[:-1], evidence.tree + b"\0", b""):
        with pytest.raises(ClaimError):
            replace(evidence, tree=tree).square(problem.exact, certificate.vector)
    for bar in (Fraction(0), Fraction(-1), evidence.bar * 99 / 100):
        with pytest.raises(ClaimError):
            replace(evidence, bar=bar).square(problem.exact, certificate.vector)


def test_a_level_that_floats_cannot_show_is_raised() -> None:
    """A neuron on a kink comes within 1e-11 of the level: its cones become too thin before floats can tell."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    Y = np.sin(2 * X @ rng.normal(size=(3, 3))) + 0.3 * rng.normal(size=(200, 3))
    best = cx.global_optimum(cx.TrainingProblem(X, Y, 0.3 * cx.beta_max(X, Y)))
    found = cx.verify(best.claim())
    assert found.level is cx.Level.PROVED
    assert found.relative_gap <= 1e-8

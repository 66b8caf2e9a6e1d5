"""The first three data sets of the comparison with other solvers: gap below 1e-6, proved."""

from __future__ import annotations

import numpy as np
import pytest

import convex_program as cx


@pytest.mark.parametrize(
    ("n", "patterns", "penalty"),
    [(10, 92, 0.333222), (20, 382, 0.844304), (40, 1562, 0.692640)],
)
def test_random_data_with_a_bias_column(n: int, patterns: int, penalty: float) -> None:
    rng = np.random.default_rng(0)
    X = np.c_[rng.standard_normal((n, 2)), np.ones(n)]
    y = rng.standard_normal(n)
    best = cx.global_optimum(cx.TrainingProblem(X, y, penalty / 2))
    assert best.patterns == patterns
    assert best.relative_gap < 1e-6
    assert best.level is cx.Level.PROVED
    verified = cx.verify(best.claim())
    assert verified.level is cx.Level.PROVED
    # There the penalty is 5 % of the one that zeroes the network, twice our beta.
    evidence = best.certificate.evidence
    assert isinstance(evidence, cx.ListedCells)
    every = evidence.patterns
    assert 2 * 0.05 * cx.beta_max(X, y, patterns=every) == pytest.approx(penalty, abs=1e-6)

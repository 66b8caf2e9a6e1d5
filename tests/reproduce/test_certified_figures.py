"""Descent against the certified optimum: what the figures claim."""

from __future__ import annotations

import numpy as np
import pytest
from certified import CertifiedRuns, Success
from downhill import Downhill, MinimaGaps


def test_no_run_is_below_the_bound_and_narrow_ones_miss_patterns() -> None:
    figure = CertifiedRuns.computed()
    assert figure.gaps.shape == (20, 2001)
    assert figure.gaps.min() >= 0
    ends, missed = figure.gaps[:, -1], (~figure.visited).any(axis=1)
    assert figure.visited.any()
    # Where a run is at the optimum, its neurons are where the optimum's are.
    assert not missed[ends < 1e-9].any()
    assert missed.any()
    assert (ends > 1e-3).any()


def test_wide_networks_reach_the_optimum_more_often() -> None:
    figure = Success.computed(sizes=((10, 2),), widths=(2, 64))
    assert figure.places == ((10, 2, 2), (10, 2, 64))
    assert figure.gaps.shape == (2, 20)
    assert figure.gaps.min() >= 0
    narrow, wide = figure.shares(1e-2)
    assert narrow <= 0.5
    assert wide >= 0.9
    assert (figure.shares(1e-3) <= figure.shares(1e-2)).all()


def test_the_path_never_rises_and_the_straight_line_does() -> None:
    found = [Downhill.computed(seed) for seed in range(20)]
    assert sum(not figure.rises()[0] for figure in found) == 20
    assert sum(figure.rises()[1] for figure in found) >= 18
    for figure in found:
        assert figure.path[0] == pytest.approx(figure.straight[0])
        assert figure.path[-1] == pytest.approx(figure.straight[-1])
        assert figure.path[-1] <= figure.path[0]


def test_more_neurons_have_a_better_best_minimum() -> None:
    figure = MinimaGaps.computed(widest=2)
    one, two = figure.gaps()
    assert min(two) <= min(one) + 1e-9
    assert min(one) >= -1e-12
    # Every minimum of one neuron is one of two: copies that share its weight.
    for gap in one:
        assert np.isclose(gap, two, rtol=0, atol=1e-6).any()

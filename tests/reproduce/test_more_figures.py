"""Minima, moving points, current patterns, cones, orthogonal data: what the figures claim."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from cones import Cones
from current import CurrentPatterns
from figure_claims import SEEDS, holds
from minima import LocalMinima, Walkthrough
from moving import MovingPoint
from orthogonal import BETAS, Orthogonal
from scene import Scene
from training import TwoPhases


def test_one_neuron_has_two_minima_and_no_pattern_with_both_points() -> None:
    figure = Walkthrough.computed()
    # By hand: fit one point and lose the other's label, squared.
    assert figure.minima() == [(-1.0, 0.25), (0.5, 1.0)]
    allowed = {name: figure.allowed(active).sum() for name, active in figure.programs.items()}
    assert allowed == {"u1": 81, "u2": 81, "u3": 1}
    assert figure.programs["u3"] not in figure.patterns
    assert all(figure.programs[name] in figure.patterns for name in ("u1", "u2"))
    both = figure.linear(figure.programs["u3"])
    # (-u - 1)^2 + (u - 1/2)^2 is least at -1/4, where it is 9/8.
    assert figure.weights[both.argmin()] == -0.25
    assert both.min() == pytest.approx(1.125)


def test_one_and_two_neurons_have_the_minima_of_the_closed_form() -> None:
    figure = LocalMinima.computed()
    # A neuron on one point with label y costs beta y - beta^2 / 2, and y^2 / 2 if it stays away.
    served, left = (lambda y: 0.1 * y - 0.005), (lambda y: y * y / 2)
    stuck = sorted([served(2) + left(1), served(1) + left(2)])
    assert [one.value for one in figure.one] == pytest.approx(stuck)
    assert [one.value for one in figure.two] == pytest.approx([served(1) + served(2), *stuck])
    assert figure.optimum.upper == pytest.approx(served(1) + served(2))


def test_thirty_neurons_reach_the_optimum() -> None:
    def claim(seed: int) -> bool:
        figure = LocalMinima.computed(seed)
        assert figure.stops >= 0 or figure.stops == pytest.approx(0, abs=1e-12)
        return figure.stops < 1e-3

    assert holds(claim)


def test_the_activation_point_crosses_the_data_point_once() -> None:
    assert MovingPoint.computed().losses[0] == pytest.approx((0.25 + 0.85**2) / 2, rel=1e-6)

    def claim(seed: int) -> bool:
        figure = MovingPoint.computed(seed)
        points = figure.history.activation_points()[:, 0]
        active = figure.active()
        assert active[:, 1].all()
        first, step = points[0], figure.crosses
        if step is None or not -0.2 < first < 1.0:
            return False
        before, after = active[:step, 0], active[step:, 0]
        return bool(not before.any() and after.all() and figure.losses[-1] < 1e-6)

    assert holds(claim)


def test_descent_beats_the_convex_optimum_over_the_first_patterns() -> None:
    def claim(seed: int) -> bool:
        figure = CurrentPatterns.computed(seed, every=450)
        # Before the first step no network with these patterns is better than their optimum.
        assert figure.convex[0] <= figure.descent[0]
        assert figure.steps.tolist() == [0, 450]
        return bool(figure.descent[-1] < 0.1 * figure.convex[0] and figure.beaten is not None)

    assert holds(claim)


def test_neurons_turn_first_and_then_the_loss_falls() -> None:
    def claim(seed: int) -> bool:
        figure = TwoPhases.computed(seed)
        return 0 < figure.aligned < figure.falls and figure.run.losses[-1] < 1e-2

    assert holds(claim)


def test_three_points_make_six_cones() -> None:
    for seed in SEEDS:
        figure = Cones.computed(seed)
        assert len(figure.patterns) == 2 * 3
        sides = figure.neurons() @ figure.points.T
        assert ((sides > 0) == figure.patterns.activations()).all()
        # The pictures' own way to the same cones, by angles.
        borders = figure.borders()
        middles = (borders + np.append(borders[1:], borders[0] + 2 * np.pi)) / 2
        seen = np.column_stack([np.cos(middles), np.sin(middles)]) @ figure.points.T > 0
        assert {tuple(row) for row in seen.tolist()} == {
            tuple(map(bool, pattern)) for pattern in figure.patterns
        }


def test_lines_of_neurons_gather_and_the_clusters_are_told_apart() -> None:
    def claim(seed: int) -> bool:
        figure = Scene.computed(seed)
        unique = figure.history.unique_patterns()
        return bool(unique[-1] <= unique[0] / 2 and figure.right()[-1] == 1)

    assert holds(claim)


def test_orthogonal_data_have_the_closed_form_in_the_limit() -> None:
    def claim(seed: int) -> bool:
        figure = Orthogonal.computed(seed, scales=(1e-3,))
        ratios = figure.ratios()
        certified = [
            optimum.lower / beta / figure.limit
            for beta, optimum in zip(BETAS, figure.optima, strict=True)
        ]
        # A network through all labels costs the closed form times beta: no optimum is above.
        assert (ratios <= 1 + 1e-9).all()
        near = certified[-1] > 1 - 1e-4 and bool((np.diff(ratios) > 0).all())
        # Small first weights come near the least weight of all that fit.
        fits = bool(figure.losses[-1] < 1e-3)
        return near and fits and bool(0.99 < figure.descents[-1] / figure.limit < 1.2)

    assert holds(claim)


def test_a_film_is_written_beside_picture_and_table(tmp_path: Path) -> None:
    with mpl.rc_context({"backend": "Agg"}):
        paths = MovingPoint.computed().write(tmp_path)
    kinds = {path.suffix: path.read_bytes() for path in paths}
    assert set(kinds) == {".png", ".csv", ".gif"}
    assert kinds[".gif"].startswith(b"GIF89a")

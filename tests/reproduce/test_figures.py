"""The article's figures show what the article describes, for eighteen seeds of twenty."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from figure_claims import holds
from landscapes import Product, TwoNeurons
from patterns import FOUR, FourPoints, UniquePatterns
from tool_rooms import TOOLS
from training import LargeStart, SmallStart


def test_two_neurons_have_two_minima_and_their_loss_is_zero() -> None:
    figure = TwoNeurons.computed()
    assert figure.minima() == [(2.0, -1.0), (-1.0, 2.0)]
    assert figure.losses.min() == pytest.approx(0.0, abs=1e-25)


def test_two_neurons_get_stuck_where_both_serve_one_point() -> None:
    def loss(first: float, second: float) -> float:
        left = max(-first, 0) + max(-second, 0) - 1
        right = max(first, 0) + max(second, 0) - 2
        return (left**2 + right**2) / 2

    # By hand: one point is fitted, and the other's label is lost, squared and halved.
    for (first, second), stuck in zip(TwoNeurons.valleys(), (2.0, 0.5), strict=True):
        for share in np.linspace(0.05, 0.95, 7):
            place = [float(np.interp(share, [0, 1], ends)) for ends in (first, second)]
            assert loss(*place) == pytest.approx(stuck)
            for angle in np.linspace(0, 2 * np.pi, 33):
                near = place[0] + 0.01 * np.cos(angle), place[1] + 0.01 * np.sin(angle)
                assert loss(*near) >= stuck - 1e-12


def test_decay_balances_a_product() -> None:
    figure = Product.computed()
    root, loss = figure.least
    # The derivative (xy - 1) y + beta x vanishes at (t, t), and nothing on the grid is below.
    assert (root * root - 1) * root + figure.beta * root == pytest.approx(0.0, abs=1e-15)
    assert figure.losses.min() == pytest.approx(loss, abs=1e-4)
    assert figure.losses.min() >= loss * (1.0 - 1e-14)


def test_four_points_have_eight_patterns_not_ten() -> None:
    patterns = FourPoints.computed().patterns
    # By hand: prefixes and suffixes of four points in order.
    expected = {tuple(i < k for i in range(4)) for k in range(5)}
    expected |= {tuple(i >= k for i in range(4)) for k in range(5)}
    assert {tuple(map(bool, pattern)) for pattern in patterns} == expected
    assert len(expected) == 8


def test_twenty_patterns_at_the_start_and_at_most_eight_at_the_end() -> None:
    def claim(seed: int) -> bool:
        figure = UniquePatterns.computed(seed)
        assert figure.possible == 3_836_629_637_040
        fits = figure.losses[-1] < 1e-2 * figure.losses[0]
        return bool(figure.unique[0] == 20 and figure.unique[-1] <= 8 and fits)

    assert holds(claim)


def test_small_first_weights_align_before_the_loss_falls() -> None:
    def claim(seed: int) -> bool:
        figure = SmallStart.computed(seed)
        assert figure.losses[0] == pytest.approx(0.7489, abs=1e-4)
        low, _, high = figure.quantiles(0)
        fits = figure.losses[-1] < 1e-2
        # Small neurons turn to the sum of y_i (x_i, 1), and end where 0.6 x + 0.7 is zero.
        x, y = np.array(FOUR), 0.6 * np.array(FOUR) + 0.7
        met, end = figure.quantiles(figure.below(0.9))[1], figure.quantiles(-1)[1]
        turned = abs(met + y.sum() / (x @ y)) < 0.1 and abs(end + 7 / 6) < 0.01
        return bool(fits and turned and figure.spread(0.9) < 0.1 * (high - low))

    assert holds(claim)


def test_large_first_weights_hardly_move() -> None:
    def claim(seed: int) -> bool:
        figure = LargeStart.computed(seed)
        fits = figure.losses[-1] < 1e-2 * figure.losses[0]
        return bool(fits and np.median(figure.moved()) < 1e-2)

    assert holds(claim)


def test_a_figure_is_a_picture_a_table_and_a_film(tmp_path: Path) -> None:
    with mpl.rc_context({"backend": "Agg"}):
        figure = SmallStart.computed()
        picture, table, film = figure.write(tmp_path)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert film.read_bytes().startswith(b"GIF8")
    with table.open() as lines:
        header, first, *_ = csv.reader(lines)
    assert header == ["step", "loss", "point at 10%", "point at 50%", "point at 90%"]
    assert float(first[1]) == figure.losses[0]


def test_the_command_says_which_figures_there_are(tmp_path: Path) -> None:
    command = [sys.executable, str(TOOLS / "reproduce"), "--out", str(tmp_path)]
    unknown = subprocess.run(  # noqa: S603 - our own tool
        [*command, "mona-lisa"], capture_output=True, text=True, check=False
    )
    assert unknown.returncode == 2
    assert "four-points" in unknown.stderr
    made = subprocess.run(  # noqa: S603 - our own tool
        [*command, "four-points"], capture_output=True, text=True, check=True
    )
    assert "8 patterns" in made.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"four-points.png", "four-points.csv"}

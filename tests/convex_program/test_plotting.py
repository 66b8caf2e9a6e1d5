"""Pictures of paths show the numbers of the path."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

import arrangements as ar
import convex_program as cx


@pytest.fixture(autouse=True)
def without_a_screen() -> Iterator[None]:
    mpl.use("Agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def path() -> cx.RegularizationPath:
    rng = np.random.default_rng(0)
    return cx.regularization_path(rng.standard_normal((8, 2)), rng.standard_normal(8), count=4)


def test_dots_are_objectives_and_the_band_encloses_them(path: cx.RegularizationPath) -> None:
    axes = cx.plotting.draw_objective(path, Figure().add_subplot())
    objective, loss = axes.lines
    np.testing.assert_array_equal(objective.get_xdata(), path.betas)
    np.testing.assert_array_equal(objective.get_ydata(), path.upper)
    np.testing.assert_array_equal(loss.get_ydata(), path.losses)
    (band,) = axes.collections
    corners = band.get_paths()[0].vertices
    assert corners[:, 0].min() == path.betas[-1]
    assert corners[:, 0].max() == path.betas[0]
    for beta, upper, lower in zip(path.betas, path.upper, path.lower, strict=True):
        heights = corners[corners[:, 0] == beta, 1]
        assert heights.min() == lower
        assert lower <= heights.max() <= upper


def test_widths_are_neurons(path: cx.RegularizationPath) -> None:
    (line,) = cx.plotting.draw_widths(path).lines
    np.testing.assert_array_equal(line.get_ydata(), path.widths)
    assert all(tick == int(tick) for tick in line.axes.get_yticks())


@pytest.mark.parametrize("suffix", ["png", "PDF", "svg"])
def test_a_file(path: cx.RegularizationPath, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"picture.{suffix}"
    cx.plotting.save_path(path, target)
    begins = {"png": b"\x89PNG", "PDF": b"%PDF", "svg": b"<?xml"}
    assert target.read_bytes().startswith(begins[suffix])


def test_one_beta_is_a_picture_too() -> None:
    path = cx.regularization_path([[1.0], [-1.0]], [1.0, 2.0], [0.5])
    assert cx.plotting.draw_objective(path).get_xscale() == "log"


def test_without_matplotlib_the_message_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None; import convex_program as cx\n"
        "path = cx.regularization_path([[1.0], [-1.0]], [1.0, 2.0], [0.5])\n"
        "cx.plotting.draw_widths(path)"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own text
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"{ar.ArgumentError.__name__}: pictures need matplotlib" in done.stderr

"""Pictures: what they show is what the exact lists say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Wedge
from zoo import Matrix, matrices

import arrangements as ar
from arrangements import catalogue, plotting

SQUARE = [[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]]


@pytest.fixture(autouse=True)
def without_a_screen() -> Iterator[None]:
    mpl.use("Agg")
    yield
    plt.close("all")


def axes() -> Axes:
    return Figure().add_subplot()


def texts(picture: Axes) -> list[str]:
    return [text.get_text() for text in picture.texts]


def patterns(data: Any) -> set[str]:
    return {"".join("1" if bit else "0" for bit in row) for row in ar.enumerate_patterns(data)}


@given(matrices(max_rows=7, max_columns=3))
@settings(max_examples=30)
def test_rays_show_every_pattern_once(rows: Matrix) -> None:
    arrangement = ar.Arrangement(rows)
    assume(arrangement.rank == 2)
    picture = plotting.draw_rays(arrangement, axes(), labels=True)
    assert len([patch for patch in picture.patches if isinstance(patch, Wedge)]) == len(
        texts(picture)
    )
    assert sorted(texts(picture)) == sorted(patterns(arrangement))


def test_sectors_fill_the_plane() -> None:
    picture = plotting.draw_rays(catalogue.grid(6), axes(), labels=False)
    wedges = [patch for patch in picture.patches if isinstance(patch, Wedge)]
    assert sum((wedge.theta2 - wedge.theta1) % 360 for wedge in wedges) == pytest.approx(360)
    assert texts(picture) == []
    assert picture.get_title() == "12 patterns of 6 rows"


def test_the_hemisphere_of_the_square() -> None:
    # Of its 14 patterns the 7 with the first bit set have a positive bias.
    expected = {text for text in patterns(SQUARE) if text[0] == "1"}
    assert len(expected) == 7
    for draw in (plotting.draw_sphere, plotting.draw_slice):
        picture = draw(SQUARE, axes())
        assert sorted(texts(picture)) == sorted(expected)


def test_the_sphere_of_the_braid_arrangement() -> None:
    assert len(texts(plotting.draw_sphere(catalogue.braid(4), axes()))) == 12


def test_a_slice_of_an_affine_arrangement() -> None:
    # Four lines: x = 0, y = 1, x + y + 1 = 0, x = y.  Three meet in no point.
    lines = ar.Arrangement.affine([[1, 0], [0, 1], [1, 1], [1, -1]], [0, -1, 1, 0])
    assert ar.count_regions(lines) == 11
    picture = plotting.draw_slice(lines, axes())
    assert sorted(texts(picture)) == sorted(patterns(lines))


def test_lines_through_one_point_fill_the_slice() -> None:
    # Three lines through (-1, -2), and a plane that the slice misses.
    pencil = [[1, 0, 1], [0, 1, 2], [1, 1, 3], [0, 0, 1]]
    picture = plotting.draw_slice(pencil, axes())
    assert picture.get_title() == "3 lines (weight of column 2 is 1)"
    (left, right), (bottom, top) = picture.get_xlim(), picture.get_ylim()
    assert left < -1.5 < -0.5 < right
    assert bottom < -2.5 < -1.5 < top
    assert len(texts(picture)) == 6


def test_labels_are_left_out_for_many_rows() -> None:
    many = catalogue.grid(3, 3)
    assert texts(plotting.draw_sphere(many, axes())) == []
    assert set(texts(plotting.draw_sphere(many, axes(), labels=True))) <= patterns(many)


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=6))
def test_neurons_show_every_pattern_once(points: list[int]) -> None:
    picture = plotting.draw_neurons(points, axes())
    shown = [label.get_text() for label in picture.get_yticklabels()]
    assert sorted(shown) == sorted(patterns([[x, 1] for x in points]))
    assert len(shown) == 2 * len(set(points))


def test_the_eight_neurons_of_four_points() -> None:
    picture = plotting.draw_neurons([-1, 0, 1, 2], axes())
    shown = [label.get_text() for label in picture.get_yticklabels()]
    assert shown == ["1111", "0111", "0011", "0001", "0000", "1110", "1100", "1000"]
    assert picture.get_title() == "8 patterns of 4 points with a bias"


@given(matrices(max_rows=7, max_columns=3))
@settings(max_examples=12)
def test_any_arrangement_of_rank_three_can_be_drawn(rows: Matrix) -> None:
    arrangement = ar.Arrangement(rows)
    assume(arrangement.rank == 3)
    everything = patterns(arrangement)
    for draw in (plotting.draw_sphere, plotting.draw_slice):
        # Every label is a pattern, and none is written twice.
        shown = texts(draw(arrangement, axes(), labels=True))
        assert set(shown) <= everything
        assert len(set(shown)) == len(shown)


def study() -> ar.RankStudy:
    return ar.study_rank(catalogue.grid(3, 4).data.take_columns([0, 1]), bias=True)


def test_counts_and_growth() -> None:
    found = study()
    for draw, variable in ((plotting.draw_counts, "columns"), (plotting.draw_growth, "rows")):
        picture = draw(found, axes(), reduction="columns")
        lines = {str(line.get_label()): line for line in picture.lines}
        assert set(lines) == {*found.plan.roundings, "Cover", "2(e(n-1)/r)^r"}
        last = {"rows": found.plan.rows[-1]} if variable == "columns" else {"columns": 3}
        cases = found.select(reduction="columns", rounding="exact", **last)
        at = [getattr(case, variable) for case in cases]
        assert list(lines["exact"].get_xdata()) == list(lines["Cover"].get_xdata()) == at
        assert list(lines["exact"].get_ydata()) == [case.regions for case in cases]
        assert list(lines["Cover"].get_ydata()) == [case.cover for case in cases]
        assert picture.get_yscale() == "log"
        with pytest.raises(ar.ArgumentError, match="the study has columns, singular, random"):
            draw(found, axes(), reduction="rows")


def test_a_study_that_was_stopped_can_be_drawn(tmp_path: Path) -> None:
    found = study()
    for kept in (0, 7):
        part = ar.RankStudy(found.plan, found.cases[:kept])
        plotting.save_study(part, tmp_path / "part.svg")
    assert (tmp_path / "part.svg").read_text().startswith("<?xml")


def test_pictures_in_files(tmp_path: Path) -> None:
    plotting.save_study(study(), tmp_path / "study.PNG")
    assert (tmp_path / "study.PNG").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["study.PNG"]


def test_new_axes_are_made_and_given_ones_kept() -> None:
    given_axes = axes()
    assert plotting.draw_rays([[1, 0], [0, 1]], given_axes) is given_axes
    made = plotting.draw_neurons([0, 1])
    assert isinstance(made, Axes)
    assert made.figure.number in plt.get_fignums()


@pytest.mark.parametrize(
    ("draw", "rows", "word"),
    [
        (plotting.draw_rays, SQUARE, "rank 3; this picture is for rank 2"),
        (plotting.draw_sphere, [[1, 0], [0, 1]], "rank 2; this picture is for rank 3"),
        (plotting.draw_slice, [[0, 0, 0]], "rank 0"),
        (plotting.draw_rays, ar.Arrangement([[1, 0], [0, 1]], domain=ar.Cone(((1, 1),))), "whole"),
        (plotting.draw_sphere, ar.Arrangement(SQUARE, domain=ar.Cone(((1, 0, 0),))), "whole"),
        (plotting.draw_rays, ar.Arrangement.affine([[1], [1]], [0, 1]), "data is affine"),
    ],
)
def test_refusals(draw: Callable[..., Axes], rows: Any, word: str) -> None:
    with pytest.raises(ar.ArgumentError, match=word):
        draw(rows, axes())


def test_without_matplotlib_the_message_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None; import arrangements as ar\n"
        "try: ar.plotting.draw_rays([[1, 0], [0, 1]])\n"
        "except ar.ArgumentError as error: print(error)"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own text
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "relu-arrangements[plot]" in done.stdout

"""What notebooks show: small escaped tables, pictures, and one notebook that really runs."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import arrangements as ar
import convex_program as cx
from arrangements import html
from arrangements.progress import bar

PROBLEM = cx.TrainingProblem([[-1.0, 1.0], [0.5, 1.0], [1.0, 1.0]], [1.0, 0.0, 2.0], beta=0.5)
NETWORK = cx.Network([[1.0, 0.5], [-1.0, 0.25]], [1.0, 0.5])
VOID = {"br", "img", "meta", "input", "hr", "link"}


class Page(HTMLParser):
    """Reads HTML, and fails where tags do not fit."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def shown() -> dict[str, Any]:
    patterns = ar.enumerate_patterns(PROBLEM.arrangement)
    best = cx.global_optimum(PROBLEM)
    return {
        "problem": PROBLEM,
        "arrangement": PROBLEM.arrangement,
        "patterns": patterns,
        "optimum": best,
        "verdict": cx.certify(NETWORK, PROBLEM),
        "optima": cx.optimal_set(PROBLEM),
    }


def test_every_record_is_a_well_formed_table_without_requests() -> None:
    for name, record in shown().items():
        text = record._repr_html_()
        page = Page(text)
        assert "table" in page.tags, name
        assert not {"src", "href"} & {key for key, _ in page.attributes}, name
        assert "http" not in text, name
        assert len(text) < 20_000, name


def test_a_verdict_says_what_its_summary_says_and_lists_its_neurons() -> None:
    verdict = cx.certify(NETWORK, PROBLEM)
    page = Page(verdict._repr_html_())
    for line in verdict.summary().splitlines():
        assert line in page.text
    assert page.tags.count("tr") == 1 + NETWORK.width


def test_texts_are_escaped() -> None:
    nasty = cx.TrainingProblem([[1.0]], [1.0], 1, remark="<script>alert('&')</script>")
    assert "<script>" not in nasty._repr_html_()
    assert "<script>alert('&')</script>" in Page(nasty._repr_html_()).text
    rows = html.table(["<b>"], [["<i>"]], count=1, noun="rows")
    assert "<b>" not in rows.replace("<b>Arr", "")
    assert Page(rows).text == ["<b>", "<i>"]


def test_long_lists_are_cut_and_say_so() -> None:
    patterns = ar.enumerate_patterns(np.random.default_rng(0).integers(-9, 9, (12, 3)).tolist())
    page = Page(patterns._repr_html_())
    assert page.tags.count("tr") == 1 + html.SHOWN
    assert f"{html.SHOWN} of {len(patterns):,} patterns shown." in page.text


def test_what_a_pattern_table_shows_is_the_pattern() -> None:
    patterns = ar.enumerate_patterns([[1, 0], [0, 1]])
    page = Page(patterns._repr_html_())
    for index, pattern in enumerate(patterns):
        written = "".join(str(int(side)) for side in pattern)
        place = page.text.index(written)
        assert page.text[place - 1 : place + 2] == [str(index), written, str(int(pattern.sum()))]


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_a_verdict_draws_itself(inputs: int) -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    generator = np.random.default_rng(inputs)
    X = np.c_[generator.standard_normal((6, inputs)), np.ones(6)]
    problem = cx.TrainingProblem(X, generator.standard_normal(6), 0.3)
    verdict = cx.certify(
        cx.Network(generator.standard_normal((2, inputs + 1)), [1.0, -1.0]), problem
    )
    axes = verdict.plot()
    if inputs == 3:
        assert [bar.get_width() for bar in axes.patches] == [
            verdict.upper,
            verdict.best.upper,
            verdict.lower,
        ]
    else:
        assert {"this network", "best network"} <= {line.get_label() for line in axes.get_lines()}
    if inputs == 1:
        curve = next(line for line in axes.get_lines() if line.get_label() == "this network")
        rows = np.c_[curve.get_xdata(), np.ones(len(curve.get_xdata()))]
        assert curve.get_ydata() == pytest.approx(verdict.network.forward(rows))
    own, given = pyplot.subplots()
    assert verdict.best.plot(given) is given
    assert verdict.plot(given) is given
    pyplot.close(own)
    pyplot.close(axes.figure)


def test_a_neuron_switches_on_where_the_line_is_drawn() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    problem = cx.TrainingProblem([[0.0, 0.0, 1.0], [2.0, 1.0, 1.0]], [1.0, 2.0], 0.1)
    weights = np.array([[1.0, 2.0, -1.0], [3.0, 0.0, -1.0], [0.0, 0.0, 1.0]])
    axes = cx.certify(cx.Network(weights, [1.0, 1.0, 1.0]), problem).plot()
    blue = [line for line in axes.get_lines() if line.get_color() == "tab:blue"]
    assert len(blue) == 2  # the third neuron is on everywhere
    for line, weight in zip(blue, weights, strict=False):
        points = np.c_[line.get_xdata(), line.get_ydata(), np.ones(2)]
        assert np.abs(points @ weight).max() < 1e-12
    pyplot.close(axes.figure)


def test_progress_is_drawn_in_shells_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    terminal = SimpleNamespace(
        is_terminal=True, width=60, print=lambda text, **_: written.append(text)
    )
    monkeypatch.setattr("rich.console.Console", lambda **_: terminal)
    listener = ar.progress_bar()
    ar.enumerate_patterns([[1, 0], [0, 1], [1, 1]], progress=listener)
    assert any("of" in text for text in written)
    assert written[-1].strip() == ""
    assert {len(text) for text in written} == {59}


def test_where_standard_error_is_no_terminal_nothing_is_drawn(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ar.enumerate_patterns([[1, 0], [0, 1]], progress=ar.progress_bar())
    assert capsys.readouterr() == ("", "")


def test_progress_in_a_notebook_is_one_line_that_is_rewritten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines: list[str] = []
    handle = SimpleNamespace(update=lambda data, **_: lines.append(data["text/html"]))

    def display(data: dict[str, str], **_: object) -> SimpleNamespace:
        lines.append(data["text/html"])
        return handle

    shell = SimpleNamespace(kernel=object())
    fake = SimpleNamespace(get_ipython=lambda: shell, display=SimpleNamespace(display=display))
    monkeypatch.setitem(sys.modules, "IPython", fake)
    listener = ar.progress_bar()
    for done, last in ((0, False), (5, False), (10, True)):
        listener(ar.Progress("pricing", done, 10, "cells", 1.0, note="<gap>", last=last))
    assert len(lines) == 3
    assert lines[1].startswith('<progress value="5" max="10"></progress>')
    assert "&lt;gap&gt;" in lines[0]
    assert lines[-1] == ""
    assert bar.in_notebook()


def test_a_notebook_runs_and_shows_tables_and_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MPLBACKEND", raising=False)  # kernels choose their own
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    cells = [
        "import arrangements as ar, convex_program as cx",
        "problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)\nproblem",
        "ar.enumerate_patterns(problem.arrangement, progress=ar.progress_bar())",
        "verdict = cx.certify(cx.Network([[1.0]], [1.0]), problem)\nverdict",
        "verdict.plot();",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(book, timeout=300, kernel_name="python3").execute()
    kinds = [
        {key for output in cell.outputs for key in output.get("data", {})} for cell in book.cells
    ]
    assert "text/html" in kinds[1] & kinds[2] & kinds[3]
    assert "image/png" in kinds[4]
    # Where compiling took long, progress was drawn first and taken away: an empty output.
    tables = [o.data["text/html"] for o in book.cells[3].outputs if o.get("data")]
    assert "Certified lower bound" in "".join(Page("".join(tables)).text)

"""The report: one well-formed page, no request to anywhere, the numbers of the verdict."""

from __future__ import annotations

import base64
import builtins
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from front_doors.test_notebooks import Page
from front_doors.tools import call

import convex_program as cx


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "data.csv").write_text("a,y\n-1,1\n0.5,0\n1,2\n")
    cx.save_network(cx.Network([[1.0, 0.5], [-1.0, 0.25]], [1.0, 0.5]), tmp_path / "net.npz")
    return tmp_path


def page_of(file: Path) -> Page:
    text = file.read_text("utf-8")
    assert text.startswith("<!DOCTYPE html>")
    page = Page(text.removeprefix("<!DOCTYPE html>"))
    for key, value in page.attributes:
        if key in {"src", "href", "data", "action", "srcset"}:
            assert (value or "").startswith("data:image/png;base64,")
    assert not {"link", "script", "iframe", "object"} & set(page.tags)
    assert "@import" not in text
    assert "url(" not in text
    return page


def test_a_page_from_the_command_line(files: Path) -> None:
    claim, report = files / "net.claim", files / "out.html"
    words = ["--target", "y", "--bias", "--beta", "0.5"]
    answer = call(
        "convex-program", "certify", files / "net.npz", files / "data.csv", *words,
        "--claim", claim, "--report", report,
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert f"report written to {report}" in answer.out
    page = page_of(report)
    text = "\n".join(page.text)
    claimed = cx.verify(cx.load_claim(claim))
    # the page says what the checked claim says
    shown = dict(pairwise(page.text))
    above = Fraction(shown["objective of the network, at most"]) - claimed.upper
    below = claimed.lower - Fraction(shown["every network of any width, at least"])
    assert 0 <= above < 1e-15
    assert 0 <= below < 1e-15
    assert "proved in exact arithmetic" in text
    assert "half the sum of squared errors" in text
    assert f"convex-program verify {claim}" in text
    assert page.tags.count("img") == 2
    for key, value in page.attributes:
        if key == "src":
            assert base64.b64decode((value or "").split(",")[1]).startswith(b"\x89PNG")
    assert all(value for key, value in page.attributes if key == "alt")


def test_neurons_and_their_patterns_are_listed(files: Path) -> None:
    problem = cx.TrainingProblem([[-1.0, 1.0], [0.5, 1.0], [1.0, 1.0]], [1.0, 0.0, 2.0], 0.5)
    network = cx.Network([[1.0, 0.5], [-1.0, 0.25]], [1.0, 0.5])
    verdict = cx.certify(network, problem)
    cx.save_report(verdict, files / "out.html")
    text = page_of(files / "out.html").text
    # x = -1, 1/2, 1: the first neuron is on where x > -1/2, the second where x < 1/4
    assert {"011", "100"} <= set(text)
    assert any("--claim network.claim" in line for line in text)


def test_several_inputs_and_outputs_have_no_fit_but_a_page(files: Path) -> None:
    generator = np.random.default_rng(0)
    X, y = generator.standard_normal((5, 4)), generator.standard_normal((5, 2))
    problem = cx.TrainingProblem(X, y, 0.5, remark="<b>Not</b> what you think & more.")
    network = cx.Network(generator.standard_normal((2, 4)), generator.standard_normal((2, 2)))
    cx.save_report(cx.certify(network, problem), files / "out.html")
    page = page_of(files / "out.html")
    assert "b" not in page.tags[: page.tags.index("h2")]
    assert "<b>Not</b> what you think & more." in page.text
    assert {"alpha0", "alpha1"} <= set(page.text)
    assert page.tags.count("img") == 1
    assert any("every rounding error" in line for line in page.text)


def test_without_matplotlib_there_are_no_pictures(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], 0.5)
    verdict = cx.certify(cx.Network([[1.0]], [1.0]), problem)
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    cx.save_report(verdict, files / "out.html")
    monkeypatch.undo()
    assert page_of(files / "out.html").tags.count("img") == 0


def test_what_cannot_be_reported_is_refused(files: Path) -> None:
    best = cx.global_optimum(cx.TrainingProblem([[1.0]], [1.0], 0.5))
    with pytest.raises(cx.ArgumentError, match="not a Verdict"):
        cx.save_report(best, files / "out.html")  # type: ignore[arg-type]
    words = [files / "net.npz", files / "data.csv", "--target", "y", "--bias"]
    answer = call("convex-program", "certify", *words, "--beta", "0", "--report", files / "r.html")
    assert answer.code == 2
    assert "--report" in answer.message
    same = call("convex-program", "certify", *words, "--beta", "1", "--report", files / "data.csv")
    assert same.code == 2
    assert not (files / "r.html").exists()

"""An object with a key twice says two things: every reader of JSON refuses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from plain_claims import save_plain

import arrangements as ar
import convex_program as cx
from arrangements.study import load_study, study_rank


def _claim(folder: Path) -> str:
    problem = cx.TrainingProblem([[-0.2, 1.0], [1.0, 1.0]], [0.5, 1.0], 0.1)
    save_plain(cx.global_optimum(problem).claim(), folder / "claim.json")
    return (folder / "claim.json").read_text()


def _study(folder: Path) -> str:
    study_rank([[1, 2], [3, 1], [-1, 1]], journal=folder / "study.jsonl")
    return (folder / "study.jsonl").read_text()


def _polymake(folder: Path) -> str:
    del folder
    return json.dumps({"HYPERPLANES": [["1", "0"], ["0", "1"]]})


def _load(name: str, reader: Callable[[Path], Any]) -> Callable[[Path, str], Any]:
    def read(folder: Path, text: str) -> Any:
        (folder / name).write_text(text)
        return reader(folder / name)

    return read


READERS: dict[str, tuple[Callable[[Path], str], Callable[[Path, str], Any], str]] = {
    "claim": (_claim, _load("c.json", cx.load_claim), "beta"),
    "claim, outermost": (_claim, _load("c.json", cx.load_claim), "upper"),
    "study, the plan": (_study, _load("s.jsonl", load_study), "max_rank"),
    "study, a case": (_study, _load("s.jsonl", load_study), "regions"),
    "polymake": (_polymake, lambda _, text: ar.parse_polymake(text), "HYPERPLANES"),
}


@pytest.mark.parametrize("name", READERS)
def test_a_key_twice_is_refused(name: str, tmp_path: Path) -> None:
    write, read, key = READERS[name]
    text = write(tmp_path)
    read(tmp_path, text)
    assert f'"{key}": ' in text
    # The second value is the one that was there: without the refusal nothing is noticed.
    forged = text.replace(f'"{key}": ', f'"{key}": null, "{key}": ', 1)
    with pytest.raises((ar.ArrangementsError, cx.ConvexProgramError)):
        read(tmp_path, forged)

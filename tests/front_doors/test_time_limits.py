"""``--time-limit`` stops every command, whatever it is at."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from front_doors.tools import Answer, call, contents

from arrangements.cli.app import app

CUBE = "".join(f"{i & 1},{i >> 1 & 1},{i >> 2 & 1},1\n" for i in range(8))

# Each command, and the work that is made to last for ever.  Folders and streams have limits of
# their own, which end them in good order: see the tests of the two.
Row = tuple[str, list[str], str]
COMMANDS: list[Row] = [
    ("info", ["{data}"], "arrangements.cli.app.preview_cost"),
    ("count", ["{data}"], "arrangements.cli.app.count_regions"),
    ("count", ["{data}", "--threads", "2"], "arrangements.cli.app.count_regions"),
    (
        "enumerate",
        ["{data}", "-o", "{folder}/p.npz"],
        "arrangements.cli.patterns.enumerate_patterns",
    ),
    ("enumerate", ["{data}", "-o", "{folder}/p.csv"], "arrangements.cli.patterns.save_csv"),
    ("study", ["{data}", "-o", "{folder}/s.jsonl"], "arrangements.cli.study.study_rank"),
    ("graph", ["{data}"], "arrangements.cli.app.enumerate_patterns"),
    ("graph", ["{data}"], "arrangements.cli.app.adjacent_regions"),
    ("graph", ["{data}", "-o", "{folder}/g.csv"], "arrangements.cli.app.save_region_graph"),
    ("verify", ["{store}"], "arrangements.cli.patterns.verify_patterns"),
    ("verify", ["{list}"], "arrangements.cli.patterns.load_patterns"),
    ("export", ["{store}", "--to", "csv"], "arrangements.cli.patterns.save_csv"),
    ("export", ["{store}", "--to", "npz"], "arrangements.cli.patterns.load_store"),
    ("warm", [], "arrangements.cli.app.compile_all"),
]


every_row = pytest.mark.parametrize("row", COMMANDS, ids=lambda row: " ".join([row[0], *row[1]]))


def for_ever(*arguments: Any, **options: Any) -> None:
    del arguments, options
    threading.Event().wait()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("made")
    data = folder / "cube.csv"
    data.write_text(CUBE)
    made = {"data": data, "store": folder / "store", "list": folder / "list.npz"}
    for name in ("store", "list"):
        assert call("arrangements", "enumerate", data, "-o", made[name]).code == 0
    return made


def run(row: Row, made: dict[str, Path], folder: Path, limit: str) -> Answer:
    command, words, _ = row
    filled = [word.format(folder=folder, **made) for word in words]
    return call("arrangements", command, *filled, "--time-limit", limit)


@every_row
def test_what_lasts_for_ever_is_stopped(
    row: Row, made: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row[2], for_ever)
    before = contents(made["data"].parent)
    answer = run(row, made, tmp_path, "0.2")
    assert answer.code == 3
    assert "stopped by the time limit" in answer.err
    assert not answer.out
    assert contents(made["data"].parent) == before
    assert not contents(tmp_path)


@every_row
def test_no_time_at_all(row: Row, made: dict[str, Path], tmp_path: Path) -> None:
    answer = run(row, made, tmp_path, "0")
    assert answer.code == 3
    assert "stopped by the time limit" in answer.err
    assert not contents(tmp_path)


@pytest.mark.parametrize("row", [row for row in COMMANDS if row[0] not in {"warm", "study"}])
def test_time_enough_changes_nothing(row: Row, made: dict[str, Path], tmp_path: Path) -> None:
    assert run(row, made, tmp_path, "1e9").code == 0


@pytest.mark.parametrize("limit", ["-1", "nan", "soon"])
def test_what_is_no_time(limit: str, made: dict[str, Path], tmp_path: Path) -> None:
    answer = run(("count", ["{data}"], ""), made, tmp_path, limit)
    assert answer.code == 2


def test_no_command_is_left_out() -> None:
    names = {
        command.name or command.callback.__name__  # type: ignore[union-attr]
        for command in app.registered_commands
    }
    assert names == {command for command, _, _ in COMMANDS}

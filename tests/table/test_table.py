"""The table of certified gaps: its claims hold, its figures are those of the claims, and it can be stopped."""

from __future__ import annotations

import csv
import dataclasses
import math
import shutil
from pathlib import Path

import make_table
import numpy as np
import pytest
import rows as table_rows
from archive import JOURNAL, SUMS, about_text, data_text
from checking import Archive
from data_sets import DATA_SETS, GRID, labels
from hypothesis import given
from hypothesis import strategies as st
from journal import Journal, JournalError
from problems import HIGHEST, SHARE
from rows import OPTIMUM, Key, Row, keys, setting_of
from summary import short, summary_text
from trainers import TRAINERS, AdamTrainer, BatchTrainer, QuasiNewtonTrainer

KEPT = Path(__file__).parents[2] / "docs" / "data" / "table"
TABLE = Archive(KEPT)
ROWS = TABLE.rows()
SAMPLE = [row for row in ROWS if (KEPT / "claims" / row.claim).is_file() and row.claim]


def test_the_sample_has_both_losses_all_methods_and_an_optimum() -> None:
    assert {row.claim for row in SAMPLE} == set(make_table.SAMPLE)
    assert {row.loss for row in SAMPLE} == {"squared", "logistic"}
    assert {row.method for row in SAMPLE} == {OPTIMUM, *TRAINERS}


@pytest.mark.parametrize("row", SAMPLE, ids=lambda row: row.claim)
def test_claims_of_the_sample_hold_for_the_data_files(row: Row) -> None:
    assert TABLE.wrong(row) == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"objective": math.nextafter(SAMPLE[0].objective, 0.0)},
        {"lower": math.nextafter(SAMPLE[0].lower, math.inf)},
        {"gap": 0.0},
        {"beta": 2 * SAMPLE[0].beta},
        {"loss": "logistic"},
        {"width": 3},
        {"data": "karate"},
        {"sha256": "0" * 64},
        {"claim": "missing.claim"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_lines_that_say_something_else_are_found(changed: dict[str, object]) -> None:
    assert TABLE.wrong(dataclasses.replace(SAMPLE[0], **changed)) != ""


def test_a_claim_that_was_changed_is_found(tmp_path: Path) -> None:
    shutil.copytree(KEPT, tmp_path, dirs_exist_ok=True)
    row = SAMPLE[0]
    path = tmp_path / "claims" / row.claim
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    changed = dataclasses.replace(row, sha256=table_rows.digest(path))
    assert "refused" in Archive(tmp_path).wrong(changed)


def test_the_table_is_whole() -> None:
    expected = [key for group in keys() for key in group]
    assert [row.key for row in ROWS] == expected
    assert len(DATA_SETS) >= 20
    # By hand: two losses, and three methods with two widths besides the optimum.
    assert len(expected) == len(DATA_SETS) * 2 * 7


def test_optima_are_known_where_the_rank_is_small() -> None:
    low = [row for row in ROWS if row.rank <= HIGHEST]
    assert len({row.data for row in low}) >= 20
    for row in low:
        assert row.level == "proved", row
        assert row.claim == row.key.claim
        if row.method == OPTIMUM:
            assert row.gap < 1e-3, row


def test_bounds_are_below_every_network_and_gaps_are_theirs() -> None:
    lower = {(row.data, row.loss): row.lower for row in ROWS if row.method == OPTIMUM}
    for row in ROWS:
        assert row.lower == lower[row.data, row.loss]
        assert 0.0 < row.lower <= row.objective
        assert row.gap == pytest.approx((row.objective - row.lower) / row.objective, abs=1e-14)
        assert bool(row.claim) == (row.level == "proved")
        assert row.method == OPTIMUM or row.active <= row.width


def test_the_short_table_says_the_same() -> None:
    assert (KEPT / "summary.csv").read_text("utf-8") == summary_text(ROWS)
    with (KEPT / "summary.csv").open(encoding="utf-8", newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == 1 + 2 * len(DATA_SETS)
    assert (KEPT / "data-sets.csv").read_text("utf-8") == about_text()


@pytest.mark.parametrize("path", sorted((KEPT / "data").glob("*.csv")), ids=lambda path: path.stem)
def test_data_are_made_again_as_they_were(path: Path) -> None:
    assert path.read_text("utf-8") == data_text(path.stem)


@pytest.mark.parametrize("name", DATA_SETS)
def test_data_sets_are_short_numbers_with_a_bias(name: str) -> None:
    X, y = DATA_SETS[name].rows()
    assert (X[:, -1] == 1.0).all()
    assert (np.column_stack([X, y]) * GRID % 1.0 == 0.0).all()
    # Rows at equal distances of a table that was standardized as a whole.
    assert np.abs(X[:, :-1].mean(axis=0)).max() < 0.5
    assert np.linalg.matrix_rank(X) == X.shape[1] or X.shape[1] > HIGHEST + 1
    assert set(labels(y)) == {-1.0, 1.0}
    first = next(row for row in ROWS if row.data == name)
    assert (first.rows, first.columns) == X.shape


@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_weight_decay_is_the_share_of_the_one_that_zeroes_the_network(loss: str) -> None:
    import convex_program as cx

    problem = setting_of(Key("karate", loss)).problem
    peak = cx.beta_max(problem.features, problem.targets, loss=problem.loss)
    assert problem.decay == pytest.approx(SHARE * peak, rel=6e-3)  # three digits


@given(st.floats(1e-14, 0.99))
def test_short_gaps_are_never_less(gap: float) -> None:
    assert gap <= float(short(gap)) <= gap * 1.11


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train for a moment only: what is tested is what becomes of the lines."""
    for trainer in (AdamTrainer(steps=5), BatchTrainer(steps=5), QuasiNewtonTrainer(iterations=5)):
        monkeypatch.setitem(TRAINERS, trainer.name, trainer)


@pytest.mark.usefixtures("quick")
def test_a_table_that_was_stopped_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert make_table.make(whole, ["linnerud-weight"]) == 0
    finished, count = make_table.finished, iter(range(99))

    def interrupted(*arguments: object) -> Row:
        if next(count) == 3:
            raise KeyboardInterrupt
        return finished(*arguments)

    monkeypatch.setattr(make_table, "finished", interrupted)
    assert make_table.make(stopped, ["linnerud-weight"]) == 130
    assert len(Archive(stopped).rows()) == 3
    assert Archive(stopped).wrong_sums() == []
    # A kill in the middle of a line loses the line, and a claim that is gone is made again.
    journal = stopped / JOURNAL
    journal.write_bytes(journal.read_bytes()[:-7])
    kept = Archive(stopped).rows()[0]
    (stopped / "claims" / kept.claim).unlink()
    assert make_table.make(stopped, ["linnerud-weight"]) == 0
    assert (stopped / "table.csv").read_text("utf-8") == (whole / "table.csv").read_text("utf-8")
    assert (stopped / SUMS).read_text("utf-8") == (whole / SUMS).read_text("utf-8")
    assert make_table.check(stopped) == 0
    (stopped / "data" / "linnerud-weight.csv").write_text("x1,target,label\n")
    assert make_table.check(stopped) == 1
    assert "linnerud-weight.csv" in capsys.readouterr().err


@pytest.mark.parametrize("head", ["{}\n", "no JSON\n", '{"kind": "table of certified gaps"}\n'])
def test_journals_of_other_tables_are_refused(tmp_path: Path, head: str) -> None:
    path = tmp_path / JOURNAL
    path.write_text(head)
    with pytest.raises(JournalError, match=r"remove"):
        Journal(path, tmp_path)
    assert path.read_text() == head

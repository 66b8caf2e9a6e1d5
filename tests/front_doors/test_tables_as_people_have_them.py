"""Categories, holes, indices, pipes: what ``convex-program`` makes of tables as people have them."""

from __future__ import annotations

import io
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from front_doors.tools import call
from oracles.standalone import checked

import arrangements as ar
import convex_program as cx

TEXT = """,colour,size,y
0,red,1.5,1
1,blue,,2
2,red,2.5,0
3,green,-1,3
4,blue,0.5,1
"""
SOLVE = ("convex-program", "solve")
ASKED = ("--target", "y", "--beta", "0.5")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "t.csv"
    file.write_text(TEXT)
    return file


def test_categories_and_holes_are_what_pandas_makes_of_them(table: Path) -> None:
    found = ar.read_table(table, encode=["colour"], drop_missing=True)
    frame = pd.read_csv(table).dropna()
    wanted = pd.get_dummies(frame, columns=["colour"], prefix_sep="=", dtype=float)
    assert set(found.names) == {"", *wanted.columns} - {"Unnamed: 0"}
    for name in wanted.columns:
        index = found.names.index("" if name == "Unnamed: 0" else name)
        assert [row[index] for row in found.matrix.fractions] == [
            Fraction(value) for value in wanted[name]
        ]
    said = [remark.text for remark in found.remarks]
    assert "1 of 5 rows have missing entries and are left out: line 3" in said
    assert "column 'colour' is 3 columns of 0 and 1: colour=blue, colour=green, colour=red" in said


def test_the_command_line_says_what_it_did(table: Path) -> None:
    options = ("--encode", "colour", "--drop-missing")
    answer = call(*SOLVE, table, *ASKED, *options, "--json")
    assert answer.code == 0, answer.err
    notes = answer.err.splitlines()
    assert [note.startswith("note: ") for note in notes] == [True] * 3
    assert any("an index, probably" in note for note in notes)
    data = ar.read_table(table, encode=["colour"], drop_missing=True)
    features, y = data.split("y")
    best = cx.global_optimum(cx.TrainingProblem(features.matrix, y, "0.5"))
    assert answer.json["upper"] == pytest.approx(best.upper, rel=1e-9)


def test_an_index_is_pointed_out_and_left_out(tmp_path: Path) -> None:
    file = tmp_path / "i.csv"
    pd.DataFrame({"a": [1.0, 0.5, -1.0], "y": [1.0, 2.0, 0.0]}).to_csv(file)
    said = call(*SOLVE, file, *ASKED, "--json")
    assert 'leave it out with --drop ""' in said.message
    without = call(*SOLVE, file, *ASKED, "--drop", "0", "--json")
    assert without.err == ""
    assert without.json["upper"] != said.json["upper"]
    empty = call(*SOLVE, file, *ASKED, "--drop", "", "--json")  # what the note says
    assert (empty.err, empty.json["upper"]) == ("", without.json["upper"])
    chosen = call(*SOLVE, file, *ASKED, "--columns", "a", "--json")
    assert chosen.err == ""
    assert chosen.json["upper"] == without.json["upper"]


def test_a_claim_is_compared_with_the_same_reading(table: Path, tmp_path: Path) -> None:
    claim = tmp_path / "c.claim"
    options = ("--encode", "colour", "--drop-missing", "--drop", "0")
    assert call(*SOLVE, table, *ASKED, *options, "--claim", claim).code == 0
    verify = ("convex-program", "verify", claim, "--data", table, "--target", "y")
    assert "for your data" in call(*verify, *options).out
    assert call(*verify, "--encode", "colour", "--drop-missing").code == 1


ENCODED, KEPT = ("--encode", "colour"), ("--drop-missing",)


@pytest.mark.parametrize(
    ("theirs", "reason"),
    [
        ((*ENCODED, *KEPT, "--drop", "0"), ""),
        ((*ENCODED, *KEPT, "--drop", ""), ""),
        ((*ENCODED, *KEPT), "the claim has 4 columns"),
        ((*ENCODED, *KEPT, "--drop", "0,size"), "does not have 4 rows"),
        ((*ENCODED, *KEPT, "--drop", "size"), "does not have 4 rows"),
        ((*ENCODED, "--drop", "0"), "does not have 4 rows"),
        ((*KEPT, "--drop", "0"), "the claim has 4 columns"),
        ((*KEPT, "--drop", "0", "--encode", "color"), "has not one column 'color'"),
        ((*KEPT, *ENCODED, "--drop", "99"), "has not one column '99'"),
        (("--encode", "colour,size"), "an entry of 'size' is missing"),
    ],
)
def test_the_standalone_checker_prepares_the_table_by_itself(
    table: Path, tmp_path: Path, theirs: tuple[str, ...], reason: str
) -> None:
    claim = tmp_path / "c.claim"
    ours = (*ENCODED, *KEPT, "--drop", "0")
    assert call(*SOLVE, table, *ASKED, *ours, "--claim", claim).code == 0
    own = ("--data", table, "--target", "y", *theirs)
    code, said = checked(claim, *own)
    assert code == (1 if reason else 0)
    assert (reason or f"for {table}") in said
    # the command hands every option on
    assert call("convex-program", "verify", claim, *own, "--standalone").code == code


def test_labels_are_found_by_number_after_encoding(tmp_path: Path) -> None:
    file = tmp_path / "l.csv"
    file.write_text("colour,a,kind\nred,1,yes\nblue,2,no\nred,0,yes\n")
    found = ar.read_table(file, labels="2", encode=["colour"])
    assert found.names == ("colour=blue", "colour=red", "a", "kind")
    assert found.classes == ("no", "yes")
    with pytest.raises(ar.ArgumentError, match="holds the labels"):
        ar.read_table(file, labels="kind", encode=["kind"])
    answer = call(
        *SOLVE,
        file,
        "--target",
        "kind",
        "--loss",
        "logistic",
        "--beta",
        "0.5",
        "--encode",
        "colour",
    )
    assert "no is -1, yes is +1" in answer.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"encode": ["nothing"]}, "no column 'nothing'"),
        ({"encode": ["colour"]}, "is empty"),
        ({"encode": ["size"]}, "no category"),
    ],
)
def test_what_cannot_be_read_is_refused(
    table: Path, options: dict[str, object], words: str
) -> None:
    with pytest.raises(ar.ArrangementsError, match=words):
        ar.read_table(table, **options)


def test_nothing_left_and_too_many_categories(tmp_path: Path) -> None:
    file = tmp_path / "e.csv"
    file.write_text("a,b\n,1\n2,\n")
    with pytest.raises(ar.DataError, match="missing in every row"):
        ar.read_table(file, drop_missing=True)
    file.write_text("a,b\n" + "".join(f"t{i},1\n" for i in range(1001)))
    with pytest.raises(ar.ArgumentError, match="1,001 different texts"):
        ar.read_table(file, encode=["a"])
    parquet = tmp_path / "p.parquet"
    pd.DataFrame({"a": [1.0]}).to_parquet(parquet)
    with pytest.raises(ar.ArgumentError, match="text files"):
        ar.read_table(parquet, drop_missing=True)


def test_standard_input_is_read(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a,y\n1,2\n-1,1\n"
    table.write_text(text)
    wanted = call(*SOLVE, table, *ASKED, "--json").json["upper"]
    from arrangements.io import files

    monkeypatch.setattr(
        files, "sys", type("S", (), {"stdin": io.TextIOWrapper(io.BytesIO(text.encode()))})
    )
    assert call(*SOLVE, "-", *ASKED, "--json").json["upper"] == wanted
    assert call(*SOLVE, "missing.csv", *ASKED).code == 2
    assert sys.stdin is not None


NAMED = "name,a,b,y\nx1,1,2,3\nx2,2,1,1\nx3,3,5,2\n"
PLAIN = "a,b,y\n1,2,3\n2,1,1\n3,5,2\n"


@pytest.fixture(params=["csv", "parquet"])
def named(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a table whose first column holds texts."""
    file = tmp_path / f"named.{request.param}"
    frame = pd.read_csv(io.StringIO(NAMED))
    if request.param == "csv":
        file.write_text(NAMED)
    else:
        frame.to_parquet(file)
    return file


@pytest.mark.parametrize("drop", ["name", "0", "name,y", " name , y"])
@pytest.mark.parametrize(
    "command", ["info", "count", "enumerate", "graph", "study --max-rank 2 --roundings exact"]
)
def test_names_of_rows_are_left_out(
    command: str, drop: str, named: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(named.parent)
    word, *options = command.split()
    if word in ("graph", "study"):
        options += ["-o", f"out-{drop.strip()}.{'graphml' if word == 'graph' else 'jsonl'}"]
    assert call("arrangements", word, named, *options).code == 1
    answer = call("arrangements", word, named, *options, "--drop", drop)
    assert answer.code == 0, answer.err
    if word == "count":
        rest = ["name", "y"] if "y" in drop else ["name"]
        X = pd.read_csv(io.StringIO(NAMED)).drop(columns=rest).to_numpy()
        assert answer.out.startswith(f"{ar.count_regions(X)} activation patterns")


def test_certified_networks_do_without_names_of_rows(named: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.csv"
    plain.write_text(PLAIN)
    wanted = call(*SOLVE, plain, *ASKED, "--json")
    assert wanted.code == 0, wanted.err
    assert call(*SOLVE, named, *ASKED).code == 1
    found = call(*SOLVE, named, *ASKED, "--drop", "name", "--json")
    assert found.code == 0, found.err
    assert found.json["objective"] == wanted.json["objective"]


def test_what_is_left_out_is_named_rightly(named: Path) -> None:
    for drop, words in (
        (("nam",), "no column 'nam'"),
        (("4",), "no column '4'"),
        (("name", "a,b,y"), "no column is left beside name, a, b, y"),
    ):
        with pytest.raises(ar.ArgumentError, match=words):
            ar.read_table(named, drop=drop)
    assert ar.read_table(named, drop=["-4", "b"]).names == ("a", "y")


def test_a_name_with_a_comma_is_one_column(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text('"a,b",a,b,y\nx,1,2,3\nz,2,3,4\n')
    assert ar.read_table(file, drop=["a,b"]).names == ("a", "b", "y")
    arrays = tmp_path / "t.npy"
    np.save(arrays, np.eye(3))
    assert ar.read_table(arrays, drop=["0,2"]).names == ("1",)


PEOPLE = """name,colour,notes,size,w,y,kind
ann,red,,1.5,1,1,no
bob,blue,tall,0.5,2,2,yes
cid,red,,2.5,1,0,yes
dot,"a,b",,-1,1,3,no
eve,blue,old,,1,1,yes
"""


@pytest.fixture(params=["csv", "parquet"])
def people(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a table of which most columns are texts; holes only where they do no harm."""
    frame = pd.read_csv(io.StringIO(PEOPLE)).dropna(subset=["size"])
    file = tmp_path / f"people.{request.param}"
    if request.param == "csv":
        frame.to_csv(file, index=False)
    else:
        frame.to_parquet(file)
    return file


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"columns": ["size", "y"]}, ("size", "y")),
        ({"columns": ["y,size"]}, ("y", "size")),
        ({"columns": ["5", "-4"]}, ("y", "size")),
        ({"columns": ["size"], "drop": ["name", "kind"], "last": ["y"]}, ("size", "y")),
        ({"drop": ["0,1,2", "-1"], "last": ["size"]}, ("w", "y", "size")),
        ({"columns": ["size"], "last": ["y,w"]}, ("size", "y", "w")),
    ],
)
def test_columns_that_are_not_read_may_hold_anything(
    people: Path, options: dict[str, list[str]], names: tuple[str, ...]
) -> None:
    table = ar.read_table(people, **options)
    assert table.names == names
    frame = pd.read_csv(io.StringIO(PEOPLE)).dropna(subset=["size"])[list(names)]
    assert table.matrix == ar.DataMatrix.from_array(frame.to_numpy())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"columns": []}, "no column chosen"),
        ({"columns": [","]}, "no column chosen"),
        ({"columns": ["size", "3"]}, "column 'size' is chosen twice in size, 3"),
        ({"columns": ["size"], "drop": ["size"]}, "'size' cannot be chosen and left out"),
        ({"columns": ["size"], "drop": ["nme"]}, "no column 'nme'"),
        ({"columns": ["size"], "last": ["3"]}, "'size' cannot be a feature and the target"),
        ({"columns": ["size"], "last": ["y", "y"]}, "'y' is named twice among targets"),
        ({"drop": ["y"], "last": ["y"]}, "'y' cannot be left out and be the target"),
        ({"columns": ["7"]}, "no column '7'"),
    ],
)
def test_columns_with_two_uses_are_refused(
    people: Path, options: dict[str, list[str]], words: str
) -> None:
    with pytest.raises(ar.ArgumentError, match=words):
        ar.read_table(people, **options)


@pytest.mark.parametrize("command", ["info", "count", "enumerate", "graph"])
def test_every_command_chooses_among_texts(command: str, people: Path) -> None:
    several = ("--columns", "size,w", "--drop", "name,notes", "--bias")
    answer = call("arrangements", command, people, *several)
    assert answer.code == 0, answer.err
    assert call("arrangements", command, people).code == 1  # texts


def test_numbers_count_the_file_whatever_is_left_out(people: Path) -> None:
    end = ("--beta", "0.5", "--json")
    wanted = call(*SOLVE, people, "--target", "y", "--columns", "size", *end)
    assert wanted.code == 0, wanted.err
    for words in (
        "--target 5 --columns 3 --drop 0",
        "--target 5 --drop name,1,2,w,kind",
        "--target -2 --columns size --drop name,kind",
    ):
        found = call(*SOLVE, people, *words.split(), *end)
        assert found.code == 0, found.err
        assert found.json["upper"] == wanted.json["upper"]
    kinds = "--target 6 --loss logistic --columns 3 --drop 0"
    labels = call(*SOLVE, people, *kinds.split(), *end)
    if people.suffix == ".csv":
        assert labels.json["classes"] == ["no", "yes"]
    weights = "--target y,w --sample-weight size --columns 3"
    assert "cannot be a feature" in call(*SOLVE, people, *weights.split(), *end).message


def test_categories_are_chosen_by_their_column_or_one_by_one(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text(PEOPLE)
    encoded = {"encode": ["colour"], "drop_missing": True}
    whole = ar.read_table(file, columns=["colour", "y"], **encoded)
    assert whole.names == ("colour=a,b", "colour=blue", "colour=red", "y")
    assert len(whole.matrix.fractions) == 5  # notes and size have holes, and are not read
    assert ar.read_table(file, columns=["1", "size"], **encoded).names == (*whole.names[:3], "size")
    one = ar.read_table(file, columns=["size", "colour=a,b", "colour=red"], **encoded)
    assert one.names == ("size", "colour=a,b", "colour=red")
    assert [row[1:] for row in one.matrix.fractions] == [(0, 1), (0, 0), (0, 1), (1, 0)]
    rest = ar.read_table(file, drop=["colour=red", "name,notes,kind"], **encoded)
    assert rest.names == ("colour=a,b", "colour=blue", "size", "w", "y")
    assert len(rest.matrix.fractions) == 4
    gone = ar.read_table(file, drop=["colour", "name,notes,kind"], **encoded)
    assert gone.names == ("size", "w", "y")
    assert not any("colour" in remark.text for remark in gone.remarks)
    with pytest.raises(ar.ArgumentError, match="'colour' holds the labels or targets"):
        ar.read_table(file, last=["colour"], **encoded)


@pytest.mark.parametrize(
    "options",
    [
        "--columns size,colour --target y --encode colour --drop-missing",
        "--columns colour=red,size --target -2 --encode 1 --drop-missing",
        "--drop name,2,kind,colour=blue --target 5 --sample-weight w --encode 1 --drop-missing",
        "--drop 0,1,notes,w --columns 3 --target 5 --drop-missing",
    ],
    ids=["columns", "one category", "drop", "both"],
)
def test_the_standalone_checker_chooses_the_same(options: str, tmp_path: Path) -> None:
    file, claim = tmp_path / "p.csv", tmp_path / "p.claim"
    file.write_text(PEOPLE)
    same = options.split()
    answer = call(*SOLVE, file, "--beta", "0.5", *same, "--claim", claim)
    assert answer.code == 0, answer.err
    code, said = checked(claim, "--data", file, *same)
    assert code == 0, said
    assert call("convex-program", "verify", claim, "--data", file, *same).code == 0
    for word, other in (("size", "w"), ("columns 3", "columns 4"), ("colour=blue", "colour=red")):
        if word in options:
            change = options.replace(word, other).split()
            assert checked(claim, "--data", file, *change)[0] == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--target", ","), "names no column"),
        (("--target", "y", "--sample-weight", "w,size"), "is not one column"),
        (("--target", "colour", "--encode", "colour"), "leave it out of encode"),
    ],
)
def test_targets_and_weights_are_single_columns(
    options: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    file = tmp_path / "p.csv"
    file.write_text("a,b,size,w,y,colour\n1,0,1,1,1,2\n0,2,2,1,3,1\n")
    answer = call(*SOLVE, file, "--beta", "1", *options)
    assert answer.code == 2
    assert words in answer.message

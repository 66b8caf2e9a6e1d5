"""Folders of patterns on the command line: suffixes, limits, Ctrl-C, SIGKILL, going on."""

from __future__ import annotations

import itertools
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from front_doors.tools import call, contents

import arrangements as ar

DRIVER = Path(__file__).with_name("storing.py")
PATIENCE = 300
ENUMERATE = ("arrangements", "enumerate")


def cube(k: int) -> list[list[int]]:
    return [[*point, 1] for point in itertools.product((0, 1), repeat=k)]


def write(path: Path, rows: list[list[int]]) -> Path:
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The cube with a bias: 104 patterns by the literature."""
    return write(tmp_path / "data.csv", cube(3))


def stored(folder: Path) -> list[bytes]:
    return [row.tobytes() for batch in ar.open_patterns(folder).batches() for row in batch.packed]


@pytest.mark.parametrize("name", ["patterns", "patterns.parquet", "a.b/patterns"])
def test_a_folder_is_written_verified_described_and_exported(
    data: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "a.b").mkdir()
    folder = tmp_path / name
    answer = call(*ENUMERATE, data, "-o", folder)
    assert (answer.code, answer.err) == (0, "")
    assert "104 activation patterns" in answer.out
    assert f"written to {folder}" in answer.out
    expected = [row.tobytes() for row in ar.enumerate_patterns(cube(3)).packed]
    assert sorted(stored(folder)) == expected

    check = call("arrangements", "verify", folder, "--data", data)
    assert check.code == 0
    assert "104 patterns, distinct" in check.out
    assert "they belong to this data" in check.out
    facts = call("arrangements", "info", folder, "--json").json
    assert (facts["patterns"], facts["complete"], facts["rank"]) == (104, True, 4)
    assert "104 activation patterns" in call("arrangements", "info", folder).out

    text, archive = folder.with_suffix(".csv"), folder.with_suffix(".npz")
    assert call("arrangements", "export", folder, "--to", "csv").code == 0
    assert call("arrangements", "export", folder, "--to", "npz").code == 0
    table = ar.read_table(text)
    assert table.names == tuple(f"row{k}" for k in range(8))
    lines = {tuple(map(int, row)) for row in table.matrix.fractions}
    assert lines == {tuple(map(int, pattern)) for pattern in ar.enumerate_patterns(cube(3))}
    assert [row.tobytes() for row in ar.load_patterns(archive).packed] == expected


def test_text_is_written_for_small_lists(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "patterns.csv"
    assert call(*ENUMERATE, data, "-o", out).code == 0
    assert len(out.read_text().splitlines()) == 105


@pytest.mark.parametrize("name", ["p.parq", "p.pkl", "p.h5", "p.npz.gz", "p.1"])
def test_an_unknown_suffix_is_refused_before_work(data: Path, tmp_path: Path, name: str) -> None:
    before = contents(tmp_path)
    answer = call(*ENUMERATE, data, "-o", tmp_path / name)
    assert answer.code == 2
    assert ".npz or .csv, or to a folder" in answer.message
    assert contents(tmp_path) == before
    with pytest.raises(ar.ArgumentError, match=r"ends in|does not end in"):
        ar.save_patterns(ar.enumerate_patterns(cube(2)), tmp_path / name)


def test_a_parquet_name_no_longer_gets_npz_bytes(tmp_path: Path) -> None:
    with pytest.raises(ar.ArgumentError, match=r"does not end in \.npz; store_patterns"):
        ar.save_patterns(ar.enumerate_patterns(cube(2)), tmp_path / "p.parquet")


REFUSALS = {
    "a folder with patterns": ("-o store", "resume"),
    "resume without a folder": ("-o p.npz --resume", "for a folder: name one"),
    "witnesses without a folder": ("--witnesses", "for a folder: name one"),
    "a limit without a folder": ("-o p.npz --max-regions 3", "of a folder: name one"),
    "threads and dask": ("-o new --threads 2 --dask tcp://localhost:1", "give one"),
    "nobody there": ("-o new --dask nonsense://x", "no scheduler answers there"),
    "another file": ("-o data.csv", "read too"),
    "a file": ("-o other", "is a file; name a folder"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_does_not_go_together(
    data: Path, tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call(*ENUMERATE, data, "-o", "store")
    Path("other").write_text("")
    before = contents(tmp_path)
    options, reason = REFUSALS[case]
    answer = call(*ENUMERATE, "data.csv", *options.split())
    assert answer.code in (1, 2)
    assert reason in answer.message
    assert contents(tmp_path) == before


def test_export_asks_for_a_whole_store_and_a_fitting_name(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    assert call(*ENUMERATE, data, "-o", folder, "--max-regions", "0").code == 3
    unfinished = call("arrangements", "export", folder, "--to", "csv")
    assert unfinished.code == 2
    assert "is unfinished; `enumerate --resume`" in unfinished.message
    verified = call("arrangements", "verify", folder)
    assert (verified.code, "unfinished" in verified.out) == (1, True)
    assert call(*ENUMERATE, data, "-o", folder, "--resume").code == 0
    named = call("arrangements", "export", folder, "--to", "csv", "-o", tmp_path / "p.npz")
    assert (named.code, "does not end in .csv" in named.message) == (2, True)


@pytest.mark.parametrize("limit", [["--time-limit", "0"], ["--max-bytes", "0"]])
def test_a_limit_leaves_with_three_and_goes_on(
    data: Path, tmp_path: Path, limit: list[str]
) -> None:
    folder = tmp_path / "store"
    stopped = call(*ENUMERATE, data, "-o", folder, *limit, "--json")
    assert (stopped.code, stopped.json["complete"]) == (3, False)
    again = call(*ENUMERATE, data, "-o", folder, "--resume", "--threads", "2", "--json")
    assert (again.code, again.json["complete"], again.json["patterns"]) == (0, True, 104)
    assert again.json["balance"] <= 1


def test_a_time_limit_of_a_list_leaves_nothing(data: Path, tmp_path: Path) -> None:
    before = contents(tmp_path)
    answer = call(*ENUMERATE, data, "-o", tmp_path / "p.npz", "--time-limit", "0")
    assert answer.code == 3
    assert answer.message == (
        "stopped by the time limit before the work began; no file was written"
    )
    assert contents(tmp_path) == before


def test_a_damaged_part_is_made_again(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    call(*ENUMERATE, data, "-o", folder)
    part = folder / "part-0000000.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[:-9])
    answer = call("arrangements", "verify", folder)
    assert answer.code == 1
    assert "part-0000000.parquet missing or damaged" in answer.message
    assert "--resume" in answer.message
    again = call(*ENUMERATE, data, "-o", folder, "--resume")
    assert "1 damaged parts made again" in again.out
    assert part.read_bytes() == whole


def child(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, str(DRIVER), "enumerate", "data.csv", "-o", "store", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def parts(folder: Path) -> int:
    return len(list(folder.glob("store/part-*")))


def wait_for_parts(folder: Path, process: subprocess.Popen[bytes], more: int) -> None:
    """Wait until a child has written some parts, or has ended."""
    until, patience = parts(folder) + more, time.monotonic() + PATIENCE
    while parts(folder) < until and process.poll() is None:
        assert time.monotonic() < patience, "the command writes nothing"
        time.sleep(0.001)


def test_ctrl_c_keeps_finished_parts_and_says_how_to_go_on(tmp_path: Path) -> None:
    write(tmp_path / "data.csv", cube(5))
    process = child(tmp_path)
    wait_for_parts(tmp_path, process, 3)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, complaint
    said = complaint.decode()
    assert "stopped while storing: " in said
    assert "finished parts are in store; the same command with --resume goes on" in said
    assert said.count("\n") == 1
    store = ar.open_patterns(tmp_path / "store")
    # A part can be in place and not yet in the manifest.
    assert len(store.parts) >= 2
    assert not store.is_complete
    assert ar.verify_patterns(store).count == len(store)


def kill(process: subprocess.Popen[bytes]) -> bool:
    """Kill a child; return whether it was still at work."""
    process.kill()
    process.communicate()
    assert process.returncode in (0, -signal.SIGKILL)
    return process.returncode != 0


def check_like_undisturbed(tmp_path: Path, count: int) -> None:
    """Finish the store that was killed, make another at once, and compare all there is."""
    for folder, words in (("killed", ["--resume", "--threads", "2"]), ("whole", [])):
        process = child(tmp_path / folder, *words)
        _, complaint = process.communicate(timeout=10 * PATIENCE)
        assert process.returncode == 0, complaint
    killed, whole = (ar.open_patterns(tmp_path / each / "store") for each in ("killed", "whole"))
    assert len(killed) == count
    assert killed.completion is not None
    assert killed.completion == whole.completion
    assert [part.checksum for part in killed.parts] == [part.checksum for part in whole.parts]
    assert ar.verify_patterns(killed).complete
    assert {path.name for path in killed.folder.iterdir()} == {
        path.name for path in whole.folder.iterdir()
    }


def test_killed_again_and_again_it_ends_like_an_undisturbed_run(tmp_path: Path) -> None:
    generator = random.Random(0)  # noqa: S311 - moments to kill at
    for folder in ("killed", "whole"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / "data.csv", cube(5))
    kills = 0
    for turn in range(6):
        process = child(tmp_path / "killed", "--resume", "--threads", str(1 + turn % 2))
        wait_for_parts(tmp_path / "killed", process, generator.randint(0, 25))
        time.sleep(generator.random() * 0.01)
        kills += kill(process)
    assert kills >= 3
    # The number of threshold functions of five variables.
    check_like_undisturbed(tmp_path, 94572)


@pytest.mark.thorough
def test_killed_fifty_times_in_fifteen_million_patterns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARTS", "usual")
    generator = random.Random(1)  # noqa: S311 - moments to kill at
    for folder in ("killed", "whole"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / "data.csv", cube(6))
    kills = 0
    for turn in range(50):
        process = child(tmp_path / "killed", "--resume", "--threads", str(1 + turn % 2))
        # Some while it starts or checks, most when it has written something.
        wait_for_parts(tmp_path / "killed", process, generator.randint(0, 3))
        time.sleep(generator.random() * 0.3)
        kills += kill(process)
    assert kills == 50
    check_like_undisturbed(tmp_path, 15028134)

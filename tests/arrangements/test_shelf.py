"""Large answers of workers on this machine: left in memory, fetched once, never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arrangements import shelf
from arrangements.dispatch import Dispatcher

LARGE = 300_000
"""Numbers of eight bytes: more than is worth a file."""


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let an empty folder be the machine's memory."""
    monkeypatch.setattr(shelf, "_MEMORY", tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2) as executor:
        yield executor


def numbered(size: int) -> dict[str, Any]:
    """Return arrays of several kinds and layouts, and what is no array."""
    table = np.arange(size, dtype=np.int64)
    return {
        "table": table,
        "bytes": (table % 251).astype(np.uint8),
        "columns": np.asfortranarray(table[: size // 2 * 2].reshape(2, -1)),
        "every other": table[::2],
        "none": table[:0],
        "objects": np.array([1 << 200, -1], dtype=object),
        "word": "as it is",
    }


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def same(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return left.keys() == right.keys() and all(
        np.array_equal(left[key], right[key]) for key in left
    )


@pytest.mark.parametrize("size", [10, LARGE])
def test_answers_of_processes_arrive_whole_and_can_be_written_to(
    size: int, memory: Path, processes: Executor
) -> None:
    sizes = [size, size + 1, size + 3, size + 4, size + 5]
    for index, answer in Dispatcher(numbered, processes).run(sizes):
        assert same(answer, numbered(sizes[index]))
        answer["table"][0] = 7
    assert not list(memory.iterdir())


@pytest.mark.parametrize(("size", "files"), [(10, 0), (LARGE, 1)])
def test_large_answers_wait_in_memory_until_they_are_fetched(
    size: int, files: int, memory: Path, processes: Executor
) -> None:
    with shelf.open_shelf() as desk:
        parcel = processes.submit(desk.parcel, numbered(size)).result()
        assert len(files_of(memory)) == files
        assert same(parcel.opened(), numbered(size))
        assert not files_of(memory)


def test_threads_hand_over_what_they_have(memory: Path) -> None:
    made = numbered(LARGE)
    with ThreadPoolExecutor(1) as executor, shelf.open_shelf() as desk:
        parcel = executor.submit(desk.parcel, made).result()
        assert parcel.opened() is made
    assert not list(memory.iterdir())


def test_a_process_of_another_machine_sends_everything(processes: Executor) -> None:
    # It does not have the folder, and may well have the number of the process that asks.
    elsewhere = shelf.Shelf("another name", os.getpid(), "/nonexistent/shelf")
    parcel = elsewhere.parcel(numbered(LARGE))
    assert same(parcel.opened(), numbered(LARGE))
    assert same(processes.submit(elsewhere.parcel, numbered(10)).result().opened(), numbered(10))


def test_memory_that_is_full_or_missing_is_done_without(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    with shelf.open_shelf() as desk:
        other = shelf.Shelf("another name", desk.owner, desk.folder)
        monkeypatch.setattr(shelf, "_written", full)
        assert same(other.parcel(numbered(LARGE)).opened(), numbered(LARGE))
    monkeypatch.setattr(shelf, "_MEMORY", memory / "not there")
    with shelf.open_shelf() as desk:
        assert desk.folder == ""


def test_a_file_that_could_not_be_written_whole_does_not_stay(memory: Path) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with shelf.open_shelf() as desk:
        other = shelf.Shelf("another name", desk.owner, desk.folder)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))
        try:
            parcel = other.parcel(numbered(LARGE))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert not files_of(memory)
        assert same(parcel.opened(), numbered(LARGE))


def test_an_answer_that_somebody_removed_is_asked_for_again(
    memory: Path, processes: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = shelf.Shelved.opened
    removed: list[Path] = []

    def once_removed(parcel: shelf.Shelved[Any]) -> Any:
        if not removed:
            removed.append(Path(parcel.path))
            removed[0].unlink()
        return opened(parcel)

    monkeypatch.setattr(shelf.Shelved, "opened", once_removed)
    work = Dispatcher(numbered, processes)
    assert [len(answer["table"]) for _, answer in work.run([LARGE] * 3)] == [LARGE] * 3
    assert removed
    assert work.workload.retried == 1
    assert not list(memory.iterdir())


def test_what_was_not_fetched_goes_with_the_run(memory: Path, processes: Executor) -> None:
    run = Dispatcher(numbered, processes).run([LARGE] * 6)
    next(run)
    assert list(memory.iterdir())
    run.close()
    assert not list(memory.iterdir())


KILLED = """
import os, signal, sys
from pathlib import Path
from arrangements import shelf
shelf._MEMORY = Path(sys.argv[1])
with shelf.open_shelf() as desk:
    Path(desk.folder, "answer").write_bytes(b"never fetched")
    print("open", flush=True)
    signal.pause()
"""


def test_what_a_killed_process_left_is_removed_by_the_next(memory: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(memory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as victim:  # noqa: S603 - this very interpreter
        assert victim.stdout is not None
        assert victim.stdout.readline() == "open\n"
        (folder,) = memory.iterdir()
        for file in (*folder.iterdir(), folder):
            os.utime(file, (0, 0))
        with shelf.open_shelf():
            # It lives: its folder is locked.
            assert folder.exists()
        victim.send_signal(signal.SIGKILL)
    with shelf.open_shelf():
        assert not folder.exists()
        assert len(list(memory.iterdir())) == 1

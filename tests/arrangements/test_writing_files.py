"""Files are written whole or not at all, and no other thread notices."""

from __future__ import annotations

import ast
import errno
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import arrangements as ar
import convex_program as cx
from arrangements.io import files

PACKAGES = [Path(module.__file__).parent for module in (ar, cx)]
SAVERS = {"save", "savez", "savez_compressed", "savetxt", "savefig", "tofile", "dump"}
"""Functions of libraries that write a file when they are given its name."""


@pytest.fixture
def _umask_027() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_umask_027")
def test_the_umask_is_applied_and_never_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(mask: int) -> int:
        raise AssertionError(f"umask({mask:#o}) opens the files of other threads")

    with monkeypatch.context() as patch:
        patch.setattr(os, "umask", refuse)
        with ar.atomic_write(tmp_path / "x") as stream:
            stream.write(b"1")
            (other,) = tmp_path.iterdir()
            assert stat.S_IMODE(other.stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640


def test_the_disk_has_the_content_before_the_name_and_then_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "x"
    target.write_bytes(b"old")
    synced: list[tuple[str, bytes]] = []
    sync = os.fsync

    def watch(descriptor: int) -> None:
        sync(descriptor)
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        if kind == "file":
            assert os.fstat(descriptor).st_size == len(b"new")
        synced.append((kind, target.read_bytes()))

    monkeypatch.setattr(os, "fsync", watch)
    with ar.atomic_write(target) as stream:
        stream.write(b"new")
    assert synced == [("file", b"old"), ("folder", b"new")]


def test_a_file_system_that_cannot_sync_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", sync)
    with ar.atomic_write(tmp_path / "x") as stream:
        stream.write(b"new")
    assert (tmp_path / "x").read_bytes() == b"new"


def test_a_disk_that_fails_to_sync_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sync(descriptor: int) -> None:
        raise OSError(errno.EIO, f"Input/output error of {descriptor}")

    target = tmp_path / "x"
    target.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", sync)
    with (
        pytest.raises(ar.FileError, match="x cannot be written: Input/output"),
        ar.atomic_write(target) as stream,
    ):
        stream.write(b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "x"
    contents = {bytes([65 + index]) * 10_000 for index in range(8)}

    def write(content: bytes) -> None:
        for _ in range(5):
            with ar.atomic_write(target) as stream:
                stream.write(content[:5000])
                stream.write(content[5000:])

    workers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert target.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [target]


OUTCOMES: list[tuple[BaseException, type[BaseException]]] = [
    (OSError(errno.ENOSPC, "No space left on device"), ar.FileError),
    (OSError(errno.ENOMEM, "Cannot allocate memory"), MemoryError),
    (MemoryError(), MemoryError),
    (TimeoutError("of the caller"), TimeoutError),
    (KeyboardInterrupt(), KeyboardInterrupt),
]


@pytest.mark.parametrize(("error", "outcome"), OUTCOMES, ids=[repr(row[0]) for row in OUTCOMES])
def test_what_an_error_in_the_block_becomes(
    error: BaseException, outcome: type[BaseException], tmp_path: Path
) -> None:
    with pytest.raises(outcome) as caught, ar.atomic_write(tmp_path / "x"):
        raise error
    assert type(caught.value) is outcome
    assert list(tmp_path.iterdir()) == []


def test_a_listener_is_not_mistaken_for_the_file(tmp_path: Path) -> None:
    def listen(event: ar.Progress) -> None:
        del event
        raise ConnectionResetError(errno.ECONNRESET, "of the listener")

    patterns = ar.enumerate_patterns([[1, 0], [0, 1], [1, 1]])
    for name in ("x.graphml", "x.csv"):
        with pytest.raises(ConnectionResetError):
            ar.save_region_graph(patterns, tmp_path / name, progress=listen)
    assert list(tmp_path.iterdir()) == []


def test_out_of_memory_while_reading_is_no_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(Path, "open", fail)
    for read in (ar.read_table, cx.load_network, cx.load_claim):
        with pytest.raises(MemoryError, match="cannot be read: Cannot allocate memory"):
            read(tmp_path / "x.csv")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless device")
def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 1 << 21)
    for read in (ar.read_table, cx.load_network, cx.load_claim):
        with pytest.raises(Exception, match="/dev/zero is larger than 2,097,152 bytes"):
            read("/dev/zero")


@pytest.mark.parametrize("package", PACKAGES, ids=lambda folder: folder.name)
def test_every_writer_goes_through_atomic_write(package: Path) -> None:
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if any(True for _ in _bare_writes(path))
    }
    # Journals and manifests grow by whole lines, and sync each; parts of a store are written
    # aside, synced and renamed.
    lines = {"study/journal.py", "store/manifest.py", "store/parts.py"}
    assert found == (lines if package.name == "arrangements" else set())


def _bare_writes(path: Path) -> Iterator[str]:
    """Yield the calls that write outside of a block of `atomic_write`, or of one in memory."""
    tree = ast.parse(path.read_text())
    safe = {
        id(inner)
        for block in ast.walk(tree)
        if isinstance(block, ast.With)
        and any(
            opener in ast.unparse(item.context_expr)
            for item in block.items
            for opener in ("atomic_write(", "BytesIO()")
        )
        for inner in ast.walk(block)
    }
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or id(call) in safe:
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
        texts = [
            node.value
            for node in [*call.args, *(keyword.value for keyword in call.keywords)]
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        if name == "open" and any(set(text) & set("wax+") for text in texts if len(text) <= 3):
            yield f"open {texts}"
        elif name in SAVERS | {"write_text", "write_bytes"}:
            yield name

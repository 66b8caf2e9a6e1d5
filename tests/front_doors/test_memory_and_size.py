"""Out of memory says so, and is never blamed on a file; files of no sensible size are refused."""

from __future__ import annotations

import errno
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from front_doors.tools import call
from safetensors import SafetensorError
from safetensors.numpy import save_file

import arrangements as ar
import convex_program as cx
from arrangements.cli import app
from arrangements.io import archives
from convex_program.importers import load_state_dict
from convex_program.importers.torch import state_dict as importer

ONES = np.ones((1, 2))
FULL = MemoryError("Unable to allocate 1 TiB")


def _raiser(error: BaseException) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def _npy(folder: Path) -> Any:
    np.save(folder / "x.npy", ONES)
    return ar.read_table(folder / "x.npy")


def _npz(folder: Path) -> Any:
    np.savez(folder / "x.npz", X=ONES)
    return ar.read_table(folder / "x.npz")


def _network(folder: Path) -> Any:
    np.savez(folder / "net.npz", hidden=ONES, output=np.ones(1))
    return cx.load_network(folder / "net.npz")


@pytest.mark.parametrize("read", [_npy, _npz, _network])
def test_no_memory_for_an_array(
    read: Callable[[Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives.npy, "read_array", _raiser(FULL))
    with pytest.raises(MemoryError):
        read(tmp_path)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        SafetensorError("I/O error: Cannot allocate memory (os error 12)"),
    ],
)
def test_no_memory_for_safetensors(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file({"0.weight": ONES, "2.weight": np.ones((1, 1))}, tmp_path / "w.safetensors")
    monkeypatch.setattr("safetensors.numpy.load_file", _raiser(error))
    with pytest.raises(MemoryError):
        load_state_dict(tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes"),
    ],
)
def test_no_memory_for_torch(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "w.pt").write_bytes(b"weights")
    torch = types.SimpleNamespace(load=_raiser(error))
    monkeypatch.setitem(__import__("sys").modules, "torch", torch)
    with pytest.raises(MemoryError):
        load_state_dict(tmp_path / "w.pt")


def test_a_damaged_torch_file_is_still_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "w.pt").write_bytes(b"weights")
    torch = types.SimpleNamespace(load=_raiser(RuntimeError("invalid header or archive")))
    monkeypatch.setitem(__import__("sys").modules, "torch", torch)
    with pytest.raises(cx.ArgumentError, match="is not a file of plain weights"):
        load_state_dict(tmp_path / "w.pt")


def test_the_command_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.csv").write_text("1,2\n3,4\n")
    monkeypatch.setattr(app, "count_regions", _raiser(FULL))
    answer = call("arrangements", "count", tmp_path / "x.csv")
    assert answer.code == 3
    assert "out of memory before the work began" in answer.message
    assert "take fewer rows or columns" in answer.message


def test_a_torch_archive_that_unpacks_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "MOST_BYTES", 1 << 20)
    monkeypatch.setitem(
        __import__("sys").modules,
        "torch",
        types.SimpleNamespace(load=_raiser(AssertionError("it was unpacked"))),
    )
    with zipfile.ZipFile(tmp_path / "w.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", bytes(1 << 21))
    assert (tmp_path / "w.pt").stat().st_size < 1 << 16
    with pytest.raises(cx.ArgumentError, match="holds 2,097,152 bytes; at most 1,048,576"):
        load_state_dict(tmp_path / "w.pt")


def test_a_large_safetensors_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_file({"0.weight": np.ones((100, 200))}, tmp_path / "w.safetensors")
    monkeypatch.setattr(importer, "MOST_BYTES", 100_000)
    monkeypatch.setattr("safetensors.numpy.load_file", _raiser(AssertionError("it was loaded")))
    with pytest.raises(cx.ArgumentError, match="at most 100,000 are read"):
        load_state_dict(tmp_path / "w.safetensors")


def test_a_view_of_one_number_in_a_huge_shape() -> None:
    wide = np.broadcast_to(np.float32(1), (1 << 20, 1 << 20))
    with pytest.raises(cx.ArgumentError, match=r"0.weight has shape .*134,217,728 weights"):
        cx.from_torch(
            {"0.weight": wide, "2.weight": np.ones((1, 1))}, ONES, [1.0], weight_decay=1.0
        )

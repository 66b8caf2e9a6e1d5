"""NPY and NPZ files are judged by what they declare, before anything is unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import arrangements as ar
import convex_program as cx
from arrangements.io import archives
from arrangements.store import npz

HUGE = 1 << 25
"""Bytes that the bombs unpack to; half of them is the limit in these tests."""


def header(shape: object, descr: object = "<f8", version: int = 1) -> bytes:
    """Return the beginning of an NPY file that declares what it is told to."""
    text = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode() + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text


def npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def bomb(path: Path, name: str, beginning: bytes, **others: bytes) -> Path:
    """Write an archive in which one array goes on with zeros, for `HUGE` bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for other, content in others.items():
            archive.writestr(f"{other}.npy", content)
        with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
            stream.write(beginning)
            zeros = bytes(1 << 24)
            for _ in range(2):
                stream.write(zeros)
    return path


ONE = npy(np.ones((1, 2)))
OUTPUT = npy(np.ones(1))
WHOLE = header((HUGE // 16, 2))
LIST = {
    "packed": npy(np.zeros((2, 1), np.uint8)),
    "witnesses": npy(np.zeros((2, 1, 1), np.uint64)),
    "record": npy(np.frombuffer(b"{}", np.uint8)),
}
"""Of a pattern list, by name."""

# Name, what it unpacks to, the other arrays, who reads it, what is said.
BOMBS: list[tuple[str, bytes, dict[str, bytes], Callable[[Path], Any], str]] = [
    ("X", WHOLE, {}, ar.read_table, "16,777,216 are read: keep fewer rows"),
    ("X", header((2, 2)), {}, ar.read_table, "4 entries of float64 are declared"),
    ("X", header((HUGE,), "|O"), {}, ar.read_table, "Python objects"),
    ("X", b"", {}, ar.read_table, "not a whole NPZ file"),
    ("hidden", WHOLE, {"output": OUTPUT}, cx.load_network, "16,777,216 are read"),
    ("hidden", header((1, 2)), {"output": OUTPUT}, cx.load_network, "are declared"),
    ("gain", WHOLE, {"output": OUTPUT, "hidden": ONE}, cx.load_network, "holds gain, hidden"),
    (
        "output_bias",
        header((HUGE // 8,)),
        {"output": OUTPUT, "hidden": ONE},
        cx.load_network,
        "are read",
    ),
    ("hidden", header((1 << 20,), "|S32"), {"output": OUTPUT}, cx.load_network, "are read: keep"),
    *(
        (name, beginning, {k: v for k, v in LIST.items() if k != name}, ar.load_patterns, message)
        for name in LIST
        for beginning, message in (
            (header((HUGE, 1), "|u1"), "16,777,216 are read"),
            (header((HUGE // 8, 1, 1), "<u8"), "16,777,216 are read"),
            (header((2, 1), "|u1"), "2 entries of uint8 are declared"),
            (header((HUGE,), "|O"), "Python objects"),
            (b"", "not a whole NPZ file"),
        )
    ),
]


@pytest.mark.parametrize("row", BOMBS, ids=lambda row: f"{row[3].__name__} {row[0]} {row[4]}")
def test_a_bomb_is_refused_before_it_is_unpacked(
    row: tuple[str, bytes, dict[str, bytes], Callable[[Path], Any], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name, beginning, others, read, message = row
    path = bomb(tmp_path / "bomb.npz", name, beginning, **others)
    unpacked = 0
    original = zipfile.ZipExtFile.read

    def count(stream: zipfile.ZipExtFile, size: int | None = -1) -> bytes:
        nonlocal unpacked
        content = original(stream, size)
        unpacked += len(content)
        assert unpacked < 1 << 20
        return content

    monkeypatch.setattr(archives, "MOST_BYTES", HUGE // 2)
    monkeypatch.setattr(npz, "MOST_BYTES", HUGE // 2)
    monkeypatch.setattr(zipfile.ZipExtFile, "read", count)
    with pytest.raises((ar.FileError, cx.ArgumentError), match=message):
        read(path)


# What a few bytes declare, and what is said of it.
DECLARED: list[tuple[bytes, str]] = [
    (header((10**6, 10**6)), "1000000000000 entries of float64 are declared, 0 bytes"),
    (header((2**32, 2**32)), "entries of float64 are declared"),
    (header((2**62, 2)), "entries of float64 are declared"),
    (header((-1, 2)), "negative"),
    (header((10**9, 10**9), "<U0"), "are read: keep fewer rows"),
    (header((10**9, 10**9), "|V0"), "are read: keep fewer rows"),
    (header((10**10, 0)), "are read: keep fewer rows"),
    (header((0, 10**10)), "are read: keep fewer rows"),
    (header((1, 1), "|O"), "Python objects"),
    (header((1, 1), version=2)[:8] + struct.pack("<I", 2**32 - 1), "header"),
    (b"\x93NUMPY\x03\x00" + header((1, 1))[8:], "for records"),
    (b"\x93NUMPY\x09\x00" + header((1, 1))[8:], "version"),
    (b"\x93NUMPY", "not a whole"),
    (header("soon"), "not a whole"),
    (header((1, 1)) + bytes(9), "1 entries of float64 are declared, 9 bytes"),
]


@pytest.mark.parametrize(("content", "message"), DECLARED, ids=[row[0][:60] for row in DECLARED])
def test_what_a_few_bytes_declare(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(ar.FileError, match=message):
        ar.read_table(tmp_path / "x.npy")
    with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", content)
    with pytest.raises(ar.FileError, match=message):
        ar.read_table(tmp_path / "x.npz")


@pytest.mark.parametrize("other", ["packed", "witnesses", "record"])
def test_a_pattern_list_of_other_types(other: str, tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    ar.save_patterns(ar.enumerate_patterns([[1, 0], [0, 1]]), path)
    with np.load(path) as archive:
        whole = dict(archive)
    assert len(ar.load_patterns(path)) == 4
    for changed in (whole[other].astype(float), whole[other][None], whole[other][:0]):
        np.savez(path, **{**whole, other: changed})
        with pytest.raises((ar.FileError, ar.ProofError)):
            ar.load_patterns(path)
    big = whole["witnesses"].astype(">u8")
    np.savez(path, **{**whole, "witnesses": big})
    assert len(ar.load_patterns(path)) == 4


def test_a_list_larger_than_other_files_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p.npz"
    ar.save_patterns(ar.enumerate_patterns(np.random.default_rng(0).standard_normal((12, 4))), path)
    monkeypatch.setattr(npz, "MOST_BYTES", 100)
    assert len(ar.load_patterns(path)) == ar.region_bound(12, 4)


def test_a_pattern_list_with_a_key_twice(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    ar.save_patterns(ar.enumerate_patterns([[1, 0], [0, 1]]), path)
    with np.load(path) as archive:
        whole = dict(archive)
    text = whole["record"].tobytes().replace(b"{", b'{"schema": 0, ', 1)
    np.savez(path, **{**whole, "record": np.frombuffer(text, np.uint8)})
    with pytest.raises(ar.FileError, match="stands twice"):
        ar.load_patterns(path)


def test_two_arrays_of_one_name(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X.npy", ONE)
        archive.writestr("X", npy(np.ones((3, 3))))
    with pytest.raises(ar.FileError, match="two arrays of one name"):
        ar.read_table(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_numpy_does_not_write_is_not_unpacked(method: int, tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("X.npy", ONE)
    with pytest.raises(ar.FileError, match="compressed as numpy does not do it"):
        ar.read_table(path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "u1", "?", ">f8", ">i2", "f2"])
def test_what_is_sound_is_read_as_before(
    save: Callable[..., None], order: Any, dtype: str, tmp_path: Path
) -> None:
    array = np.array([[1, 0, 3], [0, 1, 1]]).astype(dtype).copy(order=order)
    save(tmp_path / "x.npz", X=array, other=np.array(["not", "looked", "at"]))
    np.save(tmp_path / "x.npy", array)
    expected = ar.DataMatrix.from_array(array)
    assert ar.read_table(tmp_path / "x.npz").matrix == expected
    assert ar.read_table(tmp_path / "x.npy").matrix == expected

"""Compiling ahead of time, and saying so when it happens."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from pathlib import Path

import pytest

import arrangements as ar
from arrangements import kernel_cache, warming
from arrangements.enumeration.sweep import cells
from arrangements.kernel_cache import KERNELS, announce, cache_folder, is_compiled

GROUPS = {
    "counting": "count_unit",
    "counting in a cone": "count_cone_unit",
    "counting large integers": "count_residues",
    "dependent rows": "find_dependent",
    "double description": "split_cones",
    "special vertices": "expand_vertices",
    "the sweep": "sweep_unit",
    "witnesses": "side_words",
}


def test_warm_leaves_nothing_to_compile() -> None:
    events: list[ar.Progress] = []
    done = ar.warm(progress=events.append)
    assert {name for name, _ in done.groups} == set(GROUPS)
    assert all(is_compiled(KERNELS, kernel) for kernel in GROUPS.values())
    assert events[-1].done == events[-1].total == len(GROUPS)
    assert "ready after" in done.summary()


def test_another_installation_has_another_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The same sources elsewhere, or written at another time: numba would compile them again.
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    folders = []
    for name in ("one", "two"):
        copy = tmp_path / name / "kernels"
        shutil.copytree(KERNELS, copy)
        folders.append(cache_folder(copy))
        assert not is_compiled(copy, "count_unit")
    os.utime(copy / "count.py", (0, 0))
    cache_folder.cache_clear()
    folders.append(cache_folder(copy))
    assert len({*folders, cache_folder(KERNELS)}) == 4


def test_the_first_compilation_of_a_group_is_announced_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(kernel_cache, "_ANNOUNCED", set())
    monkeypatch.setattr(kernel_cache, "cache_folder", lambda _folder: tmp_path)
    with caplog.at_level(logging.WARNING):
        announce(KERNELS, "count_unit", "counting", 4)
        announce(KERNELS, "count_unit", "counting", 4)
    assert [record.getMessage() for record in caplog.records] == [
        (
            "compiling the kernels of counting, once for this installation: about 4 seconds "
            "(ahead of time: arrangements warm)"
        )
    ]
    (tmp_path / "count.count_unit-12.py311.nbi").write_bytes(b"")
    monkeypatch.setattr(kernel_cache, "_ANNOUNCED", set())
    caplog.clear()
    announce(KERNELS, "count_unit", "counting", 4)
    assert not caplog.records


def test_the_sweep_itself_is_compiled_where_numpy_would_do(monkeypatch: pytest.MonkeyPatch) -> None:
    from arrangements import kernels

    calls = []
    real = kernels.sweep_unit
    monkeypatch.setattr(kernels, "sweep_unit", lambda *given: calls.append(given) or real(*given))
    monkeypatch.setattr(cells, "_LOCAL", threading.local())
    monkeypatch.setattr(cells, "is_compiled", lambda _folder, _kernel: False)
    warming._sweep()
    assert calls

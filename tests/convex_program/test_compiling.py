"""Compiling in a process beside: it helps, ends when it should, and may fail."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from convex_program import compiling
from convex_program.compiling import Beside, has_room

ROOT = Path(__file__).parents[2]


@pytest.fixture
def _empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "is_compiled", lambda _folder, _kernel: False)
    monkeypatch.setattr(compiling, "has_room", lambda: True)
    monkeypatch.setattr(compiling, "cache_folder", lambda _folder: tmp_path / "room")


def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    """Write a module that a process beside finds, and return its name."""
    (tmp_path / "beside_this.py").write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "beside_this"


@pytest.mark.usefixtures("_empty")
def test_it_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "import os, pathlib\n"
        "place = pathlib.Path(os.environ['NUMBA_CACHE_DIR'], 'written')\n"
        "place.write_text(place.read_text() + 'x' if place.exists() else 'x')\n"
    )
    beside = Beside(module(tmp_path, monkeypatch, text), "explore")
    beside.begin()
    beside.begin()
    beside.wait()
    beside.wait()
    assert (tmp_path / "written").read_text() == "x"


@pytest.mark.usefixtures("_empty")
@pytest.mark.parametrize("text", ["raise SystemExit(3)", "import os; os.abort()", "no python"])
def test_failure_is_no_obstacle(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = Beside(module(tmp_path, monkeypatch, text), "explore")
    beside.begin()
    beside.wait()


@pytest.mark.usefixtures("_empty")
def test_one_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_PATIENCE", 0.1)
    beside = Beside(module(tmp_path, monkeypatch, "import time; time.sleep(600)"), "explore")
    beside.begin()
    process = beside._process
    assert process is not None
    beside.wait()
    assert process.returncode is not None


@pytest.mark.usefixtures("_empty")
def test_no_interpreter_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    beside = Beside("beside_this", "explore")
    beside.begin()
    beside.wait()


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    # The parent is killed outright; what reads its pipe must not be left over.
    (tmp_path / "beside_this.py").write_text(
        "from convex_program.compiling import end_with_parent\n"
        "end_with_parent()\n"
        "import time; time.sleep(600)\n",
        encoding="utf-8",
    )
    parent = (
        "import time\n"
        "from convex_program import compiling\n"
        "compiling.is_compiled = lambda *_: False\n"
        "compiling.has_room = lambda: True\n"
        "beside = compiling.Beside('beside_this', 'explore')\n"
        "beside.begin()\n"
        "print(beside._process.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    with subprocess.Popen(  # noqa: S603 - this Python, the text above
        [sys.executable, "-c", parent], stdout=subprocess.PIPE, env=environment
    ) as running:
        assert running.stdout is not None
        child = int(running.stdout.readline())
        assert _runs(child)
        running.kill()
    deadline = time.monotonic() + 60
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(child)


def _runs(process: int) -> bool:
    """Whether a process runs: an ended one that nobody has waited for does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def test_ctrl_c_while_waiting_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "is_compiled", lambda _folder, _kernel: False)
    monkeypatch.setattr(compiling, "has_room", lambda: True)
    beside = Beside(module(tmp_path, monkeypatch, "import time; time.sleep(600)"), "explore")
    beside.begin()
    process = beside._process
    assert process is not None

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            beside.wait()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert process.returncode is not None


def test_where_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1}, raising=False)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: None)
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3.11")
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "0")
    assert has_room()
    with monkeypatch.context() as patch:
        patch.setattr(os, "sched_getaffinity", lambda _pid: {0}, raising=False)
        assert not has_room()
    with monkeypatch.context() as patch:
        patch.setattr(multiprocessing, "parent_process", object)
        assert not has_room()
    with monkeypatch.context() as patch:
        patch.setenv("NUMBA_DISABLE_JIT", "1")
        assert not has_room()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "frozen", True, raising=False)
        assert not has_room()
    for other in ("/usr/bin/uwsgi", "", None):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "executable", other)
            assert not has_room()


def test_nothing_is_begun_when_the_cache_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "is_compiled", lambda _folder, _kernel: True)
    monkeypatch.setattr(compiling, "has_room", lambda: True)
    beside = Beside("beside_this", "explore")
    beside.begin()
    assert beside._process is None


def test_what_it_runs_compiles_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    from convex_program import kernels
    from convex_program.pricing.ahead import compile_search

    calls = []
    real = kernels.explore
    monkeypatch.setattr(kernels, "explore", lambda *given: calls.append(given) or real(*given))
    compile_search()
    assert calls
    # The types that a solve calls it with: no second compilation.
    assert len(real.signatures) == 1


def test_one_that_has_done_its_work_ends_in_order() -> None:
    text = "from convex_program.compiling import end_with_parent; end_with_parent()"
    with subprocess.Popen(  # noqa: S603 - this Python, the text above
        [sys.executable, "-c", text],
        stdin=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": f"{ROOT}"},
    ) as running:
        assert running.wait(60) == 0

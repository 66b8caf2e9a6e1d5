"""Ctrl-C: exit 130, a word on how far it came, no half-written file, bounds kept."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from front_doors.tools import Answer, call, contents

import arrangements as ar
import convex_program as cx
from arrangements.cli import Session
from arrangements.progress import Meter

DRIVER = Path(__file__).with_name("interrupted.py")
PATIENCE = 60


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Data, and a network that is far from optimal: every stage has something to do."""
    generator = np.random.default_rng(0)
    np.save(tmp_path / "data.npy", generator.standard_normal((6, 3)))
    np.savez(tmp_path / "net.npz", hidden=np.ones((1, 2)), output=np.ones(1))
    return tmp_path


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """About 10**13 patterns."""
    np.save(tmp_path / "data.npy", np.random.default_rng(0).standard_normal((300, 8)))
    return tmp_path


def stopped_at(monkeypatch: pytest.MonkeyPatch, event: int) -> Callable[[], list[ar.Progress]]:
    """Press Ctrl-C at the given progress event; return a function that tells all events."""
    seen: list[ar.Progress] = []
    listen = Session.listen

    def listener(self: Session, progress: ar.Progress) -> None:
        seen.append(progress)
        listen(self, progress)
        if len(seen) == event:
            raise KeyboardInterrupt

    monkeypatch.setattr(Session, "listen", listener)
    monkeypatch.setattr(Meter, "_interval", 0.0)
    return lambda: seen


COMMANDS = {
    "count": "arrangements count data.npy",
    "enumerate": "arrangements enumerate data.npy --out out.npz",
    "enumerate to stdout": "arrangements enumerate data.npy",
    "graph": "arrangements graph data.npy --out out.csv",
}
SOLVE = "convex-program solve data.npy --target 2 --beta 0.1 --claim c.claim --network n.npz"


@pytest.mark.parametrize("name", COMMANDS)
def test_stopping_at_any_event_leaves_nothing(
    name: str, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small)
    words = COMMANDS[name].split()
    with monkeypatch.context() as patch:
        events = stopped_at(patch, -1)
        assert call(*words).code == 0
        total = len(events())
    assert total > 0
    for path in ("out.npz", "out.csv", "c.json", "n.npz"):
        Path(path).unlink(missing_ok=True)
    before = contents(small)
    for event in sorted({1, 2, 3, total // 2, total - 1, total} & set(range(1, total + 1))):
        with monkeypatch.context() as patch:
            events = stopped_at(patch, event)
            answer = call(*words)
            last = events()[-1]
        assert answer.code == 130
        assert answer.out == ""
        expected = rf"^stopped while {last.stage}: {last.done:,} of .*{last.noun} after [\d.]+ s; "
        assert re.search(expected + "no file was written$", answer.message), answer.message
        assert contents(small) == before


def test_a_proof_that_is_stopped_leaves_a_rigorous_bound(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small)
    with monkeypatch.context() as patch:
        events = stopped_at(patch, -1)
        assert call(*SOLVE.split()).code == 0
        every = [event.stage for event in events()]
    proof = every.index("proof") + 1
    assert cx.verify(cx.load_claim("c.claim")).relative_gap < 1e-9
    for path in ("c.claim", "n.npz"):
        Path(path).unlink()
    for event in (proof, len(every)):
        with monkeypatch.context() as patch:
            stopped_at(patch, event)
            answer = call(*SOLVE.split())
        assert answer.code == 130
        assert "No network of any width is below" in answer.out
        assert "rigorous" in answer.out
        assert "c.claim is not written" in answer.err
        assert not Path("c.claim").exists()


CERTIFY = "convex-program certify net.npz data.npy --target 2 --beta 0.1 --best-network best.npz"


def own_bound(folder: Path) -> cx.Certificate:
    table = ar.read_table(folder / "data.npy")
    features, targets = table.split("2")
    problem = cx.TrainingProblem(features.matrix, targets, ar.decimal_value("0.1"))
    network = cx.load_network(folder / "net.npz")
    patterns = ar.enumerate_patterns(features.matrix)
    return cx.certify_dual(problem, patterns, problem.residual(network))


def stages(events: list[ar.Progress]) -> list[int]:
    """Where each stage starts: the events with nothing done."""
    return [index for index, event in enumerate(events, 1) if event.done == 0]


@pytest.mark.parametrize("form", ["words", "json"])
def test_certify_keeps_what_the_own_residual_proves(
    form: str, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small)
    lower = own_bound(small).lower
    words = [*CERTIFY.split(), *(["--json"] if form == "json" else [])]
    with monkeypatch.context() as patch:
        events = stopped_at(patch, -1)
        assert call(*words, "--claim", "claim.json").code == 0
        every = events()
    for path in ("best.npz", "claim.json"):
        Path(path).unlink()
    before = contents(small)
    pricings = [k for k in stages(every) if every[k - 1].stage == "pricing"]
    proofs = [k for k, event in enumerate(every, 1) if event.stage == "proof"]
    for event in (1, pricings[0], proofs[0], proofs[-1]):
        with monkeypatch.context() as patch:
            stopped_at(patch, event)
            answer: Answer = call(*words, "--claim", "claim.json")
        assert answer.code == 130
        if event <= pricings[0]:
            assert answer.out == ""
            assert answer.message.endswith("no file was written")
            assert contents(small) == before
            continue
        assert answer.message.endswith("what stands above is proved")
        if form == "json":
            assert answer.json["lower"] == pytest.approx(float(lower), rel=1e-12)
            assert answer.json["level"] == "proved"
        else:
            assert f"Certified lower bound      {float(lower):.10g}"[:35] in answer.out
        after = contents(small)
        assert set(after) - set(before) == {"claim.json", "best.npz"}
        assert cx.verify(cx.load_claim("claim.json")).lower == lower
        for path in ("best.npz", "claim.json"):
            Path(path).unlink()


def child(folder: Path, *words: str, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, *words], cwd=folder, stdout=subprocess.PIPE, **options
    )


def test_a_real_signal_during_enumeration(endless: Path) -> None:
    before = contents(endless)
    words = ("asked", "arrangements", "enumerate", "data.npy", "-o", "out.npz")
    process = child(endless, str(DRIVER), *words, stderr=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"working\n"
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    pattern = r"stopped while enumerating: [\d,]+ of at most [\d,]+ regions after [\d.]+ s; no file"
    assert re.match(pattern, complaint.decode()), complaint
    assert complaint.count(b"\n") == 1
    assert contents(endless) == before


def test_a_real_signal_during_certification(small: Path) -> None:
    before = contents(small)
    words = ("optimum", "convex_program", *CERTIFY.split()[1:])
    process = child(small, str(DRIVER), *words, stderr=subprocess.PIPE)
    answer, complaint = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, complaint
    assert b"Certified lower bound" in answer
    assert complaint.decode().startswith("stopped while ")
    assert complaint.decode().endswith("; what stands above is proved\n")
    assert contents(small) == before


@pytest.mark.parametrize("command", ["solve", "certify net.npz"])
def test_a_real_signal_leaves_the_bounds_so_far(endless: Path, command: str) -> None:
    """Seven dimensions take minutes; the first round, or the first pricing, is over soon."""
    np.savez(endless / "net.npz", hidden=np.ones((1, 7)), output=np.ones(1))
    words = f"{command} data.npy --target 7 --beta 5 --json".split()
    process = child(endless, str(DRIVER), "asked", "convex_program", *words, stderr=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"working\n"
        process.send_signal(signal.SIGINT)
        answer, complaint = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, complaint
    found = json.loads(answer)
    best = found.get("best", found)
    assert best["status"] == "interrupted"
    assert 0 <= best["lower"] <= best["upper"] <= found["upper"]
    assert complaint.decode() == "stopped; what stands above is rigorous\n"


def test_a_terminal_shows_progress_until_ctrl_c(endless: Path) -> None:
    before = contents(endless)
    ours, theirs = pty.openpty()
    code = "from arrangements.cli import main; main()"
    process = child(
        endless,
        *("-c", code, "enumerate", "data.npy", "-o", "out.npz"),
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    )
    os.close(theirs)
    shown = b""
    try:
        while b"regions" not in shown:
            shown += read_some(ours)
        process.send_signal(signal.SIGINT)
        while b"no file was written" not in shown:
            shown += read_some(ours)
        assert process.wait(timeout=PATIENCE) == 130
    finally:
        process.kill()
        process.communicate()
        os.close(ours)
    assert b"enumerating" in shown
    assert b"stopped while enumerating: " in shown
    assert b"Traceback" not in shown
    assert contents(endless) == before


def read_some(terminal: int) -> bytes:
    ready, _, _ = select.select([terminal], [], [], PATIENCE)
    assert ready, "the command said nothing"
    return os.read(terminal, 4096)


def test_running_out_of_memory_is_a_limit(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small)
    before = contents(small)

    def greedy(self: Session, event: ar.Progress) -> None:
        self._last = event
        raise MemoryError

    monkeypatch.setattr(Session, "listen", greedy)
    answer = call("arrangements", "enumerate", "data.npy", "-o", "out.npz")
    assert answer.code == 3
    assert answer.message.startswith("out of memory while enumerating: 0 of at most")
    assert contents(small) == before


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_text("old")

    def write(error: BaseException) -> None:
        with ar.atomic_write(target) as stream:
            stream.write(b"half of the new")
            raise error

    for error in (KeyboardInterrupt(), MemoryError(), ValueError("bad")):
        with pytest.raises(type(error)):
            write(error)
        assert contents(tmp_path) == {"out": b"old"}
    with pytest.raises(ar.FileError, match="out cannot be written: No space left on device"):
        write(OSError(28, "No space left on device"))
    assert contents(tmp_path) == {"out": b"old"}


def test_a_study_stops_in_the_middle_of_a_count(endless: Path) -> None:
    # Four columns are counted in a second, five take a minute.
    words = "study data.npy --reductions columns --roundings exact --rows 300 --max-rank 8"
    code = "from arrangements.cli import main; main()"
    process = child(
        endless, "-c", code, *words.split(), "-o", "study.jsonl", stderr=subprocess.PIPE
    )
    out = endless / "study.jsonl"
    try:
        while process.poll() is None and (not out.exists() or out.read_bytes().count(b"\n") < 5):
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, complaint
    assert complaint.decode().endswith(
        "what is done is in study.jsonl; the same command goes on from there\n"
    )
    assert len(ar.load_study(out).cases) == 4


def test_threads_are_not_waited_for(tmp_path: Path) -> None:
    code = (
        "import time\nfrom arrangements.cli.threads import Threads\n"
        "with Threads(2) as threads:\n"
        "    assert list(threads.map(abs, [-1, 2, -3])) == [1, 2, 3]\n"
        "    threads.submit(time.sleep, 3600)\n"
        "    raise SystemExit(7)"
    )
    process = child(tmp_path, "-c", code)
    try:
        assert process.wait(timeout=PATIENCE) == 7
    finally:
        process.kill()
        process.communicate()

"""Progress is drawn where somebody waits for it, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import arrangements as ar
import convex_program as cx
from arrangements.progress import session

LONG = 5.0


class Drawn(ar.ProgressBar):
    """Keeps what it is asked to draw."""

    def __init__(self) -> None:
        self.events: list[ar.Progress] = []

    def draw(self, event: ar.Progress) -> None:
        self.events.append(event)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[Drawn]:
    """A session whose bar is ours, in a process that nobody watches."""
    bar = Drawn()
    monkeypatch.setattr(session, "_SESSION", session._Session())
    monkeypatch.setattr(session, "progress_bar", lambda: bar)
    yield bar
    ar.show_progress(None)


def sit_down(monkeypatch: pytest.MonkeyPatch, *, terminal: bool = True) -> None:
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)


def event(seconds: float, *, stage: str = "pricing", last: bool = False) -> ar.Progress:
    return ar.Progress(stage, 3, 7, "cells", seconds, last=last)


def test_nothing_is_drawn_in_a_script(drawn: Drawn) -> None:
    ar.session_listener(event(LONG))
    assert drawn.events == []


def test_nothing_is_drawn_where_standard_error_is_no_terminal(
    drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit_down(monkeypatch, terminal=False)
    ar.session_listener(event(LONG))
    monkeypatch.setattr(sys, "stderr", None)  # as where there is no console
    ar.session_listener(event(LONG))
    assert drawn.events == []


def test_a_terminal_alone_is_no_session(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    ar.session_listener(event(LONG))
    assert drawn.events == []


def test_at_a_prompt_long_stages_are_drawn_to_their_end(
    drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit_down(monkeypatch)
    events = [event(0.0), event(0.5), event(1.5), event(LONG), event(LONG, last=True)]
    for one in events:
        ar.session_listener(one)
    assert drawn.events == events[2:]


def test_short_stages_are_not_drawn(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    sit_down(monkeypatch)
    for one in (event(0.0), event(0.3), event(LONG, last=True)):
        ar.session_listener(one)
    assert drawn.events == []


def test_a_stage_after_one_that_was_interrupted_waits_again(
    drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit_down(monkeypatch)
    ar.session_listener(event(LONG))  # and Ctrl-C
    ar.session_listener(event(0.0))
    ar.session_listener(event(0.2, last=True))
    assert drawn.events == [event(LONG)]


def test_it_can_be_switched_off_and_on(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    ar.show_progress(choice=True)
    ar.session_listener(event(LONG, stage="in a script"))
    sit_down(monkeypatch)
    ar.show_progress(choice=False)
    ar.session_listener(event(LONG, stage="switched off"))
    ar.session_listener(event(LONG, stage="in a script", last=True))  # what is there goes
    ar.show_progress(None)
    ar.session_listener(event(LONG, stage="at a prompt"))
    assert [one.stage for one in drawn.events] == ["in a script", "in a script", "at a prompt"]


@pytest.mark.parametrize("choice", [0, 1, "yes", []])
def test_the_switch_refuses_what_is_no_choice(choice: object) -> None:
    with pytest.raises(ar.ArgumentError, match="True"):
        ar.show_progress(choice)  # type: ignore[arg-type]


def test_calls_without_a_listener_are_heard_and_silent_ones_are_not(
    drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit_down(monkeypatch)
    monkeypatch.setattr(session, "_PATIENCE", 0.0)
    problem = cx.TrainingProblem([[-1.0], [0.5], [1.0]], [1.0, 0.0, 2.0], beta=0.1)
    network = cx.Network([[1.0]], [1.0])
    cx.certify(network, problem, progress=ar.silent)
    cx.regularization_path(problem.X, problem.y, [1.0, 0.5], progress=ar.silent)
    ar.faces([[1, 0], [0, 1]], progress=ar.silent)
    assert drawn.events == []
    cx.certify(network, problem)
    assert drawn.events


@pytest.mark.parametrize(
    "work",
    [
        lambda hear: cx.global_optimum(_problem(), solver=cx.WorkingSet(), progress=hear),
        lambda hear: cx.global_optimum(
            _problem(), solver=cx.WorkingSet(), level=cx.Level.PROVED, progress=hear
        ),
        lambda hear: cx.global_optimum(_problem(), solver=cx.ADMM(), progress=hear),
        lambda hear: cx.regularization_path(_problem().X, _problem().y, [1.0, 0.1], progress=hear),
        lambda hear: cx.train(_problem(), 3, progress=hear),
        lambda hear: cx.certify(cx.Network([[1.0, 0.0]], [1.0]), _problem(), progress=hear),
    ],
)
def test_every_stage_ends(work: Callable[[ar.Listener], object]) -> None:
    heard: list[ar.Progress] = []
    work(heard.append)
    assert heard
    still_open: set[str] = set()
    for one in heard:
        (still_open.discard if one.last else still_open.add)(one.stage)
    assert still_open == set()


def _problem() -> cx.TrainingProblem:
    return cx.TrainingProblem([[-1.0, 1.0], [0.5, 1.0], [1.0, 1.0]], [1.0, 0.0, 2.0], beta=0.1)


def test_stages_end_when_work_is_broken_off() -> None:
    heard: list[ar.Progress] = []

    def work() -> None:
        with ar.ending_stages(heard.append) as listener:
            listener(event(1.0))
            listener(event(2.0, stage="counting"))
            listener(event(2.0, stage="counting", last=True))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert heard[-1] == event(1.0, last=True)
    assert len(heard) == 4


SESSION = """
import sys, time
import arrangements as ar
from arrangements.progress import session
session._PATIENCE = 0.0
print(len(ar.enumerate_patterns([[1, 0], [0, 1], [1, 1]])))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo terminals")
def test_pythons_own_prompt_draws_on_standard_error_alone() -> None:
    import pty

    read, write = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "PYTHON_BASIC_REPL": "1"}
    done = subprocess.run(
        [sys.executable, "-i", "-q"],
        input=SESSION,
        stdout=subprocess.PIPE,
        stderr=write,
        text=True,
        check=True,
        env=environment,
        cwd=Path(__file__).parents[2],
    )
    os.close(write)
    written = b""
    try:
        while chunk := os.read(read, 1 << 16):
            written += chunk
    except OSError:  # the other end is closed
        pass
    os.close(read)
    assert done.stdout.split() == ["6"]
    assert "of at most 6 regions" in written.decode()
    assert written.decode().split("\r")[1].strip() == ""  # the line was taken away

"""Running both command lines in this process, and reading what they say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from arrangements.cli.app import app as arrangements_app
from convex_program.cli.app import app as convex_app

_APPS = {"arrangements": arrangements_app, "convex-program": convex_app}


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def message(self) -> str:
        """The one message on stderr: a line, or typer's usage panel as a line."""
        assert "Traceback" not in self.err
        lines = [line for line in self.err.splitlines() if line.strip()]
        if any("╭─ Error" in line for line in lines):
            assert self.err.count("╭─ Error") == 1, self.err
            panel = " ".join(line.strip(" │") for line in lines if line.startswith("│"))
            return " ".join(panel.split())
        assert len(lines) == 1, self.err
        return lines[0]


def call(*words: str | Path) -> Answer:
    """Run a command; anything but a clean exit is an error of the test."""
    name, *arguments = map(str, words)
    result = CliRunner().invoke(_APPS[name], arguments, env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(result.exit_code, result.stdout, result.stderr)


def contents(folder: Path) -> dict[str, bytes]:
    """Everything in a folder, hidden and temporary files included."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }

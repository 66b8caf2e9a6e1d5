"""Five people's first hour, as scripts: each fails where it fails for them."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@pytest.mark.parametrize("name", ["theorist", "scikit_learn", "data_frame"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_script(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(HERE / f"{name}.py"), run_name="__main__")
    assert capsys.readouterr().out


def test_pytorch(capsys: pytest.CaptureFixture[str]) -> None:
    """Run by ``make test-torch``."""
    pytest.importorskip("torch")
    runpy.run_path(str(HERE / "pytorch.py"), run_name="__main__")
    assert capsys.readouterr().out


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_shell(tmp_path: Path) -> None:
    bin_folder = Path(sys.executable).parent
    done = subprocess.run(  # noqa: S603 - our own script
        ["bash", str(HERE / "shell.sh")],  # noqa: S607 - whichever bash there is
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "CHECKER": str(ROOT / "tools" / "check_claim.py"),
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The claim is proved" in done.stdout

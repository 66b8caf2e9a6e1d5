"""Every snippet of the README and of the documentation runs and prints what it says.

How a fence is read:

``python``     run, in one namespace a page; a ``text`` fence right after it is its output
``console``    run line by line behind ``$``; what follows a command is its output
``{code-cell}``  run; its output is made when the page is built
``sh``         not run (it installs or takes long); its make targets have to exist

Numbers in outputs agree exactly when they are integers.  Decimals are rounded figures: they
agree to 1e-5; what is below 1e-3 is left over by rounding and training, and may be smaller
or up to a hundred times larger.  Times are not compared.

``python tests/docs/test_snippets.py`` writes the present outputs into the pages.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
    if not {"_build", "jupyter_execute"} & set(page.parts)
)
FENCE = re.compile(r"^```(?P<kind>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?")
NOISE = 1e-3
AGREE = 1e-5


@dataclass(frozen=True)
class Fence:
    """One fenced block of a page; `start` and `end` delimit its body in the page's text."""

    kind: str
    body: str
    start: int
    end: int
    line: int
    follows: bool
    """True when nothing but blank lines stands between this fence and the one before."""


def fences(text: str) -> list[Fence]:
    found: list[Fence] = []
    last = -1
    for match in FENCE.finditer(text):
        found.append(
            Fence(
                kind=match["kind"].split(" ")[0].strip(),
                body=match["body"],
                start=match.start("body"),
                end=match.end("body"),
                line=text.count("\n", 0, match.start()) + 1,
                follows=last >= 0 and not text[last : match.start()].strip(),
            )
        )
        last = match.end()
    return found


@dataclass(frozen=True)
class Outcome:
    """What a snippet printed, and where in the page its output is written down."""

    fence: Fence
    shown: str
    printed: str


def run_page(page: Path, folder: Path) -> Iterator[Outcome]:
    """Run the snippets of a page in a folder that holds what a checkout has under docs/data."""
    text = page.read_text("utf-8")
    listed = fences(text)
    notebook = any(fence.kind == "{code-cell}" for fence in listed)
    shutil.copytree(ROOT / "docs" / "data", folder / "docs" / "data", dirs_exist_ok=True)
    here = folder / page.relative_to(ROOT).parent if notebook else folder
    here.mkdir(parents=True, exist_ok=True)
    space: dict[str, object] = {"__name__": "__main__"}
    with contextlib.chdir(here):
        for fence, after in zip_longest(listed, listed[1:]):
            if fence.kind in {"python", "{code-cell}"}:
                printed = run_python(fence, page, space)
                if after is not None and after.kind == "text" and after.follows:
                    yield Outcome(after, after.body, printed)
                elif fence.kind == "python":
                    yield Outcome(fence, "", printed)
            elif fence.kind == "console":
                yield Outcome(fence, fence.body, run_console(fence.body))


def run_python(fence: Fence, page: Path, space: dict[str, object]) -> str:
    source = "\n" * fence.line + fence.body
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        exec(compile(source, str(page), "exec"), space)  # noqa: S102 - our own pages
    return stream.getvalue()


def run_console(body: str) -> str:
    """Run every command of a console block; return the block as it came out."""
    written = []
    status = 0
    for line in body.splitlines():
        if not line.startswith("$ "):
            continue
        command = line.removeprefix("$ ")
        # The demo's own environment is this one.
        demo = f"'{sys.executable}' '{ROOT / 'tools' / 'demo.py'}'"
        done = subprocess.run(  # noqa: S603 - our own pages
            ["bash", "-c", f"(exit {status}); {demo if command == 'make demo' else command}"],  # noqa: S607
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "COLUMNS": "100",
                "NO_COLOR": "1",
                "TERM": "dumb",
            },
        )
        status = done.returncode
        written += [line, *done.stdout.splitlines()]
    return "\n".join(written) + "\n"


def differences(shown: str, printed: str) -> list[str]:
    """Return a line for each line that does not say the same."""
    left, right = shown.rstrip().splitlines(), printed.rstrip().splitlines()
    if len(left) != len(right):
        return [f"{len(left)} lines shown, {len(right)} printed:", printed]
    return [
        f"shown:   {a}\nprinted: {b}" for a, b in zip(left, right, strict=True) if not same(a, b)
    ]


def same(shown: str, printed: str) -> bool:
    if shown.rstrip() == printed.rstrip():
        return True
    # Columns may shift when a figure is a digit longer.
    if [text.split() for text in NUMBER.split(shown)] != [
        text.split() for text in NUMBER.split(printed)
    ]:
        return False
    for a, b in zip(NUMBER.finditer(shown), NUMBER.finditer(printed), strict=True):
        if re.match(r" ?(?:ms|s|seconds|minutes|hours|days|years)\b", shown[a.end() :]):
            continue
        if not figures_agree(a[0].replace(",", ""), b[0].replace(",", "")):
            return False
    return True


def figures_agree(shown: str, printed: str) -> bool:
    if re.fullmatch(r"-?\d+", shown) and re.fullmatch(r"-?\d+", printed):
        return shown == printed
    left, right = float(shown), float(printed)
    if abs(left) < NOISE:
        return abs(right) <= max(100 * abs(left), 1e-12)
    digits = len(shown.partition(".")[2]) if "e" not in shown else 0
    half = 0.5 * 10.0**-digits if digits else 0.0
    return math.isclose(left, right, rel_tol=AGREE, abs_tol=half)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page: Path, tmp_path: Path) -> None:
    wrong = [
        f"{page.relative_to(ROOT)}, line {outcome.fence.line}:\n{text}"
        for outcome in run_page(page, tmp_path)
        for text in differences(outcome.shown, outcome.printed)
    ]
    assert not wrong, "\n".join([*wrong, f"(write the new outputs with: python {__file__})"])


def test_targets_named_in_pages_exist() -> None:
    rules = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for page in PAGES:
        for target in re.findall(
            r"(?:`|\$ |^```sh\n)make ([\w-]+)", page.read_text("utf-8"), re.MULTILINE
        ):
            assert target in rules, f"{page.relative_to(ROOT)} names make {target}"


def test_every_library_is_justified() -> None:
    """Each library asked for in pyproject.toml has its line in the decision record."""
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = settings["project"]
    wanted = [
        *project["dependencies"],
        *(line for lines in project["optional-dependencies"].values() for line in lines),
        *settings["dependency-groups"]["dev"],
        *settings["build-system"]["requires"],
    ]
    names = {re.split(r"[^\w.-]", line)[0] for line in wanted} - {project["name"]}
    (record,) = (ROOT / "docs" / "decisions").glob("*-libraries.md")
    listed = set(re.findall(r"^\| `([\w.-]+)`", record.read_text("utf-8"), re.MULTILINE))
    assert listed == names


def test_decisions_are_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "index.md").read_text("utf-8")
    for record in folder.glob("0*.md"):
        assert f"\n{record.stem}\n" in index, f"{record.name} is not in the index"


@pytest.mark.parametrize(
    ("shown", "printed", "agree"),
    [
        ("1,562 patterns", "1,562 patterns", True),
        ("1,562 patterns", "1,563 patterns", False),
        ("objective 9.82170872097", "objective 9.82170872111", True),
        ("objective 9.8217", "objective 9.8311", False),
        ("gap 2.7e-05", "gap 1.1e-06", True),
        ("gap 2.7e-05", "gap 2.7e-02", False),
        ("about 0.021 seconds", "about 3.1 seconds", True),
        ("proved by cover", "proved by count", False),
    ],
)
def test_comparison(shown: str, printed: str, *, agree: bool) -> None:
    assert same(shown, printed) is agree


def refresh(page: Path) -> bool:
    """Write the present outputs into a page; say whether anything changed."""
    text = page.read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        outcomes = list(run_page(page, Path(folder)))
    for outcome in reversed(outcomes):
        if differences(outcome.shown, outcome.printed) and outcome.fence.kind != "python":
            text = text[: outcome.fence.start] + outcome.printed + text[outcome.fence.end :]
    changed = text != page.read_text("utf-8")
    page.write_text(text, "utf-8")
    return changed


if __name__ == "__main__":
    for each in PAGES:
        if refresh(each):
            sys.stdout.write(f"rewrote {each.relative_to(ROOT)}\n")

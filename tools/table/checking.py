"""Lines of a table against their claims, by the checker that needs the standard library alone."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from archive import CHECKER, SUMS
from problems import COLUMN
from rows import Row, digest


@dataclass(frozen=True)
class Archive:
    """A folder with a table, its data and its claims.

    Parameters
    ----------
    folder : Path
    """

    folder: Path

    def rows(self) -> list[Row]:
        """Read the table."""
        with (self.folder / "table.csv").open(encoding="utf-8", newline="") as file:
            return [_row(line) for line in csv.DictReader(file)]

    def wrong_sums(self) -> list[str]:
        """Return files that are missing, or are not what the checksums say."""
        wrong = []
        for line in (self.folder / SUMS).read_text("utf-8").splitlines():
            said, name = line.split("  ", 1)
            path = self.folder / name
            if not path.is_file() or digest(path) != said:
                wrong.append(f"{name}: missing, or not the file whose checksum stands in {SUMS}")
        return wrong

    def wrong(self, row: Row) -> str:
        """Check a line's claim about the data file; return what is wrong, or nothing.

        The checker has to prove the claim, with the bounds of the line; loss, beta and width in the
        file have to be those of the line.
        """
        path = self.folder / "claims" / row.claim
        if not path.is_file() or digest(path) != row.sha256:
            return f"{row.claim}: missing, or another file"
        with path.open("rb") as file:
            head = json.loads(file.readline())
        about = head["problem"]
        if (about["loss"], Fraction(about["beta"])) != (row.loss, Fraction(row.beta)):
            return f"{row.claim} is about another problem"
        if row.width and head["network"]["width"] != row.width:
            return f"{row.claim} is about a network of another width"
        return self._proved(row, path)

    def _proved(self, row: Row, path: Path) -> str:
        data = self.folder / "data" / f"{row.data}.csv"
        columns = ",".join(f"x{j + 1}" for j in range(row.columns - 1))
        command = [sys.executable, "-I", "-S", str(CHECKER), str(path), "--data", str(data)]
        command += ["--columns", columns, "--target", COLUMN[row.loss]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - this interpreter
        if done.returncode:
            return f"{row.claim}: {done.stderr.strip()}"
        said = [
            float(text)
            for text in re.findall(r" at (?:most|least) +(\S+)$", done.stdout, re.MULTILINE)
        ]
        if said != [row.objective, row.lower, row.gap]:
            return f"{row.claim}: proved with other numbers: {said}"
        return ""


def _row(line: dict[str, str]) -> Row:
    kinds = Row.__annotations__
    read = {"int": int, "float": float, "str": str}
    return Row(**{name: read[kinds[name]](text) for name, text in line.items()})

"""The file of finished lines: a table that was stopped goes on from there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from data_sets import GRID
from problems import HIGHEST, SECONDS, SHARE, SHARE_ABOVE, SHARP
from rows import SEED, WIDTHS, Key, Row, digest
from trainers import TRAINERS

HEAD: dict[str, Any] = {
    "kind": "table of certified gaps",
    "schema": 1,
    "grid": GRID,
    "shares": [SHARE, SHARE_ABOVE, HIGHEST],
    "seconds": SECONDS,
    "sharp": [list(step) for step in SHARP],
    "seed": SEED,
    "widths": list(WIDTHS),
    "methods": {name: trainer.says() for name, trainer in TRAINERS.items()},
}
"""What all lines have in common: a journal made with other settings is refused."""


class JournalError(Exception):
    """A file that is no journal of this table."""


class Journal:
    """Finished lines by key; each is on the disk before the next begins.

    Parameters
    ----------
    path : Path
        Begun when missing or empty.  A last line that was cut off is left out, and so is a line whose
        claim is missing or is another file: it is made again.
    claims : Path
        Folder of the claim files.

    Raises
    ------
    JournalError
        When the file holds something else.
    """

    def __init__(self, path: Path, claims: Path) -> None:
        self.path = path
        self.rows: dict[Key, Row] = {}
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        head, *lines = whole.splitlines() or [b""]
        if not head:
            path.write_bytes(_line(HEAD))
            return
        try:
            same = json.loads(head) == HEAD
            found = [Row(**json.loads(line)) for line in lines]
        except (TypeError, ValueError):
            raise JournalError(f"{path} is no journal of this table: remove it") from None
        if not same:
            raise JournalError(
                f"{path} was made with other settings: name another folder, or remove this one"
            )
        os.truncate(path, len(whole))
        self.rows = {row.key: row for row in found if _stands(row, claims)}

    def append(self, row: Row) -> None:
        """Write a finished line, and wait until the disk has it."""
        with self.path.open("ab") as stream:
            stream.write(_line(row.to_json()))
            stream.flush()
            os.fsync(stream.fileno())
        self.rows[row.key] = row


def _stands(row: Row, claims: Path) -> bool:
    path = claims / row.claim
    return not row.claim or (path.is_file() and digest(path) == row.sha256)


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode("ascii") + b"\n"

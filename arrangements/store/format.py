"""What a file or folder for patterns is to be: its name says."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

from arrangements.errors import ArgumentError


class PatternFormat(Enum):
    """Forms that patterns take on disk."""

    NPZ = "npz"
    """One file with witnesses and proof: a list that fits into memory."""
    CSV = "csv"
    """Plain text, without a proof: small lists for people and spreadsheets."""
    PARQUET = "parquet"
    """A folder of Parquet files with a manifest: whatever outgrows memory."""

    @classmethod
    def of(cls, path: str | Path) -> PatternFormat:
        """Return what a name asks for: ``.npz``, ``.csv``, and ``.parquet`` or nothing for a folder.

        Raises
        ------
        ArgumentError
            For any other suffix.
        """
        suffix = Path(path).suffix.lower()
        if suffix in {"", ".parquet"}:
            return cls.PARQUET
        for each in cls:
            if suffix == f".{each.value}":
                return each
        raise ArgumentError(
            f"{os.fspath(path)} ends in {suffix}: patterns go to a file that ends in .npz or .csv, or "
            "to a folder, whose name ends in .parquet or has no dot"
        )

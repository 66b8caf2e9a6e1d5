"""Rooms of `tools`, whose tests import their modules; an installed package has none of them."""

from __future__ import annotations

import sys
from pathlib import Path

TOOLS = Path(__file__).parents[1] / "tools"


def ignored_without(name: str) -> list[str]:
    """Put a room on the path; return which tests of a folder to leave out: all where it is missing."""
    room = TOOLS / name
    sys.path.insert(0, str(room))
    return [] if room.is_dir() else ["test_*.py"]

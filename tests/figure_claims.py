"""Where the figures of the article are made, and for how many seeds a claim about one must hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

ROOM = Path(__file__).parents[1] / "tools" / "reproduce"
SEEDS = range(20)


def holds(claim: Callable[[int], bool]) -> bool:
    """Whether a claim holds for eighteen seeds of twenty."""
    return sum(map(claim, SEEDS)) >= 18

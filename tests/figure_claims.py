"""For how many seeds a claim about a figure of the article must hold."""

from __future__ import annotations

from collections.abc import Callable

SEEDS = range(20)


def holds(claim: Callable[[int], bool]) -> bool:
    """Whether a claim holds for eighteen seeds of twenty."""
    return sum(map(claim, SEEDS)) >= 18

"""Dual vectors that add up to zero exactly, on a grid of float64 numbers."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from convex_program.norms import power_of_two

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]

_SMALLEST_UNIT, _LARGEST_UNIT = 2.0**-900, 2.0**1000


def grid_of(values: Floats) -> tuple[float, int] | None:
    """Return a grid on which sums of these many values of this size are exact.

    Returns
    -------
    unit : float
        A multiple of it by less than 2**53 is a float64 number.
    most : int
        Multiples up to which single values are rounded: sums of all of them stay below 2**52.
        None is returned near the ends of float64, where the grid would leave it.
    """
    size = power_of_two(values)
    if not _SMALLEST_UNIT <= size <= _LARGEST_UNIT:
        return None
    reserve = 2 + int(np.ceil(np.log2(values.size + 1)))
    return size * 2.0 ** (reserve - 51), 2 ** (52 - reserve)


def balanced(v: Floats, low: Floats, high: Floats) -> Floats:
    """Return a vector between two ends, near v, that adds up to zero exactly.

    Notes
    -----
    For v between the ends, the nearest such vector with sum zero is v less a constant, cut off at
    the ends; that exists because the ends enclose 0.  Entries are scaled to size at most 2 and
    rounded to multiples of a grid of 2**(reserve - 51), so an entry is at most 2**(52 - reserve)
    steps.  What is then left over, at most n steps, is taken off the entries that have most
    room; they stay below 2**53 steps and are float64 numbers.
    """
    unit = power_of_two(v)
    known = grid_of(v)
    if known is None:
        # Zero is feasible.
        return np.zeros_like(v)
    step, most = known
    grid = step / unit
    # Ends of large weights overflow, to what they are in these units: none.
    with np.errstate(over="ignore"):
        low, high = low / unit, high / unit
        low_steps, high_steps = low / grid, high / grid
    scaled = _centred(v / unit, low, high)
    least = np.ceil(np.maximum(low_steps, -most)).astype(np.int64)
    largest = np.floor(np.minimum(high_steps, most)).astype(np.int64)
    steps = np.clip(np.rint(scaled / grid), least, largest).astype(np.int64)
    rest = int(steps.sum())
    room = steps - least if rest > 0 else largest - steps
    steps -= np.sign(rest) * spread(room, abs(rest))
    return np.asarray(steps * step)


def spread(room: Steps, amount: int) -> Steps:
    """Return how many of an amount each entry takes, those with most room first."""
    order = np.argsort(-room, kind="stable")
    before = np.cumsum(room[order]) - room[order]
    taken = np.zeros_like(room)
    taken[order] = np.clip(amount - before, 0, room[order])
    return taken


def _centred(v: Floats, low: Floats, high: Floats) -> Floats:
    """Return v less the constant that makes it add up to zero, cut off at both ends."""
    if np.isinf(low).all() and np.isinf(high).all():
        return np.asarray(v - v.mean())

    def total(shift: float) -> float:
        return math.fsum(np.clip(v - shift, low, high))

    # For a constant beyond all entries, what is left has one sign: the ends enclose 0.
    below, above = float(v.min()), float(v.max())
    for _ in range(200):
        middle = 0.5 * (below + above)
        if middle in {below, above}:
            break
        if total(middle) > 0.0:
            below = middle
        else:
            above = middle
    return np.clip(v - above, low, high)

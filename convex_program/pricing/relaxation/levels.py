"""The least bound that given multipliers prove: two levels, and what the free diagonal gives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Generic

import numpy as np

from arrangements.extras import extra
from convex_program.pricing.relaxation.certificate import Blocks, Weighed, Weights, certified_bound
from convex_program.pricing.relaxation.lifted import LiftedRows

_ROOM = 1e-11
"""Part by which levels are raised, so that rounding does not make a factorization fail."""
_TRIES = (0.0, 1e-13, 1e-11, 1e-9, 1e-7)
"""What is added to the diagonal, relative to it, one after the other."""
_PRECISE = 0.02


@dataclass(frozen=True, slots=True)
class _Levels:
    """l0 + l1, and the two."""

    total: float
    constant: float
    ball: float


@dataclass(frozen=True, eq=False)
class Certified(Generic[Weighed]):
    """A bound with what `certified_bound` needs to find it again.

    Parameters
    ----------
    bound : float
        Of ``f 2^-shift``; infinity where nothing was shown.
    multipliers : Weights
    constant, ball, added : float
    """

    bound: float
    multipliers: Weighed
    constant: float = 0.0
    ball: float = 0.0
    added: float = 0.0


def least_bound(lifted: LiftedRows, by: Weighed) -> Certified[Weighed]:
    """Return the least bound that the multipliers are seen to prove.

    Notes
    -----
    *Algorithm.* A number delta is taken from all weights of p_i m_i, which are free: that adds
    ``delta (|s|^2 + |m|^2 - |Ru|^2)`` to x.Kx (with bits more of the kind) and so repairs the multipliers of an unfinished iteration.  For each
    delta the rows s are eliminated; what is left in u is diagonal in its eigenvectors, and the best
    levels solve an equation in one unknown.  Only the certificate decides.
    """
    with np.errstate(all="ignore"):
        try:
            best = _best_shift(lifted, by)
        except (np.linalg.LinAlgError, ValueError):  # numbers beyond what floats hold
            best = None
    if best is None:
        return Certified(math.inf, by)
    delta, levels = best
    shifted = by.shifted(delta)
    for added in _TRIES:
        room = 1.0 + _ROOM + 10.0 * added
        constant, ball = levels.constant * room, levels.ball * room
        bound = certified_bound(lifted, shifted, constant, ball, added)
        if bound < math.inf:
            return Certified(bound, shifted, constant, ball, added)
    return Certified(math.inf, by)


def _best_shift(lifted: LiftedRows, by: Weights) -> tuple[float, _Levels] | None:
    """Return delta with the levels that go with it; None where no level was found."""
    with extra:
        from scipy.optimize import minimize_scalar

    blocks = by.blocks(lifted)
    inner = blocks.inner
    size = float(np.abs(np.diag(inner)).max(initial=0.0)) or 1.0
    least = max(0.0, -0.5 * float(np.linalg.eigvalsh(inner)[0])) * (1.0 + 1e-6) + 1e-12 * size

    def at(delta: float) -> _Levels:
        return _levels(blocks.shifted(delta))

    def total(power: float) -> float:
        return at(least + size * math.exp(power)).total

    found = minimize_scalar(
        total, bounds=(math.log(1e-9), 1.0), method="bounded", options={"xatol": _PRECISE}
    )
    options = [least, least + size * math.exp(float(found.x))]
    delta = min(options, key=lambda value: at(value).total)
    levels = at(delta)
    return (delta, levels) if math.isfinite(levels.total) else None


def best_levels(lifted: LiftedRows, by: Weights) -> tuple[float, float]:
    """Return about the least l0 and l1 that multipliers prove as they are; infinite where none do."""
    with np.errstate(all="ignore"):
        try:
            found = _levels(by.blocks(lifted))
        except (np.linalg.LinAlgError, ValueError):
            return math.inf, math.inf
    return (found.constant, found.ball) if math.isfinite(found.total) else (math.inf, math.inf)


def _levels(blocks: Blocks) -> _Levels:
    """Return the best levels for K in blocks."""
    with extra:
        from scipy.linalg import LinAlgError, cho_factor, cho_solve
        from scipy.optimize import minimize_scalar

    inner, side, ball = blocks.inner, blocks.side, blocks.ball
    linear, single = blocks.linear, blocks.single
    try:
        factor = cho_factor(inner, lower=True, check_finite=False)
    except LinAlgError:
        return _Levels(math.inf, 0.0, 0.0)
    solved = cho_solve(factor, np.c_[side, single], check_finite=False)
    rest = ball - side.T @ solved[:, :-1]
    w, V = np.linalg.eigh(0.5 * (rest + rest.T))
    squares = (V.T @ (linear - side.T @ solved[:, -1])) ** 2
    base = float(single @ solved[:, -1]) - blocks.corner
    # the ball's level is above -w_0; the constant is base + sum squares/(w + level)
    floor = max(0.0, -float(w[0])) * (1.0 + 1e-10)
    unit = math.sqrt(float(squares.sum())) + abs(base) + floor + 1e-300

    def total(power: float) -> float:
        level = floor + unit * math.exp(power)
        return base + float(np.sum(squares / (w + level))) + level

    found = minimize_scalar(total, bounds=(-32.0, 4.0), method="bounded", options={"xatol": 1e-6})
    level = floor + unit * math.exp(float(found.x))
    constant = base + float(np.sum(squares / (w + level)))
    return _Levels(constant + level, constant, level)

"""One table of losses, with targets of their kind, for every test that goes through all."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from convex_program.losses import (
    Absolute,
    Hinge,
    Huber,
    Interpolation,
    Logistic,
    Loss,
    Quantile,
    Squared,
    SquaredHinge,
)

LOSSES: tuple[Loss, ...] = (
    Squared(),
    Huber("0.3"),
    Huber(2),
    Absolute(),
    Quantile("0.8"),
    Quantile(Fraction(1, 3)),
    Logistic(),
    Hinge(),
    SquaredHinge(),
    Interpolation(),
)
FINITE = tuple(loss for loss in LOSSES if not isinstance(loss, Interpolation))
SMOOTH = tuple(loss for loss in LOSSES if not loss.pulled)
RATIONAL = tuple(loss for loss in LOSSES if not isinstance(loss, Logistic))
NUMBERS = tuple(loss for loss in LOSSES if loss.scales)
LABELS = tuple(loss for loss in LOSSES if not loss.scales)


def targets_for(loss: Loss, rows: int, seed: int = 0) -> np.ndarray:
    """Return targets a loss takes: Gaussian numbers, or labels of both classes."""
    numbers = np.random.default_rng(seed).standard_normal(rows)
    if loss.scales:
        return numbers
    labels = np.where(numbers > 0, 1.0, -1.0)
    labels[:2] = [1.0, -1.0][: len(labels)]
    return labels


def targets(loss: Loss) -> st.SearchStrategy[Fraction]:
    """Draw one target as `Loss.read` returns it."""
    if loss.scales:
        return st.fractions(-10, 10, max_denominator=64)
    return st.sampled_from([Fraction(-1), Fraction(1)])


@st.composite
def duals(draw: st.DrawFn, loss: Loss, y: Fraction) -> Fraction:
    """Draw one number of the domain of D, ends included."""
    low, high = loss.domain(y)
    low = Fraction(-20) if low is None else low
    high = Fraction(20) if high is None else high
    return low + draw(st.fractions(0, 1, max_denominator=96)) * (high - low)

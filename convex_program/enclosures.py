"""Enclosures of exp and log in rational arithmetic: fixed point, rounded outwards.

Standard library only.
"""

from __future__ import annotations

from fractions import Fraction

_BITS = 160


def softplus_above(t: Fraction) -> Fraction:
    """Return a rational number slightly above ``log(1 + exp(t))``."""
    raise NotImplementedError


def entropy_below(p: Fraction) -> Fraction:
    """Return a rational number slightly below ``-p log p - (1 - p) log(1 - p)``, 0 <= p <= 1."""
    raise NotImplementedError

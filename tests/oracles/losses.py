"""Losses from their definitions, one output at a time, in rational numbers or 80 digits."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

DIGITS = 80


def decimal(value: Fraction) -> Decimal:
    """Return a rational number to the digits of the context."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def softplus(t: Fraction) -> Fraction:
    """Return ``log(1 + exp(t))`` to `DIGITS` digits, relatively, for t above -9000."""
    if t > 9000:  # exp(-t) is lost
        return t
    with localcontext() as context:
        context.prec = 3 * DIGITS  # 1 + x and 1 - p cost digits
        context.Emin, context.Emax = -(10**6), 10**6
        small = (-abs(decimal(t))).exp()
        # ln(1 + x) = x - x^2/2 for an x whose cube is lost
        tiny = small < Decimal(10) ** -DIGITS
        log = small - small * small / 2 if tiny else (1 + small).ln()
        return max(t, Fraction(0)) + Fraction(log)


def entropy(p: Fraction) -> Fraction:
    """Return ``-p log p - (1 - p) log(1 - p)`` to `DIGITS` digits, relatively."""
    if p in (0, 1):
        return Fraction(0)
    with localcontext() as context:
        context.prec = 3 * DIGITS  # 1 + x and 1 - p cost digits
        context.Emin, context.Emax = -(10**6), 10**6
        small = decimal(min(p, 1 - p))
        tiny = small < Decimal(10) ** -DIGITS
        log = -small - small * small / 2 if tiny else (1 - small).ln()
        return Fraction(-small * small.ln() - (1 - small) * log)


def value(name: str, parameters: dict[str, Fraction], z: Fraction, y: Fraction) -> Fraction | None:
    """Return the loss of an output z; None when it is infinite."""
    r, margin = z - y, y * z
    if name == "squared":
        return r * r / 2
    if name == "huber":
        delta = parameters["delta"]
        return r * r / 2 if abs(r) <= delta else delta * abs(r) - delta * delta / 2
    if name == "absolute":
        return abs(r)
    if name == "quantile":
        level = parameters["level"]
        return level * max(-r, Fraction(0)) + (1 - level) * max(r, Fraction(0))
    if name == "interpolation":
        return Fraction(0) if r == 0 else None
    if name == "logistic":
        return softplus(-margin)
    if name == "hinge":
        return max(1 - margin, Fraction(0))
    if name == "squared-hinge":
        return max(1 - margin, Fraction(0)) ** 2 / 2
    raise KeyError(name)

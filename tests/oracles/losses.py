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
    r, missing = z - y, max(1 - y * z, Fraction(0))
    delta, level = parameters.get("delta", Fraction(1)), parameters.get("level", Fraction(1, 2))
    near, far = r * r / 2, delta * abs(r) - delta * delta / 2
    return {
        "squared": lambda: near,
        "huber": lambda: near if abs(r) <= delta else far,
        "absolute": lambda: abs(r),
        "quantile": lambda: level * max(-r, Fraction(0)) + (1 - level) * max(r, Fraction(0)),
        "interpolation": lambda: None if r else Fraction(0),
        "logistic": lambda: softplus(-y * z),
        "hinge": lambda: missing,
        "squared-hinge": lambda: missing**2 / 2,
    }[name]()


def dual(name: str, parameters: dict[str, Fraction], v: Fraction, y: Fraction) -> Fraction | None:
    """Return ``min_z loss(z; y) + v z``; None when it is minus infinity."""
    delta, level = parameters.get("delta", Fraction(1)), parameters.get("level", Fraction(1, 2))
    p = y * v
    everywhere = {"squared": p - v * v / 2, "interpolation": p}
    if name in everywhere:
        return everywhere[name]
    if name == "squared-hinge":
        return p - p * p / 2 if p >= 0 else None
    if name == "huber":
        return p - v * v / 2 if abs(v) <= delta else None
    if name in {"logistic", "hinge"}:
        inside = 0 <= p <= 1
        return (entropy(p) if name == "logistic" else p) if inside else None
    low, high = {"absolute": (-1, 1), "quantile": (level - 1, level)}[name]
    return p if low <= v <= high else None

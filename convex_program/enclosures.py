"""Rational bounds of the functions of the logistic loss and of cross-entropy that are not rational.

Standard library only.

Notes
-----
*Algorithm.* Numbers are integers in units of 2**-W, W = `_BITS`.  Three series carry everything:

* ``ln x = 2 atanh((x - 1) / (x + 1))`` for x in [1, 2], with arguments up to 1/3;
* ``-ln(1 - q) = 2 atanh(q / (2 - q))`` for q in [0, 1/2], with arguments up to 1/3;
* ``exp r = sum r^n / n!`` for r in [0, ln 2), after ``u = k ln 2 - r``.

*Exactness.* Arguments are rounded outwards to short dyadic numbers first: both functions are
monotone where that happens.  Each step below says by how many units it is off, and on which
side.  `entropy_below` is off by less than 2**-200 of itself, `softplus_above` by less than
2**-200 of itself and, for positive t and for t below -2048, 2**-200 more.

*Cost.* Some 60 products of 224-bit integers a series: 30 microseconds, whatever the argument.
Denominators are powers of two, at most 2**(450 + log2(1/p)) and 2**3200.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

_BITS = 224
_ONE = 1 << _BITS

_SLACK = 128
"""By how many units `_series_below` is low, at most."""

_FLAT = 2048
"""From here on ``exp(-u)`` is only said to be below 2**-2954: exp(-2048) = 2**-2954.6."""

_FLAT_BITS = 2954

_TERMS = 48
"""Of the exponential series: ``(ln 2)**48 / 48!`` is below 2**-228."""


def softplus_above(t: Fraction) -> Fraction:
    """Return a rational number slightly above ``log(1 + exp(t))``.

    Notes
    -----
    ``log(1 + exp(t)) = t + log(1 + exp(-t))`` for positive t.

    Examples
    --------
    >>> float(softplus_above(Fraction(0)))
    0.6931471805599453
    """
    # The function grows, by at most the growth of t: rounding t up costs one unit, and for
    # negative t at most 2**-W of the value.
    units = -(-(t.numerator << _BITS) // t.denominator)
    if units <= 0:
        return _log_of_one_plus_exp(-units)
    # ceiling: nothing is gained by a denominator longer than that of t
    rest = _log_of_one_plus_exp(units)
    return Fraction(units - (-rest.numerator << _BITS) // rest.denominator, _ONE)


def entropy_below(p: Fraction) -> Fraction:
    """Return a rational number slightly below ``-p log p - (1 - p) log(1 - p)``, 0 <= p <= 1.

    It is 0 at both ends.

    Examples
    --------
    >>> float(entropy_below(Fraction(1, 2)))
    0.6931471805599453
    """
    p = min(p, 1 - p)
    if p == 0:
        return Fraction(0)
    # The entropy grows up to 1/2, so p may be rounded down, to q = a / 2**e with a < 2**(W+1).
    # It is concave and 0 at 0, so H(q) >= q/p H(p): less than 2**(1-W) of the value is lost.
    e = _BITS + p.denominator.bit_length() - p.numerator.bit_length()
    a = (p.numerator << e) // p.denominator
    # -ln q = k ln 2 - ln(a/c) with c = 2**(bits - 1), so that 1 <= a/c < 2; k >= 1 since q <= 1/2.
    c = 1 << (a.bit_length() - 1)
    k = e - a.bit_length() + 1
    first = k * _LN2_BELOW - _twice_atanh_above(a - c, a + c)
    # (1 - q) * -ln(1 - q), the logarithm being 2 atanh(q / (2 - q)) = 2 atanh(a / rest)
    rest = (1 << (e + 1)) - a
    second = ((1 << e) - a) * 2 * a * _series_below(_square_below(a, rest)) // rest
    # Together in units of 2**-(e + W).  Both terms are off by at most (130 + 128 k) 2**-W, the
    # first times q, and it is at least q k ln 2.
    entropy = a * first + second
    # What lies below the leading W + 1 bits is dropped.
    drop = max(0, entropy.bit_length() - _BITS - 1)
    return Fraction(entropy >> drop, 1 << (e + _BITS - drop))


def log_sum_exp_above(values: Sequence[Fraction]) -> Fraction:
    """Return a rational number slightly above ``log sum exp z_j``.

    Notes
    -----
    With M the largest value, ``L <- L + log(1 + exp(z - L))`` adds one term after the other; it
    grows with L, so numbers above stay above.  L - M is rounded up to multiples of 2**-W: the
    result is at most 2 c units too large.

    Examples
    --------
    >>> float(log_sum_exp_above([Fraction(0)] * 4))
    1.3862943611198906
    """
    first, *others = sorted(values, reverse=True)
    total = Fraction(0)
    for value in others:
        total += softplus_above(value - first - total)
        total = Fraction(-(-(total.numerator << _BITS) // total.denominator), _ONE)
    return first + total


def row_entropy_below(masses: Sequence[Fraction]) -> Fraction:
    """Return a rational number slightly below ``-sum m_j log(m_j / M)``, M the sum of the masses.

    Notes
    -----
    By the chain rule it is ``sum_k M_k h(m_k / M_k)``, M_k what is left of the mass before m_k and h
    the entropy of two classes, of which `entropy_below` is below.

    Examples
    --------
    >>> float(row_entropy_below([Fraction(1, 4)] * 4))
    1.3862943611198906
    """
    left = sum(masses, Fraction(0))
    total = Fraction(0)
    for mass in sorted(masses, reverse=True)[:-1]:
        if left == 0:
            break
        total += left * entropy_below(mass / left)
        left -= mass
    return total


def _log_of_one_plus_exp(units: int) -> Fraction:
    """Return a number slightly above ``log(1 + exp(-u))``, u = units / 2**W >= 0.

    ``log(1 + x) <= x`` is the bound for tiny x.
    """
    if units >= _FLAT << _BITS:
        return Fraction(1, 1 << _FLAT_BITS)
    # exp(-u) = 2**-k exp(r), r = k ln 2 - u, with k so that r lies in [0, ln 2).  With the upper
    # end of ln 2 r is at most 128 k too large, and k <= 2955.
    k = -(-units // _LN2_BELOW)
    r = k * _LN2_ABOVE - units
    # x = top / 2**(W + k) is above exp(-u), by at most 2**20 units of top
    top = _exp_above(r)
    # log(1 + x) = 2 atanh(x / (2 + x)) = 2 atanh(top / below)
    below = (1 << (_BITS + k + 1)) + top
    series = _series_below(_square_below(top, below)) + _SLACK
    # in units of 2**-(W + k), rounded up
    log = -((-top * series << (k + 1)) // below)
    return Fraction(log, 1 << (_BITS + k))


def _exp_above(r: int) -> int:
    """Return ``exp(r)`` for r in [0, 0.7], at most 200 units too large."""
    term = total = _ONE
    for n in range(1, _TERMS):
        # floor + 1 is above; errors e_n <= e_(n-1) r/n + 2 stay below 4
        term = (term * r >> _BITS) // n + 1
        total += term
    # what is left out: r**48/48! (1 + r/49 + ...) is below one unit
    return total + 1


def _series_below(s: int) -> int:
    """Return ``sum_k s**k / (2k + 1)`` for s up to 1/9 and a little, at most 127 units too small.

    The argument may be up to one unit too small, too.
    """
    # A power that is low by e gives one that is low by e/9 + 1 (s) + 1 (floor): e < 2.25.  Each
    # term is low by 1 + 2.25/(2k + 1) at most, 71 terms by less than 82; when the power is 0
    # the true one is below 3.25, and all later terms together below 1.
    power, total, odd = _ONE, 0, 1
    while power:
        total += power // odd
        power = power * s >> _BITS
        odd += 2
    return total


def _square_below(top: int, bottom: int) -> int:
    """Return ``(top / bottom)**2``, at most one unit too small."""
    return (top * top << _BITS) // (bottom * bottom)


def _twice_atanh_above(top: int, bottom: int) -> int:
    """Return ``2 atanh(top / bottom)``, at most 130 units too large, for 0 <= top <= bottom/3."""
    series = _series_below(_square_below(top, bottom)) + _SLACK
    return -(-2 * top * series // bottom)


# ln 2 = 2 atanh(1/3): the series times 2/3
_LN2_BELOW = 2 * _series_below(_ONE // 9) // 3
_LN2_ABOVE = _LN2_BELOW + _SLACK

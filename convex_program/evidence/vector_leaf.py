"""A leaf of a tree of cones for several outputs, checked in integers.

The statement, for a cone {sum lam_i g_i, lam >= 0}, a metric M and a level T > 0:  |F(c)| <= T |c|_M,
F(c) = B c + sum_e W_e (a_e.c)_+ over the lines that are mixed on the cone.  Let s_ei = a_e.g_i.

**Relaxation.**  For any theta_e in [0, 1] put e_ei = (s_ei)_+ - theta_e s_ei >= 0.  Then
(a_e.c)_+ = sum_i lam_i theta_e s_ei + rho_e with 0 <= rho_e <= sum_i lam_i e_ei, since (.)_+ is convex and above its
lines.  So F = sum_i lam_i A_i + sum_e W_e rho_e with A_i = B g_i + sum_e theta_e s_ei W_e.

**Exposure.**  W_e.F lies between sum_i lam_i down_ei and sum_i lam_i up_ei, where
up_ei = W_e.A_i + sum_f (W_e.W_f)_+ e_fi, and down_ei with the negative parts.  Suppose |F| > T |c|_M, and let z be any
vector with z.g_i > 0 for all i.  Then W_e.F/|F| lies between -x_e and y_e,
x_e = min(|W_e|, max_i (-down_ei)_+/(z.g_i) |z|_* / T), |z|_* the dual norm, since sum_i lam_i z.g_i = z.c <= |z|_* |c|_M.

**Price.**  For mu_e in [0, 1] put G_i = A_i + sum_e mu_e e_ei W_e.  With b = F/|F|
|F| = b.F = sum_i lam_i b.G_i + sum_e (b.W_e) (rho_e - mu_e sum_i lam_i e_ei) <= |sum_i lam_i G_i| + sum_i lam_i E_i,
E_i = sum_e max(mu_e x_e, (1 - mu_e) y_e) e_ei.  Best is mu_e = y_e/(x_e + y_e): a row that surely points along F costs
nothing, nor does one that surely points against it.

**Vector.**  R.g_i >= |G_i| + E_i for all i, and |R|_* <= T.  Then |F| <= R.c <= T |c|_M.

**Form.**  Q_ik = T^2 g_i.M g_k - G_i.G_k - T (|g_i|_M E_k + |g_k|_M E_i) with lam.Q lam >= 0 for all lam >= 0:  then
|sum lam_i G_i|^2 <= (T |c|_M - sum lam_i E_i)^2, and the bracket is not negative.  Where all E_i are 0, rows bend the form:
if W_e.F/|F| <= -pull_e, then |F| <= |sum lam_i G_i| - sum_e kappa_e (a_e.c)^2/|c|_M, and 2 T kappa_e s_ei s_ek may be
added to Q_ik.  Q is copositive if P = Q - (nu l' + l nu') has no negative entry or is positive semidefinite, nu, l >= 0.

All numbers are rounded to the safe side as `docs/reference/claims.md` has it, so that all checkers agree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement, repeat
from operator import mul

from convex_program.errors import ClaimError
from convex_program.evidence.lines import Metric, root

UNIT_BITS = 32
"""Places of the fractions mu_e, and of lengths."""
VECTOR, FORM = 0, 255
"""The bytes that leaves of both kinds begin with."""

Ints = Sequence[int]


@dataclass(frozen=True, slots=True)
class Mixed:
    """What is known of a cone at a leaf.

    Parameters
    ----------
    generators : r vectors of r integers
    values : r vectors, the s_ei of the mixed lines e
    fixed : r vectors of c integers
        B g_i: the linear part and the lines that are nonnegative on the whole cone.
    weights : the W_e of the mixed lines
    lengths : upper bounds of their lengths
    products : the W_e.W_f of the mixed lines
    """

    generators: Sequence[Ints]
    values: Sequence[Ints]
    fixed: Sequence[Ints]
    weights: Sequence[Ints]
    lengths: Ints
    products: Sequence[Ints]


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a file says of a leaf.

    Parameters
    ----------
    form : bool
        Which of both proofs is meant.
    entries : r integers
        R, or nu.
    shares : integers from 0 to `whole`: theta_e times `whole`
    whole : int
    """

    form: bool
    entries: Ints
    shares: Ints
    whole: int


def check_vector_leaf(cone: Mixed, leaf: Leaf, level: Fraction, metric: Metric) -> None:
    """Refuse a leaf that does not show ``|F| <= level |c|_M`` on its cone.

    Raises
    ------
    ClaimError
    """
    priced = _Priced(cone, leaf, level, metric)
    if leaf.form:
        priced.check_form(leaf.entries)
    else:
        priced.check_vector(leaf.entries)


class _Priced:
    """A leaf's relaxation: G_i and E_i in units of 1 / `unit`, and what rows do along F."""

    def __init__(self, cone: Mixed, leaf: Leaf, level: Fraction, metric: Metric) -> None:
        self.cone, self.leaf, self.level, self.metric = cone, leaf, level, metric
        self.whole, self.unit = leaf.whole, leaf.whole << UNIT_BITS
        centre = centre_of(cone.generators)
        self.heights = [dot(centre, g) for g in cone.generators]
        self.reach = root(metric.square(centre))
        factor = self.reach / (level * self.whole)
        excess = [
            [max(0, s) * self.whole - n * s for s, n in zip(column, leaf.shares, strict=True)]
            for column in cone.values
        ]
        anchors = [
            _sum([self.whole * x for x in base], map(mul, leaf.shares, column), cone.weights)
            for base, column in zip(cone.fixed, cone.values, strict=True)
        ]
        self.up: list[list[int]] = []
        shares, costs, rank = [], [], len(anchors)
        top, bottoms = factor.numerator, [factor.denominator * h for h in self.heights]
        packed, size = _packed(excess, cone.products)
        for weight, length, products in zip(cone.weights, cone.lengths, cone.products, strict=True):
            inner = [dot(weight, anchor) for anchor in anchors]
            # -(p)_- and p_+ add up to |p|, all of which are nonnegative: fields do not meet
            rising = sum(p * t for p, t in zip(products, packed, strict=True) if p > 0)
            falling = sum(-p * t for p, t in zip(products, packed, strict=True) if p < 0)
            wrong = [t - x for x, t in zip(inner, _fields(falling, size, rank), strict=True)]
            up = [x + t for x, t in zip(inner, _fields(rising, size, rank), strict=True)]
            x = min(
                length, max(0, *[-(-t * top // b) for t, b in zip(wrong, bottoms, strict=True)])
            )
            y = min(length, max(0, *[-(-t * top // b) for t, b in zip(up, bottoms, strict=True)]))
            share = (y << UNIT_BITS) // (x + y) if x else 1 << UNIT_BITS
            shares.append(share)
            costs.append(max(x * share, y * ((1 << UNIT_BITS) - share)))
            self.up.append(up)
        self.images = [
            _sum([t << UNIT_BITS for t in anchor], map(mul, shares, column), cone.weights)
            for anchor, column in zip(anchors, excess, strict=True)
        ]
        self.errors = [dot(costs, column) for column in excess]

    def check_vector(self, vector: Ints) -> None:
        """Check the proof by a vector."""
        if self.metric.square(vector) > self.level**2:
            raise ClaimError("a leaf of the tree is longer than the level")
        for g, image, error in zip(self.cone.generators, self.images, self.errors, strict=True):
            room = self.unit * dot(vector, g) - error
            if room < 0 or room * room < dot(image, image):
                raise ClaimError("a leaf of the tree does not bound its cone")

    def check_form(self, multipliers: Ints) -> None:
        """Check the proof by a copositive form, in units of the square of U q, q the denominator of T."""
        if min(multipliers) < 0:
            raise ClaimError("a leaf of the tree has a negative multiplier")
        generators, errors, rank = self.cone.generators, self.errors, len(self.errors)
        lengths = [root_of(self.metric.inner(g, g)) for g in generators]
        form = [[0] * rank for _ in generators]
        p, q = self.level.numerator, self.level.denominator
        for i, k in combinations_with_replacement(range(rank), 2):
            entry = (self.unit * p) ** 2 * self.metric.inner(generators[i], generators[k])
            entry -= q * q * dot(self.images[i], self.images[k])
            entry -= q * p * self.whole * (lengths[i] * errors[k] + lengths[k] * errors[i])
            entry -= q * q * (multipliers[i] * lengths[k] + lengths[i] * multipliers[k])
            form[i][k] = form[k][i] = entry
        if not any(errors):
            self._bend(form, lengths)
        if min(map(min, form)) < 0 and not semidefinite(form):
            raise ClaimError("a leaf of the tree does not bound its cone")

    def _bend(self, form: list[list[int]], lengths: Ints) -> None:
        """Add 2 T kappa_e s_ei s_ek for the rows that point against F."""
        whole, heights = self.whole, self.heights
        longest = max(
            Fraction(math.isqrt(dot(image, image)) + 1, h)
            for image, h in zip(self.images, heights, strict=True)
        )
        for n, up, values in zip(
            self.leaf.shares, self.up, zip(*self.cone.values, strict=True), strict=True
        ):
            if not 0 < n < whole or max(up) >= 0:
                continue
            pull = min(
                Fraction(-t << UNIT_BITS, whole * x) for t, x in zip(up, lengths, strict=True)
            )
            above = max(Fraction(s, h) for s, h in zip(values, heights, strict=True))
            below = max(Fraction(-s, h) for s, h in zip(values, heights, strict=True))
            steep = min(Fraction(whole - n, whole) / above, Fraction(n, whole) / below)
            scale = (self.unit << 2 * UNIT_BITS) / self.reach**2
            bend = math.floor(scale * pull * steep / longest)
            bend *= 2 * whole**2 * self.level.numerator * self.level.denominator
            for i, k in combinations_with_replacement(range(len(form)), 2):
                form[i][k] += bend * values[i] * values[k]
                form[k][i] = form[i][k]


def _packed(columns: Sequence[Ints], products: Sequence[Ints]) -> tuple[list[int], int]:
    """Return the numbers of each row side by side in one, and the bytes of a field.

    One sum of multiples adds up all fields: as long as none is negative they do not meet.
    """
    largest = max(map(max, columns), default=0) if products else 0
    factor = max((abs(x) for row in products for x in row), default=0)
    size = (largest.bit_length() + factor.bit_length() + len(products).bit_length() + 8) // 8
    return [
        int.from_bytes(b"".join([x.to_bytes(size, "little") for x in row]), "little")
        for row in zip(*columns, strict=True)
    ], size


def _fields(packed: int, size: int, count: int) -> list[int]:
    """Return the numbers that stand side by side in one."""
    data = packed.to_bytes(size * count, "little")
    return [int.from_bytes(data[i : i + size], "little") for i in range(0, len(data), size)]


def centre_of(generators: Sequence[Ints]) -> list[int]:
    """Return z, the sum of the generators brought to one length by powers of two."""
    sizes = [max(map(abs, g)).bit_length() for g in generators]
    most = max(sizes)
    return [
        sum(x << most - size for x, size in zip(column, sizes, strict=True))
        for column in zip(*generators, strict=True)
    ]


def root_of(square: int) -> int:
    """Return a root, rounded up, in units of 2^-32."""
    return math.isqrt(square << 2 * UNIT_BITS) + 1


def semidefinite(matrix: Sequence[Ints]) -> bool:
    """Whether a symmetric matrix of integers is positive semidefinite, by elimination without division."""
    rows = [list(row) for row in matrix]
    while rows:
        first, *others = rows
        pivot = first[0]
        if pivot < 0 or (pivot == 0 and any(first)):
            return False
        # the Schur complement, times the pivot
        rows = [
            [(pivot or 1) * x - row[0] * y for x, y in zip(row[1:], first[1:], strict=True)]
            for row in others
        ]
    return True


def dot(one: Ints, other: Ints) -> int:
    """Return the inner product."""
    return sum(map(mul, one, other))


def _sum(start: Iterable[int], factors: Iterable[int], vectors: Sequence[Ints]) -> list[int]:
    """Return start + sum of factors times vectors."""
    columns = zip(*vectors, strict=True) if vectors else ((),) * 0
    factors = list(factors)
    totals = [dot(factors, column) for column in columns] or repeat(0)
    return [x + y for x, y in zip(start, totals, strict=False)]

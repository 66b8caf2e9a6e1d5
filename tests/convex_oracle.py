"""Training problems decided from the definition, in fractions; shares no code with the packages.

Everything is written out entry by entry.  `realizable` decides whether strict homogeneous
inequalities have a solution by Fourier-Motzkin elimination, so it is for a few rows only.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

Row = tuple[Fraction, ...]
Rows = Sequence[Row]
Pattern = tuple[bool, ...]


def exact(matrix: Iterable[Iterable[Any]]) -> tuple[Row, ...]:
    """Return the numbers of a matrix as the rationals they store."""
    return tuple(tuple(Fraction(entry) for entry in row) for row in matrix)


def dot(left: Iterable[Fraction], right: Iterable[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def outputs(rows: Rows, network: Any) -> list[Fraction]:
    """Return ``sum_j alpha_j max(w_j.x, 0) + b`` for every row x."""
    hidden = exact(network.hidden.tolist())
    alpha = [Fraction(value) for value in network.output[:, 0].tolist()]
    bias = Fraction(network.output_bias)
    return [
        sum((a * max(dot(w, x), Fraction(0)) for w, a in zip(hidden, alpha, strict=True)), bias)
        for x in rows
    ]


def objective(problem: Any, network: Any) -> Fraction:
    """Return half the squared errors plus ``beta/2`` times the decayed squares, exactly."""
    fitted = outputs(problem.data.fractions, network)
    errors = [z - y for z, y in zip(fitted, problem.exact_targets, strict=True)]
    weights = [w for row in network.hidden.tolist() for w in row] + network.output[:, 0].tolist()
    if type(problem.output_bias).__name__ == "DecayedBias":
        weights.append(network.output_bias)
    squares = sum((Fraction(w) ** 2 for w in weights), Fraction(0))
    return dot(errors, errors) / 2 + problem.exact_beta / 2 * squares


def realizable(rows: Iterable[Sequence[Fraction]]) -> bool:
    """Return whether some u has ``r.u > 0`` for all given rows (Fourier-Motzkin)."""
    system = {tuple(row) for row in rows}
    while system:
        if any(not any(row) for row in system):
            return False
        upper = [row for row in system if row[-1] < 0]
        lower = [row for row in system if row[-1] > 0]
        system = {row[:-1] for row in system if row[-1] == 0}
        for high, low in itertools.product(upper, lower):
            pairs = zip(high[:-1], low[:-1], strict=True)
            system.add(tuple(h * low[-1] - k * high[-1] for h, k in pairs))
    return True


def patterns(rows: Rows) -> set[Pattern]:
    """Return every pattern of the data off its hyperplanes; zero rows count as active."""
    moving = [i for i, row in enumerate(rows) if any(row)]
    found = set()
    for signs in itertools.product((True, False), repeat=len(moving)):
        pattern = [True] * len(rows)
        for i, side in zip(moving, signs, strict=True):
            pattern[i] = side
        if realizable([x if pattern[i] else neg(x) for i, x in enumerate(rows) if any(x)]):
            found.add(tuple(pattern))
    return found


def neg(row: Row) -> Row:
    return tuple(-entry for entry in row)


def unpacked(packed: bytes, count: int) -> Pattern:
    """Return the first bits of packed bytes: bit j is bit ``j % 8`` of byte ``j // 8``."""
    return tuple(bool(packed[j // 8] >> (j % 8) & 1) for j in range(count))


def cell_square(rows: Rows, pattern: Pattern, vector: Row, sign: int, rho: Row) -> Fraction:
    """Return ``|s X' D v + (2 D - I) X' rho|^2``, a bound of ``s v.(Xu)_+`` on the cell."""
    total = [Fraction(0)] * len(rows[0])
    for x, active, v, multiplier in zip(rows, pattern, vector, rho, strict=True):
        factor = (sign * v if active else Fraction(0)) + (multiplier if active else -multiplier)
        total = [entry + factor * value for entry, value in zip(total, x, strict=True)]
    return dot(total, total)


def certified_bound(claim: Any, complete: set[Pattern]) -> Fraction:
    """Return the lower bound a claim proves over a complete set of patterns.

    The pattern list, witnesses and stored bounds of the claim are used for nothing but to
    say which multipliers belong to which pattern.
    """
    rows, beta = claim.features, claim.beta
    n = len(rows)
    scale = Fraction(claim.dual.scale)
    vector = tuple(Fraction(v) for v in claim.dual.vector)
    multipliers: dict[tuple[Pattern, int], Row] = {}
    for cell in claim.dual.cells:
        rho = [Fraction(0)] * n
        for row, value in zip(cell.rows, cell.values, strict=True):
            assert value >= 0
            rho[row] += Fraction(value)
        key = (unpacked(claim.patterns.packed[cell.cell], n), cell.sign)
        assert key not in multipliers
        multipliers[key] = tuple(rho)
    none = (Fraction(0),) * n
    for pattern, sign in itertools.product(complete, (1, -1)):
        rho_of_cell = multipliers.get((pattern, sign), none)
        size = cell_square(rows, pattern, vector, sign, rho_of_cell)
        assert scale * scale * size <= beta * beta
    scaled = tuple(scale * v for v in vector)
    value = dot(scaled, claim.targets) - dot(scaled, scaled) / 2
    total = sum(scaled, Fraction(0))
    if claim.output_bias == "free":
        assert total == 0
    if claim.output_bias == "decayed":
        value -= total * total / (2 * beta)
    return value

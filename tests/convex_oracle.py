"""Training problems decided from the definition, in fractions; shares no code with the packages.

Everything is written out entry by entry.  `realizable` decides whether strict homogeneous
inequalities have a solution by Fourier-Motzkin elimination, so it is for a few rows only.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from oracles import losses

Row = tuple[Fraction, ...]
Rows = Sequence[Row]
Pattern = tuple[bool, ...]


def exact(matrix: Iterable[Iterable[Any]]) -> tuple[Row, ...]:
    """Return the numbers of a matrix as the rationals they store."""
    return tuple(tuple(Fraction(entry) for entry in row) for row in matrix)


def dot(left: Iterable[Fraction], right: Iterable[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def response(activation: Any, t: Fraction) -> Fraction:
    """Return ``on max(t, 0) + off max(-t, 0)``."""
    zero = Fraction(0)
    return activation.on * max(t, zero) + activation.off * max(-t, zero)


def outputs(rows: Rows, network: Any) -> list[Fraction]:
    """Return ``sum_j alpha_j phi(w_j.x) + b`` for every row x."""
    hidden = exact(network.hidden.tolist())
    alpha = [Fraction(value) for value in network.output[:, 0].tolist()]
    bias, phi = Fraction(network.output_bias), network.activation
    return [
        sum((a * response(phi, dot(w, x)) for w, a in zip(hidden, alpha, strict=True)), bias)
        for x in rows
    ]


def data_term(problem: Any, fitted: Sequence[Fraction]) -> Fraction | None:
    """Return the sum of the weighted losses of some outputs; None when it is infinite."""
    loss = problem.loss
    weights = problem.sample_weight or (Fraction(1),) * len(fitted)
    total = Fraction(0)
    for z, y, s in zip(fitted, problem.exact_targets, weights, strict=True):
        term = losses.value(loss.name, loss.parameters, z, y) if s else Fraction(0)
        if term is None:
            return None
        total += s * term
    return total


def objective(problem: Any, network: Any) -> Fraction:
    """Return the losses plus ``beta/2`` times the decayed squares of a network of finite loss.

    Exactly; for the logistic loss to `oracles.losses.DIGITS` digits.
    """
    data = data_term(problem, outputs(problem.data.fractions, network))
    assert data is not None
    hidden = network.hidden.tolist()
    if type(problem.hidden_bias).__name__ == "FreeHiddenBias":
        hidden = [row[:-1] for row in hidden]
    weights = [w for row in hidden for w in row] + network.output[:, 0].tolist()
    if type(problem.output_bias).__name__ == "DecayedBias":
        weights.append(network.output_bias)
    squares = sum((Fraction(w) ** 2 for w in weights), Fraction(0))
    return data + problem.exact_beta / 2 * squares


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


def cell_gradient(
    rows: Rows, pattern: Pattern, vector: Row, sign: int, slopes: Row
) -> list[Fraction]:
    """Return ``s X' G v``: what a neuron puts out along s v is its product with u on the cell."""
    on, off = slopes
    total = [Fraction(0)] * len(rows[0])
    for x, active, v in zip(rows, pattern, vector, strict=True):
        gain = sign * v * (on if active else -off)
        total = [entry + gain * value for entry, value in zip(total, x, strict=True)]
    return total


def claimed_objective(claim: Any) -> Fraction:
    """Return the objective of a claim's network."""
    on, off = claim.activation
    rows, zero = claim.features, Fraction(0)
    net = claim.network
    total = zero
    weights = claim.weights or (Fraction(1),) * len(rows)
    for x, y, s in zip(rows, claim.targets, weights, strict=True):
        z = Fraction(net.output_bias)
        for w, alpha in zip(net.hidden, net.output, strict=True):
            t = dot(x, map(Fraction, w))
            z += Fraction(alpha) * (on * max(t, zero) + off * max(-t, zero))
        term = losses.value(claim.loss, claim.loss_parameters, z, y) if s else zero
        assert term is not None
        total += s * term
    hidden = [w[:-1] if claim.hidden_bias == "free" else w for w in net.hidden]
    decayed = [w for row in hidden for w in row] + list(net.output)
    if claim.output_bias == "decayed":
        decayed.append(net.output_bias)
    return total + claim.beta / 2 * sum((Fraction(w) ** 2 for w in decayed), zero)


RELU = (Fraction(1), Fraction(0))


def cell_square(  # noqa: PLR0917 - the letters of the formula
    rows: Rows, pattern: Pattern, vector: Row, sign: int, rho: Row, slopes: Row = RELU
) -> Fraction:
    """Return ``|s X' G v + (2 D - I) X' rho|^2``, a bound of ``s v.phi(Xu)`` on the cell."""
    total = cell_gradient(rows, pattern, vector, sign, slopes)
    for x, active, multiplier in zip(rows, pattern, rho, strict=True):
        factor = multiplier if active else -multiplier
        total = [entry + factor * value for entry, value in zip(total, x, strict=True)]
    return dot(total, total)


def balanced(  # noqa: PLR0917 - the letters of the formula
    rows: Rows, pattern: Pattern, vector: Row, sign: int, rho: Row, slopes: Row, first: int | None
) -> Fraction:
    """Return the square without the last entry, made zero by the multiplier of one row.

    Weights on the last column, of ones, cost nothing: a bound needs that entry to vanish.
    """
    left = cell_gradient(rows, pattern, vector, sign, slopes)[-1]
    left += sum((r if active else -r) for r, active in zip(rho, pattern, strict=True))
    if left:
        assert first is not None
        mended = list(rho)
        mended[first] += -left if pattern[first] else left
        assert mended[first] >= 0
        rho = tuple(mended)
    short = [row[:-1] for row in rows]
    return cell_square(short, pattern, vector, sign, rho, slopes)


def dual_value(
    loss: str,
    parameters: dict[str, Fraction],
    vector: Row,
    targets: Row,
    weights: Row | None,
) -> Fraction:
    """Return ``-f*(-v)``; the vector has to be in the domain."""
    total = Fraction(0)
    for v, y, s in zip(vector, targets, weights or (Fraction(1),) * len(vector), strict=True):
        if s == 0:
            assert v == 0
            continue
        term = losses.dual(loss, parameters, v / s, y)
        assert term is not None
        total += s * term
    return total


def certified_bound(claim: Any, complete: set[Pattern]) -> Fraction:
    """Return the lower bound a claim proves over a complete set of patterns.

    The pattern list, witnesses and stored bounds of the claim are used for nothing but to
    say which multipliers belong to which pattern.
    """
    rows, beta, slopes = claim.features, claim.beta, claim.activation
    n, free = len(rows), claim.hidden_bias == "free"
    scale = Fraction(claim.dual.scale)
    vector = tuple(Fraction(v) for v in claim.dual.vector)
    multipliers: dict[tuple[Pattern, int], tuple[Row, int | None]] = {}
    for cell in claim.dual.cells:
        rho = [Fraction(0)] * n
        for row, value in zip(cell.rows, cell.values, strict=True):
            assert value >= 0
            rho[row] += Fraction(value)
        key = (unpacked(claim.patterns.packed[cell.cell], n), cell.sign)
        assert key not in multipliers
        multipliers[key] = tuple(rho), cell.rows[0] if cell.rows else None
    none = (Fraction(0),) * n, None
    if scale:
        for pattern, sign in itertools.product(complete, (1, -1)):
            rho_of_cell, first = multipliers.get((pattern, sign), none)
            if free:
                size = balanced(rows, pattern, vector, sign, rho_of_cell, slopes, first)
            else:
                size = cell_square(rows, pattern, vector, sign, rho_of_cell, slopes)
            assert scale * scale * size <= beta * beta
    scaled = tuple(scale * v for v in vector)
    value = dual_value(claim.loss, claim.loss_parameters, scaled, claim.targets, claim.weights)
    total = sum(scaled, Fraction(0))
    if free or claim.output_bias == "free":
        assert total == 0
    if claim.output_bias == "decayed":
        value -= total * total / (2 * beta)
    return value

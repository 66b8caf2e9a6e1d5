"""The certificate of a leaf, checked in rationals along random paths of divisions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from convex_zoo import a_few
from hypothesis import given
from hypothesis import strategies as st

from convex_program.kernels import cone_bound, cone_rows, cone_split, row_table


@a_few(1)
@given(st.integers(0, 10**9), st.integers(1, 6), st.integers(1, 40))
def test_certificate_of_a_leaf_holds_in_rationals(seed: int, d: int, m: int) -> None:  # noqa: PLR0915 - one path, step by step
    """R.g_i >= b_i exactly, from the rows themselves, along a random path of divisions."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((m, d))
    convex = int(rng.integers(0, m + 1))
    orthant = rng.choice([-1.0, 1.0], d)
    scale = np.abs(rows).sum(axis=0) * (1 + 1e-13)
    values = np.zeros((d + 2, 200 * m + 30))
    sieve = cone_rows.new_sieve(m)
    gens, duals = np.empty((1, d, d)), np.empty((1, d, d))
    lins, depths, spans = np.empty((1, d)), np.empty(1, np.int64), np.empty((1, 4), np.int64)
    cone_rows.plant(
        rows, convex, np.zeros(d), scale, orthant, values, gens, duals, lins, depths, spans
    )
    gen, dual, lin, span = gens[0], duals[0], lins[0].copy(), spans[0].copy()
    settled: dict[int, int] = {}  # row -> 1 (linear) or 0 (dropped)
    cut: dict[int, int] = {}  # row -> +1 or -1
    ids = survivors(list(range(m)), rows * orthant, settled, set())
    depth = int(rng.integers(0, 40)) if d > 1 else 0
    for _ in range(depth):
        new_span = np.empty(4, np.int64)
        if span[1] > span[0] and rng.random() < 0.3:
            row = int(rng.integers(span[0], span[1]))
            on = bool(rng.random() < 0.5)
            cone_rows.decide_row(values, span, row, on, span[3], lin, new_span)
            chosen = ids.pop(row - span[0])
            ids.insert(span[1] - span[0] - 1, chosen)
            cut[chosen] = 1 if on else -1
        else:
            a, b = rng.choice(d, 2, replace=False)
            p, q = cone_split.balance(gen, a, b)
            new = np.empty(d)
            shrink = cone_split.midpoint(gen, a, b, p, q, new)
            assert shrink > 0
            old = values[:d, span[0] : span[3]].T
            fresh = (p * old[:, a] + q * old[:, b]) / shrink
            table = old.copy()
            table[:, a] = fresh
            lin[a] = (p * lin[a] + q * lin[b]) / shrink
            dual[b] -= q / p * dual[a]
            dual[a] *= shrink / p
            gen[a] = new
            ids = survivors(ids, table, settled, set(cut))
            cone_rows.inherit_rows(values, span, span[3], a, fresh, lin, new_span, sieve)
        span = new_span
    start, cuts, middle, stop = span
    assert len(ids) == stop - start
    np.testing.assert_allclose(dual @ gen.T, np.eye(d), atol=1e-6 * np.abs(dual).max())
    theta, nu = rng.random(stop - middle), rng.random(middle - cuts) * 10
    node = cone_bound.new_relaxation(d, m)
    # what stands behind the rows of the node must not count
    for part in (node.theta, node.nu, node.mask):
        part[:] = rng.random(len(part))
    node.theta[: stop - middle], node.nu[: middle - cuts] = theta, nu
    row_table.select(node.mask, cuts - start)
    for i in range(d):
        node.chord[i] = lin[i] + row_table.chunked_positive_dot(
            values, i, start, node.mask, cuts - start
        )
    b = node.chord - values[:d, middle:stop] @ theta + values[:d, cuts:middle] @ nu
    R = node.residual
    R[:] = np.linalg.solve(gen, b) * (1 - 1e-15 * rng.random())
    rounding = cone_bound.Rounding(scale, 100 * 2.0**-53, 2.0**-1000)
    bound = cone_bound.certify(gen, values, span, depth, rounding, np.inf, node)
    assert np.isfinite(bound)
    exact_R = [Fraction(t) for t in R]
    assert sum(t * t for t in exact_R) <= Fraction(bound) ** 2
    G = [[Fraction(t) for t in g] for g in gen]
    weight_of = dict(zip(ids[middle - start :], theta, strict=True))
    nu_of = dict(zip(ids[cuts - start : middle - start], nu, strict=True))
    for i in range(d):
        need = Fraction(0)
        for j, x in enumerate(rows):
            s = dot(x, G[i])
            if j < convex:
                # a decided row is linear (on) or absent (off), whatever became of its cut
                need += max(s, 0) if j not in cut else s if cut[j] > 0 else 0
            else:
                need -= Fraction(weight_of[j] if j in weight_of else settled[j]) * s
            if j in nu_of:
                need += Fraction(nu_of[j]) * cut[j] * s
        assert dot(exact_R, G[i]) >= need


def survivors(
    ids: list[int], table: np.ndarray, settled: dict[int, int], cut: set[int]
) -> list[int]:
    """Independent account of which rows stay mixed, and how concave ones settle."""
    kept = []
    for j, values in zip(ids, table, strict=True):
        if values.min() >= 0:
            settled.setdefault(j, 1)
        elif values.max() > 0 or j in cut:
            kept.append(j)
        else:
            settled.setdefault(j, 0)
    return kept


def dot(x: Any, g: list[Fraction]) -> Fraction:
    return sum((Fraction(s) * t for s, t in zip(x, g, strict=True)), Fraction(0))


@a_few(1)
@given(st.integers(0, 10**9), st.integers(1, 5), st.integers(1, 30), st.floats(0.0, 1.0))
def test_rows_settled_around_a_certificate_keep_their_sign_on_its_cap(
    seed: int, d: int, m: int, height: float
) -> None:
    """Wherever c.u >= t |u|, decided in rationals at the worst points and at random ones."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((m, d)) * 10.0 ** rng.integers(-150, 150)
    convex = int(rng.integers(0, m + 1))
    centre = rng.standard_normal(d)
    centre /= np.linalg.norm(centre)
    values = np.zeros((d + 2, m + 16))
    values[:, :m] = np.c_[rows, np.ones(m), np.arange(m)].T
    span = np.array([0, convex, convex, m])
    lin = np.zeros(d)
    reach = float(np.sqrt((1 - height) * (1 + height) + 2.0**-50))
    norms = np.hypot.reduce(rows, axis=1) * (1 + 1e-14)
    lam = rng.random(d)
    cone_rows.fix_rows(
        values, span, rows, norms, centre, reach, 2.0**-1000, lam, lin, cone_rows.new_sieve(m)
    )
    kept = {int(j) for j in values[d + 1, : span[3]]}
    assert span[0] == 0
    assert span[1] == span[2] == sum(j < convex for j in kept)
    assert list(values[d + 1, : span[3]]) == sorted(kept)
    expected = np.zeros(d)
    for j in set(range(m)) - kept:
        side = 1 if rows[j] @ centre > 0 else -1
        if side > 0:
            expected += rows[j] if j < convex else -rows[j]
        unit = rows[j] / norms[j]
        along = unit - (unit @ centre) * centre
        length = np.linalg.norm(along)
        worst = height * centre - (reach / length * side * along if length > 0 else 0)
        for u in [worst, *(centre + rng.standard_normal((10, d)) * rng.random())]:
            exact = [Fraction(t) for t in u]
            inner = dot(centre, exact)
            if inner < 0 or inner**2 < Fraction(height) ** 2 * sum(t * t for t in exact):
                continue
            assert side * dot(rows[j], exact) >= 0
    np.testing.assert_allclose(lin, expected, atol=1e-12 * np.abs(rows).sum())

"""Small claims of every kind, by the test-side writer: random, and valid by construction."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from oracles import claim_writer

LABELS = ("hinge", "squared-hinge", "logistic")
LOSSES = ("squared", "huber", "absolute", "quantile", "interpolation", *LABELS)
ACTIVATIONS = ((1, 0), (1, "-1/10"), (1, 1), (1, -2), ("1/3", 2), (1, -1), (0, 1))
PARAMETERS = {"huber": {"delta": "1/2"}, "quantile": {"level": "1/4"}}


def example(seed, loss=None, hidden_bias=None, output_bias=None, **options):
    """Return the bytes of a valid claim with cones."""
    rng = np.random.default_rng(seed)
    pick = lambda values: values[rng.integers(len(values))]
    loss = loss or pick(LOSSES)
    hidden_bias = hidden_bias or pick(("decayed", "decayed", "free"))
    output_bias = output_bias or pick(("none", "free", "decayed"))
    n, d = int(rng.integers(2, 8)), int(rng.integers(1, 4))
    x, basis, merged = features(rng, n, d, pick)
    if hidden_bias == "free":
        x, merged = [[*row, Fraction(1)] for row in x], []
    hidden, output = rng.normal(size=(2, len(x[0]))).tolist(), rng.normal(size=2).tolist()
    activation, bias = pick(ACTIVATIONS), 0.0 if output_bias == "none" else float(rng.normal())
    weights = (
        [Fraction(int(w), 3) for w in rng.integers(0, 6, size=n)] if rng.random() < 0.4 else None
    )
    if weights and not any(weights):
        weights[0] = Fraction(1)
    if loss in LABELS:
        y = [Fraction(int(2 * b - 1)) for b in rng.integers(0, 2, size=n)]
    elif loss == "interpolation":
        y = outputs(x, hidden, output, bias, activation)
    else:
        y = [Fraction(int(a), 100) for a in rng.integers(-300, 300, size=n)]
    balanced = hidden_bias == "free" or output_bias == "free"
    v = vector(rng, y, loss, weights, balanced=balanced)
    return claim_writer.write(
        x, y, beta=Fraction(1, 2), vector=v, hidden=hidden, output=output, bias=bias,
        weights=weights, loss=loss, parameters=PARAMETERS.get(loss), activation=activation,
        hidden_bias=hidden_bias, output_bias=output_bias, basis=basis, merged=merged, slack=1.05,
        grid=int(rng.integers(12, 90)), kind=pick("iq"), packing=pick(("none", "deflate")), **options,
    )  # fmt: skip


def turned(seed, **options):
    """Return a claim whose coordinates are turned: orthogonal vectors of one length span all columns."""
    rng = np.random.default_rng(seed)
    basis = ([[3, 4], [-4, 3]], [[1, 2, 2], [2, 1, -2], [2, -2, 1]])[seed % 2]
    n, d = int(rng.integers(3, 8)), len(basis)
    x = [[Fraction(int(a), 100) for a in row] for row in rng.integers(-200, 200, (n, d))]
    y = [Fraction(int(a), 100) for a in rng.integers(-300, 300, size=n)]
    return claim_writer.write(
        x, y, beta=Fraction(1, 2), vector=vector(rng, y, "squared", None, balanced=False),
        hidden=rng.normal(size=(2, d)).tolist(), output=rng.normal(size=2).tolist(), bias=0.0,
        weights=None, loss="squared", parameters=None, activation=(1, 0), hidden_bias="decayed",
        output_bias="none", basis=basis, merged=[], slack=1.05, grid=int(rng.integers(12, 90)), **options,
    )  # fmt: skip


def features(rng, n, d, pick):
    """Return rows, with a basis or merged rows where there is a reason for them."""
    kind = pick(("decimals", "integers", "low rank", "parallel", "zeros"))
    if kind == "decimals":
        return (
            [[Fraction(int(a), 100) for a in row] for row in rng.integers(-200, 200, (n, d))],
            None,
            [],
        )
    small = rng.integers(-2, 3, (n, d))
    if kind == "low rank" and d > 1:
        basis = rng.integers(-2, 3, (d - 1, d))
        basis[:, 0] = 0
        basis[np.arange(d - 1), np.arange(d - 1)] = 1
        basis = np.triu(basis)
        rows = rng.integers(-2, 3, (n, d - 1)) @ basis
        return [[Fraction(int(a), 4) for a in row] for row in rows], basis.tolist(), []
    rows = [[Fraction(int(a)) for a in row] for row in small]
    if kind == "parallel":
        ratio = pick((Fraction(1, 3), Fraction(-2), Fraction(1)))
        rows[-1] = [ratio * a + Fraction(1, 10**7) for a in rows[0]]
        return rows, None, [(n - 1, 0, ratio)]
    return rows, None, []


def outputs(x, hidden, output, bias, activation):
    """Return what a network puts out."""
    on, off = map(Fraction, activation)
    found = []
    for row in x:
        z = Fraction(bias)
        for w, a in zip(hidden, output, strict=True):
            t = sum(Fraction(p) * q for p, q in zip(w, row, strict=True))
            z += Fraction(a) * (on * max(t, 0) + off * max(-t, 0))
        found.append(z)
    return found


def vector(rng, y, loss, weights, *, balanced):
    """Return a dual vector of the domain, of eighths; its sum is 0 where it has to be."""
    n, s = len(y), weights or [Fraction(1)] * len(y)
    v = [Fraction(0)] * n
    for _ in range(3 * n):
        i, j = rng.integers(0, n, size=2)
        step = Fraction(int(rng.integers(-3, 4)), 16)
        new = list(v)
        new[i] += step
        if balanced:
            new[j] -= step
        if all(allowed(loss, a, b, c) for a, b, c in zip(new, y, s, strict=True)):
            v = new
    return v


def allowed(loss, v, y, s):
    """Whether an entry is in the domain."""
    if s == 0:
        return v == 0
    p, q = v / s, v * y / s
    return {
        "huber": abs(p) <= Fraction(1, 2), "absolute": abs(p) <= 1,
        "quantile": Fraction(-3, 4) <= p <= Fraction(1, 4), "hinge": 0 <= q <= 1,
        "logistic": 0 <= q <= 1, "squared-hinge": q >= 0,
    }.get(loss, True)  # fmt: skip

"""A second checker of claims with cone trees, from the page on claims alone: slow and plain.

It reads the tree recursively, knows no packing, keeps all lines at every node and multiplies
everything out in fractions.  `check` returns the bounds a file proves, or raises.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
import zlib
from fractions import Fraction

from oracles import losses

HALF = Fraction(1, 2)


def check(data):
    """Return (objective, dual value, H) of a file that is a valid claim; raise otherwise."""
    claim, sections = read(data)
    assert claim["evidence"]["kind"] == "cones"
    x, y, s, hidden, output, v, tree = sections
    p, t = claim["problem"], number(claim["dual"]["scale"])
    beta, bias = rational(p["beta"]), number(claim["network"]["output_bias"])
    assert beta > 0 and t >= 0 and all(w >= 0 for w in s)
    free = {"free": True, "decayed": False}[p["hidden_bias"]]
    assert not free or (len(x[0]) > 1 and all(row[-1] == 1 for row in x))
    loss, parameters = p["loss"], {k: rational(q) for k, q in p["loss_parameters"].items()}
    assert set(parameters) == {"huber": {"delta"}, "quantile": {"level"}}.get(loss, set())
    assert parameters.get("delta", 1) > 0 and 0 < parameters.get("level", HALF) < 1
    if loss in ("logistic", "hinge", "squared-hinge"):
        assert all(abs(target) == 1 for target in y)
    on, off = map(rational, p["activation"])
    assert on or off
    problem = x, y, s, beta, (on, off), free, p["output_bias"], (loss, parameters)
    objective, value = cost(problem, hidden, output, bias), worth(problem, t, v)
    assert objective <= rational(claim["upper"]) and rational(claim["lower"]) <= value <= objective
    peak = largest(claim["evidence"], x, v, on, off, free, tree)
    assert t * peak <= beta
    return objective, value, peak


def cost(problem, hidden, output, bias):
    """Return the objective of a network."""
    x, y, s, beta, (on, off), free, output_bias, loss = problem
    assert output_bias in ("free", "decayed") or (output_bias == "none" and bias == 0)
    squares = sum(w * w for row in hidden for w in (row[:-1] if free else row))
    squares += sum(a * a for a in output) + bias**2 * (output_bias == "decayed")
    total = beta / 2 * squares
    for row, target, weight in zip(x, y, s, strict=True):
        z = bias
        for a, w in zip(output, hidden, strict=True):
            t = dot(w, row)
            z += a * (on * t if t > 0 else -off * t)
        total += weight * losses.value(*loss, z, target) * blurred(loss, 1) if weight else 0
    return total


def worth(problem, t, v):
    """Return the value of a dual vector."""
    _, y, s, beta, _, free, output_bias, loss = problem
    total = t * sum(v)
    assert total == 0 or not (free or output_bias == "free")
    value = -total * total / (2 * beta) if output_bias == "decayed" else Fraction(0)
    for entry, target, weight in zip(v, y, s, strict=True):
        assert weight or t * entry == 0
        if weight:
            value += weight * losses.dual(*loss, t * entry / weight, target) * blurred(loss, -1)
    return value


def blurred(loss, side):
    """Return 1, or for the logistic loss, of which the oracle has 80 digits, 1 and a little."""
    return 1 + Fraction(side * (loss[0] == "logistic"), 10**60)


def largest(evidence, x, v, on, off, free, tree, ends=None):
    """Return H from trees; `ends` receives where each ends."""
    ends = [] if ends is None else ends
    grid, cursor, charge, bounds = evidence["grid"], [0], Fraction(0), []
    assert type(grid) is int and abs(grid) <= 4096
    slope, rows = max(abs(on), abs(off)), [row[:-1] if free else row for row in x]
    basis, merged = evidence["basis"], evidence["merged"]
    assert type(merged) is list and all(type(k) is int for item in merged for k in item[:2])
    assert basis is None or type(basis) is list
    assert all(type(g) is list and len(g) == len(rows[0]) for g in basis or [])
    gone = [j for j, _, _ in merged]
    assert len(set(gone)) == len(gone) and not (gone and free)
    for j, i, r in evidence["merged"]:
        assert i not in gone and 0 <= i < len(x) and 0 <= j < len(x)
        new = [rational(r) * a for a in x[i]]
        charge += abs(v[j]) * slope * sum(abs(a - b) for a, b in zip(x[j], new, strict=True))
        rows[j] = new
    whole = [[a - b for a, b in zip(row, rows[0], strict=True)] for row in rows] if free else rows
    coordinates(basis, whole)
    if free:
        assert sum(v) == 0
        far = [sum(a * row[k] for a, row in zip(v, rows, strict=True)) for k in range(len(rows[0]))]
        bounds.append(root(Fraction(4) ** grid * slope**2 * dot(far, far)) / Fraction(2) ** grid)
    for s, asked in questions(rows, v, on + off, free):
        y, metric = coordinates(evidence["basis"], asked)
        bound = charge
        if metric:
            up, down, linear, error = lines(y, v, s, on, off, grid, len(metric))
            most = Fraction(0)
            for orthant in range(2 ** len(metric)):
                g = [
                    [(-1 if orthant >> i & 1 else 1) * (i == j) for j in range(len(metric))]
                    for i in range(len(metric))
                ]
                most = max(most, node(tree, cursor, g, up, down, linear, metric, 0))
                ends.append(cursor[0])
            rounding = error * root(max(row[i] for i, row in enumerate(metric)))
            bound += (root(most) + rounding) / Fraction(2) ** grid
        bounds.append(bound)
    assert cursor[0] == len(tree)
    if "lengths" in evidence:
        sizes = [b - a for a, b in zip([0, *ends], ends, strict=False)]
        assert evidence["lengths"] == sizes and all(type(a) is int for a in evidence["lengths"])
    return max([charge, *bounds])


def questions(rows, v, kink, free):
    """Return sign and rows of every question."""
    if not free:
        return [(1, rows), (-1, rows)]
    return [
        (
            -1 if v[k] * kink > 0 else 1,
            [[a - b for a, b in zip(row, rows[k], strict=True)] for row in rows],
        )
        for k in range(len(v))
        if v[k] * kink != 0
    ]


def coordinates(basis, rows):
    """Return the rows in coordinates, and the inverse of M."""
    if basis is None:
        return rows, [[Fraction(i == j) for j in range(len(rows[0]))] for i in range(len(rows[0]))]
    g = [[rational(a) for a in row] for row in basis]
    assert all(a.denominator == 1 for row in g for a in row) and len(g) <= 16
    metric = inverse([[dot(a, b) for b in g] for a in g])
    y = [[dot(a, row) for a in g] for row in rows]
    for row, c in zip(rows, y, strict=True):
        c = [dot(line, c) for line in metric]
        assert row == [sum(a * b[k] for a, b in zip(c, g, strict=True)) for k in range(len(row))]
    return y, metric


def lines(y, v, s, on, off, grid, rank):
    """Return w of the lines of P and of N, the linear part, and E."""
    scale, kink, kappa = Fraction(2) ** grid, on + off, {}
    linear = [-s * off * sum(a * row[k] for a, row in zip(v, y, strict=True)) for k in range(rank)]
    for row, a in zip(y, v, strict=True):
        if any(row):
            below = math.lcm(*(b.denominator for b in map(Fraction, row)))
            unit = Fraction(math.gcd(*(int(b * below) for b in row)), below)
            rho = unit if next(b for b in row if b) > 0 else -unit
            e = tuple(int(b / rho) for b in row)
            kappa[e] = kappa.get(e, Fraction(0)) + s * kink * a * abs(rho)
            if rho < 0:
                linear = [b - s * kink * a * abs(rho) * c for b, c in zip(linear, e, strict=True)]
    exact = {e: [scale * abs(k) * c for c in e] for e, k in kappa.items() if k}
    w = {e: [math.floor(c + HALF) for c in row] for e, row in exact.items()}
    low = [math.floor(scale * c + HALF) for c in linear]
    error = sum(abs(a - b) for e in exact for a, b in zip(exact[e], w[e], strict=True))
    error += sum(abs(scale * a - b) for a, b in zip(linear, low, strict=True))
    return [w[e] for e in w if kappa[e] > 0], [w[e] for e in w if kappa[e] < 0], low, error


def node(tree, cursor, g, up, down, linear, metric, depth):
    """Check a node and all below it; return the largest R'M^-1R."""
    tag = take(tree, cursor)
    if tag == 0:
        return leaf(tree, cursor, g, up, down, linear, metric)
    assert depth < 1000
    pairs = [(a, b) for a in range(len(g)) for b in range(a + 1, len(g))]
    a, b = pairs[(tag - 1) // 2]
    e = 0 if tag % 2 else zigzag(varint(tree, cursor))
    assert -64 <= e <= 64
    new = [
        Fraction(2) ** max(0, -e) * x + Fraction(2) ** max(0, e) * y
        for x, y in zip(g[a], g[b], strict=True)
    ]
    first, second = (
        [new if i == a else h for i, h in enumerate(g)],
        [new if i == b else h for i, h in enumerate(g)],
    )
    below = [node(tree, cursor, h, up, down, linear, metric, depth + 1) for h in (first, second)]
    return max(below)


def leaf(tree, cursor, g, up, down, linear, metric):
    """Check a leaf; return its R'M^-1R."""
    shift, width = varint(tree, cursor), take(tree, cursor)
    assert shift <= 4096 and width <= 64
    mixed = [w for w in down if any(dot(w, h) > 0 for h in g) and any(dot(w, h) < 0 for h in g)]
    size = (len(g) * width + len(mixed) + 7) // 8
    bits = [byte >> i & 1 for byte in (take(tree, cursor) for _ in range(size)) for i in range(8)]
    entries = []
    for i in range(len(g)):
        chosen = bits[i * width : (i + 1) * width]
        unsigned = sum(bit << j for j, bit in enumerate(chosen))
        entries.append((unsigned - (1 << width) * (width > 0 and chosen[-1])) * 2**shift)
    given = bits[len(g) * width :]
    assert not any(given[len(mixed) :])
    theta = [Fraction(bit) for bit in given[: len(mixed)]]
    count = varint(tree, cursor)
    assert count <= len(mixed)
    if count:
        k, spot = take(tree, cursor), -1
        assert 1 <= k <= 62
        for _ in range(count):
            spot += 1 + varint(tree, cursor)
            top = varint(tree, cursor)
            assert top <= 2**k and theta[spot] == 0
            theta[spot] = Fraction(top, 2**k)
    for h in g:
        right = dot(linear, h) + sum(max(0, dot(w, h)) for w in up)
        right -= sum(a * dot(w, h) for a, w in zip(theta, mixed, strict=True))
        right -= sum(dot(w, h) for w in down if w not in mixed and all(dot(w, f) >= 0 for f in g))
        assert dot(entries, h) >= right, "a leaf does not hold"
    return dot(entries, [dot(row, entries) for row in metric])


def read(data):
    """Return the head and the contents of the sections, all numbers as fractions."""
    line, _, body = data.partition(b"\n")
    bad = lambda name: 1 / 0  # noqa: ARG005
    claim = json.loads(line.decode("ascii"), parse_constant=bad, object_pairs_hook=once)
    assert list(claim)[:2] == ["kind", "schema"]
    assert claim["kind"] == "relu-arrangements claim" and claim["schema"] == 1
    keys = {
        "": "kind schema upper lower problem network dual evidence body",
        "problem": "rows columns loss loss_parameters activation hidden_bias output_bias beta weighted sha256 where",
        "network": "width output_bias", "dual": "scale", "evidence": "kind grid basis merged",
    }  # fmt: skip
    if "lengths" in claim["evidence"]:
        keys["evidence"] += " lengths"
    for name, names in keys.items():
        assert set(claim[name] if name else claim) == set(names.split())
    p, m = claim["problem"], claim["network"]["width"]
    assert p["where"] is None, "the second checker has no data of its user's"
    assert type(p["weighted"]) is bool and type(p["sha256"]) is str
    assert all(type(k) is int for k in (p["rows"], p["columns"], m))
    assert type(p["activation"]) is list and type(claim["schema"]) is int
    n, d = p["rows"], p["columns"]
    counts = {
        "features": n * d,
        "targets": n,
        "weights": n,
        "hidden": m * d,
        "output": m,
        "vector": n,
    }
    if not p["weighted"]:
        del counts["weights"]
    assert [section["name"] for section in claim["body"]] == [*counts, "tree"]
    found, at = {}, 0
    for section in claim["body"]:
        name, stored, unpacked, packing = (
            section[key] for key in ("name", "bytes", "unpacked", "packing")
        )
        piece = body[at : at + stored]
        assert len(section) == 4 and stored >= 0 and len(piece) == stored
        at += stored
        if packing == "deflate":
            assert unpacked <= 64 * stored + 2**20
            inflate = zlib.decompressobj(-15)
            piece = inflate.decompress(piece)
            assert inflate.eof and not inflate.unused_data
        else:
            assert packing == "none"
        assert len(piece) == unpacked
        found[name] = numbers(piece, counts[name]) if name in counts else piece
        assert name not in ("hidden", "output", "vector") or piece[:1] == b"d"
    assert at == len(body)
    rows = lambda flat: [flat[i : i + d] for i in range(0, len(flat), d)]
    x, y = rows(found["features"]), found["targets"]
    columns = zip(x, y, found["weights"], strict=True) if p["weighted"] else zip(x, y, strict=True)
    text = "".join(",".join(map(str, [*row, *rest])) + "\n" for row, *rest in columns)
    assert hashlib.sha256(text.encode()).hexdigest() == p["sha256"]
    weights = found.get("weights", [Fraction(1)] * n)
    return claim, (
        x,
        y,
        weights,
        rows(found["hidden"]),
        found["output"],
        found["vector"],
        found["tree"],
    )


def numbers(data, count):
    """Return the numbers of a section."""
    kind, data = data[:1], data[1:]
    if kind == b"d":
        return [number(a) for a in struct.unpack(f"<{count}d", data)]
    if kind == b"q":
        texts = data.decode("ascii").split("\n") if count else []
        assert len(texts) == count
        return [rational(text) for text in texts]
    assert kind == b"i"
    cursor = [0]
    size, length = varint(data, cursor), varint(data, cursor)
    at = cursor[0]
    below, rest = int.from_bytes(data[at : at + length], "little"), data[at + length :]
    assert len(rest) == size * count and 1 <= size <= 64 and below > 0
    return [
        Fraction(int.from_bytes(rest[i : i + size], "little", signed=True), below)
        for i in range(0, len(rest), size)
    ]


def once(pairs):
    """Return an object in which no key stands twice."""
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def rational(text):
    """Return the rational number of a text in lowest terms."""
    value = Fraction(text)
    assert str(value) == text
    return value


def number(value):
    """Return a float exactly."""
    assert type(value) in (int, float)
    return Fraction(float(value))


def dot(a, b):
    """Return the inner product."""
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def inverse(matrix):
    """Return the inverse by Cramer's rule."""
    det = determinant(matrix)
    minor = lambda i, j: [row[:j] + row[j + 1 :] for k, row in enumerate(matrix) if k != i]
    size = range(len(matrix))
    return [[(-1) ** (i + j) * determinant(minor(j, i)) / det for j in size] for i in size]


def determinant(matrix):
    """Return the determinant by expansion."""
    if not matrix:
        return Fraction(1)
    rest = [row[1:] for row in matrix]
    return sum(
        (-1) ** i * row[0] * determinant(rest[:i] + rest[i + 1 :]) for i, row in enumerate(matrix)
    )


def root(q):
    """Return the root as the page has it."""
    if q == 0:
        return Fraction(0)
    m = 64
    while 4 ** (m - 64) * q < 1:
        m += 1
    return Fraction(math.isqrt(math.floor(4**m * q)) + 1, 2**m)


def take(tree, cursor):
    """Return the next byte."""
    cursor[0] += 1
    return tree[cursor[0] - 1]


def varint(tree, cursor):
    """Return an unsigned varint."""
    value = 0
    for i in range(9):
        byte = take(tree, cursor)
        value += (byte & 127) * 128**i
        if byte < 128:
            return value
    raise AssertionError("a varint does not end")


def zigzag(value):
    """Return a signed varint."""
    return value // 2 if value % 2 == 0 else -(value + 1) // 2

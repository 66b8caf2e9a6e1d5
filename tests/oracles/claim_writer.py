"""A writer of claims for tests: slow, by recursion, one small least-squares problem a node.

Written from the page on claims; lines and questions are those of the second checker beside it.
Floats propose theta and R, and exact numbers decide whether a node is a leaf.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
import zlib
from fractions import Fraction
from operator import mul

import numpy as np
from oracles import cone_claims as page
from scipy.optimize import lsq_linear, nnls


def write(
    x, y, *, beta, vector, hidden=(), output=(), bias=0.0, weights=None, loss="squared", parameters=None,
    activation=(1, 0), hidden_bias="decayed", output_bias="none", grid=60, basis=None, merged=(),
    slack=1.02, target=None, kind="q", packing="none", scale=None, seed=0, lengths=False,
):  # fmt: skip
    """Return the bytes of a valid claim about exact rows, with cones as fine as `slack` asks for."""
    x = [[Fraction(a) for a in row] for row in x]
    y, v, beta = [Fraction(a) for a in y], [Fraction(a) for a in vector], Fraction(beta)
    on, off = map(Fraction, activation)
    free, s = hidden_bias == "free", weights and [Fraction(a) for a in weights]
    evidence = {
        "kind": "cones",
        "grid": grid,
        "basis": basis and [[str(a) for a in g] for g in basis],
    }
    evidence["merged"] = [[j, i, str(Fraction(r))] for j, i, r in merged]
    tree = trees(evidence, x, v, on, off, free, slack, seed, target)
    ends = []
    peak = page.largest(evidence, x, v, on, off, free, tree, ends)
    if lengths:
        evidence["lengths"] = [b - a for a, b in zip([0, *ends], ends, strict=False)]
    if scale is None:
        scale = min(1.0, float(beta / peak) * (1 - 2.0**-50)) if peak else 1.0
    exact = [[Fraction(w) for w in row] for row in hidden], [Fraction(a) for a in output]
    kinds = {k: Fraction(q) for k, q in (parameters or {}).items()}
    problem = x, y, s or [Fraction(1)] * len(y), beta, (on, off), free, output_bias, (loss, kinds)
    room = Fraction(loss == "logistic", 2**120)
    upper = page.cost(problem, *exact, Fraction(bias)) * (1 + room)
    lower = page.worth(problem, Fraction(scale), v)
    columns = [x, [[a] for a in y], *([[[a] for a in s]] if s else [])]
    text = "".join(
        ",".join(str(a) for part in row for a in part) + "\n" for row in zip(*columns, strict=True)
    )
    head = {
        "kind": "relu-arrangements claim", "schema": 1, "upper": str(upper),
        "lower": str(lower - abs(lower) * room),
        "problem": {
            "rows": len(x), "columns": len(x[0]), "loss": loss,
            "loss_parameters": {k: str(q) for k, q in kinds.items()}, "activation": [str(on), str(off)],
            "hidden_bias": hidden_bias, "output_bias": output_bias, "beta": str(beta),
            "weighted": bool(s), "sha256": hashlib.sha256(text.encode()).hexdigest(), "where": None,
        },
        "network": {"width": len(output), "output_bias": bias},
        "dual": {"scale": scale},
        "evidence": evidence,
    }  # fmt: skip
    flat = lambda rows: [a for row in rows for a in row]
    parts = {"features": numbers(flat(x), kind), "targets": numbers(y, kind)}
    if s:
        parts["weights"] = numbers(s, kind)
    parts |= {
        "hidden": numbers(flat(hidden), "d"),
        "output": numbers(output, "d"),
        "vector": numbers(v, "d"),
    }
    return assemble(head, {**parts, "tree": tree}, packing)


def assemble(head, parts, packing="none"):
    """Return the file of a head and the contents of its sections."""
    packed = {
        name: deflated(data) if packing == "deflate" else data for name, data in parts.items()
    }
    body = [
        {"name": name, "bytes": len(packed[name]), "unpacked": len(data), "packing": packing}
        for name, data in parts.items()
    ]
    return json.dumps({**head, "body": body}).encode() + b"\n" + b"".join(packed.values())


def deflated(data):
    """Return a raw deflate stream."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def numbers(values, kind):
    """Return a section of numbers."""
    if kind == "d":
        return b"d" + struct.pack(f"<{len(values)}d", *map(float, values))
    if kind == "q":
        return b"q" + "\n".join(map(str, values)).encode()
    below = math.lcm(*(a.denominator for a in values))
    tops = [int(a * below) for a in values]
    size = max(top.bit_length() for top in tops) // 8 + 1
    text = below.to_bytes(below.bit_length() // 8 + 1, "little")
    head = b"i" + varint(size) + varint(len(text)) + text
    return head + b"".join(top.to_bytes(size, "little", signed=True) for top in tops)


def trees(evidence, x, v, on, off, free, slack, seed, target=None):
    """Return the trees of all questions."""
    rows = [row[:-1] if free else list(row) for row in x]
    for j, i, r in evidence["merged"]:
        rows[j] = [Fraction(r) * a for a in x[i]]
    out = bytearray()
    for s, asked in page.questions(rows, v, on + off, free):
        y, metric = page.coordinates(evidence["basis"], asked)
        if metric:
            question = Question(
                page.lines(y, v, s, on, off, evidence["grid"], len(metric))[:3], metric
            )
            reach = (
                target * 2.0 ** evidence["grid"]
                if target
                else slack * question.sampled(np.random.default_rng(seed))
            )
            for orthant in range(2 ** len(metric)):
                g = np.diag([-1 if orthant >> i & 1 else 1 for i in range(len(metric))])
                question.divide(out, [list(map(int, row)) for row in g], reach)
    return bytes(out)


class Question:
    """Integer lines of one question, and floats of about size one beside them."""

    def __init__(self, lines, metric):
        self.up, self.down, self.linear = lines
        self.metric = [list(row) for row in metric]
        self.rank = len(metric)
        self.root = np.linalg.cholesky(np.array(metric, float)).T  # |root R|^2 = R'M^-1R
        every = [*self.up, *self.down, self.linear]
        self.unit = max([abs(a) for row in every for a in row] + [1])
        floats = lambda rows: np.array([[a / self.unit for a in row] for row in rows]).reshape(
            -1, self.rank
        )
        self.rising, self.falling, self.line = (
            floats(self.up),
            floats(self.down),
            floats([self.linear])[0],
        )
        self.leaves = 0

    def sampled(self, rng):
        """Return the largest value met on the unit ball of M, in the integers' unit."""
        points, best = rng.normal(size=(2000, self.rank)), 0.0
        for spread in (1.0, 0.1, 0.01, 0.001, 0.0001):
            points /= np.maximum(np.linalg.norm(points, axis=1), 1e-300)[:, None]
            c = points @ self.root
            values = c @ self.line + np.maximum(c @ self.rising.T, 0).sum(axis=1)
            values -= np.maximum(c @ self.falling.T, 0).sum(axis=1)
            best = max(best, float(values.max()))
            leaders = points[np.argsort(values)[-40:]]
            points = np.repeat(leaders, 50, axis=0)
            points = np.vstack([leaders, points + spread / 5 * rng.normal(size=points.shape)])
        return max(best, 1e-3) * self.unit + 16

    def divide(self, out, g, target, depth=0):
        """Write a node and all below it."""
        leaf = self.leaf(g, target)
        if leaf is not None:
            self.leaves += 1
            out += leaf
            return
        assert depth < 300, "the search does not end"
        sizes = [math.sqrt(sum(a * a for a in h)) for h in g]
        unit = [[a / size for a in h] for h, size in zip(g, sizes, strict=True)]
        pairs = [(a, b) for a in range(self.rank) for b in range(a + 1, self.rank)]
        p = max(range(len(pairs)), key=lambda k: math.dist(unit[pairs[k][0]], unit[pairs[k][1]]))
        a, b = pairs[p]
        e = round(math.log2(sizes[a] / sizes[b]))
        out += bytes([1 + 2 * p + (e != 0)]) + (
            varint(2 * e if e >= 0 else -2 * e - 1) if e else b""
        )
        new = [(i << max(0, -e)) + (j << max(0, e)) for i, j in zip(g[a], g[b], strict=True)]
        self.divide(out, [new if i == a else h for i, h in enumerate(g)], target, depth + 1)
        self.divide(out, [new if i == b else h for i, h in enumerate(g)], target, depth + 1)

    def leaf(self, g, target):
        """Return a leaf that holds, with R'M^-1R at most the square of the target; or None."""
        scale = [2.0 ** -max(map(abs, h)).bit_length() for h in g]
        rays = np.array([[a * c for a in h] for h, c in zip(g, scale, strict=True)])
        s = self.falling @ rays.T
        sure = np.abs(s) > 1e-9
        mixed, theta = [], []
        for w, row, certain in zip(self.down, s, sure, strict=True):
            signs = (
                np.sign(row)
                if certain.all()
                else [np.sign(sum(a * b for a, b in zip(w, h, strict=True))) for h in g]
            )
            if max(signs) > 0 > min(signs):
                mixed.append(w)
            theta.append(None if max(signs) > 0 > min(signs) else float(min(signs) >= 0))
        free = np.array([t is None for t in theta], bool)
        q = rays @ self.line + np.maximum(self.rising @ rays.T, 0).sum(axis=0)
        q -= np.array([t for t in theta if t is not None], float) @ s[~free]
        back = self.root @ np.linalg.inv(rays)
        matrix = np.hstack([-back @ s[free].T, back])
        count = len(mixed)
        found = lsq_linear(
            matrix, -back @ q, (0, np.r_[np.ones(count), np.full(self.rank, np.inf)]), method="bvls"
        )
        if math.sqrt(2 * found.cost) > target / self.unit * 1.0001:
            return None
        numerators = [min(4096, max(0, round(4096 * t))) for t in found.x[:count]]
        pushed = nnls(back, -back @ (q - s[free].T @ (np.array(numerators) / 4096)))[0]
        r = np.linalg.solve(rays, q - s[free].T @ (np.array(numerators) / 4096) + pushed)
        sides = [1 if sum(h[i] for h in g) >= 0 else -1 for i in range(self.rank)]
        need = [
            4096 * self.least(h, g)
            - sum(k * dot(w, h) for k, w in zip(numerators, mixed, strict=True))
            for h in g
        ]
        for push in (1e-13, 1e-10, 1e-8, 1e-6):
            exact = [
                int(Fraction(float(a)) * self.unit) + side * int(push * self.unit + 1)
                for a, side in zip(r, sides, strict=True)
            ]
            for shift in range(self.unit.bit_length(), -1, -4):
                entries = [
                    side * -(-side * a >> shift) for a, side in zip(exact, sides, strict=True)
                ]
                square = sum(
                    a * dot(row, entries) for a, row in zip(entries, self.metric, strict=True)
                )
                width = max(a.bit_length() for a in map(abs, entries)) + 1
                if square * 4**shift > target * target or width > 64:
                    continue
                if any(
                    4096 * dot(entries, h) << shift < low for h, low in zip(g, need, strict=True)
                ):
                    break
                return encoded(entries, shift, numerators, width)
        return None

    def least(self, h, g):
        """Return what R.h has to reach but for the mixed lines of N."""
        total = dot(self.linear, h) + sum(max(0, dot(w, h)) for w in self.up)
        for w in self.down:
            here = dot(w, h)
            if here > 0 and all(dot(w, other) >= 0 for other in g):
                total -= here
        return total


def dot(a, b):
    """Return the inner product of integers."""
    return sum(map(mul, a, b))


def encoded(entries, shift, numerators, width):
    """Return the bytes of a leaf; numerators are those of theta over 4096."""
    bits = sum((a & (1 << width) - 1) << width * i for i, a in enumerate(entries))
    bits |= sum(1 << len(entries) * width + i for i, top in enumerate(numerators) if top == 4096)
    size = len(entries) * width + len(numerators) + 7 >> 3
    out = b"\0" + varint(shift) + bytes([width]) + bits.to_bytes(size, "little")
    parts = [(i, top) for i, top in enumerate(numerators) if 0 < top < 4096]
    out += varint(len(parts)) + (b"\x0c" if parts else b"")
    last = -1
    for i, top in parts:
        out += varint(i - last - 1) + varint(top)
        last = i
    return out


def varint(value):
    """Return an unsigned varint."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])

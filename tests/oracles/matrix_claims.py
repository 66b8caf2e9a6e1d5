"""A second reader of trees for several outputs, from the page on claims alone: slow and plain.

It keeps all lines at every node, multiplies everything out in fractions and follows the page formula by formula.
`peak` returns the H that a file proves, or raises.
"""

from __future__ import annotations

import math
from fractions import Fraction

from oracles import claim_mutations
from oracles.cone_claims import (
    HALF,
    coordinates,
    dot,
    numbers,
    rational,
    root,
    take,
    varint,
    zigzag,
)


def peak(data):
    """Return H of a file that is whole; raise where a leaf does not hold."""
    head, parts, _ = claim_mutations.taken(data)
    p, evidence = head["problem"], head["evidence"]
    n, d, c = p["rows"], p["columns"], p["outputs"]
    flat, v = numbers(parts["features"], n * d), numbers(parts["vector"], n * c)
    rows, v = [flat[i * d : i * d + d] for i in range(n)], [v[i * c : i * c + c] for i in range(n)]
    on, off = map(rational, p["activation"])
    free, slope, charge = p["hidden_bias"] == "free", max(abs(on), abs(off)), Fraction(0)
    if free:
        rows = [row[:-1] for row in rows]
        assert not any(map(sum, zip(*v, strict=True)))
    original = [list(row) for row in rows]
    for j, i, r in evidence["merged"]:
        rows[j] = [rational(r) * a for a in original[i]]
        missed = sum(abs(a - b) for a, b in zip(original[j], rows[j], strict=True))
        charge += sum(map(abs, v[j])) * slope * missed
    questions = [rows]
    if free:
        minus = lambda k: [[a - b for a, b in zip(row, rows[k], strict=True)] for row in rows]
        questions = [minus(k) for k in range(n) if any(v[k])]
    cursor, errors, level = [0], [], rational(evidence["level"])
    assert level > 0
    for asked in questions:
        y, inverse = coordinates(evidence["basis"], asked)
        if not inverse:
            continue
        question = Question(y, v, on, off, evidence, inverse, level)
        errors.append(question.error)
        for orthant in range(2 ** len(inverse)):
            signs = [-1 if orthant >> i & 1 else 1 for i in range(len(inverse))]
            g = [[s * (i == k) for k in range(len(signs))] for i, s in enumerate(signs)]
            question.node(parts["tree"], cursor, g, 0)
    assert cursor[0] == len(parts["tree"])
    if not errors:
        return charge
    corner = root(max(row[i] for i, row in enumerate(inverse)))
    return (level + max(errors) * corner) / Fraction(2) ** evidence["grid"] + charge


class Question:
    """The lines of one question, and the trees about it."""

    def __init__(self, y, v, on, off, evidence, inverse, level):
        """Round the lines as the page has it."""
        self.inverse, self.level, rank, kink = inverse, level, len(inverse), on + off
        basis = evidence["basis"]
        unit = [[Fraction(i == k) for k in range(rank)] for i in range(rank)]
        g = unit if basis is None else [[rational(a) for a in row] for row in basis]
        self.metric = [[dot(a, b) for b in g] for a in g]
        scale, kappa = Fraction(2) ** evidence["grid"], {}
        linear = [[Fraction(0)] * rank for _ in v[0]]
        for row, weight in zip(y, v, strict=True):
            if not any(row):
                continue
            below = math.lcm(*(Fraction(b).denominator for b in row))
            size = Fraction(math.gcd(*(int(b * below) for b in row)), below)
            away = next(b for b in row if b) < 0
            e = tuple(int((-b if away else b) / size) for b in row)
            old = kappa.get(e, [Fraction(0)] * len(weight))
            kappa[e] = [a + kink * size * b for a, b in zip(old, weight, strict=True)]
            for p, b in enumerate(weight):
                for k in range(rank):
                    linear[p][k] -= off * b * row[k] + away * kink * b * size * e[k]
        rounded = lambda values: [math.floor(a + HALF) for a in values]
        far = lambda one, two: sum(abs(a - b) for a, b in zip(one, two, strict=True))
        self.linear = [rounded([scale * a for a in row]) for row in linear]
        pairs = zip(linear, self.linear, strict=True)
        self.error = sum(far([scale * a for a in one], two) for one, two in pairs)
        self.lines = []
        for e, exact in kappa.items():
            if not any(exact):
                continue
            t = 0
            while Fraction(2) ** t * max(map(abs, e)) >= 2**52:
                t -= 1
            while Fraction(2) ** t * max(map(abs, e)) < 2**51:
                t += 1
            long = [Fraction(2) ** t * a for a in e]
            weight = [scale * a / Fraction(2) ** t for a in exact]
            a, w = rounded(long), rounded(weight)
            self.error += far(long, a) * sum(map(abs, weight)) + far(weight, w) * sum(map(abs, a))
            if any(w):
                self.lines.append((a, w))

    def node(self, tree, cursor, g, depth):
        """Check a node and all below it."""
        tag = take(tree, cursor)
        if tag in (0, 255):
            self.leaf(tree, cursor, g, tag)
            return
        assert depth < 1000
        pairs = [(a, b) for a in range(len(g)) for b in range(a + 1, len(g))]
        a, b = pairs[(tag - 1) // 2]
        e = 0 if tag % 2 else zigzag(varint(tree, cursor))
        assert -64 <= e <= 64
        new = [2 ** max(0, -e) * x + 2 ** max(0, e) * y for x, y in zip(g[a], g[b], strict=True)]
        while all(x % 2 == 0 for x in new):
            new = [x // 2 for x in new]
        for k in (a, b):
            self.node(tree, cursor, [new if i == k else h for i, h in enumerate(g)], depth + 1)

    def leaf(self, tree, cursor, g, tag):  # noqa: PLR0915 - the page, formula by formula
        """Check a leaf."""
        shift, width, places = varint(tree, cursor), take(tree, cursor), take(tree, cursor)
        assert shift <= 4096 and width <= 64 and 1 <= places <= 62
        rank, level, inverse = len(g), self.level, self.inverse
        values = [[dot(a, h) for h in g] for a, _ in self.lines]
        mixed = [k for k, s in enumerate(values) if min(s) < 0 < max(s)]
        size = (rank * width + places * len(mixed) + 7) // 8
        text = int.from_bytes(bytes(take(tree, cursor) for _ in range(size)), "little")
        unsigned = [text >> width * i & 2**width - 1 for i in range(rank)]
        r = [2**shift * (x - 2**width * (width > 0 and x >> width - 1)) for x in unsigned]
        theta = [text >> rank * width + places * k & 2**places - 1 for k in range(len(mixed))]
        assert text >> rank * width + places * len(mixed) == 0
        D, size = 2**places - 1, range(rank)
        U, s, w = 2**32 * D, [values[k] for k in mixed], [self.lines[k][1] for k in mixed]
        rising = [k for k, one in enumerate(values) if min(one) >= 0]
        A = []
        for i in size:
            base = [dot(row, g[i]) + sum(values[k][i] * self.lines[k][1][p] for k in rising)
                    for p, row in enumerate(self.linear)]  # fmt: skip
            line = [sum(t * a[i] * b[p] for t, a, b in zip(theta, s, w, strict=True))
                    for p in range(len(base))]  # fmt: skip
            A.append([D * a + b for a, b in zip(base, line, strict=True)])
        eps = [[D * max(0, a[i]) - t * a[i] for i in size] for t, a in zip(theta, s, strict=True)]
        up, down = [], []
        for e in w:
            both = [dot(e, f) for f in w]
            up.append([dot(e, A[i]) + sum(max(0, b) * x[i] for b, x in zip(both, eps, strict=True))
                       for i in size])  # fmt: skip
            down.append([dot(e, A[i]) - sum(max(0, -b) * x[i] for b, x in zip(both, eps, strict=True))
                         for i in size])  # fmt: skip
        digits = [len(bin(max(map(abs, h)))) - 2 for h in g]
        z = [sum(2 ** (max(digits) - digits[i]) * g[i][k] for i in size) for k in size]
        h = [dot(z, one) for one in g]
        zeta = root(dot(z, [dot(row, z) for row in inverse]))
        end = lambda most, side: min(
            math.isqrt(int(most)) + 1,
            max(0, *(math.ceil(side[i] * zeta / (D * level * h[i])) for i in size)),
        )
        x = [end(dot(e, e), [-a for a in one]) for e, one in zip(w, down, strict=True)]
        y = [end(dot(e, e), one) for e, one in zip(w, up, strict=True)]
        mu = [2**32 if a == 0 else 2**32 * b // (a + b) for a, b in zip(x, y, strict=True)]
        cost = [max(m * a, (2**32 - m) * b) for m, a, b in zip(mu, x, y, strict=True)]
        G = [[2**32 * A[i][p] + sum(m * t[i] * b[p] for m, t, b in zip(mu, eps, w, strict=True))
              for p in range(len(A[i]))] for i in size]  # fmt: skip
        E = [sum(a * t[i] for a, t in zip(cost, eps, strict=True)) for i in size]
        if tag == 0:
            assert dot(r, [dot(row, r) for row in inverse]) <= level**2
            for i in size:
                q = U * dot(r, g[i]) - E[i]
                assert q >= 0 and q * q >= dot(G[i], G[i])
            return
        assert min(r) >= 0
        form = [[dot(a, [dot(row, b) for row in self.metric]) for b in g] for a in g]
        length = [math.isqrt(math.floor(2**64 * form[i][i])) + 1 for i in size]
        P = [[(U * level) ** 2 * form[i][k] - dot(G[i], G[k])
              - D * level * (length[i] * E[k] + length[k] * E[i])
              - (r[i] * length[k] + length[i] * r[k]) for k in size] for i in size]  # fmt: skip
        if not any(E):
            steep = max(Fraction(math.isqrt(int(dot(G[i], G[i]))) + 1, h[i]) for i in size)
            for t, a, one in zip(theta, s, up, strict=True):
                if not 0 < t < D or max(one) >= 0:
                    continue
                pull = min(Fraction(-(2**32) * one[i], D * length[i]) for i in size)
                bend = min(
                    Fraction(D - t, D) / max(Fraction(a[i], h[i]) for i in size),
                    Fraction(t, D) / max(Fraction(-a[i], h[i]) for i in size),
                )
                kappa = math.floor(2**64 * U / zeta**2 * pull * bend / steep)
                for i in size:
                    for k in size:
                        P[i][k] += 2 * D**2 * level * kappa * a[i] * a[k]
        assert min(map(min, P)) >= 0 or semidefinite(P)


def semidefinite(matrix):
    """Whether no principal minor is negative."""
    size = len(matrix)
    for chosen in range(1, 2**size):
        kept = [i for i in range(size) if chosen >> i & 1]
        if determinant([[matrix[i][k] for k in kept] for i in kept]) < 0:
            return False
    return True


def determinant(matrix):
    """Return the determinant by expansion."""
    if not matrix:
        return Fraction(1)
    return sum(
        (-1) ** k * a * determinant([row[:k] + row[k + 1 :] for row in matrix[1:]])
        for k, a in enumerate(matrix[0])
    )

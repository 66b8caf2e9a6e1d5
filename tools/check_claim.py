#!/usr/bin/env python3
"""Check a claim about a network's training problem with Python's standard library alone.

    python3 check_claim.py claim.bin --data table.csv --target y --max-gap 1e-6

A claim says: this network's objective is at most `upper`, and no network of any width has one
below `lower`.  Both numbers are computed again here, in integers and fractions.  What the file
holds and why it proves something is told in docs/reference/claims.md; this file was written from
that page, not from the code that makes claims.  With --data the problem is built from your own
table, and the claim must be about exactly that problem.

Exit code 0: proved.  1: refused, the reason is on standard error.  2: wrong usage.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import math
import os
import re
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, compress
from operator import add, getitem, mul, sub
from types import SimpleNamespace

TYPE_CHECKING = False  # what only annotations and rare calls need is not imported: a start is felt
if TYPE_CHECKING:
    from typing import Any, BinaryIO

HEAD, WHOLE = 1 << 24, 1 << 26  # bytes of a head, and of what is read as a whole
MOST = 1 << 21  # numbers of a section
DIGITS = 100_000  # of the longest integer that is read from text
LONGEST = 1 << 17  # bits of the longest common denominator
LIVE = 1 << 27  # bytes that the waiting nodes of one tree may hold, or one generator's products
KNOWN = 1 << 25  # bytes of what is remembered of generators and of sets of lines
TABLED = 1 << 16  # bytes of lines whose sums are looked up by eights
CHUNK = 1 << 20  # bytes of trees that are read at once
NEGATIVE = bytes(48 + (byte < 128) for byte in range(256))  # "1" where a top bit is missing
BITS = [bytes(byte >> bit & 1 for bit in range(8)) for byte in range(256)]

Ints = list[int]
Scaled = tuple[Ints, int]  # integers, and the one denominator below them
Ray = tuple[tuple[int, ...], int, int]  # see Question.ray


class Refused(Exception):  # noqa: N818 - an outcome, not an error
    """The claim is not proved; the message says which check failed first."""


def need(condition: object, message: str) -> None:
    if not condition:
        raise Refused(message)


# --- Numbers and sections of a file ---------------------------------------------------------------


def rational(text: Any) -> Fraction:
    """Read "p" or "p/q" in lowest terms."""
    need(type(text) is str and len(text) <= DIGITS, f"{text!r:.60} is not a rational text")
    parts = re.fullmatch(r"(0|-?[1-9][0-9]*)(?:/([1-9][0-9]*))?", text)
    value = Fraction(int(parts[1]), int(parts[2] or 1)) if parts else Fraction(0)
    lowest = parts and (not parts[2] or value.denominator == int(parts[2]) > 1)
    need(lowest, f"{text[:60]!r} is not a rational number in lowest terms")
    return value


def integer(text: Any) -> int:
    value = rational(text)
    need(value.denominator == 1, f"{text[:60]!r} is not an integer")
    return value.numerator


def real(value: Any) -> Fraction:
    """Read a float of a JSON text as the rational number it is."""
    need(
        type(value) in (int, float) and abs(value) <= sys.float_info.max,
        f"{value!r:.60} is not a float",
    )
    return Fraction(float(value))


def whole(value: Any, low: int, high: int, what: str) -> int:
    need(
        type(value) is int and low <= value <= high,
        f"{what}: {value!r:.60} is not an index or size",
    )
    return int(value)


def listed(value: Any, what: str, length: int | None = None) -> list[Any]:
    good = type(value) is list and (length is None or len(value) == length)
    need(good, f"{what} is not a list of the right length")
    return list(value)


def fields(value: Any, names: str, what: str) -> list[Any]:
    """Return the values of an object that has exactly these keys."""
    good = type(value) is dict and sorted(value) == sorted(names.split())
    need(good, f"{what} does not have exactly the keys: {names}")
    return [value[name] for name in names.split()]


def parse(text: bytes, what: str) -> Any:
    """Read JSON without keys that stand twice and without NaN."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        need(len(dict(pairs)) == len(pairs), f"{what}: a key stands twice in one object")
        return dict(pairs)

    def never(name: str) -> None:
        raise Refused(f"{what}: {name} is not a number")

    try:
        return json.loads(text.decode("ascii"), object_pairs_hook=once, parse_constant=never)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{what} is not JSON: {error!s:.100}") from None


def common(values: Sequence[Fraction]) -> Scaled:
    """Bring fractions to one denominator."""
    bottom = 1
    for value in values:
        bottom = math.lcm(bottom, value.denominator)
        need(bottom.bit_length() <= LONGEST, "the common denominator of some numbers is too long")
    return [value.numerator * (bottom // value.denominator) for value in values], bottom


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return an unsigned varint and the place after it."""
    value = 0
    for k in range(9):
        need(at + k < len(data), "the file ends within a number")
        value |= (data[at + k] & 127) << 7 * k
        if data[at + k] < 128:
            return value, at + k + 1
    raise Refused("a varint does not end")


def numbers(data: bytes, count: int, what: str) -> Scaled:
    """Read a section of numbers."""
    kind = data[:1]
    need(count <= MOST, f"{what}: more than {MOST} numbers")
    if kind == b"q":
        texts = data[1:].decode("latin-1").split("\n") if len(data) > 1 else []
        need(len(texts) == count, f"{what}: not {count} numbers")
        return common([rational(text) for text in texts])
    if kind == b"d":
        need(len(data) == 1 + 8 * count, f"{what}: not {count} floats")
        floats = struct.unpack(f"<{count}d", data[1:])
        need(all(map(math.isfinite, floats)), f"{what}: a float is not finite")
        bottom = max((value.as_integer_ratio()[1] for value in floats), default=1)
        ratios = map(float.as_integer_ratio, floats)
        return [top * (bottom // below) for top, below in ratios], bottom
    need(kind == b"i", f"{what}: numbers of an unknown kind")
    (size, at), start = varint(data, 1), 0
    length, at = varint(data, at)
    start = at + length
    bottom = int.from_bytes(data[at:start], "little")
    need(0 < bottom.bit_length() <= LONGEST, f"{what}: the denominator is 0 or too long")
    need(1 <= size <= 64 and len(data) == start + size * count, f"{what}: not {count} integers")
    spots = range(start, len(data), size)
    return [int.from_bytes(data[i : i + size], "little", signed=True) for i in spots], bottom


class Section:
    """One section of the body: read from the front, and unpacked as it is read."""

    def __init__(self, file: BinaryIO, record: Any) -> None:
        names = "name bytes unpacked packing"
        self.name, left, due, packing = fields(record, names, "a section")
        self.file, self.left = file, whole(left, 0, 1 << 50, "bytes of a section")
        self.due = self.size = whole(due, 0, 64 * left + HEAD // 16, "unpacked of a section")
        need(packing in ("none", "deflate"), f"packing {packing!r:.40} is unknown")
        self.inflate = zlib.decompressobj(-15) if packing == "deflate" else None
        need(self.inflate or due == left, f"{self.name}: its two sizes differ")

    def read(self, size: int) -> bytes:
        """Return the next bytes: `size` of them, or all that are left."""
        parts, size = [], min(size, self.due)
        while size:
            if self.inflate is None:
                part = self.file.read(size)
                need(part, f"{self.name} ends early")
            else:
                packed = self.inflate.unconsumed_tail or self.file.read(min(self.left, 1 << 16))
                self.left -= 0 if self.inflate.unconsumed_tail else len(packed)
                part = self.unpacked(packed, size)
                need(packed or part, f"{self.name} ends early")
            parts.append(part)
            size, self.due = size - len(part), self.due - len(part)
        return b"".join(parts)

    def unpacked(self, packed: bytes, size: int) -> bytes:
        try:
            return self.inflate.decompress(packed, size) if self.inflate else packed
        except zlib.error as error:
            raise Refused(f"{self.name} is not a deflate stream: {error}") from None

    def end(self) -> None:
        """Check that nothing is left."""
        need(not self.due, f"{self.name} goes on after its last entry")
        if self.inflate:
            rest = self.unpacked(self.inflate.unconsumed_tail + self.file.read(self.left), 1)
            good = not rest and self.inflate.eof and not self.inflate.unused_data
            need(good, f"{self.name} is not one whole deflate stream of the size it says")

    def all(self) -> bytes:
        need(self.due <= WHOLE, f"{self.name} is too large")
        data = self.read(self.due)
        self.end()
        return data


def read_claim(file: BinaryIO) -> SimpleNamespace:  # noqa: PLR0915 - one field after the other
    """Read a claim: of schema 1 to 3 up to its tree, or of schema 0."""
    line, size = file.readline(HEAD + 1), os.fstat(file.fileno()).st_size
    start = rb'\s*\{\s*"kind":\s*"relu-arrangements claim",\s*"schema":\s*([0-9]{1,9})\b'
    known = re.match(start, line)
    schemas = (b"0", b"1", b"2", b"3")
    need(not known or known[1] in schemas, "the schema of the claim is none from 0 to 3")
    if not known or known[1] == b"0":
        need(size <= WHOLE, "the file is no claim of schema 1, and too large for one of schema 0")
        return read_old(line + file.read())
    need(line.endswith(b"\n") and len(line) <= HEAD, "the head is longer than 16 MiB, or cut off")
    names = "kind schema upper lower problem network dual evidence body"
    _, _, upper, lower, problem, network, dual, proof, body = fields(
        parse(line, "the head"), names, "the head"
    )
    names = "loss loss_parameters activation hidden_bias output_bias beta rows columns weighted "
    several, c = known[1] == b"2", 1
    names += "sha256 where" + " outputs" * several
    *setting, n, d, weighted, digest, where = fields(problem, names, "problem")[:11]
    if several:
        c = whole(problem["outputs"], 2, 1 << 20, "outputs")
    claim = settings(setting, upper, lower)
    need(several or claim.loss != "cross_entropy", "cross-entropy is about several outputs")
    m, bias = fields(network, "width output_bias", "network")
    claim.scale, claim.outputs = real(*fields(dual, "scale", "dual")), c
    biases = [*map(real, listed(bias, "output_bias", c))] if several else [real(bias)]
    claim.bias, claim.biases = biases[0], biases
    claim.n, claim.d = whole(n, 1, 1 << 28, "rows"), whole(d, 1, 1 << 20, "columns")
    claim.weighted, claim.digest, claim.where = weighted, digest, where
    whole(m, 0, 1 << 28, "width")
    need(type(weighted) is bool and type(where) in (str, type(None)), "weighted or where is wrong")
    need(type(digest) is str, "sha256 is not a text")
    claim.kind = proof.get("kind") if type(proof) is dict else None
    kinds = {b"1": ["cones", "cells"], b"2": ["cones"], b"3": ["pairs"]}[known[1]]
    need(claim.kind in kinds, "evidence of an unknown kind")
    known_keys = {"cones": "grid basis merged", "cells": "cells", "pairs": "grid lines"}
    keys = "kind " + known_keys[claim.kind]
    keys += " level" * several
    keys += " lengths" * (claim.kind == "cones" and "lengths" in proof)
    fields(proof, keys, "evidence")
    need(proof.get("lengths", []) is not None, "lengths are null")
    counts = {"features": n * d, "targets": n * c, "weights": n} if where is None else {}
    counts |= {"hidden": m * d, "output": m * c, "vector": n * c}
    if claim.kind == "pairs":
        lines = whole(proof["lines"], 0, 1 << 20, "lines")
        counts |= {"pairs": 2 * lines * (2 * lines + 1), "singles": 4 + 4 * lines * (1 + d)}
    order = [name for name in counts if weighted or name != "weights"]
    cells = ["patterns", "witnesses", "completion", "multipliers"]
    order += {"cones": ["tree"], "cells": cells, "pairs": []}[claim.kind]
    sections = [Section(file, record) for record in listed(body, "body", len(order))]
    need([section.name for section in sections] == order, f"the sections are not {order}")
    whole_size = len(line) + sum(section.left for section in sections)
    need(whole_size == size, "the sections do not fill the file")
    found: dict[str, Any] = dict(proof)
    for part in sections:
        if part.name in counts:
            data = part.all()
            floats = part.name in ("hidden", "output", "vector", "pairs", "singles")
            need(not floats or data[:1] == b"d", f"{part.name} are not floats")
            found[part.name] = numbers(data, counts[part.name], part.name)
        elif part.name == "tree":
            found["tree"] = part
        else:
            found[part.name] = part.all()
            if part.name != "patterns":
                found[part.name] = parse(found[part.name], part.name)
    claim.data = [found[k] for k in ("features", "targets", "weights") if k in found]
    claim.hidden, claim.output, claim.vector = (found[k] for k in ("hidden", "output", "vector"))
    claim.evidence = found
    return claim


def settings(values: list[Any], upper: Any, lower: Any) -> SimpleNamespace:
    """Read loss, parameters, activation, biases and beta."""
    loss, parameters, activation, hidden_bias, output_bias, beta = values
    on, off = map(rational, listed(activation, "activation", 2))
    need(type(loss) is str and loss in LOSSES, f"the loss {loss!r:.40} is unknown")
    fields(parameters, LOSSES[loss][0], f"loss_parameters of {loss}")
    given = {name: rational(text) for name, text in parameters.items()}
    need(given.get("delta", 1) > 0, "delta is not positive")
    need(0 < given.get("level", Fraction(1, 2)) < 1, "level is not between 0 and 1")
    need(on or off, "the activation is zero")
    need(hidden_bias in ("decayed", "free"), f"the hidden bias {hidden_bias!r:.40} is unknown")
    need(output_bias in ("none", "free", "decayed"), f"output bias {output_bias!r:.40} is unknown")
    need(rational(beta) > 0, "beta is not positive")
    return SimpleNamespace(
        loss=loss, given=given, on=on, off=off, kink=on + off, slope=max(abs(on), abs(off)),
        free=hidden_bias == "free", output_bias=output_bias, beta=rational(beta),
        upper=rational(upper), lower=rational(lower),
    )  # fmt: skip


def read_old(text: bytes) -> SimpleNamespace:
    """Read a claim of schema 0, which is one JSON text."""
    old = parse(text, "the file")
    good = type(old) is dict and old.get("kind") == "relu-arrangements claim"
    need(good, "the file is not a claim")
    packed = old.get("schema") in (1, 2, 3)
    need(not packed, "the head of a claim of schema 1 to 3 is one line that begins with its kind")
    need(old.get("schema") == 0, "the schema of the claim is none from 0 to 3")
    try:
        problem, network, dual, patterns = map(old.get, ("problem", "network", "dual", "patterns"))
        setting = [problem["loss"], problem.get("loss_parameters", {})]
        setting += [problem.get("activation", ["1", "0"]), problem.get("hidden_bias", "decayed")]
        claim = settings(
            [*setting, problem["output_bias"], problem["beta"]], old["upper"], old["lower"]
        )
        flat = [
            [x for row in part for x in row] for part in (problem["features"], network["hidden"])
        ]
        claim.n, claim.d = len(problem["features"]), len(problem["features"][0])
        for row in problem["features"] + network["hidden"]:
            need(len(row) == claim.d, "a row of features or hidden weights has another length")
        weights, claim.digest, claim.where, claim.kind = problem.get("weights"), None, None, "cells"
        tables = [flat[0], problem["targets"], *([weights] if weights is not None else [])]
        claim.weighted, claim.data = len(tables) > 2, [common([*map(rational, t)]) for t in tables]
        floats = [flat[1], network["output"], dual["vector"]]
        claim.hidden, claim.output, claim.vector = (common([*map(real, part)]) for part in floats)
        claim.scale, claim.bias = real(dual["scale"]), real(network["output_bias"])
        claim.outputs = 1
        claim.evidence = {
            **patterns,
            "multipliers": dual["cells"],
            "cells": len(patterns["packed"]),
        }
        claim.evidence["patterns"] = b"".join(map(bytes.fromhex, patterns["packed"]))
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise Refused(f"the file is not a whole claim of schema 0: {error!r:.100}") from None
    return claim


# --- The problem: what a network costs, and what a dual vector is worth ---------------------------

# For each loss its parameter, and whether D(v) = y v - v^2/2 (1) or y v (0); labels are -1 and 1.
LOSSES = {"squared": ("", 1), "huber": ("delta", 1), "absolute": ("", 0), "quantile": ("level", 0)}
LOSSES |= {
    "interpolation": ("", 0),
    "hinge": ("", 0),
    "squared-hinge": ("", 1),
    "logistic": ("", 0),
    "cross_entropy": ("", 0),
}
LABELS = ("hinge", "squared-hinge", "logistic")


def check_problem(claim: SimpleNamespace) -> None:
    """Check that the parts of the problem belong together, and prepare its rows."""
    n, d = claim.n, claim.d
    need(claim.data, f"the data are not in the claim ({claim.where}): give --data and --target")
    (flat, claim.below), (targets, unit), (weights, heavy) = (*claim.data, ([1] * n, 1))[:3]
    lengths, c = (len(flat), len(targets), len(weights), len(claim.vector[0])), claim.outputs
    need(lengths == (n * d, n * c, n, n * c), "rows, targets, weights, vector differ in number")
    claim.rows = [flat[i : i + d] for i in range(0, n * d, d)]
    claim.y = [Fraction(y, unit) for y in targets]
    claim.s = [Fraction(s, heavy) for s in weights]
    need(min(claim.s) >= 0, "a sample weight is negative")
    labels = claim.loss in LABELS
    need(not labels or {*claim.y} <= {-1, 1}, "a label is neither -1 nor 1")
    ones = d > 1 and all(row[-1] == claim.below for row in claim.rows)
    need(ones or not claim.free, "the hidden bias is free: the last column is not all ones")
    need(claim.scale >= 0, "the scale of the dual vector is negative")
    claim.decayed = d - claim.free
    if claim.digest is not None:
        text, weighted = hashlib.sha256(), len(claim.data) > 2
        for i, (row, s) in enumerate(zip(claim.rows, claim.s)):
            y = claim.y[i * c : i * c + c]
            cells = [*(Fraction(x, claim.below) for x in row), *y, *([s] if weighted else [])]
            text.update((",".join(map(str, cells)) + "\n").encode())
        need(text.hexdigest() == claim.digest, "the data are not those that sha256 stands for")


def interval(claim: SimpleNamespace, y: Fraction) -> tuple[Fraction | None, Fraction | None]:
    """Return where D is finite."""
    if claim.loss in ("huber", "absolute"):
        end = claim.given.get("delta", Fraction(1))
        return -end, end
    if claim.loss == "quantile":
        return claim.given["level"] - 1, claim.given["level"]
    if claim.loss in LABELS:
        zero, far = Fraction(0), None if claim.loss == "squared-hinge" else y
        return (zero, far) if y > 0 else (far, zero)
    return None, None


def loss_above(claim: SimpleNamespace, z: Fraction, y: Fraction) -> Fraction:
    """Return the loss of one row, the largest v (y - z) - [v^2/2] on the interval; or slightly more."""
    if claim.loss == "logistic":
        return softplus_above(-y * z)
    r, curved = y - z, LOSSES[claim.loss][1]
    end = interval(claim, y)[r > 0]
    if curved and (end is None or abs(r) <= abs(end)):
        return r * r / 2
    need(end is not None or r == 0, "the network does not pass through the data")
    return (end or 0) * (r - (end or Fraction(0)) * curved / 2)


def objective(claim: SimpleNamespace) -> Fraction:
    """Return what the network costs."""
    (flat, unit), (output, output_unit), d = claim.hidden, claim.output, claim.d
    neurons = [flat[i : i + d] for i in range(0, len(flat), d)]
    need(len(neurons) == len(output), "hidden and output weights differ in number")
    need(claim.bias == 0 or claim.output_bias != "none", "the network has an output bias")
    squares = Fraction(sum(w * w for row in neurons for w in row[: claim.decayed]), unit**2)
    squares += Fraction(sum(a * a for a in output), output_unit**2)
    squares += claim.bias**2 if claim.output_bias == "decayed" else 0
    ramps = []  # sums of the positive w.x over the neurons of either sign, for every row
    for side in (1, -1):
        chosen = [[abs(a) * w for w in row] for a, row in zip(output, neurons) if a * side > 0]
        most = max((sum(map(abs, w)) for w in chosen), default=0)
        packing = Packing(len(chosen), most * max(max(map(abs, x)) for x in claim.rows))
        columns = [packing.pack(column) for column in zip(*chosen)] or [0] * d
        sums = [sum(map(mul, columns, x)) for x in claim.rows]
        ramps.append([packing.ramp(c + packing.bias) for c in sums])
    line = [sum(map(mul, output, column)) for column in zip(*neurons)] or [0] * d
    total: Fraction = claim.beta * squares / 2
    (kink, off, bias), slopes = common([claim.kink, claim.off, claim.bias])
    bottom = unit * output_unit * claim.below  # z = outputs / (slopes bottom)
    outputs = [
        kink * (up - down) - off * sum(map(mul, line, x)) + bias * bottom
        for x, up, down in zip(claim.rows, *ramps)
    ]
    bottom *= slopes
    if claim.loss == "squared":  # as below, without a fraction for each row
        (targets, one), (weights, heavy) = common(claim.y), common(claim.s)
        misses = [z * one - y * bottom for z, y in zip(outputs, targets)]
        squares = sum(s * r * r for s, r in zip(weights, misses))
        return total + Fraction(squares, 2 * heavy * (bottom * one) ** 2)
    for z, y, s in zip(outputs, claim.y, claim.s):
        total += s * loss_above(claim, Fraction(z, bottom), y) if s else 0
    return total


def dual_value(claim: SimpleNamespace) -> Fraction:
    """Return what no network is below, if no neuron exceeds beta."""
    values, unit = claim.vector
    total: Fraction = claim.scale * Fraction(sum(values), unit)
    zero = total == 0 or not (claim.free or claim.output_bias == "free")
    need(zero, "a bias is free, and the entries of the dual vector do not add up to 0")
    total = -total * total / (2 * claim.beta) if claim.output_bias == "decayed" else Fraction(0)
    if claim.loss == "squared" and {*claim.s} == {1}:  # as below, without a fraction for each row
        (targets, one), t = common(claim.y), claim.scale
        total += t * Fraction(sum(map(mul, values, targets)), unit * one)
        total -= t * t * Fraction(sum(map(mul, values, values)), 2 * unit**2)
        return total
    for value, y, s in zip(values, claim.y, claim.s):
        v = claim.scale * Fraction(value, unit)
        need(s or not v, "the dual vector is not 0 on a row of weight 0")
        if s:
            v, (low, high) = v / s, interval(claim, y)
            inside = (low is None or low <= v) and (high is None or v <= high)
            need(inside, f"the dual vector leaves the domain of the loss {claim.loss}")
            curved = LOSSES[claim.loss][1]
            total += s * (
                entropy_below(v * y) if claim.loss == "logistic" else v * (y - v * curved / 2)
            )
    return total


# Enclosures of the logistic loss.  Series are sums of positive terms in units of 2^-W, cut off: below
# the truth, and by less than `SLACK` units, which is added where a bound from above is wanted.
W, SLACK = 400, 1 << 10
ONE = 1 << W


def atanh_ratio(z: Fraction) -> int:
    """Return atanh(z) / z = sum z^2k / (2k + 1), from below, for 0 <= z <= 1/3."""
    square, power, total, odd = (z.numerator**2 << W) // z.denominator**2, ONE, 0, 1
    while power:
        total, power, odd = total + power // odd, power * square >> W, odd + 2
    return total


LN2 = 2 * atanh_ratio(Fraction(1, 3)) // 3  # ln 2 = 2 atanh(1/3)


def short(value: Fraction, side: int) -> Fraction:
    """Round to W significant binary digits: up for side 1, down for side -1."""
    unit = Fraction(2) ** (value.numerator.bit_length() - value.denominator.bit_length() - W)
    return side * math.ceil(side * value / unit) * unit


def softplus_above(t: Fraction) -> Fraction:
    """Return log(1 + exp(t)) = max(t, 0) + 2 atanh(x / (2 + x)) from above, x = exp(-|t|)."""
    units = math.floor(min(abs(t), Fraction(5000)) * ONE)
    k = units // LN2 + 1  # exp(-|t|) = 2^-k exp(r) with r = k ln 2 - |t|, at most ln 2 and a little
    r, term, total = k * (LN2 + SLACK) - units, ONE, ONE + SLACK
    for n in range(1, 100):  # what is left out is far below 2^-W
        term = (term * r >> W) // n + 1
        total += term
    x = Fraction(total, ONE << k)
    z = short(x / (2 + x), 1)
    return short(max(t, Fraction(0)) + 2 * z * Fraction(atanh_ratio(z) + SLACK, ONE), 1)


def entropy_below(p: Fraction) -> Fraction:
    """Return -p log p - (1 - p) log(1 - p) from below; it grows up to p = 1/2."""
    p = min(p, 1 - p)
    if p == 0:
        return p
    p = short(p, -1)
    k = p.denominator.bit_length() - p.numerator.bit_length()
    k += p * 2**k < 1  # now m = 2^k p is in [1, 2), and -log p = k log 2 - log m
    z, y = (p * 2**k - 1) / (p * 2**k + 1), p / (2 - p)  # log m = 2 atanh z, -log(1-p) = 2 atanh y
    first = Fraction(k * LN2, ONE) - 2 * z * Fraction(atanh_ratio(z) + SLACK, ONE)
    return short(p * first + (1 - p) * 2 * y * Fraction(atanh_ratio(y), ONE), -1)


# --- Cones ----------------------------------------------------------------------------------------


class Packing:
    """Integers side by side in one, in fields of equal width: the sum of x_j 2^(width j).

    One sum of such numbers adds all fields.  With `bias` added no field is negative, and its top
    bit tells x_j >= 0: those bits alone are called *tops*.
    """

    def __init__(self, count: int, largest: int, first: int | None = None) -> None:
        self.count, self.first = count, count if first is None else first  # `ramp` is of the first
        self.size = max(8, (largest.bit_length() + count.bit_length() + 9) // 8)
        self.longs = struct.Struct(f"<{count}q").unpack
        self.width = width = 8 * self.size
        self.most = (1 << width - 1 - count.bit_length()) - 1  # even a sum of all fields fits
        self.bias = int.from_bytes((bytes(self.size - 1) + b"\x80") * count, "little")
        self.cut = width * self.first
        self.low = self.bias & (1 << self.cut) - 1
        self.folds, left = [], self.first
        while left > 8:
            left = left + 1 >> 1
            self.folds.append((left * width, (1 << left * width) - 1))

    def pack(self, values: Iterable[int]) -> int:
        half = 1 << self.width - 1
        parts = [(value + half).to_bytes(self.size, "little") for value in values]
        return int.from_bytes(b"".join(parts), "little") - self.bias

    def unpack(self, packed: int) -> Sequence[int]:
        data = (packed + self.bias ^ self.bias).to_bytes(self.size * self.count, "little")
        if self.size == 8:
            return self.longs(data)
        spots = range(0, len(data), self.size)
        return [int.from_bytes(data[i : i + self.size], "little", signed=True) for i in spots]

    def ramp(self, lifted: int) -> int:
        """Return the sum of the positive ones of the first fields, from a number with `bias` added."""
        tops = lifted & self.low
        chosen = lifted & tops - (tops >> self.width - 1)
        for shift, mask in self.folds:
            chosen = (chosen >> shift) + (chosen & mask)
        return chosen % ((1 << self.width) - 1)  # adds up the last fields: 2^width leaves rest 1

    def negative(self, lifted: int, first: int) -> bytes:
        """Return "1" for each negative number from `first` on and "0" for others, the last in front."""
        rest, size = lifted >> self.width * first, self.size
        return rest.to_bytes(size * (self.count - first), "little")[::-size].translate(NEGATIVE)


class Question:
    """A bound of s sum_j v_j phi(z_j.u) over the unit ball, asked of one tree for each orthant.

    Cones share generators, and neighbours are cut by the same lines.  So what a generator has to do with the
    lines is worked out once (`ray`), and so are the sums of a set of lines (`kind`).
    """

    def __init__(self, cones: Cones, s: int, lines: SimpleNamespace) -> None:
        claim, self.rank = cones.claim, cones.rank
        unit = [[int(i == j) for j in range(self.rank)] for i in range(self.rank)]
        self.inverse = cones.inverse if cones.inverse != unit else None  # |R|^2, then
        scale = s * cones.unit
        exact = [scale * (claim.kink * x - claim.off * y) for x, y in zip(lines.bent, lines.plain)]
        self.linear = [math.floor(x + Fraction(1, 2)) for x in exact]
        self.error = sum((abs(x - y) for x, y in zip(exact, self.linear)), lines.error)
        self.convex, concave = lines.sides if s > 0 else lines.sides[::-1]  # the w of P, and of N
        self.both, self.count = self.convex + concave, len(concave)
        self.largest = max((abs(x) for w in self.both for x in w), default=0)
        # For sums of the w of N, which are never added up among themselves: two bits less do.
        self.row = Packing(self.rank, self.largest * self.count >> 2)
        self.falling = [self.row.pack(w) for w in concave]
        self.bytes = self.count + 7 >> 3  # of a set of lines of N
        self.sums = []  # of eight lines each, by the byte that says which
        few = self.count * self.rank * self.row.size <= TABLED
        for k in range(0, self.count if few else 0, 8):
            sums = [0]
            for w in self.falling[k : k + 8]:
                sums += [total + w for total in sums]
            self.sums.append(sums)
        self.rays: dict[tuple[int, ...], Ray] = {}
        self.kinds: dict[int, tuple[int, int, Ints]] = {}
        self.places = [range(0, self.rank * w, w) if w else [0] * self.rank for w in range(65)]
        self.margin = 300 + 20 * self.count  # no node takes more bytes
        self.make_room(self.largest << 14)

    def make_room(self, largest: int) -> None:
        """Pack the lines in fields for numbers w.g up to a size."""
        self.packing = Packing(len(self.both), largest, len(self.convex))
        room = self.packing.size * len(self.both)
        need(room <= LIVE, "a generator takes too much memory")
        self.columns = [self.packing.pack(w[i] for w in self.both) for i in range(self.rank)]
        self.weight = 300 + len(self.both) // 4 + self.rank * self.packing.size  # bytes of a ray

    def ray(self, g: tuple[int, ...]) -> Ray:
        """Return g, its marks and q = l.g + sum_P (w.g)_+, and remember them.

        Marks are bits for the lines of N: where w.g < 0, and then where w.g > 0.
        """
        size = self.largest * sum(map(abs, g))
        if size > self.packing.most:
            self.make_room(size << 128)
        packing, first = self.packing, len(self.convex)
        packed = sum(map(mul, self.columns, g))
        lifted = packed + packing.bias
        signs = packing.negative(packing.bias - packed, first) + packing.negative(lifted, first)
        ray = g, int(signs or b"0", 2), sum(map(mul, self.linear, g)) + packing.ramp(lifted)
        if len(self.rays) * self.weight > KNOWN:
            self.rays.clear()
        self.rays[g] = ray
        return ray

    def kind(self, marks: int) -> tuple[int, int, Ints]:
        """Return the sum of w over the lines of N with w.g >= 0 throughout a cone, and the mixed ones."""
        rises = marks >> self.count
        mixed = marks & rises
        cut, sure = (lines.to_bytes(self.bytes, "little") for lines in (mixed, rises ^ mixed))
        lines = [*compress(self.falling, flags(cut))]
        if self.sums:
            total = sum(map(getitem, self.sums, sure))
        else:
            total = sum(compress(self.falling, flags(sure)))
        if len(self.kinds) * (300 + 8 * self.count + self.rank * self.row.size) > KNOWN:
            self.kinds.clear()
        self.kinds[marks] = found = total, len(lines), lines
        return found

    def check(self, orthant: int, tape: Tape) -> tuple[int, int]:
        """Check one tree; return the number of its leaves and the largest R' (bottom M^-1) R."""
        each, known, rays = range(self.rank), self.rays, []
        for i in each:
            side = -1 if orthant >> i & 1 else 1
            rays.append(self.ray(tuple(side * (i == j) for j in each)))
        stack: list[tuple[list[Ray], int]] = []  # the second children on the way
        pairs, leaves, largest, depth = [*combinations(each, 2)], 0, 0, 0
        most = 2 * len(pairs)
        data, at, safe = tape.more(tape.at, self.margin)
        while True:
            if at > safe:
                data, at, safe = tape.more(at, self.margin)
            tag, at = data[at], at + 1
            if tag == 0:
                at, square = self.leaf(data, at, rays)
                leaves, largest = leaves + 1, max(largest, square)
                if not stack:
                    break
                rays, depth = stack.pop()
                continue
            if tag > most or depth >= 1000:
                raise Refused("a node is divided that cannot be")
            a, b = pairs[tag - 1 >> 1]
            f: Sequence[int] = rays[a][0]
            g: Sequence[int] = rays[b][0]
            if not tag & 1:
                e, at = (data[at], at + 1) if data[at] < 128 else varint(data, at)
                e = e >> 1 ^ -(e & 1)
                if not -64 <= e <= 64:
                    raise Refused("a generator is multiplied by more than 2^64")
                if e > 0:
                    g = [x << e for x in g]
                else:
                    f = [x << -e for x in f]
            new = tuple(map(add, f, g))
            ray, depth = known.get(new) or self.ray(new), depth + 1
            if (len(stack) + 1) * self.weight > LIVE:
                raise Refused("a tree takes too much memory")
            first = rays.copy()
            first[a] = rays[b] = ray
            stack.append((rays, depth))
            rays = first
        tape.at = at
        return leaves, largest

    def leaf(self, data: bytes, at: int, rays: list[Ray]) -> tuple[int, int]:
        """Check one leaf; return the place after it and R' (bottom M^-1) R."""
        marks = 0
        for _, more, _ in rays:
            marks |= more
        total, count, mixed = self.kinds.get(marks) or self.kind(marks)
        shift, at = (data[at], at + 1) if data[at] < 128 else varint(data, at)
        width, rank, unpack = data[at], self.rank, self.row.unpack
        if shift > 4096 or width > 64:
            raise Refused("the shift or width of a leaf is too large")
        end = at + 1 + (rank * width + count + 7 >> 3)
        if end >= len(data):
            raise Refused("the trees end within a leaf")
        text = int.from_bytes(data[at + 1 : end], "little")
        theta = text >> rank * width
        if theta:
            if theta >> count:
                raise Refused("a leaf has more bits than lines")
            chosen = BITS[theta] if theta < 256 else flags(theta.to_bytes(self.bytes, "little"))
            total = sum(compress(mixed, chosen), total)
        mask, half = (1 << width) - 1, 1 << width >> 1
        r = [((text >> i & mask) ^ half) - half for i in self.places[width]]
        sums = [(x << shift) + y for x, y in zip(r, unpack(total))]  # R and the sum of theta w
        places = 0
        parts, at = (0, end + 1) if data[end] == 0 else varint(data, end)
        if parts:
            need(parts <= count, "a leaf has more fractions than lines")
            places, at, spot = data[at], at + 1, -1
            need(1 <= places <= 62, "a fraction does not have 1 to 62 binary places")
            sums = [x << places for x in sums]
            for _ in range(parts):
                gap, top, at = data[at], data[at + 1], at + 2
                if (gap | top) > 127:
                    gap, at = varint(data, at - 2)
                    top, at = varint(data, at)
                spot += gap + 1
                if spot >= count or top > 1 << places or theta >> spot & 1:
                    raise Refused("a fraction is above 1, of no line, or of one with a bit")
                sums = [x + top * w for x, w in zip(sums, unpack(mixed[spot]))]
        for g, _, q in rays:
            if sum(map(mul, sums, g)) < (q << places if places else q):
                raise Refused("a leaf does not bound its cone")
        if self.inverse is None:
            return at, sum(map(mul, r, r)) << 2 * shift
        return at, sum(x * sum(map(mul, row, r)) for x, row in zip(r, self.inverse)) << 2 * shift


def flags(lines: bytes) -> bytes:
    """Return a byte for each bit."""
    return b"".join(map(BITS.__getitem__, lines))


class Tape:
    """The bytes of the trees, of which a part is in memory."""

    def __init__(self, section: Section) -> None:
        self.section, self.data, self.at, self.gone = section, b"", 0, 0

    def skip(self, size: int) -> None:
        """Go on behind a tree that another process checks."""
        self.at += size
        while self.at > len(self.data):
            self.at, self.gone = self.at - len(self.data), self.gone + len(self.data)
            self.data = self.section.read(CHUNK)
            need(self.data, "the trees end early")

    def more(self, at: int, margin: int) -> tuple[bytes, int, int]:
        """Return bytes, the place in them that `at` was, and the last place known to be safe."""
        if at + margin > len(self.data):
            self.data, self.gone = (
                self.data[at:] + self.section.read(margin + CHUNK),
                self.gone + at,
            )
            at = 0
        return self.data, at, len(self.data) - (margin if self.section.due else 0)


class Cones:
    """The evidence of trees: what H follows from."""

    def __init__(self, claim: SimpleNamespace) -> None:
        evidence, width, (vector, unit) = claim.evidence, claim.decayed, claim.vector
        self.claim, self.rank, self.bottom = claim, width, 1
        self.inverse: list[Ints] | None = None
        self.grid, self.charge = whole(evidence["grid"], -4096, 4096, "grid"), Fraction(0)
        merged = [listed(item, "merged", 3) for item in listed(evidence["merged"], "merged")]
        pairs = [[whole(k, 0, claim.n - 1, "merged") for k in item[:2]] for item in merged]
        gone = {j for j, _ in pairs}
        good = len(gone) == len(pairs) and not any(i in gone for _, i in pairs)
        need(good and not (pairs and claim.free), "rows are merged that may not be")
        factors, below = common([rational(r) for *_, r in merged])
        self.below, self.rows = (
            claim.below * below,
            [[x * below for x in row[:width]] for row in claim.rows],
        )
        for (j, i), factor in zip(pairs, factors):
            new = [x * factor // below for x in self.rows[i]]
            moved = sum(abs(x - y) for x, y in zip(self.rows[j], new))
            self.charge += claim.slope * Fraction(abs(vector[j]) * moved, unit * self.below)
            self.rows[j] = new
        # With a free hidden bias: the bound of neurons that bend nowhere among the data.
        ends = [sum(map(mul, vector, column)) for column in zip(*self.rows)]
        length = claim.slope**2 * Fraction(sum(x * x for x in ends), (unit * self.below) ** 2)
        self.far = root(Fraction(4) ** self.grid * length) / Fraction(2) ** self.grid
        if evidence["basis"] is not None:
            basis = [
                [integer(x) for x in listed(g, "basis", width)]
                for g in listed(evidence["basis"], "basis")
            ]
            self.change([*basis], width)
        need(self.rank <= 16, "the rank is above 16")
        self.unit = Fraction(2) ** self.grid / (self.below * unit)

    def change(self, basis: list[Ints], width: int) -> None:
        """Go over to coordinates of a basis, after checking that no row loses anything."""
        self.rank, products = len(basis), [[sum(map(mul, a, b)) for b in basis] for a in basis]
        need(self.rank <= width, "the basis has too many rows")
        flat, self.bottom = common([x for row in inverted(products) for x in row])
        self.inverse = [flat[i : i + self.rank] for i in range(0, len(flat), self.rank or 1)]
        new = [[sum(map(mul, a, row)) for a in basis] for row in self.rows]
        first, start = (
            ([0] * width, [0] * self.rank) if not self.claim.free else (self.rows[0], new[0])
        )
        for row, coordinates in zip(self.rows, new):
            y = [a - b for a, b in zip(coordinates, start)]
            c = [sum(map(mul, line, y)) for line in self.inverse]
            back = [sum(map(mul, c, column)) for column in zip(*basis)] or [0] * width
            need(
                back == [self.bottom * (a - b) for a, b in zip(row, first)],
                "the basis misses a row",
            )
        self.rows = new

    def lines(self, origin: int | None) -> SimpleNamespace:
        """Return the lines of a question with s = 1: s = -1 exchanges P and N."""
        claim, rows = self.claim, self.rows
        if origin is not None:
            rows = [[x - y for x, y in zip(row, rows[origin])] for row in rows]
        totals: dict[tuple[int, ...], int] = {}
        bent, plain = [0] * self.rank, [0] * self.rank
        for row, v in zip(rows, claim.vector[0]):
            if any(row):
                divisor = math.gcd(*row) * (1 if next(filter(None, row)) > 0 else -1)
                line = tuple(x // divisor for x in row)
                totals[line] = totals.get(line, 0) + v * abs(divisor)
                plain = [total + v * x for total, x in zip(plain, row)]
                bent = [total + v * x * (divisor < 0) for total, x in zip(bent, row)]
        sides: tuple[list[Ints], list[Ints]] = ([], [])  # the w of P, and of N
        (top, bottom), missed = (self.unit * claim.kink).as_integer_ratio(), 0
        for line, total in totals.items():
            if total and top:
                sizes = [abs(top * total) * x for x in line]
                w = [(2 * x + bottom) // (2 * bottom) for x in sizes]
                missed += sum(abs(x - y * bottom) for x, y in zip(sizes, w))
                sides[total * top < 0].append(w)
        error = Fraction(missed, bottom)
        return SimpleNamespace(bent=bent, plain=plain, sides=sides, error=error)

    def bound(self, section: Section, share: int, processes: int) -> tuple[Fraction, int]:
        """Return a bound and the number of leaves of one process's trees; H is the largest bound."""
        claim, scale, tape, leaves = self.claim, Fraction(2) ** self.grid, Tape(section), 0
        questions: list[tuple[int, int | None]] = [(1, None), (-1, None)]
        bounds = [self.charge]
        if claim.free:
            need(sum(claim.vector[0]) == 0, "the hidden bias is free, and the sum of v is not 0")
            bends = [v * claim.kink for v in claim.vector[0]]
            questions = [(-1 if bend > 0 else 1, k) for k, bend in enumerate(bends) if bend]
            bounds.append(self.far)
        corner = max((row[i] for i, row in enumerate(self.inverse or [])), default=1)
        many = 1 << self.rank if self.rank else 0  # trees of a question
        lengths = claim.evidence.get("lengths")
        if lengths is None and share:  # where trees begin is not said: the first process reads all
            return self.charge, 0
        owners: Ints = []
        if lengths is not None:
            owners = shares(lengths, len(questions) * many, section.size, processes)
        lines = None
        for k, (s, origin) in enumerate(questions if many else ()):
            if origin is not None or not lines:
                lines = self.lines(origin)
            question, most = Question(self, s, lines), 0
            for orthant in range(many):
                number, place = k * many + orthant, tape.gone + tape.at
                if owners and owners[number] != share:
                    tape.skip(lengths[number])
                    continue
                try:
                    found, square = question.check(orthant, tape)
                except IndexError:
                    raise Refused("the trees end early") from None
                good = lengths is None or lengths[number] == tape.gone + tape.at - place
                need(good, "a tree is not as long as the claim says")
                leaves, most = leaves + found, max(most, square)
                tell(
                    f"{leaves:,} leaves, {100 - 100 * section.due // (section.size or 1)} % of the trees"
                )
            rounding = question.error * root(Fraction(corner, self.bottom))
            bounds.append((root(Fraction(most, self.bottom)) + rounding) / scale + self.charge)
        need(tape.at == len(tape.data), "the trees go on after their last leaf")
        section.end()
        return max(bounds), leaves


def shares(lengths: Any, count: int, size: int, processes: int) -> Ints:
    """Return who checks each tree: the longest are given first, to whoever has least."""
    for length in listed(lengths, "lengths", count):
        whole(length, 1, size, "the length of a tree")
    need(sum(lengths) == size, "the trees do not have the lengths that the claim says")
    loads, owners = [0] * processes, [0] * count
    for k in sorted(range(count), key=lengths.__getitem__, reverse=True):
        owners[k] = loads.index(min(loads))
        loads[owners[k]] += lengths[k]
    return owners


def root(q: Fraction) -> Fraction:
    """Return a number slightly above the root of q, the same in every checker."""
    if q == 0:
        return q
    m = 64 + max(0, (q.denominator.bit_length() - q.numerator.bit_length() - 1) // 2)
    while q * 4 ** (m - 64) < 1:
        m += 1
    return Fraction(math.isqrt(math.floor(q * 4**m)) + 1, 1 << m)


def inverted(matrix: list[Ints]) -> list[list[Fraction]]:
    size = range(len(matrix))
    rows = [
        [*map(Fraction, row), *(Fraction(i == j) for j in size)] for i, row in enumerate(matrix)
    ]
    for k in size:
        pivot = next((i for i in size if i >= k and rows[i][k]), -1)
        need(pivot >= 0, "the rows of the basis are not independent")
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for i in size:
            if i != k:
                rows[i] = [x - rows[i][k] * y for x, y in zip(rows[i], rows[k])]
    return [row[len(matrix) :] for row in rows]


# --- Several outputs ------------------------------------------------------------------------------


def objective_of_several(claim: SimpleNamespace) -> Fraction:
    """Return what a network with several outputs costs."""
    (flat, unit), (output, output_unit), d, c = claim.hidden, claim.output, claim.d, claim.outputs
    neurons = [flat[i : i + d] for i in range(0, len(flat), d)]
    need(len(neurons) * c == len(output), "hidden and output weights differ in number")
    need(claim.output_bias != "none" or not any(claim.biases), "the network has an output bias")
    squares = Fraction(sum(w * w for row in neurons for w in row[: claim.decayed]), unit**2)
    squares += Fraction(sum(a * a for a in output), output_unit**2)
    squares += sum(b * b for b in claim.biases) if claim.output_bias == "decayed" else 0
    total: Fraction = claim.beta * squares / 2
    (on, off), slopes = common([claim.on, claim.off])
    columns = [output[p::c] for p in range(c)]
    for i, (x, s) in enumerate(zip(claim.rows, claim.s)):
        sums = [sum(map(mul, w, x)) for w in neurons]
        active = [on * t if t > 0 else -off * t for t in sums]
        bottom = unit * output_unit * claim.below * slopes
        z = [Fraction(sum(map(mul, active, a)), bottom) + b for a, b in zip(columns, claim.biases)]
        y = claim.y[i * c : i * c + c]
        if s and claim.loss == "cross_entropy":
            need(min(y) >= 0, "a class has negative mass")
            total += s * (sum(y) * log_sum_exp_above(z) - sum(map(mul, y, z)))
        elif s:
            total += s * sum(loss_above(claim, *pair) for pair in zip(z, y))
    return total


def dual_value_of_several(claim: SimpleNamespace) -> Fraction:
    """Return what no network with several outputs is below, if no neuron exceeds beta."""
    (values, unit), c, total = claim.vector, claim.outputs, Fraction(0)
    for p in range(c):
        column = claim.scale * Fraction(sum(values[p::c]), unit)
        zero = column == 0 or not (claim.free or claim.output_bias == "free")
        need(zero, "a bias is free, and a column of the dual vector does not add up to 0")
        total -= column**2 / (2 * claim.beta) if claim.output_bias == "decayed" else 0
    for i, s in enumerate(claim.s):
        v = [claim.scale * Fraction(value, unit) for value in values[i * c : i * c + c]]
        y = claim.y[i * c : i * c + c]
        need(s or not any(v), "the dual vector is not 0 on a row of weight 0")
        v = [x / s for x in v] if s else v
        if s and claim.loss == "cross_entropy":
            left = [a - b for a, b in zip(y, v)]
            need(sum(v) == 0 and min(left) >= 0, "the dual vector leaves the domain of the loss")
            total += s * entropies_below(left)
        for x, target in zip(v, y) if s and claim.loss != "cross_entropy" else ():
            low, high = interval(claim, target)
            inside = (low is None or low <= x) and (high is None or x <= high)
            need(inside, f"the dual vector leaves the domain of the loss {claim.loss}")
            curved = LOSSES[claim.loss][1]
            logistic = claim.loss == "logistic"
            total += s * (entropy_below(x * target) if logistic else x * (target - x * curved / 2))
    return total


def log_sum_exp_above(values: Sequence[Fraction]) -> Fraction:
    """Return log sum exp z_j from above: log(exp(t) + exp(z)) = t + log(1 + exp(z - t))."""
    first, *others = sorted(values, reverse=True)
    total = first
    for value in others:
        total += short(softplus_above(value - total), 1)
    return total


def entropies_below(masses: Sequence[Fraction]) -> Fraction:
    """Return -sum m_j log(m_j / M), M = sum m_j, from below: one class against the rest at a time."""
    left, total = sum(masses, Fraction(0)), Fraction(0)
    for mass in sorted(masses, reverse=True):
        total += left * entropy_below(mass / left) if left else 0
        left -= mass
    return total


class MatrixQuestion:
    """A bound of |F(c)|, F(c) = L c + sum_e W_e (a_e.c)_+ with W_e in R^c, by one tree for each orthant.

    A node knows the lines that are mixed on its cone, their products with the generators, and L g
    with the lines that are nonnegative there.
    """

    def __init__(self, cones: MatrixCones, origin: int | None) -> None:
        claim, rows, self.cones, c = cones.claim, cones.rows, cones, cones.claim.outputs
        self.rank = cones.rank
        if origin is not None:
            rows = [[x - y for x, y in zip(row, rows[origin])] for row in rows]
        lines: dict[tuple[int, ...], Ints] = {}
        values, unit = claim.vector
        bent, plain = ([[0] * c for _ in range(self.rank)] for _ in range(2))
        for i, row in enumerate(rows):
            if any(row):
                v, away = values[i * c : i * c + c], next(filter(None, row)) < 0
                divisor = math.gcd(*row)
                line = tuple(-x // divisor if away else x // divisor for x in row)
                lines[line] = [x + y * divisor for x, y in zip(lines.get(line, [0] * c), v)]
                for k, x in enumerate(row):
                    plain[k] = [total + x * y for total, y in zip(plain[k], v)]
                    bent[k] = [total + x * y * away for total, y in zip(bent[k], v)]
        half, scale = Fraction(1, 2), Fraction(2) ** cones.grid / (cones.below * unit)
        exact = [
            [scale * (claim.kink * x - claim.off * y) for x, y in zip(*pair)]
            for pair in zip(bent, plain)
        ]
        self.linear = [[math.floor(x + half) for x in column] for column in exact]
        self.error = sum(map(distance, exact, self.linear), Fraction(0))
        self.rows: list[Ints] = []
        self.weights: list[Ints] = []
        for line, total in lines.items():
            if not claim.kink or not any(total):
                continue
            t = 52 - max(map(abs, line)).bit_length()
            top = [Fraction(2) ** t * x for x in line]
            a = [math.floor(x + half) for x in top]
            kappa = [scale * claim.kink * x / Fraction(2) ** t for x in total]
            w = [math.floor(x + half) for x in kappa]
            self.error += distance(top, a) * sum(map(abs, kappa)) + distance(kappa, w) * sum(
                map(abs, a)
            )
            if any(w):
                self.rows.append(a)
                self.weights.append(w)
        self.lengths = [math.isqrt(sum(map(mul, w, w))) + 1 for w in self.weights]
        self.products: dict[int, Ints] = {}
        self.pairs = [*combinations(range(self.rank), 2)]
        self.margin = 64 + 8 * (self.rank + 1) + 8 * len(self.rows)  # no node takes more bytes

    def check(self, orthant: int, tape: Tape) -> int:
        """Check one tree; return the number of its leaves."""
        sides = [-1 if orthant >> i & 1 else 1 for i in range(self.rank)]
        generators = [[s * (i == k) for k in range(self.rank)] for i, s in enumerate(sides)]
        columns = [[s * a[i] for a in self.rows] for i, s in enumerate(sides)]
        fixed = [[s * x for x in column] for s, column in zip(sides, self.linear)]
        stack: list[Any] = [self.settled([*range(len(self.rows))], generators, columns, fixed, 0)]
        leaves = 0
        while stack:
            lines, generators, columns, fixed, depth = stack.pop()
            data, at, _ = tape.more(tape.at, self.margin)
            tag, at = data[at], at + 1
            if tag in (0, 255):
                tape.at = self.leaf(data, at, tag, lines, generators, columns, fixed)
                leaves += 1
                continue
            need(tag <= 2 * len(self.pairs) and depth < 1000, "a node is divided that cannot be")
            (a, b), e = self.pairs[tag - 1 >> 1], 0
            if not tag & 1:
                e, at = varint(data, at)
                e = e >> 1 ^ -(e & 1)
                need(-64 <= e <= 64, "a generator is multiplied by more than 2^64")
            tape.at, p, q = at, max(0, -e), max(0, e)
            room = (len(stack) + 2) * (len(lines) + self.rank) * self.rank * (64 + depth // 4)
            need(room < LIVE, "a tree takes too much memory")
            parts = generators, columns, fixed
            new = [[(x << p) + (y << q) for x, y in zip(part[a], part[b])] for part in parts]
            divisor = math.gcd(*new[0])
            divisor &= -divisor
            new = [[x // divisor for x in part] for part in new]
            for old in (b, a):
                child = [
                    [n if i == old else x for i, x in enumerate(t)] for t, n in zip(parts, new)
                ]
                stack.append(self.settled(lines, child[0], child[1], child[2], depth + 1))
        return leaves

    def settled(
        self,
        lines: Ints,
        generators: list[Ints],
        columns: list[Ints],
        fixed: list[Ints],
        depth: int,
    ) -> tuple[Any, ...]:
        """Let the lines go that are not mixed."""
        ends = [(min(values), max(values)) for values in zip(*columns)]
        keep = [low < 0 < high for low, high in ends]
        if not all(keep):
            joins = [low >= 0 for low, _ in ends]
            weights = [*zip(*(self.weights[e] for e in compress(lines, joins)))]
            if weights:
                fixed = [
                    [x + sum(map(mul, w, compress(s, joins))) for x, w in zip(base, weights)]
                    for base, s in zip(fixed, columns)
                ]
            lines = [*compress(lines, keep)]
            columns = [[*compress(s, keep)] for s in columns]
        return lines, generators, columns, fixed, depth

    def leaf(  # noqa: PLR0915 - as the page has it, line by line
        self,
        data: bytes,
        at: int,
        kind: int,
        lines: Ints,
        generators: list[Ints],
        columns: list[Ints],
        fixed: list[Ints],
    ) -> int:
        """Check one leaf; return the place after it."""
        shift, at = varint(data, at)
        need(at + 2 <= len(data), "the trees end within a leaf")
        width, places, rank, cones = data[at], data[at + 1], self.rank, self.cones
        need(shift <= 4096 and width <= 64, "the shift or width of a leaf is too large")
        need(1 <= places <= 62, "theta does not have 1 to 62 binary places")
        end = at + 2 + (rank * width + len(lines) * places + 7 >> 3)
        need(end <= len(data), "the trees end within a leaf")
        text, ones, whole = int.from_bytes(data[at + 2 : end], "little"), 1 << width, 1 << places
        entries = [(text >> width * i) % ones for i in range(rank)]
        entries = [(x - ones if 2 * x >= ones > 1 else x) << shift for x in entries]
        text, whole = text >> rank * width, whole - 1
        theta = [text >> places * k & whole for k in range(len(lines))]
        need(text >> places * len(lines) == 0, "a leaf has more bits than lines")
        # All numbers of F are in units of 1 / whole, and then of 1 / (2^32 whole).
        weights = [self.weights[e] for e in lines]
        across = [*zip(*weights)] or [()] * len(fixed[0])
        slopes = [[*map(mul, theta, s)] for s in columns]
        excess = [
            [whole * x - y if x > 0 else -y for x, y in zip(s, part)]
            for s, part in zip(columns, slopes)
        ]
        anchors = [
            [whole * x + sum(map(mul, part, w)) for x, w in zip(base, across)]
            for base, part in zip(fixed, slopes)
        ]
        longest = [max(map(abs, g)).bit_length() for g in generators]
        most = max(longest)
        centre = [
            sum(x << most - size for x, size in zip(column, longest)) for column in zip(*generators)
        ]
        heights = [sum(map(mul, centre, g)) for g in generators]
        reach = root(cones.dual_square(centre))
        top, below = cones.level.numerator, cones.level.denominator
        factor = reach.numerator * below
        bottoms = [2 * reach.denominator * top * whole * h for h in heights]
        lengths = [self.lengths[e] for e in lines]
        most = max(map(max, excess)) * max(lengths) ** 2 * len(lines) << 34 if lines else 1
        rise = Packed(excess, most.bit_length() + 2)
        # up + down = W.(2 A + sum of W_f eps_f), and up - down the sum of |W.W_f| eps_f
        doubled = [
            [2 * x + y for x, y in zip(anchor, part)]
            for anchor, part in zip(anchors, zip(*map(rise.sums, across)))
        ]
        unit, shares, costs, ups = 1 << 32, [], [], []
        for e, w, length in zip(lines, weights, lengths):
            sums = [sum(map(mul, w, t)) for t in doubled]
            apart = rise.sums(self.sizes(e, lines))
            up, share, cost = [*map(add, apart, sums)], unit, 0
            down = [*map(sub, apart, sums)]  # its sign is changed
            if max(down) > 0:  # otherwise x is 0
                share = 0
                if max(up) > 0:  # otherwise y is 0
                    x = max([-(-t * factor // b) for t, b in zip(down, bottoms)])
                    y = max([-(-t * factor // b) for t, b in zip(up, bottoms)])
                    x, y = min(x, length), min(y, length)
                    share = unit * y // (x + y)
                    cost = max(x * share, y * (unit - share))
            shares.append(share)
            costs.append(cost)
            ups.append(up)
        moved = zip(*(rise.sums(map(mul, shares, w)) for w in across))
        images = [
            [unit * x + y for x, y in zip(anchor, part)] for anchor, part in zip(anchors, moved)
        ]
        errors = rise.sums(costs)
        squares = [sum(map(mul, image, image)) for image in images]
        unit *= whole
        if kind == 0:
            need(cones.dual_square(entries) <= cones.square, "a leaf is longer than the level")
            for g, square, error in zip(generators, squares, errors):
                room = unit * sum(map(mul, entries, g)) - error
                need(room >= 0 and room * room >= square, "a leaf does not bound its cone")
            return int(end)
        need(min(entries) >= 0, "a multiplier of a leaf is negative")
        sizes = [math.isqrt(cones.inner(g, g) << 64) + 1 for g in generators]
        form = [
            [
                (unit * top) ** 2 * cones.inner(generators[i], generators[k])
                - below * below * sum(map(mul, images[i], images[k]))
                - below * top * whole * (sizes[i] * errors[k] + sizes[k] * errors[i])
                - below * below * (entries[i] * sizes[k] + entries[k] * sizes[i])
                for k in range(rank)
            ]
            for i in range(rank)
        ]
        if not any(errors):
            steepest = max(Fraction(math.isqrt(x) + 1, h) for x, h in zip(squares, heights))
            scale = (unit << 64) / (reach**2 * steepest)
            for n, up, s in zip(theta, ups, zip(*columns)):
                if 0 < n < whole and max(up) < 0:
                    bend = top * below * self.bend(scale, n, whole, up, s, heights, sizes)
                    form = [
                        [entry + bend * x * y for entry, y in zip(row, s)]
                        for row, x in zip(form, s)
                    ]
        good = min(map(min, form)) >= 0 or semidefinite(form)
        need(good, "a leaf does not bound its cone")
        return int(end)

    def sizes(self, e: int, lines: Ints) -> Ints:
        """Return the |W_e.W_f| of some lines f."""
        if len(self.weights) > 512:  # too many pairs to keep
            return [abs(sum(map(mul, self.weights[e], self.weights[f]))) for f in lines]
        if e not in self.products:
            self.products[e] = [abs(sum(map(mul, self.weights[e], w))) for w in self.weights]
        return [self.products[e][f] for f in lines]

    @staticmethod
    def bend(
        scale: Fraction, n: int, whole: int, up: Ints, s: Sequence[int], heights: Ints, sizes: Ints
    ) -> int:
        """Return what a line that points against F adds to the form."""
        pull = min(Fraction(-t << 31, whole * size) for t, size in zip(up, sizes))
        above = max(Fraction(x, h) for x, h in zip(s, heights))
        under = max(Fraction(-x, h) for x, h in zip(s, heights))
        steep = min(Fraction(whole - n, whole) / above, Fraction(n, whole) / under)
        bent: int = 2 * whole * whole * math.floor(scale * pull * steep)
        return bent


class Packed:
    """Columns of numbers from 0 on, those of each line side by side in one, to add up all columns at once."""

    def __init__(self, columns: list[Ints], bits: int) -> None:
        self.size = size = bits + 7 >> 3
        self.lines = [
            int.from_bytes(b"".join([x.to_bytes(size, "little") for x in line]), "little")
            for line in zip(*columns)
        ]
        self.places = range(0, size * len(columns), size)
        self.half = 1 << 8 * size - 1  # added to every field, so that none is negative
        self.halves = sum(self.half << 8 * place for place in self.places)

    def sums(self, factors: Iterable[int]) -> Ints:
        """Return the sum of factors times lines in each column; none may reach 2^(bits - 1)."""
        total = self.halves + sum(map(mul, factors, self.lines))
        text, half = total.to_bytes(self.size * len(self.places), "little"), self.half
        return [int.from_bytes(text[i : i + self.size], "little") - half for i in self.places]


def semidefinite(rows: list[Ints]) -> bool:
    """Whether a symmetric matrix is positive semidefinite: all pivots from 0 on, zeros beside a 0."""
    while rows:
        (pivot, *first), *others = rows
        if pivot < 0 or (pivot == 0 and any(first)):
            return False
        rows = [[(pivot or 1) * x - row[0] * y for x, y in zip(row[1:], first)] for row in others]
    return True


def distance(exact: Iterable[Fraction], rounded: Iterable[int]) -> Fraction:
    return sum((abs(x - y) for x, y in zip(exact, rounded)), Fraction(0))


class MatrixCones(Cones):
    """The evidence of trees for several outputs, all of whose leaves keep to one level."""

    def __init__(self, claim: SimpleNamespace) -> None:
        values, unit = claim.vector
        sizes = [
            sum(map(abs, values[i : i + claim.outputs]))
            for i in range(0, len(values), claim.outputs)
        ]
        super().__init__(SimpleNamespace(**{**vars(claim), "vector": (sizes, unit)}))
        self.claim, self.level = claim, rational(claim.evidence["level"])
        need(self.level > 0, "the level is not positive")
        self.square = self.level**2
        basis = claim.evidence["basis"]
        self.basis = None if basis is None else [[integer(x) for x in g] for g in basis]

    def inner(self, g: Ints, h: Ints) -> int:
        """Return g' M h."""
        if self.basis is not None:
            g, h = ([sum(map(mul, c, column)) for column in zip(*self.basis)] for c in (g, h))
        return sum(map(mul, g, h))

    def dual_square(self, r: Ints) -> Fraction:
        """Return R' M^-1 R."""
        if self.inverse is None:
            return Fraction(sum(map(mul, r, r)))
        rows = (sum(map(mul, row, r)) for row in self.inverse)
        return Fraction(sum(map(mul, r, rows)), self.bottom)

    def bound(self, section: Section, share: int, processes: int) -> tuple[Fraction, int]:
        """Return a bound and the number of leaves of every so many-th tree; H is the largest bound."""
        claim, tape, leaves, c = self.claim, Tape(section), 0, self.claim.outputs
        values, error = claim.vector[0], Fraction(0)
        origins: list[int | None] = [None]
        if claim.free:
            need(not any(sum(values[p::c]) for p in range(c)), "a column of V does not add up to 0")
            origins = [k for k in range(claim.n) if any(values[k * c : k * c + c])]
        corner = Fraction(
            max((row[i] for i, row in enumerate(self.inverse or [])), default=1), self.bottom
        )
        many = 1 << self.rank if self.rank else 0  # trees of a question
        lengths, owners = claim.evidence.get("lengths"), [0] * (len(origins) * many)
        if lengths is not None:
            owners = shares(lengths, len(origins) * many, section.size, processes)
        for k, origin in enumerate(origins if many else ()):
            question = MatrixQuestion(self, origin)
            error = max(error, question.error)
            for orthant in range(many):
                number, place = k * many + orthant, tape.gone + tape.at
                if owners[number] != share:
                    if lengths is None:  # whoever reads one tree reads all
                        return self.charge, 0
                    tape.skip(lengths[number])
                    continue
                try:
                    leaves += question.check(orthant, tape)
                except IndexError:
                    raise Refused("the trees end early") from None
                good = lengths is None or lengths[number] == tape.gone + tape.at - place
                need(good, "a tree is not as long as the claim says")
                tell(f"{leaves:,} leaves")
        need(tape.at == len(tape.data), "the trees go on after their last leaf")
        section.end()
        level = self.level if origins and many else Fraction(0)
        return (level + error * root(corner)) / Fraction(2) ** self.grid + self.charge, leaves


# --- Cells ----------------------------------------------------------------------------------------


class Cells:
    """The evidence of a complete list of patterns, with multipliers."""

    def __init__(self, claim: SimpleNamespace) -> None:
        """Check that every pattern occurs, and that none is missing."""
        self.claim, evidence, size = claim, claim.evidence, -(-claim.n // 8)
        self.count = whole(evidence["cells"], 0, 1 << 40, "cells")
        texts, points = evidence["patterns"], listed(evidence["witnesses"], "witnesses", self.count)
        need(len(texts) == size * self.count, "the patterns are not as many as the claim says")
        texts = [texts[i : i + size] for i in range(0, len(texts), size)]
        need(all(map(bytes.__lt__, texts, texts[1:])), "the patterns are not in strict order")
        patterns = [b"".join([BITS[byte] for byte in text]) for text in texts]
        need(not any(any(pattern[claim.n :]) for pattern in patterns), "a pattern has spare bits")
        self.patterns = [pattern[: claim.n] for pattern in patterns]
        points = [[integer(x) for x in listed(u, "a witness", claim.d)] for u in points]
        most = max(max(map(abs, row)) for row in claim.rows)
        packing = Packing(claim.n, most * max((sum(map(abs, u)) for u in points), default=0))
        columns, bias = [packing.pack(column) for column in zip(*claim.rows)], packing.bias
        opposite = bytes.maketrans(b"\0\1", b"10")
        flat = packing.pack(-int(not any(row)) for row in claim.rows)  # zero rows count as positive
        for k, (u, pattern) in enumerate(zip(points, self.patterns)):
            packed = sum(map(mul, columns, u)) - flat
            zeros = packed + bias & bias - packed & bias
            need(not zeros, f"witness {k} lies on a hyperplane")
            found = packing.negative(packed + bias, 0)[::-1]
            need(found == pattern.translate(opposite), f"witness {k} has another pattern")
        self.check_completion(evidence["completion"])

    def check_completion(self, record: Any) -> None:
        count, within, prefix, units, proofs = fields(
            record, "count within prefix units proofs", "completion"
        )
        good = [count, within, prefix, units] == [self.count, [], 0, [[]]]
        need(good, "completion is not about all patterns of the whole space, in one unit")
        claim = self.claim
        normals: dict[tuple[int, ...], tuple[int, tuple[int, ...]]] = {}
        for j, row in enumerate(claim.rows):
            h = primitive(row)
            normals.setdefault(max(h, tuple(-x for x in h)), (j, h))
        normals.pop((0,) * claim.d, None)
        lines, columns = [h for _, h in normals.values()], independent([*normals])
        (proof,) = listed(proofs, "proofs", 1)
        kind = proof.get("kind") if type(proof) is dict else None
        if kind == "tree":
            _, steps, multipliers = fields(proof, "kind steps multipliers", "proof")
            need(
                type(steps) is str and re.fullmatch("(?:[0-9a-f]{2})*", steps),
                "steps: not hexadecimal",
            )
            if claim.digest is None:  # schema 0 leaves dependent columns out
                lines = [primitive([h[k] for k in columns]) for h in lines]
            firsts = [j for j, _ in normals.values()]
            leaves = walk(lines, bytes.fromhex(steps), listed(multipliers, "multipliers"))
            # Patterns that differ somewhere differ on a first row, and each occurs.
            found = sorted(bytes(side) for side in leaves)
            listed_ = sorted(bytes(pattern[j] for j in firsts) for pattern in self.patterns)
            need(found == listed_, "the leaves of the tree are not the patterns")
            return
        need(kind in ("cover", "count"), "a proof of completeness of an unknown kind")
        need(
            fields(proof, "kind count", "proof")[1] == self.count, "the proof is of another number"
        )
        m, regions = len(lines), 1
        if kind == "count":
            regions = count_regions(lines, claim.d)
        elif m:
            regions = 2 * sum(math.comb(m - 1, k) for k in range(len(columns)))
        need(regions == self.count, f"{self.count} patterns are listed, there may be {regions}")

    def bound(self) -> tuple[Fraction, str]:
        """Return H, slightly above, and over how many patterns."""
        claim, rows, (values, unit) = self.claim, self.claim.rows, self.claim.vector
        (kink, off), slopes = common([claim.kink, claim.off])
        size = sum(abs(v) * max(map(abs, x)) for v, x in zip(values, rows))
        packing = Packing(claim.d, size * (abs(kink) + abs(off)))
        bent = [packing.pack(kink * v * x for x in row) for v, row in zip(values, rows)]
        line = sum(packing.pack(-off * v * x for x in row) for v, row in zip(values, rows))
        unit, done = unit * slopes, set()
        squares = [Fraction(0)]
        gradients = [packing.unpack(line + sum(compress(bent, p))) for p in self.patterns]
        for item in listed(claim.evidence["multipliers"], "multipliers"):
            cell, s, which, factors = listed(item, "multipliers", 4)
            cell, which = whole(cell, 0, self.count - 1, "a cell"), listed(which, "rows")
            need(
                type(s) is int and abs(s) == 1 and (cell, s) not in done, "multipliers stand twice"
            )
            done.add((cell, s))
            rho = [real(factor) for factor in listed(factors, "factors", len(which))]
            need(min(rho, default=0) >= 0, "a multiplier is negative")
            signed = [rows[whole(j, 0, claim.n - 1, "a row")] for j in which]
            signed = [
                row if self.patterns[cell][j] else [-x for x in row]
                for j, row in zip(which, signed)
            ]
            total = [Fraction(s * x, unit) for x in gradients[cell]]
            tops, bottom = common(rho)
            columns = [sum(map(mul, tops, column)) for column in zip(*signed)] or [0] * claim.d
            total = [x + Fraction(y, bottom) for x, y in zip(total, columns)]
            if claim.free and total[-1]:  # change the first multiplier that can take it
                good = (
                    (x, r) for x, r in zip(signed, rho) if r * x[-1] * x[-1] >= total[-1] * x[-1]
                )
                row: Ints = next(good, ([], 0))[0]
                need(row, f"cell {cell} has no row to balance constants with")
                total = [x - total[-1] * Fraction(y, row[-1]) for x, y in zip(total, row)]
            squares.append(sum((x * x for x in total[: claim.decayed]), Fraction(0)))
            tell(f"{len(done):,} multipliers")
        bare = [g for k, g in enumerate(gradients) if not {(k, 1), (k, -1)} <= done]
        need(not (claim.free and any(g[-1] for g in bare)), "a cell does not balance constants")
        squares += [Fraction(sum(x * x for x in g[: claim.decayed]), unit**2) for g in bare]
        square = max(squares) / Fraction(claim.below) ** 2
        return square, f"all {self.count:,} activation patterns"


def primitive(row: Iterable[int]) -> tuple[int, ...]:
    """Divide integers by their common divisor."""
    row = tuple(row)
    divisor = math.gcd(*row) or 1
    return tuple(x // divisor for x in row)


def independent(rows: list[tuple[int, ...]]) -> Ints:
    """Return the first columns that span all columns."""
    columns = []
    for j in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in rows if row[j]), None)
        if pivot:
            columns.append(j)
            rows = [
                primitive(x * pivot[j] - row[j] * y for x, y in zip(row, pivot)) for row in rows
            ]
    return columns


def count_regions(lines: list[tuple[int, ...]], width: int) -> int:
    """Count regions: a hyperplane adds one for each region that those before it cut out inside it."""
    if width <= 2:
        return 2 * len(lines) or 1
    total = 1
    for k, h in enumerate(lines):
        p, traces = next(j for j, x in enumerate(h) if x), set()
        for other in lines[:k]:
            cut = [x * h[p] - other[p] * y for j, (x, y) in enumerate(zip(other, h)) if j != p]
            trace = primitive(cut)
            traces.add(max(trace, tuple(-x for x in trace)))
        total += count_regions([*traces], width - 1)
    return total


def walk(
    lines: list[tuple[int, ...]], steps: bytes, multipliers: list[Any]
) -> Iterator[list[bool]]:
    """Yield the sides of the leaves of a tree of insertions, checking each forced step."""
    step, reasons = iter(steps), iter(multipliers)
    pending: list[tuple[list[bool], bool]] = [([], False)]
    while pending:
        sides, mirrored = pending.pop()
        if len(sides) == len(lines):
            yield sides
            if mirrored:
                yield [not side for side in sides]
            continue
        kind = next(step, None)
        need(kind in (0, 1, 2) or (kind == 3 and not sides), "the tree has a wrong step")
        if kind in (1, 2):
            scale, which, factors = listed(next(reasons, None), "a multiplier of the tree", 3)
            parts = [
                integer(scale),
                *map(integer, listed(factors, "factors", len(listed(which, "rows")))),
            ]
            need(len(parts) > 1 and min(parts) > 0, "multipliers of the tree are not positive")
            terms = [lines[whole(i, 0, len(sides) - 1, "a row of the tree")] for i in which]
            signs = [-1 if kind == 1 else 1, *(1 if sides[i] else -1 for i in which)]
            parts = [*map(mul, parts, signs)]
            sums = [sum(map(mul, parts, column)) for column in zip(lines[len(sides)], *terms)]
            need(not any(sums), "multipliers of the tree do not add up to their hyperplane")
        if kind in (0, 2):
            pending.append(([*sides, False], mirrored))
        if kind != 2:
            pending.append(([*sides, True], mirrored or kind == 3))
    need(
        next(step, None) is None and next(reasons, None) is None,
        "the tree goes on after its leaves",
    )


# --- Multipliers of pairs ---------------------------------------------------------------------------


class Pairs:
    """The evidence of multipliers of products of pairs, for any number of columns."""

    def __init__(self, claim: SimpleNamespace) -> None:
        self.claim, self.grid = claim, whole(claim.evidence["grid"], -4096, 4096, "grid")
        need(not claim.free, "multipliers of pairs are about hidden biases that are decayed")
        self.columns = claim.decayed

    def lines(self, s: int) -> tuple[list[Ints], int, Ints, Fraction]:
        """Return the w of P and then of N, how many are in P, l and E."""
        claim, q = self.claim, self.columns
        totals: dict[tuple[int, ...], int] = {}
        bent, plain = [0] * q, [0] * q
        for row, v in zip(claim.rows, claim.vector[0]):
            if any(row):
                divisor = math.gcd(*row) * (1 if next(filter(None, row)) > 0 else -1)
                line = tuple(x // divisor for x in row)
                totals[line] = totals.get(line, 0) + v * abs(divisor)
                plain = [total + v * x for total, x in zip(plain, row)]
                bent = [total + v * x * (divisor < 0) for total, x in zip(bent, row)]
        unit = s * Fraction(2) ** self.grid / (claim.below * claim.vector[1])
        exact = [unit * (claim.kink * x - claim.off * y) for x, y in zip(bent, plain)]
        linear = [math.floor(x + Fraction(1, 2)) for x in exact]
        error = sum((abs(x - y) for x, y in zip(exact, linear)), Fraction(0))
        sides: tuple[list[Ints], list[Ints]] = ([], [])
        for line, total in totals.items():
            kappa = unit * claim.kink * total
            if kappa:
                top, bottom = abs(kappa.numerator), kappa.denominator
                w = [(2 * top * x + bottom) // (2 * bottom) for x in line]
                missed = sum(abs(top * x - y * bottom) for x, y in zip(line, w))
                error += Fraction(missed, bottom)
                if any(w):
                    sides[kappa < 0].append(w)
        return sides[0] + sides[1], len(sides[0]), linear, error

    def bound(self) -> tuple[Fraction, str]:
        """Return H, and what was checked."""
        (pairs, a), (singles, b) = (self.claim.evidence[name] for name in ("pairs", "singles"))
        one, half, bounds = math.lcm(a, b), len(singles) // 2, []
        pairs, singles = [x * (one // a) for x in pairs], [x * (one // b) for x in singles]
        for k, s in enumerate((1, -1)):
            rows, convex, linear, error = self.lines(s)
            m = len(rows)
            need(
                m == self.claim.evidence["lines"], f"there are {m} lines, the claim says otherwise"
            )
            mine = pairs[k * m * (2 * m + 1) : (k + 1) * m * (2 * m + 1)]
            left, right, *others = singles[k * half : (k + 1) * half]
            matrix = self.matrix(rows, mine, [left, right, *others], [one * x for x in linear])
            for i in range(m):
                sign = one if i < convex else -one
                matrix[0][1 + self.columns + i] -= sign
                matrix[1 + self.columns + i][0] -= sign
            need(definite(matrix), "a matrix of the multipliers is not seen to be semidefinite")
            bounds.append((Fraction(left + right, one) + error) / Fraction(2) ** self.grid)
            tell(f"{k + 1} of 2 matrices of {len(matrix)} rows")
        return max(bounds), f"all neurons by products of {len(rows):,} lines"

    def matrix(self, rows: list[Ints], pairs: Ints, singles: Ints, linear: Ints) -> list[Ints]:
        """Return N but for the signs of the lines, after checking that no multiplier has a wrong sign."""
        m, q = len(rows), self.columns
        n, each = range(m), range(q)
        half, rest = m * (m + 1) // 2, singles[2:]
        firsts = [i * m - i * (i - 1) // 2 for i in n]  # where rows of a triangle begin
        P, M = (
            [[pairs[at + firsts[min(i, j)] + abs(i - j)] for j in n] for i in n] for at in (0, half)
        )
        E = [pairs[2 * half + i * m : 2 * half + (i + 1) * m] for i in n]
        b, c = rest[:m], rest[m : 2 * m]
        V, W = ([rest[at + i * q : at + (i + 1) * q] for i in n] for at in (2 * m, 2 * m + m * q))
        signed = [*pairs[: 2 * half], *b, *c, singles[1]]
        good = min(signed) >= 0 and all(x >= 0 for i in n for x in E[i][:i] + E[i][i + 1 :])
        need(good, "a multiplier is negative that may not be")
        for most, vectors in ((b, V), (c, W)):
            good = all(sum(map(mul, w, w)) <= x * x for x, w in zip(most, vectors))
            need(good, "a vector of the multipliers is longer than its number")
        columns = [[row[k] for row in rows] for k in each]
        inner = [
            [sum(map(mul, M[i], column)) + 2 * W[i][k] for i in n]
            for k, column in enumerate(columns)
        ]
        square = [[sum(map(mul, columns[k], inner[j])) for j in each] for k in each]
        ball = [[-square[k][j] - square[j][k] for j in each] for k in each]
        for k in each:
            ball[k][k] += 2 * singles[1]
        first = [2 * sum(map(mul, c, column)) - x for column, x in zip(columns, linear)]
        side = []
        for i in n:
            both = [x + y for x, y in zip(E[i], M[i])]
            turned = zip(columns, V[i], W[i])
            side.append([2 * (sum(map(mul, both, column)) + x + y) for column, x, y in turned])
        once = [-2 * (x + y) for x, y in zip(b, c)]
        cross = [[-2 * (P[i][j] + M[i][j] + E[i][j] + E[j][i]) for j in n] for i in n]
        return [
            [2 * singles[0], *first, *once],
            *([first[k], *ball[k], *(row[k] for row in side)] for k in each),
            *([once[i], *side[i], *cross[i]] for i in n),
        ]


def definite(matrix: list[Ints]) -> bool:
    """Whether a symmetric matrix is seen to be positive semidefinite.

    Rows and columns are divided by powers of two, so that the diagonal is about 1; a little less than the matrix has a factor F in
    floats, rounded to integers over 2^40; what F F' leaves has to be diagonally dominant.  Entries over 2^80 are rounded
    down: each is off by less than one.
    """
    used = [i for i, row in enumerate(matrix) if any(row)]
    shifts = [(matrix[i][i].bit_length() + 1) // 2 for i in used]
    if any(matrix[i][i] <= 0 for i in used):
        return False
    whole_rows: list[Ints] = []
    for i, shift in zip(used, shifts):
        moves = zip((matrix[i][j] for j in used), (80 - shift - other for other in shifts))
        whole_rows.append([x << by if by >= 0 else x >> -by for x, by in moves])
        if max(map(abs, whole_rows[-1])) > 1 + (1 << 80):
            return False
    factor: list[list[float]] = []
    for i, row in enumerate(whole_rows):
        new: list[float] = []
        for other, x in zip(factor, row):
            new.append((x / (1 << 80) - sum(map(mul, new, other))) / other[-1])
        left = row[i] / (1 << 80) - 2.0**-29 - sum(map(mul, new, new))
        if left <= 0:
            return False
        factor.append([*new, math.sqrt(left)])
    F = [[round(math.ldexp(x, 40)) for x in row] for row in factor]
    rest = [len(used)] * len(used)  # what an entry of each row may be off by
    for i, row in enumerate(whole_rows):
        for j in range(i):
            off = abs(row[j] - sum(map(mul, F[j], F[i])))
            rest[i] += off
            rest[j] += off
    return all(row[i] - sum(map(mul, F[i], F[i])) >= rest[i] for i, row in enumerate(whole_rows))


# --- The user's own table, and the command --------------------------------------------------------


MISSING = {"", "nan", "inf", "-inf", "+inf", "na", "n/a", "null", "none", "?"}


def place(options: argparse.Namespace, header: list[str], name: str) -> int:
    """Return the number of a column that is given by its name, or by its number where none has it."""
    width = len(header)
    if name not in header and re.fullmatch("-?[0-9]{1,9}", name) and -width <= int(name) < width:
        return int(name) % width
    need(header.count(name) == 1, f"{options.data} has not one column {name!r} among {header}")
    return header.index(name)


def single(header: list[str], text: str | None) -> list[str]:
    """Return the names in a list by commas; a name may hold commas, or be empty as that of an index is."""
    if text is None or text in header or "," not in text:
        return [] if text is None else [text]
    return [name for part in text.split(",") if (name := part.strip()) or name in header]


def read_columns(options: argparse.Namespace, header: list[str], encoded: list[int]) -> set[int]:
    """Return the columns of the file that are read, at least in part: holes elsewhere do no harm."""
    named = {name: k for k, name in enumerate(header)}
    named |= {str(k): k for k in range(-len(header), len(header)) if str(k) not in named}
    if not options.columns:
        gone = single(header, options.drop)
        return {*range(len(header))} - {named[name] for name in gone if name in named}
    said = (options.columns, options.target, options.sample_weight)
    names = [name for text in said for name in single(header, text)]
    parts = {k for k in encoded for name in names if name.startswith(f"{header[k]}=")}
    return parts | {named[name] for name in names if name in named}


def prepared(
    options: argparse.Namespace, header: list[str], table: list[list[str]]
) -> tuple[list[str], list[list[str]], Callable[[str | None], list[int]]]:
    """Return names and rows, without rows with holes, and with columns of 0 and 1 of categories.

    What comes third finds columns of these rows, by names and numbers of the file's columns, too.
    """
    encoded = sorted(place(options, header, name) for name in single(header, options.encode))
    used = read_columns(options, header, encoded)
    if options.drop_missing:
        table = [row for row in table if not any(row[k].lower() in MISSING for k in used)]
    kinds = {k: sorted({row[k] for row in table}) for k in encoded if k in used}
    wide: list[str] = []
    parts = []
    for k, name in enumerate(header):
        holes = any(kind.lower() in MISSING for kind in kinds.get(k, []))
        need(not holes, f"an entry of {name!r} is missing: --drop-missing leaves out its row")
        names = [f"{name}={kind}" for kind in kinds[k]] if k in kinds else [name]
        parts.append([*range(len(wide), len(wide) + len(names))])
        wide += names
    rows = []
    for row in table:
        cells: list[str] = []
        for k, cell in enumerate(row):
            cells += ["01"[cell == kind] for kind in kinds[k]] if k in kinds else [cell]
        rows.append(cells)

    def find(text: str | None) -> list[int]:
        found: list[int] = []
        for name in single([*header, *wide], text):
            inside = name in wide
            found += [place(options, wide, name)] if inside else parts[place(options, header, name)]
        return found

    return wide, rows, find


def read_table(options: argparse.Namespace, claim: SimpleNamespace) -> list[Scaled]:
    """Build the data from a CSV file; a last column of ones is added where the claim has one more."""
    import csv

    with open(options.data, encoding="utf-8-sig", newline="") as file:
        lines = [line for line in file if line.strip()]
    mark = next((mark for mark in ";\t" if lines and mark in lines[0]), ",")
    header, *table = ([cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark))
    even = all(len(row) == len(header) for row in table)
    need(even, f"{options.data} has rows that are not of {len(header)} entries as its header is")
    wide, table, find = prepared(options, header, table)

    def value(text: str) -> Fraction:
        form = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?|[+-]?[0-9]+/[1-9][0-9]*"
        need(re.fullmatch(form, text), f"{text[:40]!r} in {options.data} is not a number")
        return Fraction(float(Fraction(text))) if options.as_float else Fraction(text)

    targets, weights, gone = find(options.target), find(options.sample_weight), find(options.drop)
    need(len(weights) == claim.weighted, "--sample-weight: the claim says otherwise")
    others = find(options.columns)
    if not options.columns:
        others = [k for k in range(len(wide)) if k not in {*targets, *weights, *gone}]
    need(len(table) == claim.n, f"{options.data} does not have {claim.n} rows below its header")
    ones = [Fraction(1)] * (claim.d - len(others))
    need(len(others) + len(ones) == claim.d and len(ones) < 2, f"the claim has {claim.d} columns")
    read = []
    for target in targets:
        texts = [row[target] for row in table]
        names = sorted({*texts})
        try:
            kinds = {name: value(name) for name in names}
        except Refused:  # texts, in alphabetical order
            kinds = {name: Fraction(k) for k, name in enumerate(names)}
        if claim.loss in LABELS:
            signs = {*kinds.values()}
            need(signs <= {0, 1} or signs <= {-1, 1}, f"{options.target} does not hold two classes")
            kinds = {name: Fraction(1 if kind == 1 else -1) for name, kind in kinds.items()}
        elif claim.loss != "cross_entropy":
            kinds = {name: value(name) for name in names}
        read.append([kinds[text] for text in texts])
    if claim.loss == "cross_entropy" and len(read) == 1:  # labels: all mass on one class
        read = [[Fraction(k == label) for label in read[0]] for k in range(claim.outputs)]
        need(all(map(any, zip(*read))), f"{options.target} holds labels above {claim.outputs - 1}")
    need(len(read) == claim.outputs, f"the claim has {claim.outputs} outputs: --target y1,y2,...")
    data = [common([x for row in table for x in (*(value(row[j]) for j in others), *ones)])]
    data += [common([y for row in zip(*read) for y in row])]
    return [*data, *(common([value(row[k]) for row in table]) for k in weights)]


said = time.monotonic()


def tell(text: str) -> None:
    """Report progress on standard error, every few seconds."""
    global said  # noqa: PLW0603 - one process, one clock
    if time.monotonic() > said + 2:
        said = time.monotonic()
        print(f"checked: {text}", file=sys.stderr, flush=True)


def digits(value: Any, side: int) -> str:
    """Return digits of a number, rounded up for side 1 and down for side -1."""
    if abs(value) > sys.float_info.max:
        return "beyond all floats"
    number = float(value)
    exact = Fraction(number)  # a float less a fraction would be rounded to nothing
    away = number if side * (exact - value) >= 0 else math.nextafter(number, side * math.inf)
    return f"{away:.17g}"


def reading_long_integers(check: Callable[..., Any]) -> Callable[..., Any]:
    """Lift Python's limit for integers in text while `check` runs, for nobody else."""

    @functools.wraps(check)
    def checked(*given: Any) -> Any:
        before = sys.get_int_max_str_digits()
        sys.set_int_max_str_digits(DIGITS)
        try:
            return check(*given)
        finally:
            sys.set_int_max_str_digits(before)

    return checked


def read_problem(options: argparse.Namespace, file: BinaryIO) -> SimpleNamespace:
    """Read a claim, about the user's own data where they are given."""
    claim = read_claim(file)
    if options.data:
        mine, theirs = read_table(options, claim), claim.data
        for what, (a, one), (b, two) in zip(("features", "targets", "weights"), mine, theirs):
            same = len(a) == len(b) and all(x * two == y * one for x, y in zip(a, b))
            need(same, f"the claim is about other {what} than those of {options.data}")
        claim.data = mine
    check_problem(claim)
    return claim


@reading_long_integers
def share(options: argparse.Namespace, k: int) -> tuple[Fraction, int]:
    """Check the trees of one process among several, each of which reads the file for itself."""
    with open(options.claim, "rb") as file:
        claim = read_problem(options, file)
        cones = (Cones if claim.outputs == 1 else MatrixCones)(claim)
        return cones.bound(claim.evidence["tree"], k, options.processes)


@reading_long_integers
def prove(options: argparse.Namespace, file: BinaryIO) -> SimpleNamespace:
    """Check everything; return the claim with `objective`, `value`, `peak` (H) and `extent`."""
    claim = read_problem(options, file)
    several = claim.outputs > 1
    claim.objective = (objective_of_several if several else objective)(claim)
    claim.value = (dual_value_of_several if several else dual_value)(claim)
    high, low = digits(claim.objective, 1), digits(claim.value, -1)
    need(claim.objective <= claim.upper, f"the objective is {high}, above the claimed upper bound")
    need(claim.value >= claim.lower, f"the dual value is {low}, below the claimed lower bound")
    need(claim.value <= claim.objective, "the bounds contradict each other")
    if claim.kind == "cones":
        if options.processes > 1 and "lengths" in claim.evidence:
            import multiprocessing

            with multiprocessing.Pool(options.processes) as pool:
                parts = pool.starmap(share, [(options, k) for k in range(options.processes)])
        else:
            cones = (MatrixCones if several else Cones)(claim)
            parts = [cones.bound(claim.evidence["tree"], 0, 1)]
        claim.peak, leaves = max(part[0] for part in parts), sum(part[1] for part in parts)
        claim.extent = f"{leaves:,} cones that cover all neurons"
    elif claim.kind == "pairs":
        claim.peak, claim.extent = Pairs(claim).bound()
    else:
        square, claim.extent = Cells(claim).bound()
        claim.peak = root(square)  # the square itself decides
        need(claim.scale**2 * square <= claim.beta**2, "a neuron of some cell may exceed beta")
    good = claim.kind == "cells" or claim.scale * claim.peak <= claim.beta
    need(good, "a neuron may exceed beta along the dual vector")
    gap: Any = claim.upper - claim.lower
    claim.gap = gap / claim.upper if claim.upper else gap and math.inf
    wide = options.max_gap is not None and claim.gap > options.max_gap
    need(not wide, f"the relative gap {digits(claim.gap, 1)} is larger than allowed")
    return claim


def main() -> int:
    """Run the command."""
    style = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=style)
    parser.add_argument("claim", help="the claim file")
    parser.add_argument("--data", help="your own CSV file with a header")
    parser.add_argument("--target", help="the column of --data that is fitted")
    parser.add_argument("--columns", help="the feature columns, by commas; all others by default")
    parser.add_argument("--sample-weight", help="the column of sample weights")
    parser.add_argument("--as-float", action="store_true", help="round the decimals of --data")
    parser.add_argument("--drop", help="columns to leave out, by commas: a name or a number")
    parser.add_argument("--encode", help="columns of categories: one of 0 and 1 for each category")
    parser.add_argument("--drop-missing", action="store_true", help="leave out rows with holes")
    parser.add_argument("--processes", type=int, default=1, help="how many share large trees")
    parser.add_argument("--max-gap", type=Fraction, help="refuse a larger relative gap")
    options = parser.parse_args()
    if bool(options.data) != bool(options.target):
        parser.error("--data and --target go together")
    try:
        with open(options.claim, "rb") as file:
            claim = prove(options, file)
        whose = options.data or "the data in the claim (to compare it with your own: --data)"
        print(f"The claim is proved, over {claim.extent}, for {whose}.")
        print(f"Objective of the network    at most  {digits(claim.upper, 1)}")
        print(f"Every network of any width  at least {digits(claim.lower, -1)}")
        print(f"Relative gap                at most  {digits(claim.gap, 1)}")
        return 0  # noqa: TRY300 - proved
    except Refused as error:
        print(f"refused: {error}", file=sys.stderr)
    except OSError as error:
        parser.error(str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing is proved
        print(f"refused: this is not read as a claim: {error!r:.200}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

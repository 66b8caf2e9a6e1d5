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
import csv
import hashlib
import json
import math
import multiprocessing
import os
import re
import struct
import sys
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, combinations, compress, repeat
from operator import add, itemgetter, mul
from typing import Any, BinaryIO, cast

HEAD, OLD, PLAIN = 1 << 24, 1 << 28, 1 << 28  # bytes: a head, a file of schema 0, a whole section
DIGITS = 100_000  # of the longest integer that is read from text
LONGEST = 1 << 17  # bits of the longest common denominator
LIVE = 1 << 27  # bytes that the waiting nodes of one tree may hold
CHUNK = 1 << 20  # bytes of a tree that are read at once
BITS = [bytes(byte >> bit & 1 for bit in range(8)) for byte in range(256)]

Ints = list[int]
Scaled = tuple[Ints, int]  # integers and the one denominator below them


class Refused(Exception):  # noqa: N818 - an outcome, not an error
    """The claim is not proved; the message says which check failed first."""


def need(condition: object, message: str) -> None:
    """Refuse unless a condition holds."""
    if not condition:
        raise Refused(message)


# --- Numbers and sections of a file ---------------------------------------------------------------


def rational(text: Any) -> Fraction:
    """Read "p" or "p/q" in lowest terms."""
    need(isinstance(text, str) and len(text) < 2 * DIGITS, "a rational number is not such a text")
    parts = re.fullmatch(r"(0|-?[1-9][0-9]*)(?:/([1-9][0-9]*))?", text)
    need(parts, f"{text[:60]!r} is not a rational number in lowest terms")
    top, bottom = cast("re.Match[str]", parts).groups()
    value = Fraction(int(top), int(bottom or 1))
    need(bottom is None or value.denominator == int(bottom) > 1, f"{text[:60]!r} can be reduced")
    return value


def real(value: Any) -> Fraction:
    """Read a float of a JSON text, as the rational number it is."""
    need(type(value) in (int, float) and abs(value) < math.inf, f"{value!r} is not a float")
    return Fraction(float(value))


def whole(value: Any, low: int, high: int, what: str) -> int:
    """Read an integer of a JSON text."""
    need(type(value) is int and low <= value <= high, f"{what} is not a whole number in its range")
    return int(value)


def listed(value: Any, length: int | None, what: str) -> list[Any]:
    """Read a list of a JSON text."""
    need(type(value) is list and length in (None, len(value)), f"{what} is not a list as it should")
    return cast("list[Any]", value)


def fields(value: Any, names: str, what: str) -> list[Any]:
    """Return the values of an object that has exactly these keys."""
    good = type(value) is dict and sorted(value) == sorted(names.split())
    need(good, f"{what} does not have exactly the keys {names}")
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
        raise Refused(f"{what} is not JSON: {str(error)[:100]}") from None


def common(values: Sequence[Fraction]) -> Scaled:
    """Bring fractions to one denominator."""
    bottom = 1
    for value in values:
        bottom = math.lcm(bottom, value.denominator)
        need(bottom.bit_length() <= LONGEST, "the common denominator of the data is too long")
    return [value.numerator * (bottom // value.denominator) for value in values], bottom


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return an unsigned varint and the place after it."""
    value = shift = 0
    for at in range(at, at + 9):  # noqa: B020, PLR1704 - the place moves on
        need(at < len(data), "the file ends within a number")
        value |= (data[at] & 127) << shift
        if data[at] < 128:
            return value, at + 1
        shift += 7
    raise Refused("a varint does not end")


def signed(value: int) -> int:
    """Undo the zigzag of a signed varint."""
    return value >> 1 ^ -(value & 1)


def numbers(data: bytes, count: int, what: str, kinds: str = "diq") -> Scaled:
    """Read a section of numbers."""
    kind = data[:1].decode("latin-1")
    need(kind and kind in kinds, f"{what}: unknown kind of numbers")
    if kind == "q":
        texts = data[1:].decode("ascii").split("\n") if count else []
        need(len(texts) == count and (count or len(data) == 1), f"{what}: not {count} numbers")
        return common([rational(text) for text in texts])
    if kind == "d":
        need(len(data) == 1 + 8 * count, f"{what}: not {count} floats")
        floats = struct.unpack(f"<{count}d", data[1:])
        need(all(map(math.isfinite, floats)), f"{what}: a number is not finite")
        pairs = [value.as_integer_ratio() for value in floats]
        bottom = max((below for _, below in pairs), default=1)
        return [top * (bottom // below) for top, below in pairs], bottom
    size, at = varint(data, 1)
    length, at = varint(data, at)
    start = at + length
    need(1 <= size <= 64 and len(data) == start + size * count, f"{what}: not {count} integers")
    bottom = int.from_bytes(data[at:start], "little")
    need(0 < bottom.bit_length() <= LONGEST, f"{what}: the denominator is 0 or too long")
    spots = range(start, len(data), size)
    return [int.from_bytes(data[i : i + size], "little", signed=True) for i in spots], bottom


class Section:
    """One section of the body; it is read from the front, and unpacked as it is read."""

    def __init__(self, file: BinaryIO, record: Any) -> None:
        """Check what the head says about it."""
        self.file = file
        self.name, size, unpacked, packing = fields(record, "name bytes unpacked packing", "body")
        self.left = whole(size, 0, 1 << 50, f"bytes of {self.name}")
        self.due = self.unpacked = whole(unpacked, 0, 1 << 56, f"unpacked of {self.name}")
        need(packing in ("none", "deflate"), f"packing {packing!r} of {self.name} is unknown")
        most = 64 * self.left + (1 << 20) if packing == "deflate" else self.left
        need(self.due <= most, f"{self.name} claims to unpack to more than a claim may")
        self.inflate = zlib.decompressobj(-15) if packing == "deflate" else None
        need(self.inflate or self.due == self.left, f"{self.name}: its two sizes differ")

    def read(self, size: int) -> bytes:
        """Return the next bytes: `size` of them, or all that are left."""
        size, parts = min(size, self.due), []
        while size:
            if self.inflate is None:
                part = self.file.read(size)
            else:
                packed = self.inflate.unconsumed_tail
                if not packed:
                    packed = self.file.read(min(self.left, 1 << 16))
                    self.left -= len(packed)
                part = self.inflate.decompress(packed, size)
                need(packed or part, f"{self.name} ends early")
            need(part or self.inflate, f"{self.name} ends early")
            parts.append(part)
            size -= len(part)
            self.due -= len(part)
        return b"".join(parts)

    def end(self) -> None:
        """Check that nothing is left."""
        need(not self.due, f"{self.name} goes on after its last entry")
        if self.inflate is not None:
            rest = self.inflate.unconsumed_tail + self.file.read(self.left)
            need(not self.inflate.decompress(rest, 1), f"{self.name} unpacks to more than it says")
            good = self.inflate.eof and not self.inflate.unused_data
            need(good, f"{self.name} is not a whole deflate stream")

    def all(self) -> bytes:
        """Return everything."""
        need(self.due <= PLAIN, f"{self.name} is too large")
        data = self.read(self.due)
        self.end()
        return data


@dataclass
class Claim:
    """What the file says, as integers over common denominators; nothing is checked yet."""

    upper: Fraction
    lower: Fraction
    loss: str
    parameters: dict[str, Fraction]
    on: Fraction
    off: Fraction
    free: bool  # whether the hidden bias is
    output_bias: str
    beta: Fraction
    digest: str | None
    where: Any
    scale: Fraction
    bias: Fraction
    shape: tuple[int, int]
    data: tuple[Scaled, Scaled, Scaled | None] | None  # features, targets, weights
    hidden: Scaled
    output: Scaled
    vector: Scaled
    evidence: dict[str, Any]


def read_claim(file: BinaryIO) -> Claim:
    """Read a claim of schema 1 up to its tree, or one of schema 0."""
    line = file.readline(HEAD + 1)
    if re.match(rb'\{ ?"kind": ?"relu-arrangements claim", ?"schema": ?1\b', line) is None:
        return read_old(line + file.read(OLD))
    need(line.endswith(b"\n"), "the head is longer than 16 MiB or the file ends within it")
    head = parse(line, "the head")
    names = "kind schema upper lower problem network dual evidence body"
    _, _, upper, lower, problem, network, dual, evidence, body = fields(head, names, "the head")
    n, d, *setting, weighted, digest, where = fields(
        problem,
        "rows columns loss loss_parameters activation hidden_bias output_bias beta weighted sha256 "
        "where",
        "the problem",
    )
    whole(n, 1, 1 << 28, "rows"), whole(d, 1, 1 << 20, "columns")
    width, bias = fields(network, "width output_bias", "the network")
    whole(width, 0, 1 << 28, "width")
    need(type(weighted) is bool, "weighted is neither true nor false")
    need(where is None or type(where) is str, "where is neither null nor a text")
    good = type(digest) is str and re.fullmatch("[0-9a-f]{64}", digest)
    need(good, "sha256 is not such a text")
    kind = evidence.get("kind") if type(evidence) is dict else None
    need(kind in ("cones", "cells"), "evidence of an unknown kind")
    fields(evidence, "kind grid basis merged" if kind == "cones" else "kind cells", "the evidence")
    data = ["features", "targets"] + ["weights"] * weighted if where is None else []
    proof = ["tree"] if kind == "cones" else ["patterns", "witnesses", "completion", "multipliers"]
    order = [*data, "hidden", "output", "vector", *proof]
    sections = [Section(file, record) for record in listed(body, len(order), "body")]
    need([section.name for section in sections] == order, f"the sections are not {order}")
    size = os.fstat(file.fileno()).st_size
    need(len(line) + sum(s.left for s in sections) == size, "the sections do not fill the file")
    counts = {"features": n * d, "targets": n, "weights": n}
    counts |= {"hidden": width * d, "output": width, "vector": n}
    read: dict[str, Any] = {}
    for section in sections:
        if section.name in counts:
            kinds = "diq" if section.name in data else "d"
            read[section.name] = numbers(
                section.all(), counts[section.name], section.name, kinds
            )
        elif section.name in ("witnesses", "completion", "multipliers"):
            read[section.name] = parse(section.all(), section.name)
        else:
            read[section.name] = section.all() if section.name == "patterns" else section
    (scale,) = fields(dual, "scale", "dual")
    found = (read["features"], read["targets"], read.get("weights")) if where is None else None
    rest = (real(scale), real(bias), (n, d), found)
    rest = (*rest, read["hidden"], read["output"], read["vector"], {**evidence, **read})
    claim = Claim(rational(upper), rational(lower), *settings(setting), digest, where, *rest)
    claim.evidence["weighted"] = weighted
    return claim


def settings(values: list[Any]) -> tuple[Any, ...]:
    """Read loss, parameters, activation, biases and beta."""
    loss, parameters, activation, hidden_bias, output_bias, beta = values
    on, off = map(rational, listed(activation, 2, "activation"))
    need(type(loss) is str and loss in LOSSES, f"the loss {loss!r} is unknown")
    fields(parameters, LOSSES[loss], f"loss_parameters of {loss}")
    given = {name: rational(text) for name, text in parameters.items()}
    need(given.get("delta", 1) > 0, "delta is not positive")
    need(0 < given.get("level", Fraction(1, 2)) < 1, "level is not between 0 and 1")
    need(on or off, "the activation is zero")
    need(hidden_bias in ("decayed", "free"), f"the hidden bias {hidden_bias!r} is unknown")
    need(output_bias in ("none", "free", "decayed"), f"the output bias {output_bias!r} is unknown")
    need(rational(beta) > 0, "beta is not positive")
    return loss, given, on, off, hidden_bias == "free", output_bias, rational(beta)


def read_old(text: bytes) -> Claim:
    """Read a claim of schema 0, which is one JSON text."""
    need(len(text) < OLD, "the file is no claim of schema 1, and too large for schema 0")
    old = parse(text, "the file")
    good = type(old) is dict and old.get("kind") == "relu-arrangements claim"
    need(good, "the file is not a claim")
    need(old.get("schema") == 0, f"schema {old.get('schema')!r} is not known to this checker")
    try:
        problem, network, dual, patterns = map(old.get, "problem network dual patterns".split())
        activation = problem.get("activation", ["1", "0"])
        values = [problem["loss"], problem.get("loss_parameters", {}), activation]
        values += [problem.get("hidden_bias", "decayed"), problem["output_bias"], problem["beta"]]
        rows, width = problem["features"], len(problem["features"][0])
        weights = problem.get("weights")
        need(all(len(row) == width for row in rows), "the features are ragged")
        exact = [[rational(x) for x in row] for row in (*rows, problem["targets"], weights or [])]
        data = (common(sum(exact[:-2], [])), common(exact[-2]), common(exact[-1]))
        hidden = network["hidden"]
        need(all(len(row) == width for row in hidden), "the hidden weights are ragged")
        floats = [*map(real, sum(hidden, []))], [*map(real, network["output"])]
        evidence = {
            "kind": "cells", "cells": len(patterns["packed"]), "weighted": bool(weights),
            "patterns": b"".join(map(bytes.fromhex, patterns["packed"])),
            "witnesses": patterns["witnesses"], "completion": patterns["completion"],
            "multipliers": dual["cells"], "reduced": True,
        }  # fmt: skip
        return Claim(
            rational(old["upper"]), rational(old["lower"]), *settings(values), None, None,
            real(dual["scale"]), real(network["output_bias"]), (len(rows), width),
            (*data[:2], data[2] if weights else None), common(floats[0]), common(floats[1]),
            common([*map(real, dual["vector"])]), evidence,
        )  # fmt: skip
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise Refused(f"the file is not a whole claim of schema 0: {error!r}") from None


# --- The problem: what networks cost, and what dual vectors are worth -----------------------------

LOSSES = dict.fromkeys("squared absolute hinge squared-hinge logistic interpolation".split(), "")
LOSSES |= {"huber": "delta", "quantile": "level"}
CURVED = ("squared", "huber", "squared-hinge")
LABELS = ("hinge", "squared-hinge", "logistic")


class Problem:
    """A training problem, and the claimed network and dual vector, in integers."""

    def __init__(self, claim: Claim) -> None:
        """Check that its parts belong together."""
        self.claim, (n, d) = claim, claim.shape
        need(claim.data, f"the claim leaves its data out ({claim.where}): give --data and --target")
        flat, self.below = cast("Any", claim.data)[0]
        targets, weights = cast("Any", claim.data)[1:]
        self.rows = [flat[i : i + d] for i in range(0, n * d, d)]
        counts = (len(flat), len(targets[0]), len(claim.vector[0]), len(weights[0]) if weights else n)
        need(counts == (n * d, n, n, n), "rows, targets, weights and vector differ in number")
        self.y = [Fraction(y, targets[1]) for y in targets[0]]
        self.s = [Fraction(s, weights[1]) for s in weights[0]] if weights else [Fraction(1)] * n
        need(min(self.s) >= 0, "a sample weight is negative")
        if claim.loss in LABELS:
            need(all(abs(y) == 1 for y in self.y), "a label is neither -1 nor 1")
        if claim.free:
            good = d > 1 and all(row[-1] == self.below for row in self.rows)
            need(good, "the hidden bias is free, and the last column is not all ones beside others")
        if claim.digest is not None:
            good = digest_of(claim.data, claim.shape) == claim.digest
            need(good, "the data are not those that sha256 stands for")
        need(claim.scale >= 0, "the scale of the dual vector is negative")
        self.decayed = d - claim.free
        self.kink = claim.on + claim.off
        self.slope = max(abs(claim.on), abs(claim.off))

    def ends(self, y: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Return the interval on which D is finite."""
        zero, claim = Fraction(0), self.claim
        if claim.loss == "huber":
            return -claim.parameters["delta"], claim.parameters["delta"]
        if claim.loss == "quantile":
            return claim.parameters["level"] - 1, claim.parameters["level"]
        if claim.loss == "absolute":
            return Fraction(-1), Fraction(1)
        if claim.loss == "squared-hinge":
            return (zero, None) if y > 0 else (None, zero)
        return (min(zero, y), max(zero, y)) if claim.loss in LABELS else (None, None)

    def loss(self, z: Fraction, y: Fraction) -> Fraction:
        """Return the loss of one row, or a little more: the largest v (y - z) - [v^2/2]."""
        if self.claim.loss == "logistic":
            return softplus_above(-y * z)
        low, high = self.ends(y)
        r = y - z
        end = high if r > 0 else low
        if self.claim.loss in CURVED:
            return r * r / 2 if end is None or abs(r) <= abs(end) else end * (r - end / 2)
        need(end is not None or r == 0, "the network does not pass through the data")
        return Fraction(0) if end is None else end * r

    def worth(self, v: Fraction, y: Fraction) -> Fraction:
        """Return D of one row, or a little less."""
        low, high = self.ends(y)
        good = (low is None or low <= v) and (high is None or v <= high)
        need(good, f"the dual vector leaves the domain of the loss {self.claim.loss}")
        if self.claim.loss == "logistic":
            return entropy_below(v * y)
        return v * (y - v / 2) if self.claim.loss in CURVED else v * y

    def objective(self) -> Fraction:
        """Return what the network costs."""
        claim, (_, d) = self.claim, self.claim.shape
        (flat, unit), (output, output_unit) = claim.hidden, claim.output
        neurons = [flat[i : i + d] for i in range(0, len(flat), d)]
        need(len(neurons) == len(output), "hidden and output weights differ in number")
        need(claim.bias == 0 or claim.output_bias != "none", "the network has an output bias")
        squares = Fraction(sum(w * w for row in neurons for w in row[: self.decayed]), unit**2)
        squares += Fraction(sum(a * a for a in output), output_unit**2)
        if claim.output_bias == "decayed":
            squares += claim.bias**2
        ramps = []
        for side in (1, -1):
            chosen = [[abs(a) * w for w in row] for a, row in zip(output, neurons) if a * side > 0]
            ramps.append(ramp_sums(chosen, self.rows, side))
        line = [sum(map(mul, output, column)) for column in zip(*neurons)] or [0] * d
        bottom = unit * output_unit * self.below
        total = Fraction(0)
        for x, up, down, y, s in zip(self.rows, *ramps, self.y, self.s):
            if s:
                z = (self.kink * (up + down) - claim.off * sum(map(mul, line, x))) / bottom
                total += s * self.loss(z + claim.bias, y)
        return total + claim.beta * squares / 2

    def dual_value(self) -> Fraction:
        """Return what no network is below, if no neuron exceeds beta."""
        claim, t = self.claim, self.claim.scale
        values, unit = claim.vector
        weighed = t * Fraction(sum(values), unit)
        zero = weighed == 0
        need(zero or not claim.free, "constants are free, and the dual vector's sum is not 0")
        need(zero or claim.output_bias != "free", "the bias is free, and the vector's sum is not 0")
        total = -weighed * weighed / (2 * claim.beta) if claim.output_bias == "decayed" else Fraction(0)
        for value, y, s in zip(values, self.y, self.s):
            v = t * Fraction(value, unit)
            need(s or not v, "the dual vector is not 0 on a row of weight 0")
            total += s * self.worth(v / s, y) if s else 0
        return total


def ramp_sums(weights: list[Ints], rows: list[Ints], side: int) -> Ints:
    """Return side times the sum of (w.x)_+ over the weights, for every row x."""
    if not weights:
        return [0] * len(rows)
    largest = max(sum(map(abs, w)) for w in weights) * max(max(map(abs, x)) for x in rows)
    packing = Packing(len(weights), largest)
    columns = [packing.pack(column) for column in zip(*weights)]
    sums = []
    for x in rows:
        packed = sum(map(mul, columns, x))
        sums.append(side * packing.ramp(packed, packed + packing.bias & packing.bias))
    return sums


def digest_of(data: Any, shape: tuple[int, int]) -> str:
    """Return the hash of the exact data: a line for each row, of features, target and weight."""
    n, d = shape
    (flat, below), (targets, unit), weights = data
    text = hashlib.sha256()
    for i in range(n):
        cells = [Fraction(x, below) for x in flat[i * d : i * d + d]] + [Fraction(targets[i], unit)]
        cells += [Fraction(weights[0][i], weights[1])] if weights else []
        text.update((",".join(map(str, cells)) + "\n").encode())
    return text.hexdigest()


# Enclosures of the logistic loss.  All series are of positive terms in units of 2^-W; each is cut
# off, so it is below the truth, and by less than 2^10 units: `SLACK` is added where above is wanted.
W, SLACK = 400, 1 << 10
ONE = 1 << W


def atanh_series(z: Fraction) -> int:
    """Return a little less than atanh(z)/z = sum z^2k / (2k + 1), for 0 <= z <= 1/3."""
    square = (z.numerator**2 << W) // z.denominator**2
    power, total, odd = ONE, 0, 1
    while power:
        total += power // odd
        power, odd = power * square >> W, odd + 2
    return total


LN2 = 2 * atanh_series(Fraction(1, 3)) // 3  # ln 2 = 2 atanh(1/3)


def short(value: Fraction, *, above: bool) -> Fraction:
    """Round to W significant binary digits."""
    shift = W + value.denominator.bit_length() - value.numerator.bit_length()
    scaled = value * Fraction(2) ** shift
    return (math.ceil(scaled) if above else math.floor(scaled)) / Fraction(2) ** shift


def softplus_above(t: Fraction) -> Fraction:
    """Return a little more than log(1 + exp(t)) = max(t, 0) + 2 atanh(x / (2 + x)), x = exp(-|t|)."""
    units = math.floor(min(abs(t), 5000) * ONE)
    k = units // LN2 + 1  # exp(-|t|) = 2^-k exp(r), r = k ln 2 - |t|
    r = k * (LN2 + SLACK) - units
    term = total = ONE
    for n in range(1, 100):  # r < 0.7: what is left out is far below 2^-W
        term = (term * r >> W) // n + 1
        total += term
    x = Fraction(total + SLACK, ONE << k)
    z = short(x / (2 + x), above=True)
    rest = 2 * z * Fraction(atanh_series(z) + SLACK, ONE)
    return short(max(t, Fraction(0)) + rest, above=True)


def entropy_below(p: Fraction) -> Fraction:
    """Return a little less than -p log p - (1 - p) log(1 - p), which grows up to p = 1/2."""
    p = min(p, 1 - p)
    if p == 0:
        return p
    p = short(p, above=False)
    k = p.denominator.bit_length() - p.numerator.bit_length() + 1
    m = p * 2**k  # -log p = k log 2 - log m with m in [1, 4), log m = 2 atanh((m - 1)/(m + 1))
    k, m = (k - 1, m / 2) if m >= 2 else (k, m)
    z = (m - 1) / (m + 1)
    first = Fraction(k * LN2, ONE) - 2 * z * Fraction(atanh_series(z) + SLACK, ONE)
    z = p / (2 - p)  # -log(1 - p) = 2 atanh(p / (2 - p))
    return short(p * first + (1 - p) * 2 * z * Fraction(atanh_series(z), ONE), above=False)


# --- Cones ----------------------------------------------------------------------------------------


class Packing:
    """Many integers side by side in one: fields of equal width, so that one sum adds them all.

    The packed number is the sum of x_j 2^(width j) with signs.  Adding `bias` makes every field
    nonnegative; then its top bit tells x_j >= 0.
    """

    def __init__(self, count: int, largest: int, first: int | None = None, size: int = 0) -> None:
        """Make room for numbers up to `largest` in size, and sums of the `first` of them."""
        self.count, self.first = count, count if first is None else first
        self.size = size or (largest.bit_length() + count.bit_length() + 9) // 8
        self.width = width = 8 * self.size
        self.most = (1 << width - 1 - count.bit_length()) - 1
        ones = int.from_bytes((b"\1" + bytes(self.size - 1)) * count, "little")
        self.bias = ones << width - 1
        self.ramped = self.bias & (1 << width * self.first) - 1
        self.folds, left = [], self.first
        while left > 8:
            left = left + 1 >> 1
            self.folds.append((left * width, (1 << left * width) - 1))
        self.all = (1 << width) - 1

    def pack(self, values: Iterable[int]) -> int:
        """Put integers side by side."""
        size, half = self.size, 1 << self.width - 1
        parts = [(value + half).to_bytes(size, "little") for value in values]
        return int.from_bytes(b"".join(parts), "little") - self.bias

    def unpack(self, packed: int) -> Ints:
        """Undo `pack`."""
        data = (packed + self.bias).to_bytes(self.size * self.count, "little")
        half, size = 1 << self.width - 1, self.size
        spots = range(0, len(data), size)
        return [int.from_bytes(data[i : i + size], "little") - half for i in spots]

    def ramp(self, packed: int, tops: int) -> int:
        """Return the sum of those of the first fields that are positive; `tops` marks them."""
        tops &= self.ramped
        chosen = packed + self.bias & tops - (tops >> self.width - 1)
        for shift, mask in self.folds:
            chosen = (chosen >> shift) + (chosen & mask)
        return chosen % self.all  # the sum of the last few fields: 2^width is 1 modulo 2^width - 1

    def flags(self, tops: int, skip: int = 0) -> bytes:
        """Turn marks at the tops of fields, but those of the first, into a byte for each."""
        size = self.size
        marks = (tops >> skip * self.width).to_bytes((self.count - skip) * size, "little")
        return marks[size - 1 :: size]


class Lines:
    """The lines that are neither known to be positive nor negative on a cone, and their packing.

    `rows` holds w for the lines of P, `falling` packed w for those of N; P comes first.
    """

    def __init__(self, packing: Packing, falling: Ints) -> None:
        """Take the packing of all lines and the rows of those of N."""
        self.packing, self.falling, self.first = packing, falling, packing.first
        self.cut = packing.width * packing.first
        self.bias = packing.bias >> self.cut


class Question:
    """A bound of f(u) = s sum_j v_j phi(z_j.u) on the unit ball, asked of trees."""

    def __init__(self, cones: Cones, s: int, origin: int | None) -> None:
        """Prepare lines and linear part, for rows or for their differences from one row."""
        claim, rows = cones.claim, cones.rows
        if origin is not None:
            rows = [[x - y for x, y in zip(row, rows[origin])] for row in rows]
        self.rank, self.inverse = cones.rank, cones.inverse
        lines: dict[tuple[int, ...], int] = {}
        bent, plain = [0] * self.rank, [0] * self.rank
        for row, v in zip(rows, cones.vector):
            divisor = math.gcd(*row)
            if not divisor:
                continue
            negative = next(filter(None, row)) < 0
            size = -divisor if negative else divisor
            line = tuple(x // size for x in row)
            lines[line] = lines.get(line, 0) + v * divisor
            if v:
                plain = [total + v * x for total, x in zip(plain, row)]
                if negative:
                    bent = [total + v * x for total, x in zip(bent, row)]
        unit = s * Fraction(2) ** cones.grid / (cones.below * cones.unit)
        kink = unit * (claim.on + claim.off)
        exact = [kink * x - unit * claim.off * y for x, y in zip(bent, plain)]
        self.linear = [math.floor(x + Fraction(1, 2)) for x in exact]
        self.error = sum((abs(x - y) for x, y in zip(exact, self.linear)), Fraction(0))
        up: list[Ints] = []
        down: list[Ints] = []
        missed, top, bottom = 0, kink.numerator, kink.denominator
        for line, total in lines.items():
            if total and top:
                sizes = [abs(top * total) * x for x in line]
                w = [(2 * x + bottom) // (2 * bottom) for x in sizes]
                missed += sum(abs(x - y * bottom) for x, y in zip(sizes, w))
                (up if total * top > 0 else down).append(w)
        self.error += Fraction(missed, bottom)
        both = up + down
        self.largest = max((abs(x) for w in both for x in w), default=0)
        packing = Packing(len(both), self.largest << 32, len(up))
        # A sum of N rows, each times a theta of up to 62 binary places.
        self.row = Packing(self.rank, (self.largest * len(down) << 62) + 1)
        self.lines = Lines(packing, [self.row.pack(w) for w in down])
        self.columns = [packing.pack(w[i] for w in both) for i in range(self.rank)]
        self.margin = 300 + 20 * len(down)

    def ray(self, lines: Lines, g: Sequence[int], size: int, packed: int, base: int) -> Ray:
        """Return what a node keeps of a generator."""
        packing = lines.packing
        bias = packing.bias
        tops = packed + bias & bias
        ramp = packing.ramp(packed, tops)
        return g, size, packed, tops | (bias - packed & bias) >> 1, base, base + ramp

    def root(self, orthant: int) -> list[Ray]:
        """Return the generators of an orthant."""
        found = []
        for i, (column, low) in enumerate(zip(self.columns, self.linear)):
            side = -1 if orthant >> i & 1 else 1
            g = [side * (i == j) for j in range(self.rank)]
            found.append(self.ray(self.lines, g, 1, side * column, side * low))
        return found

    def narrowed(
        self, rays: list[Ray], lines: Lines, keep: bytes, size: int
    ) -> tuple[list[Ray], Lines]:
        """Drop lines, or widen the fields."""
        packing, first = lines.packing, lines.first
        kept = list(compress(lines.falling, keep[first:]))
        count = len(keep) - keep.count(0)
        new = Lines(Packing(count, 0, count - len(kept), size), kept)
        old, half, spots = packing.size, 1 << packing.width - 1, range(0, packing.count * packing.size, packing.size)
        slices = [slice(i, i + old) for i in compress(spots, keep)]
        shift = (1 << 8 * size - 1) - half
        found = []
        for g, length, packed, _, _, top in rays:
            data = (packed + packing.bias).to_bytes(packing.count * old, "little")
            parts: Iterable[bytes] = map(data.__getitem__, slices)
            if size != old:
                values = (int.from_bytes(part, "little") + shift for part in parts)
                parts = (value.to_bytes(size, "little") for value in values)
            packed = int.from_bytes(b"".join(parts), "little") - new.packing.bias
            ray = self.ray(new, g, length, packed, 0)
            found.append((*ray[:4], top - ray[5], top))
        return found, new

    def check(self, orthant: int, tape: Tape) -> tuple[int, int]:
        """Check one tree; return the number of leaves and the largest R^T (d M^-1) R."""
        pairs = list(combinations(range(self.rank), 2))
        stack: list[Any] = [(self.root(orthant), self.lines, 0, 0)]
        data, at, safe = tape.more(0, self.margin)
        leaves = largest = 0
        while stack:
            if at > safe:
                data, at, safe = tape.more(at, self.margin)
            rays, lines, fixed, depth = stack.pop()
            packing = lines.packing
            signs = rays[0][3]
            for ray in rays[1:]:
                signs &= ray[3]
            need(at < len(data), "the tree ends early")
            tag = data[at]
            at += 1
            if not tag:
                at, square = self.leaf(data, at, rays, lines, fixed, signs >> lines.cut)
                leaves += 1
                if square > largest:
                    largest = square
                continue
            need(tag <= 2 * len(pairs), "a node is divided at a pair that there is not")
            need(depth < 1000, "a tree is deeper than 1000")
            a, b = pairs[tag - 1 >> 1]
            shift = 0
            if not tag & 1:
                shift, at = varint(data, at)
                shift = signed(shift)
                need(-64 <= shift <= 64, "a generator is multiplied by more than 2^64")
            bias = packing.bias
            positive, negative = signs & bias, signs << 1 & bias
            decided = positive | negative
            if decided.bit_count() * 3 > packing.count:
                fixed += sum(compress(lines.falling, packing.flags(positive, lines.first)))
                keep = packing.flags(bias ^ decided)
                rays, lines = self.narrowed(rays, lines, keep, packing.size)
            one, two = (rays[a], rays[b]) if shift >= 0 else (rays[b], rays[a])
            shift = abs(shift)
            size = one[1] + (two[1] << shift)
            if size * self.largest > lines.packing.most:
                wide = (size * self.largest).bit_length() + lines.packing.count.bit_length() + 80
                rays, lines = self.narrowed(rays, lines, b"\1" * lines.packing.count, wide // 8)
                one, two = (rays[a], rays[b]) if one[0] is rays[a][0] else (rays[b], rays[a])
            new = self.ray(
                lines,
                [x + (y << shift) for x, y in zip(one[0], two[0])],
                size,
                one[2] + (two[2] << shift),
                one[4] + (two[4] << shift),
            )
            need(len(stack) * lines.packing.count * lines.packing.size < LIVE, "a tree is too large")
            stack.append((rays[:b] + [new] + rays[b + 1 :], lines, fixed, depth + 1))
            stack.append((rays[:a] + [new] + rays[a + 1 :], lines, fixed, depth + 1))
        tape.at = at
        return leaves, largest

    def leaf(
        self, data: bytes, at: int, rays: list[Ray], lines: Lines, fixed: int, signs: int
    ) -> tuple[int, int]:
        """Check one leaf; return the place after it and R^T (d M^-1) R."""
        shift, at = varint(data, at)
        need(shift <= 4096 and at < len(data) and data[at] <= 64, "a leaf's shift or width is wrong")
        width, rank, falling = data[at], self.rank, lines.falling
        positive = signs & lines.bias
        mixed_tops = lines.bias ^ (positive | signs << 1 & lines.bias)
        size, count = lines.packing.size, len(falling)
        mixed = list(compress(falling, mixed_tops.to_bytes(size * count, "little")[size - 1 :: size]))
        total = fixed + sum(compress(falling, positive.to_bytes(size * count, "little")[size - 1 :: size]))
        length = rank * width + len(mixed) + 7 >> 3
        text = int.from_bytes(data[at + 1 : at + 1 + length], "little")
        at += 1 + length
        theta = text >> rank * width
        if theta:
            need(theta >> len(mixed) == 0, "a leaf has more bits than lines")
            bits = theta.to_bytes(len(mixed) + 7 >> 3, "little")
            total += sum(compress(mixed, b"".join([BITS[byte] for byte in bits])))
        need(at < len(data), "the tree ends within a leaf")
        parts = data[at]
        at += 1
        places = 0
        if parts:
            parts, at = varint(data, at - 1)
            need(parts <= len(mixed) and at < len(data), "a leaf has more fractions than lines")
            places = data[at]
            at += 1
            need(1 <= places <= 62, "a fraction has more than 62 binary places")
            spot, extra = -1, 0
            for _ in range(parts):
                gap, at = varint(data, at)
                top, at = varint(data, at)
                spot += gap + 1
                need(spot < len(mixed) and top >> places <= 1, "a fraction is none of a mixed line")
                need(top <= 1 << places and not theta >> spot & 1, "a theta is above 1, or has a bit")
                extra += top * mixed[spot]
            total = (total << places) + extra
        mask, half = (1 << width) - 1, 1 << width >> 1
        entries = [((text >> i & mask) ^ half) - half for i in range(0, rank * width, width or 1)]
        entries = entries if width else [0] * rank
        grown = shift + places
        sums = [(x << grown) + y for x, y in zip(entries, self.row.unpack(total))]
        for ray in rays:
            if sum(map(mul, sums, ray[0])) < ray[5] << places:
                raise Refused("a leaf does not bound its cone")
        if self.inverse is None:
            square = sum(map(mul, entries, entries))
        else:
            square = sum(x * sum(map(mul, row, entries)) for x, row in zip(entries, self.inverse))
        return at, square << 2 * shift


Ray = tuple[Sequence[int], int, int, int, int, int]  # g, |g|_1, all w.g, signs, a part of q, q


class Tape:
    """The bytes of trees, of which a part is in memory."""

    def __init__(self, section: Section | bytes) -> None:
        """Begin at the front."""
        self.section = section if isinstance(section, Section) else None
        self.data, self.at = (b"", 0) if isinstance(section, Section) else (section, 0)

    def more(self, at: int, margin: int) -> tuple[bytes, int, int]:
        """Return bytes, a place among them, and the last place from which a node is whole."""
        at = at or self.at
        if self.section is not None and at + margin > len(self.data):
            self.data = self.data[at:] + self.section.read(margin + CHUNK)
            at = 0
        self.at = 0
        done = self.section is None or not self.section.due
        return self.data, at, len(self.data) - (0 if done else margin)


class Cones:
    """The evidence of trees: what H follows from."""

    def __init__(self, problem: Problem) -> None:
        """Replace merged rows, take coordinates."""
        claim, evidence = problem.claim, problem.claim.evidence
        self.claim, self.slope = claim, problem.slope
        self.grid = whole(evidence["grid"], -4096, 4096, "grid")
        self.vector, self.unit = claim.vector
        width = problem.decayed
        rows, self.below = [row[:width] for row in problem.rows], problem.below
        merged = [listed(item, 3, "merged") for item in listed(evidence["merged"], None, "merged")]
        need(not (merged and claim.free), "rows are merged, and the hidden bias is free")
        items = [(*(whole(k, 0, len(rows) - 1, "merged") for k in pair), rational(r)) for *pair, r in merged]
        gone = {item[0] for item in items}
        good = len(gone) == len(items) and not any(item[1] in gone for item in items)
        need(good, "a row is merged twice, or with one that is merged")
        factors, bottom = common([item[2] for item in items])
        rows = [[x * bottom for x in row] for row in rows] if items else rows
        self.below *= bottom
        self.charge = Fraction(0)
        for (j, i, _), factor in zip(items, factors):
            replaced = [factor * x // bottom for x in rows[i]]
            moved = Fraction(sum(abs(x - y) for x, y in zip(rows[j], replaced)), self.below)
            self.charge += Fraction(abs(self.vector[j]), self.unit) * self.slope * moved
            rows[j] = replaced
        self.plain = rows
        self.rank, self.inverse, self.bottom, self.rows = width, None, 1, rows
        if evidence["basis"] is not None:
            self.change(listed(evidence["basis"], None, "basis"), width)
        need(self.rank <= 16, "the rank is above 16")

    def change(self, basis: list[Any], width: int) -> None:
        """Go over to coordinates of a basis, in which every row must be the same."""
        texts = [listed(row, width, "basis") for row in basis]
        g = [[int(rational(text)) for text in row] for row in texts]
        need(all(rational(text).denominator == 1 for row in texts for text in row), "basis: fractions")
        self.rank = len(g)
        need(self.rank <= min(width, 16), "the basis has too many rows")
        inverse, self.bottom = common(sum(inverted([[sum(map(mul, a, b)) for b in g] for a in g]), []))
        self.inverse = [inverse[i : i + self.rank] for i in range(0, len(inverse), self.rank or 1)]
        origin = self.plain[0] if self.claim.free else [0] * width
        self.rows = [[sum(map(mul, a, row)) for a in g] for row in self.plain]
        for row in self.plain:
            z = [x - y for x, y in zip(row, origin)]
            y = [sum(map(mul, a, z)) for a in g]
            c = [sum(map(mul, line, y)) for line in self.inverse]
            back = [sum(map(mul, c, column)) for column in zip(*g)] or [0] * width
            need(back == [self.bottom * x for x in z], "a row is not in the span of the basis")

    def questions(self) -> list[tuple[int, int | None]]:
        """Return sign and origin of each question."""
        if not self.claim.free:
            return [(1, None), (-1, None)]
        kink = self.claim.on + self.claim.off
        return [(-1 if v * kink > 0 else 1, k) for k, v in enumerate(self.vector) if v * kink]

    def bound(self, error: Fraction, largest: int) -> Fraction:
        """Return the bound of one question from its rounding error and its leaves."""
        scale = Fraction(2) ** self.grid
        corner = [row[i] for i, row in enumerate(self.inverse)] if self.inverse else [self.bottom]
        rounding = error * root(Fraction(max(corner), self.bottom))
        return (root(Fraction(largest, self.bottom)) + rounding) / scale + self.charge

    def largest(self, tape: Tape, section: Section, processes: int, tell: Tell) -> tuple[Fraction, int]:
        """Return H and the number of leaves, checking all trees."""
        bounds, leaves = [self.charge], 0
        if self.claim.free:
            need(sum(self.vector) == 0, "the hidden bias is free, and the vector's sum is not 0")
            total = [sum(map(mul, self.vector, column)) for column in zip(*self.plain)]
            square = self.slope**2 * Fraction(sum(x * x for x in total), (self.unit * self.below) ** 2)
            bounds.append(root(Fraction(4) ** self.grid * square) / Fraction(2) ** self.grid)
        for s, origin in self.questions():
            question, most = Question(self, s, origin), 0
            for orthant in range(1 << self.rank if self.rank else 0):
                found, square = question.check(orthant, tape)
                leaves, most = leaves + found, max(most, square)
                tell(f"{leaves:,} leaves, {100 - 100 * section.due // max(1, section.unpacked)} % read")
            bounds.append(self.bound(question.error, most) if self.rank else self.charge)
        need(tape.at == len(tape.data) and not section.due, "the tree section goes on after its last leaf")
        section.end()
        return max(bounds), leaves


def root(q: Fraction) -> Fraction:
    """Return a number slightly above the root of q, the same in every checker."""
    return Fraction(math.isqrt(math.floor(q * 4**64)) + 1, 1 << 64) if q else q


def inverted(matrix: list[Ints]) -> list[list[Fraction]]:
    """Return the inverse of a square matrix."""
    r = len(matrix)
    rows = [[Fraction(x) for x in row] + [Fraction(i == j) for j in range(r)] for i, row in enumerate(matrix)]
    for k in range(r):
        pivot = next((i for i in range(k, r) if rows[i][k]), None)
        need(pivot is not None, "the rows of the basis are not independent")
        rows[k], rows[pivot] = rows[pivot], rows[k]  # type: ignore[index]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for i in range(r):
            if i != k and rows[i][k]:
                rows[i] = [x - rows[i][k] * y for x, y in zip(rows[i], rows[k])]
    return [row[r:] for row in rows]


# --- Cells ----------------------------------------------------------------------------------------


class Cells:
    """The evidence of a complete list of patterns with multipliers."""

    def __init__(self, problem: Problem) -> None:
        """Check patterns, witnesses, and that none is missing."""
        claim, (n, d) = problem.claim, problem.claim.shape
        self.problem, evidence, size = problem, claim.evidence, -(-n // 8)
        self.count = whole(evidence["cells"], 0, 1 << 40, "cells")
        data, points = evidence["patterns"], listed(evidence["witnesses"], self.count, "witnesses")
        need(len(data) == size * self.count, "the patterns are not as many as the claim says")
        patterns = [data[i : i + size] for i in range(0, len(data), size)]
        need(all(a < b for a, b in zip(patterns, patterns[1:])), "the patterns are not in order")
        self.patterns = [b"".join([BITS[byte] for byte in pattern]) for pattern in patterns]
        need(not any(any(p[n:]) for p in self.patterns), "a pattern has bits without a row")
        self.patterns = [p[:n] for p in self.patterns]
        self.check_witnesses([[integer(x) for x in listed(u, d, "witness")] for u in points])
        self.check_completion(evidence["completion"], bool(evidence.get("reduced")))

    def check_witnesses(self, points: list[Ints]) -> None:
        """Check that every pattern is that of its witness."""
        rows = self.problem.rows
        largest = max(max(map(abs, row)) for row in rows) * max((sum(map(abs, u)) for u in points), default=0)
        packing = Packing(len(rows), largest)
        columns = [packing.pack(column) for column in zip(*rows)]
        zero = bytes(not any(row) for row in rows)
        for k, (u, pattern) in enumerate(zip(points, self.patterns)):
            packed = sum(map(mul, columns, u))
            up = packing.flags(packed + packing.bias & packing.bias)
            down = packing.flags(packing.bias - packed & packing.bias)
            flat = bytes(map(bool, compress(down, up)))
            need(sum(map(min, map(bool, up), map(bool, down))) == sum(zero), f"witness {k} is on a hyperplane")
            del flat
            need(bytes(map(bool, up)) == pattern, f"witness {k} does not have its pattern")

    def check_completion(self, record: Any, old: bool) -> None:
        """Check that no pattern is missing."""
        count, within, prefix, units, proofs = fields(record, "count within prefix units proofs", "completion")
        good = (count, within, prefix, units) == (self.count, [], 0, [[]])
        need(good, "completion: not about all patterns of the whole space in one unit")
        (proof,) = listed(proofs, 1, "proofs")
        kind = proof.get("kind") if type(proof) is dict else None
        normals: dict[tuple[int, ...], tuple[int, tuple[int, ...]]] = {}
        place: list[tuple[int, bool]] = []
        for row in self.problem.rows:
            divisor = math.gcd(*row)
            if not divisor:
                place.append((-1, True))
                continue
            h = tuple(x // divisor for x in row)
            line = max(h, tuple(-x for x in h))
            index, first = normals.setdefault(line, (len(normals), h))
            place.append((index, first == h))
        lines = [h for _, h in normals.values()]
        pivots = independent(lines)
        if kind == "tree":
            _, steps, multipliers = fields(proof, "kind steps multipliers", "proof")
            if old and len(pivots) < self.problem.claim.shape[1]:
                lines = [primitive([h[j] for j in pivots]) for h in lines]
            need(type(steps) is str and len(steps) % 2 == 0, "the steps of a tree are no text")
            leaves = walk(lines, bytes.fromhex(steps), listed(multipliers, None, "multipliers of a tree"))
            found = sorted(bytes(k < 0 or side[k] == same for k, same in place) for side in leaves)
            need(found == sorted(self.patterns), "the leaves of the tree are not the patterns")
            return
        need(fields(proof, "kind count", "proof")[1] == self.count, "the proof is about another number")
        if kind == "cover":
            r, m = len(pivots), len(lines)
            regions = 2 * sum(math.comb(m - 1, k) for k in range(r)) if m else 1
        else:
            need(kind == "count", f"a proof of unknown kind {str(kind)[:40]!r}")
            regions = count_regions(lines, self.problem.claim.shape[1])
        need(regions == self.count, f"there are {regions} patterns or may be, and {self.count} are listed")

    def square(self, tell: Tell) -> Fraction:
        """Return H^2."""
        problem, claim = self.problem, self.problem.claim
        rows, (values, unit), d = problem.rows, claim.vector, claim.shape[1]
        slopes, below = common([problem.kink, claim.off])
        largest = sum(abs(v) * max(map(abs, x)) for v, x in zip(values, rows)) * max(map(abs, slopes)) * 2
        packing = Packing(d, largest)
        kinks = [packing.pack(slopes[0] * v * x for x in row) for v, row in zip(values, rows)]
        line = sum(packing.pack(-slopes[1] * v * x for x in row) for v, row in zip(values, rows))
        unit *= problem.below * below
        gradients = [packing.unpack(line + sum(compress(kinks, p))) for p in self.patterns]
        done, squares = set(), [Fraction(0)]
        for item in listed(claim.evidence["multipliers"], None, "multipliers"):
            cell, s, which, factors = listed(item, 4, "multipliers")
            whole(cell, 0, self.count - 1, "cell"), listed(factors, len(listed(which, None, "rows")), "factors")
            need(type(s) is int and abs(s) == 1 and (cell, s) not in done, "multipliers stand twice, or for no sign")
            done.add((cell, s))
            which = [whole(j, 0, len(rows) - 1, "row") for j in which]
            rho, bottom = common([*map(real, factors)])
            need(min(rho, default=0) >= 0, "a multiplier is negative")
            pattern, scale = self.patterns[cell], unit // problem.below
            total = [s * bottom * x for x in gradients[cell]]
            for j, factor in zip(which, rho):
                part = factor * scale * (1 if pattern[j] else -1)
                total = [x + part * y for x, y in zip(total, rows[j])]
            exact = [Fraction(x, unit * bottom) for x in total]
            if claim.free and exact[-1]:
                sides = ((1 if pattern[j] else -1, rows[j], Fraction(f, bottom)) for j, f in zip(which, rho))
                good = ((side, row) for side, row, factor in sides if factor >= side * exact[-1])
                side, row = next(good, (0, []))
                need(side, f"cell {cell} has no row to balance constants with")
                exact = [x - exact[-1] * Fraction(y, problem.below) for x, y in zip(exact, row)]
            squares.append(sum((x * x for x in exact[: problem.decayed]), Fraction(0)))
            tell(f"{len(done):,} multipliers")
        bare = [g for k, g in enumerate(gradients) if not {(k, 1), (k, -1)} <= done]
        need(not (claim.free and any(g[-1] for g in bare)), "a cell does not balance constants")
        most = max((sum(x * x for x in g[: problem.decayed]) for g in bare), default=0)
        return max(*squares, Fraction(most, unit**2))


def integer(text: Any) -> int:
    """Read an integer that is written as text."""
    value = rational(text)
    need(value.denominator == 1, f"{text[:60]!r} is not an integer")
    return value.numerator


def primitive(row: Iterable[int]) -> tuple[int, ...]:
    """Divide a row of integers by its common divisor."""
    row = tuple(row)
    divisor = math.gcd(*row)
    return tuple(x // divisor for x in row) if divisor > 1 else row


def independent(rows: Sequence[Sequence[int]]) -> Ints:
    """Return the first columns that span all columns."""
    columns, left = [], list(rows)
    for j in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in left if row[j]), None)
        if pivot is not None:
            columns.append(j)
            left = [primitive(x * pivot[j] - row[j] * y for x, y in zip(row, pivot)) for row in left]
    return columns


def count_regions(lines: Sequence[tuple[int, ...]], width: int) -> int:
    """Count the regions of distinct hyperplanes through the origin.

    The k-th hyperplane adds one for each region of those before it inside itself.
    """
    if width <= 2:
        return 2 * len(lines) or 1
    total = 1
    for k, h in enumerate(lines):
        p = next(j for j, x in enumerate(h) if x)
        traces = set()
        for other in lines[:k]:
            trace = [x * h[p] - other[p] * y for x, y in zip(other, h)]
            trace = list(primitive(trace[:p] + trace[p + 1 :]))
            traces.add(max(tuple(trace), tuple(-x for x in trace)))
        total += count_regions(list(traces), width - 1)
    return total


def walk(lines: Sequence[tuple[int, ...]], steps: bytes, multipliers: list[Any]) -> Iterator[list[bool]]:
    """Yield the sides of the leaves of a tree of insertions, checking each forced step."""
    step, reason = iter(steps), iter(multipliers)
    pending: list[tuple[list[bool], bool]] = [([], False)]
    while pending:
        sides, mirrored = pending.pop()
        if len(sides) == len(lines):
            yield sides
            if mirrored:
                yield [not side for side in sides]
            continue
        kind = next(step, None)
        need(kind in (0, 1, 2) or (kind == 3 and not sides), "the tree of patterns has a wrong step")
        if kind == 3:
            pending.append(([True], True))
        elif kind == 0:
            pending += [([*sides, False], mirrored), ([*sides, True], mirrored)]
        else:
            scale, which, factors = listed(next(reason, None), 3, "a multiplier of the tree")
            which = [whole(i, 0, len(sides) - 1, "an index of the tree") for i in listed(which, None, "indices")]
            parts = [integer(x) for x in listed(factors, len(which), "factors")]
            need(parts and min(*parts, integer(scale), integer(scale)) > 0, "a factor of the tree is not positive")
            total = [-integer(scale) * x * (1 if kind == 1 else -1) for x in lines[len(sides)]]
            for i, factor in zip(which, parts):
                part = factor if sides[i] else -factor
                total = [x + part * y for x, y in zip(total, lines[i])]
            need(not any(total), "multipliers of the tree do not add up to their hyperplane")
            pending.append(([*sides, kind == 1], mirrored))
    need(next(step, None) is None and next(reason, None) is None, "the tree of patterns goes on")


# --- The user's own table, and the command --------------------------------------------------------


def read_table(arguments: argparse.Namespace, claim: Claim) -> tuple[Scaled, Scaled, Scaled | None]:
    """Build the data of the problem from a CSV file: a last column of ones is added if it is meant."""
    with open(arguments.data, encoding="utf-8-sig", newline="") as file:
        lines = [line for line in file if line.strip()]
    mark = next((mark for mark in ";\t," if lines and mark in lines[0]), ",")
    table = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark)]
    need(len(table) > 1 and len({*map(len, table)}) == 1, f"{arguments.data} is no table with a header")
    header, table = table[0], table[1:]

    def column(name: str) -> int:
        need(header.count(name) == 1, f"{arguments.data} has no one column {name!r}; it has {header}")
        return header.index(name)

    def value(text: str) -> Fraction:
        good = re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?|[+-]?\d+/\d*[1-9]\d*", text, re.A)
        need(good, f"{text[:40]!r} in {arguments.data} is not a number")
        return Fraction(float(Fraction(text))) if arguments.as_float else Fraction(text)

    target = column(arguments.target)
    weight = column(arguments.sample_weight) if arguments.sample_weight else None
    others = [j for j in range(len(header)) if j not in (target, weight)]
    if arguments.columns:
        others = [column(name) for name in arguments.columns.split(",")]
    n, d = claim.shape
    need(len(table) == n, f"{arguments.data} has {len(table)} rows, the claim {n}")
    ones = d - len(others)
    need(ones in (0, 1), f"{arguments.data} has {len(others)} features, the claim {d} columns")
    need((weight is not None) == claim.evidence["weighted"], "sample weights: given and not claimed, or the reverse")
    features = common([x for row in table for x in (*(value(row[j]) for j in others), *[Fraction(1)] * ones)])
    texts = [row[target] for row in table]
    if claim.loss in LABELS:
        names = sorted({*texts})
        try:
            kinds = {value(name) for name in names}
        except Refused:
            kinds = set(range(len(names)))
            texts = [str(names.index(text)) for text in texts]
        need(kinds <= {0, 1} or kinds <= {-1, 1}, f"{arguments.target!r} does not hold two classes")
        texts = ["1" if value(text) == 1 else "-1" for text in texts]
    targets = common([*map(value, texts)])
    weights = common([value(row[weight]) for row in table]) if weight is not None else None
    return features, targets, weights


def same(mine: Any, theirs: Any) -> bool:
    """Whether two tables hold the same numbers."""
    if mine is None or theirs is None:
        return mine is theirs
    return len(mine[0]) == len(theirs[0]) and all(x * theirs[1] == y * mine[1] for x, y in zip(mine[0], theirs[0]))


class Tell:
    """Progress on standard error, every few seconds."""

    def __init__(self) -> None:
        """Begin now."""
        self.next = time.monotonic() + 2

    def __call__(self, text: str) -> None:
        """Say something unless it was said just now."""
        if time.monotonic() > self.next:
            self.next = time.monotonic() + 2
            print(f"checked: {text}", file=sys.stderr, flush=True)


def prove(arguments: argparse.Namespace, file: BinaryIO) -> list[str]:
    """Check everything; return what is proved."""
    tell = Tell()
    claim = read_claim(file)
    if arguments.data:
        mine = read_table(arguments, claim)
        if claim.data is not None:
            for what, one, two in zip(("features", "targets", "sample weights"), mine, claim.data):
                need(same(one, two), f"the claim is about other {what} than those of {arguments.data}")
        claim.data = mine
    problem = Problem(claim)
    objective = problem.objective()
    need(objective <= claim.upper, f"the objective is {above(objective)}, above the claimed {above(claim.upper)}")
    value = problem.dual_value()
    need(value >= claim.lower, f"the dual value is {below(value)}, below the claimed {below(claim.lower)}")
    need(value <= objective, "the bounds contradict each other")
    if claim.evidence["kind"] == "cones":
        section = claim.evidence["tree"]
        most, leaves = Cones(problem).largest(Tape(section), section, arguments.processes, tell)
        need(claim.scale * most <= claim.beta, f"a neuron may reach {above(claim.scale * most)} > beta")
        extent = f"{leaves:,} cones that cover all neurons"
    else:
        cells = Cells(problem)
        square = cells.square(tell)
        need(claim.scale**2 * square <= claim.beta**2, "on some cell a neuron may exceed beta")
        extent = f"all {cells.count:,} activation patterns"
    gap = claim.upper - claim.lower
    relative = gap / claim.upper if claim.upper else gap and math.inf
    if arguments.max_gap is not None:
        need(relative <= arguments.max_gap, f"the relative gap {float(relative):.3g} is too large")
    whose = f"your file {arguments.data}" if arguments.data else "the data in the claim (--data compares your own)"
    return [
        f"The claim is proved, over {extent}, for {whose}.",
        f"Objective of the network    at most   {above(claim.upper)}",
        f"Every network of any width  at least  {below(claim.lower)}",
        f"Relative gap                at most   {float(relative):.3g}",
    ]


def above(value: Fraction) -> str:
    """Return digits of a number that is not below."""
    number = float(value)
    return repr(number if number >= value else math.nextafter(number, math.inf))


def below(value: Fraction) -> str:
    """Return digits of a number that is not above."""
    return "-" + above(-value) if value < 0 else repr(-float(above(-value)) + 0.0)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("claim", help="the claim file")
    parser.add_argument("--data", help="your own CSV file with a header")
    parser.add_argument("--target", help="the column of --data that is fitted")
    parser.add_argument("--columns", help="the feature columns, by commas; by default all others")
    parser.add_argument("--sample-weight", help="the column of sample weights")
    parser.add_argument("--as-float", action="store_true", help="round decimals of --data to floats")
    parser.add_argument("--processes", type=int, default=1, help="how many share the work")
    parser.add_argument("--max-gap", type=Fraction, help="refuse a larger relative gap")
    arguments = parser.parse_args()
    if bool(arguments.data) != bool(arguments.target):
        parser.error("--data and --target go together")
    sys.set_int_max_str_digits(DIGITS)
    try:
        with open(arguments.claim, "rb") as file:
            print("\n".join(prove(arguments, file)))
        return 0
    except Refused as error:
        print(f"refused: {error}", file=sys.stderr)
    except (OSError, UnicodeError) as error:
        parser.error(str(error))
    return 1


if __name__ == "__main__":
    sys.exit(main())

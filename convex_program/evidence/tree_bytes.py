"""Trees of cones read and checked in Python integers: the rules, and what floats leave undecided.

`docs/reference/claims.md` has the layout.  `convex_program.kernels.cone_trees` does the same faster.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from convex_program.errors import ClaimError
from convex_program.evidence.lines import Question

MOST_DEPTH = 1000
MOST_EXPONENT = 64
_MOST_SHIFT = 4096
_MOST_WIDTH = 64
_MOST_BITS = 62
_VARINT = 9

Generators = list[list[int]]


def orthant(number: int, rank: int) -> list[int]:
    """Return the signs of an orthant by its number."""
    return [-1 if number >> i & 1 else 1 for i in range(rank)]


def walk(
    data: memoryview, place: int, question: Question, number: int
) -> tuple[int, list[list[int]]]:
    """Check one tree; return where it ends and the vectors R of its leaves.

    Raises
    ------
    ClaimError
        When a leaf does not hold or the bytes are no tree.
    """
    signs = orthant(number, question.rank)
    root = [[sign if i == k else 0 for k in range(len(signs))] for i, sign in enumerate(signs)]
    open_nodes: list[tuple[Generators, int]] = [(root, 0)]
    found = []
    pairs = [(a, b) for a in range(question.rank) for b in range(a + 1, question.rank)]
    while open_nodes:
        generators, depth = open_nodes.pop()
        tag, place = read_byte(data, place)
        if tag == 0:
            place, vector = check_leaf(data, place, generators, question)
            found.append(vector)
            continue
        e = 0
        if tag % 2 == 0:
            z, place = read_varint(data, place)
            e = z // 2 if z % 2 == 0 else -(z + 1) // 2
        pair = (tag - 1) // 2
        if pair >= len(pairs) or abs(e) > MOST_EXPONENT or depth >= MOST_DEPTH:
            raise ClaimError("the tree holds a division that is none")
        a, b = pairs[pair]
        p, q = (1, 1 << e) if e >= 0 else (1 << -e, 1)
        middle = [p * x + q * y for x, y in zip(generators[a], generators[b], strict=True)]
        for changed in (b, a):
            child = [middle if i == changed else g for i, g in enumerate(generators)]
            open_nodes.append((child, depth + 1))
    return place, found


def check_leaf(
    data: memoryview, place: int, generators: Sequence[Sequence[int]], question: Question
) -> tuple[int, list[int]]:
    """Check the leaf that begins at a place, after its tag; return where it ends and R.

    Raises
    ------
    ClaimError
        When it does not hold, or is not whole.
    """
    values = question.rows @ np.array(generators, dtype=object).T  # (m, r)
    values = values.reshape(len(question.rows), question.rank).tolist()
    concave = values[question.convex :]
    mixed = [j for j, row in enumerate(concave) if min(row) < 0 < max(row)]
    place, vector, theta = _read_leaf(data, place, question.rank, len(mixed))
    share = [Fraction(int(min(row) >= 0)) for row in concave]
    for j, value in zip(mixed, theta, strict=True):
        share[j] = value
    for i, g in enumerate(generators):
        needed = Fraction(sum(x * y for x, y in zip(question.linear, g, strict=True)))
        needed += sum(row[i] for row in values[: question.convex] if row[i] > 0)
        needed -= sum(t * row[i] for t, row in zip(share, concave, strict=True) if t)
        if sum(x * y for x, y in zip(vector, g, strict=True)) < needed:
            raise ClaimError("a leaf of the tree does not bound its cone")
    return place, vector


def leaf_vector(data: memoryview, place: int, rank: int) -> list[int]:
    """Return R of the leaf that begins at a place, after its tag."""
    shift, place = read_varint(data, place)
    width, place = read_byte(data, place)
    bits = int.from_bytes(data[place : place + (rank * width + 7) // 8], "little")
    return signed_entries(bits, rank, width, shift)


def signed_entries(bits: int, rank: int, width: int, shift: int) -> list[int]:
    """Return the lowest bits as signed integers of so many bits each, times a power of two."""
    vector = []
    for _ in range(rank):
        entry = bits & (1 << width) - 1
        bits >>= width
        if width and entry >> (width - 1):
            entry -= 1 << width
        vector.append(entry << shift)
    return vector


def _read_leaf(
    data: memoryview, place: int, rank: int, count: int
) -> tuple[int, list[int], list[Fraction]]:
    """Return where the leaf ends, R, and theta of the mixed rows."""
    shift, place = read_varint(data, place)
    width, place = read_byte(data, place)
    if shift > _MOST_SHIFT or width > _MOST_WIDTH:
        raise ClaimError("a leaf of the tree holds too large numbers")
    size = (rank * width + count + 7) // 8
    if place + size > len(data):
        raise ClaimError("the tree is cut off")
    bits = int.from_bytes(data[place : place + size], "little")
    place += size
    vector = signed_entries(bits, rank, width, shift)
    bits >>= rank * width
    theta = [Fraction(bits >> j & 1) for j in range(count)]
    if bits >> count:
        raise ClaimError("a leaf of the tree is not filled up with zeros")
    fractions, place = read_varint(data, place)
    if fractions == 0:
        return place, vector, theta
    k, place = read_byte(data, place)
    if fractions > count or not 1 <= k <= _MOST_BITS:
        raise ClaimError("a leaf of the tree holds fractions that are none")
    last = -1
    for _ in range(fractions):
        gap, place = read_varint(data, place)
        numerator, place = read_varint(data, place)
        last += gap + 1
        if last >= count or theta[last] or numerator > 1 << k:
            raise ClaimError("a leaf of the tree holds fractions that are none")
        theta[last] = Fraction(numerator, 1 << k)
    return place, vector, theta


def read_byte(data: memoryview, place: int) -> tuple[int, int]:
    """Return a byte and the place after it."""
    if place >= len(data):
        raise ClaimError("the tree is cut off")
    return data[place], place + 1


def read_varint(data: memoryview, place: int) -> tuple[int, int]:
    """Return an unsigned varint and the place after it."""
    value = 0
    for t in range(_VARINT):
        byte, place = read_byte(data, place)
        value |= (byte & 127) << 7 * t
        if byte < 128:  # noqa: PLR2004 - the top bit
            return value, place
    raise ClaimError("the tree holds a number without end")


def trees(questions: Iterator[Question]) -> Iterator[tuple[Question, int]]:
    """Yield every question with the numbers of its orthants."""
    for question in questions:
        for number in range(2**question.rank if question.rank else 0):
            yield question, number

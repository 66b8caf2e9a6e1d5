"""Many numbers packed into bytes, and back: the sections of a claim file.

`docs/reference/claims.md` has the layout.  Sizes are checked before anything is made of them.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

import arrangements as ar
from convex_program.errors import ClaimError

_WIDEST = 64
"""Bytes of one integer numerator at most; longer numbers are written as quotients."""
_VARINT = 9
_RAW = -15
"""Window bits that stand for a raw deflate stream."""
_MOST_RATIO = 64
_FREE = 1 << 20
_PART = 1 << 20


def pack_floats(values: Sequence[float]) -> bytes:
    """Return numbers that are floats."""
    return b"d" + np.asarray(values, dtype="<f8").tobytes()


def pack_rationals(values: Sequence[Fraction]) -> bytes:
    """Return numbers in the shortest of the three ways."""
    found = []
    floats = _floats(values)
    if floats is not None:
        found.append(pack_floats(floats))
    common = math.lcm(*(value.denominator for value in values))
    if common.bit_length() <= 8 * _WIDEST:
        integers = [value.numerator * (common // value.denominator) for value in values]
        width = max((x.bit_length() // 8 + 1 for x in integers), default=1)
        if width <= _WIDEST:
            length = (common.bit_length() + 7) // 8
            head = b"i" + varint(width) + varint(length) + common.to_bytes(length, "little")
            body = b"".join(x.to_bytes(width, "little", signed=True) for x in integers)
            found.append(head + body)
    if not found:
        found.append(b"q" + "\n".join(map(ar.fraction_text, values)).encode("ascii"))
    return min(found, key=lambda packed: len(deflated(packed)))


def unpack_rationals(name: str, data: bytes, count: int) -> tuple[Fraction, ...]:
    """Undo `pack_rationals`.

    Raises
    ------
    ClaimError
        When the section is no such numbers.
    """
    kind, rest = data[:1], data[1:]
    if kind == b"d":
        return tuple(map(Fraction, unpack_floats(name, data, count)))
    if kind == b"i":
        width, place = read_varint(name, rest, 0)
        length, place = read_varint(name, rest, place)
        bottom = int.from_bytes(rest[place : place + length], "little")
        place += length
        if not 1 <= width <= _WIDEST or bottom == 0 or len(rest) != place + count * width:
            raise ClaimError(f"section {name!r} is not {count} integers over a denominator")
        return tuple(
            Fraction(int.from_bytes(rest[k : k + width], "little", signed=True), bottom)
            for k in range(place, len(rest), width)
        )
    if kind == b"q":
        texts = rest.decode("ascii", "replace").split("\n")
        if len(texts) != count:
            raise ClaimError(f"section {name!r} holds {len(texts)} numbers, not {count}")
        try:
            found = tuple(map(ar.fraction_value, texts))
            if list(map(ar.fraction_text, found)) != texts:
                raise ClaimError(f"section {name!r} holds a number not in lowest terms")
        except ValueError as error:
            raise ClaimError(f"section {name!r}: {error}") from None
        return found
    raise ClaimError(f"section {name!r} holds numbers of an unknown kind {kind!r}")


def unpack_floats(name: str, data: bytes, count: int) -> list[float]:
    """Return the floats of a section."""
    if data[:1] != b"d" or len(data) != 1 + 8 * count:
        raise ClaimError(f"section {name!r} is not {count} floats")
    values = np.frombuffer(data, dtype="<f8", offset=1)
    if not np.isfinite(values).all():
        raise ClaimError(f"section {name!r} holds a number that is not finite")
    found: list[float] = values.tolist()
    return found


def deflated(data: bytes) -> bytes:
    """Return a raw deflate stream, or the data where that is not shorter or too much shorter."""
    packer = zlib.compressobj(9, zlib.DEFLATED, _RAW)
    packed = b"".join(map(packer.compress, parts(data))) + packer.flush()
    if len(packed) >= len(data) or len(data) > most_unpacked(len(packed)):
        return data
    return packed


def inflated(name: str, data: bytes, size: int) -> bytes:
    """Undo `deflated`; never makes more than `size` bytes."""
    if size > most_unpacked(len(data)):
        raise ClaimError(f"section {name!r} says it unpacks to {size:,} bytes, which is too many")
    unpacker = zlib.decompressobj(_RAW)
    try:
        found = unpacker.decompress(data, size + 1)
    except zlib.error as error:
        raise ClaimError(f"section {name!r} does not unpack ({error})") from None
    if len(found) != size or not unpacker.eof or unpacker.unused_data:
        raise ClaimError(f"section {name!r} does not unpack to {size:,} bytes")
    return found


def most_unpacked(stored: int) -> int:
    """Return how many bytes so many may unpack to."""
    return _MOST_RATIO * stored + _FREE


def varint(value: int) -> bytes:
    """Return an unsigned varint."""
    found = bytearray()
    while value >= 128:  # noqa: PLR2004 - the top bit
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)


def read_varint(name: str, data: bytes, place: int) -> tuple[int, int]:
    """Return an unsigned varint and the place after it."""
    value = 0
    for t in range(_VARINT):
        if place >= len(data):
            break
        byte = data[place]
        place += 1
        value |= (byte & 127) << 7 * t
        if byte < 128:  # noqa: PLR2004 - the top bit
            return value, place
    raise ClaimError(f"section {name!r} holds a number without end")


def parts(data: bytes) -> Iterator[bytes]:
    """Yield data in pieces: a long write can be interrupted."""
    for start in range(0, len(data), _PART):
        yield data[start : start + _PART]


def _floats(values: Sequence[Fraction]) -> list[float] | None:
    """Return the values as floats if they are."""
    try:
        floats = [float(value) for value in values]
    except OverflowError:
        return None
    return floats if all(Fraction(x) == y for x, y in zip(floats, values, strict=True)) else None

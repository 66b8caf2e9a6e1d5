"""Changes of claim files: of the head, of sections, of tree bytes, of the bytes as they stand."""

from __future__ import annotations

import copy
import hashlib
import json

from oracles import claim_writer
from oracles import cone_claims as page

VALUES = (
    None,
    True,
    False,
    0,
    1,
    -1,
    3,
    2**70,
    0.5,
    1e308,
    "",
    "0",
    "1",
    "-1",
    "1/2",
    "2/4",
    "1/0",
    [],
    {},
    [[]],
    ["1"],
    "x",
)


def mutated(rng, data):
    """Return a changed file and a word for what was changed."""
    kind = rng.choice(["tree", "tree", "tree", "head", "head", "section", "raw", "data"])
    if kind == "raw":
        return raw(rng, data), kind
    head, parts, packing = taken(data)
    if kind == "head":
        head = copy.deepcopy(head)
        del head["body"]
        where, key = rng.choice(list(places(head)))
        where[key] = changed(rng, where[key])
        if rng.random() < 0.1 and isinstance(where, dict):
            del where[key]
        if rng.random() < 0.05 and isinstance(where, dict):
            where["more"] = 1
    else:
        name = "tree" if kind == "tree" else rng.choice([n for n in parts if n != "tree"])
        parts[name] = raw(rng, parts[name])
        if kind == "data":  # hashes made again
            head = {
                **head,
                "problem": {**head["problem"], "sha256": digest(head["problem"], parts)},
            }
    return claim_writer.assemble(
        {k: v for k, v in head.items() if k != "body"}, parts, packing
    ), kind


def taken(data):
    """Return head, contents of sections and packing of a whole file."""
    line, _, body = data.partition(b"\n")
    head, parts, at = json.loads(line), {}, 0
    for section in head["body"]:
        piece = body[at : at + section["bytes"]]
        at += section["bytes"]
        parts[section["name"]] = (
            page.zlib.decompress(piece, -15) if section["packing"] == "deflate" else piece
        )
    return head, parts, head["body"][0]["packing"]


def raw(rng, data):
    """Change bytes."""
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        if not data:
            return b"\0"
        i, j = sorted((rng.randrange(len(data)), rng.randrange(len(data))))
        what = rng.randrange(8)
        if what == 0:
            data[i] ^= 1 << rng.randrange(8)
        elif what == 1:
            data[i] = rng.randrange(256)
        elif what == 2:
            del data[i]
        elif what == 3:
            data.insert(i, rng.choice([0, 1, 2, 127, 128, 255, rng.randrange(256)]))
        elif what == 4:
            del data[i : i + rng.randrange(1, 20)]
        elif what == 5:
            data[j:j] = data[i : i + rng.randrange(1, 20)]
        elif what == 6:
            data[i] = data[i] + rng.choice([1, 255]) & 255
        else:
            data[i], data[j] = data[j], data[i]
    return bytes(data)


def places(value):
    """Yield every place of a JSON value as a container and a key."""
    for key, inside in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(inside, dict | list):
            yield from places(inside)


def changed(rng, value):
    """Return another JSON value, often a near one."""
    if rng.random() < 0.3:
        return rng.choice(VALUES)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return rng.choice([value + 1, value - 1, -value, 2 * value, value * (1 - 1e-9), value / 2])
    if isinstance(value, str):
        try:
            number = page.Fraction(value)
        except ValueError:
            words = (
                "free",
                "decayed",
                "none",
                "huber",
                "squared",
                "absolute",
                "deflate",
                "cells",
                "features",
            )
            return rng.choice([*words, value + "x", value.upper()])
        near = number * (1 + page.Fraction(rng.choice([-1, 1]), 10 ** rng.randrange(1, 30)))
        return str(rng.choice([near, -number, number + 1, 2 * number, page.Fraction(0)]))
    if isinstance(value, list):
        return rng.choice([value[:-1], value + value[:1], value[::-1], []])
    return rng.choice([{}, [], None])


def digest(problem, parts):
    """Return the hash of the data as they are now, or a wrong one."""
    try:
        n, d = problem["rows"], problem["columns"]
        counts = {"features": n * d, "targets": n, "weights": n}
        found = [page.numbers(parts[k], counts[k]) for k in counts if k in parts]
    except Exception:  # noqa: BLE001 - whatever is not data has no hash
        return "0" * 64
    rows = [found[0][i * d : i * d + d] + [column[i] for column in found[1:]] for i in range(n)]
    return hashlib.sha256(
        "".join(",".join(map(str, row)) + "\n" for row in rows).encode()
    ).hexdigest()

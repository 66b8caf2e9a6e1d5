"""Schemas 1 to 3: a line of JSON and packed sections, as `docs/reference/claims.md` has it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import IO, Any, TypeAlias

import arrangements as ar
from arrangements.io.files import MOST_BYTES
from arrangements.io.strict_json import parse_json
from convex_program.claim import (
    CellClaim,
    Claim,
    ConeClaim,
    DualClaim,
    NetworkClaim,
    PairClaim,
    PatternClaim,
)
from convex_program.errors import ClaimError
from convex_program.io.claims.numbers import (
    deflated,
    inflated,
    pack_floats,
    pack_rationals,
    parts,
    unpack_floats,
    unpack_rationals,
)

SCHEMA = 1
SEVERAL = 2
"""The schema of claims with several outputs: one output is written as it always was."""
PAIRED = 3
"""The schema of claims with multipliers of pairs."""
KIND = "relu-arrangements claim"
MOST_HEAD = 1 << 24
"""Bytes of the first line at most."""
_DEEPEST = 16
_DATA = ("features", "targets", "weights")
_KINDS = {SCHEMA: ("cones", "cells"), SEVERAL: ("cones",), PAIRED: ("pairs",)}
"""Evidence that each schema knows."""
SCHEMAS = tuple(_KINDS)
_BODIES = {
    "cones": ["tree"],
    "cells": ["patterns", "witnesses", "completion", "multipliers"],
    "pairs": ["pairs", "singles"],
}
_KEYS = {
    "": "kind schema upper lower problem network dual evidence body",
    "problem": "rows columns loss loss_parameters activation hidden_bias output_bias beta weighted "
    "sha256 where",
    "problem of several outputs": "rows columns outputs loss loss_parameters activation hidden_bias "
    "output_bias beta weighted sha256 where",
    "network": "width output_bias",
    "dual": "scale",
    "cones": "kind grid basis merged",
    "cones with lengths": "kind grid basis merged lengths",
    "cones of several outputs": "kind grid level basis merged",
    "cones of several outputs with lengths": "kind grid level basis merged lengths",
    "cells": "kind cells",
    "pairs": "kind grid lines",
    "section": "name bytes unpacked packing",
}


@dataclass(frozen=True)
class ClaimedData:
    """What a claim is about: rows, targets and weights, as its loss takes them.

    Parameters
    ----------
    features : n rows of d rationals
    targets : n c rationals, row by row
    weights : n rationals, or None
    outputs : int
        c.
    """

    features: tuple[tuple[Fraction, ...], ...]
    targets: tuple[Fraction, ...]
    weights: tuple[Fraction, ...] | None
    outputs: int = 1

    @property
    def sha256(self) -> str:
        """The hash of the canonical text."""
        digest = hashlib.sha256()
        weights, c = self.weights or (None,) * len(self.features), self.outputs
        targets = [self.targets[i : i + c] for i in range(0, len(self.targets), c)]
        for row, target, weight in zip(self.features, targets, weights, strict=True):
            numbers = [*row, *target] if weight is None else [*row, *target, weight]
            digest.update((",".join(map(ar.fraction_text, numbers)) + "\n").encode("ascii"))
        return digest.hexdigest()


Reader: TypeAlias = Callable[[str], ClaimedData]


def write_packed(claim: Claim, stream: IO[bytes], where: str | None) -> None:
    """Write a claim, section by section."""
    data = ClaimedData(claim.features, claim.targets, claim.weights, claim.outputs)
    several = claim.outputs > 1
    sections: list[tuple[str, bytes]] = []
    if where is None:
        sections += [
            ("features", pack_rationals([x for row in claim.features for x in row])),
            ("targets", pack_rationals(claim.targets)),
        ]
        if claim.weights is not None:
            sections.append(("weights", pack_rationals(claim.weights)))
    network = claim.network
    sections += [
        ("hidden", pack_floats([w for row in network.hidden for w in row])),
        ("output", pack_floats(network.output)),
        ("vector", pack_floats(claim.dual.vector)),
    ]
    evidence: dict[str, Any]
    if claim.cones is not None:
        evidence = _cone_record(claim.cones)
        sections.append(("tree", claim.cones.tree))
    elif claim.patterns is not None:
        evidence = {"kind": "cells", "cells": len(claim.patterns.packed)}
        sections += _cell_sections(claim.patterns, claim.dual.cells)
    elif claim.pairs is not None:
        evidence = {"kind": "pairs", "grid": claim.pairs.grid, "lines": claim.pairs.lines}
        sections += [
            ("pairs", pack_floats(claim.pairs.pairs)),
            ("singles", pack_floats(claim.pairs.singles)),
        ]
    else:
        raise ClaimError("the claim holds no evidence: there is nothing to write")
    stored = [(name, body, deflated(body)) for name, body in sections]
    head = {
        "kind": KIND,
        "schema": SEVERAL if several else SCHEMA if claim.pairs is None else PAIRED,
        "upper": ar.fraction_text(claim.upper),
        "lower": ar.fraction_text(claim.lower),
        "problem": {
            "rows": len(claim.features),
            "columns": len(claim.features[0]),
            **({"outputs": claim.outputs} if several else {}),
            "loss": claim.loss,
            "loss_parameters": {
                name: ar.fraction_text(value) for name, value in claim.loss_parameters.items()
            },
            "activation": [ar.fraction_text(value) for value in claim.activation],
            "hidden_bias": claim.hidden_bias,
            "output_bias": claim.output_bias,
            "beta": ar.fraction_text(claim.beta),
            "weighted": claim.weights is not None,
            "sha256": data.sha256,
            "where": where,
        },
        "network": {"width": len(network.hidden), "output_bias": network.output_bias},
        "dual": {"scale": claim.dual.scale},
        "evidence": evidence,
        "body": [
            {
                "name": name,
                "bytes": len(packed),
                "unpacked": len(body),
                "packing": "none" if packed is body else "deflate",
            }
            for name, body, packed in stored
        ],
    }
    stream.write(json.dumps(head, allow_nan=False).encode("ascii") + b"\n")
    for _, _, packed in stored:
        for part in parts(packed):
            stream.write(part)


def read_packed(head: bytes, stream: IO[bytes], given: Reader | None) -> Claim:
    """Read a claim whose first line was read already.

    Parameters
    ----------
    head : bytes
    stream : binary stream
        Behind the first line.
    given : function of the name of a loss, optional
        Returns the reader's own data; they take the place of what the file holds.

    Raises
    ------
    ClaimError, ValueError, KeyError, TypeError
        When it is not a whole claim.
    """
    record = parse_json(head)
    _shallow(record)
    _keys(record, "")
    problem, network, dual = record["problem"], record["network"], record["dual"]
    several = record["schema"] == SEVERAL
    _keys(problem, "problem of several outputs" if several else "problem")
    _keys(network, "network")
    _keys(dual, "dual")
    evidence = record["evidence"]
    kind = evidence.get("kind") if isinstance(evidence, dict) else None
    if kind not in _KINDS[record["schema"]]:
        raise ClaimError(f"the evidence is of an unknown kind {kind!r}")
    _keys(
        evidence,
        f"{kind}{' of several outputs' * several}{' with lengths' * ('lengths' in evidence)}",
    )
    n, d, width = (_count(problem["rows"]), _count(problem["columns"]), _count(network["width"]))
    c = _count(problem["outputs"]) if several else 1
    if n < 1 or d < 1 or c < 1 + several:
        raise ClaimError("the claim is about no data, or of a schema for another number of outputs")
    weighted, where = problem["weighted"], problem["where"]
    if not isinstance(weighted, bool) or not (where is None or isinstance(where, str)):
        raise ClaimError("the claim does not say what data it is about")
    names = ["hidden", "output", "vector", *_BODIES[kind]]
    if where is None:
        names = [*(name for name in _DATA if weighted or name != "weights"), *names]
    body = _sections(record["body"], names, stream)
    held = None
    if where is None:
        entries = unpack_rationals("features", body["features"], n * d)
        held = ClaimedData(
            tuple(entries[i * d : (i + 1) * d] for i in range(n)),
            unpack_rationals("targets", body["targets"], n * c),
            unpack_rationals("weights", body["weights"], n) if weighted else None,
            c,
        )
    data = None if given is None else given(_text(problem["loss"]))
    chosen = _chosen(held, data, problem, where)
    hidden = unpack_floats("hidden", body["hidden"], width * d)
    cones, patterns, pairs = None, None, None
    cells: tuple[CellClaim, ...] = ()
    if kind == "cones":
        cones = _read_cones(evidence, body["tree"])
    elif kind == "pairs":
        pairs = _read_pairs(evidence, body)
    else:
        patterns, cells = _read_cells(_count(evidence["cells"]), n, body)
    return Claim(
        features=chosen.features,
        targets=chosen.targets,
        weights=chosen.weights,
        beta=rational(problem["beta"]),
        loss=_text(problem["loss"]),
        loss_parameters={
            name: rational(value) for name, value in dict(problem["loss_parameters"]).items()
        },
        activation=_two(problem["activation"]),
        hidden_bias=_text(problem["hidden_bias"]),
        output_bias=_text(problem["output_bias"]),
        network=NetworkClaim(
            tuple(tuple(hidden[k * d : (k + 1) * d]) for k in range(width)),
            tuple(unpack_floats("output", body["output"], width * c)),
            _constants(network["output_bias"], c) if several else number(network["output_bias"]),
        ),
        patterns=patterns,
        dual=DualClaim(
            tuple(unpack_floats("vector", body["vector"], n * c)), number(dual["scale"]), cells
        ),
        upper=rational(record["upper"]),
        lower=rational(record["lower"]),
        cones=cones,
        outputs=c,
        pairs=pairs,
    )


def _chosen(
    held: ClaimedData | None, given: ClaimedData | None, problem: dict[str, Any], where: Any
) -> ClaimedData:
    """Return the data that count, after comparing them with what the file says of them."""
    if held is None and given is None:
        raise ClaimError(
            f"the file leaves its data out (they are said to be in {where!r}); give them"
        )
    if given is not None and held is not None and given != held:
        raise ClaimError("the claim is about other data than those given")
    chosen = held if given is None else given
    assert chosen is not None  # noqa: S101 - one of them is there
    n, d, c = problem["rows"], problem["columns"], problem.get("outputs", 1)
    if (len(chosen.features), len(chosen.targets), chosen.outputs) != (n, n * c, c) or any(
        len(row) != d for row in chosen.features
    ):
        raise ClaimError(
            f"the claim is about {n} rows of {d} columns{f' and {c} outputs' * (c > 1)}, the data given are not"
        )
    if (chosen.weights is not None) != problem["weighted"]:
        raise ClaimError("the claim and the data do not agree whether there are sample weights")
    if chosen.sha256 != problem["sha256"]:
        raise ClaimError("the data do not have the hash that the claim states")
    return chosen


def _sections(listed: Any, names: list[str], stream: IO[bytes]) -> dict[str, bytes]:
    """Return the sections by name; memory is taken for what the file holds, not what it says."""
    if not isinstance(listed, list):
        raise ClaimError("the claim lists no sections")
    for item in listed:
        _keys(item, "section")
    if [item["name"] for item in listed] != names:
        raise ClaimError(f"the sections of the claim are not {', '.join(names)}")
    if sum(_count(item["bytes"]) for item in listed) > MOST_BYTES:
        raise ClaimError(f"the claim says it is larger than {MOST_BYTES:,} bytes")
    found = {}
    for item in listed:
        name, stored, size = item["name"], item["bytes"], _count(item["unpacked"])
        data = stream.read(stored)
        if len(data) != stored:
            raise ClaimError(f"the file ends within section {name!r}")
        if item["packing"] == "deflate":
            data = inflated(name, data, size)
        elif item["packing"] != "none" or size != stored:
            raise ClaimError(f"section {name!r} is packed in an unknown way")
        found[name] = data
    if stream.read(1):
        raise ClaimError("the file goes on after its last section")
    return found


# -- evidence ---------------------------------------------------------------------------------


def _cone_record(cones: ConeClaim) -> dict[str, Any]:
    record: dict[str, Any] = {
        "kind": "cones",
        "grid": cones.grid,
        "basis": None
        if cones.basis is None
        else [[ar.integer_text(x) for x in row] for row in cones.basis],
        "merged": [[j, i, ar.fraction_text(ratio)] for j, i, ratio in cones.merged],
    }
    if cones.level is not None:
        record["level"] = ar.fraction_text(cones.level)
    if cones.lengths is not None:
        record["lengths"] = list(cones.lengths)
    return record


def _read_cones(record: dict[str, Any], tree: bytes) -> ConeClaim:
    grid, basis = record["grid"], record["basis"]
    if isinstance(grid, bool) or not isinstance(grid, int):
        raise TypeError(f"the grid {grid!r} is not an integer")
    return ConeClaim(
        grid,
        None
        if basis is None
        else tuple(tuple(ar.integer_value(_text(x)) for x in row) for row in _list(basis)),
        tuple((_count(j), _count(i), rational(ratio)) for j, i, ratio in _list(record["merged"])),
        tree,
        tuple(map(_count, _list(record["lengths"]))) if "lengths" in record else None,
        rational(record["level"]) if "level" in record else None,
    )


def _read_pairs(record: dict[str, Any], body: dict[str, bytes]) -> PairClaim:
    """Return multipliers of pairs; how many there have to be is for whoever knows the lines."""
    pairs, singles = (
        tuple(unpack_floats(name, body[name], (len(body[name]) - 1) // 8))
        for name in _BODIES["pairs"]
    )
    return PairClaim(integer(record["grid"]), _count(record["lines"]), pairs, singles)


def _cell_sections(patterns: PatternClaim, cells: Sequence[CellClaim]) -> list[tuple[str, bytes]]:
    witnesses = [[ar.integer_text(entry) for entry in w] for w in patterns.witnesses]
    completion = patterns.completion
    if completion["prefix"]:
        # One unit, the whole space: the number of regions proves it as well as its parts do.
        count = completion["count"]
        completion = {
            "count": count,
            "within": [],
            "prefix": 0,
            "units": [[]],
            "proofs": [{"kind": "count", "count": count}],
        }
    multipliers = [[item.cell, item.sign, item.rows, item.values] for item in cells]
    return [
        ("patterns", b"".join(patterns.packed)),
        ("witnesses", _json(witnesses)),
        ("completion", _json(completion)),
        ("multipliers", _json(multipliers)),
    ]


def _read_cells(
    count: int, rows: int, body: dict[str, bytes]
) -> tuple[PatternClaim, tuple[CellClaim, ...]]:
    size = (rows + 7) // 8
    packed = body["patterns"]
    if len(packed) != count * size:
        raise ClaimError(f"section 'patterns' does not hold {count:,} patterns")
    witnesses = _list(parse_json(body["witnesses"]))
    completion = parse_json(body["completion"])
    _shallow(completion)
    if not isinstance(completion, dict):
        raise ClaimError("the completion is none")
    listed = PatternClaim(
        tuple(packed[k * size : (k + 1) * size] for k in range(count)),
        tuple(tuple(ar.integer_value(_text(x)) for x in _list(w)) for w in witnesses),
        completion,
    )
    return listed, tuple(cell(item) for item in _list(parse_json(body["multipliers"])))


# -- values -----------------------------------------------------------------------------------


def cell(item: Any) -> CellClaim:
    """Return the multipliers of one cell."""
    index, sign, rows, values = _list(item)
    return CellClaim(
        integer(index), integer(sign), tuple(map(integer, rows)), tuple(map(number, values))
    )


def rational(value: Any) -> Fraction:
    """Return the rational number that a text spells."""
    # Fraction itself reads "1e999999999" too, and would not come back from it.
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a quotient written as text")
    found = ar.fraction_value(value)
    if ar.fraction_text(found) != value:
        raise ValueError(f"{value[:40]!r} is not in lowest terms")
    return found


def number(value: Any) -> float:
    """Return a finite float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is not finite")
    return float(value)


def integer(value: Any) -> int:
    """Return an integer."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is not an integer")
    return value


def _count(value: Any) -> int:
    if integer(value) < 0:
        raise ValueError(f"{value} is negative")
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{str(value)[:40]!r} is not a list")
    return value


def _constants(value: Any, count: int) -> tuple[float, ...]:
    found = tuple(map(number, _list(value)))
    if len(found) != count:
        raise ClaimError(f"the network has {len(found)} output biases, not {count}")
    return found


def _two(value: Any) -> tuple[Fraction, Fraction]:
    on, off = _list(value)
    return rational(on), rational(off)


def _keys(record: Any, name: str) -> None:
    if not isinstance(record, dict) or set(record) != set(_KEYS[name].split()):
        raise ClaimError(f"{name or 'the claim'} does not have the keys {_KEYS[name]}")


def _shallow(record: Any) -> None:
    """Refuse what is nested more deeply than any claim."""
    level = [record]
    for _ in range(_DEEPEST):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
    if level:
        raise ClaimError(f"the claim is nested more than {_DEEPEST} levels deep")


def _json(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False).encode("ascii")

"""What is no argument is refused by name, in the package's own words, before any work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import arrangements as ar

X = [[1, 0], [0, 1], [1, 1]]
PATTERNS = ar.enumerate_patterns(X)
wrong: Any = "x"

REFUSED: list[tuple[str, Callable[[], object]]] = [
    ("domain", lambda: ar.Arrangement(X, domain=wrong)),
    ("offsets", lambda: ar.Arrangement.affine(X, wrong)),
    ("max_regions", lambda: ar.stream_patterns(X, max_regions=wrong)),
    ("limit", lambda: ar.circuits(X, limit=wrong)),
    ("limit", lambda: ar.flats(X, limit=wrong)),
    ("limit", lambda: ar.nbc_sets(X, limit=wrong)),
    ("limit", lambda: ar.freeness(X, limit=wrong)),
    ("rows", lambda: ar.localization(X, 5)),  # type: ignore[arg-type]
    ("count", lambda: ar.nearest_regions(X, [1, 2], count=wrong)),
    ("executor", lambda: ar.enumerate_patterns(X, executor=4)),  # type: ignore[arg-type]
    ("progress", lambda: ar.enumerate_patterns(X, progress=wrong)),
    ("seed", lambda: ar.sample_patterns(X, 5, seed=wrong)),
    ("seed", lambda: ar.sample_gaussian_measure(ar.region(X, [1, 1, 1]), 9, seed=-1)),
    ("seed", lambda: ar.Sweep(seed=1.5)),  # type: ignore[arg-type]
    ("patterns", lambda: ar.boundedness(wrong)),
    ("patterns", lambda: ar.distance_enumerator(wrong)),
    ("patterns", lambda: ar.varchenko_matrix(wrong)),
    ("patterns", lambda: ar.poset_of_regions(wrong)),
    ("weights", lambda: ar.varchenko_matrix(PATTERNS, 5)),  # type: ignore[arg-type]
    ("effort", lambda: ar.find_symmetries(X, effort=wrong)),
    ("cut", lambda: ar.count_by_symmetry(X, cut=5)),  # type: ignore[arg-type]
    ("cut", lambda: ar.count_by_symmetry(X, cut=wrong)),
    ("symmetries", lambda: ar.count_by_symmetry(X, symmetries=wrong)),
    ("folder", lambda: ar.store_patterns(X, 5)),  # type: ignore[arg-type]
    ("folder", lambda: ar.open_patterns(None)),  # type: ignore[arg-type]
    ("normals", lambda: ar.Cone(5)),  # type: ignore[arg-type]
]


def test_limits_are_numbers_of_any_kind() -> None:
    stream = ar.stream_patterns(X, max_regions=np.int64(4), max_seconds=np.float32(60))  # type: ignore[arg-type]
    assert sum(len(batch.packed) for batch in stream) == 4
    for part in (2.5, 4.0, True, -1):
        with pytest.raises(ar.ArgumentError, match="max_regions"):
            ar.stream_patterns(X, max_regions=part)  # type: ignore[arg-type]
    with pytest.raises(ar.ArgumentError, match="max_seconds"):
        ar.stream_patterns(X, max_seconds=True)


@pytest.mark.parametrize(("name", "call"), REFUSED)
def test_what_is_no_argument_is_refused_by_name(name: str, call: Callable[[], object]) -> None:
    with pytest.raises(ar.ArrangementsError, match=name):
        call()

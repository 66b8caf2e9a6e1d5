"""What each public function costs, in steps and in bytes, at three sizes: writes JSON.

Run with ``NUMBA_DISABLE_JIT=1``: kernels are then Python, and every line of theirs that is
executed counts as a step, as does every line above them.  Steps are the same on every machine.
What numpy does to an array is one step, whatever its size; the bytes held at once show that.
"""

from __future__ import annotations

import json
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

import arrangements as ar

Call = Callable[[], object]
Make = Callable[[int, int], Call]
FOLDER = Path(tempfile.mkdtemp(prefix="growth-"))


def rows(n: int, r: int) -> Any:
    return np.random.default_rng(n + 100 * r).normal(size=(n, r))


def whole(n: int, r: int) -> list[list[int]]:
    """Integers in general position: their determinants stay below a machine word."""
    return np.random.default_rng(n + 100 * r).integers(-50, 50, size=(n, r)).tolist()


def arrangement(n: int, r: int) -> ar.Arrangement:
    return ar.Arrangement(whole(n, r))


def affine(n: int, r: int) -> ar.Arrangement:
    return ar.Arrangement.affine([row[:-1] for row in whole(n, r)], [1] * n)


def patterns(n: int, r: int) -> ar.CompletePatterns:
    return ar.enumerate_patterns(whole(n, r))


def weight(r: int, seed: int = 0) -> list[float]:
    return np.random.default_rng(seed).normal(size=r).tolist()


def place(n: int, r: int, suffix: str = "") -> Path:
    return FOLDER / f"{n}-{r}{suffix}"


def stored(n: int, r: int) -> ar.PatternStore:
    folder = place(n, r, "-store")
    if folder.exists():
        return ar.open_patterns(folder)
    return ar.store_patterns(whole(n, r), folder).store


def saved(n: int, r: int) -> Path:
    path = place(n, r, ".npz")
    ar.save_patterns(patterns(n, r), path)
    return path


def written(n: int, r: int) -> Path:
    path = place(n, r, ".csv")
    path.write_text("\n".join(",".join(map(str, row)) for row in whole(n, r)))
    return path


def studied(n: int, r: int) -> Path:
    path = place(n, r, ".jsonl")
    path.unlink(missing_ok=True)
    ar.study_rank(whole(n, r), roundings=[ar.NoRounding()], max_rank=r, journal=path)
    return path


def prepared(prepare: Callable[[int, int], Any], use: Callable[[Any], object]) -> Make:
    """Count what `use` does, and not what it takes to get there."""

    def make(n: int, r: int) -> Call:
        ready = prepare(n, r)
        return lambda: use(ready)

    return make


def with_patterns(use: Callable[[ar.CompletePatterns], object]) -> Make:
    return prepared(patterns, use)


def with_data(use: Callable[[ar.Arrangement], object]) -> Make:
    def make(n: int, r: int) -> Call:
        data = whole(n, r)
        return lambda: use(ar.Arrangement(data))

    return make


def rebuilt(n: int, r: int) -> Call:
    found = patterns(n, r)
    record = ar.completion_record(found.completion)
    data = found.arrangement.data
    packed = [bytes(row) for row in found.packed]
    witnesses = [found.witness(index) for index in range(len(found))]
    return lambda: ar.rebuild_patterns(data, record, packed, witnesses)


def equations(n: int, r: int) -> Call:
    square = whole(n, r)[:r]
    return lambda: ar.rational_solution(square, [1] * r)


SMALL, PLANE, LARGE, DEEP = (8, 3), (40, 2), (60, 3), (7, 3)

TABLE: dict[str, tuple[Make, tuple[int, int]]] = {
    "adjacent_regions": (with_patterns(ar.adjacent_regions), SMALL),
    "as_arrangement": (lambda n, r: lambda: ar.as_arrangement(whole(n, r)).rank, LARGE),
    "as_data_matrix": (lambda n, r: lambda: ar.as_data_matrix(rows(n, r)), LARGE),
    "betti_numbers": (with_data(ar.betti_numbers), (12, 3)),
    "boundary_patterns": (with_data(ar.boundary_patterns), DEEP),
    "boundedness": (
        prepared(lambda n, r: ar.enumerate_patterns(affine(n, r)), ar.boundedness),
        DEEP,
    ),
    "characteristic_polynomial": (with_data(ar.characteristic_polynomial), (12, 3)),
    "check_completion": (
        with_patterns(
            lambda p: ar.check_completion(p.arrangement, p.packed, p.witnesses, p.completion)
        ),
        SMALL,
    ),
    "chirotope": (with_data(lambda a: ar.chirotope(a).signs), SMALL),
    "circuits": (with_data(ar.circuits), SMALL),
    "cocircuits": (with_data(ar.cocircuits), SMALL),
    "completion_record": (
        with_patterns(lambda p: ar.completion_record(p.completion)),
        SMALL,
    ),
    "cone": (lambda n, r: lambda: ar.cone(affine(n, r)), LARGE),
    "count_bounded_regions": (lambda n, r: lambda: ar.count_bounded_regions(affine(n, r)), (12, 3)),
    "count_by_symmetry": (with_data(ar.count_by_symmetry), DEEP),
    "count_regions": (with_data(ar.count_regions), (12, 3)),
    "count_relatively_bounded_regions": (
        lambda n, r: lambda: ar.count_relatively_bounded_regions(affine(n, r)),
        (12, 3),
    ),
    "cover_number": (with_data(ar.cover_number), LARGE),
    "decimal_value": (lambda n, _r: lambda: ar.decimal_value("7" * n), LARGE),
    "decone": (with_data(lambda a: ar.decone(a, 0)), LARGE),
    "deletion": (with_data(lambda a: ar.deletion(a, 0)), LARGE),
    "distance_enumerator": (with_patterns(ar.distance_enumerator), SMALL),
    "enumerate_algebraic": (
        lambda n, r: lambda: ar.enumerate_algebraic(ar.AlgebraicArrangement(whole(n, r))),
        SMALL,
    ),
    "enumerate_patterns": (
        with_data(lambda a: ar.enumerate_patterns(a, method=ar.Sweep())),
        (12, 3),
    ),
    "essentialization": (with_data(ar.essentialization), LARGE),
    "exact_value": (lambda n, _r: lambda: ar.exact_value(3**n), LARGE),
    "f_vector": (with_data(ar.f_vector), DEEP),
    "faces": (with_data(ar.faces), (5, 3)),
    "find_coincidences": (with_data(ar.find_coincidences), (20, 3)),
    "find_symmetries": (with_data(ar.find_symmetries), SMALL),
    "flats": (with_data(ar.flats), DEEP),
    "fraction_text": (lambda n, _r: lambda: ar.fraction_text(ar.exact_value(3**n)), LARGE),
    "fraction_value": (lambda n, _r: lambda: ar.fraction_value("7" * n + "/3"), LARGE),
    "freeness": (with_data(ar.freeness), DEEP),
    "gaussian_measure": (
        lambda n, _r: lambda: ar.gaussian_measure(ar.region_of_weight(whole(n, 3), weight(3))),
        LARGE,
    ),
    "independent_columns": (lambda n, r: lambda: ar.independent_columns(whole(n, r)), LARGE),
    "integer_text": (lambda n, _r: lambda: ar.integer_text(3**n), LARGE),
    "integer_value": (lambda n, _r: lambda: ar.integer_value("7" * n), LARGE),
    "intersection_lattice": (
        with_data(lambda a: ar.intersection_lattice(ar.flats(a))),
        DEEP,
    ),
    "is_general_position": (with_data(ar.is_general_position), (20, 3)),
    "is_shattered": (
        lambda n, r: lambda: ar.is_shattered(whole(n, r), range(min(n, r))),
        (20, 3),
    ),
    "is_simplicial": (with_data(ar.is_simplicial), (12, 3)),
    "largest_shattered_set": (with_data(ar.largest_shattered_set), (20, 3)),
    "load_patterns": (prepared(saved, ar.load_patterns), SMALL),
    "load_store": (prepared(stored, ar.load_store), (16, 3)),
    "load_study": (prepared(studied, ar.load_study), SMALL),
    "localization": (with_data(lambda a: ar.localization(a, [0])), LARGE),
    "modular_chain": (with_data(ar.modular_chain), DEEP),
    "nbc_sets": (with_data(ar.nbc_sets), DEEP),
    "near_degeneracy": (lambda n, r: lambda: ar.near_degeneracy(rows(n, r)), (30, 3)),
    "nearest_of_rank": (lambda n, r: lambda: ar.nearest_of_rank(rows(n, r), r - 1), (40, 3)),
    "nearest_regions": (
        lambda n, r: lambda: ar.nearest_regions(whole(n, r), weight(r), count=2),
        SMALL,
    ),
    "null_space": (
        lambda n, r: lambda: ar.null_space([row[:-1] + row[:1] for row in whole(n, r)], r),
        LARGE,
    ),
    "open_patterns": (
        prepared(stored, lambda store: ar.open_patterns(store.folder)),
        SMALL,
    ),
    "pack": (lambda n, r: lambda: ar.pack(np.ones((n, r), np.bool_)), LARGE),
    "parse_polymake": (
        prepared(lambda n, r: ar.polymake_text(whole(n, r)), ar.parse_polymake),
        LARGE,
    ),
    "parse_sage": (
        prepared(lambda n, r: ar.sage_text(whole(n, r)), ar.parse_sage),
        LARGE,
    ),
    "path_between": (
        lambda n, r: lambda: ar.path_between(whole(n, r), weight(r), weight(r, 1)),
        LARGE,
    ),
    "plan_units": (with_data(lambda a: ar.plan_units(a, prefix=3)), (20, 3)),
    "poincare_polynomial": (with_data(ar.poincare_polynomial), (12, 3)),
    "polymake_text": (with_data(ar.polymake_text), LARGE),
    "poset_of_regions": (with_patterns(ar.poset_of_regions), SMALL),
    "preview_cost": (with_data(ar.preview_cost), LARGE),
    "product": (
        lambda n, r: lambda: ar.product(whole(n, r), whole(n, r)).rank,
        (30, 2),
    ),
    "rational_solution": (equations, LARGE),
    "read_table": (prepared(written, ar.read_table), LARGE),
    "realize_labelling": (
        lambda n, r: lambda: ar.realize_labelling(whole(n, r), [row[0] > 0 for row in whole(n, r)]),
        (20, 3),
    ),
    "rebuild_patterns": (rebuilt, SMALL),
    "region": (
        with_patterns(lambda p: ar.region(p.arrangement, p[0]).walls),
        SMALL,
    ),
    "region_bound": (lambda n, r: lambda: ar.region_bound(n, r), LARGE),
    "region_graph": (with_patterns(ar.region_graph), SMALL),
    "region_of_weight": (
        lambda n, r: lambda: ar.region_of_weight(whole(n, r), weight(r)).walls,
        SMALL,
    ),
    "restriction": (with_data(lambda a: ar.restriction(a, 0)), LARGE),
    "sage_text": (with_data(ar.sage_text), LARGE),
    "sample_gaussian_measure": (
        lambda n, r: (
            lambda: ar.sample_gaussian_measure(
                ar.region_of_weight(whole(n, r), weight(r)), 1000, seed=0
            )
        ),
        (20, 3),
    ),
    "sample_patterns": (lambda n, r: lambda: ar.sample_patterns(whole(n, r), 50, seed=0), LARGE),
    "save_patterns": (
        with_patterns(lambda p: ar.save_patterns(p, FOLDER / "written.npz")),
        SMALL,
    ),
    "save_region_graph": (
        with_patterns(lambda p: ar.save_region_graph(p, FOLDER / "graph.csv")),
        SMALL,
    ),
    "store_patterns": (
        lambda n, r: (
            lambda: ar.store_patterns(
                whole(n, r), tempfile.mkdtemp(dir=FOLDER) + "/s", method=ar.Sweep()
            )
        ),
        SMALL,
    ),
    "stream_patterns": (
        with_data(lambda a: list(ar.stream_patterns(a, method=ar.DoubleDescription()))),
        (12, 3),
    ),
    "study_rank": (
        lambda n, r: (
            lambda: ar.study_rank(
                whole(n, r), roundings=[ar.NoRounding()], reductions=[ar.LeadingColumns()]
            )
        ),
        (12, 3),
    ),
    "table_of_frame": (
        lambda n, r: lambda: ar.table_of_frame(__import__("pandas").DataFrame(rows(n, r))),
        LARGE,
    ),
    "unpack": (lambda n, r: lambda: ar.unpack(np.zeros((n, r), np.uint8), 8 * r), LARGE),
    "varchenko_matrix": (
        lambda n, r: lambda: ar.varchenko_matrix(patterns(n, r), range(2, n + 2)),
        (4, 2),
    ),
    "verify_patterns": (prepared(stored, ar.verify_patterns), SMALL),
    "zonotope_vertices": (with_patterns(ar.zonotope_vertices), SMALL),
    # The same functions where another method serves them.
    "count_regions: floats": (lambda n, r: lambda: ar.count_regions(rows(n, r)), (12, 3)),
    "count_regions: inside a cone": (
        lambda n, r: (
            lambda: ar.count_regions(whole(n, r), within=ar.Cone.from_normals(whole(2, r)))
        ),
        (12, 3),
    ),
    "enumerate_patterns: plane": (with_data(ar.enumerate_patterns), PLANE),
    "enumerate_patterns: linear programs": (
        with_data(lambda a: ar.enumerate_patterns(a, method=ar.Incremental())),
        DEEP,
    ),
    "enumerate_patterns: double description": (
        with_data(lambda a: ar.enumerate_patterns(a, method=ar.DoubleDescription())),
        (12, 3),
    ),
    "stream_patterns: sweep of floats": (
        lambda n, r: lambda: list(ar.stream_patterns(rows(n, r), method=ar.Sweep())),
        (12, 3),
    ),
    "is_general_position: floats": (
        lambda n, r: lambda: ar.is_general_position(rows(n, r)),
        (20, 3),
    ),
    "region_of_weight: rays": (
        lambda n, r: lambda: ar.region_of_weight(whole(n, r), weight(r)).rays,
        SMALL,
    ),
}


def steps(call: Call) -> int:
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def held(call: Call) -> int:
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def measure(name: str) -> list[dict[str, int]]:
    make, (n, r) = TABLE[name]
    make(n, r)()  # imports and caches
    found = []
    sizes = [(n, r), (2 * n, r), (n, r + 1)]
    if name.endswith("plane"):
        sizes.pop()
    for size in sizes:
        make(*size)()
        count = steps(make(*size))
        found.append({"n": size[0], "r": size[1], "steps": count, "bytes": held(make(*size))})
    return found


if __name__ == "__main__":
    ar.warm()  # The choice of a method goes by what is loaded: it is the same for all sizes.
    names = sys.argv[1:] or list(TABLE)
    sys.stdout.write(json.dumps({name: measure(name) for name in names}))

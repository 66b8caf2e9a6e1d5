"""Importing a package loads no heavy library: each has one room, and waits there."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "clarabel",
    "cvxpy",
    "dask",
    "distributed",
    "duckdb",
    "highspy",
    "matplotlib",
    "networkx",
    "numba",
    "pandas",
    "polars",
    "pyarrow",
    "rich",
    "safetensors",
    "scipy",
    "sklearn",
    "sympy",
    "threadpoolctl",
    "torch",
    "typer",
}


def loaded_after(statement: str) -> set[str]:
    """Return the top-level modules a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own text
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize("package", ["arrangements", "convex_program"])
def test_importing_a_package_loads_no_heavy_library(package: str) -> None:
    assert loaded_after(f"import {package}") & HEAVY == set()


def test_arrangements_knows_nothing_of_convex_program() -> None:
    assert "convex_program" not in loaded_after("import arrangements")


def test_counting_and_sampling_need_no_heavy_library() -> None:
    statement = (
        "import arrangements as ar\n"
        "A = ar.Arrangement([[1, 0], [0, 1], [1, 1]])\n"
        "ar.count_regions(A), ar.sample_patterns(A, 3, seed=0), ar.preview_cost(A)"
    )
    assert loaded_after(statement) & HEAVY == set()


def test_checking_a_proof_loads_no_solver() -> None:
    # A list proved by its tree is taken to pieces and checked where HiGHS never was.
    statement = (
        "import arrangements as ar\n"
        "A = ar.Arrangement([[1, 0], [0, 1]])\n"
        "packed = [bytes([k]) for k in range(4)]\n"
        "witnesses = [(-1, -1), (1, -1), (-1, 1), (1, 1)]\n"
        "record = dict(count=4, within=[], prefix=0, units=[[]],\n"
        "    proofs=[dict(kind='tree', steps='0300', multipliers=[])])\n"
        "assert len(ar.rebuild_patterns(A.data, record, packed, witnesses)) == 4"
    )
    assert loaded_after(statement) & HEAVY == set()

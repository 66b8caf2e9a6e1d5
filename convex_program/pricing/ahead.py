"""Run as a script: compiles the search of cones, for `convex_program.compiling`."""

from __future__ import annotations

import math

import numpy as np

from convex_program.compiling import end_with_parent
from convex_program.pricing.cone_search import ConeSearch
from convex_program.pricing.reduction import ReducedRows
from convex_program.pricing.signed import signed_rows


def compile_search() -> None:
    """Search one orthant of a small problem: numba compiles what that calls."""
    reduced = ReducedRows.of(np.array([[1.0, 2.0], [3.0, -1.0], [-1.0, 1.0]]))
    rows = signed_rows(reduced, np.array([1.0, -2.0, 3.0]), 1)
    ConeSearch(rows, np.ones(2), 0.0, 1e-3).run(1, 0.0, math.inf)


if __name__ == "__main__":
    end_with_parent()
    compile_search()

"""Compiled kernels: plain loops over arrays, nothing else.

Importing this room loads numba; only the functions that need a kernel import it.
"""

from arrangements.kernel_cache import KERNELS, kernel_cache

with kernel_cache(KERNELS):
    from arrangements.kernels.count import DONE, PAUSED, begin_unit, count_unit, unit_search
    from arrangements.kernels.count_cone import begin_cone_unit, cone_unit_search, count_cone_unit
    from arrangements.kernels.count_residues import (
        BAD_PRIME,
        Exact,
        begin_residues,
        count_residues,
        normalise_rows,
        residue_search,
    )
    from arrangements.kernels.double_description import (
        BUFFER_FULL,
        STACK_FULL,
        Stack,
        push_cone,
        split_cones,
    )
    from arrangements.kernels.frame import NO_BOUND, Pool, Source, frame_errors
    from arrangements.kernels.general_position import FOUND, find_dependent, subset_search
    from arrangements.kernels.order import sort_ties
    from arrangements.kernels.signs import row_words, side_words
    from arrangements.kernels.sweep import FLAG_NOT_GENERIC, FRESH, FULL, sweep_unit
    from arrangements.kernels.vertices import expand_vertices
    from arrangements.kernels.witness import interior_points

__all__ = [
    "BAD_PRIME",
    "BUFFER_FULL",
    "DONE",
    "FLAG_NOT_GENERIC",
    "FOUND",
    "FRESH",
    "FULL",
    "NO_BOUND",
    "PAUSED",
    "STACK_FULL",
    "Exact",
    "Pool",
    "Source",
    "Stack",
    "begin_cone_unit",
    "begin_residues",
    "begin_unit",
    "cone_unit_search",
    "count_cone_unit",
    "count_residues",
    "count_unit",
    "expand_vertices",
    "find_dependent",
    "frame_errors",
    "interior_points",
    "normalise_rows",
    "push_cone",
    "residue_search",
    "row_words",
    "side_words",
    "sort_ties",
    "split_cones",
    "subset_search",
    "sweep_unit",
    "unit_search",
]

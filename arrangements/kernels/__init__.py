"""Compiled kernels: plain loops over arrays, nothing else.

Importing this room loads numba; only the functions that need a kernel import it.
"""

from arrangements.kernel_cache import KERNELS, kernel_cache

with kernel_cache(KERNELS):
    from arrangements.kernels.count import count_unit
    from arrangements.kernels.count_cone import count_cone_unit
    from arrangements.kernels.count_residues import BAD_PRIME, count_unit_residues, normalise_rows
    from arrangements.kernels.double_description import (
        BUFFER_FULL,
        STACK_FULL,
        Stack,
        push_cone,
        split_cones,
    )
    from arrangements.kernels.frame import NO_BOUND, Pool, Source, frame_errors
    from arrangements.kernels.order import sort_ties
    from arrangements.kernels.signs import row_words, side_words
    from arrangements.kernels.sweep import FLAG_NOT_GENERIC, FRESH, FULL, sweep_unit
    from arrangements.kernels.witness import interior_points

__all__ = [
    "BAD_PRIME",
    "BUFFER_FULL",
    "FLAG_NOT_GENERIC",
    "FRESH",
    "FULL",
    "NO_BOUND",
    "STACK_FULL",
    "Pool",
    "Source",
    "Stack",
    "count_cone_unit",
    "count_unit",
    "count_unit_residues",
    "frame_errors",
    "interior_points",
    "normalise_rows",
    "push_cone",
    "row_words",
    "side_words",
    "sort_ties",
    "split_cones",
    "sweep_unit",
]

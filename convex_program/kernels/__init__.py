"""Compiled kernels of pricing and of the working set: plain loops over arrays.

Importing this room loads numba; only the functions that need a kernel import it.
"""

from pathlib import Path

from arrangements.kernel_cache import kernel_cache

with kernel_cache(Path(__file__).parent):
    from convex_program.kernels.alternating import alternate
    from convex_program.kernels.arcs import ascend_arcs
    from convex_program.kernels.ascent import ascend, drift
    from convex_program.kernels.cone_bound import Rounding
    from convex_program.kernels.cone_rows import plant
    from convex_program.kernels.cone_trees import (
        BEYOND,
        BUDGET,
        LONGER,
        OUT_FULL,
        REFUSED,
        STUCK,
        UNDECIDED,
        ConeStack,
        ExactRows,
        TreeLevel,
        read_tree,
        write_tree,
    )
    from convex_program.kernels.cones import DONE, ROWS_FULL, STACK_FULL, Level, Stack, explore
    from convex_program.kernels.group_lasso import descend_groups
    from convex_program.kernels.kinks import place, release, settle
    from convex_program.kernels.masked_search import search_masked
    from convex_program.kernels.neurons import KINK, OFF, ON, line_search, merge
    from convex_program.kernels.newton import (
        Model,
        centre_design,
        hessian,
        keep_useful,
        linearize,
    )
    from convex_program.kernels.products import reflect, reflect_four, spectrum, turn, turn_four
    from convex_program.kernels.row_table import CHUNK, LANES
    from convex_program.kernels.vector_ascent import ascend_vector, image_of
    from convex_program.kernels.vector_cones import explore_vector
    from convex_program.kernels.vector_node import VectorRounding, VectorRows
    from convex_program.kernels.vector_read import read_vector_tree
    from convex_program.kernels.vector_rows import plant_vector
    from convex_program.kernels.vector_trees import RAISED, write_vector_tree
    from convex_program.kernels.zonotope import price_vertices

__all__ = [
    "BEYOND",
    "BUDGET",
    "CHUNK",
    "DONE",
    "KINK",
    "LANES",
    "LONGER",
    "OFF",
    "ON",
    "OUT_FULL",
    "RAISED",
    "REFUSED",
    "ROWS_FULL",
    "STACK_FULL",
    "STUCK",
    "UNDECIDED",
    "ConeStack",
    "ExactRows",
    "Level",
    "Model",
    "Rounding",
    "Stack",
    "TreeLevel",
    "VectorRounding",
    "VectorRows",
    "alternate",
    "ascend",
    "ascend_arcs",
    "ascend_vector",
    "centre_design",
    "descend_groups",
    "drift",
    "explore",
    "explore_vector",
    "hessian",
    "image_of",
    "keep_useful",
    "line_search",
    "linearize",
    "merge",
    "place",
    "plant",
    "plant_vector",
    "price_vertices",
    "read_tree",
    "read_vector_tree",
    "reflect",
    "reflect_four",
    "release",
    "search_masked",
    "settle",
    "spectrum",
    "turn",
    "turn_four",
    "write_tree",
    "write_vector_tree",
]

"""The global optimum of a training problem, with its certificate."""

from convex_program.optimum.arguments import (
    checked_level,
    checked_solver,
    refuse_for_outputs,
    refuse_without_decay,
    starting_point,
)
from convex_program.optimum.cones import clock_of, proved_bracket
from convex_program.optimum.front import decayed_optimum, global_optimum
from convex_program.optimum.record import GlobalOptimum

__all__ = [
    "GlobalOptimum",
    "checked_level",
    "checked_solver",
    "clock_of",
    "decayed_optimum",
    "global_optimum",
    "proved_bracket",
    "refuse_for_outputs",
    "refuse_without_decay",
    "starting_point",
]

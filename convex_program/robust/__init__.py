"""Robustness: the worst case of a given network, and networks trained for theirs."""

from convex_program.robust.ball import Ball, EuclideanBall, MaxNormBall
from convex_program.robust.case import WorstCase
from convex_program.robust.training import RobustOptimum, robust_optimum
from convex_program.robust.worst import worst_case

__all__ = [
    "Ball",
    "EuclideanBall",
    "MaxNormBall",
    "RobustOptimum",
    "WorstCase",
    "robust_optimum",
    "worst_case",
]

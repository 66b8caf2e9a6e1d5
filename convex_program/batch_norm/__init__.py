"""Batch normalization before the activation, over the full batch."""

from convex_program.batch_norm.front import batch_norm_optimum, certify_batch_norm
from convex_program.batch_norm.network import BatchNormNetwork
from convex_program.batch_norm.normalization import Normalization, UnitLength, UnitVariance
from convex_program.batch_norm.problem import BatchNormProblem
from convex_program.batch_norm.record import (
    BatchNormBracket,
    BatchNormOptimum,
    BatchNormVerdict,
)

__all__ = [
    "BatchNormBracket",
    "BatchNormNetwork",
    "BatchNormOptimum",
    "BatchNormProblem",
    "BatchNormVerdict",
    "Normalization",
    "UnitLength",
    "UnitVariance",
    "batch_norm_optimum",
    "certify_batch_norm",
]

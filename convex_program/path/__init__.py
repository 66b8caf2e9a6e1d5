"""Certified optima along decreasing weight decays, each begun from the one before."""

from convex_program.path.front import regularization_path
from convex_program.path.record import PathStatus, RegularizationPath

__all__ = ["PathStatus", "RegularizationPath", "regularization_path"]

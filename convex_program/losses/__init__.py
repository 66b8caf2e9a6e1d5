"""Convex losses f(z; y), one file each."""

from convex_program.losses.base import Loss
from convex_program.losses.squared import Squared

__all__ = ["Loss", "Squared"]

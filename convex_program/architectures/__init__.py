"""Architectures: which patterns, features, cells and networks belong together."""

from convex_program.architectures.base import Architecture, Atom, Block
from convex_program.architectures.relu import ReLU

__all__ = ["Architecture", "Atom", "Block", "ReLU"]

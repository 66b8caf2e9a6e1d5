"""The exceptions of this package: one root, one class for each thing that can be wrong."""

from __future__ import annotations


class ConvexProgramError(Exception):
    """Root of every exception this package raises on purpose."""


class ArgumentError(ConvexProgramError, ValueError):
    """An argument has a value the function cannot work with."""


class SolverError(ConvexProgramError):
    """A numerical solver returned nothing that could be used."""


class ClaimError(ConvexProgramError):
    """A claim does not prove what it says, or cannot be read."""

"""The exceptions of this package: one root, one class for each thing that can be wrong."""

from __future__ import annotations


class ArrangementsError(Exception):
    """Root of every exception this package raises on purpose."""


class DataError(ArrangementsError, ValueError):
    """The data cannot be read as an exact matrix; the message names row and column."""


class ArgumentError(ArrangementsError, ValueError):
    """An argument has a value the function cannot work with."""


class ProofError(ArrangementsError):
    """A record does not prove what it claims."""


class FileError(ArrangementsError, OSError):
    """A file cannot be read or written; the message names it."""


class WorkerError(ArrangementsError):
    """Work given to an executor was lost more often than it is tried."""

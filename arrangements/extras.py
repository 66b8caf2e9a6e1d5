"""Libraries that come with extras: who lacks one is told which extra to install."""

from __future__ import annotations

from types import TracebackType

from arrangements.errors import ArrangementsError

EXTRAS = {
    "clarabel": "convex",
    "cvxpy": "convex",
    "distributed": "cluster",
    "matplotlib": "plot",
    "networkx": "structure",
    "pyarrow": "store",
    "safetensors": "safetensors",
    "scipy": "convex",
    "sklearn": "sklearn",
    "sympy": "structure",
    "threadpoolctl": "convex",
}
"""Modules, and the extra that brings each."""


class MissingLibraryError(ArrangementsError, ModuleNotFoundError):
    """A library is not installed; the message names the extra that brings it.

    Examples
    --------
    >>> import arrangements as ar
    >>> issubclass(ar.MissingLibraryError, ImportError)
    True
    """


class Extra:
    """Around an import of a library that comes with an extra.

    Raises
    ------
    MissingLibraryError
        When it is not installed.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        """Do nothing: the import follows."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Say which extra brings what was not found."""
        del kind, trace
        name = (error.name or "").partition(".")[0] if isinstance(error, ImportError) else ""
        if isinstance(error, ModuleNotFoundError) and name in EXTRAS:
            raise MissingLibraryError(
                f"this needs {name}, which is not installed: "
                f"pip install 'relu-arrangements[{EXTRAS[name]}]'",
                name=name,
            ) from None


extra = Extra()

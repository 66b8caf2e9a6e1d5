"""What an enumeration method promises, whatever it does inside."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from arrangements.arrangement import Arrangement
from arrangements.exact import IntegerMatrix
from arrangements.packing import Packed
from arrangements.proof import TreeProof
from arrangements.units import Cone, Unit
from arrangements.witnesses import Witnesses

Places: TypeAlias = npt.NDArray[np.intp]
Sharper: TypeAlias = Callable[[Places], tuple[Places, IntegerMatrix]]
"""Takes numbers of patterns of a batch; returns some of them, with better points for these."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Some patterns, each with a weight vector that is to realize it.

    A method proposes batches; what a stream or a list hands out has been proved.

    Parameters
    ----------
    packed : (k, ceil(n / 8)) uint8
    witnesses : Witnesses
        k of them.
    mirrored : bool
        Whether the antipode of every pattern belongs to the batch too, with the negative
        witness.
    sharper : callable or None
        How to find witnesses that take longer, for those that turn out to miss their pattern.

    Examples
    --------
    >>> import arrangements as ar
    >>> batch = next(iter(ar.stream_patterns([[1, 0], [0, 1]])))
    >>> len(batch), batch.packed.shape
    (4, (4, 1))
    """

    packed: Packed
    witnesses: Witnesses
    mirrored: bool = False
    sharper: Sharper | None = None

    def __len__(self) -> int:
        """Return the number of patterns, antipodes included."""
        return 2 * len(self.packed) if self.mirrored else len(self.packed)


BatchRun: TypeAlias = Generator[Batch, None, TreeProof | None]
"""What running a piece yields, and leaves at its end."""


class Method(ABC):
    """A way to list the regions inside a cone.

    Subclasses are final, hold only their settings, and can be pickled.

    Examples
    --------
    >>> import arrangements as ar
    >>> isinstance(ar.Incremental(), ar.Method)
    True
    """

    version: ClassVar[int] = 1
    """Raised when a method cuts its work otherwise, or finds a region in another piece."""

    def identity(self) -> str:
        """Return what has to be the same for an interrupted run to go on."""
        return f"{self!r}, version {self.version}"

    def choice(self, arrangement: Arrangement, cone: Cone) -> Method:
        """Return the method that is to do the work: itself, unless it is one that chooses."""
        del arrangement, cone
        return self

    def is_ready(self) -> bool:
        """Return whether it can start at once: no machine code has to be compiled first."""
        return True

    def pieces(self, arrangement: Arrangement, cone: Cone) -> Iterable[Unit]:
        """Yield what can be run apart: pieces whose patterns no other piece yields.

        Parameters
        ----------
        arrangement : Arrangement
        cone : Cone
            Lies inside the arrangement's domain.
        """
        del arrangement
        return (cone,)

    @abstractmethod
    def run(self, arrangement: Arrangement, piece: Unit) -> BatchRun:
        """Yield every pattern of a piece once, in batches, in a deterministic order.

        Parameters
        ----------
        arrangement : Arrangement
        piece : Unit
            One of `pieces`.

        Returns
        -------
        TreeProof or None
            The value of the finished generator: a proof for the piece, when the method
            leaves one.
        """

    @abstractmethod
    def estimate_seconds(self, arrangement: Arrangement, regions: int) -> float:
        """Return about how long listing this many regions takes on one core."""

    def __repr__(self) -> str:
        """Say what it is; methods with settings say those too."""
        return f"{type(self).__name__}()"

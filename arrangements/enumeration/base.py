"""What an enumeration method promises, whatever it does inside."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass

from arrangements.arrangement import Arrangement
from arrangements.packing import Packed
from arrangements.proof import TreeProof
from arrangements.units import Cone
from arrangements.witnesses import Witnesses


@dataclass(frozen=True, eq=False)
class Batch:
    """Some patterns of one unit, each with an exact witness, in the method's order.

    Parameters
    ----------
    packed : (k, ceil(n / 8)) uint8
    witnesses : Witnesses
        k of them.
    """

    packed: Packed
    witnesses: Witnesses


class Restart(Exception):  # noqa: N818 - a signal between method and front, no error
    """Raised by a method whose random choice failed: run `method` on the unit instead."""

    def __init__(self, method: Method) -> None:
        super().__init__("start the unit again with another random choice")
        self.method = method


class Method(ABC):
    """A way to list the regions inside a unit.

    Subclasses are final, hold only their settings, and can be pickled.
    """

    @abstractmethod
    def run(self, arrangement: Arrangement, unit: Cone) -> Generator[Batch, None, TreeProof | None]:
        """Yield every pattern of the unit once, in batches, in a deterministic order.

        Parameters
        ----------
        arrangement : Arrangement
        unit : Cone
            Lies inside the arrangement's domain.

        Raises
        ------
        Restart
            When a random choice failed; what was yielded is to be thrown away.

        Returns
        -------
        TreeProof or None
            The value of the finished generator: a proof, when the method leaves one.
        """

    @abstractmethod
    def estimate_seconds(self, arrangement: Arrangement, regions: int) -> float:
        """Return about how long listing this many regions takes on one core."""

    def __repr__(self) -> str:
        """Say what it is; methods with settings say those too."""
        return f"{type(self).__name__}()"

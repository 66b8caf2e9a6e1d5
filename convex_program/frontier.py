"""The open cones of a search, which grow as compiled code asks for room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Stack = tuple[npt.NDArray[Any], ...]

_PLACES = 64


@dataclass(eq=False, slots=True)
class Frontier:
    """The open cones of a search.

    Parameters
    ----------
    stack : tuple of arrays
        As in `convex_program.kernels.Stack`, or `convex_program.kernels.ConeStack`; the last holds
        where the rows of each cone lie in the table.
    values : (r + 2, cap) float64
        The table of their rows.
    open : int
        How many of the places on the stack are taken.

    Notes
    -----
    Pickled without the places that are free: the kernel asks for what it misses.
    """

    stack: Stack
    values: npt.NDArray[np.float64]
    open: int

    @classmethod
    def room(
        cls,
        rank: int,
        rows: int,
        *,
        outputs: tuple[int, ...] = (),
        parts: int = 4,
        own: npt.NDArray[Any] | None = None,
    ) -> Frontier:
        """Return room for some cones, none of which is planted.

        Parameters
        ----------
        rank, rows : int
        outputs : tuple of int
            The shape of what a neuron puts out, where it is no number.
        parts : int
            How many ends of kinds of rows there are for each cone.
        own : (1, ...) array, optional
            What a kind of search keeps for each cone besides: its shape and type; a bound by default.
        """
        kept = np.zeros(1) if own is None else own
        stack = (
            np.empty((_PLACES, rank, rank)),
            np.empty((_PLACES, rank, rank)),
            np.empty((_PLACES, rank, *outputs)),
            np.repeat(kept, _PLACES, axis=0),
            np.empty(_PLACES, dtype=np.int64),
            np.empty((_PLACES, parts), dtype=np.int64),
        )
        return cls(stack, np.zeros((rank + 2, 8 * rows + 128)), 1)

    def more_places(self) -> None:
        """Double the stack."""
        self.stack = tuple(np.concatenate([part, np.empty_like(part)]) for part in self.stack)

    def more_rows(self) -> None:
        """Double the table, with zeros: what lies behind the last row is read, and weighs nothing."""
        self.values = np.concatenate([self.values, np.zeros_like(self.values)], axis=1)

    def split(self) -> Frontier:
        """Give away the lower half of the open cones, the larger ones, and keep the others.

        Rows of a cone lie behind those of all cones below it, so both tables are a piece of this one.
        """
        half = self.open // 2
        spans = self.stack[-1]
        end, first = int(spans[half - 1, -1]), int(spans[half : self.open, 0].min())
        lower = Frontier(
            tuple(part[:half].copy() for part in self.stack), self.values[:, :end].copy(), half
        )
        self.stack = (*(part[half:].copy() for part in self.stack[:-1]), spans[half:] - first)
        self.values = self.values[:, first:].copy()
        self.open -= half
        return lower

    def join(self, lower: Frontier) -> None:
        """Take back what `split` gave away, or what is left of it."""
        end = int(lower.stack[-1][: lower.open, -1].max())
        shifted = (*self.stack[:-1], self.stack[-1] + end)
        self.stack = tuple(
            np.concatenate([theirs[: lower.open], ours])
            for theirs, ours in zip(lower.stack, shifted, strict=True)
        )
        self.values = np.concatenate([lower.values[:, :end], self.values], axis=1)
        self.open += lower.open

    def __getstate__(self) -> tuple[Stack, npt.NDArray[np.float64], int]:
        """Return what is in use."""
        stack = tuple(part[: max(1, self.open)] for part in self.stack)
        last = int(stack[5][: self.open, -1].max(initial=1))
        return stack, self.values[:, :last], self.open

    def __setstate__(self, state: tuple[Stack, npt.NDArray[np.float64], int]) -> None:
        """Take it over."""
        self.stack, self.values, self.open = state

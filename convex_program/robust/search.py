"""Branch and bound over the neurons that switch: how large g is over the ball, from both sides."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from convex_program.robust.relaxation import polished, relax, splitting
from convex_program.robust.response import ExactRow, Response
from convex_program.rounding import round_up

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Part:
    """A part of the ball: convex neurons on (1), off (-1), or either (0).

    Parameters
    ----------
    states : tuple of int
    bound : Fraction
        Of g there.
    split : int or None
        The neuron to decide next; None while nothing was solved.
    """

    states: tuple[int, ...]
    bound: Fraction
    split: int | None = None


class Climb:
    """The largest value of g over the ball of one row; mutable, never handed out.

    Both bounds hold at every moment, also when Ctrl-C comes in the middle of a step.

    Parameters
    ----------
    response : Response
    """

    def __init__(self, response: Response) -> None:
        self.response, self.ball = response, response.ball
        k = len(response.convex)
        self._count = itertools.count()
        self._closed = response.first_bound()
        self._hand: Part | None = None
        self._heap: list[tuple[float, int, Part]] = []
        self.best: ExactRow = (Fraction(0),) * len(response.moving)
        self.lower = response.value(self.best)
        self._meet(self.ball.farthest(response.floats.slope))
        if response.convex or response.concave:
            # the whole ball is the first part
            self._push(Part((0,) * k, self._closed))
            self._closed = self.lower

    @property
    def upper(self) -> Fraction:
        """No perturbation makes g larger."""
        held = [self._hand.bound] if self._hand else []
        top = [self._heap[0][2].bound] if self._heap else []
        return max(self._closed, self.lower, *held, *top)

    @property
    def done(self) -> bool:
        """Whether no step makes the bounds closer."""
        return not self._heap or self._heap[0][2].bound <= max(self._closed, self.lower)

    def step(self) -> None:
        """Solve, or divide, the part with the largest bound."""
        if self.done:
            return
        self._hand = self._heap[0][2]  # counted by `upper` until what replaces it is in the heap
        heapq.heappop(self._heap)
        part = self._hand
        if part.split is None:
            self._solve(part)
        else:
            for state in (1, -1):
                states = (*part.states[: part.split], state, *part.states[part.split + 1 :])
                self._push(Part(states, part.bound))
        self._hand = None

    def _solve(self, part: Part) -> None:
        g = self.response.floats
        found = relax(self.ball, g, part.states)
        if found.empty and self.response.excludes(part.states, found.convex):
            return
        unit = self.ball.clipped(found.point)
        self._meet(unit)
        self._meet(polished(self.ball, g, unit))
        bound = self.response.bound(part.states, found.convex, found.concave)
        bound = min(bound, part.bound)
        split = splitting(g, part.states, unit)
        if split is None:
            self._closed = max(self._closed, bound)
        else:
            self._push(Part(part.states, bound, split))

    def _push(self, part: Part) -> None:
        heapq.heappush(self._heap, (-round_up(part.bound), next(self._count), part))

    def _meet(self, d: Floats) -> None:
        """Keep a perturbation if it is the best so far; evaluated exactly."""
        allowed = self.ball.inside(d)
        value = self.response.value(allowed)
        if value > self.lower:
            self.best, self.lower = allowed, value

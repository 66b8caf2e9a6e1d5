"""Proximal steps on the dual of a loss with kinks: smooth problems whose optima tend to its own.

Derivation.  Where ``D(v) = y v`` on an interval, the step from a dual vector a with width b > 0,

    argmax  D(v) - b/2 |v - a|^2 - (dual penalty)   subject to  h(v) <= beta,

is the dual of a training problem with the loss ``max_v v (y + b a - z) - b v^2 / 2`` over the same
interval: a quadratic of curvature 1/b between two lines (`SmoothedLoss`), targets moved by b a.  Its
answer to the outputs is the next a.  The steps converge to *one* optimal dual vector, also where there
are many; near the end by a factor that is the smaller the smaller b is, and each step is harder
then.  So b falls only where the steps shrink slowly.

With weights s_i everything is about the v_i / s_i of single rows.

*Reference.* Rockafellar, Mathematics of Operations Research 1, 1976.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any, ClassVar, Protocol, final

import numpy as np

from convex_program.losses import QuadraticLoss
from convex_program.network import Network
from convex_program.problem import TrainingProblem
from convex_program.solvers.ground import Floats

_FIRST = 0.1
"""Width of the first step, as a part of the mean distance from the targets to the best constant."""
_FALLING = 0.1
_SLOW = 0.3
"""A step not shorter than this part of the one before asks for a smaller width."""
_LEAST = 1e-3
"""Part of the first width below which it does not fall."""
STEP_GAP = 1e-5
"""What is asked of the search of one step."""
_ROUNDS = 12
_SETTLED = 1e-9
"""Relative fall of the objective in a round that is worth another."""
_GAIN = 0.1
"""Part of the gap that a priced step should take off."""
_NEAR = 0.05
"""How far a dual vector may have moved, relative to its size, for a price to be worth it."""


class Growing(Protocol):
    """The search of one step, as far as a step has to know it."""

    network: Network

    @property
    def least(self) -> float:
        """The objective where it stands, in its own units."""

    @property
    def directions(self) -> Floats:
        """Where the last wide search ended, in the caller's coordinates."""

    def look_near(self, directions: Floats) -> None:
        """Begin every ascent near these directions, too."""

    def go_on_from(self, network: Network) -> None:
        """Start from a network that is nearly the optimum, as it is."""

    def grow(self, deadline: float) -> bool:
        """Ascend and insert, without a price; whether the objective fell."""


class Offered(Protocol):
    """The search that is told what steps find, and prices it."""

    network: Network
    upper: float

    @property
    def gap_left(self) -> float:
        """The difference of the two bounds."""

    @property
    def is_closed(self) -> bool:
        """Whether the gap is what was asked for."""

    def offer(self, network: Network) -> None:
        """Keep a network if it is the best so far."""

    def look_near(self, directions: Floats) -> None:
        """Begin every ascent near these directions, too."""

    def price_vector(self, v: Floats, deadline: float) -> Floats:
        """Price a dual vector; return what violates it."""


@final
class SmoothedLoss(QuadraticLoss):
    """``max_v v (y - z) - kappa v^2 / 2`` over the interval of another loss.

    Parameters
    ----------
    base : QuadraticLoss
        Whose interval: it depends on the sign of y at most.
    kappa : float
        Positive.
    """

    name: ClassVar[str] = "smoothed"
    words: ClassVar[str] = "sum of smoothed losses"

    def __init__(self, base: QuadraticLoss, kappa: float) -> None:
        self.base = base
        self.kappa = kappa  # type: ignore[misc]

    @property
    def parameters(self) -> dict[str, Fraction]:
        """Those of the other loss, and kappa."""
        return {**self.base.parameters, "kappa": Fraction(self.kappa)}

    def domain(self, y: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Return the interval of the other loss."""
        return self.base.domain(Fraction(1 if y > 0 else -1))

    def rescaled(self, unit: Fraction) -> tuple[SmoothedLoss, Fraction]:
        """Return the loss in units of targets: it is less smooth there."""
        return SmoothedLoss(self.base, self.kappa / float(unit)), unit

    def expression(self, modelling: Any, z: Any, y: Floats, weights: Floats) -> Any:
        """Refuse: only working sets meet it."""
        raise NotImplementedError


class Approach:
    """Proximal steps for a loss whose dual is linear on its domain; mutable, never handed out.

    Parameters
    ----------
    problem : TrainingProblem
    begin : callable
        Returns a search for the smooth problem passed to it.
    width : float, optional
        The first b.
    """

    def __init__(
        self,
        problem: TrainingProblem,
        begin: Callable[[TrainingProblem], Growing],
        *,
        width: float | None = None,
    ) -> None:
        self.problem, self.begin = problem, begin
        loss = problem.loss
        assert isinstance(loss, QuadraticLoss)  # noqa: S101 - those with kinks are
        self.loss = loss
        self.network = problem.empty_network()
        self.known = np.empty((0, problem.gauge.columns))
        self._single = np.zeros(len(problem.targets))
        self.first = self._width() if width is None else width
        self.width, self.moved = self.first, math.inf

    def _width(self) -> float:
        """Return the first width: in the units of targets, which for labels is 1."""
        if not self.loss.scales:
            return _FIRST
        fit, c = self.problem.fit, self.problem.outputs
        used = (fit.weights > 0.0).reshape(-1, c)
        targets = self.problem.targets.reshape(-1, c)
        distances = np.abs(targets - fit.best_constant(0.0))[used]
        return _FIRST * float(distances.mean()) or 1.0

    @property
    def dual(self) -> Floats:
        """The present dual vector, shape (n,)."""
        return self._single * self.problem.fit.weights

    def meet(self, directions: Floats) -> None:
        """Begin ascents of the next step near these directions, too: (k, q), in the caller's units."""
        self.known = np.concatenate([self.known, directions])

    def step(self, deadline: float) -> None:
        """Solve one smooth problem, not further than it is worth; take its network and answer."""
        problem, b = self.problem, self.width
        weights = problem.fit.weights
        used = weights > 0.0
        targets = np.where(used, problem.targets + b * self._single, problem.targets)
        y = targets if problem.outputs == 1 else targets.reshape(-1, problem.outputs)
        inner = replace(problem, y=y, loss=SmoothedLoss(self.loss, b))
        search = self.begin(inner)
        if len(self.known):
            search.look_near(self.known)
        search.go_on_from(self.network)
        before = math.inf
        for _ in range(_ROUNDS):
            if not search.grow(deadline) or search.least > before * (1.0 - _SETTLED):
                break
            before = search.least
        low, high = inner.fit.ends
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = (np.where(used, end / weights, 0.0) for end in (low, high))
        rest = (targets - search.network.forward(problem.data).ravel()) / b
        single = np.where(used, np.clip(rest, low, high), 0.0)
        size = float(np.abs(single).max(initial=0.0)) or 1.0
        moved = float(np.abs(single - self._single).max(initial=0.0)) / size
        if moved > _SLOW * self.moved:
            self.width = max(_FALLING * b, _LEAST * self.first)
        self.network, self.known = search.network, search.directions
        self._single, self.moved = single, moved


def approached(
    search: Offered,
    approach: Approach,
    *,
    steps: int,
    patience: int,
    limits: tuple[float, float],
    tell: Callable[[], None],
) -> None:
    """Take proximal steps until they close the gap, or are no longer worth it.

    Their dual vectors are worth a price when they hardly move any more; their networks tend to
    the optimum as well, and are offered as they are.  What a price finds goes to the next step.

    Parameters
    ----------
    search : Offered
    approach : Approach
    steps, patience : int
        At most so many steps, and so many priced ones in a row that gain little.
    limits : tuple of float
        When steps end, and when pricing does, by ``time.perf_counter``.
    tell : callable
        Called after each price.
    """
    idle = 0
    for _ in range(steps):
        before = search.gap_left
        approach.step(limits[0])
        if time.perf_counter() >= limits[0]:
            return
        if approach.moved > _NEAR:
            continue
        search.offer(approach.network)
        approach.meet(search.price_vector(approach.dual, limits[1]))
        tell()
        if search.is_closed:
            search.look_near(approach.known)
            return
        idle = 0 if search.gap_left < (1.0 - _GAIN) * before else idle + 1
        if idle > patience:
            return

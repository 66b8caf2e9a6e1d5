"""The state of a working-set solve with several outputs.

As with one output: every round adds neurons at local maximizers of ``|V^T phi(Xu)|`` above beta, weighs
all together and polishes them; exact pricing is asked when ascent finds nothing, and alone decides the
bound.
"""

from __future__ import annotations

import math
import time
from concurrent.futures import Executor

import numpy as np

from convex_program.network import Network
from convex_program.pricing import PricingStatus, VectorBranchAndBound
from convex_program.problem import TrainingProblem
from convex_program.solvers.bounds import DualBound, objective_value, price_tolerance, zero_floor
from convex_program.solvers.units import Units
from convex_program.solvers.vector.ascent import VectorCandidates, distinct
from convex_program.solvers.vector.ground import Floats, VectorGround, VectorNeurons
from convex_program.solvers.vector.polish import VectorPolisher
from convex_program.solvers.vector.views import vector_view_of
from convex_program.solvers.vector.weights import weigh

_WIDE = 2_000
"""Most starts of an ascent before an exact pass, whose cones grow with the rank."""
_WIDE_WORK = 40_000_000
"""Entries of X times outputs times starts spent on it."""
_MOST_NEW = 24
"""Neurons added in one round: the best of many would only stand in each other's way."""
_ROUGH, _FINE = 40, 100
"""Newton steps while neurons are still missing by much, and later."""
_SETTLING = 5
"""Times so many steps before a price."""
_CLEAR = 1e-3
"""Relative violation above which they are."""
_CLEAR_PRICE = 1e-6
_COARSE = (1e-3, 1e-5)
_NEAR = 1e-8
_FALL = 1e-15
_TIE = 1e-12
"""Rounding of the objective within which a point with a better dual vector is kept."""


class VectorSearch:
    """State of one solve; works in scaled, reduced coordinates, certifies in the caller's.

    Parameters
    ----------
    problem : TrainingProblem
    gap : float
        Relative gap wanted.
    executor : Executor or None
    starts : int
        Random starts of the ascent in each round.
    """

    def __init__(
        self, problem: TrainingProblem, *, gap: float, executor: Executor | None, starts: int
    ) -> None:
        self.problem, self.gap, self.floor = problem, gap, zero_floor(problem)
        self.executor, self.starts = executor, starts
        self.sight = vector_view_of(problem.gauge)
        self.view = self.sight.plain
        self.units, fit = Units.of(problem, self.sight.shift)
        self.ground = VectorGround(
            rows=self.sight.lines,
            decayed=self.view.decayed,
            fit=fit,
            beta=self.units.decay(problem),
            bend=self.units.bend(problem),
            activation=problem.activation,
        )
        self.polisher = VectorPolisher(self.ground)
        self.point = self.polisher.start()
        self.known = np.empty((0, self.view.rows.shape[1]))
        self.network = problem.empty_network()
        self.upper = objective_value(problem, self.network)
        self.bound = DualBound(0.0, self._outer(self.point.v), math.inf)
        self.violation = math.inf
        self.threshold = max(0.02 * gap, 1e-12)
        self.nodes = self.rounds = 0
        self.cut_short = False
        self.deadline = math.inf

    @property
    def newton_iterations(self) -> int:
        """Newton steps so far."""
        return self.polisher.steps

    @property
    def least(self) -> float:
        """The objective where the search stands, in its own units."""
        return self.point.objective

    @property
    def gap_left(self) -> float:
        """The difference of the two bounds."""
        return self.upper - self.bound.lower

    @property
    def is_closed(self) -> bool:
        """Whether the gap is what was asked for."""
        return self.gap_left <= max(self.gap * self.upper, self.floor)

    @property
    def directions(self) -> Floats:
        """Where the last wide search ended, in the caller's coordinates."""
        return self.view.upper(self.known)

    def look_near(self, directions: Floats) -> None:
        """Begin every ascent near these directions, too: maximizers of a similar problem."""
        self.known, _ = self.view.unit(self.view.lower(directions))

    def adopt(self, network: Network) -> None:
        """Start from a network: weighed anew for this beta, zero neurons left out.

        With a loss that has kinks it is offered as it is: proximal steps begin from the best one.
        """
        if self.problem.fit.pulled:
            self.offer(network)
            return
        placed = self._placed(network)
        if placed is not None:
            self._improve(*weigh(self.ground, placed, self.point.bias), _FINE)

    def go_on_from(self, network: Network) -> None:
        """Start from a network that is nearly the optimum, as it is."""
        placed = self._placed(network)
        if placed is not None:
            self.ground.balance(placed)
            self._improve(placed, np.ldexp(network.constants, -self.units.b), _FINE)

    def _placed(self, network: Network) -> VectorNeurons | None:
        """Return the neurons of a network at cost |b_k|; None where there are none."""
        used = network.active()
        units, costs = self.view.unit(self.view.lower(network.hidden[used]))
        outputs = network.output[used][costs > 0.0]
        masses = np.ldexp(costs[costs > 0.0], self.units.a - self.units.b)
        if not len(units) or not np.isfinite(outputs * masses[:, None]).all():
            return None
        b = outputs * masses[:, None]
        states = self.ground.place(units, b, self.point.v, near=0.0)
        z = self.ground.outputs_of(states).T @ b + self.point.bias
        if not np.isfinite(z).all():
            return None
        # Its own residual says on which kinks a neuron stays.
        v = self.ground.fit.answer(z.ravel())[0].reshape(z.shape)
        placed = self.ground.place(units, b, v, near=_NEAR)
        kept = np.flatnonzero(self.ground.masses(placed) > 0.0)
        return placed.take(kept) if len(kept) else None

    def offer(self, network: Network) -> None:
        """Keep a network if it is the best so far; the search stands where it stood."""
        upper = objective_value(self.problem, network)
        if upper < self.upper:
            self.network, self.upper = network, upper

    def round(self, deadline: float) -> bool:
        """Ascend and insert; where that ends, price exactly.  False when nothing changed."""
        found = self._look(deadline)
        if self.violation > self.threshold and self._insert(found):
            return True
        self._settle()
        worth = self.problem.decay * (1.0 + max(_CLEAR_PRICE, 10.0 * self.threshold))
        if self._price(found, worth):
            return True
        return self.cut_short and self._price(found, math.inf)

    def _settle(self) -> None:
        """Polish until Newton's method ends by itself: a price is about the dual vector it ends with."""
        for _ in range(_SETTLING):
            steps = self.polisher.steps
            net = self.point.net
            self._improve(net.take(np.arange(len(net.w))), self.point.bias, _FINE)
            if self.polisher.steps - steps < _FINE or time.perf_counter() >= self.deadline:
                return

    def grow(self, deadline: float) -> bool:
        """Ascend and insert, without a price; whether the objective fell."""
        found = self._look(deadline)
        return self.violation > self.threshold and self._insert(found)

    def _look(self, deadline: float) -> VectorCandidates:
        """Begin a round: ascend, and look harder where nothing is found."""
        self.rounds += 1
        self.polisher.deadline = self.deadline = deadline
        found = self._ascend(self.starts)
        if found.best <= self.ground.beta * (1.0 + self.threshold):
            # an exact pass costs more than a wider search: look harder first
            found = self._ascend(self._wide)
            self.known = found.directions
        self.violation = found.best / self.ground.beta - 1.0
        return found

    @property
    def _wide(self) -> int:
        n, r = self.view.rows.shape
        most: int = min(_WIDE, 6**r, _WIDE_WORK // max(1, n * r * self.ground.outputs))
        return max(self.starts, most)

    def price(self, deadline: float) -> VectorCandidates:
        """Price the present dual vector: the bound so far, whatever came before."""
        self.deadline = deadline
        return self._priced(self.known, math.inf)

    def price_vector(self, v: Floats, deadline: float) -> Floats:
        """Price a dual vector and keep the bound if it is the best; return what violates it.

        Vector and directions are in the caller's units.
        """
        self.deadline = deadline
        found = self._price_of(self.problem.feasible(v), self.known, math.inf)
        return self.view.upper(found.directions)

    def _price(self, candidates: VectorCandidates, enough: float) -> bool:
        """One exact pass; whether it closed the gap or its directions lowered the objective."""
        found = self._priced(candidates.directions, enough)
        if self.is_closed:
            return True
        if time.perf_counter() >= self.deadline:
            return False
        return self._insert(found)

    def _outer(self, v: Floats) -> Floats:
        """Return a dual vector in the caller's units, flat, feasible for loss and biases."""
        return self.problem.feasible(self.units.outer_dual(v).ravel())

    def _priced(self, starts: Floats, enough: float) -> VectorCandidates:
        """Price the present dual vector exactly."""
        return self._price_of(self._outer(self.point.v), starts, enough)

    def _price_of(self, outer: Floats, starts: Floats, enough: float) -> VectorCandidates:
        """Price exactly and keep the bound if it is the best; return the directions met."""
        beta = self.problem.decay
        final = max(price_tolerance(self.problem, outer, self.upper, self.gap), 1e-12)
        # Coarse passes cost little beside the last one, and leave a bound where time runs out.
        for tolerance in [*(coarse for coarse in _COARSE if coarse > 30.0 * final), final]:
            left = self.deadline - time.perf_counter()
            method = VectorBranchAndBound(
                tolerance=tolerance,
                time_limit=None if left == math.inf else max(0.0, left),
                executor=self.executor,
            )
            result = self.view.priced.price_matrix(
                method,
                outer.reshape(self.point.v.shape),
                floor=beta,
                enough=enough,
                starts=self.view.upper(starts),
            )
            self.nodes += result.nodes
            bound = DualBound.of(self.problem, outer, result.bound)
            if bound.lower > self.bound.lower or self.bound.peak == math.inf:
                self.bound = bound
            exceeded = result.value > beta * (1.0 + max(_CLEAR_PRICE, 10.0 * final))
            if exceeded or result.status is PricingStatus.TIME_LIMIT:
                break
        self.cut_short = result.status is PricingStatus.FOUND
        self.violation = result.value / beta - 1.0
        units, costs = self.view.unit(self.view.lower(result.directions))
        used = costs > 0.0
        values = result.values[used] * (self.ground.beta / beta)
        return distinct(units, result.outputs[used], values)

    def _ascend(self, starts: int) -> VectorCandidates:
        rng = np.random.default_rng(self.rounds)
        sample = rng.standard_normal((starts, self.view.decayed))
        near = np.concatenate([self.point.net.w, self.known])
        return self.sight.maximizers(self.ground, self.point.v, near, sample)

    def _insert(self, found: VectorCandidates) -> bool:
        """Weigh old and new atoms together, then polish; whether the objective fell."""
        above = np.flatnonzero(found.values > self.ground.beta * (1.0 + self.threshold))[:_MOST_NEW]
        if not len(above):
            return False
        fresh = self.ground.place(
            found.directions[above], np.zeros_like(found.outputs[above]), self.point.v, near=_NEAR
        )
        attracted = self.ground.place(
            found.directions[above], found.outputs[above], self.point.v, near=_NEAR
        )
        fresh.w, fresh.states = attracted.w, attracted.states
        net, bias = weigh(self.ground, self.point.net.joined(fresh), self.point.bias)
        return self._improve(net, bias, _ROUGH if self.violation > _CLEAR else _FINE)

    def _improve(self, net: VectorNeurons, bias: Floats, steps: int) -> bool:
        """Polish and keep what is better than the present point."""
        point = self.polisher.polish(net, bias, steps)
        least = self.point.objective
        if point.objective > least + _TIE * abs(least):
            return False
        self.point = point
        network = self._network()
        self.offer(network)
        return point.objective < least - _FALL * abs(least)

    def _network(self) -> Network:
        """Return the balanced network in the caller's units."""
        net = self.point.net
        lengths = self.ground.costs(net.w)[:, None]
        weight = np.sqrt(np.ldexp(self.ground.masses(net), self.units.b - self.units.a))[:, None]
        units = net.b / np.linalg.norm(net.b, axis=1)[:, None]
        empty = self.problem.gauge.empty(0.0, self.problem.outputs)
        network = empty.with_weights(self.view.upper(net.w / lengths) * weight, units * weight)
        return self.problem.realized(network, np.ldexp(self.point.bias, self.units.b))

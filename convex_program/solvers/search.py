"""The state of a working-set solve: neurons, candidates, the best certificate so far.

Every round adds neurons at local maximizers of ``|v.phi(Xu)|`` above beta, reweighs and
polishes; exact pricing is asked only when ascent finds nothing, and alone decides the bound.  An
output bias is eliminated: it takes its share of every model.
"""

from __future__ import annotations

import math
import time
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from convex_program.network import Network
from convex_program.pricing import AutoPricing, PricingStatus
from convex_program.problem import TrainingProblem
from convex_program.solvers.adjacent import adjacent_cells, solve_cells
from convex_program.solvers.ascent import Candidates, distinct
from convex_program.solvers.atoms import weigh
from convex_program.solvers.bounds import DualBound, objective_value, price_tolerance, zero_floor
from convex_program.solvers.ground import OFF, ON, Floats, Ground, Neurons, Point
from convex_program.solvers.kinked import weigh_exactly
from convex_program.solvers.newton import Polisher, best_bias
from convex_program.solvers.relaxed import relaxable_rows, relaxed_bounds
from convex_program.solvers.units import Units
from convex_program.solvers.views import view_of

_WIDE_SEARCH = 20_000_000
"""Entries of X times starts spent on ascent before an exact pass."""
_MOST_STARTS = 20_000
_LOOKED = 4
"""One of so many of these starts is enough where a wide search, of this problem or a similar one, has been."""
_CLEAR = 1e-6
"""Relative violation for which an exact pass may stop early."""
_MOST_BLOCKS = 1_000
"""Variables of the conic program, roughly."""
_MOST_CELLS = 32
"""Cells around one neuron, when whole cells are solved."""
_FALL = 1e-12
"""Relative fall that is more than what Newton's method leaves open for a loss with kinks."""
_SAME = 1e-13
"""Relative rise of an objective that is rounding: a better dual vector is worth it."""
_PORTION = 1_000_000
"""Entries of X times starts between two looks at the clock."""
_FEWEST = 8
"""Starts between two looks, however large the data."""
_MOST_TURNS = 12
"""Times in a row that the dual vector alone may change."""
_WEIGHED = (0.1, 1.0)
"""Parts of the steepest rates with which atoms are weighed: far from the present outputs."""


class Search:
    """State of one solve; works in scaled, reduced coordinates, certifies in the caller's.

    Parameters
    ----------
    problem : TrainingProblem
    gap : float
        Relative gap wanted.
    executor : Executor or None
    starts : int
        Random starts of the ascent in each round.
    deadline : float
        By ``time.perf_counter``, for what comes before the first round; each round has its own.
    """

    def __init__(
        self,
        problem: TrainingProblem,
        *,
        gap: float,
        executor: Executor | None,
        starts: int,
        deadline: float = math.inf,
    ) -> None:
        self.problem, self.gap, self.floor = problem, gap, zero_floor(problem)
        self.executor, self.starts = executor, starts
        self.view = view_of(problem.gauge)
        self.units, fit = Units.of(problem, self.view.shift)
        self.ground = Ground(
            X=np.ascontiguousarray(self.view.rows),
            fit=fit,
            beta=self.units.decay(problem),
            bend=self.units.bend(problem),
            gains=np.array([*problem.activation.gains, 0.0]),
            decayed=self.view.decayed,
        )
        self.polisher = Polisher(self.ground)
        self.point = self.polisher.start()
        self.least = self.point.objective
        self.known, self.spared = np.empty((0, self.ground.X.shape[1])), 1
        self.network = problem.empty_network()
        self.upper = objective_value(problem, self.network)
        self.bound = DualBound(0.0, self._outer(self.point.v), math.inf)
        self.violation = math.inf
        self.threshold = max(0.02 * gap, 1e-12)  # relative violation worth a neuron
        self.cut_short = False
        self.deadline = self.polisher.deadline = deadline
        self.nodes = self.newton_iterations = self.rounds = self.turns = 0
        self.pool = self.point.net
        self.relaxable = relaxable_rows(self.view.priced)

    def adopt(self, network: Network, dual: Floats | None = None) -> None:
        """Start from a network: weighed anew for this beta, zero neurons left out.

        Parameters
        ----------
        network : Network
        dual : (n,) float64, optional
            What its outputs are answered with, in the caller's units, where a loss with kinks leaves a
            choice.
        """
        placed = self._placed(network)
        if placed is None:
            return
        net, bias, v = self._weighed(*placed, self.point)
        if dual is not None:
            v = np.ldexp(dual, self.units.b - self.units.e)
        self._improve(net, bias, v)
        if v is not None:
            self.point = replace(self.point, v=v)

    def offer(self, network: Network) -> None:
        """Keep a network if it is the best so far; the search stands where it stood."""
        upper = objective_value(self.problem, network)
        if upper < self.upper:
            self.network, self.upper = network, upper

    def go_on_from(self, network: Network) -> None:
        """Start from a network that is nearly the optimum, as it is."""
        placed = self._placed(network)
        if placed is not None:
            net, masses = placed
            net.w *= masses[:, None]
            self._improve(net, math.ldexp(network.output_bias, -self.units.b))

    def _placed(self, network: Network) -> tuple[Neurons, Floats] | None:
        """Return the neurons of a network at cost 1, and their costs; None where there are none."""
        used = network.active()
        hidden, output = network.hidden[used], network.output[used, 0]
        with np.errstate(over="ignore", invalid="ignore"):
            # lengths first: products of large weights overflow where neither factor does
            sizes = np.abs(hidden).max(axis=1, initial=0.0)
            units, costs = self.view.unit(self.view.lower(hidden / sizes[:, None]))
            keep = costs > 0.0
            masses = costs * np.ldexp(sizes * np.abs(output), self.units.a - self.units.b)
            signs = np.sign(output)[keep]
            masses = masses[keep]
            z = self.problem.activation(self.ground.X @ units.T) @ (signs * masses)
        if len(units) == 0 or not np.isfinite(z).all():
            return None
        # Its own residual, not that of no network, says on which kinks a neuron stays.
        v, _ = self.ground.fit.answer(z + self.point.bias, self.point.v, 1e-3)
        return self.ground.place(units, signs, v, near=1e-9), masses

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
        self.spared = _LOOKED if len(self.known) else 1

    def round(self, deadline: float) -> bool:
        """Ascend and insert; where that ends, price exactly; where that ends, solve whole cells.

        Returns False when nothing changed the network.
        """
        candidates = self._look(deadline)
        if self.violation > self.threshold and (
            self._insert(candidates) or (self.ground.fit.pulled and self._solve_cells(candidates))
        ):
            return True
        # a clear violation ends the pass early; if it leads nowhere, the bound is still owed
        worth = self.problem.decay * (1.0 + max(_CLEAR, 10.0 * self.threshold))
        if self._price(candidates, worth, deadline):
            return True
        return self.cut_short and self._price(candidates, math.inf, deadline)

    def grow(self, deadline: float) -> bool:
        """Ascend and insert, without a price; whether the objective fell."""
        candidates = self._look(deadline)
        return self.violation > self.threshold and self._insert(candidates)

    def _look(self, deadline: float) -> Candidates:
        """Begin a round: ascend, and look harder where nothing is found."""
        self.rounds += 1
        self.newton_iterations = 0
        self.polisher.deadline = self.deadline = deadline
        candidates = self._ascend(self.starts)
        if candidates.best <= self.ground.beta * (1.0 + self.threshold):
            # an exact pass costs more than a wider search: look harder first
            candidates = self._ascend(self.starts + self._wide)
            self.known, self.spared = candidates.directions, _LOOKED
        self.violation = candidates.best / self.ground.beta - 1.0
        return candidates

    @property
    def _wide(self) -> int:
        """Starts of a search that costs less than an exact pass, whose cones grow with the rank."""
        n, rank = self.ground.X.shape
        most: int = min(_MOST_STARTS, 4**rank, _WIDE_SEARCH // max(1, n * rank))
        return most // self.spared

    def price(self, deadline: float) -> Candidates:
        """Price the present dual vector: the bound so far, whatever came before."""
        return self._priced(np.empty((0, self.ground.X.shape[1])), math.inf, deadline)

    def relax(self, deadline: float, *, bits: bool = True) -> bool:
        """Look for a better bound among dual vectors of the relaxed problem; whether it closes the gap.

        With bits for the rows where the relaxation without them ends, unless they are not wanted.
        """
        if self.relaxable is not None:
            bounds = relaxed_bounds(
                self.problem,
                self.relaxable,
                (self._outer(self.point.v), self.network),
                gap=self.gap,
                upper=self.upper,
                deadline=deadline,
                bits=bits,
            )
            for bound in bounds:
                if bound.lower > self.bound.lower:
                    self.bound = bound
        return self.is_closed

    def price_vector(self, v: Floats, deadline: float) -> Floats:
        """Price a dual vector and keep the bound if it is the best; return what violates it.

        Vector and directions are in the caller's units.
        """
        found = self._price_of(self.problem.feasible(v), self.known, math.inf, deadline)
        return self.view.upper(found.directions)

    def _price(self, candidates: Candidates, enough: float, deadline: float) -> bool:
        """One exact pass; whether it closed the gap or its directions lowered the objective."""
        found = self._priced(candidates.directions, enough, deadline)
        if self.is_closed:
            return True
        if time.perf_counter() >= deadline:
            return False
        return self._insert(found) or self._solve_cells(found)

    def _outer(self, v: Floats) -> Floats:
        """Return a dual vector in the caller's units, feasible for loss and biases."""
        return self.problem.feasible(self.units.outer_dual(v))

    def _priced(self, starts: Floats, enough: float, deadline: float) -> Candidates:
        """Price exactly and keep the bound if it is the best; return the directions met."""
        if self.ground.fit.pulled and not self.turns:
            # The loss leaves a choice of v at this fit: the one that answers best, to all digits.
            net = self.point.net
            self._improve(net.take(np.arange(len(net.w))), self.point.bias, self.point.v)
        return self._price_of(self._outer(self.point.v), starts, enough, deadline)

    def _price_of(
        self, outer: Floats, starts: Floats, enough: float, deadline: float
    ) -> Candidates:
        """Price a vector that the problem allows."""
        left = deadline - time.perf_counter()
        pricing = AutoPricing(
            tolerance=max(price_tolerance(self.problem, outer, self.upper, self.gap), 1e-13),
            time_limit=None if left == math.inf else max(0.0, left),
            executor=self.executor,
        )
        beta = self.problem.decay
        result = self.view.priced.price(
            pricing, outer, floor=beta, enough=enough, starts=self.view.upper(starts)
        )
        self.cut_short = result.status is PricingStatus.FOUND
        self.nodes += result.nodes
        self.violation = result.value / beta - 1.0
        bound = DualBound.of(self.problem, outer, result.bound)
        if bound.lower > self.bound.lower or self.bound.peak == math.inf:
            self.bound = bound
        units, costs = self.view.unit(self.view.lower(result.directions))
        return Candidates(
            units,
            result.signs.astype(float)[costs > 0.0],
            result.values[costs > 0.0] * (self.ground.beta / beta),
        )

    def _ascend(self, starts: int) -> Candidates:
        rng = np.random.default_rng(self.rounds)
        sample = rng.standard_normal((starts, self.ground.decayed))
        if self.deadline < math.inf:
            # with a limit, in portions: between them the clock is looked at
            portion = max(_FEWEST, _PORTION // max(1, self.ground.X.size))
            parts = [sample[i : i + portion] for i in range(0, len(sample), portion)]
        else:
            parts = [sample]
        net = self.point.net
        found = self._climbed(parts[0], net, self.known)
        # neurons and known places are climbed from once
        nobody, nowhere = net.take(np.empty(0, dtype=np.int64)), self.known[:0]
        for part in parts[1:]:
            if time.perf_counter() > self.deadline:
                break
            more = self._climbed(part, nobody, nowhere)
            found = distinct(
                np.concatenate([found.directions, more.directions]),
                np.concatenate([found.signs, more.signs]),
                np.concatenate([found.values, more.values]),
            )
        return found

    def _climbed(self, sample: Floats, net: Neurons, known: Floats) -> Candidates:
        return self.view.maximizers(self.point.v, net, sample, known=known, executor=self.executor)

    def _fresh(self, candidates: Candidates) -> Neurons:
        """Return neurons of cost 1 at the candidates above beta."""
        above = candidates.values > self.ground.beta * (1.0 + self.threshold)
        return self.ground.place(
            candidates.directions[above], candidates.signs[above], self.point.v, near=1e-9
        )

    def _insert(self, candidates: Candidates) -> bool:
        """Weigh old and new atoms together, then polish; whether the objective fell."""
        fresh = self._fresh(candidates)
        if len(fresh.w) == 0:
            return False
        net = self.point.net
        both = net.joined(fresh)
        costs = self.ground.costs(both.w)
        used = costs > 0.0
        if not used.all():
            both, costs = both.take(np.flatnonzero(used)), costs[used]
        both.w /= costs[:, None]
        start = np.concatenate([costs[: len(net.w)], np.zeros(len(both.w) - len(net.w))])
        return self._improve(*self._weighed(both, start, self.point))

    def _weighed(
        self, atoms: Neurons, start: Floats, point: Point
    ) -> tuple[Neurons, float, Floats | None]:
        """Return atoms with the best weights they can have together; `atoms` is changed.

        With an output bias, and with the dual vector where the loss has kinks.
        """
        ground = self.ground
        fits = atoms.fits(ground.X, ground.gains).T
        costs = ground.costs(atoms.w)
        v: Floats | None = None
        bias = point.bias
        if ground.fit.pulled:
            weights, bias, v = weigh_exactly(fits, ground, costs)
        else:
            weights, bias = self._weighed_smoothly(fits, costs, start, point)
        atoms.w *= weights[:, None]
        return atoms.take(np.flatnonzero(weights > 0.0)), bias, v

    def _weighed_smoothly(
        self, fits: Floats, costs: Floats, start: Floats, point: Point
    ) -> tuple[Floats, float]:
        """Return weights and the output bias at which F falls, for a loss without kinks.

        Where the loss is flat at the present outputs a model of small rates leads far away;
        with the steepest rates it is nowhere below the loss, and F falls.
        """
        ground = self.ground
        for part in _WEIGHED:
            model = self.polisher.quadratic(point, part)
            weights = weigh(fits, model, costs, start)
            z = fits @ weights
            bias = best_bias(model, z)
            value = ground.fit.value(z + bias) + ground.penalty(float(costs @ weights), bias)
            if value <= point.objective:
                break
        return weights, bias

    def _solve_cells(self, candidates: Candidates) -> bool:
        """Restart the Newton method from the conic solution over all cells around.

        A loss with kinks leaves a choice of dual vectors where the objective does not fall: the
        one of the conic program, which no cell around violates, is progress too.
        """
        ground, kinked = self.ground, self.ground.fit.pulled
        around = self.point.net.joined(self._fresh(candidates))
        if kinked:
            around = self._pooled(around)
        if len(around.w) == 0:
            return False
        # a dense program in cells * rank variables: keep it small
        most = max(1, min(_MOST_CELLS, _MOST_BLOCKS // around.w.size))
        patterns, signs, directions = adjacent_cells(around, most)
        found = solve_cells(
            ground,
            None if kinked else self.polisher.quadratic(self.point),
            patterns=patterns,
            signs=signs,
            directions=directions,
            deadline=self.deadline,
        )
        if found is None:
            return False
        costs = ground.costs(found.blocks)
        used = costs > 1e-7 * costs.max(initial=0.0)
        if not used.any():
            return False
        if found.v is not None:
            # By state the blocks put out what the conic program says, on kinks or not.
            states = np.where(patterns[used], ON, OFF).astype(np.int8)
            raw = Neurons(found.blocks[used].copy(), signs[used], states)
            # Blocks that cost nothing put constants out, which are the output bias's business.
            idle = np.where(patterns[~used], ground.gains[ON], ground.gains[OFF])
            idle = signs[~used][:, None] * idle * (found.blocks[~used] @ ground.X.T)
            constant = float(idle.sum(axis=0).mean()) if ground.bend is not None else 0.0
            bias = found.bias + constant
            value = self.polisher.objective(raw, bias)
            if value < self.point.objective * (1.0 - _FALL):
                self._accept(Point(raw, bias, found.v, value))
                self.polisher.anchor_at(found.v)
                self.turns = 0
                return True
        v = self.point.v if found.v is None else found.v
        net = ground.place(found.blocks[used], signs[used], v, near=1e-6)
        net.w *= costs[used][:, None]
        fell = self._improve(net, found.bias if kinked else None, found.v)
        if found.v is not None and not fell:
            self.point = replace(self.point, v=found.v)
            self.polisher.anchor_at(found.v)
            self.turns += 1
            return self.turns < _MOST_TURNS
        self.turns = 0
        return fell

    def _pooled(self, around: Neurons) -> Neurons:
        """Return neurons with those that were around in the last rounds without a fall."""
        self.pool = (
            around.take(np.arange(len(around.w))) if not self.turns else around.joined(self.pool)
        )
        return self.pool

    def _improve(self, net: Neurons, bias: float | None = None, v: Floats | None = None) -> bool:
        """Polish ``net`` and keep it if it is better than the present one."""
        # Not the present point's objective: two points that differ by rounding would take turns
        # for ever.
        least = self.least
        allowed = least * (1.0 + (_SAME if self.ground.fit.pulled else 0.0))
        point, taken = self.polisher.polish(net, self.point.bias if bias is None else bias, v)
        self.newton_iterations += taken
        if point.objective >= allowed:
            return False
        self._accept(point)
        return point.objective < least * (1.0 - (_FALL if self.ground.fit.pulled else 1e-15))

    def _accept(self, point: Point) -> None:
        """Stand at a point; keep its network if it is the best."""
        self.point, self.least = point, min(self.least, point.objective)
        self.offer(self._network())

    def _network(self) -> Network:
        """Return the balanced network in the caller's units."""
        net, units = self.point.net, self.units
        costs = self.ground.costs(net.w)
        directions = self.view.upper(net.w / costs[:, None])
        weight = np.sqrt(np.ldexp(costs, units.b - units.a))
        network = self.problem.gauge.empty(0.0).with_weights(
            directions * weight[:, None], net.signs * weight
        )
        return self.problem.realized(network, math.ldexp(self.point.bias, units.b))

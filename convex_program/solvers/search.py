"""The state of a working-set solve: neurons, candidates, the best certificate so far.

Squared loss.  Every round adds neurons at local maximizers of ``|v.(Xu)_+|`` above beta,
reweighs and polishes; exact pricing is asked only when ascent finds nothing, and alone
decides the bound.  An output bias is eliminated: it takes its share of the residuals.
"""

from __future__ import annotations

import math
import time
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from convex_program.network import Network
from convex_program.norms import row_norms
from convex_program.pricing import AutoPricing, PricingStatus, ReducedRows
from convex_program.problem import TrainingProblem
from convex_program.solvers.adjacent import adjacent_cells, solve_cells
from convex_program.solvers.ascent import Candidates, local_maximizers
from convex_program.solvers.atoms import weigh
from convex_program.solvers.bounds import DualBound, objective_value
from convex_program.solvers.newton import Floats, Neurons, Polisher, place

_WIDE_SEARCH = 20_000_000
"""Entries of X times starts spent on ascent before an exact pass."""
_MOST_STARTS = 20_000
_LOOKED = 4
"""One of so many of these starts is enough when a similar problem says where maximizers lie."""
_CLEAR = 1e-6
"""Relative violation for which an exact pass may stop early."""
_MOST_BLOCKS = 1_000
"""Variables of the conic program, roughly."""
_MOST_CELLS = 32
"""Cells around one neuron, when whole cells are solved."""


@dataclass(frozen=True, slots=True)
class _Units:
    """Powers of two between the caller's problem and the one solved: X' = X/2^a, y' = y/2^b."""

    a: int
    b: int

    @classmethod
    def of(cls, X: Floats, y: Floats) -> _Units:
        return cls(
            int(np.frexp(np.abs(X).max(initial=0.0))[1]),
            int(np.frexp(np.abs(y).max(initial=0.0))[1]),
        )


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
    """

    def __init__(
        self, problem: TrainingProblem, *, gap: float, executor: Executor | None, starts: int
    ) -> None:
        X, y, beta = np.ascontiguousarray(problem.features), problem.targets, problem.decay
        self.problem, self.gap = problem, gap
        self.executor, self.starts = executor, starts
        self.units = _Units.of(X, y)
        self.reduced = ReducedRows.of_problem(problem)
        rows = np.ldexp(X, -self.units.a)
        self.rows = rows if self.reduced.basis is None else rows @ self.reduced.basis
        self.polisher = Polisher(
            self.rows,
            np.ldexp(y, -self.units.b),
            math.ldexp(beta, -self.units.a - self.units.b),
            problem.output_bias.left_over(len(y), beta),
        )
        self.net = Neurons.empty(len(y), self.rows.shape[1])
        self.known, self.spared = np.empty((0, self.rows.shape[1])), 1
        self.network = problem.empty_network()
        self.upper = objective_value(problem, self.network)
        first = problem.output_bias.feasible(problem.residual(self.network), beta)
        self.bound = DualBound(0.0, first, math.inf)
        self.violation = math.inf
        self.threshold = max(0.02 * gap, 1e-12)  # relative violation worth a neuron
        self.lines = ReducedRows.of(self.rows)
        self.cut_short = False
        self.nodes = self.newton_iterations = self.rounds = 0

    def adopt(self, hidden: Floats, output: Floats) -> None:
        """Start from a network: weighed anew for this beta, zero neurons left out."""
        with np.errstate(over="ignore"):
            mass = np.abs(output) * row_norms(hidden)
        used = mass > 0.0
        directions = self.reduced.lower(hidden[used] / row_norms(hidden[used])[:, None])
        lengths = np.linalg.norm(directions, axis=1)
        keep = lengths > 0.0
        directions = directions[keep] / lengths[keep, None]
        signs = np.sign(output[used])[keep]
        with np.errstate(over="ignore", invalid="ignore"):
            masses = np.ldexp(mass[used][keep] * lengths[keep], self.units.a - self.units.b)
            outputs = np.maximum(self.rows @ directions.T, 0.0) @ (signs * masses)
        if len(directions) == 0 or not np.isfinite(outputs).all():
            return
        # Its own residual, not the targets, says on which kinks a neuron stays.
        net = self._place(directions, signs, self.polisher.share_taken(self.polisher.y - outputs))
        self._improve(self._weighed(net, masses))

    @property
    def directions(self) -> Floats:
        """Where the last wide search ended, in the caller's coordinates."""
        return self.reduced.upper(self.known)

    def look_near(self, directions: Floats) -> None:
        """Begin every ascent near these directions, too: maximizers of a similar problem."""
        known = self.reduced.lower(directions)
        lengths = np.linalg.norm(known, axis=1)
        self.known = known[lengths > 0.0] / lengths[lengths > 0.0, None]
        self.spared = _LOOKED if len(self.known) else 1

    def round(self, deadline: float) -> bool:
        """Ascend and insert; where that ends, price exactly; where that ends, solve whole cells.

        Returns False when nothing changed the network.
        """
        self.rounds += 1
        self.newton_iterations = 0
        v = self.polisher.residual(self.net)
        candidates = self._ascend(v, self.starts)
        if candidates.best <= self.polisher.beta * (1.0 + self.threshold):
            # an exact pass costs more than a wider search: look harder first
            candidates = self._ascend(v, self.starts + self._wide)
            self.known = candidates.directions
        self.violation = candidates.best / self.polisher.beta - 1.0
        if self.violation > self.threshold and self._insert(candidates, v):
            return True
        # a clear violation ends the pass early; if it leads nowhere, the bound is still owed
        worth = self.problem.decay * (1.0 + max(_CLEAR, 10.0 * self.threshold))
        if self._price(candidates, worth, deadline):
            return True
        return self.cut_short and self._price(candidates, math.inf, deadline)

    @property
    def _wide(self) -> int:
        """Starts of a search that costs less than an exact pass, whose cones grow with the rank."""
        n, rank = self.rows.shape
        most: int = min(_MOST_STARTS, 4**rank, _WIDE_SEARCH // max(1, n * rank))
        return most // self.spared

    def price(self, deadline: float) -> Candidates:
        """Price the present network's residual: the bound so far, whatever came before."""
        return self._priced(np.empty((0, self.rows.shape[1])), math.inf, deadline)

    def _price(self, candidates: Candidates, enough: float, deadline: float) -> bool:
        """One exact pass; whether it closed the gap or its directions lowered the objective."""
        found = self._priced(candidates.directions, enough, deadline)
        if self.upper - self.bound.lower <= self.gap * self.upper:
            return True
        v = self.polisher.residual(self.net)
        return self._insert(found, v) or self._solve_cells(found, v)

    def _priced(self, starts: Floats, enough: float, deadline: float) -> Candidates:
        """Price exactly and keep the bound if it is the best; return the directions met."""
        outer = np.ldexp(self.polisher.residual(self.net), self.units.b)
        outer = self.problem.output_bias.feasible(outer, self.problem.decay)
        left = deadline - time.perf_counter()
        pricing = AutoPricing(
            tolerance=max(self._tolerance(), 1e-13),
            time_limit=None if left == math.inf else max(0.0, left),
            executor=self.executor,
        )
        beta = self.problem.decay
        result = pricing.price_rows(
            self.reduced, outer, floor=beta, enough=enough, starts=self.reduced.upper(starts)
        )
        self.cut_short = result.status is PricingStatus.FOUND
        self.nodes += result.nodes
        self.violation = result.value / beta - 1.0
        bound = DualBound.of(self.problem, outer, result.bound)
        if bound.lower > self.bound.lower or self.bound.peak == math.inf:
            self.bound = bound
        return Candidates(
            self.reduced.lower(result.directions), result.signs.astype(float),
            result.values * (self.polisher.beta / beta),
        )  # fmt: skip

    def _tolerance(self) -> float:
        """Return the relative error of h(v) that costs about half the gap.

        The bound falls by ``v.z = beta sum |output| |hidden|`` times that error.
        """
        norms = np.linalg.norm(self.network.hidden, axis=1)
        penalty = self.problem.decay * float(np.abs(self.network.output[:, 0]) @ norms)
        return 0.5 * self.gap / max(0.1, penalty / self.upper if self.upper > 0.0 else 1.0)

    def _place(self, directions: Floats, signs: Floats, v: Floats) -> Neurons:
        return place(self.rows, self.polisher.lengths, directions, signs, v, near=1e-9)

    def _ascend(self, v: Floats, starts: int) -> Candidates:
        rng = np.random.default_rng(self.rounds)
        sample = rng.standard_normal((starts, self.rows.shape[1]))
        return local_maximizers(
            self.lines, v, self.net, sample, known=self.known, executor=self.executor
        )

    def _fresh(self, candidates: Candidates, v: Floats) -> Neurons:
        """Return unit neurons at the candidates above beta."""
        above = candidates.values > self.polisher.beta * (1.0 + self.threshold)
        return self._place(candidates.directions[above], candidates.signs[above], v)

    def _insert(self, candidates: Candidates, v: Floats) -> bool:
        """Weigh old and new atoms together, then polish; whether the objective fell."""
        fresh = self._fresh(candidates, v)
        if len(fresh.w) == 0:
            return False
        both = self.net.joined(fresh)
        norms = np.linalg.norm(both.w, axis=1)
        both.w /= norms[:, None]
        start = np.concatenate([norms[: len(self.net.w)], np.zeros(len(fresh.w))])
        return self._improve(self._weighed(both, start))

    def _weighed(self, atoms: Neurons, start: Floats) -> Neurons:
        """Return unit neurons with the best weights they can have together; `atoms` is changed."""
        fits = self.polisher.centred(atoms.fits(self.rows).T)
        weights = weigh(fits, self.polisher.centred(self.polisher.y), self.polisher.beta, start)
        atoms.w *= weights[:, None]
        return atoms.take(weights > 0.0)

    def _solve_cells(self, candidates: Candidates, v: Floats) -> bool:
        """Restart the Newton method from the conic solution over all cells around."""
        around = self.net.joined(self._fresh(candidates, v))
        if len(around.w) == 0:
            return False
        # a dense quadratic in cells * rank variables: keep it small
        most = max(1, min(_MOST_CELLS, _MOST_BLOCKS // around.w.size))
        patterns, signs, directions = adjacent_cells(around, most)
        blocks = solve_cells(
            self.rows,
            self.polisher.y,
            self.polisher.beta,
            patterns=patterns,
            signs=signs,
            directions=directions,
            centred=self.polisher.centred,
        )
        norms = np.linalg.norm(blocks, axis=1)
        used = norms > 1e-7 * norms.max(initial=0.0)
        if not used.any():
            return False
        net = place(self.rows, self.polisher.lengths, blocks[used], signs[used], v, near=1e-6)
        net.w *= norms[used][:, None]
        return self._improve(net)

    def _improve(self, net: Neurons) -> bool:
        """Polish ``net`` and keep it if it is better than the present one."""
        before = self.polisher.objective(self.net)
        net, report = self.polisher.polish(net)
        self.newton_iterations += report.iterations
        after = self.polisher.objective(net)
        if after >= before:
            return False
        self.net = net
        network = self._network()
        upper = objective_value(self.problem, network)
        if upper < self.upper:
            self.network, self.upper = network, upper
        return after < before * (1.0 - 1e-15)

    def _network(self) -> Network:
        """Return the balanced network in the caller's units, with its best output bias."""
        norms = np.linalg.norm(self.net.w, axis=1)
        units = self.reduced.upper(self.net.w / norms[:, None])
        weight = np.sqrt(np.ldexp(norms, self.units.b - self.units.a))
        rest = self.polisher.y - self.net.output(self.rows)
        bias = math.ldexp(self.polisher.share * float(rest.sum()), self.units.b)
        return Network(units * weight[:, None], self.net.signs * weight, bias)

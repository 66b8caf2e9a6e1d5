"""The state of a working-set solve: neurons, candidates, the best certificate so far.

Squared loss.  Every round adds neurons at local maximizers of ``|v.(Xu)_+|`` above beta,
reweighs and polishes; exact pricing is asked only when ascent finds nothing, and alone
decides the bound.
"""

from __future__ import annotations

import math
import time
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from convex_program.pricing import AutoPricing, Pricing, PricingStatus, ReducedRows, signed_rows
from convex_program.problem import TrainingProblem
from convex_program.solvers.adjacent import adjacent_cells, solve_cells
from convex_program.solvers.atoms import weigh
from convex_program.solvers.newton import Floats, Neurons, Polisher, place

_WIDE_SEARCH = 2_000_000
"""Entries of X times starts spent on ascent before an exact pass."""
_MOST_STARTS = 1_500
_CLEAR = 1e-6
"""Relative violation for which an exact pass may stop early."""
_CANDIDATES = 400
"""Best ends of ascent looked at in one round."""
_MOST_BLOCKS = 1_000
"""Variables of the conic program, roughly."""
_MOST_CELLS = 32
"""Cells around one neuron, when whole cells are solved."""


def dual_value(y: Floats, v: Floats, beta: float, bound: float) -> float:
    """Return ``t v.y - t^2 |v|^2 / 2`` with the best feasible t, rounded down.

    Notes
    -----
    It steers the search; certificates evaluate the same number in fractions.  Any t with |t| bound <= beta is feasible, so t may be rounded freely towards zero.  fsum
    rounds the sum of the rounded products once: the products' errors are at most 2^-53 of
    their absolute sum, those of the few operations after it are covered by 2^-50.
    """
    inner = math.fsum(v * y)
    square = math.fsum(v * v)
    if square == 0.0:
        return 0.0
    most = beta / bound * (1.0 - 2.0**-51) if bound > 0.0 else math.inf
    t = max(-most, min(most, inner / square))
    size = abs(t) * math.fsum(np.abs(v * y)) + t * t * square
    return max(0.0, t * inner - 0.5 * t * t * square - 2.0**-50 * size)


def objective_value(X: Floats, y: Floats, hidden: Floats, output: Floats, beta: float) -> float:
    """Return ``1/2 |z - y|^2 + beta/2 (|hidden|^2 + |output|^2)``, rounded up.

    Notes
    -----
    A residual has error at most gamma_{d+m+3} times the sum of the absolute terms of z_i and
    y_i; the bound is added to its absolute value before squaring.
    """
    m, d = hidden.shape
    pre = X @ hidden.T
    residual = np.abs(np.maximum(pre, 0.0) @ output - y)
    size = (np.abs(X) @ np.abs(hidden).T) @ np.abs(output) + np.abs(y)
    residual += (d + m + 8) * 2.0**-52 * size
    penalty = math.fsum(hidden.ravel() ** 2) + math.fsum(output**2)
    return (0.5 * math.fsum(residual**2) + 0.5 * beta * penalty) * (1.0 + 2.0**-48)


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


@dataclass(frozen=True, eq=False)
class _Candidates:
    """Directions (k, d) with signs (k,) and values ``sign v.(Xu)_+`` (k,), in inner units."""

    directions: Floats
    signs: Floats
    values: Floats


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
        X = np.ascontiguousarray(problem.features)
        y, beta = problem.targets, problem.decay
        self.X, self.y, self.beta, self.gap = X, y, beta, gap
        self.executor, self.starts = executor, starts
        self.units = _Units.of(X, y)
        self.reduced = ReducedRows.of_problem(problem)
        rows = np.ldexp(X, -self.units.a)
        self.rows = rows if self.reduced.basis is None else rows @ self.reduced.basis
        self.polisher = Polisher(
            self.rows, np.ldexp(y, -self.units.b), math.ldexp(beta, -self.units.a - self.units.b)
        )
        self.net = Neurons.empty(len(y), self.rows.shape[1])
        self.network: tuple[Floats, Floats] = (np.empty((0, X.shape[1])), np.empty(0))
        self.upper = objective_value(X, y, *self.network, beta)
        self.lower = 0.0
        self.v = y
        self.priced: Pricing | None = None
        self.violation = math.inf
        self.threshold = max(0.02 * gap, 1e-12)  # relative violation worth a neuron
        self.lines = ReducedRows.of(self.rows)
        self.cut_short = False
        self.nodes = self.newton_iterations = self.rounds = 0

    def adopt(self, hidden: Floats, output: Floats) -> None:
        """Start from a network: balanced, zero neurons left out."""
        weight = np.abs(output) * np.linalg.norm(hidden, axis=1)
        used = weight > 0.0
        directions = self.reduced.lower(hidden[used])
        keep = np.linalg.norm(directions, axis=1) > 0.0
        net = self._place(directions[keep], np.sign(output[used])[keep], self.polisher.y)
        net.w *= np.ldexp(weight[used][keep], self.units.a - self.units.b)[:, None]
        self._improve(net)

    def round(self, deadline: float) -> bool:
        """Ascend and insert; where that ends, price exactly; where that ends, solve whole cells.

        Returns False when nothing changed the network.
        """
        self.rounds += 1
        self.newton_iterations = 0
        v = self.polisher.y - self.net.output(self.rows)
        candidates = self._ascend(v, self.starts)
        if candidates.values.max(initial=0.0) <= self.polisher.beta * (1.0 + self.threshold):
            # an exact pass costs more than a wider search: look harder first
            candidates = self._ascend(
                v, self.starts + min(_MOST_STARTS, _WIDE_SEARCH // max(1, self.rows.size))
            )
        self.violation = float(candidates.values.max(initial=0.0)) / self.polisher.beta - 1.0
        if self.violation > self.threshold and self._insert(candidates, v):
            return True
        # a clear violation ends the pass early; if it leads nowhere, the bound is still owed
        worth = self.beta * (1.0 + max(_CLEAR, 10.0 * self.threshold))
        if self._price(candidates, worth, deadline):
            return True
        return self.cut_short and self._price(candidates, math.inf, deadline)

    def _price(self, candidates: _Candidates, enough: float, deadline: float) -> bool:
        """One exact pass; whether it closed the gap or its directions lowered the objective."""
        v = self.polisher.y - self.net.output(self.rows)
        outer = np.ldexp(v, self.units.b)
        left = deadline - time.perf_counter()
        pricing = AutoPricing(
            tolerance=max(self._tolerance(), 1e-13),
            time_limit=None if left == math.inf else max(0.0, left),
            executor=self.executor,
        )
        result = pricing.price_rows(
            self.reduced,
            outer,
            floor=self.beta,
            enough=enough,
            starts=self.reduced.upper(candidates.directions),
        )
        self.cut_short = result.status is PricingStatus.FOUND
        self._record(result, outer)
        self.violation = result.value / self.beta - 1.0
        if self.upper - self.lower <= self.gap * self.upper:
            return True
        found = _Candidates(
            self.reduced.lower(result.directions), result.signs.astype(float),
            result.values * (self.polisher.beta / self.beta),
        )  # fmt: skip
        return self._insert(found, v) or self._solve_cells(found, v)

    def _tolerance(self) -> float:
        """Return the relative error of h(v) that costs about half the gap.

        The bound falls by ``v.z = beta sum |output| |hidden|`` times that error.
        """
        hidden, output = self.network
        penalty = self.beta * float(np.abs(output) @ np.linalg.norm(hidden, axis=1))
        return 0.5 * self.gap / max(0.1, penalty / self.upper if self.upper > 0.0 else 1.0)

    def _place(self, directions: Floats, signs: Floats, v: Floats) -> Neurons:
        return place(self.rows, self.polisher.lengths, directions, signs, v, near=1e-9)

    def _ascend(self, v: Floats, starts: int) -> _Candidates:
        """Return local maximizers for both signs, best first, one per direction."""
        from convex_program.kernels import ascend

        rng = np.random.default_rng(self.rounds)
        sample = rng.standard_normal((starts, self.rows.shape[1]))
        found: list[tuple[float, float, Floats]] = []
        for sign in (1.0, -1.0):
            side = signed_rows(self.lines, v, int(sign))
            own = self.net.w[self.net.signs == sign]
            points = np.concatenate([own, sample])
            points /= np.linalg.norm(points, axis=1)[:, None]
            values = np.zeros(len(points))
            ascend(side.rows, side.convex, side.linear, points, 60, 60, values)
            found += [
                (side.to_outer(t), sign, u) for t, u in zip(values.tolist(), points, strict=True)
            ]
        found.sort(key=lambda item: -item[0])
        kept: list[tuple[float, float, Floats]] = []
        for value, sign, u in found[:_CANDIDATES]:
            if all(sign != s or u @ w < 1.0 - 1e-9 for _, s, w in kept):
                kept.append((value, sign, u))
        return _Candidates(
            np.array([u for _, _, u in kept]).reshape(len(kept), self.rows.shape[1]),
            np.array([s for _, s, _ in kept], dtype=float),
            np.array([value for value, _, _ in kept]),
        )

    def _fresh(self, candidates: _Candidates, v: Floats) -> Neurons:
        """Return unit neurons at the candidates above beta."""
        above = candidates.values > self.polisher.beta * (1.0 + self.threshold)
        return self._place(candidates.directions[above], candidates.signs[above], v)

    def _insert(self, candidates: _Candidates, v: Floats) -> bool:
        """Weigh old and new atoms together, then polish; whether the objective fell."""
        fresh = self._fresh(candidates, v)
        if len(fresh.w) == 0:
            return False
        both = self.net.joined(fresh)
        norms = np.linalg.norm(both.w, axis=1)
        both.w /= norms[:, None]
        start = np.concatenate([norms[: len(self.net.w)], np.zeros(len(fresh.w))])
        weights = weigh(both.fits(self.rows).T, self.polisher.y, self.polisher.beta, start)
        both.w *= weights[:, None]
        return self._improve(both.take(weights > 0.0))

    def _solve_cells(self, candidates: _Candidates, v: Floats) -> bool:
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
        upper = objective_value(self.X, self.y, *network, self.beta)
        if upper < self.upper:
            self.network, self.upper = network, upper
        return after < before * (1.0 - 1e-15)

    def _network(self) -> tuple[Floats, Floats]:
        """Return the balanced network in the caller's units."""
        norms = np.linalg.norm(self.net.w, axis=1)
        units = self.reduced.upper(self.net.w / norms[:, None])
        weight = np.sqrt(np.ldexp(norms, self.units.b - self.units.a))
        return units * weight[:, None], self.net.signs * weight

    def _record(self, result: Pricing, v: Floats) -> None:
        self.nodes += result.nodes
        lower = dual_value(self.y, v, self.beta, result.bound)
        if lower > self.lower or self.priced is None:
            self.lower, self.v, self.priced = max(lower, self.lower), v, result

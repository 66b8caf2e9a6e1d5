"""The program over all tuples of patterns, solved on the few that matter."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

import arrangements as ar
from arrangements.extras import extra
from convex_program.certificate import Certificate
from convex_program.claim import Level
from convex_program.dual import certified_by
from convex_program.errors import SolverError
from convex_program.norms import power_of_two
from convex_program.optimum import GlobalOptimum, global_optimum
from convex_program.pricing import PricingStatus
from convex_program.pricing.reduction import ReducedRows
from convex_program.rounding import relative_gap
from convex_program.solution import Status
from convex_program.solvers import Auto
from convex_program.three_layer.network import ParallelNetwork
from convex_program.three_layer.pricing import MaskedBranchAndBound, MaskedPricing
from convex_program.three_layer.problem import ThreeLayerProblem
from convex_program.three_layer.regularizers import exact_paths
from convex_program.three_layer.tuples import PatternTuple, solve_tuples

Floats = npt.NDArray[np.float64]

_NEW = 16
"""Tuples taken up in one round at most."""
_NODES = 20_000
"""Nodes of a short pass."""
_KEPT = 3
"""Rounds for which a tuple without mass is kept."""
_IDLE = 1e-8
"""Part of all cost below which a sub-network is left out."""
_SLACK = 1e-9
"""By what part of the objective a narrower network may be worse."""
_ROUNDS = 200
_ROOM = 0.25
"""Part of the gap asked for that pricing may leave."""
_TWO_LAYERS = 0.2
"""Part of the time for two layers, which the search begins from."""


@dataclass(frozen=True, eq=False)
class Found:
    """What a search ends with.

    Parameters
    ----------
    network : ParallelNetwork
        The best one met, balanced.
    certificate : Certificate
        The best bound.
    two_layers : GlobalOptimum
        The optimum of two layers it began from.
    status : Status
    rounds, nodes : int
    seconds : float
    """

    network: ParallelNetwork
    certificate: Certificate
    two_layers: GlobalOptimum
    status: Status
    rounds: int
    nodes: int
    seconds: float


def of_two_layers(best: GlobalOptimum, width: int) -> ParallelNetwork:
    """Return a network of two layers as sub-networks with one neuron that acts each."""
    net = best.network
    paths = np.zeros((net.width, width, net.features))
    paths[:, 0] = np.abs(net.output) * net.hidden
    inner = np.ones((net.width, width))
    inner[:, 1:] = -1.0
    return ParallelNetwork.of_paths(paths, inner, np.sign(net.output[:, 0]))


def two_layer_optimum(problem: ThreeLayerProblem, time_limit: float | None) -> GlobalOptimum:
    """Return the optimum of two layers on the same data."""
    seconds = None if time_limit is None else _TWO_LAYERS * time_limit
    best = global_optimum(
        problem.plain, level=Level.RIGOROUS, solver=Auto(time_limit=seconds), progress=ar.silent
    )
    if not isinstance(best, GlobalOptimum):
        raise SolverError(f"two layers gave {best!r}")
    return best


@dataclass(eq=False)
class Search:
    """Rounds of solving over tuples and pricing.

    Parameters
    ----------
    problem : ThreeLayerProblem
        Of width 2.
    gap : float
        Relative gap to reach.
    time_limit : float, optional
    start : ParallelNetwork, optional
        A network whose tuples are taken up at once.
    """

    problem: ThreeLayerProblem
    gap: float
    time_limit: float | None
    start: ParallelNetwork | None = None
    nodes: int = 0
    rounds: int = 0
    tuples: dict[bytes, PatternTuple] = field(default_factory=dict)
    ages: dict[bytes, int] = field(default_factory=dict)

    def run(self, progress: ar.Listener = ar.silent) -> Found:
        """Search until the gap is reached, time is up, or nothing moves."""
        del progress
        self.began = time.perf_counter()
        self.deadline = math.inf if self.time_limit is None else self.began + self.time_limit
        plain = self.problem.plain
        two = two_layer_optimum(self.problem, self.time_limit)
        self.reduced = ReducedRows.of_gauge(plain.gauge)
        self.unit_x, self.unit_y = power_of_two(plain.features), power_of_two(plain.targets)
        self.X = plain.features / self.unit_x
        self.network = of_two_layers(two, 2)
        self.upper = self._upper(self.network)
        zero = np.zeros(len(plain.targets))
        self.certificate = certified_by(plain, zero, 0.0)  # nothing is below zero
        for net in (self.network, self.start):
            if net is not None:
                self._take_up(net)
        status = self._until_done()
        return Found(
            self._narrower(),
            self.certificate,
            two,
            status,
            self.rounds,
            self.nodes,
            time.perf_counter() - self.began,
        )

    def _narrower(self) -> ParallelNetwork:
        """Return the network on sub-networks with independent outputs, if that is as good.

        At an optimum all of them put out beta per unit of cost along the residual, so any nonnegative
        combination with the same outputs costs the same; at most n are independent.
        """
        with extra:
            from scipy.optimize import nnls

        net = self.network
        if net.subnetworks == 0:
            return net
        inner = np.maximum(np.einsum("nd,kmd->nkm", self.X, net.first), 0.0) * net.second
        fits = np.maximum(inner.sum(axis=2), 0.0) * net.output
        shares, _ = nnls(fits, fits.sum(axis=1))
        kept = shares > _IDLE
        paths = shares[kept, np.newaxis, np.newaxis] * net.paths[kept]
        narrow = ParallelNetwork.of_paths(paths, np.sign(net.second[kept]), net.output[kept])
        return narrow if self._upper(narrow) <= self.upper * (1.0 + _SLACK) else net

    def _until_done(self) -> Status:
        while self.rounds < _ROUNDS:
            self.rounds += 1
            v = self._solve()
            floor = self.problem.plain.decay * (1.0 + _ROOM * self.gap)
            # A short pass hands out many points; a long one ends with the first it finds, or with the bound.
            found = self._price(v, floor, node_limit=_NODES)
            new = self._add(found)
            if not new and found.status is PricingStatus.NODE_LIMIT:
                found = self._price(v, floor, enough=floor)
                new = self._add(found)
            if not new and found.status is PricingStatus.FOUND:
                found = self._price(v, floor)  # known already: the program is off by that much
            if self._closed():
                return Status.SOLVED
            if time.perf_counter() >= self.deadline:
                return Status.TIME_LIMIT
            if not new:
                return Status.STALLED
        return Status.STALLED

    def _solve(self) -> Floats:
        """Solve over the tuples, keep the better network, return a dual vector."""
        plain = self.problem.plain
        tuples = list(self.tuples.values())
        beta = plain.decay / (self.unit_x * self.unit_y)
        paths = solve_tuples(self.X, plain.targets / self.unit_y, beta, tuples)
        paths *= self.unit_y / self.unit_x
        paths[[one.single for one in tuples], 1] = 0.0
        masses = np.linalg.norm(paths, axis=2).sum(axis=1)
        kept = masses > _IDLE * masses.sum()
        self._forget(kept)
        signs = np.array([one.sign for one in tuples], dtype=np.float64)[kept]
        inner = np.tile([1.0, -1.0], (int(kept.sum()), 1))
        network = ParallelNetwork.of_paths(paths[kept], inner, signs)
        upper = self._upper(network)
        if upper < self.upper:
            self.network, self.upper = network, upper
        return self.problem.residual(network)

    def _forget(self, kept: npt.NDArray[np.bool_]) -> None:
        """Drop tuples that have been without mass for some rounds."""
        for key, used in zip(list(self.tuples), kept.tolist(), strict=True):
            if used:
                self.ages[key] = 0
                continue
            self.ages[key] += 1
            if self.ages[key] > _KEPT:
                del self.tuples[key], self.ages[key]

    def _price(
        self, v: Floats, floor: float, *, node_limit: int | None = None, enough: float = math.inf
    ) -> MaskedPricing:
        """Price a vector, and keep the bound when it is better."""
        plain = self.problem.plain
        v = plain.feasible(v)
        left = None if self.deadline == math.inf else max(0.0, self.deadline - time.perf_counter())
        method = MaskedBranchAndBound(node_limit=node_limit, time_limit=left)
        found = method.price(self.reduced, v, floor=floor, enough=enough)
        self.nodes += found.nodes
        certificate = certified_by(plain, v, found.bound)
        if certificate.lower > self.certificate.lower:
            self.certificate = certificate
        return found

    def _add(self, found: MaskedPricing) -> bool:
        """Take up tuples of points above beta; say whether there were new ones."""
        new = 0
        for point, sign, value in zip(found.points, found.signs, found.values, strict=True):
            if value > self.problem.plain.decay and new < _NEW:
                new += self._admit(PatternTuple.at(self.X, point, int(sign)))
        return new > 0

    def _take_up(self, network: ParallelNetwork) -> None:
        """Take up the tuples of a network's sub-networks."""
        paths = network.paths
        for k in range(network.subnetworks):
            point = np.zeros((2, network.features))
            for j in range(network.width):
                point[0 if network.second[k, j] > 0 else 1] += paths[k, j]
            if point[0].any() and network.output[k]:
                self._admit(PatternTuple.at(self.X, point, 1 if network.output[k] > 0 else -1))

    def _admit(self, one: PatternTuple) -> int:
        if not one.mask.any() or one.key in self.tuples:
            return 0
        self.tuples[one.key], self.ages[one.key] = one, 0
        return 1

    def _upper(self, network: ParallelNetwork) -> float:
        return float(self.problem.plain.fit.value(network.forward(self.problem.data))) + (
            self.problem.plain.decay * float(network.costs().sum())
        )

    def _closed(self) -> bool:
        if self.upper - float(self.certificate.lower) > self.gap * self.upper:
            return False
        outputs = self.network.exact_outputs(self.problem.data.fractions)
        loss = self.problem.plain.fit.exact_value(outputs)
        if loss is None:
            return False
        upper = loss + self.problem.exact_beta * exact_paths(self.network)
        return relative_gap(upper, self.certificate.lower) <= self.gap

"""The alternating direction method of multipliers over a list of patterns: no conic solver, no big matrix.

Derivation.  The program is split into four copies that have to agree,

    min  f(z) + beta sum |v_k| + penalty of b,   z = F u + b,  v = u,  s = G u >= 0,

with F the outputs of all blocks and G the cone rows, of length one, of every cell.  The step in u is a linear
system with ``I + G'G + F'F``.  A cell's rows are ``(2 D - 1) X``, so ``G'G`` is the *same* q x q matrix
``X'X`` in every block, and by Woodbury's identity all that is ever factorized is ``M = I + X'X`` and the n x n matrix
``S = I + F M^-1 F'``, the entries of which are those of ``2 X M^-1 X'`` times ``sum_i gain_ik gain_il``.  Neither
depends on the penalty rho, which may change from step to step for nothing.

The step in z is the proximal point of the loss; its ``v = rho (z - q)`` is an element of ``-df(z)``, the
candidate for a certificate.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.blas import one_blas_thread
from convex_program.errors import ArgumentError
from convex_program.fit import Fit
from convex_program.network import Network
from convex_program.norms import power_of_two, row_norms
from convex_program.problem import TrainingProblem
from convex_program.program import ConvexProgram
from convex_program.recover import recover_network
from convex_program.solution import Proposal, Solution, Status
from convex_program.solvers.base import Solver

Floats = npt.NDArray[np.float64]

_RELAXED = 1.6
_LOOK = 20
"""Steps between two looks at the residuals, the clock and rho."""
_UNBALANCED = 5.0
_NEWTON = 60
_SETTLED = 1e-15


@final
class ADMM(Solver):
    """Alternating directions over all patterns, or over those of sampled gates.

    Parameters
    ----------
    gates : int, optional
        Draw that many Gaussian gates and solve over their patterns; all patterns when not given.
    seed : int
        Of the gates.
    tolerance : float
        Of both residuals, relative.
    most : int
        Steps at most.
    time_limit : float, optional
        Seconds.

    Notes
    -----
    *Algorithm.* See the module.  Over-relaxed; rho follows the residuals.

    *Sampled patterns.* The program over them is an upper bound, certified like any other by pricing over all
    patterns.  `scenario_gates` says what drawing many gates promises beforehand.

    *Cost.* ``O(P n q)`` a step for P patterns, some thousand steps; memory for a few arrays of that size.

    *Reference.* Bai, Gautam and Sojoudi, "Efficient global optimization of two-layer ReLU networks", SIAM
    Journal on Mathematics of Data Science 5, 2023.
    """

    begins = False

    def __init__(
        self,
        *,
        gates: int | None = None,
        seed: int = 0,
        tolerance: float = 1e-9,
        most: int = 200_000,
        time_limit: float | None = None,
    ) -> None:
        if gates is not None and gates < 1:
            raise ArgumentError(f"gates = {gates} must be positive; leave it out for all patterns")
        if not 0.0 < tolerance < 1.0:
            raise ArgumentError(f"tolerance = {tolerance} must be between 0 and 1")
        self.gates, self.seed, self.tolerance, self.most = gates, seed, tolerance, most
        self.time_limit = time_limit

    def listing(self, problem: TrainingProblem) -> str:
        """Say that it needs the list, where it samples none."""
        del problem
        return "" if self.gates else "the solver works on the program over all patterns"

    def within(self, seconds: float | None) -> ADMM:
        """Return the same with at most that time limit."""
        limits = [t for t in (seconds, self.time_limit) if t is not None]
        return ADMM(
            gates=self.gates,
            seed=self.seed,
            tolerance=self.tolerance,
            most=self.most,
            time_limit=min(limits, default=None),
        )

    def propose(
        self,
        problem: TrainingProblem,
        *,
        patterns: ar.PatternList | None = None,
        start: Network | Proposal | None = None,
        progress: ar.Listener = ar.silent,
    ) -> Proposal:
        """Solve the program over the patterns given, else sampled, else all."""
        del start
        obstacle = self.obstacle(problem)
        if obstacle:
            raise ArgumentError(f"solver: {obstacle}")
        if patterns is None and self.gates:
            patterns = ar.sample_patterns(problem.arrangement, self.gates, seed=self.seed)
        if patterns is None:
            patterns = ar.enumerate_patterns(problem.arrangement, progress=progress)
        program = ConvexProgram(problem, patterns)
        solution = self.solve(program, progress=progress)
        network = recover_network(program, solution)
        return Proposal(
            network=network,
            dual=np.array(solution.dual),
            peak=np.inf,
            objective=problem.objective(network),
            directions=np.empty((0, problem.gauge.columns)),
            status=solution.status,
            rounds=(),
            seconds=solution.seconds,
            solver=solution.solver,
        )

    def solve(self, program: ConvexProgram, *, progress: ar.Listener = ar.silent) -> Solution:
        """Solve the program over its patterns; blocks are exactly sparse, cones are nearly kept.

        `examine_blocks` says exactly how nearly.
        """
        began = time.perf_counter()
        problem = program.problem
        gauge = problem.gauge
        fit, unit_y, value = problem.fit.rescaled()
        unit_x = power_of_two(gauge.features[:, : gauge.decayed])
        units = np.where(np.arange(gauge.columns) < gauge.decayed, unit_x, 1.0)
        bend = problem.constant.bend(problem.decay)
        scaled = _Scaled(
            program=program,
            features=gauge.features / units,
            fit=fit,
            beta=problem.decay * float(Fraction(unit_y) / value) / unit_x,
            bend=None if bend is None else bend * float(Fraction(unit_y) ** 2 / value),
            decayed=gauge.decayed,
        )
        with one_blas_thread():
            found = _run(scaled, self, began, progress)
        blocks = found.v * (unit_y / units)
        constant = found.bias * unit_y
        z = program.outputs(blocks[0] - blocks[1]) + constant
        costs = problem.decay * sum(float(gauge.costs(block).sum()) for block in blocks)
        penalty = problem.constant.exact_penalty(Fraction(constant), problem.exact_beta)
        return Solution(
            positive=blocks[0],
            negative=blocks[1],
            output_bias=constant,
            dual=found.dual * float(value / Fraction(unit_y)),
            objective=problem.fit.value(z) + costs + float(penalty),
            status=found.status,
            iterations=found.steps,
            seconds=time.perf_counter() - began,
            solver=repr(self),
        )

    def __repr__(self) -> str:
        """Say what it is."""
        sampled = f"gates={self.gates:,}, seed={self.seed}, " if self.gates else ""
        return f"ADMM({sampled}tolerance={self.tolerance:g})"


@dataclass(frozen=True, eq=False)
class _Scaled:
    """The program with data and targets of size one."""

    program: ConvexProgram
    features: Floats
    fit: Fit
    beta: float
    bend: float | None
    decayed: int


@dataclass(frozen=True, eq=False)
class _Found:
    """Where the steps ended."""

    v: Floats
    bias: float
    dual: Floats
    status: Status
    steps: int


class _System:
    """The linear map of the u-step; see the derivation."""

    def __init__(self, scaled: _Scaled) -> None:
        from scipy import linalg

        program = scaled.program
        self.X = scaled.features
        lengths = row_norms(self.X)
        kept = lengths > 0.0
        self.rows = self.X[kept] / lengths[kept, np.newaxis]
        self.sides = np.where(program.activations[:, kept], 1.0, -1.0)
        self.gains = program.problem.gauge.gains(program.activations)
        self.inverse = linalg.inv(np.eye(self.X.shape[1]) + self.rows.T @ self.rows)
        counts = self.gains.T @ self.gains
        self.schur = np.eye(len(self.X)) + 2.0 * (self.X @ self.inverse @ self.X.T) * counts
        self.factor = linalg.cho_factor(self.schur)
        self.ones = self._solve(np.ones(len(self.X)))

    def _solve(self, right: Floats) -> Floats:
        from scipy import linalg

        return np.asarray(linalg.cho_solve(self.factor, right))

    def outputs(self, u: Floats) -> Floats:
        """Return F u for blocks of shape (2, P, q)."""
        return np.asarray((self.gains * ((u[0] - u[1]) @ self.X.T)).sum(axis=0))

    def cones(self, u: Floats) -> Floats:
        """Return G u, shape (2, P, m)."""
        return np.asarray(self.sides * (u @ self.rows.T))

    def back(self, t: Floats) -> Floats:
        """Return F' t, shape (2, P, q)."""
        one = (self.gains * t) @ self.X
        return np.stack([one, -one])

    def step(
        self, near: Floats, slack: Floats, target: Floats, curvature: float | None
    ) -> tuple[Floats, float]:
        """Return the u and b nearest to ``u = near``, ``G u = slack``, ``F u + b = target`` together.

        Parameters
        ----------
        near, slack, target : arrays of shapes (2, P, q), (2, P, m), (n,)
        curvature : float or None
            Of b's penalty; None for no b.
        """
        centre = (near + (self.sides * slack) @ self.rows) @ self.inverse
        missing = target - self.outputs(centre)
        solved = self._solve(missing)
        bias = 0.0
        if curvature is not None:
            bias = float(solved.sum() / (self.ones.sum() + curvature))
            solved = solved - bias * self.ones
        return centre + self.back(solved) @ self.inverse, bias


def _run(scaled: _Scaled, settings: ADMM, began: float, progress: ar.Listener) -> _Found:
    """Take steps until both residuals are small."""
    system = _System(scaled)
    P, n, q = len(scaled.program.patterns), *scaled.features.shape
    shapes = (2, P, q), (2, P, len(system.rows)), (n,)
    copies = [np.zeros(shape) for shape in shapes]  # v, s, z
    duals = [np.zeros(shape) for shape in shapes]
    rho, bias, v = 1.0, 0.0, np.zeros(n)
    end = math.inf if settings.time_limit is None else began + settings.time_limit
    status, step = Status.STALLED, 0
    try:
        for step in range(1, settings.most + 1):
            right = [copy - dual for copy, dual in zip(copies, duals, strict=True)]
            curvature = None if scaled.bend is None else scaled.bend / rho
            u, bias = system.step(right[0], right[1], right[2], curvature)
            images = [u, system.cones(u), system.outputs(u) + bias]
            mixed = [
                _RELAXED * image + (1.0 - _RELAXED) * copy
                for image, copy in zip(images, copies, strict=True)
            ]
            before = copies
            asked = [image + dual for image, dual in zip(mixed, duals, strict=True)]
            z, v = _proximal(scaled.fit, asked[2], rho)
            copies = [
                _shrunk(asked[0], scaled.beta / rho, scaled.decayed),
                np.maximum(asked[1], 0.0),
                z,
            ]
            duals = [ask - copy for ask, copy in zip(asked, copies, strict=True)]
            if step % _LOOK:
                continue
            primal = _size([a - b for a, b in zip(images, copies, strict=True)])
            dual = rho * _size([a - b for a, b in zip(copies, before, strict=True)])
            primal /= max(_size(images), _size(copies), 1e-12)
            dual /= max(rho * _size(duals), 1e-12)
            if max(primal, dual) <= settings.tolerance:
                status = Status.SOLVED
                break
            if time.perf_counter() >= end:
                status = Status.TIME_LIMIT
                break
            seconds = time.perf_counter() - began
            note = f"residuals {primal:.1e}, {dual:.1e}"
            progress(ar.Progress("alternating", step, None, "steps", seconds, note=note))
            change = (
                2.0 if primal > _UNBALANCED * dual else 0.5 if dual > _UNBALANCED * primal else 1.0
            )
            # ever rarer: with a fixed rho the steps converge
            if change != 1.0 and (step // _LOOK).bit_count() == 1:
                rho *= change
                duals = [one / change for one in duals]
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    return _Found(copies[0], bias, v, status, step)


def _size(parts: list[Floats]) -> float:
    return math.sqrt(sum(float(np.vdot(part, part)) for part in parts))


def _shrunk(blocks: Floats, width: float, decayed: int) -> Floats:
    """Shorten every block by a width, the columns without decay left alone."""
    shrunk = blocks.copy()
    lengths = np.sqrt((blocks[..., :decayed] ** 2).sum(axis=-1, keepdims=True))
    shrunk[..., :decayed] *= np.maximum(0.0, 1.0 - width / np.maximum(lengths, width))
    return shrunk


def _proximal(fit: Fit, q: Floats, rho: float) -> tuple[Floats, Floats]:
    """Return ``argmin f(z) + rho/2 |z - q|^2`` and ``v = rho (z - q)``, an element of ``-df(z)``."""
    v, _ = fit.answer(q, pull=1.0 / rho)
    z = q + v / rho
    if fit.pulled:
        return z, v
    # losses with a quadratic dual have answered for the point itself; others are asked again
    least, most = np.minimum(q, z), np.maximum(q, z)
    first, _ = fit.answer(q)
    least, most = np.minimum(least, q + first / rho), np.maximum(most, q + first / rho)
    for _ in range(_NEWTON):
        v, rate = fit.answer(z)
        step = (v - rho * (z - q)) / (rho + rate)
        if np.abs(step).max(initial=0.0) <= _SETTLED * (1.0 + np.abs(z).max(initial=0.0)):
            break
        # v falls in z, so the point lies between q and what v(q) asks for
        least, most = np.where(step > 0.0, z, least), np.where(step > 0.0, most, z)
        z = np.where((z + step > least) & (z + step < most), z + step, 0.5 * (least + most))
    return z, v

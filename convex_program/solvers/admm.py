"""The alternating direction method of multipliers over a list of patterns: no conic solver, no big matrix."""

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
from convex_program.network import Network
from convex_program.norms import power_of_two
from convex_program.problem import TrainingProblem
from convex_program.program import ConvexProgram
from convex_program.solution import Proposal, Solution, Status
from convex_program.solvers.alternation import Scaled, Steps
from convex_program.solvers.anderson import Anderson
from convex_program.solvers.base import Solver, proposal_of

Floats = npt.NDArray[np.float64]

_LOOK = 20
"""Steps between two looks at the residuals and the clock."""


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
    *Algorithm.* See `convex_program.solvers.alternation`.  Over-relaxed, accelerated by Anderson's method with a safeguard; rho follows
    the residuals.

    *Sampled patterns.* The program over them is an upper bound, certified like any other by pricing over all
    patterns.  `scenario_gates` says what drawing many gates promises beforehand.

    *Cost.* ``O(P n q)`` a step for P patterns, some thousand steps; memory for a few arrays of that size.

    *Reference.* Bai, Gautam and Sojoudi, "Efficient global optimization of two-layer ReLU networks", SIAM
    Journal on Mathematics of Data Science 5, 2023.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0, 1.0], [0.0, 1.0], [1.0, 1.0]], [1.0, 0.0, 1.0], 0.1)
    >>> best = cx.global_optimum(problem, solver=ADMM())
    >>> bool(best.relative_gap < 1e-6)
    True
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
        return proposal_of(program, solution)

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
        scaled = Scaled(
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
class _Found:
    """Where the steps ended."""

    v: Floats
    bias: float
    dual: Floats
    status: Status
    steps: int


def _run(scaled: Scaled, settings: ADMM, began: float, progress: ar.Listener) -> _Found:
    """Take steps until both residuals are small."""
    steps, memory = Steps(scaled), Anderson()
    state = np.zeros(steps.size)
    last = steps.take(state)
    end = math.inf if settings.time_limit is None else began + settings.time_limit
    status, step = Status.STALLED, 0
    try:
        with ar.ending_stages(progress) as listener:
            for step in range(1, settings.most + 1):
                before, last = last, steps.take(state)
                if step % _LOOK == 0:
                    primal, dual = steps.residuals(last, before)
                    if max(primal, dual) <= settings.tolerance:
                        status = Status.SOLVED
                        break
                    if time.perf_counter() >= end:
                        status = Status.TIME_LIMIT
                        break
                    note = f"residuals {primal:.1e}, {dual:.1e}"
                    seconds = time.perf_counter() - began
                    listener(ar.Progress("alternating", step, None, "steps", seconds, note=note))
                    # ever rarer: with a fixed rho the steps converge
                    if (step // _LOOK).bit_count() == 1:
                        other = steps.rebalanced(last, primal, dual)
                        if other is not None:
                            state = other
                            memory.forget()
                            continue
                state = memory.next(state, last.image)
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    return _Found(last.blocks, last.bias, last.dual, status, step)

"""The steps of ADMM over a list of patterns: a linear system, thresholds, the proximal point of the loss.

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
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra
from convex_program.fit import Fit
from convex_program.norms import row_norms
from convex_program.program import ConvexProgram

Floats = npt.NDArray[np.float64]

_RELAXED = 1.6
_RHO = 0.05
"""To begin with, for data and targets of size one."""
_UNBALANCED = 5.0
_NEWTON = 60
_SETTLED = 1e-15


@dataclass(frozen=True, eq=False)
class Scaled:
    """The program with data and targets of size one."""

    program: ConvexProgram
    features: Floats
    fit: Fit
    beta: float
    bend: float | None
    decayed: int


class System:
    """The linear map of the u-step; see the derivation."""

    def __init__(self, scaled: Scaled) -> None:
        with extra:
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
        with extra:
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


@dataclass(frozen=True, eq=False)
class Step:
    """One step: from a state, which is copies plus scaled multipliers, to its image.

    Flat vectors hold blocks, cone rows and outputs, in that order.
    """

    copies: Floats
    multipliers: Floats
    mapped: Floats
    image: Floats
    blocks: Floats
    bias: float
    dual: Floats


class Steps:
    """The map whose fixed points are solutions; mutable in rho alone."""

    def __init__(self, scaled: Scaled) -> None:
        self.scaled, self.system, self.rho = scaled, System(scaled), _RHO
        P, n, q = len(scaled.program.patterns), *scaled.features.shape
        self.shapes = (2, P, q), (2, P, len(self.system.rows)), (n,)
        self._cuts = np.cumsum([math.prod(shape) for shape in self.shapes])
        self.size = int(self._cuts[-1])

    def _parts(self, flat: Floats) -> list[Floats]:
        parts = np.split(flat, self._cuts[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def take(self, state: Floats) -> Step:
        """Shrink, cut off and take the loss's proximal point; then the linear system."""
        scaled, system, rho = self.scaled, self.system, self.rho
        asked = self._parts(state)
        z, dual = _proximal(scaled.fit, asked[2], rho)
        blocks = _shrunk(asked[0], scaled.beta / rho, scaled.decayed)
        copies = _flat(blocks, np.maximum(asked[1], 0.0), z)
        multipliers = state - copies
        curvature = None if scaled.bend is None else scaled.bend / rho
        near, slack, target = self._parts(copies - multipliers)
        u, bias = system.step(near, slack, target, curvature)
        mapped = _flat(u, system.cones(u), system.outputs(u) + bias)
        image = state + _RELAXED * (mapped - copies)
        return Step(copies, multipliers, mapped, image, blocks, bias, dual)

    def residuals(self, step: Step, before: Step) -> tuple[float, float]:
        """Return the primal and the dual residual, relative."""
        sizes = _length(step.mapped), _length(step.copies), _length(step.multipliers)
        primal = _length(step.mapped - step.copies) / max(sizes[0], sizes[1], 1e-12)
        dual = _length(step.copies - before.copies) / max(sizes[2], 1e-12)
        return primal, dual

    def rebalanced(self, step: Step, primal: float, dual: float) -> Floats | None:
        """Change rho where one residual is much larger; return the step's image for the new one, or None."""
        change = 2.0 if primal > _UNBALANCED * dual else 0.5 if dual > _UNBALANCED * primal else 1.0
        self.rho *= change
        return None if change == 1.0 else step.copies + (step.image - step.copies) / change


def _length(flat: Floats) -> float:
    return float(np.linalg.norm(flat))


def _flat(*parts: Floats) -> Floats:
    return np.concatenate([part.ravel() for part in parts])


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

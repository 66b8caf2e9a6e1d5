"""An iteration for the multipliers: alternating directions between a cone and a polyhedron.

The relaxation of ``max f`` over the unit ball asks for a positive semidefinite matrix Z of products of
z = (1, p, m, kappa u), largest in ``<C, Z>``, with

    Z_11 = 1,  trace Z_uu = kappa^2,  products of 1, p and m nonnegative,  p_i m_i = 0,

and Z in the span of matrices Q W Q^T, since p - m = R u.  With the last entries kappa u the norm of u is a trace,
and both projections are closed formulas: W onto the cone, Z entry by entry.  In coordinates
q = (p + m)/sqrt 2, t = (p - m)/sqrt 2 the columns of Q are (1), the q, and an orthonormal basis of all
``(R u/sqrt 2, kappa u)``.

Of each constrained product one number T is kept: its positive part is the product, ``-rho`` times its
negative part the multiplier.  One step is ``T <- a X + (1 - a) max(T, 0) + min(T, 0)``, X = Q W Q^T, a the over-relaxation, and
then W is the projection of ``Q^T (|T| + C/rho) Q``; free products need no multiplier.  The positive part has
few eigenvalues: they are followed from step to step in a block Krylov space.

Nothing here is exact, or needs to be: `convex_program.pricing.relaxation.certificate` decides.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from convex_program.pricing.reduction import Floats
from convex_program.pricing.relaxation.certificate import Multipliers
from convex_program.pricing.relaxation.lifted import LiftedRows

Singles = npt.NDArray[np.float32]

KAPPA = 0.3
_RHO = 400.0
RELAXED = np.float32(1.6)
"""Fitted to real data: rows of unit spectral norm, lengths evened out by half, f of size one."""
_ROOT_HALF = np.float32(math.sqrt(0.5))
_WHOLE = 10
"""First steps with a whole eigendecomposition: the space moves fast there."""
_SPARE = 6
"""Vectors followed beside those of positive eigenvalues."""
_WIDE = 3
"""A space wider than one of so many of all dimensions is no gain over the whole."""
_ZERO = 1e-9
"""Eigenvalues below this part of the largest one are no part of the factor."""


class Splitting:
    """State of the iteration for one sum of kinks.

    Parameters
    ----------
    lifted : LiftedRows
    points : (k, r) float64
        Unit vectors at which f is large: the first products are averages of theirs.
    scale : float, optional
        The size of f; its largest value at the points by default.
    mass : float
        The first Z_11.
    """

    def __init__(
        self, lifted: LiftedRows, points: Floats, *, scale: float | None = None, mass: float = 1.0
    ) -> None:
        self.lifted = lifted
        n, r = self.n, self.r = lifted.rows.shape
        self.scale = self._scale(points) if scale is None else scale
        lengths = np.linalg.norm(lifted.rows, axis=1)
        R = lifted.rows / np.sqrt(lengths)[:, np.newaxis]
        size = float(np.linalg.norm(R, 2))
        R /= size
        self.unit = 1.0 / (np.sqrt(lengths) * size)
        w, V = np.linalg.eigh(0.5 * (R.T @ R) + KAPPA**2 * np.eye(r))
        root = (V * np.sqrt(w)) @ V.T
        inverse = (V / np.sqrt(w)) @ V.T
        self.Qt = (R @ inverse * math.sqrt(0.5)).astype(np.float32)
        self.Qu = (KAPPA * inverse).astype(np.float32)
        self.rho = _RHO
        self.steps = 0
        self.shift = 0.0  # multiplier of the trace
        self.one = 0.0  # and of Z_11
        self._cost()
        p = np.maximum(points @ R.T, 0.0)
        m = p - points @ R.T
        products = np.c_[np.ones(len(points)), (p + m) * math.sqrt(0.5), points @ root]
        part = mass / len(points)
        self._factor((products * math.sqrt(part)).T.astype(np.float32))
        self.pp = (part * (p.T @ p)).astype(np.float32)
        self.mm = (part * (m.T @ m)).astype(np.float32)
        self.pm = (part * (p.T @ m)).astype(np.float32)
        self.p1, self.m1 = (mass * x.mean(axis=0).astype(np.float32) for x in (p, m))
        self._free = self._free_products()
        self.new_p1, self.new_one, self.trace = self.p1, mass, 0.0
        self._blocks = [np.empty((n, n), np.float32) for _ in range(3)]
        self._matrix = np.empty((n + r + 1, n + r + 1), np.float32)
        self._space: Singles | None = None
        self._random = np.random.default_rng(0)

    def _scale(self, points: Floats) -> float:
        """Return the size of f: the cost is divided by it, so that one rho serves for all data."""
        at = points @ self.lifted.rows.T
        values = np.maximum(at, 0.0) @ self.lifted.weights + points @ self.lifted.linear
        best = float(values.max(initial=0.0))
        return best if best > 0.0 else 1.0

    def _cost(self) -> None:
        lifted = self.lifted
        self._c = (0.5 * lifted.weights / (self.unit * self.scale)).astype(np.float32)
        self._l = (0.5 * lifted.linear / (KAPPA * self.scale)).astype(np.float32)
        self._q = (lifted.quadratic / (KAPPA**2 * self.scale)).astype(np.float32)

    def _factor(self, factor: Singles) -> None:
        """Keep W as a factor: W = factor factor^T."""
        self.factor = factor

    def _split(self) -> tuple[Singles, Singles, Singles, Singles]:
        """Return the factors of 1, p, m and kappa u."""
        V, n = self.factor, self.n
        t = self.Qt @ V[n + 1 :]
        q = V[1 : n + 1]
        return V[0], (q + t) * _ROOT_HALF, (q - t) * _ROOT_HALF, self.Qu @ V[n + 1 :]

    def _free_products(self) -> list[Singles]:
        one, p, m, u = self._split()
        q, t = (p + m) * _ROOT_HALF, (p - m) * _ROOT_HALF
        return [q @ u.T, t @ u.T, u @ u.T, u @ one]

    def run(self, steps: int) -> None:
        """Take some steps."""
        for _ in range(steps):
            self._step()

    def _step(self) -> None:
        self.average()
        dp, corner, ball = self._settle()
        self.cross(dp, corner, ball)

    def average(self) -> None:
        """First half of a step: the products of W go into all states but those of 1 with p."""
        from convex_program.kernels import reflect

        a, rest = RELAXED, np.float32(1.0) - RELAXED
        one, p, m, _ = self._split()
        reflect(self.pp, p @ p.T, a, False)  # noqa: FBT003 - a compiled function
        reflect(self.mm, m @ m.T, a, False)  # noqa: FBT003
        reflect(self.pm, p @ m.T, a, True)  # noqa: FBT003
        self.m1 = a * (m @ one) + rest * np.maximum(self.m1, 0) + np.minimum(self.m1, 0)
        self.new_p1, self.new_one = p @ one, float(one @ one)
        fresh = self._free_products()
        self._free = [rest * old + a * new for old, new in zip(self._free, fresh, strict=True)]
        self.trace = float(np.trace(self._free[2]))

    def _settle(self) -> tuple[Singles, float, float]:
        """Meet what is asked of 1 with p, 1 and the trace; return what is to be crossed."""
        a, rest = RELAXED, np.float32(1.0) - RELAXED
        self.p1 = a * self.new_p1 + rest * np.maximum(self.p1, 0) + np.minimum(self.p1, 0)
        self.one += float(a * self.new_one + rest - 1)
        before = self.shift
        self.shift += (self.trace - KAPPA**2) / self.r
        dp = np.abs(self.p1) + self._c / np.float32(self.rho)
        return dp, 1.0 - self.one, before - 2.0 * self.shift

    def cross(self, dp: Singles, corner: float, ball: float) -> None:
        """Second half of a step: project twice the products less the states onto the cone.

        Parameters
        ----------
        dp : (n,) float32
            That number for 1 with p.
        corner, ball : float
            The same for 1 with 1, and what is added to the diagonal of u with u.
        """
        from convex_program.kernels import turn

        n, rho = self.n, np.float32(self.rho)
        qu, tu, uu, u1 = self._free
        qq, tt, qt = self._blocks
        turn(self.pp, self.mm, self.pm, np.ascontiguousarray(self.pm.T), qq, tt, qt)
        dm = np.abs(self.m1)
        Qt, Qu, M = self.Qt, self.Qu, self._matrix
        M[0, 0] = corner
        M[0, 1 : n + 1] = (dp + dm) * _ROOT_HALF
        M[0, n + 1 :] = ((dp - dm) * _ROOT_HALF) @ Qt + (u1 + self._l / rho) @ Qu
        M[1:, 0] = M[0, 1:]
        M[1 : n + 1, 1 : n + 1] = qq
        M[1 : n + 1, n + 1 :] = qt @ Qt + qu @ Qu
        M[n + 1 :, 1 : n + 1] = M[1 : n + 1, n + 1 :].T
        mixed = Qt.T @ tu @ Qu
        inner = uu + self._q / rho
        inner.flat[:: self.r + 1] += np.float32(ball)
        M[n + 1 :, n + 1 :] = Qt.T @ (tt @ Qt) + mixed + mixed.T + Qu.T @ inner @ Qu
        self._project(M)
        self.steps += 1

    def _project(self, M: Singles) -> None:
        """Keep the positive part of M as a factor."""
        space = self._space
        if space is None or self.steps < _WHOLE or _WIDE * space.shape[1] > len(M):
            w, V = np.linalg.eigh(M)
        else:
            image = M @ space
            rest = image - space * np.einsum("ij,ij->j", space, image)
            rest /= np.linalg.norm(rest, axis=0) + np.float32(1e-30)
            third = M @ rest
            third /= np.linalg.norm(third, axis=0) + np.float32(1e-30)
            basis, _ = np.linalg.qr(np.concatenate([space, rest, third], axis=1))
            small = basis.T @ (M @ basis)
            w, V = np.linalg.eigh(0.5 * (small + small.T))
            keep = space.shape[1]
            w, V = w[-keep:], basis @ V[:, -keep:]
        positive = w > _ZERO * w[-1]
        self._factor(np.ascontiguousarray(V[:, positive] * np.sqrt(w[positive])))
        wanted = min(len(M), int(positive.sum()) + _SPARE)
        if wanted > V.shape[1]:
            shape = (len(M), wanted - V.shape[1])
            fresh = self._random.standard_normal(shape) / math.sqrt(len(M))
            V = np.concatenate([fresh.astype(np.float32), V], axis=1)
        self._space = np.ascontiguousarray(V[:, -wanted:])

    def multipliers(self) -> Multipliers:
        """Return the multipliers so far, in float64 and in units of f."""
        size = self.rho * self.scale
        both = size * np.outer(self.unit, self.unit)

        def pairs(state: Singles) -> Floats:
            weights = -both * np.minimum(state.astype(np.float64), 0.0)
            return np.asarray(0.5 * (weights + weights.T))

        mixed = -both * np.minimum(self.pm.astype(np.float64), 0.0)
        np.fill_diagonal(mixed, -np.diag(both) * np.diag(self.pm).astype(np.float64))
        return Multipliers(
            positive=pairs(self.pp),
            negative=pairs(self.mm),
            mixed=mixed,
            once_positive=-size * self.unit * np.minimum(self.p1.astype(np.float64), 0.0),
            once_negative=-size * self.unit * np.minimum(self.m1.astype(np.float64), 0.0),
        )

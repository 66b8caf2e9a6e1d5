"""Orthogonal data: the optimum in closed form, and where small first weights lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from figure import Figure
from matplotlib.axes import Axes

import convex_program as cx

FloatArray = npt.NDArray[np.float64]

BETAS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
SCALES = (1e-1, 1e-2, 1e-3)


@dataclass(frozen=True, eq=False)
class Orthogonal(Figure):
    """Six orthogonal points of R^8 with labels of both signs.

    Parameters
    ----------
    limit : float
        The least weight ``sum |w_j| |a_j|`` of networks through all labels, in closed form.
    optima : tuple of GlobalOptimum
        One for each of `BETAS`.
    scales : tuple of float
        Of first weights.
    descents : (k,) float64
        The weight ``sum (|w_j|^2 + a_j^2) / 2`` at which descent ends, one for each scale.
    losses : (k,) float64
        The objectives there, decay of 1e-9 included.

    Notes
    -----
    *Algorithm.* On orthogonal rows a neuron's outputs before the ReLU are any z, at the length
    ``sqrt(sum (z_i / |x_i|)^2)``.  So labels of one sign are best fitted by one neuron, and the
    least weight is ``sqrt(sum_+ (y_i / |x_i|)^2) + sqrt(sum_- (y_i / |x_i|)^2)``: the vector
    ``y_i / |x_i|^2`` over these roots is feasible in the dual and has the same value.
    """

    name: ClassVar[str] = "orthogonal"
    panels: ClassVar[int] = 2
    limit: float
    optima: tuple[cx.GlobalOptimum, ...]
    scales: tuple[float, ...]
    descents: FloatArray
    losses: FloatArray

    @classmethod
    def computed(cls, seed: int = 0, scales: Sequence[float] = SCALES) -> Orthogonal:
        """Draw data; solve for falling weight decay, and train from ever smaller weights."""
        rng = np.random.default_rng(seed)
        basis = np.linalg.qr(rng.standard_normal((8, 8)))[0][:6]
        lengths, y = rng.uniform(0.5, 2.0, 6), rng.standard_normal(6)
        X, parts = lengths[:, np.newaxis] * basis, y / lengths
        limit = float(sum(np.linalg.norm(np.maximum(side * parts, 0)) for side in (1, -1)))
        optima = []
        for beta in BETAS:
            optimum = cx.global_optimum(cx.TrainingProblem(X, y, beta))
            assert isinstance(optimum, cx.GlobalOptimum)  # noqa: S101 - beta is positive
            optima.append(optimum)
        weights, losses = [], []
        for scale in scales:
            method = cx.GradientDescent(
                steps=4000,
                rule=cx.Steepest(0.03),
                start=cx.GaussianStart(scale),
                falling=False,
                seed=seed,
            )
            run = cx.train(cx.TrainingProblem(X, y, 1e-9), 40, method=method)
            weights.append(
                0.5 * float((run.network.hidden**2).sum() + (run.network.output**2).sum())
            )
            losses.append(run.objectives[-1])
        return cls(limit, tuple(optima), tuple(scales), np.array(weights), np.array(losses))

    def ratios(self) -> FloatArray:
        """Return the optimal values over beta times the limit: they go to 1."""
        pairs = zip(BETAS, self.optima, strict=True)
        return np.array([optimum.upper / beta / self.limit for beta, optimum in pairs])

    def columns(self) -> Mapping[str, Any]:
        """One line a beta: certified bounds over beta times the limit."""
        pairs = list(zip(BETAS, self.optima, strict=True))
        return {
            "beta": BETAS,
            "lower": [optimum.lower / beta / self.limit for beta, optimum in pairs],
            "upper": self.ratios(),
            "neurons": [optimum.network.width for optimum in self.optima],
        }

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw distances to the closed form: of certified optima, and of descent."""
        left, right = panels
        left.loglog(BETAS, 1 - self.ratios(), "o-")
        left.set(xlabel=r"$\beta$", ylabel=r"1 - optimum / ($\beta$ closed form)")
        right.semilogx(self.scales, self.descents / self.limit, "o-", label="descent, 40 neurons")
        right.axhline(1, color="k", linestyle="--", label="closed form, two neurons")
        right.set(xlabel="scale of first weights", ylabel="weight over the closed form")
        right.legend()

    def says(self) -> str:
        """Say how near both are."""
        return (
            f"optimum / beta is {1 - self.ratios()[-1]:.1e} below the closed form {self.limit:.4f} "
            f"at beta = {BETAS[-1]:g}, with {self.optima[-1].network.width} neurons; descent from "
            f"the smallest weights ends with {self.descents[-1] / self.limit:.3f} times its weight"
        )

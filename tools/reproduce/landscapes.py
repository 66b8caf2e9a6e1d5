"""Losses as surfaces: two neurons with critical lines, and one product with weight decay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from figure import Figure
from matplotlib.axes import Axes

FloatArray = npt.NDArray[np.float64]

POINTS, TARGETS = (-1.0, 1.0), (1.0, 2.0)
"""The article's two points on a line."""


@dataclass(frozen=True, eq=False)
class TwoNeurons(Figure):
    """The loss of two ReLU neurons w1, w2 without a bias, output weights one, on two points.

    Parameters
    ----------
    weights : (k,) float64
        Values of w1, and of w2.
    losses : (k, k) float64
        Mean squared errors; row i, column j belongs to w1 = weights[j], w2 = weights[i].
    """

    name: ClassVar[str] = "landscape-two-neurons"
    weights: FloatArray
    losses: FloatArray

    @classmethod
    def computed(cls, seed: int = 0) -> TwoNeurons:
        """Evaluate the loss on a grid that holds its minima (2, -1) and (-1, 2)."""
        del seed
        weights = np.linspace(-3.0, 4.0, 141)
        first, second = np.meshgrid(weights, weights)
        losses = np.zeros_like(first)
        for x, y in zip(POINTS, TARGETS, strict=True):
            output = np.maximum(first * x, 0) + np.maximum(second * x, 0)
            losses += (output - y) ** 2 / len(POINTS)
        return cls(weights, losses)

    def minima(self) -> list[tuple[float, float]]:
        """Return the weights on the grid where the loss is least."""
        rows, columns = np.nonzero(self.losses <= self.losses.min() + 1e-12)
        return [
            (float(self.weights[j]), float(self.weights[i]))
            for i, j in zip(rows, columns, strict=True)
        ]

    @staticmethod
    def valleys() -> list[tuple[FloatArray, FloatArray]]:
        """Return the ends of the segments of local minima, as (w1, w2).

        Both neurons serve one point, together as well as one could, and the other has no neuron.
        """
        ends = np.array([0.0, 1.0])
        slopes = (y / x for x, y in zip(POINTS, TARGETS, strict=True))
        return [(slope * ends, slope * (1 - ends)) for slope in slopes]

    def columns(self) -> Mapping[str, Any]:
        """One line a point of the grid."""
        first, second = np.meshgrid(self.weights, self.weights)
        return {"w1": first.ravel(), "w2": second.ravel(), "loss": self.losses.ravel()}

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw contours; red lines where a neuron stops being active: patterns change there."""
        (axes,) = panels
        # Equal steps of the root: as many lines in the valleys as on the slopes.
        levels = np.linspace(0.0, np.sqrt(self.losses.max()), 25) ** 2
        drawn = axes.contourf(self.weights, self.weights, self.losses, levels=levels)
        axes.figure.colorbar(drawn, ax=axes, label="mean squared error", format="%.1f")
        axes.axhline(0, color="red", label="patterns change")
        axes.axvline(0, color="red")
        axes.plot(*zip(*self.minima(), strict=True), "w*", markersize=12, label="global minima")
        for index, valley in enumerate(self.valleys()):
            axes.plot(*valley, "w--", label=("local minima", None)[index])
        axes.set(xlabel="$w_1$", ylabel="$w_2$", title="Two neurons, two points")
        axes.legend(fontsize=8, loc="lower left", facecolor="0.5", labelcolor="white")

    def says(self) -> str:
        """Name the minima."""
        places = " and ".join(f"({a:g}, {b:g})" for a, b in self.minima())
        return f"least loss {self.losses.min():.3g} at {places}; patterns change on the red lines"


@dataclass(frozen=True, eq=False)
class Product(Figure):
    """The loss (xy - 1)^2 + beta (x^2 + y^2) of a network with one weight in each layer.

    Parameters
    ----------
    weights : (k,) float64
    beta : float
    losses : (k, k) float64
    """

    name: ClassVar[str] = "product-with-decay"
    weights: FloatArray
    beta: float
    losses: FloatArray

    @classmethod
    def computed(cls, seed: int = 0) -> Product:
        """Evaluate it; the minima are (t, t) and (-t, -t) with t^2 = 1 - beta."""
        del seed
        beta = 0.19
        weights = np.linspace(-2.0, 2.0, 81)
        x, y = np.meshgrid(weights, weights)
        return cls(weights, beta, (x * y - 1) ** 2 + beta * (x**2 + y**2))

    @property
    def least(self) -> tuple[float, float]:
        """The root t of 1 - beta, and the loss there: (t^2 - 1)^2 + 2 beta t^2."""
        return float(np.sqrt(1 - self.beta)), self.beta**2 + 2 * self.beta * (1 - self.beta)

    def columns(self) -> Mapping[str, Any]:
        """One line a point of the grid."""
        x, y = np.meshgrid(self.weights, self.weights)
        return {"x": x.ravel(), "y": y.ravel(), "loss": self.losses.ravel()}

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw contours, the two minima, and the curve xy = 1 - beta of one value of the product."""
        (axes,) = panels
        levels = np.geomspace(self.least[1], self.losses.max(), 25)
        drawn = axes.contourf(self.weights, self.weights, self.losses, levels=levels)
        axes.figure.colorbar(drawn, ax=axes, label="loss", format="%.2f")
        for side in (1, -1):
            named = (None, f"$xy={1 - self.beta:g}$")[side == 1]
            curve = np.linspace((1 - self.beta) / 2, 2.0, 100)
            axes.plot(side * curve, side * (1 - self.beta) / curve, "w:", label=named)
            named = (None, "minima")[side == 1]
            axes.plot(side * self.least[0], side * self.least[0], "r*", markersize=12, label=named)
        axes.legend(fontsize=8, loc="upper left", facecolor="0.5", labelcolor="white")
        axes.set(xlabel="$x$", ylabel="$y$", title=rf"$(xy-1)^2+{self.beta}(x^2+y^2)$")

    def says(self) -> str:
        """Name the minima and what decay does."""
        root, loss = self.least
        return (
            f"minima at ({root:g}, {root:g}) and its opposite, loss {loss:.4f}: decay picks the "
            "balanced ones of all factors of a product"
        )

"""What one, two and many neurons can get stuck at, and the convex programs behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from figure import Figure
from matplotlib.axes import Axes

import arrangements as ar
import convex_program as cx

FloatArray = npt.NDArray[np.float64]

LINE = np.array([-1.0, 1.0])
"""The article's two points on a line."""


@dataclass(frozen=True, eq=False)
class Walkthrough(Figure):
    """One ReLU neuron without a bias on (-1, 1) and (1, 1/2), and a convex loss for each pattern.

    Parameters
    ----------
    patterns : CompletePatterns
        All of the two points.
    weights : (k,) float64
    """

    name: ClassVar[str] = "walkthrough"
    panels: ClassVar[int] = 2
    targets: ClassVar[FloatArray] = np.array([1.0, 0.5])
    programs: ClassVar[Mapping[str, tuple[bool, bool]]] = {
        "u1": (False, True),
        "u2": (True, False),
        "u3": (True, True),
    }
    """Which points each of the article's convex losses takes as active."""
    patterns: ar.CompletePatterns
    weights: FloatArray

    @classmethod
    def computed(cls, seed: int = 0) -> Walkthrough:
        """List the patterns, and choose weights that hold every minimum."""
        del seed
        return cls(ar.enumerate_patterns(LINE[:, np.newaxis]), np.linspace(-2, 2, 161))

    def relu(self) -> FloatArray:
        """Return the neuron's loss, a sum of squares."""
        outputs = np.maximum(np.outer(self.weights, LINE), 0)
        return np.asarray(((outputs - self.targets) ** 2).sum(axis=1))

    def linear(self, active: tuple[bool, bool]) -> FloatArray:
        """Return the loss with the ReLU replaced by 1 or 0 on each point."""
        outputs = np.outer(self.weights, LINE * active)
        return np.asarray(((outputs - self.targets) ** 2).sum(axis=1))

    def allowed(self, active: tuple[bool, bool]) -> npt.NDArray[np.bool_]:
        """Return for which weights the neuron is active on these points and no others."""
        sides = np.where(active, 1.0, -1.0)
        return np.asarray((np.outer(self.weights, LINE * sides) >= 0).all(axis=1))

    def minima(self) -> list[tuple[float, float]]:
        """Return weight and loss of every local minimum of the neuron's loss on the grid."""
        loss = self.relu()
        inner = (loss[1:-1] < loss[:-2]) & (loss[1:-1] < loss[2:])
        return [(float(self.weights[i]), float(loss[i])) for i in np.flatnonzero(inner) + 1]

    def columns(self) -> Mapping[str, Any]:
        """One line a weight; empty where a program does not allow it."""
        table: dict[str, Any] = {"w": self.weights, "ReLU": self.relu()}
        for name, active in self.programs.items():
            table[name] = self.linear(active)
            table[f"{name} allowed"] = self.allowed(active).astype(int)
        return table

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw the neuron's loss, and the three convex ones: full where they are allowed."""
        left, right = panels
        left.plot(self.weights, self.relu(), "k")
        for weight, least in self.minima():
            left.plot(weight, least, "C3*", markersize=12)
        left.set(xlabel="$w$", ylabel="loss", title="One ReLU neuron, two points", ylim=(0, 4))
        for index, (name, active) in enumerate(self.programs.items()):
            loss, allowed = self.linear(active), self.allowed(active)
            right.plot(self.weights, loss, f"C{index}:")
            kept = np.where(allowed, loss, np.nan)
            mark = "o" if allowed.sum() == 1 else ""
            right.plot(
                self.weights, kept, f"C{index}{mark}-", linewidth=2.5, label=f"$u_{name[1]}$"
            )
            lowest = loss.argmin()
            if not allowed[lowest]:
                right.plot(
                    self.weights[lowest],
                    loss[lowest],
                    f"C{index}o",
                    fillstyle="none",
                    label=f"least of $u_{name[1]}$, not allowed",
                )
        right.set(xlabel="$u$", title="Convex losses, full where allowed", ylim=(0, 4))
        right.legend()

    def says(self) -> str:
        """Name the minima, and why the third loss is of no use."""
        places = " and ".join(f"w = {w:g} (loss {loss:g})" for w, loss in self.minima())
        lost = self.linear(self.programs["u3"])
        best = float(self.weights[lost.argmin()])
        return (
            f"local minima at {places}; the loss with both points active is least at u3 = {best:g}, "
            "where no neuron has that pattern: it is allowed at u3 = 0 alone"
        )


@dataclass(frozen=True, eq=False)
class LocalMinima(Figure):
    """Outputs of one, two and many neurons at local minima, on (-1, 1) and (1, 2).

    Parameters
    ----------
    optimum : GlobalOptimum
    one, two : tuple of LocalMinimum
        Every one of networks of that width, the least first.
    many : Network
        Thirty neurons after gradient descent.
    """

    name: ClassVar[str] = "local-minima"
    panels: ClassVar[int] = 3
    optimum: cx.GlobalOptimum
    one: tuple[cx.LocalMinimum, ...]
    two: tuple[cx.LocalMinimum, ...]
    many: cx.Network

    @classmethod
    def computed(cls, seed: int = 0) -> LocalMinima:
        """List them with weight decay 0.1, and train."""
        problem = cx.TrainingProblem(LINE[:, np.newaxis], [1.0, 2.0], 0.1)
        optimum = cx.global_optimum(problem)
        assert isinstance(optimum, cx.GlobalOptimum)  # noqa: S101 - beta is positive
        method = cx.GradientDescent(steps=2000, rule=cx.Adam(0.01), seed=seed)
        many = cx.train(problem, 30, method=method).network
        one, two = (cx.local_minima(problem, width) for width in (1, 2))
        return cls(optimum, one, two, many)

    def above(self, objective: float) -> float:
        """Return by how much an objective is above the certified bound, relative to it."""
        return objective / self.optimum.lower - 1

    @property
    def stops(self) -> float:
        """By how much the trained network is above the bound."""
        return self.above(self.optimum.problem.objective(self.many))

    def columns(self) -> Mapping[str, Any]:
        """One line a point: outputs of each network."""
        x = np.linspace(-1.5, 1.5, 61)
        table: dict[str, Any] = {"x": x}
        for width, minima in ((1, self.one), (2, self.two)):
            for index, minimum in enumerate(minima):
                outputs = minimum.network.forward(x[:, np.newaxis]).ravel()
                table[f"{width} neurons, minimum {index + 1}"] = outputs
        table["30 neurons"] = self.many.forward(x[:, np.newaxis]).ravel()
        return table

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw outputs; the third panel has every neuron's own as well."""
        x = np.linspace(-1.5, 1.5, 61)
        for axes, minima, width in zip(
            panels, (self.one, self.two), ("One neuron", "Two neurons"), strict=False
        ):
            for index, minimum in enumerate(minima):
                axes.plot(
                    x,
                    minimum.network.forward(x[:, np.newaxis]).ravel(),
                    linestyle=("-", "--", ":")[index],
                    linewidth=2,
                    label=f"{minimum.value:.4f}, {self.above(minimum.value):.0%} above",
                )
            axes.set(title=f"{width}: {len(minima)} local minima", ylabel="output")
            axes.legend(title="objective", fontsize=8)
        last = panels[-1]
        outputs = self.many.output[:, 0]
        for index, (hidden, output) in enumerate(zip(self.many.hidden, outputs, strict=True)):
            named = (None, "each neuron")[index == 0]
            last.plot(x, output * np.maximum(hidden[0] * x, 0), "C0", linewidth=0.6, label=named)
        last.plot(x, self.many.forward(x[:, np.newaxis]).ravel(), "C1", linewidth=2, label="output")
        last.set(title=f"Thirty neurons, trained: {max(self.stops, 0):.1%} above", ylabel="output")
        last.legend(fontsize=8)
        for axes in panels:
            axes.plot(LINE, [1, 2], "kx", markersize=9)
            axes.set(xlabel="$x$", ylim=(-0.3, 3))

    def says(self) -> str:
        """Name the gap of every minimum."""
        one, two = (
            ", ".join(f"{self.above(minimum.value):.1%}" for minimum in minima)
            for minima in (self.one, self.two)
        )
        return (
            f"above the certified bound {self.optimum.lower:.5f}: minima of one neuron {one}; of two "
            f"{two}; thirty neurons after training {self.stops:.2%}"
        )

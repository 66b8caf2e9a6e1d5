"""The instance of scnn's Figure 1 with valid bounds beside the objectives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from figure import Figure
from matplotlib.axes import Axes
from scipy.stats import ortho_group

import convex_program as cx

FloatArray = npt.NDArray[np.float64]

_SEED = 951
_TRAINED, _TESTED, _COLUMNS, _HIDDEN, _CONDITION = 250, 250, 50, 100, 10
_DECAY = 1e-4
_GATES = (500, 1000, 10_000)
_FIRST_SEED = 650


def instance() -> tuple[FloatArray, FloatArray]:
    """Return rows (250, 50) and labels, 1 or -1, as that experiment draws them.

    Notes
    -----
    Normal rows whose covariance has the condition number 10, and labels by the sign of a network
    of 100 neurons.  The teacher's weights are described as normal; the generator draws them
    uniformly from [0, 1), so that it puts out a positive number for nearly every row.
    """
    rng = np.random.default_rng(_SEED)
    teacher = rng.random((_COLUMNS + 1) * _HIDDEN)
    hidden = teacher[: _COLUMNS * _HIDDEN].reshape(_HIDDEN, _COLUMNS)
    output = teacher[_COLUMNS * _HIDDEN :]
    basis = ortho_group.rvs(_COLUMNS, random_state=rng)
    between = rng.uniform(1, _CONDITION, _COLUMNS - 2)
    eigenvalues = np.concatenate([[_CONDITION, 1], between])
    covariance = basis.T @ (eigenvalues[:, np.newaxis] * basis)
    mean = np.zeros(_COLUMNS)
    # One row at a time: drawn all at once they would be others.
    rows = np.array(
        [rng.multivariate_normal(mean, cov=covariance) for _ in range(_TRAINED + _TESTED)]
    )
    labels = np.where(np.maximum(rows @ hidden.T, 0) @ output > 0, 1.0, -1.0)
    order = np.arange(len(rows))
    rng.shuffle(order)
    kept = order[:_TRAINED]
    return rows[kept], labels[kept]


@dataclass(frozen=True)
class Bounds:
    """A network's objective, and a bound below all networks of its kind, in scnn's unit.

    Parameters
    ----------
    kind : str
    objective, lower : float
        Half the mean squared error plus 1e-4 times group norms; nan where there is no bound.
    """

    kind: str
    objective: float
    lower: float


@dataclass(frozen=True, eq=False)
class PeerInstance(Figure):
    """Gated networks, ReLU networks made of them, Adam, and the best bracket there is.

    Parameters
    ----------
    labels : (250,) float64
    found : tuple of Bounds
    """

    name: ClassVar[str] = "peer-instance"
    labels: FloatArray
    found: tuple[Bounds, ...]

    @classmethod
    def computed(cls, seed: int = 0, gates: Sequence[int] = _GATES) -> PeerInstance:
        """Solve for each number of gates, train 100 neurons, and bound all networks."""
        X, y = instance()
        problem = cx.TrainingProblem(X, y, float(cx.scaling.SCNN.beta(_DECAY, _TRAINED)))
        unit, found = 1 / _TRAINED, []
        for count in gates:
            drawn = cx.Gated.sampled(count, features=_COLUMNS, seed=_FIRST_SEED + seed)
            gated = cx.gated_optimum(problem, drawn, gap=1e-2, time_limit=60.0)
            relu = gated.decomposed()
            found.append(Bounds(f"{count} gates", gated.upper * unit, gated.lower * unit))
            found.append(Bounds(f"ReLU of {count} gates", relu.objective * unit, np.nan))
        method = cx.GradientDescent(
            steps=3000, rule=cx.Adam(0.01), start=cx.HeStart(), seed=_FIRST_SEED + seed
        )
        run = cx.train(problem, _HIDDEN, method=method)
        trained = float(run.objectives[-1]) * unit
        found.append(Bounds("Adam, 100 neurons", trained, np.nan))
        solver = cx.Auto(time_limit=120.0)
        best = cx.global_optimum(problem, solver=solver, start=run.network)
        assert isinstance(best, cx.GlobalOptimum)  # noqa: S101 - beta is positive
        found.append(Bounds("ReLU, any width", best.upper * unit, best.lower * unit))
        return cls(y, tuple(found))

    def columns(self) -> Mapping[str, Any]:
        """One line a network."""
        return {
            name: [getattr(bounds, name) for bounds in self.found]
            for name in ("kind", "objective", "lower")
        }

    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw objectives as dots, and brackets down to bounds."""
        (axes,) = panels
        for place, bounds in enumerate(self.found):
            named = ("best network", "bound") if place == 0 else (None, None)
            axes.plot(bounds.objective, place, "o", color="C0", label=named[0])
            axes.plot([bounds.lower, bounds.objective], [place, place], "C2", linewidth=3)
            axes.plot(bounds.lower, place, "|", color="C2", markersize=14, label=named[1])
        axes.axvline(self.found[-1].lower, color="k", linestyle="--", label="no ReLU network below")
        axes.set_yticks(range(len(self.found)), [bounds.kind for bounds in self.found])
        axes.set(xscale="log", xlabel="objective")
        axes.legend(fontsize=8, ncols=3, loc="lower center", bbox_to_anchor=(0.4, 1.0))

    def says(self) -> str:
        """Name objectives and bounds, and how one-sided the labels are."""
        parts = [
            f"{bounds.kind} {bounds.objective:.4g}"
            + ("" if np.isnan(bounds.lower) else f" (at least {bounds.lower:.4g})")
            for bounds in self.found
        ]
        return f"{int((self.labels > 0).sum())} of 250 labels are positive; {', '.join(parts)}"

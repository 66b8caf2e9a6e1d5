"""The whole chain on real data: patterns, training, certificate, claim, picture.

Run by ``make demo``; writes into demo-output/.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from sklearn.datasets import load_diabetes

import arrangements as ar
import convex_program as cx
from arrangements.cli import Session
from convex_program.cli.standalone import run_standalone

ROWS = 40
NEURONS = 20
RELATIVE_BETA = 0.05
OUTPUT = Path("demo-output")


def diabetes(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return bmi and s5 with a bias column, and the targets, all standardized."""
    bunch = load_diabetes(scaled=False)
    chosen = [bunch.feature_names.index(name) for name in ("bmi", "s5")]
    features = standardized(bunch.data[:rows, chosen])
    return np.c_[features, np.ones(rows)], standardized(bunch.target[:rows])


def standardized(values: np.ndarray) -> np.ndarray:
    """Shift and scale columns to mean 0 and standard deviation 1."""
    return np.asarray((values - values.mean(axis=0)) / values.std(axis=0))


def draw_descent(axes: Axes, objectives: np.ndarray, verdict: cx.Verdict, patterns: int) -> None:
    """Draw how far gradient descent is above the certified bound, step by step."""
    axes.semilogy(objectives - verdict.lower, color="tab:blue", label="gradient descent")
    best = max(verdict.best.gap, 1e-16)
    axes.axhline(best, color="tab:green", linestyle="--", label="best network found")
    axes.set_xlabel("step of gradient descent")
    axes.set_ylabel("objective above the certified lower bound")
    axes.set_title(f"Certified over all {patterns:,} activation patterns")
    axes.legend()


def draw_neurons(axes: Axes, X: np.ndarray, y: np.ndarray, verdict: cx.Verdict) -> None:
    """Draw the data and, for each neuron, the line where it switches on."""
    points = axes.scatter(X[:, 0], X[:, 1], c=y, cmap="coolwarm", edgecolor="black", zorder=3)
    axes.figure.colorbar(points, ax=axes, label="disease progression (standardized)")
    axes.set_xlim(X[:, 0].min() - 0.5, X[:, 0].max() + 0.5)
    axes.set_ylim(X[:, 1].min() - 0.5, X[:, 1].max() + 0.5)
    span = np.array(axes.get_xlim())
    for network, style, name in (
        (verdict.best.network, {"color": "yellowgreen", "linewidth": 4}, "global optimum"),
        (verdict.network, {"color": "black", "linestyle": "--"}, "trained network"),
    ):
        label: str | None = name
        masses = network.masses()
        for weight in network.hidden[masses > 1e-3 * masses.max()]:
            # The neuron switches on where w_1 bmi + w_2 s5 + w_3 = 0.
            if abs(weight[1]) > abs(weight[0]) * 1e-9:
                axes.plot(span, -(weight[0] * span + weight[2]) / weight[1], label=label, **style)
            else:
                axes.axvline(-weight[2] / weight[0], label=label, **style)
            label = None
    axes.set_xlabel("body mass index (standardized)")
    axes.set_ylabel("s5 (standardized)")
    axes.set_title("Where the neurons switch on")
    axes.legend(loc="upper left")


def main() -> None:
    """Run the chain and write claim and picture."""
    mpl.use("Agg")
    OUTPUT.mkdir(exist_ok=True)
    X, y = diabetes(ROWS)
    sys.stdout.write(f"Diabetes data: {ROWS} rows, bmi, s5 and a bias, standardized\n")
    with Session(refusals=[cx.ConvexProgramError]) as session:
        patterns = ar.enumerate_patterns(X, progress=session.listen)
        sys.stdout.write(patterns.summary() + "\n\n")
        beta = RELATIVE_BETA * cx.beta_max(X, y, patterns=patterns, progress=session.listen)
        problem = cx.TrainingProblem(X, y, beta)
        sys.stdout.write(f"{problem}\n\n")
        training = cx.train(problem, NEURONS, progress=session.listen)
        verdict = cx.certify(
            training.network, problem, level=cx.Level.PROVED, progress=session.listen
        )
        assert isinstance(verdict, cx.Verdict)  # noqa: S101 - beta is not 0
        sys.stdout.write(verdict.summary() + "\n\n")
        claim = OUTPUT / "verdict.claim"
        cx.save_claim(verdict.claim(), claim)
        checked = cx.verify(cx.load_claim(claim))
        figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5), layout="constrained")
        draw_descent(left, training.objectives, verdict, len(patterns))
        draw_neurons(right, X, y, verdict)
        picture = OUTPUT / "verdict.png"
        with ar.atomic_write(picture) as stream:
            figure.savefig(stream, format="png", dpi=110)
    sys.stdout.write(
        f"Read back and checked again in rational arithmetic: {checked.level.value}.\n"
        f"Claim    {claim}\nPicture  {picture}\n\n"
        "And once more by tools/check_claim.py, with the standard library alone:\n"
    )
    sys.stdout.flush()
    sys.exit(run_standalone(claim))


if __name__ == "__main__":
    main()

"""Bounds against what ascent meets: no value above a bound, no network below one.

    .venv/bin/python tools/bench/violations.py [--problems 500] [--first 0] [--seconds 0.3]

Each problem has 10 to 80 rows in 3 to 60 columns, normal, whole, of low rank, with repeated or opposite rows, or of rows of very
different lengths, and one of all losses, slopes and biases of the output.  Its dual vector is priced by the relaxation.  Against
that stand ascents from 10,000 starts for either sign: steps to the gradient, on all starts at once, and local ascents from where the
best of them came by.  The best value is compared in rational numbers.  Then the whole solver has a second, and its bound is compared
with its network's objective.  Prints one line for each violation, and how many there were.
"""

from __future__ import annotations

import argparse
from fractions import Fraction

import numpy as np
import numpy.typing as npt

import convex_program as cx
from convex_program.pricing import priced_rows

Floats = npt.NDArray[np.float64]

STARTS, STEPS, FINISHED = 10_000, 12, 100
"""Ascents, steps of each, and how many of the best go on to a local maximum."""
KINDS = ("normal", "whole", "low rank", "repeated", "lengths")
LOSSES = (cx.Squared(), cx.Huber(0.3), cx.Logistic(), cx.Absolute(), cx.Hinge(), cx.Quantile(0.3))
ACTIVATIONS = (cx.ReLU(), cx.ReLU(), cx.LeakyReLU(0.1), cx.AbsoluteValue())
BIASES = (cx.NoBias(), cx.FreeBias(), cx.DecayedBias())
LABELLED = (cx.Logistic, cx.Hinge)


def rows(kind: str, rng: np.random.Generator) -> Floats:
    """Return a data matrix."""
    n, d = int(rng.integers(10, 81)), int(rng.integers(3, 61))
    X = rng.standard_normal((n, d))
    if kind == "whole":
        X = rng.integers(-2, 3, (n, d)).astype(float)
    elif kind == "low rank":
        r = int(rng.integers(2, d))
        X = rng.standard_normal((n, r)) @ rng.standard_normal((r, d))
    elif kind == "repeated":
        X[: n // 3] = X[n // 3 : 2 * (n // 3)] * rng.choice([-1.0, 1.0, 2.0], (n // 3, 1))
    elif kind == "lengths":
        X *= 10.0 ** rng.integers(-6, 7, (n, 1))
    return X


def exact_value(problem: cx.TrainingProblem, v: Floats, u: Floats) -> Fraction:
    """Return the square of ``v.phi(Xu) / |u|``, exactly."""
    on, off = problem.activation.on, problem.activation.off
    place = [Fraction(x) for x in u.tolist()]
    total = Fraction(0)
    for row, weight in zip(problem.gauge.exact_rows, v.tolist(), strict=True):
        t = sum((Fraction(x) * y for x, y in zip(row, place, strict=True)), Fraction(0))
        total += Fraction(weight) * (on * t if t > 0 else -off * t)
    return total * total / sum(x * x for x in place)


def best_places(X: Floats, v: Floats, gains: tuple[float, float], starts: Floats) -> Floats:
    """Return where steps to the gradient came by the largest values, from all starts and for both signs."""
    off, on = gains
    places, values = [], []
    for sign in (1.0, -1.0):
        u, place, peak = starts, starts.copy(), np.full(len(starts), -np.inf)
        for _ in range(STEPS):
            u = u / np.maximum(np.linalg.norm(u, axis=1), 1e-300)[:, np.newaxis]
            t = u @ X.T
            slopes = sign * v * np.where(t > 0.0, on, off)
            value = np.einsum("ij,ij->i", slopes, t)
            better = value > peak
            place[better], peak[better] = u[better], value[better]
            u = slopes @ X
        places.append(place)
        values.append(peak)
    order = np.argsort(-np.concatenate(values), kind="stable")[:FINISHED]
    return np.concatenate(places)[order]


def violations(number: int, seconds: float) -> list[str]:
    """Return what is wrong with one problem."""
    rng = np.random.default_rng([number, 15])
    X = rows(KINDS[number % len(KINDS)], rng)
    loss = LOSSES[int(rng.integers(len(LOSSES)))]
    y = np.sin(2 * X[:, 0]) + 0.3 * rng.standard_normal(len(X))
    y = np.where(y > 0, 1.0, -1.0) if isinstance(loss, LABELLED) else y
    activation = ACTIVATIONS[int(rng.integers(len(ACTIVATIONS)))]
    bias = BIASES[int(rng.integers(len(BIASES)))]

    def problem_at(beta: float) -> cx.TrainingProblem:
        return cx.TrainingProblem(
            X, y, beta=beta, loss=loss, activation=activation, output_bias=bias
        )

    plain = problem_at(1.0)
    v = plain.feasible(plain.residual(plain.empty_network()))
    priced = priced_rows(plain.gauge)
    starts = best_places(X, v, activation.gains, rng.standard_normal((STARTS, X.shape[1])))
    met = priced.price(cx.SpectralBound(), v, starts=starts)
    if met.value == 0.0:
        return []
    bound = priced.price(cx.SemidefiniteRelaxation(time_limit=seconds), v).bound
    wrong = []
    if len(met.directions) and exact_value(plain, v, met.directions[0]) > Fraction(bound) ** 2:
        wrong.append(f"{number}: {met.value} is above the bound {bound}")
    best = cx.global_optimum(
        problem_at(0.2 * met.value), solver=cx.WorkingSet(1e-4, time_limit=4.0 * seconds)
    )
    if best.lower > best.upper:
        wrong.append(f"{number}: a network of {best.upper} is below the bound {best.lower}")
    return wrong


def main() -> None:
    """Go through all problems."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.3)
    arguments = parser.parse_args()
    wrong = 0
    for number in range(arguments.first, arguments.first + arguments.problems):
        for line in violations(number, arguments.seconds):
            wrong += 1
            print(line, flush=True)
        done = number - arguments.first + 1
        if done % 20 == 0:
            print(f"{done} problems, {wrong} violations", flush=True)
    print(f"{arguments.problems} problems, {wrong} violations")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()

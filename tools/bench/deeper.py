"""Whether gradient descent ever ends below a bound of three layers or of normalized networks.

    .venv/bin/python tools/bench/deeper.py [--problems N] [--starts S] [--steps T] [--seed SEED]
    .venv/bin/python tools/bench/deeper.py --depth [--starts S] [--steps T] [--seconds T] [--sets WORD]

Each problem is tiny: 4 to 7 rows in 2 or 3 dimensions, normal or small integers, beta 5 to 30 % of ``|X^T y|``.  From S
starts each, four fifths by Adam, one fifth by L-BFGS, sub-networks of three layers (regularizer `Cubes`, K = 4,
two neurons) and normalized networks of six neurons are trained.  The best network of each kind is compared with the bound
*exactly*: both are rational numbers.  A line for each problem that fails, and a summary; exit 1 when one failed.

``--depth`` prints, for a few sets, the bound of two layers, the best and the median end of S starts with
K = 1, 2, 5, 15 sub-networks, and the certified optimum of three layers with its gap and number of sub-networks.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

import convex_program as cx

Floats = npt.NDArray[np.float64]
Objective = Callable[[Floats], tuple[Floats, Floats]]
"""From parameters (starts, p) to values (starts,) and gradients (starts, p)."""

_SUBNETWORKS, _NEURONS, _NORMALIZED = 4, 2, 6
_INTEGERS, _CLOSE = 0.25, 1e-4
"""Part of the problems with small integers; which relative margin counts as met."""


def split(p: Floats, shapes: list[tuple[int, ...]]) -> list[Floats]:
    """Cut the last axis into arrays of some shapes."""
    ends = np.cumsum([int(np.prod(s)) for s in shapes])[:-1]
    return [
        part.reshape(len(p), *s) for part, s in zip(np.split(p, ends, axis=1), shapes, strict=True)
    ]


def joined(parts: list[Floats]) -> Floats:
    """Undo `split`."""
    return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)


def three_layer_shapes(d: int, subnetworks: int = _SUBNETWORKS) -> list[tuple[int, ...]]:
    """Return shapes of W, w, a."""
    K, m = subnetworks, _NEURONS
    return [(K, m, d), (K, m), (K,)]


def three_layers(X: Floats, y: Floats, beta: float, subnetworks: int = _SUBNETWORKS) -> Objective:
    """Return the objective with the regularizer of cubes, and its gradient."""
    shapes = three_layer_shapes(X.shape[1], subnetworks)

    def objective(p: Floats) -> tuple[Floats, Floats]:
        W, w, a = split(p, shapes)
        h = np.maximum(W @ X.T, 0.0)
        r = np.maximum(np.einsum("skm,skmn->skn", w, h), 0.0)
        e = np.einsum("sk,skn->sn", a, r) - y
        norm_W, norm_w = np.sqrt((W**2).sum(axis=(2, 3))), np.sqrt((w**2).sum(axis=2))
        cubes = (norm_W**3 + norm_w**3 + np.abs(a) ** 3).sum(axis=1) / 3
        inner = e[:, None] * a[:, :, None] * (r > 0)
        at_h = inner[:, :, None] * w[:, :, :, None] * (h > 0)
        gradient = [
            at_h @ X + beta * norm_W[:, :, None, None] * W,
            np.einsum("skn,skmn->skm", inner, h) + beta * norm_w[:, :, None] * w,
            np.einsum("sn,skn->sk", e, r) + beta * np.abs(a) * a,
        ]
        return 0.5 * (e**2).sum(axis=1) + beta * cubes, joined(gradient)

    return objective


def normalized_shapes(d: int) -> list[tuple[int, ...]]:
    """Return shapes of w, gamma, shift, alpha."""
    return [(_NORMALIZED, d), *[(_NORMALIZED,)] * 3]


def normalized(X: Floats, y: Floats, beta: float) -> Objective:
    """Return the objective of networks with batch normalization, unit lengths, and its gradient."""
    n = len(y)
    centred = X - X.mean(axis=0)

    def objective(p: Floats) -> tuple[Floats, Floats]:
        w, gamma, shift, alpha = split(p, normalized_shapes(X.shape[1]))
        u = w @ centred.T
        length = np.sqrt((u**2).sum(axis=2, keepdims=True))
        u /= length
        r = np.maximum(gamma[:, :, None] * u + shift[:, :, None] / np.sqrt(n), 0.0)
        e = np.einsum("sj,sjn->sn", alpha, r) - y
        inner = e[:, None] * alpha[:, :, None] * (r > 0)
        along = (inner * u).sum(axis=2)
        at_u = gamma[:, :, None] * (inner - u * along[:, :, None]) / length
        gradient = [
            at_u @ centred,
            along + beta * gamma,
            inner.sum(axis=2) / np.sqrt(n) + beta * shift,
            np.einsum("sn,sjn->sj", e, r) + beta * alpha,
        ]
        decay = (gamma**2 + shift**2 + alpha**2).sum(axis=1)
        return 0.5 * (e**2).sum(axis=1) + 0.5 * beta * decay, joined(gradient)

    return objective


def adam(objective: Objective, p: Floats, steps: int) -> Floats:
    """Return parameters after some steps, rates falling to zero."""
    first, second = np.zeros_like(p), np.zeros_like(p)
    for t in range(1, steps + 1):
        _, g = objective(p)
        first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g**2
        size = np.sqrt(second / (1.0 - 0.999**t)) + 1e-12
        p = p - 0.05 * (1.0 - t / steps) * first / (1.0 - 0.9**t) / size
    return p


def trained(objective: Objective, starts: Floats, steps: int) -> Floats:
    """Return the parameters that some starts end with, best first."""
    few = max(1, len(starts) // 5)
    ends = [adam(objective, starts[few:], steps)] if len(starts) > few else []

    def single(p: Floats) -> tuple[float, Floats]:
        value, gradient = objective(p[None])
        return float(value[0]), gradient[0]

    ends += [minimize(single, s, jac=True, method="L-BFGS-B").x[None] for s in starts[:few]]
    every = np.concatenate(ends)
    values = np.nan_to_num(objective(every)[0], nan=np.inf)
    return np.asarray(every[np.argsort(values)])


def problem_data(generator: np.random.Generator) -> tuple[Floats, Floats, float]:
    """Draw rows, targets and beta."""
    n, d = int(generator.integers(4, 8)), int(generator.integers(2, 4))
    X = generator.standard_normal((n, d))
    if generator.random() < _INTEGERS:
        X = generator.integers(-2, 3, (n, d)).astype(float)
    y = generator.standard_normal(n)
    share = float(generator.uniform(0.05, 0.3))
    return X, y, max(share * float(np.linalg.norm(X.T @ y)), 1e-3)


def margins(seed: int, starts: int, steps: int) -> list[tuple[str, Fraction, float]]:
    """Return (kind, relative margin of descent over the bound, relative gap) of one problem."""
    generator = np.random.default_rng(seed)
    X, y, beta = problem_data(generator)
    d = X.shape[1]
    found = []
    deep = cx.ThreeLayerProblem(X, y, beta, regularizer=cx.Cubes())
    best = cx.three_layer_optimum(deep, time_limit=60)
    shapes = three_layer_shapes(d)
    start = generator.standard_normal((starts, sum(int(np.prod(s)) for s in shapes)))
    end = trained(three_layers(X, y, beta), start, steps)
    network = cx.ParallelNetwork(*(part[0] for part in split(end, shapes)))
    value = deep.exact_objective(network)
    found.append(("three layers", (value - best.exact_lower) / value, best.relative_gap))
    if np.linalg.matrix_rank(X - X.mean(axis=0)) == d:
        flat = cx.BatchNormProblem(X, y, beta)
        optimum = cx.batch_norm_optimum(flat)
        shapes = normalized_shapes(d)
        start = generator.standard_normal((starts, sum(int(np.prod(s)) for s in shapes)))
        end = trained(normalized(X, y, beta), start, steps)
        own = flat.exact_objective(cx.BatchNormNetwork(*(part[0] for part in split(end, shapes))))
        if own is not None:
            margin = (own - optimum.exact_lower) / own
            found.append(("normalized", margin, optimum.relative_gap))
    return found


def spiral() -> tuple[Floats, Floats]:
    """Return 80 of 100 points on two spirals with a column of ones, and their classes."""
    generator = np.random.default_rng(0)
    turn = np.tile(np.linspace(0.25, 1.0, 50), 2)
    side = np.repeat([1.0, -1.0], 50)
    angle = 1.5 * np.pi * turn
    X = side[:, None] * turn[:, None] * np.c_[np.cos(angle), np.sin(angle)]
    X += 0.02 * generator.standard_normal((100, 2))
    kept = np.sort(generator.permutation(100)[:80])
    return np.c_[X, np.ones(100)][kept], side[kept]


def drawn(d: int, n: int) -> tuple[Floats, Floats]:
    """Return normal rows and a sine with noise."""
    generator = np.random.default_rng(0)
    X = generator.standard_normal((n, d))
    return X, np.sin(2 * X[:, 0]) + 0.3 * generator.standard_normal(n)


def columns(kind: str, step: int) -> tuple[Floats, Floats]:
    """Return every so many rows of two classes of iris or wine: two standardized columns and ones; classes -1 and 1."""
    from sklearn.datasets import load_iris, load_wine

    chosen = {"iris": (load_iris, [2, 3], (1, 2)), "wine": (load_wine, [0, 9], (0, 1))}
    load, kept, (low, high) = chosen[kind]
    X, classes = load(return_X_y=True)
    used = np.flatnonzero((classes == low) | (classes == high))[::step]
    part = X[used][:, kept]
    part = (part - part.mean(axis=0)) / part.std(axis=0)
    return np.c_[part, np.ones(len(used))], np.where(classes[used] == high, 1.0, -1.0)


def depth(starts: int, steps: int, seconds: float, word: str) -> None:
    """Print where descent ends for K = 1, 2, 5, 15, between two certified optima."""
    rays = np.array([[1.5, 0.8], [0.1, 0.9], [-1.3, -1.3], [0.3, -0.5], [0.8, -0.6]])
    sets: list[tuple[str, tuple[Floats, Floats], float]] = [
        ("five rays", (rays, np.array([0.4, 0.4, 0.7, -1.2, -0.7])), 0.05),
        ("2, 10", drawn(2, 10), 0.25418061),
        ("2, 30", drawn(2, 30), 0.34543697),
        ("3, 20", drawn(3, 20), 0.61511364),
        ("iris, 20 rows", columns("iris", 5), 0.5),
        ("iris, 34 rows", columns("iris", 3), 0.5),
        ("wine, 26 rows", columns("wine", 5), 0.5),
        ("spiral", spiral(), 0.5),
    ]
    for name, (X, y), beta in sets:
        if word not in name:
            continue
        problem = cx.ThreeLayerProblem(X, y, beta, regularizer=cx.Cubes())
        best = cx.three_layer_optimum(problem, time_limit=seconds)
        ends = []
        for K in (1, 2, 5, 15):
            shapes = three_layer_shapes(X.shape[1], K)
            generator = np.random.default_rng(K)
            start = 0.5 * generator.standard_normal((starts, sum(int(np.prod(s)) for s in shapes)))
            objective = three_layers(X, y, beta, K)
            values = objective(trained(objective, start, steps))[0]
            ends.append(f"{values[0]:.6f} ({np.median(values):.4f})")
        print(
            f"| {name} | {best.two_layers.lower:.6f} | {' | '.join(ends)} | {best.upper:.6f} | "
            f"{best.relative_gap:.0e} | {best.network.subnetworks} |",
            flush=True,
        )


def main() -> int:
    """Train, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=500)
    parser.add_argument("--starts", type=int, default=100)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--depth", action="store_true", help="what depth buys, for K = 1, 2, 5, 15")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--sets", default="", help="with --depth: sets whose name holds this word")
    options = parser.parse_args()
    if options.depth:
        depth(options.starts, options.steps, options.seconds, options.sets)
        return 0
    below = 0
    all_margins: dict[str, list[float]] = {"three layers": [], "normalized": []}
    gaps = {"three layers": 0.0, "normalized": 0.0}
    began = time.process_time()
    for k in range(options.problems):
        rows = margins(options.seed + k, options.starts, options.steps)
        for kind, margin, gap in rows:
            all_margins[kind].append(float(margin))
            gaps[kind] = max(gaps[kind], float(gap))
            if margin < 0:
                below += 1
                print(f"seed {options.seed + k}: {kind} below its bound by {-float(margin):.3g}")
        if (k + 1) % 25 == 0:
            summary(k + 1, all_margins, gaps, below, time.process_time() - began)
    return 1 if below else 0


def summary(
    count: int, found: dict[str, list[float]], gaps: dict[str, float], below: int, seconds: float
) -> None:
    """Print one line for each kind."""
    for kind, values in found.items():
        if values:
            close = sum(v < _CLOSE for v in values)
            print(
                f"{count} problems, {seconds:.0f} s: {kind}: {len(values)} trained, least margin {min(values):.3g}, "
                f"{close} within {_CLOSE:g} of the bound, median {np.median(values):.3g}, widest gap {gaps[kind]:.2g}; "
                f"below a bound: {below}",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())

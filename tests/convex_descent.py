"""Networks by quasi-Newton descent from random starts; shares no code with the packages.

Values and slopes are written out from the definitions, in floats.  What comes out is only a
network: whoever uses one evaluates it exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import minimize

Floats = np.ndarray


def _squared(z: Floats, y: Floats, _: dict[str, float]) -> tuple[Floats, Floats]:
    return (z - y) ** 2 / 2, z - y


def _huber(z: Floats, y: Floats, how: dict[str, float]) -> tuple[Floats, Floats]:
    cut = np.clip(z - y, -how["delta"], how["delta"])
    return cut * (z - y) - cut**2 / 2, cut


def _absolute(z: Floats, y: Floats, _: dict[str, float]) -> tuple[Floats, Floats]:
    return np.abs(z - y), np.sign(z - y)


def _quantile(z: Floats, y: Floats, how: dict[str, float]) -> tuple[Floats, Floats]:
    slope = np.where(z > y, 1 - how["level"], -how["level"])
    return slope * (z - y), slope


def _logistic(z: Floats, y: Floats, _: dict[str, float]) -> tuple[Floats, Floats]:
    return np.logaddexp(0.0, -y * z), -y * np.exp(-np.logaddexp(0.0, y * z))


def _hinge(z: Floats, y: Floats, _: dict[str, float]) -> tuple[Floats, Floats]:
    return np.maximum(1 - y * z, 0.0), np.where(y * z < 1, -y, 0.0)


def _squared_hinge(z: Floats, y: Floats, _: dict[str, float]) -> tuple[Floats, Floats]:
    missing = np.maximum(1 - y * z, 0.0)
    return missing**2 / 2, -y * missing


_LOSSES: dict[str, Callable[..., tuple[Floats, Floats]]] = {
    "squared": _squared,
    "huber": _huber,
    "absolute": _absolute,
    "quantile": _quantile,
    "logistic": _logistic,
    "hinge": _hinge,
    "squared-hinge": _squared_hinge,
}


def descend(problem: Any, width: int, seed: int) -> tuple[Floats, Floats, float]:
    """Return hidden weights, output weights and output bias where L-BFGS stops."""
    X = np.array([[float(entry) for entry in row] for row in problem.data.fractions])
    y = np.array([float(entry) for entry in problem.exact_targets])
    n, d = X.shape
    s = np.array([float(entry) for entry in problem.sample_weight or [1] * n])
    on, off = float(problem.activation.on), float(problem.activation.off)
    beta, bias = float(problem.exact_beta), type(problem.output_bias).__name__
    counted = np.ones(d)
    if type(problem.hidden_bias).__name__ == "FreeHiddenBias":
        counted[-1] = 0.0
    parameters = {name: float(value) for name, value in problem.loss.parameters.items()}
    loss, most = _LOSSES[problem.loss.name], width * d

    def objective(point: Floats) -> tuple[float, Floats]:
        W, a, b = point[:most].reshape(width, d), point[most:-1], point[-1]
        t = X @ W.T
        hidden = np.where(t > 0, on * t, -off * t)
        values, slopes = loss(hidden @ a + b, y, parameters)
        decayed = float(np.sum(counted * W**2) + a @ a) + (b * b if bias == "DecayedBias" else 0.0)
        v = s * slopes
        back = v[:, None] * np.where(t > 0, on, -off)
        to_hidden = a[:, None] * (back.T @ X) + beta * counted * W
        to_bias = 0.0 if bias == "NoBias" else v.sum() + beta * b * (bias == "DecayedBias")
        gradient = np.concatenate([to_hidden.ravel(), hidden.T @ v + beta * a, [to_bias]])
        return float(s @ values) + beta / 2 * decayed, gradient

    rng = np.random.default_rng(seed)
    start = rng.standard_normal(most + width + 1) * rng.choice([0.3, 1.0, 3.0])
    if bias == "NoBias":
        start[-1] = 0.0
    found = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return found[:most].reshape(width, d), found[most:-1], float(found[-1])

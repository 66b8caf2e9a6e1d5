"""Objectives of networks with several outputs from their definitions, and descent on them; calls nothing of the packages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

Floats = np.ndarray


def squared(z: Floats, y: Floats) -> tuple[float, Floats]:
    return 0.5 * np.sum((z - y) ** 2), z - y


def huber(z: Floats, y: Floats) -> tuple[float, Floats]:
    """With delta .3."""
    e = z - y
    far = np.abs(e) > 0.3
    return np.sum(np.where(far, 0.3 * np.abs(e) - 0.045, 0.5 * e * e)), np.clip(e, -0.3, 0.3)


def absolute(z: Floats, y: Floats) -> tuple[float, Floats]:
    return np.sum(np.abs(z - y)), np.sign(z - y)


def logistic(z: Floats, y: Floats) -> tuple[float, Floats]:
    return np.sum(np.logaddexp(0.0, -y * z)), -y / (1.0 + np.exp(y * z))


def hinge(z: Floats, y: Floats) -> tuple[float, Floats]:
    return np.sum(np.maximum(0.0, 1.0 - y * z)), np.where(y * z < 1.0, -y, 0.0)


def cross_entropy(z: Floats, y: Floats) -> tuple[float, Floats]:
    top = z.max(axis=1, keepdims=True)
    log = top + np.log(np.exp(z - top).sum(axis=1, keepdims=True))
    mass = y.sum(axis=1, keepdims=True)
    return np.sum(mass * log) - np.sum(y * z), mass * np.exp(z - log) - y


LOSSES = {f.__name__: f for f in (squared, huber, absolute, logistic, hinge, cross_entropy)}


@dataclass(frozen=True)
class Training:
    """A problem: slopes for positive and negative numbers, biases of outputs "none", "free" or "decayed"."""

    X: Floats
    Y: Floats
    beta: float
    loss: str
    on: float
    off: float
    bias: str
    shifted: bool
    """Whether neurons have biases without decay."""

    def descend(self, width: int, seed: int) -> float:
        """Return the objective that L-BFGS reaches from a random start, or that of no neurons."""
        X, Y = self.X, self.Y
        d, c = X.shape[1], Y.shape[1]
        ends = np.cumsum([width * d, width * c, width, c])

        def objective(x: Floats) -> tuple[float, Floats]:
            w, a, shift, bias = np.split(x, ends[:-1])
            w, a = w.reshape(width, d), a.reshape(width, c)
            t = X @ w.T + shift * self.shifted
            phi = np.where(t > 0, self.on * t, -self.off * t)
            free = self.bias != "none"
            value, slope = LOSSES[self.loss](phi @ a + bias * free, Y)
            decay = self.beta * (self.bias == "decayed")
            value += 0.5 * self.beta * (np.sum(w**2) + np.sum(a**2)) + 0.5 * decay * np.sum(bias**2)
            back = (slope @ a.T) * np.where(t > 0, self.on, -self.off)
            parts = [
                (back.T @ X + self.beta * w).ravel(),
                (phi.T @ slope + self.beta * a).ravel(),
                back.sum(axis=0) * self.shifted,
                slope.sum(axis=0) * free + decay * bias,
            ]
            return float(value), np.concatenate(parts)

        rng = np.random.default_rng(seed)
        start = rng.normal(size=ends[-1]) * rng.choice([0.3, 1.0, 3.0])
        found = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 1000})
        return min(float(found.fun), objective(np.zeros(ends[-1]))[0])

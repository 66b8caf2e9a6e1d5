"""Softmax cross-entropy: log-likelihood of several classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar, final

import numpy as np

from convex_program.enclosures import log_sum_exp_above, row_entropy_below
from convex_program.errors import ArgumentError
from convex_program.losses.base import Floats
from convex_program.losses.classes import Classes, read_classes, read_masses
from convex_program.losses.rows import RowLoss
from convex_program.losses.simplex import on_simplices
from convex_program.losses.targets import Targets, columns_of
from convex_program.reading import read_number, read_numbers

_NEWTON = 60
_LEAST_MASS = 1e-200
"""The best constant of a class that no row is of would be minus infinity."""


@final
class SoftmaxCrossEntropy(RowLoss):
    """``l(z; T) = |T| log sum_j exp z_j - T.z``, T the masses of the classes of a row.

    Parameters
    ----------
    classes : sequence, optional
        All classes, in the order of the outputs; by default the labels found in y: 0, ..., the
        largest, for whole numbers, alphabetical order for texts.
    class_weight : mapping or sequence, optional
        A factor for each class, as PyTorch's ``weight``.
    smoothing : number
        Part s of the mass that is spread over all classes: PyTorch's ``label_smoothing``.

    Notes
    -----
    y holds a label for each row, or has shape (n, c) with masses from 0 on, one-hot rows for one.
    Classes beyond two are told apart by one output each, for two classes, too: `Logistic` is the
    loss of one output.

    With P the softmax of z, minus the gradient is ``V = T - |T| P``, and ``D(V)`` is the entropy
    of ``P = (T - V) / |T|`` times ``|T|``.  A dual vector has to keep P in the simplex: entries of V
    at most those of T, rows that add up to zero.  Values are not rational: `exact_value` and
    `exact_dual` are ends of enclosures.

    A label y has the masses ``w_y ((1 - s) [j = y]) + s w_j / c``, which is what PyTorch adds up for
    ``CrossEntropyLoss(weight=w, label_smoothing=s)``; its mean is over ``sum of w_y``.

    Examples
    --------
    >>> SoftmaxCrossEntropy().read_targets([0, 2]).rows()[1]
    (Fraction(0, 1), Fraction(0, 1), Fraction(1, 1))
    """

    name: ClassVar[str] = "cross_entropy"
    words: ClassVar[str] = "sum of cross-entropies"
    scales: ClassVar[bool] = False
    rational: ClassVar[bool] = False

    def __init__(
        self,
        classes: Sequence[Any] | None = None,
        *,
        class_weight: Mapping[Any, Any] | Sequence[Any] | None = None,
        smoothing: Any = 0,
    ) -> None:
        self.classes = None if classes is None else Classes.of(classes)
        self.class_weight = class_weight
        self.smoothing = read_number("smoothing", smoothing)
        if not 0 <= self.smoothing <= 1:
            raise ArgumentError(f"smoothing = {smoothing} must be between 0 and 1")

    def read(self, y: Any) -> tuple[Fraction, ...]:
        """Return the masses, flat, row by row."""
        return self.read_targets(y).values

    def read_targets(self, y: Any) -> Targets:
        """Return the masses of the classes of every row.

        Raises
        ------
        ArgumentError
            When y is neither labels nor masses; it names an entry.
        """
        if isinstance(y, Targets):
            return y
        columns = columns_of(y)
        known = self.classes
        if columns is None:
            known, places = read_classes(y, known)
            count = len(known.names)
            one, zero = Fraction(1), Fraction(0)
            rows = [[one if j == place else zero for j in range(count)] for place in places]
        else:
            count = len(columns)
            rows = read_masses(columns, count if known is None else len(known.names))
        weights = self._weights(known, count)
        s = self.smoothing
        values = []
        for row in rows:
            spread = s * sum(row, Fraction(0)) / count
            # the part that is spread belongs to the row, the factors to the classes
            values += [w * ((1 - s) * mass + spread) for mass, w in zip(row, weights, strict=True)]
        return Targets(tuple(values), count)

    def _weights(self, known: Classes | None, count: int) -> list[Fraction]:
        given = self.class_weight
        if given is None:
            return [Fraction(1)] * count
        if isinstance(given, Mapping):
            names = tuple(range(count)) if known is None else known.names
            unknown = [key for key in given if key not in names]
            if unknown:
                raise ArgumentError(
                    f"class_weight names {unknown[0]!r}, which is none of the classes {names}"
                )
            given = [given.get(name, 1) for name in names]
        weights = read_numbers(given, "class_weight")
        if len(weights) != count or any(w < 0 for w in weights):
            raise ArgumentError(
                f"class_weight = {list(map(float, weights))}: {count} numbers from 0 on are needed, "
                "one for each class"
            )
        return list(weights)

    def value(self, z: Floats, t: Floats) -> Floats:
        """Return ``|t| log sum exp z - t.z``."""
        top = z.max(axis=1, keepdims=True)
        lower = z - top
        with np.errstate(invalid="ignore", over="ignore"):
            # 0 times infinity is 0 here
            linear = np.where(t > 0.0, t * lower, 0.0).sum(axis=1)
        mass = t.sum(axis=1)
        return np.asarray(mass * np.log(np.exp(lower).sum(axis=1)) - linear)

    def residual(self, z: Floats, t: Floats) -> Floats:
        """Return ``t - |t| p``."""
        return np.asarray(t - t.sum(axis=1, keepdims=True) * softmax(z))

    def bent(self, z: Floats, t: Floats, design: Floats) -> Floats:
        """Return ``sqrt|t| (diag(root p) - root p p^T) J``, since the Hessian is |t| (diag p - p p^T)."""
        p = softmax(z)
        root = np.sqrt(p * t.sum(axis=1, keepdims=True))
        mean = np.einsum("ij,ijq->iq", p, design)
        return np.asarray(root[:, :, None] * (design - mean[:, None, :]))

    def steepest(self, t: Floats) -> Floats:
        """Return half the masses."""
        return np.asarray(0.5 * t.sum(axis=1))

    def dual_value(self, v: Floats, t: Floats) -> Floats:
        """Return the entropies of ``(t - v) / |t|``, times ``|t|``."""
        mass = t.sum(axis=1, keepdims=True)
        p = np.divide(np.maximum(t - v, 0.0), mass, out=np.zeros_like(v), where=mass > 0.0)
        logs = np.log(p, out=np.zeros_like(p), where=p > 0.0)
        return np.asarray(-(mass[:, 0] * (p * logs).sum(axis=1)))

    def dual_slope(self, v: Floats, t: Floats, scale: float) -> float:
        """Return ``sum v log p``, p at ``scale v``; rows of v add up to zero."""
        mass = np.broadcast_to(t.sum(axis=1, keepdims=True), v.shape)
        used = v != 0.0
        p = (t[used] - scale * v[used]) / mass[used]
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(v[used] @ np.log(np.maximum(p, 0.0)))

    def reach(self, v: Floats, t: Floats) -> float:
        """Return the least ``t / v`` over positive v."""
        rising = v > 0.0
        return float((t[rising] / v[rising]).min(initial=np.inf))

    def clip(self, v: Floats, t: Floats, *, level: bool) -> Floats:
        """Return masses ``t - v`` brought back to simplices, then rounded on a grid."""
        return on_simplices(v, t, level=level)

    def constant(self, t: Floats, bend: float) -> Floats:
        """Return the logarithms of the classes' shares, or what a penalty leaves of them."""
        counts = t.sum(axis=0)
        mass = float(counts.sum())
        b = np.log(np.maximum(counts / mass, _LEAST_MASS))
        b -= b.mean()
        if bend == 0.0:
            return np.asarray(b)
        b = np.zeros_like(b)
        for _ in range(_NEWTON):
            p = softmax(b[None])[0]
            gradient = mass * p - counts + bend * b
            hessian = mass * (np.diag(p) - np.outer(p, p)) + bend * np.eye(len(b))
            step = np.linalg.solve(hessian, gradient)
            b -= step * min(1.0, 2.0 / max(1e-300, float(np.abs(step).max())))
            if np.abs(step).max() <= 1e-15 * (1.0 + np.abs(b).max()):
                break
        return np.asarray(b)

    def exact_value(self, z: Sequence[Fraction], t: Sequence[Fraction]) -> Fraction:
        """Return the upper end of an enclosure."""
        mass = sum(t, Fraction(0))
        if mass == 0:
            return Fraction(0)
        linear = sum((one * other for one, other in zip(t, z, strict=True)), Fraction(0))
        return mass * log_sum_exp_above(z) - linear

    def exact_dual(self, v: Sequence[Fraction], t: Sequence[Fraction]) -> Fraction | None:
        """Return the lower end of an enclosure; None unless ``t - v`` has the mass of t, from 0 on."""
        left = [one - other for one, other in zip(t, v, strict=True)]
        if sum(v) != 0 or any(p < 0 for p in left):
            return None
        return row_entropy_below(left)


def softmax(z: Floats) -> Floats:
    """Return the softmax of each row."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))

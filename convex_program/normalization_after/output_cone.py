"""What neurons of one cell put out: a cone of finitely many vectors, and bounds along it.

On the closure of a cell ``u -> phi(Xu)`` is linear, so the outputs there are the cone of those of its extreme rays.  Entry i
never changes its sign, ``e_i``: that of phi on the row's side of zero.  So with ``e.z = sum |z_i|``, positive for
every output z but 0, any error in a multiplier is made good by a multiple of e:

    v.z <= (v + t + epsilon e).z <= |v + t + epsilon e| |z|    whenever    (t + epsilon e).z >= 0 on the rays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.activations import Activation
from convex_program.evidence import require_complete
from convex_program.nonnegative import nonnegative_least_squares

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OutputCone:
    """The outputs ``phi(Xu)`` of a cell.

    Parameters
    ----------
    outputs : tuple of k rows of n int
        The outputs of the extreme rays, up to positive factors; none is 0.
    rays : (k, d) float64
        The rays, such that the outputs have length 1.

    Examples
    --------
    >>> import arrangements as ar
    >>> import convex_program as cx
    >>> X = ar.as_data_matrix([[1, 0], [0, 1], [-1, -1]])
    >>> cone = cx.OutputCone.of_cell(X, ar.region(X, [1, 1, 0]), cx.ReLU())
    >>> sorted(cone.outputs), cone.signs  # the quadrant of the first two rows
    ([(0, 1, 0), (1, 0, 0)], (1, 1, 0))
    """

    outputs: tuple[tuple[int, ...], ...]
    rays: Floats

    @classmethod
    def of_cell(cls, data: ar.DataMatrix, cell: ar.Region, activation: Activation) -> OutputCone:
        """Return the outputs of a cell, exactly.

        Parameters
        ----------
        data : DataMatrix of shape (n, d)
        cell : Region
            Of the arrangement of these rows, in the whole space.
        activation : Activation
        """
        outputs, rays = [], []
        for ray in cell.rays:
            before = [
                sum((x * w for x, w in zip(row, ray, strict=True)), Fraction(0))
                for row in data.fractions
            ]
            after = [activation.on * t if t > 0 else -activation.off * t for t in before]
            most = max(map(abs, after), default=Fraction(0))
            if not most:
                continue
            length = math.hypot(*(float(z / most) for z in after))
            unit = math.lcm(*((z / most).denominator for z in after))
            outputs.append(tuple(int(z / most * unit) for z in after))
            rays.append([float(w / most) / length for w in ray])
        width = data.shape[1]
        return cls(tuple(outputs), np.array(rays, dtype=np.float64).reshape(len(rays), width))

    @cached_property
    def signs(self) -> tuple[int, ...]:
        """e: the sign that an entry has wherever it is not 0."""
        return tuple(
            next(((z > 0) - (z < 0) for z in column if z), 0)
            for column in zip(*self.outputs, strict=True)
        )

    @cached_property
    def units(self) -> Floats:
        """The outputs of the rays at length 1: shape (k, n)."""
        rows = np.array([[float(Fraction(z, max(map(abs, o)))) for z in o] for o in self.outputs])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))

    @cached_property
    def _sizes(self) -> list[int]:
        """``e.z`` of the rays."""
        return [sum(map(abs, o)) for o in self.outputs]

    def plain_square(self, vector: Floats) -> float:
        """Return a bound of ``(v.z / |z|)^2`` over the cone by signs alone, in floating point."""
        kept = np.maximum(vector * np.array(self.signs, dtype=np.float64), 0.0)
        return float(kept @ kept)

    def largest(self, vector: Floats) -> tuple[Floats, Floats]:
        """Project a vector on the cone, in floating point.

        Returns
        -------
        (k,) float64
            Weights of the rays; the length of their output is ``max v.z / |z|``, unless it is 0.
        (n,) float64
            The multiplier t of the projection, for `square`.
        """
        weights, _ = nonnegative_least_squares(self.units.T, vector)
        return weights, np.asarray(weights @ self.units - vector)

    def square(self, vector: list[Fraction], multiplier: Floats | None) -> Fraction:
        """Return an upper bound of ``(v.z)^2 / |z|^2`` over outputs z with ``v.z > 0``, exactly.

        Parameters
        ----------
        vector : list of n Fraction
            v.
        multiplier : (n,) float64 or None
            t, whatever it is; None for what signs alone give.
        """
        if not self.outputs:
            return Fraction(0)
        e = self.signs
        if multiplier is None:
            return sum(
                (v * v for v, sign in zip(vector, e, strict=True) if v * sign > 0), Fraction(0)
            )
        t = [Fraction(value) for value in multiplier.tolist()]
        epsilon = Fraction(0)
        for outputs, size in zip(self.outputs, self._sizes, strict=True):
            along = sum((a * z for a, z in zip(t, outputs, strict=True) if z), Fraction(0))
            epsilon = max(epsilon, -along / size)
        total = Fraction(0)
        for v, a, sign in zip(vector, t, e, strict=True):
            if sign:  # other entries of z are 0
                total += (v + a + epsilon * sign) ** 2
        return total


@dataclass(frozen=True, eq=False)
class CellOutputs:
    """What all cells of a list put out; made from the list and from nothing else.

    Parameters
    ----------
    patterns : CompletePatterns
        All patterns of the data, in the whole space.
    activation : Activation

    Raises
    ------
    ArgumentError
        When the patterns are not complete in the whole space.

    Examples
    --------
    >>> import arrangements as ar
    >>> import convex_program as cx
    >>> listed = cx.CellOutputs(ar.enumerate_patterns([[-1], [2]]), cx.ReLU())
    >>> [cone.outputs for cone in listed.cones]  # on a line each row acts alone
    [((1, 0),), ((0, 1),)]
    """

    patterns: ar.CompletePatterns
    activation: Activation

    def __post_init__(self) -> None:
        """Refuse lists that prove nothing."""
        require_complete(self.patterns)

    @cached_property
    def cones(self) -> tuple[OutputCone, ...]:
        """One cone for each pattern."""
        return self._computed(ar.silent)

    def _computed(self, progress: ar.Listener) -> tuple[OutputCone, ...]:
        """Compute the cones, in the stage "rays"."""
        data = self.patterns.arrangement.data
        cones = []
        with ar.ending_stages(progress) as listener:
            meter = ar.Meter(listener, "rays", "cells", total=len(self.patterns))
            for pattern in self.patterns.activations():
                cell = ar.region(self.patterns.arrangement, pattern)
                cones.append(OutputCone.of_cell(data, cell, self.activation))
                meter.advance(1)
            meter.finish()
        return tuple(cones)

    @classmethod
    def listed(
        cls, patterns: ar.CompletePatterns, activation: Activation, progress: ar.Listener
    ) -> CellOutputs:
        """Return the record with its cones computed at once, in sight of a listener.

        Examples
        --------
        >>> import arrangements as ar
        >>> import convex_program as cx
        >>> patterns = ar.enumerate_patterns([[-1], [2]])
        >>> len(cx.CellOutputs.listed(patterns, cx.ReLU(), ar.silent).cones)
        2
        """
        outputs = cls(patterns, activation)
        vars(outputs)["cones"] = outputs._computed(progress)
        return outputs

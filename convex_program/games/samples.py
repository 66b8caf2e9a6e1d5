"""Data rows and generated rows, stacked, with the sign and weight each has in a score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.errors import ArgumentError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Samples:
    """What a discriminator is shown.

    A score is ``sum over data of phi(x.u) - (n/k) sum over generated rows of phi(g.u)``: of equal
    counts the difference of the sums, and in general n times the difference of the means.

    Parameters
    ----------
    data : DataMatrix
        Shape (n, d).
    generated : DataMatrix
        Shape (k, d).
    """

    data: ar.DataMatrix
    generated: ar.DataMatrix

    @classmethod
    def of(cls, generated: Any, data: Any) -> Samples:
        """Read both matrices exactly.

        Raises
        ------
        ArgumentError
            When they do not have the same number of columns.
        """
        rows, made = ar.as_data_matrix(data), ar.as_data_matrix(generated)
        if rows.shape[1] != made.shape[1]:
            raise ArgumentError(
                f"generated has {made.shape[1]} columns and data {rows.shape[1]}: a discriminator "
                "reads both, so give the same columns (and a column of ones to both, or to none)"
            )
        return cls(rows, made)

    @property
    def columns(self) -> int:
        """Number d of columns."""
        return int(self.data.shape[1])

    @cached_property
    def unit(self) -> int:
        """By what scores are multiplied to make all weights integers."""
        n, k = self.data.shape[0], self.generated.shape[0]
        return int(k) // math.gcd(int(n), int(k))

    @cached_property
    def weights(self) -> tuple[int, ...]:
        """``unit`` times the weight of every row of the stack: data first, generated rows negative."""
        n, k = int(self.data.shape[0]), int(self.generated.shape[0])
        return (self.unit,) * n + (-(n * self.unit) // k,) * k

    @cached_property
    def stack(self) -> tuple[tuple[Fraction, ...], ...]:
        """All rows, exactly, data first."""
        return self.data.fractions + self.generated.fractions

    def weighted(self, products: Any) -> Fraction:
        """Return the score of numbers given for every row of the stack."""
        terms = (w * p for w, p in zip(self.weights, products, strict=True))
        return sum(terms, Fraction(0)) / self.unit

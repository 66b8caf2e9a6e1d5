"""Gates: vectors fixed beforehand that say on which rows a neuron acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.errors import ArgumentError

Floats = npt.NDArray[np.float64]
Sides = npt.NDArray[np.bool_]

_ROUNDING = 2.0**-53


@dataclass(frozen=True, eq=False)
class Gated:
    """Neurons that act where ``g.x >= 0`` for given vectors g, whatever their weights are.

    Parameters
    ----------
    gates : (k, d) array-like of finite floats
        One vector for each gate; with a hidden bias its last entry belongs to the column of ones.

    Raises
    ------
    ArgumentError
        When they are no matrix of finite numbers, or there are none.

    Examples
    --------
    >>> Gated([[1.0, 0.0], [0.0, -1.0]]).sides([[2.0, 1.0], [-1.0, 0.0]]).tolist()
    [[True, False], [False, True]]
    >>> Gated.sampled(100, features=3, seed=0)
    Gated(100 gates, 3 features)

    Notes
    -----
    *Reference.* Mishkin, Sahiner and Pilanci, ICML 2022.
    """

    gates: Floats

    def __post_init__(self) -> None:
        """Read the gates as floats."""
        try:
            gates = np.array(self.gates, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ArgumentError(f"gates: not an array of numbers: {error}") from None
        if gates.ndim != 2 or 0 in gates.shape:  # noqa: PLR2004 - rows and columns
            raise ArgumentError(
                f"gates has shape {gates.shape}, not (gates, features), one or more"
            )
        if not np.isfinite(gates).all():
            raise ArgumentError("gates: an entry is not finite")
        gates.setflags(write=False)
        object.__setattr__(self, "gates", gates)

    @classmethod
    def sampled(cls, count: int, *, features: int, seed: int) -> Gated:
        """Return Gaussian gates: those of `arrangements.sample_patterns` with the same seed.

        Parameters
        ----------
        count : int
        features : int
            Columns of the data, a column of ones included.
        seed : int
            Of numpy's default generator.
        """
        if count < 1 or features < 1:
            raise ArgumentError(f"count = {count}, features = {features}: both must be positive")
        return cls(np.random.default_rng(seed).standard_normal((count, features)))

    @classmethod
    def of_patterns(cls, patterns: ar.CompletePatterns) -> Gated:
        """Return a gate for each of all patterns: a point inside its region.

        Raises
        ------
        ArgumentError
            When a float64 cannot hold such a point.
        """
        witnesses = [patterns.witness(i) for i in range(len(patterns))]
        try:
            gates = np.array([[float(entry) for entry in point] for point in witnesses])
        except OverflowError:
            raise ArgumentError("patterns: a region's point is too large for float64") from None
        found = cls(gates)
        if not np.array_equal(found.sides(patterns.arrangement.data), patterns.activations()):
            raise ArgumentError("patterns: a region is too thin for a point in float64")
        return found

    @property
    def features(self) -> int:
        """Columns d of the data they are for."""
        return int(self.gates.shape[1])

    def __len__(self) -> int:
        """Count the gates."""
        return len(self.gates)

    def take(self, chosen: Any) -> Gated:
        """Return the chosen gates."""
        return Gated(self.gates[chosen])

    def sides(self, data: Any) -> Sides:
        """Return on which rows each gate is open, exactly: ``g.x >= 0`` for the numbers as stored.

        Parameters
        ----------
        data : DataMatrix or array-like of shape (n, d)

        Returns
        -------
        (k, n) bool
        """
        given = isinstance(data, ar.DataMatrix)
        rows = data.floats if given else np.asarray(data, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != self.features:  # noqa: PLR2004 - rows and columns
            raise ArgumentError(f"data has shape {rows.shape}, the gates {self.features} features")
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            values = self.gates @ rows.T
            sizes = np.abs(self.gates) @ np.abs(rows).T
            # Rows as floats, products and sums: (d + 2) roundings, and what underflows.
            margin = (self.features + 4) * _ROUNDING * sizes + 2.0**-1000
            unsure = ~(np.abs(values) > margin) | ~np.isfinite(sizes)
        sides = np.asarray(values >= 0.0)
        for row in np.flatnonzero(unsure.any(axis=0)).tolist():
            asked = np.flatnonzero(unsure[:, row])
            one = data.take_rows([row]) if given else ar.DataMatrix.from_array(rows[row : row + 1])
            sides[asked, row] = one.signs(self.gates[asked])[:, 0] >= 0
        return sides

    def __repr__(self) -> str:
        """One line: how many."""
        return f"Gated({len(self)} gates, {self.features} features)"

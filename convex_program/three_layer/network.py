"""Parallel sub-networks of three layers: a sum of ``((X W)_+ w)_+ a``."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.errors import ArgumentError
from convex_program.norms import row_norms

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ParallelNetwork:
    """The network ``x -> sum_k a_k (sum_j w_kj (W_kj.x)_+)_+`` of K sub-networks.

    Parameters
    ----------
    first : (K, m, d) array-like
        The weights W_kj of the first layers; a bias is a last column of ones in the data.
    second : (K, m) array-like
        The weights w_kj of the second layers.
    output : (K,) array-like
        The output weights a_k.

    Raises
    ------
    ArgumentError
        When shapes do not fit or an entry is not finite.

    Examples
    --------
    >>> net = ParallelNetwork([[[1.0], [2.0]]], [[3.0, -1.0]], [2.0])
    >>> net.forward([[1.0], [-1.0]]).tolist()
    [2.0, 0.0]
    """

    first: FloatArray
    second: FloatArray
    output: FloatArray

    def __post_init__(self) -> None:
        """Bring the weights to read-only float64 arrays."""
        for name, dimensions in (("first", 3), ("second", 2), ("output", 1)):
            try:
                array = np.array(getattr(self, name), dtype=np.float64)
            except (TypeError, ValueError) as error:
                raise ArgumentError(f"{name} is not a numeric array: {error}") from None
            if array.ndim != dimensions or not np.isfinite(array).all():
                raise ArgumentError(
                    f"{name} has shape {array.shape}; it is an array of {dimensions} dimensions of finite "
                    "numbers: (K, m, d), (K, m) and (K,) for first, second and output"
                )
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        count, width, columns = self.first.shape
        if self.second.shape != (count, width) or self.output.shape != (count,):
            raise ArgumentError(
                f"second has shape {self.second.shape} and output {self.output.shape}; with first of shape "
                f"{self.first.shape} they are {(count, width)} and {(count,)}"
            )
        if columns == 0 or width == 0:
            raise ArgumentError(f"first has shape {self.first.shape}: no neurons, or no inputs")

    @classmethod
    def of_paths(cls, paths: Any, inner: Any, outer: Any) -> ParallelNetwork:
        """Return the balanced network whose sub-networks are ``outer_k (sum_j inner_kj (u_kj.x)_+)_+``.

        Parameters
        ----------
        paths : (K, m, d) array-like
            u_kj.
        inner : (K, m) array-like
            Signs.
        outer : (K,) array-like
            Signs.

        Returns
        -------
        ParallelNetwork
            With ``|W_k|_F^2 = |w_k|^2 = sum_j |u_kj|`` and output weights of size 1.
        """
        u = np.asarray(paths, dtype=np.float64)
        count, width, columns = u.shape
        sizes = row_norms(u.reshape(-1, columns)).reshape(count, width)
        roots = np.sqrt(sizes)
        first = u / np.where(roots > 0.0, roots, 1.0)[:, :, np.newaxis]
        return cls(first, np.asarray(inner) * roots, np.asarray(outer, dtype=np.float64))

    @property
    def subnetworks(self) -> int:
        """Number K of sub-networks."""
        return len(self.output)

    @property
    def width(self) -> int:
        """Number m of neurons in each first layer."""
        return int(self.first.shape[1])

    @property
    def features(self) -> int:
        """Number d of inputs."""
        return int(self.first.shape[2])

    @property
    def paths(self) -> FloatArray:
        """``|a_k| |w_kj| W_kj``, shape (K, m, d): what scalings inside a sub-network leave alone."""
        sizes = np.abs(self.second) * np.abs(self.output)[:, np.newaxis]
        return np.asarray(sizes[:, :, np.newaxis] * self.first)

    def costs(self) -> FloatArray:
        """Return ``sum_j |path_kj|``, the least any regularizer takes of each sub-network: (K,)."""
        paths = self.paths
        norms = row_norms(paths.reshape(-1, self.features))
        return np.asarray(norms.reshape(self.subnetworks, self.width).sum(axis=1))

    def forward(self, data: Any) -> FloatArray:
        """Return the outputs on the rows of an (n, d) matrix: shape (n,)."""
        rows = ar.as_data_matrix(data).floats
        if rows.shape[1] != self.features:
            raise ArgumentError(
                f"data has {rows.shape[1]} columns, the network {self.features} inputs"
            )
        hidden = np.maximum(np.einsum("nd,kmd->nkm", rows, self.first), 0.0)
        return np.asarray(np.maximum((hidden * self.second).sum(axis=2), 0.0) @ self.output)

    def exact_outputs(self, rows: Any) -> list[Fraction]:
        """Return the outputs on rational rows, exactly."""
        weights = [[list(map(Fraction, w)) for w in part] for part in self.first.tolist()]
        second = [list(map(Fraction, part)) for part in self.second.tolist()]
        output = list(map(Fraction, self.output.tolist()))
        outputs = []
        for row in rows:
            total = Fraction(0)
            for part, mixing, a in zip(weights, second, output, strict=True):
                inner = Fraction(0)
                for w, mix in zip(part, mixing, strict=True):
                    if mix:
                        inner += mix * max(
                            Fraction(0),
                            sum((x * c for x, c in zip(row, w, strict=True)), Fraction(0)),
                        )
                if inner > 0:
                    total += a * inner
            outputs.append(total)
        return outputs

    def __repr__(self) -> str:
        """One line: sub-networks, width, inputs."""
        return (
            f"ParallelNetwork({self.subnetworks} sub-networks of {self.width} neurons, "
            f"{self.features} inputs)"
        )

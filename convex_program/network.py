"""Two-layer networks: evaluation, balance, patterns, merging of neurons."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.activations import Activation, ReLU
from convex_program.errors import ArgumentError
from convex_program.norms import row_norms

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]

_FREE = 2.0**-32
"""Output weight over hidden weights of neurons that cost nothing but that."""


@dataclass(frozen=True, eq=False)
class Network:
    """The network ``x -> sum_j alpha_j phi(w_j.x) + b``, with one output or more.

    Parameters
    ----------
    hidden : array-like of shape (m, d)
        Row j is the weight vector w_j of neuron j; a hidden bias is the last column.
    output : array-like of shape (m,) or (m, c)
        The output weights alpha_j: a number for each neuron, or a vector of c numbers.
    output_bias : float, or array-like of shape (c,)
        The constant b.  Of one output it is kept as a float, of several as an array; one number
        stands for all of them.
    activation : Activation
        phi.

    Raises
    ------
    ArgumentError
        When shapes do not fit or an entry is not finite.

    Examples
    --------
    >>> net = Network([[1.0, -0.5]], [2.0])
    >>> net.forward([[1.0, 1.0], [0.0, 1.0]]).tolist()
    [1.0, 0.0]
    """

    hidden: FloatMatrix
    output: FloatMatrix
    output_bias: Any = 0.0
    activation: Activation = field(default_factory=ReLU)

    def __post_init__(self) -> None:
        """Bring the weights to float64 arrays of shapes (m, d) and (m, c)."""
        hidden = _finite("hidden", self.hidden)
        output = _finite("output", self.output)
        if hidden.ndim != 2 or hidden.shape[1] == 0:  # noqa: PLR2004 - rows and columns
            raise ArgumentError(f"hidden has shape {hidden.shape}, not (neurons, features)")
        if output.ndim == 1:
            output = output[:, np.newaxis]
        if output.ndim != 2 or len(output) != len(hidden) or output.shape[1] == 0:  # noqa: PLR2004 - rows and columns
            raise ArgumentError(
                f"output has shape {output.shape}, but hidden has {len(hidden)} neurons: "
                "output weights for each neuron are needed, (m,) or (m, c)"
            )
        bias = _bias(self.output_bias, output.shape[1])
        if not isinstance(self.activation, Activation):
            raise ArgumentError(f"activation = {self.activation!r} is not an Activation instance")
        object.__setattr__(self, "hidden", hidden)
        object.__setattr__(self, "output", output)
        object.__setattr__(self, "output_bias", bias)

    @classmethod
    def empty(
        cls,
        features: int,
        *,
        output_bias: Any = 0.0,
        activation: Activation | None = None,
        outputs: int = 1,
    ) -> Network:
        """Return the network without neurons."""
        kind = ReLU() if activation is None else activation
        return cls(np.empty((0, features)), np.empty((0, outputs)), output_bias, kind)

    def with_weights(self, hidden: FloatMatrix, output: FloatMatrix) -> Network:
        """Return a network of other neurons with the same activation and output bias."""
        return Network(hidden, output, self.output_bias, self.activation)

    @property
    def width(self) -> int:
        """Number of neurons."""
        return len(self.hidden)

    @property
    def features(self) -> int:
        """Number of inputs d, a hidden bias included."""
        return int(self.hidden.shape[1])

    @property
    def outputs(self) -> int:
        """Number of outputs c."""
        return int(self.output.shape[1])

    @property
    def constants(self) -> FloatVector:
        """The output biases as an array of shape (c,), also for one output."""
        return np.atleast_1d(np.asarray(self.output_bias, dtype=np.float64))

    def forward(self, data: Any) -> FloatMatrix:
        """Return the outputs on the rows of an (n, d) matrix: shape (n,) for c = 1, else (n, c)."""
        rows = _floats(data, self.features)
        outputs = self.activation(rows @ self.hidden.T) @ self.output
        if self.outputs == 1:
            outputs = outputs[:, 0]
        return np.asarray(outputs + self.output_bias)

    def sizes(self) -> FloatVector:
        """Return ``|alpha_j|``, the norms of the output weights (shape (m,))."""
        if self.outputs == 1:
            return np.abs(self.output[:, 0])
        return row_norms(self.output)

    def masses(self, decayed: int | None = None) -> FloatVector:
        """Return ``|w_j| |alpha_j|``, what neuron j costs when balanced (shape (m,)).

        Parameters
        ----------
        decayed : int, optional
            How many of the first columns the decay counts; all by default.
        """
        return row_norms(self.hidden[:, :decayed]) * self.sizes()

    def active(self) -> npt.NDArray[np.intp]:
        """Return the indices of the neurons that contribute anything."""
        return np.flatnonzero(self.hidden.any(axis=1) & self.output.any(axis=1))

    def balance_error(self, decayed: int | None = None) -> float:
        """Return the largest ``| |w_j| - |alpha_j| |``: 0 at every stationary point."""
        if self.width == 0:
            return 0.0
        norms = row_norms(self.hidden[:, :decayed])
        return float(np.abs(norms - self.sizes()).max())

    def balanced(self, decayed: int | None = None) -> Network:
        """Return the same function with ``|w_j| = |alpha_j|``: the penalty can only fall.

        A neuron whose decayed weights are all zero costs the less the larger the others are;
        it gets an output weight of 2^-32 times the largest of them.
        """
        keep = self.active()
        hidden, sizes = self.hidden[keep], self.sizes()[keep]
        norms = row_norms(hidden[:, :decayed])
        free = norms == 0.0
        norms = np.where(free, row_norms(hidden) * _FREE**2, norms)
        root = np.sqrt(norms) * np.sqrt(sizes)
        units = self.output[keep] / sizes[:, np.newaxis]
        return self.with_weights(
            hidden * (root / norms)[:, np.newaxis], units * root[:, np.newaxis]
        )

    def patterns(self, data: Any) -> ar.PatternSubset:
        """Return the patterns ``1[x_i.w_j >= 0]`` of the neurons on a data set.

        Parameters
        ----------
        data : Arrangement or array-like of shape (n, d)

        Returns
        -------
        PatternSubset
            Of origin ``NETWORK``.  Signs are exact for the weights as stored.  A neuron on
            a boundary gets the pattern with its boundary rows active, which need not be
            the pattern of a region.
        """
        arrangement = ar.as_arrangement(data)
        sides = arrangement.data.signs(self.hidden) >= 0
        return ar.PatternSubset.from_activations(arrangement, sides, origin=ar.Origin.NETWORK)

    def merged(self, data: Any, decayed: int | None = None) -> Network:
        """Merge neurons of one sign that lie in one closed cell of the data.

        With several outputs: neurons whose output weights are positive multiples of each other.

        Parameters
        ----------
        data : Arrangement or array-like of shape (n, d)
        decayed : int, optional
            How many of the first columns the decay counts; all by default.

        Returns
        -------
        Network
            Balanced; the same outputs on the data (up to rounding), a penalty that is not
            larger, and at most one neuron a (cell, sign) except where a neuron on a
            boundary could join either of two.

        Notes
        -----
        *Algorithm.* Two neurons are in one closed cell when no row is strictly positive on
        one and strictly negative on the other.  There the network is linear, so
        ``u = |alpha_1| w_1 + |alpha_2| w_2`` replaces both at cost ``|u| <= |u_1| + |u_2|``.
        Signs are exact; neurons are joined greedily in order of decreasing mass.
        """
        arrangement = ar.as_arrangement(data)
        net = self.balanced(decayed)
        signs = arrangement.data.signs(net.hidden)
        order = np.argsort(-net.masses(decayed), kind="stable")
        sizes, given = net.sizes(), self.output[self.active()]
        groups: list[tuple[npt.NDArray[np.int8], list[int]]] = []
        for j in order:
            for index, (shape, members) in enumerate(groups):
                if not np.any(shape * signs[j] < 0) and _one_way(given[members[0]], given[j]):
                    joint = np.where(shape == 0, signs[j], shape)
                    groups[index] = (joint, [*members, int(j)])
                    break
            else:
                groups.append((signs[j], [int(j)]))
        hidden = [
            (sizes[members, np.newaxis] * net.hidden[members]).sum(axis=0) for _, members in groups
        ]
        first = [members[0] for _, members in groups]
        output = net.output[first] / sizes[first, np.newaxis]
        if not groups:
            return self.with_weights(np.empty((0, self.features)), np.empty((0, self.outputs)))
        return self.with_weights(np.array(hidden), output).balanced(decayed)

    def __repr__(self) -> str:
        """One line: width and inputs."""
        several = "" if self.outputs == 1 else f", {self.outputs} outputs"
        return f"Network({self.width} neurons, {self.features} inputs{several})"


def _one_way(one: FloatVector, other: FloatVector) -> bool:
    """Whether two vectors without zeros among them are positive multiples of each other, exactly."""
    if len(one) == 1:
        return bool((one[0] > 0.0) == (other[0] > 0.0))
    a, b = (tuple(map(Fraction, vector.tolist())) for vector in (one, other))
    pivot = max(range(len(a)), key=lambda i: abs(a[i]))
    return a[pivot] * b[pivot] > 0 and all(
        x * b[pivot] == y * a[pivot] for x, y in zip(a, b, strict=True)
    )


def _bias(given: Any, outputs: int) -> Any:
    """Return a float for one output, a read-only array for several."""
    bias = _finite("output_bias", given)
    if outputs == 1:
        if bias.ndim and bias.shape != (1,):
            raise ArgumentError(f"output_bias has shape {bias.shape}; it is one number")
        return float(bias.reshape(()))
    if bias.ndim and bias.shape != (outputs,):
        raise ArgumentError(
            f"output_bias has shape {bias.shape}; the network has {outputs} outputs, so it is one "
            f"number or has shape ({outputs},)"
        )
    whole = np.broadcast_to(bias, (outputs,)).copy()
    whole.setflags(write=False)
    return whole


def _finite(name: str, values: Any) -> FloatMatrix:
    try:
        given = np.asarray(values)
        if given.dtype.kind not in "biufO":
            raise TypeError(f"its dtype is {given.dtype}")  # noqa: TRY301 - one message below
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name} is not a numeric array: {error}") from None
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        place = f"[{', '.join(map(str, bad[0]))}]" if array.ndim else ""
        raise ArgumentError(f"{name}{place} = {array[tuple(bad[0])]} is not finite")
    array.setflags(write=False)
    return array


def _floats(data: Any, features: int) -> FloatMatrix:
    if isinstance(data, ar.Arrangement):
        data = data.data
    rows = data.floats if isinstance(data, ar.DataMatrix) else _finite("data", data)
    if rows.ndim != 2 or rows.shape[1] != features:  # noqa: PLR2004 - rows and columns
        raise ArgumentError(f"data has shape {rows.shape}, the network {features} inputs")
    return rows

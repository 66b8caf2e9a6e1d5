"""What a run looked like on the way: weights, patterns, activation points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from convex_program.errors import ArgumentError
from convex_program.network import Network
from convex_program.problem import TrainingProblem

FloatArray = npt.NDArray[np.float64]

_LINE = 2


@dataclass(frozen=True, eq=False)
class History:
    """Networks of a run, at some of its steps.

    Parameters
    ----------
    problem : TrainingProblem
    steps : (k,) int64
        So many steps had been made; 0 and the last are among them.
    hidden : (k, m, d) float64
    output : (k, m, c) float64
    output_bias : (k, c) float64

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0, 1.0], [1.0, 1.0]], [1.0, 2.0], 0.1)
    >>> method = cx.GradientDescent(steps=10, every=5)
    >>> history = cx.train(problem, 3, method=method).history
    >>> history.steps.tolist(), history.patterns.shape, history.activation_points().shape
    ([0, 5, 10], (3, 3, 1), (3, 3))
    """

    problem: TrainingProblem
    steps: npt.NDArray[np.int64]
    hidden: FloatArray
    output: FloatArray
    output_bias: FloatArray

    def __len__(self) -> int:
        """Return the number k of networks."""
        return len(self.steps)

    def __getitem__(self, index: int) -> Network:
        """Return one of the networks."""
        bias = self.output_bias[index]
        constant = bias if len(bias) > 1 else float(bias[0])
        return Network(self.hidden[index], self.output[index], constant, self.problem.activation)

    def __iter__(self) -> Iterator[Network]:
        """Iterate over the networks."""
        return (self[index] for index in range(len(self)))

    @cached_property
    def patterns(self) -> npt.NDArray[np.uint8]:
        """The rows each neuron is active on, ``x_i.w >= 0`` in floats: (k, m, ceil(n / 8)) bits."""
        features = self.problem.gauge.features
        return np.stack(
            [
                np.packbits(hidden @ features.T >= 0, axis=1, bitorder="little")
                for hidden in self.hidden
            ]
        )

    def unique_patterns(self) -> npt.NDArray[np.int64]:
        """Return how many different patterns the neurons had: (k,)."""
        return np.array([len(np.unique(rows, axis=0)) for rows in self.patterns])

    def changes(self) -> npt.NDArray[np.int64]:
        """Return how many neurons have another pattern than in the network before: (k - 1,)."""
        moved = (self.patterns[1:] != self.patterns[:-1]).any(axis=2)
        return np.asarray(moved.sum(axis=1))

    def activation_points(self) -> FloatArray:
        """Return where on the line each neuron begins to be active: (k, m).

        Raises
        ------
        ArgumentError
            When the data are not one column and a column of ones.
        """
        data = self.problem.gauge.features
        if data.shape[1] != _LINE or not (data[:, 1] == 1).all():
            raise ArgumentError(
                f"the data have shape {data.shape}; activation points are numbers where there is "
                "one column, and a second of ones"
            )
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(-self.hidden[..., 1] / self.hidden[..., 0])

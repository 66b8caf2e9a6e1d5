"""Pictures of networks over their data: functions of one input, lines of two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from convex_program.network import Network
from convex_program.pictures import draw_curves, draw_lines
from convex_program.problem import TrainingProblem

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]
_PLANE = 2


def draw_fit(
    networks: Mapping[str, Network], problem: TrainingProblem, axes: Axes | None
) -> Axes | None:
    """Draw networks of one output over data of one or two inputs; None for others.

    Parameters
    ----------
    networks : mapping of str to Network
        Two at most.
    problem : TrainingProblem
        Its last column counts as a bias when it is all ones.
    axes : matplotlib.axes.Axes, optional
        New ones by default.
    """
    features = problem.features
    bias = features.shape[1] > 1 and bool((features[:, -1] == 1.0).all())
    inputs = features[:, :-1] if bias else features
    if problem.outputs > 1 or inputs.shape[1] > _PLANE:
        return None
    if inputs.shape[1] == _PLANE:
        lines = [(name, _lines(one, bias=bias)) for name, one in networks.items()]
        return draw_lines(inputs, problem.targets, lines, axes)
    curves = [
        (name, _function(one, bias=bias), _kinks(one, bias=bias)) for name, one in networks.items()
    ]
    return draw_curves(inputs[:, 0], problem.targets, curves, axes)


def _function(network: Network, *, bias: bool) -> Callable[[Floats], Floats]:
    """Return a network as a function of numbers."""

    def value(points: Floats) -> Floats:
        rows = np.c_[points, np.ones(len(points))] if bias else points[:, np.newaxis]
        return network.forward(rows)

    return value


def _lines(network: Network, *, bias: bool) -> Floats:
    """Return where neurons switch on as rows (a, b, c) of ``a x + b y + c = 0``."""
    hidden = network.hidden[network.active()]
    return hidden if bias else np.c_[hidden, np.zeros(len(hidden))]


def _kinks(network: Network, *, bias: bool) -> Floats:
    """Return where neurons of one input switch on."""
    hidden = network.hidden[network.active()]
    hidden = hidden[hidden[:, 0] != 0.0]
    return np.unique(-hidden[:, 1] / hidden[:, 0] if bias else np.zeros(min(1, len(hidden))))

"""Every local minimum of training a network of given width, for few patterns.

A network is a local minimum exactly when no neuron can be improved to first order: when it is the
optimum of the convex program over *all* cells whose closure holds one of its neurons, each with that
neuron's sign.  (With both signs it need not be: another neuron might pay on a kink of this one.)  Its
neurons lie in at most so many cells with signs as it has neurons, and it is the optimum over these.  With weight decay a local minimum with a
zero neuron is a global one: otherwise some neuron would rather grow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.dual import best_scale, certify_rigorously
from convex_program.errors import ArgumentError, SolverError
from convex_program.network import Network
from convex_program.norms import row_norms
from convex_program.pricing import price_cells
from convex_program.problem import TrainingProblem
from convex_program.settings import STATIONARITY
from convex_program.solvers.chosen_cells import solve_on_cells
from convex_program.solvers.search import Search
from convex_program.stationarity import own_cells

Sides = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_MOST = 20_000
"""Choices of cells and signs: one conic program each."""
_SAME = 1e-6
"""Relative difference of outputs below which two minima are one."""


@dataclass(frozen=True, eq=False, repr=False)
class LocalMinimum:
    """A local minimum of training.

    Parameters
    ----------
    network : Network
        As few neurons as it has; copies of one that share its weight are minima as well.
    value : float
        Its objective.
    gap : float
        Relative distance to a lower bound, in floating point, on the program over its own cells and signs.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> [(round(found.value, 6), found.network.width) for found in cx.local_minima(problem, 1)]
    [(1.375, 1), (2.375, 1)]
    """

    network: Network
    value: float
    gap: float

    def __repr__(self) -> str:
        """One line: value and neurons."""
        return f"LocalMinimum({self.value:.9g}, {self.network.width} neurons)"


def local_minima(
    problem: TrainingProblem, width: int, *, progress: ar.Listener = ar.session_listener
) -> tuple[LocalMinimum, ...]:
    """Return every local minimum of training a network of this width, the least first.

    Parameters
    ----------
    problem : TrainingProblem
        One output, beta > 0, few patterns.
    width : int
    progress : Listener, optional

    Returns
    -------
    tuple of LocalMinimum
        Isolated ones by their outputs on the data: networks with the same outputs and cost count once.
        The first is the global minimum for this width.

    Raises
    ------
    ArgumentError
        When the problem is of another kind, or there are more than 20,000 choices of cells.

    Examples
    --------
    >>> problem = TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> [round(found.value, 6) for found in local_minima(problem, 1)]
    [1.375, 2.375]
    >>> [round(found.value, 6) for found in local_minima(problem, 2)]
    [1.25, 1.375, 2.375]

    Notes
    -----
    *Algorithm.* For every choice of at most `width` cells with signs the convex program over them is
    solved, and Newton's method goes on from its optimum: to that itself where it is a local minimum.  Kept
    is what is the optimum over all cells adjacent to its neurons, with their signs.

    *Exactness.* Numerical: that each is a local minimum is known up to a relative gap of 1e-6, with angles
    below 1e-7 counted as zero; that none is missing rests on
    the conic solver.

    *Cost.* ``sum_k C(2 P, k)`` conic programs for P patterns.

    *Reference.* Wang, Lacotte and Pilanci, ICLR 2022.
    """
    problem.require_one_output("problem: local minima are listed for one output", "ask for each")
    if not problem.exact_beta or not problem.loss.finite or problem.fit.pulled:
        raise ArgumentError(
            f"problem = {problem!r}: local minima need beta > 0 and a loss without kinks, or outputs "
            "would not say which way a neuron wants to go"
        )
    if problem.gauge.constants:
        raise ArgumentError(
            f"hidden_bias = {problem.hidden_bias!r}: without decay on it minima need not be attained; "
            "use DecayedHiddenBias()"
        )
    if width < 1:
        raise ArgumentError(f"width = {width}: a network has one neuron at least")
    activations = ar.enumerate_patterns(problem.arrangement, progress=progress).activations()
    fits = np.array([problem.gauge.block(cell).fit.any() for cell in activations])
    places = [(int(i), sign) for i in np.flatnonzero(fits) for sign in (1, -1)]
    most = min(width, len(places))
    count = sum(math.comb(len(places), k) for k in range(most + 1))
    if count > _MOST:
        raise ArgumentError(
            f"width = {width}: {count:,} choices among {len(activations):,} patterns with signs, more "
            f"than {_MOST:,}; take fewer rows, columns or neurons"
        )
    meter = ar.Meter(progress, "solving", "choices of cells", count)
    found = _without_neurons(problem)
    for size in range(1, most + 1):
        for choice in combinations(places, size):
            cells = activations[[i for i, _ in choice]]
            network = _optimum(problem, cells, tuple(sign for _, sign in choice))
            meter.advance()
            if network is None or any(_alike(problem, network, one.network) for one in found):
                continue
            minimum = _examined(problem, network)
            if minimum.gap <= STATIONARITY.gap:
                found.append(minimum)
    meter.finish()
    return tuple(sorted(found, key=lambda one: one.value))


def _optimum(problem: TrainingProblem, cells: np.ndarray, signs: tuple[int, ...]) -> Network | None:
    """Return the local minimum that the optimum over cells with signs leads to; None without neurons."""
    try:
        atoms, bias = solve_on_cells(problem, cells, signs)
    except SolverError:
        return None
    if not row_norms(np.array([atom.vector for atom in atoms])).any():
        return None
    # A conic solver comes near; Newton's method goes to the kinks, or on where they do not hold it.
    search = Search(problem, gap=1e-12, executor=None, starts=0)
    search.go_on_from(problem.gauge.network(atoms, bias))
    return search.network if len(search.network.active()) else None


def _examined(problem: TrainingProblem, network: Network) -> LocalMinimum:
    """Bound the program over all cells around the neurons, each with its neuron's sign."""
    vector = problem.feasible(problem.residual(network))
    largest = 0.0
    for sign in (1, -1):
        chosen = np.flatnonzero(network.output[:, 0] * sign > 0.0)
        mine = network.with_weights(network.hidden[chosen], network.output[chosen])
        cells, complete = own_cells(problem, mine, STATIONARITY.tie, _MOST)
        if not complete:
            return LocalMinimum(network, problem.objective(network), math.inf)
        if len(cells):
            largest = max(largest, _pull(problem, cells, vector, sign))
    scale = best_scale(problem, vector, problem.decay / largest if largest else math.inf)
    bend = problem.constant.bent(vector, problem.decay, 1)
    lower = problem.fit.dual_value(vector, scale) - 0.5 * scale * scale * bend
    value = problem.objective(network)
    return LocalMinimum(network, value, max(0.0, value - lower) / value if value else 0.0)


def _pull(problem: TrainingProblem, cells: Sides, vector: Floats, sign: int) -> float:
    """Return the most that a neuron of one sign in the cells puts out along a vector, per length."""
    gauge = problem.gauge
    patterns = ar.PatternSubset.from_activations(
        problem.arrangement, cells, origin=ar.Origin.NETWORK
    )
    pulls = sign * (gauge.gains(patterns.activations()) @ (vector[:, np.newaxis] * gauge.features))
    priced = price_cells(problem, patterns, vector)
    for i, cell in enumerate(priced.cells):
        if priced.signs[i] == sign:
            part = slice(priced.starts[i], priced.starts[i + 1])
            rows = gauge.block(patterns[int(cell)]).cone[priced.rows[part]]
            pulls[cell] += priced.values[part] @ rows
    return float(gauge.costs(pulls).max())


def _without_neurons(problem: TrainingProblem) -> list[LocalMinimum]:
    """Return the best network without neurons where no neuron would rather grow: where it is optimal."""
    network = problem.empty_network()
    lower = certify_rigorously(problem, problem.residual(network)).lower
    value = problem.objective(network)
    gap = max(0.0, value - float(lower)) / value if value else 0.0
    return [LocalMinimum(network, value, gap)] if gap <= STATIONARITY.gap else []


def _alike(problem: TrainingProblem, one: Network, other: Network) -> bool:
    """Whether outputs on the data and costs are the same."""
    a, b = one.forward(problem.data), other.forward(problem.data)
    size = max(float(np.abs(a).max()), float(np.abs(b).max()))
    costs = [problem.objective(net) for net in (one, other)]
    return bool(
        np.abs(a - b).max() <= _SAME * size and abs(costs[0] - costs[1]) <= _SAME * max(costs)
    )

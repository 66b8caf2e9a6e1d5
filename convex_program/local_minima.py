"""Every local minimum of training a network of given width, for few patterns.

A network is a local minimum exactly when no neuron can be improved to first order: when it is the
optimum of the convex program over *all* cells whose closure holds one of its neurons.  Its neurons lie
in so many cells with signs, at most its width; so every local minimum is the optimum over one such
choice, and a choice is one iff its optimum passes that test.  With weight decay a local minimum with a
zero neuron is a global one: otherwise some neuron would rather grow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

import numpy as np

import arrangements as ar
from convex_program.dual import certify_rigorously
from convex_program.errors import ArgumentError, SolverError
from convex_program.network import Network
from convex_program.norms import row_norms
from convex_program.problem import TrainingProblem
from convex_program.settings import STATIONARITY
from convex_program.solvers.chosen_cells import solve_on_cells
from convex_program.solvers.search import Search
from convex_program.stationarity import Stationarity, StationarityStatus, examine_stationarity

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
    stationarity : Stationarity
        Its objective from above, and a proved bound on all networks with its own patterns from below.
    """

    network: Network
    stationarity: Stationarity

    @property
    def value(self) -> float:
        """The objective."""
        return float(self.stationarity.upper)

    def __repr__(self) -> str:
        """One line: value and neurons."""
        return f"LocalMinimum({self.value:.9g}, {self.network.width} neurons)"


def local_minima(
    problem: TrainingProblem, width: int, *, progress: ar.Listener = ar.silent
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
    is what is the optimum over all cells adjacent to its neurons (`examine_stationarity`).

    *Exactness.* Numerical: that each is a local minimum is examined with a bound in rational arithmetic,
    up to a relative gap of 1e-6 and with angles below 1e-7 counted as zero; that none is missing rests on
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
            minimum = LocalMinimum(network, _examined(problem, network))
            if minimum.stationarity.status is StationarityStatus.STATIONARY:
                found.append(minimum)
    meter.finish()
    return tuple(sorted(found, key=lambda one: one.stationarity.upper))


def _optimum(problem: TrainingProblem, cells: np.ndarray, signs: tuple[int, ...]) -> Network | None:
    """Return the local minimum that the optimum over cells with signs leads to; None without neurons."""
    try:
        atoms, bias = solve_on_cells(problem, cells, signs)
    except SolverError:
        return None
    sizes = row_norms(np.array([atom.vector for atom in atoms]))
    if not row_norms(np.array([atom.vector for atom in atoms])).any():
        return None
    # A conic solver comes near; Newton's method goes to the kinks, or on where they do not hold it.
    search = Search(problem, gap=1e-12, executor=None, starts=0)
    search.go_on_from(problem.gauge.network(atoms, bias))
    return search.network if len(search.network.active()) else None


def _examined(
    problem: TrainingProblem, network: Network, lower: Fraction = Fraction(0)
) -> Stationarity:
    settings = replace(STATIONARITY, most_solved=0)
    return examine_stationarity(network, problem, lower=lower, settings=settings)


def _without_neurons(problem: TrainingProblem) -> list[LocalMinimum]:
    """Return the best network without neurons where no neuron would rather grow: where it is optimal."""
    network = problem.empty_network()
    lower = certify_rigorously(problem, problem.residual(network)).lower
    minimum = LocalMinimum(network, _examined(problem, network, lower))
    return [minimum] if minimum.stationarity.status is StationarityStatus.STATIONARY else []


def _alike(problem: TrainingProblem, one: Network, other: Network) -> bool:
    """Whether outputs on the data and costs are the same."""
    a, b = one.forward(problem.data), other.forward(problem.data)
    size = max(float(np.abs(a).max()), float(np.abs(b).max()))
    costs = [problem.objective(net) for net in (one, other)]
    return bool(
        np.abs(a - b).max() <= _SAME * size and abs(costs[0] - costs[1]) <= _SAME * max(costs)
    )

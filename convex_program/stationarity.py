"""Whether a network is the optimum of the program over its own patterns: a stationary point.

The patterns are those of *all* cells whose closure contains a neuron, 2^z of them at z kinks in
general position.  A network is then the optimum of the program restricted to them, both signs
allowed, exactly when its objective rises to first order in every direction.  Weaker conditions
are not the same: with the pattern 1[Xw >= 0] alone, or for Clarke stationarity, a neuron on a
kink can pass and still be improved by moving off it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.bracket import finite_objective
from convex_program.certificate import bound_at
from convex_program.dual import scaled_on_cells
from convex_program.errors import SolverError
from convex_program.evidence.cells import largest_square
from convex_program.network import Network
from convex_program.norms import row_norms
from convex_program.problem import TrainingProblem
from convex_program.rounding import relative_gap, round_down, round_up
from convex_program.settings import RECOVERY, STATIONARITY, StationaritySettings
from convex_program.solution import Proposal
from convex_program.solvers import FullPattern

Activations = npt.NDArray[np.bool_]
FloatVector = npt.NDArray[np.float64]


class StationarityStatus(Enum):
    """What is known about a network and the program over its own patterns.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = cx.global_optimum(problem).network
    >>> cx.certify(best, problem).stationarity.status.name
    'STATIONARY'
    """

    STATIONARY = "the network is their optimum"
    IMPROVABLE = "a better network has the same patterns"
    UNDECIDED = "not decided"


@dataclass(frozen=True, eq=False, repr=False)
class Stationarity:
    """A network against the program restricted to its own patterns.

    Parameters
    ----------
    problem : TrainingProblem
    network : Network
        The one that is asked about.
    cells : int
        Cells whose closure contains a neuron; when there are too many to examine, those
        counted until then.
    lower : Fraction
        A lower bound on the restricted program: *proved* when the cells were examined, else
        the bound on all networks.  It bounds no network with other patterns.
    better : Network
        The best network found that needs no other patterns, every neuron within a solver's
        accuracy of such a cell; the network itself when none was found.
    gap : float
        Relative difference that settles the question.
    counted : bool
        Whether the cells are all there are.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> found = cx.certify(cx.Network([[1.0]], [1.0]), problem).stationarity
    >>> found.status.name, float(found.upper), round(float(found.lower), 6)  # no other pattern is needed
    ('IMPROVABLE', 1.5, 1.375)
    """

    problem: TrainingProblem
    network: Network
    cells: int
    lower: Fraction
    better: Network
    gap: float
    counted: bool = True

    @cached_property
    def upper(self) -> Fraction:
        """The network's objective, exactly."""
        return finite_objective(self.problem, self.network)

    @cached_property
    def reached(self) -> Fraction:
        """The better network's objective, exactly."""
        return finite_objective(self.problem, self.better)

    @property
    def status(self) -> StationarityStatus:
        """What the numbers show."""
        room = self.upper * Fraction(self.gap)
        if self.upper - self.lower <= room:
            return StationarityStatus.STATIONARY
        if self.upper - self.reached > room:
            return StationarityStatus.IMPROVABLE
        return StationarityStatus.UNDECIDED

    def describe(self) -> str:
        """Return number of patterns and what is known as part of a line."""
        if self.counted and self.cells == 0:
            return "none  (no neuron is active)"
        number = f"{self.cells:,}" if self.counted else "not counted"
        known = f"{number}  ({self.status.value}"
        if self.status is StationarityStatus.STATIONARY:
            return f"{known}, relative gap {self._relative(self.lower):.2g})"
        if self.status is StationarityStatus.IMPROVABLE:
            return (
                f"{known}: {round_up(self.reached):.12g}, {self._relative(self.reached):.2g} less)"
            )
        return f"{known}: their optimum is at least {round_down(self.lower):.12g})"

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {
            "status": self.status.name.lower(),
            "patterns": self.cells if self.counted else None,
            "lower": round_down(self.lower),
            "reached": round_up(self.reached),
        }

    def __repr__(self) -> str:
        """One line: status and bounds."""
        return (
            f"Stationarity({self.status.name}, {self.cells if self.counted else 'some'} patterns, "
            f"bound {round_down(self.lower):.12g}, reached {round_up(self.reached):.12g})"
        )

    def _relative(self, value: Fraction) -> float:
        return relative_gap(self.upper, value)


def examine_stationarity(
    network: Network,
    problem: TrainingProblem,
    *,
    lower: Fraction = Fraction(0),
    settings: StationaritySettings = STATIONARITY,
    progress: ar.Listener = ar.session_listener,
) -> Stationarity:
    """Compare a network with the optimum of the program over its own patterns.

    Parameters
    ----------
    network : Network
    problem : TrainingProblem
    lower : Fraction
        A known lower bound on all networks, which also bounds the restricted program.
    settings : StationaritySettings
    progress : Listener

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> cx.examine_stationarity(cx.Network([[1.0]], [1.0]), problem).status.name
    'IMPROVABLE'

    Notes
    -----
    *Algorithm.* Collect the cells.  The network's own residual bounds the restricted program;
    where that does not settle it, the restricted program is solved.

    For several outputs nothing is solved: the network is an optimum, or it is not decided.

    *Exactness.* Bounds and objectives are rational numbers.  Which cells are the network's
    own is decided by an angle, and that a better network lies in them is so only to the
    solver's accuracy.

    *Cost.* One nonnegative least squares for each cell and sign, and at most one conic
    program with two blocks a cell.

    *Reference.* Wang, Lacotte and Pilanci, "The hidden convex optimization landscape of
    regularized two-layer ReLU networks", ICLR 2022.
    """
    if problem.outputs > 1:
        # The program over given cells is not convex in the directions for several outputs: what the
        # bound on all networks does not settle stays undecided.
        return Stationarity(problem, network, 0, lower, network, settings.gap, counted=False)
    most = settings.most_entries // max(1, prod(problem.features.shape))
    cells, complete = own_cells(problem, network, settings.tie, most)
    merged = network.merged(problem.arrangement, problem.gauge.decayed)
    candidates = [network, merged, problem.empty_network()]
    upper = finite_objective(problem, network)
    known = Stationarity(problem, network, len(cells), lower, network, settings.gap, complete)
    # Without active neurons there is no program of its own to be the optimum of.
    if known.status is not StationarityStatus.STATIONARY and complete and len(cells):
        patterns = ar.PatternSubset.from_activations(
            problem.arrangement, cells, origin=ar.Origin.NETWORK
        )
        lower = max(lower, _restricted(problem, patterns, problem.residual(network), progress))
        solvable = 0 < cells.size * problem.features.shape[1] <= settings.most_solved
        if solvable and upper - lower > upper * Fraction(settings.gap):
            for found in _solve(problem, patterns):
                candidates.append(_inside(problem, cells, found.network))
                lower = max(lower, _restricted(problem, patterns, found.dual, progress))
    better = min(candidates, key=lambda candidate: finite_objective(problem, candidate))
    return Stationarity(problem, network, len(cells), lower, better, settings.gap, complete)


def _restricted(
    problem: TrainingProblem, patterns: ar.PatternSubset, vector: FloatVector, progress: ar.Listener
) -> Fraction:
    """Return the bound that a dual vector gives on the restricted program."""
    vector = problem.feasible(vector)
    scale, cells = scaled_on_cells(problem, patterns, vector, progress)
    dual = tuple(vector.tolist())
    square = largest_square(problem.exact, patterns.activations(), dual, cells)
    return bound_at(problem.exact, dual, scale, square)


def _solve(problem: TrainingProblem, patterns: ar.PatternSubset) -> list[Proposal]:
    try:
        return [FullPattern().propose(problem, patterns=patterns)]
    except SolverError:
        return []


def _inside(problem: TrainingProblem, cells: Activations, network: Network) -> Network:
    """Leave out neurons that lie in none of the cells: where zero is meant solvers leave noise."""
    units = _unit_rows(problem)
    kept = []
    for atom in problem.gauge.atoms(network):
        cosines = units @ (atom.vector / row_norms(atom.vector[np.newaxis])[0])
        outside = np.where(cells, -cosines, cosines).max(axis=1, initial=0.0)
        if outside.min() <= RECOVERY.collinear:
            kept.append(atom)
    return problem.gauge.network(kept, network.output_bias)


def _unit_rows(problem: TrainingProblem) -> npt.NDArray[np.float64]:
    """Return the rows at unit length, zero rows as they are."""
    lengths = row_norms(problem.features)
    return problem.features / np.where(lengths == 0.0, 1.0, lengths)[:, np.newaxis]


def own_cells(
    problem: TrainingProblem, network: Network, tie: float, most: int
) -> tuple[Activations, bool]:
    """Return the cells whose closure holds a neuron, and whether these are all of them.

    Next to a neuron the cells are those of the rows through it, an arrangement of its own.
    """
    rows = problem.gauge.exact_rows
    units = _unit_rows(problem)
    zero = ~units.any(axis=1)
    found: dict[bytes, Activations] = {}
    for atom in problem.gauge.atoms(network):
        length = row_norms(atom.vector[np.newaxis])[0]
        if length == 0.0:
            continue
        cosines = units @ (atom.vector / length)
        near = np.flatnonzero((np.abs(cosines) <= tie) & ~zero)
        cell = (cosines > 0.0) | zero
        around = np.empty((1, 0), dtype=np.bool_)
        if len(near):
            local = ar.Arrangement([rows[i] for i in near])
            if len(found) + ar.cover_number(local) > most:
                return _stacked(found, len(rows)), False
            around = ar.enumerate_patterns(local, progress=ar.silent).activations()
        for sides in around:
            cell[near] = sides
            found.setdefault(cell.tobytes(), cell.copy())
        if len(found) > most:
            return _stacked(found, len(rows)), False
    return _stacked(found, len(rows)), True


def _stacked(found: dict[bytes, Activations], rows: int) -> Activations:
    return np.array(list(found.values()), dtype=np.bool_).reshape(len(found), rows)

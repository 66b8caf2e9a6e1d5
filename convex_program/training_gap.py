"""The companion of a training loop: how far the current weights are from the optimum, certified.

A network's own residual, scaled until no neuron violates it, bounds every network.  The bound knows
nothing of the network, so the best one met so far counts at every later epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from convex_program.bracket import finite_objective
from convex_program.certificate import Certificate
from convex_program.certify import Verdict, certify
from convex_program.dual import certify_rigorously
from convex_program.errors import ArgumentError
from convex_program.importers.weights import current_network
from convex_program.network import Network
from convex_program.pictures import draw_history
from convex_program.pricing import AutoPricing, VectorBranchAndBound
from convex_program.problem import TrainingProblem
from convex_program.rounding import relative_gap, round_down, round_up
from convex_program.undecayed import UndecayedVerdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class GapPoint:
    """What was known at one epoch.

    Parameters
    ----------
    epoch : int
    exact_objective, exact_lower : Fraction
        Of the network at that epoch; the best bound on every network until then.

    Examples
    --------
    >>> from fractions import Fraction
    >>> import convex_program as cx
    >>> point = cx.GapPoint(epoch=10, exact_objective=Fraction(2), exact_lower=Fraction(3, 2))
    >>> point.relative_gap  # half of one in two
    0.25
    """

    epoch: int
    exact_objective: Fraction
    exact_lower: Fraction

    @property
    def objective(self) -> float:
        """The network's objective, rounded up."""
        return round_up(self.exact_objective)

    @property
    def lower(self) -> float:
        """The bound, rounded down."""
        return round_down(self.exact_lower)

    @property
    def relative_gap(self) -> float:
        """By how much of its objective the network may be above the optimum, rounded up."""
        return relative_gap(self.exact_objective, self.exact_lower)

    def __repr__(self) -> str:
        """One line: epoch, both numbers, gap."""
        return (
            f"GapPoint(epoch {self.epoch}, objective={self.objective:.6g}, lower={self.lower:.6g}, "
            f"relative_gap={self.relative_gap:.2g})"
        )


class Gap:
    """Certified gaps while a network is trained: call it once an epoch.

    Parameters
    ----------
    problem : TrainingProblem
        What is trained for, with beta > 0.
    every : int
        Epochs from one bound to the next.
    seconds : float
        What one bound may take; a limit makes it weaker, never wrong.

    Raises
    ------
    ArgumentError
        When a setting cannot be, or the problem has no weight decay.

    Examples
    --------
    >>> problem = TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> gap = Gap(problem, every=10)
    >>> for epoch in range(21):
    ...     size = 0.5 + 0.025 * epoch
    ...     point = gap(epoch, Network([[-size], [size]], [size, size]))
    >>> [point.epoch for point in gap.history]
    [0, 10, 20]
    >>> point.objective, point.lower <= 1.25
    (1.5, True)

    Notes
    -----
    *Algorithm.* The residual of the current network is priced within the time limit and scaled to
    feasibility; the largest bound so far is kept.  Early in training bounds are loose: they say how good the
    residual is as a dual vector.  `verdict` asks for everything at the end.

    *Exactness.* Objectives are rational numbers (for the logistic loss ends of enclosures); bounds are rigorous.
    """

    def __init__(self, problem: TrainingProblem, *, every: int = 10, seconds: float = 1.0) -> None:
        if not isinstance(problem, TrainingProblem):
            raise ArgumentError(f"problem = {problem!r} is not a TrainingProblem")
        if problem.exact_beta == 0 or not problem.loss.finite:
            raise ArgumentError(
                f"problem = {problem!r}: bounds along the way need beta > 0 and a finite loss; certify the "
                "network when it is trained"
            )
        if every < 1:
            raise ArgumentError(f"every = {every} must be 1 or more epochs")
        if not seconds >= 0:
            raise ArgumentError(f"seconds = {seconds} must not be negative")
        self.problem = problem
        self.every = every
        self.seconds = seconds
        self._history: list[GapPoint] = []
        self._certificate: Certificate | None = None
        self._network: Network | None = None

    def __call__(self, epoch: int, model: Any) -> GapPoint | None:
        """Look at a model after an epoch.

        Parameters
        ----------
        epoch : int
            Those that are no multiple of `every` cost nothing.
        model : Network, torch.nn.Module, state dict, or scikit-learn MLP

        Returns
        -------
        GapPoint or None
            None between the epochs looked at.
        """
        if epoch % self.every:
            return None
        network = current_network(model, self.problem)
        found = self._bound(network)
        if self._certificate is None or found.lower > self._certificate.lower:
            self._certificate = found
        upper = finite_objective(self.problem, network)
        point = GapPoint(epoch, upper, self._certificate.lower)
        self._network = network
        self._history.append(point)
        return point

    @property
    def history(self) -> tuple[GapPoint, ...]:
        """All points so far."""
        return tuple(self._history)

    @property
    def certificate(self) -> Certificate | None:
        """The best bound so far; None before the first epoch."""
        return self._certificate

    @property
    def relative_gap(self) -> float:
        """The gap of the latest network looked at; infinite before the first."""
        return self._history[-1].relative_gap if self._history else np.inf

    def verdict(self, model: Any = None, **options: Any) -> Verdict | UndecayedVerdict:
        """Certify a network in full.

        Parameters
        ----------
        model : Network, torch.nn.Module, state dict, or scikit-learn MLP, optional
            The latest one looked at by default.
        **options
            As in `certify`.

        Raises
        ------
        ArgumentError
            When no model is given and none was looked at.
        """
        network = self._network if model is None else current_network(model, self.problem)
        if network is None:
            raise ArgumentError("model: none was looked at yet; give one")
        return certify(network, self.problem, **options)

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draw objective, bound and relative gap against the epoch.

        Parameters
        ----------
        axes : matplotlib.axes.Axes, optional
            New ones by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        return draw_history(
            [point.epoch for point in self._history],
            np.array([point.objective for point in self._history]),
            np.array([point.lower for point in self._history]),
            axes,
        )

    def _bound(self, network: Network) -> Certificate:
        residual = self.problem.residual(network)
        if self.problem.outputs > 1:
            limits = VectorBranchAndBound(time_limit=self.seconds)
            return certify_rigorously(self.problem, residual, limits=limits)
        pricing = AutoPricing(time_limit=self.seconds)
        return certify_rigorously(self.problem, residual, pricing=pricing)

    def __repr__(self) -> str:
        """One line: epochs and the gap now."""
        return f"Gap({len(self._history)} epochs looked at, relative_gap={self.relative_gap:.2g})"

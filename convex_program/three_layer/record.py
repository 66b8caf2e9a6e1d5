"""What is known about sub-networks of three layers, from both sides."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from convex_program.bracket import Bracket
from convex_program.certificate import Certificate
from convex_program.claim import Level
from convex_program.reservations import OPTIMAL
from convex_program.solution import Status
from convex_program.three_layer.network import ParallelNetwork
from convex_program.three_layer.problem import ThreeLayerProblem
from convex_program.two_sided import LeveledSides


@dataclass(frozen=True, eq=False, repr=False)
class ThreeLayerBracket(LeveledSides):
    """A network of parallel sub-networks from above, a bound on all of them from below.

    Parameters
    ----------
    problem : ThreeLayerProblem
    network : ParallelNetwork
    certificate : Certificate
        Of `ThreeLayerProblem.plain`: its dual vector and a bound that masked pairs obey as well, so that
        its lower bound is one of three layers.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.ThreeLayerProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = cx.three_layer_optimum(problem)
    >>> isinstance(best, cx.ThreeLayerBracket), best.exact_lower <= best.exact_upper
    (True, True)
    """

    problem: ThreeLayerProblem
    network: ParallelNetwork
    certificate: Certificate

    @cached_property
    def exact_upper(self) -> Fraction:
        """The network's objective: loss exactly, roots in the regularizer rounded up."""
        return self.problem.exact_objective(self.network)

    @property
    def exact_lower(self) -> Fraction:
        """The lower bound on every number of sub-networks."""
        return self.certificate.lower

    @property
    def level(self) -> Level:
        """How much is known of the lower bound."""
        return self.certificate.level

    def _figures(self) -> list[str]:
        return self._lines(
            self.problem.objective_text,
            network=f"sub-networks: {self.network.subnetworks}",
            bound="any number of sub-networks",
        )

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {
            **self._numbers(),
            "subnetworks": self.network.subnetworks,
        }


@dataclass(frozen=True, eq=False, repr=False)
class ThreeLayerOptimum(ThreeLayerBracket):
    """The best network of parallel sub-networks found.

    Parameters
    ----------
    problem, network, certificate
        See `ThreeLayerBracket`.
    two_layers : Bracket
        The optimum of two layers on the same data, with its own bound.
    status : Status
        Why the search ended.
    rounds, nodes : int
        Programs over tuples solved, and nodes of pricing bounded.
    seconds : float

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.ThreeLayerProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = cx.three_layer_optimum(problem)
    >>> round(best.upper, 6), round(best.two_layers.upper, 6)  # one column: depth gains nothing
    (1.25, 1.25)
    """

    two_layers: Bracket
    status: Status
    rounds: int
    nodes: int
    seconds: float

    @property
    def depth_gain(self) -> float:
        """By how much three layers are better than two at least: positive only when it is certain."""
        return self.two_layers.lower - self.upper

    def summary(self) -> str:
        """Say in a few lines what was found and what is known about it."""
        lines = self._figures()
        lines.append(f"Two layers                 {self.two_layers.upper:.12g}")
        if self.status.stopped:
            lines.append(f"The search was not finished: {self.status.value}.")
        if self.relative_gap > OPTIMAL:
            lines.append(
                "This network is the best one found, not a certified optimum: the gap is open."
            )
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {
            **super().to_json(),
            "two_layers": self.two_layers.upper,
            "status": self.status.name.lower(),
        }


@dataclass(frozen=True, eq=False, repr=False)
class ThreeLayerVerdict(ThreeLayerBracket):
    """What is known about a trained network of parallel sub-networks.

    Parameters
    ----------
    problem, network, certificate
        See `ThreeLayerBracket`; the network is the one that was asked about.
    best : ThreeLayerOptimum
        The best network found.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.ThreeLayerProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> verdict = cx.certify_three_layer(cx.ParallelNetwork([[[1.0]]], [[1.0]], [1.0]), problem)
    >>> verdict.upper, round(verdict.best.upper, 6)
    (1.5, 1.25)
    """

    best: ThreeLayerOptimum

    @property
    def rescaled_upper(self) -> float:
        """The objective after rescaling inside each sub-network, which changes no output."""
        kind = self.problem.regularizer
        value = self.problem.exact_objective(kind.scaled(self.network))
        return min(self.upper, float(value))

    def summary(self) -> str:
        """Say in a few lines how good the network is and what would be better."""
        lines = self._figures()
        lines.append(f"Rescaled, same outputs     {self.rescaled_upper:.12g}")
        lines.append(
            f"Best network found         {self.best.upper:.12g}  (sub-networks: "
            f"{self.best.network.subnetworks}, relative gap {self.best.relative_gap:.2g})"
        )
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {**super().to_json(), "best": self.best.to_json()}

"""What is known about networks that are normalized after the activation, from both sides."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from convex_program.certificate import Certificate
from convex_program.claim import Level
from convex_program.normalization_after.network import NormalizationAfterNetwork
from convex_program.normalization_after.problem import NormalizationAfterProblem
from convex_program.reservations import OPTIMAL
from convex_program.solution import Status
from convex_program.two_sided import LeveledSides


@dataclass(frozen=True, eq=False, repr=False)
class NormalizationAfterBracket(LeveledSides):
    """A normalized network from above, a bound on all of them from below.

    Parameters
    ----------
    problem : NormalizationAfterProblem
    network : NormalizationAfterNetwork
    certificate : Certificate
        With `OutputCells` as its evidence: its vector and scale are about outputs of length one.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.NormalizationAfterProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = cx.normalization_after_optimum(problem)
    >>> isinstance(best, cx.NormalizationAfterBracket), best.exact_lower <= best.exact_upper
    (True, True)
    """

    problem: NormalizationAfterProblem
    network: NormalizationAfterNetwork
    certificate: Certificate

    @cached_property
    def exact_upper(self) -> Fraction:
        """The network's objective, exactly."""
        return self.problem.exact_objective(self.network)

    @property
    def exact_lower(self) -> Fraction:
        """The lower bound on every network, of any width."""
        return self.certificate.lower

    @property
    def level(self) -> Level:
        """How much is known of the lower bound; the upper bound is a rational number."""
        return self.certificate.level

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {
            **self._numbers(),
            "patterns": self.certificate.pattern_count,
            "neurons": self.network.width,
        }

    def _figures(self) -> list[str]:
        return self._lines(
            self.problem.objective_text,
            network=f"neurons: {self.network.width}",
            bound="every network, every width",
            level=f": {self.certificate.describe()}",
        )


@dataclass(frozen=True, eq=False, repr=False)
class NormalizationAfterOptimum(NormalizationAfterBracket):
    """The best network found.

    Parameters
    ----------
    problem, network, certificate
        See `NormalizationAfterBracket`.
    status : Status
        Why the search ended.
    rounds : int
        Programs over some cells that were solved, and one.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.NormalizationAfterProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = cx.normalization_after_optimum(problem)
    >>> round(best.upper, 9), best.status.name  # each row alone: 0.5 |y| - 0.5^2 / 2
    (1.25, 'SOLVED')
    """

    status: Status
    rounds: int

    def summary(self) -> str:
        """Say in a few lines what was found and what is known about it."""
        lines = self._figures()
        if self.relative_gap > OPTIMAL:
            lines.append(
                "This network is the best one found, not a certified optimum: the gap is open."
            )
        return "\n".join(lines)


@dataclass(frozen=True, eq=False, repr=False)
class NormalizationAfterVerdict(NormalizationAfterBracket):
    """What is known about a trained network.

    Parameters
    ----------
    problem, network, certificate
        See `NormalizationAfterBracket`; the network is the one that was asked about.
    best : NormalizationAfterOptimum
        The best network found.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.NormalizationAfterProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> trained = cx.NormalizationAfterNetwork([[1.0]], [1.0], [1.0])
    >>> verdict = cx.certify_normalization_after(trained, problem)
    >>> verdict.upper, round(verdict.best.upper, 9)  # (1 + (2 - 1)^2) / 2 + 0.5 / 2 (1 + 1)
    (1.5, 1.25)
    """

    best: NormalizationAfterOptimum

    def summary(self) -> str:
        """Say in a few lines how good the network is and what would be better."""
        certified = self.best.relative_gap <= OPTIMAL
        return "\n".join(
            [
                *self._figures(),
                (
                    f"{'Certified global optimum ' if certified else 'Best network found       '}  "
                    f"{self.best.upper:.12g}  (neurons: {self.best.network.width}, "
                    f"relative gap {self.best.relative_gap:.2g})"
                ),
            ]
        )

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {**super().to_json(), "best": self.best.to_json()}

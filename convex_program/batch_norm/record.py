"""What is known about normalized networks, from both sides."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from convex_program.batch_norm.network import BatchNormNetwork
from convex_program.batch_norm.problem import BatchNormProblem
from convex_program.bracket import Bracket
from convex_program.certificate import Certificate
from convex_program.certify import Verdict
from convex_program.claim import Level
from convex_program.errors import ArgumentError
from convex_program.optimum import GlobalOptimum
from convex_program.reservations import OPTIMAL
from convex_program.solution import Status
from convex_program.two_sided import LeveledSides


@dataclass(frozen=True, eq=False, repr=False)
class BatchNormBracket(LeveledSides):
    """A normalized network from above, a bound on all of them from below.

    Parameters
    ----------
    problem : BatchNormProblem
    network : BatchNormNetwork
    plain : Bracket
        What is known of the problem without normalization that this one is.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.BatchNormProblem([[0.0], [1.0], [3.0]], [0.0, 1.0, 1.0], beta=0.5)
    >>> best = cx.batch_norm_optimum(problem)
    >>> isinstance(best, cx.BatchNormBracket), best.exact_lower <= best.exact_upper
    (True, True)
    """

    problem: BatchNormProblem
    network: BatchNormNetwork
    plain: Bracket

    @cached_property
    def exact_upper(self) -> Fraction:
        """The network's objective, exactly, or slightly more for losses that are not rational."""
        value = self.problem.exact_objective(self.network)
        if value is None:
            raise ArgumentError("network: its loss is infinite")
        return value

    @property
    def exact_lower(self) -> Fraction:
        """The lower bound on every network, exactly."""
        return self.plain.exact_lower

    @property
    def certificate(self) -> Certificate:
        """What the lower bound rests on."""
        return self.plain.certificate

    @property
    def level(self) -> Level:
        """How much is known of the lower bound; the upper bound is a rational number."""
        return self.plain.level

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {
            **self._numbers(),
            "patterns": self.certificate.pattern_count,
            "neurons": self.network.width,
            "remark": self.problem.remark,
        }

    def _figures(self) -> list[str]:
        return self._lines(
            self.problem.objective_text,
            network=f"neurons: {self.network.width}",
            bound="every network, every width",
            level=f": {self.certificate.describe()}",
        )


@dataclass(frozen=True, eq=False, repr=False)
class BatchNormOptimum(BatchNormBracket):
    """The best normalized network found.

    Parameters
    ----------
    problem, network
        See `BatchNormBracket`.
    plain : GlobalOptimum
        The optimum of the problem without normalization.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.BatchNormProblem([[0.0], [1.0], [3.0]], [0.0, 1.0, 1.0], beta=0.5)
    >>> best = cx.batch_norm_optimum(problem)
    >>> best.status.name, best.relative_gap < 1e-9
    ('SOLVED', True)
    """

    plain: GlobalOptimum

    @property
    def status(self) -> Status:
        """Why the search ended."""
        return self.plain.status

    def summary(self) -> str:
        """Say in a few lines what was found and what is known about it."""
        lines = self._figures()
        if self.status.stopped:
            lines.append(f"The search was not finished: {self.status.value}.")
        if self.relative_gap > OPTIMAL:
            lines.append(
                "This network is the best one found, not a certified optimum: the gap is open."
            )
        if self.problem.remark:
            lines.append(self.problem.remark)
        return "\n".join(lines)


@dataclass(frozen=True, eq=False, repr=False)
class BatchNormVerdict(BatchNormBracket):
    """What is known about a trained normalized network.

    Parameters
    ----------
    problem, network
        See `BatchNormBracket`; the network is the one that was asked about.
    plain : Verdict
        The verdict on the same network without normalization.
    best : BatchNormOptimum
        The best network found, with the same kind of bound.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.BatchNormProblem([[0.0], [1.0], [3.0]], [0.0, 1.0, 1.0], beta=0.5)
    >>> verdict = cx.certify_batch_norm(cx.BatchNormNetwork([[1.0]], [2.0], [0.0], [1.0]), problem)
    >>> verdict.upper > verdict.best.upper >= verdict.lower
    True
    """

    plain: Verdict
    best: BatchNormOptimum

    def summary(self) -> str:
        """Say in a few lines how good the network is and what would be better."""
        certified = self.best.relative_gap <= OPTIMAL
        lines = [
            *self._figures(),
            f"Patterns of its own        {self.plain.stationarity.describe()}",
            (
                f"{'Certified global optimum ' if certified else 'Best network found       '}  "
                f"{self.best.upper:.12g}  (neurons: {self.best.network.width}, "
                f"relative gap {self.best.relative_gap:.2g})"
            ),
        ]
        if self.best.status.stopped:
            lines.append(f"The search was not finished: {self.best.status.value}.")
        if self.problem.remark:
            lines.append(self.problem.remark)
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        own = self.plain.stationarity.to_json()
        return {**super().to_json(), "own_patterns": own, "best": self.best.to_json()}

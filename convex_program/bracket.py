"""A network from above and a certificate from below: the common part of every answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from arrangements.html import block, paragraph, table
from convex_program.certificate import Certificate
from convex_program.claim import Claim, DualClaim, Level
from convex_program.errors import ArgumentError
from convex_program.losses import Loss
from convex_program.network import Network
from convex_program.problem import TrainingProblem, network_claim
from convex_program.two_sided import LeveledSides

_ROOM_BITS = 128
"""A claim of a loss that is not rational leaves two to minus this to other enclosures."""


@dataclass(frozen=True, eq=False, repr=False)
class Bracket(LeveledSides):
    """A network's objective from above and a certificate from below.

    Both numbers are evaluated, not stored: there is nothing to believe in a record.

    Parameters
    ----------
    network : Network
    certificate : Certificate
        A lower bound on every network; knows nothing of this one.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = cx.global_optimum(problem)
    >>> isinstance(best, cx.Bracket), best.exact_lower <= best.exact_upper
    (True, True)
    """

    network: Network
    certificate: Certificate

    @property
    def problem(self) -> TrainingProblem:
        """The training problem both bounds are about."""
        return self.certificate.problem

    @cached_property
    def exact_upper(self) -> Fraction:
        """The network's objective, exactly, or slightly more for losses that are not rational.

        Raises
        ------
        ArgumentError
            When it is infinite.
        """
        return finite_objective(self.problem, self.network)

    @property
    def exact_lower(self) -> Fraction:
        """The lower bound on every network, exactly."""
        return self.certificate.lower

    @property
    def level(self) -> Level:
        """How much is known of the lower bound; the upper bound is a rational number."""
        return self.certificate.level

    @property
    def patterns(self) -> int:
        """Number of activation patterns reasoned over: all there are.

        At level *rigorous* they are not listed, and this is Cover's bound of their number.
        """
        return self.certificate.pattern_count

    def claim(self) -> Claim:
        """Return everything the bounds rest on, as plain numbers for `verify`.

        Raises
        ------
        ClaimError
            When the lower bound is rigorous but not proved.
        """
        problem, certificate = self.problem, self.certificate
        recorded = certificate.evidence.record()
        return Claim(
            features=problem.gauge.exact_rows,
            targets=problem.exact_targets,
            weights=problem.sample_weight,
            beta=problem.exact_beta,
            loss=problem.loss.name,
            loss_parameters=problem.loss.parameters,
            activation=(problem.activation.on, problem.activation.off),
            hidden_bias=problem.hidden_bias.name,
            output_bias=problem.output_bias.name,
            network=network_claim(self.network),
            patterns=recorded.patterns,
            dual=DualClaim(certificate.vector, certificate.scale, recorded.cells),
            cones=recorded.cones,
            pairs=recorded.pairs,
            outputs=problem.outputs,
            upper=_room(self.exact_upper, 1, problem.loss),
            lower=_room(self.exact_lower, -1, problem.loss),
        )

    def summary(self) -> str:
        """Say in a few lines what is known."""
        width = len(self.network.active())
        lines = self._lines(
            self.problem.objective_text,
            network=f"active neurons: {width}",
            bound="every network, every width",
        )
        lines.append(
            f"Activation patterns        {self.patterns:,}  ({self.certificate.evidence.extent})"
        )
        return "\n".join([*lines, self.problem.remark] if self.problem.remark else lines)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {
            **self._numbers(),
            "patterns": self.patterns,
            "neurons": len(self.network.active()),
            "remark": self.problem.remark,
        }

    def _repr_html_(self) -> str:
        """Return what notebooks show: the summary, and a table of the neurons that sorts."""
        masses = self.network.masses(self.problem.gauge.decayed)
        order = np.argsort(-masses, kind="stable")
        columns = (*(f"w{k}" for k in range(self.network.features)), *self._heads(), "|w| |alpha|")
        rows = (
            (
                int(j),
                *(f"{w:.6g}" for w in self.network.hidden[j]),
                *(f"{a:.6g}" for a in self.network.output[j]),
                f"{masses[j]:.6g}",
            )
            for j in order
        )
        neurons = table(("neuron", *columns), rows, count=self.network.width, noun="neurons")
        lines = "".join(paragraph(line) for line in self.summary().splitlines())
        return block(lines, neurons)

    def _heads(self) -> tuple[str, ...]:
        count = self.network.outputs
        return ("alpha",) if count == 1 else tuple(f"alpha{j}" for j in range(count))


def _room(value: Fraction, side: int, loss: Loss) -> Fraction:
    """Return a bound, with room for other enclosures where the loss is not rational."""
    if loss.rational:
        return value
    room = max(Fraction(1), abs(value)) / (1 << _ROOM_BITS)
    grid = 1 << (_ROOM_BITS + 8)
    shifted = (value + side * room) * grid
    return Fraction(math.ceil(shifted) if side > 0 else math.floor(shifted), grid)


def finite_objective(problem: TrainingProblem, network: Network) -> Fraction:
    """Return loss plus weight decay of a network as the rational number it is.

    Slightly more for losses that are not rational.

    Raises
    ------
    ArgumentError
        When the network does not belong to the problem, or its loss is infinite.
    """
    value = problem.exact_objective(network)
    if value is None:
        raise ArgumentError("network: it does not pass through the data, so its loss is infinite")
    return value

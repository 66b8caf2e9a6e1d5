"""The answer: a network, a bound, and why the search ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import arrangements as ar
from convex_program.bracket import Bracket
from convex_program.claim import Claim
from convex_program.optimum.cones import clock_of, proved_bracket
from convex_program.pictures import draw_levels, draw_rounds
from convex_program.reservations import reservations
from convex_program.solution import Proposal, Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class GlobalOptimum(Bracket):
    """The best network found and the bound that shows how good it is.

    Parameters
    ----------
    network, certificate
        See `Bracket`.
    solution : Proposal
        What the solver returned.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = cx.global_optimum(problem)
    >>> best.network.width, round(best.upper, 6), best.relative_gap < 1e-9
    (2, 1.25, True)
    >>> best.status.name, best.level.value
    ('SOLVED', 'proved')
    """

    solution: Proposal

    @property
    def status(self) -> Status:
        """Why the solver stopped."""
        return self.solution.status

    @property
    def stopped(self) -> bool:
        """Whether a time limit or Ctrl-C ended the search; the bounds hold all the same."""
        return self.status.stopped

    def claim(
        self, *, time_limit: float | None = None, progress: ar.Listener = ar.session_listener
    ) -> Claim:
        """Return everything the bounds rest on, as plain numbers for `verify`.

        Parameters
        ----------
        time_limit : float, optional
            Seconds for the proof of a bound that is only rigorous; a proof within 1e-9 is written in the second half of
            them if none within 1e-11 was in the first.  The claim's ``upper`` and ``lower`` say what gap was reached.
        progress : Listener, optional
            Called while a bound that is only rigorous is proved: one more pass.

        Raises
        ------
        ClaimError
            When that comes to no end, or not within the time.
        ArgumentError
            When the time limit is negative.
        """
        return proved_bracket(
            self, self.solution.directions, clock=clock_of(time_limit), progress=progress
        ).claim()

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {**super().to_json(), "status": self.status.name.lower()}

    def summary(self) -> str:
        """Say in a few lines what was found and what is known about it."""
        neurons = len(self.network.active())
        text = (
            f"Objective: {self.problem.objective_text}.\n"
            f"The best network found has {neurons} neuron{'' if neurons == 1 else 's'} and the "
            f"objective {self.upper:.12g}.\n"
            f"No network of any width is below {self.lower:.12g}: "
            f"{self.certificate.describe()}.\n"
            f"Gap {self.gap:.3g}, relative {self.relative_gap:.3g}."
        )
        return "\n".join([text, *self.reservations()])

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draw how the bounds came together, round by round; the bounds alone without rounds.

        Parameters
        ----------
        axes : matplotlib.axes.Axes, optional
            New ones by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        rounds = self.solution.rounds
        if not rounds:
            return draw_levels([("best network", self.upper), ("bound", self.lower)], axes)
        return draw_rounds(
            [one.seconds for one in rounds],
            np.array([one.objective for one in rounds]),
            np.array([one.lower for one in rounds]),
            axes,
        )

    def reservations(self) -> list[str]:
        """Return the sentences that keep the figures from being read as more than they are."""
        return reservations(self, self.status, best="This network is the best one")

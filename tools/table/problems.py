"""Training problems of the table and their certified optima: one for each data set and loss."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from data_sets import DataSet, labels
from sources import FloatArray

import arrangements as ar
import convex_program as cx
from convex_program.dual import certify_on_cones
from convex_program.losses import Loss
from convex_program.optimum import decayed_optimum
from convex_program.pricing import priced_rows
from convex_program.solution import Status

LOSSES: dict[str, Loss] = {"squared": cx.Squared(), "logistic": cx.Logistic()}
COLUMN = {"squared": "target", "logistic": "label"}
"""The column of a data file that a loss fits."""
HIGHEST = 6
"""Rank up to which the optimum is expected to be known."""
SHARE, SHARE_ABOVE = 0.02, 0.1
"""Weight decay over the one that switches all neurons off, up to that rank and above it."""
SECONDS = 60.0
"""Each optimum may take; only those above that rank do."""
_PROVING = 600.0
"""Seconds for each proof by cones, on a busy machine; its size is what usually ends one."""
SHARP = ((1e-9, 1 << 24), (1e-7, 1 << 28))
"""Excess of a proof by cones over what neurons put out, and bytes at which it is given up: where the
largest output is reached on a whole arc, sharp proofs come to no end."""


class Stopped(Exception):  # noqa: N818 - the user's wish, not an error
    """Ctrl-C while an optimum was sought."""


@dataclass(frozen=True, eq=False)
class Setting:
    """One data set with one loss.

    Parameters
    ----------
    data : DataSet
    loss : str
        A name of `LOSSES`.
    """

    data: DataSet
    loss: str

    @property
    def key(self) -> str:
        """Return the first part of files' names."""
        return f"{self.data.name}-{self.loss}"

    @cached_property
    def rows(self) -> tuple[FloatArray, FloatArray]:
        """Return rows and what is fitted."""
        X, target = self.data.rows()
        return X, target if COLUMN[self.loss] == "target" else labels(target)

    @cached_property
    def rank(self) -> int:
        """Return the rank of the rows, exactly."""
        return ar.Arrangement(self.rows[0]).rank

    @cached_property
    def problem(self) -> cx.TrainingProblem:
        """Return the training problem, its weight decay rounded to three digits.

        Notes
        -----
        The share is one of the largest price of a neuron that ascent finds at the zero network: a
        lower bound of the weight decay that switches all neurons off, and nearly always equal to it.
        """
        X, y = self.rows
        plain = cx.TrainingProblem(X, y, 1.0, loss=LOSSES[self.loss])
        vector = plain.feasible(plain.residual(plain.empty_network()))
        peak = priced_rows(plain.gauge).price(cx.SpectralBound(), vector).value
        share = SHARE if self.rank <= HIGHEST else SHARE_ABOVE
        return cx.TrainingProblem(X, y, float(f"{share * peak:.3g}"), loss=LOSSES[self.loss])

    def optimum(self) -> cx.Bracket:
        """Return the best network found, with a proved bound where proofs come to an end.

        Raises
        ------
        Stopped
            After Ctrl-C, which a solver turns into a weaker bound.
        """
        low = self.rank <= HIGHEST
        best = decayed_optimum(
            self.problem,
            level=cx.Level.RIGOROUS if low else cx.Level.PROVED,
            solver=cx.WorkingSet(time_limit=SECONDS),
        )
        if best.status is Status.INTERRUPTED:
            raise Stopped
        return self._proved(best) if low else cx.Bracket(best.network, best.certificate)

    def _proved(self, best: cx.GlobalOptimum) -> cx.Bracket:
        """Prove the vector that the search ended with, by trees of cones."""
        for tolerance, most in SHARP:
            certificate = certify_on_cones(
                self.problem,
                np.array(best.certificate.vector),
                starts=np.concatenate([best.solution.directions, best.network.hidden]),
                tolerance=tolerance,
                most_bytes=most,
                seconds=_PROVING,
            )
            if certificate is not None:
                return cx.Bracket(best.network, certificate)
        return cx.Bracket(best.network, best.certificate)

    def patterns(self) -> int:
        """Return how many activation patterns there are at most, by Cover's bound."""
        return ar.cover_number(self.problem.arrangement)


def neurons(network: cx.Network) -> int:
    """Return how many neurons of a network are active."""
    return int(np.size(network.active()))

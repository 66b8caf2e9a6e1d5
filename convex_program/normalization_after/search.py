"""The program over all cells, solved on the few that matter."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from convex_program.certificate import Certificate
from convex_program.dual import feasible_scale
from convex_program.network import Network
from convex_program.nonnegative import nonnegative_least_squares
from convex_program.normalization_after.evidence import Multipliers, OutputCells
from convex_program.normalization_after.network import NormalizationAfterNetwork
from convex_program.normalization_after.output_cone import CellOutputs, OutputCone
from convex_program.normalization_after.problem import NormalizationAfterProblem
from convex_program.normalization_after.program import solve_cells
from convex_program.norms import power_of_two
from convex_program.rounding import relative_gap
from convex_program.solution import Status

Floats = npt.NDArray[np.float64]

_NEW = 16
"""Cells taken up in one round at most."""
_ROUNDS = 200
_IDLE = 1e-9
"""Part of all cost below which a neuron is left out."""
_SLACK = 1e-10
"""By what part of the objective a narrower network may be worse."""
_ABOVE = 1e-10
"""Part of beta by which a cell exceeds it when it is taken up."""


@dataclass(frozen=True, eq=False)
class Peaks:
    """What every cell and sign puts out along a vector, numerically.

    Parameters
    ----------
    values : dict of (cell, sign) to float
        ``max v.z`` over outputs of length one, where signs alone leave more than the floor.
    multipliers : dict of (cell, sign) to (n,) float64
    """

    values: dict[tuple[int, int], float]
    multipliers: Multipliers


def peaks(cones: tuple[OutputCone, ...], vector: Floats, floor: float) -> Peaks:
    """Return what cells put out along a vector where it may be more than a floor."""
    values: dict[tuple[int, int], float] = {}
    multipliers: Multipliers = {}
    for index, cone in enumerate(cones):
        if not cone.outputs:
            continue
        for sign in (1, -1):
            v = sign * vector
            if cone.plain_square(v) <= floor * floor:
                continue
            weights, multiplier = cone.largest(v)
            key = index, sign
            values[key] = float(np.linalg.norm(weights @ cone.units))
            multipliers[key] = multiplier
    return Peaks(values, multipliers)


@dataclass(eq=False)
class Search:
    """Rounds of solving over cells and pricing all of them.

    Parameters
    ----------
    problem : NormalizationAfterProblem
    outputs : CellOutputs
    gap : float
        Relative gap to reach.
    """

    problem: NormalizationAfterProblem
    outputs: CellOutputs
    gap: float
    taken: dict[tuple[int, int], None] = field(default_factory=dict)

    def run(self) -> tuple[NormalizationAfterNetwork, Certificate, Status, int]:
        """Return the best network, the best bound, why the search ended, and the rounds."""
        network = self._network([])
        upper, best = self.problem.exact_objective(network), network
        certificate: Certificate | None = None
        for rounds in range(1, _ROUNDS + 1):
            vector = self.problem.plain.feasible(self.problem.residual(network))
            found = peaks(self.outputs.cones, vector, self.problem.plain.decay)
            current = self._certificate(vector, found.multipliers)
            if certificate is None or current.lower > certificate.lower:
                certificate = current
            if relative_gap(upper, certificate.lower) <= self.gap:
                return self._narrower(best), certificate, Status.SOLVED, rounds
            if not self._take_up(found):
                break
            network = self._network(self._solve())
            value = self.problem.exact_objective(network)
            if value < upper:
                upper, best = value, network
        assert certificate is not None  # noqa: S101 -- there is a first round
        return self._narrower(best), certificate, Status.STALLED, rounds

    def certify(self, vector: Floats) -> Certificate:
        """Return the bound that a vector gives."""
        vector = self.problem.plain.feasible(vector)
        found = peaks(self.outputs.cones, vector, 0.0)
        return self._certificate(vector, found.multipliers)

    def _certificate(self, vector: Floats, multipliers: Multipliers) -> Certificate:
        plain = self.problem.plain
        evidence = OutputCells(self.outputs, multipliers)
        values = tuple(vector.tolist())
        scale = feasible_scale(plain, vector, evidence.square(plain.exact, values))
        return Certificate(plain, values, scale, evidence)

    def _take_up(self, found: Peaks) -> bool:
        """Take up the cells that put out most above beta; say whether there were new ones."""
        least = self.problem.plain.decay * (1.0 + _ABOVE)
        above = [key for key, value in found.values.items() if value > least]
        above = [key for key in above if key not in self.taken]
        above.sort(key=lambda key: -found.values[key])
        self.taken.update(dict.fromkeys(above[:_NEW]))
        return bool(above)

    def _solve(self) -> list[tuple[OutputCone, int, Floats]]:
        """Solve over the cells taken up: cones, signs and weights of their rays."""
        plain = self.problem.plain
        cells = [(self.outputs.cones[index], sign) for index, sign in self.taken]
        unit = power_of_two(plain.targets)
        found = solve_cells(plain.targets / unit, plain.fit.weights, plain.decay / unit, cells)
        return [(cone, sign, unit * w) for (cone, sign), w in zip(cells, found, strict=True)]

    def _network(self, parts: list[tuple[OutputCone, int, Floats]]) -> NormalizationAfterNetwork:
        """Return the balanced network of some weights of rays."""
        sizes = np.array([float(np.linalg.norm(w @ cone.units)) for cone, _, w in parts])
        paths = [
            (w @ cone.rays, sign, size)
            for (cone, sign, w), size in zip(parts, sizes.tolist(), strict=True)
            if size > _IDLE * sizes.sum()
        ]
        width = self.problem.data.shape[1]
        hidden = np.array([u / size**0.5 for u, _, size in paths]).reshape(len(paths), width)
        output = np.array([sign * size**0.5 for _, sign, size in paths]).reshape(len(paths), 1)
        folded = Network(hidden, output, 0.0, self.problem.activation)
        return NormalizationAfterNetwork.of_folded(folded, self.problem.data)

    def _narrower(self, network: NormalizationAfterNetwork) -> NormalizationAfterNetwork:
        """Return the network on neurons with independent outputs, if that is as good.

        At an optimum all of them put out beta per unit of cost along the residual, so any nonnegative
        combination with the same outputs costs the same; at most n are independent.
        """
        if network.width == 0:
            return network
        folded = self.problem.fold(network)
        fits = self.problem.activation(self.problem.plain.features @ folded.hidden.T)
        fits = fits * folded.output[:, 0]
        shares, _ = nonnegative_least_squares(fits, fits.sum(axis=1))
        kept = shares > _IDLE
        roots = np.sqrt(shares[kept])[:, np.newaxis]
        narrow = NormalizationAfterNetwork.of_folded(
            folded.with_weights(roots * folded.hidden[kept], roots * folded.output[kept]),
            self.problem.data,
        )
        worse = self.problem.exact_objective(narrow)
        value = self.problem.exact_objective(network)
        return narrow if float(worse) <= float(value) * (1.0 + _SLACK) else network

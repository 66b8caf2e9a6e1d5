"""What all estimators share: from parameters to a certified network, and predictions from it."""

from __future__ import annotations

import numbers
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

import arrangements as ar
from convex_program.bracket import Bracket
from convex_program.dual import certify_rigorously
from convex_program.errors import ArgumentError
from convex_program.estimators.setting import Setting, features, given
from convex_program.losses import Loss
from convex_program.optimum import decayed_optimum
from convex_program.pricing import AutoPricing
from convex_program.problem import TrainingProblem
from convex_program.solvers import Auto, FullPattern

Floats = npt.NDArray[np.float64]

ALL = "all"
"""The value of `patterns` that reasons over all of them."""


class ConvexReLUEstimator(BaseEstimator):
    """A two-layer network fitted to global optimality; see the final classes."""

    beta: Any
    activation: Any
    fit_intercept: bool
    hidden_bias: Any
    output_bias: Any
    patterns: Any
    gap: float
    time_limit: float | None
    random_state: Any

    def _setting(self, loss: Loss) -> Setting:
        return Setting(
            loss, self.activation, bool(self.fit_intercept), self.hidden_bias, self.output_bias
        )

    def _solver(self) -> Auto:
        return Auto(gap=self.gap, time_limit=self.time_limit)

    def _fit_network(self, X: Floats, y: Any, loss: Loss, sample_weight: Any) -> None:
        """Solve, and keep what is known of the solution."""
        setting = self._setting(loss)
        problem = TrainingProblem(
            features(X, fit_intercept=self.fit_intercept),
            y,
            self.beta,
            sample_weight=sample_weight,
            **setting.arguments,
        )
        if not problem.exact_beta or not loss.finite:
            raise ArgumentError(
                f"beta = {self.beta!r} with loss = {loss!r}: an estimator needs a positive weight decay "
                "and a finite loss; convex_program.global_optimum answers the others"
            )
        if isinstance(self.patterns, str):
            if self.patterns != ALL:
                raise ArgumentError(f"patterns = {self.patterns!r} is neither {ALL!r} nor a number")
            found: Bracket = decayed_optimum(problem, solver=self._solver())
            count = found.patterns
        else:
            found, count = self._over_a_sample(problem, self.patterns)
        self._keep(found, count)

    def _over_a_sample(self, problem: TrainingProblem, gates: Any) -> tuple[Bracket, int]:
        """Solve over sampled patterns; the bound holds over all of them."""
        if not isinstance(gates, numbers.Integral) or gates < 1:
            raise ArgumentError(
                f"patterns = {gates!r} is neither {ALL!r} nor a number of random gates from 1 on"
            )
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        sample = ar.sample_patterns(problem.arrangement, int(gates), seed=seed)
        proposal = FullPattern().propose(problem, patterns=sample)
        pricing = AutoPricing(time_limit=self.time_limit)
        certificate = certify_rigorously(problem, proposal.dual, pricing=pricing)
        return Bracket(proposal.network, certificate), len(sample)

    def _keep(self, found: Bracket, patterns: int) -> None:
        """Set the attributes of a fitted estimator."""
        self.optimum_ = found
        self.network_ = found.network
        self.certificate_ = found.certificate
        self.objective_ = found.upper
        self.lower_bound_ = found.lower
        self.gap_ = found.relative_gap
        self.n_patterns_ = patterns
        if not self.gap_ <= self.gap:
            warnings.warn(
                f"the relative gap is {self.gap_:.2g} > gap = {self.gap:g}: the network may not be optimal "
                f"(objective {self.objective_:.6g}, no network is below {self.lower_bound_:.6g}); "
                "give it more time or patterns, a larger gap, or a larger beta",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _outputs(self, X: Any) -> Floats:
        """Return what the network puts out."""
        check_is_fitted(self)
        X = validate_data(self, given(X), reset=False, dtype=np.float64)
        return self.network_.forward(features(X, fit_intercept=self.fit_intercept))

"""Patterns of random neurons: quick, and marked as what they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from arrangements.arguments import whole_number
from arrangements.arrangement import as_arrangement
from arrangements.errors import ArgumentError
from arrangements.patterns import Origin, PatternSubset


def sample_patterns(data: Any, gates: int, *, seed: int) -> PatternSubset:
    """Return the distinct patterns of Gaussian weight vectors.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    gates : int
        How many vectors to draw; equal patterns are listed once.
    seed : int
        Seed of numpy's default generator.

    Returns
    -------
    PatternSubset
        Of origin ``SAMPLED``.  Each pattern occurs, exactly: signs are decided for the
        weight vectors as stored.

    Raises
    ------
    ArgumentError
        When `gates` is not positive, or the arrangement's domain is not the whole space.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.sample_patterns([[1, 0], [0, 1]], 100, seed=0)
    PatternSubset(4 patterns of 2 rows, sampled, not claimed complete)

    Notes
    -----
    *Growth.* ``n * r`` for n rows of rank r.
    """
    if gates < 1:
        raise ArgumentError(f"gates = {gates}, but at least one weight vector must be drawn")
    arrangement = as_arrangement(data)
    if not arrangement.domain.is_whole_space:
        raise ArgumentError("Gaussian sampling is for the whole space; this domain is a cone")
    d = arrangement.shape[1]
    drawn = np.random.default_rng(whole_number("seed", seed)).standard_normal((gates, d))
    active = arrangement.data.signs(drawn) >= 0
    return PatternSubset.from_activations(arrangement, active, origin=Origin.SAMPLED)

"""Hypothesis profiles: "ci" is repeatable and quick, "thorough" searches."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large)

settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    max_examples=40,
    database=None,
    suppress_health_check=_QUIET,
)
settings.register_profile(
    "thorough", deadline=None, max_examples=1000, suppress_health_check=_QUIET
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

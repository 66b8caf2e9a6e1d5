"""Hypothesis profiles ("ci" is repeatable and quick, "thorough" searches), and a clean process."""

from __future__ import annotations

import decimal
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave thorough tests out unless ``-m`` asks for them."""
    if config.getoption("markexpr"):
        return
    thorough = [item for item in items if item.get_closest_marker("thorough")]
    if thorough:
        config.hook.pytest_deselected(items=thorough)
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]


def _settings_of_the_process() -> dict[str, object]:
    return {
        "digits of an integer in text": sys.get_int_max_str_digits(),
        "depth of recursion": sys.getrecursionlimit(),
        "decimal context": str(decimal.getcontext()),
        "floating-point errors": np.geterr(),
        "folder": Path.cwd(),
    }


@pytest.fixture(autouse=True, scope="module")
def _leaves_the_process_as_it_was() -> Iterator[None]:
    """Fail a file of tests whose code changes a setting that other code of the process relies on."""
    before = _settings_of_the_process()
    yield
    assert _settings_of_the_process() == before

"""Files of schema 1 stay checkable for ever, by both checkers."""

from __future__ import annotations

from pathlib import Path

import pytest
from oracles import cone_claims
from oracles.standalone import judge

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.claim"))


def test_there_are_golden_files() -> None:
    assert len(GOLDEN) >= 7


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_files_are_proved(path: Path) -> None:
    data = path.read_bytes()
    found = judge(data)
    assert found is not None
    if path.stem.startswith("cones"):
        second = cone_claims.check(data)
        assert second[2] == found[2]
        assert all(
            abs(a - b) * 2**140 <= max(1, abs(a)) for a, b in zip(found, second, strict=True)
        )

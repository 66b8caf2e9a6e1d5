"""What the algebra asks of its input: hyperplanes through the origin, in the whole space."""

from __future__ import annotations

from typing import Any

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.errors import ArgumentError


def central(data: Any) -> Arrangement:
    """Return an arrangement of the whole space, or refuse."""
    arrangement = as_arrangement(data)
    if not arrangement.domain.is_whole_space:
        raise ArgumentError(
            f"data={arrangement!r}: hyperplanes of the whole space are asked for; "
            "cone(data) makes an affine arrangement one"
        )
    return arrangement

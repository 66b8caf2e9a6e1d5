"""What the package itself finds in the bytes of a claim file, for tests that ask other checkers too."""

from __future__ import annotations

from pathlib import Path

import convex_program as cx


def by_package(data: bytes, folder: Path) -> cx.Verification | None:
    """Return what the package finds, or None where it refuses."""
    path = folder / "changed.claim"
    path.write_bytes(data)
    try:
        return cx.verify(cx.load_claim(path))
    except cx.ClaimError:
        return None

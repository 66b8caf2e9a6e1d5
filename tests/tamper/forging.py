"""Taking a proved list apart and putting it together wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import arrangements as ar


def rebuilt(patterns: ar.CompletePatterns, **changes: Any) -> ar.CompletePatterns:
    """Call the constructor with some arguments changed."""
    parts: dict[str, Any] = {
        "arrangement": patterns.arrangement,
        "packed": patterns.packed.copy(),
        "witnesses": patterns.witnesses,
        "completion": patterns.completion,
    }
    return ar.CompletePatterns(**{**parts, **changes})


def with_plan(patterns: ar.CompletePatterns, **changes: Any) -> ar.Completion:
    """Return the claim with fields of its plan changed."""
    return replace(patterns.completion, plan=replace(patterns.completion.plan, **changes))


def with_proof(patterns: ar.CompletePatterns, index: int = 0, **changes: Any) -> ar.Completion:
    """Return the claim with fields of one proof changed."""
    proofs = list(patterns.completion.proofs)
    proofs[index] = replace(proofs[index], **changes)
    return replace(patterns.completion, proofs=tuple(proofs))

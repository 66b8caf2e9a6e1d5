"""From a pattern store to files for other programs: a list with its proof, or plain text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from arrangements.enumeration import enumerate_patterns
from arrangements.errors import ArgumentError, ProofError
from arrangements.io import atomic_write
from arrangements.packing import Packed, sorted_order, unpack
from arrangements.patterns import CompletePatterns
from arrangements.progress import Listener, Meter, session_listener, silent
from arrangements.store.reader import PatternStore
from arrangements.witnesses import Witnesses

_LINES = 1 << 16
"""Patterns formatted at once."""


def load_store(store: PatternStore, *, progress: Listener = session_listener) -> CompletePatterns:
    """Return all patterns of a finished store as a list in memory, proved again.

    Parameters
    ----------
    store : PatternStore
    progress : Listener, optional

    Returns
    -------
    CompletePatterns

    Raises
    ------
    ArgumentError
        When the store is unfinished.
    ProofError
        When what is stored is not what it claims.

    Notes
    -----
    A list needs witnesses.  When the store has none, the patterns are enumerated again, and
    have to be those that are stored.

    *Growth.* ``N * n * r`` for n rows of rank r with N patterns.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import arrangements as ar
    >>> with TemporaryDirectory() as folder:
    ...     store = ar.store_patterns([[1, 0], [0, 1], [1, 1]], folder, witnesses=True).store
    ...     print(ar.load_store(store))
    CompletePatterns(6 patterns of 3 rows, proved by cover)
    """
    if store.completion is None:
        raise ArgumentError(f"{store!r} is no complete list; finish it with resume=True (--resume)")
    if not len(store):
        return enumerate_patterns(store.arrangement, progress=progress)
    batches = list(store.batches(witnesses=store.has_witnesses))
    packed = np.concatenate([batch.packed for batch in batches])
    order = sorted_order(packed)
    packed = packed[order]
    if not store.has_witnesses:
        listed = enumerate_patterns(store.arrangement, progress=progress)
        if not np.array_equal(listed.packed, packed):
            raise ProofError(f"{store.folder} does not hold the patterns of its data")
        return listed
    witnesses = Witnesses.concatenate(
        [batch.witnesses for batch in batches if batch.witnesses is not None]
    )
    return CompletePatterns(store.arrangement, packed, witnesses.take(order), store.completion)


def save_csv(
    batches: Iterable[Packed], rows: int, path: str | Path, *, progress: Listener = silent
) -> None:
    """Write patterns as text: a line each, a column of 0 and 1 for each row of the data.

    Parameters
    ----------
    batches : iterable of (k, ceil(n / 8)) uint8
        Packed patterns.
    rows : int
        Number n of rows of the data.
    path : str or Path
        Written whole or not at all.
    progress : Listener, optional
    """
    meter = Meter(progress, "writing", "patterns")
    with atomic_write(path) as stream:
        stream.write((",".join(f"row{index}" for index in range(rows)) + "\n").encode("ascii"))
        for packed in batches:
            for start in range(0, len(packed), _LINES):
                part = unpack(packed[start : start + _LINES], rows)
                text = np.full((len(part), 2 * rows), ord(","), np.uint8)
                text[:, ::2] = part + np.uint8(ord("0"))
                text[:, -1] = ord("\n")
                stream.write(text.tobytes())
                meter.advance(len(part))
    meter.finish()

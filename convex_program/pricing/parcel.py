"""What is sent to another process, so that compiled code takes it there as it does here."""

from __future__ import annotations

import pickle
from dataclasses import fields
from typing import Any

_PROTOCOL = 4
"""The last one whose arrays always arrive as their own, to be written to.

Kernels are compiled for such arrays; for others they would be compiled again.
"""


class Parcel:
    """A record of arrays that is pickled by one protocol, whatever an executor prefers."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Return the content as bytes."""
        del protocol
        content = tuple(getattr(self, part.name) for part in fields(self))  # type: ignore[arg-type]
        return _opened, (type(self), pickle.dumps(content, _PROTOCOL))


def _opened(kind: type[Parcel], content: bytes) -> Parcel:
    return kind(*pickle.loads(content))  # noqa: S301 - what this process was given to do

"""Convex losses f(z; y), one file each."""

from convex_program.errors import ArgumentError
from convex_program.losses.base import EntryLoss, Loss
from convex_program.losses.cross_entropy import SoftmaxCrossEntropy
from convex_program.losses.hinge import Hinge, SquaredHinge
from convex_program.losses.huber import Huber
from convex_program.losses.interpolation import Interpolation
from convex_program.losses.labels import Labels, read_labels
from convex_program.losses.logistic import Logistic
from convex_program.losses.quadratic import QuadraticLoss
from convex_program.losses.quantile import Absolute, Quantile
from convex_program.losses.rows import RowLoss
from convex_program.losses.squared import Squared
from convex_program.losses.targets import Targets, columns_of

__all__ = [
    "Absolute",
    "EntryLoss",
    "Hinge",
    "Huber",
    "Interpolation",
    "Labels",
    "Logistic",
    "Loss",
    "QuadraticLoss",
    "Quantile",
    "RowLoss",
    "SoftmaxCrossEntropy",
    "Squared",
    "SquaredHinge",
    "Targets",
    "columns_of",
    "named_loss",
    "read_labels",
]

_ALL: tuple[type[Loss], ...] = (
    Squared, Huber, Absolute, Quantile, Logistic, Hinge, SquaredHinge, Interpolation,
    SoftmaxCrossEntropy,
)  # fmt: skip


def named_loss(name: str, parameters: dict[str, object]) -> Loss:
    """Return the loss of that name with those parameters.

    Raises
    ------
    ArgumentError
        When there is none, or the parameters are not its own.
    """
    known = {kind.name: kind for kind in _ALL}
    if name not in known:
        raise ArgumentError(f"loss {name!r} is unknown; known: {', '.join(known)}")
    try:
        return known[name](**parameters)
    except TypeError as error:
        raise ArgumentError(f"loss {name!r}: {error}") from None

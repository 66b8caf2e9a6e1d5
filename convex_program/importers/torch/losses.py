"""PyTorch's losses, by duck typing: which of ours, how many times, and with what weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from convex_program.errors import ArgumentError
from convex_program.importers.torch.tensors import plain
from convex_program.losses import (
    Absolute,
    Huber,
    Logistic,
    Loss,
    SoftmaxCrossEntropy,
    Squared,
    Targets,
    columns_of,
    read_labels,
)
from convex_program.reading import read_numbers
from convex_program.scaling import Convention, not_negative, pytorch, summed


@dataclass(frozen=True, eq=False)
class TorchLoss:
    """What a training added up over the rows.

    Parameters
    ----------
    loss : Loss
        Ours.
    convention : Convention
        How many times, and whether as a sum or a mean.
    read : function
        Returns targets as our loss takes them, and refuses what theirs does not take.
    counted : function
        Of y and targets; returns by how many a mean divides: rows, and outputs.
    weight, pos_weight : array-like or None
        Of ``BCEWithLogitsLoss``: factors of the rows, and of the rows of the class 1.
    """

    loss: Loss
    convention: Convention
    read: Callable[[Any], Targets]
    counted: Callable[[Any, Targets], tuple[Fraction, int]]
    weight: Any = None
    pos_weight: Any = None

    def sample_weight(self, targets: Targets, given: Any) -> tuple[Fraction, ...] | None:
        """Return the product of all weights of a row.

        Parameters
        ----------
        targets : Targets
            From `read`.
        given : array-like of shape (n,) or None
            Sample weights beside those of the loss.
        """
        rows = len(targets.values) // targets.outputs
        if targets.outputs > 1 and not (self.weight is None and self.pos_weight is None):
            raise ArgumentError(
                "loss: weight and pos_weight of BCEWithLogitsLoss are supported for one output; leave them "
                "out for several"
            )
        factors = []
        if given is not None:
            factors.append(read_numbers(given, "sample_weight"))
            if len(factors[0]) != rows:
                raise ArgumentError(f"sample_weight has {len(factors[0])} entries, y has {rows}")
        if self.weight is not None:
            factors.append(_spread("loss.weight", self.weight, rows))
        if self.pos_weight is not None:
            (positive,) = _spread("loss.pos_weight", self.pos_weight, 1)
            factors.append(tuple(positive if y == 1 else Fraction(1) for y in targets.values))
        if not factors:
            return None
        total = [Fraction(1)] * rows
        for factor in factors:
            total = [one * other for one, other in zip(total, factor, strict=True)]
        return tuple(total)


def read_loss(loss: Any, reduction: str | None, outputs: int = 1) -> TorchLoss:
    """Read a loss of PyTorch, its name, or one of ours.

    Parameters
    ----------
    loss : text, torch loss or Loss
        One of ours is added up, or averaged, as it is.
    reduction : "mean", "sum" or None
        None stands for that of a torch loss, and for "mean" beside anything else.
    outputs : int
        Of the model.

    Raises
    ------
    ArgumentError
        Naming what is not known, or does not go together.
    """
    if isinstance(loss, Loss):
        one = Fraction(1)
        convention = summed(repr(loss), loss.words, one, reduction or "mean")
        return _of(loss, convention)
    if isinstance(loss, str):
        if loss not in _BY_NAME:
            raise ArgumentError(f"loss = {loss!r}; known here: {', '.join(_BY_NAME)}")
        return _BY_NAME[loss](None, reduction or "mean", outputs)
    name = loss.__name__ if isinstance(loss, type) else type(loss).__name__
    if name not in _BY_CLASS:
        raise ArgumentError(
            f"loss is {_described(loss)}; known here: {', '.join(_BY_CLASS)}, "
            f"one of {', '.join(map(repr, _BY_NAME))}, or a Loss of this package"
        )
    if isinstance(loss, type):
        raise ArgumentError(f"loss is the class {name}; pass the loss you trained with, {name}()")
    own = loss.reduction
    if reduction is not None and reduction != own:
        raise ArgumentError(
            f"reduction = {reduction!r}, but the loss has {own!r}; leave reduction out"
        )
    return _BY_CLASS[name](loss, own, outputs)


def _described(loss: Any) -> str:
    if hasattr(loss, "__name__"):
        return f"the {type(loss).__name__} {loss.__name__}"
    name = type(loss).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def _of(loss: Loss, convention: Convention) -> TorchLoss:
    return TorchLoss(loss, convention, loss.read_targets, _rows if loss.whole_rows else _entries)


def _entries(_: Any, targets: Targets) -> tuple[Fraction, int]:
    return Fraction(len(targets.values), targets.outputs), targets.outputs


def _rows(_: Any, targets: Targets) -> tuple[Fraction, int]:
    return Fraction(len(targets.values), targets.outputs), 1


def _mse(_: Any, reduction: str, __: int) -> TorchLoss:
    return _of(Squared(), pytorch("mse", reduction))


def _huber(loss: Any, reduction: str, _: int) -> TorchLoss:
    return _of(Huber(getattr(loss, "delta", 1)), pytorch("huber", reduction))


def _l1(_: Any, reduction: str, __: int) -> TorchLoss:
    return _of(Absolute(), pytorch("l1", reduction))


def _smooth_l1(loss: Any, reduction: str, outputs: int) -> TorchLoss:
    threshold = getattr(loss, "beta", 1)
    if threshold == 0:
        return _l1(loss, reduction, outputs)
    convention = pytorch("smooth_l1", reduction, threshold=threshold)
    return _of(Huber(threshold), convention)


def _bce_with_logits(loss: Any, reduction: str, _: int) -> TorchLoss:
    return TorchLoss(
        Logistic(),
        pytorch("bce_with_logits", reduction),
        _zeros_and_ones,
        _entries,
        plain(getattr(loss, "weight", None)),
        plain(getattr(loss, "pos_weight", None)),
    )


def _zeros_and_ones(y: Any) -> Targets:
    """Return the targets of ``BCEWithLogitsLoss`` as signs: with -1 it is no logistic loss."""
    columns = columns_of(y) or [y]
    read = [read_labels(column) for column in columns]
    for labels in read:
        if labels.classes != (0, 1):
            raise ArgumentError(f"y holds {labels.classes[0]!r}; BCEWithLogitsLoss takes 0 and 1")
    return Targets.of_columns([labels.signs for labels in read])


def _cross_entropy(loss: Any, reduction: str, outputs: int) -> TorchLoss:
    """Read ``CrossEntropyLoss``: a mean is one over the weights of the rows' classes."""
    if outputs == 1:
        raise ArgumentError(
            "loss: CrossEntropyLoss takes one output for each class, and 2.weight has one; two classes "
            "with one output are BCEWithLogitsLoss"
        )
    given = plain(getattr(loss, "weight", None))
    weight = None if given is None else np.ravel(np.asarray(given)).tolist()
    classes = range(outputs)
    ours = SoftmaxCrossEntropy(
        classes, class_weight=weight, smoothing=getattr(loss, "label_smoothing", 0)
    )

    def counted(y: Any, targets: Targets) -> tuple[Fraction, int]:
        if weight is None or columns_of(y) is not None:
            return _rows(y, targets)
        plainly = SoftmaxCrossEntropy(classes, class_weight=weight).read_targets(y)
        return sum(plainly.values, Fraction(0)), 1

    convention = summed("CrossEntropyLoss", "cross-entropies", Fraction(1), reduction)
    return TorchLoss(ours, convention, ours.read_targets, counted)


_Reader = Callable[[Any, str, int], TorchLoss]
_BY_NAME: dict[str, _Reader] = {
    "mse": _mse,
    "huber": _huber,
    "smooth_l1": _smooth_l1,
    "l1": _l1,
    "bce_with_logits": _bce_with_logits,
    "cross_entropy": _cross_entropy,
}
_BY_CLASS: dict[str, _Reader] = {
    "MSELoss": _mse,
    "HuberLoss": _huber,
    "SmoothL1Loss": _smooth_l1,
    "L1Loss": _l1,
    "BCEWithLogitsLoss": _bce_with_logits,
    "CrossEntropyLoss": _cross_entropy,
}


def _spread(name: str, values: Any, rows: int) -> tuple[Fraction, ...]:
    """Return one number for each row, from that many or from one."""
    flat = np.ravel(np.asarray(values))
    if len(flat) not in (1, rows):
        wanted = "one number" if rows == 1 else f"one number, or one for each of {rows} rows"
        raise ArgumentError(f"{name} has {len(flat)} entries; it must be {wanted}")
    exact = [not_negative(name, value) for value in flat.tolist()]
    return tuple(exact) if len(exact) == rows else (exact[0],) * rows

"""What a problem as it was given makes one doubt, for its `remark`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from convex_program.losses import Loss, Squared


def labels_hint(loss: Loss, targets: Sequence[Fraction]) -> str:
    """Return a sentence about 0/1 targets of a squared loss, or nothing.

    Parameters
    ----------
    loss : Loss
    targets : sequence of Fraction
        As the loss reads them.

    Examples
    --------
    >>> labels_hint(Squared(), [Fraction(0), Fraction(1)])[:45]
    'The targets are 0 and 1 but the loss is squar'
    >>> labels_hint(Squared(), [Fraction(0), Fraction(2)])
    ''
    """
    if loss != Squared() or set(targets) != {0, 1}:
        return ""
    return (
        "The targets are 0 and 1 but the loss is squared: a network trained with a loss for "
        "labels (BCEWithLogitsLoss, log_loss) has another objective; name its loss then "
        '(loss="bce_with_logits", loss=Logistic(), --loss logistic).'
    )

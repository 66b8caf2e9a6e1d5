"""Options that several commands have."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


def _tolerable(gap: float | None) -> float | None:
    if gap is not None and not gap >= 0:
        raise typer.BadParameter(f"{gap} is not a number from 0 on")
    return gap


def _patience(seconds: float | None) -> float | None:
    if seconds is not None and not seconds >= 0:
        raise typer.BadParameter(f"{seconds} is not a number of seconds from 0 on")
    return seconds


class BiasKind(Enum):
    """Names of the output biases on the command line."""

    NONE = "none"
    FREE = "free"
    DECAYED = "decayed"


class HiddenBiasKind(Enum):
    """Names of the hidden biases on the command line."""

    DECAYED = "decayed"
    FREE = "free"


class LossName(Enum):
    """Names of the losses on the command line."""

    SQUARED = "squared"
    HUBER = "huber"
    ABSOLUTE = "absolute"
    QUANTILE = "quantile"
    LOGISTIC = "logistic"
    HINGE = "hinge"
    SQUARED_HINGE = "squared-hinge"
    CROSS_ENTROPY = "cross-entropy"
    INTERPOLATION = "interpolation"


class ActivationName(Enum):
    """Names of the activations on the command line."""

    RELU = "relu"
    LEAKY_RELU = "leaky-relu"
    ABSOLUTE_VALUE = "absolute-value"


class Reduction(Enum):
    """Reductions of PyTorch's losses."""

    MEAN = "mean"
    SUM = "sum"


NetworkFile = Annotated[
    Path,
    typer.Argument(
        exists=True,
        dir_okay=False,
        help="NPZ with arrays hidden (m, d) and output (m,) or (m, c), or a PyTorch state dict "
        "(.safetensors, .pt).",
    ),
]
Target = Annotated[
    str,
    typer.Option(
        help="Column of the targets, by name or number; two texts for a loss of labels, any number of "
        "classes for cross-entropy.  Several columns, comma-separated, are several outputs."
    ),
]
LossOption = Annotated[
    LossName,
    typer.Option(
        "--loss",
        help="What an error costs; logistic, hinge and squared-hinge take labels, cross-entropy "
        "classes. "
        "Example: --loss logistic",
    ),
]
Delta = Annotated[
    str | None,
    typer.Option(
        "--delta",
        help="Where the huber loss becomes linear (default: 1). Example: --loss huber --delta 0.5",
    ),
]
Level = Annotated[
    str | None,
    typer.Option(
        "--level",
        help="The level of the quantile loss (default: 0.5). Example: --loss quantile --level 0.9",
    ),
]
ActivationOption = Annotated[
    ActivationName,
    typer.Option(
        "--activation", help="What a neuron does to its input. Example: --activation leaky-relu"
    ),
]
Slope = Annotated[
    str | None,
    typer.Option(
        "--slope",
        help="The slope of leaky-relu below zero (default: the float64 nearest 0.01). "
        "Example: --activation leaky-relu --slope 0.1",
    ),
]
HidBias = Annotated[
    HiddenBiasKind,
    typer.Option(
        "--hidden-bias",
        help="Whether the weights on the column of ones are decayed: scikit-learn leaves them "
        "free. Example: --bias --hidden-bias free",
    ),
]
SampleWeight = Annotated[
    str | None,
    typer.Option(
        "--sample-weight",
        help="Column of factors of the single errors, not a feature then. "
        "Example: --sample-weight w",
    ),
]
Beta = Annotated[
    str, typer.Option(help="Weight decay: beta/2 times the sum of all squared weights.")
]
MaybeBeta = Annotated[
    str | None,
    typer.Option("--beta", help="Weight decay: beta/2 times the sum of all squared weights."),
]
WeightDecay = Annotated[
    str | None, typer.Option(help="PyTorch's weight decay, for a PyTorch model.")
]
ReductionOption = Annotated[
    Reduction | None,
    typer.Option(help="Reduction of PyTorch's loss, with --weight-decay (default: mean)."),
]
BestOut = Annotated[Path | None, typer.Option(help="NPZ file to write the best network found to.")]
Columns = Annotated[
    str | None, typer.Option(help="Feature columns, comma-separated names or numbers.")
]
Drop = Annotated[
    str | None,
    typer.Option("--drop", help="Columns that are no features, comma-separated: an index, say."),
]
Encode = Annotated[
    str | None,
    typer.Option(
        "--encode",
        help="Columns of categories in a CSV file, comma-separated: each becomes one column of 0 and 1 "
        "a category. Example: --encode colour,city",
    ),
]
DropMissing = Annotated[
    bool,
    typer.Option("--drop-missing", help="Leave out rows of a CSV file with missing entries."),
]
Bias = Annotated[
    bool, typer.Option("--bias", help="Append a last column of ones (the hidden bias).")
]
OutBias = Annotated[
    BiasKind,
    typer.Option(
        "--output-bias",
        help="Constant added to the output, without or with decay. Example: --output-bias free",
    ),
]
AsFloat = Annotated[
    bool,
    typer.Option("--as-float", help="Round CSV numbers to float64 (default: exact decimals)."),
]
ClaimOut = Annotated[
    Path | None,
    typer.Option("--claim", help="File to write: everything the bounds rest on, proved."),
]
ReportOut = Annotated[
    Path | None,
    typer.Option("--report", help="HTML file to write: the verdict as one page that stands alone."),
]
NetworkOut = Annotated[
    Path | None, typer.Option("--network", help="NPZ file to write the best network to.")
]
MaxGap = Annotated[
    float | None,
    typer.Option(
        "--max-gap",
        callback=_tolerable,
        help="Exit with 1 when the relative gap is larger than this.",
    ),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        callback=_patience,
        help="Seconds for the search; then the bounds so far are the answer, and the exit code 3. "
        "The proof for --claim is part of it.",
    ),
]
TimeLimitEach = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        callback=_patience,
        help="Seconds for the search at each beta; then the bounds so far are its answer, and the "
        "exit code in the end 3. Listing patterns is not limited.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]

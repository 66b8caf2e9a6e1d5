"""What a clumsy caller passes: the right exception, and a message that names the culprit."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from front_doors.torch_stand_in import (
    SGD,
    AdamW,
    Linear,
    Module,
    ReLU,
    RMSprop,
    Sequential,
    Tanh,
    Tensor,
    model,
)
from scipy.sparse import coo_array, coo_matrix, csc_matrix, csr_array, csr_matrix

import arrangements as ar
import convex_program as cx

X = [[1.0, 2.0], [3.0, -1.0], [0.5, 1.0]]
Y = [1.0, 2.0, 0.5]
NET = cx.Network([[1.0, 1.0]], [1.0])
NAN = float("nan")
INF = float("inf")


def problem(X: Any = X, y: Any = Y, beta: Any = 0.1, **options: Any) -> cx.TrainingProblem:
    return cx.TrainingProblem(X, y, beta, **options)


def torch(net: Any = None, data: Any = X, y: Any = Y, **options: Any) -> Any:
    net = model([[1.0, 1.0]], [1.0]) if net is None else net
    options = options or {"weight_decay": 0.1}
    return cx.from_torch(net, data, y, **options)


def state(**changes: Any) -> dict[str, Any]:
    good = {"0.weight": np.ones((3, 2)), "2.weight": np.ones((1, 3))}
    return {**good, **{key.replace("_", ".", 1): value for key, value in changes.items()}}


def trained_by(kind: type, **options: Any) -> Any:
    net = model([[1.0, 1.0]], [1.0], hidden_bias=[0.0], output_bias=0.0)
    return torch(net, optimizer=kind(net.parameters(), **options))


def grouped(*decays: float | None) -> Any:
    """One parameter group a decay, None for a parameter that is in no group."""
    net = model([[1.0, 1.0]], [1.0], hidden_bias=[0.0], output_bias=0.0)
    groups = [
        {"params": [parameter], "weight_decay": decay}
        for parameter, decay in zip(net.parameters(), decays, strict=True)
        if decay is not None
    ]
    return torch(net, optimizer=SGD(groups))


def flagged_group() -> Any:
    net = model([[1.0, 1.0]], [1.0])
    group = {"params": list(net.parameters()), "decoupled_weight_decay": True}
    return torch(net, optimizer=SGD([group], weight_decay=0.1))


Row = tuple[Callable[[], Any], type[Exception], str]


def stream(**options: Any) -> Any:
    return ar.stream_patterns(X, **options)


ARGUMENTS: dict[str, Row] = {
    "domain as rows": (
        lambda: ar.Arrangement(X, domain=[[1, 0]]),  # type: ignore[arg-type]
        ar.ArgumentError,
        r"domain = \[\[1, 0\]\] is no Cone; write Cone.from_normals",
    ),
    "within as rows": (
        lambda: ar.count_regions(X, within=[[1, 0]]),  # type: ignore[arg-type]
        ar.ArgumentError,
        "is no Cone",
    ),
    "within as text": (
        lambda: ar.enumerate_patterns(X, within="all"),  # type: ignore[arg-type]
        ar.ArgumentError,
        "is no Cone",
    ),
    "one offset": (
        lambda: ar.Arrangement.affine(X, 5),  # type: ignore[arg-type]
        ar.ArgumentError,
        "offsets = 5 must be a sequence of 3 numbers",
    ),
    "offsets as text": (
        lambda: ar.Arrangement.affine(X, "123"),
        ar.ArgumentError,
        "offsets = '123' must be a sequence",
    ),
    "half a limit": (
        lambda: ar.flats(X, limit=2.5),
        ar.ArgumentError,
        "limit = 2.5 must be a whole",
    ),  # type: ignore[arg-type]
    "no limit": (lambda: ar.faces(X, limit=None), ar.ArgumentError, "limit = None must be a whole"),  # type: ignore[arg-type]
    "max_regions as text": (lambda: stream(max_regions="x"), ar.ArgumentError, "max_regions = 'x'"),
    "max_seconds as text": (lambda: stream(max_seconds="1"), ar.ArgumentError, "max_seconds = '1'"),
    "max_bytes negative": (
        lambda: stream(max_bytes=-1),
        ar.ArgumentError,
        "max_bytes = -1 must be",
    ),
    "max_seconds not a number": (lambda: stream(max_seconds=NAN), ar.ArgumentError, "max_seconds"),
    "prefix as text": (
        lambda: stream(prefix="2"),
        ar.ArgumentError,
        "prefix = '2' must be a whole",
    ),
    "half a prefix": (lambda: ar.plan_units(X, prefix=1.5), ar.ArgumentError, "prefix = 1.5"),  # type: ignore[arg-type]
    "half a braid": (lambda: ar.catalogue.braid(2.5), ar.ArgumentError, "k = 2.5 must be a whole"),  # type: ignore[arg-type]
    "a braid as text": (lambda: ar.catalogue.braid("3"), ar.ArgumentError, "k = '3'"),  # type: ignore[arg-type]
    "a threshold that is true": (
        lambda: ar.catalogue.threshold(True),  # noqa: FBT003 - what is tested
        ar.ArgumentError,
        "k = True",
    ),
    "a negative bound": (lambda: ar.region_bound(-1, 3), ar.ArgumentError, "hyperplanes = -1"),
    "a bound of half a rank": (lambda: ar.region_bound(3, 1.5), ar.ArgumentError, "rank = 1.5"),  # type: ignore[arg-type]
    "a rank as text": (lambda: ar.nearest_of_rank(X, "2"), ar.ArgumentError, "rank = '2'"),  # type: ignore[arg-type]
    "a row that is none": (lambda: ar.deletion(X, 9), ar.ArgumentError, "row = 9 is no row"),
    "a row as a number with a point": (
        lambda: ar.restriction(X, 1.0),  # type: ignore[arg-type]
        ar.ArgumentError,
        "row = 1.0 is no row",
    ),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_of_the_arrangement(name: str) -> None:
    run, exception, message = ARGUMENTS[name]
    with pytest.raises(exception, match=message):
        run()


DATA: dict[str, Row] = {
    "one dimension": (lambda: ar.Arrangement(np.ones(3)), ar.DataError, r"X.reshape\(-1, 1\)"),
    "a list of numbers": (lambda: ar.Arrangement([1.0, 2.0]), ar.DataError, "not 1"),
    "three dimensions": (lambda: ar.Arrangement(np.ones((2, 2, 2))), ar.DataError, "not 3"),
    "no dimensions": (lambda: ar.Arrangement(np.array(3.0)), ar.DataError, "not 0"),
    "a number": (lambda: ar.Arrangement(3.0), ar.DataError, "not float"),
    "None": (lambda: ar.Arrangement(None), ar.DataError, "not NoneType"),
    "a file name": (lambda: ar.Arrangement("data.csv"), ar.DataError, "not str"),
    "a path": (lambda: ar.Arrangement(Path("data.csv")), ar.DataError, "not Posix"),
    "nothing": (lambda: ar.Arrangement([]), ar.DataError, "no rows"),
    "no columns": (lambda: ar.Arrangement([[], []]), ar.DataError, "no columns"),
    "ragged": (lambda: ar.Arrangement([[1, 2], [3]]), ar.DataError, "row 1 has 1 entries"),
    "NaN": (lambda: ar.Arrangement([[1, 2], [3, NAN]]), ar.DataError, "row 1, column 1: nan"),
    "infinity": (lambda: ar.Arrangement([[1, INF]]), ar.DataError, "row 0, column 1: inf"),
    "None inside": (lambda: ar.Arrangement([[1, None]]), ar.DataError, "column 1: None is not"),
    "text inside": (lambda: ar.Arrangement([[1, "2"]]), ar.DataError, "'2' is text"),
    "rows of text": (lambda: ar.Arrangement(["1,2", "3,4"]), ar.DataError, "row 0 is the text"),
    "complex": (lambda: ar.Arrangement(np.ones((2, 2)) * 1j), ar.DataError, "1j.* not a real"),
    "dates": (
        lambda: ar.Arrangement([[dt.date(2020, 1, 1)]]),
        ar.DataError,
        "row 0, column 0: .*2020.* is not a real number",
    ),
    "masked": (
        lambda: ar.Arrangement(np.ma.masked_invalid([[1.0, NAN]])),
        ar.DataError,
        "row 0, column 1",
    ),
    "objects": (lambda: ar.Arrangement(np.array([[{}]])), ar.DataError, "{} is not a real"),
    "bad decimal": (
        lambda: ar.DataMatrix.from_decimals([["1", "1,5"]], names=["a", "b"]),
        ar.DataError,
        "row 0, column 'b': '1,5' is not a decimal number",
    ),
    "pandas NaN": (
        lambda: ar.Arrangement(pd.DataFrame({"age": [1.0, 2.0], "height": [1.0, None]})),
        ar.DataError,
        "row 1, column 'height': nan is not finite",
    ),
    "pandas NA": (
        lambda: problem(pd.DataFrame({"age": pd.array([1, None, 3], dtype="Int64")})),
        ar.DataError,
        "row 1, column 'age'",
    ),
    "pandas text": (
        lambda: problem(pd.DataFrame({"age": [1, 2, 3], "city": ["Rom", "Bern", "Prag"]})),
        ar.DataError,
        "row 0, column 'city': 'Rom' is text",
    ),
    "pandas dates": (
        lambda: problem(pd.DataFrame({"day": pd.to_datetime(["2020-01-01"] * 3)})),
        ar.DataError,
        "row 0, column 'day'",
    ),
    "pandas categories": (
        lambda: problem(pd.DataFrame({"kind": pd.Categorical(["a", "b", "a"])})),
        ar.DataError,
        "row 0, column 'kind': 'a' is text",
    ),
    "empty frame": (lambda: problem(pd.DataFrame({"age": []})), ar.DataError, "no rows"),
    "polars null": (
        lambda: ar.Arrangement(pl.DataFrame({"age": [1.0, 2.0], "height": [1.0, None]})),
        ar.DataError,
        "row 1, column 'height': None is not a real number",
    ),
    "polars text": (
        lambda: problem(pl.DataFrame({"age": [1, 2, 3], "city": ["Rom", "Bern", "Prag"]})),
        ar.DataError,
        "row 0, column 'city': 'Rom' is text",
    ),
    "missing file": (lambda: ar.read_table("none.csv"), ar.FileError, "none.csv: no such file"),
    "a folder": (lambda: ar.read_table("/"), ar.FileError, "/ cannot be read: Is a directory"),
}

PROBLEMS: dict[str, Row] = {
    "short y": (lambda: problem(y=[1.0]), cx.ArgumentError, "y has 1 entries, X has 3 rows"),
    "long y": (lambda: problem(y=[1.0] * 4), cx.ArgumentError, "y has 4 entries, X has 3 rows"),
    "deep y": (lambda: problem(y=np.ones((3, 2, 1))), cx.ArgumentError, r"y has shape \(3, 2\)"),
    "y across": (
        lambda: problem(y=np.ones((1, 3))),
        cx.ArgumentError,
        "y has 1 rows, X has 3 rows",
    ),
    "y is a number": (lambda: problem(y=1.0), cx.ArgumentError, "y = 1.0 is not a sequence"),
    "y is text": (lambda: problem(y="y"), cx.ArgumentError, "y = 'y' is not a sequence"),
    "NaN in y": (lambda: problem(y=[1, NAN, 2]), cx.ArgumentError, r"y\[1\]: nan"),
    "text in y": (lambda: problem(y=["1", "2", "3"]), cx.ArgumentError, r"y\[0\]: '1'"),
    "complex y": (lambda: problem(y=np.ones(3) * 1j), cx.ArgumentError, r"y\[0\]: .*1j"),
    "dates in y": (
        lambda: problem(y=pd.Series(pd.to_datetime(["2020-01-01"] * 3))),
        cx.ArgumentError,
        r"y\[0\]: .*2020",
    ),
    "a gap beside a solver": (
        lambda: cx.Auto(solver=cx.WorkingSet(), gap=1e-3),
        cx.ArgumentError,
        "gap = 0.001 belongs to the solver",
    ),
    "beta 0": (
        lambda: cx.WorkingSet().propose(problem(beta=0)),
        cx.ArgumentError,
        "solver: beta = 0 is no program with a penalty",
    ),
    "beta -1": (lambda: problem(beta=-1.0), cx.ArgumentError, "beta = -1.0; .*negative"),
    "beta NaN": (lambda: problem(beta=NAN), cx.ArgumentError, "beta: nan .*from 0 on"),
    "beta inf": (lambda: problem(beta=INF), cx.ArgumentError, "beta: inf .*from 0 on"),
    "beta text": (lambda: problem(beta="low"), cx.ArgumentError, "beta: 'low' .*from 0 on"),
    "beta None": (lambda: problem(beta=None), cx.ArgumentError, "beta: None .*from 0 on"),
    "beta array": (lambda: problem(beta=np.ones(2)), cx.ArgumentError, "beta: array.*from 0 on"),
    "loss by name": (
        lambda: problem(loss="squared"),
        cx.ArgumentError,
        "loss = 'squared' is not a Loss instance",
    ),
    "bias by class": (
        lambda: problem(output_bias=cx.FreeBias),
        cx.ArgumentError,
        "output_bias = .* is not an OutputBias instance",
    ),
    "bias by name": (lambda: problem(output_bias="free"), cx.ArgumentError, "output_bias = 'free'"),
    "loss by class": (lambda: problem(loss=cx.Hinge), cx.ArgumentError, "loss = .*Loss instance"),
    "activation by name": (
        lambda: problem(activation="relu"),
        cx.ArgumentError,
        "activation = 'relu' is not an Activation instance",
    ),
    "hidden bias by name": (
        lambda: problem(hidden_bias="free"),
        cx.ArgumentError,
        "hidden_bias = 'free' is not a HiddenBias instance",
    ),
    "free bias without ones": (
        lambda: problem(hidden_bias=cx.FreeHiddenBias()),
        cx.ArgumentError,
        r"hidden_bias = FreeHiddenBias\(\) is about a last column of ones.*append one",
    ),
    "free bias alone": (
        lambda: problem([[1.0], [1.0], [1.0]], hidden_bias=cx.FreeHiddenBias()),
        cx.ArgumentError,
        r"hidden_bias = .* beside others",
    ),
    "numbers for labels": (
        lambda: problem(loss=cx.Logistic()),
        cx.ArgumentError,
        r"y\[1\] = 2.0 is not a label",
    ),
    "sample_weight short": (
        lambda: problem(sample_weight=[1.0, 2.0]),
        cx.ArgumentError,
        "sample_weight has 2 entries, X has 3 rows",
    ),
    "sample_weight negative": (
        lambda: problem(sample_weight=[1.0, -2.0, 1.0]),
        cx.ArgumentError,
        r"sample_weight\[1\].*negative",
    ),
    "sample_weight zero": (
        lambda: problem(sample_weight=[0, 0, 0]),
        cx.ArgumentError,
        "sample_weight",
    ),
    "sample_weight NaN": (
        lambda: problem(sample_weight=[1.0, NAN, 1.0]),
        cx.ArgumentError,
        r"sample_weight\[1\]: nan",
    ),
    "slope NaN": (lambda: cx.LeakyReLU(NAN), cx.ArgumentError, "slope: nan"),
    "slope text": (lambda: cx.LeakyReLU("steep"), cx.ArgumentError, "slope: 'steep'"),
    "both slopes 0": (lambda: cx.TwoSlope(0, 0), cx.ArgumentError, "on = off = 0"),
    "delta 0": (lambda: cx.Huber(0), cx.ArgumentError, "delta = 0"),
    "level 1": (lambda: cx.Quantile(1), cx.ArgumentError, "level = 1"),
    "another activation": (
        lambda: cx.certify(NET, problem(activation=cx.LeakyReLU(0.5))),
        cx.ArgumentError,
        r"the network has activation=ReLU\(\), the problem activation=LeakyReLU\(0.5\)",
    ),
    "wide network": (
        lambda: cx.certify(cx.Network([[1.0] * 3], [1.0]), problem()),
        cx.ArgumentError,
        "the network has 3 inputs, the data 2 columns",
    ),
    "network with a bias": (
        lambda: cx.certify(cx.Network([[1.0, 1.0]], [1.0], 0.5), problem()),
        cx.ArgumentError,
        r"output_bias is 0.5, but the problem has output_bias=NoBias\(\)",
    ),
    "patterns of a sample": (
        lambda: cx.certify(NET, problem(), patterns=ar.sample_patterns(X, 4, seed=0)),
        cx.ArgumentError,
        "needs CompletePatterns",
    ),
    "patterns of other data": (
        lambda: cx.global_optimum(problem(), patterns=ar.enumerate_patterns([[1, 1]])),
        cx.ArgumentError,
        "patterns",
    ),
    "hidden NaN": (
        lambda: cx.Network([[1.0, NAN]], [1.0]),
        cx.ArgumentError,
        r"hidden\[0, 1\] = nan is not finite",
    ),
    "hidden flat": (
        lambda: cx.Network([1.0], [1.0]),
        cx.ArgumentError,
        r"hidden has shape \(1,\)",
    ),
    "hidden text": (lambda: cx.Network([["a"]], [1.0]), cx.ArgumentError, "hidden is not"),
    "hidden ragged": (lambda: cx.Network([[1], [1, 2]], [1]), cx.ArgumentError, "hidden is not"),
    "an output too many": (
        lambda: cx.Network([[1.0]], [[1.0], [2.0]]),
        cx.ArgumentError,
        r"output has shape \(2, 1\)",
    ),
    "bias inf": (
        lambda: cx.Network([[1.0]], [1.0], INF),
        cx.ArgumentError,
        "output_bias = inf is not finite",
    ),
}


def path(*betas: Any, y: Any = Y, **options: Any) -> cx.RegularizationPath:
    return cx.regularization_path(X, y, *betas, **options)


def optimum(start: Any, **options: Any) -> cx.GlobalOptimum:
    return cx.global_optimum(problem(**options), start=start, solver=cx.WorkingSet())


PATHS: dict[str, Row] = {
    "no betas": (lambda: path([]), cx.ArgumentError, "betas is empty; give one value or more"),
    "beta 0": (lambda: path([1.0, 0.0]), cx.ArgumentError, r"betas\[1\]: beta = 0.0; .*positive"),
    "beta -1": (lambda: path([-1]), cx.ArgumentError, r"betas\[0\]: beta = -1; .*negative"),
    "beta NaN": (lambda: path([1, NAN]), cx.ArgumentError, r"betas\[1\]: beta: nan .*from 0 on"),
    "beta inf": (lambda: path([INF]), cx.ArgumentError, r"betas\[0\]: beta: inf .*from 0 on"),
    "beta text": (lambda: path(["low"]), cx.ArgumentError, r"betas\[0\]: beta: 'low'"),
    "beta tiny": (lambda: path([1e-320]), cx.ArgumentError, r"betas\[0\]: .*float64"),
    "a beta": (lambda: path(0.1), cx.ArgumentError, "betas = 0.1 is not .*global_optimum"),
    "a text": (lambda: path("0.1"), cx.ArgumentError, "betas = '0.1' is not a sequence"),
    "beta twice": (lambda: path([1, 0.5, 1.0]), cx.ArgumentError, "holds 1 twice; .* once"),
    "betas, count": (lambda: path([1], count=3), cx.ArgumentError, "betas: count and smallest"),
    "betas, part": (lambda: path([1], smallest=0.1), cx.ArgumentError, "betas: count and smallest"),
    "count 0": (lambda: path(count=0), cx.ArgumentError, "count = 0, but .*at least one"),
    "count 2.5": (lambda: path(count=2.5), cx.ArgumentError, "count = 2.5 is not a whole number"),
    "part 0": (lambda: path(smallest=0), cx.ArgumentError, "smallest = 0: .*between 0 and 1"),
    "part 1": (lambda: path(smallest=1.0), cx.ArgumentError, "smallest = 1.0: .*between 0 and 1"),
    "part NaN": (lambda: path(smallest=NAN), cx.ArgumentError, "smallest = nan: .*between"),
    "part text": (lambda: path(smallest="0.1"), cx.ArgumentError, "smallest = '0.1': .*between"),
    "no grid": (lambda: path(y=[0, 0, 0]), cx.ArgumentError, "optimal for every beta.*give betas"),
    "short y": (lambda: path([1], y=[1.0]), cx.ArgumentError, "y has 1 entries, X has 3 rows"),
    "solver": (lambda: path([1], solver="auto"), cx.ArgumentError, "solver = 'auto' must be an"),
    "sampled": (
        lambda: path([1], patterns=ar.sample_patterns(X, 4, seed=0)),
        cx.ArgumentError,
        "needs CompletePatterns",
    ),
    "wide start": (
        lambda: path([1], start=cx.Network([[1.0] * 3], [1.0])),
        cx.ArgumentError,
        r"start = Network\(1 neurons, 3 inputs\): the network has 3 inputs, the data 2 columns",
    ),
    "start with a bias": (
        lambda: optimum(cx.Network([[1.0, 1.0]], [1.0], 0.5)),
        cx.ArgumentError,
        r"start = .*output_bias is 0.5, but the problem has output_bias=NoBias\(\)",
    ),
    "start of arrays": (
        lambda: optimum((np.ones((1, 2)), np.ones(1))),
        cx.ArgumentError,
        "start = .* is neither a Network nor a result that holds one",
    ),
    "start for a solver": (
        lambda: cx.WorkingSet().propose(problem(), start=cx.Network([[1.0] * 3], [1.0])),
        cx.ArgumentError,
        "the network has 3 inputs, the data 2 columns",
    ),
}

TORCH: dict[str, Row] = {
    "no decay": (lambda: torch(weight_decay=None), cx.ArgumentError, "weight_decay is missing"),
    "decay -1": (lambda: torch(weight_decay=-1), cx.ArgumentError, "weight_decay = -1 must not be"),
    "decay NaN": (lambda: torch(weight_decay=NAN), cx.ArgumentError, "weight_decay: nan"),
    "decay text": (lambda: torch(weight_decay="1e-3"), cx.ArgumentError, "weight_decay: '1e-3'"),
    "reduction": (
        lambda: torch(weight_decay=1, reduction="none"),
        cx.ArgumentError,
        "reduction = 'none'; MSELoss has 'mean' and 'sum' here",
    ),
    "column of ones": (
        lambda: torch(
            model([[1.0, 1.0]], [1.0], hidden_bias=[0.0]), np.c_[np.array(X), np.ones(3)]
        ),
        cx.ArgumentError,
        "X has 3 columns, 0.weight takes 2; leave the column of ones out",
    ),
    "too few columns": (
        lambda: torch(data=[[1.0], [2.0], [3.0]]),
        cx.ArgumentError,
        "X has 1 columns, 0.weight takes 2$",
    ),
    "short y": (lambda: torch(y=[1.0]), cx.ArgumentError, "y has 1 entries, X has 3 rows"),
    "NaN in X": (
        lambda: torch(data=Tensor([[1, NAN], [1, 1], [1, 1]])),
        ar.DataError,
        "row 0, column 1: nan",
    ),
    "tanh": (
        lambda: torch(Sequential(Linear([[1.0, 1.0]]), Tanh(), Linear([[1.0]]))),
        cx.ArgumentError,
        r"Sequential\(Linear, Tanh, Linear\), not Sequential\(Linear, ReLU, Linear\)",
    ),
    "linear": (
        lambda: torch(Sequential(Linear([[1.0, 1.0]]))),
        cx.ArgumentError,
        r"Sequential\(Linear\), not",
    ),
    "deep": (
        lambda: torch(
            Sequential(Linear([[1.0, 1.0]]), ReLU(), Linear([[1.0]]), ReLU(), Linear([[1.0]]))
        ),
        cx.ArgumentError,
        r"Sequential\(Linear, ReLU, Linear, ReLU, Linear\), not",
    ),
    "own module": (
        lambda: torch(Module(weight=Tensor([[1.0]]))),
        cx.ArgumentError,
        "model is a Module, not a Sequential",
    ),
    "a file name": (lambda: torch("model.pt"), cx.ArgumentError, "model is a str"),
    "an array": (lambda: torch(np.ones(3)), cx.ArgumentError, "model is a ndarray"),
    "extra layer": (
        lambda: torch(state(**{"4_weight": np.ones((1, 1))})),
        cx.ArgumentError,
        "has 4.weight; a Sequential",
    ),
    "missing layer": (
        lambda: torch({"0.weight": np.ones((3, 2))}),
        cx.ArgumentError,
        "lacks 2.weight",
    ),
    "other names": (
        lambda: torch({"fc1.weight": np.ones((3, 2)), "fc2.weight": np.ones((1, 3))}),
        cx.ArgumentError,
        "lacks 0.weight, 2.weight and has fc1.weight, fc2.weight",
    ),
    "data parallel": (
        lambda: torch({"module.0.weight": np.ones((3, 2))}),
        cx.ArgumentError,
        "has module.0.weight",
    ),
    "a checkpoint": (
        lambda: torch({"epoch": 3, "model": state()}),
        cx.ArgumentError,
        "lacks 0.weight, 2.weight and has epoch, model",
    ),
    "transposed": (
        lambda: torch(state(**{"2_weight": np.ones((3, 1))})),
        cx.ArgumentError,
        "2.weight takes 1 inputs, 0.weight gives 3",
    ),
    "two outputs": (
        lambda: torch(state(**{"2_weight": np.ones((2, 3))})),
        cx.ArgumentError,
        "y has 1 columns, 2.weight has 2 outputs",
    ),
    "widths differ": (
        lambda: torch(state(**{"2_weight": np.ones((1, 4))})),
        cx.ArgumentError,
        "2.weight takes 4 inputs, 0.weight gives 3",
    ),
    "flat weights": (
        lambda: torch(state(**{"0_weight": np.ones(3)})),
        cx.ArgumentError,
        r"0.weight has shape \(3,\), not \(outputs, inputs\)",
    ),
    "bias shape": (
        lambda: torch(state(**{"0_bias": np.ones(2)})),
        cx.ArgumentError,
        r"0.bias has shape \(2,\), not \(3,\)",
    ),
    "output bias shape": (
        lambda: torch(state(**{"2_bias": np.ones(3)})),
        cx.ArgumentError,
        r"2.bias has shape \(3,\), not \(1,\)",
    ),
    "weights diverged": (
        lambda: torch(state(**{"2_weight": np.ones((1, 3)) * NAN})),
        cx.ArgumentError,
        "2.weight holds NaN or infinity",
    ),
    "complex weights": (
        lambda: torch(state(**{"0_weight": np.ones((3, 2)) * 1j})),
        cx.ArgumentError,
        "0.weight is not a tensor of real numbers but of complex128",
    ),
    "text weights": (
        lambda: torch(state(**{"0_weight": "abc"})),
        cx.ArgumentError,
        "0.weight is not a tensor of real numbers",
    ),
    "AdamW": (
        lambda: trained_by(AdamW, weight_decay=0.1),
        cx.ArgumentError,
        "optimizer is AdamW: decoupled decay",
    ),
    "decoupled": (
        lambda: trained_by(SGD, weight_decay=0.1, decoupled_weight_decay=True),
        cx.ArgumentError,
        "optimizer is SGD: decoupled decay",
    ),
    "decoupled group": (flagged_group, cx.ArgumentError, "decoupled decay"),
    "RMSprop": (
        lambda: trained_by(RMSprop, weight_decay=0.1),
        cx.ArgumentError,
        "optimizer is RMSprop; only SGD and Adam",
    ),
    "optimizer by name": (
        lambda: torch(optimizer="SGD"),
        cx.ArgumentError,
        "optimizer is a str, not a torch optimizer",
    ),
    "one layer not decayed": (
        lambda: grouped(0.1, 0.0, 0.0, 0.0),
        cx.ArgumentError,
        r"different weight decays \[0.0, 0.1\]",
    ),
    "a layer not trained": (
        lambda: grouped(0.1, 0.1, None, None),
        cx.ArgumentError,
        "does not train, and so decay, all parameters",
    ),
    "two decays": (
        lambda: torch(
            weight_decay=0.2,
            optimizer=SGD(model([[1.0, 1.0]], [1.0]).parameters(), weight_decay=0.1),
            net=state(),
        ),
        cx.ArgumentError,
        "weight_decay = 0.2, but the optimizer's is 0.1",
    ),
    "odd suffix": (lambda: cx.load_state_dict(__file__), cx.ArgumentError, ".safetensors, .pt or"),
    "missing weights": (
        lambda: cx.load_state_dict("none.pt"),
        cx.ArgumentError,
        "none.pt: no such file",
    ),
}

ROWS = {
    f"{table}: {name}": row
    for table, rows in (
        ("data", DATA),
        ("problem", PROBLEMS),
        ("path", PATHS),
        ("torch", TORCH),
    )
    for name, row in rows.items()
}


@pytest.mark.parametrize("name", ROWS)
def test_the_right_exception_names_the_culprit(name: str) -> None:
    call, kind, pattern = ROWS[name]
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    message = str(caught.value)
    assert re.search(pattern, message), message
    assert len(message.splitlines()) == 1
    assert len(message) < 400


def test_every_refusal_has_the_root_of_its_package() -> None:
    for kind in (ar.DataError, ar.ArgumentError, ar.FileError, ar.ProofError):
        assert issubclass(kind, ar.ArrangementsError)
    for kind in (cx.ArgumentError, cx.ClaimError, cx.SolverError):
        assert issubclass(kind, cx.ConvexProgramError)


GOOD = {
    "lists": (X, Y),
    "arrays": (np.array(X), np.array(Y)),
    "float32": (np.array(X, dtype=np.float32), np.array(Y, dtype=np.float32)),
    "column of targets": (X, np.array(Y)[:, np.newaxis]),
    "fortran order": (np.asfortranarray(X), Y),
    "fractions": ([[Fraction(entry) for entry in row] for row in X], tuple(map(Fraction, Y))),
    "pandas": (pd.DataFrame(X, columns=["a", "b"]), pd.Series(Y)),
    "pandas target frame": (pd.DataFrame(X), pd.DataFrame({"y": Y})),
    "polars": (pl.DataFrame(X, orient="row"), pl.Series(Y)),
    "shuffled index": (pd.DataFrame(X, index=[7, 7, 3]), pd.Series(Y, index=[1, 0, 2])),
}


@pytest.mark.parametrize("name", GOOD)
def test_the_same_numbers_in_other_clothes(name: str) -> None:
    data, targets = GOOD[name]
    assert problem(data, targets).objective(NET) == problem().objective(NET)
    assert problem(data, targets).data.digest == problem().data.digest


def test_booleans_are_zeros_and_ones() -> None:
    assert ar.DataMatrix.from_array(np.array([[True, False]])).fractions == ((1, 0),)
    assert ar.DataMatrix.from_array(pd.DataFrame({"a": [True]})).fractions == ((1,),)
    assert problem(y=[True, False, True]).exact_targets == (1, 0, 1)


BIG = 2**53 + 1


@pytest.mark.parametrize(
    "data",
    [
        [[BIG, 0.5]],
        np.array([[BIG, 1]], dtype=np.int64),
        pd.DataFrame({"id": [BIG], "part": [0.5]}),
        pl.DataFrame({"id": [BIG], "part": [0.5]}),
    ],
    ids=["list", "numpy", "pandas", "polars"],
)
def test_large_integers_are_kept(data: Any) -> None:
    assert ar.DataMatrix.from_array(data).fractions[0][0] == BIG


def test_large_integers_are_kept_in_files(tmp_path: Path) -> None:
    np.save(tmp_path / "big.npy", np.array([[BIG, 1]], dtype=np.int64))
    (tmp_path / "big.csv").write_text(f"{BIG},1\n")
    for name in ("big.npy", "big.csv"):
        assert ar.read_table(tmp_path / name).matrix.fractions == ((BIG, 1),)


@pytest.mark.parametrize("make", [csr_array, csr_matrix, csc_matrix, coo_array, coo_matrix])
def test_sparse_matrices_are_read(make: Any) -> None:
    assert ar.DataMatrix.from_array(make(np.eye(2))).fractions == ((1, 0), (0, 1))
    stored = make(np.array([[0.1, 0], [0, 0], [-3, 0.5]]))
    assert ar.DataMatrix.from_array(stored) == ar.DataMatrix.from_array(stored.toarray())

"""A data person: pandas, polars, sparse and Arrow hold the same numbers; files go in and out."""

import gzip
import tempfile
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
from scipy import sparse

import arrangements as ar
import convex_program as cx

frame = pd.DataFrame({"a": [0.5, -1.0, 2.0, 0.0], "b": [1.0, 0.25, 0.0, -3.0]})
wanted = ar.as_data_matrix(frame).digest
same = [
    pl.from_pandas(frame),
    pl.from_pandas(frame).lazy(),
    pa.Table.from_pandas(frame),
    sparse.csr_array(frame.to_numpy()),
    frame.to_numpy().tolist(),
]
for one in same:
    assert ar.as_data_matrix(one).digest == wanted, type(one)

verdict = cx.global_optimum(cx.TrainingProblem(frame, [1.0, 0.0, 2.0, -1.0], beta=0.25))
assert verdict.relative_gap < 1e-9

with tempfile.TemporaryDirectory() as folder:
    plain = frame.assign(y=[1.0, 0.0, 2.0, -1.0])
    plain.to_csv(Path(folder) / "t.csv", index=False)
    plain.to_parquet(Path(folder) / "t.parquet")
    with gzip.open(Path(folder) / "t.csv.gz", "wt") as stream:
        plain.to_csv(stream, index=False)
    for name in ("t.csv", "t.parquet", "t.csv.gz"):
        features, _ = ar.read_table(Path(folder) / name).split("y")
        assert features.names == ("a", "b")
        assert features.matrix.digest == wanted, name
    # a frame's index written with it is pointed out
    plain.to_csv(Path(folder) / "i.csv")
    assert ar.read_table(Path(folder) / "i.csv").remarks
print(verdict)

"""What a clumsy user types: one clear line, the right exit code, and no file left behind."""

from __future__ import annotations

import gzip
import json
import pickle
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from front_doors.tools import call, contents
from plain_claims import save_plain
from safetensors.numpy import save_file

import convex_program as cx

GOOD = "a,b,y\n1,2,1\n3,-1,2\n-2,1,0.5\n0,1,1\n"

TEXTS: dict[str, str | bytes] = {
    "good.csv": GOOD,
    "empty.csv": "",
    "blank.csv": "\n \n\n",
    "header.csv": "a,b,y\n",
    "ragged.csv": "a,b,y\n1,2,3\n4,5\n",
    "long-row.csv": "a,b\n1,2\n3,4,5\n",
    "nan.csv": "a,y\n1,2\nNaN,3\n",
    "inf.csv": "a,y\n1,2\n-inf,3\n",
    "hole.csv": "a,y\n1,2\n,3\n",
    "text.csv": "name,a,y\nBob,1,2\nAnn,2,1\n",
    "half-header.csv": "1,x\n2,3\n",
    "typo.csv": "1,2\n3,4O\n",
    "comma.csv": "a;y\n1,5;2,5\n",
    "comma-headless.csv": "1,5;2,5\n3,5;1,5\n",
    "twice.csv": "a,a,y\n1,2,3\n2,1,3\n",
    "one.csv": "y\n1\n2\n",
    "headless.csv": "1,2,3\n4,5,7\n",
    "zero.csv": "a,y\n1/0,2\n",
    "digits.csv": "a,y\n" + "9" * 5000 + ",2\n",
    "cell.csv": 'a,y\n"' + "1" * 200_000 + '",2\n',
    "huge.csv": "a,y\n1,1e400\n2,1\n",
    "large.csv": "a,y\n1,1e200\n2,1\n",
    "tabs.csv": "a\tb\ty\n1\t2\t\n",
    "wide.csv": "a,y\n１,２\n",  # noqa: RUF001 - full-width digits, as East Asian keyboards type
    "utf16.csv": GOOD.encode("utf-16-le"),
    "cut.csv.gz": gzip.compress(GOOD.encode())[:-9],
    "no.parquet": b"PAR1 and nothing else",
    "sheet.xlsx": b"PK\x03\x04 and more",
    "rows.json": b"[[1, 2], [3, 4]]",
    "latin1.csv": "größe,y\n1,2\n".encode("latin-1"),
    "binary.csv": b"a,b\x00\x01\n",
    "pickle.csv": pickle.dumps({"X": [[1.0]]}),
    "pickle.npy": pickle.dumps({"X": [[1.0]]}),
    "empty.npy": b"",
    "text.npy": GOOD,
    "text.npz": GOOD,
    "text.safetensors": GOOD,
    "weights.pth": b"not a pickle",
    "no-claim.json": '{"kind": "cake"}',
    "list.json": "[1, 2]",
    "deep.json": "[" * 100_000,
    "labels.csv": "a,b,w,y\n1,2,1,no\n3,-1,2,yes\n-2,1,0.5,no\n",
    "three.csv": "a,y\n1,no\n2,yes\n3,maybe\n",
    "mixed-labels.csv": "a,y\n1,no\n2,1\n",
    "missing-label.csv": "a,y\n1,no\n2,NA\n3,yes\n",
    "weights.csv": "a,w,y\n1,1,1\n2,-1,2\n",
    "no-weights.csv": "a,w,y\n1,0,1\n2,0,2\n",
    "only-weights.csv": "w,y\n1,1\n2,2\n",
}

ARRAYS: dict[str, Any] = {
    "vector.npy": np.ones(3),
    "cube.npy": np.ones((2, 2, 2)),
    "scalar.npy": np.float64(3.0),
    "complex.npy": np.ones((2, 2)) * 1j,
    "dates.npy": np.array([["2020-01-01", "2020-01-02"]], dtype="M8[D]"),
    "words.npy": np.array([["1", "2"]]),
    "records.npy": np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
    "no-rows.npy": np.empty((0, 3)),
    "no-columns.npy": np.empty((3, 0)),
    "nan.npy": np.array([[1.0, np.nan]]),
    "objects.npy": np.array([[{}, 1]], dtype=object),
}

ONES = np.ones((1, 2))
ARCHIVES: dict[str, dict[str, Any]] = {
    "two.npz": {"a": ONES, "b": np.ones(2)},
    "none.npz": {},
    "objects.npz": {"X": np.array([[{}, 1]], dtype=object)},
    "net-no-hidden.npz": {"output": np.ones(1)},
    "net-extra.npz": {"hidden": ONES, "output": np.ones(1), "gain": np.ones(1)},
    "net-complex.npz": {"hidden": ONES * 1j, "output": np.ones(1)},
    "net-words.npz": {"hidden": np.array([["1", "2"]]), "output": np.ones(1)},
    "net-word-bias.npz": {"hidden": ONES, "output": np.ones(1), "output_bias": np.array("x")},
    "net-biases.npz": {"hidden": ONES, "output": np.ones(1), "output_bias": np.ones(2)},
    "net-nan.npz": {"hidden": ONES * np.nan, "output": np.ones(1)},
    "net-short.npz": {"hidden": ONES, "output": np.ones(2)},
    "net-outputs.npz": {"hidden": ONES, "output": np.ones((1, 2))},
    "net-flat.npz": {"hidden": np.ones(2), "output": np.ones(1)},
    "net-wide.npz": {"hidden": np.ones((2, 5)), "output": np.ones(2)},
    "net-bias.npz": {"hidden": ONES, "output": np.ones(1), "output_bias": 1.0},
    "net.npz": {"hidden": ONES, "output": np.ones(1)},
}

STATES: dict[str, dict[str, Any]] = {
    "deep.safetensors": {"0.weight": ONES, "2.weight": ONES, "4.weight": ONES},
    "state.safetensors": {"0.weight": np.ones((3, 2)), "2.weight": np.ones((1, 3))},
    "turned.safetensors": {"0.weight": np.ones((2, 3)), "2.weight": np.ones((3, 1))},
    "wide.safetensors": {"0.weight": np.ones((3, 5)), "2.weight": np.ones((1, 3))},
}


def _claims(folder: Path) -> None:
    problem = cx.TrainingProblem([[-0.2, 1.0], [1.0, 1.0]], [0.5, 1.0], 0.1)
    save_plain(cx.global_optimum(problem).claim(), folder / "claim.json")
    text = (folder / "claim.json").read_text()
    (folder / "cut.json").write_text(text[: len(text) // 2])

    def spoilt(name: str, *path: Any, value: Any) -> None:
        record = json.loads(text)
        place = record
        for key in path[:-1]:
            place = place[key]
        if value is None:
            del place[path[-1]]
        else:
            place[path[-1]] = value
        (folder / name).write_text(json.dumps(record))

    spoilt("schema.json", "schema", value=9)
    spoilt("packed.json", "schema", value=1)
    spoilt("no-dual.json", "dual", value=None)
    spoilt("no-beta.json", "problem", "beta", value=None)
    spoilt("scale-text.json", "dual", "scale", value="1.0")
    spoilt("scale-nan.json", "dual", "scale", value=float("nan"))
    spoilt("beta-number.json", "problem", "beta", value=0.1)
    spoilt("beta-power.json", "problem", "beta", value="1e999999999")
    spoilt("beta-divided.json", "problem", "beta", value="1/0")
    spoilt("beta-negative.json", "problem", "beta", value="-1/10")
    spoilt("loss.json", "problem", "loss", value="cubic")
    spoilt("upper.json", "upper", value="0")
    spoilt("lower.json", "lower", value="1")
    spoilt("network.json", "network", "hidden", value=[[1.0]])
    spoilt("cells.json", "dual", "cells", value=[[0, 1]])


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workshop")
    for name, text in TEXTS.items():
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    for name, array in ARRAYS.items():
        np.save(folder / name, array)
    for name, arrays in ARCHIVES.items():
        np.savez(folder / name, **arrays)
    for name, state in STATES.items():
        save_file(state, folder / name)
    (folder / "folder.csv").mkdir()
    shutil.copy(folder / "vector.npy", folder / "array.npz")
    shutil.copy(folder / "net.npz", folder / "archive.npy")
    for name in ("vector.npy", "net.npz"):
        whole = (folder / name).read_bytes()
        (folder / f"cut-{name}").write_bytes(whole[: len(whole) // 2])
    np.savez_compressed(folder / "whole.npz", X=np.arange(60.0).reshape(20, 3))
    damaged = bytearray((folder / "whole.npz").read_bytes())
    damaged[80] ^= 255
    (folder / "damaged.npz").write_bytes(damaged)
    _claims(folder)
    return folder


INFO = "arrangements info"
SOLVE = "convex-program solve good.csv --target y"
CERTIFY = "convex-program certify"
RIGHT = "good.csv --target y --beta 0.1"
PATH = "convex-program path good.csv --target y"
STUDY = "arrangements study good.csv -o study.jsonl"
CLAIM = "convex-program verify"

# What is typed, the exit code, and a pattern in the one line it gets.
TABLE = [
    # Files that are not there, or not files.
    (f"{INFO} missing.csv", 2, "'missing.csv' does not exist"),
    (f"{INFO} folder.csv", 1, "folder.csv is no pattern store"),
    (f"{INFO} empty.csv", 1, "empty.csv is empty"),
    (f"{INFO} empty.npy", 1, "empty.npy is empty"),
    (f"{INFO} blank.csv", 1, "blank.csv has no rows"),
    (f"{INFO} header.csv", 1, "header.csv has a header but no rows"),
    # CSV files of another kind than their name says.
    (f"{INFO} utf16.csv", 1, "utf16.csv is a binary file, not CSV text"),
    (f"{INFO} cut.csv.gz", 1, "cut.csv.gz is damaged"),
    (f"{INFO} no.parquet", 1, "no.parquet is no Parquet file that can be read"),
    (f"{INFO} sheet.xlsx", 1, "sheet.xlsx is an archive or a spreadsheet; save it as CSV"),
    (f"{INFO} rows.json", 1, "rows.json has a header but no rows; it looks like JSON"),
    (f"{INFO} latin1.csv", 1, "latin1.csv is not UTF-8 text; save it"),
    (f"{INFO} binary.csv", 1, "binary.csv is a binary file"),
    (f"{INFO} pickle.csv", 1, "pickle.csv is not UTF-8 text"),
    # Cells.
    (f"{INFO} ragged.csv", 1, "ragged.csv, line 3 has 2 entries where 3"),
    (f"{INFO} long-row.csv", 1, "long-row.csv, line 3 has 3 entries where 2"),
    (f"{INFO} nan.csv", 1, "line 3, column 'a': 'NaN' is not .*remove or impute the row"),
    (f"{INFO} inf.csv", 1, "line 3, column 'a': '-inf' is not .*remove or impute the row"),
    (f"{INFO} hole.csv", 1, "line 3, column 'a' is empty; remove or impute the row"),
    (f"{INFO} tabs.csv", 1, "line 2, column 'y' is empty"),
    (f"{INFO} text.csv", 1, "line 2, column 'name': 'Bob' is not .*the row or the column"),
    (f"{INFO} typo.csv", 1, "line 2, column '1': '4O' is not .*correct it"),
    (f"{INFO} half-header.csv", 1, r"line 1 holds both text \('x'\) and numbers \('1'\)"),
    (f"{INFO} comma.csv", 1, "line 2, column 'a': '1,5' is not .*write decimal points"),
    (f"{INFO} comma-headless.csv", 1, "line 2, column '1,5': '3,5' .*write decimal points"),
    (f"{INFO} zero.csv", 1, "line 2, column 'a': '1/0' divides by zero"),
    (f"{INFO} digits.csv", 1, "line 2, column 'a': a cell of 5000 characters"),
    (f"{INFO} cell.csv", 1, "cell.csv, line 2 is not CSV"),
    (f"{INFO} wide.csv", 1, "line 2, column 'a': '１' is not a decimal"),  # noqa: RUF001
    # Columns.
    (f"{INFO} good.csv --drop z", 2, "no column 'z'; the columns are a, b, y"),
    (f"{INFO} good.csv --drop 3", 2, "no column '3'; the columns are a, b, y"),
    (f"{INFO} good.csv --drop --1", 2, "no column '--1'"),
    (f"{INFO} good.csv --drop ²", 2, "no column '²'"),
    (f"{INFO} good.csv --columns a,a", 2, "column 'a' is chosen twice in a,a"),
    (f"{INFO} good.csv --columns a,0", 2, "column 'a' is chosen twice in a,0"),
    (f"{INFO} good.csv --columns ,", 2, "no column chosen"),
    (f"{INFO} good.csv --drop y --columns a,y", 2, "'y' cannot be chosen and left out"),
    (f"{INFO} headless.csv --drop 0 --columns 0", 2, "'0' cannot be chosen and left out"),
    (f"{INFO} twice.csv --drop a", 2, "column 'a' occurs 2 times"),
    (f"{INFO} one.csv --drop y", 2, "no column is left beside y"),
    # Binary files.
    (f"{INFO} vector.npy", 1, r"two dimensions, not 1; .*X.reshape\(-1, 1\)"),
    (f"{INFO} cube.npy", 1, "two dimensions, not 3"),
    (f"{INFO} scalar.npy", 1, "two dimensions, not 0"),
    (f"{INFO} complex.npy", 1, r"row 0, column 0: .*1j\) is not a real number"),
    (f"{INFO} dates.npy", 1, "row 0, column 0: .*2020-01-01.* is not a real number"),
    (f"{INFO} words.npy", 1, "row 0, column 0: .*'1'.* is text"),
    (f"{INFO} records.npy", 1, "two dimensions, not 1"),
    (f"{INFO} no-rows.npy", 1, "no rows"),
    (f"{INFO} no-columns.npy", 1, "no columns"),
    (f"{INFO} nan.npy", 1, "row 0, column 1: nan is not finite; remove or impute"),
    (f"{INFO} objects.npy", 1, "objects.npy is not a whole NPY file without pickles"),
    (f"{INFO} objects.npz", 1, "objects.npz is not a whole NPZ file without pickles"),
    (f"{INFO} pickle.npy", 1, "pickle.npy is not an NPY file"),
    (f"{INFO} text.npy", 1, "text.npy is not an NPY file"),
    (f"{INFO} text.npz", 1, "text.npz is not an NPZ file"),
    (f"{INFO} cut-vector.npy", 1, "cut-vector.npy is not a whole NPY file"),
    (f"{INFO} cut-net.npz", 1, "cut-net.npz is not a whole NPZ file"),
    (f"{INFO} damaged.npz", 1, "damaged.npz is not a whole NPZ file"),
    (f"{INFO} array.npz", 1, "array.npz is an NPY file named .npz; rename it"),
    (f"{INFO} archive.npy", 1, "archive.npy is an NPZ archive named .npy; rename it"),
    (f"{INFO} two.npz", 1, "two.npz holds a, b; name the data 'X'"),
    (f"{INFO} none.npz", 1, "none.npz holds nothing; name the data 'X'"),
    # Commands and flags.
    (INFO, 2, "Missing argument"),
    ("arrangements cuont good.csv", 2, "No such command 'cuont'"),
    (f"{INFO} good.csv --bais", 2, "No such option: --bais"),
    (f"{INFO} good.csv extra.csv", 2, "unexpected extra argument"),
    (f"{INFO} good.csv --drop", 2, "'--drop' requires an argument"),
    ("convex-program solve good.csv --beta 0.1", 2, "Missing option '--target'"),
    (SOLVE, 2, "Missing option '--beta'"),
    (f"{SOLVE} --beta 0.1 --output-bias maybe", 2, "'maybe' is not one of"),
    (f"{SOLVE} --beta -1", 2, "beta = '-1'; weight decay must not be negative"),
    (f"{SOLVE} --beta nan", 2, "--beta: 'nan' is not a decimal number"),
    (f"{SOLVE} --beta inf", 2, "--beta: 'inf' is not a decimal number"),
    (f"{SOLVE} --beta small", 2, "--beta: 'small' is not a decimal number"),
    (f"{SOLVE} --beta 0,1", 2, "--beta: '0,1' is not a decimal number"),
    (f"{SOLVE} --beta 1e400", 2, "range of float64"),
    (f"{SOLVE} --beta 0.1 --max-gap tiny", 2, "Invalid value for '--max-gap'"),
    (f"{SOLVE} --beta 0.1 --max-gap nan", 2, "nan is not a number from 0 on"),
    (f"{SOLVE} --beta 0.1 --max-gap -1", 2, "-1.0 is not a number from 0 on"),
    (f"{SOLVE} --beta 0.1 --time-limit soon", 2, "Invalid value for '--time-limit'"),
    (f"{SOLVE} --beta 0.1 --time-limit nan", 2, "nan is not a number of seconds from 0 on"),
    (f"{SOLVE} --beta 0.1 --time-limit -1", 2, "-1.0 is not a number of seconds from 0 on"),
    (f"{SOLVE} --beta 0.1 --columns y", 2, "'y' cannot be a feature and the target"),
    (f"{SOLVE} --beta 0.1 --columns c", 2, "no column 'c'"),
    ("convex-program solve good.csv --target z --beta 1", 2, "no column 'z'"),
    ("convex-program solve one.csv --target y --beta 1", 2, "no column is left beside y"),
    ("convex-program solve huge.csv --target y --beta 1", 2, "too large for a float64"),
    # Losses, activations, biases, weights.
    (f"{SOLVE} --beta 1 --loss cubic", 2, "'cubic' is not one of .*'squared-hinge'"),
    (f"{SOLVE} --beta 1 --delta 1", 2, "--delta goes with --loss huber; leave it out"),
    (f"{SOLVE} --beta 1 --loss quantile --delta 1", 2, "--delta goes with --loss huber"),
    (f"{SOLVE} --beta 1 --loss huber --level 0.5", 2, "--level goes with --loss quantile"),
    (f"{SOLVE} --beta 1 --loss huber --delta 0", 2, "--delta = 0 must be above 0"),
    (f"{SOLVE} --beta 1 --loss huber --delta x", 2, "--delta: 'x' is not a decimal number"),
    (f"{SOLVE} --beta 1 --loss quantile --level 1", 2, "--level = 1 must be between 0 and 1"),
    (f"{SOLVE} --beta 1 --activation tanh", 2, "'tanh' is not one of .*'leaky-relu'"),
    (f"{SOLVE} --beta 1 --slope 0.1", 2, "--slope goes with --activation leaky-relu"),
    (
        f"{SOLVE} --beta 1 --activation absolute-value --slope 0.1",
        2,
        "--slope goes with --activation leaky-relu",
    ),
    (f"{SOLVE} --beta 1 --activation leaky-relu --slope nan", 2, "--slope: 'nan' is not a deci"),
    (f"{SOLVE} --beta 1 --hidden-bias free", 2, "last column of ones.*--bias on the command"),
    (f"{SOLVE} --beta 1 --hidden-bias none", 2, "'none' is not one of 'decayed', 'free'"),
    (f"{SOLVE} --beta 1 --loss logistic", 2, "is not a label; this loss takes -1 and 1, 0 and 1"),
    (f"{SOLVE} --beta 1 --sample-weight c", 2, "no column 'c'"),
    (f"{SOLVE} --beta 1 --sample-weight y", 2, "'y' is named twice among targets"),
    (
        f"{SOLVE} --beta 1 --sample-weight a --columns a,b",
        2,
        "'a' cannot be a feature and the target or the sample weight",
    ),
    (f"{SOLVE} --beta 1 --sample-weight 1 --columns b", 2, "'b' cannot be a feature and"),
    (
        "convex-program solve weights.csv --target y --beta 1 --sample-weight w",
        2,
        r"sample_weight\[1\] = -1 must not be negative",
    ),
    (
        "convex-program solve no-weights.csv --target y --beta 1 --sample-weight w",
        2,
        "sample_weight is zero everywhere",
    ),
    (
        "convex-program solve only-weights.csv --target y --beta 1 --sample-weight w",
        2,
        "no column is left beside y, w",
    ),
    (
        "convex-program solve labels.csv --target y --beta 1",
        1,
        "line 2, column 'y': 'no' is not a decimal number.*",
    ),
    (
        "convex-program solve labels.csv --target w --loss hinge --beta 1",
        1,
        "column 'y': 'no' is not a decimal number",
    ),
    (
        "convex-program solve labels.csv --target z --loss hinge --beta 1",
        2,
        "no column 'z'; the columns are a, b, w, y",
    ),
    (
        "convex-program solve three.csv --target y --loss hinge --beta 1",
        2,
        r"--target: column 'y' holds 3 classes \(maybe, no, yes\); --loss hinge takes two",
    ),
    (
        "convex-program path three.csv --target y --loss logistic",
        2,
        "holds 3 classes .*--loss logistic takes two",
    ),
    (
        "convex-program solve mixed-labels.csv --target y --loss hinge --beta 1",
        1,
        "line 3, column 'y': '1' is a number among texts such as 'no'",
    ),
    (
        "convex-program solve missing-label.csv --target y --loss hinge --beta 1",
        1,
        "line 3, column 'y': 'NA' is no label; remove or impute the row",
    ),
    (f"{CERTIFY} net.npz {RIGHT} --delta 1", 2, "--delta goes with --loss huber"),
    (f"{CERTIFY} net.npz {RIGHT} --hidden-bias free", 2, "last column of ones"),
    (f"{PATH} --slope 1", 2, "--slope goes with --activation leaky-relu"),
    (f"{PATH} --loss hinge", 2, "is not a label"),
    # Paths.
    (f"{PATH} --betas 1,,2", 2, "--betas: '' is not a decimal number"),
    (f"{PATH} --betas 1,nan", 2, "--betas: 'nan' is not a decimal number"),
    (f"{PATH} --betas 1,1.0", 2, "betas holds 1 twice"),
    (f"{PATH} --betas 1 --count 3", 2, "betas: count and smallest make the grid when"),
    (f"{PATH} --count 0", 2, "Invalid value for '--count'"),
    (f"{PATH} --count 99999999999", 2, "Invalid value for '--count'"),
    (f"{PATH} --smallest 0", 2, "smallest = 0.0: .*between 0 and 1"),
    (f"{PATH} --smallest nan", 2, "smallest = nan: .*between 0 and 1"),
    (f"{PATH} --time-limit -1", 2, "-1.0 is not a number of seconds from 0 on"),
    (f"{PATH} --max-gap nan", 2, "nan is not a number from 0 on"),
    (f"{PATH} --csv good.csv", 2, "--csv: good.csv is read too"),
    (f"{PATH} --csv x.png --plot x.png", 2, "--plot: x.png is also that of --csv"),
    (f"{PATH} --plot x.doc", 2, "ends in .png, .pdf, .svg"),
    ("convex-program path good.csv --target z", 2, "no column 'z'"),
    # Studies.
    (f"{STUDY} --roundings {'9' * 20}", 2, "digits=9+: at most 100,000 digits are kept"),
    (f"{STUDY} --roundings {'9' * 5000}", 2, "--roundings: .* digits are too many"),
    (f"{STUDY} --threads 100000", 2, "Invalid value for '--threads'"),
    (f"{STUDY} --rows {'9' * 5000}", 2, "--rows: 9+... is too long for a count"),
    (f"{STUDY} --max-rank 0", 2, "choose from 1 to 3"),
    # Files to write.
    ("arrangements enumerate good.csv -o none/p.npz", 2, "--out: none/p.npz cannot be written"),
    ("arrangements enumerate good.csv -o folder.csv", 2, "--out: folder.csv is a folder"),
    ("arrangements enumerate good.csv -o good.csv", 2, "--out: good.csv is read too"),
    ("arrangements enumerate good.csv -o /dev/null", 2, "--out: /dev/null is not a regular"),
    ("arrangements enumerate good.csv -o /proc/p.npz", 2, "/proc/p.npz cannot be written"),
    ("arrangements enumerate good.csv -o good.csv/p", 2, "good.csv/p cannot be written"),
    (f"arrangements enumerate good.csv -o {'p' * 300}", 2, "p cannot be written: File name too"),
    (f"{SOLVE} --beta 1 --claim none/c.json", 2, "--claim: none/c.json cannot be written"),
    (f"{SOLVE} --beta 1 --network folder.csv", 2, "--network: folder.csv is a folder"),
    (f"{SOLVE} --beta 1 --claim x --network x", 2, "--network: x is also that of --claim"),
    (f"{CERTIFY} net.npz {RIGHT} --best-network net.npz", 2, "net.npz is read too"),
    # Networks.
    (f"{CERTIFY} good.csv {RIGHT}", 1, "good.csv is not an NPZ file"),
    (f"{CERTIFY} vector.npy {RIGHT}", 1, "vector.npy holds one array; save hidden and output"),
    (f"{CERTIFY} cut-net.npz {RIGHT}", 1, "cut-net.npz is not a whole NPZ file"),
    (f"{CERTIFY} damaged.npz {RIGHT}", 1, "damaged.npz holds X; a network has"),
    (f"{CERTIFY} objects.npz {RIGHT}", 1, "objects.npz holds X; a network has"),
    (f"{CERTIFY} none.npz {RIGHT}", 1, "none.npz holds nothing; a network has hidden"),
    (f"{CERTIFY} net-no-hidden.npz {RIGHT}", 1, "holds output; a network has hidden"),
    (f"{CERTIFY} net-extra.npz {RIGHT}", 1, "holds gain, hidden, output; a network has"),
    (f"{CERTIFY} net-complex.npz {RIGHT}", 1, "hidden holds complex128, not real numbers"),
    (f"{CERTIFY} net-words.npz {RIGHT}", 1, "hidden holds <U1, not real numbers"),
    (f"{CERTIFY} net-word-bias.npz {RIGHT}", 1, "output_bias holds <U1, not real numbers"),
    (f"{CERTIFY} net-biases.npz {RIGHT}", 1, r"output_bias has shape \(2,\)"),
    (f"{CERTIFY} net-nan.npz {RIGHT}", 1, r"hidden\[0, 0\] = nan is not finite"),
    (f"{CERTIFY} net-short.npz {RIGHT}", 1, "output has shape .*hidden has 1 neurons"),
    (f"{CERTIFY} net-outputs.npz {RIGHT}", 2, "the network has 2 outputs, the problem 1"),
    (f"{CERTIFY} net-flat.npz {RIGHT}", 1, r"hidden has shape \(2,\), not \(neurons, features\)"),
    (f"{CERTIFY} net-wide.npz {RIGHT}", 2, "5 inputs, the data 2 columns"),
    (f"{CERTIFY} net.npz {RIGHT} --bias", 2, "2 inputs, the data 3 columns .*column of ones"),
    (f"{CERTIFY} net-bias.npz {RIGHT}", 2, r"output_bias is 1.0, .*use FreeBias\(\)"),
    (f"{CERTIFY} net.npz good.csv --target y", 2, "give one of --beta .* and --weight-decay"),
    (f"{CERTIFY} net.npz {RIGHT} --weight-decay 1", 2, "give one of --beta .* and --weight-decay"),
    (f"{CERTIFY} net.npz {RIGHT} --reduction sum", 2, "--reduction goes with --weight-decay"),
    (f"{CERTIFY} net.npz good.csv --target y --weight-decay 1", 2, "--weight-decay is PyTorch's"),
    # State dicts.
    (f"{CERTIFY} text.safetensors {RIGHT}", 1, "text.safetensors is not a whole safetensors"),
    (f"{CERTIFY} deep.safetensors {RIGHT}", 2, "the state dict has 4.weight; a Sequential"),
    (f"{CERTIFY} turned.safetensors {RIGHT}", 2, "2.weight takes 1 inputs, 0.weight gives 2"),
    (f"{CERTIFY} wide.safetensors {RIGHT}", 2, "X has 2 columns, 0.weight takes 5"),
    (f"{CERTIFY} wide.safetensors {RIGHT} --bias", 2, "--bias: a PyTorch model says itself which"),
    (f"{CERTIFY} state.safetensors {RIGHT} --output-bias free", 2, "the model has no 2.bias"),
    (f"{CERTIFY} state.safetensors {RIGHT} --hidden-bias free", 2, "the model has no 0.bias"),
    (
        f"{CERTIFY} state.safetensors good.csv --target y --weight-decay -1",
        2,
        "weight_decay = -1 must not be negative",
    ),
    (
        f"{CERTIFY} state.safetensors good.csv --target y --weight-decay 1 --loss logistic",
        2,
        "y.* is not a label",
    ),
    (f"{CERTIFY} missing.pt {RIGHT}", 2, "'missing.pt' does not exist"),
    # Claims.
    (f"{CLAIM} missing.json", 2, "'missing.json' does not exist"),
    (f"{CLAIM} good.csv", 1, "good.csv is not whole JSON"),
    (f"{CLAIM} net.npz", 1, "net.npz is not whole JSON"),
    (f"{CLAIM} deep.json", 1, "deep.json is not whole JSON"),
    (f"{CLAIM} list.json", 1, "list.json is not a claim"),
    (f"{CLAIM} no-claim.json", 1, "no-claim.json is not a claim"),
    (f"{CLAIM} cut.json", 1, "cut.json is not whole JSON"),
    (f"{CLAIM} schema.json", 1, "schema.json has schema 9; this version reads schemas 0 to 3"),
    (
        f"{CLAIM} packed.json",
        1,
        "has schema 1, whose head is one line of JSON with binary sections",
    ),
    (f"{CLAIM} no-dual.json", 1, "not a whole claim: 'dual' is missing"),
    (f"{CLAIM} no-beta.json", 1, "not a whole claim: 'beta' is missing"),
    (f"{CLAIM} scale-text.json", 1, "'1.0' is not a number"),
    (f"{CLAIM} scale-nan.json", 1, "nan is not finite"),
    (f"{CLAIM} beta-number.json", 1, "0.1 is not a quotient written as text"),
    (f"{CLAIM} beta-power.json", 1, "beta-power.json is not a claim this version reads"),
    (f"{CLAIM} beta-divided.json", 1, "not a claim this version reads"),
    (f"{CLAIM} beta-negative.json", 1, "beta = -1/10 is not positive"),
    (f"{CLAIM} loss.json", 1, "loss .cubic. is unknown; known: squared"),
    (f"{CLAIM} upper.json", 1, "the network's objective is .*, the claim says at most 0"),
    (f"{CLAIM} lower.json", 1, "the dual value is .*, the claim says at least 1"),
    (f"{CLAIM} network.json", 1, "1 neurons|a neuron does not have 2 weights"),
    (f"{CLAIM} cells.json", 1, "not a claim this version reads"),
    (f"{CLAIM} claim.json --max-gap 0", 1, "relative gap .* is larger than 0"),
    # Pattern files.
    ("arrangements verify good.csv", 1, "good.csv is not a whole NPZ file"),
    ("arrangements verify net.npz", 1, "net.npz is not a whole pattern file"),
    (
        "arrangements verify net.npz --bias",
        2,
        "--bias, --as-float and --rank describe --data: give it",
    ),
    ("arrangements verify net.npz --data none.csv", 2, "'none.csv' does not exist"),
]


def test_the_table_is_long_and_lists_nothing_twice() -> None:
    assert len({typed for typed, _, _ in TABLE}) == len(TABLE) >= 60


@pytest.mark.parametrize(("typed", "code", "pattern"), TABLE, ids=[row[0][:60] for row in TABLE])
def test_one_clear_line(
    typed: str, code: int, pattern: str, workshop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workshop)
    before = contents(workshop)
    answer = call(*typed.split(" "))
    assert re.search(pattern, answer.message), answer.err
    assert answer.code == code
    if "--max-gap 0" not in typed:
        assert answer.out == ""
    assert contents(workshop) == before


def test_torch_files_say_that_torch_is_missing(
    workshop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    monkeypatch.chdir(workshop)
    answer = call(*f"{CERTIFY} weights.pth {RIGHT}".split())
    assert answer.code == 1
    assert "reading .pt files needs torch; install it, or save" in answer.message


def test_targets_whose_squares_are_no_floats(
    workshop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workshop)
    answer = call(*["convex-program", "solve", "large.csv", "--target", "y", "--beta", "1"])
    assert answer.code in (1, 2)
    assert "float64" in answer.message


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "excel.csv").write_bytes(GOOD.encode("utf-8-sig"))
    answer = call("arrangements", "info", tmp_path / "excel.csv", "--drop", "a", "--json")
    assert answer.json["column_names"] == ["b", "y"]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "locked.csv"
    path.write_text(GOOD)
    path.chmod(0)
    try:
        path.read_bytes()
    except PermissionError:
        answer = call("arrangements", "info", path)
        assert answer.code in (1, 2)
        assert "locked.csv" in answer.message

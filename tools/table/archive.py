"""The folder that is kept and cited: table, data, claims, checker, and a checksum for each file."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable
from pathlib import Path

from data_sets import DATA_SETS, labels
from problems import COLUMN, SHARE, SHARE_ABOVE
from rows import SEED, Row, digest
from trainers import TRAINERS

import arrangements as ar

CHECKER = Path(__file__).parents[1] / "check_claim.py"
JOURNAL = "journal.jsonl"
SUMS = "SHA256SUMS"

_README = """# Certified gaps of trained ReLU networks on real data

Made by relu-arrangements {version}, `make table`.

| file | holds |
|---|---|
| `table.csv` | a line for each data set, loss, method and width; lines with the method "optimum" are about the best network found |
| `data/NAME.csv` | the data exactly as they were used: features, without the last column of ones; `target` is what the squared loss fits, `label` what the logistic loss fits |
| `data-sets.csv` | which package ships the data, and what they are |
| `claims/NAME.claim` | network and proof of a line of the table |
| `check_claim.py` | checks them with Python's standard library alone |
| `SHA256SUMS` | `sha256sum --check SHA256SUMS` |

To check one line, with the columns that its data file has:

    python3 -I -S check_claim.py claims/iris-squared-adam-10.claim --data data/iris.csv \\
        --columns x1,x2,x3,x4 --target target

Weight decay: {share} of the one that switches all neurons off, {above} for rank above six. Seed {seed}.
{methods}
"""


def write_archive(folder: Path, rows: Iterable[Row]) -> None:
    """Write everything but the claims, which are there already; the checksums last.

    Parameters
    ----------
    folder : Path
        With the folder `claims` and the journal inside.
    rows : iterable of Row
    """
    listed = list(rows)
    write(folder / "table.csv", table_text(listed))
    write_data(folder / "data", {row.data for row in listed})
    write(folder / "data-sets.csv", about_text())
    shutil.copyfile(CHECKER, folder / CHECKER.name)
    methods = "\n".join(f"{name}: {each.says()}." for name, each in TRAINERS.items())
    text = _README.format(
        version=ar.__version__, share=SHARE, above=SHARE_ABOVE, seed=SEED, methods=methods
    )
    write(folder / "README.md", text)
    write(folder / SUMS, "".join(f"{digest(folder / path)}  {path}\n" for path in _files(folder)))


def write_data(folder: Path, names: Iterable[str]) -> None:
    """Write the files of some data sets."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        write(folder / f"{name}.csv", data_text(name))


def data_text(name: str) -> str:
    """Return a data set as CSV: numbers are multiples of 1/1024, so their decimals are exact."""
    X, target = DATA_SETS[name].rows()
    features = [f"x{j + 1}" for j in range(X.shape[1] - 1)]
    # The values of the labels are written as such: a reader may ask for two texts.
    fitted = zip(target.tolist(), labels(target).astype(int).tolist(), strict=True)
    rows = [[*row[:-1], *both] for row, both in zip(X.tolist(), fitted, strict=True)]
    return csv_text([*features, *dict.fromkeys(COLUMN.values())], rows)


def table_text(rows: Iterable[Row]) -> str:
    """Return the table as CSV; floats are written with all their digits."""
    return csv_text(Row.names(), ([*row.to_json().values()] for row in rows))


def about_text() -> str:
    """Return what the data sets are, as CSV."""
    heads = ["data", "package", "about"]
    return csv_text(heads, ([each.name, each.ships, each.about] for each in DATA_SETS.values()))


def csv_text(heads: list[str], rows: Iterable[list[object]]) -> str:
    """Return a table as CSV."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return stream.getvalue()


def write(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    with ar.atomic_write(path) as stream:
        stream.write(text.encode("utf-8"))


def _files(folder: Path) -> list[str]:
    left_out = {SUMS, JOURNAL}
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(set(found) - left_out)

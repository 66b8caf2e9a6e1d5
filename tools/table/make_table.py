"""The table of certified gaps: make it, go on with it, check it, take a sample.

    .venv/bin/python tools/table/make_table.py make [NAME ...] [--out table-output]
    .venv/bin/python tools/table/make_table.py check [--out table-output]
    .venv/bin/python tools/table/make_table.py keep [--out table-output] [--docs docs/data/table]

`make` can be stopped with Ctrl-C and goes on when it is called again.  `keep` copies the table, its
short form and some claims to where the pages and the tests read them.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from archive import JOURNAL, write, write_archive, write_data
from checking import Archive
from data_sets import DATA_SETS
from journal import Journal, JournalError
from problems import Stopped
from rows import OPTIMUM, finished, keys, setting_of
from summary import summary_text

DOCS = Path(__file__).parents[2] / "docs" / "data" / "table"
SAMPLE = (
    "iris-petal-squared-optimum.claim",
    "iris-petal-logistic-adam-10.claim",
    "karate-squared-l-bfgs-50.claim",
    "linnerud-weight-logistic-sgd-10.claim",
    "sea-floor-squared-adam-10.claim",
    "iris-squared-sgd-50.claim",
)
"""Claims that stand in the repository: small ones, of both losses and all methods."""


def make(out: Path, names: list[str]) -> int:
    """Finish all lines that are not finished; return the exit code."""
    claims = out / "claims"
    claims.mkdir(parents=True, exist_ok=True)
    journal = Journal(out / JOURNAL, claims)
    began, code = time.process_time(), 0
    try:
        for group in keys(names):
            missing = [key for key in group if key not in journal.rows]
            if not missing:
                continue
            setting = setting_of(group[0])
            best = setting.optimum()
            for key in missing:
                row = finished(key, setting, best, claims)
                journal.append(row)
                print(f"{row.claim or key.claim}: gap {row.gap:.2g}, {row.level}", flush=True)
    except (KeyboardInterrupt, Stopped):
        print("stopped; the same command goes on", file=sys.stderr)
        code = 130
    ordered = (journal.rows[key] for group in keys() for key in group if key in journal.rows)
    write_archive(out, ordered)
    print(
        f"{len(journal.rows)} lines in {out}; {time.process_time() - began:.0f} s of processor time"
    )
    return code


def check(out: Path) -> int:
    """Check all claims of a table; return the exit code."""
    archive = Archive(out)
    wrong = archive.wrong_sums()
    claimed = [row for row in archive.rows() if row.claim]
    for row in claimed:
        if text := archive.wrong(row):
            wrong.append(text)
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    print(f"{len(claimed)} claims checked, {len(wrong)} complaints")
    return 1 if wrong else 0


def keep(out: Path, docs: Path) -> int:
    """Copy the table, its short form and a sample of claims with their data."""
    (docs / "claims").mkdir(parents=True, exist_ok=True)
    archive = Archive(out)
    rows = archive.rows()
    for name in ("table.csv", "data-sets.csv"):
        write(docs / name, (out / name).read_text("utf-8"))
    write(docs / "summary.csv", summary_text(rows))
    sample = [row for row in rows if row.claim in SAMPLE]
    for row in sample:
        (docs / "claims" / row.claim).write_bytes((out / "claims" / row.claim).read_bytes())
    write_data(docs / "data", {row.data for row in sample})
    best = sum(row.method == OPTIMUM for row in rows)
    print(f"{len(rows)} lines, {best} problems, {len(sample)} claims in {docs}")
    return 0


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["make", "check", "keep"])
    parser.add_argument("names", nargs="*", metavar="NAME", help="data sets; all by default")
    parser.add_argument("--out", type=Path, default=Path("table-output"))
    parser.add_argument("--docs", type=Path, default=DOCS)
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in DATA_SETS]
    if unknown:
        parser.error(f"no data set is called {unknown[0]!r}; there are {', '.join(DATA_SETS)}")
    try:
        if given.what == "make":
            return make(given.out, given.names)
        return check(given.out) if given.what == "check" else keep(given.out, given.docs)
    except JournalError as error:
        parser.error(str(error))


if __name__ == "__main__":
    sys.exit(main())

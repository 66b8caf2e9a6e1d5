"""The table as a page shows it: a line for each data set and loss."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from archive import csv_text
from rows import OPTIMUM, WIDTHS, Key, Row
from trainers import TRAINERS


def summary_text(rows: Iterable[Row]) -> str:
    """Return a line for each data set and loss whose lines are all there, as CSV.

    Gaps are rounded up to two digits; "proved" and "rigorous" are the levels of the bound.
    """
    found = {row.key: row for row in rows}
    trained = list(product(WIDTHS, TRAINERS))
    heads = ["data", "rows", "rank", "loss", "beta", "neurons", "optimum", "its gap", "level"]
    heads += [f"{method} {width}" for width, method in trained]
    lines: list[list[object]] = []
    for row in found.values():
        if row.method != OPTIMUM:
            continue
        keys = [Key(row.data, row.loss, method, width) for width, method in trained]
        if all(key in found for key in keys):
            lines.append([
                row.data, row.rows, row.rank, row.loss, f"{row.beta:g}", row.active,
                f"{row.objective:.5g}", short(row.gap), row.level,
                *(short(found[key].gap) for key in keys),
            ])  # fmt: skip
    return csv_text(heads, lines)


def short(gap: float) -> str:
    """Return a gap with two digits, never less than it is."""
    text = f"{gap:.1e}"
    if float(text) < gap:
        digits, exponent = text.split("e")
        text = f"{float(f'{float(digits) + 0.1:.1f}e{exponent}'):.1e}"
    return text

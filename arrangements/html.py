"""Small HTML pieces for notebooks and reports: escaped, sortable, no request to anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

SHOWN = 40
"""Rows of a table that are written out; the rest is counted."""

_SORT = (
    "const t=this.closest('table').tBodies[0],i=this.cellIndex,d=this.dataset.d=-(this.dataset.d||-1),"
    "v=r=>r.cells[i].textContent.replace(/,/g,''),"
    "n=x=>x.trim()===''?NaN:Number(x);"
    "[...t.rows].sort((a,b)=>{const x=v(a),y=v(b);"
    "return d*(isNaN(n(x))||isNaN(n(y))?x.localeCompare(y):n(x)-n(y))}).forEach(r=>t.append(r))"
)
"""What a click on a heading does: sort by that column, up and down in turn."""


def table(
    heading: Sequence[str], rows: Iterable[Sequence[object]], *, count: int, noun: str
) -> str:
    """Return a table that sorts by the column whose heading is clicked.

    Parameters
    ----------
    heading : sequence of str
    rows : iterable of sequences
        At most `SHOWN` of them are taken.
    count : int
        How many there are.
    noun : str
        What they are.
    """
    heads = "".join(
        f'<th onclick="{escape(_SORT)}" style="cursor:pointer" title="sort">{escape(name)}</th>'
        for name in heading
    )
    shown = [row for row, _ in zip(rows, range(SHOWN), strict=False)]
    lines = "".join(
        f"<tr>{''.join(f'<td>{escape(str(entry))}</td>' for entry in row)}</tr>" for row in shown
    )
    rest = f"<p>{len(shown):,} of {count:,} {escape(noun)} shown.</p>" if count > len(shown) else ""
    # Wide tables scroll by themselves; the page, or the notebook's cell, stays as it is.
    return (
        f'<div style="overflow-x:auto"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>{rest}"
    )


def facts(title: str, entries: Iterable[tuple[str, object]]) -> str:
    """Return a list of names and values; the title may be empty."""
    lines = "".join(
        f'<tr><th style="text-align:left">{escape(name)}</th>'
        f'<td style="text-align:left;min-width:12em;overflow-wrap:anywhere">{escape(str(value))}</td></tr>'
        for name, value in entries
    )
    head = f"<p><b>{escape(title)}</b></p>" if title else ""
    return f"{head}<table><tbody>{lines}</tbody></table>"


def paragraph(text: str) -> str:
    """Return a sentence."""
    return f"<p>{escape(text)}</p>"


def block(*parts: str) -> str:
    """Return pieces as one."""
    return f"<div>{''.join(parts)}</div>"

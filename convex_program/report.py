"""A verdict as one page of HTML that stands alone: no request to anywhere, nothing to install."""

from __future__ import annotations

import base64
import io
import shlex
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import arrangements as ar
from arrangements.html import facts, paragraph, table
from arrangements.plotting import new_figure
from convex_program.bracket import Bracket
from convex_program.certify import Verdict
from convex_program.claim import Level
from convex_program.errors import ArgumentError
from convex_program.fit_pictures import draw_fit
from convex_program.network import Network
from convex_program.problem import TrainingProblem

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
p { overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid #8884; text-align: right; }
.lead { font-size: 1.25rem; }
img { max-width: 100%; height: auto; background: white; }
code, pre { background: #8882; padding: .1rem .3rem; }
pre { overflow-x: auto; padding: .5rem; }
"""
_PERCENT = 100.0
_SIZE = (7.0, 4.2)
_DPI = 120


def save_report(verdict: Verdict, path: str | Path, *, claim: str | Path | None = None) -> None:
    """Write a verdict to a page of HTML.

    Parameters
    ----------
    verdict : Verdict
        From `certify`.
    path : str or Path
        The file to write, replaced as a whole.
    claim : str or Path, optional
        The claim file that belongs to it: the page says how to check it.

    Raises
    ------
    ArgumentError
        When it is not a verdict on a problem with weight decay.
    arrangements.FileError
        When the file cannot be written.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> verdict = cx.certify(cx.Network([[1.0]], [1.0]), problem)
    >>> save_report(verdict, "report.html")  # doctest: +SKIP

    Notes
    -----
    The page holds the verdict in words, the numbers, what was minimized, both networks with their
    patterns, pictures (with the extra "plot") and how to check the claim.  It asks no other
    computer for anything, and its only script sorts tables.
    """
    if not isinstance(verdict, Verdict):
        raise ArgumentError(
            f"verdict = {verdict!r} is not a Verdict: reports are about certify with beta > 0"
        )
    with ar.atomic_write(path) as stream:
        stream.write(page(verdict, claim).encode())


def page(verdict: Verdict, claim: str | Path | None = None) -> str:
    """Return the page as text."""
    body = "".join(_sections(verdict, claim))
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>How good is this network?</title><style>{_STYLE}</style></head>"
        f"<body>{body}</body></html>\n"
    )


def _sections(verdict: Verdict, claim: str | Path | None) -> Iterator[str]:
    problem = verdict.problem
    yield "<h1>How good is this network?</h1>"
    yield f'<p class="lead">{escape(in_words(verdict))}</p>'
    if problem.remark:
        yield paragraph(problem.remark)
    for sentence in verdict.best.reservations():
        yield paragraph(sentence)
    yield from _section("Numbers", facts("", _numbers(verdict)))
    yield from _section(
        "What was minimized",
        problem._repr_html_(),
        paragraph(f"Fingerprint of the data: {problem.arrangement.data.digest}"),
    )
    networks = {"this network": verdict.network, "best network": verdict.best.network}
    yield from _picture("Fit", lambda axes: draw_fit(networks, problem, axes), _about_fit(problem))
    yield from _picture(
        "How the bounds came together",
        verdict.best.plot,
        "The best network found and the bound on every network, while the optimum was sought.",
    )
    for name, network in networks.items():
        yield from _section(f"Neurons of {name}", _neurons(network, problem))
    yield from _section("How to check this", *_check(verdict, claim))


def in_words(verdict: Bracket) -> str:
    """Return what was found as two sentences."""
    gap = verdict.relative_gap
    share = "nothing" if gap == 0.0 else f"at most {gap * _PERCENT:.3g} percent of it"
    known = {
        Level.PROVED: "This is proved in exact arithmetic.",
        Level.RIGOROUS: "The bound is rigorous: floating point with every rounding error added.",
        Level.NUMERICAL: "The bound is numerical and proves nothing.",
    }
    return (
        f"The network's objective is {verdict.upper:.9g}. No network of any width has one below "
        f"{verdict.lower:.9g}, so {share} could be saved. {known[verdict.level]}"
    )


def _numbers(verdict: Verdict) -> list[tuple[str, object]]:
    best = verdict.best
    return [
        ("objective of the network, at most", f"{verdict.upper:.17g}"),
        ("every network of any width, at least", f"{verdict.lower:.17g}"),
        ("gap", f"{verdict.gap:.3g}"),
        ("relative gap", f"{verdict.relative_gap:.3g}"),
        ("level", verdict.level.value),
        ("activation patterns reasoned over", f"{verdict.patterns:,}"),
        ("patterns of its own", verdict.stationarity.describe()),
        ("best network found, at most", f"{best.upper:.17g}"),
        ("its relative gap", f"{best.relative_gap:.3g}"),
        ("neurons", f"{len(verdict.network.active())}, of the best {len(best.network.active())}"),
        ("the search ended", best.status.value),
        ("version", ar.__version__),
    ]


def _section(title: str, *parts: str) -> Iterator[str]:
    yield f"<h2>{escape(title)}</h2>{''.join(parts)}"


def _about_fit(problem: TrainingProblem) -> str:
    inputs = problem.features.shape[1]
    return (
        f"The data ({len(problem.features)} rows, {inputs} columns), and where the neurons of both networks "
        "switch on: ticks on a curve, or lines in the plane."
    )


def _picture(title: str, draw: Callable[[Axes], Axes | None], about: str) -> Iterator[str]:
    """Yield a picture inside the page; nothing where there is none to draw, or no matplotlib."""
    try:
        figure = new_figure(*_SIZE)
    except ar.ArgumentError:  # pictures are an extra
        return
    if draw(figure.add_subplot()) is None:
        return
    with io.BytesIO() as stream:
        figure.savefig(stream, format="png", dpi=_DPI)
        data = base64.b64encode(stream.getvalue()).decode()
    yield from _section(
        title, f'<img alt="{escape(about)}" src="data:image/png;base64,{data}">', paragraph(about)
    )


def _neurons(network: Network, problem: TrainingProblem) -> str:
    """Return neurons with weights, mass and the rows on which they are active."""
    if not network.width:
        return paragraph("It has none.")
    active = problem.data.signs(network.hidden) > 0
    masses = network.masses(problem.gauge.decayed)
    outputs = (
        ("alpha",) if network.outputs == 1 else tuple(f"alpha{j}" for j in range(network.outputs))
    )
    rows = (
        (
            int(j),
            f"{masses[j]:.6g}",
            int(active[j].sum()),
            *(f"{a:.6g}" for a in network.output[j]),
            *(f"{w:.6g}" for w in network.hidden[j]),
            _pattern(active[j].tolist()),
        )
        for j in (-masses).argsort(kind="stable")
    )
    heading = (
        "neuron",
        "|w| |alpha|",
        "active rows",
        *outputs,
        *(f"w{k}" for k in range(network.features)),
        "pattern",
    )
    return table(heading, rows, count=network.width, noun="neurons")


_LONGEST = 64


def _pattern(sides: list[bool]) -> str:
    text = "".join("1" if side else "0" for side in sides[:_LONGEST])
    return text if len(sides) <= _LONGEST else f"{text}..."


def _check(verdict: Verdict, claim: str | Path | None) -> Iterator[str]:
    if claim is not None:
        name = escape(shlex.quote(str(claim)))
        yield paragraph(
            "Everything the bounds rest on is in a claim file. Either line computes them again; the second "
            "needs Python alone. Say --columns and whatever else was said of the table when the claim was "
            "written; --bias to the first only, as the second adds ones by itself:"
        )
        yield (
            f"<pre>convex-program verify {name} --data DATA.csv --target NAME\n"
            f"python3 -I -S check_claim.py {name} --data DATA.csv --target NAME</pre>"
        )
        return
    if verdict.level is Level.PROVED:
        yield paragraph(
            "The bound is proved. Write everything it rests on to a claim file, which anyone can check:"
        )
    else:
        yield paragraph(
            "The bound rests on floating point with rounding errors added. A claim file proves it in exact "
            "arithmetic, where that comes to an end:"
        )
    yield "<pre>convex-program certify ... --claim network.claim\nconvex-program verify network.claim</pre>"

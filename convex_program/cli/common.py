"""What the commands share: reading a problem, the solver, exit codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import numpy as np
import typer

import arrangements as ar
from arrangements.cli import Exit, Session, column_names
from convex_program.cli.setting import Setting
from convex_program.errors import ArgumentError, ConvexProgramError
from convex_program.importers.hints import labels_hint
from convex_program.losses import Targets
from convex_program.problem import TrainingProblem
from convex_program.solvers import Auto

_T = TypeVar("_T")


def new_session() -> Session:
    """Return a session that knows the errors of this package."""
    return Session(refusals=[ConvexProgramError], misuse=[ArgumentError])


@dataclass(frozen=True)
class Rows:
    """What a file says about each row.

    Parameters
    ----------
    table : Table
        The features.
    targets : tuple of n Fraction, or Targets
        Several columns are a record of their own.
    weights : tuple of n Fraction or None
        Sample weights.
    classes : tuple of str
        The labels that stand for 0, 1, ... among the targets, where they are texts.
    """

    table: ar.Table
    targets: tuple[Fraction, ...] | Targets
    weights: tuple[Fraction, ...] | None
    classes: tuple[str, ...]

    def with_bias(self) -> Rows:
        """Return the rows with a last column of ones."""
        return replace(self, table=self.table.with_bias())

    def problem(self, beta: str, setting: Setting) -> TrainingProblem:
        """Return the problem of fitting them; a remark says what is doubtful."""
        return TrainingProblem(
            self.table.matrix,
            self.targets,
            beta,
            sample_weight=self.weights,
            remark=self.remark(setting),
            **setting.parts,
        )

    def remark(self, setting: Setting) -> str:
        """Return what is doubtful about targets and loss, or nothing."""
        flat = self.targets.values if isinstance(self.targets, Targets) else self.targets
        return labels_hint(setting.loss, flat)

    def labels(self, setting: Setting) -> str:
        """Return which text is which label, or nothing."""
        if not self.classes:
            return ""
        if setting.loss.whole_rows:
            return f"Classes: {', '.join(f'{text} is {j}' for j, text in enumerate(self.classes))}."
        meanings = zip(self.classes, ("-1", "+1"), strict=False)  # perhaps one class alone
        return f"Labels: {', '.join(f'{text} is {sign}' for text, sign in meanings)}."


@dataclass(frozen=True)
class Reading:
    """How a file is read.

    Parameters
    ----------
    as_float : bool
        Round decimals to float64.
    drop : str or None
        Columns that are no features, comma-separated.
    encode : str or None
        Columns of categories, comma-separated.
    drop_missing : bool
        Leave out rows with holes.
    """

    as_float: bool = False
    drop: str | None = None
    encode: str | None = None
    drop_missing: bool = False

    def table(self, data: Path, labels: str | None) -> ar.Table:
        """Return the table in a file without the columns left out."""
        return ar.read_table(
            data,
            as_float=self.as_float,
            labels=labels,
            encode=column_names(self.encode) or (),
            drop_missing=self.drop_missing,
            drop=() if self.drop is None else (self.drop,),
        )


def read_rows(
    data: Path,
    setting: Setting,
    target: str,
    columns: str | None,
    sample_weight: str | None,
    *,
    reading: Reading,
) -> Rows:
    """Read features, targets and sample weights from a file; say on stderr what is remarkable.

    Raises
    ------
    ArgumentError
        When a column is not there or has two uses, or there are more than two labels.
    """
    labels = target if setting.labelled and "," not in target else None
    table = reading.table(data, labels)
    rows = _rows(table, setting, target, columns, sample_weight)
    for remark in table.remarks:
        if remark.column is None or remark.column in rows.table.names:
            typer.echo(f"note: {remark.text}", err=True)
    return rows


def _rows(
    table: ar.Table,
    setting: Setting,
    target: str,
    columns: str | None,
    sample_weight: str | None,
) -> Rows:
    """Return features, targets and sample weights of a table.

    Raises
    ------
    ArgumentError
        When a column is not there or has two uses, or there are more than two labels.
    """
    if len(table.classes) > 2 and not setting.loss.whole_rows:  # noqa: PLR2004 - two classes
        raise ArgumentError(
            f"--target: column {target!r} holds {len(table.classes)} classes "
            f"({', '.join(table.classes[:4])}); --loss {setting.loss.name} takes two"
        )
    names = column_names(columns)
    if "," in target and target not in table.names:
        return _several(table, setting, column_names(target) or [], names, sample_weight)
    features, targets = table.split(target, names)
    if sample_weight is None:
        return Rows(features, targets, None, table.classes)
    index, chosen = table.column(sample_weight), table.column(target)
    if index == chosen:
        raise ArgumentError(f"column {sample_weight!r} cannot be the target and the sample weight")
    if names is None:
        keep = [j for j in range(len(table.names)) if j not in (index, chosen)]
        if not keep:
            raise ArgumentError("no feature is left beside the target and the sample weight")
        features = ar.Table(table.matrix.take_columns(keep), tuple(table.names[j] for j in keep))
    elif index in map(table.column, names):
        raise ArgumentError(f"column {sample_weight!r} cannot be the sample weight and a feature")
    weights = tuple(row[index] for row in table.matrix.fractions)
    return Rows(features, targets, weights, table.classes)


def _several(
    table: ar.Table,
    setting: Setting,
    targets: Sequence[str],
    names: Sequence[str] | None,
    sample_weight: str | None,
) -> Rows:
    """Return rows with several targets, each a column of numbers."""
    if setting.loss.whole_rows:
        raise ArgumentError(
            f"--target: --loss {setting.loss.name.replace('_', '-')} takes one column of classes"
        )
    wanted = table.take(targets)
    taken = [table.column(name) for name in targets]
    weight = None if sample_weight is None else table.column(sample_weight)
    if weight in taken:
        raise ArgumentError(f"column {sample_weight!r} cannot be a target and the sample weight")
    used = taken if weight is None else [*taken, weight]
    if names is None:
        keep = [j for j in range(len(table.names)) if j not in used]
    else:
        table.take(names)  # refuses what is not there, or stands twice
        keep = [table.column(name) for name in names]
        both = [table.names[j] for j in keep if j in used]
        if both:
            raise ArgumentError(f"column {both[0]!r} cannot be a feature and a target or weight")
    if not keep:
        raise ArgumentError("no feature is left beside the targets")
    features = ar.Table(table.matrix.take_columns(keep), tuple(table.names[j] for j in keep))
    weights = None
    if weight is not None:
        weights = tuple(row[weight] for row in table.matrix.fractions)
    columns = [list(column) for column in zip(*wanted.matrix.fractions, strict=True)]
    read = setting.loss.read_targets(np.array(columns, dtype=object).T)
    return Rows(features, read, weights, ())


def read_network(loader: Callable[[Path], _T], path: Path) -> _T:
    """Read a network; a bad file is refused (1), as bad data are, and is not misuse (2)."""
    try:
        return loader(path)
    except ArgumentError as error:
        raise ConvexProgramError(str(error)) from None


def number(option: str, text: str) -> Fraction:
    """Return the number that the text of an option spells."""
    try:
        return ar.decimal_value(text)
    except ValueError as error:
        raise ArgumentError(f"{option}: {error}") from None


def solver_within(time_limit: float | None) -> Auto:
    """Return the default solver with a limit for each search."""
    return Auto(time_limit=time_limit)


def leave_stopped(*, interrupted: bool, stands: str) -> None:
    """Say why the work ended early and what stands, and leave with the code for it."""
    why = "stopped" if interrupted else "the time limit was reached"
    typer.echo(f"{why}; {stands}", err=True)
    raise typer.Exit(Exit.INTERRUPTED if interrupted else Exit.LIMIT)


def enforce_gap(gap: float, max_gap: float | None) -> None:
    """Leave with 1 when the gap is larger than what was allowed."""
    if max_gap is not None and gap > max_gap:
        typer.echo(f"relative gap {gap:.3g} is larger than {max_gap:g}", err=True)
        raise typer.Exit(Exit.REFUSED)

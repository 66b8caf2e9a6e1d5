"""The rows of a command: features, targets and sample weights of a file, read how."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import typer

import arrangements as ar
from arrangements.cli import single_names, words
from convex_program.cli.options import (
    AsFloat,
    Bias,
    Columns,
    Drop,
    DropMissing,
    Encode,
    SampleWeight,
)
from convex_program.cli.setting import Setting
from convex_program.errors import ArgumentError
from convex_program.importers.hints import labels_hint
from convex_program.losses import Targets
from convex_program.problem import TrainingProblem


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
class RowOptions:
    """What is read of a file, and how: options of every command that takes data.

    Parameters
    ----------
    columns : str or None
        The features, comma-separated; all that have no other use by default.
    sample_weight : str or None
        The column of sample weights.
    bias : bool
        Append a last column of ones.
    as_float : bool
        Round decimals to float64.
    drop : str or None
        Columns that are no features, comma-separated.
    encode : str or None
        Columns of categories, comma-separated.
    drop_missing : bool
        Leave out rows with holes.
    """

    columns: Columns = None
    sample_weight: SampleWeight = None
    bias: Bias = False
    as_float: AsFloat = False
    drop: Drop = None
    encode: Encode = None
    drop_missing: DropMissing = False

    @property
    def said(self) -> dict[str, str | bool | None]:
        """What was said, as the standalone checker takes it; it adds ones by itself."""
        return {
            "--columns": self.columns,
            "--sample-weight": self.sample_weight,
            "--as-float": self.as_float,
            "--drop": self.drop,
            "--encode": self.encode,
            "--drop-missing": self.drop_missing,
        }

    def read(self, data: Path, target: str, setting: Setting) -> Rows:
        """Read features, targets and sample weights; say on stderr what is remarkable.

        Raises
        ------
        ArgumentError
            When a column is not there or has two uses, or there are more than two labels.
        """
        table = ar.read_table(
            data,
            as_float=self.as_float,
            labels=target if setting.labelled and "," not in target else None,
            encode=words(self.encode) or (),
            drop_missing=self.drop_missing,
            columns=words(self.columns),
            drop=words(self.drop) or (),
            last=(target, *(words(self.sample_weight) or ())),
        )
        if len(table.classes) > 2 and not setting.loss.whole_rows:  # noqa: PLR2004 - two classes
            raise ArgumentError(
                f"--target: column {target!r} holds {len(table.classes)} classes "
                f"({', '.join(table.classes[:4])}); --loss {setting.loss.name} takes two"
            )
        rows = self._apart(table, target, setting)
        for remark in rows.table.remarks:
            typer.echo(f"note: {remark.text}", err=True)
        return replace(rows, table=rows.table.with_bias()) if self.bias else rows

    def _apart(self, table: ar.Table, target: str, setting: Setting) -> Rows:
        """Return what stands where in a table whose last columns are targets and weights."""
        count = len(single_names(table.names, (target,)))
        weighted = len(single_names(table.names, words(self.sample_weight) or ()))
        if not count:
            raise ArgumentError(f"--target {target!r} names no column")
        if weighted != (self.sample_weight is not None):
            raise ArgumentError(f"--sample-weight {self.sample_weight!r} is not one column")
        features, columns = table.split_last(count + weighted)
        weights = columns[count] if weighted else None
        if count == 1:
            return Rows(features, columns[0], weights, table.classes)
        if setting.loss.whole_rows:
            raise ArgumentError(
                f"--target: --loss {setting.loss.name.replace('_', '-')} takes one column of classes"
            )
        several = np.array(columns[:count], dtype=object).T
        return Rows(features, setting.loss.read_targets(several), weights, ())

"""The file of a study: JSON lines, the plan first, then a line for each finished case.

A line is written whole before the next case begins.  What was killed in the middle of a
line loses that line only, and the study goes on from there.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from arrangements.errors import FileError
from arrangements.exact import fraction_text, fraction_value
from arrangements.io import atomic_write
from arrangements.io.files import file_error, read_bytes
from arrangements.io.strict_json import parse_json
from arrangements.study.coincidences import Coincidences
from arrangements.study.records import RankStudy, StudyCase, StudyPlan
from arrangements.study.reductions import Projection

KIND = "arrangements study"
SCHEMA = 0
"""Version of the layout; 0 may change without notice, other versions are refused."""

_FOUND = tuple(field.name for field in dataclasses.fields(Coincidences))


class Journal:
    """A study file that grows by one line a case.

    Parameters
    ----------
    path : str or Path
        A missing or empty file is begun with the plan.  Any other must hold a study.
    plan : StudyPlan
        What is to be studied.

    Raises
    ------
    FileError
        When the file cannot be read or written, or holds another study.
    """

    def __init__(self, path: str | Path, plan: StudyPlan) -> None:
        self.path = Path(path)
        self.plan = plan
        self.cases: tuple[StudyCase, ...] = ()
        if self.path.exists() and self.path.stat().st_size:
            self._continue()
        else:
            with atomic_write(self.path) as stream:
                stream.write(_line({"kind": KIND, "schema": SCHEMA, **_plan_json(plan)}))

    def _continue(self) -> None:
        study, whole = _read(self.path)
        asked = {field: getattr(self.plan, field) for field in _QUESTION}
        stored = {field: getattr(study.plan, field) for field in _QUESTION}
        for field, value in asked.items():
            if stored[field] != value:
                raise FileError(
                    f"{self.path} holds another study ({field}: {_short(stored[field])} there, "
                    f"{_short(value)} asked for); name another file, or remove it"
                )
        # The directions of the file stand: they were computed by floats, perhaps elsewhere.
        self.plan, self.cases = study.plan, study.cases
        try:
            os.truncate(self.path, whole)
        except OSError as error:
            raise file_error(f"{self.path} cannot be written", error) from None

    def append(self, case: StudyCase) -> None:
        """Write one finished case, and wait until the disk has it."""
        try:
            with self.path.open("ab") as stream:
                stream.write(_line(_case_json(case)))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise file_error(f"{self.path} cannot be written", error) from None


def load_study(path: str | Path) -> RankStudy:
    """Read a study file, whole or not; a last line that was cut off is left out.

    Raises
    ------
    FileError
        When the file cannot be read or is no study; the message names the line.

    Notes
    -----
    *Growth.* ``n * r`` for n rows studied up to rank r.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import arrangements as ar
    >>> square = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> with TemporaryDirectory() as folder:
    ...     journal = Path(folder) / "square.jsonl"
    ...     study = ar.study_rank(square, bias=True, rows=[4], journal=journal)
    ...     again = ar.load_study(journal)
    >>> again.is_whole, again.cases == study.cases
    (True, True)
    """
    return _read(Path(path))[0]


_QUESTION = ("data", "bias", "order", "rows", "max_rank", "reductions", "roundings")


def _read(path: Path) -> tuple[RankStudy, int]:
    """Return a study and the number of bytes up to its last whole line."""
    content = read_bytes(path)
    whole = content.rfind(b"\n") + 1
    lines = content[:whole].splitlines()
    if not lines:
        raise FileError(f"{path} is not a study file: it has no whole line")
    plan = _plan_of(path, lines[0])
    cases: dict[tuple[str, str, int, int], StudyCase] = {}
    for number, line in enumerate(lines[1:], 2):
        case = _case_of(path, number, line)
        key = case_key(case)
        if key in cases or not _belongs(plan, case):
            raise FileError(
                f"{path}, line {number}: {case!r} is not a case of the plan, or is twice"
            )
        cases[key] = case
    ordered = (cases[key] for key in case_keys(plan) if key in cases)
    return RankStudy(plan, tuple(ordered)), whole


def case_key(case: StudyCase) -> tuple[str, str, int, int]:
    """Return what tells the cases of a plan apart."""
    return case.reduction, case.rounding, case.columns, case.rows


def case_keys(plan: StudyPlan) -> Iterator[tuple[str, str, int, int]]:
    """Yield the keys of all cases of a plan in its order."""
    for reduction in plan.reductions:
        for rounding in plan.roundings:
            for columns in range(1, plan.max_rank + 1):
                for rows in plan.rows:
                    yield reduction, rounding, columns, rows


def _belongs(plan: StudyPlan, case: StudyCase) -> bool:
    found = case.coincidences
    numbers = [getattr(found, name) for name in _FOUND]
    return (
        case.reduction in plan.reductions
        and case.rounding in plan.roundings
        and 1 <= case.columns <= plan.max_rank
        and case.rows in plan.rows
        and min(numbers) >= 0
        and found.rank <= case.columns
        and 1 <= case.regions <= case.hyperplane_cover <= case.cover
        and case.rows
        == found.hyperplanes + found.zero_rows + found.duplicate_rows + found.opposite_rows
    )


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode("ascii") + b"\n"


def _plan_json(plan: StudyPlan) -> dict[str, Any]:
    return {
        **{field: getattr(plan, field) for field in _QUESTION},
        "projections": [
            {
                "directions": [[fraction_text(entry) for entry in row] for row in each.directions],
                "offsets": [fraction_text(entry) for entry in each.offsets],
            }
            for each in plan.projections
        ],
    }


def _case_json(case: StudyCase) -> dict[str, Any]:
    return {
        field.name: getattr(case, field.name)
        for field in dataclasses.fields(case)
        if field.name != "coincidences"
    } | dataclasses.asdict(case.coincidences)


def _record(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        value = parse_json(line)
    except (ValueError, RecursionError):
        raise FileError(f"{path}, line {number} is not JSON: this is no study file") from None
    if not isinstance(value, dict):
        raise FileError(f"{path}, line {number} is not a JSON object: this is no study file")
    return value


def _plan_of(path: Path, line: bytes) -> StudyPlan:
    value = _record(path, 1, line)
    if value.get("kind") != KIND:
        raise FileError(f"{path} is not a study file: line 1 does not say so")
    if value.get("schema") != SCHEMA:
        raise FileError(
            f"{path} has the layout {value.get('schema')!r}, this program reads {SCHEMA}"
        )
    try:
        plan = StudyPlan(
            data=_text(value["data"]),
            bias=_flag(value["bias"]),
            order=tuple(map(_whole, _list(value["order"]))),
            rows=tuple(map(_whole, _list(value["rows"]))),
            max_rank=_whole(value["max_rank"]),
            reductions=tuple(map(_text, _list(value["reductions"]))),
            projections=tuple(map(_projection, _list(value["projections"]))),
            roundings=tuple(map(_text, _list(value["roundings"]))),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FileError(f"{path}, line 1 is not the plan of a study: {error}") from None
    n = len(plan.order)
    width = plan.max_rank - plan.bias
    if (
        sorted(plan.order) != list(range(n))
        or not plan.rows
        or list(plan.rows) != sorted(set(plan.rows))
        or any(len(set(names)) < len(names) for names in (plan.reductions, plan.roundings))
        or not all(1 <= rows <= n for rows in plan.rows)
        or len(plan.projections) != len(plan.reductions)
        or any(each.width != width for each in plan.projections)
    ):
        raise FileError(f"{path}, line 1: the plan contradicts itself")
    return plan


def _projection(value: Any) -> Projection:
    offsets = tuple(fraction_value(_text(entry)) for entry in _list(value["offsets"]))
    directions: list[tuple[Fraction, ...]] = []
    for row in _list(value["directions"]):
        directions.append(tuple(fraction_value(_text(entry)) for entry in _list(row)))
        if len(directions[-1]) != len(offsets):
            raise ValueError("a direction has another length than the offsets")
    return Projection(tuple(directions), offsets)


def _case_of(path: Path, number: int, line: bytes) -> StudyCase:
    value = _record(path, number, line)
    try:
        return StudyCase(
            reduction=_text(value["reduction"]),
            rounding=_text(value["rounding"]),
            columns=_whole(value["columns"]),
            rows=_whole(value["rows"]),
            regions=_whole(value["regions"]),
            coincidences=Coincidences(*(_whole(value[name]) for name in _FOUND)),
            digest=_text(value["digest"]),
        )
    except (KeyError, TypeError) as error:
        raise FileError(f"{path}, line {number} is not a case of a study: {error}") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{_short(value)} is not a text")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{_short(value)} is not true or false")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{_short(value)} is not an integer")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{_short(value)} is not a list")
    return value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - what fits a line

"""Options that go together, as one record: a command takes the record, typer sees its fields."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, get_type_hints


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that has an option for each field of the records it takes.

    Parameters
    ----------
    command : callable
        Parameters that are annotated with a dataclass are records of options: the fields are
        annotated as typer's parameters are, and those of two records have different names.

    Notes
    -----
    Typer reads signatures, so that the flat one is written down for it.  An option stands where
    the record stood; Python wants those without a default first, and keywords have no such rule.
    """
    hints = get_type_hints(command, include_extras=True)
    records: dict[str, type] = {}
    flat: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        kind = hints[parameter.name]
        if not (isinstance(kind, type) and is_dataclass(kind)):
            flat.append(parameter.replace(annotation=kind))
            continue
        records[parameter.name] = kind
        types = get_type_hints(kind, include_extras=True)
        flat += [_parameter(field, types) for field in fields(kind)]

    @functools.wraps(command)
    def called(**given: Any) -> None:
        made = {
            name: kind(**{field.name: given.pop(field.name) for field in fields(kind)})
            for name, kind in records.items()
        }
        command(**given, **made)

    called.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined] # what inspect reads first
    return called


def _parameter(field: Field[Any], types: Mapping[str, Any]) -> inspect.Parameter:
    default = inspect.Parameter.empty if field.default is MISSING else field.default
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=types[field.name],
    )

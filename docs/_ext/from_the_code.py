"""Directives whose content is read off the code, so that it cannot fall behind.

``public-names`` documents everything a package exports, room by room;
``floors`` shows the import contract of a package as a table;
``commands`` documents a command line.
"""

from __future__ import annotations

import importlib
import inspect
import tomllib
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, get_args

import typer
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.roles import XRefRole
from sphinx.util.docutils import SphinxDirective, SphinxRole

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("arrangements", "convex_program")


class _Written(SphinxDirective):
    """A directive that writes reStructuredText and has it parsed in its place."""

    required_arguments = 1

    def lines(self) -> Iterable[str]:
        """Return the text."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Parse the text."""
        self.env.note_dependency(__file__)
        return self.parse_text_to_nodes("\n".join(self.lines()), allow_section_headings=True)


class PublicNames(_Written):
    """Everything in a package's ``__all__``, grouped by the room it is defined in."""

    def lines(self) -> Iterator[str]:
        """Write one section a room, lowest floor first."""
        package = importlib.import_module(self.arguments[0])
        homes = _homes(package)
        rooms = [room for floor in reversed(_floors(package.__name__)) for room in floor]
        lost = sorted(set(homes.values()) - set(rooms))
        if lost:
            raise self.error(f"no floor in pyproject.toml for {', '.join(lost)}")
        yield f".. currentmodule:: {package.__name__}"
        for room in rooms:
            names = [name for name in package.__all__ if homes.get(name) == room]
            if not names:
                continue
            module = importlib.import_module(f"{package.__name__}.{room}")
            self.env.note_dependency(inspect.getsourcefile(module) or "")
            yield from ("", room, "-" * len(room), "", _summary(module), "")
            yield from (".. autosummary::", "   :nosignatures:", "")
            yield from (f"   {name}" for name in names)
            for name in names:
                yield from ("", *_entry(name, getattr(package, name)))
                # Entering a module leaves the package.
                yield from ("", f".. currentmodule:: {package.__name__}")


def _entry(name: str, value: Any) -> Iterator[str]:
    if inspect.isclass(value):
        yield from (f".. autoclass:: {name}", "   :members:", "   :show-inheritance:")
    elif inspect.isfunction(value):
        yield f".. autofunction:: {name}"
    elif inspect.ismodule(value):
        yield from (f".. automodule:: {value.__name__}", "   :members:")
    else:
        yield f".. autodata:: {name}"


def _homes(package: Any) -> dict[str, str]:
    """Return the room of each exported name; what says no module is found by looking."""
    homes = {}
    for name in package.__all__:
        if name.startswith("__"):
            continue
        value = getattr(package, name)
        module = getattr(value, "__name__" if inspect.ismodule(value) else "__module__", "")
        if not module.startswith(f"{package.__name__}."):
            module = next(_exporters(package, name), f"{package.__name__}.{name}")
        homes[name] = module.split(".")[1]
    return homes


def _exporters(package: Any, name: str) -> Iterator[str]:
    for floor in reversed(_floors(package.__name__)):
        for room in floor:
            module = importlib.import_module(f"{package.__name__}.{room}")
            if hasattr(module, name):
                yield module.__name__


class Floors(_Written):
    """The floors of a package as its import contract states them, highest first."""

    def lines(self) -> Iterator[str]:
        """Write a table: one row a floor, with what each room says of itself."""
        package = self.arguments[0]
        self.env.note_dependency(str(ROOT / "pyproject.toml"))
        yield from (".. list-table::", "   :header-rows: 1", "   :widths: 8 22 70", "")
        yield from ("   * - Floor", "     - Room", "     - What it is")
        floors = _floors(package)
        for height, floor in zip(range(len(floors), 0, -1), floors, strict=True):
            for room in floor:
                module = importlib.import_module(f"{package}.{room}")
                yield from (f"   * - {height}", f"     - ``{room}``", f"     - {_summary(module)}")


class Commands(_Written):
    """The commands of a typer application given as ``module:attribute``."""

    option_spec: ClassVar[dict[str, Any]] = {"program": directives.unchanged_required}

    def lines(self) -> Iterator[str]:
        """Write one section a command, from the signature of its function."""
        module, attribute = self.arguments[0].split(":")
        imported = importlib.import_module(module)
        self.env.note_dependency(inspect.getsourcefile(imported) or "")
        application = getattr(imported, attribute)
        program = self.options["program"]
        yield from (f"``{program}``", "-" * (len(program) + 4), "")
        yield from (_code(application.info.help), "")
        for command in application.registered_commands:
            name = command.name or command.callback.__name__
            title = f"``{program} {name}``"
            yield from ("", title, "~" * len(title), "", _code(inspect.getdoc(command.callback)))
            yield from ("", ".. list-table::", "   :widths: 32 68", "")
            signature = inspect.signature(command.callback, eval_str=True)
            for parameter in signature.parameters.values():
                kind, info = get_args(parameter.annotation)
                yield f"   * - {_usage(parameter, kind, info)}"
                yield f"     - {_meaning(parameter, info)}"


def _usage(parameter: inspect.Parameter, kind: Any, info: Any) -> str:
    if isinstance(info, typer.models.ArgumentInfo):
        return f"``{parameter.name.upper()}``"
    # Inside Annotated the first name of an option stands where a default would.
    given = [word for word in (info.default, *(info.param_decls or ())) if isinstance(word, str)]
    words = ", ".join(f"``{word}``" for word in given or [f"--{parameter.name.replace('_', '-')}"])
    if kind is bool:
        return words
    if isinstance(parameter.default, Enum):
        return f"{words} ``{'|'.join(member.value for member in kind)}``"
    kind = next((part for part in get_args(kind) if part is not type(None)), kind)
    return f"{words} ``{kind.__name__.upper()}``"


def _meaning(parameter: inspect.Parameter, info: Any) -> str:
    if parameter.default is inspect.Parameter.empty:
        return f"{_code(info.help)} *Required.*"
    if isinstance(parameter.default, Enum):
        return f"{_code(info.help)} Default: ``{parameter.default.value}``."
    return _code(info.help)


def _code(markdown: str | None) -> str:
    """Turn Markdown code into reStructuredText code."""
    return (markdown or "").replace("`", "``").replace("*", r"\*")


def _floors(package: str) -> list[list[str]]:
    """Return the rooms of each floor, highest first, from the import contract."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for contract in settings["tool"]["importlinter"]["contracts"]:
        if contract.get("containers") == [package]:
            return [[room.strip(" ()") for room in _split(row)] for row in contract["layers"]]
    raise LookupError(f"pyproject.toml states no floors for {package}")


def _split(row: str) -> list[str]:
    return row.replace(":", "|").split("|")


def _summary(module: Any) -> str:
    """Return the first paragraph of a module's docstring on one line."""
    return " ".join((inspect.getdoc(module) or "").split("\n\n")[0].split())


class Known(SphinxRole):
    """The default role: a link when the text is a public name, code when it is not."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Look the text up, first in the package that is being documented."""
        here = self.env.ref_context.get("py:module", "")
        for package in sorted(PACKAGES, key=lambda name: not here.startswith(name)):
            name = self.text.removeprefix(f"{package}.")
            if name.split(".")[0] in importlib.import_module(package).__all__:
                target = f"{self.text} <{package}.{name}>"
                return XRefRole()("py:obj", target, target, self.lineno, self.inliner)
        return [nodes.literal(self.rawtext, self.text)], []


def spare_bars(*event: Any) -> None:
    """Keep norms in docstrings as they are: reStructuredText reads ``|w|`` as a substitution.

    A bar outside code becomes a character that looks the same and is as wide.
    """
    lines = event[-1]
    for i, line in enumerate(lines):
        parts = line.split("``")
        parts[::2] = [part.replace("|", "\u2223") for part in parts[::2]]
        lines[i] = "``".join(parts)


def public_bases(*event: Any) -> None:
    """Show the nearest public ancestor of a class in the place of a base that is not exported."""
    bases = event[-1]
    for i, base in enumerate(bases):
        if isinstance(base, type):
            bases[i] = next(kind for kind in base.__mro__ if _is_public(kind))


def not_ours(*event: Any) -> bool | None:
    """Leave out the methods that scikit-learn adds to every estimator; its pages have them."""
    name: str = event[2]
    return True if name.startswith("set_") and name.endswith("_request") else None


def _is_public(kind: type) -> bool:
    package = kind.__module__.partition(".")[0]
    return package not in PACKAGES or kind.__name__ in importlib.import_module(package).__all__


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx about the directives."""
    app.connect("autodoc-process-docstring", spare_bars)
    app.connect("autodoc-process-bases", public_bases)
    app.connect("autodoc-skip-member", not_ours)
    app.add_role("known", Known())
    app.add_directive("public-names", PublicNames)
    app.add_directive("floors", Floors)
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True}

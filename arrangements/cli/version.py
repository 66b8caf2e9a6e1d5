"""``--version`` of both command lines."""

from __future__ import annotations

from typing import Annotated

import typer


def _print(wanted: bool) -> None:  # noqa: FBT001 - what typer calls
    if wanted:
        from arrangements import __version__

        typer.echo(__version__)
        raise typer.Exit


def version(
    *,
    wanted: Annotated[
        bool, typer.Option("--version", callback=_print, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take the options that go before a command."""
    del wanted

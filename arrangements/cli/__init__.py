"""The command line: ``arrangements``; answers on stdout, progress on stderr."""

from arrangements.cli.answer import print_json
from arrangements.cli.options import DataFile
from arrangements.cli.session import (
    Exit,
    Session,
    check_outputs,
    chosen_columns,
    column_names,
    data_from_file,
)
from arrangements.cli.version import version


def main() -> None:
    """Run the command line."""
    from arrangements.cli.app import app

    app()


__all__ = [
    "DataFile",
    "Exit",
    "Session",
    "check_outputs",
    "chosen_columns",
    "column_names",
    "data_from_file",
    "main",
    "print_json",
    "version",
]

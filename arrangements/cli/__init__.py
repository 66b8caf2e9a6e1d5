"""The command line: ``arrangements``; answers on stdout, progress on stderr."""

from arrangements.cli.answer import print_json
from arrangements.cli.grouped import grouped
from arrangements.cli.options import DataFile
from arrangements.cli.session import Exit, Session, check_outputs
from arrangements.cli.table import words
from arrangements.cli.version import version
from arrangements.io.columns import single_names


def main() -> None:
    """Run the command line."""
    from arrangements.cli.app import app

    app()


__all__ = [
    "DataFile",
    "Exit",
    "Session",
    "check_outputs",
    "grouped",
    "main",
    "print_json",
    "single_names",
    "version",
    "words",
]

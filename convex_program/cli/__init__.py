"""The command line: ``convex-program``; answers on stdout, progress on stderr."""


def main() -> None:
    """Run the command line."""
    from convex_program.cli.app import app

    app()


__all__ = ["main"]

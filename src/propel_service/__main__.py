"""The entry point of the command line: ``propel …`` or ``python -m propel_service …``."""

import sys
from importlib.util import find_spec

__all__ = ["main"]


def main() -> int:
    """Run the command line and return its exit status."""
    if find_spec("typer") is None or find_spec("typing_extensions") is None:
        sys.stderr.write("Error: the command line is not installed; run: pip install 'propel[service]'\n")
        return 2
    # Only now: without the extra `service` these imports fail, and the line above is what helps.
    from propel_service.commands.failures import run  # noqa: PLC0415
    from propel_service.commands.program import program  # noqa: PLC0415

    return run(program, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

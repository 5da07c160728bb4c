"""The entry point of the command line: ``propel …`` or ``python -m propel_service …``."""

import gc
import sys
from importlib.util import find_spec
from io import TextIOWrapper

__all__ = ["main"]


def main() -> int:
    """Run the command line and return its exit status."""
    if find_spec("typer") is None or find_spec("typing_extensions") is None:
        sys.stderr.write("Error: the command line is not installed; run: pip install 'propel[service]'\n")
        return 2
    # Start-up makes a million objects that stay; looking for garbage among them at every 700 takes a tenth of it.
    gc.set_threshold(100_000, 20, 20)
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks is shown in escaped form instead of ending the program.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Only now: without the extra `service` these imports fail, and the line above is what helps.
    from propel_service.commands.failures import run  # noqa: PLC0415
    from propel_service.commands.program import program  # noqa: PLC0415

    return run(program, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

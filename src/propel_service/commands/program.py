"""The program `propel`: its commands by name, each loaded when it is asked for.

`propel --help` must answer at once, and a command may need numba, pydicom or a database. So the group knows every
command by its name and one sentence, and imports the module of the one that runs.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

__all__ = ["COMMANDS", "program"]

COMMANDS = {
    "ingest": "Read DICOM-RT folders, compute, and store the results.",
    "status": "Tell what the warehouse holds.",
    "dvh": "Compute dose-volume histograms and dose metrics.",
    "complexity": "Compute the complexity of treatment plans.",
    "overlap": "Compute how far an organ and its targets overlap.",
    "serve": "Serve the dashboard and the HTTP API.",
    "demo": "Serve the dashboard of a synthetic two-centre cohort.",
}


class _LazyGroup(TyperGroup):
    """Holds a stub per command, enough for `--help`, and swaps in the real one when it is invoked."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, summary in COMMANDS.items():
            self.add_command(TyperCommand(name, help=summary, rich_markup_mode=None))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, stub, rest = super().resolve_command(ctx, args)
        if name is None or stub is None:
            return name, stub, rest
        command = get_command(import_module(f"propel_service.commands.{name}").app)
        command.name = name
        return name, command, rest


_app = typer.Typer(
    cls=_LazyGroup,
    add_completion=False,
    rich_markup_mode=None,
    help="PROPEL: radiotherapy plan quality. Dose-volume histograms, plan complexity, overlap and control charts.",
)


def _print_version(asked: bool) -> None:  # noqa: FBT001  # typer calls it with the flag as its one argument
    if asked:
        from propel_core.provenance import core_version  # noqa: PLC0415  # brings numpy, which `--help` must not wait for

        sys.stdout.write(f"propel {core_version()}\n")
        raise typer.Exit


@_app.callback()
def _propel(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    del version  # handled by its callback, before anything else is parsed


def program(arguments: Sequence[str]) -> object:
    """Run the command line `arguments`; what a command returns, or the status it exits with, is returned."""
    return get_command(_app).main(args=list(arguments), prog_name="propel", standalone_mode=False)

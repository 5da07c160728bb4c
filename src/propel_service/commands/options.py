"""Options that several commands share, so that they read and mean the same everywhere."""

from typing import Annotated, TypeAlias

import typer

from propel_core.errors import InvalidRequestError

__all__ = ["CentreOption", "JsonOption", "PortOption", "WarehouseOption", "WorkersOption"]


def _printable(centre: str) -> str:
    if not centre.isprintable():
        message = "a name with bytes or control characters that cannot be printed, expected plain text"
        raise InvalidRequestError(message, where="--centre")
    return centre


CentreOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--centre",
        metavar="NAME",
        show_default=False,
        callback=_printable,
        help="Treatment centre that they come from.",
    ),
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
PortOption: TypeAlias = Annotated[
    int | None,
    typer.Option("--port", min=0, max=65535, show_default="8000", help="Port to listen on; 0 picks a free one."),
]
WarehouseOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--warehouse",
        metavar="URL",
        show_default=False,
        help="SQLAlchemy URL of the warehouse; else PROPEL_WAREHOUSE, else a SQLite file in the user's data folder.",
    ),
]
WorkersOption: TypeAlias = Annotated[
    int | None,
    typer.Option("--workers", min=1, show_default="one per processor", help="Processes that compute at the same time."),
]

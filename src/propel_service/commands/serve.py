"""`propel serve`: the dashboard and the HTTP API, on this machine only."""

from typing import Annotated

import typer

from propel_service.commands.listening import address, listen, serve_until_stopped
from propel_service.commands.logs import configure_logging
from propel_service.commands.models import ServeDocument
from propel_service.commands.options import JsonOption, PortOption, WarehouseOption
from propel_service.commands.output import print_document, print_text, provenance_block
from propel_service.settings import load_settings, without_password

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(help="Serve the dashboard and the HTTP API.")
def serve(
    *,
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="ADDRESS", show_default="127.0.0.1", help="Loopback address to listen on."),
    ] = None,
    port: PortOption = None,
    warehouse: WarehouseOption = None,
    as_json: JsonOption = False,
) -> None:
    settings = load_settings(warehouse=warehouse, host=host, port=port)
    configure_logging(as_json=settings.log_json)
    listener = listen(settings.host, settings.port)
    document = _document(address(listener), settings.warehouse)
    if as_json:
        print_document(document)
    else:
        print_text(f"Serving {document['warehouse']}\nOpen {document['url']} (Ctrl-C stops)\n")
    serve_until_stopped(settings, listener)


def _document(url: str, warehouse: str) -> ServeDocument:
    return {
        "schema": "propel.serve/1",
        "url": url,
        "warehouse": without_password(warehouse),
        "provenance": provenance_block("serve"),
    }

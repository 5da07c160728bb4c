"""`propel status`: what the warehouse holds."""

import typer

from propel_service.commands.models import StatusDocument
from propel_service.commands.options import JsonOption, WarehouseOption
from propel_service.commands.output import print_document, print_table, provenance_block
from propel_service.settings import load_settings, without_password
from propel_service.warehouse import Views, Warehouse

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(help="Tell what the warehouse holds.")
def status(*, warehouse: WarehouseOption = None, as_json: JsonOption = False) -> None:
    document = _document(load_settings(warehouse=warehouse).warehouse)
    if as_json:
        print_document(document)
    else:
        _print(document)


def _document(url: str) -> StatusDocument:
    with Warehouse(url, create=False) as warehouse:
        counts = Views(warehouse).status()
    return {
        "schema": "propel.status/1",
        "warehouse": without_password(url),
        "received": counts.received,
        "unique": counts.unique,
        "duplicates": counts.duplicates,
        "quarantined": counts.quarantined,
        "waiting": counts.waiting,
        "refused": counts.refused,
        "plans": counts.plans,
        "facts": counts.facts,
        "provenance": provenance_block("status"),
    }


def _print(document: StatusDocument) -> None:
    rows = [
        ["Files received", str(document["received"])],
        ["Distinct contents", str(document["unique"])],
        ["Duplicates", str(document["duplicates"])],
        ["Quarantined", str(document["quarantined"])],
        ["Waiting for the rest of their set", str(document["waiting"])],
        ["Sets that could not be computed", str(document["refused"])],
        ["Plans", str(document["plans"])],
        ["Facts", str(document["facts"])],
    ]
    print_table(f"Warehouse {document['warehouse']}", ("", "Count"), rows)

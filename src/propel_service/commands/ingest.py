"""`propel ingest`: folders of DICOM-RT files into the warehouse.

The exit status is 3 when something was refused or set aside and nothing else came of the input (see
`IngestReport.nothing_done`), and 0 when any part of it is stored, waits for the rest of its set, or was there before.
"""

from pathlib import Path
from typing import Annotated

import typer

from propel_service.commands.failures import AllRefusedError
from propel_service.commands.ingesting import ingest_folders, refused_blocks
from propel_service.commands.logs import configure_logging
from propel_service.commands.models import IngestDocument, QuarantinedBlock, RefusedBlock
from propel_service.commands.options import CentreOption, JsonOption, WarehouseOption, WorkersOption
from propel_service.commands.output import print_document, print_refused, print_table, provenance_block
from propel_service.intake import IngestReport
from propel_service.settings import load_settings
from propel_service.warehouse import Warehouse

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(help="Read DICOM-RT folders, compute, and store the results.")
def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", show_default=False, help="Folders or files.")],
    *,
    centre: CentreOption,
    warehouse: WarehouseOption = None,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    settings = load_settings(warehouse=warehouse, workers=workers)
    configure_logging(as_json=settings.log_json)
    with Warehouse(settings.warehouse) as opened:
        report = ingest_folders(paths, centre=centre, warehouse=opened, settings=settings)
    document = _document(report, centre.strip())
    if report.nothing_done:
        raise AllRefusedError([*document["refused"], *map(_quarantined, document["quarantined"])])
    if as_json:
        print_document(document)
    else:
        _print(document)


def _quarantined(each: QuarantinedBlock) -> RefusedBlock:
    return {"input": each["sha256"], "type": each["code"], "message": each["message"], "where": None}


def _document(report: IngestReport, centre: str) -> IngestDocument:
    return {
        "schema": "propel.ingest/1",
        "centre": centre,
        "received": report.received,
        "duplicates": report.duplicates,
        "quarantined": [
            {"sha256": each.sha256, "code": each.code.value, "message": each.message} for each in report.quarantined
        ],
        "waiting": report.waiting,
        "plans": report.plans,
        "dvhs": report.dvhs,
        "facts": report.facts,
        "refused": refused_blocks(report),
        "provenance": provenance_block("ingest", settings={"centre": centre}),
    }


def _print(document: IngestDocument) -> None:
    rows = [
        ["Files received", str(document["received"])],
        ["Duplicates", str(document["duplicates"])],
        ["Quarantined", str(len(document["quarantined"]))],
        ["Waiting for the rest of their set", str(document["waiting"])],
        ["Plans stored", str(document["plans"])],
        ["Dose-volume histograms stored", str(document["dvhs"])],
        ["Facts stored", str(document["facts"])],
    ]
    print_table(f"Ingested for {document['centre']}", ("", "Count"), rows)
    print_refused(_quarantined(each) | {"input": f"file {each['sha256'][:12]}"} for each in document["quarantined"])
    print_refused(document["refused"])

"""`propel demo`: a synthetic two-centre cohort, ingested through the real path, and its dashboard."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

import propel_service.demo
from propel_service.commands.ingesting import ingest_folders, refused_blocks
from propel_service.commands.listening import address, listen, serve_until_stopped
from propel_service.commands.logs import configure_logging
from propel_service.commands.models import DemoCentre, DemoDocument, RefusedBlock
from propel_service.commands.options import JsonOption, PortOption, WorkersOption
from propel_service.commands.output import (
    print_document,
    print_refused,
    print_table,
    print_text,
    progress,
    provenance_block,
)
from propel_service.demo import write_cohort
from propel_service.settings import Settings, data_folder, load_settings, sqlite_url
from propel_service.warehouse import Views, Warehouse

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_PROSTATE_SHARE = 5 / 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where one cohort lives; another size or another version of the demo lives beside it."""

    folder: Path

    @property
    def dicom(self) -> Path:
        return self.folder / "dicom"

    @property
    def complete(self) -> Path:
        return self.folder / "complete.json"

    @property
    def warehouse(self) -> str:
        return sqlite_url(self.folder / "warehouse.sqlite")


@app.command(help="Serve the dashboard of a synthetic two-centre cohort.")
def demo(
    *,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="DIR", show_default="in the user's data folder", help="Where to put it."),
    ] = None,
    plans: Annotated[int, typer.Option("--plans", min=2, max=400, help="Plans of each centre.")] = 80,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the dashboard when it is ready.")] = True,
    port: PortOption = None,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    place = _Place(folder=(folder or data_folder() / "demo") / f"cohort-{_cohort_key(plans)}")
    # Never the user's own warehouse, whatever the environment says: synthetic plans must not mix with real ones.
    settings = load_settings(
        warehouse=place.warehouse, spool=place.folder / "spool", workers=workers, host="127.0.0.1", port=port
    )
    configure_logging(as_json=settings.log_json)
    listener = listen(settings.host, settings.port) if serve else None
    centres, reused = _write(place, plans)
    refused = _ingest(place, settings, centres)
    document = _document(place, centres, refused, reused=reused, url=address(listener) if listener else None)
    if as_json:
        print_document(document)
    else:
        _print(document)
    if listener:
        serve_until_stopped(settings, listener)


def _cohort_key(plans: int) -> str:
    """Return what tells one cohort from another: the sources that make it, and its size."""
    root = Path(propel_service.demo.__file__).parent
    sources = [source.read_bytes() for source in sorted(root.glob("*.py"))]
    digest = hashlib.sha256(b"\0".join(sources)).hexdigest()
    return f"{digest[:12]}-{plans}"


def _write(place: _Place, plans: int) -> tuple[list[DemoCentre], bool]:
    """Write the cohort unless it is there, complete; return its centres and whether it was."""
    if place.complete.is_file():
        known: list[DemoCentre] = json.loads(place.complete.read_text(encoding="utf-8"))["centres"]
        return known, True
    place.dicom.mkdir(parents=True, exist_ok=True)
    prostate = round(plans * _PROSTATE_SHARE)
    with progress() as advance:
        written = write_cohort(
            place.dicom,
            prostate_plans=prostate,
            breast_plans=plans - prostate,
            progress=lambda done, total: advance("writing synthetic plans", done, total),
        )
    centres: list[DemoCentre] = [
        {"name": each.name, "folder": each.folder.relative_to(place.folder).as_posix(), "plans": each.plans}
        for each in written.centres
    ]
    # Written last: a cohort that was interrupted has no such file and is written again.
    content = {"synthetic": True, "centres": centres}
    place.complete.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return centres, False


def _ingest(place: _Place, settings: Settings, centres: Sequence[DemoCentre]) -> list[RefusedBlock]:
    """Ingest the folder of each centre, as a user would, and return what was refused."""
    refused: list[RefusedBlock] = []
    with Warehouse(settings.warehouse) as warehouse:
        for centre in centres:
            folder = place.folder / centre["folder"]
            report = ingest_folders([folder], centre=centre["name"], warehouse=warehouse, settings=settings)
            refused.extend(refused_blocks(report))
    return refused


def _document(
    place: _Place, centres: list[DemoCentre], refused: list[RefusedBlock], *, reused: bool, url: str | None
) -> DemoDocument:
    with Warehouse(place.warehouse) as warehouse:
        counts = Views(warehouse).status()
    return {
        "schema": "propel.demo/1",
        "synthetic": True,
        "folder": str(place.folder),
        "warehouse": place.warehouse,
        "reused": reused,
        "centres": centres,
        "plans": counts.plans,
        "facts": counts.facts,
        "refused": refused,
        "url": url,
        "provenance": provenance_block("demo"),
    }


def _print(document: DemoDocument) -> None:
    rows = [
        *([each["name"], str(each["plans"])] for each in document["centres"]),
        ["Plans stored", str(document["plans"])],
        ["Facts stored", str(document["facts"])],
    ]
    print_table("Synthetic cohort (no patient data)", ("", "Count"), rows)
    print_text(f"Folder:    {document['folder']}\nWarehouse: {document['warehouse']}\n")
    print_refused(document["refused"])
    if document["url"]:
        print_text(f"Open {document['url']} (Ctrl-C stops)\n")

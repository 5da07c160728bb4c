"""Handing folders to the intake with the parts it needs: warehouse, spool, plugins, rules, progress bar."""

from collections.abc import Sequence
from pathlib import Path

from propel_service.commands.models import RefusedBlock
from propel_service.commands.output import progress
from propel_service.intake import IngestReport, Recipe, ingest
from propel_service.pipeline.ledger import algorithm_digest
from propel_service.pipeline.rulebook import load_rulebook
from propel_service.plugins import calculators, destinations, make_processor, plugin_manager
from propel_service.settings import Settings
from propel_service.warehouse import Warehouse

__all__ = ["ingest_folders", "refused_blocks"]


def ingest_folders(paths: Sequence[Path], *, centre: str, warehouse: Warehouse, settings: Settings) -> IngestReport:
    """Ingest `paths` under the name of `centre`, with progress bars where standard error is a terminal."""
    plugins = plugin_manager()
    rules = load_rulebook()
    with progress() as advance:
        return ingest(
            paths,
            centre=centre,
            warehouse=warehouse,
            spool=settings.spool,
            recipe=Recipe(
                processor=make_processor,
                algorithm=algorithm_digest(calculators(plugins, rules=rules), rules.digest),
            ),
            workers=settings.workers,
            destinations=destinations(plugins),
            progress=advance,
        )


def refused_blocks(report: IngestReport) -> list[RefusedBlock]:
    """Return what an ingest refused, as it stands in a document."""
    return [
        {"input": each.input, "type": each.type, "message": each.message, "where": each.where}
        for each in report.refused
    ]

"""Intake: how files arrive, are checked, kept, linked and handed to the computation."""

from propel_service.intake.folder import IngestReport, QuarantinedFile, Recipe, RefusedInput, ingest

__all__ = ["IngestReport", "QuarantinedFile", "Recipe", "RefusedInput", "ingest"]

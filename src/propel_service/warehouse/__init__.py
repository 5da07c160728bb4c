"""The warehouse: what arrived, what was computed from it, and the views that pages, API and command line read."""

from propel_service.warehouse.rows import (
    CaveatRow,
    CurveRow,
    FactRow,
    PanelKey,
    PanelRow,
    PlanRow,
    PointRow,
    QuarantineRow,
    ReferenceRow,
    RefusalRow,
    StatusRow,
    StructureRow,
)
from propel_service.warehouse.views import Views
from propel_service.warehouse.warehouse import Warehouse

__all__ = [
    "CaveatRow",
    "CurveRow",
    "FactRow",
    "PanelKey",
    "PanelRow",
    "PlanRow",
    "PointRow",
    "QuarantineRow",
    "ReferenceRow",
    "RefusalRow",
    "StatusRow",
    "StructureRow",
    "Views",
    "Warehouse",
]

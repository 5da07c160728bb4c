"""The synthetic department of ``propel demo``: patients, plans and doses by formula, written as DICOM.

`anatomy` makes patients, `dose` their dose fields, `machine` the apertures; `rtstruct`, `rtplan` and `rtdose` write the
three objects of a plan on what `dicom` and `encoding` give them; `centres` says who plans how, and `cohort` when, with
one change planted. It reads no clock and copies no real patient.
"""

from propel_service.demo.centres import CENTRES, Centre
from propel_service.demo.cohort import (
    CentreSummary,
    CohortSummary,
    Direction,
    PlantedShift,
    ShiftedMetric,
    Site,
    write_cohort,
)
from propel_service.demo.dicom import MANUFACTURER

__all__ = [
    "CENTRES",
    "MANUFACTURER",
    "Centre",
    "CentreSummary",
    "CohortSummary",
    "Direction",
    "PlantedShift",
    "ShiftedMetric",
    "Site",
    "write_cohort",
]

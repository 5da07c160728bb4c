"""Plan complexity from RTPLAN control points: what the leaves and jaws do, weighted by the monitor units delivered.

`compute_complexity` takes a plan and a published `Convention` (its versioned particulars are in `PRESETS`) and returns
a `ComplexityReport`; `CATALOGUE` defines every metric in it.
"""

from propel_core.complexity.catalogue import CATALOGUE, MetricDefinition
from propel_core.complexity.compute import compute_complexity
from propel_core.complexity.conventions import PRESETS, Convention, Denominator, Preset
from propel_core.complexity.report import (
    BeamComplexity,
    ComplexityReport,
    ControlPointComplexity,
    GroupComplexity,
    MetricTable,
)

__all__ = [
    "CATALOGUE",
    "PRESETS",
    "BeamComplexity",
    "ComplexityReport",
    "ControlPointComplexity",
    "Convention",
    "Denominator",
    "GroupComplexity",
    "MetricDefinition",
    "MetricTable",
    "Preset",
    "compute_complexity",
]

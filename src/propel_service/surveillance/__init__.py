"""From a series of plans to a judgement: control limits, tails and signals per centre, and where to look first.

Pure: clock and warehouse belong to others. Centres are never pooled; each is judged by its own frozen reference.
"""

from propel_service.surveillance.attention import Attention, attention_of, rank_panels
from propel_service.surveillance.judgement import (
    CentreJudgement,
    Observation,
    PanelJudgement,
    PointJudgement,
    Reference,
    ReferenceState,
    RuleFinding,
)
from propel_service.surveillance.panels import judge

__all__ = [
    "Attention",
    "CentreJudgement",
    "Observation",
    "PanelJudgement",
    "PointJudgement",
    "Reference",
    "ReferenceState",
    "RuleFinding",
    "attention_of",
    "judge",
    "rank_panels",
]

"""A linked study, before and after its files are read and classified."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from propel_core.provenance import Caveat
from propel_core.rt import DoseGrid, Plan, StructureSet
from propel_service.pipeline.facts import CalculationOutput, Classified

__all__ = ["ClassifiedStudy", "LinkedFiles", "ReadStudy", "StudyResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedFiles:
    """The spooled files of one plan, linked by UID references, and the centre they came from.

    `doses` holds one plan dose, or the complete set of beam (or fraction) doses that add up to it.
    """

    plan: Path
    structures: Path
    doses: tuple[Path, ...]
    centre: str
    received_at: datetime
    centre_source: str = "--centre"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadStudy:
    """A plan with its structures and its total dose, as nouns."""

    plan: Plan
    structures: StructureSet
    dose: DoseGrid


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassifiedStudy:
    """A study whose place among the panels is known; each classification carries its source.

    `aliases` maps structure number to its TG-263 name, for structures that have one. `targets` holds the numbers of
    the structures that are targets; `protocol` names the protocol file that chose the metrics.
    """

    study: ReadStudy
    centre: Classified
    site: Classified
    technique: Classified
    time: datetime
    time_source: str
    prescription_gy: float | None
    prescription_source: str
    aliases: Mapping[int, Classified]
    targets: tuple[int, ...]
    protocol: str
    rules_digest: str = ""
    caveats: tuple[Caveat, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyResult:
    """A classified study with the output of every calculator, by calculator name; picklable."""

    classified: ClassifiedStudy
    outputs: Mapping[str, CalculationOutput]

"""A linked study, before and after its files are read and classified."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

from propel_core.provenance import Caveat, InputDigest
from propel_core.rt import DoseGrid, InterpretedType, Plan, RefusedStructure, StructureSet
from propel_service.pipeline.facts import CalculationOutput, Classified

__all__ = [
    "Classification",
    "ClassifiedHeader",
    "ClassifiedStudy",
    "DoseHeader",
    "LinkedFiles",
    "ReadStudy",
    "StructureHeader",
    "StructureSetHeader",
    "StudyHeader",
    "StudyResult",
]


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
class Classification:
    """The place of a study among the panels; each classification carries its source.

    `aliases` maps structure number to its TG-263 name, for structures that have one. `targets` holds the numbers of
    the structures that are targets; `protocol` names the protocol file that chose the metrics.
    """

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
class ClassifiedStudy(Classification):
    """A study and its place among the panels: what calculators are given."""

    study: ReadStudy

    def header(self) -> "ClassifiedHeader":
        """Return the same without dose values and contours."""
        named = {each.name: getattr(self, each.name) for each in fields(Classification)}
        return ClassifiedHeader(study=StudyHeader.of(self.study), **named)


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureHeader:
    """A structure without its contours."""

    number: int
    name: str
    interpreted_type: InterpretedType
    caveats: tuple[Caveat, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureSetHeader:
    """A structure set without contours, and the file that it was read from."""

    structures: tuple[StructureHeader, ...]
    refused: tuple[RefusedStructure, ...]
    caveats: tuple[Caveat, ...]
    source: InputDigest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseHeader:
    """A dose without its values."""

    identity: InputDigest
    caveats: tuple[Caveat, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyHeader:
    """The plan, and what names and qualifies its structures and dose."""

    plan: Plan
    structures: StructureSetHeader
    dose: DoseHeader

    @classmethod
    def of(cls, study: ReadStudy) -> "StudyHeader":
        """Return the header of `study`."""
        structures = study.structures
        return cls(
            plan=study.plan,
            structures=StructureSetHeader(
                structures=tuple(
                    StructureHeader(
                        number=each.number,
                        name=each.name,
                        interpreted_type=each.interpreted_type,
                        caveats=each.caveats,
                    )
                    for each in structures.structures
                ),
                refused=structures.refused,
                caveats=structures.caveats,
                source=structures.source,
            ),
            dose=DoseHeader(identity=study.dose.identity(), caveats=study.dose.caveats),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassifiedHeader(Classification):
    """The header of a study and its place among the panels."""

    study: StudyHeader


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyResult:
    """The header of a classified study with the output of every calculator, by calculator name; picklable.

    Dose values and contours, nearly all of a study's bytes, stay in the process that computed: destinations need none.
    """

    classified: ClassifiedHeader
    outputs: Mapping[str, CalculationOutput]

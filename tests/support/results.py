"""Results of studies as the pipeline would hand them to the warehouse, and a ledger that has claimed them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from propel_core.provenance import InputDigest, Provenance, digest_of_bytes
from propel_core.rt import StructureSet
from propel_service.pipeline.facts import CalculationOutput, Classified, Curve, Fact, FactKind
from propel_service.pipeline.ledger import (
    UNSTATED,
    Accepted,
    BeamScope,
    Header,
    LinkedSet,
    ObjectKind,
    Reference,
    complete_set,
)
from propel_service.pipeline.study import ClassifiedStudy, ReadStudy, StudyResult
from propel_service.warehouse import Warehouse
from support.study_builder import make_box, make_dose, make_plan

UTC_TIME = datetime(2026, 5, 4, 12, tzinfo=UTC)
ALGORITHM = "algorithm/1"
FIRST_DAY = datetime(2025, 1, 6, 8)  # noqa: DTZ001  # DICOM gives local time


def accept(uid: str, kind: ObjectKind, references: Sequence[Reference] = (), *, version: str = "") -> Accepted:
    """Return an object as it arrives; `version` makes other content under the same UID."""
    dose = kind is ObjectKind.DOSE
    return Accepted(
        sha256=digest_of_bytes(f"{uid}{version}".encode()),
        size=1000,
        origin=f"place of {uid}{version}",
        header=Header(
            sop_uid=uid,
            sop_class_uid="1.2",
            kind=kind,
            summation="PLAN" if dose else "",
            references=tuple(references),
            scope=(BeamScope(fraction_group=UNSTATED if dose else 1, beam=UNSTATED if dose else 1),),
        ),
    )


def arrivals(number: int, *, dose: str = "") -> list[Accepted]:
    """Return plan, structure set and dose `number`; `dose` names another dose of the same plan."""
    plan, structures = f"1.2.{number}.1", f"1.2.{number}.2"
    return [
        accept(plan, ObjectKind.PLAN, [Reference(to_uid=structures, kind=ObjectKind.STRUCTURES)]),
        accept(structures, ObjectKind.STRUCTURES),
        accept(f"1.2.{number}.3{dose}", ObjectKind.DOSE, [Reference(to_uid=plan, kind=ObjectKind.PLAN)]),
    ]


def claim_all(warehouse: Warehouse, *, algorithm: str = ALGORITHM) -> tuple[LinkedSet, ...]:
    """Link and claim whatever is complete."""
    sets = [linked for links in warehouse.open_plans(algorithm=algorithm) if (linked := complete_set(links))]
    return warehouse.claim(sets, algorithm=algorithm, utc=UTC_TIME)


def stamp(version: str = "1") -> Provenance:
    """Return the provenance that all facts of a result share."""
    inputs = (InputDigest(name="RTPLAN", sha256="ab" * 32),)
    return Provenance(algorithm="toy", version=version, inputs=inputs, settings={"sharp": True}, core_digest="cd" * 32)


def fact(value: float | None, metric: str = "MCS", subject: str = "plan", *, charted: bool = True) -> Fact:
    """Return one fact."""
    return Fact(
        kind=FactKind.COMPLEXITY,
        metric=metric,
        subject=subject,
        value=value,
        unit="",
        provenance=stamp(),
        reason=None if value is not None else "not defined",
        charted=charted,
    )


def curve(number: int = 1) -> Curve:
    """Return a curve of structure `number`."""
    return Curve(
        structure_number=number,
        raw_name=f"S{number}",
        canonical_name=None,
        volume_cc=12.5,
        coverage_fraction=1.0,
        min_gy=None,
        mean_gy=20.0,
        max_gy=60.0,
        dose_gy=np.arange(0.0, 60.0, 0.5),
        volume_cc_at_dose=np.linspace(12.5, 0.0, 120),
        provenance=stamp(),
    )


def make_result(  # each is one thing that a test varies
    linked: LinkedSet,
    facts: Sequence[Fact] = (),
    *,
    centre: str = "Northfield",
    day: float = 0.0,
    curves: Sequence[Curve] = (),
    manufacturer: str = "",
    label: str = "P",
) -> StudyResult:
    """Return the result of `linked`, planned `day` days after the first."""
    boxes = (make_box(1, "PTV"), make_box(2, "Own name"))
    read = ReadStudy(
        plan=make_plan(label=label, manufacturer=manufacturer, source=_digest("RTPLAN", linked.plan.sha256)),
        structures=StructureSet(
            sop_instance_uid="1.2", structures=boxes, source=_digest("RTSTRUCT", linked.structures.sha256)
        ),
        dose=replace(make_dose(), source=_digest("RTDOSE", linked.dose_sha256())),
    )
    classified = ClassifiedStudy(
        study=read,
        centre=Classified(value=centre, source="--centre"),
        site=Classified(value="prostate", source="a rule"),
        technique=Classified(value="VMAT", source="control points"),
        time=FIRST_DAY + timedelta(days=day),
        time_source="RT plan date",
        prescription_gy=60.0,
        prescription_source="dose reference",
        aliases={1: Classified(value="PTV", source="alias table")},
        targets=(1,),
        protocol="prostate/1",
    )
    return StudyResult(
        classified=classified.header(), outputs={"toy": CalculationOutput(facts=tuple(facts), curves=tuple(curves))}
    )


def _digest(name: str, sha256: str) -> InputDigest:
    return InputDigest(name=name, sha256=sha256)


def fill(warehouse: Warehouse, values: Sequence[float | None], *, centre: str = "Northfield", first: int = 1) -> None:
    """Store one plan a day, from number `first` on, each with one value of MCS."""
    for offset, value in enumerate(values):
        warehouse.record(arrivals(first + offset), centre=centre, utc=UTC_TIME)
        (linked,) = claim_all(warehouse)
        warehouse.receive(make_result(linked, [fact(value)], centre=centre, day=first + offset), UTC_TIME)

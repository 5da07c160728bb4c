"""A department that exists only in memory: the read side of a warehouse, for tests of pages and API.

Two centres plan prostates (one of them shifts late in the series), one plans breasts; every value is seeded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from propel_core.provenance import Caveat, InputDigest
from propel_service.warehouse import (
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

REFERENCE_SIZE = 20
SHIFT_FROM = 40

Metric = tuple[str, str, str, str, float, float, float]

_PROSTATE: tuple[Metric, ...] = (
    ("dvh", "V50Gy[%]", "Rectum", "%", 34.0, 3.0, 2.2),
    ("dvh", "Mean[Gy]", "Rectum", "Gy", 31.0, 2.0, 1.5),
    ("dvh", "D95%[Gy]", "PTV", "Gy", 58.9, 0.3, 0.0),
    ("complexity", "MCS", "plan", "", 0.31, 0.02, -2.6),
    ("complexity", "LT", "plan", "mm", 412.0, 31.0, 0.0),
    ("overlap", "overlap_fraction", "Rectum|PTV", "", 0.08, 0.02, 0.0),
)
_BREAST: tuple[Metric, ...] = (
    ("dvh", "Mean[Gy]", "Heart", "Gy", 2.1, 0.4, 0.0),
    ("complexity", "MCS", "plan", "", 0.58, 0.05, 0.0),
)


@dataclass
class Department:
    """Answers the questions of `propel_service.warehouse.Views` from lists; `label` and `centres` may be hostile."""

    plans_a_centre: int = 62
    label: str = "P"
    centres: tuple[str, str] = ("Northfield", "Southmere")
    synthetic: bool = True
    _plans: list[PlanRow] = field(default_factory=list)
    _series: dict[PanelKey, list[PointRow]] = field(default_factory=dict)
    _units: dict[PanelKey, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        generator = np.random.default_rng(20250101)
        for number in range(self.plans_a_centre):
            for position, centre in enumerate(self.centres):
                day = timedelta(days=6 * number + 2 * position + float(generator.random()))
                self._add("prostate", "VMAT", centre, number, day, _PROSTATE, generator, shifting=position == 1)
        for number in range(self.plans_a_centre // 4):
            day = timedelta(days=20 * number + float(generator.random()))
            self._add("breast", "field-in-field", self.centres[0], number, day, _BREAST, generator, shifting=False)
        self._plans.sort(key=lambda row: row.plan_id)
        for points in self._series.values():
            points.sort(key=lambda point: (point.time, point.plan_id))

    def _add(
        self,
        site: str,
        technique: str,
        centre: str,
        number: int,
        day: timedelta,
        metrics: Sequence[Metric],
        generator: np.random.Generator,
        *,
        shifting: bool,
    ) -> None:
        plan_id = len(self._plans) + 1
        time = datetime(2024, 1, 8, 8, 30) + day  # noqa: DTZ001  # plans give local times without a zone
        plan = PlanRow(
            plan_id=plan_id,
            label=f"{self.label}{plan_id:03d}",
            centre=centre,
            centre_source="--centre",
            site=site,
            site_source=f"rule {site} of sites.yaml: the label",
            technique=technique,
            technique_source="control points: gantry and leaves move",
            time=time,
            time_source="RTPlanDate",
            prescription_gy=60.0,
            prescription_source="Dose Reference, target prescription dose",
            protocol=site,
            rules_digest="5d" * 32,
            synthetic=self.synthetic,
            beams=2,
            mu=612.5,
            received_at=datetime(2025, 11, 3, 7, 0, tzinfo=UTC),
        )
        self._plans.append(plan)
        for position, (kind, metric, subject, unit, mean, spread, shift) in enumerate(metrics):
            key = PanelKey(kind=kind, metric=metric, subject=subject, site=site, technique=technique)
            moved = shift * spread if shifting and number >= SHIFT_FROM else 0.0
            value = float(generator.normal(mean, spread)) + moved
            missing = kind == "dvh" and number == 30 and position == 0
            self._units[key] = unit
            self._series.setdefault(key, []).append(
                PointRow(
                    plan_id=plan_id,
                    time=time,
                    centre=centre,
                    value=None if missing else value,
                    reason="coverage 0.91 is below 0.95" if missing else None,
                    label=plan.label,
                    synthetic=self.synthetic,
                )
            )

    def panels(self) -> list[PanelRow]:
        """List the panels."""
        return [
            PanelRow(
                key=key,
                unit=self._units[key],
                plans=len(points),
                centres=tuple(sorted({point.centre for point in points})),
            )
            for key, points in self._series.items()
        ]

    def panel(self, slug: str) -> PanelRow | None:
        """Find a panel by its slug."""
        return next((row for row in self.panels() if row.key.slug == slug), None)

    def series(self, key: PanelKey) -> list[PointRow]:
        """List the points of a panel."""
        return self._series[key]

    def reference(self, key: PanelKey, centre: str) -> ReferenceRow | None:
        """Freeze the first values of a centre."""
        found = [point for point in self._series[key] if point.centre == centre and point.value is not None]
        if len(found) < REFERENCE_SIZE:
            return None
        first = found[:REFERENCE_SIZE]
        return ReferenceRow(
            plan_ids=tuple(point.plan_id for point in first),
            values=tuple(point.value for point in first),
            frozen_at=datetime(2025, 11, 3, tzinfo=UTC),
            digest="ab" * 32,
        )

    def plans(self, *, limit: int = 100, after: int = 0) -> list[PlanRow]:
        """List a page of plans."""
        return [row for row in self._plans if row.plan_id > after][:limit]

    def plan(self, plan_id: int) -> PlanRow | None:
        """Find a plan."""
        return next((row for row in self._plans if row.plan_id == plan_id), None)

    def structures(self, plan_id: int) -> list[StructureRow]:
        """List the structures of a plan."""
        if self.plan(plan_id) is None:
            return []
        return [
            StructureRow(number=1, raw_name="PTV 60", canonical_name="PTV", canonical_source="alias", is_target=True),
            StructureRow(
                number=2, raw_name=f"{self.label}rect", canonical_name=None, canonical_source="", is_target=False
            ),
            StructureRow(
                number=3, raw_name="bladder", canonical_name="Bladder", canonical_source="alias", is_target=False
            ),
            StructureRow(
                number=4, raw_name="fem L", canonical_name="Femur_Head_L", canonical_source="alias", is_target=False
            ),
        ]

    def curves(self, plan_id: int) -> list[CurveRow]:
        """Draw histograms as logistic curves."""
        dose = np.linspace(0.0, 65.0, 3000)
        shapes = {1: (60.0, 0.7, 180.0), 2: (32.0, 9.0, 61.0), 3: (24.0, 11.0, 143.0), 4: (14.0, 6.0, 55.0)}
        rows = []
        for structure in self.structures(plan_id):
            middle, width, volume = shapes[structure.number]
            rows.append(
                CurveRow(
                    structure_number=structure.number,
                    raw_name=structure.raw_name,
                    canonical_name=structure.canonical_name,
                    volume_cc=volume,
                    coverage_fraction=1.0,
                    min_gy=middle - 3.0 * width if middle > 3.0 * width else 0.2,
                    mean_gy=middle,
                    max_gy=62.1,
                    dose_gy=dose,
                    volume_cc_at_dose=volume / (1.0 + np.exp((dose - middle) / width * 1.7)) * (dose < 62.1),
                    caveats=(Caveat(code="few-slices", text="3 slices"),) if structure.number == 4 else (),
                )
            )
        return rows

    def facts(self, plan_id: int) -> list[FactRow]:
        """List the numbers of a plan."""
        made = FactRow(
            kind="dvh",
            metric="",
            subject="",
            value=None,
            unit="",
            reason=None,
            charted=True,
            algorithm="dvh",
            version="0.1.0",
            core_digest="cd" * 32,
            settings={"end_caps": "half-slice", "bin_width_gy": 0.01},
            inputs=(InputDigest(name="structures", sha256="12" * 32), InputDigest(name="dose", sha256="34" * 32)),
        )
        facts = [
            replace(
                made,
                kind=key.kind,
                metric=key.metric,
                subject=key.subject,
                value=point.value,
                unit=self._units[key],
                reason=point.reason,
                algorithm=key.kind,
            )
            for key, points in self._series.items()
            for point in points
            if point.plan_id == plan_id
        ]
        beams = [
            replace(
                made,
                kind="complexity",
                metric=metric,
                subject=f"beam {number}",
                value=value + 0.01 * number,
                algorithm="complexity",
                charted=False,
            )
            for number in (1, 2)
            for metric, value in (("MCS", 0.3), ("LT", 400.0))
        ]
        return facts + beams

    def caveats(self, plan_id: int) -> list[CaveatRow]:
        """List one reservation."""
        if self.plan(plan_id) is None:
            return []
        return [CaveatRow(code="dose-grid-edge", text="The dose grid ends inside the body.", source="dose")]

    def revision(self) -> tuple[int, int]:
        """Change with the number of plans."""
        return len(self._plans), 0

    def status(self) -> StatusRow:
        """Count."""
        count = len(self._plans)
        return StatusRow(
            received=3 * count + 4,
            unique=3 * count + 2,
            duplicates=2,
            quarantined=1,
            waiting=0,
            plans=count,
            dvhs=4 * count,
            facts=sum(len(points) for points in self._series.values()),
            refused=1,
            not_needed=0,
        )

    def unmapped_structures(self) -> list[tuple[str, int]]:
        """List two names."""
        return [(f"{self.label}rect", 12), ("zz_help", 3)]

    def quarantine(self) -> list[QuarantineRow]:
        """List one file."""
        return [
            QuarantineRow(
                sha256="ef" * 32,
                code="UnreadableFileError",
                message=f"{self.label}: 12 bytes, expected a DICOM object",
                centre=self.centres[0],
                received_at=datetime(2025, 11, 3, tzinfo=UTC),
            )
        ]

    def refusals(self) -> list[RefusalRow]:
        """List one set."""
        return [
            RefusalRow(
                plan_sha256="aa" * 32,
                type="UnsupportedInputError",
                message="dose in relative units, expected Gy",
                where="RTDOSE",
                finished_at=datetime(2025, 11, 3, tzinfo=UTC),
            )
        ]

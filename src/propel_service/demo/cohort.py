"""The synthetic department: two sites, eighteen months of plans, and one change that a chart must find."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from pathlib import Path

import numpy as np

from propel_service.demo.anatomy import Region, RoiType, make_pelvis, make_thorax
from propel_service.demo.centres import CENTRES, Centre, Practice
from propel_service.demo.dicom import Study
from propel_service.demo.dose import ArcGradient, DoseArray, Grid, arc_dose, cover, tangent_dose, tangent_edge
from propel_service.demo.machine import Field, arcs, tangents
from propel_service.demo.rtdose import write_dose
from propel_service.demo.rtplan import write_plan
from propel_service.demo.rtstruct import write_structures

__all__ = [
    "CentreSummary",
    "CohortSummary",
    "Direction",
    "PlantedShift",
    "ShiftedMetric",
    "Site",
    "write_cohort",
]

SEED = 20240108
FIRST_DAY = date(2024, 1, 8)
DAYS = 546
SHIFT_DAY = date(2025, 1, 13)
FILES_PER_PLAN = 3
PROSTATE_GY, PROSTATE_FRACTIONS = 60.0, 20
BREAST_GY, BREAST_FRACTIONS = 40.05, 15


class Site(Enum):
    """What the synthetic department treats; the value is written as the treatment site."""

    PROSTATE = "Prostate"
    BREAST = "Left breast"


class Direction(Enum):
    """Where a metric goes."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftedMetric:
    """One metric that the planted change moves; `subject` is the TG-263 name of a structure, or ``plan``."""

    metric: str
    subject: str
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedShift:
    """The change planted in the cohort: `plans` of one centre and site from the day `since` on differ.

    `metrics` holds what moves first of all; other members of the same families (LSV, AAV, monitor units) go with it.
    """

    centre: str
    site: Site
    since: date
    plans: int
    reason: str
    metrics: tuple[ShiftedMetric, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreSummary:
    """What was written for one centre: `folder` holds its plans and nothing else."""

    name: str
    folder: Path
    plans: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortSummary:
    """What was written, and what a chart of it must show; `shift` is None when no plan of the cohort is changed."""

    centres: tuple[CentreSummary, ...]
    plans: int
    files: int
    first_day: date
    last_day: date
    shift: PlantedShift | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """One plan to be made."""

    centre: Centre
    site: Site
    number: int
    planned_at: datetime
    seed: int

    @property
    def is_shifted(self) -> bool:
        return self.centre.changed is not None and self.site is Site.PROSTATE and self.planned_at.date() >= SHIFT_DAY

    @property
    def practice(self) -> Practice:
        changed = self.centre.changed
        return changed if changed is not None and self.is_shifted else self.centre.practice

    @property
    def patient_id(self) -> str:
        return f"SYNTHETIC-{self.centre.letter}-{self.site.name[0]}{self.number:03d}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Made:
    """A plan as arrays, before it is written."""

    regions: tuple[Region, ...]
    fields: tuple[Field, ...]
    grid: Grid
    dose_gy: DoseArray


def write_cohort(
    folder: Path,
    *,
    seed: int = SEED,
    centres: Sequence[Centre] = CENTRES,
    prostate_plans: int = 50,
    breast_plans: int = 30,
    progress: Callable[[int, int], None] | None = None,
) -> CohortSummary:
    """Write a synthetic cohort as DICOM: for each plan an RTSTRUCT, an RTPLAN and an RTDOSE.

    The same arguments give the same bytes, whatever the day and the place. Everything written says that it is
    synthetic, and its manufacturer is `propel_service.demo.MANUFACTURER`.

    Parameters
    ----------
    folder
        Receives one subfolder per centre; files of the same name are overwritten.
    prostate_plans, breast_plans
        Plans of each site at each centre, spread evenly over eighteen months.
    progress
        Called after each plan with the number written and the number in all.

    Returns
    -------
    CohortSummary
        The folders, the period, and the change that was planted.
    """
    counts = {Site.PROSTATE: prostate_plans, Site.BREAST: breast_plans}
    orders = [
        order for centre in centres for site, count in counts.items() for order in _orders(centre, site, count, seed)
    ]
    for done, order in enumerate(orders, 1):
        _write(folder, order)
        if progress is not None:
            progress(done, len(orders))
    days = [order.planned_at.date() for order in orders]
    return CohortSummary(
        centres=tuple(
            CentreSummary(
                name=centre.name,
                folder=folder / centre.folder,
                plans=sum(order.centre is centre for order in orders),
            )
            for centre in centres
        ),
        plans=len(orders),
        files=FILES_PER_PLAN * len(orders),
        first_day=min(days, default=FIRST_DAY),
        last_day=max(days, default=FIRST_DAY),
        shift=_shift(orders),
    )


def _shift(orders: Sequence[_Order]) -> PlantedShift | None:
    shifted = [order for order in orders if order.is_shifted]
    if not shifted:
        return None
    return PlantedShift(
        centre=shifted[0].centre.name,
        site=Site.PROSTATE,
        since=SHIFT_DAY,
        plans=len(shifted),
        reason="a new optimiser template: a softer gradient behind the target and stronger modulation",
        metrics=(
            ShiftedMetric(metric="Mean[Gy]", subject="Rectum", direction=Direction.UP),
            ShiftedMetric(metric="V30Gy[%]", subject="Rectum", direction=Direction.UP),
            ShiftedMetric(metric="V50Gy[%]", subject="Rectum", direction=Direction.UP),
            ShiftedMetric(metric="MCS", subject="plan", direction=Direction.DOWN),
        ),
    )


def _orders(centre: Centre, site: Site, count: int, seed: int) -> Iterator[_Order]:
    """Yield the plans of one centre and site in order of time: one in each of `count` equal parts of the period."""
    rng = np.random.default_rng([seed, ord(centre.letter), *site.name.encode()])
    for number in range(1, count + 1):
        day = FIRST_DAY + timedelta(days=int((number - 1 + rng.uniform(0.1, 0.9)) * DAYS / count))
        # Nobody plans at the weekend; what falls there waits for Monday.
        day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)
        minute = int(rng.integers(8 * 60, 18 * 60))
        planned_at = datetime.combine(day, time(minute // 60, minute % 60, int(rng.integers(60))))
        yield _Order(centre=centre, site=site, number=number, planned_at=planned_at, seed=seed)


def _write(folder: Path, order: _Order) -> None:
    rng = np.random.default_rng([order.seed, ord(order.centre.letter), *order.site.name.encode(), order.number])
    prostate = order.site is Site.PROSTATE
    study = Study(
        key=f"{order.seed}/{order.patient_id}/{order.planned_at.isoformat()}",
        patient_id=order.patient_id,
        patient_name=f"SYNTHETIC^{order.centre.letter} {order.site.name.title()} {order.number:03d}",
        patient_sex="M" if prostate else "F",
        centre=order.centre.name,
        label="SYN Prostate" if prostate else "SYN Breast L",
        site=order.site.value,
        prescription_gy=PROSTATE_GY if prostate else BREAST_GY,
        fractions=PROSTATE_FRACTIONS if prostate else BREAST_FRACTIONS,
        planned_at=order.planned_at,
        origin_mm=tuple(np.round(rng.uniform((-15.0, -180.0, -900.0), (15.0, -120.0, -300.0)), 2).tolist()),
        export=order.centre.export,
    )
    made = _prostate(order, rng) if prostate else _breast(order, rng)
    place = folder / order.centre.folder / order.patient_id
    place.mkdir(parents=True, exist_ok=True)
    write_structures(place / "RTSTRUCT.dcm", study, made.regions)
    write_plan(place / "RTPLAN.dcm", study, order.centre.machine, made.fields)
    write_dose(place / "RTDOSE.dcm", study, made.grid, made.dose_gy)


def _prostate(order: _Order, rng: np.random.Generator) -> _Made:
    practice = order.practice
    pelvis = make_pelvis(rng, ring=order.centre.machine.has_x_jaws)
    gradient = ArcGradient(posterior_mm=practice.posterior_mm + rng.normal(0.0, 0.5), elsewhere_mm=14.0)
    grid = _cover(pelvis.regions, rng)
    return _Made(
        regions=(*pelvis.regions, _isocentre((0.0, 0.0, 0.0))),
        fields=arcs(
            pelvis, order.centre.machine, practice.modulation, dose_gy=PROSTATE_GY / PROSTATE_FRACTIONS, rng=rng
        ),
        grid=grid,
        dose_gy=arc_dose(pelvis, grid, prescription_gy=PROSTATE_GY, gradient=gradient, rng=rng),
    )


def _breast(order: _Order, rng: np.random.Generator) -> _Made:
    thorax = make_thorax(rng)
    edge = tangent_edge(thorax, margin_mm=rng.normal(6.0, 0.8))
    grid = _cover(thorax.regions, rng)
    fields = tangents(thorax, edge, order.centre.machine, dose_gy=BREAST_GY / BREAST_FRACTIONS, rng=rng)
    return _Made(
        regions=(*thorax.regions, _isocentre(fields[0].isocentre_mm)),
        fields=fields,
        grid=grid,
        dose_gy=tangent_dose(thorax, grid, edge, prescription_gy=BREAST_GY, rng=rng),
    )


def _cover(regions: Sequence[Region], rng: np.random.Generator) -> Grid:
    outline = [points for region in regions if region.kind is RoiType.EXTERNAL for points in region.contours]
    return cover(np.concatenate(outline), rng)


def _isocentre(position_mm: tuple[float, float, float]) -> Region:
    return Region(name="Isocentre", kind=RoiType.ISOCENTER, contours=(np.array([position_mm]),))

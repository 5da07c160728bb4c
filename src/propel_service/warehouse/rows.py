"""What the views return: plain frozen values, for pages, API and command line."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from json import dumps

from propel_core.provenance import Caveat, InputDigest, Setting
from propel_core.units import FloatArray

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
]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PanelKey:
    """One panel: a metric of a subject, for one site and one technique."""

    kind: str
    metric: str
    subject: str
    site: str
    technique: str

    @property
    def slug(self) -> str:
        """A stable name that is safe in a URL: readable words, then eight digits that make it unique."""
        parts = (self.kind, self.metric, self.subject, self.site, self.technique)
        words = re.sub(r"[^a-z0-9]+", "-", " ".join(parts).casefold()).strip("-")
        return f"{words}-{sha256(dumps(parts).encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelRow:
    """A panel with what stands in it; `plans` counts those with a value, and those without one."""

    key: PanelKey
    unit: str
    plans: int
    centres: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRow:
    """One plan on a panel; a point without value says why."""

    plan_id: int
    time: datetime
    centre: str
    value: float | None
    reason: str | None
    label: str
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A plan with its classifications, each with its source; `time` is the centre's local time, `received_at` UTC."""

    plan_id: int
    label: str
    centre: str
    centre_source: str
    site: str
    site_source: str
    technique: str
    technique_source: str
    time: datetime
    time_source: str
    prescription_gy: float | None
    prescription_source: str
    protocol: str
    rules_digest: str
    synthetic: bool
    beams: int
    mu: float
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureRow:
    """A structure of a plan; `canonical_name` is None while its raw name is unmapped."""

    number: int
    raw_name: str
    canonical_name: str | None
    canonical_source: str
    is_target: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurveRow:
    """A cumulative dose-volume histogram: volume receiving at least each dose, shapes (k,)."""

    structure_number: int
    raw_name: str
    canonical_name: str | None
    volume_cc: float
    coverage_fraction: float
    min_gy: float | None
    mean_gy: float | None
    max_gy: float | None
    dose_gy: FloatArray
    volume_cc_at_dose: FloatArray
    caveats: tuple[Caveat, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """One number about a plan, and how it was made."""

    kind: str
    metric: str
    subject: str
    value: float | None
    unit: str
    reason: str | None
    charted: bool
    algorithm: str
    version: str
    core_digest: str
    settings: dict[str, Setting]
    inputs: tuple[InputDigest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaveatRow:
    """A reservation about a plan, and who made it: linking, plan, structures, dose, classification, a calculator."""

    code: str
    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """What the warehouse holds.

    `received` counts arrivals, `unique` the different contents among them, `duplicates` the rest; files set aside are
    among the unique ones. `waiting` counts objects, `refused` sets that were complete and could not be
    computed.
    """

    received: int
    unique: int
    duplicates: int
    quarantined: int
    waiting: int
    plans: int
    dvhs: int
    facts: int
    refused: int
    not_needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """A content that was set aside."""

    sha256: str
    code: str
    message: str
    centre: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRow:
    """A complete set that could not be computed; named by the digest of its plan file."""

    plan_sha256: str
    type: str
    message: str
    where: str | None
    finished_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRow:
    """A frozen reference period: the plans and the values they had when it was frozen; None is a gap."""

    plan_ids: tuple[int, ...]
    values: tuple[float | None, ...]
    frozen_at: datetime
    digest: str

"""The shapes of the API's answers: a contract. Fields are added, never renamed.

Units: Gy, cm³ (`cc`), MU. Times of plans are local times without a zone, as DICOM gives them; times of the service are
UTC. A number that cannot be given is null, with its reason beside it.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "CaveatModel",
    "CentreModel",
    "CurveModel",
    "FactModel",
    "FindingModel",
    "InputModel",
    "LimitsModel",
    "MethodModel",
    "PanelListModel",
    "PanelModel",
    "PanelSummaryModel",
    "PlanListModel",
    "PlanModel",
    "PlanSummaryModel",
    "PointModel",
    "QuarantinedModel",
    "RefusalModel",
    "SourcedModel",
    "StatusModel",
    "StructureModel",
    "UnmappedModel",
]


class _Row(BaseModel):
    """A model that reads its fields from a row of the warehouse."""

    model_config = ConfigDict(from_attributes=True)


class StatusModel(BaseModel):
    """What the warehouse holds (counts), and which core answers."""

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
    version: str
    core_digest: str


class CaveatModel(_Row):
    """A reservation about a result: a code for programs, a sentence for people."""

    code: str
    text: str
    source: str | None = Field(default=None, description="The calculation that has the reservation.")


class InputModel(_Row):
    """What a number was computed from: its role and the SHA-256 of its bytes."""

    name: str
    sha256: str


class MethodModel(_Row):
    """How a result was made."""

    algorithm: str
    version: str
    core_digest: str
    settings: dict[str, str | int | float | bool | None]
    inputs: tuple[InputModel, ...]


class PanelSummaryModel(BaseModel):
    """One panel: metric x subject x site x technique."""

    slug: str
    kind: str
    metric: str
    subject: str
    site: str
    technique: str
    unit: str
    plans: int
    centres: tuple[str, ...]


class PanelListModel(BaseModel):
    """All panels."""

    panels: tuple[PanelSummaryModel, ...]


class LimitsModel(BaseModel):
    """Control limits (the centre's own process) and tail band (its reference population); null where there is none."""

    centre_line: float | None
    sigma: float | None
    lower: float | None
    upper: float | None
    band_low: float | None
    band_high: float | None


class CentreModel(BaseModel):
    """What one centre is judged by."""

    name: str
    state: Literal["frozen", "provisional", "none"]
    reference_size: int
    reference_start: datetime | None
    reference_end: datetime | None
    limits: LimitsModel
    divisor: str
    rules: tuple[str, ...] = Field(description="The rules in force, in words.")
    law: str
    caveats: tuple[CaveatModel, ...]
    methods: tuple[MethodModel, ...]


class FindingModel(BaseModel):
    """A rule that was met at a point, with the plans of its window."""

    rule: str
    direction: Literal["low", "neither", "high"]
    plan_ids: tuple[int, ...]
    explanation: str


class PointModel(BaseModel):
    """One plan on a panel."""

    plan_id: int
    label: str
    time: datetime
    centre: str
    value: float | None
    reason: str | None = Field(description="Why there is no value.")
    synthetic: bool
    in_reference: bool
    p: float | None = Field(description="Place in the reference population: P(X <= value).")
    tail: bool = Field(description="In the outer 2.5 % on either side: unusual, not bad.")
    signals: tuple[FindingModel, ...]
    explanation: str | None


class PanelModel(PanelSummaryModel):
    """A panel with its points, limits, tails and signals."""

    alpha: float = Field(description="Probability of both tails together.")
    judged: tuple[CentreModel, ...]
    points: tuple[PointModel, ...]


class SourcedModel(BaseModel):
    """A classification and where it came from."""

    value: str | float | datetime | None
    source: str


class PlanSummaryModel(BaseModel):
    """One plan and how it was classified, each classification with its source."""

    plan_id: int
    label: str
    centre: SourcedModel
    site: SourcedModel
    technique: SourcedModel
    time: SourcedModel
    prescription_gy: SourcedModel
    protocol: str
    rules_digest: str = Field(description="SHA-256 of the classification rules that were in force.")
    synthetic: bool
    beams: int
    mu: float
    received_at: datetime


class PlanListModel(BaseModel):
    """A page of plans; `next` is the `after` of the following page, null at the end."""

    plans: tuple[PlanSummaryModel, ...]
    next: int | None


class StructureModel(_Row):
    """A structure: its name in the plan and the TG-263 name it is read as."""

    number: int
    raw_name: str
    canonical_name: str | None
    canonical_source: str
    is_target: bool


class FactModel(_Row):
    """One number about one plan, and how it was made."""

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
    settings: dict[str, str | int | float | bool | None]
    inputs: tuple[InputModel, ...]


class PlanModel(PlanSummaryModel):
    """A plan with its structures, numbers and reservations."""

    structures: tuple[StructureModel, ...]
    facts: tuple[FactModel, ...]
    caveats: tuple[CaveatModel, ...]


class CurveModel(_Row):
    """A cumulative histogram: `volume_cc_at_dose[k]` receives at least `dose_gy[k]`."""

    structure_number: int
    raw_name: str
    canonical_name: str | None
    volume_cc: float
    coverage_fraction: float
    min_gy: float | None
    mean_gy: float | None
    max_gy: float | None
    dose_gy: list[float]
    volume_cc_at_dose: list[float]
    caveats: tuple[CaveatModel, ...]


class UnmappedModel(BaseModel):
    """A structure name that no alias maps, and how often it was seen."""

    raw_name: str
    count: int


class QuarantinedModel(_Row):
    """A file that could not be used, and why."""

    sha256: str
    code: str
    message: str
    centre: str
    received_at: datetime


class RefusalModel(_Row):
    """A complete set that could not be computed, named by the digest of its plan file, and why."""

    plan_sha256: str
    type: str
    message: str
    where: str | None
    finished_at: datetime

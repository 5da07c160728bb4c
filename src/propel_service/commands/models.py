"""What every command prints with ``--json``: one typed dictionary per document.

Scripts of hospitals rely on these: fields are added, never renamed or removed. They are dictionaries, not pydantic
models, so that printing a histogram does not pay for a validator; `propel_service.commands.schemas` makes the
published JSON Schemas from them, and contract tests hold real output against those.
"""

from typing import Literal, NotRequired

from typing_extensions import TypedDict  # the form that pydantic can read on Python 3.11

__all__ = ["DOCUMENTS"]


class InputBlock(TypedDict):
    """What was computed from: its role (never a file name) and its content."""

    name: str
    """Role of the input, for example RTDOSE."""
    sha256: str
    """SHA-256 of the bytes, in hexadecimal."""


class ProvenanceBlock(TypedDict):
    """How the result was made."""

    algorithm: str
    """Identifier of the algorithm."""
    version: str
    """Version of the algorithm."""
    core_digest: str
    """SHA-256 over the sources of the installed core."""
    qualified: bool
    """Whether this installation has been qualified on this machine."""
    inputs: list[InputBlock]
    """The inputs, in the order in which they were given."""
    settings: dict[str, str | int | float | bool | None]
    """Every setting that the numbers depend on."""
    utc: str
    """When it was computed (ISO 8601, UTC); the only field that differs between two equal runs."""


class WarningBlock(TypedDict):
    """A reservation about a result."""

    code: str
    """Stable code, for programs."""
    text: str
    """One sentence, for people."""


class RefusedBlock(TypedDict):
    """An input of which nothing was computed, and why."""

    input: str
    """The input as it was given on the command line or, for what lies in a folder, the SHA-256 of the (plan) file."""
    type: str
    """Kind of error, for example UnreadableFileError."""
    message: str
    """What was found and what was expected."""
    where: str | None
    """The place in the input."""


class ErrorBlock(TypedDict):
    """Why nothing was done."""

    type: str
    """Kind of error, for example UsageError, UnreadableFileError, InternalError."""
    message: str
    """What was found and what was expected."""
    where: str | None
    """The place in the input, or the option."""


class ErrorDocument(TypedDict):
    """Printed instead of a command's own document when the exit status is not 0."""

    schema: Literal["propel.error/1"]
    error: ErrorBlock
    refused: NotRequired[list[RefusedBlock]]
    """Every refused input, when there were several."""


class DvhStructure(TypedDict):
    """The dose-volume histogram of one structure."""

    name: str
    """ROI name as stored."""
    number: int
    """ROI number (two structures may share a name)."""
    volume_cc: float
    """Volume of the structure, cm³, inside the dose grid or not."""
    coverage_fraction: float
    """Part of the volume that the dose grid covers; 0 for a structure without volume."""
    min_gy: float | None
    """Lowest dose in the covered part, Gy."""
    mean_gy: float | None
    """Mean dose of the covered part, Gy."""
    max_gy: float | None
    """Highest dose in the covered part, Gy."""
    dose_gy: list[float]
    """Doses of the cumulative histogram, Gy, ascending."""
    volume_cc_at_dose: list[float]
    """Volume that receives at least each dose, cm³."""
    metrics: dict[str, float | None]
    """Metrics by name; null when a metric has no value for this structure."""
    metric_reasons: dict[str, str]
    """Why a metric is null, by name."""
    warnings: list[WarningBlock]
    """Reservations about this structure."""


class DvhDocument(TypedDict):
    """Printed by `propel dvh --json`."""

    schema: Literal["propel.dvh/1"]
    structures: list[DvhStructure]
    """One entry per structure, in the order of the structure set."""
    refused: list[RefusedBlock]
    """ROI names that are not there, and structures that cannot be computed."""
    warnings: list[WarningBlock]
    """Reservations about the structure set or the dose as a whole."""
    provenance: ProvenanceBlock


class ComplexityBeam(TypedDict):
    """The complexity of one beam."""

    number: int
    """Beam number."""
    mu: float
    """Monitor units of one fraction."""
    control_points: int
    """Number of control points."""
    metrics: dict[str, float]
    """Metrics of the beam, by name."""


class ExcludedBeam(TypedDict):
    """A beam that takes no part."""

    number: int
    """Beam number."""
    code: str
    """Stable reason code."""
    reason: str
    """One sentence."""


class ComplexityPlan(TypedDict):
    """The complexity of one plan."""

    file: str
    """The file as it was given on the command line."""
    convention: str
    """Convention of the modulation complexity score."""
    metrics: dict[str, float]
    """Metrics of the plan, by name."""
    beams: list[ComplexityBeam]
    """The beams that were computed."""
    excluded_beams: list[ExcludedBeam]
    """The beams that were not, with reasons."""
    warnings: list[WarningBlock]
    """Reservations about this plan."""


class ComplexityDocument(TypedDict):
    """Printed by `propel complexity --json`."""

    schema: Literal["propel.complexity/1"]
    plans: list[ComplexityPlan]
    """One entry per readable plan, in the order given."""
    refused: list[RefusedBlock]
    """Files that are no plan that can be computed."""
    provenance: ProvenanceBlock


class MetricEntry(TypedDict):
    """What a metric means."""

    name: str
    unit: str
    description: str
    reference: str


class ComplexityListDocument(TypedDict):
    """Printed by `propel complexity --list --json`."""

    schema: Literal["propel.complexity.list/1"]
    metrics: list[MetricEntry]
    """Every metric of the catalogue."""
    conventions: list[str]
    """Every convention that can be asked for."""
    provenance: ProvenanceBlock


class OverlapDocument(TypedDict):
    """Printed by `propel overlap --json`."""

    schema: Literal["propel.overlap/1"]
    targets: list[str]
    """The targets whose union was taken, as stored."""
    organ: str
    """The organ, as stored."""
    overlap_cc: float
    """Volume shared by the organ and the union of the targets, cm³."""
    overlap_fraction: float
    """Shared volume over the organ's volume, 0 to 1."""
    organ_cc: float
    """Volume of the organ, cm³."""
    target_cc: float
    """Volume of the union of the targets, cm³."""
    warnings: list[WarningBlock]
    """Reservations about the structures."""
    provenance: ProvenanceBlock


class QuarantinedBlock(TypedDict):
    """A file that was set aside, and why."""

    sha256: str
    """SHA-256 of the file."""
    code: str
    """Stable reason code."""
    message: str
    """What was found and what was expected."""


class IngestDocument(TypedDict):
    """Printed by `propel ingest --json`."""

    schema: Literal["propel.ingest/1"]
    centre: str
    """The centre the files were booked under."""
    received: int
    """Files that were looked at."""
    duplicates: int
    """Files whose content was already known."""
    quarantined: list[QuarantinedBlock]
    """Files that were set aside."""
    waiting: int
    """Files that wait for the rest of their set."""
    plans: int
    """Plans computed and stored by this run."""
    dvhs: int
    """Dose-volume histograms stored by this run."""
    facts: int
    """Facts stored by this run."""
    refused: list[RefusedBlock]
    """Paths that could not be read, and the sets met by this run of which nothing could be computed, now or before."""
    provenance: ProvenanceBlock


class StatusDocument(TypedDict):
    """Printed by `propel status --json`."""

    schema: Literal["propel.status/1"]
    warehouse: str
    """URL of the warehouse, without its password."""
    received: int
    """Files ever looked at."""
    unique: int
    """Distinct contents among them."""
    duplicates: int
    """Files whose content was already known."""
    quarantined: int
    """Files set aside."""
    waiting: int
    """Files that wait for the rest of their set."""
    refused: int
    """Complete sets of which nothing could be computed."""
    plans: int
    """Plans stored."""
    facts: int
    """Facts stored."""
    provenance: ProvenanceBlock


class ServeDocument(TypedDict):
    """Printed by `propel serve --json` once it listens."""

    schema: Literal["propel.serve/1"]
    url: str
    """Address of the pages."""
    warehouse: str
    """URL of the warehouse, without its password."""
    provenance: ProvenanceBlock


class DemoCentre(TypedDict):
    """What the demo ingested for one centre."""

    name: str
    """Name of the fictitious centre."""
    folder: str
    """Its DICOM files, within the folder of the cohort."""
    plans: int
    """Plans written for it."""


class DemoDocument(TypedDict):
    """Printed by `propel demo --json`."""

    schema: Literal["propel.demo/1"]
    synthetic: Literal[True]
    """Nothing here comes from a patient."""
    folder: str
    """Where the synthetic cohort and its warehouse are."""
    warehouse: str
    """URL of the demo's own warehouse."""
    reused: bool
    """Whether the cohort was there already."""
    centres: list[DemoCentre]
    plans: int
    """Plans in the demo's warehouse."""
    facts: int
    """Facts in the demo's warehouse."""
    refused: list[RefusedBlock]
    """Synthetic plans that could not be computed; none, unless something is wrong."""
    url: str | None
    """Address of the dashboard; null with `--no-serve`."""
    provenance: ProvenanceBlock


DOCUMENTS: tuple[type, ...] = (
    ComplexityDocument,
    ComplexityListDocument,
    DemoDocument,
    DvhDocument,
    ErrorDocument,
    IngestDocument,
    OverlapDocument,
    ServeDocument,
    StatusDocument,
)
"""Every document that can be printed."""

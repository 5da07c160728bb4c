"""The ledger's side of the pipeline: what arrived, and which plans have all of their parts.

Links are references by UID inside the objects, never folders or file names. A plan is complete when its reference
graph resolves: its structure set is there, and one dose of the whole plan or every one of its partial doses. No timer
takes part, so the order of arrival is of no consequence.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Protocol, TypeAlias

from propel_core.provenance import Caveat, core_digest, digest_of_bytes
from propel_service.pipeline.ports import Calculator, Refusal
from propel_service.pipeline.study import StudyResult

__all__ = [
    "UNSTATED",
    "Accepted",
    "Arrival",
    "BeamScope",
    "Header",
    "Ledger",
    "LinkedSet",
    "ObjectKind",
    "PlanLinks",
    "QuarantineCode",
    "Receipt",
    "Reference",
    "RefusedSet",
    "Rejected",
    "Stored",
    "algorithm_digest",
    "complete_set",
]

UNSTATED = -1
"""Stands for a fraction group or a beam number that an object does not state."""


class ObjectKind(Enum):
    """What an object is to the pipeline; OTHER is legal and not needed (images, records, treatment session doses)."""

    PLAN = "plan"
    STRUCTURES = "structures"
    DOSE = "dose"
    OTHER = "other"


class QuarantineCode(StrEnum):
    """Why a file is set aside; the values are stable, for programs.

    A REVISION has the SOP Instance UID of an object that a stored result was computed from, and other content: it is
    kept apart until somebody decides.
    """

    EMPTY_FILE = "empty-file"
    NOT_DICOM = "not-dicom"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    MISSING_UID = "missing-uid"
    UNKNOWN_SOP_CLASS = "unknown-sop-class"
    UNSUPPORTED_PLAN = "unsupported-plan"
    NO_MLC = "no-mlc"
    NO_CONTOURS = "no-contours"
    RELATIVE_DOSE = "relative-dose"
    NO_DOSE_GRID = "no-dose-grid"
    NO_PLAN_REFERENCE = "no-plan-reference"
    REVISION = "revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An edge of the reference graph: the UID that an object names, and what is to be found there."""

    to_uid: str
    kind: ObjectKind


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class BeamScope:
    """A beam within a fraction group: one that a plan delivers, or one that a dose belongs to."""

    fraction_group: int
    beam: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the ledger keeps of an object: identity, references and extent, and nothing about the patient.

    Parameters
    ----------
    summation
        Dose Summation Type of a dose, '' for other objects.
    created
        Instance creation date and time as written, '' when absent; only to prefer the newer of two equal doses.
    scope
        The beams that a plan delivers or that a dose covers.
    """

    sop_uid: str
    sop_class_uid: str
    kind: ObjectKind
    study_uid: str = ""
    series_uid: str = ""
    frame_uid: str = ""
    summation: str = ""
    created: str = ""
    references: tuple[Reference, ...] = ()
    scope: tuple[BeamScope, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A file that was understood. `origin` tells one place of arrival from another without naming it."""

    sha256: str
    size: int
    origin: str
    header: Header


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A file that is set aside, with the reason and one sentence."""

    sha256: str
    size: int
    origin: str
    code: QuarantineCode
    message: str


Arrival: TypeAlias = Accepted | Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of an arrival: whether its content was known, and why it was set aside (None when it was not)."""

    duplicate: bool
    code: QuarantineCode | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An object of the ledger, as the linking needs it."""

    instance_id: int
    sop_uid: str
    sha256: str
    centre: str
    received_at: datetime
    summation: str = ""
    created: str = ""
    references: tuple[Reference, ...] = ()
    scope: tuple[BeamScope, ...] = ()

    def refers_to(self, kind: ObjectKind) -> tuple[str, ...]:
        """Return the UIDs of that kind which this object names, in file order."""
        return tuple(reference.to_uid for reference in self.references if reference.kind is kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLinks:
    """A plan and all that the ledger holds around it: the doses that name it, structure sets by UID."""

    plan: Stored
    doses: tuple[Stored, ...]
    structures: Mapping[str, Stored]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedSet:
    """A complete set: one plan, one structure set, and the doses that add up to the plan's."""

    plan: Stored
    structures: Stored
    doses: tuple[Stored, ...]
    caveats: tuple[Caveat, ...] = ()

    def dose_sha256(self) -> str:
        """Return the digest of the dose: of its file, or over the sorted digests of the files that are summed."""
        digests = sorted(dose.sha256 for dose in self.doses)
        return digests[0] if len(digests) == 1 else digest_of_bytes("".join(digests).encode())

    def input_digest(self) -> str:
        """Return one digest over the whole set."""
        return digest_of_bytes(f"{self.plan.sha256}{self.structures.sha256}{self.dose_sha256()}".encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSet:
    """A complete set that could not be computed, and the contents that it is made of."""

    plan_sha256: str
    inputs: frozenset[str]
    refusal: Refusal


class Ledger(Protocol):
    """Remembers what arrived, which sets were computed and how that ended; it takes in the results as well."""

    def known(self, digests: Iterable[str]) -> Mapping[str, ObjectKind]:
        """Return the kind of each of `digests` whose content is an object of the ledger now.

        Revisions are not, nor contents that another one took the place of: they may have their turn again.
        """
        ...

    def origin(self, place: str) -> str:
        """Return a keyed digest of the place that a file came from; the place itself is not kept."""
        ...

    def record(self, arrivals: Sequence[Arrival], *, centre: str, utc: datetime) -> tuple[Receipt, ...]:
        """Enter arrivals in one transaction and return what became of each, in order.

        Of several contents under one SOP Instance UID the newest counts, until a result was computed from one.
        """
        ...

    def record_duplicates(self, seen: Sequence[tuple[str, str]], *, utc: datetime) -> None:
        """Enter further arrivals of known content as (sha256, origin); one already entered changes nothing."""
        ...

    def open_plans(self, *, algorithm: str) -> tuple[PlanLinks, ...]:
        """Return the plans that may have work to do, in order of arrival."""
        ...

    def claim(self, sets: Sequence[LinkedSet], *, algorithm: str, utc: datetime) -> tuple[LinkedSet, ...]:
        """Enter a run for each set that has none which ended, and return those.

        Sets that a crash left and those that a fault of ours ended are among them.
        """
        ...

    def refuse(self, linked: LinkedSet, refusal: Refusal, *, algorithm: str, utc: datetime) -> None:
        """End the run of a set that could not be computed; after a fault of ours it is claimed again."""
        ...

    def refused_sets(self) -> tuple[RefusedSet, ...]:
        """Return the sets that could not be computed and are still what their files say, in order of arrival."""
        ...

    def store(self, result: StudyResult, utc: datetime) -> bool:
        """Store a result in one transaction; return False, and change nothing, when there is one for its inputs."""
        ...

    def waiting(self) -> int:
        """Return how many objects wait for the rest of their set."""
        ...

    def freeze_references(self, minimum: int = 20, *, utc: datetime | None = None) -> int:
        """Freeze the reference period of every panel and centre that has come to `minimum` values; return how many."""
        ...


def complete_set(links: PlanLinks) -> LinkedSet | None:
    """Return the complete set of a plan, or None while a part is missing.

    A dose of the whole plan is preferred; else one dose for each beam, else one for each fraction group. The three are
    never mixed. Of two doses of the same extent the newer is taken, by its own creation time and then by its UID, so
    that the choice does not depend on which arrived first.
    """
    newest_first = sorted(links.doses, key=lambda dose: (dose.created, dose.sop_uid), reverse=True)
    for summation, required in _extents(links.plan):
        candidates = [dose for dose in newest_first if dose.summation == summation]
        doses = _cover(candidates, required) if summation != "PLAN" else candidates[:1]
        structures = _structures(links, doses)
        if doses and structures is not None:
            return LinkedSet(
                plan=links.plan,
                structures=structures,
                doses=tuple(sorted(doses, key=lambda dose: dose.sop_uid)),
                caveats=_caveats(summation, len(candidates), len(doses)),
            )
    return None


def _extents(plan: Stored) -> tuple[tuple[str, frozenset[BeamScope]], ...]:
    beams = frozenset(plan.scope)
    groups = frozenset(BeamScope(fraction_group=scope.fraction_group, beam=UNSTATED) for scope in beams)
    return ("PLAN", frozenset()), ("BEAM", beams), ("FRACTION", groups)


def _cover(newest_first: Sequence[Stored], required: frozenset[BeamScope]) -> list[Stored]:
    """Return doses that cover `required` exactly once, or none."""
    chosen: list[Stored] = []
    missing = set(required)
    for dose in newest_first:
        covered = {_resolve(scope, required) for scope in dose.scope}
        if covered and covered <= missing:
            chosen.append(dose)
            missing -= covered
    return chosen if required and not missing else []


def _resolve(scope: BeamScope, required: frozenset[BeamScope]) -> BeamScope:
    """Return the one required extent that `scope` means where it leaves the group, or the beam, unstated."""
    per_beam = any(extent.beam != UNSTATED for extent in required)
    wanted = scope if per_beam else BeamScope(fraction_group=scope.fraction_group, beam=UNSTATED)
    if wanted.fraction_group != UNSTATED:
        return wanted
    fitting = [extent for extent in required if extent.beam == wanted.beam]
    return fitting[0] if len(fitting) == 1 else wanted


def _structures(links: PlanLinks, doses: Sequence[Stored]) -> Stored | None:
    """Return the structure set that the plan names or, where it names none, that its doses name."""
    named = links.plan.refers_to(ObjectKind.STRUCTURES)
    if not named:
        named = tuple(uid for dose in doses for uid in dose.refers_to(ObjectKind.STRUCTURES))
    return next((links.structures[uid] for uid in named if uid in links.structures), None)


def _caveats(summation: str, candidates: int, used: int) -> tuple[Caveat, ...]:
    if candidates <= used:
        return ()
    text = f"{candidates} doses of kind {summation} name this plan, {used} used: the newest of each extent"
    return (Caveat(code="several_doses", text=text),)


def algorithm_digest(calculators: Iterable[Calculator], rules_digest: str) -> str:
    """Return one digest over all that a result depends on besides its input: core, calculators and rules."""
    versions = sorted((calculator.name, calculator.version) for calculator in calculators)
    return digest_of_bytes(json.dumps([core_digest(), rules_digest, versions]).encode())

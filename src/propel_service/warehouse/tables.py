"""The tables of the warehouse.

Two families: the ledger (what arrived, what it refers to, what was computed from it) and the results (plans,
structures, histograms, facts). No table holds a patient's name, number, dates or a file name. A unique key never
contains a nullable column, because NULL admits duplicates there: sentinels ('' and -1) stand for "not stated".
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "Base",
    "BeamScopeRow",
    "CaveatRecord",
    "DvhRecord",
    "FactRecord",
    "FrozenReference",
    "FrozenValue",
    "Instance",
    "InstanceState",
    "Meta",
    "PlanRecord",
    "ProvenanceRecord",
    "Quarantine",
    "ReceptionRow",
    "ReferenceRecord",
    "Run",
    "RunInput",
    "RunStatus",
    "StructureRecord",
    "Study",
    "UtcDateTime",
]


class UtcDateTime(TypeDecorator[datetime]):
    """A time with zone on the Python side, kept as UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; a time without zone is a fault of the caller."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time without zone, expected one with"
            raise ValueError(message)
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Common metadata: constraint names are fixed, so that a migration can address them in every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class InstanceState(StrEnum):
    """What an object is to the computation.

    A SUPERSEDED object made way for newer content under its UID before any result was computed from it; a REVISION
    came after one was.
    """

    STORED = "stored"
    NOT_NEEDED = "not-needed"
    REVISION = "revision"
    SUPERSEDED = "superseded"


class RunStatus(StrEnum):
    """How far a run has come: DONE and REFUSED are its end, FAILED (by a fault of ours) is tried again."""

    CLAIMED = "claimed"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


_UID = String(64)
_SHA = String(64)
_NAME = String(255)


class Meta(Base):
    """What the warehouse knows about itself: the key of its origins."""

    __tablename__ = "meta"
    key: Mapped[str] = mapped_column(_NAME, primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Instance(Base):
    """A DICOM object, once per content; `state` is an `InstanceState`."""

    __tablename__ = "instance"
    __table_args__ = (UniqueConstraint("sop_uid", "sha256"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sop_uid: Mapped[str] = mapped_column(_UID)
    sha256: Mapped[str] = mapped_column(_SHA, index=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    sop_class_uid: Mapped[str] = mapped_column(_UID)
    study_uid: Mapped[str] = mapped_column(_UID)
    series_uid: Mapped[str] = mapped_column(_UID)
    frame_uid: Mapped[str] = mapped_column(_UID)
    summation: Mapped[str] = mapped_column(String(32))
    created: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Integer)
    centre: Mapped[str] = mapped_column(_NAME)
    source: Mapped[str] = mapped_column(String(16))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReferenceRecord(Base):
    """An edge of the reference graph; it may dangle until its end arrives."""

    __tablename__ = "reference"
    __table_args__ = (Index("ix_reference_to", "to_uid", "kind"),)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    to_uid: Mapped[str] = mapped_column(_UID)
    kind: Mapped[str] = mapped_column(String(16))


class BeamScopeRow(Base):
    """A beam that a plan delivers or that a dose belongs to; -1 where not stated."""

    __tablename__ = "beam_scope"
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    fraction_group: Mapped[int] = mapped_column(Integer, primary_key=True)
    beam: Mapped[int] = mapped_column(Integer, primary_key=True)


class ReceptionRow(Base):
    """One arrival of a content from one place; the same again changes nothing."""

    __tablename__ = "reception"
    sha256: Mapped[str] = mapped_column(_SHA, primary_key=True)
    origin: Mapped[str] = mapped_column(_SHA, primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Quarantine(Base):
    """A content that was set aside; `released_at` when a later version understood it."""

    __tablename__ = "quarantine"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sha256: Mapped[str] = mapped_column(_SHA, unique=True)
    code: Mapped[str] = mapped_column(String(32))
    message: Mapped[str] = mapped_column(Text)
    centre: Mapped[str] = mapped_column(_NAME)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Run(Base):
    """A computation of one linked set by one version of the algorithms; `status` is a `RunStatus`."""

    __tablename__ = "run"
    __table_args__ = (UniqueConstraint("input_digest", "algorithm_digest"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    plan_instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), index=True)
    structures_sha256: Mapped[str] = mapped_column(_SHA, index=True)
    dose_sha256: Mapped[str] = mapped_column(_SHA)
    input_digest: Mapped[str] = mapped_column(_SHA)
    algorithm_digest: Mapped[str] = mapped_column(_SHA)
    status: Mapped[str] = mapped_column(String(16))
    last_instance_id: Mapped[int] = mapped_column(Integer)
    caveats: Mapped[str] = mapped_column(Text)
    claimed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error_type: Mapped[str] = mapped_column(_NAME)
    error_message: Mapped[str] = mapped_column(Text)
    error_where: Mapped[str] = mapped_column(_NAME)


class RunInput(Base):
    """An object that takes part in a run."""

    __tablename__ = "run_input"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True, index=True)


class PlanRecord(Base):
    """A plan that has at least one result; its number stays the same when the result is replaced."""

    __tablename__ = "plan"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), unique=True)


class Study(Base):
    """One result of a plan with its classification; the views show the current one, older ones stay."""

    __tablename__ = "study"
    __table_args__ = (
        Index(
            "ix_study_current",
            "plan_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), unique=True)
    is_current: Mapped[bool] = mapped_column(Boolean)
    label: Mapped[str] = mapped_column(_NAME)
    centre: Mapped[str] = mapped_column(_NAME)
    centre_source: Mapped[str] = mapped_column(Text)
    site: Mapped[str] = mapped_column(_NAME)
    site_source: Mapped[str] = mapped_column(Text)
    technique: Mapped[str] = mapped_column(_NAME)
    technique_source: Mapped[str] = mapped_column(Text)
    time: Mapped[datetime] = mapped_column(DateTime)
    time_source: Mapped[str] = mapped_column(Text)
    prescription_gy: Mapped[float | None] = mapped_column(Float)
    prescription_source: Mapped[str] = mapped_column(Text)
    protocol: Mapped[str] = mapped_column(_NAME)
    rules_digest: Mapped[str] = mapped_column(_SHA)
    synthetic: Mapped[bool] = mapped_column(Boolean)
    beams: Mapped[int] = mapped_column(Integer)
    mu: Mapped[float] = mapped_column(Float)
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ProvenanceRecord(Base):
    """How results were made: one row for each algorithm, settings and inputs."""

    __tablename__ = "provenance"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    digest: Mapped[str] = mapped_column(_SHA, unique=True)
    algorithm: Mapped[str] = mapped_column(_NAME)
    version: Mapped[str] = mapped_column(_NAME)
    core_digest: Mapped[str] = mapped_column(_SHA)
    settings: Mapped[str] = mapped_column(Text)
    inputs: Mapped[str] = mapped_column(Text)


class StructureRecord(Base):
    """A structure of a study; `canonical_name` is '' while its raw name is unmapped."""

    __tablename__ = "structure"
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    raw_name: Mapped[str] = mapped_column(_NAME)
    canonical_name: Mapped[str] = mapped_column(_NAME)
    canonical_source: Mapped[str] = mapped_column(Text)
    is_target: Mapped[bool] = mapped_column(Boolean)


class DvhRecord(Base):
    """A cumulative dose-volume histogram, packed by `dvh_codec`."""

    __tablename__ = "dvh"
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), primary_key=True)
    structure_number: Mapped[int] = mapped_column(Integer, primary_key=True)
    raw_name: Mapped[str] = mapped_column(_NAME)
    canonical_name: Mapped[str] = mapped_column(_NAME)
    volume_cc: Mapped[float] = mapped_column(Float)
    coverage_fraction: Mapped[float] = mapped_column(Float)
    min_gy: Mapped[float | None] = mapped_column(Float)
    mean_gy: Mapped[float | None] = mapped_column(Float)
    max_gy: Mapped[float | None] = mapped_column(Float)
    curve: Mapped[bytes] = mapped_column(LargeBinary)
    caveats: Mapped[str] = mapped_column(Text)
    provenance_id: Mapped[int] = mapped_column(ForeignKey("provenance.id"))


class FactRecord(Base):
    """One number about one study."""

    __tablename__ = "fact"
    __table_args__ = (
        UniqueConstraint("study_id", "kind", "metric", "subject", "version"),
        Index("ix_fact_panel", "kind", "metric", "subject"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    kind: Mapped[str] = mapped_column(String(32))
    metric: Mapped[str] = mapped_column(_NAME)
    subject: Mapped[str] = mapped_column(_NAME)
    version: Mapped[str] = mapped_column(_NAME)
    value: Mapped[float | None] = mapped_column(Float)
    unit: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str | None] = mapped_column(Text)
    charted: Mapped[bool] = mapped_column(Boolean)
    provenance_id: Mapped[int] = mapped_column(ForeignKey("provenance.id"))


class CaveatRecord(Base):
    """A reservation about a study, and who made it."""

    __tablename__ = "caveat"
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    source: Mapped[str] = mapped_column(_NAME)
    code: Mapped[str] = mapped_column(_NAME)
    text: Mapped[str] = mapped_column(Text)


class FrozenReference(Base):
    """The reference period of one panel at one centre; written once, never changed."""

    __tablename__ = "frozen_reference"
    __table_args__ = (UniqueConstraint("kind", "metric", "subject", "site", "technique", "centre"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    metric: Mapped[str] = mapped_column(_NAME)
    subject: Mapped[str] = mapped_column(_NAME)
    site: Mapped[str] = mapped_column(_NAME)
    technique: Mapped[str] = mapped_column(_NAME)
    centre: Mapped[str] = mapped_column(_NAME)
    digest: Mapped[str] = mapped_column(_SHA)
    frozen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FrozenValue(Base):
    """One value of a frozen reference, as it was then; null where the plan had none."""

    __tablename__ = "frozen_value"
    reference_id: Mapped[int] = mapped_column(ForeignKey("frozen_reference.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    value: Mapped[float | None] = mapped_column(Float)

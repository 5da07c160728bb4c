"""The first schema: the ledger, the results and the frozen references."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table(
        "frozen_reference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("metric", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("site", sa.String(length=255), nullable=False),
        sa.Column("technique", sa.String(length=255), nullable=False),
        sa.Column("centre", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("frozen_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_frozen_reference"),
        sa.UniqueConstraint(
            "kind", "metric", "subject", "site", "technique", "centre", name="uq_frozen_reference_kind"
        ),
    )
    op.create_table(
        "instance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sop_uid", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sop_class_uid", sa.String(length=64), nullable=False),
        sa.Column("study_uid", sa.String(length=64), nullable=False),
        sa.Column("series_uid", sa.String(length=64), nullable=False),
        sa.Column("frame_uid", sa.String(length=64), nullable=False),
        sa.Column("summation", sa.String(length=32), nullable=False),
        sa.Column("created", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("centre", sa.String(length=255), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_instance"),
        sa.UniqueConstraint("sop_uid", "sha256", name="uq_instance_sop_uid"),
    )
    op.create_index("ix_instance_sha256", "instance", ["sha256"], unique=False)
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
    op.create_table(
        "provenance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("algorithm", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=255), nullable=False),
        sa.Column("core_digest", sa.String(length=64), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_provenance"),
        sa.UniqueConstraint("digest", name="uq_provenance_digest"),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("centre", sa.String(length=255), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("released_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
        sa.UniqueConstraint("sha256", name="uq_quarantine_sha256"),
    )
    op.create_table(
        "reception",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "origin", name="pk_reception"),
    )
    op.create_table(
        "beam_scope",
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("fraction_group", sa.Integer(), nullable=False),
        sa.Column("beam", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name="fk_beam_scope_instance_id"),
        sa.PrimaryKeyConstraint("instance_id", "fraction_group", "beam", name="pk_beam_scope"),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name="fk_plan_instance_id"),
        sa.PrimaryKeyConstraint("id", name="pk_plan"),
        sa.UniqueConstraint("instance_id", name="uq_plan_instance_id"),
    )
    op.create_table(
        "reference",
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("to_uid", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name="fk_reference_instance_id"),
        sa.PrimaryKeyConstraint("instance_id", "position", name="pk_reference"),
    )
    op.create_index("ix_reference_to", "reference", ["to_uid", "kind"], unique=False)
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_instance_id", sa.Integer(), nullable=False),
        sa.Column("structures_sha256", sa.String(length=64), nullable=False),
        sa.Column("dose_sha256", sa.String(length=64), nullable=False),
        sa.Column("input_digest", sa.String(length=64), nullable=False),
        sa.Column("algorithm_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("last_instance_id", sa.Integer(), nullable=False),
        sa.Column("caveats", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("error_type", sa.String(length=255), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=False),
        sa.Column("error_where", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["plan_instance_id"], ["instance.id"], name="fk_run_plan_instance_id"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.UniqueConstraint("input_digest", "algorithm_digest", name="uq_run_input_digest"),
    )
    op.create_index("ix_run_plan_instance_id", "run", ["plan_instance_id"], unique=False)
    op.create_index("ix_run_structures_sha256", "run", ["structures_sha256"], unique=False)
    op.create_table(
        "frozen_value",
        sa.Column("reference_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_frozen_value_plan_id"),
        sa.ForeignKeyConstraint(["reference_id"], ["frozen_reference.id"], name="fk_frozen_value_reference_id"),
        sa.PrimaryKeyConstraint("reference_id", "position", name="pk_frozen_value"),
    )
    op.create_table(
        "study",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("centre", sa.String(length=255), nullable=False),
        sa.Column("centre_source", sa.Text(), nullable=False),
        sa.Column("site", sa.String(length=255), nullable=False),
        sa.Column("site_source", sa.Text(), nullable=False),
        sa.Column("technique", sa.String(length=255), nullable=False),
        sa.Column("technique_source", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(), nullable=False),
        sa.Column("time_source", sa.Text(), nullable=False),
        sa.Column("prescription_gy", sa.Float(), nullable=True),
        sa.Column("prescription_source", sa.Text(), nullable=False),
        sa.Column("protocol", sa.String(length=255), nullable=False),
        sa.Column("rules_digest", sa.String(length=64), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("beams", sa.Integer(), nullable=False),
        sa.Column("mu", sa.Float(), nullable=False),
        sa.Column("stored_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_study_plan_id"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_study_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_study"),
        sa.UniqueConstraint("run_id", name="uq_study_run_id"),
    )
    op.create_index(
        "ix_study_current",
        "study",
        ["plan_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "caveat",
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("code", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_caveat_study_id"),
        sa.PrimaryKeyConstraint("study_id", "position", name="pk_caveat"),
    )
    op.create_table(
        "dvh",
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("structure_number", sa.Integer(), nullable=False),
        sa.Column("raw_name", sa.String(length=255), nullable=False),
        sa.Column("canonical_name", sa.String(length=255), nullable=False),
        sa.Column("volume_cc", sa.Float(), nullable=False),
        sa.Column("coverage_fraction", sa.Float(), nullable=False),
        sa.Column("min_gy", sa.Float(), nullable=True),
        sa.Column("mean_gy", sa.Float(), nullable=True),
        sa.Column("max_gy", sa.Float(), nullable=True),
        sa.Column("curve", sa.LargeBinary(), nullable=False),
        sa.Column("caveats", sa.Text(), nullable=False),
        sa.Column("provenance_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["provenance_id"], ["provenance.id"], name="fk_dvh_provenance_id"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_dvh_study_id"),
        sa.PrimaryKeyConstraint("study_id", "structure_number", name="pk_dvh"),
    )
    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("metric", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("version", sa.String(length=255), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("charted", sa.Boolean(), nullable=False),
        sa.Column("provenance_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["provenance_id"], ["provenance.id"], name="fk_fact_provenance_id"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_fact_study_id"),
        sa.PrimaryKeyConstraint("id", name="pk_fact"),
        sa.UniqueConstraint("study_id", "kind", "metric", "subject", "version", name="uq_fact_study_id"),
    )
    op.create_index("ix_fact_panel", "fact", ["kind", "metric", "subject"], unique=False)
    op.create_table(
        "structure",
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("raw_name", sa.String(length=255), nullable=False),
        sa.Column("canonical_name", sa.String(length=255), nullable=False),
        sa.Column("canonical_source", sa.Text(), nullable=False),
        sa.Column("is_target", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_structure_study_id"),
        sa.PrimaryKeyConstraint("study_id", "number", name="pk_structure"),
    )


def downgrade() -> None:
    op.drop_table("structure")
    op.drop_table("fact")
    op.drop_table("dvh")
    op.drop_table("caveat")
    op.drop_table("study")
    op.drop_table("frozen_value")
    op.drop_table("run")
    op.drop_table("reference")
    op.drop_table("plan")
    op.drop_table("beam_scope")
    op.drop_table("reception")
    op.drop_table("quarantine")
    op.drop_table("provenance")
    op.drop_table("meta")
    op.drop_table("instance")
    op.drop_table("frozen_reference")

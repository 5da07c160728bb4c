"""The objects that take part in each run, so that it is known which of them a stored result was computed from."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"

_FROM_RUNS = (
    "INSERT INTO run_input (run_id, instance_id) SELECT id, plan_instance_id FROM run",
    (
        "INSERT INTO run_input (run_id, instance_id) SELECT run.id, instance.id FROM run"
        " JOIN instance ON instance.sha256 IN (run.structures_sha256, run.dose_sha256)"
    ),
    # Which of the partial doses were summed was not kept: all that name the plan count.
    (
        "INSERT INTO run_input (run_id, instance_id) SELECT DISTINCT run.id, dose.id FROM run"
        " JOIN instance AS plan ON plan.id = run.plan_instance_id"
        " JOIN reference ON reference.to_uid = plan.sop_uid AND reference.kind = 'plan'"
        " JOIN instance AS dose ON dose.id = reference.instance_id"
        " WHERE dose.kind = 'dose' AND dose.state = 'stored' AND dose.summation <> 'PLAN'"
        " AND run.dose_sha256 NOT IN (SELECT sha256 FROM instance)"
    ),
)


def upgrade() -> None:
    op.create_table(
        "run_input",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name="fk_run_input_instance_id"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_run_input_run_id"),
        sa.PrimaryKeyConstraint("run_id", "instance_id", name="pk_run_input"),
    )
    op.create_index("ix_run_input_instance_id", "run_input", ["instance_id"], unique=False)
    for statement in _FROM_RUNS:
        op.execute(statement)

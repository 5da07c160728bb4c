"""How Alembic reaches the database: through the connection of whoever calls, inside that caller's transaction."""

from alembic import context

from propel_service.warehouse.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
context.run_migrations()

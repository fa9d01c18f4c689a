"""Alembic's environment: runs the steps on the connection it is handed, within that connection's transaction."""

from alembic import context

from gtm_metrics.journal.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # the transaction is the caller's: either the whole journal moves to a version, or nothing does
    transactional_ddl=False,
)
context.run_migrations()

"""Alembic's door: runs the revisions on the connection that `oms_core.migrations.upgrade` hands over."""

from alembic import context

from oms_core.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()

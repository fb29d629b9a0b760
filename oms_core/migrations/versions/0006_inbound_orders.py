"""The feeds of channels and what comes in by them

Revision ID: 0006
Revises: 0005
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# What people set up of a feed; how far it is changes with every pull and is nobody's doing.
SET_UP = (
    "code", "channel_id", "kind", "address", "secret", "settings", "every_minutes", "overlap_minutes", "is_active",
)  # fmt: skip
# A shop that is there already: its roles begin with what is new as those of a new shop do.
GRANTS = """
INSERT INTO role_permissions (role, permission)
SELECT g.role, g.permission
FROM (VALUES ('manager', 'inbox.work'), ('lead', 'inbox.work'), ('admin', 'inbox.work'), ('admin', 'feeds.edit'))
     g (role, permission)
WHERE EXISTS (SELECT FROM role_permissions)
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Apply."""
    _create_feeds()
    _create_messages()
    _create_reconciliations()
    differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in SET_UP)
    op.execute(
        "CREATE TRIGGER audit AFTER INSERT OR DELETE ON channel_feeds FOR EACH ROW EXECUTE FUNCTION audit_row('id')"
    )
    op.execute(
        f"CREATE TRIGGER audit_set_up AFTER UPDATE OF {', '.join(SET_UP)} ON channel_feeds FOR EACH ROW"
        f" WHEN ({differs}) EXECUTE FUNCTION audit_row('id')"
    )
    # The first outcome tells of itself; who changed it afterwards is told here.
    op.execute(
        "CREATE TRIGGER audit AFTER UPDATE OF outcome, order_id, task_id, reason ON inbound_messages FOR EACH ROW"
        " WHEN (OLD.outcome IS NOT NULL) EXECUTE FUNCTION audit_row('id')"
    )
    op.execute(
        "CREATE TRIGGER append_only"
        " BEFORE UPDATE OF channel_id, external_id, revision, digest, form, body, received_at OR DELETE"
        " ON inbound_messages FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(GRANTS)


def downgrade() -> None:
    """Revert."""
    op.execute("DELETE FROM role_permissions WHERE permission IN ('inbox.work', 'feeds.edit')")
    op.drop_table("feed_reconciliations")
    op.drop_table("inbound_messages")
    op.drop_table("channel_feeds")


def _create_feeds() -> None:
    op.create_table(
        "channel_feeds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("http", "imap", "maildir", name="kind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret", sa.String(length=100), server_default="", nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("every_minutes", sa.SmallInteger(), server_default=sa.text("5"), nullable=False),
        sa.Column("overlap_minutes", sa.SmallInteger(), server_default=sa.text("15"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("watermark", sa.Text(), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("reached", sa.Text(), nullable=True),
        sa.Column("pulls", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("every_minutes > 0 AND overlap_minutes >= 0", name=op.f("ck_channel_feeds_pace")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_channel_feeds_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_feeds")),
        sa.UniqueConstraint("code", name=op.f("uq_channel_feeds_code")),
    )
    op.create_index("ix_channel_feeds_channel_id", "channel_feeds", ["channel_id"])


def _create_messages() -> None:
    op.create_table(
        "inbound_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("feed_id", sa.BigInteger(), nullable=True),
        sa.Column("external_id", sa.String(length=100), nullable=False),
        sa.Column("revision", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "form",
            sa.Enum("order", "letter", name="form", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sender", sa.String(length=200), server_default="", nullable=False),
        sa.Column("subject", sa.String(length=200), server_default="", nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum("order", "task", "rejected", name="outcome", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(length=60), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("faults", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_inbound_messages_decided")),
        sa.CheckConstraint("outcome <> 'order' OR order_id IS NOT NULL", name=op.f("ck_inbound_messages_order")),
        sa.CheckConstraint("outcome <> 'task' OR task_id IS NOT NULL", name=op.f("ck_inbound_messages_task")),
        sa.CheckConstraint("outcome <> 'rejected' OR reason <> ''", name=op.f("ck_inbound_messages_rejected")),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_inbound_messages_actor_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_inbound_messages_channel_id")),
        sa.ForeignKeyConstraint(["feed_id"], ["channel_feeds.id"], name=op.f("fk_inbound_messages_feed_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_inbound_messages_order_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_inbound_messages_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_messages")),
        sa.UniqueConstraint(
            "channel_id", "external_id", "revision", name=op.f("uq_inbound_messages_channel_id_external_id_revision")
        ),
    )
    for name, columns, where in (
        ("undecided", ["received_at", "id"], "outcome IS NULL"),
        ("tasks", ["task_id"], "outcome = 'task'"),
        ("order_id", ["order_id"], "order_id IS NOT NULL"),
    ):
        op.create_index(f"ix_inbound_messages_{name}", "inbound_messages", columns, postgresql_where=sa.text(where))
    op.create_index("ix_inbound_messages_feed_id", "inbound_messages", ["feed_id"])
    op.create_index("ix_inbound_messages_decided", "inbound_messages", ["outcome", "received_at", "id"])


def _create_reconciliations() -> None:
    op.create_table(
        "feed_reconciliations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("feed_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("theirs", sa.Integer(), nullable=False),
        sa.Column("ours", sa.Integer(), nullable=False),
        sa.Column("missing", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("still_missing", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("recovered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("first_checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["channel_feeds.id"], name=op.f("fk_feed_reconciliations_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_reconciliations")),
        sa.UniqueConstraint("feed_id", "day", name=op.f("uq_feed_reconciliations_feed_id_day")),
    )
    op.create_index(
        "ix_feed_reconciliations_gaps", "feed_reconciliations", ["feed_id"],
        postgresql_where=sa.text("still_missing <> '{}'"),
    )  # fmt: skip

"""The audit tells who changed which row of what people keep, and nobody can change what it told."""

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from oms_core import door
from oms_core.orders.comments import comment_order
from oms_core.schema import metadata
from tests.building import a_customer, a_stocked_product, an_order

_LOG = "SELECT table_name, action, actor_id, before, after FROM audit_log ORDER BY id DESC LIMIT 1"
# Told otherwise: the journals and what they are the history of, rows written by the system for itself, what is one
# person's own (drafts, kept views), what is only ever added (changes of orders, attempts of contact), the log itself.
NOT_AUDITED = {
    "order_events", "purchase_order_events", "audit_log", "config_versions", "config_revisions", "automation_runs",
    "approval_steps", "sign_in_attempts", "idempotency_keys", "mart_dirty_days", "status_intervals", "rule_hits",
    "assignment_intervals", "fulfilments", "shipments", "shipment_lines", "shipment_events", "returns", "return_lines",
    "payment_allocations", "stock_levels", "stock_moves", "reservations", "locations", "receipts", "receipt_lines",
    "replenishment_runs", "import_batches", "import_files", "import_entries", "import_rows", "status_groups", "alerts",
    "order_changes", "contact_attempts", "invoice_series", "invoices", "invoice_lines", "order_drafts", "queue_views",
    "stage_paces", "order_risks", "boards", "board_starts", "metric_alerts", "feed_reconciliations",
    "work_levellings", "work_levelling_moves", "work_levelling_loads", "replenishment_attempts", "digest_runs",
}  # fmt: skip


def acting_as(session: Session, actor_id: int) -> None:
    session.execute(text(f"SET LOCAL oms.actor = '{actor_id:d}'"))


def test_every_table_that_people_change_has_its_trigger(engine: Engine):
    with engine.connect() as connection:
        audited = set(connection.scalars(text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audit'")))
    assert set(inspect(engine).get_table_names()) - {"alembic_version"} - NOT_AUDITED == audited
    assert set(metadata.tables) >= audited


def test_a_row_added_changed_and_removed_is_told_with_its_actor(session, actor):
    acting_as(session, actor.id)
    session.execute(text("INSERT INTO teams (code, name) VALUES ('north', 'North')"))
    assert session.execute(text(_LOG)).one()[:3] == ("teams", "insert", actor.id)
    session.execute(text("UPDATE teams SET name = 'The north' WHERE code = 'north'"))
    assert session.execute(text(_LOG)).one()[3:] == ({"name": "North"}, {"name": "The north"})
    session.execute(text("DELETE FROM teams WHERE code = 'north'"))
    told = session.execute(text(_LOG)).one()
    assert (told.action, told.before["name"], told.after) == ("delete", "The north", None)


def test_an_update_that_changes_nothing_is_not_told(session):
    before = session.scalar(text("SELECT count(*) FROM audit_log"))
    session.execute(text("UPDATE channels SET name = name"))
    assert session.scalar(text("SELECT count(*) FROM audit_log")) == before


def test_of_secrets_it_is_told_only_that_they_changed(session):
    session.execute(text("UPDATE users SET password_hash = 'argon2id-of-it' WHERE login = 'admin'"))
    told = session.execute(text(_LOG)).one()
    assert told.after == {"password_hash": "(secret)"}
    assert "argon2id-of-it" not in str(session.execute(text("SELECT * FROM audit_log")).all())


@pytest.mark.parametrize(
    "attack",
    ["UPDATE audit_log SET actor_id = 1", "DELETE FROM audit_log", "TRUNCATE audit_log", "TRUNCATE order_events"],
)
def test_nobody_edits_or_empties_what_was_told(session, attack):
    a_customer(session)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(attack))


def test_a_bulk_load_is_told_by_its_batch_and_not_row_by_row(session):
    before = session.scalar(text("SELECT count(*) FROM audit_log"))
    session.execute(text("SET LOCAL oms.bulk = 'on'"))
    a_customer(session)
    assert session.scalar(text("SELECT count(*) FROM audit_log")) == before


def test_an_order_is_audited_where_people_edit_it_and_not_when_it_moves_on(fresh_sessions, actor):
    with fresh_sessions.begin() as session:
        a_stocked_product(session, "MUG", 5)
        number = an_order(session, {"MUG": 1}).number
    with fresh_sessions() as session:
        before = session.scalar(text("SELECT count(*) FROM audit_log WHERE table_name = 'orders'"))
    door.run(fresh_sessions, actor, comment_order, number=number, text="Call first")
    with fresh_sessions.begin() as session:
        acting_as(session, actor.id)
        session.execute(text("UPDATE orders SET promised_at = promised_at + interval '1 day'"))
    with fresh_sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_log WHERE table_name = 'orders'")) == before + 1
        assert session.execute(text(_LOG)).one().actor_id == actor.id

"""The audit tells of no table and no column by its raw name."""

from datetime import UTC, datetime

from sqlalchemy import Engine, text

from dashboard import display
from dashboard.audit_columns import COLUMNS
from dashboard.audit_words import TABLES, value_words

AUDITED = """
SELECT DISTINCT c.table_name, c.column_name FROM information_schema.columns c
JOIN information_schema.triggers t ON t.event_object_schema = c.table_schema AND t.event_object_table = c.table_name
WHERE c.table_schema = 'public' AND t.action_statement LIKE '%audit_row(%'
"""


def test_every_audited_table_and_column_has_words(engine: Engine) -> None:
    with engine.connect() as connection:
        audited = connection.execute(text(AUDITED)).all()
    assert len(audited) > 200
    assert {table for table, _ in audited} - set(TABLES) == set()
    assert {f"{table}.{column}" for table, column in audited if column not in COLUMNS} == set()


def test_moments_and_days_are_said_as_everywhere_and_hours_as_they_are_kept() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert value_words("decided_at", noon.isoformat(), {}) == display.moment(noon)
    assert value_words("expected_on", "2026-12-05", {}) == display.day(noon.date().replace(month=12, day=5))
    assert value_words("opens_at", "09:00:00", {}) == "09:00:00"
    assert value_words("sku", "2026-12-05", {}) == "2026-12-05"

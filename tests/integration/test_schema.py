import re
from enum import StrEnum

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from oms_core import schema, seeding
from oms_core.db import make_sessions
from oms_core.inventory.models import ReservationState
from oms_core.migrations import alembic_config, upgrade
from oms_core.money import RoundingRule
from oms_core.workflow.models import Group

OURS = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_migrations_give_exactly_the_tables_of_the_models(engine: Engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "target_metadata": schema.metadata}
        )
        assert compare_metadata(context, schema.metadata) == []


def test_every_index_of_the_models_is_in_the_database_expressions_too(engine: Engine):
    inspector = inspect(engine)
    missing = {
        index.name
        for table in schema.metadata.tables.values()
        for index in table.indexes
        if index.name not in {found["name"] for found in inspector.get_indexes(table.name)}
    }
    assert missing == set()


def test_the_schema_goes_down_to_nothing_and_up_again(fresh_engine: Engine):
    config = alembic_config()
    with fresh_engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert set(inspect(fresh_engine).get_table_names()) == {"alembic_version"}
    with fresh_engine.connect() as connection:
        assert connection.scalar(text(OURS)) == 0
    upgrade(fresh_engine)
    with make_sessions(fresh_engine).begin() as session:
        seeding.seed(session)
    assert set(inspect(fresh_engine).get_table_names()) == {*schema.metadata.tables, "alembic_version"}


def test_seeding_twice_changes_nothing(fresh_engine: Engine):
    def rows() -> dict[str, int]:
        with fresh_engine.connect() as connection:
            return {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) for name in schema.metadata.tables}

    before = rows()
    with make_sessions(fresh_engine).begin() as session:
        seeding.seed(session)
    assert rows() == before


@pytest.mark.parametrize(
    ("constraint", "members"),
    [
        ("ck_orders_rounding_rule", RoundingRule),
        ("ck_reservations_state", ReservationState),
        ("ck_status_intervals_group", Group),
    ],
)
def test_a_check_said_shorter_allows_exactly_the_codes(
    session: Session, constraint: str, members: type[StrEnum]
) -> None:
    told = text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    [definition] = session.scalars(told, {"name": constraint})
    [codes] = re.findall(r"\{(.*)\}", definition)
    assert set(codes.split(",")) == {member.value for member in members}

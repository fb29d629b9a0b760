"""The schema's history (Alembic); every database is brought to the newest revision by `upgrade`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from oms_core.errors import DatabaseAway, OmsError


def alembic_config() -> Config:
    """Alembic's configuration, without a file: the scripts lie beside this module."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database of ``engine`` to ``revision``; does nothing where it is there already."""
    config = alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def require_current(engine: Engine) -> None:
    """Refuse to work on a database that is not at the newest revision, or cannot be reached; say what to do."""
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        told = str(error.orig).strip().partition("\n")[0]
        raise DatabaseAway(f"The database cannot be reached; check OMS_DATABASE_URL. ({told})") from error
    wanted = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if found != wanted:
        state = "has not been prepared yet" if found is None else f"is at revision {found}, this release needs {wanted}"
        raise OmsError(f"The database {state}: run `oms init`.", code="not_migrated")

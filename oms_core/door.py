"""The door: the one place that opens a transaction, tries again, and commits."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg2.extensions
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session, sessionmaker

from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.permissions import requirement_of
from oms_core.automation.react import react
from oms_core.db import LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS
from oms_core.errors import Busy, Conflict, DatabaseAway, Forbidden, Invalid, OmsError
from oms_core.workflow.rule_hits import RulesRefused, keep_hits, tell_failures
from oms_core.workflow.rule_models import Severity

T = TypeVar("T")

_BEGIN = (
    "BEGIN; SET LOCAL oms.actor = '{actor_id:d}';"
    f" SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}; SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}"
)

RETRIES = 3
_PAUSE_SECONDS = 0.02
_SERIALIZATION_FAILURE, _DEADLOCK, _LOCK_TIMEOUT, _UNIQUE_VIOLATION = "40001", "40P01", "55P03", "23505"
_FOREIGN_KEY_VIOLATION = "23503"
_TOO_MANY_CONNECTIONS, _NUMBER_TOO_LARGE, _STATEMENT_TIMEOUT = "53300", "22003", "57014"
_AWAY = (
    "The database is not reachable. Start it (`oms up` or `make demo` for the embedded one), or check "
    "OMS_DATABASE_URL; then repeat the request with the same reference."
)
_NO_CONNECTION = "All connections to the database are in use; try again shortly."
# Who loses the race for one of these keys finds the winner's row when it tries again.
_RACED_KEYS = {
    "uq_orders_channel_external_ref",
    "uq_orders_number",
    "pk_idempotency_keys",
    "uq_stock_moves_idempotency_key",
    "uq_payments_provider_ref",
    "pk_stock_levels",
    "uq_products_sku",
    "uq_order_templates_name",
    "uq_contacts_customer_id_kind_normalised",
    "uq_addresses_customer_id_details",
    "uq_import_mappings_name",
    "uq_metric_targets_aim",
    "uq_boards_owner_id_name",
    "pk_board_starts",
    "uq_metric_alerts_open",
    "uq_inbound_messages_channel_id_external_id_revision",
    "uq_feed_reconciliations_feed_id_day",
}
# Who is placed or moved into a status that was taken out at the same moment finds the workflow as it is now.
_RACED_REFERENCES = {"fk_orders_status"}
# The database's own guards that a use case may run into because the world moved under it.
_GUARDS: dict[str, tuple[type[OmsError], str, str]] = {
    "ck_stock_levels_reserved_within_on_hand": (Conflict, "short_of_stock", "There is not enough stock."),
    "ck_order_lines_within_quantity": (Conflict, "exceeds_quantity", "More than the ordered quantity."),
    "ck_order_lines_returned_within_shipped": (Conflict, "exceeds_shipped", "More than what was shipped."),
    "cancelled_needs_reason": (Invalid, "reason_required", "A cancellation needs a reason for all that it cancels."),
    "cancelled_covers_all": (Conflict, "open_quantity", "A cancelled order may leave no quantity open."),
    "active_reason": (Invalid, "inactive_reason", "This cancel reason is not active."),
    "fk_cancellations_reason": (Invalid, "unknown_reason", "This cancel reason is unknown."),
    "ex_absences_overlap": (Conflict, "absence_overlaps", "The person is away on some of these days already."),
    "uq_users_login": (Conflict, "login_taken", "This login is taken."),
    "uq_teams_code": (Conflict, "team_taken", "Somebody added this team meanwhile."),
    "uq_work_calendars_code": (Conflict, "calendar_taken", "Somebody added this calendar meanwhile."),
    "no_work_on_hold": (Conflict, "on_hold", "The order is on hold."),
}


def run(
    sessions: sessionmaker[Session],
    actor: Actor,
    use_case: Callable[..., T],
    /,
    *,
    at: datetime | None = None,
    **facts: Any,  # noqa: ANN401 - whatever the use case takes
) -> T:
    """Run ``use_case(session, actor=…, now=…, **facts)`` in a transaction of its own and commit it.

    The actor needs the permission that the use case names, else ``Forbidden``; before the commit automation answers
    what was journalled. The clock is read once (``at`` overrides it). A serialization failure, deadlock, lock timeout
    or lost race for a key is tried again, three times at most, from the start; then ``Busy``. Guards of the database
    that stop an expected refusal come out as ``Conflict`` or ``Invalid``, a lost database as ``DatabaseAway``.
    """
    refuse_unless(actor, requirement_of(use_case).permission)
    now = at or datetime.now(UTC)
    cause: BaseException | None = None
    for attempt in range(RETRIES + 1):
        try:
            with _transaction(sessions, actor) as session:
                outcome = use_case(session, actor=actor, now=now, **facts)
                react(session, actor=actor, now=now)
                return outcome
        except RulesRefused as refusal:
            _tell_hits(sessions, actor, refusal, number=facts.get("number"), now=now)
            raise
        except PoolExhausted as error:
            raise Busy(_NO_CONNECTION) from error
        except (DBAPIError, psycopg2.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            if not _is_worth_retrying(cause):
                raise _refusal(cause) or error from error
            time.sleep(random.uniform(0, _PAUSE_SECONDS * 2**attempt))  # noqa: S311 - spreads the losers
    if isinstance(cause, _StaleConnection):
        raise DatabaseAway(_AWAY)
    raise Busy("Others are changing the same rows; try again shortly.")


def _tell_hits(
    sessions: sessionmaker[Session], actor: Actor, refusal: RulesRefused, *, number: str | None, now: datetime
) -> None:
    """Keep which rules refused a change or failed, after the rollback; if that fails the refusal stands alone."""
    with suppress(DBAPIError, psycopg2.Error, PoolExhausted), _transaction(sessions, actor) as session:
        keep_hits(session, refusal.rows, severity=Severity.REFUSE, number=number, actor=actor, now=now)
        tell_failures(session, refusal.failures, order_id=refusal.order_id, number=refusal.number, now=now)


class _StaleConnection(psycopg2.OperationalError):  # type: ignore[misc]
    """A pooled connection turned out dead before anything was asked of it: the server was restarted."""


@contextmanager
def _transaction(sessions: sessionmaker[Session], actor: Actor) -> Iterator[Session]:
    """Say BEGIN and COMMIT ourselves: with the settings in one round trip, where the driver would take two.

    The session is bound to the connection, so that it costs nothing where a use case needs no more than the driver.
    """
    with sessions.kw["bind"].connect() as connection, sessions(bind=connection) as session:
        driver: Any = connection.connection.dbapi_connection
        driver.autocommit = True
        cursor = driver.cursor()
        try:
            _begin(connection, cursor, actor)
            yield session
            session.flush()
            _commit(cursor)
        except BaseException:
            _give_up(connection, driver)
            raise
        driver.autocommit = False


def _begin(connection: Connection, cursor: Any, actor: Actor) -> None:  # noqa: ANN401 - psycopg2 has no types
    try:
        cursor.execute(_BEGIN.format(actor_id=actor.id))
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        connection.engine.dispose()  # the others in the pool are as dead
        raise _StaleConnection(str(error)) from error


def _commit(cursor: Any) -> None:  # noqa: ANN401 - psycopg2 has no types
    cursor.execute("COMMIT")
    if cursor.statusmessage != "COMMIT":
        raise RuntimeError("The use case went on after a failed statement, so everything was rolled back.")


def _give_up(connection: Connection, driver: Any) -> None:  # noqa: ANN401 - psycopg2 has no types
    """Roll back; a connection that cannot even do that is thrown away."""
    try:
        driver.cursor().execute("ROLLBACK")
        driver.autocommit = False
    except psycopg2.Error as error:
        connection.invalidate(error)


def read(
    sessions: sessionmaker[Session],
    actor: Actor | None,
    query: Callable[..., T],
    /,
    **facts: Any,  # noqa: ANN401 - whatever the query takes
) -> T:
    """Run ``query(session, **facts)`` in a read-only transaction; a dead pooled connection is replaced once.

    The actor needs the permission that the query names, else ``Forbidden``, and is passed on to a query that asks who
    looks; nobody (None) may read what needs no permission. Raises ``DatabaseAway`` when there is no database, ``Busy``
    when there is no connection to be had.
    """
    requirement = requirement_of(query)
    if actor is not None:
        refuse_unless(actor, requirement.permission)
    elif requirement.permission is not None:
        raise Forbidden("Sign in first.", code="not_signed_in")
    if requirement.takes_actor:
        facts["actor"] = actor
    for attempt in range(2):
        try:
            with sessions() as session:
                session.connection(execution_options={"postgresql_readonly": True})
                return query(session, **facts)
        except PoolExhausted as error:
            raise Busy(_NO_CONNECTION) from error
        except DBAPIError as error:
            if attempt > 0 or not error.connection_invalidated:
                raise _refusal(error.orig) or error from error
    raise DatabaseAway(_AWAY)


def _is_worth_retrying(cause: BaseException | None) -> bool:
    if isinstance(cause, _StaleConnection):
        return True
    code = getattr(cause, "pgcode", None)
    if code == _UNIQUE_VIOLATION:
        return _constraint(cause) in _RACED_KEYS
    if code == _FOREIGN_KEY_VIOLATION:
        return _constraint(cause) in _RACED_REFERENCES
    return code in {_SERIALIZATION_FAILURE, _DEADLOCK, _LOCK_TIMEOUT}


def _refusal(cause: BaseException | None) -> OmsError | None:
    """Say what a database error means to a caller; None when it is a fault of ours."""
    code = getattr(cause, "pgcode", None)
    if isinstance(cause, psycopg2.OperationalError | psycopg2.InterfaceError):
        if code == _TOO_MANY_CONNECTIONS:
            return Busy("The database takes no more connections; try again shortly.")
        if code is None or code.startswith(("08", "57P")):
            return DatabaseAway(_AWAY)
    if code == _STATEMENT_TIMEOUT:
        return Busy("The database took too long and the work was given up; nothing changed. Try again shortly.")
    if code == _NUMBER_TOO_LARGE:
        return Invalid("A number is too large.", code="number_too_large")
    if guard := _GUARDS.get(_constraint(cause)):
        kind, name, message = guard
        return kind(message, code=name)
    return None


def _constraint(cause: BaseException | None) -> str:
    diagnostics = getattr(cause, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""

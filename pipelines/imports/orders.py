"""Orders of one's own from CSV or XLSX: past facts, or placed now through the use case of the desk."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from oms_core.access.actors import Actor, refuse_unless
from oms_core.access.permissions import Permission
from pipelines.imports.mapping import Mapping
from pipelines.imports.order_intake import OrderIntake
from pipelines.imports.order_rows import read_order_file
from pipelines.imports.orders_now import place_orders, rehearse_placing
from pipelines.imports.orders_past import enter_past_orders
from pipelines.imports.report import ImportReport, Rejections


def import_orders(
    engine: Engine,
    path: Path,
    *,
    channel: str,
    mapping: Mapping | None = None,
    dry_run: bool = False,
    actor: Actor,
    now: datetime | None = None,
) -> ImportReport:
    """Take in the orders of a file; those that the channel knows by their ``external_ref`` stay as they are.

    A channel that does not exist yet is made, with the mapping's zone and currency. With the mapping's ``history``
    all goes in or nothing, and stock stays untouched; without it each order is placed now, on its own. ``dry_run``
    does everything and keeps nothing. Raises ``Invalid`` where a column is missing, ``Busy`` where another import
    runs, ``Conflict`` where orders would be placed in a channel of another currency.
    """
    refuse_unless(actor, Permission.IMPORT_RUN)
    mapping, rejections = mapping or Mapping(), Rejections()
    file = read_order_file(path, mapping, rejections)
    intake = OrderIntake(file, mapping, channel, actor, now or datetime.now(UTC), rejections)
    if mapping.history:
        enter_past_orders(engine, intake, keep=not dry_run)
    elif dry_run:
        rehearse_placing(engine, intake)
    else:
        place_orders(engine, intake)
    return ImportReport(
        batch=None if dry_run else intake.batch_id,
        files={file.source.name: file.source.row_count},
        created=intake.created,
        unchanged=intake.unchanged,
        rejected=rejections.frame(),
        warnings=intake.warnings,
    )

"""A question put to the record: refused where it cannot tell, else lived through again."""

from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from oms_core.errors import Invalid
from pipelines.replay.changes import Changes
from pipelines.replay.course import Setting, as_it_was, live_through
from pipelines.replay.hours import Ints
from pipelines.replay.limits import require_known_limits
from pipelines.replay.outcome import Outcome, Worlds, tell_outcome
from pipelines.replay.record import NEVER, Record, Stays, stays_of
from pipelines.replay.routing import choose_warehouses
from pipelines.replay.stations import Stations, learn_stations


def replay_orders(record: Record, changes: Changes) -> Outcome:
    """Live through the orders of a record again with ``changes``, and tell what differs.

    Raises ``Invalid`` for what the record cannot answer: other capacity of a stage whose waits do not follow its
    load, other warehouses where there is one, limits longer than any wait on record.
    """
    changes.require_sense()
    stays = stays_of(record)
    before = learn_stations(stays, record.time_zone)
    _require_queues(before, changes)
    require_known_limits(record, changes)
    chosen = choose_warehouses(record, changes)
    setting = _setting(record, stays, chosen, changes)
    after = before.changed(changes.stages)
    courses = tuple(
        live_through(stays, before, stations, of) for stations, of in ((before, as_it_was(stays)), (after, setting))
    )
    worlds = Worlds(stays, (before, after), courses, (stays.station, setting.station))
    return tell_outcome(record, worlds, chosen, changes)


def _require_queues(stations: Stations, changes: Changes) -> None:
    known = stations.queues()
    asked = [stage for stage, change in changes.stages.items() if change.capacity != 100]
    if untold := [stage for stage in asked if stage not in known]:
        raise Invalid(
            "How long orders stay in the stage does not follow how many there are: what other hands would do is not "
            "on record.", code="replay_no_queue", rows=[{"field": "stage", "value": stage} for stage in untold],
        )  # fmt: skip


def _setting(record: Record, stays: Stays, chosen: pl.DataFrame, changes: Changes) -> Setting:
    by_row = record.orders.select("order_id").join(chosen, on="order_id", how="left", maintain_order="left")
    moved = by_row["is_moved"].to_numpy()[stays.row]
    on_floor = np.isin(stays.stage, ("pick", "ship"))
    warehouse = by_row["warehouse"].fill_null("").to_numpy().astype(str)[stays.row]
    stretch = np.where(moved & (stays.stage == "deliver"), by_row["stretch"].to_numpy()[stays.row], 1.0)
    return Setting(
        np.where(moved & on_floor, warehouse, stays.station), _begins(record, stays, changes.cutoff_hour), stretch,
        moved & (stays.stage == "supply"),
    )  # fmt: skip


def _begins(record: Record, stays: Stays, cutoff_hour: int | None) -> Ints:
    """What was placed after the cut-off is begun on the next day."""
    if cutoff_hour is None:
        return as_it_was(stays).begins
    entered = pl.from_epoch(pl.Series(stays.entered), time_unit="s").dt.replace_time_zone("UTC")
    local = entered.dt.convert_time_zone(ZoneInfo(record.time_zone).key)
    next_day = local.dt.offset_by("1d").dt.truncate("1d").dt.epoch("s").to_numpy()
    is_late = (stays.before < 0) & (local.dt.hour().to_numpy() >= cutoff_hour)
    return np.where(is_late, next_day, -NEVER)

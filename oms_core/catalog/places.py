"""Where orders come from and where goods lie: channels and warehouses, for choosing among them."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_core.access.permissions import requires
from oms_core.catalog.models import Channel, Warehouse


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel as the screens need it."""

    code: str
    name: str
    time_zone: str
    currency: str
    is_simulated: bool


@dataclass(frozen=True, slots=True)
class WarehouseView:
    """A warehouse that keeps stock."""

    code: str
    name: str


@requires(None)
def list_channels(session: Session) -> list[ChannelView]:
    """Every channel by name."""
    rows = session.execute(
        select(Channel.code, Channel.name, Channel.time_zone, Channel.currency, Channel.is_simulated).order_by(
            Channel.name, Channel.code
        )
    ).all()
    return [ChannelView(row.code, row.name, row.time_zone, row.currency, row.is_simulated) for row in rows]


@requires(None)
def list_warehouses(session: Session) -> list[WarehouseView]:
    """Warehouses by name; the virtual one of direct shipments keeps no stock and is left out."""
    rows = session.execute(
        select(Warehouse.code, Warehouse.name).where(~Warehouse.is_virtual).order_by(Warehouse.name, Warehouse.code)
    ).all()
    return [WarehouseView(row.code, row.name) for row in rows]

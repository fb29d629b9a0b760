"""A few orders over the weekend on which the clock goes forward, for numbers computed by hand."""

from datetime import date, datetime, time
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from raw_rows import line, order, published

from oms_core.workflow.business_time import Calendar, business_seconds
from pipelines.store import Store

SPRING = {"date_from": date(2024, 3, 1), "date_to": date(2024, 5, 1)}
OFFICE = Calendar("Europe/Warsaw", dict.fromkeys(range(5), ((time(9), time(17)),)))
NO_HOURS = Calendar("Europe/Warsaw", {})
READ_AT = "2024-04-20 12:00"
OPEN = None


def warsaw(day: int, hour: int, minute: int = 0, month: int = 4) -> datetime:
    return datetime(2024, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Warsaw"))


FRIDAY = warsaw(29, 15, month=3)  # on Sunday the 31st 2:00 becomes 3:00
WALK = [
    ("new", FRIDAY),
    ("confirm", warsaw(29, 16, month=3)),
    ("pick", warsaw(1, 10)),
    ("confirm", warsaw(1, 11)),  # sent back
    ("pick", warsaw(1, 12)),
    ("deliver", warsaw(1, 13)),
    ("done", warsaw(2, 9, 30)),
]


def stays(order_id: int, walk: list[tuple[str, datetime | None]], calendar: Calendar) -> list[dict]:
    """A row per stay: wall and business seconds as the order's room writes them."""
    rows = []
    for visit, ((group, entered), (_, left)) in enumerate(pairwise(walk), 1):
        row = {"order_id": order_id, "visit": visit, "status": group, "status_group": group, "manager": "anna",
               "entered_at": entered, "left_at": left}  # fmt: skip
        if left and entered:
            row |= {"wall_seconds": int(left.timestamp() - entered.timestamp()),
                    "business_seconds": business_seconds(entered, left, calendar)}  # fmt: skip
        rows.append(row)
    return rows


def told(folder: Path) -> Store:
    """Order 1 is sent back on its way, 2 has no calendar and is open, 3 loses a line, 4 has been stuck for a month."""
    half, next_day = warsaw(10, 12), warsaw(11, 12)
    lost = {"cancellation_id": 1, "order_id": 3, "line_id": 32, "quantity": Decimal(1), "reason": "changed_mind",
            "fault": "customer", "is_preventable": False, "previous_status": "pick", "previous_group": "pick",
            "net": Decimal(50), "gross": Decimal(50), "cancelled_at": half, "time_estimated": False}  # fmt: skip
    return published(
        folder, read_at=READ_AT,
        orders=[
            order(1, placed_at=FRIDAY, closed_at=WALK[-1][1], status_group="done"),
            order(2, placed_at=warsaw(1, 10), channel="bare", status_group="confirm"),
            order(3, placed_at=half, closed_at=next_day, status_group="done", gross="150",
                  first_promised_at=next_day, promised_at=next_day),
            order(4, placed_at=warsaw(20, 12, month=3), first_promised_at=warsaw(25, 12, month=3),
                  promised_at=warsaw(25, 12, month=3)),
        ],
        lines=[
            line(3, 1, net="100", quantity=Decimal(2), quantity_shipped=Decimal(2)),
            line(3, 2, net="50", quantity_cancelled=Decimal(1), sku="NUT"),
        ],
        shipments=[{"shipment_id": 1, "order_id": 3, "line_id": 31, "quantity": Decimal(2), "shipped_at": half,
                    "delivered_at": next_day, "carrier": "DHL", "cost": Decimal("7.50")}],
        cancellations=[lost],
        intervals=stays(1, WALK, OFFICE)
        + stays(2, [("new", warsaw(1, 10)), ("confirm", warsaw(1, 12)), ("", OPEN)], NO_HOURS),
    )  # fmt: skip

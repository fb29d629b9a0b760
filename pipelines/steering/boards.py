"""Boards of metrics that there are: which cards make sense, and what each role begins with."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import Role
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid
from oms_core.steering.boards import keep_board
from pipelines.kpi import CUTS
from pipelines.metrics import METRICS, Lens


class Chart(StrEnum):
    """How a card shows its figure."""

    NUMBER = "number"
    LINE = "line"
    BARS = "bars"
    TABLE = "table"


TIMES = ("day", "week", "month")
"""Cuts that a line is drawn over; bars and tables take any, a number none."""

DEFAULTS: Mapping[Role, tuple[str, ...]] = {
    Role.EXECUTIVE: (
        "net_revenue", "contribution", "orders_received", "average_order_value", "on_time_rate", "cycle_time",
        "cancel_rate", "repeat_rate",
    ),
    Role.LEAD: (
        "orders_received", "throughput", "open_orders", "open_late", "on_time_rate", "cycle_time", "cancel_rate",
        "touches_per_order",
    ),
    Role.BUYER: (
        "in_stock_rate", "fill_rate", "stock_cover", "stock_value", "dead_stock", "demand", "net_revenue",
        "gross_margin",
    ),
}  # fmt: skip
"""What Overview shows to whoever has kept no board of their own; the first role that one has counts."""
USUAL = (
    "orders_received", "ordered_value", "net_revenue", "average_order_value",
    "cycle_time", "on_time_rate", "cancel_rate", "open_late",
)  # fmt: skip


@requires(Permission.ANALYTICS_VIEW)
def keep_known_board(
    session: Session, *, actor: Actor, now: datetime, cards: Sequence[Mapping[str, str]], **facts: Any  # noqa: ANN401
) -> int:  # fmt: skip
    """Keep a board of metrics that there are; raises ``Invalid`` (``invalid_board``) and as ``keep_board``."""
    faults = [
        {"field": f"cards[{place}].{field}", "value": card.get(field, ""), "message": "is unknown"}
        for place, card in enumerate(cards)
        if (field := _fault(card))
    ]
    numbers = [card.get("metric", "") for card in cards if card.get("chart") == Chart.NUMBER]
    faults += [
        {"field": "cards", "value": METRICS[code].label, "message": "is there twice as a number"}
        for code in sorted(set(numbers) & set(METRICS))
        if numbers.count(code) > 1
    ]
    if faults:
        raise Invalid("The board cannot be kept so.", code="invalid_board", rows=faults)
    return keep_board(session, actor=actor, now=now, cards=cards, **facts)


def cards_of(codes: Sequence[str]) -> list[dict[str, str]]:
    """Cards that show these metrics as numbers."""
    return [
        {"metric": code, "cut": "", "lens": METRICS[code].home.value, "chart": Chart.NUMBER.value} for code in codes
    ]


def cuts_of(chart: str) -> list[str]:
    """The cuts that a kind of card may have."""
    return {Chart.NUMBER: [""], Chart.LINE: list(TIMES)}.get(Chart(chart), [cut for cut in CUTS if cut != "day"])


def lenses_of(metric: str, chart: str) -> list[str]:
    """Through which lenses a metric may be shown so, its own first; what stands now has no course."""
    known = METRICS[metric]
    lenses = sorted(known.days, key=lambda lens: lens is not known.home)
    shown = [lens.value for lens in lenses if chart != Chart.LINE or lens is not Lens.NOW]
    return shown or [known.home.value]


def _fault(card: Mapping[str, str]) -> str | None:
    """The first word of a card that makes no sense."""
    metric, chart = METRICS.get(card.get("metric", "")), card.get("chart", "")
    if metric is None:
        return "metric"
    if chart not in set(Chart):
        return "chart"
    if card.get("cut", "") not in cuts_of(chart):
        return "cut"
    return None if card.get("lens", "") in metric.days else "lens"

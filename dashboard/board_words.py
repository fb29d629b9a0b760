"""Words of boards: cuts, lenses, kinds of cards, and with whom a board is shared."""

from dashboard import insight, reads, target_words
from dashboard.cancellation_words import cause_name
from dashboard.people_words import ROLES
from dashboard.translation import _, n_
from dashboard.words import category_name, group_name, person_name, said
from oms_core.access.models import Role
from oms_core.steering.boards import EVERYBODY, BoardView
from pipelines.metrics import Lens
from pipelines.steering.boards import Chart

CHARTS = {
    Chart.NUMBER.value: n_("Number with trend"), Chart.LINE.value: n_("Course over time"), Chart.BARS.value: n_("Bars"),
    Chart.TABLE.value: n_("Table"),
}  # fmt: skip
LENSES = {
    Lens.COHORT.value: n_("What began in the period"), Lens.FLOW.value: n_("What happened in the period"),
    Lens.NOW.value: n_("What stands now"),
}  # fmt: skip
CUTS = {
    "": target_words.WHOLE, "day": n_("By day"), "week": n_("By week"), "month": n_("By month"),
    "channel": n_("Channel"), "manager": n_("Manager"), "warehouse": n_("Warehouse"), "reason": n_("Reason"),
    "fault": n_("Whose fault"), "status_group": n_("Stage"), "category": n_("Category"), "region": n_("Region"),
    "product": n_("Product"), "supplier": n_("Supplier"), "customer_kind": n_("Customer kind"),
    "carrier": n_("Carrier"), "derived_cause": n_("Cause found"), "cancelled_by": n_("Cancelled by"),
}  # fmt: skip
_SHARED = (Role.EXECUTIVE, Role.LEAD, Role.BUYER)


def shares() -> dict[str, str]:
    """With whom a board may be shared."""
    roles = {role.value: _("With the role: {role}").format(role=_(ROLES[role])) for role in _SHARED}
    return {"": _("With nobody"), **roles, EVERYBODY: _("With everybody")}


def part_names(cut: str, parts: list[object]) -> list[str]:
    """Say the parts of a cut."""
    if cut == "status_group":
        return [group_name(str(part)) if part else _("Unknown") for part in parts]
    if cut == "reason":
        reasons = {reason.code: said(reason.label, reason.translations, "label") for reason in reads.cancel_reasons()}
        return [reasons.get(str(part), str(part or _("Unknown"))) for part in parts]
    if cut == "derived_cause":
        return [cause_name(str(part) if part else None) for part in parts]
    people = insight.people_names() if cut in ("manager", "cancelled_by") else {}
    names = {one.code: one.name for one in reads.warehouses()} if cut == "warehouse" else people
    say = category_name if cut == "category" else str
    return [names.get(str(part)) or say(str(part)) if part is not None else _("Unknown") for part in parts]


def card_title(metric_label: str, cut: str) -> str:
    """What a card is headed with."""
    return f"{_(metric_label)} · {_(CUTS[cut])}" if cut else _(metric_label)


def board_name(board: BoardView) -> str:
    """A board's name, with its owner's where it is not one's own."""
    return board.name if board.is_own else f"{board.name} ({person_name(board.owner_name)})"

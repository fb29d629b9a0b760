"""How quotations and the entry of orders are said: their states, refusals and fields."""

from collections.abc import Mapping

from dashboard.display import Color
from dashboard.translation import n_
from oms_core.orders.quotation_views import QuotationState

STATES = {
    QuotationState.OPEN: n_("Open"), QuotationState.ORDERED: n_("Ordered"), QuotationState.DECLINED: n_("Declined"),
    QuotationState.EXPIRED: n_("Expired"),
}  # fmt: skip
COLORS: Mapping[QuotationState, Color] = {
    QuotationState.OPEN: "blue", QuotationState.ORDERED: "green", QuotationState.DECLINED: "gray",
    QuotationState.EXPIRED: "orange",
}  # fmt: skip
SENTENCES = {
    "unknown_quotation": n_("There is no quotation {number}."),
    "quotation_ordered": n_("Quotation {number} became order {order} already."),
    "quotation_declined": n_("Quotation {number} was declined."),
    "quotation_expired": n_("Quotation {number} ran out. Price it anew, then order it."),
    "quotation_outdated": n_("Taxes changed since quotation {number} was made. Price it anew, then order it."),
    "invalid_quotation": n_("The quotation cannot be kept so."),
    "unknown_draft": n_("There is no such draft."),
    "entry_too_large": n_("This is too much to be kept."),
    "batch_too_large": n_("This is too much for one order."),
    "unknown_template": n_("There is no such template."),
    "template_taken": n_("There is a template “{value}” already."),
    "invalid_template": n_("A template needs a name."),
}
FIELDS = {
    "valid_days": n_("Days valid"), "delivery_method": n_("Delivery"), "requested_at": n_("Wanted not before"),
    "hold_minutes": n_("Hold the goods"), "order_type": n_("Order type"),
}  # fmt: skip
FAULTS = (n_("is no number"), n_("is no date"), n_("has too many fields"))

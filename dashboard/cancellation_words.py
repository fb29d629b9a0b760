"""Words of derived causes: what the record tells about why something was cancelled."""

from dashboard.translation import _, n_
from pipelines.marts.causes import Cause

CAUSES = {
    Cause.FRAUD: n_("Fraud suspected"), Cause.CREDIT_REFUSED: n_("Credit refused"),
    Cause.BAD_ADDRESS: n_("Address wrong"), Cause.PAYMENT_NEVER_CAME: n_("Payment never came"),
    Cause.DUPLICATE: n_("Ordered twice"), Cause.STOCK_LOST_LATER: n_("Stock lost after it was promised"),
    Cause.NOT_COLLECTED: n_("Not collected"), Cause.CARRIER_FAILED: n_("Carrier failed"),
    Cause.PRICE_ERROR: n_("Price wrong"), Cause.UNREACHABLE: n_("Customer not reached"),
    Cause.FOUND_CHEAPER: n_("Found it cheaper"), Cause.SUPPLIER_FAILED: n_("Supplier failed"),
    Cause.PROMISE_SLIPPED: n_("Promise slipped"), Cause.NO_STOCK_AT_PLACEMENT: n_("No stock when ordered"),
    Cause.SILENT_TOO_LONG: n_("Silent for too long"), Cause.CHANGED_MIND: n_("Customer changed their mind"),
}  # fmt: skip


def cause_name(code: str | None) -> str:
    """Say a derived cause; the record of a past from files often tells none."""
    return _(CAUSES[Cause(code)]) if code in set(Cause) else _("Not told by the record")

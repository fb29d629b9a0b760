"""What is done to a placed order's content; each function is called by a button of its card."""

from decimal import Decimal

from dashboard import display
from dashboard.actions import attempt, attempt_form
from dashboard.order_change_form import close_change
from dashboard.order_change_reads import forget_delivery_methods
from dashboard.translation import _
from oms_core.billing.changes import Changed, change_and_refund
from oms_core.orders.change_document import OrderEdit
from oms_core.orders.changing import undo_change
from oms_core.orders.delivery_methods import DeliveryMethodView, save_delivery_method
from oms_core.orders.interception import Intercepted, request_cancellation
from oms_core.orders.labels import tag_order


def apply_change(number: str, version: int, change: OrderEdit, note: str, currency: str, *, refund: bool) -> bool:
    """Change an order as its form says, and give back what is then paid too much; False when refused."""

    def told(changed: Changed) -> str:
        parts = [_("Order {number} changed").format(number=number)]
        if changed.refunded:
            parts.append(_("{sum} refunded").format(sum=_money(changed.refunded, currency)))
        elif changed.is_approval_asked:
            parts.append(_("the refund of {sum} waits for approval").format(sum=_money(changed.refund_due, currency)))
        elif changed.refund_due:
            parts.append(_("{sum} is due back").format(sum=_money(changed.refund_due, currency)))
        return ", ".join(parts)

    facts = {"number": number, "version": version, "change": change, "note": note, "refund": refund}
    if attempt(change_and_refund, told, **facts) is None:
        return False
    close_change(number)
    return True


def undo(number: str, version: int) -> None:
    """Take the latest change of an order back."""
    told = _("Order {number}: the change is taken back").format(number=number)
    attempt(undo_change, told, number=number, version=version)


def intercept(number: str, note: str, version: int) -> bool:
    """Stop an order whose customer no longer wants it; False when refused."""

    def told(done: Intercepted) -> str:
        words = _("Order {number} stopped: the goods that left are to be recalled")
        return (words if done.is_recalled else _("Order {number} stopped")).format(number=number)

    return attempt(request_cancellation, told, number=number, note=note, version=version) is not None


def tag_again(number: str, word: str) -> None:
    """Stick a tag on an order that was just taken off it."""
    attempt(tag_order, _("Tag added"), number=number, tag=word)


def save_method(method: DeliveryMethodView) -> dict[str, str] | None:
    """Keep a delivery method; returns what is wrong by field where it was refused."""
    faults = attempt_form(
        save_delivery_method, _("Delivery method “{name}” saved").format(name=display.plain(method.name)), method=method
    )
    forget_delivery_methods()
    return faults


def _money(gross: Decimal, currency: str) -> str:
    return display.money(gross, currency)

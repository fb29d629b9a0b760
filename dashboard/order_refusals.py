"""Refusals of what is done to orders, by their codes; put in with the others by ``refusals``."""

from dashboard.translation import n_

SENTENCES = {
    # Orders: what they are and where they stand.
    "unknown_order": n_("There is no order {number}."),
    "stale_version": n_(
        "It was changed meanwhile: you saw version {given}, now it is version {current}. Look at it, then repeat."
    ),
    "code_taken": n_("There is one with this code already: choose another code."),
    "unknown_status": n_("There is no such status."),
    "use_cancel": n_("An order is cancelled with a reason, not by a move."),
    "not_permitted": n_("The order cannot go from “{from}” to “{to}”."),
    "not_your_move": n_("This move is for other roles than yours."),
    "not_ready": n_("The order cannot go on yet. It lacks: {needs}."),
    "not_cancellable": n_("The order cannot be cancelled any more: it is in “{status}”."),
    "not_packed": n_("The order is not ready for a carrier: it is in “{status}”."),
    "not_in_delivery": n_("The order is not on its way: it is in “{status}”."),
    "nothing_to_invoice": n_(
        "Nothing of this order is to be invoiced now: goods are billed once they are handed over."
    ),
    "work_changed": n_("Some of these orders were closed or given to others meanwhile: look at the proposal again."),
    "no_anomaly": n_("Nothing looks wrong about order {number} any more."),
    "order_closed": n_("The order cannot be given to anybody any more: it is in “{status}”."),
    "work_has_begun": n_("The order cannot be held any more: it is in “{status}”."),
    "on_hold": n_("The order is on hold."),
    "unknown_hold": n_("The order has no such hold any more."),
    "invalid_hold": n_("A hold needs a cause."),
    "malformed_comment": n_("A comment needs a text that is not too long."),
    "unknown_manager": n_("Nobody active with this name moves orders: choose another owner."),
    "invalid_lines": n_("These lines cannot be taken."),
    # Placing.
    "invalid_order": n_("The order cannot be placed."),
    "invalid_customer": n_("The customer cannot be entered so."),
    "unknown_customer": n_("There is no such customer."),
    "short_of_stock": n_("There is not enough free stock."),
    "reference_reused": n_("This reference was used for something else."),
    # Shipping, cancelling, returning.
    "nothing_to_ship": n_("Nothing of the order is reserved to be shipped."),
    "not_reserved": n_("That is more than is reserved."),
    "invalid_parcel": n_("The shipment cannot be described so."),
    "reason_required": n_("A reason is needed."),
    "unknown_reason": n_("There is no such reason."),
    "inactive_reason": n_("This reason is no longer in use."),
    "reason_not_for_group": n_("This reason is not meant for orders that stand here."),
    "exceeds_open": n_("That is more than is still open."),
    "exceeds_quantity": n_("That is more than was ordered."),
    "exceeds_shipped": n_("That is more than was shipped."),
    "open_quantity": n_("A cancelled order may leave nothing open."),
    "unknown_return": n_("The order has no such return."),
    # Money.
    "invalid_payment": n_("The payment cannot be recorded so."),
    "invalid_refund": n_("The refund cannot be recorded so."),
    "exceeds_paid": n_("Only {left} of what was paid is left."),
}

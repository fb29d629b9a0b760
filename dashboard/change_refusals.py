"""Refusals of changes after placement, by their codes; put in with the others by ``refusals``."""

from dashboard.translation import n_

SENTENCES = {
    "not_changeable": n_("The order cannot be changed any more: it is in “{status}”."),
    "invalid_change": n_("The order cannot be changed so."),
    "nothing_changes": n_("Nothing would change."),
    "nothing_to_undo": n_("The order was never changed."),
    "nothing_to_intercept": n_("Nothing of the order is left to stop."),
    "invalid_note": n_("This note cannot be kept."),
    "invalid_delivery_method": n_("The delivery method cannot be saved so."),
}
FIELDS = {
    "delivery_method": n_("Delivery method"), "ship_region": n_("Region"), "requested_at": n_("Wished for"),
    "copied_from": n_("Copy of"), "charge": n_("Charge"), "transit_days": n_("Days on the way"),
    "status": n_("Status"), "line": n_("Line"),
}  # fmt: skip
FAULTS = (
    n_("cannot be emptied"), n_("cannot be below {least}"), n_("is there twice"), n_("must name its time zone"),
    n_("is another product: remove the line and add one"), n_("cannot change: a part is shipped or cancelled at it"),
    n_("cannot grow once it is packed: take it back first"), n_("cannot be changed any more"),
    n_("cannot be removed: a part is shipped or cancelled"),
    n_("would leave nothing of the order: cancel it with a reason"), n_("must be small letters, digits, - or _"),
    n_("must have 1 to 100 characters"), n_("must be from {least} to {most}"), n_("must be door or pickup"),
)  # fmt: skip

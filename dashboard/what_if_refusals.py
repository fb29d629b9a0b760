"""How refusals over replays of past orders are said."""

from dashboard.translation import n_

SENTENCES = {
    "replay_empty": n_("No order was placed in the period."),
    "replay_unknown_change": n_("There is no such change."),
    "replay_out_of_range": n_("No shop could be changed so."),
    "replay_no_queue": n_(
        "How long orders stay in this stage does not follow how many there are, so the record cannot tell what other "
        "hands would do. Ask for other hours instead."
    ),
    "replay_one_warehouse": n_("One warehouse served all orders: there is no other to choose."),
    "replay_all_closed": n_("No warehouse would serve."),
    "replay_no_stock": n_("No stock of these warehouses is on record in the period."),
    "replay_no_unpaid": n_("No order of the period was cancelled unpaid."),
    "replay_beyond_record": n_(
        "Nobody was waited for so long ({value} h at most): what a longer limit would do is not on record."
    ),
}
FIELDS = {
    "capacity": n_("Hands"), "hours": n_("Longer days"), "cutoff_hour": n_("Cut-off hour"),
    "promise_days": n_("Promise later by days"), "hold_hours": n_("Goods kept for hours"),
    "payment_hours": n_("Payment waited for hours"),
}  # fmt: skip

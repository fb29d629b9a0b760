"""What moving goods, planning and buying them may be refused for, in words."""

from dashboard.translation import n_

SENTENCES = {
    "invalid_stock_move": n_("The goods cannot be moved so."),
    "unknown_location": n_("There is no such place."),
    "unknown_warehouse": n_("There is no such warehouse."),
    "unknown_supplier": n_("There is no such supplier."),
    "proposals_decided": n_("Some suggestions were decided or replaced meanwhile. Look at the plan as it is now."),
    "plan_outdated": n_("Something was bought while the plan was made. Make it again."),
    "no_demand": n_("There is no demand to forecast from: refresh the marts after the first orders."),
    "history_too_short": n_("A forecast needs at least eight weeks of orders."),
    "cluster_away": n_("The Dask scheduler does not answer: start it, or unset OMS_DASK_SCHEDULER."),
    "forecast_running": n_("Another forecast is being made for this database: wait until it is done."),
    "no_forecast": n_("There is no forecast yet: run `oms forecast run` first."),
    "why_required": n_("Say why the suggestions are rejected."),
    "invalid_supplier_terms": n_("These terms of a supplier cannot be."),
    "invalid_plan_settings": n_("What is asked of the plan cannot be: levels lie between 0 and 100 %."),
    "invalid_promotion": n_("A promotion cannot be planned so."),
    "no_price": n_("This product has no price yet."),
    "price_planned": n_("The price of {sku} changes on {day} already. Withdraw what is planned or choose other days."),
    "no_promotion": n_("This promotion has begun already, or was withdrawn."),
    "invalid_day": n_("Put suggestions off until a day to come."),
    "invalid_override": n_("A changed quantity must be above zero and say why."),
    "invalid_purchase_order": n_("The purchase order has lines at fault."),
    "unknown_purchase_order": n_("There is no purchase order {value}."),
    "nothing_expected": n_("Nothing more is expected of this purchase order."),
    "invalid_receipt": n_("What is received must be above zero and at most what is open."),
}
FIELDS = {
    "skus": n_("Products"), "off": n_("Off the price, %"), "first": n_("First day"), "last": n_("Last day"),
}  # fmt: skip
FAULTS = (
    n_("must name each product once"), n_("must lie between {least} and {most}"), n_("must be tomorrow or later"),
    n_("must lie within {days} days from the first one"),
)  # fmt: skip

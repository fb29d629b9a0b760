"""Causes of missed promises, and the keys of orders whose past speaks of them."""

from forecasting.promise_risk_history import Ledger, Seconds, joined

CAUSES = ("promise", "handling", "stock", "supply", "prepayment", "carrier", "load")
"""What a feature speaks of; `promise` is one that is short for its way, `load` the work its holder has."""

KEYS = {
    "seller": "handling", "origin": "handling", "origin_zone": "handling", "category": "handling", "product": "stock",
    "supplier": "supply", "payment": "prepayment", "destination": "carrier", "destination_zone": "carrier",
    "owner": "load",
}  # fmt: skip
"""Keys that orders may have, and the cause that their past speaks of. ``origin_zone`` and ``destination_zone`` are the
finer parts of the regions."""

WIDER = {
    "seller": (None, 10), "origin": (None, 30), "category": (None, 30), "supplier": (None, 15), "payment": (None, 30),
    "destination": (None, 30), "owner": (None, 20), "origin_zone": ("origin", 20), "product": ("seller", 5),
    "route": ("destination", 30), "destination_zone": ("destination", 20), "lane": ("route", 20),
    "own_route": ("route", 10),
}  # fmt: skip
"""The wider key that a rate leans on (none: all orders), and by how many orders."""


def with_routes(ledger: Ledger) -> dict[str, Seconds]:
    """Put the ways from the origin and from the seller beside the ledger's own keys."""
    keys = dict(ledger.keys)
    if {"origin", "destination"} <= keys.keys():
        keys["route"] = joined(ledger, "origin", "destination")
    if {"origin", "destination_zone"} <= keys.keys():
        keys["lane"] = joined(ledger, "origin", "destination_zone")
    if {"seller", "destination"} <= keys.keys():
        keys["own_route"] = joined(ledger, "seller", "destination")
    return keys


def cause_of(key: str) -> str:
    """Cause that the past of a key speaks of, ways included."""
    return {"route": "carrier", "lane": "carrier", "own_route": "handling"}.get(key) or KEYS[key]

"""The words of buying: the terms of an explanation, classes of series and methods."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dashboard import display
from dashboard.translation import _, n_

TERM_NAMES = {
    "expected_demand": n_("Expected demand"),
    "safety_stock": n_("Safety stock"),
    "supplier_safety": n_("Safety for the supplier"),
    "on_hand": n_("On hand"),
    "reserved": n_("Promised to orders"),
    "on_order": n_("On order"),
    "backordered": n_("Waiting orders"),
    "surplus": n_("Surplus"),
    "transfer": n_("From another warehouse"),
    "minimum_order": n_("Up to the minimum"),
    "pack_rounding": n_("Up to whole packs"),
    "joint_order": n_("Up to the order's minimum value"),
    "budget": n_("Cut by the budget"),
}
CLASS_NAMES = {
    "new": n_("New product"),
    "seasonal": n_("Seasonal"),
    "smooth": n_("Smooth"),
    "erratic": n_("Erratic"),
    "intermittent": n_("Intermittent"),
    "lumpy": n_("Lumpy"),
    "all": n_("All"),
}
REASON_NAMES = {
    "new": n_("sold for less than half a year"), "shelf": n_("the shelf was often empty"),
    "rare": n_("seldom asked for"), "erratic": n_("demand swings"), "level": n_("its level moved away"),
    "chance": n_("no more than chance"),
}  # fmt: skip
METHOD_NAMES = {
    "boosted": n_("Gradient boosting"),
    "seasonal_naive": n_("Seasonal naive"),
    "window": n_("Recent weeks"),
    "exponential_smoothing": n_("Exponential smoothing"),
    "served": n_("Ours"),
}


def method_name(codes: str) -> str:
    """Say a mixture of methods (`boosted + window`) in words."""
    return " + ".join(_(METHOD_NAMES[code]) if code in METHOD_NAMES else code for code in codes.split(" + "))


def class_name(code: str) -> str:
    """Say a class of series in words."""
    return _(CLASS_NAMES[code]) if code in CLASS_NAMES else code


def shown_terms(terms: Mapping[str, str]) -> list[tuple[str, Decimal]]:
    """The terms that matter, named, with their signs, in the order they are told; they add up to the quantity."""
    values = [(name, Decimal(terms[name])) for name in TERM_NAMES if name in terms]
    return [(_(TERM_NAMES[name]), value) for name, value in values if value != 0]


def why(explanation: Mapping[str, Any]) -> str:
    """The interval and the service an order must cover, and where its delivery time is known from, in sentences."""
    context: Mapping[str, str] = explanation["context"]
    level = Decimal(context.get("level", context["cycle_service_level"]))
    facts = {
        "lead": context["lead_time_days"],
        "review": context["review_period_days"],
        "level": display.percent(level, digits=0),
        "times": display.number(level / (1 - level), digits=0),
        "target": _share(context.get("target_service")),
    }
    said = [_(_COVERS.get(context.get("measure", ""), _COVERS["cycle_service_level"])).format(**facts)]
    if "abc" in context:
        said.append(_("Class {code}.").format(code=context["abc"] + context["xyz"]))
    if explanation.get("lead_days_seen"):
        said.append(_("Delivery time: learnt from what the supplier delivered."))
    elif "abc" in context:
        said.append(_("Delivery time: as stated; too few deliveries to learn from."))
    if int(context.get("closed_days", "0")):
        said.append(_("Closed days of the supplier within: {count}.").format(count=context["closed_days"]))
    if context.get("transfer_from"):
        said.append(_("Take first what {warehouse} can spare.").format(warehouse=context["transfer_from"]))
    return " ".join(said)


def _share(written: str | None) -> str:
    return display.NOTHING if written in {None, "None"} else display.percent(Decimal(written or 0), digits=0)


_COVERS = {
    "cycle_service_level": n_(
        "Covers {lead} days of delivery and {review} days until the next review, with a {level} chance of no stockout."
    ),
    "fill_rate": n_(
        "Covers {lead} days of delivery and {review} days until the next review; {level} of demand served from stock."
    ),
    "critical_ratio": n_(
        "Covers {lead} days of delivery and {review} days until the next review. Costs in balance at {level}: a unit"
        " missed costs {times} times as much as a unit kept until the next review, so no stockout in {target} of"
        " cycles is aimed at."
    ),
}

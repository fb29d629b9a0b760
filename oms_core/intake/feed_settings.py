"""How a feed of orders is asked and read: addresses of its parts, and where in its answers our fields are. Pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from oms_core.errors import Invalid

COLUMNS = (
    "external_ref", "changed_at", "status", "currency", "customer_name", "phone", "email", "address", "comment",
    "shipping", "requested_at", "lines", "sku", "quantity", "unit_price", "discount",
)  # fmt: skip
"""Our fields; the last four are looked for in each of ``lines``."""
LONGEST_TEXT = 500
_BLANKS = {
    "pages": {"since"}, "next_page": {"cursor"}, "references": {"day", "from", "to"}, "order": {"reference"},
}  # fmt: skip
_BLANK = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True)
class FeedSettings:
    """How a feed of orders over HTTP is asked, relative to its address, and read.

    ``pages`` begins a walk through the orders changed since ``{since}``; ``next_page`` goes on by ``{cursor}`` (empty:
    what the answer names as the next page is an address). ``references`` lists those of a business day (``{day}``, or
    ``{from}`` and ``{to}``), ``order`` is one by its ``{reference}``. ``items`` and ``next`` are where an answer
    keeps its orders and the next page. ``columns`` is ours = theirs: a path with points, or several with commas
    between (an address in parts); an unnamed one stands under our own name. ``take`` are the statuses in which an
    order is taken in by itself (none named: in each).
    """

    pages: str = "/orders?since={since}"
    next_page: str = ""
    references: str = "/orders/references?day={day}"
    order: str = "/orders/{reference}"
    items: str = "items"
    next: str = "next"
    columns: Mapping[str, str] = field(default_factory=dict)
    take: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self) | {"take": list(self.take), "columns": dict(self.columns)}


def settings_of(document: Mapping[str, Any]) -> FeedSettings:
    """Make settings of what a file or a form says; raises ``Invalid`` (``invalid_feed``) naming what is wrong."""
    faults = [fault(f"settings.{name}", "is no part of a feed") for name in document.keys() - asdict(FeedSettings())]
    texts = {name: value for name, value in document.items() if name in asdict(FeedSettings()) and name != "columns"}
    take = texts.pop("take", ())
    for name, value in texts.items():
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            faults.append(fault(f"settings.{name}", f"must be text of at most {LONGEST_TEXT} characters"))
        elif name in _BLANKS and not set(_BLANK.findall(value)) <= _BLANKS[name]:
            faults.append(fault(f"settings.{name}", f"may hold only {_told(_BLANKS[name])}"))
    if not isinstance(take, list | tuple) or not all(isinstance(one, str) for one in take):
        faults.append(fault("settings.take", "must list words"))
    columns = document.get("columns", {})
    if not isinstance(columns, Mapping) or not all(isinstance(path, str) for path in columns.values()):
        faults.append(fault("settings.columns", "must name paths"))
    else:
        faults += [fault(f"settings.columns.{name}", "is no column of ours") for name in columns.keys() - set(COLUMNS)]
    if faults:
        refuse_feed(faults)
    return FeedSettings(**texts, columns=dict(columns), take=tuple(take))


def fault(name: str, message: str, value: object = None) -> dict[str, Any]:
    """One field of a feed at fault."""
    return {"field": name, "value": None if value is None else str(value)[:60], "message": message}


def refuse_feed(faults: list[dict[str, Any]]) -> None:
    """Raise ``Invalid`` with the fields at fault."""
    told = "; ".join(f"{one['field']} {one['message']}" for one in faults[:5])
    raise Invalid(f"The feed cannot be kept so: {told}.", code="invalid_feed", rows=faults)


def _told(blanks: set[str]) -> str:
    return ", ".join(f"{{{blank}}}" for blank in sorted(blanks))

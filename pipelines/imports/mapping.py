"""Mappings: which column of a source is which of ours, and how to read its values (TOML)."""

import json
import tomllib
from collections.abc import Mapping as Dict
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from oms_core.errors import Invalid
from oms_core.workflow.models import Group

COLUMNS = (
    "external_ref", "placed_at", "sku", "product_name", "quantity", "unit_price", "customer_ref", "customer_name",
    "phone", "email", "address", "region", "comment", "status", "promised_at", "shipped_at", "delivered_at",
    "warehouse", "discount", "shipping",
)  # fmt: skip


@dataclass(frozen=True)
class Mapping:
    """How to read a file of orders: one row is one line of an order, rows with one ``external_ref`` are one order.

    ``columns`` is ours = theirs; one that is not named is looked for under our own name. ``statuses`` is
    theirs = ours (codes of status groups), for sources with words of their own.
    """

    columns: Dict[str, str] = field(default_factory=dict)
    statuses: Dict[str, str] = field(default_factory=dict)
    time_zone: str | None = None
    currency: str | None = None
    date_format: str | None = None
    decimal_comma: bool = False
    create_products: bool = False
    history: bool = False
    encoding: str = "utf-8"

    def fingerprint(self) -> str:
        """Text that is the same for the same mapping: a file is known together with it."""
        return json.dumps(asdict(self), sort_keys=True)


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file; raises ``Invalid`` naming what is unknown or of the wrong kind."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{path.name} is not TOML: {error}.", code="invalid_mapping") from error
    return mapping_of(document, name=path.name)


def mapping_of(document: dict[str, Any], *, name: str) -> Mapping:
    """Make a mapping of what a mapping file says; raises ``Invalid`` naming what is unknown or of the wrong kind."""
    faults = [*_faults_of_parts(document), *_faults_of_options(document.get("options", {}))]
    if faults:
        told = "; ".join(f"{fault['field']} {fault['message']}" for fault in faults)
        raise Invalid(f"The mapping {name} cannot be used: {told}.", code="invalid_mapping", rows=faults)
    return Mapping(document.get("columns", {}), document.get("statuses", {}), **document.get("options", {}))


def _faults_of_parts(document: dict[str, Any]) -> list[dict[str, str]]:
    faults = [
        _fault(part, "is not a part of a mapping") for part in document.keys() - {"columns", "statuses", "options"}
    ]
    for part in ("columns", "statuses"):
        entries = document.get(part, {})
        faults += [
            _fault(f"{part}.{key}", "must be text") for key, value in entries.items() if not isinstance(value, str)
        ]
    unknown = document.get("columns", {}).keys() - set(COLUMNS)
    faults += [_fault(f"columns.{name}", "is no column of ours") for name in sorted(unknown)]
    groups = [(theirs, ours) for theirs, ours in document.get("statuses", {}).items() if ours not in set(Group)]
    return faults + [_fault(f"statuses.{theirs}", f"names no status: {ours}") for theirs, ours in groups]


def _faults_of_options(options: dict[str, Any]) -> list[dict[str, str]]:
    kinds = {each.name: bool if each.type is bool else str for each in fields(Mapping)[2:]}
    faults = [_fault(f"options.{name}", "is no option") for name in sorted(options.keys() - kinds)]
    for name, kind in kinds.items():
        if name in options and not isinstance(options[name], kind):
            faults.append(_fault(f"options.{name}", "must be true or false" if kind is bool else "must be text"))
    if isinstance(zone := options.get("time_zone"), str):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            faults.append(_fault("options.time_zone", f"is no time zone: {zone}"))
    if isinstance(encoding := options.get("encoding"), str) and not _is_encoding(encoding):
        faults.append(_fault("options.encoding", f"is no encoding: {encoding}"))
    currency = options.get("currency")
    if isinstance(currency, str) and not (len(currency) == 3 and currency.isalpha() and currency.isupper()):
        faults.append(_fault("options.currency", "must be three capital letters"))
    return faults


def _is_encoding(name: str) -> bool:
    try:
        b" ".decode(name)
    except LookupError:
        return False
    return True


def _fault(field_name: str, message: str) -> dict[str, str]:
    return {"field": field_name, "message": message}

"""How statuses and reasons are said wherever orders are shown: in the shop's own words where it has some."""

from dashboard import reads
from dashboard.words import said


def status_names() -> dict[str, str]:
    """Names of all statuses by code."""
    return {status.code: said(status.name, status.translations) for status in reads.statuses()}


def status_name(code: str, name: str) -> str:
    """Say a status that an order bears; ``name`` is what the order's row calls it."""
    return status_names().get(code) or said(name)


def reason_label(code: str, label: str) -> str:
    """Say a reason to cancel, one out of use too; ``label`` is what the cancellation's row calls it."""
    known = {reason.code: reason for reason in reads.cancel_reasons()}
    return said(known[code].label, known[code].translations, "label") if code in known else said(label)

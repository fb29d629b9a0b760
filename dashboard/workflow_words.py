"""How statuses and reasons are said wherever orders are shown: in the shop's own words where it has some."""

from dashboard import reads
from dashboard.translation import _, n_
from dashboard.words import said

RETURN_REASONS = {
    "defective": n_("Defective or damaged"), "not_as_described": n_("Not as described"),
    "wrong_item": n_("Wrong goods"), "does_not_fit": n_("Does not fit"), "changed_mind": n_("Changed their mind"),
}  # fmt: skip


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


def return_reason(code: str) -> str:
    """Say why goods came back; a reason of elsewhere as it was given."""
    return _(RETURN_REASONS[code]) if code in RETURN_REASONS else code

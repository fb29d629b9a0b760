"""Words of anomalies: what each kind is, and what it rests on."""

from collections.abc import Mapping
from typing import Any

from dashboard import display
from dashboard.translation import _, n_
from oms_core.steering.anomalies import Suspicion
from oms_core.steering.models import Anomaly

KINDS = {
    Anomaly.SILENT: n_("Silent"), Anomaly.UNSCANNED: n_("Shipped, never scanned"),
    Anomaly.PAID_UNRESERVED: n_("Paid, not reserved"), Anomaly.RESERVED_UNPAID: n_("Reserved, not paid"),
    Anomaly.UNINVOICED: n_("Shipped, not invoiced"), Anomaly.REFUNDED_UNRECEIVED: n_("Refunded, nothing came back"),
    Anomaly.PRICE_OUTLIER: n_("Unusual price"), Anomaly.DUPLICATE: n_("Ordered twice?"),
}  # fmt: skip
MEANINGS = {
    Anomaly.SILENT: n_("Nobody has done or said anything for much longer than such orders usually stay."),
    Anomaly.UNSCANNED: n_("It is said to have left, yet the carrier, who usually reports, never saw it."),
    Anomaly.PAID_UNRESERVED: n_("It is paid and the goods are there, yet nobody keeps them for it."),
    Anomaly.RESERVED_UNPAID: n_("It keeps goods from others and waits for money longer than customers ever take."),
    Anomaly.UNINVOICED: n_("It was shipped days ago in a channel that writes invoices, and has none."),
    Anomaly.REFUNDED_UNRECEIVED: n_("More was given back than was cancelled, overpaid or has come back."),
    Anomaly.PRICE_OUTLIER: n_("A line costs less than half or more than twice what its product usually does."),
    Anomaly.DUPLICATE: n_("The same customer ordered the same goods within twelve hours."),
}  # fmt: skip
_EVIDENCE = {
    Anomaly.SILENT: n_("no entry for {hours}; such orders have one within {usual_hours}"),
    Anomaly.UNSCANNED: n_("{carrier} {tracking}: no report for {hours}, others have one in {reported}"),
    Anomaly.PAID_UNRESERVED: n_("paid {paid}; the goods are free"),
    Anomaly.RESERVED_UNPAID: n_("unpaid for {hours} of {total}; customers take up to {usual_hours}"),
    Anomaly.UNINVOICED: n_("shipped {hours} ago; {invoiced} of the others are invoiced"),
    Anomaly.REFUNDED_UNRECEIVED: n_("refunded {refunded}, due {due}"),
    Anomaly.PRICE_OUTLIER: n_("{sku}: {price} instead of {usual}, as in {lines} lines"),
    Anomaly.DUPLICATE: n_("like {first}"),
}  # fmt: skip


def evidence_words(found: Suspicion) -> str:
    """Say what a suspicion rests on."""
    return _(_EVIDENCE[found.kind]).format(**_said(found.evidence))


def _said(evidence: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: display.duration(int(value) * 3_600) if name.endswith("hours")
        else f"{float(value):.0%}" if name in ("reported", "invoiced")
        else str(value)
        for name, value in evidence.items()
    }  # fmt: skip

"""Words of alerts: what is off, since when, and against what."""

from dashboard import display, target_words
from dashboard.translation import _, n_
from oms_core.steering.alerts import AlertView
from oms_core.steering.models import AlertKind
from pipelines.metrics import METRICS

KINDS = {
    AlertKind.DEVIATION.value: n_("Unusual against its own history"),
    AlertKind.THRESHOLD.value: n_("Beyond bounds"),
}
SENSITIVITIES = {
    "5": n_("Calm: only what is plainly off"), "4": n_("Usual: less than once a year by chance"),
    "3": n_("Keen: twice a year by chance"),
}  # fmt: skip
CUTS = {
    "": target_words.WHOLE, "manager": n_("Manager"), "region": n_("Region"), "warehouse": n_("Warehouse"),
    "category": n_("Category"), "customer_kind": n_("Customer kind"), "carrier": n_("Carrier"),
    "status_group": n_("Stage"), "product": n_("Product"),
}  # fmt: skip


def told(alert: AlertView, currency: str) -> str:
    """Say in one sentence what is off, as Markdown."""
    metric = METRICS[alert.metric]
    value = None if alert.value is None else float(alert.value)
    expected = None if alert.expected is None else float(alert.expected)
    name = _(metric.label)
    if alert.part:
        name = f"{name}, {display.plain(target_words.part_words(alert.cut, alert.part))}"
    facts = {
        "figure": f"**{name}**", "value": target_words.value_words(metric, value, currency),
        "expected": target_words.value_words(metric, expected, currency), "since": display.day(alert.opened_day),
    }  # fmt: skip
    is_low = value is not None and expected is not None and value < expected
    if alert.kind == AlertKind.THRESHOLD:
        sentence = (
            _("{figure} is below its bound since {since}: {value}, at least {expected} is wanted.") if is_low
            else _("{figure} is above its bound since {since}: {value}, at most {expected} is wanted.")
        )  # fmt: skip
    else:
        sentence = (
            _("{figure} is unusually low since {since}: {value}, usual would be {expected}.") if is_low
            else _("{figure} is unusually high since {since}: {value}, usual would be {expected}.")
        )  # fmt: skip
    return sentence.format(**facts)

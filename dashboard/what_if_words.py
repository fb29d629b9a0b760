"""How a what-if is said: its changes, its figures, what it replays and what it takes for granted."""

from collections.abc import Mapping

from dashboard import display
from dashboard.translation import _, n_
from dashboard.words import group_name
from pipelines.replay import Changes, Routing
from pipelines.replay.figures import WHOLE

ROUTES = {
    Routing.RECORDED: n_("As it was chosen"), Routing.MOST_STOCK: n_("The fullest shelf that has all of it"),
    Routing.QUICKEST: n_("The quickest way among those that have all of it"),
}  # fmt: skip
FIGURES = {
    "median": n_("{stage}: median"), "p90": n_("{stage}: 90th percentile"), "on_time": n_("First promises kept"),
    "split": n_("Sent from more than one warehouse"), "load": n_("{stage}: load"),
    "queue": n_("{stage}: wait for a turn"),
}  # fmt: skip
LIMITS = {"hold": n_("Goods kept longer than the limit"), "payment": n_("Unpaid longer than the limit")}
SHARES = {"on_time", "split", "load"}
REPLAYED = (
    n_("Nothing changed gives every stay to the second as it was: what is told here is the change alone."),
    n_(
        "How long an order keeps its owner or warehouse, and their hours, are learnt from past stays. Turns are first "
        "come, first served."
    ),
    n_(
        "What a stay lasted beyond its turn and the wait for it is kept as it was, counted in the stage's hours. Waits "
        "for supply end when the goods came."
    ),
    n_(
        "Cancelled orders stay cancelled when they were. Another warehouse takes an order only if its shelf had the "
        "goods the day before; what was taken is missing there for two weeks."
    ),
    n_(
        "The way from another warehouse is as much longer or shorter as it usually is to that region. What customers, "
        "suppliers or buyers would have done otherwise is on no record."
    ),
    n_(
        "A limit only counts the orders it would have touched. The interval holds nine of ten draws of the period's "
        "days; it does not hold what the replay takes for granted."
    ),
)


def stage_words(stage: str) -> str:
    """Name a stage, or the whole way of an order."""
    return _("Order to delivery") if stage == WHOLE else group_name(stage)


def figure_words(stage: str, figure: str) -> str:
    """Name a figure of a stage."""
    return _(FIGURES[figure]).format(stage=stage_words(stage))


def limit_words(limit: str | None) -> str:
    """Say which limit touches an order; nothing where none does."""
    return _(LIMITS[limit]) if limit else ""


def value_words(figure: str, value: float | None) -> str:
    """Say a figure: a share in percent, a time by its two largest units."""
    if value is None:
        return display.NOTHING
    return display.percent(value) if figure in SHARES else display.duration(value * 3_600)


def change_words(figure: str, change: float | None) -> str:
    """Say by how much a figure changes, with its sign."""
    if change is None:
        return display.NOTHING
    mark = "+" if change > 0 else "−" if change < 0 else ""
    size = abs(change)
    told = _("{points} pp").format(points=display.number(size * 100, 1)) if figure in SHARES else None
    return mark + (told or display.duration(size * 3_600))


def both_words(figure: str, before: float, after: float) -> str:
    """Say a figure before and after with its change."""
    return f"{value_words(figure, before)} → {value_words(figure, after)} ({change_words(figure, after - before)})"


def question_words(changes: Changes, warehouses: Mapping[str, str]) -> list[str]:
    """Say everything that is to be different, one sentence each."""
    said = []
    for stage, change in changes.stages.items():
        name = group_name(stage)
        if change.capacity != 100:
            said.append(
                _("{stage}: {share} of the hands").format(stage=name, share=display.percent(change.capacity / 100, 0))
            )
        if change.hours:
            hours = change_words("", change.hours)
            said.append(_("{stage}: working days {hours}").format(stage=name, hours=hours))
    if changes.routing is not Routing.RECORDED:
        said.append(_("Warehouse: {rule}").format(rule=_(ROUTES[changes.routing])))
    said += [_("Without {warehouse}").format(warehouse=warehouses.get(code, code)) for code in sorted(changes.closed)]
    if changes.cutoff_hour is not None:
        said.append(_("Begun the next day from {hour}:00 on").format(hour=changes.cutoff_hour))
    if changes.promise_days:
        said.append(_("First promise {days} d").format(days=f"{changes.promise_days:+d}"))
    if changes.hold_hours is not None:
        said.append(_("Goods kept for {hours} h at most").format(hours=changes.hold_hours))
    if changes.payment_hours is not None:
        said.append(_("Payment waited for {hours} h at most").format(hours=changes.payment_hours))
    return said or [_("Nothing is different")]

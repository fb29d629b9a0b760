"""Words of the risk of a promise: what raises it, how far an order came, by what it was told."""

from dashboard.translation import _, n_

CAUSES = {
    "promise": n_("promised short"), "handling": n_("slow handling"), "stock": n_("stock"), "supply": n_("supply"),
    "prepayment": n_("payment"), "carrier": n_("carrier"), "load": n_("work load"),
}  # fmt: skip
MILESTONES = {"placed": n_("Placed"), "cleared": n_("Cleared for work"), "handed": n_("With the carrier")}
MODEL = "boosted_and_linear"
WAYS = {
    MODEL: n_("Model"), "due_within_24_hours": n_("Due within 24 h"),
    "shortest_left": n_("Shortest time left"), "stage_medians": n_("Stage medians"),
}  # fmt: skip


def raised_words(cause: str) -> str:
    """What raises the risk."""
    return _(CAUSES[cause]) if cause in CAUSES else cause


def milestone_words(milestone: str) -> str:
    """How far an order came."""
    return _(MILESTONES[milestone])


def way_words(way: str) -> str:
    """By what a risk is told: the model or a simple rule."""
    return _(WAYS[way]) if way in WAYS else way

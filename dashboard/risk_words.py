"""Words of the risk of a promise: what raises it."""

from dashboard.translation import _, n_

CAUSES = {
    "promise": n_("promised short"), "handling": n_("slow handling"), "stock": n_("stock"), "supply": n_("supply"),
    "prepayment": n_("payment"), "carrier": n_("carrier"), "load": n_("work load"),
}  # fmt: skip


def raised_words(cause: str) -> str:
    """What raises the risk."""
    return _(CAUSES[cause]) if cause in CAUSES else cause

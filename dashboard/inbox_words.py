"""How what comes in is said: where it stands, why, and how its feeds do."""

from collections.abc import Mapping

from dashboard import display
from dashboard.display import Color
from dashboard.refusals import say, say_rows
from dashboard.translation import _, n_
from oms_core.errors import OmsError
from oms_core.intake.feeds import FeedView
from oms_core.intake.inbound_models import FeedKind, MessageForm
from oms_core.intake.inbound_views import MessageView, Standing

STANDINGS: Mapping[Standing, str] = {
    Standing.WAITING: n_("Waiting"), Standing.HANDED: n_("With somebody"), Standing.ORDER: n_("Became orders"),
    Standing.TASK: n_("Done as tasks"), Standing.REJECTED: n_("Rejected"),
}  # fmt: skip
KINDS: Mapping[FeedKind, str] = {
    FeedKind.HTTP: n_("Orders over HTTP"), FeedKind.IMAP: n_("Mailbox (IMAP)"), FeedKind.MAILDIR: n_("Mail folder"),
}  # fmt: skip
REASONS = (n_("Duplicate"), n_("Cancelled at the channel"), n_("Advertising"), n_("Not for us"), n_("A test"))
"""What is usually said when a message is rejected; kept in the words that were read."""


def cause_words(view: MessageView) -> str:
    """Why it is no order, or how it was rejected; Markdown."""
    if view.standing is Standing.REJECTED:
        return display.plain(view.reason)
    if not view.code:
        return ""
    refusal = OmsError(view.reason, code=view.code, rows=view.faults)
    return " ".join([say(refusal), "; ".join(say_rows(refusal))]).strip()


def what_words(view: MessageView) -> str:
    """What it is about, in a line."""
    return view.subject or view.external_id


def icon_of(view: MessageView) -> str:
    """Material icon of a message."""
    return ":material/mail:" if view.form is MessageForm.LETTER else ":material/receipt_long:"


def feed_state(feed: FeedView) -> tuple[str, Color]:
    """How a feed does, with the colour of a badge; words first."""
    if not feed.is_active:
        return _("Switched off"), "gray"
    if feed.failed_since is not None:
        return _("Fails for {age}").format(age=display.age(feed.failed_since)), "red"
    if feed.polled_at is None:
        return _("Not looked at yet"), "gray"
    return _("Works"), "green"

"""What the inbox reads; nothing of it is cached."""

from collections.abc import Mapping
from datetime import UTC, datetime

from dashboard.reads import ask
from oms_core.intake.feeds import FeedView, list_feeds
from oms_core.intake.inbound_views import (
    MessageView,
    Standing,
    WholeMessage,
    count_messages,
    list_messages,
    read_message,
)
from oms_core.intake.reconciling import Reconciled, list_reconciliations

MOST = 100
_DAYS = 30


def counts() -> Mapping[Standing, int]:
    """How many there are of each standing."""
    return ask(count_messages, now=datetime.now(UTC))


def messages(standing: Standing, channel: str | None) -> list[MessageView]:
    """Messages of a standing."""
    return ask(list_messages, standing=standing, channel=channel, limit=MOST)


def message(message_id: int) -> WholeMessage:
    """One of them whole."""
    return ask(read_message, message_id=message_id)


def feeds() -> list[FeedView]:
    """The feeds with how they do."""
    return ask(list_feeds)


def reconciliations() -> list[Reconciled]:
    """The latest counted days."""
    return ask(list_reconciliations, limit=_DAYS)

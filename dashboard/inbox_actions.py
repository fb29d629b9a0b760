"""What is done from the inbox: each act in the name of who is there, told once."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from dashboard.actions import attempt, attempt_form
from dashboard.identity import acting
from dashboard.notices import tell_done, tell_refused
from dashboard.refusals import say, say_rows
from dashboard.shop import open_shop
from dashboard.translation import _, ngettext
from oms_core import door
from oms_core.errors import OmsError
from oms_core.intake.feeds import add_feed, change_feed
from oms_core.intake.inbound_mending import attach_message, hand_message, reject_messages, take_again, take_mended
from oms_core.intake.reconciling import Reconciled
from oms_core.orders.entry_document import EntryDocument
from pipelines.feeds.pulling import pull_feed, repull
from pipelines.feeds.source import FeedAwayError


def again(message_ids: Sequence[int]) -> None:
    """Take messages in again, each by itself; those refused again are told with the cause."""
    taken, refused = [], []
    for message_id in message_ids:
        try:
            taken.append(door.run(open_shop().sessions, acting(), take_again, message_id=message_id))
        except OmsError as refusal:
            refused.append(" ".join([say(refusal), *say_rows(refusal)]))
    if taken:
        told = ngettext("{count} order taken in: {numbers}", "{count} orders taken in: {numbers}", len(taken))
        tell_done(told.format(count=len(taken), numbers=", ".join(taken[:5])))
    if refused:
        told = ngettext("{count} message was refused again:", "{count} messages were refused again:", len(refused))
        tell_refused(told.format(count=len(refused)), refused[:10])


def mended(message_id: int, document: EntryDocument) -> str | None:
    """Take a message in as it was mended; the order's number, or None where it was refused."""
    told = lambda number: _("Order {number} placed").format(number=number)  # noqa: E731
    return attempt(take_mended, told, message_id=message_id, document=document)


def attach(message_id: int, number: str) -> bool:
    """Attach a message to an order that is there; False where it was refused."""
    return _is_done(
        attach_message, _("Attached to {number}").format(number=number), message_id=message_id, number=number
    )


def hand(message_id: int, assignee: str) -> bool:
    """Give a message to somebody as a task; False where it was refused."""
    return attempt(hand_message, _("Task handed over"), message_id=message_id, assignee=assignee) is not None


def reject(message_ids: Sequence[int], reason: str) -> bool:
    """Reject messages for a reason; False where it was refused."""
    told = lambda count: ngettext("{count} message rejected", "{count} messages rejected", count).format(count=count)  # noqa: E731
    return attempt(reject_messages, told, message_ids=message_ids, reason=reason) is not None


def look_now(code: str) -> None:
    """Ask a feed now; what it brings is decided by the worker within a minute."""
    try:
        pulled = pull_feed(partial(door.run, open_shop().sessions, acting()), code, open_shop().settings.home)
    except OmsError as refusal:
        tell_refused(say(refusal), say_rows(refusal))
        return
    if pulled.failure:
        tell_refused(_("The feed cannot be asked."), [pulled.failure])
    else:
        told = ngettext("{count} new message", "{count} new messages", pulled.new)
        tell_done(told.format(count=pulled.new))


def pull_missing(counted: Reconciled) -> None:
    """Fetch what a counted day still misses."""
    run, read = (partial(way, open_shop().sessions, acting()) for way in (door.run, door.read))
    try:
        fetched = repull(run, read, counted, open_shop().settings.home)
    except FeedAwayError as error:
        tell_refused(_("The feed cannot be asked."), [str(error)])
        return
    except OmsError as refusal:
        tell_refused(say(refusal), say_rows(refusal))
        return
    told = _("{count} of {all} fetched").format(count=len(fetched), all=len(counted.still_missing))
    (tell_done if len(fetched) == len(counted.still_missing) else tell_refused)(told)


def keep_feed(facts: dict[str, Any], settings: str, version: int | None) -> dict[str, str] | None:
    """Set a feed up or anew; what is wrong by field, None where it is kept."""
    try:
        document = json.loads(settings or "{}")
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return {"settings": _("is not JSON")}
    told = _("Feed {code} kept").format(code=facts["code"])
    if version is None:
        return attempt_form(add_feed, told, settings=document, **facts)
    kept = {name: value for name, value in facts.items() if name not in {"channel", "kind"}}
    return attempt_form(change_feed, told, settings=document, version=version, **kept)


def _is_done(use_case: Any, told: str, **facts: Any) -> bool:  # noqa: ANN401 - as attempt takes
    done: list[bool] = []

    def tell(_outcome: object) -> str:
        done.append(True)
        return told

    attempt(use_case, tell, **facts)
    return bool(done)

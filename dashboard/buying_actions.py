"""What a buyer can do: approve, put off or reject proposals, say what the plan is asked for, receive what came."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import structlog

from dashboard.actions import attempt
from dashboard.identity import acting
from dashboard.notices import tell_done, tell_refused
from dashboard.refusals import say
from dashboard.shop import open_shop
from dashboard.translation import _, ngettext
from oms_core import door
from oms_core.access.actors import SYSTEM, find_actor
from oms_core.catalog.promotions import plan_promotion, withdraw_promotion
from oms_core.errors import OmsError
from oms_core.purchasing.ordering import Override, PlacedPurchaseOrder, approve_proposals, reject_proposals
from oms_core.purchasing.plan_settings import Target, set_service_targets, set_supplier_terms
from oms_core.purchasing.putting_off import snooze_proposals
from oms_core.purchasing.receiving import Received, receive_purchase_order

log = structlog.get_logger(__name__)


def approve(proposal_ids: Collection[int], changes: Mapping[int, Override]) -> None:
    """Turn proposals into purchase orders, one per supplier and warehouse, with a buyer's own quantities."""

    def told(placed: list[PlacedPurchaseOrder]) -> str:
        words = ngettext("{count} purchase order: {numbers}", "{count} purchase orders: {numbers}", len(placed))
        return words.format(count=len(placed), numbers=", ".join(order.number for order in placed))

    overrides = {key: change for key, change in changes.items() if key in proposal_ids}
    currency = open_shop().settings.currency
    attempt(approve_proposals, told, proposal_ids=proposal_ids, overrides=overrides, currency=currency)


def reject(proposal_ids: Collection[int], why: str) -> None:
    """Decide against proposals, with a reason."""

    def told(count: int) -> str:
        return ngettext("{count} proposal rejected", "{count} proposals rejected", count).format(count=count)

    attempt(reject_proposals, told, proposal_ids=proposal_ids, why=why)


def put_off(proposal_ids: Collection[int], until: date, why: str) -> None:
    """Hide proposals until a day, with a reason."""

    def told(count: int) -> str:
        return ngettext("{count} suggestion put off", "{count} suggestions put off", count).format(count=count)

    attempt(snooze_proposals, told, proposal_ids=proposal_ids, until=until, why=why)


def ask_of_the_plan(targets: Mapping[tuple[str, str], Target], budget: Decimal | None) -> bool:
    """Set the service wanted by class and the budget and make the plan anew; whether they could be set."""
    if attempt(set_service_targets, _("Set."), targets=targets, budget=budget) is None:
        return False
    plan_anew()
    return True


def set_terms(supplier: str, minimum: Decimal | None, closures: Sequence[tuple[date, date]]) -> bool:
    """Set a supplier's terms and make the plan anew; whether they could be set."""

    terms = {"supplier": supplier, "minimum_order_value": minimum, "closures": closures}
    if attempt(set_supplier_terms, _("Set."), **terms) is None:
        return False
    plan_anew()
    return True


def promote(sku: str, off: Decimal, first: date, last: date) -> bool:
    """Plan a promotion of one product; whether it could be planned."""
    done = _("Promotion planned. The forecast counts on it from its next run.")
    return attempt(plan_promotion, done, skus=[sku], off=off, first=first, last=last) is not None


def withdraw(sku: str, first: date) -> None:
    """Forget a promotion that has not begun."""
    attempt(withdraw_promotion, _("Promotion withdrawn."), sku=sku, first=first)


def plan_anew() -> None:
    """Make the plan of this moment: undecided suggestions are replaced."""
    from pipelines.replenishment import plan_replenishment  # with the statistics it needs; pages open without them

    shop = open_shop()
    try:
        plan = plan_replenishment(shop.sessions, shop.store, actor=acting(), now=datetime.now(UTC))
    except OmsError as refusal:
        tell_refused(say(refusal))
        return
    tell_done(ngettext("{count} suggestion", "{count} suggestions", plan.proposals).format(count=plan.proposals))


def renew_plan() -> bool:
    """Bring the plan up to date for who opens the page; what cannot be renewed stands. Whether it was made anew."""
    from pipelines.replenishment import renew_plan as renew

    shop, now = open_shop(), datetime.now(UTC)
    system = door.read(shop.sessions, None, find_actor, login=SYSTEM)
    try:
        return renew(shop.sessions, shop.store, reader=acting(), planner=system, now=now)
    except OmsError as refusal:
        log.info("plan.not_renewed", why=str(refusal))
        return False


def receive(number: str) -> None:
    """Receive everything open of a purchase order."""

    def told(received: Received) -> str:
        return _("{number} received; waiting orders were served first").format(number=received.number)

    attempt(receive_purchase_order, told, number=number)

"""What a buyer can do: approve or reject proposals, receive what was bought."""

from collections.abc import Collection

from dashboard.actions import attempt
from dashboard.shop import open_shop
from dashboard.translation import _, ngettext
from oms_core.purchasing.ordering import PlacedPurchaseOrder, approve_proposals, reject_proposals
from oms_core.purchasing.receiving import Received, receive_purchase_order


def approve(proposal_ids: Collection[int]) -> None:
    """Turn proposals into purchase orders, one per supplier and warehouse."""

    def told(placed: list[PlacedPurchaseOrder]) -> str:
        words = ngettext("{count} purchase order: {numbers}", "{count} purchase orders: {numbers}", len(placed))
        return words.format(count=len(placed), numbers=", ".join(order.number for order in placed))

    attempt(approve_proposals, told, proposal_ids=proposal_ids, currency=open_shop().settings.currency)


def reject(proposal_ids: Collection[int], why: str) -> None:
    """Decide against proposals, with a reason."""

    def told(count: int) -> str:
        return ngettext("{count} proposal rejected", "{count} proposals rejected", count).format(count=count)

    attempt(reject_proposals, told, proposal_ids=proposal_ids, why=why)


def receive(number: str) -> None:
    """Receive everything open of a purchase order."""

    def told(received: Received) -> str:
        return _("{number} received; waiting orders were served first").format(number=received.number)

    attempt(receive_purchase_order, told, number=number)

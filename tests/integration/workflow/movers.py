"""A shop whose transitions differ by role and order type, with somebody in each role and an order in each status."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Engine, text

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.access.models import Role
from oms_core.access.permissions import DEFAULTS, Permission
from oms_core.catalog.models import Product
from oms_core.customers.registration import CustomerRef
from oms_core.db import make_sessions
from oms_core.inventory.movements import ReceiptRequest, receive
from oms_core.orders.cancellation import cancel_order
from oms_core.orders.placement import LineRequest, place_order
from oms_core.orders.progress import move_order
from oms_core.workflow.workflow_document import (
    StatusPart,
    TransitionPart,
    WorkflowDocument,
    read_workflow,
    save_workflow,
)
from tests.signing_in import add_person

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TYPES = ("sale", "wholesale", "replacement")
_UPTO = {"new": (), "confirm": ("confirm",), "supply": ("confirm", "supply"), "pick": ("confirm", "pick")}
_UPTO |= {"ship": (*_UPTO["pick"], "ship"), "deliver": (*_UPTO["pick"], "ship", "deliver")}
_UPTO |= {"at_carrier": (*_UPTO["deliver"], "at_carrier"), "done": (*_UPTO["deliver"], "done")}
STATUSES = ("preorder", *_UPTO, "cancelled")

AT_CARRIER = StatusPart(code="at_carrier", name="At the carrier", client_name="On its way", group="deliver", position=6)
HAND_ON = TransitionPart(
    from_status="deliver", to_status="at_carrier", label="Hand on", position=2, roles=("courier", "admin", "executive")
)
ARRIVE = TransitionPart(
    from_status="at_carrier", to_status="done", label="Arrived", position=1, roles=("courier",), order_types=None
)


def finer(workflow: WorkflowDocument) -> WorkflowDocument:
    """The seeded workflow, with moves for some roles and some types only, and one status more."""
    changes = {
        "confirm → supply": {"order_types": ("wholesale", "replacement")},
        "pick → confirm": {"roles": ("lead",)},
        "new → confirm": {"roles": ("manager", "buyer"), "order_types": None},
        "ship → pick": {"roles": ("warehouse",), "order_types": ("sale",)},
    }
    moves = tuple(replace(move, **changes.get(move.code, {})) for move in workflow.transitions)
    return replace(
        workflow, statuses=(*workflow.statuses, AT_CARRIER), transitions=(*moves, HAND_ON, ARRIVE)
    ).canonical()


def verdict(document: WorkflowDocument, role: Role, start: str, end: str, order_type: str) -> str:
    """Read off the table, one row after the other, what becomes of a move: allowed, or the refusal's code."""
    if Permission.ORDER_MOVE not in DEFAULTS[role]:
        return "not_allowed"
    if end == "cancelled":
        return "use_cancel"
    rows = [move for move in document.transitions if move.from_status == start and move.to_status == end]
    if not rows or (rows[0].order_types is not None and order_type not in rows[0].order_types):
        return "not_permitted"
    return "allowed" if role.value in rows[0].roles else "not_your_move"


@dataclass
class MoversShop:
    """Orders by (status, type), each of them replaced once it was moved on."""

    engine: Engine
    began: datetime = NOW
    document: WorkflowDocument = field(init=False)
    actors: dict[Role, Actor] = field(default_factory=dict)
    orders: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sessions = make_sessions(self.engine)
        for role in Role:
            add_person(self.sessions, f"the_{role.value}", role)
        with self.sessions.begin() as session:
            session.add(Product(sku="MUG", name="Mug"))
            self.actors = {role: find_actor(session, f"the_{role.value}") for role in Role}
            self.admin, self.system = find_actor(session, "admin"), find_actor(session, "system")
            self.document = finer(read_workflow(session))
        mugs = [ReceiptRequest("MUG", Decimal(100_000), Decimal(3))]
        door.run(self.sessions, self.admin, receive, at=NOW, warehouse="MAIN", lines=mugs)
        door.run(self.sessions, self.admin, save_workflow, at=NOW, document=self.document)

    def order(self, status: str, order_type: str) -> str:
        """The number of an order of this type in this status."""
        if (status, order_type) not in self.orders:
            self.orders[status, order_type] = self._make(status, order_type)
        return self.orders[status, order_type]

    def was_moved(self, status: str, order_type: str) -> None:
        """Forget an order that is not there any more."""
        del self.orders[status, order_type]

    def ways(self) -> Iterator[tuple[Role, str, str, str]]:
        """Every (role, from, to, order type)."""
        ends = [status.code for status in self.document.statuses]
        for order_type in TYPES:
            for start in STATUSES:
                for end in ends:
                    yield from ((role, start, end, order_type) for role in Role)

    def _make(self, status: str, order_type: str) -> str:
        """The shop itself may make any move that the type has; a wait for supply is not on a sale's way."""
        lines = [LineRequest("MUG", Decimal(1), Decimal(10))]
        customer = CustomerRef(name="Anna Kowalska", phone="+48600100200", address="ul. Długa 1, Kraków")
        placed = door.run(
            self.sessions, self.admin, place_order, at=NOW, channel="desk", customer=customer, lines=lines,
            order_type="wholesale" if status == "supply" else order_type,
        )  # fmt: skip
        number = str(placed.number)
        if status == "cancelled":
            door.run(self.sessions, self.admin, cancel_order, at=NOW, number=number, reason="too_slow")
        for step in _UPTO.get(status, ()):
            door.run(self.sessions, self.system, move_order, at=NOW, number=number, to=step)
        with self.engine.begin() as connection:
            given = {"number": number, "type": order_type, "status": status}
            connection.execute(text("UPDATE orders SET type = :type WHERE number = :number"), given)
            if status == "preorder":
                connection.execute(_AS_PREORDER, given)
                connection.execute(text("UPDATE orders SET status = 'preorder' WHERE number = :number"), given)
        return number


_AS_PREORDER = text("""
UPDATE status_intervals i SET status = 'preorder', group_code = 'preorder'
FROM orders o WHERE o.id = i.order_id AND o.number = :number
""")

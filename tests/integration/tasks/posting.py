"""A worker's sweep of messages in the hands of a test."""

import email
from datetime import UTC, datetime
from email.policy import default
from functools import partial

from oms_core import door
from oms_core.customers.registration import CustomerRef
from oms_core.tasks.messages import draft_message, list_messages
from oms_core.tasks.sending import send_message
from pipelines.mail.carriers import carrier_of
from pipelines.mail.delivery import deliver_due

SENDER = "Лавка <orders@example.com>"


class Post:
    """A worker's sweep of messages, as often as a test wants, at the time that it says."""

    def __init__(self, shop, address: str, context=None) -> None:
        self.shop, self.carrier, self.now = shop, carrier_of(address, context=context), datetime.now(UTC)
        self.system = shop.system()

    def sweep(self, run=None) -> int:
        own = partial(door.run, self.shop.sessions, self.system, at=self.now)
        return deliver_due(run or own, partial(self.read), self.carrier, SENDER)

    def read(self, query, **facts):
        facts = facts | ({"now": self.now} if "now" in facts else {})
        return door.read(self.shop.sessions, self.system, query, **facts)

    def queue(self, count: int = 1, *, name: str = "Ada") -> list[int]:
        made = []
        for _ in range(count):
            number = self.shop.order(customer=CustomerRef(name=name, email="ada@example.com"))
            made.append(self.shop.run(draft_message, number=number, template="order_received"))
            self.shop.run(send_message, message_id=made[-1], at=self.now)
        return made

    def states(self) -> list[str]:
        return [kept.state for kept in self.kept()]

    def kept(self):
        return sorted(self.shop.read(list_messages, states=None), key=lambda kept: kept.id)


def read_mail(text: bytes):
    return email.message_from_bytes(text.replace(b"\r\n", b"\n"), policy=default)

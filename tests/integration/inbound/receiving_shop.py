"""A shop that takes in what comes by feeds, and what a test asks of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from oms_core import door
from oms_core.access.actors import Actor, find_actor
from oms_core.intake.feeds import FeedView, add_feed, list_feeds
from pipelines.feeds.deciding import decide_stored
from pipelines.feeds.pulling import Pulled, pull_feed
from tests.integration.inbound.marketplace import SETTINGS, Marketplace


@dataclass
class ReceivingShop:
    """The shop of all tests here: each test has references and feeds of its own."""

    sessions: sessionmaker[Session]
    home: Path
    name: str = ""

    def actor(self, login: str = "system") -> Actor:
        return door.read(self.sessions, None, find_actor, login=login)

    @property
    def run(self) -> Callable[..., Any]:
        return partial(door.run, self.sessions, self.actor())

    @property
    def read(self) -> Callable[..., Any]:
        return partial(door.read, self.sessions, self.actor())

    def by(self, login: str, use_case: Callable[..., Any], **facts: Any) -> Any:
        return door.run(self.sessions, self.actor(login), use_case, **facts)

    def feed(self, address: str, kind: str = "http", **facts: Any) -> str:
        """Set up a feed of the test's own and return its code."""
        usual: dict[str, Any] = {"settings": SETTINGS, "secret": "file:market"} if kind == "http" else {}
        usual |= {"channel": "desk", "every_minutes": 5}
        self.by("admin", add_feed, code=self.name, kind=kind, address=address, **usual | facts)
        return self.name

    def market_feed(self, market: Marketplace, **facts: Any) -> str:
        return self.feed(market.address, begins=date(2026, 11, 1), **facts)

    def pull(self, *, decide: bool = True) -> Pulled:
        pulled = pull_feed(self.run, self.name, self.home)
        if decide:
            self.decide()
        return pulled

    def decide(self) -> int:
        return decide_stored(self.run, self.read)

    def view(self) -> FeedView:
        return next(feed for feed in self.read(list_feeds) if feed.code == self.name)

    def rows(self, statement: str, **facts: Any) -> list[tuple[Any, ...]]:
        with self.sessions() as session:
            found = session.execute(text(statement), {"name": self.name, "like": f"{self.name}-%"} | facts)
            return [tuple(row) for row in found]

    def rows_changed(self, statement: str) -> None:
        """Let time or chance have changed something."""
        with self.sessions.begin() as session:
            session.execute(text(statement), {"name": self.name})

    def outcomes(self) -> dict[str, str | None]:
        """What became of the messages of this test."""
        found = "SELECT external_id, outcome FROM inbound_messages WHERE external_id LIKE :like ORDER BY revision"
        return dict(self.rows(found))  # type: ignore[arg-type]

    def orders(self) -> list[str]:
        found = self.rows("SELECT external_ref FROM orders WHERE external_ref LIKE :like ORDER BY external_ref")
        return [reference for [reference] in found]

    def id_of(self, external_id: str) -> int:
        found = "SELECT max(id) FROM inbound_messages WHERE external_id = :external_id"
        return int(self.rows(found, external_id=external_id)[0][0])

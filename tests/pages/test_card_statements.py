"""The card of an order is read in few statements, as quickly after a long history as after a short one."""

import time
from collections.abc import Callable
from typing import Any

import streamlit as st
from shops import OpenShop
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker
from streamlit.testing.v1 import AppTest
from test_desk import _card, _new_order

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.orders.card import list_events

Shop = tuple[OpenShop, sessionmaker[Session]]
LONG = 2_000


def grown(sessions: sessionmaker[Session], number: str, events: int) -> None:
    """Let so many comments have been made about an order."""
    with sessions.begin() as session:
        given = {"number": number, "events": events}
        session.execute(
            text(
                "INSERT INTO order_events (order_id, sequence, kind, occurred_at, actor_id, payload)"
                " SELECT o.id, o.last_sequence + g, 'order.commented', now(), u.id,"
                " jsonb_build_object('text', 'comment ' || g)"
                " FROM orders o, users u, generate_series(1, :events) g WHERE o.number = :number AND u.login = 'admin'"
            ),
            given,
        )
        session.execute(text("UPDATE orders SET last_sequence = last_sequence + :events WHERE number = :number"), given)


def counted(app: AppTest) -> list[str]:
    """The statements of one more look at the page, sign-in included."""
    seen: list[str] = []

    def listen(*call: Any) -> None:
        seen.append(call[2])

    event.listen(Engine, "before_cursor_execute", listen)
    app.run()
    event.remove(Engine, "before_cursor_execute", listen)
    assert not app.exception
    return seen


def best(*reads: Callable[[], object]) -> list[float]:
    """The quickest of several runs of each, in seconds; taken in turns, so that what else runs is in the way of all."""
    times: list[list[float]] = [[] for _read in reads]
    for _ in range(25):
        for read, taken in zip(reads, times, strict=True):
            begun = time.perf_counter()
            read()
            taken.append(time.perf_counter() - begun)
    return [min(taken) for taken in times]


def test_a_card_takes_ten_statements_at_most_and_no_more_for_a_long_history(
    own_shop: Shop, browse: Callable[..., AppTest]
) -> None:
    shop, sessions = own_shop
    number = _new_order(shop, sessions)
    app = browse(shop, "order", by="anna", number=number)
    short = counted(app)
    grown(sessions, number, LONG)
    long = counted(app)
    assert len(short) == len(long) <= 10, "\n".join(" ".join(one.split())[:90] for one in long)


def test_a_long_history_is_as_quick_as_a_short_one_and_read_on_demand(own_shop: Shop) -> None:
    st.cache_data.clear()
    shop, sessions = own_shop
    number, other = shop.numbers[:2]
    grown(sessions, other, 50)  # as many as a card shows
    grown(sessions, number, LONG)
    short, long = best(lambda: _card(sessions, other), lambda: _card(sessions, number))
    assert long < 1.5 * short + 0.002, f"{short * 1000:.1f} ms, {long * 1000:.1f} ms"
    card = _card(sessions, number)
    assert len(card.events) == 50
    admin = door.read(sessions, None, find_actor, login="admin")
    seen, before = list(card.events), card.events[0].sequence
    while before > 1:
        earlier = door.read(sessions, admin, list_events, number=number, before=before, limit=500)
        seen, before = [*earlier, *seen], earlier[0].sequence
    assert [one.sequence for one in seen] == list(range(1, card.events[-1].sequence + 1))


def test_earlier_entries_are_shown_a_portion_at_each_click(own_shop: Shop, browse: Callable[..., AppTest]) -> None:
    shop, sessions = own_shop
    number = _new_order(shop, sessions)
    grown(sessions, number, 120)
    app = browse(shop, "order", by="anna", number=number)
    assert not any("comment 30\n" in f"{one.value}\n" for one in app.markdown)
    while [button for button in app.button if button.key == f"show_earlier_{number}"]:
        app.button(key=f"show_earlier_{number}").click().run()
    assert not app.exception
    told = "\n".join(one.value for one in app.markdown)
    assert "comment 30" in told
    assert "Order placed" in told

"""An order that was stopped goes on from where it was: two clicks, and the time it was held is told apart."""

from datetime import UTC, datetime, timedelta
from typing import Any

from test_desk import Browse, _card, _new_order

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.orders.holds import open_hold
from oms_core.orders.progress import move_order


def test_a_held_order_is_freed_and_in_work_with_two_clicks(own_shop: Any, browse: Browse) -> None:
    shop, sessions = own_shop
    number = _new_order(shop, sessions)
    admin = door.read(sessions, None, find_actor, login="admin")
    at = datetime.now(UTC) - timedelta(minutes=20)
    door.run(sessions, admin, move_order, at=at, number=number, to="confirm")
    door.run(sessions, admin, open_hold, at=at, number=number, cause="Is the address right?")
    app = browse(shop, "order", number=number)
    assert any("Is the address right" in warning.value for warning in (*app.warning, *app.error, *app.markdown))
    next(button for button in app.button if button.label == "Lift the hold").click().run()  # one
    app.button(key="next_step").click().run()  # two
    assert not app.exception
    card = _card(sessions, number)
    assert (card.status, card.holds) == ("pick", ())
    assert [(span.left_at is not None) for span in card.held] == [True], "how long it was held is kept beside its stays"
    assert any(" on hold" in told.value for told in app.markdown)

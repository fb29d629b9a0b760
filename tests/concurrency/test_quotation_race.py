"""One quotation made an order by many at once: one order, and everybody else is told which."""

from collections.abc import Callable
from functools import partial
from typing import Any

from building import a_stocked_product, asked
from racing import race
from sqlalchemy import text

from oms_core import door, integrity
from oms_core.customers.registration import CustomerRef
from oms_core.errors import Conflict
from oms_core.orders.quotations import change_quotation, make_quotation, order_quotation
from oms_core.orders.templates import save_template


def test_of_many_who_order_one_quotation_at_once_one_does(fresh_sessions, admin):
    with fresh_sessions.begin() as session:
        a_stocked_product(session, "TEA", 100)
    run = partial(door.run, fresh_sessions, admin)
    quoted = run(make_quotation, channel="desk", customer=CustomerRef(name="Ada"), lines=asked({"TEA": 2}))
    clicks: list[Callable[[], Any]] = [partial(run, order_quotation, number=quoted.number, version=1)] * 12
    changes: list[Callable[[], Any]] = [
        partial(run, change_quotation, number=quoted.number, version=1, lines=asked({"TEA": 5}))
    ]
    outcomes = race(clicks + changes)
    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert all(isinstance(one, Conflict) for one in refused), refused
    assert len(outcomes) - len(refused) == 1, "either it was ordered as seen, or changed before anybody did"
    if isinstance(outcomes[-1], Exception):
        assert {one.code for one in refused} == {"quotation_ordered"}
    with fresh_sessions() as session:
        orders = session.execute(text("SELECT count(*) FROM orders")).scalar_one()
        assert orders == (1 if isinstance(outcomes[-1], Exception) else 0)
        assert {finding.code: finding.rows for finding in integrity.check(session) if finding.rows} == {}


def test_of_many_who_save_a_template_of_one_name_one_does(fresh_sessions, admin):
    save = partial(door.run, fresh_sessions, admin, save_template, name="Gift", document={}, is_shared=True)
    outcomes = race([save] * 8)
    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert (len(refused), {one.code for one in refused if isinstance(one, Conflict)}) == (7, {"template_taken"})

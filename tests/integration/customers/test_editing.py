"""Editing a customer: all at once, checked, and never over what somebody else saved meanwhile."""

from dataclasses import replace
from decimal import Decimal

import pytest
from knowing import LATER, known, row_of, someone
from sqlalchemy import text

from oms_core.access.models import Role
from oms_core.access.permissions import Permission
from oms_core.customers.editing import CustomerEdit, Place, change_customer, read_edit
from oms_core.errors import Conflict, Invalid, NotFound


@pytest.fixture
def anna(session) -> int:
    return known(session, "Anna Kowalska", phone="+48 600 100 200", email="anna@example.com", address="Long Street 1")


def test_all_of_it_is_changed_and_read_back(session, actor, anna):
    edit, version = read_edit(session, actor=actor, customer_id=anna)
    wanted = CustomerEdit(
        name="Anna Nowak", kind="b2b", region="PL", language="pl", note="Rings.", tags=("vip", "late payer"),
        manager="admin", credit_limit=Decimal("500.00"), terms_days=14, phones=("+48 600 100 200", "22 100 20 30"),
        emails=("anna@nowak.pl",), messengers=("@anna",), addresses=(*edit.addresses, Place("Short Street 2", "PL")),
    )  # fmt: skip
    facts = {"actor": actor, "now": LATER, "customer_id": anna, "version": version}
    assert change_customer(session, **facts, edit=wanted) == version + 1
    read, _version = read_edit(session, actor=actor, customer_id=anna)
    assert replace(read, addresses=()) == replace(wanted, addresses=())
    assert [place.text for place in read.addresses] == ["Long Street 1", "Short Street 2"]
    again = change_customer(session, **facts | {"version": version + 1}, edit=read)
    assert again == version + 1  # nothing differs


def test_a_contact_that_stays_keeps_its_row_and_one_left_out_goes(session, actor, anna):
    edit, version = read_edit(session, actor=actor, customer_id=anna)
    before = row_of(session, "contacts", customer_id=anna, kind="phone")
    wanted = replace(edit, phones=("+48600100200",), emails=(), addresses=())
    change_customer(session, actor=actor, now=LATER, customer_id=anna, version=version, edit=wanted)
    after = row_of(session, "contacts", customer_id=anna, kind="phone")
    assert (after["id"], after["value"]) == (before["id"], "+48600100200")
    left = text("SELECT count(*) FROM contacts WHERE customer_id = :id AND kind = 'email'")
    assert session.scalar(left, {"id": anna}) == 0


def test_a_stale_save_is_refused_with_both_values_and_loses_nothing(session, actor, anna):
    mine, version = read_edit(session, actor=actor, customer_id=anna)
    theirs = replace(mine, note="Prefers mail.", phones=("111 222 333",))
    facts = {"actor": actor, "now": LATER, "customer_id": anna, "version": version}
    change_customer(session, **facts, edit=theirs)
    with pytest.raises(Conflict) as refused:
        change_customer(session, **facts, edit=replace(mine, note="Rings twice."))
    assert refused.value.code == "stale_version"
    head, *rows = refused.value.rows
    assert (head["given"], head["current"]) == (version, version + 1)
    assert {row["field"]: (row["value"], row["current"]) for row in rows} == {
        "note": ("Rings twice.", "Prefers mail."),
        "phones": ("+48 600 100 200", "111 222 333"),
    }
    assert read_edit(session, actor=actor, customer_id=anna)[0].note == "Prefers mail."


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", " "), ("name", "x" * 201), ("name", "a\0b"), ("kind", "b2x"), ("region", "x" * 61),
        ("note", "x" * 2001), ("tags", ("x" * 41,)), ("phones", ("12",)), ("phones", ("call me",)),
        ("phones", ("1" * 201,)), ("emails", ("anna",)), ("emails", ("an na@x",)), ("emails", ("@",)),
        ("emails", ("a@b@c",)), ("messengers", ("x" * 201,)), ("credit_limit", Decimal(-1)),
        ("credit_limit", Decimal(10) ** 13), ("terms_days", -1), ("terms_days", 400), ("manager", "nobody"),
        ("phones", tuple(str(1000 + n) for n in range(21))), ("addresses", (Place("x" * 2001),)),
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused_by_its_field(session, actor, anna, field, value):
    edit, version = read_edit(session, actor=actor, customer_id=anna)
    facts = {"actor": actor, "now": LATER, "customer_id": anna, "version": version}
    with pytest.raises(Invalid) as refused:
        change_customer(session, **facts, edit=replace(edit, **{field: value}))
    assert {row["field"] for row in refused.value.rows} == {field}


def test_who_may_not_see_personal_data_does_not_change_it(session, actor, anna):
    seller = someone(session, Role.MANAGER, without=(Permission.PERSONAL_DATA_VIEW,))
    edit, version = read_edit(session, actor=seller, customer_id=anna)
    assert "Kowalska" not in str(edit)
    assert "600" not in str(edit)
    wanted = replace(edit, name="Overwritten", phones=("999",), tags=("vip",), terms_days=7)
    change_customer(session, actor=seller, now=LATER, customer_id=anna, version=version, edit=wanted)
    read, _version = read_edit(session, actor=actor, customer_id=anna)
    assert (read.name, read.phones) == ("Anna Kowalska", ("+48 600 100 200",))
    assert (read.tags, read.terms_days) == (("vip",), 7)
    with pytest.raises(Conflict) as refused:
        change_customer(session, actor=seller, now=LATER, customer_id=anna, version=version, edit=wanted)
    assert "Kowalska" not in str(refused.value.rows)


def test_nobody_is_edited_who_is_not_there(session, actor):
    with pytest.raises(NotFound):
        read_edit(session, actor=actor, customer_id=10**9)
    with pytest.raises(NotFound):
        change_customer(session, actor=actor, now=LATER, customer_id=10**9, version=1, edit=CustomerEdit(name="Nobody"))

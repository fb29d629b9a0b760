"""Doubles are who shares a phone or an e-mail; whose names are alike come first."""

import pytest
from knowing import goods, known, orders_of, someone

from oms_core.access.models import Role
from oms_core.access.permissions import Permission
from oms_core.customers.duplicates import ALIKE, find_duplicates, likeness
from oms_core.customers.privacy import HIDDEN


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Anna Kowalska", "Kowalska Anna", True), ("Anna Kowalska", "A. Kowalska", True),
        ("Anna Kowalska", "Anna Kowalsak", True), ("Иван Петров", "Петров Иван", True), ("李明", "李明", True),
        ("Anna Kowalska", "Jan Kowalski", False), ("Anna Kowalska", "Studio Północ", False), ("Anna", "", False),
        ("Anna Kowalska", "Piotr Nowak", False),
    ],
)  # fmt: skip
def test_names_are_alike_or_not(one, other, alike):
    assert (likeness(one, other) >= ALIKE) is alike
    assert likeness(one, other) == pytest.approx(likeness(other, one))


def test_pairs_share_a_contact_with_or_without_the_countrys_code(session, actor):
    goods(session)
    one = known(session, "Anna Kowalska", phone="+48 600 100 200")
    other = known(session, "A. Kowalska", phone="600-100-200")
    known(session, "Jan Nowak", phone="600 100 200", email="jan@example.com")
    known(session, "Nobody Else", phone="700 100 200", email="else@example.com")
    orders_of(session, other, 1)
    pairs = find_duplicates(session, actor=actor)
    assert len(pairs) == 3  # each two of the three who share it
    assert (pairs[0].kept.id, pairs[0].gone.id) == (other, one)  # who ordered stays
    assert [pair.is_likely for pair in pairs] == [True, False, False]


def test_the_doubles_of_one_are_found_by_themselves(session, actor):
    one = known(session, "Anna Kowalska", phone="+48 600 100 200", email="anna@example.com")
    other = known(session, "A. Kowalska", phone="600-100-200")
    third = known(session, "Kowalska", email="ANNA@example.com")
    known(session, "Jan Nowak", phone="600 100 201")
    found = find_duplicates(session, actor=actor, customer_id=one)
    assert {pair.gone.id for pair in found} | {pair.kept.id for pair in found} == {one, other, third}
    assert len(found) == 2
    assert find_duplicates(session, actor=actor, customer_id=known(session, "Alone", phone="123456789")) == []


def test_who_may_not_see_personal_data_sees_that_there_are_doubles_only(session):
    known(session, "Anna Kowalska", phone="+48 600 100 200")
    known(session, "A. Kowalska", phone="600-100-200")
    seller = someone(session, Role.MANAGER, without=(Permission.PERSONAL_DATA_VIEW,))
    [pair] = find_duplicates(session, actor=seller)
    assert (pair.kept.name, pair.gone.name, pair.contact) == (HIDDEN, HIDDEN, HIDDEN)

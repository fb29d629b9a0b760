"""Passwords: poor ones refused, one-time ones changed, present ones not to be guessed at."""

import pytest
from signing_in import PASSWORD, set_password
from trying import NOW, ONE_TIME, at, refusal, sign_in

from oms_core import signing_in
from oms_core.access import passwords
from oms_core.errors import Invalid, OmsError


def test_the_dummy_hash_costs_what_a_real_one_costs():
    parameters = passwords.hash_password("whatever it is").split("$")[1:4]
    assert passwords.DUMMY_HASH.split("$")[1:4] == parameters
    assert not passwords.verify("whatever it is", None)


def test_with_a_one_time_password_nothing_is_open_but_its_change(sessions):
    set_password(sessions, "admin", ONE_TIME, one_time=True)
    signed_in = sign_in(sessions, password=ONE_TIME)
    found = at(sessions, signed_in.token)
    assert (signed_in.must_change_password, found.must_change_password) == (True, True)
    assert found.actor.permissions == frozenset()
    facts = {"address": "192.0.2.7", "session_id": found.session_id, "now": NOW}
    signing_in.change_password(sessions, found.actor, current=ONE_TIME, new=PASSWORD, **facts)
    assert at(sessions, signed_in.token).actor.permissions
    assert sign_in(sessions).must_change_password is False


def test_changing_the_password_ends_the_other_sessions(sessions):
    here, there = sign_in(sessions).token, sign_in(sessions).token
    found = at(sessions, here)
    facts = {"address": "192.0.2.7", "session_id": found.session_id, "now": NOW}
    signing_in.change_password(sessions, found.actor, current=PASSWORD, new="another good phrase", **facts)
    assert at(sessions, here) is not None
    assert at(sessions, there) is None
    assert refusal(sessions).code == "sign_in_failed"


def test_the_present_password_cannot_be_guessed_in_the_change_either(sessions):
    actor = at(sessions, sign_in(sessions).token).actor
    facts = {"new": "another good phrase", "address": "192.0.2.7", "session_id": None, "now": NOW}
    codes = []
    for number in range(6):
        with pytest.raises(OmsError) as refused:
            signing_in.change_password(sessions, actor, current=f"guess {number}", **facts)
        codes.append(refused.value.code)
    assert codes == ["wrong_password"] * 5 + ["too_many_attempts"]


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "has fewer than 10 characters"),
        ("x" * 201, "has more than 200 characters"),
        ("anna.zielinska", "is the login"),
        ("Password123!", "is among the first that anybody would try"),
        ("qwertyuiop", "is among the first that anybody would try"),
        ("1234567890", "is among the first that anybody would try"),
        ("aaaaaaaaaaaab", "is among the first that anybody would try"),
        ("пароль12345", "is among the first that anybody would try"),
    ],
)
def test_a_poor_password_is_refused_with_why(password, why):
    with pytest.raises(Invalid) as refused:
        passwords.prepare_password(password, login="anna.zielinska")
    assert (refused.value.code, refused.value.rows[0]["message"]) == ("weak_password", why)
    assert password not in str(refused.value)


def test_one_time_passwords_pass_the_rules_and_differ():
    made = {passwords.one_time_password().clear for _ in range(3)}
    assert len(made) == 3
    assert all(passwords._problem(clear, "anna") is None for clear in made)


def test_a_password_says_itself_nowhere():
    password = passwords.one_time_password()
    assert password.clear not in repr(password)
    assert password.hashed not in repr(password)

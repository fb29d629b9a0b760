"""Guessing passwords: slowed, and told nothing about who exists."""

import statistics
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from signing_in import PASSWORD
from trying import NOW, WRONG, add, at, refusal, sign_in

from oms_core import door
from oms_core.access import throttle
from oms_core.access.actors import SYSTEM, find_actor
from oms_core.access.sign_in import begin_attempt
from oms_core.access.users import deactivate_user
from oms_core.errors import Forbidden


def test_who_knows_the_password_is_let_in_however_the_login_is_written(sessions):
    signed_in = sign_in(sessions, login=" Admin ")
    found = at(sessions, signed_in.token)
    assert (found.actor.login, found.person.name, found.must_change_password) == ("admin", "Administrator", False)
    assert found.actor.permissions == signed_in.actor.permissions != frozenset()


def test_the_sixth_wrong_try_waits_and_the_right_password_waits_with_it(sessions):
    codes = [refusal(sessions, password=WRONG, now=NOW + timedelta(seconds=n)).code for n in range(6)]
    assert codes == ["sign_in_failed"] * 5 + ["too_many_attempts"]
    slowed = refusal(sessions, now=NOW + timedelta(seconds=6))
    assert (slowed.code, slowed.rows) == ("too_many_attempts", [{"retry_after": 13}])
    assert sign_in(sessions, now=NOW + timedelta(seconds=20)).token


def test_a_success_clears_the_failures_of_its_login(sessions):
    for n in range(4):
        refusal(sessions, password=WRONG, now=NOW + timedelta(seconds=n))
    sign_in(sessions, now=NOW + timedelta(seconds=5))
    codes = [refusal(sessions, password=WRONG, now=NOW + timedelta(seconds=6 + n)).code for n in range(5)]
    assert set(codes) == {"sign_in_failed"}


HERE, ELSEWHERE = "192.0.2.7", "192.0.2.8"


def guess(sessions, login, *, times=1, address=HERE, now=NOW):
    """Fail so many times without a password being hashed; returns how many tries were let in."""
    system, let_in = door.read(sessions, None, find_actor, login=SYSTEM), 0
    for _time in range(times):
        with suppress(throttle.Throttled):
            door.run(sessions, system, begin_attempt, at=now, login=login, address=address)
            let_in += 1
    return let_in


def test_an_address_that_tries_many_logins_is_slowed_whatever_the_login(sessions):
    assert sum(guess(sessions, f"nobody{n}") for n in range(120)) == 100
    assert refusal(sessions).code == "too_many_attempts"
    assert sign_in(sessions, address=ELSEWHERE).token


def test_who_signed_in_from_an_address_lately_is_not_kept_out_by_what_others_do_behind_it(sessions, admin):
    for login in ("anna", "boris"):
        add(sessions, admin, login)
    sign_in(sessions, login="boris")
    assert sum(guess(sessions, f"nobody{n}") for n in range(120)) == 100
    assert sign_in(sessions, login="boris").token
    assert refusal(sessions, login="anna").code == "too_many_attempts"
    much_later = NOW + throttle.KNOWN_FOR + timedelta(minutes=1)
    assert sum(guess(sessions, f"nobody{n}", now=much_later) for n in range(120)) == 100
    assert refusal(sessions, login="boris", now=much_later).code == "too_many_attempts"


def test_who_signed_in_from_an_address_lately_is_not_kept_out_by_who_guesses_them_elsewhere(sessions):
    sign_in(sessions)
    assert guess(sessions, "admin", times=50, address=ELSEWHERE) == 5
    assert refusal(sessions, address="192.0.2.9").code == "too_many_attempts"
    assert sign_in(sessions).token
    assert guess(sessions, "admin", address=ELSEWHERE) == 0


def test_guessing_a_login_where_it_is_known_is_slowed_as_anywhere(sessions):
    sign_in(sessions)
    assert guess(sessions, "admin", times=50) == 5
    assert refusal(sessions).code == "too_many_attempts"


def test_a_success_elsewhere_does_not_let_a_guesser_go_on(sessions):
    assert guess(sessions, "admin", times=4) == 4
    sign_in(sessions, address=ELSEWHERE)
    assert guess(sessions, "admin", times=50) == 1


def test_one_ipv6_customer_is_one_address():
    assert throttle.network_of("2001:db8::1") == throttle.network_of("2001:db8::ffff:2") != throttle.network_of("::1")
    assert throttle.network_of("::ffff:192.0.2.7") == throttle.network_of("192.0.2.7") == "192.0.2.7"
    assert throttle.network_of("no address at all") == "no address at all"


def test_a_login_guessed_for_a_day_gets_few_tries(sessions):
    """The pauses are played through on the clock alone: no password is hashed."""
    system, tries, moment = door.read(sessions, None, find_actor, login=SYSTEM), 0, NOW
    while moment < NOW + timedelta(hours=24):
        try:
            door.run(sessions, system, begin_attempt, at=moment, login="admin", address=f"192.0.2.{tries % 250}")
            tries += 1
        except throttle.Throttled as slowed:
            moment += timedelta(seconds=slowed.rows[0]["retry_after"])
    assert tries < 300


def test_many_tries_at_once_are_counted_as_many(sessions):
    start, codes = threading.Barrier(12), []

    def guess(number: int) -> None:
        start.wait()
        codes.append(refusal(sessions, password=f"wrong {number}", now=datetime.now(UTC)).code)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["sign_in_failed"] * 5 + ["too_many_attempts"] * 7


def test_unknown_inactive_passwordless_and_wrong_are_told_alike_and_take_as_long(sessions, admin):
    add(sessions, admin, "gone")
    add(sessions, admin, "without", password=None)
    door.run(sessions, admin, deactivate_user, login="gone")
    answers, times = [], {}
    for login, password in (("admin", "wrong"), ("nobody", "wrong"), ("gone", PASSWORD), ("without", ""), (SYSTEM, "")):
        for attempt in range(3):
            started = time.process_time()  # of this process: what others do meanwhile does not count
            answers.append(refusal(sessions, login=login, password=password, address=f"192.0.2.{attempt}"))
            times.setdefault(login, []).append(time.process_time() - started)
    assert {(type(answer), answer.code, str(answer), tuple(answer.rows)) for answer in answers} == {
        (Forbidden, "sign_in_failed", "The login or the password is not right.", ())
    }
    medians = [statistics.median(each) for each in times.values()]
    assert max(medians) < 2.5 * min(medians)


@given(st.text(max_size=400), st.text(max_size=100))
def test_whatever_is_typed_as_a_login_or_address_can_be_counted(login, address):
    plain, network = throttle.plain_login(login), throttle.network_of(address)
    assert "\0" not in plain + network
    assert (len(plain) <= 60, len(network) <= 45, plain == plain.strip().lower()[:60]) == (True, True, True)
    plain.encode()


@given(st.integers(0, 10_000))
def test_each_failure_makes_the_next_try_wait_at_least_as_long(failures):
    pauses = [throttle.pause_after(count, free_tries=5) for count in (failures, failures + 1)]
    assert timedelta(0) <= pauses[0] <= pauses[1] <= throttle.LONGEST_PAUSE

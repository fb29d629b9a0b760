"""Signing in, out and changing a password over HTTP, as it is and as somebody might try to get around it."""

import statistics
import time

import httpx
import pytest
from signing_in import PASSWORD, set_password
from sizes import sampled
from sqlalchemy import select, text

from oms_core.access.models import User
from oms_core.access.sign_in_models import AuthSession
from tests.integration.sign_in.browsing import Browser, alert_in, bound_in
from tests.integration.sign_in.conftest import Gated

ME = "/api/v1/me"
INJECTIONS = [
    "' OR '1'='1", "'; DROP TABLE users; --", "admin'--", '" OR ""="', "\\'; SELECT pg_sleep(9); --", "%27%20OR%201=1",
    "x' UNION SELECT NULL--", "anna\x00", "\ud7ff\uffff", "🙂" * 60, "a" * 5_000, "${7*7}", "{{7*7}}",
    "<script>alert(1)</script>",
    "../../etc/passwd", "%s%s%s%n", "\r\nSet-Cookie: a=b",
]  # fmt: skip


def test_whoever_signs_in_gets_a_cookie_that_no_script_reads_and_goes_where_they_wanted(browser: Browser) -> None:
    answer = browser.sign_in("anna", wanted="/orders?view=late")
    assert (answer.status_code, answer.headers["location"]) == (303, "/orders?view=late")
    [cookie] = [line for line in answer.headers.get_list("set-cookie") if line.startswith("cadence_session=")]
    flags = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", "max-age=1209600"} <= flags
    assert "secure" not in flags  # plain HTTP on this computer; by https it is (see below)
    me = browser.get(ME).json()
    assert (me["login"], me["roles"]) == ("anna", ["manager"])
    assert "order.move" in me["permissions"]


def test_every_sign_in_opens_a_new_session_and_ends_the_one_before(browser: Browser, gated: Gated) -> None:
    browser.sign_in("anna")
    first = browser.cookies["cadence_session"]
    with Browser(gated.address, cookies={"cadence_session": first}) as other:
        form = httpx.get(f"{gated.address}/login")
        other.cookies.set("cadence_form", form.cookies["cadence_form"])
        other.submit("/login", form=bound_in(form), login="boris", password=PASSWORD)
        assert other.get(ME).json()["login"] == "boris"
    assert browser.get(ME).status_code == 401


def test_a_session_planted_in_a_browser_is_worth_nothing(browser: Browser) -> None:
    browser.cookies.set("cadence_session", "planted-by-somebody-else", domain="127.0.0.1")
    browser.sign_in("anna")
    assert browser.cookies["cadence_session"] != "planted-by-somebody-else"


def test_nobody_learns_which_logins_exist(browser: Browser, gated: Gated) -> None:
    with gated.sessions.begin() as session:
        session.add(User(login="gone", name="Who Left", is_active=False))
        session.add(User(login="fresh", name="Without Password"))
    answers, seconds = {}, {}
    for login in ("anna", "nobody", "gone", "fresh", "system"):
        took = []
        for _try in range(3):
            started = time.perf_counter()
            answer = browser.sign_in(login, "wrong password 1")
            took.append(time.perf_counter() - started)
        page = answer.text.replace(f'value="{login}"', "LOGIN").replace(bound_in(answer), "FORM")
        answers[login], seconds[login] = (answer.status_code, alert_in(answer), page), statistics.median(took)
    assert len(set(answers.values())) == 1
    assert answers["anna"][:2] == (401, "The login or the password is not right.")
    assert max(seconds.values()) < 3 * min(seconds.values())  # one hash is checked for each of them


def test_guessing_is_slowed_and_says_for_how_long_even_with_the_right_password(browser: Browser) -> None:
    statuses = [browser.sign_in("anna", f"guess number {number}").status_code for number in range(5)]
    assert statuses == [401] * 5
    slowed = browser.sign_in("anna")
    assert slowed.status_code == 429
    assert 0 < int(slowed.headers["retry-after"]) <= 900
    assert slowed.headers["retry-after"] in alert_in(slowed)
    assert browser.sign_in("boris").status_code == 303  # another login, and a known one


def test_guessing_one_password_for_many_logins_is_slowed_by_address(gated: Gated, browser: Browser) -> None:
    """Who was signed in from there lately is let in all the same."""
    assert browser.sign_in("boris").status_code == 303
    with Browser(gated.address) as guesser:
        statuses = [guesser.sign_in(f"somebody{number}", "Winter2026!").status_code for number in range(10)]
        with gated.sessions.begin() as session:  # ninety more such tries, without the time that they take
            session.execute(
                text(
                    "INSERT INTO sign_in_attempts (login, address, occurred_at) SELECT login || n, address, occurred_at"
                    " FROM sign_in_attempts, generate_series(1, 9) n WHERE NOT succeeded"
                )
            )
        statuses += [guesser.sign_in(f"somebody{number}", "Winter2026!").status_code for number in range(90, 92)]
        assert statuses == [401] * 10 + [429] * 2
        assert guesser.sign_in("anna").status_code == 429
        assert guesser.sign_in("boris").status_code == 303


@pytest.mark.parametrize("typed", sampled(INJECTIONS, 4), ids=range(len(INJECTIONS)))
def test_nothing_typed_into_the_form_gets_in_or_breaks_it(typed: str, browser: Browser) -> None:
    for login, password in ((typed, "wrong password 1"), ("anna", typed), (typed, typed)):
        answer = browser.sign_in(login, password)
        assert answer.status_code in {401, 429}, answer.text
        assert "<script>alert" not in answer.text
        assert "set-cookie: a" not in str(answer.headers).lower()
    assert browser.get(ME).status_code == 401


def test_a_form_that_is_not_this_browsers_signs_nobody_in(browser: Browser, gated: Gated) -> None:
    with Browser(gated.address) as attacker:
        theirs = attacker.form_of("/login")
    browser.get("/login")
    for form in (theirs, "", "x" * 64):
        answer = browser.submit("/login", form=form, login="anna", password=PASSWORD)
        assert answer.status_code == 403
        assert "cadence_session" not in browser.cookies
    naked = httpx.post(f"{gated.address}/login", data={"form": theirs, "login": "anna", "password": PASSWORD})
    assert naked.status_code == 403


@pytest.mark.parametrize("path", ["/login", "/password", "/logout", "/api/v1/orders"])
def test_no_other_site_writes_in_the_name_of_who_is_signed_in(path: str, browser: Browser) -> None:
    browser.sign_in("anna")
    for headers in ({"Origin": "http://evil.test"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert browser.post(path, data={"login": "anna"}, headers=headers).status_code == 403
    assert browser.get(ME).status_code == 200


def test_signing_out_ends_the_session_for_good_and_needs_a_button(browser: Browser, gated: Gated) -> None:
    browser.sign_in("anna")
    token = browser.cookies["cadence_session"]
    assert browser.get("/logout").status_code == 200  # asks first
    assert browser.post("/logout").status_code == 403  # neither an origin nor a browser's word
    assert browser.get(ME).status_code == 200
    answer = browser.submit("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "cadence_session" not in browser.cookies
    assert httpx.get(f"{gated.address}{ME}", cookies={"cadence_session": token}).status_code == 401


def test_a_session_revoked_elsewhere_is_refused_at_the_next_request(browser: Browser, gated: Gated) -> None:
    browser.sign_in("anna")
    assert browser.get("/orders").status_code == 200
    with gated.sessions.begin() as session:
        session.execute(text("UPDATE auth_sessions SET revoked_at = now()"))
    assert browser.get(ME).status_code == 401
    assert browser.get("/orders").headers["location"] == "/login?next=/orders"


def test_who_is_signed_in_already_is_sent_on(browser: Browser) -> None:
    browser.sign_in("anna")
    assert browser.get("/login?next=/stock").headers["location"] == "/stock"
    assert browser.get("/login?next=//evil.test").headers["location"] == "/"


def test_after_signing_in_nobody_is_sent_to_another_site(browser: Browser) -> None:
    for wanted in ("//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)"):
        assert browser.sign_in("anna", wanted=wanted).headers["location"] == "/"
        browser.cookies.clear()


def test_a_one_time_password_must_be_changed_before_anything_else(browser: Browser, gated: Gated) -> None:
    set_password(gated.sessions, "lena", "given for one time", one_time=True)
    answer = browser.sign_in("lena", "given for one time", wanted="/orders")
    assert answer.headers["location"].startswith("/password")
    assert browser.get("/orders").headers["location"] == "/password"
    assert browser.get("/api/v1/orders").json()["code"] == "password_change_required"
    first = browser.cookies["cadence_session"]

    def change(new: str, repeated: str, current: str = "given for one time") -> httpx.Response:
        form = browser.form_of("/password")
        return browser.submit("/password", form=form, current=current, new=new, repeated=repeated)

    assert "not repeated" in alert_in(change("a good long word 5", "another long word 5"))
    assert "not right" in alert_in(change("a good long word 5", "a good long word 5", "wrong password 1"))
    assert "fewer than 10" in alert_in(change("short", "short"))
    assert "is the present one" in alert_in(change("given for one time", "given for one time"))
    assert change("a good long word 5", "a good long word 5").headers["location"] == "/"
    assert browser.cookies["cadence_session"] != first
    assert browser.get("/api/v1/orders").status_code == 200
    assert httpx.get(f"{gated.address}{ME}", cookies={"cadence_session": first}).status_code == 401


def test_a_changed_password_ends_every_other_session(browser: Browser, gated: Gated) -> None:
    with Browser(gated.address) as elsewhere:
        elsewhere.sign_in("boris")
        browser.sign_in("boris")
        facts = {"form": browser.form_of("/password"), "current": PASSWORD}
        assert browser.submit(
            "/password", **facts, new="quite another word 9", repeated="quite another word 9"
        ).is_redirect
        assert elsewhere.get(ME).status_code == 401
        assert browser.get(ME).json()["login"] == "boris"
    set_password(gated.sessions, "boris")


def test_the_form_that_changes_a_password_belongs_to_one_session(browser: Browser, gated: Gated) -> None:
    with Browser(gated.address) as other:
        other.sign_in("boris")
        theirs = other.form_of("/password")
    browser.sign_in("anna")
    facts = {"current": PASSWORD, "new": "quite another word 9", "repeated": "quite another word 9"}
    assert browser.submit("/password", form=theirs, **facts).status_code == 403
    assert browser.submit("/password", **facts).status_code == 403


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("ru-RU,en;q=0.5", "Вход в Cadence"),
        ("xx, pl;q=0.8", "Logowanie do Cadence"),
        ("zh-CN", "登录 Cadence"),
        ("fr", "Sign in to Cadence"),
        ("", "Sign in to Cadence"),
        ("en;q=x,;;,ru;q=0", "Sign in to Cadence"),
    ],
)
def test_the_form_speaks_the_visitors_language(asked: str, title: str, browser: Browser) -> None:
    assert f"<h1>{title}</h1>" in browser.get("/login", headers={"Accept-Language": asked}).text
    assert "<h1>Вход в Cadence</h1>" in browser.get("/login?lang=ru", headers={"Accept-Language": asked}).text


def test_the_form_runs_no_script_is_kept_by_no_cache_and_framed_by_nobody(browser: Browser) -> None:
    headers = browser.get("/login").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"


def test_a_form_that_is_too_large_or_no_form_is_refused(browser: Browser) -> None:
    assert browser.submit("/login", login="a" * 20_000).status_code == 413
    assert browser.post("/login", content=b"\xff\xfe=\xff").status_code in {400, 403}
    assert browser.post("/login", content=b"&".join([b"a=1"] * 50)).status_code == 400


def test_where_somebody_signed_in_from_is_kept_and_no_stranger_names_it(browser: Browser, gated: Gated) -> None:
    browser.headers["X-Forwarded-For"] = "6.6.6.6"
    browser.headers["User-Agent"] = "A Browser/1.0"
    browser.sign_in("anna")
    with gated.sessions() as session:
        newest = session.scalars(select(AuthSession).order_by(AuthSession.id.desc()).limit(1)).one()
        assert (newest.address, newest.user_agent) == ("127.0.0.1", "A Browser/1.0")

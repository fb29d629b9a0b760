"""Feeds from the command line, and a worker killed between storing and deciding."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from running_oms import oms_on
from sqlalchemy.orm import Session, sessionmaker

from oms_core.errors import Conflict, Invalid
from oms_core.intake.feeds import change_feed
from tests.integration.inbound.marketplace import SETTINGS, TOKEN, Marketplace, an_offer
from tests.integration.inbound.receiving_shop import ReceivingShop

# A worker that tells when a page is stored, and stands still before anything is decided.
KILLED = """
import sys, time
from functools import partial
from pathlib import Path
from oms_core import door, schema
from oms_core.access.actors import find_actor
from oms_core.db import make_engine, make_sessions
from pipelines.feeds.pulling import pull_feed
url, code, home = sys.argv[1:]
sessions = make_sessions(make_engine(url))
system = door.read(sessions, None, find_actor, login="system")
pull_feed(partial(door.run, sessions, system), code, Path(home))
print("stored", flush=True)
time.sleep(60)
"""


def url_of(sessions: sessionmaker[Session]) -> str:
    return str(sessions.kw["bind"].url.render_as_string(hide_password=False))


def test_a_worker_killed_between_storing_and_deciding_loses_nothing(shop: ReceivingShop, market: Marketplace):
    market.orders = [an_offer(f"{shop.name}-{at}") for at in range(5)]
    code = shop.market_feed(market)
    words = [sys.executable, "-c", KILLED, url_of(shop.sessions), code, str(shop.home)]
    worker = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert worker.stdout is not None
        assert "stored" in "".join(iter(worker.stdout.readline, "stored\n")) + "stored"
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
        worker.stdout.close()
    assert set(shop.outcomes().values()) == {None}
    shop.decide()
    assert len(shop.orders()) == 5
    assert shop.pull().new == 0


@pytest.mark.full
def test_a_feed_is_set_up_pulled_and_counted_by_command(shop: ReceivingShop, market: Marketplace, tmp_path: Path):
    columns = "\n".join(f'{ours} = "{theirs}"' for ours, theirs in SETTINGS["columns"].items())
    settings = f'items = "data.orders"\nnext = "data.next"\ntake = ["paid"]\n[columns]\n{columns}\n'
    (tmp_path / "feed.toml").write_text(settings)
    oms = oms_on(shop.sessions.kw["bind"], tmp_path / "marts", shop.home)
    market.orders = [an_offer(f"{shop.name}-{at}") for at in range(4)]
    market.forgotten = {f"{shop.name}-2"}
    facts = ("--channel", "desk", "--kind", "http", "--address", market.address, "--secret", "file:market", "--json")
    added = oms("feed", "add", shop.name, "--settings", tmp_path / "feed.toml", "--begins", "2026-11-01", *facts)
    assert (added.status, added.document["code"], added.document["stored"]) == (0, shop.name, 0)
    pulled = oms("feed", "pull", shop.name, "--json")
    assert pulled.status == 0
    assert [pulled.document[name] for name in ("new", "decided", "overdue")] == [3, 3, 0]
    counting = ("feed", "reconcile", shop.name, "--day", "2026-11-20", "--json")
    counted = oms(*counting)
    assert (counted.status, counted.document["theirs"], counted.document["missing"]) == (1, 4, [f"{shop.name}-2"])
    counted = oms(*counting, "--fetch")
    assert (counted.status, counted.document["ours"], counted.document["fetched"]) == (0, 4, [f"{shop.name}-2"])
    assert len(shop.orders()) == 4
    market.fails_after = 0
    pulled = oms("feed", "pull", shop.name, "--json")
    assert (pulled.status, "503" in pulled.document["failure"]) == (1, True)
    listed = oms("feed", "list", "--json")
    assert listed.status == 0
    assert TOKEN not in str(listed.document)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"address": "ftp://example.com"}, "address"), ({"address": "http://example.com"}, "address"),
        ({"address": "https://user:word@example.com"}, "address"), ({"address": "https://a b"}, "address"),
        ({"address": "https://example.com:99999"}, "address"), ({"secret": "env:OMS_DATABASE_URL"}, "secret"),
        ({"secret": "file:../../etc/passwd"}, "secret"), ({"secret": "file:.."}, "secret"),
        ({"secret": "the secret itself"}, "secret"), ({"every_minutes": 0}, "every_minutes"),
        ({"settings": {"pages": 7}}, "settings.pages"), ({"settings": {"order": "/{nothing}"}}, "settings.order"),
        ({"settings": {"columns": {"colour": "x"}}}, "settings.columns.colour"),
        ({"settings": {"take": "paid"}}, "settings.take"), ({"settings": {"other": "x"}}, "settings.other"),
    ],
)  # fmt: skip
def test_a_feed_that_makes_no_sense_or_would_give_secrets_away_is_refused(
    shop: ReceivingShop, facts: dict[str, object], field: str
):
    usual: dict[str, object] = {"address": "https://example.com", "secret": "env:OMS_FEED_MARKET"}
    with pytest.raises(Invalid) as refused:
        shop.feed(**usual | facts)  # type: ignore[arg-type]
    assert field in {row["field"] for row in refused.value.rows}


def test_a_feed_changed_by_somebody_meanwhile_is_not_overwritten(shop: ReceivingShop, market: Marketplace):
    shop.market_feed(market)
    facts = {"address": market.address, "secret": "file:market", "settings": {}, "every_minutes": 9}
    facts |= {"overlap_minutes": 0, "is_active": False}
    assert shop.by("admin", change_feed, code=shop.name, version=1, **facts) == 2
    with pytest.raises(Conflict, match="meanwhile"):
        shop.by("admin", change_feed, code=shop.name, version=1, **facts)
    with pytest.raises(Conflict, match="already"):
        shop.market_feed(market)
    told = "SELECT count(*) FROM audit_log WHERE table_name = 'channel_feeds' AND after ->> 'every_minutes' = '9'"
    assert shop.rows(told) == [(1,)]

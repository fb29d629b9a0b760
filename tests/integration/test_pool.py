import threading
import time

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import TimeoutError as PoolExhausted

from oms_core.db import make_engine


@pytest.fixture
def two_connections(engine):
    url = make_url(engine.url).render_as_string(hide_password=False)
    small = make_engine(url, pool_size=1, max_overflow=1)
    yield small
    small.dispose()


def test_more_threads_than_connections_take_turns(two_connections):
    stop = time.monotonic() + 1.0
    served = [0] * 8

    def client(index: int) -> None:
        while time.monotonic() < stop:
            with two_connections.connect():
                served[index] += 1

    threads = [threading.Thread(target=client, args=(index,)) for index in range(len(served))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(served) > max(served) / 3, served


def test_who_waits_too_long_is_told_and_does_not_lose_the_place_for_others(two_connections):
    two_connections.pool._timeout = 0.05
    with two_connections.connect(), two_connections.connect(), pytest.raises(PoolExhausted):
        two_connections.connect()
    with two_connections.connect(), two_connections.connect():
        pass


def test_a_connection_that_cannot_be_made_costs_no_place(engine):
    nowhere = make_engine("postgresql+psycopg2://cadence@127.0.0.1:1/none", pool_size=1, max_overflow=0)
    for _ in range(3):
        with pytest.raises(Exception, match="refused"):
            nowhere.connect()


def test_an_invalidated_connection_gives_its_place_back(two_connections):
    for _ in range(5):
        connection = two_connections.connect()
        connection.invalidate()
        connection.close()
    with two_connections.connect(), two_connections.connect():
        pass

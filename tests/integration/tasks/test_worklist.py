"""The worklist: pages that lose nothing, whose tasks are shown to whom, and those of a period."""

from datetime import timedelta

import pytest

from oms_core.errors import Invalid
from oms_core.tasks.progress import finish_task
from tests.building import NOON


def test_pages_of_a_list_lose_and_repeat_nothing(shop):
    for index in range(23):
        due = None if index % 5 == 0 else NOON + timedelta(minutes=index // 3)
        shop.task(f"t{index}", due_at=due)
    for is_done in (False, True):
        seen, cursor = [], None
        while True:
            page = shop.page(cursor=cursor, limit=4, is_done=is_done)
            seen += [task.title for task in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 23
        assert seen == [task.title for task in shop.tasks(limit=200, is_done=is_done)]
        for task in shop.tasks(limit=200):
            shop.run(finish_task, task_id=task.id, at=NOON + timedelta(minutes=task.id % 3))


@pytest.mark.parametrize("cursor", ["", "x", "bm90", "WyJkb25lIiwiMjAyNi0wMS0wMSIsMV0=", "WyJvcGVuIiwgImEiLCAxXQ=="])
def test_a_cursor_of_another_list_is_refused(shop, cursor):
    with pytest.raises(Invalid) as refused:
        shop.page(cursor=cursor)
    assert refused.value.code == "invalid_cursor"


def test_a_team_sees_its_own_and_nobodys_tasks(shop):
    with shop.sessions.begin() as session:
        session.connection().exec_driver_sql("INSERT INTO teams (code, name) VALUES ('north', 'N'), ('south', 'S')")
    north, south = (row.id for row in shop.ask("SELECT id FROM teams WHERE code IN ('north', 'south') ORDER BY code"))
    anna = shop.person("anna", team_id=north)
    for login, team in (("boris", north), ("clara", south)):
        shop.person(login, team_id=team)
    for login in ("anna", "boris", "clara", None):
        shop.task(f"of {login}", assignee=login)
    assert set(shop.titles(by=anna, whose="team")) == {"of anna", "of boris", "of None"}
    assert shop.titles(by=anna, whose="mine") == ["of anna"]
    assert shop.titles(by=anna, whose="nobody") == ["of None"]
    assert len(shop.titles(by=anna, whose="all")) == 4


def test_the_calendar_takes_what_is_due_in_a_period_its_end_excluded(shop):
    for hours in (0, 1, 2):
        shop.task(f"h{hours}", due_at=NOON + timedelta(hours=hours))
    assert shop.titles(between=(NOON, NOON + timedelta(hours=2))) == ["h0", "h1"]

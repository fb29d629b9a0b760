"""Accuracy tells who was nearer, the buyer or the suggestion; what is not over has its day."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from shops import OpenShop
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.db import make_sessions
from oms_core.purchasing.ordering import Override, approve_proposals, reject_proposals
from oms_core.purchasing.proposals import list_proposals
from pipelines.replenishment import plan_replenishment
from pipelines.store import Store
from tests.lasting_shops import MORNING_AFTER

Browse = Callable[..., AppTest]
THEN = MORNING_AFTER - timedelta(days=60)


@pytest.fixture
def decided(
    lived_template: Path, lasting_database: Callable[..., Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> OpenShop:
    """Sixty days ago one quantity was doubled and one rejected; this morning one was cut."""
    monkeypatch.setattr("dashboard.accuracy_reads._today", MORNING_AFTER.date)
    engine, marts = lasting_database(of=lived_template.parent.name), tmp_path / "marts"
    shutil.copytree(lived_template, marts)
    sessions = make_sessions(engine)
    with sessions() as session:
        actor = find_actor(session, "admin")
    for at, share, why in ((THEN, Decimal(2), "a fair"), (MORNING_AFTER, Decimal("0.5"), "too much")):
        plan_replenishment(sessions, Store(str(marts)), actor=actor, now=at)
        first, second = door.read(sessions, actor, list_proposals)[:2]
        own = {first.id: Override(first.quantity * share, why)}
        door.run(
            sessions, actor, approve_proposals, at=at, currency="EUR", proposal_ids=[first.id], overrides=own
        )  # fmt: skip
        if at == THEN:
            door.run(sessions, actor, reject_proposals, at=at, proposal_ids=[second.id], why="enough there")
    return OpenShop(engine.url.render_as_string(hide_password=False), marts)


def test_a_shop_without_changes_is_told_so(
    lived_template: Path, lasting_database: Callable[..., Engine], browse: Browse
) -> None:
    url = lasting_database(of=lived_template.parent.name).url.render_as_string(hide_password=False)
    app = browse(OpenShop(url, lived_template), "accuracy", lang="en").run()
    assert not app.exception, app.exception
    assert any("No suggested quantity was changed" in caption.value for caption in app.caption)


def test_changes_are_told_one_by_one_by_reason_and_by_buyer_and_add_up(decided: OpenShop, browse: Browse) -> None:
    def table(**address: str) -> tuple[AppTest, list[dict[str, object]]]:
        app = browse(decided, "accuracy", lang="en", **address).run()
        assert not app.exception, app.exception
        found = next(
            each.value for each in app.dataframe if {"left_ordered", "short_ordered"} & set(each.value.columns)
        )
        return app, found.to_dict("records")

    app, each = table()
    assert any("1 change is not over yet" in caption.value for caption in app.caption)
    assert {row["why"] for row in each} == {"a fair", "enough there", "too much"}
    assert next(row["ordered"] for row in each if row["why"] == "enough there") == 0
    told = [row for row in each if row["why"] != "too much"]
    _app, reasons = table(changes="why")
    _app, (buyer,) = table(changes="buyer")
    assert {row["group"]: (row["changes"], row["pending"]) for row in reasons} == {
        "a fair": (1, 0), "enough there": (1, 0), "too much": (0, 1),
    }  # fmt: skip
    assert (buyer["group"], buyer["changes"], buyer["pending"]) == ("Administrator", 2, 1)
    for rows in (reasons, [buyer]):
        left = sum(row["over_ordered"] - row["short_ordered"] for row in rows)
        assert left == pytest.approx(sum(row["left_ordered"] for row in told))
        assert sum(row["saved"] or 0 for row in rows if row["changes"]) == pytest.approx(
            sum(row["saved"] for row in told)
        )


def test_a_reason_opens_its_changes(decided: OpenShop, browse: Browse) -> None:
    app = browse(decided, "accuracy", lang="en", changes="why").run()
    groups = next(each.value for each in app.dataframe if "pending" in each.value.columns)
    place = groups["group"].to_list().index("a fair")
    app.session_state["groups_why"] = {"selection": {"rows": [place], "columns": [], "cells": []}}
    app.run()
    assert not app.exception, app.exception
    (opened,) = [each.value for each in app.dataframe if "left_ordered" in each.value.columns]
    assert opened["why"].to_list() == ["a fair"]

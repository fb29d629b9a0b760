"""Targets are set by who may, seen by who looks at figures, and never overwritten unseen."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from oms_core.access.actors import Actor, find_actor
from oms_core.access.models import Role
from oms_core.access.permissions import DEFAULTS
from oms_core.errors import Conflict, Forbidden, Invalid, NotFound
from oms_core.steering.targets import Aim, find_reach, list_targets, list_team_members, remove_target
from pipelines.steering.target_lines import keep_targets

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
NOVEMBER = date(2026, 11, 1), date(2026, 12, 1)
AIM = Aim("net_revenue", *NOVEMBER, Decimal(120_000))


def keep(session, actor, *aims, channel="desk"):
    return keep_targets(session, actor=actor, now=NOW, channel=channel, aims=aims)


def listed(session):
    return list_targets(session, channel="desk", first_day=NOVEMBER[0], after_day=NOVEMBER[1])


@pytest.fixture
def lead(session) -> Actor:
    """Leads the north: anna is in it, boris is not."""
    insert = "INSERT INTO users (login, name) VALUES (:login, :login)"
    session.execute(text(insert), [{"login": login} for login in ("lena", "anna", "boris")])
    session.execute(text("INSERT INTO user_roles SELECT id, 'lead' FROM users WHERE login = 'lena'"))
    team = "INSERT INTO teams (code, name, lead_id) SELECT 'north', 'North', id FROM users WHERE login = 'lena'"
    session.execute(text(team))
    member = "UPDATE users SET team_id = (SELECT id FROM teams WHERE code = 'north') WHERE login = 'anna'"
    session.execute(text(member))
    return find_actor(session, "lena")


def test_a_target_is_set_seen_changed_and_removed(session, actor):
    assert keep(session, actor, AIM, replace(AIM, cut="region", part="PL", target=Decimal(50))) == 2
    whole, part = listed(session)
    assert (whole.target, whole.cut, part.cut, part.part, whole.version) == (120_000, "", "region", "PL", 1)
    keep(session, actor, replace(AIM, target=Decimal(130_000), version=1))
    [changed] = [one for one in listed(session) if not one.cut]
    assert (changed.target, changed.version) == (130_000, 2)
    remove_target(session, actor=actor, now=NOW, target_id=changed.id, version=2)
    assert [one.cut for one in listed(session)] == ["region"]


def test_who_saw_an_older_target_is_refused(session, actor):
    keep(session, actor, AIM)
    keep(session, actor, replace(AIM, target=Decimal(130_000), version=1))
    with pytest.raises(Conflict, match="meanwhile") as refused:
        keep(session, actor, replace(AIM, target=Decimal(90_000), version=1))
    assert refused.value.code == "stale_version"
    [present] = listed(session)
    assert present.target == 130_000
    with pytest.raises(Conflict):
        remove_target(session, actor=actor, now=NOW, target_id=present.id, version=1)
    remove_target(session, actor=actor, now=NOW, target_id=present.id, version=2)
    with pytest.raises(Conflict):
        keep(session, actor, replace(AIM, version=2))


@pytest.mark.parametrize(
    "wrong",
    [
        {"metric": "luck"}, {"cut": "weather", "part": "rain"}, {"part": ""}, {"after_day": NOVEMBER[0]},
        {"metric": "on_time_rate", "target": Decimal(95)}, {"target": Decimal("NaN")}, {"target": Decimal(10) ** 13},
    ],
)  # fmt: skip
def test_one_wrong_target_leaves_all_unset(wrong, session, actor):
    with pytest.raises(Invalid) as refused:
        keep(session, actor, AIM, replace(AIM, **{"cut": "region", "part": "PL"} | wrong))
    assert refused.value.code == "invalid_targets"
    assert [row["field"] for row in refused.value.rows] == ["lines[1].target"]
    assert listed(session) == []


def test_the_same_target_twice_and_an_unknown_channel_are_refused(session, actor):
    with pytest.raises(Invalid):
        keep(session, actor, AIM, AIM)
    with pytest.raises(NotFound):
        keep(session, actor, AIM, channel="nowhere")


def test_a_lead_sets_targets_of_the_own_team_and_its_people_only(session, lead):
    assert find_reach(session, actor=lead) == {("team", "north"), ("manager", "anna")}
    assert list_team_members(session)["north"] == ["anna"]
    for cut, part in (("team", "north"), ("manager", "anna")):
        keep(session, lead, replace(AIM, cut=cut, part=part))
    for cut, part in (("", ""), ("manager", "boris"), ("team", "south"), ("region", "PL")):
        with pytest.raises(Forbidden) as refused:
            keep(session, lead, replace(AIM, cut=cut, part=part))
        assert refused.value.code == "not_your_team"


def test_a_lead_removes_no_target_of_the_whole_channel(session, actor, lead):
    keep(session, actor, AIM)
    [present] = listed(session)
    with pytest.raises(Forbidden):
        remove_target(session, actor=lead, now=NOW, target_id=present.id, version=1)
    assert len(listed(session)) == 1


def test_who_sees_no_costs_sets_no_target_of_what_shows_them(session, actor):
    blind = Actor(actor.id, "eva", frozenset({Role.EXECUTIVE}), DEFAULTS[Role.EXECUTIVE] - {"cost.view"})
    with pytest.raises(Forbidden):
        keep(session, blind, replace(AIM, metric="gross_margin", target=Decimal("0.4")))

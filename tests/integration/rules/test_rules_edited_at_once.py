"""Two people at one rule: switching it on or off never takes back what somebody else wrote meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest

from oms_core import door
from oms_core.automation.rules import read_automation, save_automation, set_mode
from oms_core.errors import Conflict
from oms_core.workflow.validation import activate_rule, read_rule, save_rule
from tests.building import NOON
from tests.integration.rules.shop import SOUND
from tests.waiting import waiters

AUTOMATION = {"code": "tagger", "name": "A rule", "event": "order.placed", "actions": [{"kind": "tag", "tag": "a"}]}


@pytest.mark.parametrize(
    "room",
    [
        (save_rule, SOUND | {"is_active": False}, read_rule, activate_rule, {"code": "sound"}),
        (save_automation, AUTOMATION, read_automation, set_mode, {"code": "tagger", "mode": "auto"}),
    ],
    ids=["validation", "automation"],
)
def test_a_rule_that_somebody_just_wrote_anew_is_not_switched_unseen(fresh_engine, fresh_sessions, admin, room):
    save, document, read, switch, facts = room
    door.run(fresh_sessions, admin, save, at=NOON, document=document)
    with fresh_sessions() as session, ThreadPoolExecutor() as pool:
        save(session, actor=admin, now=NOON, document=document | {"name": "Written anew"})
        switching = pool.submit(door.run, fresh_sessions, admin, switch, at=NOON, **facts)
        until = monotonic() + 20
        while not waiters(fresh_engine) and monotonic() < until:
            sleep(0.02)
        session.commit()
        with pytest.raises(Conflict) as refused:
            switching.result(timeout=30)
    assert refused.value.code == "stale_version"
    with fresh_sessions() as session:
        assert (read(session, facts["code"]).name, read(session, facts["code"]).version) == ("Written anew", 2)

"""Deciding what is stored: one message after the other, each by itself, so that none waits for one that fails."""

from collections.abc import Callable
from typing import Any

import structlog

from oms_core.errors import Busy, DatabaseAway, OmsError
from oms_core.intake.inbound_deciding import claim_message, decide_message, list_undecided, refuse_message

Run = Callable[..., Any]
log = structlog.get_logger()


def decide_stored(run: Run, read: Run) -> int:
    """Give every stored message its outcome and return how many got one; ``run`` and ``read`` are the door."""
    decided = 0
    tried: set[int] = set()
    while waiting := [message_id for message_id in read(list_undecided) if message_id not in tried]:
        tried |= set(waiting)
        decided += sum(_decide(run, message_id) for message_id in waiting)
    return decided


def _decide(run: Run, message_id: int) -> bool:
    """Decide one; False where it stays undecided for now."""
    try:
        if run(claim_message, message_id=message_id):
            run(decide_message, message_id=message_id)
    except (Busy, DatabaseAway) as refusal:
        log.warning("inbound.put_off", message=message_id, code=refusal.code)
        return False
    except OmsError as refusal:
        facts = {"code": refusal.code, "reason": str(refusal), "faults": refusal.rows}
        run(refuse_message, message_id=message_id, **facts)
    except Exception:
        log.exception("inbound.not_read", message=message_id)
        return False
    return True

"""What chosen validation rules warned of and is still so: asked of the order as it is now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from oms_core.orders import hold_sql as sql
from oms_core.orders.rule_context import contexts
from oms_core.orders.rule_parts import Change
from oms_core.workflow.rule_set import Rule, Scope, narrowed, rules_in_force

_OF_THE_CHANGE = "change."


def standing_warnings(
    session: Session, order_ids: Sequence[int], chosen: Sequence[str], *, now: datetime
) -> dict[int, list[dict[str, Any]]]:
    """List by order the ``rule`` and ``message`` of warnings that stand.

    A rule that asks about the order alone is asked again, so that a correction ends its warning; one that asks about
    the change itself stands until somebody lifts the hold. A rule no longer in force warns of nothing, and what was
    lifted once does not come back.
    """
    rows = session.execute(sql.WARNED, {"ids": list(order_ids), "rules": list(chosen)}).all()
    if not rows:
        return {}
    known = {rule.breach.code: rule for rule in rules_in_force(session).rules if rule.is_in_force(now)}
    again = {row.rule: known[row.rule] for row in rows if row.rule in known and _asks_the_order_alone(known[row.rule])}
    broken = _broken(session, sorted({row.order_id for row in rows}), list(again.values()), now=now)
    standing: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        if row.rule in known and (row.rule not in again or row.rule in broken[row.order_id]):
            standing.setdefault(row.order_id, []).append({"rule": row.rule, "message": row.message})
    return standing


def _asks_the_order_alone(rule: Rule) -> bool:
    return rule.condition is not None and not any(name.startswith(_OF_THE_CHANGE) for name in rule.condition.fields)


def _broken(session: Session, order_ids: Sequence[int], rules: Sequence[Rule], *, now: datetime) -> dict[int, set[str]]:
    """The codes of the rules that each order breaks as it stands."""
    if not rules:
        return {order_id: set() for order_id in order_ids}
    scope = Scope(rules)
    found = contexts(session, order_ids, now=now, change=Change("change"), fields=scope.fields)
    return {
        order_id: {breach.code for breach in scope.judge(narrowed(found[order_id], scope.fields)).breaches}
        for order_id in order_ids
    }

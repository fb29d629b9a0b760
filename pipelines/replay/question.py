"""A question in one line, as an address or a shell has it: what is to be different (``new.hands:150,cutoff:14``)."""

from dataclasses import replace

from oms_core.errors import Invalid
from pipelines.replay.changes import WORKED, Changes, Routing, StageChange

NOTHING = "as_it_was"
_LIMITS = {"cutoff": "cutoff_hour", "promise": "promise_days", "hold": "hold_hours", "payment": "payment_hours"}


def write_question(changes: Changes) -> str:
    """Write changes in one line."""
    parts = []
    for stage in WORKED:
        change = changes.stages.get(stage, StageChange())
        parts += [f"{stage}.hands:{change.capacity}"] if change.capacity != 100 else []
        parts += [f"{stage}.hours:{change.hours:g}"] if change.hours else []
    parts += [f"route:{changes.routing}"] if changes.routing is not Routing.RECORDED else []
    parts += [f"without:{code}" for code in sorted(changes.closed)]
    asked = {code: getattr(changes, name) for code, name in _LIMITS.items()}
    asked["promise"] = asked["promise"] or None
    parts += [f"{code}:{value}" for code, value in asked.items() if value is not None]
    return ",".join(parts) or NOTHING


def read_question(told: str, *, is_strict: bool = False) -> Changes:
    """Read changes from a line; what is no change is passed over, or refused where the reading ``is_strict``."""
    changes = Changes()
    for part in told.split(","):
        code, _, value = part.strip().partition(":")
        try:
            changes = _with(changes, code, value)
        except ValueError:
            if is_strict:
                row = {"field": "change", "value": part.strip()}
                raise Invalid(f"'{part.strip()}' is no change.", code="replay_unknown_change", rows=[row]) from None
    return changes


def _with(changes: Changes, code: str, value: str) -> Changes:
    stage, _, kind = code.partition(".")
    if stage in WORKED and kind in {"hands", "hours"}:
        before = changes.stages.get(stage, StageChange())
        now = replace(before, capacity=int(value)) if kind == "hands" else replace(before, hours=float(value))
        return replace(changes, stages={**changes.stages, stage: now})
    if code == "route":
        return replace(changes, routing=Routing(value))
    if code == "without" and value:
        return replace(changes, closed=changes.closed | {value})
    if code in _LIMITS:
        limits: dict[str, int] = {_LIMITS[code]: int(value)}
        return replace(changes, **limits)  # type: ignore[arg-type]
    if code != NOTHING:
        raise ValueError(code)
    return changes

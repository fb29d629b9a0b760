"""The pages' way to the door: every write in the acting person's name, its outcome told once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from dashboard import reads
from dashboard.identity import acting
from dashboard.notices import tell_done, tell_refused, tell_warned
from dashboard.refusals import broken_messages, say, say_broken, say_fault, say_rows
from dashboard.shop import open_shop
from dashboard.translation import ngettext
from oms_core import door
from oms_core.bulk import BulkResult, warnings_of
from oms_core.errors import OmsError
from oms_core.workflow.rule_hits import REFUSED

T = TypeVar("T")


def attempt(
    use_case: Callable[..., T],
    told: str | Callable[[T], str],
    /,
    **facts: Any,  # noqa: ANN401 - whatever the use case takes
) -> T | None:
    """Run a use case through the door and tell what it came to; None says that it was refused, and why was told."""
    try:
        outcome = door.run(open_shop().sessions, acting(), use_case, **facts)
    except OmsError as refusal:
        tell_refused(_say(refusal), say_rows(refusal))
        return None
    reads.forget_piles()
    tell_done(told if isinstance(told, str) else told(outcome))
    _tell_warnings(outcome)
    return outcome


def attempt_quietly(
    use_case: Callable[..., T],
    /,
    **facts: Any,  # noqa: ANN401 - whatever the use case takes
) -> T | None:
    """Run a use case that nobody clicked for: only a refusal is told; None says that it was refused."""
    try:
        return door.run(open_shop().sessions, acting(), use_case, **facts)
    except OmsError as refusal:
        tell_refused(_say(refusal), say_rows(refusal))
        return None


def attempt_form(
    use_case: Callable[..., Any],
    told: str,
    /,
    **facts: Any,  # noqa: ANN401 - whatever the use case takes
) -> dict[str, str] | None:
    """Run a use case with the content of a form; returns what is wrong by field where it was refused, else None.

    What concerns no field is told above the page.
    """
    try:
        outcome = door.run(open_shop().sessions, acting(), use_case, **facts)
    except OmsError as refusal:
        faults = {
            str(row["field"]): say_fault(str(row["message"]))
            for row in refusal.rows
            if {"field", "message"} <= row.keys()
        }
        if not faults or refusal.code == REFUSED:  # a rule's field need not be one of the form
            tell_refused(_say(refusal), say_rows(refusal))
        return faults
    reads.forget_piles()
    tell_done(told)
    _tell_warnings(outcome)
    return None


def attempt_each(
    bulk: Callable[..., Sequence[BulkResult]],
    told: Callable[[int], str],
    /,
    **facts: Any,  # noqa: ANN401 - whatever it takes
) -> bool:
    """Act on many orders, each for itself, and tell how many went through and why each other one did not.

    False where all of it was refused before any order was tried.
    """
    try:
        results = bulk(open_shop().sessions, acting(), **facts)
    except OmsError as refusal:
        tell_refused(_say(refusal), say_rows(refusal))
        return False
    refused = [f"**{result.number}** — {_why(result)}" for result in results if not result.ok]
    warned = [f"**{result.number}** — {_say_warnings(result.warnings)}" for result in results if result.warnings]
    reads.forget_piles()
    if len(refused) < len(results):
        tell_done(told(len(results) - len(refused)))
    if refused:
        text = ngettext("{count} order was refused:", "{count} orders were refused:", len(refused))
        tell_refused(text.format(count=len(refused)), refused)
    if warned:
        text = ngettext("Rules warn of {count} order:", "Rules warn of {count} orders:", len(warned))
        tell_warned(text.format(count=len(warned)), warned)
    return True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one order of many; ``why`` is empty where it was done."""

    number: str
    why: str


def act_on_each(
    bulk: Callable[..., Sequence[BulkResult]],
    numbers: Sequence[str],
    told: Callable[[int], object],
    /,
    **facts: Any,  # noqa: ANN401 - whatever it takes
) -> list[Outcome]:
    """Act on very many orders and return what became of each; ``told`` hears after each how many were tried."""
    results = bulk(open_shop().sessions, acting(), numbers=numbers, progress=told, **facts)
    reads.forget_piles()
    return [Outcome(result.number, "" if result.ok else _why(result)) for result in results]


def _tell_warnings(outcome: object) -> None:
    """Tell what rules warn of, where the outcome of a use case says so."""
    if warnings := warnings_of(outcome):
        tell_warned(_say_warnings(warnings))


def _why(result: BulkResult) -> str:
    refusal = OmsError(result.message, code=result.code, rows=result.rows)
    return " ".join([_say(refusal), "; ".join(say_rows(refusal))]).strip()


def _say(refusal: OmsError) -> str:
    """Say why it was refused; what rules refused in the reader's language, where the rule has it."""
    messages = broken_messages(refusal)
    return say(refusal, reads.rule_translations(messages) if messages else None)


def _say_warnings(messages: Sequence[str]) -> str:
    return say_broken(messages, reads.rule_translations(messages))

"""What the core writes for the journal and for programs is known to the pages, blank by blank."""

import pytest

from dashboard.cel_faults import FAULTS, fault_words
from dashboard.hold_words import recorded_cause
from dashboard.retelling import pattern_of, retold
from oms_core.errors import Invalid
from oms_core.workflow.cel_reading import read_condition


def test_a_sentence_is_told_again_with_what_stood_in_its_blanks() -> None:
    known = [(pattern_of("{sum} of the prepayment is missing"), "{sum} of the prepayment is missing")]
    assert retold("12 EUR of the prepayment is missing", known, str.lower) == "12 eur of the prepayment is missing"
    assert retold("12 EUR is missing", known) is None


@pytest.mark.parametrize(
    "cause",
    [
        "Missing: 3 × KIT", "Waits for approval: Discount", "Not approved: Discount (no)",
        "10.00 EUR of the prepayment is missing",
    ],
)  # fmt: skip
def test_a_recorded_cause_is_said_whole(cause: str) -> None:
    assert recorded_cause(cause).replace("\\", "") == cause


def test_what_a_person_wrote_does_not_act_as_markdown() -> None:
    assert recorded_cause("**call** ![x](http://evil.test)") == r"\*\*call\*\* \!\[x\]\(http\://evil\.test\)"


@pytest.mark.parametrize(
    "expression", ["order.totl > 5", "order.total >", "order.total > 5 > 3", "nothing", "order.total @ 5"]
)
def test_the_commonest_faults_of_an_expression_have_words(expression: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_condition(expression)
    message = refusal.value.rows[0]["message"]
    assert any(pattern.fullmatch(message) for pattern, _words in FAULTS), message
    assert fault_words(message)

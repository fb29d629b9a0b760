"""Every rule of the library refuses what it should and passes what it should, by the real engine."""

import pytest

from oms_core.workflow.cel import load_condition, try_conditions
from oms_core.workflow.cel_reading import read_condition
from oms_core.workflow.rule_document import read_document
from oms_core.workflow.rule_library import LibraryRule, rule_library
from oms_core.workflow.vocabulary import FIELDS_BY_PATH
from tests.unit.rules.sound_order import sound_order

RULES = pytest.mark.parametrize("rule", rule_library(), ids=lambda rule: rule.code)


def test_the_library_is_large_enough_for_a_shop() -> None:
    codes = [rule.code for rule in rule_library()]
    assert len(codes) == len(set(codes)) >= 48


@RULES
def test_a_rule_refuses_its_own_example(rule: LibraryRule) -> None:
    condition = load_condition(read_document(rule.document).expression)
    assert not condition.holds(sound_order(rule.refuses))


@RULES
def test_a_rule_passes_its_own_example_and_a_sound_order(rule: LibraryRule) -> None:
    condition = load_condition(read_document(rule.document).expression)
    assert condition.holds(sound_order(rule.passes))


@RULES
def test_an_example_speaks_of_fields_that_there_are(rule: LibraryRule) -> None:
    for example in (rule.refuses, rule.passes):
        for part, fields in example.items():
            rows = fields if part == "lines" else [fields]
            named = {f"{'line' if part == 'lines' else part}.{name}" for row in rows for name in row}
            assert named <= set(FIELDS_BY_PATH)


@RULES
def test_a_rule_is_a_sound_document_switched_off(rule: LibraryRule) -> None:
    document = read_document(rule.document)
    assert not document.is_active
    assert read_document(document.as_json()) == document
    assert document.changes


def test_every_rule_stands_its_trial() -> None:
    texts = [read_document(rule.document).expression for rule in rule_library()]
    patterns = [pattern.text for text in texts for pattern in read_condition(text).patterns]
    tried = try_conditions(texts, patterns)
    assert {outcome for outcome, _, _ in tried["expressions"] + tried["patterns"]} == {"fine"}

"""Every word on a screen is said in every language, with the same blanks to fill in."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from dashboard import translation, words
from dashboard.automation_words import library_texts
from oms_core import seeding
from oms_core.integrity import INVARIANTS
from oms_core.workflow.rule_library import rule_library
from oms_core.workflow.vocabulary import FIELDS
from pipelines.digest.composing import DIGEST_WORDS
from pipelines.metric_tables import WORDS
from pipelines.metrics import METRICS
from pipelines.simulation.assortment import DEPARTMENTS, leaf_codes
from pipelines.simulation.opening import NAME

PACKAGE = Path(translation.__file__).parent
KEYWORDS = {"_": None, "n_": None, "ngettext": (1, 2)}
FOREIGN = [code for code in translation.LANGUAGES if code != "en"]
BLANK = re.compile(r"\{[^{}]*\}")


@cache
def spoken() -> dict[str, str]:
    """Every message of the pages with where it stands; the words of the metrics with their codes."""
    found = extract_from_dir(PACKAGE, method_map=[("**.py", "python")], keywords=KEYWORDS)
    return (
        {
            message if isinstance(message, str) else message[0]: f"{file}:{line}"
            for file, line, message, *_rest in found
            if message
        }
        | {words: metric.code for metric in METRICS.values() for words in (metric.label, metric.definition)}
        | rules_words()
        | dict.fromkeys([*WORDS.values(), *DIGEST_WORDS.values()], "pipelines/metric_tables.py, digest")
    )


def rules_words() -> dict[str, str]:
    """What rules speak of, and the rules of the library themselves."""
    fields = {words: field.path for field in FIELDS for words in (field.title, field.hint) if words}
    fields |= dict.fromkeys(library_texts(), "the library of automation")
    return fields | {rule.document[part]: rule.code for rule in rule_library() for part in ("name", "message")}


@cache
def catalogue(code: str) -> dict[str, Message]:
    entries: dict[str, Message] = {}
    for file in sorted((PACKAGE / "locale" / code / "LC_MESSAGES").glob("*.po")):
        with file.open("rb") as source:
            read: Catalog = read_po(source, locale=code)
        entries |= {(entry.id if isinstance(entry.id, str) else entry.id[0]): entry for entry in read if entry.id}
    return entries


@pytest.mark.parametrize("code", FOREIGN)
def test_no_word_is_missing_from_a_catalogue(code: str) -> None:
    entries = catalogue(code)
    missing = {
        message: place
        for message, place in spoken().items()
        if message not in entries or entries[message].fuzzy or not all(_forms(entries[message]))
    }
    assert not missing, "\n".join(f"{place}: {message}" for message, place in missing.items())


@pytest.mark.parametrize("code", FOREIGN)
def test_no_catalogue_says_what_no_page_says_any_more(code: str) -> None:
    assert sorted(set(catalogue(code)) - set(spoken())) == []


@pytest.mark.parametrize("code", FOREIGN)
def test_a_translation_has_the_blanks_of_its_source(code: str) -> None:
    wrong = {
        message: entry.string
        for message, entry in catalogue(code).items()
        if any(set(BLANK.findall(form)) != set(BLANK.findall(message)) for form in _forms(entry))
    }
    assert wrong == {}


@pytest.mark.parametrize("code", FOREIGN)
def test_a_change_begins_with_its_number_as_the_arrow_is_read_from_its_first_character(code: str) -> None:
    changes = {message: entry.string for message, entry in catalogue(code).items() if message.startswith("{points}")}
    assert changes
    assert [said for said in changes.values() if not str(said).startswith("{points}")] == []


@pytest.mark.parametrize("code", FOREIGN)
def test_what_the_seed_names_is_said_too(code: str) -> None:
    labels = (
        [name for _group, name, *_rest in seeding.STATUSES]
        + [label for _start, _end, label, *_rest in seeding.TRANSITIONS]
        + [label for _code, label, *_rest in seeding.CANCEL_REASONS]
        + [invariant.title for invariant in INVARIANTS]
    )
    assert [label for label in labels if label not in catalogue(code)] == []


def test_the_demo_shops_channel_and_categories_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(NAME in catalogue(code) for code in FOREIGN)
    names = [department[1] for department in DEPARTMENTS] + [name for _code, name, _parent in leaf_codes()]
    assert {name.lower().replace(" ", "_") for name in names} == set(words.CATEGORIES)
    monkeypatch.setattr(translation, "language", lambda: "ru")
    assert words.category_name("home/candles") == "Дом / Свечи"
    assert words.category_name("cama_mesa_banho") == "cama mesa banho"


def test_the_seeded_people_are_said_and_nobody_elses_name_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "language", lambda: "ru")
    assert [words.person_name(name) for name in ("Administrator", "Paper")] == ["Администратор", "Paper"]


def test_the_wanted_form_of_a_number_is_chosen() -> None:
    russian = translation.translations("ru")
    said = [russian.ngettext("{count} order", "{count} orders", count) for count in (1, 3, 5, 21)]
    assert said == ["{count} заказ", "{count} заказа", "{count} заказов", "{count} заказ"]


def _forms(entry: Message) -> tuple[str, ...]:
    return (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ("",))

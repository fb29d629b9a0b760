"""How rules are said: their names and messages, severities, scopes, and the themes they are listed by."""

from collections.abc import Mapping
from typing import Any

from dashboard.condition_words import CHANGES, source
from dashboard.display import Color
from dashboard.translation import _, language, n_
from oms_core.workflow.rule_library import LibraryRule, rule_library
from oms_core.workflow.rule_models import Severity
from oms_core.workflow.validation import RuleView

SEVERITIES: Mapping[Severity, tuple[str, Color]] = {
    Severity.REFUSE: (n_("Refuses"), "red"), Severity.WARN: (n_("Warns"), "orange"),
}  # fmt: skip
STATES: Mapping[str, tuple[str, Color]] = {"active": (n_("Active"), "green"), "off": (n_("Off"), "gray")}
THEMES: Mapping[str, str] = {
    "contacts": n_("Customer and contacts"), "money": n_("Money"), "goods": n_("Goods"), "flow": n_("Course of work"),
    "delivery": n_("Delivery"),
}  # fmt: skip
_LIBRARY = {rule.code: rule for rule in rule_library()}


def said(rule: RuleView | Mapping[str, Any], part: str) -> str:
    """Say a rule's name or message: its own translation, else the catalogue's."""
    translations = rule["translations"] if isinstance(rule, Mapping) else rule.translations
    own = (translations or {}).get(language(), {}).get(part)
    return own or _(rule[part] if isinstance(rule, Mapping) else getattr(rule, part))


def theme(rule: RuleView) -> str:
    """What a rule is about, in a word; one that is not of the library is the shop's own."""
    known = _LIBRARY.get(rule.code)
    return _(THEMES[known.theme]) if known else _("Our own")


def example(code: str) -> LibraryRule | None:
    """The library's rule of this code, with an order that it refuses and one that it passes."""
    return _LIBRARY.get(code)


def state_of(rule: RuleView) -> str:
    """Say whether a rule binds."""
    word, _color = STATES["active" if rule.is_active else "off"]
    return _(word)


def when(rule: RuleView) -> str:
    """At which changes it is asked."""
    if rule.changes is None:
        return _("Every change")
    return ", ".join(_(CHANGES[change]) for change in rule.changes)


def scope(rule: RuleView) -> str:
    """Whom it concerns, where that is not everybody."""
    parts = (("statuses", rule.to_statuses), ("order_types", rule.order_types), ("channels", rule.channels))
    told = [", ".join(source(kind).get(code, code) for code in codes) for kind, codes in parts if codes]
    return " · ".join(told)


def rank(rule: RuleView) -> tuple[bool, int, str]:
    """Where a rule stands in the list: the shop's own first, the library in its order."""
    return rule.code in _LIBRARY, rule.position, rule.code

"""Beside the form of a new order: drafts to go on with, templates to begin with, the form kept as a template."""

import streamlit as st

from dashboard import display, order_entry_actions, order_entry_form, order_entry_reads
from dashboard.navigation import go
from dashboard.notices import show_notices
from dashboard.translation import _, ngettext
from oms_core.orders.drafts import DraftView
from oms_core.orders.entry_document import EntryDocument
from oms_core.orders.templates import LONGEST_NAME, TemplateView

NEW = "app_pages/new_order.py"
_OFFERED = 3


def offer_drafts() -> None:
    """Offer what was begun and not placed, before anything is typed."""
    drafts = order_entry_reads.drafts()
    for draft in drafts[:_OFFERED]:
        with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"draft-{draft.id}"):
            told = _("Begun {age} ago, not placed: {what}")
            st.markdown(
                f":material/edit_note: {told.format(age=display.age(draft.updated_at), what=_draft_words(draft))}",
                width="stretch",
            )
            if st.button(_("Go on"), key=f"go_on_{draft.id}", icon=":material/play_arrow:"):
                go(NEW, draft=str(draft.id))
            st.button(
                _("Drop"), key=f"drop_{draft.id}", type="tertiary", on_click=order_entry_actions.drop_draft,
                args=(draft.id,),
            )  # fmt: skip


def begin_with_template() -> None:
    """Offer the templates; the one chosen fills the form, the customer stays. Call it before the form's widgets."""
    templates = {one.id: one for one in order_entry_reads.templates()}
    if not templates:
        return
    names = {template_id: _name(one) for template_id, one in templates.items()}
    chosen = st.menu_button(
        _("From a template"), list(names), format_func=names.__getitem__, key="template", icon=":material/style:"
    )
    if chosen is not None:
        order_entry_form.apply_template(chosen)


def open_keep_template(document: EntryDocument) -> None:
    """Ask for a name and keep the form under it."""
    st.dialog(_("Save as a template"), icon=":material/style:")(_template_form)(document)


def _template_form(document: EntryDocument) -> None:
    st.caption(_("Goods, prices and terms are kept; the customer is not."))
    name = st.text_input(_("Name"), key="template_name", max_chars=LONGEST_NAME, autocomplete="off")
    is_shared = st.toggle(_("For everybody"), key="template_shared")
    named = [
        one for one in order_entry_reads.templates() if (one.name, one.is_shared) == ((name or "").strip(), is_shared)
    ]
    words = _("Replace the template") if named else _("Save")
    if st.button(words, key="template_done", type="primary", width="stretch", disabled=not (name or "").strip()):
        version = named[0].version if named else None
        if order_entry_actions.keep_template(name or "", document, is_shared=is_shared, version=version):
            st.rerun()
        show_notices()
    for one in named:
        if st.button(_("Remove it"), key="template_remove", type="tertiary", icon=":material/delete:"):
            order_entry_actions.drop_template(one.id, one.version)
            st.rerun()


def _name(template: TemplateView) -> str:
    return f"{template.name} · {_('for everybody')}" if template.is_shared else template.name


def _draft_words(draft: DraftView) -> str:
    count = len(draft.document.lines)
    who = draft.title or (_("№{id}").format(id=draft.document.customer.id) if draft.document.customer.id else "")
    lines = ngettext("{count} line", "{count} lines", count).format(count=count) if count else ""
    return display.plain(" · ".join(part for part in (who, lines, draft.document.comment[:60]) if part)) or "—"

"""Drawers and dialogs over a customer: what needs a word more than a click."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import streamlit as st

from dashboard import customer_actions, customer_reads, display, reads
from dashboard.customer_words import CONTACT_KINDS, KINDS, OUTCOMES
from dashboard.identity import may, person
from dashboard.notices import show_notices
from dashboard.refusals import FIELDS
from dashboard.translation import LANGUAGES, _
from dashboard.words import person_name
from oms_core.access.permissions import Permission
from oms_core.customers.editing import CustomerEdit, Place
from oms_core.tasks.contact import ContactKind

_EDITED = "_edited_customer"  # what the form began with, so that a rerun keeps the version that was seen


def open_edit(customer_id: int) -> None:
    """Open the drawer in which a customer is changed, on the version that is there now."""
    st.session_state[_EDITED] = customer_reads.edit(customer_id)
    st.dialog(_("Edit the customer"), position="right", icon=":material/edit:")(_edit_form)(customer_id)


def open_task(customer_id: int) -> None:
    """Ask what is to be done about a customer, and by when."""
    st.dialog(_("New task"), icon=":material/add_task:")(_task_form)(customer_id)


def open_contact(customer_id: int) -> None:
    """Ask what came of a try to reach a customer."""
    st.dialog(_("Note a contact"), icon=":material/call:")(_contact_form)(customer_id)


def _edit_form(customer_id: int) -> None:
    edit, version = st.session_state[_EDITED]
    wanted = _ask_terms(_ask_person(edit) if may(Permission.PERSONAL_DATA_VIEW) else edit)
    if st.button(_("Save"), key="customer_save", type="primary", width="stretch"):
        faults = customer_actions.change(customer_id, version, wanted)
        if faults is None:
            st.rerun()
        show_notices()
        for field, told in faults.items():
            label = _(FIELDS[field]) if field in FIELDS else field
            st.error(f"**{label}** {told}", icon=":material/error:")
        _offer_way_on(customer_id, edit, version)


def _offer_way_on(customer_id: int, edit: CustomerEdit, version: int) -> None:
    """Where others saved meanwhile: what they saved is told above, what was typed stands in the form."""
    _theirs, current = customer_reads.edit(customer_id)
    if current != version:
        told = _("Somebody else saved meanwhile. What you typed is still here: saved again, it replaces theirs.")
        st.warning(told, icon=":material/sync_problem:")
        st.session_state[_EDITED] = (edit, current)


def _ask_person(edit: CustomerEdit) -> CustomerEdit:
    name = st.text_input(_("Name or company"), value=edit.name, key="edit_name", autocomplete="off")
    asked = {
        field: st.text_area(label, value="\n".join(getattr(edit, field)), key=f"edit_{field}", height=72)
        for field, label in (
            ("phones", _("Phones, one per row")), ("emails", _("E-mails, one per row")),
            ("messengers", _("Messengers, one per row")),
        )
    }  # fmt: skip
    texts = {place.id: place.text for place in edit.addresses}
    kept = set(texts)
    if texts:
        chosen = st.multiselect(_("Addresses"), list(texts), default=list(texts), format_func=texts.__getitem__,
                                key="edit_kept", select_all=False, placeholder=_("No address is kept"))  # fmt: skip
        kept = set(chosen)
    new = st.text_input(_("Another address"), key="edit_address", autocomplete="off") or ""
    note = st.text_area(_("Note"), value=edit.note, key="edit_note", height=90)
    places = tuple(place for place in edit.addresses if place.id in kept) + ((Place(new),) if new.strip() else ())
    rows = {field: tuple((typed or "").splitlines()) for field, typed in asked.items()}
    return replace(edit, name=name or "", note=note or "", addresses=places, **rows)  # type: ignore[arg-type]


def _ask_terms(edit: CustomerEdit) -> CustomerEdit:
    kinds = {code: _(words) for code, words in KINDS.items()}
    owners = {"": _("nobody")} | {one.login: person_name(one.name) for one in reads.managers()}
    if edit.manager and edit.manager not in owners:
        owners[edit.manager] = edit.manager
    languages = {"": _("not known")} | dict(LANGUAGES)
    left, right = st.columns(2)
    kind = left.selectbox(_("Kind"), list(kinds), index=list(kinds).index(edit.kind), format_func=kinds.__getitem__,
                          key="edit_kind")  # fmt: skip
    owner = right.selectbox(_("Owner"), list(owners), index=list(owners).index(edit.manager or ""),
                            format_func=owners.__getitem__, key="edit_owner")  # fmt: skip
    spoken = edit.language if edit.language in languages else ""
    language = left.selectbox(_("Written to in"), list(languages), index=list(languages).index(spoken or ""),
                              format_func=languages.__getitem__, key="edit_language")  # fmt: skip
    region = right.text_input(_("Region"), value=edit.region or "", key="edit_region", autocomplete="off")
    limit = left.text_input(_("Credit limit"), value="" if edit.credit_limit is None else str(edit.credit_limit),
                            key="edit_limit", autocomplete="off", help=_("Empty: no limit is kept."))  # fmt: skip
    days = right.number_input(_("Days to pay"), min_value=0, max_value=365, value=edit.terms_days, key="edit_days")
    tags = st.text_input(_("Tags"), value=", ".join(edit.tags), key="edit_tags", autocomplete="off",
                         placeholder=_("several by commas"))  # fmt: skip
    return replace(
        edit, kind=str(kind), manager=owner or None, language=language or edit.language if spoken == "" else language,
        region=region or None, credit_limit=_money(limit or "", edit.credit_limit), terms_days=int(days),
        tags=tuple((tags or "").split(",")),
    )  # fmt: skip


def _money(typed: str, before: Decimal | None) -> Decimal | None:
    """A sum as it was typed; what is no sum changes nothing."""
    plain = typed.strip().replace(" ", "").replace(",", ".")
    if not plain:
        return None
    return Decimal(plain) if plain.replace(".", "", 1).isdigit() else before


def _task_form(customer_id: int) -> None:
    title = st.text_input(_("What is to be done"), key="task_title", autocomplete="off")
    left, right = st.columns(2)
    tomorrow = datetime.now(UTC).astimezone(display.viewer_zone()).date() + timedelta(days=1)
    day = left.date_input(_("Due on"), value=tomorrow, key="task_day")
    names = {one.login: person_name(one.name) for one in reads.managers()}
    own = person().login
    assignee = right.selectbox(
        _("Who"), list(names), index=list(names).index(own) if own in names else 0, format_func=names.__getitem__,
        key="task_who",
    )  # fmt: skip
    if st.button(_("Add"), key="task_done", type="primary", disabled=not (title and day), width="stretch"):
        due_at = datetime(day.year, day.month, day.day, 12, tzinfo=display.viewer_zone())
        if customer_actions.add(customer_id, title or "", assignee=assignee, due_at=due_at):
            st.rerun()
        show_notices()


def _contact_form(customer_id: int) -> None:
    kinds = {kind.value: _(CONTACT_KINDS[kind.value]) for kind in ContactKind}
    outcomes = {code: _(words) for code, words in OUTCOMES.items()}
    left, right = st.columns(2)
    kind = left.selectbox(_("How"), list(kinds), format_func=kinds.__getitem__, key="contact_kind")
    outcome = right.selectbox(_("Outcome"), list(outcomes), format_func=outcomes.__getitem__, key="contact_outcome")
    note = st.text_input(_("Note"), key="contact_note", autocomplete="off")
    if st.button(_("Save"), key="contact_done", type="primary", width="stretch"):
        if customer_actions.contacted(customer_id, str(kind), str(outcome), note or ""):
            st.rerun()
        show_notices()

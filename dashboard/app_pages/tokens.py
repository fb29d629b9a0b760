"""API tokens: keys by which programs act as a person, with no more than the scopes they were given."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import display, identity, people_actions, people_reads, reads
from dashboard.layout import empty_state, page_header, section
from dashboard.notices import show_notices
from dashboard.people_words import PERMISSIONS
from dashboard.translation import _
from dashboard.words import person_name
from oms_core.access.permissions import Permission
from oms_core.access.tokens import TokenView

LIVES = (30, 90, 365)


def open_add() -> None:
    st.dialog(_("New API token"), position="right", icon=":material/key:")(add_form)()


def add_form() -> None:
    me = identity.person()
    people = {me.login: person_name(me.name)}
    if identity.may(Permission.PEOPLE_EDIT):
        people |= {person.login: person_name(person.name) for person in reads.people()}
    login = st.selectbox(_("Acts as"), list(people), format_func=people.__getitem__, key="token_login")
    name = st.text_input(_("What it is for"), key="token_name", autocomplete="off") or ""
    said = {code: f"{_(words)} · {code.value}" for code, words in PERMISSIONS.items() if identity.may(code)}
    scopes = st.multiselect(
        _("May only"), list(said), format_func=said.__getitem__, key="token_scopes", select_all=False,
        placeholder=_("Everything this person may"),
    )  # fmt: skip
    lives = {days: _("{count} days").format(count=days) for days in LIVES} | {0: _("Until revoked")}
    days = st.selectbox(_("Valid for"), list(lives), format_func=lives.__getitem__, index=1, key="token_days")
    if st.button(_("Make the token"), key="token_done", type="primary", disabled=not name.strip(), width="stretch"):
        granted = [code.value for code in scopes] or None
        if people_actions.make_token(str(login), name, granted, days or None):
            st.rerun()
        show_notices()


def state_of(token: TokenView) -> str:
    if token.revoked_at:
        return _("Revoked {day}").format(day=display.day(token.revoked_at))
    if token.expires_at and token.expires_at <= datetime.now(UTC):
        return _("Expired {day}").format(day=display.day(token.expires_at))
    return _("Valid until {day}").format(day=display.day(token.expires_at)) if token.expires_at else _("Valid")


def show_token(token: TokenView) -> None:
    with section(f"{display.plain(token.name)} · `{token.prefix}…`", key=f"token_{token.id}"):
        names = {code.value: _(words) for code, words in PERMISSIONS.items()}
        scopes = ", ".join(names.get(code, code) for code in token.scopes) if token.scopes is not None else None
        used = _("last used {moment}").format(moment=display.moment(token.last_used_at))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"{display.plain(token.login)} · {scopes or _('everything they may')}  \n"
                f":gray[{state_of(token)} · {used}]",
                width="stretch",
            )
            if token.revoked_at is None:
                st.button(_("Revoke"), key=f"revoke_{token.id}", icon=":material/block:",
                          on_click=people_actions.end_token, args=(token.id,))  # fmt: skip


hint = _("A program sends it as “Authorization: Bearer …” and acts as this person.")
with page_header(_("API tokens"), hint=hint):
    if st.button(_("New API token"), key="new_token", type="primary", icon=":material/add:"):
        open_add()
people_actions.show_secret(_("this token is shown only now. Copy it to where the program reads it."))
found = people_reads.tokens()
for one in found[:100]:
    show_token(one)
if not found:
    empty_state("key_off", _("No tokens"), _("A program needs one to use the API."))

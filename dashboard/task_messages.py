"""Messages of an order that did not go out yet: edited, sent, called back, and why one could not be sent."""

import streamlit as st

from dashboard import display, task_actions
from dashboard.automation_words import choice_name
from dashboard.layout import section
from dashboard.notices import show_notices
from dashboard.shop import open_shop
from dashboard.translation import _, n_
from oms_core.tasks.messages import DRAFT, FAILED, LONGEST_BODY, LONGEST_SUBJECT, SENDING, MessageView
from oms_core.tasks.sending import IN_DOUBT
from oms_core.tasks.templates import CUSTOMERS, LANGUAGES, template_codes

STATES = {"draft": n_("Draft"), "queued": n_("On its way"), "sending": n_("On its way"), "failed": n_("Not sent")}
_ICONS = {"draft": "drafts", "queued": "outgoing_mail", "sending": "outgoing_mail", "failed": "unsubscribe"}


def show_messages(messages: list[MessageView], *, may_write: bool) -> None:
    """Show what was drafted to the customer of an order, in a section of its own."""
    if not messages:
        return
    with section(_("Messages"), key="order-drafts"):
        if not open_shop().settings.mail_url.get_secret_value():
            st.caption(_("Sending is not set up here: what you send waits until it is (OMS_MAIL_URL)."))
        for message in messages:
            _show_message(message, may_write=may_write)


def ask_message(number: str) -> None:
    """Offer the templates, in the customer's language unless another is chosen, and one's own words."""
    templates = {code: choice_name("template", code) for code in template_codes()}
    languages = {code: choice_name("language", code) for code in (CUSTOMERS, *LANGUAGES)}
    st.selectbox(_("Template"), list(templates), key=f"template_{number}", format_func=templates.__getitem__)
    st.selectbox(_("Language"), list(languages), key=f"language_{number}", format_func=languages.__getitem__)
    st.button(
        _("Draft it"), key=f"draft_{number}", icon=":material/drafts:", on_click=task_actions.draft,
        args=(number, f"template_{number}", f"language_{number}"), width="stretch",
    )  # fmt: skip
    if st.button(_("In my own words…"), key=f"own_words_{number}", icon=":material/edit:", width="stretch"):
        st.dialog(_("New message"), icon=":material/mail:")(_own_words)(number)


def _own_words(number: str) -> None:
    subject = st.text_input(_("Subject"), key="message_subject", max_chars=LONGEST_SUBJECT, autocomplete="off")
    body = st.text_area(_("Message"), key="message_body", max_chars=LONGEST_BODY, height=220)
    if st.button(_("Draft it"), key="message_add", type="primary", disabled=not (subject and body), width="stretch"):
        if task_actions.write(number, subject, body):
            st.rerun()
        show_notices()


def _show_message(message: MessageView, *, may_write: bool) -> None:
    head = f":material/{_ICONS[message.state]}: {_(STATES[message.state])} · {display.plain(message.subject)}"
    with st.expander(head, key=f"draft_{message.id}"):
        if message.error:
            st.warning(_error_words(message), icon=":material/error:")
        if message.recipient:
            st.caption(_("To {recipient}").format(recipient=display.plain(message.recipient)))
        keys = (f"subject_{message.id}", f"body_{message.id}")
        if may_write and message.state in {DRAFT, FAILED}:
            st.text_input(_("Subject"), message.subject, key=keys[0], max_chars=LONGEST_SUBJECT, autocomplete="off")
            st.text_area(_("Message"), message.body, key=keys[1], max_chars=LONGEST_BODY, height=200)
        else:
            st.text(message.body)
        _offer(message, keys, may_write=may_write)


def _offer(message: MessageView, keys: tuple[str, str], *, may_write: bool) -> None:
    kept = (message.subject, message.body)
    row = st.container(horizontal=True, gap="small")
    if may_write and message.state in {DRAFT, FAILED}:
        send = _("Send") if message.state == DRAFT else _("Send again")
        row.button(send, key=f"send_{message.id}", icon=":material/send:", on_click=task_actions.send,
                   args=(message.id, kept, keys))  # fmt: skip
        row.button(_("Save"), key=f"save_{message.id}", icon=":material/save:", on_click=task_actions.save,
                   args=(message.id, kept, keys))  # fmt: skip
    if message.state != SENDING:
        row.button(_("Discard"), key=f"discard_{message.id}", icon=":material/delete:", on_click=task_actions.discard,
                   args=(message.id,))  # fmt: skip


def _error_words(message: MessageView) -> str:
    if message.error == IN_DOUBT:
        return _("It may have gone out or not: the connection broke at that moment. Ask before you send it again.")
    said = _("{count} tries: {error}").format(count=message.attempts, error=display.plain(message.error))
    return said if message.state == FAILED else _("It will be tried again. {said}").format(said=said)

"""Digests: figures that come by e-mail when one wants them, and what became of each."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard import digest_actions, digest_words, display, insight, reads
from dashboard.board_choice import boards
from dashboard.digest_form import ask_digest
from dashboard.export_menu import as_seen
from dashboard.identity import acting
from dashboard.layout import empty_state, section
from dashboard.reads import ask
from dashboard.shop import open_shop
from dashboard.translation import _
from oms_core import door
from oms_core.access.actors import find_actor
from oms_core.steering.boards import BoardView
from oms_core.steering.digest_models import DigestFile
from oms_core.steering.digests import DigestView, list_digests, list_runs, read_address
from pipelines.digest.wished import compose_wished, files_of
from pipelines.exporting import XLSX_TYPE

HINT = _("A board or figures of your choice, sent to your own e-mail address when you want them.")
KINDS = {
    DigestFile.PDF: (_("As PDF"), "application/pdf", ":material/picture_as_pdf:"),
    DigestFile.XLSX: (_("As Excel"), XLSX_TYPE, ":material/table:"),
}


def show_digests(found: list[DigestView], channel: str) -> None:
    """Show one's digests, each with what can be done with it."""
    known = {board.id: board for board in boards()}
    names = {one.code: _(one.name) for one in reads.channels()}
    with section(_("What comes"), key="digests"):
        for digest in found:
            _show_digest(digest, known, names, channel)


def _show_digest(digest: DigestView, known: dict[int, BoardView], names: dict[str, str], channel: str) -> None:
    paused = "" if digest.is_active else " · {}".format(_("paused"))
    of_what = digest_words.of_what(digest.wish, known, names)
    row = st.container(horizontal=True, vertical_alignment="center", key=f"digest_{digest.id}")
    row.markdown(
        f"**{display.plain(digest.wish.name)}**{paused}  \n:gray[{digest_words.when(digest.wish)}]  \n:gray[{of_what}]",
        width="stretch",
    )
    row.button(_("Send now"), key=f"digest_send_{digest.id}", icon=":material/send:", disabled=not digest.is_active,
               on_click=digest_actions.send_now, args=(digest,))  # fmt: skip
    with row.popover(_("More"), icon=":material/more_horiz:", key=f"digest_more_{digest.id}"):
        for kind, (label, media_type, icon) in KINDS.items():
            st.download_button(label, partial(_maker(digest, known), kind), f"digest.{kind.value}", media_type,
                               key=f"digest_{kind.value}_{digest.id}", on_click="ignore", icon=icon, width="stretch",
                               help=_("As it would come now."))  # fmt: skip
        if st.button(_("Change"), key=f"digest_change_{digest.id}", icon=":material/edit:", width="stretch"):
            ask_digest(channel, digest)
        label, icon = (_("Pause"), "pause") if digest.is_active else (_("Go on"), "play_arrow")
        st.button(label, key=f"digest_switch_{digest.id}", icon=f":material/{icon}:", width="stretch",
                  on_click=digest_actions.switch, args=(digest,))  # fmt: skip
        st.button(_("Remove"), key=f"digest_remove_{digest.id}", icon=":material/delete:", width="stretch",
                  on_click=digest_actions.remove, args=(digest,))  # fmt: skip


def _maker(digest: DigestView, known: dict[int, BoardView]) -> Callable[[DigestFile], bytes]:
    """Note what the page knows; the file is made by a thread of no page, the permissions looked up anew."""
    shop, login, now, zone = open_shop(), acting().login, datetime.now(UTC), display.viewer_zone().key
    seen, named = shop.store.manifest().seen_from, reads.channel_named(digest.wish.channel)
    board = known.get(digest.wish.board_id or 0)

    def make(kind: DigestFile) -> bytes:
        reader = door.read(shop.sessions, None, find_actor, login=login)
        composed = compose_wished(
            as_seen(shop.store, seen), replace(digest.wish, file_kind=kind), reader=reader, due_at=now, zone=zone,
            currency=named.currency if named else "EUR", cards=board.cards if board else (),
            public_url=shop.settings.public_url,
        )  # fmt: skip
        return files_of(composed, kind)[kind.value]

    return make


def show_sendings() -> None:
    """Show what became of the last sendings."""
    text = st.column_config.TextColumn
    headings = {
        "name": text(_("Digest"), pinned=True), "due": text(_("Due")), "outcome": text(_("Outcome")),
        "as_of": text(_("As of"), help=_("The figures are those that were published then.")), "tries": text(_("Tries")),
    }  # fmt: skip
    rows = [
        {"name": run.name, "due": display.moment(run.due_at), "outcome": digest_words.outcome(run),
         "as_of": display.moment(run.as_of), "tries": display.number(run.attempts)}
        for run in ask(list_runs)
    ]  # fmt: skip
    if rows:
        with section(_("Last sendings"), key="sendings"):
            st.dataframe(rows, key="sent", hide_index=True, row_height=34, column_config=headings,
                         alt=_("Last sendings"))  # fmt: skip


def show_hindrance() -> None:
    """Say what keeps digests from arriving."""
    if not open_shop().settings.mail_url.get_secret_value():
        st.info(_("No e-mail leaves this shop yet: digests wait until an administrator has set it up."),
                icon=":material/unsubscribe:")  # fmt: skip
    elif not ask(read_address):
        st.warning(_("You have no e-mail address: an administrator enters it on the page of people."),
                   icon=":material/alternate_email:")  # fmt: skip


actions, chosen_channel, _last_day = insight.open_channel(_("Digests"), hint=HINT)
with actions:
    if st.button(_("New digest"), key="digest_new", type="primary", icon=":material/schedule_send:"):
        ask_digest(chosen_channel)
show_hindrance()
if kept := ask(list_digests):
    show_digests(kept, chosen_channel)
else:
    empty_state("schedule_send", _("No digest comes to you yet"), _("Have the week's figures in your mail on Monday."))
show_sendings()

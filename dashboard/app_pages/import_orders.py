"""Import: a file of orders, products or stock is tried, mended, taken in, and undone where nothing was built on it."""

from typing import Any

import streamlit as st

from dashboard import intake_actions, intake_list, intake_mapping, intake_reads, reads
from dashboard.intake_reads import Upload
from dashboard.layout import page_header
from dashboard.translation import _

NEW_CHANNEL, CHANNEL_LETTERS = "+", 40
ENCODINGS = ("utf-8", "cp1251", "cp1250", "cp1252", "gb18030", "utf-16")


def choose_channel() -> str:
    """Ask which channel the orders are of, or for the code of a new one."""
    channels = {channel.code: _(channel.name) for channel in reads.channels()} | {NEW_CHANNEL: _("A new channel…")}
    channel: str = st.selectbox(_("Channel"), list(channels), format_func=channels.__getitem__, key="intake_channel")
    if channel != NEW_CHANNEL:
        return channel
    return st.text_input(
        _("Code of the new channel"), max_chars=CHANNEL_LETTERS, key="intake_new_channel", placeholder="web",
        help=_("Letters, digits, points, hyphens. It is made when the file is taken in."),
    ).strip()  # fmt: skip


def show_file(upload: Upload, kind: str, channel: str, file_key: str) -> None:
    """Show what is in the file, how it is to be read, and what a trial would come to."""
    encoding = "utf-8"
    if kind == "orders" and not intake_reads.is_workbook(upload):
        encoding = st.selectbox(_("Encoding"), ENCODINGS, accept_new_options=True, width=220, key="intake_encoding")
    rows = intake_reads.read_upload(upload, encoding)
    intake_mapping.show_sample(rows)
    document: dict[str, Any] = {}
    if kind == "orders":
        document = intake_mapping.choose_mapping(rows, intake_reads.known_channel(channel), file_key)
        if encoding != ENCODINGS[0]:
            document["options"]["encoding"] = encoding
    else:
        intake_mapping.show_fit(rows, kind)
    tried, report = st.session_state.get(intake_actions.TRIED, (None, None))
    is_tried = tried == intake_actions.trial_of(upload, kind, channel, document)
    is_ready = kind != "orders" or intake_reads.is_code(channel)
    with st.container(horizontal=True, key="intake-acts"):
        st.button(
            _("Try without taking in"), type="secondary" if is_tried else "primary", key="intake_try",
            on_click=intake_actions.take_in, args=(upload, kind, channel, document), kwargs={"dry_run": True},
            disabled=not is_ready, icon=":material/science:",
        )  # fmt: skip
        if is_tried and any(report.created.values()):
            st.button(
                _("Take in"), type="primary", key="intake_take", on_click=intake_actions.take_in,
                args=(upload, kind, channel, document), kwargs={"dry_run": False}, icon=":material/download_done:",
            )  # fmt: skip
    if is_tried:
        intake_list.show_trial(upload, report, encoding)


page_header(_("Import"), hint=_("A file is tried first: what would go in, and each row that would not."))
labels = {code: _(intake_list.KINDS[code]) for code in ("orders", "products", "stock")}
with st.container(horizontal=True, vertical_alignment="bottom", key="intake-what"):
    kind = st.selectbox(_("What is in the file"), list(labels), format_func=labels.__getitem__, key="intake_kind")
    channel = choose_channel() if kind == "orders" else ""
given = st.file_uploader(_("CSV or XLSX file"), type=["csv", "xlsx", "gz", "txt"], key="intake_file")
if given is not None:
    show_file(Upload(given.name, given.getvalue()), kind, channel, given.file_id)
intake_list.show_batches()

"""Import: a file of orders, products or stock is tried, mended, taken in, and undone where nothing was built on it."""

import streamlit as st

from dashboard import intake_actions, intake_list, intake_mapping, intake_reads, reads
from dashboard.layout import page_header
from dashboard.translation import _

page_header(_("Import"), hint=_("A file is tried first: what would go in, and each row that would not."))
labels = {code: _(intake_list.KINDS[code]) for code in ("orders", "products", "stock")}
with st.container(horizontal=True):
    kind = st.selectbox(_("What is in the file"), list(labels), format_func=labels.__getitem__, key="intake_kind")
    channels = {channel.code: channel.name for channel in reads.channels()}
    channel = ""
    if kind == "orders":
        channel = st.selectbox(_("Channel"), list(channels), format_func=channels.__getitem__, key="intake_channel")
given = st.file_uploader(_("CSV or XLSX file"), type=["csv", "xlsx", "gz", "txt"], key="intake_file")
if given is not None:
    upload = intake_reads.Upload(given.name, given.getvalue())
    rows = intake_reads.read_upload(upload)
    document = intake_mapping.choose_mapping(rows, channel, given.file_id) if kind == "orders" else {}
    tried, report = st.session_state.get(intake_actions.TRIED, (None, None))
    is_tried = tried == intake_actions.trial_of(upload, kind, channel, document)
    with st.container(horizontal=True):
        st.button(
            _("Try without taking in"), type="secondary" if is_tried else "primary", key="intake_try",
            on_click=intake_actions.take_in, args=(upload, kind, channel, document), kwargs={"dry_run": True},
        )  # fmt: skip
        if is_tried and any(report.created.values()):
            st.button(
                _("Take in"), type="primary", key="intake_take", on_click=intake_actions.take_in,
                args=(upload, kind, channel, document), kwargs={"dry_run": False},
            )  # fmt: skip
    if is_tried:
        intake_list.show_trial(upload, report, document.get("options", {}).get("encoding", "utf-8"))
intake_list.show_batches()

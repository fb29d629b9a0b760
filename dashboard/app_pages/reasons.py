"""Cancel reasons: whose fault, where they are offered, how often they are given; added, worded anew, retired."""

import streamlit as st

from dashboard import display, identity, reasons_form, reasons_list, workflow_reads
from dashboard.filters import in_address
from dashboard.layout import page_header
from dashboard.translation import _
from oms_core.access.permissions import Permission

MAY_EDIT = identity.may(Permission.WORKFLOW_EDIT)
NEW = "new"

header = page_header(
    _("Cancel reasons"), hint=_("Every cancellation names one. Renamed, what was cancelled keeps its code and meaning.")
)
reasons, uses = workflow_reads.reasons(), workflow_reads.reason_uses()
codes = [reason.code for reason in reasons]
if not MAY_EDIT:
    reasons_list.show_list(reasons, uses)
    st.stop()
with header:
    names = {NEW: _("A new reason")} | {reason.code: reasons_list.label(reason) for reason in reasons}
    chosen = st.selectbox(
        _("Reason to change"), [*codes, NEW], format_func=names.__getitem__, label_visibility="collapsed", width=300,
        **in_address("reason", [*codes, NEW], codes[0] if codes else NEW),
    )  # fmt: skip
if display.on_phone():  # under the choice at the top, not below all the reasons
    right, left = st.container(), st.container()
else:
    left, right = st.columns([1.75, 1], gap="medium")
with left:
    reasons_list.show_list(reasons, uses)
with right:
    found = next((reason for reason in reasons if reason.code == chosen), None)
    reasons_form.show_form(found, reasons)
    if found is not None:
        reasons_form.show_versions(found)

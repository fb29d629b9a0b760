"""Approvals: what waits for my word, what I asked, who stands in, and the policies that ask and hold."""

from collections.abc import Sequence

import streamlit as st

from dashboard import approval_reads
from dashboard.approval_cards import show_request
from dashboard.filters import in_address
from dashboard.identity import may
from dashboard.layout import empty_state, page_header
from dashboard.policy_forms import show_hold_policy, show_limits
from dashboard.stand_ins import show_stand_ins
from dashboard.translation import _, n_
from oms_core.access.permissions import Permission
from oms_core.orders.approval_inbox import RequestView

PLACES = {
    "mine": n_("Waiting for me"), "asked": n_("I asked"), "elsewhere": n_("Waiting for others"),
    "stand_ins": n_("Stand-ins"), "limits": n_("Limits"), "holds": n_("Kinds of holds"),
}  # fmt: skip
SHOWN = 50
CONFIGURED = ("limits", "holds")


def show_requests(requests: Sequence[RequestView], *, is_mine: bool = False) -> None:
    for request in requests[:SHOWN]:
        show_request(request, is_mine=is_mine)
    if len(requests) > SHOWN:
        st.caption(_("Only the first {count} are shown.").format(count=SHOWN))


def show_nothing(place: str) -> None:
    if place == "mine":
        text = _("What goes beyond a limit and is yours to decide appears here.")
        empty_state("task_alt", _("Nothing waits for you"), text)
    elif place == "asked":
        empty_state("outbox", _("You asked for nothing"), _("What you place beyond a limit appears here."))
    else:
        empty_state("groups", _("Nothing waits for others"))


def show_policies(place: str) -> None:
    edits = may(Permission.RULES_EDIT)
    if place == "limits":
        show_limits(approval_reads.limits(), edits=edits)
        return
    st.caption(_("Orders are held and let go by themselves; what work has begun on raises an alert instead."))
    policies = approval_reads.hold_policies()
    for policy in policies:
        show_hold_policy(policy, edits=edits)
    if not policies:
        empty_state("pause_circle", _("There are no hold policies"), _("`oms init` puts them in place."))


page_header(_("Approvals"))
inbox = approval_reads.inbox()
boxes = {"mine": inbox.waiting, "asked": inbox.asked, "elsewhere": inbox.elsewhere}
linked = st.query_params.get("request")  # a hold on a card leads to its request, whoever must act on it
holds_linked = (code for code, box in boxes.items() if any(str(request.id) == linked for request in box))
labels = {code: _(name) for code, name in PLACES.items() if code not in CONFIGURED or may(Permission.WORKFLOW_VIEW)}
labels |= {code: f"{labels[code]} · {len(box)}" for code, box in boxes.items() if box}
place = st.segmented_control(
    _("Show"), list(labels), format_func=labels.__getitem__, required=True, label_visibility="collapsed",
    **in_address("place", list(labels), next(holds_linked, "mine")),
)  # fmt: skip
if place in boxes:
    if boxes[place]:
        show_requests(boxes[place], is_mine=place == "mine")
    else:
        show_nothing(place)
elif place == "stand_ins":
    show_stand_ins()
else:
    show_policies(str(place))

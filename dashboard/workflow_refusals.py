"""Refusals about the workflow and the reasons to cancel: sentences and what is wrong with fields."""

from dashboard.translation import n_

SENTENCES = {
    "malformed_workflow": n_("This is no workflow."),
    "invalid_workflow": n_("The workflow has faults: see the preview."),
    "workflow_in_use": n_("Orders bar this change: see the preview."),
    "invalid_reason": n_("The reason cannot be kept so."),
    "last_reason": n_("A group would be left without any reason: keep one in use for it."),
}
FIELDS = {
    "label": n_("Label"), "fault": n_("Whose fault"), "groups": n_("Offered in"), "translations": n_("Translations"),
}  # fmt: skip
FAULTS = (
    n_("must be small letters, digits and _, beginning with a letter"), n_("must be from {least} to {most}"),
    n_("must be some of {choices}, or all"), n_("must stay: past orders are imported with it"),
    n_("must be one of {choices}"),
)  # fmt: skip

"""How refusals over targets, alerts and boards are said."""

from dashboard.translation import n_

SENTENCES = {
    "invalid_targets": n_("The targets cannot be set so."),
    "not_your_team": n_("You set targets of your own team and its people only."),
    "unknown_target": n_("There is no such target any more."),
    "unknown_channel": n_("There is no such channel."),
    "unknown_comparison": n_("These figures cannot be compared so."),
    "unknown_cut": n_("The figure cannot be cut so."),
}
FIELDS = {"target": n_("Target"), "team": n_("Team")}
FAULTS = (
    n_("needs a cut and a part of it, or neither"), n_("must end after it begins"), n_("is given twice"),
    n_("is no number that can be a target"), n_("is no cut of targets"), n_("is a share: at most 100 %"),
    n_("needs a month, a quarter or two days"), n_("is not of your team"),
)  # fmt: skip

"""How refusals over targets, alerts and boards are said."""

from dashboard.translation import n_

SENTENCES = {
    "invalid_targets": n_("The targets cannot be set so."),
    "not_your_team": n_("You set targets of your own team and its people only."),
    "unknown_target": n_("There is no such target any more."),
    "unknown_channel": n_("There is no such channel."),
    "unknown_comparison": n_("These figures cannot be compared so."),
    "invalid_alert_rule": n_("The rule cannot be kept so."),
    "too_many_rules": n_("There are very many rules: remove one first."),
    "unknown_alert_rule": n_("There is no such rule any more."),
    "malformed_note": n_("The note is too long."),
    "unknown_alert": n_("There is no such alert."),
    "alert_acknowledged": n_("Somebody has seen to this alert already."),
    "invalid_hourly_cost": n_("What an hour costs cannot be kept so."),
    "unknown_team": n_("There is no such team any more."),
    "invalid_board": n_("The board cannot be kept so."),
    "board_name_taken": n_("You keep a board “{value}” already."),
    "too_many_boards": n_("You keep very many boards: remove one first."),
    "unknown_board": n_("There is no such board among yours."),
    "unknown_cut": n_("The figure cannot be cut so."),
    "invalid_digest": n_("The digest cannot be kept so."),
    "too_many_digests": n_("You keep very many digests: remove one first."),
    "unknown_digest": n_("There is no such digest among yours."),
    "digest_paused": n_("This digest is paused."),
    "no_figures": n_("Nothing is left of this digest that you may see."),
}
FIELDS = {
    "target": n_("Target"), "team": n_("Team"), "metric": n_("Figure"), "cut": n_("Of the cut"), "kind": n_("Kind"),
    "lower_bound": n_("Lower bound"), "upper_bound": n_("Upper bound"), "days": n_("Days looked at"),
    "sensitivity": n_("Sensitivity"), "roles": n_("Who is told"),
    "cards": n_("Cards"), "shared_with": n_("Shared"), "lens": n_("Lens"), "chart": n_("Shown as"),
    "figures": n_("Figures"), "cost": n_("Cost of an hour"), "currency": n_("Currency"),
}  # fmt: skip
FAULTS = (
    n_("is empty or too long"), n_("are none, or too many"),
    n_("needs a cut and a part of it, or neither"), n_("must end after it begins"), n_("is given twice"),
    n_("is no number that can be a target"), n_("is no cut of targets"), n_("is a share: at most 100 %"),
    n_("needs a month, a quarter or two days"), n_("is not of your team"), n_("is there twice as a number"),
    n_("is needed, or an upper one"), n_("must be above the lower one"), n_("is no number that can be a bound"),
    n_("needs a history: what stands now has none"), n_("must be 1: days of this figure do not add up"),
    n_("must be above 0, in cents"), n_("must be three capital letters"),
)  # fmt: skip

"""Refusals about people, what roles may do, working hours and tokens: sentences, fields and what is wrong with them."""

from dashboard.translation import n_

SENTENCES = {
    "unknown_user": n_("There is nobody with the login {login}."),
    "login_taken": n_("This login is taken."),
    "invalid_user": n_("The person cannot be kept so."),
    "last_admin": n_("{login} is the last active administrator: somebody else has to become one first."),
    "beyond_own": n_("That is more than you may do yourself."),
    "admins_only": n_("Only an administrator decides what roles may do."),
    "invalid_matrix": n_("The roles cannot be kept so."),
    "stale_matrix": n_("The roles were changed meanwhile. Look at them as they are now, then repeat."),
    "team_taken": n_("Somebody added this team meanwhile."),
    "invalid_team": n_("The team cannot be kept so."),
    "calendar_taken": n_("Somebody added these working hours meanwhile."),
    "invalid_calendar": n_("The working hours cannot be kept so."),
    "absence_overlaps": n_("The person is away on some of these days already."),
    "invalid_absence": n_("These days cannot be kept so."),
    "unknown_absence": n_("There is no such absence any more."),
    "delegation_overlaps": n_("Somebody stands in on these days already."),
    "unknown_delegation": n_("There is no such delegation any more."),
    "colleague_away": n_("This person cannot take orders now: away, gone or the very same."),
    "unknown_session": n_("There is no such session any more."),
    "unknown_token": n_("There is no such token any more."),
    "invalid_token": n_("The token cannot be made so."),
}
FIELDS = {
    "login": n_("Login"), "locale": n_("Language"), "team": n_("Team"), "calendar": n_("Working hours"),
    "code": n_("Code"), "lead": n_("Led by"), "time_zone": n_("Time zone"), "exceptions": n_("Days that differ"),
    "scopes": n_("May only"), "days": n_("Valid for"), "kind": n_("Kind"), "last_day": n_("Last day"),
    "delegate": n_("Stand-in"), "to": n_("Who takes them"), "permission": n_("Permission"), "hours": n_("Hours"),
    "admin": n_("administrator"), "client": n_("client"), "current": n_("Present password"),
}  # fmt: skip
FAULTS = (
    n_("must be 2 to 60 small letters, digits or . _ - + @"), n_("must have {least} to {most} characters"),
    n_("must be 1 to 40 small letters, digits, - or _"), n_("must be small letters, digits, - or _"),
    n_("is no time zone"), n_("must be of the days 0 to 6"), n_("is there twice"), n_("must not overlap"),
    n_("must close after they open"), n_("must close after it opens"), n_("needs both hours or none"),
    n_("has too long a note"), n_("is no permission"), n_("must be between {least} and {most}"),
    n_("is no kind of absence"), n_("must not be before the first day"), n_("must be another active user"),
    n_("is beyond what you may do"), n_("is away, gone or the same person"), n_("must stay with administrators"),
    n_("cannot be given to clients"),
)  # fmt: skip

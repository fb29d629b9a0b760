"""What is said of how stock stands."""

from dashboard.translation import n_

HEALTH = {
    "out": n_("Out of stock"), "short": n_("Will run short"), "dead": n_("Unwanted"), "excess": n_("Too much"),
    "sound": n_("Sound"), "unforeseen": n_("No forecast, in stock"), "absent": n_("No forecast, none here"),
}  # fmt: skip
MEANING = {
    "out": n_("Nothing is free although it is asked for."),
    "short": n_("It runs out before goods ordered today would be here."),
    "dead": n_("Value of what nobody asked for in 90 days, in the warehouse that has it."),
    "excess": n_("Value of what outlasts the forecast's weeks, with what is on the way."),
    "sound": n_("None of the others."),
    "unforeseen": n_("Never asked for here when the forecast was made: new, or in the wrong place."),
    "absent": n_("Never asked for here, and nothing lies here."),
}

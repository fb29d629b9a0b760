"""How refusals over views of the queue are said."""

from dashboard.translation import n_

SENTENCES = {
    "view_name_taken": n_("You keep a view of this name already."),
    "too_many_views": n_("You keep very many views: remove one first."),
    "unknown_queue_view": n_("This view is not kept any more."),
    "malformed_name": n_("A view needs a name of at most 60 characters."),
    "unknown_filter": n_("The queue cannot be asked for this."),
}

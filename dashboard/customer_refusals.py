"""How refusals over customers, segments and returns asked for are said."""

from dashboard.translation import n_

SENTENCES = {
    "customer_merged": n_("This customer was merged into another."),
    "same_customer": n_("This is one and the same customer."),
    "merge_undone": n_("This merge was undone already."),
    "merge_built_upon": n_("Something that changed hands was changed since, so the merge cannot be undone."),
    "unknown_merge": n_("There is no such merge."),
    "unknown_segment": n_("There is no such segment."),
    "segment_taken": n_("There is a segment “{value}” already."),
    "invalid_segment": n_("The segment cannot be kept so."),
    "return_open": n_("Return {number} of this order waits already."),
    "unknown_product": n_("There is no such product."),
}
FIELDS = {
    "phones": n_("Phones"), "emails": n_("E-mails"), "messengers": n_("Messengers"), "addresses": n_("Addresses"),
    "tags": n_("Tags"), "kind": n_("Kind"), "language": n_("Language"), "terms_days": n_("Days to pay"),
    "credit_limit": n_("Credit limit"), "orders": n_("Orders"), "contacts": n_("Contacts"), "tasks": n_("Tasks"),
    "messages": n_("Messages"), "manager_id": n_("Owner"), "merge": n_("Merge"),
}  # fmt: skip
FAULTS = (
    n_("is meanwhile {current}"), n_("was changed since"), n_("was merged again since"), n_("is the same customer"),
    n_("was removed or given to somebody else since"), n_("must be b2b or b2c"), n_("may be at most {most}"),
    n_("must be from {least} to {most}"), n_("must name {least} to {most}"),
    n_("must be a number from {least} to {most}"), n_("is needed"),
)  # fmt: skip

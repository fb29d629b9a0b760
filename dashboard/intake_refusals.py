"""How refusals over imports are said."""

from dashboard.translation import n_

SENTENCES = {
    "import_built_on": n_("This import cannot be undone: work went on with what it brought in. Nothing was changed."),
    "import_not_noted": n_(
        "This import is from before imports could be undone: what it changed was not noted. Nothing was changed."
    ),
    "import_running": n_("Another import is running. Try again when it is done."),
    "import_undone": n_("This import was undone before."),
    "unknown_import": n_("There is no such import."),
    "unknown_mapping": n_("This mapping is not kept any more."),
    "invalid_mapping": n_("The mapping cannot be used."),
    "missing_column": n_("The file lacks a column that is needed."),
    "other_currency": n_("The channel sells in another currency than the mapping says."),
    "unreadable_file": n_("The file cannot be read as a table."),
}

"""What is done to the workflow and to the reasons from their pages."""

from dashboard import reads, workflow_draft, workflow_reads
from dashboard.actions import attempt, attempt_form
from dashboard.opened_forms import close_form
from dashboard.translation import _
from oms_core.workflow.reasons import Reason, rollback_reason, save_reason
from oms_core.workflow.workflow_document import WorkflowDocument, rollback_workflow, save_workflow


def publish(document: WorkflowDocument, note: str, based_on: int) -> None:
    """Put the draft in force; refused it stays as it is, so that nothing is lost."""
    told = lambda version: _("Version {version} is in force").format(version=version)  # noqa: E731
    if attempt(save_workflow, told, document=document, note=note, based_on=based_on) is not None:
        workflow_draft.forget()
        _forget_words()


def restore(version: int, based_on: int) -> None:
    """Put an earlier workflow in force again."""
    told = _("Version {version} is in force again").format(version=version)
    if attempt(rollback_workflow, told, version=version, based_on=based_on) is not None:
        _forget_words()


def reason_form(code: str) -> str:
    """What the form of a reason is known by."""
    return f"reason_{code}"


def keep_reason(reason: Reason, based_on: int, note: str) -> dict[str, str] | None:
    """Add or change a reason; returns what is wrong by field where it was refused, else None."""
    faults = attempt_form(save_reason, _("Saved"), reason=reason, based_on=based_on, note=note)
    if faults is None:
        close_form(reason_form(reason.code))
    _forget_words()
    return faults


def restore_reason(code: str, version: int, based_on: int) -> None:
    """Put an earlier version of a reason in force again."""
    told = _("Version {version} is in force again").format(version=version)
    if attempt(rollback_reason, told, code=code, version=version, based_on=based_on) is not None:
        close_form(reason_form(code))
    _forget_words()


def _forget_words() -> None:
    """Every page says the new words from its next run on."""
    reads.statuses.clear()
    reads.cancel_reasons.clear()
    workflow_reads.forget_flow()

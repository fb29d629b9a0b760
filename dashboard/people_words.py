"""Words of people: what roles, permissions, absences and audited tables are called."""

from dashboard.translation import _, n_
from oms_core.access.models import Role
from oms_core.access.permissions import Permission

ROLES = {
    Role.MANAGER: n_("manager"), Role.LEAD: n_("team lead"), Role.BUYER: n_("buyer"), Role.WAREHOUSE: n_("warehouse"),
    Role.COURIER: n_("courier"), Role.EXECUTIVE: n_("executive"), Role.ADMIN: n_("administrator"),
    Role.CLIENT: n_("client"),
}  # fmt: skip
SUBJECTS = {
    "order": n_("Orders"), "payment": n_("Payments"), "task": n_("Tasks"), "customer": n_("Customers"),
    "personal_data": n_("Personal data"), "cost": n_("Costs"), "product": n_("Products"), "stock": n_("Stock"),
    "purchase": n_("Purchasing"), "analytics": n_("Figures"), "workflow": n_("Workflow"), "rules": n_("Rules"),
    "people": n_("People"), "audit": n_("Audit"), "integrity": n_("Integrity"), "system": n_("System"),
    "import": n_("Import"), "invoice": n_("Invoices"), "inbox": n_("Inbox"), "feeds": n_("Feeds"),
}  # fmt: skip
PERMISSIONS = {
    Permission.ORDER_VIEW: n_("See orders"),
    Permission.INBOX_WORK: n_("Work through the inbox"),
    Permission.FEEDS_EDIT: n_("Set up feeds"),
    Permission.ORDER_PLACE: n_("Place orders"),
    Permission.ORDER_MOVE: n_("Move orders on"),
    Permission.ORDER_SHIP: n_("Ship and deliver"),
    Permission.ORDER_CANCEL: n_("Cancel"),
    Permission.ORDER_RETURN: n_("Take returns"),
    Permission.ORDER_ASSIGN: n_("Give orders to people"),
    Permission.ORDER_COMMENT: n_("Comment"),
    Permission.ORDER_CHANGE: n_("Change orders"),
    Permission.ORDER_HOLD: n_("Hold and release"),
    Permission.ORDER_APPROVE: n_("Decide approvals"),
    Permission.PAYMENT_RECEIVE: n_("Record payments"),
    Permission.INVOICE_ISSUE: n_("Issue invoices"),
    Permission.PAYMENT_REFUND: n_("Refund"),
    Permission.TASK_WORK: n_("Work on tasks"),
    Permission.CUSTOMER_VIEW: n_("See customers"),
    Permission.CUSTOMER_EDIT: n_("Edit customers"),
    Permission.IMPORT_RUN: n_("Import files"),
    Permission.PERSONAL_DATA_VIEW: n_("See names, phones and addresses"),
    Permission.COST_VIEW: n_("See costs and margins"),
    Permission.PRODUCT_VIEW: n_("See products"),
    Permission.PRODUCT_EDIT: n_("Edit products"),
    Permission.STOCK_VIEW: n_("See stock"),
    Permission.STOCK_RECEIVE: n_("Receive goods"),
    Permission.STOCK_ADJUST: n_("Correct stock"),
    Permission.PURCHASE_VIEW: n_("See purchases"),
    Permission.PURCHASE_ORDER: n_("Order from suppliers"),
    Permission.PURCHASE_RECEIVE: n_("Receive purchases"),
    Permission.ANALYTICS_VIEW: n_("See figures and forecasts"),
    Permission.ANALYTICS_EDIT: n_("Set targets and alerts"),
    Permission.WORKFLOW_VIEW: n_("See the workflow and its rules"),
    Permission.WORKFLOW_EDIT: n_("Edit the workflow"),
    Permission.RULES_EDIT: n_("Edit rules"),
    Permission.PEOPLE_VIEW: n_("See people"),
    Permission.PEOPLE_EDIT: n_("Edit people and roles"),
    Permission.AUDIT_VIEW: n_("See the audit"),
    Permission.INTEGRITY_VIEW: n_("See the integrity check"),
    Permission.SYSTEM_RUN: n_("Run scheduled work"),
}
ABSENCES = {"leave": n_("Leave"), "sick": n_("Sick"), "training": n_("Training"), "other": n_("Other")}
ACTIONS = {"insert": n_("Added"), "update": n_("Changed"), "delete": n_("Removed")}
WEEKDAYS = (
    n_("Monday"), n_("Tuesday"), n_("Wednesday"), n_("Thursday"), n_("Friday"), n_("Saturday"), n_("Sunday"),
)  # fmt: skip


def subject_of(permission: Permission) -> str:
    """What a permission is about, in words."""
    return _(SUBJECTS[permission.value.partition(".")[0]])

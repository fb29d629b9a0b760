# ruff: noqa: F401 - imported for what they add to the metadata
"""Imports every room's models, so that the metadata is whole: foreign keys may point up by table name."""

import oms_core.access.audit
import oms_core.access.models
import oms_core.access.sign_in_models
import oms_core.automation.models
import oms_core.billing.invoice_models
import oms_core.billing.models
import oms_core.catalog.models
import oms_core.customers.models
import oms_core.intake.inbound_models
import oms_core.intake.models
import oms_core.inventory.models
import oms_core.journal
import oms_core.orders.approval_models
import oms_core.orders.delivery_models
import oms_core.orders.desk_models
import oms_core.orders.interval_models
import oms_core.orders.levelling_models
import oms_core.orders.models
import oms_core.orders.quotation_models
import oms_core.purchasing.models
import oms_core.purchasing.plan_models
import oms_core.steering.cost_models
import oms_core.steering.digest_models
import oms_core.steering.models
import oms_core.tasks.models
import oms_core.workflow.models
import oms_core.workflow.rule_models
from oms_core.db import Base

metadata = Base.metadata

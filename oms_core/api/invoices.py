"""Invoices of an order over HTTP: what was billed and credited, and issuing what is due."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path

from oms_core.api.callers import ActingCaller
from oms_core.api.problems import refusals
from oms_core.api.shapes import Money, Quantity, RequestBody, ResponseBody, Text, Version
from oms_core.billing.invoicing import issue_invoices
from oms_core.orders.card import read_order
from oms_core.orders.document_views import InvoiceView

router = APIRouter(
    prefix="/orders/{number}", tags=["orders"], responses=refusals({404: "There is no such order."})
)  # fmt: skip
Number = Annotated[Text, Path(description="The order's number.")]


class InvoicingBody(RequestBody):
    """With the `version` that was seen, a changed order is refused."""

    version: Version | None = None


class InvoiceLineShape(ResponseBody):
    """How much of the order line at `position`."""

    position: int
    quantity: Quantity


class InvoiceShape(ResponseBody):
    """An invoice, or a credit note that corrects one; never changed once it is issued."""

    number: str
    kind: str
    corrects: str | None
    issued_at: datetime
    due_on: date
    net: Money
    tax: Money
    shipping: Money
    total: Money
    lines: list[InvoiceLineShape]

    @classmethod
    def of(cls, invoice: InvoiceView) -> "InvoiceShape":
        """The document as clients see it."""
        facts = {name: getattr(invoice, name) for name in cls.model_fields if name != "lines"}
        lines = [InvoiceLineShape(position=part.position, quantity=part.quantity) for part in invoice.lines]
        return cls(**facts, lines=lines)


@router.get("/invoices", summary="The invoices and credit notes of an order")
def get_invoices(number: Number, caller: ActingCaller) -> list[InvoiceShape]:
    """In the order in which they were issued."""
    return [InvoiceShape.of(invoice) for invoice in caller.read(read_order, number=number).invoices]


@router.post(
    "/invoices", summary="Issue the invoices that are due", status_code=201,
    responses=refusals({409: "Nothing is to be invoiced now, or `version` is stale: both values."}),
)  # fmt: skip
def post_invoices(
    number: Number, caller: ActingCaller, body: InvoicingBody | None = None
) -> list[InvoiceShape]:  # fmt: skip
    """Bill what was handed over and is not billed yet, credit what came back; answers with all that the order has."""
    caller.do(issue_invoices, number=number, version=body.version if body else None)
    return get_invoices(number, caller)

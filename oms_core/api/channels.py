"""Channels over HTTP: orders and letters sent to us, kept at once and decided soon after."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field, model_validator

from oms_core.api.callers import ActingCaller
from oms_core.api.problems import refusals
from oms_core.api.shapes import RequestBody, ResponseBody, Text
from oms_core.intake.feed_settings import FeedSettings
from oms_core.intake.inbound_models import MessageForm, Outcome
from oms_core.intake.inbound_reading import LONGEST_ID, Incoming, incoming_letter, incoming_order
from oms_core.intake.inbound_storing import post_message
from oms_core.intake.inbound_views import MessageView, find_message

router = APIRouter(prefix="/channels", tags=["channels"])
Code = Annotated[Text, Path(max_length=40, description="A channel's code.")]
Name = Annotated[Text, Path(max_length=LONGEST_ID, description="The sender's own name of the message.")]


class MessageBody(RequestBody):
    """A message: an `order` in our field names, or a letter with a `text`."""

    external_id: Annotated[Text, Field(min_length=1, max_length=LONGEST_ID, examples=["A-1001"])]
    order: dict[str, Any] | None = Field(
        default=None,
        description="`customer_name`, `phone`, `email`, `address`, `comment`, `shipping`, `currency`, `status`, "
        "`requested_at`, and `lines` of `sku`, `quantity`, `unit_price`, `discount`. It is kept whatever it says.",
        examples=[{"customer_name": "Ada", "phone": "+48 600 100 200", "lines": [{"sku": "MUG", "quantity": 2}]}],
    )
    text: Text = Field(default="", max_length=100_000)
    subject: Text = Field(default="", max_length=200)
    sender: Text = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "MessageBody":
        if (self.order is None) == (not self.text.strip()):
            raise ValueError("either order or text is needed")
        return self

    def incoming(self) -> Incoming:
        """The message as it is kept."""
        if self.order is not None:
            return incoming_order(self.order, FeedSettings(), reference=self.external_id)
        return incoming_letter(self.external_id, sender=self.sender, subject=self.subject, body={"text": self.text})


class MessageShape(ResponseBody):
    """A message and what became of it: `order` with its number, `task`, `rejected` with its reason, or null so far.

    `revision` counts what was sent under the name; said again with the same content it is the same message.
    """

    external_id: str
    revision: int
    form: MessageForm
    received_at: datetime
    outcome: Outcome | None
    number: str | None
    code: str
    reason: str
    decided_at: datetime | None

    @classmethod
    def of(cls, view: MessageView) -> "MessageShape":
        """Say what is known of a message."""
        return cls.model_validate(view)


@router.post(
    "/{code}/messages",
    status_code=201,
    summary="Send a message to a channel",
    responses={
        200: {"model": MessageShape, "description": "The same message was here before."},
        **refusals({404: "There is no such channel."}),
    },
)
def post_channel_message(code: Code, body: MessageBody, caller: ActingCaller, response: Response) -> MessageShape:
    """Keep an order or a letter; once this is answered it is not lost, and within minutes it has an outcome.

    It may be repeated safely: the same `external_id` with the same content is one message. With another content it is
    a revision that is decided by itself: no second order is placed.
    """
    stored = caller.do(post_message, channel=code, incoming=body.incoming())
    if not stored.created:
        response.status_code = 200
    return MessageShape.of(caller.read(find_message, channel=code, external_id=stored.external_id))


@router.get(
    "/{code}/messages/{external_id}",
    summary="Read what became of a message",
    responses=refusals({404: "There is no such message."}),
)
def get_channel_message(code: Code, external_id: Name, caller: ActingCaller) -> MessageShape:
    """Read the latest revision of a message with its outcome."""
    return MessageShape.of(caller.read(find_message, channel=code, external_id=external_id))

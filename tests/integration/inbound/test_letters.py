"""Letters come in from a folder and from a mailbox; each is a task until a person makes something of it."""

from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from oms_core.errors import Invalid
from oms_core.intake.inbound_mending import attach_message, take_again, take_mended
from oms_core.intake.inbound_views import Standing, read_message
from oms_core.orders.entry_document import EntryCustomer, EntryDocument, EntryLine
from pipelines.feeds.letters import letter_of
from pipelines.feeds.pulling import reconcile_day, repull
from pipelines.feeds.source import SECRETS
from tests.integration.inbound.imap_server import PASSWORD, open_mailbox
from tests.integration.inbound.marketplace import Marketplace, an_offer
from tests.integration.inbound.receiving_shop import ReceivingShop


def a_letter(name: str, *, text: str = "Two mugs, please.", subject: str = "Order") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ada Lovelace <ada@example.com>", "shop@example.com", subject
    mail["Message-ID"] = name
    mail.set_content(text)
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="order.pdf")
    return mail.as_bytes()


def put(maildir: Path, name: str, letter: bytes) -> None:
    (maildir / "new" / name).write_bytes(letter)


def test_a_letter_in_a_folder_is_a_task_with_its_words_and_attachments(shop: ReceivingShop, maildir: Path):
    put(maildir, "1.host", a_letter(f"{shop.name}-1"))
    shop.feed(f"file://{maildir}", "maildir")
    assert shop.pull().new == 1
    whole = shop.read(read_message, message_id=shop.id_of(f"{shop.name}-1"))
    assert (whole.view.standing, whole.view.code, whole.view.subject) == (Standing.WAITING, "letter", "Order")
    assert whole.view.sender == "Ada Lovelace <ada@example.com>"
    assert whole.body["attachments"] == ["order.pdf"]
    assert (whole.document.customer.email, whole.document.comment) == ("ada@example.com", "Two mugs, please.")
    (maildir / "new" / "1.host").rename(maildir / "cur" / "1.host:2,S")
    assert shop.pull().new == 0, "read elsewhere it is the same letter"


def test_a_person_makes_an_order_of_a_letter_once(shop: ReceivingShop, maildir: Path):
    put(maildir, "1.host", a_letter(f"{shop.name}-1"))
    shop.feed(f"file://{maildir}", "maildir")
    shop.pull()
    letter = shop.id_of(f"{shop.name}-1")
    with pytest.raises(Invalid, match="no order by itself"):
        shop.by("anna", take_again, message_id=letter)
    who = EntryCustomer(name="Ada Lovelace", email="ada@example.com")
    document = EntryDocument(channel="desk", customer=who, lines=(EntryLine("MUG", "2"),))
    number = shop.by("anna", take_mended, message_id=letter, document=document)
    assert shop.read(read_message, message_id=letter).view.number == number


def test_a_letter_about_an_order_is_kept_in_its_journal(shop: ReceivingShop, maildir: Path, market: Marketplace):
    put(maildir, "1.host", a_letter(f"{shop.name}-1", text="Where is it?"))
    shop.feed(f"file://{maildir}", "maildir")
    shop.pull()
    other = ReceivingShop(shop.sessions, shop.home, f"{shop.name}m")
    market.orders = [an_offer(f"{other.name}-1")]
    other.market_feed(market)
    other.pull()
    [(number,)] = other.rows("SELECT number FROM orders WHERE external_ref LIKE :like")
    shop.by("anna", attach_message, message_id=shop.id_of(f"{shop.name}-1"), number=number)
    told = """SELECT e.payload ->> 'text' FROM order_events e JOIN orders o ON o.id = e.order_id
        WHERE o.number = :number AND e.kind = 'order.commented'"""
    [(said,)] = shop.rows(told, number=number)
    assert "Where is it?" in said


def test_a_folder_that_is_gone_is_told_and_a_lost_letter_is_counted(shop: ReceivingShop, maildir: Path):
    code = shop.feed(f"file://{maildir}", "maildir", begins=date(2026, 11, 1))
    put(maildir, "1.host", a_letter(f"{shop.name}-1"))
    shop.pull()
    put(maildir, "2.host", a_letter(f"{shop.name}-2"))
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=1), today, today + timedelta(days=1)]
    counted = [reconcile_day(shop.run, shop.read, code, day, shop.home) for day in days]
    assert [name for one in counted for name in one.still_missing] == [f"{shop.name}-2"]
    for one in counted:
        repull(shop.run, shop.read, one, shop.home)
    assert f"{shop.name}-2" in shop.outcomes()
    (maildir / "new").rename(maildir / "old")
    assert "cannot be read" in shop.pull().failure


def test_a_mailbox_is_read_on_from_the_last_letter_and_anew_when_it_is_another(shop: ReceivingShop):
    (shop.home / SECRETS / "mailbox").write_text(PASSWORD)
    with open_mailbox() as mailbox:
        mailbox.kept = {1: a_letter(f"{shop.name}-old")}
        mailbox.old = {1}
        code = shop.feed(mailbox.address, "imap", secret="file:mailbox")  # noqa: S106 - where it lies
        assert [shop.pull().messages for _look in range(2)] == [0, 0], "what came before the feed began is not taken in"
        mailbox.kept = {3: a_letter(f"{shop.name}-3"), 5: a_letter(f"{shop.name}-5")}
        assert shop.pull().new == 2
        assert shop.view().watermark == "7:5"
        assert shop.pull().messages == 0
        mailbox.kept[6] = a_letter(f"{shop.name}-6")
        assert shop.pull().new == 1
        counted = reconcile_day(shop.run, shop.read, code, date(2026, 11, 20), shop.home)
        assert (counted.theirs, counted.still_missing) == (3, [])
        mailbox.kept[4] = a_letter(f"{shop.name}-4")
        counted = reconcile_day(shop.run, shop.read, code, date(2026, 11, 20), shop.home)
        assert counted.still_missing == [f"{shop.name}-4"]
        assert repull(shop.run, shop.read, counted, shop.home) == [f"{shop.name}-4"]
        mailbox.validity, mailbox.kept = 8, {1: a_letter(f"{shop.name}-1"), 2: a_letter(f"{shop.name}-3")}
        again = shop.pull()
        assert (again.messages, again.new) == (2, 1)
        (shop.home / SECRETS / "mailbox").write_text("wrong")
        assert "AUTHENTICATIONFAILED" in shop.pull().failure
    assert "cannot be reached" in shop.pull().failure
    assert PASSWORD not in str(shop.rows("SELECT failure, address, secret FROM channel_feeds WHERE code = :name"))


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\0\0\0", b"From: \xff\xfe\n\n\xff", b"Content-Type: text/plain; charset=no-such\n\nhello",
        b"Message-ID: " + b"x" * 5_000 + b"\n\nlong", b"Content-Type: multipart/mixed\n\nno parts",
        b"From: =?utf-8?b?broken?=\nSubject: =?x?q?y?=\n\n", b"Date: " + b"9" * 400 + b"\n\nx",
        "Subject: ok\nMessage-ID: <a\ud800>\n\n".encode("utf-8", "surrogatepass"),
    ],
)  # fmt: skip
def test_whatever_lies_in_a_mailbox_is_kept(raw: bytes):
    letter = letter_of(raw, name="1.host")
    assert 0 < len(letter.external_id) <= 100
    assert "\0" not in str(letter.body)
    str(letter.body).encode("utf-8")


def test_of_a_page_as_mail_what_a_person_sees_is_kept():
    mail = EmailMessage()
    mail.set_content(
        "<style>p{}</style><p>Two&nbsp;mugs</p><p>and tea &amp; milk</p><script>x()</script>", subtype="html"
    )
    assert letter_of(mail.as_bytes(), name="x").body["text"] == "Two mugs\nand tea & milk"

"""Sending: by files and by SMTP, tried again where that is right, given up with the reason where it is not."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from oms_core.config import Settings
from oms_core.customers.registration import CustomerRef
from oms_core.tasks.messages import discard_message, draft_message, edit_message
from oms_core.tasks.sending import MOST_ATTEMPTS, send_message
from tests.integration.tasks.posting import Post, read_mail
from tests.integration.tasks.smtp_server import Behaviour, certificate, serving


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory):
    return certificate(tmp_path_factory.mktemp("certificate"))


def test_a_file_holds_the_message_as_it_was_written(shop, tmp_path):
    post = Post(shop, f"file://{tmp_path}/out")
    (message_id,) = post.queue()
    assert post.sweep() == 1
    (file,) = (tmp_path / "out").iterdir()
    assert ((tmp_path / "out").stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    mail = read_mail(file.read_bytes())
    assert (mail["To"], mail["From"].addresses[0].addr_spec) == ("ada@example.com", "orders@example.com")
    assert mail["From"].addresses[0].display_name == "Лавка"
    (kept,) = post.kept()
    assert (mail["Subject"], mail.get_content().strip()) == (kept.subject, kept.body.strip())
    assert str(message_id) in mail["Message-ID"]
    assert (kept.state, kept.sent_at, kept.attempts) == ("sent", post.now, 1)
    assert shop.kinds(kept.number)[-2:] == ["message.queued", "message.sent"]
    assert post.sweep() == 0


def test_what_was_called_back_does_not_go_out(shop, tmp_path):
    post = Post(shop, f"file://{tmp_path}")
    (message_id,) = post.queue()
    shop.run(discard_message, message_id=message_id)
    assert (post.sweep(), list(tmp_path.iterdir())) == (0, [])


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_takes_it_over_tls_after_signing_in(shop, tls, scheme):
    behaviour = Behaviour(offers_tls=True, context=tls[0], from_first_byte=scheme == "smtps")
    with serving(behaviour) as box:
        post = Post(shop, f"{scheme}://clerk:p%40ss@127.0.0.1:{box.port}", tls[1])
        post.queue(2)
        assert post.sweep() == 2
    assert box.secure == [True, True]
    assert len(box.logins) == 1
    assert post.states() == ["sent", "sent"]
    assert read_mail(box.texts[0])["Message-ID"] != read_mail(box.texts[1])["Message-ID"]


def test_nothing_goes_out_in_the_clear_where_tls_is_asked_for(shop, tls):
    with serving(Behaviour(offers_tls=False)) as box:
        post = Post(shop, f"smtp://127.0.0.1:{box.port}", tls[1])
        post.queue()
        assert post.sweep() == 0
    assert box.texts == []
    assert "STARTTLS" in post.kept()[0].error


def test_a_server_whose_certificate_nobody_knows_gets_nothing(shop, tls):
    with serving(Behaviour(context=tls[0], from_first_byte=True)) as box:
        post = Post(shop, f"smtps://127.0.0.1:{box.port}")
        post.queue()
        assert post.sweep() == 0
    assert box.texts == []
    assert "certificate" in post.kept()[0].error.lower()


def test_a_relay_of_ones_own_takes_it_plain_and_text_of_every_kind_arrives(shop):
    with serving(Behaviour()) as box:
        post = Post(shop, f"smtp+plain://127.0.0.1:{box.port}")
        number = shop.order(customer=CustomerRef(name="Ada", email="ada@example.com"))
        message_id = shop.run(draft_message, number=number, template="order_received", language="zh")
        body = "您好\n.\n.. dots\n" + "x" * 2000 + "\nконец"
        shop.run(edit_message, message_id=message_id, subject="Заказ №1 — готов " * 8, body=body)
        shop.run(send_message, message_id=message_id, at=post.now)
        assert post.sweep() == 1
    mail = read_mail(box.texts[0].replace(b"\r\n..", b"\r\n."))
    assert mail.get_content().strip() == body
    assert mail["Subject"] == ("Заказ №1 — готов " * 8).strip()


def test_a_server_that_is_busy_is_tried_again_later_and_later_then_given_up(shop):
    with serving(Behaviour(replies={"MAIL": "451 come back later"})) as box:
        post = Post(shop, f"smtp+plain://127.0.0.1:{box.port}")
        post.queue()
        pauses = []
        while post.states() == ["queued"]:
            assert post.sweep() == 0
            assert post.sweep() == 0  # not before its time
            (row,) = shop.ask("SELECT send_after FROM messages")
            pauses.append(row.send_after - post.now)
            post.now = max(post.now, row.send_after)
    (kept,) = post.kept()
    assert (kept.state, kept.attempts) == ("failed", MOST_ATTEMPTS)
    assert "451 come back later" in kept.error
    assert [pause // timedelta(minutes=1) for pause in pauses[:-1]] == [1, 2, 4, 8, 16, 32, 60]
    assert shop.kinds(kept.number)[-1] == "message.failed"
    assert box.texts == []


def test_who_cannot_be_reached_at_all_is_tried_again(shop):
    with serving(Behaviour()) as box:
        port = box.port
    post = Post(shop, f"smtp+plain://127.0.0.1:{port}")
    post.queue(3)
    assert post.sweep() == 0
    assert post.states() == ["queued"] * 3
    assert all("refused" in kept.error for kept in post.kept())


@pytest.mark.parametrize("replies", [{"RCPT": "550 no such person"}, {"MAIL": "553 not you"}])
def test_a_final_no_is_told_at_once_and_the_others_go_on(shop, replies):
    with serving(Behaviour(replies=replies)) as box:
        post = Post(shop, f"smtp+plain://127.0.0.1:{box.port}")
        post.queue(2)
        assert post.sweep() == 0
    assert post.states() == ["failed", "failed"]
    assert all(next(iter(replies.values()))[:3] in kept.error for kept in post.kept())


def test_a_message_that_is_refused_after_its_text_is_told(shop):
    with serving(Behaviour(at_data=lambda _text: "554 looks like spam")) as box:
        post = Post(shop, f"smtp+plain://127.0.0.1:{box.port}")
        post.queue()
        post.sweep()
    assert post.states() == ["failed"]
    assert "spam" in post.kept()[0].error


def test_what_may_have_gone_out_is_not_sent_again_but_told(shop):
    with serving(Behaviour(at_data=lambda _text: "")) as box:  # taken, and the line is cut before the answer
        post = Post(shop, f"smtp+plain://127.0.0.1:{box.port}")
        post.queue()
        for _ in range(3):
            post.sweep()
            post.now += timedelta(hours=2)
    (kept,) = post.kept()
    assert (kept.state, kept.error, len(box.texts)) == ("failed", "in_doubt", 1)


def test_a_person_may_send_again_what_is_in_doubt_under_the_same_name(shop):
    answers = iter(["", None])
    with serving(Behaviour(at_data=lambda _text: next(answers))) as box:
        post = Post(shop, f"smtp+plain://127.0.0.1:{box.port}")
        (message_id,) = post.queue()
        post.sweep()
        shop.run(send_message, message_id=message_id, at=post.now)
        assert post.sweep() == 1
    first, second = (read_mail(text)["Message-ID"] for text in box.texts)
    assert first == second
    assert post.states() == ["sent"]


@pytest.mark.parametrize(
    "settings",
    [
        {"mail_url": "ftp://host"}, {"mail_url": "smtp://"}, {"mail_url": "file://relative/x"},
        {"mail_url": "smtp+plain://clerk:secret@host"}, {"mail_url": "file:///out", "mail_from": ""},
        {"mail_from": "nobody"}, {"mail_from": "a@example.com\nBcc: b@example.com"},
    ],
)  # fmt: skip
def test_settings_that_could_send_nothing_are_refused_without_telling_secrets(settings):
    with pytest.raises(ValidationError) as refused:
        Settings(**{"mail_from": "a@example.com", **settings})
    assert "secret" not in str(refused.value)

"""Crashes while sending: nothing goes out twice, nothing is lost without a word."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from oms_core import door
from oms_core.tasks.sending import settle_message
from pipelines.worker import is_running
from tests.integration.tasks.posting import Post, read_mail
from tests.integration.tasks.smtp_server import Behaviour, serving


@pytest.mark.parametrize(("scheme", "expected"), [("file", "sent"), ("smtp+plain", "failed")])
def test_a_crash_between_sending_and_commit_sends_nothing_twice(shop, tmp_path, scheme, expected):
    with serving(Behaviour()) as box:
        address = f"file://{tmp_path}/out" if scheme == "file" else f"smtp+plain://127.0.0.1:{box.port}"
        post = Post(shop, address)
        post.queue()

        def crash(use_case, **facts):
            if use_case is settle_message:
                raise KeyboardInterrupt
            return door.run(shop.sessions, post.system, use_case, at=post.now, **facts)

        with pytest.raises(KeyboardInterrupt):
            post.sweep(crash)
        assert post.states() == ["sending"]
        for _ in range(3):
            post.sweep()
            post.now += timedelta(hours=1)
    sent = len(list((tmp_path / "out").iterdir())) if scheme == "file" else len(box.texts)
    assert (post.states(), sent) == ([expected], 1)


def test_a_crash_before_sending_loses_nothing(shop, tmp_path):
    post = Post(shop, f"file://{tmp_path}/out")
    post.queue()

    def crash(_use_case, **_facts):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        post.sweep(crash)
    assert post.sweep() == 1
    assert post.states() == ["sent"]


def start_worker(shop, home: Path, **settings: str) -> subprocess.Popen:
    engine = shop.sessions.kw["bind"]
    environment = os.environ | {
        "OMS_DATABASE_URL": engine.url.render_as_string(hide_password=False), "OMS_HOME": str(home),
        "OMS_REFRESH_MINUTES": "0", "OMS_MAIL_FROM": "orders@example.com", **settings,
    }  # fmt: skip
    words = [sys.executable, "-c", "from pipelines.cli.main import main; main()", "worker"]
    return subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL)


def wait_until(is_so, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.mark.full
def test_a_worker_killed_while_the_server_has_the_text_leaves_it_sent_once(shop, tmp_path):
    taken = threading.Event()
    workers = []

    def kill(_text: bytes) -> str | None:
        if not taken.is_set():
            taken.set()
            workers[0].kill()
            workers[0].wait()
            return ""
        return None

    with serving(Behaviour(at_data=kill)) as box:
        post = Post(shop, f"smtp+plain://127.0.0.1:{box.port}")
        post.queue(2)
        settings = {"OMS_MAIL_URL": f"smtp+plain://127.0.0.1:{box.port}"}
        workers.append(start_worker(shop, tmp_path, **settings))
        assert taken.wait(60)
        assert post.states() == ["sending", "queued"]
        wait_until(lambda: not is_running(shop.sessions.kw["bind"]))
        workers.append(start_worker(shop, tmp_path, **settings))
        wait_until(lambda: post.states() == ["failed", "sent"])
        workers[1].send_signal(signal.SIGTERM)
        assert workers[1].wait(30) == 0
    assert len({read_mail(text)["Message-ID"] for text in box.texts}) == len(box.texts) == 2
    assert post.kept()[0].error == "in_doubt"


@pytest.mark.full
def test_workers_killed_again_and_again_write_every_file_exactly_once(shop, tmp_path):
    out = tmp_path / "out"
    post = Post(shop, f"file://{out}")
    post.queue(60)
    kills = 0

    def written() -> int:
        return len(list(out.glob("*.eml")))

    while set(post.states()) != {"sent"}:
        assert kills < 40
        enough = written() + 5
        worker = start_worker(shop, tmp_path, OMS_MAIL_URL=f"file://{out}")
        wait_until(lambda: written() >= enough or set(post.states()) == {"sent"})  # noqa: B023 - at once
        worker.kill()
        worker.wait()
        wait_until(lambda: not is_running(shop.sessions.kw["bind"]))
        kills += 1
    print(f"{kills} kills")  # noqa: T201 - told by pytest -s
    assert (post.states(), written()) == (["sent"] * 60, 60)

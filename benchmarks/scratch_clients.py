"""Browsers without a screen: they sign in by the form and speak Streamlit's own protocol over its web socket."""

import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


async def sign_in(address: str, login: str, password: str) -> str:
    """Sign in as people do; returns the header of the cookie. Raises ``SystemExit`` where the door stays shut."""
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        form = dict(_HIDDEN.findall((await client.get("/login")).text))
        answer = await client.post("/login", data=form | {"login": login, "password": password},
                                   headers={"Origin": address})  # fmt: skip
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise SystemExit(f"{login} could not sign in: {answer.status_code}")
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


class ButtonRow(NamedTuple):
    """Buttons to choose one of; ``part`` is the fragment of the page that runs for a click, empty for all of it."""

    identity: str
    words: list[str]
    part: str


@dataclass
class Window:
    """An open page: the rows of buttons that it shows, by their keys, and what has been chosen in them so far."""

    stream: ClientConnection
    page: str
    query: str = ""
    rows: dict[str, ButtonRow] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def opened(cls, address: str, cookie: str, page: str) -> "Window":
        """Connect, and have the page run for the first time."""
        stream = await connect(
            address.replace("http", "ws") + "/_stcore/stream", subprotocols=["streamlit"], origin=address,
            additional_headers={"Cookie": cookie}, max_size=None, ping_interval=None,
        )  # fmt: skip
        window = cls(stream, page)
        await window.run()
        return window

    async def choose(self, row: str, place: int) -> float:
        """Click a button of a row; returns the seconds until the page is whole again."""
        words = self.rows[row].words
        self.chosen[row] = words[place % len(words)]
        return await self.run(self.rows[row].part)

    async def run(self, part: str = "") -> float:
        """Have the page, or a part of it, run with what is chosen; returns the seconds it took to arrive whole."""
        asked = BackMsg()
        asked.rerun_script.fragment_id = part
        asked.rerun_script.page_name, asked.rerun_script.query_string = self.page, self.query
        for row, word in self.chosen.items():
            state = asked.rerun_script.widget_states.widgets.add(id=self.rows[row].identity)
            state.string_array_value.data.append(word)
        began = time.perf_counter()
        await self.stream.send(asked.SerializeToString())
        while self._goes_on(await self.stream.recv()):
            pass
        return time.perf_counter() - began

    async def close(self) -> None:
        """Leave."""
        with suppress(OSError):
            await self.stream.close()

    def _goes_on(self, message: str | bytes) -> bool:
        """Take in a message; false once the page is whole. Raises ``SystemExit`` where the page shows an error."""
        told = ForwardMsg.FromString(message if isinstance(message, bytes) else message.encode())
        kind = told.WhichOneof("type")
        if kind == "page_info_changed":
            self.query = told.page_info_changed.query_string
        if kind == "delta" and told.delta.HasField("new_element"):
            element = told.delta.new_element
            if element.HasField("exception"):
                raise SystemExit(f"the page failed: {element.exception.message}")
            if element.HasField("button_group"):
                row = element.button_group
                words = [option.content for option in row.options]
                self.rows[row.id.split("-", 2)[-1]] = ButtonRow(row.id, words, told.delta.fragment_id)
        return kind != "script_finished"

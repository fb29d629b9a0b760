"""A trial of conditions in a process of its own: nothing that one of them does can hold up or bring down the shop.

Run as a script by ``cel``. Reads ``{"expressions", "patterns", "contexts"}`` from stdin as JSON, tells for each
expression and each pattern how it went: ``[outcome, message, milliseconds]``.
"""

import json
import resource
import sys
import time

from oms_core.workflow import cel_engine as cel

ROUNDS = 3
_SECONDS, _BYTES = 4, 2 << 30


def main() -> int:
    """Try what stdin names and tell stdout how it went."""
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    asked = json.load(sys.stdin)
    contexts = [cel.Context(variables) for variables in asked["contexts"]]
    tried = [_try(text, contexts) for text in asked["expressions"]]
    sample = [cel.Context({"text": "a" * 200})]
    patterns = [_try(f"text.matches({json.dumps(one)})", sample) for one in asked["patterns"]]
    json.dump({"expressions": tried, "patterns": patterns}, sys.stdout)
    return 0


def _try(text: str, contexts: list[cel.Context]) -> tuple[str, str, float]:
    """The slowest context at its quickest, in processor time."""
    try:
        program = cel.compile(text)
    except BaseException as error:  # noqa: BLE001 - a panic of the library is no Exception
        return "syntax", str(error), 0.0
    slowest = 0.0
    for context in contexts:
        rounds = []
        for _ in range(ROUNDS):
            begun = time.thread_time()
            try:
                found = program.execute(context)
            except BaseException as error:  # noqa: BLE001 - a panic of the library is no Exception
                return "error", f"{type(error).__name__}: {error}", 0.0
            rounds.append((time.thread_time() - begun) * 1000)
        if not isinstance(found, bool):
            return "type", type(found).__name__, 0.0
        slowest = max(slowest, min(rounds))
    return "fine", "", slowest


if __name__ == "__main__":
    raise SystemExit(main())

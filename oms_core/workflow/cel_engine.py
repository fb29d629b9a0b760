"""The engine of conditions without the command line of its package: that one's imports take a fifth of a second."""

import sys
from types import ModuleType

sys.modules.setdefault("cel.cli", ModuleType("cel.cli"))

from cel import Context, Program, compile  # noqa: A004, E402 - the engine's own name

__all__ = ["Context", "Program", "compile"]

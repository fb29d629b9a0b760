"""What `make test` tries of a long list: a sample of it; the whole list is tried by `make accept`."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def sampled(cases: Iterable[Any], wanted: int | Callable[[Any], bool]) -> list[Any]:
    """Every ``wanted``-th of the cases, or those it is true of, as they are; the others marked `full`."""
    listed = list(cases)
    quick = [place % wanted == 0 if isinstance(wanted, int) else wanted(case) for place, case in enumerate(listed)]
    return [
        case if is_quick else pytest.param(case, marks=pytest.mark.full)
        for case, is_quick in zip(listed, quick, strict=True)
    ]

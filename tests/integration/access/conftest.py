"""Fixtures of people and sign-ins."""

import pytest
from signing_in import set_password


@pytest.fixture
def sessions(fresh_sessions):
    """A shop whose administrator has a password."""
    set_password(fresh_sessions, "admin")
    return fresh_sessions

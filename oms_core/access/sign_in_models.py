"""Tables of signing in: sessions, API tokens, attempts; secrets are kept as SHA-256 hashes only."""

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, foreign


class AuthSession(Base):
    """Somebody signed in from one browser; it ends when revoked, expired or idle too long."""

    __tablename__ = "auth_sessions"
    __table_args__ = (Index("ix_auth_sessions_user_id", "user_id"),)

    id: Mapped[BigId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[int] = foreign("users.id")
    created_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    address: Mapped[str] = mapped_column(String(45), default="", server_default="")
    user_agent: Mapped[str] = mapped_column(String(300), default="", server_default="")


class ApiToken(Base):
    """A program's key to act as a user, with no more than ``scopes`` (permission codes; null: all the user has).

    ``prefix`` is the beginning of the token, by which people tell tokens apart.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (Index("ix_api_tokens_user_id", "user_id"),)

    id: Mapped[BigId]
    user_id: Mapped[int] = foreign("users.id")
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str] | None] = mapped_column(ARRAY(String(40)))
    created_at: Mapped[Instant]
    created_by: Mapped[int] = foreign("users.id")
    expires_at: Mapped[Instant | None]
    last_used_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]


class SignInAttempt(Base):
    """One try to sign in, for slowing down who guesses; ``login`` as typed, lower case, known or not."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("ix_sign_in_attempts_login", "login", "occurred_at"),
        Index("ix_sign_in_attempts_address", "address", "occurred_at"),
    )

    id: Mapped[BigId]
    login: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(45))
    occurred_at: Mapped[Instant]
    succeeded: Mapped[bool] = mapped_column(server_default=text("false"))

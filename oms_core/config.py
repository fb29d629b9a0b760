"""Settings: what the environment decides, read once at a door and passed in."""

import os
import re
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_SENDER = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_DRIVER = "postgresql+psycopg2://"


def listed(words: str) -> list[str]:
    """Part a setting that lists words separated by commas."""
    return [word.strip() for word in words.split(",") if word.strip()]


def default_home() -> Path:
    """Name the folder of this installation's data: the machine's for root, the user's own for anyone else."""
    if os.geteuid() == 0:
        return Path("/var/lib/cadence")
    data_home = Path(os.environ.get("XDG_DATA_HOME", ""))
    # The XDG specification says that a relative path is to be ignored.
    return (data_home if data_home.is_absolute() else Path.home() / ".local" / "share") / "cadence"


class Settings(BaseSettings):
    """Every setting by its environment variable ``OMS_<NAME>``; an empty variable counts as unset."""

    model_config = SettingsConfigDict(env_prefix="OMS_", env_ignore_empty=True, frozen=True, hide_input_in_errors=True)

    database_url: str | None = Field(default=None, repr=False)
    """None means the embedded Postgres under ``home``; otherwise an SQLAlchemy URL for psycopg2."""
    home: Path = Field(default_factory=default_home)
    marts_url: str = ""
    """A folder or an object store (``s3://…``); unset: ``marts`` under ``home``."""
    shared: Path = Path("../shared")
    """Data sets for tests and benchmarks; relative to the folder the process was started in."""
    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    refresh_minutes: int = Field(default=15, ge=0, le=1440)
    """How often the worker brings the marts up to date; 0: never."""
    dask_scheduler: str | None = Field(default=None, pattern=r"^(tcp|tls)://\S+:\d+$")
    """Where forecasts of a large assortment are made: ``tcp://host:8786``; unset: on this machine."""
    mail_url: SecretStr = SecretStr("")
    """Where messages to customers go: ``file:///folder``, ``smtp://user:password@host:587`` (STARTTLS), ``smtps://…``
    or ``smtp+plain://host:25`` (a relay on this machine or a network of one's own). Unset: they wait."""
    mail_from: str = ""
    """In whose name: ``Shop <orders@example.com>``; needed with ``mail_url``."""
    cookie_secret: SecretStr | None = None
    """Signs what a browser keeps while it signs in; unset: made at the first start and kept under ``home``."""
    session_idle_minutes: int = Field(default=12 * 60, ge=1, le=60 * 24 * 366)
    """Who does nothing for so long is signed out."""
    session_hours: int = Field(default=14 * 24, ge=1, le=24 * 366)
    """Who signed in so long ago signs in again, whatever they did."""
    public_url: str = ""
    """Where people open Cadence from other machines: ``https://orders.example.com``; ``https`` makes cookies Secure."""
    allowed_hosts: str = ""
    """Further names, separated by commas, that ``Host`` may ask for beside this computer's own and the public one."""
    trusted_proxies: str = ""
    """Addresses or networks, separated by commas, whose ``X-Forwarded-For`` is believed; of nobody else it is."""
    oidc_issuer: str = ""
    """The identity provider (OpenID Connect) by its issuer address; unset: people sign in with a password alone."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_label: str = "OpenID Connect"
    """What the button on the sign-in page calls the provider."""

    @field_validator("database_url")
    @classmethod
    def _name_the_driver(cls, url: str | None) -> str | None:
        if url is None:
            return url
        scheme, separator, rest = url.partition("://")
        if not separator or scheme not in {"postgres", "postgresql", _DRIVER.removesuffix("://")}:
            raise ValueError("must start with postgresql:// or postgres://")
        try:
            make_url(_DRIVER + rest)
        except (ValueError, ArgumentError):
            # Neither cause nor text is passed on: the part at fault may be of the password.
            raise ValueError(
                "must be postgresql://user:password@host:port/database; "
                "write / : @ # % of a password as %2F %3A %40 %23 %25"
            ) from None
        return _DRIVER + rest

    @field_validator("mail_url")
    @classmethod
    def _name_a_carrier(cls, url: SecretStr) -> SecretStr:
        parts = urlsplit(url.get_secret_value())
        is_folder = parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc
        is_plain = parts.scheme == "smtp+plain" and parts.password is None
        is_server = (parts.scheme in {"smtp", "smtps"} or is_plain) and bool(parts.hostname)
        if url.get_secret_value() and not (is_folder or is_server):
            raise ValueError(
                "must be file:///folder, smtp://user:password@host:587, smtps://user:password@host:465 or, without "
                "a password, smtp+plain://host:25"
            )
        return url

    @field_validator("mail_from")
    @classmethod
    def _name_a_sender(cls, sender: str) -> str:
        if sender and (not sender.isprintable() or not _SENDER.fullmatch(parseaddr(sender)[1])):
            raise ValueError("must be an address of e-mail: Shop <orders@example.com>")
        return sender

    @field_validator("public_url")
    @classmethod
    def _name_an_origin(cls, url: str) -> str:
        parts = urlsplit(url.rstrip("/"))
        if url and (parts.scheme not in {"http", "https"} or not parts.hostname or parts[2:] != ("", "", "")):
            raise ValueError("must be the address alone, as https://orders.example.com")
        return url.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _name_networks(cls, proxies: str) -> str:
        for proxy in listed(proxies):
            ip_network(proxy, strict=False)  # its ValueError says what is no address
        return proxies

    @field_validator("home")
    @classmethod
    def _make_absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @model_validator(mode="after")
    def _ask_for_a_sender(self) -> Self:
        if self.mail_url.get_secret_value() and not self.mail_from:
            raise ValueError("OMS_MAIL_URL needs OMS_MAIL_FROM, the address that messages come from")
        return self

    @model_validator(mode="after")
    def _keep_marts_at_home(self) -> Self:
        if not self.marts_url:
            object.__setattr__(self, "marts_url", str(self.home / "marts"))  # frozen, but still being built
        return self

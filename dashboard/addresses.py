"""Addresses: which names are ours, who really calls, and where one may be sent after signing in."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from oms_core.config import Settings, listed

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Addresses:
    """The names this installation answers to, and the proxies it believes."""

    names: frozenset[str]
    public_origin: str
    trusted: tuple[IPv4Network | IPv6Network, ...]

    @property
    def is_secure(self) -> bool:
        """Tell whether people reach us by TLS, so that cookies may be kept from plain connections."""
        return self.public_origin.startswith("https://")

    def knows(self, host: str) -> bool:
        """Tell whether ``Host`` asks for one of our names; a foreign one is a DNS name rebound to us."""
        name = _parts(f"//{host}").hostname
        return name is not None and "@" not in host and name.rstrip(".") in self.names

    def is_own(self, origin: str, host: str) -> bool:
        """Tell whether a page of ours sent the request: its origin is the public one, or the very host it asks."""
        parts = _parts(origin)
        if origin == self.public_origin:
            return True
        is_public_name = parts.hostname == _parts(self.public_origin).hostname
        return bool(parts.netloc) and parts.netloc == host and not (self.is_secure and is_public_name)

    def caller(self, scope: Scope) -> str:
        """Address of who calls: the socket's, or the nearest one a trusted proxy names that is no such proxy."""
        nearest: str = (scope.get("client") or ("", 0))[0]
        named = [part.strip() for part in Headers(scope=scope).get("x-forwarded-for", "").split(",")]
        while self._trusts(nearest) and named and _address(named[-1]) is not None:
            nearest = named.pop()
        return nearest

    def _trusts(self, address: str) -> bool:
        found = _address(address)
        return found is not None and any(found in network for network in self.trusted)


def addresses_of(settings: Settings) -> Addresses:
    """Read the names and proxies from the settings."""
    public = _parts(settings.public_url)
    extra: Iterable[str] = [*listed(settings.allowed_hosts), public.hostname or ""]
    names = LOOPBACK_NAMES | {name.lower().rstrip(".") for name in extra if name}
    networks = tuple(ip_network(proxy, strict=False) for proxy in listed(settings.trusted_proxies))
    return Addresses(names=names, public_origin=settings.public_url, trusted=networks)


def own_path(wanted: str | None) -> str:
    """The path of ours that ``next`` names, else ``/``: never another site, and never the sign-in itself again."""
    if not wanted or not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted:
        return "/"
    if not wanted.isprintable() or _parts(wanted).netloc or len(wanted) > 2000:
        return "/"
    path = _parts(wanted).path
    return "/" if path.startswith(("/login", "/logout", "/password", "/auth/", "/api/")) else wanted


def _parts(address: str) -> SplitResult:
    """Part an address; one that makes no sense has no parts, so it is nobody's."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None

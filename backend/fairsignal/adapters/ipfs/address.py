"""Where a Kubo daemon listens: multiaddr or URL, as people write it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from fairsignal.domain.errors import BadInput

__all__ = ["KuboAddress", "parse_address"]


@dataclass(frozen=True, slots=True)
class KuboAddress:
    """An RPC API's address, as ``ipfshttpclient`` takes it."""

    multiaddr: str
    """E.g. ``/ip4/127.0.0.1/tcp/5001/http``."""
    auth: tuple[str, str] | None = field(default=None, repr=False)
    """User and password for HTTP basic authentication."""


def parse_address(text: str) -> KuboAddress:
    """Read ``/ip4/127.0.0.1/tcp/5001`` or ``http://[user:password@]127.0.0.1:5001``.

    Raises:
        BadInput: neither.
    """
    if text.startswith("/"):
        return KuboAddress(text)
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port or 5001
    except ValueError:
        host, port = None, 0
    # Never repeats the text: it may hold a password.
    if host is None or url.scheme not in ("http", "https") or url.path.strip("/"):
        raise BadInput(
            "The address of the IPFS daemon is neither a multiaddr nor a plain http(s) URL.",
            remedy="Set FAIRSIGNAL_IPFS_API like /ip4/127.0.0.1/tcp/5001 or http://127.0.0.1:5001.",
            code="bad-ipfs-api",
        )
    try:
        kind = f"ip{ipaddress.ip_address(host).version}"
    except ValueError:
        kind = "dns"
    auth = (unquote(url.username), unquote(url.password or "")) if url.username else None
    return KuboAddress(f"/{kind}/{host}/tcp/{port}/{url.scheme}", auth)

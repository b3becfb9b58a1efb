"""The address of the service, as somebody has typed it."""

from __future__ import annotations

import httpx

from elumenta_tui.api.environment import is_loopback
from elumenta_tui.api.errors import BadUrl


def checked_url(text: str) -> httpx.URL:
    """Return the address without what is added to every request. Raises BadUrl if it cannot be used."""
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, ValueError):
        raise BadUrl("it is no address") from None
    if url.scheme not in ("https", "http") or not url.host:
        raise BadUrl("it has to begin with https://")
    if url.port is not None and not 0 < url.port < 65536:
        raise BadUrl("its port is none")
    if url.userinfo or url.query or url.fragment:
        raise BadUrl("it may have neither a user name nor ? or #")
    if url.scheme == "http" and not is_loopback(url.host):
        raise BadUrl("plain http would show the key to everyone on the way; use https")
    # The documentation writes the address with this ending, which is also added to every request.
    path = url.path.rstrip("/")
    for ending in ("/api/v2", "/api"):
        if path.endswith(ending):
            return url.copy_with(path=path.removesuffix(ending) or "/")
    return url

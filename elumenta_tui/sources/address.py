"""The web addresses that may be fetched: public ones, over https, on its own port, without a password."""

from __future__ import annotations

import ipaddress
import re

import httpx

from elumenta_tui.sources.results import Reason, RefusedSource
from elumenta_tui.text.sanitize import clean, clean_line

LONGEST = 4000
"""Characters of an address."""

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_GLOBAL_6 = ipaddress.ip_network("2000::/3")
"""All addresses of IPv6 that are given out for the public internet are in it."""
_NOT_GLOBAL_6 = [
    ipaddress.ip_network(text)
    # Protocols of IETF, among them Teredo; documentation; 6to4, which holds an address of IPv4.
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""Addresses of IPv4 as a network without IPv4 reaches them (NAT64)."""
_NOT_GLOBAL_4 = [ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("192.88.99.0/24")]
"""Protocols of IETF, of which Python counts a few as global, and relays of 6to4."""

_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)
"""Matches the last label of a host that resolvers read as a number: `2130706433`, `0177.0.0.1` and `0x7f.1` are 127.0.0.1."""
_SCHEME = re.compile("[a-z][a-z0-9+.-]*:(?![0-9])", re.IGNORECASE)
"""Matches the beginning of an address with a scheme, unlike that of a host with a port."""
_LOCAL_NAMES = (
    ".localhost",
    ".local",
    ".internal",
    ".lan",
    ".home",
    ".corp",
    ".home.arpa",
    ".intranet",
    ".onion",
)
"""Domains that are private by their name, whatever a name server says of them."""


def checked(text: str) -> httpx.URL | RefusedSource:
    """Return an address that may be fetched if its host is public, without its fragment; or the reason why not."""
    text = text.strip()
    # Characters that `clean` changes are invisible: they make an address another one than the user sees.
    if (
        not text
        or len(text) > LONGEST
        or clean(text) != text
        or any(character.isspace() for character in text)
    ):
        return RefusedSource.of(Reason.BAD_URL)
    if not _SCHEME.match(text):
        text = f"https://{text}"
    try:
        url = httpx.URL(text)
        host = url.host
        url.raw_host.decode("ascii")
    except (httpx.InvalidURL, ValueError, TypeError):
        return RefusedSource.of(Reason.BAD_URL)
    if url.scheme != "https":
        return RefusedSource.of(Reason.NOT_HTTPS, scheme=clean_line(url.scheme, 20))
    if not host:
        return RefusedSource.of(Reason.BAD_URL)
    if url.userinfo:
        return RefusedSource.of(Reason.CREDENTIALS)
    if url.port not in (None, 443):
        return RefusedSource.of(Reason.PORT, port=url.port or 0)
    literal = address_of(host)
    name = host.lower().rstrip(".")
    if literal is None and (
        _NUMBER.fullmatch(name.rpartition(".")[2]) or "." not in name or name.endswith(_LOCAL_NAMES)
    ):
        return RefusedSource.of(Reason.NOT_PUBLIC, host=clean_line(host, 100), address=clean_line(host, 100))
    return url.copy_with(fragment=None)


def address_of(host: str) -> IPAddress | None:
    """Return a host as an address if it is written as one in the usual way."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def is_public(address: IPAddress) -> bool:
    """Return whether an address is one of the public internet, also if it stands for another one."""
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped
        if address in _TRANSLATED:
            embedded = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if embedded is not None:
            return is_public(embedded)
        if address.scope_id is not None or address not in _GLOBAL_6:
            return False
        return not any(address in network for network in _NOT_GLOBAL_6)
    # Carrier-grade NAT is neither private nor global to Python; multicast counts as global.
    return (
        address.is_global
        and not address.is_private
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_loopback
        and not address.is_link_local
        and not address.is_unspecified
        and not any(address in network for network in _NOT_GLOBAL_4)
    )

"""Proxies and certificates from this machine's environment.

Read are HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR, in capital or small letters, and the system's
proxy settings on macOS and Windows. httpx would read them as well, but raises exceptions of any kind for values that it
cannot read, when the client is built.
"""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
import sys
import urllib.request
from pathlib import Path

import certifi
import httpx

from elumenta_tui.api.errors import BadCertificates, SetupError

_SCHEMES = {"http": "http", "https": "https", "socks": "socks5", "socks5": "socks5", "socks5h": "socks5h"}
"""Schemes of proxy addresses, and their names in httpx. Desktops write plain `socks`."""

_PORT = re.compile("[0-9]+")
"""Matched as text: Python also reads other digits as numbers, and refuses thousands of them."""


def trust(kind: type[ssl.SSLContext] = ssl.SSLContext) -> ssl.SSLContext:
    """Return a TLS context that trusts the certificates of certifi, or those named by the environment.

    Args:
        kind: The class of the context.

    Raises:
        BadCertificates: The named ones cannot be read; `message` is the variable and the path.
    """
    file, directory = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    name, path = ("SSL_CERT_FILE", file) if file else ("SSL_CERT_DIR", directory)
    context = _context(kind)
    try:
        if file:
            context.load_verify_locations(cafile=file)
        elif directory:
            # OpenSSL treats a missing directory as an empty one.
            if not Path(directory).is_dir():
                raise FileNotFoundError
            context.load_verify_locations(capath=directory)
        else:
            name, path = "certifi", certifi.where()
            context.load_verify_locations(cafile=path)
    except (OSError, ValueError) as exc:
        raise BadCertificates(f"{name}={path}") from exc
    return context


def _context(kind: type[ssl.SSLContext]) -> ssl.SSLContext:
    """Return a context that trusts nobody yet, with the checks of `ssl.create_default_context`.

    That function also obeys SSLKEYLOGFILE: it would silently write secrets that decrypt the connection, and so the API key,
    and fail if the file cannot be opened.
    """
    context = kind(ssl.PROTOCOL_TLS_CLIENT)
    if sys.version_info >= (3, 13):
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    return context


def proxy_for(url: httpx.URL, context: ssl.SSLContext) -> httpx.Proxy | None:
    """Return the proxy for an https address; None if there is none, or it is not for this host.

    Raises:
        SetupError: A proxy is named in a way that cannot be understood; `message` is the variable's name.
    """
    found = urllib.request.getproxies()
    scheme = next((name for name in ("https", "all") if found.get(name)), None)
    if scheme is None or _is_excepted(url, found.get("no", "")):
        return None
    text = found[scheme].strip()
    kind, separator, rest = text.partition("://")
    address = f"{_SCHEMES.get(kind.lower(), '')}://{rest}" if separator else f"http://{text}"
    try:
        parsed = httpx.URL(address)
        if not parsed.scheme or not parsed.host or not 0 < (parsed.port or 1) < 65536:
            raise ValueError
        return httpx.Proxy(parsed, ssl_context=context if parsed.scheme == "https" else None)
    except (httpx.InvalidURL, ValueError) as exc:
        # Chain no value: it may hold a password.
        raise SetupError(_variable(scheme)) from exc


def _variable(scheme: str) -> str:
    """Return the variable that names a proxy, as the user has spelled it."""
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    return next((name for name in names if os.environ.get(name)), names[1])


def _is_excepted(url: httpx.URL, exceptions: str) -> bool:
    """Return whether a host is reached directly: this machine, and whatever NO_PROXY or the system names.

    NO_PROXY lists hosts, domains (with their subdomains), addresses and networks, each with an optional port; `*` means
    all.
    """
    host = url.host.lower()
    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return True
    return any(_excepts(entry, host, url.port or 443) for entry in re.split(r"[\s,]+", exceptions.lower()))


def _excepts(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    name, _, wanted = entry.rpartition(":")
    if _PORT.fullmatch(wanted) and (":" not in name or name.endswith("]")):
        if wanted.lstrip("0") != str(port):
            return False
        entry = name
    entry = entry.strip("[]").removeprefix("*").removeprefix(".")
    if not entry:
        return False
    if host == entry or host.endswith(f".{entry}"):
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Return whether a host, in small letters, is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

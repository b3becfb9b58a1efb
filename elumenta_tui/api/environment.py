"""What this machine's environment says about the way to the service: proxies and certificates.

The same variables as everywhere: HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR, small letters too, and the
system's proxy settings on macOS and Windows. httpx would read them as well, but what it can't read ends in exceptions of
any kind, when the client is built.
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
"""What a proxy's address may begin with, and what httpx calls it. Desktops write plain `socks`."""

_PORT = re.compile("[0-9]+")
"""Compared as text: Python takes other digits for numbers too, and refuses to read thousands of them."""


def trust() -> ssl.SSLContext:
    """Whom to trust: the certificates that come with certifi, or those that the environment names.

    Raises:
        BadCertificates: the named ones can't be read; `message` is the variable and the path.
    """
    file, directory = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    name, path = ("SSL_CERT_FILE", file) if file else ("SSL_CERT_DIR", directory)
    context = _context()
    try:
        if file:
            context.load_verify_locations(cafile=file)
        elif directory:
            # OpenSSL takes a directory that is not there for an empty one.
            if not Path(directory).is_dir():
                raise FileNotFoundError
            context.load_verify_locations(capath=directory)
        else:
            name, path = "certifi", certifi.where()
            context.load_verify_locations(cafile=path)
    except (OSError, ValueError) as exc:
        raise BadCertificates(f"{name}={path}") from exc
    return context


def _context() -> ssl.SSLContext:
    """A context that trusts nobody yet, with the checks of `ssl.create_default_context`.

    That one would also obey SSLKEYLOGFILE: write down, without a word, what decrypts the connection and so the API key; and end
    the program if the file can't be opened.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.version_info >= (3, 13):
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    return context


def proxy_for(url: httpx.URL, context: ssl.SSLContext) -> httpx.Proxy | None:
    """The proxy through which an https address is reached; None if there is none, or it is not for this host.

    Raises:
        SetupError: a proxy is named, but not in a way that can be understood; `message` is the variable's name.
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
        # Its value may hold a password.
        raise SetupError(_variable(scheme)) from exc


def _variable(scheme: str) -> str:
    """The name under which the user will find that proxy."""
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    return next((name for name in names if os.environ.get(name)), names[1])


def _is_excepted(url: httpx.URL, exceptions: str) -> bool:
    """Whether a host is reached directly: this machine, and whatever NO_PROXY or the system names.

    NO_PROXY lists hosts, domains (with their subdomains), addresses and networks, each perhaps with a port; `*` is all.
    """
    host = url.host.lower()
    if host == "localhost" or _is_loopback(host) or urllib.request.proxy_bypass(host):
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


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

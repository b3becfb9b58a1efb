"""Whatever the environment says, the client is built, or one sentence says why not."""

from __future__ import annotations

import os
import string
import tempfile
from pathlib import Path
from random import Random
from unittest import mock

from elumenta_tui.api import ApiError, ElumentaClient
from tests.fuzz import fuzz

_NAMES = (
    "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC", "HOME", "PYTHONHTTPSVERIFY",
)  # fmt: skip
_PIECES = (
    "http://", "https://", "socks5://", "socks5h://", "socks4://", "ftp://", "://", ":", "@", "[", "]", "[::1]", "host",
    "127.0.0.1", "elumenta.ru", "*", ".", ",", " ", "/", "8080", "0", "-1", "99999", "1" * 5000, "²", "٣", "１", "é", "ß",
    "xn--", "a" * 300, "%", "%zz", "%00", "\\", "#", "?", "\x01", "\x7f", "\udcff", "user:pass@", "10.0.0.0/8", "/dev/null",
    "/nowhere/file", "/etc/passwd", "~",
)  # fmt: skip


@fuzz(rounds=40)
def any_environment(random: Random) -> None:
    with tempfile.TemporaryDirectory() as directory:
        environ = {}
        for name in random.sample(_NAMES, random.randint(1, 5)):
            pieces = random.choices(
                (*_PIECES, random.choice(string.printable.replace("\0", ""))), k=random.randint(0, 5)
            )
            environ[random.choice((name, name.lower()))] = "".join(pieces)
        if "SSLKEYLOGFILE" in environ:
            environ["SSLKEYLOGFILE"] = os.path.join(directory, random.choice(("keys", "no/such/place")))
        with mock.patch.dict(os.environ, environ, clear=random.random() < 0.5):
            problem: ApiError | None = None
            try:
                ElumentaClient("nb_0123456789012345678901", "https://elumenta.ru")
            except ApiError as error:
                problem = error
        assert problem is None or problem.kind != "proxy" or problem.message.upper() in _NAMES
        assert not list(Path(directory).iterdir())

"""Proxies and certificates as the environment names them: they work, or they are one sentence."""

from __future__ import annotations

import asyncio
import inspect
import shutil
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import certifi
import httpx
import pytest

from elumenta_tui.api import (
    ApiError,
    BadCertificates,
    ConnectionLost,
    ElumentaClient,
    NoConnection,
    ProxyRefused,
    SetupError,
    TlsFailed,
)
from elumenta_tui.api.environment import proxy_for, trust
from elumenta_tui.chat.failure import Billing
from elumenta_tui.config.settings import Settings
from tests.api.test_client import ask, closed_port
from tests.chatting import account_at, chat_app, chatting, hurry
from tests.service import KEY, Service
from tests.thorough import thorough

FAR = "https://elumenta.test"
"""No name server knows it: only a proxy reaches it."""

NEEDS_OPENSSL = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl to make a certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a certificate for `elumenta.test` in the file c, and its key in k."""
    directory = tmp_path_factory.mktemp("tls")
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout k -out c"
    make += " -subj /CN=elumenta.test -addext subjectAltName=DNS:elumenta.test,DNS:localhost"
    subprocess.run(make.split(), cwd=directory, check=True, capture_output=True)
    return directory


@asynccontextmanager
async def tls_service(certificate: Path) -> AsyncIterator[Service]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate / "c", certificate / "k")
    async with Service(tls=tls) as service:
        yield service


# ------------------------------------------------------------------------------------------------------- proxies


@dataclass
class Proxy:
    """A proxy on the loopback that leads everybody to one port, whatever host they ask for."""

    target: int
    silent: bool = False
    """It takes connections and never says a word."""
    refusal: bytes = b""
    """What it says instead of connecting."""
    asked: list[str] = field(default_factory=list)
    """The hosts that it was asked for."""
    port: int = 0
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            try:
                first = await reader.readexactly(1)
                if self.silent:
                    await reader.read()
                if await (self._socks if first == b"\x05" else self._http)(first, reader, writer):
                    await self._lead(reader, writer)
            finally:
                await _close(writer)

    async def _socks(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await reader.readexactly((await reader.readexactly(1))[0])
        writer.write(b"\x05\x00")
        version, command, _, kind = await reader.readexactly(4)
        assert (version, command, kind) == (5, 1, 3)
        host = await reader.readexactly((await reader.readexactly(1))[0])
        (port,) = struct.unpack(">H", await reader.readexactly(2))
        self.asked.append(f"{host.decode()}:{port}")
        writer.write(self.refusal or b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        return not self.refusal

    async def _http(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = first + await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.decode().split(" ")[1])
        writer.write(self.refusal or b"HTTP/1.1 200 Connected\r\n\r\n")
        return not self.refusal

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)

        async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):
                while data := await source.read(65536):
                    target.write(data)
                    await target.drain()
                target.write_eof()

        try:
            await asyncio.gather(copy(reader, back), copy(there, writer))
        finally:
            await _close(back)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


@thorough
@NEEDS_OPENSSL
@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("HTTPS_PROXY", "http://"),
        ("https_proxy", ""),
        ("ALL_PROXY", "socks5://"),
        ("all_proxy", "socks5h://"),
        ("ALL_PROXY", "SOCKS://"),
    ],
)
async def test_proxies_of_every_kind_work(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, name: str, scheme: str
) -> None:
    async with tls_service(certificate) as service, Proxy(service.port) as proxy:
        monkeypatch.setenv(name, f"{scheme}127.0.0.1:{proxy.port}")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "c"))
        async with asyncio.timeout(10), ElumentaClient(KEY, FAR) as client:
            assert (await client.balance()).tokens == 300
            assert (await ask(client)).complete
        assert set(proxy.asked) == {"elumenta.test:443"}


@thorough
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "http://[::1"),
        ("https_proxy", "http://"),
        ("ALL_PROXY", "socks4://127.0.0.1:9"),
        ("all_proxy", "ftp://me:secret-77@127.0.0.1"),
        ("HTTPS_PROXY", "http://host:99999"),
        ("HTTPS_PROXY", "http://host:port"),
        ("HTTPS_PROXY", "://"),
        ("HTTPS_PROXY", "http://\x01"),
        ("HTTPS_PROXY", "http://host:²"),
        ("HTTPS_PROXY", "http://host:" + "8" * 5000),
    ],
)
def test_a_proxy_that_is_no_address_is_one_error_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SetupError) as caught:
        ElumentaClient(KEY)
    assert (caught.value.kind, caught.value.message) == ("proxy", name)
    assert caught.value.billing is Billing.NOTHING_SENT
    assert "secret-77" not in f"{caught.value!r}{caught.value.args}"


@pytest.mark.parametrize(
    "exceptions",
    [
        "*",
        "elumenta.ru",
        ".elumenta.ru",
        "*.elumenta.ru",
        "a.b, API.elumenta.ru",
        "x api.elumenta.ru:443",
        "ru",
    ],
)
def test_no_proxy_names_what_is_reached_directly(monkeypatch: pytest.MonkeyPatch, exceptions: str) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", exceptions)
    assert proxy_for(httpx.URL("https://api.elumenta.ru"), ssl.create_default_context()) is None


@thorough
@pytest.mark.parametrize(
    "exceptions",
    [
        "",
        "[::1]",
        "::1",
        "[",
        "]:5",
        "elumenta.ru.evil",
        "lumenta.ru",
        "api.elumenta.ru:8443",
        "10.0.0.0/8,a/b",
        "api.elumenta.ru:²",
        "api.elumenta.ru:" + "4" * 5000,
        ",,",
    ],
)
def test_what_no_proxy_does_not_name_goes_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch, exceptions: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", exceptions)
    assert proxy_for(httpx.URL("https://api.elumenta.ru"), ssl.create_default_context()) is not None


@thorough
@pytest.mark.parametrize(
    ("url", "exceptions"),
    [
        ("https://localhost:1", ""),
        ("https://127.0.0.1", ""),
        ("https://[::1]:8443", ""),
        ("https://10.1.2.3", "10.0.0.0/8"),
        ("https://[fd00::1]", "[fd00::1]"),
        ("https://[fd00::1]", "[fd00::1]:443"),
        ("https://[fd00::1]", "fd00::/16"),
    ],
)
def test_addresses_and_networks_are_excepted_and_this_machine_always(
    monkeypatch: pytest.MonkeyPatch, url: str, exceptions: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", exceptions)
    assert proxy_for(httpx.URL(url), ssl.create_default_context()) is None


@thorough
@pytest.mark.parametrize(
    ("scheme", "refusal", "says"),
    [
        ("http", b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "HTTP 407"),
        ("http", b"HTTP/1.1 502 nb_live_0123456789abcdefghij\r\n\r\n", "HTTP 502"),
        ("socks5", b"\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00", ""),
    ],
)
async def test_a_proxy_that_refuses_has_sent_nothing(
    monkeypatch: pytest.MonkeyPatch, scheme: str, refusal: bytes, says: str
) -> None:
    async with Proxy(0, refusal=refusal) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
        async with ElumentaClient(KEY, FAR) as client:
            outcome = await ask(client)
    assert isinstance(outcome.error, ProxyRefused)
    assert (outcome.error.message, outcome.error.billing) == (says, Billing.NOTHING_SENT)


@thorough
@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_says_nothing_is_a_connection_that_takes_too_long(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    async with Proxy(0, silent=True) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
        async with ElumentaClient(KEY, FAR, connect_timeout=0.3) as client:
            outcome = await ask(client)
    assert isinstance(outcome.error, NoConnection)
    assert outcome.error.message == f"the connection timed out (proxy 127.0.0.1:{proxy.port})"
    assert outcome.error.billing is Billing.NOTHING_SENT


@thorough
@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    address = f"127.0.0.1:{closed_port()}"
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://me:secret-77@{address}")
    async with ElumentaClient(KEY, FAR) as client:
        outcome = await ask(client)
    assert isinstance(outcome.error, NoConnection)
    assert outcome.error.message.endswith(f"(proxy {address})")
    assert "secret-77" not in str(outcome.error)


async def test_plain_http_to_this_machine_never_goes_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{closed_port()}")
    async with Service() as service, asyncio.timeout(5), ElumentaClient(KEY, service.url) as client:
        assert (await client.balance()).tokens == 300


# --------------------------------------------------------------------------------------------------- certificates


@thorough
@pytest.mark.parametrize("place", ["keys.log", "no/such/directory/keys.log"])
@pytest.mark.parametrize(
    "trusted", [{}, {"SSL_CERT_FILE": ssl.get_default_verify_paths().cafile or certifi.where()}]
)
def test_the_secrets_of_a_connection_are_never_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, trusted: dict[str, str]
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / place))
    for name, value in trusted.items():
        monkeypatch.setenv(name, value)
    context = trust()
    assert not context.keylog_filename
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    ElumentaClient(KEY)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSL_CERT_FILE", "/nowhere/ca.pem"),
        ("SSL_CERT_FILE", "/"),
        ("SSL_CERT_FILE", __file__),
        ("SSL_CERT_DIR", "/nowhere"),
        ("SSL_CERT_DIR", __file__),
    ],
)
def test_certificates_that_can_not_be_read_are_one_error_that_names_them(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadCertificates) as caught:
        ElumentaClient(KEY)
    assert caught.value.message == f"{name}={value}"


@NEEDS_OPENSSL
async def test_an_untrusted_certificate_is_told_and_no_request_is_sent(certificate: Path) -> None:
    async with tls_service(certificate) as service:
        async with ElumentaClient(KEY, f"https://localhost:{service.port}") as client:
            outcome = await ask(client)
        assert not service.requests
    assert isinstance(outcome.error, TlsFailed)
    assert (outcome.error.kind, outcome.error.billing) == ("tls", Billing.NOTHING_SENT)
    assert "certificate" in str(outcome.error)
    assert outcome.error.message


@NEEDS_OPENSSL
async def test_a_certificate_for_another_host_is_not_trusted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "c"))
    async with tls_service(certificate) as service:
        async with ElumentaClient(KEY, f"https://localhost:{service.port}") as client:
            assert (await client.balance()).tokens == 300
        async with ElumentaClient(KEY, service.url) as client:
            outcome = await ask(client)
        assert len(service.requests) == 1
    assert isinstance(outcome.error, TlsFailed)


async def test_a_server_that_takes_the_connection_and_says_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with (
        Proxy(0, silent=True) as silent,
        ElumentaClient(KEY, f"https://127.0.0.1:{silent.port}", connect_timeout=0.3) as client,
    ):
        outcome = await ask(client)
    assert isinstance(outcome.error, NoConnection)
    assert (outcome.error.message, outcome.error.billing) == (
        "the connection timed out",
        Billing.NOTHING_SENT,
    )
    assert inspect.signature(ElumentaClient).parameters["connect_timeout"].default == 15.0


@thorough
@NEEDS_OPENSSL
@pytest.mark.parametrize("name", ["PYTHONHTTPSVERIFY", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("value", ["", "0"])
async def test_no_variable_switches_the_check_off(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    async with tls_service(certificate) as service:
        with pytest.raises(ApiError):
            async with ElumentaClient(KEY, f"https://localhost:{service.port}") as client:
                await client.balance()
        assert not service.requests


async def test_a_server_without_tls_is_told_as_that() -> None:
    async with Service() as service:
        async with ElumentaClient(KEY, service.url.replace("http:", "https:")) as client:
            outcome = await ask(client)
        assert not service.requests
    assert isinstance(outcome.error, NoConnection)
    assert outcome.error.billing is Billing.NOTHING_SENT


@thorough
@pytest.mark.parametrize("talk", [b"", b"SSH-2.0-OpenSSH_9.2\r\n"], ids=["closed", "ssh"])
async def test_a_handshake_that_is_cut_has_sent_nothing(talk: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(talk)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, ElumentaClient(KEY, f"https://localhost:{port}") as client:
        outcome = await ask(client)
    assert isinstance(outcome.error, NoConnection)
    assert outcome.error.billing is Billing.NOTHING_SENT
    assert str(outcome.error)


# ------------------------------------------------------------------------------------------------------ in the app

SENTENCES: list[tuple[str, str, str, str]] = [
    ("ALL_PROXY", "socks4://127.0.0.1:9", "en", "The proxy in ALL_PROXY cannot be used"),
    ("HTTPS_PROXY", "http://[::1", "ru", "Прокси из HTTPS_PROXY использовать нельзя"),
    (
        "SSL_CERT_FILE",
        "/nowhere/ca.pem",
        "en",
        "The certificates in SSL_CERT_FILE=/nowhere/ca.pem cannot be read",
    ),
    ("SSL_CERT_DIR", "/nowhere", "ru", "Не удалось прочитать сертификаты: SSL_CERT_DIR=/nowhere"),
]


@thorough
@pytest.mark.parametrize(("name", "value", "language", "sentence"), SENTENCES)
async def test_the_app_starts_all_the_same_and_says_it_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, language: str, sentence: str
) -> None:
    from elumenta_tui import i18n

    monkeypatch.setenv(name, value)
    i18n.use(language)
    app = chat_app(account_at(FAR), tmp_path, settings=Settings(language=language), sleep=hurry)
    async with chatting(app) as chat:
        await chat.sees(sentence)
        await chat.ask("hi")
        await chat.sees(sentence[:1].lower() + sentence[1:])
        assert chat.app.prompt.text == "hi"


async def test_a_connection_that_breaks_before_the_body_left_has_sent_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As behind a proxy that hangs up: what was never sent can't have been billed."""

    class Breaking(httpx.AsyncBaseTransport):
        pulls = False

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if self.pulls:
                assert isinstance(request.stream, httpx.AsyncByteStream)
                async for _ in request.stream:
                    pass
            raise httpx.ReadError("")

    breaking = Breaking()
    monkeypatch.setattr(httpx.AsyncClient, "_transport_for_url", lambda self, url: breaking)
    async with ElumentaClient(KEY) as client:
        assert isinstance((await ask(client)).error, NoConnection)
        breaking.pulls = True
        error = (await ask(client)).error
        assert isinstance(error, ConnectionLost)
        assert isinstance(error, ApiError)
        assert error.billing is Billing.UNKNOWN

"""A page is fetched once, from the public internet only, and becomes readable text; everything else has a reason."""

from __future__ import annotations

import asyncio
import gzip
import ipaddress
import shutil
import socket
import zlib
from pathlib import Path

import pytest

from elumenta_tui.sources import page
from elumenta_tui.sources.address import is_public
from elumenta_tui.sources.page import BYTES, PUBLIC, Network, fetch_page
from elumenta_tui.sources.results import CHARACTERS, Note, NoteKind, Reason, RefusedSource, Text
from tests.sources.web import Tunnel, Web, answer, listening, make_certificate, web
from tests.thorough import thorough

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl to make a certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("tls")
    make_certificate(directory)
    return directory


@pytest.fixture(autouse=True)
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "c"))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


async def refusal(url: str, here: Web | None = None, **options) -> RefusedSource:
    taken = await fetch_page(url, network=here.network if here else PUBLIC, **options)
    assert isinstance(taken, RefusedSource), taken
    return taken


async def text_of(url: str, here: Web) -> Text:
    taken = await fetch_page(url, network=here.network)
    assert isinstance(taken, Text), taken
    return taken


def redirect(location: str, status: str = "302 Found") -> bytes:
    return answer("", "text/html", status, f"Location: {location}")


# ------------------------------------------------------------------------------------------------------------ the page


PAGE = """<!DOCTYPE html><html><head><title>A  page</title><style>p { color: red }</style><script>alert(1)</script></head>
<body><nav><a href=/>Home</a></nav><h1>Heading</h1><p>Text with <a href="/x">a link</a>,<br>&lt;b&gt; and <code>code</code>.
<ul><li>one<li>two <ol><li>first</ol></ul><pre><code class="language-python">if x:\n    y()\n</code></pre>
<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table><blockquote><p>Said</p></blockquote>
<p hidden>secret orders</p><div style="display: none">more orders</div><template>none</template>
<ul><li hidden>orders<li>three</ul><p hidden>orders<p>End</body></html>"""

TEXT = """# Heading

Text with a link,
<b> and `code`.

- one
- two
  1. first

```python
if x:
    y()
```

a | b
1 | 2

> Said

- three

End"""


@thorough
async def test_a_page_becomes_text_with_its_title(certificate: Path):
    async with web(certificate, a=answer(PAGE)) as here:
        assert await text_of("https://page.test/a#part", here) == Text("A page", TEXT, "markdown")


@thorough
async def test_the_server_sees_one_request_without_anything_of_the_user(certificate: Path, monkeypatch):
    monkeypatch.setenv("ELUMENTA_API_KEY", "nb_secret")
    async with web(certificate, a=answer("<p>x", "text/html", "200 OK", "Set-Cookie: a=b")) as here:
        await text_of("page.test/a", here)
        await text_of("page.test/a", here)
        assert here.looked_up == ["page.test"] * 2
        expected = (
            "GET /a HTTP/1.1\r\nHost: page.test\r\nUser-Agent: Mozilla/5.0 (compatible; elumenta-tui)\r\n"
            "Accept: text/html, text/markdown, text/plain, application/json;q=0.9, */*;q=0.1\r\n"
            "Accept-Encoding: gzip, deflate\r\nConnection: close\r\n\r\n"
        )
        assert here.requests == [expected] * 2


@thorough
async def test_a_fence_cannot_be_left(certificate: Path):
    async with web(certificate, a=answer("<pre>```\nout</pre>")) as here:
        assert (await text_of("https://page.test/a", here)).text == "````\n```\nout\n````"


@thorough
async def test_a_page_with_a_main_part_is_reduced_to_it(certificate: Path):
    body = f"<header>Banner</header><main><p>{'word ' * 60}</main><footer>Imprint</footer>"
    async with web(certificate, a=answer(body)) as here:
        text = (await text_of("https://page.test/a", here)).text
    assert text == ("word " * 60).strip()


@thorough
@pytest.mark.parametrize(
    ("content_type", "language"),
    [
        ("text/plain; charset=utf-8", ""),
        ("text/markdown", "markdown"),
        ("application/json", "json"),
        ("application/problem+json", "json"),
    ],
)
async def test_other_texts_stay_as_they_are(certificate: Path, content_type: str, language: str):
    async with web(certificate, a=answer('{"a": "<b>"}', content_type)) as here:
        name = "https://page.test/a"
        assert await text_of("https://page.test/a", here) == Text(name, '{"a": "<b>"}', language)


@thorough
@pytest.mark.parametrize(
    "content_type", ["image/png", "application/octet-stream", "application/pdf", "", "video/mp4"]
)
async def test_other_contents_are_refused_by_name(certificate: Path, content_type: str):
    async with web(certificate, a=answer("x", content_type)) as here:
        assert await refusal("https://page.test/a", here) == RefusedSource.of(
            Reason.UNSUPPORTED, kind=content_type
        )


@thorough
@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        ("<p>Привет, мир".encode("cp1251"), "text/html; charset=windows-1251"),
        ("<p>Привет, мир".encode("koi8-r"), "text/html; Charset='KOI8-R'"),
        ('<meta charset="windows-1251"><p>Привет, мир'.encode("cp1251"), "text/html"),
        (
            '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>Привет, мир'.encode(
                "koi8-r"
            ),
            "text/html",
        ),
        ("\ufeff<p>Привет, мир".encode("utf-16-le"), "text/html; charset=koi8-r"),
        ("<p>Привет, мир".encode(), "text/html"),
        ("<p>Привет, мир".encode("cp1251"), "text/html"),
        ("<p>Привет, мир".encode(), "text/html; charset=idna"),
    ],
)
async def test_charsets_are_those_of_the_mark_the_header_the_page_or_a_guess(
    certificate: Path, data: bytes, content_type: str
):
    async with web(certificate, a=answer(data, content_type)) as here:
        assert (await text_of("https://page.test/a", here)).text == "Привет, мир"


@thorough
async def test_nothing_of_a_page_can_write_the_terminal(certificate: Path):
    body = "<title>a&#27;]0;x&#7;</title><p>b\x1b[31mc&#x202e;d\x9b2J"
    async with web(certificate, a=answer(body)) as here:
        text = await text_of("https://page.test/a", here)
    assert (text.name, text.text) == ("a]0;x", "b[31mc⟦RLO⟧d2J")


@thorough
async def test_an_empty_page_and_an_error_are_reasons(certificate: Path):
    async with web(certificate, a=answer("<script>x</script>")) as here:
        assert await refusal("https://page.test/a", here) == RefusedSource.of(Reason.EMPTY)
        assert await refusal("https://page.test/none", here) == RefusedSource.of(Reason.STATUS, status=404)


# ---------------------------------------------------------------------------------------------------------- the bounds


@thorough
async def test_a_long_page_is_cut_and_that_is_said(certificate: Path):
    line = "line of a log\n"
    body = line * (BYTES // len(line) + 1000)
    async with web(certificate, a=answer(body, "text/plain")) as here:
        text = await text_of("https://page.test/a", here)
    assert CHARACTERS * 0.9 < len(text.text) <= CHARACTERS
    assert [note.kind for note in text.notes] == [NoteKind.CUT, NoteKind.BYTES_CUT]


def packed(body: bytes, encoding: str = "gzip") -> bytes:
    return answer(body, "text/plain", "200 OK", f"Content-Encoding: {encoding}")


async def test_a_packed_page_is_unpacked_up_to_the_bound(certificate: Path):
    async with web(
        certificate,
        a=packed(gzip.compress("Привет".encode())),
        b=packed(zlib.compress("Привет".encode()), "deflate"),
        bomb=packed(gzip.compress(b"x\n" * 100_000_000, 1)),
        noise=packed(b"\x1f\x8bnoise"),
        br=packed(b"x", "br"),
    ) as here:
        assert (await text_of("https://page.test/a", here)).text == "Привет"
        assert (await text_of("https://page.test/b", here)).text == "Привет"
        assert NoteKind.BYTES_CUT in [
            note.kind for note in (await text_of("https://page.test/bomb", here)).notes
        ]
        assert await refusal("https://page.test/noise", here) == RefusedSource.of(Reason.DAMAGED, kind="gzip")
        assert await refusal("https://page.test/br", here) == RefusedSource.of(Reason.UNSUPPORTED, kind="br")


async def test_packed_bytes_that_unpack_to_nothing_have_a_bound_too(certificate: Path):
    empty = b"\x1f\x8b\x08\x10\0\0\0\0\0\xff" + b"c" * (3 * BYTES)
    async with web(certificate, a=packed(empty)) as here:
        assert await refusal("https://page.test/a", here) == RefusedSource.of(Reason.TOO_LARGE, limit=BYTES)


async def test_a_server_that_never_ends_is_given_up(certificate: Path):
    async with web(certificate) as here:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
        here.pages = {"/%E2%80%A6": head, "/body%E2%80%A6": head + b"\r\nbegun"}
        for path in ("…", "body…"):
            assert await refusal(f"https://page.test/{path}", here, seconds=0.5) == RefusedSource.of(
                Reason.TOO_SLOW, seconds=0
            )


async def test_a_name_server_that_never_answers_is_given_up():
    async def silent(host: str) -> list[str]:
        await asyncio.Event().wait()
        return []

    taken = await fetch_page("https://page.test/", network=Network(resolve=silent), seconds=0.2)
    assert taken == RefusedSource.of(Reason.TOO_SLOW, seconds=0)


@thorough
@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"\0" * 1000,
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/9 x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"a" * 500_000,
    ],
)
async def test_a_server_that_speaks_something_else_is_a_reason(certificate: Path, response: bytes):
    async with web(certificate, a=response) as here:
        assert (await refusal("https://page.test/a", here)).reason is Reason.NO_CONNECTION


# ----------------------------------------------------------------------------------------------------------- redirects


@thorough
async def test_redirects_are_followed_and_said(certificate: Path):
    async with web(
        certificate,
        a=redirect("/b", "301 Moved"),
        b=redirect("//other.test/c"),
        c=redirect("d"),
        d=answer("<p>There"),
    ) as here:
        text = await text_of("https://page.test/a", here)
        assert (text.text, text.notes) == (
            "There",
            (Note.of(NoteKind.REDIRECTED, url="https://other.test/d"),),
        )
        assert here.looked_up == ["page.test", "page.test", "other.test", "other.test"]
        assert [head.split("\r\n")[1] for head in here.requests[1:3]] == [
            "Host: page.test",
            "Host: other.test",
        ]


async def test_a_fourth_redirect_is_refused(certificate: Path):
    async with web(certificate, a=redirect("/a")) as here:
        assert await refusal("https://page.test/a", here) == RefusedSource.of(Reason.REDIRECTS, limit=3)
        assert len(here.requests) == 4


@thorough
@pytest.mark.parametrize(
    ("location", "refused"),
    [
        ("http://page.test/b", RefusedSource.of(Reason.NOT_HTTPS, scheme="http")),
        ("file:///etc/passwd", RefusedSource.of(Reason.NOT_HTTPS, scheme="file")),
        ("https://page.test:8443/b", RefusedSource.of(Reason.PORT, port=8443)),
        ("https://me:secret@page.test/b", RefusedSource.of(Reason.CREDENTIALS)),
        ("https://10.0.0.1/b", RefusedSource.of(Reason.NOT_PUBLIC, host="10.0.0.1", address="10.0.0.1")),
        ("https://[fe80::1]/b", RefusedSource.of(Reason.NOT_PUBLIC, host="fe80::1", address="fe80::1")),
        (
            "https://2130706433/b",
            RefusedSource.of(Reason.NOT_PUBLIC, host="2130706433", address="2130706433"),
        ),
        (
            "https://inside.test/b",
            RefusedSource.of(Reason.NOT_PUBLIC, host="inside.test", address="192.168.1.1"),
        ),
    ],
)
async def test_every_redirect_is_checked_as_the_first_address_was(
    certificate: Path, location: str, refused: RefusedSource
):
    async with web(certificate, a=redirect(location)) as here:
        here.addresses["inside.test"] = ["192.168.1.1"]
        assert await refusal("https://page.test/a", here) == refused
        assert len(here.requests) == 1


# ------------------------------------------------------------------------------------------------------- the addresses


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", Reason.BAD_URL),
        ("https://", Reason.BAD_URL),
        ("https://a b.test/", Reason.BAD_URL),
        ("https://pa\u200bge.test/", Reason.BAD_URL),
        ("javascript:alert(1)", Reason.NOT_HTTPS),
        ("file:/etc/passwd", Reason.NOT_HTTPS),
        ("localhost:8080/x", Reason.PORT),
        ("https://page.test:x/", Reason.BAD_URL),
        ("https://[::1", Reason.BAD_URL),
        ("https://page.test/" + "a" * 5000, Reason.BAD_URL),
        ("http://page.test/", Reason.NOT_HTTPS),
        ("ftp://page.test/", Reason.NOT_HTTPS),
        ("file:///etc/passwd", Reason.NOT_HTTPS),
        ("https://page.test:80/", Reason.PORT),
        ("https://page.test:22/", Reason.PORT),
        ("https://me@page.test/", Reason.CREDENTIALS),
        ("https://me:secret@page.test/", Reason.CREDENTIALS),
        ("https://localhost/", Reason.NOT_PUBLIC),
        ("https://LOCALHOST./", Reason.NOT_PUBLIC),
        ("https://router.local/", Reason.NOT_PUBLIC),
        ("https://intranet/", Reason.NOT_PUBLIC),
        ("https://metadata.google.internal/", Reason.NOT_PUBLIC),
        ("https://2130706433/", Reason.NOT_PUBLIC),
        ("https://0x7f000001/", Reason.NOT_PUBLIC),
        ("https://0x7f.1/", Reason.NOT_PUBLIC),
        ("https://0177.0.0.1/", Reason.BAD_URL),
        ("https://127.1/", Reason.NOT_PUBLIC),
        ("https://127.0.0.1./", Reason.NOT_PUBLIC),
        ("https://127.0.0.1/", Reason.NOT_PUBLIC),
        ("https://169.254.169.254/latest/meta-data/", Reason.NOT_PUBLIC),
        ("https://100.64.0.1/", Reason.NOT_PUBLIC),
        ("https://[::1]/", Reason.NOT_PUBLIC),
        ("https://[::ffff:127.0.0.1]/", Reason.NOT_PUBLIC),
        ("https://[fe80::1%25eth0]/", Reason.NOT_PUBLIC),
    ],
)
async def test_what_may_not_be_fetched_is_refused_before_any_connection(
    url: str, reason: Reason, monkeypatch
):
    async def nobody(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(page, "_fetch_from", nobody)
    taken = await fetch_page(url)
    assert isinstance(taken, RefusedSource)
    assert taken.reason is reason


@thorough
@pytest.mark.parametrize(
    "address",
    "0.0.0.0 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.9.9.9 169.254.1.1 172.16.0.1 172.31.255.255 192.0.0.8 "
    "192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 "
    "255.255.255.255 :: ::1 ::7f00:1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::1 "
    "100::1 2001::1 2001:db8::1 2002:7f00:1::1 2002:a00:1::1 3fff::1 5f00::1 fc00::1 fd00::1 fe80::1 fec0::1 "
    "ff02::1".split(),
)
def test_addresses_that_are_not_of_the_public_internet(address: str):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", "1.1.1.1 93.184.216.34 100.63.255.255 ::ffff:1.1.1.1 64:ff9b::101:101 2606:4700::1111 2a02:6b8::2:242".split()
)  # fmt: skip
def test_addresses_of_the_public_internet(address: str):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("addresses", [["192.168.0.1"], ["127.0.0.1", "10.0.0.1"], ["::ffff:10.0.0.1"]])
async def test_one_private_address_of_a_name_is_enough_to_refuse_it(certificate: Path, addresses: list[str]):
    async with web(certificate, a=answer("<p>x")) as here:
        here.addresses["page.test"] = addresses
        refused = await refusal("https://page.test/a", here)
        assert refused.reason is Reason.NOT_PUBLIC
        assert ipaddress.ip_address(refused["address"]) == ipaddress.ip_address(addresses[-1])
        assert here.requests == []


@thorough
async def test_a_name_that_changes_its_address_is_asked_once_and_not_followed(certificate: Path, monkeypatch):
    asked = []

    def lookup(host, *args, **kwargs):
        asked.append(host)
        return real(host, *args, **kwargs)

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    async with web(certificate, a=answer("<p>x")) as here:
        await text_of("https://page.test/a", here)
        assert here.looked_up == ["page.test"]
    # Nobody else resolves the name: the connection goes to the address that was checked.
    assert "page.test" not in asked


async def test_no_name_and_no_address_are_reasons(certificate: Path):
    async def unknown(host: str) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    taken = await fetch_page("https://page.test/", network=Network(resolve=unknown))
    assert taken == RefusedSource.of(Reason.UNKNOWN_HOST, host="page.test")
    async with web(certificate) as here:
        here.addresses["page.test"] = []
        assert (await refusal("https://page.test/", here)).reason is Reason.UNKNOWN_HOST


async def test_the_next_address_is_tried_if_one_cannot_be_reached(certificate: Path):
    async with web(certificate, a=answer("<p>x")) as here:
        # Nobody listens there on IPv6.
        here.addresses["page.test"] = ["::1", "127.0.0.1"]
        assert (await text_of("https://page.test/a", here)).text == "x"
        assert len(here.requests) == 1


# ---------------------------------------------------------------------------------------------------- TLS and proxies


async def test_the_certificate_must_be_that_of_the_name(certificate: Path):
    async with web(certificate, a=answer("<p>x")) as here:
        refused = await refusal("https://wrong.test/a", here)
        assert (refused.reason, refused["host"]) == (Reason.TLS, "wrong.test")
        assert here.requests == []


@thorough
async def test_a_certificate_that_nobody_trusts_is_refused(certificate: Path, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    async with web(certificate, a=answer("<p>x")) as here:
        assert (await refusal("https://page.test/a", here)).reason is Reason.TLS


@thorough
async def test_a_proxy_is_given_the_checked_address_and_the_certificate_is_that_of_the_name(
    certificate: Path, monkeypatch
):
    async with web(certificate, a=answer("<p>x")) as here:
        proxy = Tunnel(here.port)
        await through(proxy, here, monkeypatch)


async def through(proxy: Tunnel, here: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(proxy.serve) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        assert (await text_of("https://page.test/a", here)).text == "x"
        assert proxy.asked == [f"127.0.0.1:{here.port}"]
        assert (await refusal("https://wrong.test/a", here)).reason is Reason.TLS
        here.addresses["inside.test"] = ["10.0.0.1"]
        assert (await refusal("https://inside.test/a", here)).reason is Reason.NOT_PUBLIC
        assert len(proxy.asked) == 2


@pytest.mark.parametrize(
    ("name", "value"), [("HTTPS_PROXY", "http://[::1"), ("SSL_CERT_FILE", "/no/such/file")]
)
async def test_what_the_environment_names_wrongly_is_named(
    certificate: Path, monkeypatch, name: str, value: str
):
    monkeypatch.setenv(name, value)
    async with web(certificate, a=answer("<p>x")) as here:
        refused = await refusal("https://page.test/a", here)
        assert refused.reason is Reason.SETUP
        assert str(refused["error"]).startswith(name)


async def test_a_cancelled_page_closes_its_connection(certificate: Path):
    async with web(certificate) as here:
        here.pages["/%E2%80%A6"] = b"HTTP/1.1 200 OK\r\n"
        fetching = asyncio.create_task(fetch_page("https://page.test/…", network=here.network))
        async with asyncio.timeout(20):
            while not here.requests:  # noqa: ASYNC110  the server fulfils it
                await asyncio.sleep(0.01)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching

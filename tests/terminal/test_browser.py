"""Links: the real target is seen first, only the web is opened, and nothing is opened by itself."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elumenta_tui import i18n
from elumenta_tui.process.children import environ_for_children, find_program
from elumenta_tui.terminal.browser import LONGEST, browsers, can_open, examine, open_in_browser
from elumenta_tui.text.sanitize import clean
from elumenta_tui.tui.copying import Copying
from elumenta_tui.tui.screens.link import LinkScreen
from elumenta_tui.tui.widgets.picker import Picker
from tests.chatting import Chat, account_at, chat_app, chatting
from tests.hostile import LINKS, WORST
from tests.service import Service, answer
from tests.thorough import thorough

# -------------------------------------------------------------------------------------------------------- the target


@pytest.mark.parametrize(
    ("href", "address", "host"),
    [
        ("https://good.example", "https://good.example", "good.example"),
        ("HTTP://Good.Example:8080/a?b=c#d", "http://good.example:8080/a?b=c#d", "good.example"),
        ("https://good.example/привет мир", "https://good.example/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82%20%D0%BC%D0%B8%D1%80", "good.example"),
        ("https://good.example/%D0%BF?q=a%20b", "https://good.example/%D0%BF?q=a%20b", "good.example"),
        ("https://[::1]:8000/x", "https://[::1]:8000/x", "[::1]"),
        ("http://127.0.0.1/", "http://127.0.0.1/", "127.0.0.1"),
        ("https://evil.example\\@good.example/x", "https://evil.example/%5C@good.example/x".replace("/%5C", "/"), "evil.example"),
        ("https://evil.example/\\\\good.example", "https://evil.example/%5C%5Cgood.example", "evil.example"),
        ("https://evil.example?@good.example/", "https://evil.example?@good.example/", "evil.example"),
        ("https://evil.example#@good.example/", "https://evil.example#@good.example/", "evil.example"),
        ("https://evil。example/", "https://evil.example/", "evil.example"),
        ("https://a.example/'\"<>`{|}^", "https://a.example/%27%22%3C%3E%60%7B%7C%7D%5E", "a.example"),
        ("https://a.example/$(id);&|x%s", "https://a.example/%24%28id%29%3B%26%7Cx%25s", "a.example"),
        ("https://a.example/?a=1&b=$(id)#c&d=`x`", "https://a.example/?a=1&b=%24%28id%29#c&d=%60x%60", "a.example"),
        ("https://a.example/%PATH%!x*%2", "https://a.example/%25PATH%25%21x%2A%252", "a.example"),
        ("https://faß.de/", "https://xn--fa-hia.de/", "xn--fa-hia.de"),
        ("https://FAẞ.de/", "https://xn--fa-hia.de/", "xn--fa-hia.de"),
        ("https://ｇｏｏｄ.example/", "https://good.example/", "good.example"),
        ("https://☃.example/", "https://xn--n3h.example/", "xn--n3h.example"),
    ],
)  # fmt: skip
def test_an_address_is_taken_apart_as_a_browser_does(href: str, address: str, host: str) -> None:
    target = examine(href)
    assert target.is_web
    assert (target.address, target.host) == (address, host)
    assert target.address[target.host_at :].startswith(target.host)


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "JavaScript://good.example/%0aalert(1)",
        "file:///etc/passwd",
        "file://good.example/x",
        "smb://evil/share",
        "vscode://file/etc/passwd",
        "ms-msdt:/id PCWDiagnostic",
        "data:text/html,<script>",
        "mailto:somebody@good.example",
        "ftp://good.example",
        "view-source:https://good.example",
        "calc.exe",
        "README.md",
        "/etc/passwd",
        "--help",
        "-e",
        "//evil.example/x",
        "\\\\evil\\share",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "https://",
        "https://:80",
        "https://good.example:99999/",
        "https://good.example:8a/",
        "https://goo%64.example/",
        "https://good example/",
        "https://[evil]/",
        "https://-good.example/",
        "https://@/",
        "https://" + "a" * 64 + "é.example",
        "https://good.example/" + "a" * LONGEST,
        "",
        " ",
        "http",
        "\x1b]52;c;QQ==\x07",
    ],
)
async def test_what_is_not_of_the_web_is_not_opened(href: str, browser: Path) -> None:
    target = examine(href)
    assert not target.is_web
    assert clean(target.address) == target.address
    assert await open_in_browser(target) is False
    assert not noted(browser)


def test_a_user_name_that_looks_like_a_host_is_told_apart() -> None:
    target = examine("https://elumenta.ru@evil.example/login")
    assert (target.host, target.user) == ("evil.example", "elumenta.ru")
    target = examine("https://elumenta.ru:443@a@evil.example:8080/")
    assert (target.host, target.user) == ("evil.example", "elumenta.ru:443@a")
    assert target.address == "https://elumenta.ru:443@a@evil.example:8080/"
    assert examine("https://good.example/@user").user == ""


@pytest.mark.parametrize(
    ("href", "host", "letters"),
    [
        ("https://аррӏе.com/", "xn--80ak6aa92e.com", "аррӏе.com"),
        ("https://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com", "аррӏе.com"),
        ("https://президент.рф/новости", "xn--d1abbgf6aiiy.xn--p1ai", "президент.рф"),
        ("https://xn--a.example/", "xn--a.example", ""),
        ("https://xn--99999999999999.example/", "xn--99999999999999.example", ""),
        ("https://good.example/", "good.example", ""),
    ],
)
def test_a_host_of_other_letters_is_shown_in_ascii_too(href: str, host: str, letters: str) -> None:
    target = examine(href)
    assert target.is_web
    assert (target.host, target.letters) == (host, letters)
    assert target.address.isascii()


_SAFE = re.compile(
    r"https?://([A-Za-z0-9._~:@+,=-]|%[0-9A-Fa-f]{2}|/)*(\[[0-9a-f:.]+\])?([A-Za-z0-9._~:/@+,=-]|%[0-9A-Fa-f]{2})*"
    r"([?#]([A-Za-z0-9._~:/@+,=?#&-]|%[0-9A-Fa-f]{2})*)?"
)
"""Nothing that sh, cmd or PowerShell would read as more than a letter, but for `&`, `?` and `#` where they divide an address."""


@given(st.text(st.characters(max_codepoint=0x7F)) | st.text())
def test_an_address_leads_where_it_led_before_it_was_encoded(text: str) -> None:
    target = examine(f"https://good.example/{text}")
    if target.is_web:
        plain = f"/{text}".strip().encode("utf-8", "replace")
        assert unquote_to_bytes(target.address.removeprefix("https://good.example")) == unquote_to_bytes(
            plain
        )


@thorough
@given(st.text(st.characters(categories=["L", "N"], min_codepoint=0x80), min_size=1, max_size=12))
def test_a_host_is_the_one_that_httpx_would_ask(name: str) -> None:
    try:
        asked = httpx.URL(f"https://{name}.example/").raw_host.decode()
    except httpx.InvalidURL:
        return
    assert examine(f"https://{name}.example/").host == asked


@thorough
@given(st.text(st.one_of(st.sampled_from("htps:/\\@?#[]%.xn- \n\t"), st.characters()), max_size=40))
def test_whatever_a_link_says_its_target_is_harmless(text: str) -> None:
    for href in (text, f"https://{text}", f"http://good.example{text}"):
        target = examine(href)
        for shown in (target.address, target.host, target.letters, target.user):
            assert clean(shown) == shown
            assert "\n" not in shown
        if target.is_web:
            assert target.address.isascii()
            assert target.address.startswith(("https://", "http://"))
            assert _SAFE.fullmatch(target.address)
            again = examine(target.address)
            assert (again.address, again.host) == (target.address, target.host)


@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
def test_the_worst_targets_are_harmless_too(text: str) -> None:
    target = examine(f"https://good.example/{text}")
    assert target.host == "good.example"
    assert target.address.isprintable()
    assert not examine(text).is_web


# -------------------------------------------------------------------------------------------------------- the browser


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The only browser of the machine: it notes what it was started with, and in which environment."""
    notes = tmp_path / "notes"
    program = tmp_path / "bin" / "xdg-open"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$#" "$@" >> {notes}\n/usr/bin/env >> {notes}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("ELUMENTA_API_KEY", "nb_secret")
    monkeypatch.setenv("ELUMENTA_BASE_URL", "https://user:secret@elumenta.ru")
    monkeypatch.delenv("BROWSER", raising=False)
    yield notes
    for thread in threading.enumerate():
        if thread.name == "browser":
            thread.join()


def noted(browser: Path) -> str:
    """What the browser was started with; empty if it was not."""
    return browser.read_text() if browser.exists() else ""


async def test_a_browser_gets_the_address_and_not_the_key(browser: Path) -> None:
    assert await open_in_browser(examine("https://good.example/a b;$(id)&c")) is True
    notes = noted(browser)
    assert notes.startswith("1\nhttps://good.example/a%20b%3B%24%28id%29%26c\n")
    assert "DISPLAY=:0" in notes
    assert "ELUMENTA" not in notes
    assert "secret" not in notes


def test_children_know_all_of_the_environment_but_our_part() -> None:
    assert environ_for_children({"PATH": "/bin", "ELUMENTA_API_KEY": "nb_x", "ELUMENTA_HOME": "/h"}) == {
        "PATH": "/bin"
    }


async def test_a_browser_that_fails_or_is_missing_is_told(browser: Path, tmp_path: Path) -> None:
    target = examine("https://good.example/")
    program = tmp_path / "bin" / "xdg-open"
    program.write_text("#!/bin/sh\nexit 3\n")
    assert await open_in_browser(target) is False
    program.write_text("no program at all")
    assert await open_in_browser(target) is False
    program.unlink()
    assert await open_in_browser(target) is False
    assert not noted(browser)


async def test_a_browser_that_stays_open_has_taken_the_address(browser: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "close"
    program = tmp_path / "bin" / "xdg-open"
    program.write_text(f"#!/bin/sh\necho $1 > {browser}\nread line < {fifo}\nexit 1\n")
    os.mkfifo(fifo)
    assert await open_in_browser(examine("https://good.example/"), starting=0.5) is True
    assert noted(browser) == "https://good.example/\n"
    fifo.write_text("close\n")


async def test_the_users_own_browser_is_asked_first(
    browser: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "bin" / "own"
    own.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {browser}\n')
    own.chmod(0o755)
    monkeypatch.setenv("BROWSER", "missing:own --new 'a b' url=%s")
    monkeypatch.setenv("SSH_CONNECTION", "1")
    assert can_open({"PATH": str(own.parent), "BROWSER": "own %s", "SSH_TTY": "x"})
    assert await open_in_browser(examine("https://good.example/")) is True
    assert noted(browser) == "--new|a b|url=https://good.example/|"


async def test_an_address_that_a_shell_would_cut_is_not_given_to_one(
    browser: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = tmp_path / "bin" / "cmd.exe"
    shell.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {browser}\n')
    shell.chmod(0o755)
    monkeypatch.setenv("BROWSER", "cmd.exe /c start")
    monkeypatch.delenv("DISPLAY")
    assert await open_in_browser(examine("https://good.example/?a=1&calc.exe")) is False
    assert await open_in_browser(examine("https://good.example/?a=1")) is True
    assert noted(browser) == "/c|start|https://good.example/?a=1|"


@pytest.mark.parametrize(("platform", "name"), [("linux", "tool"), ("win32", "tool"), ("win32", "tool.exe")])
def test_a_program_is_never_taken_out_of_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, name: str
) -> None:
    here, installed = tmp_path / "here", tmp_path / "installed"
    for directory in (here, installed):
        directory.mkdir()
        for file in ("tool", "tool.exe"):
            (directory / file).write_text("")
            (directory / file).chmod(0o755)
    monkeypatch.chdir(here)
    environ = {"PATH": os.pathsep.join(["", ".", "../here", str(installed)]), "PATHEXT": ".COM;.EXE"}
    found = find_program(name, environ, platform)
    assert found is not None
    assert Path(found).parent == installed
    assert find_program(name, {"PATH": ".", "PATHEXT": ".EXE"}, platform) is None
    assert (find_program("./tool", environ, platform) is None) == (platform == "win32")


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({}, "linux", []),
        ({"DISPLAY": ":0"}, "linux", ["xdg-open", "gio", "x-www-browser"]),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", ["xdg-open", "gio", "x-www-browser"]),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1 2 3 4"}, "linux", []),
        ({"SSH_TTY": "/dev/pts/1"}, "darwin", []),
        ({"SSH_CLIENT": "1 2 3", "BROWSER": "/vscode/browser.sh"}, "linux", ["/vscode/browser.sh"]),
        ({"BROWSER": "lynx:/usr/bin/w3m:'"}, "linux", []),
        ({}, "darwin", ["open"]),
        ({}, "win32", ["rundll32"]),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", ["rundll32.exe", "wslview"]),
    ],
)
def test_a_browser_is_sought_where_the_user_would_see_it(
    environ: dict[str, str], platform: str, expected: list[str]
) -> None:
    assert [command[0] for command in browsers(environ, platform)] == expected
    assert not can_open({**environ, "PATH": "/nowhere"}, platform)


# -------------------------------------------------------------------------------------------------------- in the app


@pytest.fixture(autouse=True)
def no_double_clicks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("elumenta_tui.tui.widgets.transcript_links.SECOND_CLICK", 0.001)


def at(chat: Chat, text: str) -> tuple[int, int]:
    """The cell in the transcript where a text begins."""
    for y, row in enumerate(chat.rows):
        if text in row:
            return row.index(text), y
    raise AssertionError(f"{text!r} is not on the screen\n{chat.screen}")


async def click(chat: Chat, text: str) -> None:
    x, y = at(chat, text)
    await chat.pilot.click("#transcript", offset=(x, y - chat.app.transcript.region.y))
    await chat.pilot.pause(0.01)


async def asked(chat: Chat, service: Service, text: str) -> None:
    service.queue(answer(text))
    await chat.ask("links, please")
    await chat.sees("297 left")


@thorough
async def test_a_click_shows_the_target_and_opens_nothing_yet(tmp_path: Path, browser: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await asked(chat, service, "See [the docs](https://docs.example/page?q=1) for more.")
        await chat.sees("the docs (https://docs.example/page?q=1)")
        await click(chat, "docs (")
        await chat.sees("Open this link?", "https://docs.example/page?q=1", "It leads to docs.example")
        await chat.pilot.press("escape")
        await chat.sees_no("Open this link?")
        await click(chat, "more")
        await click(chat, "See")
        assert len(chat.app.screen_stack) == 1
        assert not noted(browser)
        await click(chat, "https://docs")
        await chat.sees("Open this link?")
        await chat.pilot.press("enter")
        await chat.sees("Opened docs.example in the browser")
        assert noted(browser).startswith("1\nhttps://docs.example/page?q=1\n")
        assert "ELUMENTA" not in noted(browser)


@thorough
async def test_dragging_over_a_link_selects_it(tmp_path: Path, browser: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await asked(chat, service, "See [the docs](https://docs.example/) for more.")
        x, y = at(chat, "the docs")
        y -= chat.app.transcript.region.y
        await chat.pilot.mouse_down("#transcript", offset=(x, y))
        await chat.pilot.hover("#transcript", offset=(x + 7, y))
        await chat.pilot.mouse_up("#transcript", offset=(x + 7, y))
        await chat.pilot.pause()
        assert len(chat.app.screen_stack) == 1
        assert chat.app.screen.get_selected_text() == "the docs"


async def test_the_keyboard_chooses_among_the_links_of_what_it_is_on(tmp_path: Path, browser: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await asked(chat, service, "None here.")
        await chat.pilot.press("ctrl+o")
        await chat.sees("No links outside code")
        await asked(
            chat,
            service,
            "- [**one** first](https://one.example/)\n- https://two.example/x\n\n| a |\n|-|\n| [t](http://three.example) |",
        )
        await chat.pilot.press("ctrl+o")
        await chat.sees(
            "Links", "one first https://one.example/", "https://two.example/x", "t http://three.example"
        )
        await chat.type("three")
        await chat.pilot.press("enter")
        await chat.sees("Open this link?", "It leads to three.example")
        assert not noted(browser)
        await chat.pilot.press("enter")
        await chat.until(lambda: noted(browser))
        await asked(chat, service, "Only [four](https://four.example).")
        await chat.pilot.press("alt+up")
        await chat.pilot.press("f4")
        await chat.sees("It leads to four.example")
        await chat.pilot.press("q")
        # Past the prompt, to the answer before.
        await chat.pilot.press(*["alt+up"] * 2)
        await chat.pilot.press("ctrl+o")
        await chat.sees("one first")
        assert isinstance(chat.app.screen, Picker)


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is copied, instead of copying it."""
    texts: list[str] = []

    async def note(copying: Copying, text: str) -> None:
        texts.append(text)

    monkeypatch.setattr(Copying, "_copy", note)
    return texts


async def test_over_ssh_a_link_is_copied(
    tmp_path: Path, browser: Path, copied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1 2 3 4")
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await asked(chat, service, "[here](https://good.example/a)")
        await click(chat, "here")
        await chat.sees("A link", "No browser can be reached from here", "Enter copy it")
        await chat.pilot.press("enter")
        await chat.until(lambda: copied)
        assert copied == ["https://good.example/a"]
        assert not noted(browser)


async def test_where_the_browser_does_not_start_the_link_is_copied(
    tmp_path: Path, browser: Path, copied: list[str]
) -> None:
    (tmp_path / "bin" / "xdg-open").write_text("#!/bin/sh\nexit 1\n")
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await asked(chat, service, "[here](https://good.example/a)")
        await chat.pilot.press("ctrl+o")
        await chat.sees("Open this link?")
        await chat.pilot.press("enter")
        await chat.sees("No browser could be started")
        assert copied == ["https://good.example/a"]


async def test_every_trick_is_made_plain(tmp_path: Path, browser: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await asked(
            chat,
            service,
            "[https://elumenta.ru](https://elumenta.ru@evil.example/) and [apple](https://аррӏе.com)\n[x](smb://evil/x)",
        )
        await chat.sees("https://elumenta.ru (https://elumenta.ru@evil.example/)")
        await click(chat, "https://elumenta.ru (")
        await chat.sees("elumenta.ru before the @ is only a user name: the link leads to evil.example.")
        await chat.pilot.press("escape")
        await click(chat, "apple")
        await chat.sees("https://xn--80ak6aa92e.com", "It leads to xn--80ak6aa92e.com", "аррӏе.com")
        await chat.pilot.press("escape")
        await click(chat, "x (smb")
        await chat.sees("smb://evil/x", "Only http and https links are opened", "Enter copy it")
        i18n.use("ru")
        await chat.pilot.press("escape")
        await click(chat, "x (smb")
        await chat.sees("Открываются только ссылки http и https")
        assert not noted(browser)


@thorough
async def test_no_link_of_a_hostile_answer_opens_anything_but_the_web(tmp_path: Path, browser: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), (80, 40)) as chat:
        await asked(chat, service, LINKS)
        transcript = chat.app.transcript
        cells = {
            transcript.links.href_at(x, y): (x, y)
            for y in range(transcript.size.height)
            for x in range(transcript.size.width)
        }
        seen = set()
        for href, cell in cells.items():
            await chat.pilot.click(transcript, offset=cell)
            await chat.pilot.pause(0.01)
            assert isinstance(chat.app.screen, LinkScreen) == bool(href)
            if isinstance(chat.app.screen, LinkScreen):
                target = chat.app.screen._target
                assert target.address in "".join(row.strip(" │") for row in chat.rows)
                seen.add((target.address, target.is_web))
                await chat.pilot.press("escape")
                await chat.pilot.pause()
        assert {address for address, is_web in seen if is_web} == {
            "https://elumenta.ru@evil.example",
            "https://good.example/ok",
            "https://xn--80ak6aa92e.com",
            "http://evil.example/i.png",
        }
        assert ("smb://evil/x", False) in seen
        assert not noted(browser)


def test_nothing_but_the_doors_starts_a_program() -> None:
    """Who opens something must come through `browser`, who copies through `clipboard`; `keychain` runs the user's own command,
    `foreground` and `editing` their editor, `pager` their pager, and `groups` what is attached."""
    package = Path(sys.modules["elumenta_tui"].__file__ or "").parent
    starters = {
        path.name
        for path in package.rglob("*.py")
        if any(
            word in path.read_text()
            for word in ("subprocess", "webbrowser", "os.system", "startfile", "open_url")
        )
    }
    assert starters == {
        "browser.py", "clipboard.py", "doctor_terminal.py", "editing.py", "foreground.py", "groups.py", "keychain.py",
        "pager.py",
    }  # fmt: skip

"""The picture on the clipboard comes by the desktop's own tool, or the reason is told apart."""

from __future__ import annotations

import asyncio
import base64
import io
import os
from pathlib import Path

import pytest
from PIL import Image

from elumenta_tui.sources.clipboard import TEXT_BYTES, clipboard_picture, clipboard_text
from elumenta_tui.sources.images import SOURCE_BYTES
from elumenta_tui.sources.results import Picture, Reason, RefusedSource
from tests.thorough import thorough

target = io.BytesIO()
Image.new("RGB", (3, 2), "red").save(target, "PNG")
PNG = target.getvalue()


class Desk:
    """A directory of fake tools, and the environment that finds them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environ = {"PATH": f"{path}:/usr/bin:/bin", "DESK": str(path)}
        (path / "picture").write_bytes(PNG)
        (path / "base64").write_bytes(base64.b64encode(PNG))

    def tool(self, name: str, script: str) -> None:
        program = self.path / name
        program.write_text(f'#!/bin/sh\necho "$@" >> "$DESK/arguments"\n{script}\n')
        program.chmod(0o700)

    def arguments(self) -> list[str]:
        return (self.path / "arguments").read_text().splitlines()

    async def text(self, platform: str = "linux", seconds: float = 20.0) -> str | RefusedSource:
        return await clipboard_text(environ=self.environ, platform=platform, seconds=seconds)

    async def picture(self, platform: str = "linux", seconds: float = 20.0) -> Picture | RefusedSource:
        return await clipboard_picture(environ=self.environ, platform=platform, seconds=seconds)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


WRITE = 'cat "$DESK/picture"'


@pytest.mark.parametrize(
    ("display", "tool", "arguments", "platform"),
    [
        ("WAYLAND_DISPLAY", "wl-paste", "--no-newline --type image/png", "linux"),
        ("DISPLAY", "xclip", "-selection clipboard -target image/png -out", "linux"),
        ("TERM", "pngpaste", "-", "darwin"),
    ],
)
async def test_the_tool_of_each_desktop_is_asked_for_a_picture(
    desk: Desk, display: str, tool: str, arguments: str, platform: str
):
    desk.environ[display] = "localhost:0"
    desk.tool(tool, WRITE)
    picture = await desk.picture(platform)
    assert isinstance(picture, Picture)
    assert (picture.name, picture.media_type, picture.width, picture.height) == (
        "clipboard",
        "image/png",
        3,
        2,
    )
    assert desk.arguments() == [arguments]


@pytest.mark.parametrize("platform", ["linux", "win32"])
async def test_on_windows_and_in_wsl_powershell_is_asked(desk: Desk, platform: str):
    if platform == "win32":
        desk.environ |= {"PATH": str(desk.path), "PATHEXT": ".EXE"}
    desk.environ["WSL_DISTRO_NAME"] = "Debian"
    desk.tool("powershell.exe", '/bin/cat "$DESK/base64"')
    assert isinstance(await desk.picture(platform), Picture)
    assert "-STA" in desk.arguments()[0]


async def test_a_jpeg_is_asked_for_where_there_is_no_png(desk: Desk):
    desk.environ["DISPLAY"] = ":0"
    jpeg = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(jpeg, "JPEG")
    (desk.path / "picture").write_bytes(jpeg.getvalue())
    desk.tool("xclip", f'[ "$4" = image/jpeg ] || exit 1; {WRITE}')
    picture = await desk.picture()
    assert isinstance(picture, Picture)
    assert picture.media_type == "image/jpeg"


async def test_where_no_tool_is_installed_all_that_would_do_are_named(desk: Desk):
    desk.environ |= {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0", "PATH": str(desk.path)}
    assert await desk.picture() == RefusedSource.of(Reason.MISSING_TOOL, tools="wl-paste,xclip")
    assert await desk.picture("darwin") == RefusedSource.of(Reason.MISSING_TOOL, tools="pngpaste")


async def test_without_a_desktop_there_is_no_clipboard(desk: Desk):
    assert await desk.picture() == RefusedSource.of(Reason.NO_DISPLAY)


@pytest.mark.parametrize("display", ["", ":0", "unix:0"])
async def test_over_ssh_the_clipboard_of_this_computer_is_the_wrong_one(desk: Desk, display: str):
    desk.environ |= {"SSH_CONNECTION": "somewhere", "DISPLAY": display, "WSL_DISTRO_NAME": "Debian"}
    for tool in ("xclip", "pngpaste", "powershell.exe"):
        desk.tool(tool, WRITE)
    assert await desk.picture() == RefusedSource.of(Reason.REMOTE)
    assert await desk.picture("darwin") == RefusedSource.of(Reason.REMOTE)
    assert not (desk.path / "arguments").exists()


async def test_over_ssh_a_display_that_came_along_is_the_users(desk: Desk):
    desk.environ |= {"SSH_CONNECTION": "somewhere", "DISPLAY": "localhost:10.0"}
    desk.tool("xclip", WRITE)
    assert isinstance(await desk.picture(), Picture)


@pytest.mark.parametrize("script", ["exit 1", "true", "echo a text", "printf '\\211PNG'", "echo x; exit 1"])
async def test_without_a_picture_on_it_the_clipboard_is_empty(desk: Desk, script: str):
    desk.environ["DISPLAY"] = ":0"
    desk.tool("xclip", script)
    assert await desk.picture() == RefusedSource.of(Reason.EMPTY)


async def test_a_tool_that_hangs_is_given_up(desk: Desk):
    desk.environ["DISPLAY"] = ":0"
    desk.tool("xclip", "exec sleep 600")
    assert await desk.picture(seconds=0.3) == RefusedSource.of(Reason.TOO_SLOW, seconds=0)


async def test_a_tool_that_cannot_be_run_is_a_reason(desk: Desk):
    desk.environ["DISPLAY"] = ":0"
    desk.tool("xclip", "")
    (desk.path / "xclip").write_text("#!/no/such/interpreter\n")
    assert await desk.picture() == RefusedSource.of(Reason.FAILED, error="No such file or directory")


@thorough
async def test_a_tool_that_writes_without_end_is_bounded(desk: Desk):
    desk.environ["DISPLAY"] = ":0"
    desk.tool("xclip", f"{WRITE}; head -c {SOURCE_BYTES + 1} /dev/zero")
    refused = await desk.picture(seconds=60)
    assert refused == RefusedSource.of(Reason.TOO_LARGE, limit=SOURCE_BYTES)


async def test_a_tool_does_not_see_the_key(desk: Desk):
    desk.environ |= {"DISPLAY": ":0", "ELUMENTA_API_KEY": "nb_secret"}
    desk.tool("xclip", f'env > "$DESK/environment"; {WRITE}')
    assert isinstance(await desk.picture(), Picture)
    assert "secret" not in (desk.path / "environment").read_text()


async def test_nothing_is_left_of_a_cancelled_tool(desk: Desk):
    desk.environ["DISPLAY"] = ":0"
    desk.tool("xclip", 'echo $$ > "$DESK/pid"; exec sleep 600')
    reading = asyncio.create_task(desk.picture())
    async with asyncio.timeout(20):
        while not (desk.path / "pid").exists() or not (desk.path / "pid").read_text():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    with pytest.raises(ProcessLookupError):
        os.kill(int((desk.path / "pid").read_text()), 0)


@pytest.mark.parametrize(
    ("display", "tool", "arguments", "platform"),
    [
        ("WAYLAND_DISPLAY", "wl-paste", "--no-newline --type text", "linux"),
        ("DISPLAY", "xclip", "-selection clipboard -target UTF8_STRING -out", "linux"),
        ("DISPLAY", "xsel", "--clipboard --output", "linux"),
        ("TERM", "pbpaste", "", "darwin"),
    ],
)
async def test_the_tool_of_each_desktop_is_asked_for_a_text(
    desk: Desk, display: str, tool: str, arguments: str, platform: str
):
    desk.environ[display] = "localhost:0"
    desk.tool(tool, "printf 'привет\\033[1m\\n'")
    assert await desk.text(platform) == "привет[1m\n"
    assert desk.arguments() == [arguments]


async def test_in_wsl_powershell_is_asked_for_a_text(desk: Desk):
    desk.environ["WSL_DISTRO_NAME"] = "Debian"
    encoded = base64.b64encode("привет".encode()).decode()
    desk.tool("powershell.exe", f"echo {encoded}")
    assert await desk.text() == "привет"


@pytest.mark.parametrize("script", ["exit 1", "true", "echo", WRITE])
async def test_without_a_text_on_it_the_clipboard_is_empty(desk: Desk, script: str):
    desk.environ["DISPLAY"] = ":0"
    desk.tool("xclip", script)
    assert await desk.text() == RefusedSource.of(Reason.EMPTY)


async def test_a_text_is_bounded_in_time_and_size_and_has_no_clipboard_over_ssh(desk: Desk):
    desk.environ["DISPLAY"] = ":0"
    desk.tool("xclip", f"head -c {TEXT_BYTES + 1} /dev/zero | tr '\\0' a")
    assert await desk.text(seconds=60) == RefusedSource.of(Reason.TOO_LARGE, limit=TEXT_BYTES)
    desk.tool("xclip", "exec sleep 600")
    assert await desk.text(seconds=0.3) == RefusedSource.of(Reason.TOO_SLOW, seconds=0)
    desk.environ |= {"SSH_TTY": "/dev/pts/1", "DISPLAY": ""}
    assert await desk.text() == RefusedSource.of(Reason.REMOTE)
    assert await desk.text("darwin") == RefusedSource.of(Reason.REMOTE)

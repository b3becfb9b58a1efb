"""The way to the terminal: it never waits, it keeps little, and it says when the terminal has caught up or is gone."""

from __future__ import annotations

import asyncio
import os
import pty
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from elumenta_tui.terminal import driver_choice
from elumenta_tui.terminal.driver import TerminalDriver
from elumenta_tui.terminal.driver_choice import driver_class
from elumenta_tui.terminal.keyboard import layout_parser
from elumenta_tui.terminal.output import LIMIT, Output, open_nonblocking
from tests.thorough import thorough


@dataclass
class Pty:
    """A terminal that reads when the test reads."""

    screen: int
    inside: int
    news: list[str] = field(default_factory=list)

    def output(self) -> Output:
        return Output(
            self.inside,
            asyncio.get_running_loop(),
            caught_up=lambda: self.news.append("caught up"),
            lost=lambda: self.news.append("lost"),
        )

    def read(self, size: int = 1 << 16) -> bytes:
        return os.read(self.screen, size)

    def hang_up(self) -> None:
        os.close(self.screen)
        self.screen = -1


@pytest.fixture
def tty() -> Iterator[Pty]:
    pair = Pty(*pty.openpty())
    yield pair
    os.close(pair.inside)
    if pair.screen >= 0:
        os.close(pair.screen)


async def drained(tty: Pty, output: Output) -> bytes:
    """Read as a terminal does until nothing waits any more."""
    read = b""
    while output.is_behind or tty.news == []:
        read += await asyncio.to_thread(tty.read)
    return read


async def test_text_goes_out_at_once_or_with_the_next_turn_of_the_loop(tty: Pty) -> None:
    output = tty.output()
    output.write("a")
    output.write("ж\ud800")
    output.flush()
    assert tty.read() == "aж?".encode()
    output.write("b")
    await asyncio.sleep(0)
    assert tty.read() == b"b"
    output.close()


@thorough
async def test_what_the_terminal_does_not_take_waits_in_order_and_within_a_limit(tty: Pty) -> None:
    output = tty.output()
    piece = "x" * (1 << 16)
    for _ in range(100):
        output.write(piece)
        output.flush()
    assert output.is_behind
    assert tty.news == []
    read = await drained(tty, output)
    assert tty.news == ["caught up"]
    while len(read) < LIMIT:
        read += await asyncio.to_thread(tty.read)
    assert read.strip(b"x") == b""
    assert len(read) < LIMIT + 4 * len(piece)
    output.write("end")
    output.flush()
    while not read.endswith(b"end"):
        read += await asyncio.to_thread(tty.read)
    output.close()


async def test_the_last_text_comes_through_to_a_terminal_that_does_not_read(tty: Pty) -> None:
    output = tty.output()
    output.write("x" * LIMIT)
    output.flush()
    output.finish("restored", 0.1)
    output.close()
    read = b""
    while not read.endswith(b"\x1b\\restored"):
        read += await asyncio.to_thread(tty.read)
    assert len(read) < LIMIT


async def test_a_terminal_that_is_gone_is_told_once_and_nothing_raises(tty: Pty) -> None:
    output = tty.output()
    tty.hang_up()
    for text in ("a", "b"):
        output.write(text)
        output.flush()
    output.finish("restored", 0.1)
    assert tty.news == ["lost"]
    output.close()


def test_the_terminal_is_opened_anew_so_that_others_still_wait_for_it(tty: Pty) -> None:
    own = open_nonblocking(tty.inside, os.O_WRONLY)
    assert not os.get_blocking(own)
    assert os.get_blocking(tty.inside)
    os.close(own)


def test_what_can_not_be_opened_anew_is_used_as_it_is() -> None:
    reading, writing = os.pipe()
    own = open_nonblocking(writing, os.O_WRONLY)
    assert own != writing
    assert os.get_blocking(own)
    for descriptor in (own, reading, writing):
        os.close(descriptor)


def test_a_changed_textual_gets_its_own_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    from textual.drivers.linux_driver import LinuxDriver

    assert layout_parser() is not None
    assert driver_class(LinuxDriver) is TerminalDriver
    monkeypatch.setattr(driver_choice, "layout_parser", lambda: None)
    assert issubclass(driver_class(LinuxDriver), LinuxDriver)

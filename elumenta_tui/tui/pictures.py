"""Draws attached pictures below their prompts, if the user wants that: decodes them beside the loop, and gives the transcript their cells."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Literal, NamedTuple, Protocol

from rich.style import Style
from textual.strip import Strip

from elumenta_tui.chat.attachment import Attachment
from elumenta_tui.i18n import say
from elumenta_tui.session import Tasks
from elumenta_tui.sources.extras import has_extra, install_command
from elumenta_tui.sources.thumbnail import Colour, pixels_of, png_of
from elumenta_tui.terminal import kitty_graphics
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets.picture_cells import Grid, grid_of, half_blocks, placeholders

ANSWER_SECONDS = 1.0
"""Seconds in which a terminal says that it draws pictures. One behind a slow line gets half blocks until the next choice."""

MOST_WANTED = 16
"""Pictures that wait to be decoded. More were scrolled past, and are asked for again when they are painted again."""

MOST_KEPT = 48
"""Pictures whose cells are kept."""

CELL_WIDTH, CELL_HEIGHT = 8, 16
"""Pixels of a cell for which pictures are sent to the terminal."""

Way = Literal["", "blocks", "kitty", "asked"]
"""`asked`: the terminal has not answered yet; there is room for the picture already."""


class Key(NamedTuple):
    """What the cells of a picture depend on."""

    digest: str
    grid: Grid
    way: Way
    background: Style
    system: str


class Terminal(Protocol):
    """The terminal, as far as pictures need it."""

    @property
    def colour_system(self) -> str:
        """Rich's name of the colour system; empty for a terminal without colours."""

    @property
    def is_behind(self) -> bool:
        """True if earlier output still waits."""

    def write_to_terminal(self, sequence: str) -> None: ...


class Pictures:
    """Keeps the cells of the pictures that were in view.

    Args:
        mode: returns the user's choice: `off`, `auto`, `blocks` or `kitty`.
        repaint: paints the transcript again; all heights stay.
        reflow: lays the transcript out again, because heights have changed.
    """

    def __init__(
        self,
        tasks: Tasks,
        terminal: Terminal,
        notify_user: NotifyUser,
        *,
        mode: Callable[[], str],
        repaint: Callable[[], None],
        reflow: Callable[[], None],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._tasks = tasks
        self._terminal = terminal
        self._notify_user = notify_user
        self._mode = mode
        self._repaint = repaint
        self._reflow = reflow
        self._environ = environ
        self._has_extra = has_extra("images")
        self._cells: OrderedDict[Key, Sequence[Strip]] = OrderedDict()
        self._wanted: OrderedDict[Key, Attachment] = OrderedDict()
        self._is_decoding = False
        self._decoded: Key | None = None
        """What is being decoded."""
        self._failed: set[str] = set()
        """Digests of pictures that cannot be drawn, and are named only."""
        self._sent: set[int] = set()
        """Numbers of the pictures that the terminal has."""
        self._answer: bool | None = None
        """Whether the terminal draws pictures; None if it was not asked or has not answered."""
        self._is_asked = False
        self._has_answered = asyncio.Event()

    # --------------------------------------------------------------------------------------------------------- choosing

    def explain(self) -> None:
        """Tell the user what is drawn from now on, or what that needs. Asks the terminal again."""
        mode = self._mode()
        self._is_asked, self._answer = False, None
        self._has_answered.clear()
        self._has_extra = has_extra("images")
        if mode == "off":
            self._notify_user(say("images.off"))
        elif not self._has_extra:
            self._notify_user(
                say("images.missing", command=install_command("images")), "warning", lasting=True
            )
        elif not self.way:
            self._notify_user(say("images.no_colour"), "warning")
        else:
            self._notify_user(say("images.on"))

    @property
    def way(self) -> Way:
        """The way in which pictures are drawn now; empty if they are not."""
        mode, system = self._mode(), self._terminal.colour_system
        if mode == "off" or not self._has_extra or not system:
            return ""
        if system == "truecolor" and (
            mode == "kitty" or (mode == "auto" and kitty_graphics.is_known(self._environ))
        ):
            if self._answer is None:
                self._ask()
                return "asked"
            return "kitty" if self._answer else "blocks"
        return "blocks" if mode in ("blocks", "kitty") or system in ("truecolor", "256") else ""

    def _ask(self) -> None:
        if not self._is_asked:
            self._is_asked = True
            self._tasks.start(self._wait_for_answer, "images")

    async def _wait_for_answer(self) -> None:
        self._write(kitty_graphics.query(self._environ))
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._has_answered.wait()
        self._answer = self._has_answered.is_set()
        if not self._answer and self._mode() == "kitty":
            key = "images.no_passthrough" if self._environ.get("TMUX") else "images.no_kitty"
            self._notify_user(say(key), "warning")
        self._repaint()

    def apply_answer(self, text: str) -> None:
        """Note what the terminal has answered."""
        if kitty_graphics.is_answer(text):
            self._has_answered.set()

    # ---------------------------------------------------------------------------------------------------------- drawing

    def height(self, attachment: Attachment, room: int) -> int:
        """Return the rows that a picture takes in so many columns; 0 if it is not drawn. It is the same before it is decoded."""
        grid = self._grid(attachment, room)
        return 0 if grid is None else grid.rows

    def _grid(self, attachment: Attachment, room: int) -> Grid | None:
        if attachment.kind != "image" or attachment.is_lost or attachment.digest in self._failed:
            return None
        return grid_of(attachment.width, attachment.height, room) if self.way else None

    def cells(self, attachment: Attachment, room: int, background: Style) -> Sequence[Strip]:
        """Return the rows of a picture on that background; blank ones until it is decoded, which is begun then."""
        grid = self._grid(attachment, room)
        if grid is None:
            return ()
        way = self.way
        key = Key(attachment.digest, grid, way, background, self._terminal.colour_system)
        if (known := self._cells.get(key)) is not None:
            self._cells.move_to_end(key)
            return known
        if way != "asked" and key != self._decoded:
            self._wanted[key] = attachment
            self._wanted.move_to_end(key)
            while len(self._wanted) > MOST_WANTED:
                self._wanted.popitem(last=False)
            if not self._is_decoding:
                self._is_decoding = True
                self._tasks.start(self._decode, "images")
        return [Strip([], 0)] * grid.rows

    async def _decode(self) -> None:
        """Decode what is wanted, one picture after the other and the newest first."""
        try:
            while self._wanted:
                key, attachment = self._wanted.popitem()
                self._decoded = key
                cells = await (self._sent_cells if key.way == "kitty" else self._block_cells)(key, attachment)
                self._decoded = None
                if cells is None:
                    self._failed.add(key.digest)
                    self._reflow()
                    continue
                self._cells[key] = cells
                while len(self._cells) > MOST_KEPT:
                    self._cells.popitem(last=False)
                self._repaint()
        finally:
            self._is_decoding, self._decoded = False, None

    async def _block_cells(self, key: Key, attachment: Attachment) -> Sequence[Strip] | None:
        def draw() -> Sequence[Strip] | None:
            pixels = pixels_of(attachment.data, key.grid.columns, 2 * key.grid.rows, _colour(key.background))
            return None if pixels is None else half_blocks(pixels, key.grid, key.system)

        return await asyncio.to_thread(draw)

    async def _sent_cells(self, key: Key, attachment: Attachment) -> Sequence[Strip] | None:
        """Send a picture to the terminal, unless it has it, and return its placeholders."""
        grid = key.grid
        number = _number(key.digest, grid)
        if number not in self._sent:
            width = min(attachment.width, CELL_WIDTH * grid.columns)
            height = max(1, round(width * grid.rows * CELL_HEIGHT / (grid.columns * CELL_WIDTH)))
            png = await asyncio.to_thread(png_of, attachment.data, width, height)
            if png is None:
                return None
            pieces = kitty_graphics.transmission(number, png, grid.columns, grid.rows, self._environ)
            for piece in pieces:
                # Keys are echoed between the pieces, and none is dropped.
                # The output tells nobody when it has caught up.
                while self._terminal.is_behind:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                self._write(piece)
                await asyncio.sleep(0)
            self._sent.add(number)
        texts = kitty_graphics.placeholder_rows(grid.columns, grid.rows)
        return placeholders(texts, grid, number, key.background)

    def send_again(self) -> None:
        """Send the pictures in view again, because the terminal was given to another program and has forgotten them."""
        if self._sent:
            self._sent.clear()
            self._cells.clear()
            self._repaint()

    def close(self) -> None:
        """Have the terminal forget the pictures."""
        for number in self._sent:
            self._write(kitty_graphics.removal(number, self._environ))
        self._sent.clear()

    def _write(self, sequence: str) -> None:
        with suppress(RuntimeError):
            self._terminal.write_to_terminal(sequence)


def _colour(style: Style) -> Colour:
    colour = style.bgcolor
    return Colour(*colour.get_truecolor()) if colour is not None else Colour(0, 0, 0)


def _number(digest: str, grid: Grid) -> int:
    """Return the number of a picture in these cells. It is at least 65,536: lower ones are those of other programs, most likely."""
    hashed = sha256(f"{digest} {grid.columns} {grid.rows}".encode()).digest()
    return int.from_bytes(hashed[:3], "big") | 1 << 16

"""The private names of Textual that we rely on: each exists, behaves as described, and is named in one module only."""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import textual
from rich.console import Console
from rich.segment import Segment
from textual import events
from textual.content import Content
from textual.drivers.headless_driver import HeadlessDriver
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Region, Size
from textual.keys import Keys
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.widgets import Static, TextArea

from elumenta_tui.terminal import textual_internals
from elumenta_tui.terminal.textual_internals import (
    ANSI_SEQUENCES_KEYS,
    FUNCTIONAL_KEYS,
    ChopsUpdate,
    CompositorUpdate,
    Edit,
    EditHistory,
    HookedApp,
    HookedDriver,
    HookedScrollView,
    KeyParser,
    LayoutUpdate,
    SteadyScreen,
    SteadyTextArea,
    XTermParser,
    driver_of,
    driver_with_parser,
    end_replacement,
    end_with_failure,
    failure_of,
    forget_dirty_regions,
    is_exiting,
    last_edit,
    loop_of,
    text_removed_by,
)
from tests.syntax import PACKAGE, dotted, nodes, texts, trees
from tests.thorough import thorough

CONSOLE = Console(color_system="truecolor", width=10, height=2)


class Painted(HookedApp[int]):
    """Notes the frames that Textual wants to display, and drops them all if told to."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Any] = []
        self.is_open = True

    def compose(self) -> Iterator[Static]:
        yield Static(Content("before"))

    def accepts_frame(self) -> bool:
        return self.is_open

    def transform_frame(self, renderable: Any) -> Any:
        self.frames.append(renderable)
        return renderable

    def paint(self, text: str) -> None:
        self.screen_stack[0].query_one(Static).update(Content(text))


class TestApp:
    async def test_an_app_has_a_driver_and_a_loop_from_its_start_on(self):
        app = Painted()
        assert driver_of(app) is None
        assert loop_of(app) is None
        async with app.run_test():
            assert isinstance(driver_of(app), HeadlessDriver)
            assert loop_of(app) is asyncio.get_running_loop()

    async def test_an_app_is_exiting_from_exit_on(self):
        app = Painted()
        async with app.run_test():
            assert not is_exiting(app)
            app.exit()
            assert is_exiting(app)

    async def test_every_update_of_the_screen_passes_the_hooks(self):
        app = Painted()
        async with app.run_test() as pilot:
            await pilot.pause()
            app.frames.clear()
            app.paint("after")
            await pilot.pause()
            assert [frame for frame in app.frames if isinstance(frame, ChopsUpdate)]
            assert all(frame is None or isinstance(frame, CompositorUpdate) for frame in app.frames)

    async def test_what_changes_below_other_screens_is_painted_once_or_not_at_all(self):
        class Below(Painted):
            def get_default_screen(self) -> Screen[Any]:
                return SteadyScreen(id="_default")

            def spans(self) -> list[tuple[int, int, int]]:
                return [
                    span for frame in self.frames if isinstance(frame, ChopsUpdate) for span in frame.spans
                ]

        app = Below()
        async with app.run_test(size=(20, 4)) as pilot:
            see_through, opaque = ModalScreen[None](), Screen[None]()
            app.push_screen(see_through)
            await pilot.pause()
            for text in "before", "change", "second":
                app.frames.clear()
                app.paint(text)
                while not any(app.frames):
                    await pilot.pause()
            # The first one was a new layout.
            assert app.spans() == [(0, 0, 20)]
            app.push_screen(opaque)
            await pilot.pause()
            app.frames.clear()
            app.paint("covered")
            await pilot.pause()
            assert not any(app.frames)
            app.pop_screen()
            app.pop_screen()
            await pilot.pause()
            assert "covered" in "".join(frame.render_segments(CONSOLE) for frame in app.frames if frame)

    async def test_a_rejected_update_is_not_displayed(self):
        app = Painted()
        async with app.run_test() as pilot:
            await pilot.pause()
            app.is_open = False
            app.frames.clear()
            app.paint("after")
            await pilot.pause()
            assert app.frames == []

    async def test_an_uncaught_exception_comes_to_the_hook(self):
        class Failing(Painted):
            def handle_failure(self, error: Exception) -> None:
                seen.append(error)
                end_with_failure(self, error)

        seen: list[Exception] = []
        app, error = Failing(), ValueError("first")

        def fail() -> None:
            raise error

        async def run() -> None:
            async with app.run_test() as pilot:
                app.call_later(fail)
                await pilot.pause()

        with pytest.raises(ValueError, match="first"):
            await run()
        assert seen == [error]

    async def test_the_first_failure_ends_the_app_and_prints_nothing(
        self, capsys: pytest.CaptureFixture[str]
    ):
        app = Painted()

        async def run() -> None:
            async with app.run_test():
                assert failure_of(app) is None
                end_with_failure(app, ValueError("first"))
                end_with_failure(app, ValueError("second"))

        with pytest.raises(ValueError, match="first"):
            await run()
        assert str(failure_of(app)) == "first"
        assert app.return_code == 1
        assert not any(capsys.readouterr())


class Lines(HookedScrollView):
    """Renders its own lines, and notes when Textual places it."""

    def __init__(self) -> None:
        super().__init__()
        self.virtual_size = Size(5, 100)
        self.placings: list[tuple[float, float]] = []

    def during_scroll_update(self, update: Callable[[], None]) -> None:
        before = self.scroll_y
        update()
        self.placings.append((before, self.scroll_y))

    def render_line(self, y: int) -> Strip:
        return Strip([Segment("-" * self.size.width)])


class Scrolled(HookedApp[int]):
    def compose(self) -> Iterator[Lines]:
        yield Lines()


class TestWidgets:
    async def test_a_change_of_size_clamps_the_position_inside_the_hook(self):
        async with Scrolled().run_test(size=(20, 10)) as pilot:
            lines = pilot.app.query_one(Lines)
            lines.scroll_to(y=90, animate=False, immediate=True)
            lines.placings.clear()
            await pilot.resize_terminal(20, 50)
            assert (90, 50) in lines.placings

    async def test_refreshing_marks_regions_that_only_we_forget(self):
        async with Scrolled().run_test() as pilot:
            lines = pilot.app.query_one(Lines)
            lines.refresh(Region(0, 0, 1, 1))
            await pilot.pause()
            assert lines._dirty_regions
            forget_dirty_regions(lines)
            assert not lines._dirty_regions

    @thorough
    async def test_a_steady_text_area_looks_as_any_other_whatever_changes(self):
        class Both(HookedApp[int]):
            AUTO_FOCUS = None
            CSS = "TextArea { height: 5; } TextArea.loud .text-area--selection { background: red; }"

            def compose(self) -> Iterator[TextArea]:
                yield SteadyTextArea("one two", id="steady")
                yield TextArea("one two", id="plain")

        async with Both().run_test() as pilot:
            app = pilot.app
            steady, plain = app.query(TextArea)
            looks = set()

            async def look_the_same() -> None:
                seen = []
                for area in (steady, plain):
                    area.select_all()
                    await pilot.pause()
                    seen.append(area.render_lines(Region(0, 0, 20, 5)))
                assert seen[0] == seen[1]
                looks.add(tuple(segment for strip in seen[0] for segment in strip))

            await look_the_same()
            app.theme = "textual-light"
            await look_the_same()
            app.theme = "nord"
            await look_the_same()
            app.query(TextArea).add_class("loud")
            await look_the_same()
            app.query(TextArea).set(disabled=True)
            app.query(TextArea).set(disabled=False)
            await look_the_same()
            assert len(looks) == 4

    async def test_an_edit_tells_what_it_removed(self):
        class Writing(HookedApp[int]):
            def compose(self) -> Iterator[TextArea]:
                yield TextArea("abc")

        async with Writing().run_test() as pilot:
            area = pilot.app.query_one(TextArea)
            assert last_edit(area.history) is None
            area.replace("x", (0, 0), (0, 2))
            edit = last_edit(area.history)
            assert edit is not None
            assert (text_removed_by(edit), edit.text) == ("ab", "x")
            assert text_removed_by(Edit("y", (0, 0), (0, 0), False)) == ""

    @pytest.mark.parametrize("joins", [True, False])
    async def test_letters_join_a_replacement_once_it_has_ended(self, joins: bool):
        class Writing(HookedApp[int]):
            def compose(self) -> Iterator[TextArea]:
                area = TextArea("abc")
                area.history = EditHistory(50, float("inf"), 1000)
                yield area

        async with Writing().run_test() as pilot:
            area = pilot.app.query_one(TextArea)
            area.replace("x", (0, 0), (0, 1))
            if joins:
                end_replacement(area.history)
            area.insert("y", (0, 1))
            assert area.text == "xybc"
            area.undo()
            assert area.text == ("abc" if joins else "xbc")


class TestDriver:
    async def test_a_driver_knows_its_app_its_loop_and_its_size(self):
        class Sized(HeadlessDriver, HookedDriver):
            pass

        app = Painted()
        driver = Sized(app, size=(30, 20))
        assert driver.app is app
        assert driver.loop is asyncio.get_running_loop()
        assert driver.size == (30, 20)

    async def test_an_app_takes_its_size_from_its_driver(self):
        class Sized(HeadlessDriver, HookedDriver):
            pass

        class Small(Painted):
            def get_driver_class(self) -> type[Sized]:
                return Sized

        app = Small()
        driver = Sized(app, size=(30, 20))
        driver.size = (40, 10)
        app._driver = driver
        assert app.size == Size(40, 10)

    def test_textuals_driver_reads_with_the_parser_it_is_given(self):
        driver = driver_with_parser(LinuxDriver, lambda: KeyParser, str)
        assert issubclass(driver, LinuxDriver)
        names = driver.run_input_thread.__globals__
        assert names["XTermParser"] is KeyParser
        assert names["getincrementaldecoder"] is str
        assert LinuxDriver.run_input_thread.__globals__["XTermParser"] is XTermParser

    def test_a_driver_keeps_its_parser_if_there_is_no_other(self):
        assert driver_with_parser(LinuxDriver, lambda: None, str) is LinuxDriver
        assert driver_with_parser(HeadlessDriver, lambda: KeyParser, str) is HeadlessDriver


def names_of(keys: Any) -> list[str]:
    return [key.key for key in keys]


class TestParser:
    def test_a_sequence_is_told_by_the_method_that_subclasses_override(self):
        class Upper(KeyParser):
            def key_events(self, sequence: str, alt: bool = False) -> list[events.Key]:
                asked.append((sequence, alt))
                return list(super().key_events(sequence, alt))

        asked: list[tuple[str, bool]] = []
        assert names_of(Upper().feed("a\x1b[A\x1b[17~")) == ["a", "up", "f6"]
        # Textual asks for every beginning of a sequence, too.
        assert {"a", "\x1b[A", "\x1b[17~"} <= {sequence for sequence, _ in asked}

    def test_keys_of_a_sequence(self):
        parser = KeyParser()
        assert names_of(parser.key_events("\x1b[A")) == ["up"]
        assert names_of(parser.key_events("x", True)) == ["alt+x"]
        assert names_of(parser.key_events("\x1b[nonsense")) == []

    def test_keys_of_the_kitty_protocol(self):
        parser = KeyParser()
        assert names_of(parser.extended_key("\x1b[97;5u")) == ["ctrl+a"]
        assert names_of(parser.extended_key("nothing of the kind")) == []

    def test_an_unfinished_sequence_is_waited_for_until_it_is_ended(self):
        parser = KeyParser()
        assert list(parser.feed("\x1b")) == []
        assert parser.is_mid_sequence
        assert names_of(parser.end_sequence()) == ["escape"]
        assert not parser.is_mid_sequence

    def test_a_restart_drops_an_unfinished_sequence(self):
        parser = KeyParser()
        assert list(parser.feed("\x1b[1;")) == []
        parser.restart()
        assert not parser.is_mid_sequence
        assert names_of(parser.feed("5A")) == ["5", "A"]

    def test_the_tables_name_keys_by_their_sequences(self):
        assert FUNCTIONAL_KEYS["13u"] == "enter"
        assert ANSI_SEQUENCES_KEYS["\x1b[17~"] == (Keys.F6,)


class TestUpdates:
    def test_a_whole_screen_is_strips_at_the_origin(self):
        rows: list[Any] = [[Strip([Segment("first")])], [Strip([Segment("second")])]]
        update = LayoutUpdate(rows, Region(0, 0, 10, 2))
        assert isinstance(update, CompositorUpdate)
        assert update.strips == rows
        assert update.region.offset == (0, 0)
        assert re.findall("first|second", update.render_segments(CONSOLE)) == ["first", "second"]

    def test_a_part_is_spans_of_rows_of_chops(self):
        chops = [{0: Strip([Segment("first")])}, {0: Strip([Segment("second")])}]
        update = ChopsUpdate(chops, [(1, 0, 10)], [[10], [10]])
        assert isinstance(update, CompositorUpdate)
        assert (update.chops, update.spans, update.chop_ends) == (chops, [(1, 0, 10)], [[10], [10]])
        assert re.findall("first|second", update.render_segments(CONSOLE)) == ["second"]


# ------------------------------------------------------------------------------------------------- nowhere else

INTERNALS = Path(textual_internals.__file__)
DOCUMENTED = frozenset({"_replace", "_asdict", "_fields", "_make"})
"""Methods of named tuples: public in spite of their names."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in DOCUMENTED


def is_handler(name: str) -> bool:
    """Whether Textual calls it for a message, as it calls `on_*`."""
    return name.startswith("_on_")


@cache
def textuals_names() -> frozenset[str]:
    """The private names anywhere in Textual."""
    source = "\n".join(path.read_text() for path in Path(textual.__file__).parent.rglob("*.py"))
    return frozenset(filter(is_private, re.findall(r"\b_[a-z]\w*", source)))


@cache
def names_of_class(kind: type) -> frozenset[str]:
    """The private attributes of a class of Textual: of the class itself, and of `self` in its methods."""
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assigned = {
        node.attr
        for node in ast.walk(definition)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    return frozenset(filter(is_private, assigned | kind.__dict__.keys()))


def private_names(tree: ast.Module, module: str, ours: frozenset[str]) -> Iterator[str]:
    """The private names of Textual in one module of ours."""
    imported: set[str] = set()
    only_theirs = textuals_names() - ours
    for node in nodes(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual"):
            parts = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            yield from (part for part in parts if part.startswith("_"))
        elif isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
            yield from (alias.name for alias in node.names if alias.name.startswith("textual._"))
    for node in nodes(tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in only_theirs
            and not (isinstance(node.value, ast.Name) and node.value.id in imported)
        ):
            yield ast.unparse(node)
        if isinstance(node, ast.ClassDef):
            kind = getattr(sys.modules[module], node.name, None)
            bases = [base for base in getattr(kind, "__mro__", ()) if base.__module__.startswith("textual.")]
            theirs = frozenset().union(*map(names_of_class, bases))
            yield from (f"{node.name}.{name}" for name in names_in(node) & theirs if not is_handler(name))


def names_in(definition: ast.ClassDef) -> set[str]:
    """The private names that a class of ours defines, or that its methods look up on it."""
    return {
        name
        for node in ast.walk(definition)
        for name in (
            [node.name]
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            else [node.attr]
            if isinstance(node, ast.Attribute)
            and (dotted(node.value) or ast.unparse(node.value)) in ("self", "cls", "super()")
            else []
        )
        if is_private(name)
    }


def defined_names(tree: ast.Module) -> set[str]:
    """The names that a module of ours gives to something of its own."""
    return {
        node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else node.attr
        for node in nodes(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        or (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
    }


def found_in(source: str, module: str, ours: frozenset[str] = frozenset()) -> list[str]:
    return sorted(private_names(ast.parse(source), module, ours))


def test_no_other_module_names_a_private_attribute_of_textual():
    others = {path: tree for path, tree in trees().items() if PACKAGE / path != INTERNALS}
    ours = frozenset().union(*map(defined_names, others.values()))
    found: dict[str, list[str]] = {}
    for path, tree in others.items():
        module = ".".join((PACKAGE.name, *Path(path).with_suffix("").parts)).removesuffix(".__init__")
        if re.search(r"^ *(from|import) textual|terminal\.textual_internals", texts()[path], re.MULTILINE):
            importlib.import_module(module)
            if names := sorted(private_names(tree, module, ours)):
                found[module] = names
    assert found == {}


def test_a_private_name_is_noticed():
    source = """
from textual._compositor import CompositorUpdate
class Painted:
    def _display(self): return self._driver
    def _on_key(self): return other._compositor
    def _of_our_own(self): return tuple._replace()
"""
    assert found_in(source, __name__) == [
        "Painted._display",
        "Painted._driver",
        "_compositor",
        "other._compositor",
        "self._driver",
    ]

"""Every dialog with keys that come together in one read: it is left once, and acts on what was typed before each key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, chdir
from importlib import import_module
from itertools import permutations
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from textual import events
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.message import Message
from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.chat.outline import outline
from elumenta_tui.chat.queue import QueuedPrompt
from elumenta_tui.chat.request import Request
from elumenta_tui.chat.turn import Turn
from elumenta_tui.session.backend import demo_account
from elumenta_tui.session.events import AccountChanged, QueueChanged, Renamed
from elumenta_tui.store.ids import new_id
from elumenta_tui.tui import screens, widgets
from elumenta_tui.tui.happened import SessionHappened
from elumenta_tui.tui.screens.asking import AskingScreen
from elumenta_tui.tui.screens.comparison import ComparisonScreen
from elumenta_tui.tui.screens.confirm import ConfirmScreen
from elumenta_tui.tui.screens.context import Changes, ContextScreen
from elumenta_tui.tui.screens.conversations import ConversationsScreen
from elumenta_tui.tui.screens.diff import DiffScreen, Named
from elumenta_tui.tui.screens.feedback import FeedbackScreen
from elumenta_tui.tui.screens.finder import Finder
from elumenta_tui.tui.screens.help import HelpScreen
from elumenta_tui.tui.screens.history import HistoryScreen
from elumenta_tui.tui.screens.line import LineScreen
from elumenta_tui.tui.screens.link import LinkScreen
from elumenta_tui.tui.screens.merge import MergeScreen
from elumenta_tui.tui.screens.message import MessageScreen
from elumenta_tui.tui.screens.option_value import OptionValueScreen
from elumenta_tui.tui.screens.parameters import ParametersScreen
from elumenta_tui.tui.screens.queue import QueueScreen
from elumenta_tui.tui.screens.regenerate import RegenerateScreen
from elumenta_tui.tui.screens.running import Running, RunningScreen
from elumenta_tui.tui.screens.service_history import ServiceHistoryScreen
from elumenta_tui.tui.screens.settings import SettingsScreen
from elumenta_tui.tui.screens.side_answer import SideAnswerScreen
from elumenta_tui.tui.screens.statistics import StatisticsScreen
from elumenta_tui.tui.screens.table import TableScreen
from elumenta_tui.tui.screens.tree import Held, TreeScreen
from elumenta_tui.tui.screens.welcome import WelcomeScreen
from elumenta_tui.tui.widgets.dialog import Dialog
from elumenta_tui.tui.widgets.model_picker import ModelPicker
from elumenta_tui.tui.widgets.picker import Picker
from elumenta_tui.tui.widgets.transcript import Transcript
from tests.chatting import Chat, chat_app, chatting, lead
from tests.earlier import fill
from tests.fitting import DIALOGS
from tests.scenes import NOW
from tests.storing import answered, conversation, saved, shelf
from tests.thorough import share, thorough

CLOSING = ("enter", "escape", "ctrl+c")
"""Keys that close a dialog."""


def press_at_once(chat: Chat, *keys: str) -> None:
    """Keys as they come out of one read: the app gets all of them before it does anything."""
    for key in keys:
        character = key if len(key) == 1 else {"space": " ", "enter": "\r"}.get(key)
        chat.app.post_message(events.Key(key, character))


async def stands(chat: Chat, kind: type[ModalScreen[Any]]) -> None:
    """Wait until a dialog of that kind has the focus, and what it lists is there."""
    await chat.until(lambda: type(chat.app.screen) is kind and chat.app.focused, kind.__name__)
    screen = chat.app.screen
    if isinstance(screen, Finder):
        await chat.until(lambda: screen.rows.item, "rows")


async def push(chat: Chat, screen: ModalScreen[Any], part: str) -> None:
    """Open a dialog, and wait until that part of it is there."""
    chat.app.push_screen(screen)
    await chat.until(lambda: chat.app.screen is screen and screen.query(part), part)


async def list_conversations(chat: Chat) -> None:
    press_at_once(chat, "ctrl+s")
    await stands(chat, ConversationsScreen)


async def ask_for_title(chat: Chat) -> None:
    await list_conversations(chat)
    press_at_once(chat, "alt+r")
    await stands(chat, LineScreen)


async def search_history(chat: Chat) -> None:
    press_at_once(chat, "ctrl+r")
    await stands(chat, HistoryScreen)


async def choose_model(chat: Chat) -> None:
    press_at_once(chat, "ctrl+l")
    await stands(chat, ModelPicker)


async def choose_theme(chat: Chat) -> None:
    press_at_once(chat, "ctrl+t")
    await stands(chat, Picker)


async def show_help(chat: Chat) -> None:
    press_at_once(chat, "f1")
    await stands(chat, HelpScreen)


async def show_statistics(chat: Chat) -> None:
    chat.app.parts.show_statistics()
    await stands(chat, StatisticsScreen)


async def ask_about_link(chat: Chat) -> None:
    chat.app.parts.dialogs.ask_about_link("mailto:somebody@example.org")
    await stands(chat, LinkScreen)


async def ask_for_version(chat: Chat) -> None:
    DIALOGS["another version"](chat.app)
    await stands(chat, RegenerateScreen)


async def ask_for_key(chat: Chat) -> None:
    chat.app.parts.key_dialog.ask_for_key()
    await stands(chat, WelcomeScreen)


async def show_queue(chat: Chat) -> None:
    queued = [QueuedPrompt(f"prompt {number}", new_id()) for number in range(3)]
    screen = QueueScreen(
        lambda: queued,
        describe=lambda: ("3 queued", ""),
        facts=lambda item, width: "GPT-5 · 2 tokens",
        edit=lambda item: None,
        remove=queued.remove,
        move=lambda item, places: None,
        send=lambda: True,
        follows=lambda: False,
    )
    await push(chat, screen, "RowList")


async def show_running(chat: Chat) -> None:
    entry = Running(answered("prompt", "text"), Conversation(title="A title"), is_here=True)
    screen = RunningScreen(lambda: [entry], now=lambda: 0.0, stop=lambda entry: None)
    chat.app.push_screen(screen)
    await chat.until(lambda: chat.app.screen is screen and screen.rows.items)


async def show_tree(chat: Chat) -> None:
    tree = Conversation([answered(f"prompt {number}", "text").turn for number in range(3)])
    screen = TreeScreen(
        lambda: outline(tree),
        lambda: tree.shown,
        held=lambda answer: Held(1, 1, ""),
        delete=lambda answer: "",
        copy=lambda answer, is_tail: None,
    )
    await push(chat, screen, "RowList")


async def show_context(chat: Chat) -> None:
    tree = Conversation([answered(f"prompt {number}", "text").turn for number in range(3)])
    changes = Changes(
        leave_out=lambda sources, is_left_out: None,
        pin=lambda source, is_pinned: None,
        leave_out_middle=lambda: 0,
        undo=lambda: 0,
        rewrite=lambda answer, text: None,
    )
    screen = ContextScreen(tree.entries, changes, Message.of("user", "typed"), None, lambda: Content("price"))
    await push(chat, screen, "RowList")


async def show_message(chat: Chat) -> None:
    screen = MessageScreen("answer", "text", is_editable=True)
    chat.app.push_screen(screen)
    await chat.until(lambda: chat.app.screen is screen and screen.focused)


async def ask_before_paying(chat: Chat) -> None:
    screen = ConfirmScreen("A summary", "for 1 token", "Enter")
    await push(chat, screen, "#footnote")


async def show_side_answer(chat: Chat) -> None:
    parts = chat.app.parts
    screen = SideAnswerScreen(
        answered("aside", "text"),
        Transcript(is_aside=True),
        if_meant=parts.presses.run_if_meant,
        unless_held=parts.presses.run_unless_held,
        type_on=chat.app.prompt.post_message,
        copy=lambda text: None,
        recover=lambda: None,
        refuse_to_keep=lambda: None,
    )
    await push(chat, screen, "Transcript")


async def show_service_history(chat: Chat) -> None:
    chat.app.parts.switching.show_service_history()
    await stands(chat, ServiceHistoryScreen)


def compared() -> Turn:
    """A turn with the answers of two models."""
    turn = Turn("Compared")
    for place, model in enumerate(DOCUMENTED_MODELS[:2]):
        answer = turn.restore(model, f"Answer {place}", id=f"answer{place}")
        answer.end()
    return turn


async def compare(chat: Chat) -> None:
    turn = compared()
    lead(chat.app, Conversation([turn]))
    chat.app.parts.comparing.open(turn)
    await stands(chat, ComparisonScreen)


async def show_difference(chat: Chat) -> None:
    chat.app.push_screen(DiffScreen(Named("one two", "A"), [Named("one three", "B")]))
    await stands(chat, DiffScreen)


async def ask_to_merge(chat: Chat) -> None:
    request = Request.of(DOCUMENTED_MODELS[0], "Merge these")
    chat.app.push_screen(MergeScreen(DOCUMENTED_MODELS[:2], lambda model: request, chat.app.session.ledger))
    await stands(chat, MergeScreen)


async def ask_to_stop_one(chat: Chat) -> None:
    await push(chat, AskingScreen("Stop?", "GPT-5", "Enter"), "#footnote")


async def set_parameters(chat: Chat) -> None:
    await chat.send_command("/system")
    await stands(chat, ParametersScreen)


async def show_settings(chat: Chat) -> None:
    chat.app.parts.configuring.show()
    await chat.shows(SettingsScreen)


async def type_option_value(chat: Chat) -> None:
    await show_settings(chat)
    await chat.type("measure")
    await chat.pilot.press("enter")
    await chat.shows(OptionValueScreen)


async def open_table(chat: Chat) -> None:
    answer = Turn("a table").restore(chat.app.session.model, "| a | b |\n|---|---|\n| c | d |")
    answer.end()
    lead(chat.app, Conversation([answer.turn]))
    await chat.send_command("/table")
    await stands(chat, TableScreen)


async def report_a_problem(chat: Chat) -> None:
    chat.app.parts.feedback.show()
    await stands(chat, FeedbackScreen)


OPENINGS: dict[Callable[[Chat], Awaitable[None]], type[ModalScreen[Any]]] = {
    list_conversations: ConversationsScreen,
    ask_for_title: LineScreen,
    search_history: HistoryScreen,
    choose_model: ModelPicker,
    choose_theme: Picker,
    show_help: HelpScreen,
    show_statistics: StatisticsScreen,
    ask_about_link: LinkScreen,
    ask_for_version: RegenerateScreen,
    ask_for_key: WelcomeScreen,
    show_queue: QueueScreen,
    show_running: RunningScreen,
    show_tree: TreeScreen,
    show_context: ContextScreen,
    show_message: MessageScreen,
    ask_before_paying: ConfirmScreen,
    show_side_answer: SideAnswerScreen,
    show_service_history: ServiceHistoryScreen,
    compare: ComparisonScreen,
    show_difference: DiffScreen,
    ask_to_merge: MergeScreen,
    ask_to_stop_one: AskingScreen,
    set_parameters: ParametersScreen,
    show_settings: SettingsScreen,
    type_option_value: OptionValueScreen,
    open_table: TableScreen,
    report_a_problem: FeedbackScreen,
}

PARTS = 12
"""Apps among which the dialogs are divided."""

walk = pytest.mark.parametrize("opening", OPENINGS, ids=lambda opening: opening.__name__)


@asynccontextmanager
async def demo_chat(home: Path) -> AsyncIterator[Chat]:
    fill(home / "data", NOW)
    app = chat_app(demo_account(), home, calendar=lambda: NOW)
    # A key of the list writes files into the working directory.
    with chdir(home):
        async with chatting(app, (80, 24)) as chat:
            await chat.sees("283 tokens")
            yield chat


async def back_at_the_prompt(chat: Chat) -> None:
    """Leave every dialog there is; what is typed then has to reach the prompt."""
    app = chat.app
    async with asyncio.timeout(10):
        while len(app.screen_stack) > 1:
            press_at_once(chat, "escape")
            await asyncio.sleep(0.01)
    press_at_once(chat, "x")
    await chat.until(lambda: app.failure or app.prompt.text.endswith("x"), "a letter in the prompt")
    assert app.failure is None
    app.parts.armed.disarm("quit")
    assert app.session.latest is None, "a request was sent"
    app.prompt.clear()


def test_every_dialog_is_walked() -> None:
    for package in (screens, widgets):
        for module in iter_modules(package.__path__):
            import_module(f"{package.__name__}.{module.name}")
    found: set[type[Dialog[Any]]] = {Dialog}
    more: set[type[Dialog[Any]]] = {*found}
    while more := {*more}.union(*(kind.__subclasses__() for kind in more)) - found:
        found |= more
    ends = {
        kind for kind in found if not any(other is not kind and issubclass(other, kind) for other in found)
    }
    assert ends <= set(OPENINGS.values())


async def press_bursts(chat: Chat, opening: Callable[[Chat], Awaitable[None]]) -> None:
    """Every key of a dialog twice, and the closing ones in every order, each burst in one read."""
    await opening(chat)
    bindings = chat.app.screen._bindings.key_to_bindings
    actions = {binding.action: key for key, each in bindings.items() for binding in each}
    bursts: list[tuple[str, ...]] = [(key,) * 2 for key in sorted({*actions.values()} - {"ctrl+q"})]
    bursts += [("enter",) * 3, ("escape",) * 3, *permutations(CLOSING, 2)]
    for burst in share(bursts):
        if type(chat.app.screen) is not OPENINGS[opening]:
            await back_at_the_prompt(chat)
            await opening(chat)
        press_at_once(chat, *burst)
        await chat.pilot.pause()
    await back_at_the_prompt(chat)


@thorough
@pytest.mark.parametrize("part", range(PARTS))
async def test_keys_may_come_together_in_one_read(
    part: int, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    async with demo_chat(tmp_path) as chat:
        for opening in [*OPENINGS][part::PARTS]:
            with subtests.test(opening.__name__):
                await press_bursts(chat, opening)


@thorough
@walk
async def test_leaving_the_program_twice_in_one_read_ends_it_well(
    opening: Callable[[Chat], Awaitable[None]], tmp_path: Path
) -> None:
    async with demo_chat(tmp_path) as chat:
        await opening(chat)
        press_at_once(chat, "enter", "ctrl+q", "ctrl+q")
        await chat.until(lambda: chat.app._exit)
    assert chat.app.failure is None


@thorough
async def test_what_is_typed_behind_the_key_that_closes_a_dialog_goes_to_the_prompt(tmp_path: Path) -> None:
    async with demo_chat(tmp_path) as chat:
        await choose_model(chat)
        press_at_once(chat, *"opus", "enter", *"hello")
        await chat.until(lambda: chat.app.prompt.text == "hello")
        assert chat.app.session.model.name == "Claude Opus 4.5"


# ------------------------------------------------------------------------------------------------------ what was typed


@thorough
async def test_enter_opens_the_conversation_that_the_field_asks_for_however_fast(tmp_path: Path) -> None:
    with shelf(tmp_path / "data") as here:
        for number in range(200):
            words = "zebra" if number == 0 else f"talk {number}"
            here.put(saved(answered(words, "answer"), conversation(f"c{number}", words, demo=True)))
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("283 tokens")
        press_at_once(chat, "ctrl+s", *"zebra", "enter")
        await chat.until(lambda: chat.app.session.conversation.answers, "a conversation")
        assert chat.app.session.conversation.id == "c0"


@thorough
async def test_keys_of_a_list_act_on_what_was_typed_before_them(tmp_path: Path) -> None:
    async with demo_chat(tmp_path) as chat:
        await list_conversations(chat)
        press_at_once(chat, *"regex", "f8")
        await chat.sees_no("Why is my regex slow?")
        press_at_once(chat, "ctrl+u", *"haiku", "alt+r", "ctrl+u")
        await chat.sees("New title")
        await chat.pilot.press("enter")
        await chat.sees("A haiku about tests")
        press_at_once(chat, "ctrl+u", *"traceback", "alt+a")
        await chat.sees("No matches")
        press_at_once(chat, "ctrl+u", *"postgres", "down", "enter")
        await chat.until(lambda: chat.app.session.conversation.answers, "a conversation")
        assert chat.app.session.conversation.title == "Migrating from MySQL"


@thorough
@pytest.mark.parametrize(
    ("key", "typed", "chosen"),
    [
        ("ctrl+t", "day", lambda chat: chat.app.theme == "elumenta-day"),
        ("ctrl+l", "opus", lambda chat: chat.app.session.model.name == "Claude Opus 4.5"),
        ("ctrl+p", "language", lambda chat: "токена" in chat.screen),
        ("ctrl+r", "haiku", lambda chat: chat.app.prompt.text == "Write a haiku about tests"),
    ],
)
async def test_enter_chooses_what_was_typed_before_it_in_the_same_read(
    key: str, typed: str, chosen: Callable[[Chat], object], tmp_path: Path
) -> None:
    async with demo_chat(tmp_path) as chat:
        await chat.pilot.press(key)
        press_at_once(chat, *typed, "enter")
        await chat.until(lambda: chosen(chat))


@thorough
async def test_ctrl_u_and_a_key_and_enter_in_one_read_enter_that_key(tmp_path: Path) -> None:
    async with demo_chat(tmp_path) as chat:
        for _ in range(5):
            await ask_for_key(chat)
            await chat.type("old")
            press_at_once(chat, "ctrl+u", *"nb_" + 45 * "x", "enter")
            await chat.pilot.pause()
            assert chat.app.screen.query_one(Input).value == "nb_" + 45 * "x"
            await back_at_the_prompt(chat)


@thorough
async def test_what_the_session_tells_after_the_screens_are_gone_does_no_harm(tmp_path: Path) -> None:
    async with demo_chat(tmp_path) as chat:
        app = chat.app
        await chat.pilot.press("f3")
        await chat.shows(ModelPicker)
    assert not app.screen_stack
    for event in (AccountChanged(models=True), QueueChanged(app.session.conversation), Renamed()):
        app.route(SessionHappened(event))

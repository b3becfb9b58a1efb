"""The catalogue of everything a person can do.

One entry declares an action: its name, keys, slash words and what it does. From here come the key bindings, the slash
commands, the command palette, the help screen and the key map of `--help`; titles and explanations stand in the message
catalogue under `action.<name>`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from elumenta_tui.chat.turn import Turn, TurnState
from elumenta_tui.i18n import say
from elumenta_tui.terminal.keyboard import to_qwerty

if TYPE_CHECKING:
    from textual.binding import Binding

    from elumenta_tui.tui.app import ElumentaApp

Handler = Callable[["ElumentaApp", str], None]
"""Takes the app and what followed the slash word (empty for keys)."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do."""

    name: str
    handler: Handler
    group: str
    """Heading in the help: `chat`, `answer`, `view` or `program`."""
    keys: tuple[str, ...] = ()
    """Textual's names; the first is the one that hints show."""
    slash: tuple[str, ...] = ()
    palette: bool = True
    """Worth an entry in the command palette."""
    anywhere: bool = False
    """Its keys work in dialogs too."""
    demo_only: bool = False
    takes_text: bool = False
    """Its slash word may be followed by something."""
    possible: Callable[[ElumentaApp], bool] = lambda app: True
    """Tells whether the action would do anything now."""

    @property
    def title(self) -> str:
        return say(f"action.{self.name}.title")

    @property
    def help(self) -> str:
        return say(f"action.{self.name}.help")


ACTIONS: dict[str, Action] = {}


def action(
    name: str,
    group: str,
    keys: tuple[str, ...] = (),
    slash: tuple[str, ...] = (),
    *,
    palette: bool = True,
    anywhere: bool = False,
    demo_only: bool = False,
    takes_text: bool = False,
    possible: Callable[[ElumentaApp], bool] = lambda app: True,
) -> Callable[[Handler], Handler]:
    """Register a handler as an action."""

    def register(handler: Handler) -> Handler:
        ACTIONS[name] = Action(
            name,
            handler,
            group,
            keys,
            slash,
            palette,
            anywhere,
            demo_only,
            takes_text,
            possible,
        )
        return handler

    return register


# ------------------------------------------------------------------------------------------------ what is possible now


def _last(app: ElumentaApp) -> Turn | None:
    return app.conversation.turns[-1] if app.conversation.turns else None


def _has_turns(app: ElumentaApp) -> bool:
    return bool(app.conversation.turns)


def _is_answering(app: ElumentaApp) -> bool:
    return app.conversation.current is not None


def _is_idle(app: ElumentaApp) -> bool:
    return app.conversation.current is None


def _can_ask_again(app: ElumentaApp) -> bool:
    last = _last(app)
    return last is not None and last.over and last.failure is not None


def _can_go_on(app: ElumentaApp) -> bool:
    last = _last(app)
    return last is not None and last.state is TurnState.INTERRUPTED


def _can_fetch(app: ElumentaApp) -> bool:
    return any(turn.is_doubtful for turn in app.conversation.turns)


def _can_copy(app: ElumentaApp) -> bool:
    return bool(app.text_to_copy)


def _has_links(app: ElumentaApp) -> bool:
    return bool(app.transcript.links())


# -------------------------------------------------------------------------------------------------------------- chat


@action("send", "chat", ("enter",), palette=False)
def send(app: ElumentaApp, argument: str) -> None:
    def submit() -> None:
        # In the prompt's own queue: behind the letters that were typed before.
        app.prompt.call_later(app.prompt.submit)

    if app.conversation.current is None and app.prompt.text.strip():
        app.presses.pay_once(submit)
    else:
        submit()


@action("newline", "chat", ("ctrl+j", "shift+enter", "alt+enter", "ctrl+enter"), palette=False)
def newline(app: ElumentaApp, argument: str) -> None:
    app.prompt.call_later(app.prompt.insert_newline)


# As in a shell, where Ctrl+Z pauses the program; many terminals send one of the two for the other.
@action("undo", "chat", ("ctrl+underscore", "ctrl+slash"), palette=False)
def undo(app: ElumentaApp, argument: str) -> None:
    app.prompt.call_later(app.prompt.undo)


# Only newer terminals tell Ctrl+Shift+Z from Ctrl+Z.
@action("redo", "chat", ("ctrl+circumflex_accent", "ctrl+shift+z"), palette=False)
def redo(app: ElumentaApp, argument: str) -> None:
    app.prompt.call_later(app.prompt.redo)


@action("edit", "chat", ("f8",), ("edit",), takes_text=True)
def edit(app: ElumentaApp, argument: str) -> None:
    # Behind the letters that were typed before.
    app.prompt.call_later(app.edit_prompt, argument)


@action("ask_to_stop", "chat", ("escape",), palette=False)
def ask_to_stop(app: ElumentaApp, argument: str) -> None:
    app.ask_to_stop()


@action("stop", "chat", (), ("stop",), possible=_is_answering)
def stop(app: ElumentaApp, argument: str) -> None:
    app.stop()


@action("interrupt", "chat", ("ctrl+c",), palette=False)
def interrupt(app: ElumentaApp, argument: str) -> None:
    app.interrupt()


@action("again", "chat", ("f5",), ("retry",), possible=_can_ask_again)
def again(app: ElumentaApp, argument: str) -> None:
    app.presses.pay_once(app.ask_again)


@action("continue", "chat", ("f6",), ("continue",), possible=_can_go_on)
def go_on(app: ElumentaApp, argument: str) -> None:
    app.presses.pay_once(app.go_on)


@action("fetch", "chat", ("ctrl+g",), ("fetch",), possible=_can_fetch)
def fetch(app: ElumentaApp, argument: str) -> None:
    app.aftermath.fetch()


@action("new", "chat", ("ctrl+n", "f2"), ("new", "clear"), possible=_is_idle)
def new(app: ElumentaApp, argument: str) -> None:
    app.new_conversation()


@action("conversations", "chat", ("ctrl+s", "f7"), ("list", "chats"), takes_text=True)
def conversations(app: ElumentaApp, argument: str) -> None:
    app.library.show_list(argument)


@action("find", "chat", ("ctrl+f",), ("find",), takes_text=True)
def find(app: ElumentaApp, argument: str) -> None:
    app.finding.open(argument)


@action("prompts", "chat", ("ctrl+r",), ("history",), takes_text=True)
def prompts(app: ElumentaApp, argument: str) -> None:
    app.library.search_prompts(argument)


@action("rename", "chat", (), ("rename",), takes_text=True, possible=_has_turns)
def rename(app: ElumentaApp, argument: str) -> None:
    app.library.rename(argument)


@action("export", "chat", (), ("export",), takes_text=True, possible=_has_turns)
def export(app: ElumentaApp, argument: str) -> None:
    app.library.export(argument)


@action("model", "chat", ("ctrl+l", "f3"), ("model",), takes_text=True)
def model(app: ElumentaApp, argument: str) -> None:
    app.dialogs.choose_model(argument)


# ------------------------------------------------------------------------------------------------------------ answer


@action("copy", "answer", ("ctrl+y",), ("copy",), takes_text=True, possible=_can_copy)
def copy(app: ElumentaApp, argument: str) -> None:
    app.copy_answer(argument)


@action("links", "answer", ("ctrl+o", "f4"), ("links", "open"), possible=_has_links)
def links(app: ElumentaApp, argument: str) -> None:
    app.dialogs.choose_link()


@action("cursor_up", "answer", ("alt+up",), palette=False)
def cursor_up(app: ElumentaApp, argument: str) -> None:
    app.transcript.move_cursor(-1)


@action("cursor_down", "answer", ("alt+down",), palette=False)
def cursor_down(app: ElumentaApp, argument: str) -> None:
    app.transcript.move_cursor(1)


# -------------------------------------------------------------------------------------------------------------- view


@action("page_up", "view", ("pageup",), palette=False)
def page_up(app: ElumentaApp, argument: str) -> None:
    app.transcript.page(-1)


@action("page_down", "view", ("pagedown",), palette=False)
def page_down(app: ElumentaApp, argument: str) -> None:
    app.transcript.page(1)


@action("line_up", "view", ("ctrl+up",), palette=False)
def line_up(app: ElumentaApp, argument: str) -> None:
    app.transcript.scroll_lines(-1)


@action("line_down", "view", ("ctrl+down",), palette=False)
def line_down(app: ElumentaApp, argument: str) -> None:
    app.transcript.scroll_lines(1)


@action("top", "view", ("ctrl+home",), possible=_has_turns)
def top(app: ElumentaApp, argument: str) -> None:
    app.transcript.go_to_start()


@action("end", "view", ("ctrl+end",), possible=_has_turns)
def end(app: ElumentaApp, argument: str) -> None:
    app.transcript.go_to_end()


@action("theme", "view", ("ctrl+t",), ("theme",), takes_text=True)
def theme(app: ElumentaApp, argument: str) -> None:
    app.dialogs.choose_theme(argument)


@action("language", "view", ("f12",), ("language", "lang"), takes_text=True)
def language(app: ElumentaApp, argument: str) -> None:
    app.switch_language(argument)


# ----------------------------------------------------------------------------------------------------------- program


@action("balance", "program", ("f9",), ("balance",))
def balance(app: ElumentaApp, argument: str) -> None:
    app.read_account(asked_for=True)


@action("key", "program", (), ("key",))
def key(app: ElumentaApp, argument: str) -> None:
    app.access.ask_for_key()


@action("demo", "program", (), ("demo",), demo_only=True, takes_text=True)
def demo(app: ElumentaApp, argument: str) -> None:
    app.play_scenario(argument)


@action("palette", "program", ("ctrl+p",), palette=False)
def palette(app: ElumentaApp, argument: str) -> None:
    app.dialogs.choose_action()


@action("help", "program", ("f1",), ("help", "?"))
def show_help(app: ElumentaApp, argument: str) -> None:
    app.dialogs.show_help()


@action("pause", "program", ("ctrl+z",), palette=False, anywhere=True)
def pause(app: ElumentaApp, argument: str) -> None:
    app.pause()


@action("leave", "program", ("ctrl+d",), palette=False)
def leave(app: ElumentaApp, argument: str) -> None:
    app.leave_if_empty()


@action("quit", "program", ("ctrl+q",), ("quit", "exit", "q"), anywhere=True)
def quit_program(app: ElumentaApp, argument: str) -> None:
    app.leave()


# ------------------------------------------------------------------------------------------------- what comes of them

GROUPS = ("chat", "answer", "view", "program")


def bindings() -> list[Binding]:
    """Every key of the catalogue, before any widget's own."""
    from textual.binding import Binding

    return [
        Binding(key, f"perform('{entry.name}')", entry.name, show=False, priority=True, id=entry.name)
        for entry in ACTIONS.values()
        for key in entry.keys
    ]


def by_slash(word: str) -> Action | None:
    """The action of a slash word, without the slash."""
    return next((entry for entry in ACTIONS.values() if word in entry.slash), None)


def _near(word: str, *, demo: bool) -> str | None:
    """The slash word that somebody may have meant by one that there is not."""
    from difflib import get_close_matches

    known = [each for entry in ACTIONS.values() if demo or not entry.demo_only for each in entry.slash]
    word = to_qwerty(word.lower())
    begin = [each for each in known if each.startswith(word)]
    found = begin if len(begin) == 1 else get_close_matches(word, known, n=1)
    return found[0] if found else None


def without_escape(text: str, *, demo: bool) -> str:
    """A typed prompt as it is sent: the slash that keeps it from being a command is left out.

    That is the first of two at the start of a single line, or of lines that would begin with a command.
    """
    if not text.startswith("//") or ("\n" in text.strip() and slash_command(text[1:], demo=demo) is None):
        return text
    return text[1:]


@dataclass(frozen=True, slots=True)
class Command:
    """What Enter does with a text instead of sending it."""

    action: Action | None
    """None if there is no such command."""
    argument: str = ""
    complaint: str = ""
    """Why it can't be done as it stands, in the user's language."""


def slash_command(text: str, *, demo: bool) -> Command | None:
    """The command that a text is; None if it is a prompt, like those that begin with a path or with `//`."""
    line = text.strip()
    if not line.startswith("/"):
        return None
    word, _, argument = line[1:].partition(" ")
    if "\n" in line:
        word = line[1:].split(maxsplit=1)[0] if line[1:2].strip() else ""
        known = by_slash(word.lower())
        return None if known is None else Command(known, complaint=say("notice.command_lines", word=word))
    entry = by_slash(word.lower()) if word else ACTIONS["palette"]
    if entry is None:
        return _unknown(word, demo=demo) if word.isalpha() else None
    if entry.demo_only and not demo:
        return Command(None, complaint=say("notice.demo_only", word=word))
    argument = argument.strip()
    unasked = bool(argument) and not entry.takes_text
    return Command(entry, argument, say("notice.no_text_after", word=word) if unasked else "")


def _unknown(word: str, *, demo: bool) -> Command:
    near = _near(word, demo=demo)
    if near is None:
        return Command(None, complaint=say("notice.unknown_command", word=word))
    return Command(None, complaint=say("notice.did_you_mean", word=word, near=near))


_KEY_NAMES = {
    "escape": "Esc",
    "enter": "Enter",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "underscore": "_",
    "slash": "/",
    "circumflex_accent": "^",
}


def key_label(key: str) -> str:
    """A key as people write it: `ctrl+l` is Ctrl+L."""
    return "+".join(_KEY_NAMES.get(part, part.capitalize()) for part in key.split("+"))


def hint(name: str) -> str:
    """The key that hints show for an action."""
    return key_label(ACTIONS[name].keys[0])

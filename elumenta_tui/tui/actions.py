"""The entries of the catalogue: each declares an action with its keys, its slash words and its handler.

(Over 400 lines: everything that a person can do stands here once.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.i18n import say
from elumenta_tui.tui.catalogue import ACTIONS, Action

__all__ = ["ACTIONS"]

if TYPE_CHECKING:
    from elumenta_tui.chat.models import Model
    from elumenta_tui.session import Session
    from elumenta_tui.tui.parts import Parts

Handler = Callable[["Parts", str], None]
"""Takes the parts of the app, and the text after the slash word (empty for keys)."""


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
    takes_lines: bool = False,
    asks: Callable[[Session], Model] | None = None,
    possible: Callable[[Parts], bool] = lambda parts: True,
) -> Callable[[Handler], Handler]:
    """Register the decorated handler as an action."""

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
            takes_lines,
            asks,
            possible,
        )
        return handler

    return register


# ------------------------------------------------------------------------------------------------ what is possible now


def _has_turns(parts: Parts) -> bool:
    return bool(parts.session.conversation.turns)


def _is_temporary(parts: Parts) -> bool:
    return parts.session.conversation.is_temporary


def _is_answering(parts: Parts) -> bool:
    return parts.session.current is not None


def _can_ask_again(parts: Parts) -> bool:
    last = parts.session.last
    return last is not None and last.over and last.failure is not None


def _can_continue(parts: Parts) -> bool:
    last = parts.session.last
    return last is not None and last.state is AnswerState.INTERRUPTED


def _can_fetch(parts: Parts) -> bool:
    from elumenta_tui.session.recovery import may_be_recovered

    session = parts.session
    return any(
        may_be_recovered(answer, is_settling=session.is_settling(answer))
        for answer in session.conversation.answers
    )


def _has_queue(parts: Parts) -> bool:
    return bool(parts.session.conversation.queued)


def _has_running(parts: Parts) -> bool:
    session = parts.session
    is_known = session.is_answering or session.unread or session.ended_beside
    return bool(is_known or ("queue" in vars(session) and session.queue.waiting))


def _has_deleted(parts: Parts) -> bool:
    library = parts.session.library
    return library is not None and bool(library.listing.deleted)


def _has_last(parts: Parts) -> bool:
    return bool(parts.switching.last)


def _can_copy(parts: Parts) -> bool:
    return bool(parts.copying.text)


def _has_links(parts: Parts) -> bool:
    return bool(parts.transcript.links.offered())


def _has_prompt(parts: Parts) -> bool:
    turn = parts.steering.turn
    return turn is not None and bool(turn.prompt)


def _can_branch(parts: Parts) -> bool:
    return parts.steering.can_branch


def _has_versions(parts: Parts) -> bool:
    return parts.steering.can_switch


# -------------------------------------------------------------------------------------------------------------- chat


@action("send", "chat", ("enter",), palette=False)
def send(parts: Parts, argument: str) -> None:
    def submit() -> None:
        # Through the prompt's own queue, so that it runs after the letters that were typed before.
        parts.prompt.call_later(parts.prompt.submit)

    if parts.prompt.text.strip() or parts.attached:
        parts.presses.run_unless_held(submit)
    elif parts.session.conversation.queued and parts.session.current is None:
        parts.presses.run_unless_held(parts.queueing.send_now)
    else:
        submit()


@action("newline", "chat", ("ctrl+j", "shift+enter", "alt+enter", "ctrl+enter"), palette=False)
def newline(parts: Parts, argument: str) -> None:
    parts.prompt.call_later(parts.prompt.insert_newline)


# Both keys undo in shells, where Ctrl+Z suspends; many terminals send one of the two for the other.
@action("undo", "chat", ("ctrl+underscore", "ctrl+slash"), palette=False)
def undo(parts: Parts, argument: str) -> None:
    parts.prompt.call_later(parts.prompt.undo)


# Only newer terminals distinguish Ctrl+Shift+Z from Ctrl+Z.
@action("redo", "chat", ("ctrl+circumflex_accent", "ctrl+shift+z"), palette=False)
def redo(parts: Parts, argument: str) -> None:
    parts.prompt.call_later(parts.prompt.redo)


@action("edit", "chat", ("f8",), ("editor",), takes_text=True)
def edit(parts: Parts, argument: str) -> None:
    # Queued after the letters that were typed before.
    parts.prompt.call_later(parts.editing.edit, argument)


@action("ask_to_stop", "chat", ("escape",), palette=False)
def ask_to_stop(parts: Parts, argument: str) -> None:
    parts.stopping.ask_to_stop()


@action("stop", "chat", (), ("stop",), possible=_is_answering)
def stop(parts: Parts, argument: str) -> None:
    parts.stopping.stop()


@action("interrupt", "chat", ("ctrl+c",), palette=False)
def interrupt(parts: Parts, argument: str) -> None:
    parts.stopping.interrupt()


@action("again", "chat", ("f5",), ("retry",), possible=_can_ask_again)
def again(parts: Parts, argument: str) -> None:
    parts.presses.run_unless_held(parts.sending.retry)


def _has_other_model(parts: Parts) -> bool:
    from elumenta_tui.session.alternatives import other_models

    return _can_ask_again(parts) and bool(other_models(parts.session))


@action("other_model", "chat", ("alt+m",), ("other",), possible=_has_other_model)
def other_model(parts: Parts, argument: str) -> None:
    parts.presses.run_unless_held(parts.sending.retry_elsewhere)


@action("continue", "chat", ("f6",), ("continue",), possible=_can_continue)
def continue_answer(parts: Parts, argument: str) -> None:
    parts.presses.run_unless_held(parts.sending.continue_answer)


def _cheapest(session: Session) -> Model:
    return session.side_question.model(current=False)


@action("btw", "chat", (), ("btw",), takes_text=True, takes_lines=True, asks=_cheapest)
def btw(parts: Parts, argument: str) -> None:
    parts.asking_aside.ask(argument, "btw", current=False)


@action(
    "btw_current",
    "chat",
    (),
    ("btw!",),
    takes_text=True,
    takes_lines=True,
    asks=lambda session: session.model,
)
def btw_current(parts: Parts, argument: str) -> None:
    parts.asking_aside.ask(argument, "btw!", current=True)


@action("fetch", "chat", ("ctrl+g",), ("fetch",), possible=_can_fetch)
def fetch(parts: Parts, argument: str) -> None:
    parts.recovering.recover()


@action("queue", "chat", ("alt+q",), ("queue",), possible=_has_queue)
def queue(parts: Parts, argument: str) -> None:
    parts.queueing.show()


@action("running", "chat", ("alt+w",), ("running",), possible=_has_running)
def running(parts: Parts, argument: str) -> None:
    parts.background.show()


@action("new", "chat", ("ctrl+n", "f2"), ("new", "clear"))
def new(parts: Parts, argument: str) -> None:
    parts.switching.new_conversation()


@action("park", "chat", ("alt+s",), ("park",), takes_text=True, takes_lines=True)
def park(parts: Parts, argument: str) -> None:
    # Queued after the letters that were typed before.
    parts.prompt.call_later(parts.parking.park, argument)


@action("temp", "chat", (), ("temp",))
def temp(parts: Parts, argument: str) -> None:
    parts.temporary.begin()


@action("keep", "chat", (), ("keep",), possible=_is_temporary)
def keep(parts: Parts, argument: str) -> None:
    parts.temporary.keep()


@action("forget", "chat", (), ("forget",), possible=_is_temporary)
def forget(parts: Parts, argument: str) -> None:
    parts.temporary.forget()


@action("conversations", "chat", ("ctrl+s", "f7"), ("list", "chats"), takes_text=True)
def conversations(parts: Parts, argument: str) -> None:
    parts.switching.show_list(argument)


@action("service", "chat", (), ("service",), takes_text=True)
def service(parts: Parts, argument: str) -> None:
    parts.switching.show_service_history(argument)


# Most terminals send nothing for Ctrl+Tab, or keep it for themselves.
@action("last", "chat", ("f10", "ctrl+tab"), ("last",), possible=_has_last)
def last(parts: Parts, argument: str) -> None:
    parts.switching.open_last()


@action("find", "chat", ("ctrl+f",), ("find",), takes_text=True)
def find(parts: Parts, argument: str) -> None:
    parts.finding.open(argument)


@action("prompts", "chat", ("ctrl+r",), ("history",), takes_text=True)
def prompts(parts: Parts, argument: str) -> None:
    if not parts.prompt.redo_with_vim():
        parts.switching.search_prompts(argument)


@action("tree", "chat", ("alt+t",), ("tree",), possible=_has_turns)
def tree(parts: Parts, argument: str) -> None:
    parts.branching.show_tree()


@action("fork", "chat", (), ("fork",), takes_text=True, possible=_has_turns)
def fork(parts: Parts, argument: str) -> None:
    parts.branching.copy(argument)


@action("inspect", "chat", ("alt+i",), ("context",), takes_text=True)
def inspect(parts: Parts, argument: str) -> None:
    parts.inspecting.inspect(argument)


@action("leave_out", "chat", ("alt+x",), ("omit",), possible=_has_turns)
def leave_out(parts: Parts, argument: str) -> None:
    parts.inspecting.leave_out()


@action("cut", "chat", (), ("cut",), possible=_has_turns)
def cut(parts: Parts, argument: str) -> None:
    parts.inspecting.cut()


@action("uncut", "chat", (), ("uncut",), possible=lambda parts: parts.session.context.can_undo)
def uncut(parts: Parts, argument: str) -> None:
    parts.inspecting.uncut()


@action("summarize", "chat", (), ("summary",), possible=_has_turns)
def summarize(parts: Parts, argument: str) -> None:
    parts.inspecting.summarize()


@action("rename", "chat", (), ("rename",), takes_text=True, possible=_has_turns)
def rename(parts: Parts, argument: str) -> None:
    parts.switching.rename(argument)


@action("pin", "chat", (), ("pin",), possible=_has_turns)
def pin(parts: Parts, argument: str) -> None:
    parts.switching.pin()


@action("tag", "chat", (), ("tag",), takes_text=True, possible=_has_turns)
def tag(parts: Parts, argument: str) -> None:
    parts.switching.tag(argument)


@action("undelete", "chat", (), ("undelete",), possible=_has_deleted)
def undelete(parts: Parts, argument: str) -> None:
    parts.switching.undelete()


@action("export", "chat", (), ("export",), takes_text=True, possible=_has_turns)
def export(parts: Parts, argument: str) -> None:
    parts.exporting.export(argument)


@action("model", "chat", ("ctrl+l", "f3"), ("model",), takes_text=True)
def model(parts: Parts, argument: str) -> None:
    parts.dialogs.choose_model(argument)


@action("system", "chat", (), ("system",), takes_text=True, takes_lines=True)
def system(parts: Parts, argument: str) -> None:
    parts.parameters.system(argument)


@action("temperature", "chat", (), ("temperature",), takes_text=True)
def temperature(parts: Parts, argument: str) -> None:
    parts.parameters.temperature(argument)


@action("max_tokens", "chat", (), ("max_tokens",), takes_text=True)
def max_tokens(parts: Parts, argument: str) -> None:
    parts.parameters.max_tokens(argument)


@action("persona", "chat", ("alt+p",), ("persona",), takes_text=True, takes_lines=True)
def persona(parts: Parts, argument: str) -> None:
    parts.personas.command(argument)


@action("template", "chat", (), ("template", "templates"), takes_text=True, takes_lines=True)
def template(parts: Parts, argument: str) -> None:
    parts.templating.command(argument)


@action("compare", "chat", ("alt+c",), ("compare",), takes_text=True)
def compare(parts: Parts, argument: str) -> None:
    parts.comparing.command(argument)


# ------------------------------------------------------------------------------------------------------------ answer


@action("copy", "answer", ("ctrl+y",), ("copy",), takes_text=True, possible=_can_copy)
def copy(parts: Parts, argument: str) -> None:
    parts.copying.copy_answer(argument)


@action("save", "answer", (), ("save",), takes_text=True, possible=_can_copy)
def save(parts: Parts, argument: str) -> None:
    parts.saving_text.save(argument)


@action("raw", "answer", ("alt+r",), ("raw",), possible=_can_copy)
def raw(parts: Parts, argument: str) -> None:
    parts.raw_view.show()


@action("quote", "answer", ("alt+y",), ("quote",), possible=_can_copy)
def quote(parts: Parts, argument: str) -> None:
    parts.quoting.quote()


def _may_attach(parts: Parts) -> bool:
    """Return whether files may be put above the prompt; says why not."""
    if parts.is_revising:
        # The edited prompt keeps its own files.
        parts.notify_user(say("attach.not_while_editing"), "warning")
    return not parts.is_revising


@action("attach", "chat", ("alt+a",), ("attach",), takes_text=True)
def attach(parts: Parts, argument: str) -> None:
    if _may_attach(parts):
        # Queued after the letters that were typed before.
        parts.prompt.call_later(parts.attaching.attach, argument)


@action("paste", "chat", ("alt+v",), ("paste",))
def paste(parts: Parts, argument: str) -> None:
    if _may_attach(parts):
        parts.prompt.call_later(parts.pasting.paste)


@action("detach", "chat", (), ("detach",), takes_text=True, possible=lambda parts: bool(parts.attached))
def detach(parts: Parts, argument: str) -> None:
    parts.attaching.detach(argument)


@action(
    "unquote", "answer", (), ("unquote",), takes_text=True, possible=lambda parts: bool(parts.quotes.items)
)
def unquote(parts: Parts, argument: str) -> None:
    parts.quoting.unquote(argument)


@action("links", "answer", ("ctrl+o", "f4"), ("links", "open"), possible=_has_links)
def links(parts: Parts, argument: str) -> None:
    parts.dialogs.choose_link()


@action("cursor_up", "answer", ("alt+up",), ("cursor",), possible=_has_turns)
def cursor_up(parts: Parts, argument: str) -> None:
    parts.steering.move(-1)


@action("cursor_down", "answer", ("alt+down",), palette=False)
def cursor_down(parts: Parts, argument: str) -> None:
    parts.steering.move(1)


@action("edit_prompt", "answer", (), ("edit",), possible=_has_prompt)
def edit_prompt(parts: Parts, argument: str) -> None:
    turn = parts.steering.turn
    parts.transcript.cursor.clear()
    # Queued after the letters that were typed before.
    parts.prompt.call_later(parts.revising.begin, turn)


@action("regenerate", "answer", (), ("regenerate",), takes_text=True, possible=_has_prompt)
def regenerate(parts: Parts, argument: str) -> None:
    parts.regenerating.ask(parts.steering.answer, argument)


@action("branch", "answer", (), ("branch",), possible=_can_branch)
def branch(parts: Parts, argument: str) -> None:
    parts.steering.branch()


@action("version", "answer", (), ("version",), takes_text=True, possible=_has_versions)
def version(parts: Parts, argument: str) -> None:
    parts.steering.switch(argument)


@action("fold", "answer", (), ("fold",), possible=_has_turns)
def fold(parts: Parts, argument: str) -> None:
    parts.steering.fold()


@action("table", "answer", (), ("table",), possible=lambda parts: parts.table_view.is_useful)
def table(parts: Parts, argument: str) -> None:
    parts.table_view.open()


@action("select_up", "answer", ("alt+shift+up",), palette=False, possible=_has_turns)
def select_up(parts: Parts, argument: str) -> None:
    parts.block_selecting.extend(-1)


@action("select_down", "answer", ("alt+shift+down",), palette=False, possible=_has_turns)
def select_down(parts: Parts, argument: str) -> None:
    parts.block_selecting.extend(1)


# -------------------------------------------------------------------------------------------------------------- view


@action("page_up", "view", ("pageup",), palette=False)
def page_up(parts: Parts, argument: str) -> None:
    parts.transcript.page(-1)


@action("page_down", "view", ("pagedown",), palette=False)
def page_down(parts: Parts, argument: str) -> None:
    parts.transcript.page(1)


# Terminals take Shift and Ctrl with these keys for themselves, to scroll and to change tabs.
@action("prompt_up", "view", ("alt+pageup",), ("previous",), possible=_has_turns)
def prompt_up(parts: Parts, argument: str) -> None:
    parts.transcript.jump(-1)


@action("prompt_down", "view", ("alt+pagedown",), ("next",), possible=_has_turns)
def prompt_down(parts: Parts, argument: str) -> None:
    parts.transcript.jump(1)


@action("line_up", "view", ("ctrl+up",), palette=False)
def line_up(parts: Parts, argument: str) -> None:
    parts.transcript.scroll_lines(-1)


@action("line_down", "view", ("ctrl+down",), palette=False)
def line_down(parts: Parts, argument: str) -> None:
    parts.transcript.scroll_lines(1)


@action("top", "view", ("ctrl+home",), possible=_has_turns)
def top(parts: Parts, argument: str) -> None:
    parts.transcript.go_to_start()


@action("end", "view", ("ctrl+end",), possible=_has_turns)
def end(parts: Parts, argument: str) -> None:
    parts.transcript.go_to_end()


@action("theme", "view", ("ctrl+t",), ("theme",), takes_text=True)
def theme(parts: Parts, argument: str) -> None:
    parts.dialogs.choose_theme(argument)


@action("images", "view", (), ("images",), takes_text=True)
def images(parts: Parts, argument: str) -> None:
    parts.choose_images(argument)


@action("language", "view", ("f12",), ("language", "lang"), takes_text=True)
def language(parts: Parts, argument: str) -> None:
    parts.appearance.switch_language(argument)


# ----------------------------------------------------------------------------------------------------------- program


@action("balance", "program", ("f9",), ("balance",))
def balance(parts: Parts, argument: str) -> None:
    parts.session.read_account(asked_for=True)


@action("cap", "program", (), ("cap", "limit"), takes_text=True)
def cap(parts: Parts, argument: str) -> None:
    parts.set_cap(argument)


@action("stats", "program", (), ("stats",))
def stats(parts: Parts, argument: str) -> None:
    parts.show_statistics()


@action("settings", "program", (), ("settings", "config"))
def settings(parts: Parts, argument: str) -> None:
    parts.configuring.show()


@action("feedback", "program", (), ("feedback",))
def feedback(parts: Parts, argument: str) -> None:
    parts.feedback.show()


@action("key", "program", (), ("key",))
def key(parts: Parts, argument: str) -> None:
    parts.key_dialog.ask_for_key()


@action("demo", "program", (), ("demo",), demo_only=True, takes_text=True)
def demo(parts: Parts, argument: str) -> None:
    parts.sending.play_scenario(argument)


@action("palette", "program", ("ctrl+p",), palette=False)
def palette(parts: Parts, argument: str) -> None:
    parts.dialogs.choose_action()


@action("help", "program", ("f1",), ("help", "?"))
def show_help(parts: Parts, argument: str) -> None:
    parts.dialogs.show_help()


@action("pause", "program", ("ctrl+z",), palette=False, anywhere=True)
def pause(parts: Parts, argument: str) -> None:
    parts.program.pause()


@action("leave", "program", ("ctrl+d",), palette=False)
def leave(parts: Parts, argument: str) -> None:
    parts.stopping.leave_if_empty()


@action("quit", "program", ("ctrl+q",), ("quit", "exit", "q"), anywhere=True)
def quit_program(parts: Parts, argument: str) -> None:
    parts.program.leave()

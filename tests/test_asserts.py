"""Nothing depends on an `assert`: `python -O` leaves them out, and what a user does must not reach one."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from elumenta_tui.chat.failure import Failure
from tests.chatting import chat_app, chatting
from tests.pseudo_terminal import Terminal
from tests.service import service_thread
from tests.storing import answered, conversation, die, saved, shelf, started
from tests.syntax import nodes, trees
from tests.thorough import thorough


def is_for_the_type_checker(test: ast.expr) -> bool:
    """Whether an assertion does nothing but narrow the type of a name or of a plain attribute."""
    match test:
        case ast.Compare(left=left, ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return is_plain(left)
        case ast.Call(func=ast.Name(id="isinstance"), args=[left, _], keywords=[]):
            return is_plain(left)
    return False


def is_plain(value: ast.expr) -> bool:
    """A public attribute may be a property that does something when it is read."""
    match value:
        case ast.Name():
            return True
        case ast.Attribute(value=ast.Name(), attr=name):
            return name.startswith("_")
    return False


def test_an_assertion_does_nothing_but_narrow_a_type() -> None:
    found = [
        f"{path}:{node.lineno}: {ast.unparse(node)}"
        for path, tree in trees().items()
        for node in nodes(tree)
        if isinstance(node, ast.Assert) and not is_for_the_type_checker(node.test)
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    ["assert self.library", "assert f(x) is not None", "assert self.library is not None", "assert x"],
)
def test_an_assertion_that_does_something_would_be_found(source: str) -> None:
    [node] = ast.parse(source).body
    assert isinstance(node, ast.Assert)
    assert not is_for_the_type_checker(node.test)


@thorough
@pytest.mark.parametrize("arguments", [pytest.param([], marks=thorough), ["--continue"]])
def test_without_assertions_the_conversations_are_opened_all_the_same(
    tmp_path: Path, arguments: list[str]
) -> None:
    here = started(tmp_path / "data")
    if arguments:
        here.put(saved(answered("old", "The answer"), conversation("c1", "An old one")))
        here.close()
    else:
        here.put(
            saved(answered("old", "The answer", ended=False), conversation("c1", "An old one"), whole=False)
        )
        die(here)
    with (
        service_thread() as service,
        Terminal(
            [sys.executable, "-O", "-m", "elumenta_tui", *arguments],
            env=service.environ(ELUMENTA_HOME=str(tmp_path)),
        ) as terminal,
    ):
        # The first start with -O compiles everything, Textual too: slow where much else runs.
        terminal.wait_for("The answer", timeout=30)
        if not arguments:
            terminal.wait_for("The program ended in the middle of an answer")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0


async def test_looking_for_a_lost_answer_without_an_account_asks_for_a_key(tmp_path: Path) -> None:
    lost = answered("q", "half", ended=False)
    lost.fail(Failure("stream_error"))
    with shelf(tmp_path / "data") as here:
        here.put(saved(lost, conversation("c1", "An old one")))
    async with chatting(chat_app(None, tmp_path, resume=True)) as chat:
        await chat.until(lambda: len(chat.app.screen_stack) == 2)
        await chat.pilot.press("escape")
        await chat.sees("half")
        await chat.pilot.press("ctrl+g")
        await chat.until(lambda: len(chat.app.screen_stack) == 2)
        await chat.sees("API key")
        assert chat.app.failure is None

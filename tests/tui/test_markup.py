"""A stranger's text is text: in no widget, toast, title, tooltip or picker is it read as markup.

Every test of the suite refuses to have markup read (see `conftest.no_markup`). Here every place that can show a stranger's
words is given the worst of them, and the source is searched for places that no test may have come by.
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from textual import widgets
from textual.content import Content
from textual.widget import Widget

import elumenta_tui
from elumenta_tui.config.settings import Settings
from elumenta_tui.i18n import LANGUAGES
from elumenta_tui.text.sanitize import clean, clean_line
from tests.chatting import Chat, account_at, chat_app, chatting
from tests.hostile import ALL, MARKUP, WORST, in_markdown
from tests.service import Service, delta, ended, json_response, sse, started
from tests.thorough import thorough

SEEN = clean_line(MARKUP)
"""The beginning of the worst text, as it has to stand on the screen."""


# ------------------------------------------------------------------------------------------------------- on the screen


@thorough
async def test_the_worst_text_is_text_wherever_the_service_can_put_it(tmp_path: Path) -> None:
    fields = ("name", "provider", "category", "min_plan", "description_en")
    models = [{"slug": f"evil-{number}", **dict.fromkeys(fields, ALL)} for number in range(3)]
    models += [{"slug": ALL, **dict.fromkeys(fields, ALL), "category": "text", "token_cost": ALL}]
    async with Service() as service:
        service.balance = 300
        service.route(
            "/api/v2/models", json_response(200, [*models, {"slug": "gpt-5", "name": ALL, "token_cost": 2}])
        )
        service.route("/api/v2/balance", json_response(200, {"token_balance": 300, "plan": ALL}))
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("a[/b] [red]x[/red]")
            await chat.pilot.press("f3")
            await chat.sees("a[/b] [red]x[/red]", "search…")
            await chat.type("evil")
            assert chat.rows
            await chat.pilot.press("escape")
            service.queue(sse(started(ALL, ALL), delta(in_markdown(ALL)), {"type": "error", "message": ALL}))
            await chat.paste(ALL)
            await chat.pilot.press("enter")
            await chat.sees("The service says:", SEEN[:40])
            await everywhere(chat)
            service.queue(json_response(400, {"error": "bad_request", "message": ALL, "details": {ALL: ALL}}))
            chat.app.prompt.take()
            await chat.ask(MARKUP)
            await chat.sees("The service says:", SEEN[:40])
            service.route("/api/v2/balance", json_response(500, {"error": ALL, "message": ALL}))
            await chat.pilot.press("f9")
            await chat.until(lambda: chat.app.notice.text, "a notice")
            await chat.sees("The service says:")
            service.route(
                "/api/v2/balance", json_response(401, {"error": "not_authenticated", "message": ALL})
            )
            await chat.pilot.press("f9")
            await chat.sees("Esc", "The service says:")


async def test_the_worst_text_is_text_wherever_the_user_and_the_disk_can_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / f"{MARKUP.replace('/', '')}.toml").write_text("name = 1")
    named = (
        'primary = "#ff0000"\nname = "'
        + "".join(f"\\u{ord(letter):04x}" for letter in clean(ALL)[:150])
        + '"'
    )
    (tmp_path / "themes" / "named.toml").write_text(named)
    settings = Settings(theme=MARKUP, model=ALL)
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, settings=settings)) as chat,
    ):
        await chat.until(lambda: chat.app.notice.text, "a notice")
        await chat.sees(SEEN[:40])
        for command in (
            "/theme",
            "/model",
            "/balance",
            "/demo",
            "/help",
            "/list",
            "/history",
            f"/{MARKUP}",
            "/rename",
        ):
            chat.app.prompt.insert(f"{command} {clean_line(ALL, 3000)}")
            await chat.pilot.press("enter")
            await chat.settle()
            assert len(service.posts) == (command in (f"/{MARKUP}", "/rename"))
            while len(chat.app.screen_stack) > 1:
                await chat.pilot.press("escape")
                await chat.pilot.pause()
            chat.app.session.stop()
            chat.app.prompt.take()
        chat.app.parts.key_dialog.use_key(clean_line(ALL, 3000))
        await chat.sees("contains characters that no key has")
        await chat.pilot.press("escape")
        chat.app.keychain._config_path = tmp_path / MARKUP.replace("/", "∕")
        chat.app.keychain._config_path.mkdir()
        told: list[str] = []
        tell = chat.app.notice.show

        def tell_and_note(text: str, *more: Any, **options: Any) -> None:
            told.append(text)
            tell(text, *more, **options)

        monkeypatch.setattr(chat.app.notice, "show", tell_and_note)
        chat.app.parts.key_dialog.use_key(f"nb_{'0' * 45}")
        # Other news of the new account may take its place at once.
        await chat.until(lambda: any("could not be saved" in text for text in told))


async def everywhere(chat: Chat) -> None:
    """Look at every screen, in both languages, with what it has to show now."""
    for _ in LANGUAGES:
        await chat.pilot.press("f12")
        for key in ("f1", "f3", "ctrl+p", "ctrl+t", "ctrl+s", "ctrl+r"):
            await chat.pilot.press(key)
            await chat.until(lambda: len(chat.app.screen_stack) == 2)
            await chat.pilot.pause()
            assert chat.rows
            for widget in chat.app.screen.walk_children(Widget):
                assert widget.tooltip is None or isinstance(widget.tooltip, Content)
            await chat.pilot.press("escape")
            await chat.pilot.pause()
    await chat.pilot.press("ctrl+home")
    for _ in range(12):
        await chat.pilot.press("pagedown")
        assert chat.rows
    await chat.pilot.press("ctrl+end")


async def test_nothing_a_stranger_writes_ends_the_program(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), (60, 20)) as chat:
        for name, text in WORST.items():
            with subtests.test(name):
                before = len(service.posts)
                service.queue(sse(started(text, text), delta(in_markdown(text)), ended()))
                await chat.paste(f"{text}.")
                await chat.pilot.press("enter")
                conversation = chat.app.session.conversation
                await chat.until(lambda: conversation.answers and conversation.answers[0].over)  # noqa: B023  # awaited here
                await chat.sees("the end")
                for _ in range(8):
                    await chat.pilot.press("pageup")
                    assert chat.rows
                # What has come goes back with the next request, and into the clipboard.
                chat.app.parts.copying.copy_answer()
                await chat.ask("next")
                sent = service.posts[before + 1].json["messages"]
                assert sent[0]["content"] == clean(f"{text}.").strip("\n")
                assert sent[1]["content"] == conversation.answers[0].text == clean(in_markdown(text))
            chat.app.prompt.clear()
            await chat.pilot.press("ctrl+n")
            await chat.until(lambda: not chat.app.session.conversation.answers)
            await chat.sees_no("the end")


# ------------------------------------------------------------------------------------------------------- in the source

MODULES = [module.name for module in pkgutil.walk_packages(elumenta_tui.__path__, "elumenta_tui.")]

READ_AS_TEXT = {widgets.Input, widgets.TextArea}
"""Widgets of Textual that can't be told to leave markup alone, and leave it alone."""

WITHOUT_TEXT = {"textual.widget", "textual.containers", "textual.scroll_view", "textual.screen"}
"""Where Textual has its widgets that show no text of their own."""


def knows_textual(module: str) -> bool:
    """Without Textual there is nothing that could be shown."""
    return "textual" in inspect.getsource(import_module(module))


def widget_classes() -> dict[str, type[Widget]]:
    """Every class of widgets by its name, whether it is in use or not."""
    for name in vars(widgets)["__all__"]:
        getattr(widgets, name)
    for module in MODULES:
        import_module(module)
    found: dict[str, type[Widget]] = {}
    waiting: list[type[Widget]] = [Widget]
    while waiting:
        kind = waiting.pop()
        found[kind.__name__] = kind
        waiting += kind.__subclasses__()
    return found


def offences(source: str, classes: dict[str, type[Widget]]) -> Iterator[str]:
    """The places of a module that would have text read as markup."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            where = f"line {node.lineno}: {name}"
            is_risky = name == "notify" or (name in classes and not is_harmless(classes[name]))
            parses = name in ("from_markup", "to_content", "render_str")
            if parses or (is_risky and not leaves_markup_alone(node)):
                yield where
            if name == "with_tooltip" and not is_content(node.args[0]):
                yield where
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if (
                    isinstance(method, ast.FunctionDef)
                    and method.name == "render"
                    and not promises_content(method)
                ):
                    yield f"line {method.lineno}: render"
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
                if name.lower() in ("border_title", "border_subtitle", "tooltip") and not is_content(
                    node.value
                ):
                    yield f"line {node.lineno}: {name}"


def leaves_markup_alone(call: ast.Call) -> bool:
    return any(
        keyword.arg == "markup" and isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        for keyword in call.keywords
    )


def is_harmless(kind: type[Widget]) -> bool:
    """Whether a widget, by what it is made of, shows text as text without being told."""
    # Of our own classes the source is looked at, so what counts is what they come from.
    return all(
        base in READ_AS_TEXT or base.__module__ in WITHOUT_TEXT
        for base in kind.__mro__
        if issubclass(base, Widget) and not base.__module__.startswith("elumenta_tui.")
    )


def promises_content(method: ast.FunctionDef) -> bool:
    return method.returns is not None and ast.unparse(method.returns) == "Content"


def is_content(value: ast.expr) -> bool:
    """Content, or what a signature promises to be Content."""
    if isinstance(value, ast.Call):
        made = ast.unparse(value.func)
        return made == "Content" or made in ("Content.styled", "Content.assemble", "key_line", "key_words")
    return isinstance(value, ast.Name) and value.id in ("title", "subtitle")


@thorough
@pytest.mark.parametrize("module", [module for module in MODULES if knows_textual(module)])
def test_no_source_has_text_read_as_markup(module: str) -> None:
    source = inspect.getsource(import_module(module))
    classes = widget_classes()
    for name in vars(import_module(module)).keys() & classes.keys():
        # A class of ours may have the name of a widget: rules are blocks of an answer too.
        if vars(import_module(module))[name] is not classes[name]:
            del classes[name]
    assert list(offences(source, classes)) == []


@thorough
@pytest.mark.parametrize(
    "source",
    [
        "Static('x')",
        "Static(name, markup=True)",
        "Label(name)",
        "widgets.Label(name, markup=wanted)",
        "OptionList(name)",
        "Button(name)",
        "Tree(name)",
        "Checkbox(name)",
        "Collapsible(title=name)",
        "Greeting()",
        "app.notify(name)",
        "self.notify(name, markup=True)",
        "box.border_title = name",
        "box.border_subtitle = f'{name}'",
        "box.tooltip = say('x')",
        "class X(Vertical):\n    BORDER_TITLE = 'x'",
        "Vertical().with_tooltip(name)",
        "class X(Widget):\n    def render(self) -> str: ...",
        "Content.from_markup(name)",
        "widget.render_str(name)",
    ],
)
def test_a_place_that_reads_markup_would_be_found(source: str) -> None:
    assert list(offences(source, widget_classes()))


@pytest.mark.parametrize(
    "source",
    [
        "Static(name, markup=False)",
        "app.notify(name, markup=False)",
        "box.border_title = Content(name)",
        "Prompt(id='prompt')",
        "Input(name)",
        "HelpScreen(demo=True)",
        "Transcript(clock=clock)",
    ],
)
def test_a_place_that_shows_text_as_it_is_is_no_offence(source: str) -> None:
    assert list(offences(source, widget_classes())) == []

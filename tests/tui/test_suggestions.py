"""A typed slash word is completed from a list above the prompt, which acts on nothing by itself."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.config.settings import Persona, Settings
from elumenta_tui.demo import DemoTransport
from elumenta_tui.session.backend import demo_account
from elumenta_tui.tui.app import ElumentaApp
from elumenta_tui.tui.catalogue import slash_command
from elumenta_tui.tui.suggesting import suggestions
from elumenta_tui.tui.widgets.suggestion_list import MOST_ROWS
from tests.chatting import Chat, account_at, chat_app, chatting, hurry, quick_demo
from tests.thorough import thorough


def demo(home: Path) -> ElumentaApp:
    return chat_app(demo_account(), home)


def talkative(home: Path) -> ElumentaApp:
    """With an account whose answers take no time."""
    return chat_app(demo_account(lambda: DemoTransport(sleep=hurry)), home)


def lines(app: ElumentaApp, typed: str) -> list[str]:
    return [item.line for item in suggestions(app.parts, typed)]


def listed(chat: Chat) -> list[str]:
    """The rows of the list that is out."""
    found = chat.app.parts.chrome.suggestion_list
    if found is None or not found.display:
        return []
    region = found.content_region
    return [
        row[region.x : region.right].rstrip(" █▀▄").lstrip("› ")
        for row in chat.rows[region.y : region.bottom]
    ]


# ------------------------------------------------------------------------------------------------ what is suggested


@thorough
async def test_a_slash_lists_what_can_be_done_now_and_nothing_else(tmp_path: Path) -> None:
    async with chatting(talkative(tmp_path)) as chat:
        empty = lines(chat.app, "/")
        assert {"/new", "/model", "/theme", "/help", "/quit", "/demo"} <= {*empty}
        assert not {"/stop", "/retry", "/continue", "/fetch", "/copy", "/export", "/rename"} & {*empty}
        await chat.ask("hello")
        assert {"/copy", "/export", "/rename"} <= {*lines(chat.app, "/")}


@thorough
async def test_what_stops_an_answer_is_listed_while_one_comes(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.send("/demo slow")
        assert "/stop" in lines(chat.app, "/")
        # The answer goes on where it is.
        assert "/new" in lines(chat.app, "/")


@thorough
async def test_commands_of_the_demo_are_listed_in_the_demo_alone(tmp_path: Path) -> None:
    app = chat_app(account_at("http://127.0.0.1:9"), tmp_path)
    async with chatting(app) as chat:
        assert "/demo" not in lines(chat.app, "/")
        assert lines(chat.app, "/demo c") == []


@thorough
async def test_a_command_is_listed_once_under_the_word_that_was_begun(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        assert lines(chat.app, "/n") == ["/new"]
        assert lines(chat.app, "/cl") == ["/clear"]
        assert lines(chat.app, "/CL") == ["/clear"]
        assert lines(chat.app, "/q") == ["/quit"]


@thorough
async def test_a_word_in_the_russian_layout_is_understood(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        assert lines(chat.app, "/ьщв") == ["/model"]
        assert lines(chat.app, "/model сдфг") == [
            f"/model {model.slug}" for model in chat.app.session.models if "clau" in model.slug
        ]


def _are_listed(app: ElumentaApp, typed: str, wanted: set[str]) -> bool:
    return {*lines(app, typed)} == wanted


async def test_personas_templates_slugs_and_directories_are_completed_in_either_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prompts").mkdir()
    for name in ("review-diff", "перевод"):
        (tmp_path / "prompts" / f"{name}.md").write_text("What is {{what}}?", encoding="utf-8")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes.md").write_text("mine")
    monkeypatch.chdir(tmp_path)
    personas = {"reviewer": Persona("You review."), "Редактор": Persona("You edit.")}
    app = chat_app(quick_demo(), tmp_path, settings=Settings(personas=personas))
    async with chatting(app) as chat:
        for typed in ("/rev", "/кум", ".кум"):
            assert lines(app, typed) == ["/reviewer", "/review-diff"], typed
        for typed in ("/пере", "/gtht", ".пере"):
            assert lines(app, typed) == ["/перевод"], typed
        for typed in ("/ред", "/htl"):
            assert lines(app, typed) == ["/редактор"], typed
        for typed in ("/persona ред", "/persona htl"):
            assert lines(app, typed) == ["/persona Редактор"], typed
        for typed in ("/model gpt-5-n", "/model пзе-5-т", ".ьщвуд пзе-5-т"):
            assert [line.split()[-1] for line in lines(app, typed)] == ["gpt-5-nano"], typed
        assert lines(app, ".не команда") == []
        await chat.ask("hello")
        for typed in ("/attach no", "/save no", "/export md no", "/export md --attachments no"):
            before = typed.rpartition(" ")[0]
            files = [f"{before} notes.md"] if before == "/attach" else []
            wanted = {f"{before} notes/", *files}
            await chat.until(partial(_are_listed, app, typed, wanted), typed)
        # What is completed is what runs, in whatever layout it is typed.
        for typed in ("/gthtdjl", ".перевод"):
            chat.app.prompt.insert(typed)
            await chat.pilot.press("enter")
            await chat.until(lambda: chat.app.prompt.text == "What is {{what}}?", typed)
            chat.app.prompt.clear()


@thorough
async def test_what_may_follow_a_word_is_suggested_where_it_is_one_of_a_few(tmp_path: Path) -> None:
    async with chatting(talkative(tmp_path)) as chat:
        await chat.ask("hello")
        assert lines(chat.app, "/theme ") == [
            *(f"/theme {theme.name}" for theme in chat.app.appearance.themes.every()),
            "/theme auto",
        ]
        assert lines(chat.app, "/language ") == ["/language en", "/language ru"]
        assert lines(chat.app, "/export j") == ["/export json"]
        assert "/demo cut" in lines(chat.app, "/demo c")
        assert lines(chat.app, "/rename x") == []
        assert {item.title.partition(" · ")[0] for item in suggestions(chat.app.parts, "/model gpt")} <= {
            model.name for model in chat.app.session.models
        }


@thorough
async def test_a_part_of_a_name_finds_it_behind_those_that_begin_so(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        found = lines(chat.app, "/theme day")
        assert found == ["/theme elumenta-day"]


@thorough
async def test_a_prompt_that_can_be_no_command_lists_nothing(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        for text in ("hello", "//new", "/etc/hosts", "/usr", "/new\n", " /new", "1/2", "/zz"):
            chat.app.prompt.clear()
            await chat.paste(text)
            assert not chat.app.prompt.suggest().items, text
        assert listed(chat) == []


# --------------------------------------------------------------------------------------------------- the list itself


@thorough
@pytest.mark.parametrize("size", [(40, 15), (80, 24), (120, 40), (200, 60)])
async def test_the_list_stands_above_the_prompt_and_moves_nothing(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with chatting(demo(tmp_path), size=size) as chat:
        await chat.sees("DEMO")
        before = chat.app.prompt.region
        await chat.type("/")
        await chat.until(lambda: len(listed(chat)) == MOST_ROWS, "the list")
        shown = chat.app.parts.chrome.suggestion_list
        assert shown is not None
        assert chat.app.prompt.region == before
        assert shown.region.bottom == before.y
        assert shown.region.y > 0
        # Nothing of what it covers is to be seen beside it, and a line shows where it begins.
        assert (shown.region.x, shown.region.right) == (0, size[0])
        assert set(chat.rows[shown.region.y]) == {"─"}
        # By wrapping from the first to the last one, every one comes into view.
        await chat.pilot.press("up")
        last = suggestions(chat.app.parts, "/")[-1].line
        await chat.until(lambda: any(row.startswith(last) for row in listed(chat)), last)


@thorough
@pytest.mark.parametrize("size", [(40, 15), (80, 24)])
async def test_themes_are_named_in_full(tmp_path: Path, size: tuple[int, int]) -> None:
    async with chatting(demo(tmp_path), size=size) as chat:
        await chat.type("/theme el")
        await chat.until(
            lambda: (
                listed(chat) == lines(chat.app, "/theme el")[: len(listed(chat))]
                and len(set(listed(chat))) >= 3
            ),
            "the themes",
        )


@thorough
async def test_a_sentence_takes_all_columns_that_there_are(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.type("/demo pend")
        [suggested] = suggestions(chat.app.parts, "/demo pend")
        assert len(suggested.title) > 50
        await chat.until(lambda: listed(chat) == [f"{suggested.line}  {suggested.title}"])


@thorough
async def test_the_chosen_row_is_marked_without_colours_too(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.type("/theme el")
        await chat.pilot.press("down", "down")
        second = lines(chat.app, "/theme el")[1]
        await chat.until(lambda: [row for row in chat.rows if "›" in row] == [f"› {second}"])


@thorough
async def test_the_list_follows_the_letters_and_goes_with_the_word(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.type("/the")
        await chat.until(lambda: [row.partition(" ")[0] for row in listed(chat)] == ["/theme"])
        await chat.pilot.press("backspace")
        await chat.until(lambda: len(listed(chat)) == 1)
        await chat.pilot.press("ctrl+u")
        await chat.until(lambda: not listed(chat))


@thorough
async def test_it_speaks_the_language_that_is_chosen_while_it_is_out(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.type("/new")
        await chat.sees("New conversation")
        await chat.pilot.press("f12")
        await chat.until(lambda: any("Новый разговор" in row for row in listed(chat)))
        i18n.use("en")


@thorough
async def test_recalled_text_leaves_the_arrow_keys_to_the_history(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        for text in ("first", "/theme elumenta-day"):
            chat.app.prompt.sent.add(text)
        await chat.pilot.press("up")
        assert chat.app.prompt.text == "/theme elumenta-day"
        assert listed(chat) == []
        await chat.pilot.press("up")
        assert chat.app.prompt.text == "first"


# ------------------------------------------------------------------------------------------------------ Tab and Enter


@thorough
async def test_tab_completes_what_is_certain_and_can_be_undone(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.type("/th")
        await chat.pilot.press("tab")
        assert chat.app.prompt.text == "/theme "
        await chat.type("el")
        await chat.pilot.press("tab")
        assert chat.app.prompt.text == "/theme elumenta-"
        await chat.type("da")
        await chat.pilot.press("tab")
        assert chat.app.prompt.text == "/theme elumenta-day"
        chat.app.prompt.undo()
        assert chat.app.prompt.text == "/theme elumenta-da"
        assert chat.app.focused is chat.app.prompt


async def test_tab_where_nothing_is_certain_chooses_the_first(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.type("/l")
        first, *_ = suggestions(chat.app.parts, "/l")
        await chat.pilot.press("tab")
        assert chat.app.prompt.text == "/l"
        assert chat.app.prompt.suggest().chosen == first
        await chat.pilot.press("tab")
        assert chat.app.prompt.text.rstrip() == first.line


@thorough
async def test_tab_at_once_behind_the_letters_completes_them(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.pilot.press("/", "q", "u", "tab")
        assert chat.app.prompt.text == "/quit"


@thorough
async def test_enter_runs_what_is_typed_while_nothing_is_chosen(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.type("/h")
        await chat.pilot.press("enter")
        await chat.sees("Unknown command /h.")
        assert chat.app.prompt.text == "/h"
        assert chat.app.session.conversation.answers == []


@thorough
async def test_enter_runs_the_only_one_in_whatever_layout_it_is_typed(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    async with chatting(demo(tmp_path)) as chat:
        for typed in ("/the", "/еруьу", ".еруьу", ".еру"):
            with subtests.test(typed):
                await chat.type(typed)
                await chat.sees("Enter · Choose the theme")
                await chat.pilot.press("enter")
                await chat.until(lambda: len(chat.app.screen_stack) == 2)
                assert chat.app.session.conversation.answers == []
                await chat.pilot.press("escape")
                await chat.until(lambda: len(chat.app.screen_stack) == 1)
                await chat.sees_no("Choose the theme")


@thorough
async def test_a_dot_that_begins_no_command_is_a_dot(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with chatting(talkative(tmp_path)) as chat:
        for text in (".раз", "./run", ". да", "...и что?"):
            with subtests.test(text):
                assert (await chat.ask(text)).prompt == text


@thorough
async def test_enter_runs_the_chosen_one_which_the_frame_has_named(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.type("/theme el")
        await chat.pilot.press("down", "down")
        second = suggestions(chat.app.parts, "/theme el")[1].line.removeprefix("/theme ")
        await chat.sees("Enter · Choose the theme")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.theme == second)
        assert chat.app.prompt.text == ""
        await chat.pilot.press("up")
        assert chat.app.prompt.text == f"/theme {second}"


@thorough
async def test_a_letter_takes_the_choice_back(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.type("/")
        await chat.pilot.press("down", "h")
        assert chat.app.prompt.suggest().chosen is None


async def test_a_click_completes_the_word(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.type("/h")
        await chat.until(lambda: listed(chat) and all(text.startswith("/h") for text in listed(chat)))
        [row] = [number for number, text in enumerate(listed(chat)) if text.startswith("/help ")]
        await chat.pilot.click("#suggestions", offset=(3, 1 + row))
        await chat.until(lambda: chat.app.prompt.text == "/help")
        assert chat.app.focused is chat.app.prompt


async def test_escape_closes_the_list_and_only_a_second_one_stops_the_answer(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        answer = await chat.send("/demo slow")
        await chat.type("/h")
        await chat.until(lambda: listed(chat))
        await chat.pilot.press("escape")
        await chat.until(lambda: not listed(chat))
        assert not answer.over
        assert chat.app.prompt.text == "/h"
        await chat.pilot.press("escape")
        await chat.until(lambda: answer.over)


@thorough
async def test_pasted_slash_words_and_tabs_do_nothing(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.paste("/quit\t\n/new\n")
        await chat.settle()
        assert listed(chat) == []
        assert chat.app.prompt.text.startswith("/quit")
        assert chat.app._exit is False


# ---------------------------------------------------------------------------------------------------- did you mean it


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("mdel", "model"), ("modle", "model"), ("mod", "model"), ("qiut", "quit")],
)
def test_a_slip_is_answered_with_the_word_that_was_meant(typed: str, meant: str) -> None:
    command = slash_command(f"/{typed}", demo=False)
    assert command is not None
    assert command.action is None
    assert f"Unknown command /{typed}. Did you mean /{meant}?" in command.complaint


@pytest.mark.parametrize("typed", ["nonsense", "demmo"])
def test_no_word_is_proposed_that_is_unlike_or_not_for_this_account(typed: str) -> None:
    command = slash_command(f"/{typed}", demo=False)
    assert command is not None
    assert "/demo" not in command.complaint
    assert typed != "nonsense" or "Did you mean" not in command.complaint


@thorough
async def test_the_list_makes_room_for_what_is_queued(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        turn = await chat.send("/demo slow")
        await chat.type("/demo error")
        await chat.until(lambda: listed(chat))
        await chat.pilot.press("enter")
        await chat.sees("1 queued", "1 /demo error")
        assert not listed(chat)
        await chat.pilot.press("escape")
        await chat.until(lambda: turn.over)

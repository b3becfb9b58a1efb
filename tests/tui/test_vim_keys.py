"""Vim's keys in the prompt: what each does to a text, and how the modes go along with the rest of the app."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.config.settings import Settings
from elumenta_tui.tui.widgets.vim_keys import VimKeys
from tests.chatting import account_at, chat_app, chatting, quick_demo, said
from tests.service import Service
from tests.thorough import thorough


class Page:
    """A text area with one text and one cursor."""

    def __init__(self, text: str, place: int) -> None:
        self.shown_text, self.cursor_place = text, place
        self.selected = ""
        self._before: list[tuple[str, int]] = []
        self.recalled = 0

    def select_range(self, start: int, end: int) -> None:
        self.cursor_place = end
        self.selected = self.shown_text[min(start, end) : max(start, end)]

    def replace_range(self, start: int, end: int, text: str) -> None:
        self._before.append((self.shown_text, self.cursor_place))
        self.shown_text = self.shown_text[:start] + text + self.shown_text[end:]
        self.cursor_place = start + len(text)

    def undo(self) -> None:
        if self._before:
            self.shown_text, self.cursor_place = self._before.pop()

    def action_cursor_up(self) -> None:
        self.recalled -= 1

    def action_cursor_down(self) -> None:
        self.recalled += 1


def pressed(keys: str, marked: str) -> str:
    """Press keys in the normal mode; the text before and after has a bar before the cursor."""
    page = Page(marked.replace("|", ""), marked.index("|"))
    vim = VimKeys(page, lambda: None)
    vim.mode = "normal"
    for key in keys:
        if key == "⎋":
            vim.escape()
        elif not vim.takes(key, key):
            # What the text area does with it.
            page.replace_range(page.cursor_place, page.cursor_place, key)
    place = page.cursor_place
    return f"{page.shown_text[:place]}|{page.shown_text[place:]}"


MOTIONS = [
    ("h", "on|e", "o|ne"),
    ("h", "a\n|b", "a\n|b"),
    ("l", "|one", "o|ne"),
    ("ll", "on|e", "on|e"),
    ("2l", "|one", "on|e"),
    ("j", "o|ne\ntwo", "one\nt|wo"),
    ("j", "thre|e\na", "three\n|a"),
    ("k", "one\nt|wo", "o|ne\ntwo"),
    ("w", "|one, two", "one|, two"),
    ("2w", "|one, two", "one, |two"),
    ("W", "|one, two", "one, |two"),
    ("w", "o|ne\n  two", "one\n  |two"),
    ("w", "one tw|o", "one tw|o"),
    ("b", "one tw|o", "one |two"),
    ("bb", "one tw|o", "|one two"),
    ("B", "a.b c.|d", "a.b |c.d"),
    ("e", "|one two", "on|e two"),
    ("ee", "|one two", "one tw|o"),
    ("E", "|a.b c", "a.|b c"),
    ("0", "  on|e", "|  one"),
    ("^", "  on|e", "  |one"),
    ("$", "|one\ntwo", "on|e\ntwo"),
    ("gg", "one\nt|wo", "|one\ntwo"),
    ("G", "|one\n  two", "one\n  |two"),
    ("2G", "|one\ntwo\nthree", "one\n|two\nthree"),
    ("fo", "|one two", "one tw|o"),
    ("to", "|one two", "one t|wo"),
    ("Fo", "one tw|o", "|one two"),
    ("To", "one tw|o", "o|ne two"),
    ("fa;", "|banana", "ban|ana"),
    ("fa;,", "|banana", "b|anana"),
    ("2fa", "|banana", "ban|ana"),
    ("fx", "|one", "|one"),
]

EDITS = [
    ("x", "|one", "|ne"),
    ("3x", "|one two", "| two"),
    ("x", "on|e", "o|n"),
    ("X", "on|e", "o|e"),
    ("dw", "|one two", "|two"),
    ("dw", "one |two\nthree", "one| \nthree"),
    ("d2w", "|one two three", "|three"),
    ("2dw", "|one two three", "|three"),
    ("de", "|one two", "| two"),
    ("db", "one tw|o", "one |o"),
    ("d$", "one |two", "one| "),
    ("D", "one |two", "one| "),
    ("d0", "one |two", "|two"),
    ("dfw", "|one two", "|o"),
    ("dto", "one |two", "one |o"),
    ("dd", "one\nt|wo\nthree", "one\n|three"),
    ("dd", "one\nt|wo", "|one"),
    ("dd", "on|e", "|"),
    ("2dd", "o|ne\ntwo\nthree", "|three"),
    ("dj", "o|ne\ntwo\nthree", "|three"),
    ("dG", "one\nt|wo\nthree", "|one"),
    ("dgg", "one\nt|wo\nthree", "|three"),
    ("diw", "one t|wo three", "one | three"),
    ("daw", "one t|wo three", "one |three"),
    ("cwnew⎋", "|one two", "ne|w two"),
    ("ciwnew⎋", "one t|wo three", "one ne|w three"),
    ("ccnew⎋", "one\nt|wo\nthree", "one\nne|w\nthree"),
    ("Cnew⎋", "one |two", "one ne|w"),
    ("snew⎋", "|one", "ne|wne"),
    ("rx", "|one", "|xne"),
    ("3rx", "|one", "xx|x"),
    ("4rx", "|one", "|one"),
    ("~", "|one", "O|ne"),
    ("J", "o|ne\n  two", "one| two"),
    ("ifour⎋", "one |two", "one fou|rtwo"),
    ("afour⎋", "on|e", "onefou|r"),
    ("Ifour ⎋", "  on|e", "  four| one"),
    ("A four⎋", "o|ne\ntwo", "one fou|r\ntwo"),
    ("otwo⎋", "o|ne\nthree", "one\ntw|o\nthree"),
    ("Oone⎋", "t|wo", "on|e\ntwo"),
    ("yyp", "o|ne\ntwo", "one\n|one\ntwo"),
    ("yyP", "one\nt|wo", "one\n|two\ntwo"),
    ("yy2p", "|one", "one\n|one\none"),
    ("ddp", "o|ne\ntwo", "two\n|one"),
    ("xp", "|one", "n|oe"),
    ("ywP", "one |two", "one tw|otwo"),
    ("yiw$p", "one t|wo!", "one two!tw|o"),
    ("xu", "|one", "|one"),
    ("ddu", "one\nt|wo", "one\nt|wo"),
    ("3xu", "|one two", "|one two"),
    ("vlld", "|one two", "| two"),
    ("vey", "|one two", "|one two"),
    ("veyP", "|one two", "on|eone two"),
    ("vbd", "one tw|o", "one| "),
    ("viwd", "one t|wo three", "one | three"),
    ("vlcnew⎋", "|one", "ne|we"),
    ("vl⎋x", "|one", "o|e"),
    ("d⎋x", "|one", "|ne"),
    ("2⎋x", "|one", "|ne"),
    ("dz", "|one", "|one"),
    ("Q", "|one", "|one"),
    ("p", "|one", "|one"),
    ("dw", "|привет мир", "|мир"),
    ("99999999999x", "|one", "|"),
]


@pytest.mark.parametrize(("keys", "before", "after"), MOTIONS + EDITS)
def test_a_command_does_what_it_does_in_vim(keys: str, before: str, after: str) -> None:
    assert pressed(keys, before) == after


@pytest.mark.parametrize(
    ("keys", "twins", "before"),
    [
        ("dw", "вц", "|one two"),
        ("ciwx⎋", "сшцx⎋", "one t|wo"),
        ("dd", "вв", "one\nt|wo"),
        ("ggdG", "ппвП", "one\nt|wo"),
        ("d$", "в;", "one |two"),
        ("d^", "в:", "one tw|o"),
        ("A!⎋", "Ф!⎋", "|one"),
        ("yyp", "ннз", "|one"),
        ("fod2h", "аoв2р", "|two two"),
    ],
)
def test_the_same_keys_of_a_russian_layout_do_the_same(keys: str, twins: str, before: str) -> None:
    assert pressed(twins, before) == pressed(keys, before)


def test_a_character_that_is_sought_is_the_one_that_is_typed() -> None:
    assert pressed("fв", "|привет, два") == "при|вет, два"


def test_up_and_down_go_beyond_the_first_and_the_last_line_as_the_arrows_do() -> None:
    page = Page("one", 0)
    vim = VimKeys(page, lambda: None)
    vim.mode = "normal"
    vim.takes("k", "k")
    assert page.recalled == -1
    vim.takes("j", "j")
    assert page.recalled == 0


# ------------------------------------------------------------------------------------------------------------ in the app


@thorough
async def test_without_the_option_nothing_of_it_is_there(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.type("word")
        await chat.pilot.press("escape", "x")
        assert chat.app.prompt.text == "wordx"
        assert "INSERT" not in chat.flat


@thorough
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_the_frame_names_the_mode(tmp_path: Path, size: tuple[int, int], language: str) -> None:
    i18n.use(language)
    insert, normal, visual = (i18n.say(f"vim.{mode}") for mode in ("insert", "normal", "visual"))
    app = chat_app(quick_demo(), tmp_path, settings=Settings(prompt_keys="vim"))
    async with chatting(app, size) as chat:
        await chat.sees(insert)
        await chat.type("one two")
        await chat.pilot.press("escape")
        await chat.sees(normal)
        await chat.pilot.press("v")
        await chat.sees(visual)
        await chat.pilot.press("escape")
        await chat.sees(normal)
        await chat.pilot.press("i")
        await chat.sees(insert)


@thorough
async def test_esc_leaves_the_insert_mode_and_stops_no_answer_and_the_next_one_does(tmp_path: Path) -> None:
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, settings=Settings(prompt_keys="vim"))
        async with chatting(app) as chat:
            service.queue_half()
            answer = await chat.send("question")
            await chat.until(lambda: answer.has_text)
            await chat.type("next")
            await chat.pilot.press("escape")
            await chat.sees("NORMAL")
            assert not answer.over
            await chat.pilot.press("d")
            # An unfinished command is left first.
            await chat.pilot.press("escape")
            assert not answer.over
            await chat.pilot.press("escape")
            await chat.until(lambda: answer.over)


async def test_what_is_edited_is_undone_redone_and_sent(tmp_path: Path) -> None:
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, settings=Settings(prompt_keys="vim"))
        async with chatting(app) as chat:
            prompt = chat.app.prompt
            await chat.type("one two three")
            await chat.pilot.press("escape", "0", "d", "w")
            assert prompt.text == "two three"
            await chat.pilot.press("u")
            assert prompt.text == "one two three"
            await chat.pilot.press("ctrl+r")
            await chat.until(lambda: prompt.text == "two three")
            await chat.pilot.press("$", "c", "i", "w")
            await chat.type("four")
            await said(chat, service, "", "answer")
            assert service.prompts == ["two four"]
            # The next prompt is typed at once.
            await chat.type("next")
            assert prompt.text == "next"

"""Keys work in any layout and on any terminal, and no input ends the program."""

from __future__ import annotations

import string
import subprocess
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual import _xterm_parser, constants, events
from textual._xterm_parser import XTermParser
from textual.drivers.headless_driver import HeadlessDriver
from textual.drivers.linux_driver import LinuxDriver
from textual.drivers.linux_inline_driver import LinuxInlineDriver
from textual.message import Message

from elumenta_tui.terminal import textual_internals
from elumenta_tui.terminal.keyboard import layout_parser, lenient_decoder, with_layouts
from elumenta_tui.text.layouts import QWERTY_KEYS, learn_place_of_i, to_qwerty
from tests.pseudo_terminal import Terminal, kitty
from tests.thorough import thorough

MODIFIERS = [
    "ctrl",
    "alt",
    "super",
    "hyper",
    "meta",
    "ctrl+shift",
    "alt+shift",
    "shift+super",
    "alt+ctrl",
    "ctrl+super",
    "alt+ctrl+shift",
    "alt+ctrl+shift+super",
]
MARKS = ["[", "]", ";", "'", ",", ".", "`"]
MARK_KEYS = {
    "left_square_bracket": "х",
    "right_square_bracket": "ъ",
    "semicolon": "ж",
    "apostrophe": "э",
    "comma": "б",
    "full_stop": "ю",
    "grave_accent": "ё",
}
CAPS_LOCK = 64


def our_parser() -> XTermParser:
    parser = layout_parser()
    assert parser is not None
    return parser()


def wait_out(parser: Any) -> list[Message]:
    """What the parser makes of an unfinished sequence when nothing more comes."""
    if not hasattr(parser, "due"):
        if parser._timeout_time is not None:
            parser._timeout_time = 0
        return list(parser.tick())
    messages: list[Message] = []
    while parser.due is not None:
        parser.clock = lambda now=parser.due: now
        messages += parser.tick()
    return messages


def read(data: str, parser: XTermParser | None = None) -> list[events.Key]:
    parser = our_parser() if parser is None else parser
    messages = [*parser.feed(data), *wait_out(parser)]
    return [message for message in messages if isinstance(message, events.Key)]


def received_text(messages: Iterable[Message]) -> str:
    """The text of keys and pastes."""
    texts = [
        message.text if isinstance(message, events.Paste) else getattr(message, "character", "")
        for message in messages
    ]
    return "".join(text or "" for text in texts).replace("\x00", "")


def names(data: str, parser: XTermParser | None = None) -> list[str]:
    return [event.key for event in read(data, parser)]


def typed(data: str) -> str:
    return "".join(event.character or "" for event in read(data) if event.is_printable)


def sequence(key: str, layout: str) -> str:
    found = kitty(key, layout)
    assert found is not None
    return found


class TestRussianLayout:
    @thorough
    @pytest.mark.parametrize("modifiers", MODIFIERS)
    def test_every_letter_and_mark_with_a_modifier_is_the_key_at_its_place(self, modifiers: str):
        for name in [*string.ascii_lowercase, *MARK_KEYS]:
            key = f"{modifiers}+{name}"
            latin = names(sequence(key, "latin"), XTermParser())
            assert names(sequence(key, "russian")) == latin == [key]

    def test_textual_alone_does_not_know_these_keys(self):
        # When this fails, Textual has learnt it, and the whole module may go.
        assert names(sequence("ctrl+c", "russian"), XTermParser()) == ["ctrl+с"]

    @pytest.mark.parametrize("key", ["ctrl+c", "alt+shift+z", "ctrl+left_square_bracket"])
    def test_an_event_type_changes_nothing_but_a_release_is_no_key(self, key: str):
        code, _, rest = sequence(key, "russian").partition(";")
        modifiers = rest.removesuffix("u")
        assert names(f"{code};{modifiers}:1u") == [key]
        assert names(f"{code};{modifiers}:2u") == [key]
        assert names(f"{code};{modifiers}:3ua") == ["a"]

    def test_caps_lock_changes_nothing(self):
        assert names(f"\x1b[1089;{5 + CAPS_LOCK}u") == ["ctrl+c"]
        assert names("\x1b[1057;5u") == ["ctrl+c"]

    @pytest.mark.parametrize(
        ("data", "keys"),
        [
            ("\x1b[1089::99;5u", ["ctrl+c"]),
            ("\x1b[1089:1057:99;6u", ["ctrl+shift+c"]),
            ("\x1b[963::115;5u", ["ctrl+s"]),  # Greek, which has no table here
            ("\x1b[1094::119;5u", ["ctrl+w"]),  # ц in a phonetic layout
            ("\x1b[99::105;5u", ["ctrl+c"]),  # Dvorak: a Latin layout means its own letters
            ("\x1b[1089::;5u", ["ctrl+c"]),
            ("\x1b[1089::99;;1089u", ["с"]),
        ],
    )
    def test_the_base_key_is_believed_where_a_terminal_sends_one(self, data: str, keys: list[str]):
        assert names(data) == keys

    @pytest.mark.parametrize(
        ("letter", "key"), [("і", "s"), ("ї", "right_square_bracket"), ("є", "apostrophe")]
    )
    def test_ukrainian_letters_have_their_places(self, letter: str, key: str):
        assert names(f"\x1b[{ord(letter)};5u") == [f"ctrl+{key}"]

    @pytest.mark.parametrize(("letter", "key"), [("ґ", "backslash"), ("ў", "o")])
    def test_other_letters_have_their_places(self, letter: str, key: str):
        assert names(f"\x1b[{ord(letter)};5u") == [f"ctrl+{key}"]

    def test_text_beside_ctrl_is_not_typed(self):
        [event] = read("\x1b[1089;5;1089u")
        assert event.key == "ctrl+c"
        assert not event.is_printable

    def test_altgr_still_types(self):
        assert typed("\x1b[113;7;64u") == "@"

    def test_alt_and_a_letter_on_a_terminal_without_the_protocol(self):
        for letter, twin in QWERTY_KEYS.items():
            if twin.isalpha():
                learn_place_of_i("s")
                assert names(f"\x1b{letter}") == names(f"\x1b{twin}", XTermParser())
        assert names("\x1bс") == ["alt+c"]
        assert names("\x1bС") == ["alt+shift+c"]

    def test_alt_and_a_mark_on_a_terminal_without_the_protocol(self):
        assert names("\x1bю") == names("\x1b.") == ["alt+full_stop"]

    def test_alt_and_a_digit_on_a_terminal_without_the_protocol(self):
        assert names("\x1b9\x1b0\x1b-\x1b=") == ["alt+9", "alt+0", "alt+minus", "alt+equals_sign"]

    def test_escape_and_a_letter_in_a_hurry_lose_no_text(self):
        assert typed("\x1bс") == "с"

    def test_control_bytes_are_what_they_were(self):
        for code in range(1, 32):
            assert names(chr(code)) == names(chr(code), XTermParser())

    def test_plain_text_stays_as_it_is_typed(self):
        text = "Съешь ещё этих мягких булок, да выпей чаю: №5. Їжак"
        assert typed(text) == text
        assert typed("".join(f"\x1b[{ord(letter.lower())};;{ord(letter)}u" for letter in text)) == text

    def test_plain_text_stays_plain_with_shift(self):
        [event] = read("\x1b[1089;2;1057u")
        assert (event.key, event.character) == ("С", "С")

    def test_text_of_several_code_points_comes_whole(self):
        assert typed("\x1b[0;;1080:774u") == "и\N{COMBINING BREVE}"


class TestPaste:
    TEXT = "два\rряда \x1b[31m\rкрасных\x1b[0m \x1bс\x1b[1089;5u\x1b[200~\x1b[13u " + "\rx" * 40
    CLEAN = "два\nряда [31m\nкрасных[0m с[1089;5u[200~[13u " + "\nx" * 40

    def pastes(self, pieces: list[str]) -> list[object]:
        parser = our_parser()
        messages = [message for piece in pieces for message in parser.feed(piece)]
        return [
            message.text if isinstance(message, events.Paste) else getattr(message, "key", None)
            for message in messages
        ]

    def test_nothing_in_a_paste_is_a_key(self):
        assert self.pastes([f"a\x1b[200~{self.TEXT}\x1b[201~b"]) == ["a", self.CLEAN, "b"]

    def test_textual_alone_makes_keys_of_it(self):
        keys = names(f"\x1b[200~{self.TEXT}\x1b[201~", XTermParser())
        assert "enter" in keys

    @given(st.integers(0, 40), st.integers(0, 40), st.booleans())
    def test_it_may_be_cut_anywhere(self, first: int, second: int, escapes: bool):
        text = "\x1b[20\r\x1b[201" if escapes else "text"
        data = f"a\x1b[200~{text}\x1b[201~\x1b[200~\x1b[201~b"
        low, high = sorted((first, second))
        pieces = [piece for piece in (data[:low], data[low:high], data[high:]) if piece]
        assert self.pastes(pieces) == ["a", text.replace("\x1b", "").replace("\r", "\n"), "", "b"]

    def test_it_may_come_byte_by_byte(self):
        assert self.pastes(list(f"a\x1b[200~{self.TEXT}\x1b[201~b")) == ["a", self.CLEAN, "b"]

    def test_half_a_mark_that_was_given_up_starts_none(self):
        parser = our_parser()
        assert names("\x1b[20", parser) == []
        assert names("0~\x1b[1089;5u", parser) == ["0", "tilde", "ctrl+c"]


class TestEnter:
    @pytest.mark.parametrize(
        ("data", "keys"),
        [
            ("\r", ["enter"]),
            ("\n", ["ctrl+j"]),
            ("\x1b\r", ["alt+enter"]),
            ("\x1b\n", ["alt+enter"]),
            ("\x1b\x1b\r", ["escape", "alt+enter"]),
            ("\x1b[13u", ["enter"]),
            ("\x1b[13;2u", ["shift+enter"]),
            ("\x1b[13;3u", ["alt+enter"]),
            ("\x1b[13;5u", ["ctrl+enter"]),
            ("\x1b[13;3;13u", ["alt+enter"]),
            ("\x1b[13;2:1u", ["shift+enter"]),
            ("\x1b[57414;3u", ["alt+enter"]),
            ("\x1b[27;2;13~", ["shift+enter"]),
            ("\x1b[27;3;13~", ["alt+enter"]),
            ("\x1b[27;5;13~", ["ctrl+enter"]),
            ("\x1b[27;6;13~", ["ctrl+shift+enter"]),
            ("\x1b[27;2:1;13~", ["shift+enter"]),
        ],
    )
    def test_each_enter_has_its_own_name(self, data: str, keys: list[str]):
        assert names(data) == keys

    def test_enter_with_a_modifier_types_nothing(self):
        for modifiers in range(2, 65):
            assert [event.character for event in read(f"\x1b[27;{modifiers};13~")] == [None]

    def test_alt_enter_does_not_wait_for_more(self):
        assert [event.key for event in our_parser().feed("\x1b\ra") if isinstance(event, events.Key)] == [
            "alt+enter",
            "a",
        ]


class TestModifyOtherKeys:
    @pytest.mark.parametrize(
        ("data", "key", "character"),
        [
            ("\x1b[27;5;99~", "ctrl+c", None),
            ("\x1b[27;5;1089~", "ctrl+c", None),
            ("\x1b[27;6;67~", "ctrl+shift+c", None),
            ("\x1b[27;6;1057~", "ctrl+shift+c", None),
            ("\x1b[27;3;1089~", "alt+c", None),
            ("\x1b[27;7;1089~", "alt+ctrl+c", None),
            ("\x1b[27;5;46~", "ctrl+full_stop", None),
            ("\x1b[27;5;9~", "ctrl+tab", None),
            ("\x1b[27;2;9~", "shift+tab", None),
            ("\x1b[27;5;8~", "ctrl+backspace", None),
            ("\x1b[27;5;127~", "ctrl+backspace", None),
            ("\x1b[27;3;27~", "alt+escape", None),
            ("\x1b[27;2;65~", "A", "A"),
            ("\x1b[27;2;1057~", "С", "С"),
            ("\x1b[27;2;32~", "shift+space", " "),
            ("\x1b[27;1;33~", "exclamation_mark", "!"),
        ],
    )
    def test_xterms_form_means_the_same_key(self, data: str, key: str, character: str | None):
        assert [(event.key, event.character) for event in read(data)] == [(key, character)]

    def test_it_is_read_also_where_the_kitty_protocol_is_switched_off(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(constants, "DISABLE_KITTY_KEY", True)
        assert names("\x1b[27;2;13~") == ["shift+enter"]


class TestGarbage:
    @pytest.mark.parametrize(
        "data",
        [
            "\x1b[99999999u",
            "\x1b[1114112;5u",
            "\x1b[55296;5u",
            "\x1b[97;;55296:99999999u",
            "\x1b[97;5;99999999u",
            "\x1b[u",
            "\x1b[;;u",
            "\x1b[17u",
            "\x1b[0;5u",
            "\x1b[97;99999999999u",
            "\x1b[99999999~",
            "\x1b[27;5;99999999~",
            "\x1b[27;5;55296~",
            "\x1b[27;5;~",
            "\x1b[27;5;17~",
            "\x1b[1089::99:1:1;5:1:1;1:1u",
            "\x1b[:::;:::;:::u",
            "\x1b[٩٩٩٩٩٩٩٩u",
            "\x1b[²u",
            "\x1b[48;0;0;0;0t\x1b[<0;5;5M",
            "\x1b[48;5;5;0;0t\x1b[<0;5;5M",
        ],
    )
    def test_numbers_that_are_no_key_leave_the_keyboard_alive(self, data: str):
        parser = our_parser()
        for key in read(data, parser):
            assert not any("\ud800" <= character <= "\udfff" for character in key.key)
        assert names("ж", parser)[-1] == "ж"

    @pytest.mark.parametrize("data", ["\x1b[17u", "\x1b[u", "\x1b[55296;5u", "\x1b[99999999~"])
    def test_numbers_that_are_no_key_press_none(self, data: str):
        assert names(data) == []

    def test_functional_keys_stay(self):
        keys = {
            "\x1b[1;5A": "ctrl+up",
            "\x1b[3~": "delete",
            "\x1b[3;5:1~": "ctrl+delete",
            "\x1b[Z": "shift+tab",
        }
        keys |= {"\x1b[13~": "f3", "\x1bOR": "f3", "\x1b[57441;2u": "left_shift", "\x1b[25~": "f13"}
        for data, key in keys.items():
            assert names(data) == [key]
        assert names("\x1b[1;5:3A") == []

    def test_an_invalid_byte_is_shown_and_nothing_is_lost(self):
        decoder = lenient_decoder("utf-8")()
        assert decoder.decode(b"a\xff\xd0") + decoder.decode(b"\xb6b\xd0") == "a\N{REPLACEMENT CHARACTER}жb"
        assert decoder.decode(b"", True) == "\N{REPLACEMENT CHARACTER}"

    def test_an_old_mouse_report_from_a_far_column_swallows_no_key(self):
        text = lenient_decoder("utf-8")().decode(b"\x1b[M \xb7!x")
        assert names(text) == ["x"]

    @given(st.lists(st.text("aж0é漢😀 .-")))
    def test_valid_text_between_invalid_bytes_comes_through(self, texts: list[str]):
        decoder = lenient_decoder("utf-8")()
        data = b"\xff".join(text.encode() for text in texts)
        pieces = [decoder.decode(data[i : i + 3]) for i in range(0, len(data), 3)]
        received = received_text(our_parser().feed("".join(pieces) + decoder.decode(b"", True) or "\x00"))
        assert received == "\N{REPLACEMENT CHARACTER}".join(texts)

    @given(
        st.lists(
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from(
                    [b"\x1b[", b"\x1b", b";", b":", b"u", b"~", b"M", b"<", b"t", b"48;", b"27;5;", b"R"]
                ),
                st.integers(0, 2_000_000).map(lambda number: str(number).encode()),
            )
        )
    )
    @example([b"\x1b[48;5;5;0;0t", b"\x1b[<0;5;5M"])
    @example([b"\x1b[200~", b"\xff"])
    def test_no_bytes_end_the_input(self, pieces: list[bytes]):
        decoder, parser = lenient_decoder("utf-8")(), our_parser()
        for piece in pieces:
            for message in parser.feed(decoder.decode(piece) or "\x00"):
                if isinstance(message, events.Key):
                    message.key.encode()
                    (message.character or "").encode()
        wait_out(parser)
        read("\x1b[201~", parser)
        assert names(decoder.decode("ж".encode()), parser)[-1] == "ж"

    def test_a_parser_that_fails_begins_again(self, monkeypatch: pytest.MonkeyPatch):
        parser = our_parser()
        monkeypatch.setattr(_xterm_parser, "_re_cursor_position", None)
        assert names("\x1b[5;", parser) == []
        monkeypatch.undo()
        assert names("ж", parser) == ["ж"]

    def test_the_end_of_input_is_told_as_before(self):
        parser = our_parser()
        assert list(parser.feed("")) == []
        with pytest.raises(Exception, match="end of file"):
            list(parser.feed("a"))


def kinds(*reads: str) -> list[str]:
    """What each message of reads that come at once is: a pasted text, or a key's name."""
    parser = our_parser()
    messages = [message for data in reads for message in parser.feed(data)] + wait_out(parser)
    return [repr(m.text) if isinstance(m, events.Paste) else getattr(m, "key", "?") for m in messages]


class TestBarePastes:
    def test_lines_that_nobody_typed_are_pasted_and_not_sent_one_by_one(self):
        assert kinds("one\rtwo\rthree") == [r"'one\ntwo\nthree'"]
        assert kinds("a\r\n\rb\r") == [r"'a\n\nb\n'"]

    def test_a_paste_that_is_read_in_pieces_stays_one(self):
        assert kinds("one\rtwo\rthr", "ee\rfour", "") == [r"'one\ntwo\nthr'", r"'ee\nfour'"]

    def test_after_a_while_enter_is_enter_again(self):
        parser = our_parser()
        list(parser.feed("one\rtwo\r"))
        wait_out(parser)
        assert names("x\r", parser) == ["x", "enter"]

    @pytest.mark.parametrize("data", ["x\r", "first\rnext", "\r\r\r", "\r", "a\nb\nc"])
    def test_what_somebody_in_a_hurry_types_is_typed(self, data: str):
        assert "'" not in "".join(kinds(data))

    def test_an_enter_right_after_a_paste_is_a_line_of_it(self):
        assert kinds("one\rtwo\r", "\r") == [r"'one\ntwo\n'", r"'\n'"]
        assert kinds("\x1b[200~one\x1b[201~\r") == ["'one'", r"'\n'"]

    def test_a_long_text_is_pasted_in_one_piece_and_the_enter_behind_it_sends(self):
        assert kinds("ж" * 100 + "\r") == [repr("ж" * 100), "enter"]
        assert kinds("a" * 63) == ["a"] * 63

    def test_the_rest_of_a_sequence_is_no_paste(self):
        assert kinds("\x1b[" + "1" * 10, ";5" + "1" * 70 + "A")[0] != repr("1" * 70)


class TestToQwerty:
    @pytest.mark.parametrize(
        ("text", "qwerty"),
        [
            ("сдфгву", "claude"),
            ("СДФГВУ", "CLAUDE"),
            ("щзутфш.пзе-4ю1", "openai/gpt-4.1"),
            ("Хъжэбюё", "{];',.`"),
            ("ц.№", "w/#"),
            ("gpt-4.1", "gpt-4.1"),
            ("gpt.ьштш", "gpt.mini"),
            ("", ""),
            ("日本", "日本"),
        ],
    )
    def test_text_is_what_the_keys_would_have_typed(self, text: str, qwerty: str):
        assert to_qwerty(text) == qwerty

    def test_the_twins_cover_the_alphabet(self):
        assert set(string.ascii_letters) <= set(QWERTY_KEYS.values())
        assert set("абвгдеёжзийклмнопрстуфхцчшщъыьэюя") <= set(QWERTY_KEYS)
        for mark, letter in zip(MARKS, MARK_KEYS.values(), strict=True):
            assert QWERTY_KEYS[letter] == mark


class TestDriver:
    @pytest.mark.parametrize("base", [LinuxDriver, LinuxInlineDriver])
    def test_textuals_driver_runs_its_own_code_with_our_parser(self, base: type[LinuxDriver]):
        # When this fails, Textual has changed its driver, and Russian keys are not mapped any more.
        driver = with_layouts(base)
        assert issubclass(driver, base)
        assert driver is with_layouts(base) is not base
        ours, theirs = driver.run_input_thread, base.run_input_thread
        assert ours.__code__ is theirs.__code__
        assert ours.__globals__["XTermParser"] is layout_parser()
        assert theirs.__globals__["XTermParser"] is XTermParser

    def test_a_driver_without_a_terminal_is_left_alone(self):
        assert with_layouts(HeadlessDriver) is HeadlessDriver

    @pytest.fixture
    def no_cache(self) -> Iterator[None]:
        for function in (layout_parser, with_layouts):
            function.cache_clear()
        yield
        for function in (layout_parser, with_layouts):
            function.cache_clear()

    @pytest.mark.usefixtures("no_cache")
    @pytest.mark.parametrize("change", ["renamed", "failing", "different"])
    def test_a_changed_textual_is_left_alone(self, monkeypatch: pytest.MonkeyPatch, change: str):
        class Different(textual_internals.KeyParser):
            def _parse_extended_key(self, sequence: str) -> list[events.Key] | None:  # type: ignore[override]
                if change == "failing":
                    raise TypeError
                return []

        if change == "renamed":
            monkeypatch.delattr(textual_internals, "KeyParser")
        else:
            monkeypatch.setattr(textual_internals, "KeyParser", Different)
        assert layout_parser() is None
        assert with_layouts(LinuxDriver) is LinuxDriver

    def test_on_windows_the_thread_that_reads_gets_the_parser(self, monkeypatch: pytest.MonkeyPatch):
        module, console = ModuleType("fake_windows_driver"), ModuleType("win32")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(module, "win32", console, raising=False)
        monkeypatch.setattr(console, "XTermParser", XTermParser, raising=False)
        driver = type("WindowsDriver", (HeadlessDriver,), {"__module__": module.__name__})
        assert with_layouts(driver) is driver
        assert console.__dict__["XTermParser"] is layout_parser()

    def test_importing_the_module_imports_no_textual(self):
        program = "import sys, elumenta_tui.terminal.keyboard; sys.exit('textual' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


KEYS_APP = """
from textual.app import App
from textual.widgets import Static
from elumenta_tui.terminal.keyboard import with_layouts

class Keys(App):
    BINDINGS = [("ctrl+e", "exit(7)")]
    keys = []
    def get_driver_class(self):
        return with_layouts(super().get_driver_class())
    def compose(self):
        yield Static("ready", id="keys", markup=False)
    def on_key(self, event):
        self.keys.append(event.key)
        self.query_one(Static).update(" ".join(self.keys))
    def action_exit(self, code):
        self.exit(return_code=code)

app = Keys()
app.run()
raise SystemExit(app.return_code)
"""


@thorough
def test_in_a_real_terminal_bad_bytes_do_no_harm_and_russian_ctrl_keys_work():
    with Terminal([sys.executable, "-c", KEYS_APP]) as terminal:
        terminal.wait_for("ready")
        terminal.send(b"\xff\xcb\xcf\xc9\x1b[M \xb7!")
        terminal.send(b"\x1b[99999999u\x1b[1089::99;5u" + sequence("ctrl+l", "russian").encode())
        terminal.wait_for("ctrl+l")
        terminal.press("alt+enter")
        terminal.wait_for("ctrl+l alt+enter")
        terminal.send(sequence("ctrl+e", "russian").encode())
        assert terminal.wait_exit() == 7
        assert b"\x1b[?1049l" in terminal.raw

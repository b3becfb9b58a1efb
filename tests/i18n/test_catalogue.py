"""Both languages say the same things, every key that the program asks for is there, and nothing is said past them."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from elumenta_tui import i18n
from elumenta_tui.api.errors import KINDS
from elumenta_tui.chat.attachment import Attachment
from elumenta_tui.chat.failure import Billing
from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.chat.spending import Kind, Period
from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.cli import options as usage
from elumenta_tui.cli.chats import VERBS
from elumenta_tui.cli.commands import MODULES, command
from elumenta_tui.cli.config import VERBS as CONFIG_VERBS
from elumenta_tui.cli.exit_codes import ExitCode
from elumenta_tui.cli.plain_entries import ENTRIES, ON_SCREEN_ONLY
from elumenta_tui.config.options import Source
from elumenta_tui.config.settings import IMAGES, Settings
from elumenta_tui.demo import SCENARIOS
from elumenta_tui.files.refused import RefusedFile
from elumenta_tui.i18n import Entry, catalogue, detect, knows, number, plural, say
from elumenta_tui.i18n.plurals import RULES
from elumenta_tui.lean import fields
from elumenta_tui.session.guardrails import Hold
from elumenta_tui.session.search_terms import DAYS, FACTS, NAMES
from elumenta_tui.session.spending import CAP_REACHED
from elumenta_tui.sources.results import NoteKind, Reason
from elumenta_tui.store.events import Trouble
from elumenta_tui.store.failures import CRASHED, ELSEWHERE, RESCUED, UNANSWERED
from elumenta_tui.store.filters import STATES
from elumenta_tui.text.key import KeyProblem
from elumenta_tui.transfer.importing.left_out import Kind as LeftOutKind
from elumenta_tui.tui.actions import ACTIONS
from elumenta_tui.tui.acts import ACTS
from elumenta_tui.tui.catalogue import GROUPS, key_label
from tests.syntax import dotted, nodes, trees

PACKAGE = Path(i18n.__file__).parent.parent
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
EN, RU = catalogue("en"), catalogue("ru")


def texts(entry: Entry) -> list[str]:
    return [entry] if isinstance(entry, str) else list(entry.values())


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


# ------------------------------------------------------------------------------------------------------ the catalogues


def test_both_languages_have_the_same_keys() -> None:
    assert sorted(EN) == sorted(RU)
    assert EN


def test_an_entry_has_the_same_placeholders_in_every_language_and_plural_form() -> None:
    found = {key: [placeholders(text) for entry in (EN[key], RU[key]) for text in texts(entry)] for key in EN}
    assert {key: names for key, names in found.items() if any(each != names[0] for each in names)} == {}
    assert {name for names in found.values() for name in names[0] if not name.isidentifier()} == set()


def test_the_keys_that_placeholders_stand_for_are_those_of_actions() -> None:
    named = {name for entry in EN.values() for text in texts(entry) for name in placeholders(text)}
    actions = {name.removeprefix(i18n.KEY) for name in named if name.startswith(i18n.KEY)}
    assert {"send", "model", "help"} <= actions <= ACTIONS.keys()


def test_what_is_counted_has_the_plural_forms_of_its_language() -> None:
    """It is counted in every language or in none, where one has no forms at all."""
    wrong = []
    for code, entries in (("en", EN), ("ru", RU)):
        forms = RULES[str(entries["language.plural"])].forms
        counted = {key: entry for key, entry in entries.items() if not isinstance(entry, str)}
        wrong += [
            (code, key)
            for key, entry in counted.items()
            if entry.keys() != forms or "n" not in placeholders(texts(entry)[0])
        ]
    assert wrong == []
    assert [key for key in EN if isinstance(EN[key], str) != isinstance(RU[key], str)] == []


RUSSIAN_AS_IN_ENGLISH = {
    *(f"{table}.{plan}" for table in ("plan", "tier") for plan in ("free", "basic", "pro", "vip", "elite")),
    "welcome.title",
    "welcome.placeholder",
    "cli.bad_usage",
    "cli.argument.id",
    "cli.argument.ids",
    "chats.head.id",
    "export.id",
    "time.day",
    "attach.changed",
}
"""Names."""

RULES_OF_LANGUAGE = {"language.name", "language.plural", "language.numbers"}
"""Not shown as they are."""


def test_russian_texts_are_in_russian_and_english_ones_in_english() -> None:
    for key in RU.keys() - RULES_OF_LANGUAGE:
        for text in texts(RU[key]):
            bare = re.sub(r"\{\w+\}", "", text)
            assert (
                CYRILLIC.search(bare)
                or not bare
                or key
                in {
                    *RUSSIAN_AS_IN_ENGLISH,
                    "welcome.language",
                    "list.quoted",
                    "time.day_of_year",
                    "stats.keys_short",
                }
            ), key
        for text in texts(EN[key]):
            assert not CYRILLIC.search(text.replace("Русский", "")), f"{key}: {text}"
    for name in RUSSIAN_AS_IN_ENGLISH:
        assert RU[name] == EN[name]


def test_an_entry_is_empty_in_both_languages_or_in_none() -> None:
    assert [key for key in EN if EN[key] == ""] == [key for key in RU if RU[key] == ""]


def test_texts_have_no_blanks_at_their_ends() -> None:
    for entries in (EN, RU):
        assert [text for entry in entries.values() for text in texts(entry) if text != text.strip()] == []


FIXED = re.compile(
    r"F\d+|Ctrl\+\w|Esc|Enter(?! another| it| the)|[↑↓]|(?<![\w.])/[a-z]\w*|//|--[a-z][a-z-]*|[A-Z]+_[A-Z_]+|elumenta\.ru[\w/]*|nb_|\(\d{3}\)|https?://"
)
"""What a text must name alike in every language: keys, slash words, options, variables, addresses, codes."""


def test_keys_commands_and_addresses_are_the_same_in_both_languages() -> None:
    found = {key: [sorted(set(FIXED.findall(texts(entries[key])[-1]))) for entries in (EN, RU)] for key in EN}
    assert {key: names for key, names in found.items() if names[0] != names[1]} == {}


def test_the_keys_and_slash_words_that_texts_name_exist() -> None:
    labels = {key_label(key) for action in ACTIONS.values() for key in action.keys}
    labels |= {"F8"}  # the list of conversations' own
    labels |= {"Ctrl+_", "↑", "↓"}  # the text area's own and the prompt's history
    slash_words = {f"/{word}" for action in ACTIONS.values() for word in action.slash}
    slash_words |= {f"/{word}" for entry in ENTRIES.values() for word in entry.words}
    named = {found for entry in EN.values() for text in texts(entry) for found in FIXED.findall(text)}
    for name in named:
        if re.fullmatch(r"F\d+|Ctrl.*|Esc|Enter|[↑↓]", name):
            assert name in labels
        elif re.fullmatch(r"/\w+", name):
            assert name in slash_words


# ------------------------------------------------------------------------------------------------- what the source says


def modules(*folders: str) -> list[tuple[str, ast.Module]]:
    """Every module, or those whose paths begin so, as syntax trees."""
    return [(name, tree) for name, tree in trees().items() if name.startswith(folders or "")]


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in nodes(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func) or ast.unparse(node.func), node


def pattern(node: ast.JoinedStr) -> str:
    """An f-string with `*` where its values go."""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)


@cache
def sayings() -> list[tuple[str, ast.Call]]:
    """Every place that says something, and its module."""
    return [
        (module, call)
        for module, tree in modules()
        for name, call in calls(tree)
        if name in ("say", "i18n.say", "Phrase.of")
    ]


def test_every_key_that_is_said_exists() -> None:
    said = [
        (module, key.value)
        for module, call in sayings()
        for key in ast.walk(call.args[0])
        if isinstance(key, ast.Constant) and not isinstance(call.args[0], ast.JoinedStr)
    ]
    assert len(said) > 50
    assert [(module, key) for module, key in said if key not in EN] == []


def test_every_literal_key_gets_the_values_that_its_text_names() -> None:
    checked = 0
    for module, call in sayings():
        key = call.args[0]
        if isinstance(key, ast.Constant) and all(keyword.arg for keyword in call.keywords):
            checked += 1
            entries = EN[str(key.value)], RU[str(key.value)]
            needed = {name for entry in entries for text in texts(entry) for name in placeholders(text)}
            needed = {name for name in needed if not name.startswith(i18n.KEY)}
            needed |= {"n"} if isinstance(entries[0], dict) else set()
            assert {keyword.arg for keyword in call.keywords} == needed, f"{module}: {ast.unparse(call)}"
    assert checked > 50


FAILURES = [
    *KINDS,
    "too_long",
    "stream_error",
    "empty_answer",
    "stopped",
    CAP_REACHED,
    CRASHED,
    RESCUED,
    UNANSWERED,
    ELSEWHERE,
]
"""Kinds of failures that have a sentence and a way on."""

PATTERNS: dict[str, list[str]] = {
    "action.*.title": list(ACTIONS),
    "action.*.words": [name for name in ACTIONS if f"action.{name}.words" in EN],
    "action.*.help": list(ACTIONS),
    "help.group.*": list(GROUPS),
    "error.*.what": FAILURES,
    "error.*.next": FAILURES,
    "error.*.in_key_dialog": ["not_authenticated", "token_expired", "bad_key"],
    "error.*.in_plain": [
        "too_long",
        "not_found",
        "insufficient_tokens",
        "provider_error",
        "model_unavailable",
    ],
    "error.*.in_shell": ["too_long", "no_key", "not_found", "insufficient_tokens", "pending", CAP_REACHED],
    "cap.*": [period.value for period in Period],
    "cap.off.*": [period.value for period in Period],
    "cap.word.*": [period.value for period in Period],
    "attach.page.here_*": ["long", "medium", "short"],
    "attach.page.keys_*": ["long", "medium", "short"],
    "frame.cap.*": [period.value for period in Period],
    "frame.cap_short.*": ["passed", *(period.value for period in Period)],
    "context.role.*": ["system", "user", "assistant", "summary"],
    "charge.*": [charge.value for charge in Billing if charge is not Billing.UNKNOWN],
    "state.*": ["stopped", *(state.value for state in AnswerState)],
    "unsaved.*": [trouble.value for trouble in Trouble],
    "list.*": ["draft", "archived"],
    "queue.why.*": [hold.value for hold in Hold],
    "search.name.*": list(NAMES),
    "search.bad.*": [name for name in NAMES if name != "model"],
    "search.day.*": list(DAYS),
    "search.state.*": list(STATES),
    "search.is.*": list(FACTS),
    "saving.*": [trouble.value for trouble in Trouble],
    "cli.command.*": list(MODULES),
    "chats.*.usage": list(VERBS),
    "config.*.usage": list(CONFIG_VERBS),
    "doctor.mark.*": ["ok", "note", "problem"],
    "doctor.section.*": "configuration account terminal program files database".split(),
    "plain.help.*": list(ENTRIES),
    "plain.instead.*": sorted({*ON_SCREEN_ONLY.values()}),
    "ask.exit.*": [code.name.lower() for code in ExitCode],
    "alert.*": ["note", "tip", "important", "warning", "caution"],
    "frame.copy.*": ["formula", "diagram", "details"],
    "ask.example.*.about": ["message", "extract", "file", "template", "compare", "more"],
    "ask.example.*.prompt": ["message", "extract", "file", "compare", "more"],
    "cursor.*": [act.words or act.action for act in ACTS],
    "time.*": ["days", "hours", "minutes"],
    "month.*": [str(month) for month in range(1, 13)],
    "bar.*": ["hour", "day"],
    "bar.scarce_*": ["hour", "day"],
    "turn.kept_*": ["partial", "prompt", "returned", "apart", "again", "aside"],
    "aside.keys.*": ["running", "over", "failed"],
    "aside.keys_short.*": ["running", "over", "failed"],
    "source.refused.*": [reason.value for reason in Reason],
    "source.note.*": [kind.value for kind in NoteKind],
    "plan.*": [],  # these three are shown as they are if they are unknown
    "tier.*": [model.plan for model in DOCUMENTED_MODELS],
    "category.*": [model.category for model in DOCUMENTED_MODELS],
    "picker.model.*": ["provider", "price", "plan", "vision", "first_text", "speed", "failed"],
    "signal.*": ["ready", "cut", "failed"],
    "keys.problem.*": "unknown unlike value no_key types same begins pays chord conflict confused needed".split(),
    "key.problem.*": list(get_args(get_type_hints(KeyProblem)["kind"])),
    "service.status.*": ["failed", "pending"],
    "stats.kind.*": [kind.value for kind in Kind],
    "images.choice.*": list(IMAGES),
    "guard.cap_*": [period.value for period in Period],
    "settings.wanted.*": [
        *{
            type(option.default).__name__
            for option in fields(Settings)
            if option.name not in ("personas", "keys")
        },
        "dict",
    ],
    "settings.typed.*": ["type", "choice", "range"],
    "option.*": [option.name for option in fields(Settings)],
    "options.source.*": [source.value for source in Source],
    "options.from.*": [source.value for source in Source],
    "settings.*": [
        "unchanged",
        "default_counts",
        "left_out",
        "unreadable",
        "syntax",
        "type",
        "choice",
        "range",
        "persona",
        "persona_value",
    ],
    "templates.problem.*": [
        "no_file",
        "unreadable",
        "too_big",
        "not_utf8",
        "empty",
        "no_pair",
        "unknown",
        "twice",
        "no_end",
        "range",
    ],
    "cli.problem.*": list(usage.PROBLEMS),
    "attach.kind.*": list(get_args(get_type_hints(Attachment)["kind"])),
    "attach.refused.*": list(get_args(get_type_hints(RefusedFile)["reason"])),
    "import.problem.*": sorted(
        key.removeprefix("import.problem.") for key in EN if key.startswith("import.problem.")
    ),
    "import.left_out.*": [kind.value for kind in LeftOutKind],
    "size.*": ["bytes", "kilobytes", "megabytes", "gigabytes"],
    "cli.argument.*": ["prompt", "model", "base_url", "config"],
    "compare.key.*": "pick leave move stop again diff merge blind see next copy recover scroll".split(),
    "compare.merge.*": ["incomplete", "coming", "left_out"],
    "compare.*.title": ["stop", "retry"],
    "compare.*.keys": ["stop", "retry"],
    "compare.role.*": ["system", "user", "assistant"],
    "vim.*": ["insert", "normal", "visual"],
    "offer.*": ["again", "continue"],
    "offer.*_range": ["again", "continue"],
    "offer.*_to": ["again", "continue"],
    "offer.*_unknown": ["again", "continue"],
    "cli.*": [
        "continue",
        "demo",
        "model",
        "base_url",
        "config",
        "version",
        "help",
        "env_key",
        "env_url",
        "env_home",
    ],
}
"""The keys that are put together, and what is put into them."""

TABLES = {key.partition(".")[0] for key in EN}


@cache
def composed() -> set[str]:
    """Every f-string of the source that makes a key."""
    found = {
        pattern(node)
        for module, tree in modules()
        if module != "i18n/__init__.py"
        for node in nodes(tree)
        if isinstance(node, ast.JoinedStr)
    }
    return {
        text
        for text in found
        if re.fullmatch(r"[a-z_]+(\.[a-z_*]+)+", text) and text.partition(".")[0] in TABLES
    }


def test_the_keys_that_are_put_together_are_known_here() -> None:
    assert composed() == set(PATTERNS)


def test_a_key_that_is_put_together_exists_for_all_that_is_put_into_it() -> None:
    made = {pattern.replace("*", part) for pattern, parts in PATTERNS.items() for part in parts}
    assert made - set(EN) == set()
    ways = {pattern: re.compile(pattern.replace(".", r"\.").replace("*", r"\w+")) for pattern in PATTERNS}
    assert [pattern for pattern, way in ways.items() if not any(map(way.fullmatch, EN))] == []


@cache
def key_constants() -> set[str]:
    """Every constant of the source that looks like a key, wherever it stands."""
    return {
        node.value
        for module, tree in modules()
        if module != "i18n/__init__.py"
        for node in nodes(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", node.value)
        and node.value.partition(".")[0] in TABLES
        and f"{node.value}*" not in PATTERNS
        and not node.value.endswith((".toml", ".md", ".tcss"))
    }


def test_every_constant_that_looks_like_a_key_is_one() -> None:
    assert key_constants() - set(EN) == set()


@cache
def helped() -> set[str]:
    """Every key of the help of commands, which `cli.help` puts together from their names and their parsers."""
    from elumenta_tui.cli.help import word

    found = set()
    for name in MODULES:
        parser = command(name).parser()
        for whole, each in [
            (name, parser),
            *((f"{name}.{verb}", inner) for verb, inner in parser.verbs.items()),
        ]:
            found |= {f"{whole}.about", *(f"{whole}.option.{word(action)}" for action in each.documented())}
    return found


def test_every_command_and_every_option_of_one_is_explained() -> None:
    assert helped() - set(EN) == set()


def test_every_entry_is_said_somewhere() -> None:
    ways = [re.compile(text.replace(".", r"\.").replace("*", r"\w+")) for text in composed()]
    used = key_constants() | helped() | RULES_OF_LANGUAGE
    assert [key for key in EN if key not in used and not any(way.fullmatch(key) for way in ways)] == []


def test_every_scenario_of_the_demo_is_told_in_both_languages() -> None:
    for english, russian in SCENARIOS.values():
        assert not CYRILLIC.search(english)
        assert CYRILLIC.search(russian)


# ----------------------------------------------------------------------------------------------- nothing said past them

KEY_NAMES = {"Enter", "F2", "Esc", "Ctrl+Q"}
FIRST_ARGUMENT = {"Content", "Content.styled", "Static", "Label", "Button", "Option", "Input"}
FIRST_OF_METHOD = ("show_notice", "notify", "_say", "update", "append_text")
TITLES = {"border_title", "border_subtitle", "placeholder", "tooltip", "sub_title"}


def literals(node: ast.expr) -> Iterator[str]:
    """The literal text of an expression that is shown; what other calls make is theirs."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            for part in parts:
                yield from literals(part)
        case ast.BinOp(left=left, right=right) | ast.IfExp(body=left, orelse=right):
            yield from literals(left)
            yield from literals(right)
        case ast.BoolOp(values=parts):
            for part in parts:
                yield from literals(part)
        case ast.Tuple(elts=[text_and_style, *_]) | ast.Starred(value=text_and_style):
            yield from literals(text_and_style)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)))):
            yield text


def spoken(tree: ast.AST) -> Iterator[str]:
    """The literal texts that a module shows without the catalogue."""
    shown: list[ast.expr] = []
    for name, call in calls(tree):
        method = name.rpartition(".")[2]
        if name.endswith("Content.assemble"):
            shown += call.args
        elif name in FIRST_ARGUMENT or ("." in name and method in FIRST_OF_METHOD):
            shown += call.args[:1]
        shown += [keyword.value for keyword in call.keywords if keyword.arg in TITLES]
    for node in nodes(tree):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Attribute) and target.attr in TITLES for target in node.targets
        ):
            shown.append(node.value)
    for expression in shown:
        for text in literals(expression):
            if re.search(r"[^\W\d_]{2,}", text) and text not in KEY_NAMES:
                yield text


def test_nothing_is_shown_that_is_not_in_the_catalogue() -> None:
    looked_at = modules("tui/")
    assert len(looked_at) > 10
    assert [(module, text) for module, tree in looked_at for text in spoken(tree)] == []


def sentences(tree: ast.AST) -> Iterator[str]:
    """Constants with two words or more that are no documentation, exception, list of names or style."""
    passed_over: set[int] = set()
    for node in nodes(tree):
        if isinstance(node, ast.Expr | ast.Raise):
            # A statement of its own is documentation; but a call's arguments are looked at.
            if isinstance(node, ast.Raise) or isinstance(node.value, ast.Constant):
                passed_over.update(id(inner) for inner in ast.walk(node))
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "split"
        ):
            passed_over.add(id(node.func.value))
    for node in nodes(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in passed_over
            and "$" not in node.value
            and re.search(r"[^\W\d_]{2,} [^\W\d_]{2,}", node.value)
        ):
            yield node.value


def test_no_sentence_stands_in_the_source_of_the_interface() -> None:
    looked_at = modules("tui/", "__main__.py", "session/")
    assert len(looked_at) > 13
    assert [(module, text) for module, tree in looked_at for text in sentences(tree)] == []


@pytest.mark.parametrize(
    "source",
    [
        "self.show_notice('Copied')",
        "self.notify(f'Copied {n}')",
        "Content('Hello')",
        "Content.styled('Hello', 'bold')",
        "Content.assemble(('◈ ', '$accent'), ('tokens', 'bold'))",
        "Content.assemble('no ', x)",
        "Static(Content('Keys'))",
        "Input(placeholder='your key')",
        "Input('typed', placeholder=say('x'))",
        "dialog.border_title = 'Help'",
        "self.show_notice(say('x') if y else 'Nothing')",
        "self.show_notice(name + ' is gone')",
        "Content('Hello').wrap(10)",
        "Content('Привет')",
        "query.update('done')",
    ],
)
def test_a_text_past_the_catalogue_would_be_found(source: str) -> None:
    assert list(spoken(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "self.show_notice(say('notice.copied', n=1), 'warning')",
        "Content.styled(say('x'), 'bold $accent')",
        "Content('◈ ')",
        "Content('')",
        "Static(id='header', markup=False)",
        "Content.assemble(('Enter', 'bold'), x)",
        "Content(x)",
    ],
)
def test_marks_styles_and_names_of_keys_are_no_text(source: str) -> None:
    assert list(spoken(ast.parse(source))) == []


# ------------------------------------------------------------------------------------------------------------- speaking


@pytest.mark.parametrize(
    ("count", "english", "russian"),
    [
        (0, "other", "many"),
        (1, "one", "one"),
        (2, "other", "few"),
        (4, "other", "few"),
        (5, "other", "many"),
        (11, "other", "many"),
        (12, "other", "many"),
        (14, "other", "many"),
        (21, "other", "one"),
        (22, "other", "few"),
        (25, "other", "many"),
        (101, "other", "one"),
        (111, "other", "many"),
        (112, "other", "many"),
        (122, "other", "few"),
        (1001, "other", "one"),
        (-1, "one", "one"),
        (-3, "other", "few"),
        (-11, "other", "many"),
        (1.5, "other", "few"),
        (0.5, "other", "few"),
        (2.5, "other", "few"),
    ],
)
def test_a_number_takes_the_plural_form_of_its_language(count: float, english: str, russian: str) -> None:
    assert plural(count) == english
    i18n.use("ru")
    assert plural(count) == russian


@pytest.mark.parametrize(
    ("count", "english", "russian"),
    [
        (1, "1 token", "1 токен"),
        (3, "3 tokens", "3 токена"),
        (0, "0 tokens", "0 токенов"),
        (11, "11 tokens", "11 токенов"),
        (281, "281 tokens", "281 токен"),
        (12345, "12,345 tokens", "12\u00a0345 токенов"),
        (2.5, "2.5 tokens", "2,5 токена"),
        (-4, "−4 tokens", "−4 токена"),
    ],
)
def test_tokens_are_counted_as_people_do(count: float, english: str, russian: str) -> None:
    assert say("bar.tokens", n=count) == english
    i18n.use("ru")
    assert say("bar.tokens", n=count) == russian


@pytest.mark.parametrize(
    ("value", "english", "russian"),
    [
        (0, "0", "0"),
        (999, "999", "999"),
        (1000, "1,000", "1\u00a0000"),
        (-1234567, "−1,234,567", "−1\u00a0234\u00a0567"),
        (1234.5, "1,234.5", "1\u00a0234,5"),
        (-0.5, "−0.5", "−0,5"),
        ("1000.5-x", "1000.5-x", "1000.5-x"),
        (True, "True", "True"),
        (Path("a-1.5"), "a-1.5", "a-1.5"),
    ],
)
def test_numbers_have_the_separators_of_the_language_and_a_real_minus(
    value: object, english: str, russian: str
) -> None:
    assert number(value) == english
    i18n.use("ru")
    assert number(value) == russian


def test_values_are_shown_as_they_are_and_never_filled_in_again() -> None:
    assert say("turn.details", message="{n} {0} {message} %s [b]") == "Details: {n} {0} {message} %s [b]"


def test_what_is_put_into_a_text_is_sanitized() -> None:
    assert say("turn.details", message="a\x1b]52;c;QQ==\x07\u202e\ud800") == "Details: a]52;c;QQ==⟦RLO⟧\ufffd"
    assert (
        say("settings.missing", path=Path("/tmp/\x1b[2J\udcff.toml")) == "/tmp/[2J\ufffd.toml does not exist."
    )


@pytest.mark.parametrize("ask", [say, lambda key: say(key, n=1)])
def test_a_key_that_nobody_wrote_is_an_error(ask: Callable[[str], str]) -> None:
    assert not knows("no.such.key")
    with pytest.raises(KeyError):
        ask("no.such.key")


def test_the_language_is_the_one_in_use() -> None:
    assert (i18n.language(), say("state.stopped")) == ("en", "Stopped")
    i18n.use("ru")
    assert (i18n.language(), say("state.stopped")) == ("ru", "Остановлено")
    with pytest.raises(ValueError, match="fr"):
        i18n.use("fr")
    assert i18n.language() == "ru"


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": ""}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "ru_RU.KOI8-R"}, "ru"),
        ({"LANG": "ru_UA"}, "ru"),
        ({"LANG": "ru.UTF-8"}, "ru"),
        ({"LANG": "ru"}, "ru"),
        ({"LANG": "RU_RU"}, "ru"),
        ({"LANG": "rue_UA"}, "en"),
        ({"LANG": "en_US", "LC_MESSAGES": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "ru_RU", "LC_MESSAGES": "en_US", "LC_ALL": "ru_RU"}, "ru"),
        ({"LANG": "ru_RU", "LC_ALL": "C"}, "en"),
        ({"LANG": "ru_RU", "LC_ALL": "", "LC_MESSAGES": ""}, "ru"),
        ({"LANG": "en_US", "LC_CTYPE": "ru_RU", "LANGUAGE": "ru"}, "en"),
    ],
    ids=str,
)
def test_the_language_of_the_locale_is_found(environ: dict[str, str], language: str) -> None:
    assert detect(environ) == language

"""`--help` of every command, which is made from its parser and the catalogue."""

from __future__ import annotations

import re

import pytest

from elumenta_tui import __main__ as program
from tests.helps import parsers
from tests.thorough import thorough


@thorough
@pytest.mark.parametrize("language", ["en_US", "ru_RU"])
def test_help_explains_every_option_and_its_usage_names_it(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, parser in parsers():
        assert program.main([*words, "--help"], {"LANG": language}) == 0
        text = capsys.readouterr().out
        usage = text.partition("\n\n")[0]
        assert " ".join(["elumenta-tui", *words]) in " ".join(usage.split())
        for action in parser.documented():
            for option in action.option_strings:
                shown = rf"^  (?:-\w, )?{option}(?![\w-]).*(?: {{2}}|\n {{6,}})\S"
                assert re.search(shown, text, re.MULTILINE) or len(option) == 2, (words, option)
            assert not action.option_strings or any(
                re.search(rf"(?<![\w-]){option}(?![\w-])", usage) for option in action.option_strings
            ), (words, action.option_strings)
        assert max(map(len, text.splitlines())) <= 80
        assert bool(re.search("[а-я]", text)) == (language == "ru_RU")

"""Prepares what `--help` prints: `python -m tests.helps` writes it to where the program looks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from elumenta_tui import i18n
from elumenta_tui.__main__ import help_text
from elumenta_tui.cli.commands import MODULES, command
from elumenta_tui.cli.help import help_of
from elumenta_tui.cli.options import Parser
from elumenta_tui.cli.prepared_help import DIRECTORY, PAGE


def parsers() -> Iterator[tuple[list[str], Parser]]:
    """Every command and every verb of one, with its parser."""
    for name in MODULES:
        parser = command(name).parser()
        yield [name], parser
        for verb, inner in parser.verbs.items():
            yield [name, verb], inner


def made(language: str) -> str:
    """Return the prepared texts of a language, as they are kept."""
    i18n.use(language)
    pages = [
        f"\n{help_text()}",
        *(f"{' '.join(words)}\n{help_of(parser, '.'.join(words))}" for words, parser in parsers()),
    ]
    return "".join(f"{PAGE}{page}\n" for page in pages)


def path_of(language: str) -> Path:
    """Return the file of the prepared texts of a language."""
    return Path(DIRECTORY, f"{language}.txt")


if __name__ == "__main__":
    for language in i18n.LANGUAGES:
        path_of(language).write_text(made(language), encoding="utf-8", newline="\n")

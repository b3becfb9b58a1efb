"""A third language is one file beside the others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from elumenta_tui.config.languages import DIRECTORY
from tests.pseudo_terminal import ROOT
from tests.thorough import thorough

PROGRAM = """
import sys
from pathlib import Path
from elumenta_tui.config import languages
languages.DIRECTORY = sys.argv[1]
from elumenta_tui import i18n
from elumenta_tui.config.settings import load
(Path(sys.argv[1]) / "config.toml.txt").write_text('language = "uk"\\n')
print(i18n.LANGUAGES, [i18n.name_of(code) for code in i18n.LANGUAGES])
print(load(Path(sys.argv[1]) / "config.toml.txt").language, i18n.detect({"LANG": "uk_UA.UTF-8"}))
i18n.use("uk")
print(i18n.say("list.turns", n=2), i18n.say("list.turns", n=5), i18n.number(1234.5), i18n.decimal(0.25))
"""


@thorough
def test_a_file_of_texts_is_a_language(tmp_path: Path) -> None:
    for path in Path(DIRECTORY).glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    text = Path(DIRECTORY, "ru.toml").read_text(encoding="utf-8")
    text = text.replace('name = "Русский"', 'name = "Українська"').replace('"1\u00a0234,5"', '"1\u2019234,5"')
    (tmp_path / "uk.toml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path], cwd=ROOT, env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True, text=True, check=False, encoding="utf-8",
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "('en', 'ru', 'uk') ['English', 'Русский', 'Українська']",
        "uk uk",
        "2 запроса 5 запросов 1\u2019234,5 0,25",
    ]

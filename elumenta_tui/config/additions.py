"""What the user makes inside the app and keeps: a persona in the configuration, a template beside it, a cap."""

from __future__ import annotations

import codecs
import tomllib
from pathlib import Path

from elumenta_tui.config.settings import PERSONA_NAME, read_toml
from elumenta_tui.config.templates import DIRECTORY, is_word
from elumenta_tui.config.toml_text import quoted
from elumenta_tui.process.files import write_new, write_private


def may_be_persona(name: str) -> bool:
    """Return whether a persona may have that name."""
    return PERSONA_NAME.fullmatch(name) is not None


def add_persona(path: Path, name: str, system_prompt: str) -> None:
    """Append a persona that is not there yet to the configuration. Every other character stays as it is.

    Raises:
        SettingsProblem: The file is broken; it is left as it is.
        ValueError: The file holds personas in a form that no table can be appended to; it is left as it is.
        OSError: The file cannot be written.
    """
    read_toml(path)
    raw = path.read_bytes() if path.exists() else b""
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    text = raw.decode("utf-8-sig")
    newline = "\r\n" if "\r\n" in text else "\n"
    before = text if not text or text.endswith("\n") else text + newline
    gap = newline if before.strip() else ""
    head = name if name.isascii() else quoted(name)
    added = f"{before}{gap}[personas.{head}]{newline}system_prompt = {quoted(system_prompt)}{newline}"
    if tomllib.loads(added)["personas"][name] != {"system_prompt": system_prompt}:
        raise ValueError(name)
    write_private(path, mark + added.encode())


def may_be_template(word: str) -> bool:
    """Return whether a template may have that slash word."""
    return is_word(word) and not word.startswith(".")


def add_template(config: Path, word: str, body: str) -> Path:
    """Write a template beside the configuration, and return its path. One that is there is never changed.

    Raises:
        FileExistsError: There is a file of that name.
        OSError: It cannot be written.
    """
    directory = config.parent / DIRECTORY
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{word}.md"
    write_new(path, [f"{body}\n".encode()])
    return path

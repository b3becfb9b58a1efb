"""Write one option into the configuration file, or take it out: whole or not at all, and every other character stays."""

from __future__ import annotations

import codecs
from pathlib import Path

from elumenta_tui.config.settings import read_toml
from elumenta_tui.config.toml_text import Value, with_value
from elumenta_tui.process.files import write_private


def save_value(path: Path, option: str, value: Value | None) -> bool:
    """Write one option into the file, or remove it with None, and leave every other character as it is.

    Return False if that can't be done with certainty.

    Raises:
        SettingsProblem: The file is broken; it is left as it is.
        OSError: The file cannot be written.
    """
    data = read_toml(path)
    there = data.get(option)
    if type(there) is type(value) and there == value:
        # It may be written another way.
        return True
    raw, text = _changed(path, option, value)
    if text is None:
        return False
    if text != raw:
        write_private(path, text)
    return True


def save(path: Path, option: str, value: Value | None) -> None:
    """Write one option into the file, or remove it with None. Every other character stays as it is.

    Raises:
        SettingsProblem: The file is broken; it is left as it is.
        OSError: The file cannot be written.
    """
    data = read_toml(path)
    if data.get(option) == value:
        return
    _, text = _changed(path, option, value)
    if text is None:
        # The comments are lost. But a value spread over lines, or a table of that name, cannot be edited with certainty.
        import tomli_w

        data.pop(option, None)
        text = tomli_w.dumps({**data, option: value} if value is not None else data).encode()
    write_private(path, text)


def _changed(path: Path, option: str, value: Value | None) -> tuple[bytes, bytes | None]:
    """Return what the file holds, and what it would hold with the option; None if it can't be edited with certainty."""
    raw = path.read_bytes() if path.exists() else b""
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    text = with_value(raw.decode("utf-8-sig"), option, value)
    return raw, None if text is None else mark + text.encode()

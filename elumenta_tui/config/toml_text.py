"""Change one value in the text of a TOML file, and keep every other character as its author wrote it.

Python writes no TOML, and libraries that do lose comments, order and blank lines. So the text itself is edited, in the few
shapes that one value on one line has, and then parsed again. An edit that does not parse to exactly the wanted value is
discarded.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

_TABLE = re.compile(r"[ \t]*\[")
_REST = re.compile(
    r"""(?P<space>[ \t]*)(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^"'#\s\[{](?:[^#\n]*[^#\n \t])?)(?P<end>[ \t]*(?:\#.*)?)$"""
)


Value = str | bool | int | float
"""The value of an option on one line."""


def with_value(source: str, key: str, value: Value | None) -> str | None:
    """Return the text with a top-level value set, or removed with None.

    Returns:
        The new text; None if the edit is uncertain, and the file has to be written anew.
    """
    wanted = tomllib.loads(source)
    if value is None:
        wanted.pop(key, None)
    else:
        wanted[key] = value
    return next((text for text in _attempts(source, key, value) if _is_result(text, wanted)), None)


def place_of(source: str, *keys: str) -> tuple[int, int]:
    """Return the line and the column, from 1, in which a text first gives these nested keys a value; (1, 1) if it does not.

    Parses one beginning of the text after the other, which only a mistake is worth.
    """
    lines = source.split("\n")
    begun = 0
    for end in range(1, len(lines) + 1):
        try:
            table: object = tomllib.loads("\n".join(lines[:end]))
        except ValueError:
            # A value that goes on in the next line.
            continue
        for key in keys:
            table = table.get(key) if isinstance(table, dict) else None
        if table is not None:
            return begun + 1, _column_of(lines[begun], keys[-1])
        begun = end
    return 1, 1


def _column_of(line: str, key: str) -> int:
    """Return the column of a key's value in its line, or that of the first character if it is a heading."""
    found = re.match(
        rf"""[^=#]*?(?:{re.escape(key)}|"{re.escape(key)}"|'{re.escape(key)}')[ \t]*=[ \t]*""", line
    )
    return (found.end() if found else len(line) - len(line.lstrip())) + 1


def quoted(value: str) -> str:
    """Return a text as a TOML basic string."""
    escaped = "".join(
        f"\\u{ord(character):04x}" if character < " " or character in '"\\\x7f' else character
        for character in value
    )
    return f'"{escaped}"'


def written(value: Value) -> str:
    """Return a value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else repr(value)


def _is_result(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except ValueError:
        return False


def _attempts(source: str, key: str, value: Value | None) -> Iterator[str]:
    """Yield candidate texts, the least changed first."""
    lines = source.splitlines(keepends=True)
    own = re.compile(rf"""[ \t]*(?:{re.escape(key)}|"{re.escape(key)}"|'{re.escape(key)}')[ \t]*=""")
    for number, line in enumerate(lines):
        if (name := own.match(line)) is None:
            continue
        body = line.rstrip("\r\n")
        end = line[len(body) :]
        if value is None:
            yield "".join([*lines[:number], *lines[number + 1 :]])
        elif rest := _REST.fullmatch(body, name.end()):
            changed = f"{name[0]}{rest['space']}{written(value)}{rest['end']}{end}"
            yield "".join([*lines[:number], changed, *lines[number + 1 :]])
    if value is None:
        yield source
        return
    newline = "\r\n" if "\r\n" in source else "\n"
    new = f"{key} = {written(value)}{newline}"
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += newline
    # Insert above the first heading, because a value below would belong to that table. Comments right above a heading
    # belong to it.
    at = next((number for number, line in enumerate(lines) if _TABLE.match(line)), len(lines))
    while 0 < at < len(lines) and lines[at - 1].lstrip().startswith("#"):
        at -= 1
    gap = [newline] if at < len(lines) else []
    yield "".join([*lines[:at], new, *gap, *lines[at:]])
    yield "".join([new, *gap, *lines])

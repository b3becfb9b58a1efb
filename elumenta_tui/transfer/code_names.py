"""Name the file that a block of code is saved as, by what its fence or its first line says.

The name comes from strangers: it is a single name without a directory, never hidden, and valid on every system. Whoever writes the
file never overwrites another one (see `process.files.write_under_free_name`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from elumenta_tui.transfer.export import file_name

_STATED = re.compile(
    r"""(?:^|[\s{,])(?:title|filename|file|name|path)\s*=\s*(?:"([^"]+)"|'([^']+)'|([^\s,}]+))""",
    re.IGNORECASE,
)
_AFTER_LANGUAGE = re.compile(r"^[\w+#.-]+:(\S+)")
_ALONE = re.compile(r"^(\S*[^\s.]\.[A-Za-z][A-Za-z0-9]{0,9})(?:\s|$)")
"""Matches a fence that names a file in the place of a language: ```x.py."""
_FIRST_LINE = re.compile(
    r"""^\s{0,3}(?:\#|//|--|;+|%+|/\*+|<!--|"|')\s*
    (?:file(?:name|path)?\s*[:=]\s*(?P<said>[^\r\n]+?)|(?P<path>[\w@./\\-]*[\w]\.[A-Za-z][A-Za-z0-9]{0,9}))
    \s*(?:\*/|-->)?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_ENDING = re.compile(r"(.*[^.])\.([A-Za-z0-9_+-]{1,12})", re.DOTALL)
LONGEST_LINE = 300
"""Characters of a first line that can name a file."""

ENDINGS = {
    "": "txt", "text": "txt", "plain": "txt", "plaintext": "txt", "txt": "txt", "output": "txt", "console": "txt",
    "python": "py", "py": "py", "python3": "py", "pycon": "txt", "javascript": "js", "js": "js", "jsx": "jsx",
    "typescript": "ts", "ts": "ts", "tsx": "tsx", "bash": "sh", "sh": "sh", "shell": "sh", "zsh": "sh", "fish": "fish",
    "powershell": "ps1", "ps1": "ps1", "pwsh": "ps1", "batch": "bat", "c": "c", "h": "h", "c++": "cpp", "cpp": "cpp",
    "csharp": "cs", "c#": "cs", "cs": "cs", "fsharp": "fs", "f#": "fs", "java": "java", "kotlin": "kt", "kt": "kt",
    "swift": "swift", "go": "go", "golang": "go", "rust": "rs", "rs": "rs", "ruby": "rb", "rb": "rb", "php": "php",
    "perl": "pl", "lua": "lua", "r": "r", "julia": "jl", "haskell": "hs", "elixir": "ex", "erlang": "erl", "scala": "scala",
    "clojure": "clj", "ocaml": "ml", "dart": "dart", "zig": "zig", "sql": "sql", "html": "html", "xml": "xml", "svg": "svg",
    "css": "css", "scss": "scss", "json": "json", "jsonc": "json", "yaml": "yaml", "yml": "yaml", "toml": "toml", "ini": "ini",
    "csv": "csv", "tsv": "tsv", "markdown": "md", "md": "md", "tex": "tex", "latex": "tex", "diff": "diff", "patch": "patch",
    "dockerfile": "dockerfile", "makefile": "mk", "make": "mk", "cmake": "cmake", "nginx": "conf", "proto": "proto",
    "graphql": "graphql", "terraform": "tf", "hcl": "tf", "vim": "vim", "nix": "nix", "1c": "bsl", "bsl": "bsl",
}  # fmt: skip
"""Endings by language, as fences name it."""


def stated_name(code: str, info: str) -> str:
    """Return the name that a fence's info string or the first line of the code states, without its directories; or nothing."""
    first, _, _ = code.lstrip("\n").partition("\n")
    for found in (_STATED.search(info), _AFTER_LANGUAGE.match(info), _ALONE.match(info)):
        if found is not None:
            return _base(next(filter(None, found.groups()), ""))
    if len(first) <= LONGEST_LINE and (said := _FIRST_LINE.match(first)) is not None:
        return _base(said["said"] or said["path"])
    return ""


def _base(path: str) -> str:
    """Return the last part of a path on any system."""
    return re.split(r"[/\\:]", path.strip().rstrip("/\\"))[-1].strip()


def code_names(code: str, info: str, otherwise: str) -> Iterator[str]:
    """Yield file names for a block of code, to be tried until one is free.

    Args:
        code: the text of the block.
        info: the info string of its fence.
        otherwise: the name, without an ending, if neither states one.
    """
    stated = stated_name(code, info)
    language = info.partition(" ")[0].partition(":")[0].strip("{}.").lower()
    # Only letters and digits that every system has.
    by_language = ENDINGS.get(language) or "txt"
    if not stated.strip(". -~"):
        return (file_name(otherwise, by_language, number) for number in count(1))
    parts = _ENDING.fullmatch(stated)
    if parts is None:
        # As Makefile and Dockerfile.
        return (file_name(stated, "", number) for number in count(1))
    stem, ending = parts.groups()
    return (file_name(stem, ending, number) for number in count(1))

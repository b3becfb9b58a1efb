"""The languages that the client speaks: each is one file of texts in `i18n/`, whose name is the language's code.

It imports nothing that takes time: `--help` needs it, too.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Importing `collections` for its `abc`, or `typing`, takes a good part of the time that a bare Python takes.
    from collections.abc import Mapping, Sequence

FIRST = "en"
"""The language that is spoken where the locale asks for none of the others."""

DIRECTORY = os.path.join(os.path.dirname(os.path.dirname(__file__)), "i18n")


def languages() -> tuple[str, ...]:
    """Return the codes of all languages, `FIRST` first and the others by the alphabet."""
    codes = (name.removesuffix(".toml") for name in os.listdir(DIRECTORY) if name.endswith(".toml"))
    return (FIRST, *sorted(code for code in codes if code != FIRST))


def of_locale(environ: Mapping[str, str], known: Sequence[str]) -> str:
    """Return the language of the locale, as POSIX orders its variables; the first of those that are known if it names none of them."""
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    code = locale.partition("_")[0].partition(".")[0].lower()
    return code if code in known else known[0]

"""The program without sanitizing, for the test which proves that the other tests would notice: `python -m tests.unsanitized`."""

from __future__ import annotations

import sys
from typing import Any

from elumenta_tui.text import sanitize


class NoSanitizer:
    """Lets everything through."""

    def feed(self, text: str) -> str:
        return text

    def close(self) -> str:
        return ""


def let_through(value: Any, *limits: Any) -> Any:
    return value


if __name__ == "__main__":
    # Before anything has taken them from there.
    for name in ("clean", "clean_line", "clean_json"):
        setattr(sanitize, name, let_through)
    setattr(sanitize, "Sanitizer", NoSanitizer)  # noqa: B010 - not an assignment of another type to mypy
    from elumenta_tui.__main__ import main

    sys.exit(main())

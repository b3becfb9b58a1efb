"""Lexers that no text is known to slow down: see `tests/steady.py`, which writes this list."""

STEADY: frozenset[str] = frozenset()

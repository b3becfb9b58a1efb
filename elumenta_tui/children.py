"""What other programs that are started from here may know: all of the environment but this program's own part of it."""

from __future__ import annotations

from collections.abc import Mapping


def environ_for_children(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a clipboard tool, a browser or a command: the key is in it otherwise."""
    return {name: value for name, value in environ.items() if not name.startswith("ELUMENTA_")}

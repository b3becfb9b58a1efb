"""Where the program's files live."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def config_dir(environ: Mapping[str, str]) -> Path:
    """Of the user's own files. `ELUMENTA_HOME` puts everything under one directory."""
    return _directory(environ, "config")


def state_dir(environ: Mapping[str, str]) -> Path:
    """Of what the program remembers by itself."""
    return _directory(environ, "state")


def data_dir(environ: Mapping[str, str]) -> Path:
    """Of the conversations, and what is exported from them."""
    return _directory(environ, "data")


def _directory(environ: Mapping[str, str], kind: str) -> Path:
    home = environ.get("ELUMENTA_HOME")
    if home:
        # Path.expanduser raises for a user that there is not; this leaves the name as it is.
        return Path(os.path.expanduser(home)) / kind
    import platformdirs

    finders = {
        "config": platformdirs.user_config_path,
        "state": platformdirs.user_state_path,
        "data": platformdirs.user_data_path,
    }
    return finders[kind]("elumenta-tui", appauthor=False)

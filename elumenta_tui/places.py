"""Where the program's files live, and how they are written: whole or not at all, for their owner's eyes only."""

from __future__ import annotations

import os
import tempfile
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


def cache_dir(environ: Mapping[str, str]) -> Path:
    """Of what can be made again at any time."""
    return _directory(environ, "cache")


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
        "cache": platformdirs.user_cache_path,
    }
    return finders[kind]("elumenta-tui", appauthor=False)


def write_private(path: Path, data: bytes) -> None:
    """Replace a file's content in one step, mode 0600 in directories 0700; OSError leaves the old content in place."""
    # A link to the file, as people keep in a repository of their settings, stays a link.
    path = path.resolve()
    for directory in reversed(path.parents):
        directory.mkdir(mode=0o700, exist_ok=True)
    # mkstemp creates the file with mode 0600 from its first moment.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise

"""Locations of the program's files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def config_dir(environ: Mapping[str, str]) -> Path:
    """Return the directory of the user's own files. `ELUMENTA_HOME` puts everything under one directory."""
    return _directory(environ, "config")


def state_dir(environ: Mapping[str, str]) -> Path:
    """Return the directory of the program's own state."""
    return _directory(environ, "state")


def data_dir(environ: Mapping[str, str]) -> Path:
    """Return the directory of conversations and their exports."""
    return _directory(environ, "data")


def shipped_themes() -> Path:
    """Return the directory of the themes that come with the program: those of the package, or of the checkout that it runs from."""
    package = Path(__file__).parent.parent
    packaged = package / "_themes"
    return packaged if packaged.is_dir() else package.parent / "themes"


def own_themes(config: Path) -> Path:
    """Return the directory of the user's own themes, which is beside the configuration file."""
    return config.parent / "themes"


def _directory(environ: Mapping[str, str], kind: str) -> Path:
    home = environ.get("ELUMENTA_HOME")
    if home:
        # Path.expanduser raises for an unknown user; this leaves the name as it is.
        return Path(os.path.expanduser(home)) / kind
    import platformdirs

    finders = {
        "config": platformdirs.user_config_path,
        "state": platformdirs.user_state_path,
        "data": platformdirs.user_data_path,
    }
    return finders[kind]("elumenta-tui", appauthor=False)

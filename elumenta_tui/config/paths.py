"""Locations of the program's files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from elumenta_tui.config.directories import directory


def config_dir(environ: Mapping[str, str]) -> Path:
    """Return the directory of the user's own files. `ELUMENTA_HOME` puts everything under one directory."""
    return Path(directory(environ, "config"))


def state_dir(environ: Mapping[str, str]) -> Path:
    """Return the directory of the program's own state."""
    return Path(directory(environ, "state"))


def data_dir(environ: Mapping[str, str]) -> Path:
    """Return the directory of conversations and their exports."""
    return Path(directory(environ, "data"))


def shipped_themes() -> Path:
    """Return the directory of the themes that come with the program: those of the package, or of the checkout that it runs from."""
    package = Path(__file__).parent.parent
    packaged = package / "_themes"
    return packaged if packaged.is_dir() else package.parent / "themes"


def own_themes(config: Path) -> Path:
    """Return the directory of the user's own themes, which is beside the configuration file."""
    return config.parent / "themes"

"""The directories of the program's files, as strings. It imports nothing that takes time: `--help` needs it, too."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Importing `collections` for its `abc`, or `typing`, takes a good part of the time that a bare Python takes.
    from collections.abc import Mapping

_XDG = {
    "config": ("XDG_CONFIG_HOME", ".config"),
    "state": ("XDG_STATE_HOME", ".local/state"),
    "data": ("XDG_DATA_HOME", ".local/share"),
}
"""By kind of directory: the variable that names it on Linux, and where it is below the home directory otherwise."""


def directory(environ: Mapping[str, str], kind: str) -> str:
    """Return the directory of a kind: config, state or data. `ELUMENTA_HOME` puts all of them under one."""
    home = environ.get("ELUMENTA_HOME")
    if home:
        # Path.expanduser raises for an unknown user; this leaves the name as it is.
        return os.path.join(os.path.expanduser(home), kind)
    return _of_linux(kind) or _of_platform(kind)


def _of_linux(kind: str) -> str:
    """Return what platformdirs returns on Linux, without its imports, which take as long as a bare Python; empty where it has to be asked."""
    home = os.environ.get("HOME", "")
    if sys.platform != "linux" or "ANDROID_DATA" in os.environ or not home.startswith("/"):
        return ""
    variable, below = _XDG[kind]
    named = os.environ.get(variable, "")
    return os.path.join(named if named.startswith("/") else os.path.join(home, below), "elumenta-tui")


def _of_platform(kind: str) -> str:
    import platformdirs

    finders = {
        "config": platformdirs.user_config_dir,
        "state": platformdirs.user_state_dir,
        "data": platformdirs.user_data_dir,
    }
    return finders[kind]("elumenta-tui", appauthor=False)

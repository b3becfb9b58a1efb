"""Find the programs to start, and prepare their environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

_WINDOWS_ENDINGS = ".COM;.EXE;.BAT;.CMD"


def environ_for_children(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a clipboard tool, a browser or a command, without our own variables: they may hold the key."""
    return {name: value for name, value in environ.items() if not name.startswith("ELUMENTA_")}


def is_remote(environ: Mapping[str, str]) -> bool:
    """Return whether the user sits at another machine: programs that show or copy something would do it here."""
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))


def find_program(name: str, environ: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """Return the path of a program, or None if it is not installed.

    Unlike `shutil.which` this never searches the current directory, which Windows searches first and an empty entry of PATH
    means elsewhere: a download or a repository may hold a file of any name. A path with a directory is used as it is; on
    Windows it must be absolute.
    """
    endings = [""]
    if platform == "win32":
        known = [each.lower() for each in environ.get("PATHEXT", _WINDOWS_ENDINGS).split(";") if each]
        endings = [""] if os.path.splitext(name)[1].lower() in known else known
    if os.path.dirname(name):
        places = [name] if platform != "win32" or os.path.isabs(name) else []
    else:
        directories = environ.get("PATH", os.defpath).split(os.pathsep)
        places = [os.path.join(directory, name) for directory in directories if os.path.isabs(directory)]
    candidates = (place + ending for place in places for ending in endings)
    return next((path for path in candidates if os.path.isfile(path) and os.access(path, os.X_OK)), None)

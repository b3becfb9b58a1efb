"""Optional packages: whether they are there, and the command that installs them where this program is installed."""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
from pathlib import PurePath

from elumenta_tui.sources.results import Reason, RefusedSource

PACKAGES = {"documents": "pypdf", "images": "pillow"}
"""The extras of `pyproject.toml` that sources use, and the package that each brings."""
_MODULES = {"documents": "pypdf", "images": "PIL"}


def has_extra(extra: str) -> bool:
    """Return whether the package of an extra is installed, without loading it."""
    return importlib.util.find_spec(_MODULES[extra]) is not None


def missing(extra: str) -> RefusedSource:
    """Return the refusal that names the command to install an extra."""
    return RefusedSource.of(Reason.MISSING_EXTRA, extra=extra, command=install_command(extra))


def install_command(extra: str, prefix: str = sys.prefix, executable: str = sys.executable) -> str:
    """Return the command that adds an extra to this installation: that of pipx, of uv, or of its own pip."""
    parts = PurePath(prefix).parts
    if "pipx" in parts and "venvs" in parts:
        return f"pipx inject elumenta-tui {PACKAGES[extra]}"
    if "uv" in parts and "tools" in parts:
        return f"uv tool install --with {PACKAGES[extra]} elumenta-tui"
    python = shlex.quote(executable) if os.name == "posix" else f'"{executable}"'
    return f"{python} -m pip install {PACKAGES[extra]}"

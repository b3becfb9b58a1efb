"""Make what a package has besides the program, out of its options: completions for shells, and the man page.

hatchling runs this when it builds a wheel. It needs the program's own source and nothing that is installed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def shared_files() -> dict[str, str]:
    """Return the texts of the files, by their paths below the prefix of an installation."""
    from elumenta_tui import i18n
    from elumenta_tui.cli.completions import script
    from elumenta_tui.cli.man_page import parts
    from elumenta_tui.cli.man_roff import roff
    from elumenta_tui.tui import actions, key_notes

    # Importing it has filled the catalogue.
    del actions

    def page(language: str) -> str:
        i18n.use(language)
        return roff(parts(key_notes.listed()), date)

    # A build that is to be repeatable states its time.
    stated = os.environ.get("SOURCE_DATE_EPOCH", "")
    date = time.strftime("%Y-%m-%d", time.gmtime(int(stated) if stated.isdecimal() else None))
    return {
        "share/man/ru/man1/elumenta-tui.1": page("ru"),
        "share/man/man1/elumenta-tui.1": page("en"),
        "share/bash-completion/completions/elumenta-tui": script("bash"),
        "share/zsh/site-functions/_elumenta-tui": script("zsh"),
        "share/fish/vendor_completions.d/elumenta-tui.fish": script("fish"),
    }


class SharedFiles(BuildHookInterface):
    """Adds the files to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        self._directory = tempfile.TemporaryDirectory(prefix="elumenta-tui.")
        sys.path.insert(0, self.root)
        for path, text in shared_files().items():
            made = Path(self._directory.name, path)
            made.parent.mkdir(parents=True)
            made.write_text(text, encoding="utf-8", newline="\n")
            build_data["shared_data"][str(made)] = path

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if self.target_name == "wheel" and version != "editable":
            self._directory.cleanup()

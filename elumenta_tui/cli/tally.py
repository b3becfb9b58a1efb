"""What an import or a merge has added, counted and told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from elumenta_tui.i18n import say

if TYPE_CHECKING:
    from elumenta_tui.store.adding import Missing


@dataclass(slots=True)
class Tally:
    """Numbers of what is added, or would be."""

    new: int = 0
    """Conversations that were not here."""
    extended: int = 0
    """Conversations that were here, but not all of them."""
    known: int = 0
    """Conversations that were here already."""
    turns: int = 0
    answers: int = 0
    files: int = 0
    """Contents of attached files that were lost here."""
    charges: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Numbers of what could not be added, by kind: see `Kind` of the import."""

    def count(self, missing: Missing) -> bool:
        """Count what a conversation adds. Return whether that is anything."""
        adds = missing.is_new or bool(missing.answers or missing.contents)
        self.new += missing.is_new
        self.extended += adds and not missing.is_new
        self.known += not adds
        self.turns += missing.turns
        self.answers += len(missing.answers)
        self.files += len(missing.contents)
        return adds

    def lines(self, *, dry: bool) -> Iterator[str]:
        """Yield the report for people."""
        if self.answers or self.new:
            key = "import.would" if dry else "import.done"
            yield say(key, n=self.new, answers=say("import.answers", n=self.answers)) + "\n"
        elif not self.charges and not self.files:
            yield say("import.nothing_new") + "\n"
        if self.extended:
            yield say("import.extended", n=self.extended) + "\n"
        if self.known:
            yield say("import.known", n=self.known) + "\n"
        if self.files:
            yield say("import.files", n=self.files) + "\n"
        if self.charges:
            yield say("merge.charges", n=self.charges) + "\n"
        if any(self.left_out.values()):
            yield say("import.without") + "\n"
            for kind, count in self.left_out.items():
                if count:
                    yield "  " + say(f"import.left_out.{kind}", n=count) + "\n"

    def as_json(self, *, dry: bool) -> str:
        """Return the report for programs."""
        values: dict[str, Any] = {
            "dry_run": dry,
            "conversations": {"added": self.new, "extended": self.extended, "known": self.known},
            "turns": self.turns,
            "answers": self.answers,
            "files": self.files,
            "charges": self.charges,
            "left_out": {kind: count for kind, count in self.left_out.items() if count},
        }
        return json.dumps(values, indent=2) + "\n"

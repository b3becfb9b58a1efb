"""The stored facts, each declared once.

To add a fact of a conversation or a turn, add the field to the domain object and one line here, with `since` one above the
current version of the schema:

    line("colour", default="red", field="colour", exported="colour", since=2)

That creates the column in new files, adds it to older ones, and writes, updates, reads, overlays, salvages and exports the fact.
Where a file lacks it, it reads as its default. A turn is saved whenever it changes; for a conversation that exists, put the
change `SetFacts(record, {"colour": "blue"})`.

```
conversation  one row each; `used` counts up with every change, so that the order of use does not depend on a clock
turn          everything of a turn but its texts, small enough to be read by the thousand; `number` is the order of insertion
passage       the prompt and the answer of a turn
piece         pieces of an answer that is still coming; at its end they are joined into its passage
program       programs that are running, or did not end properly
chore         names of tasks that are still to be done with the file
```

The full-text index is no table of facts; see `index`.
"""

from __future__ import annotations

from elumenta_tui.chat.turn import Turn, TurnState
from elumenta_tui.store.facts import (
    NAME,
    Table,
    count,
    flag,
    json,
    line,
    number,
    seconds,
    text,
    tokens,
)
from elumenta_tui.store.failures import failure_json
from elumenta_tui.store.ids import is_id, safe_id
from elumenta_tui.text.sanitize import clean, clean_line


def _state_of(value: object) -> str:
    """Read a turn's state; one that is none counts as interrupted."""
    states = {state.value for state in TurnState}
    return value if isinstance(value, str) and value in states else TurnState.INTERRUPTED.value


def _program_of(value: object) -> str:
    """Read a program's id out of a damaged file: it is joined to a path, so nothing else may pass."""
    return str(value) if is_id(value) else ""


def _since_asked(turn: Turn, moment: float | None) -> float | None:
    """Convert a moment of the monotonic clock to seconds since the prompt."""
    return None if moment is None else max(0.0, moment - turn.asked_at)


def _failure(turn: Turn) -> str | None:
    return failure_json(turn.failure) if turn.failure is not None else None


def _seconds(turn: Turn) -> float | None:
    return _since_asked(turn, turn.ended_at)


_ANY_TEXT = "typeof({0}) <> 'text'"
_TIME = "typeof({0}) NOT IN ('integer', 'real')"
_WHOLE = "typeof({0}) <> 'integer'"

CONVERSATION = Table(
    name="conversation",
    key="id",
    facts=(
        line("id", "TEXT PRIMARY KEY", read=safe_id, field="id", strange=NAME, fixed=True),
        line("title", field="title", strange=_ANY_TEXT),
        flag("demo", strange=_WHOLE),
        flag("archived", "INTEGER NOT NULL DEFAULT 0", strange=_WHOLE),
        seconds("created_on", "REAL NOT NULL", default=0.0, field="created_on", strange=_TIME),
        seconds("used_on", "REAL NOT NULL", default=0.0, strange=_TIME),
        number("used", own=True),
        text("draft", "TEXT NOT NULL DEFAULT ''"),
    ),
    indexes=("CREATE INDEX conversation_by_use ON conversation (used)",),
    complete="INSERT OR IGNORE INTO conversation (id) SELECT conversation FROM turn",
)

TURN = Table(
    name="turn",
    key="id",
    facts=(
        number("number", "INTEGER PRIMARY KEY AUTOINCREMENT", own=True),
        line("id", "TEXT NOT NULL UNIQUE", field="id", salvage=safe_id, fixed=True),
        line(
            "conversation",
            "TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE",
            salvage=safe_id,
            strange=NAME,
            fixed=True,
        ),
        line("program", own=True, salvage=_program_of, fixed=True),
        line("state", read=_state_of, field="state", take=lambda turn: turn.state.value, restore=TurnState),
        line("model", take=lambda turn: clean_line(turn.model.slug)),
        line("model_name", take=lambda turn: clean_line(turn.model.name)),
        line("served_by", field="served_by"),
        line("generation", field="generation_id"),
        seconds("asked_on", field="asked_on"),
        seconds("ended_on", field="ended_on"),
        seconds(
            "first_text", field="first_text_at", take=lambda turn: _since_asked(turn, turn.first_text_at)
        ),
        seconds("last_text", field="last_text_at", take=lambda turn: _since_asked(turn, turn.last_text_at)),
        seconds("seconds", field="ended_at", take=_seconds, restore=lambda value: value or 0.0),
        count("deltas", field="deltas"),
        count("unreadable", field="unreadable"),
        tokens("cost", field="cost"),
        tokens("balance_before", field="balance_before"),
        tokens("balance_after", field="balance_after"),
        json("failure", take=_failure),
        flag("given_back", field="given_back"),
        flag("was_found", field="was_found"),
        flag("asked_again", field="asked_again"),
        count("indexed", "INTEGER NOT NULL DEFAULT 0", own=True),
    ),
    indexes=(
        "CREATE INDEX turn_by_conversation ON turn (conversation, number)",
        "CREATE INDEX turn_to_conversation ON turn (number, conversation)",
        "CREATE INDEX turn_unfinished ON turn (state) WHERE state IN ('waiting', 'streaming')",
    ),
    spare="SELECT number, conversation FROM turn INDEXED BY turn_to_conversation",
    complete="INSERT OR IGNORE INTO turn (number) SELECT turn FROM passage",
)

PASSAGE = Table(
    name="passage",
    key="turn",
    facts=(
        number(
            "turn", "INTEGER PRIMARY KEY REFERENCES turn (number) ON DELETE CASCADE", own=True, fixed=True
        ),
        # Typed text is not clean yet: SQLite takes no lone surrogates, and its searches no NUL.
        text("prompt", field="prompt", take=lambda turn: clean(turn.prompt), fixed=True),
        text("answer", "TEXT NOT NULL DEFAULT ''", own=True, fixed=True),
    ),
)

PIECE = Table(
    name="piece",
    facts=(
        number("turn", "INTEGER NOT NULL REFERENCES turn (number) ON DELETE CASCADE", own=True),
        number("start", own=True),
        text("text", own=True),
    ),
    constraints=("PRIMARY KEY (turn, start)",),
)

PROGRAM = Table(
    name="program",
    key="id",
    facts=(
        line("id", "TEXT PRIMARY KEY", own=True, fixed=True),
        line("conversation", own=True),
        number("used", own=True),
    ),
)

CHORE = Table(name="chore", key="name", facts=(line("name", "TEXT PRIMARY KEY", own=True, fixed=True),))

TABLES: tuple[Table, ...] = (CONVERSATION, TURN, PASSAGE, PIECE, PROGRAM, CHORE)
"""All tables of all versions, parents before their children."""

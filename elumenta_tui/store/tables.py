"""The stored facts, each declared once.

To add a fact of a conversation, a turn or an answer, add the field to the domain object and one line here, with `since` one above the
current version of the schema:

    line("colour", default="red", field="colour", exported="colour", since=3)

That creates the column in new files, adds it to older ones, and writes, updates, reads, overlays, salvages and exports the fact.
Where a file lacks it, it reads as its default. An answer and its turn are saved whenever they change; whoever changes a fact of
a conversation calls `Autosave.facts_changed`, as `Session.set_system_prompt` does.

```
conversation  one row each; `used` counts up with every change, so that the order of use does not depend on a clock
turn          a prompt; `parent` is the id of the answer that it follows, `chosen` that of the answer which belongs to the conversation
answer        everything of an answer but its text, small enough to be read by the thousand; `number` is the order of insertion
passage       the text of an answer
piece         pieces of an answer that is still coming; at its end they are joined into its passage
attachment    contents of attached files, each once; turns and queued prompts name them by `hash`, see `attachments`
program       programs that are running, or did not end properly
chore         names of tasks that are still to be done with the file
charge        what each request has cost; it stays when its answer is deleted
reading       the balance, as it was read between requests
```

The full-text index is no table of facts; see `index`.

(Over 400 lines: every stored fact of every version stands here once.)
"""

from __future__ import annotations

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.store.facts import (
    NAME,
    Former,
    Table,
    blob,
    count,
    flag,
    json,
    limit,
    line,
    number,
    real,
    seconds,
    text,
    tokens,
)
from elumenta_tui.store.failures import failure_json
from elumenta_tui.store.ids import is_id, safe_id
from elumenta_tui.store.references import references
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.text.tags import tags_of

_STATES = frozenset(state.value for state in AnswerState)


def _state_of(value: object) -> str:
    """Read an answer's state; one that is none counts as interrupted."""
    return value if isinstance(value, str) and value in _STATES else AnswerState.INTERRUPTED.value


def _program_of(value: object) -> str:
    """Read a program's id out of a damaged file: it is joined to a path, so nothing else may pass."""
    return str(value) if is_id(value) else ""


def _id_or_nothing(value: object) -> str:
    """Read an id out of a damaged file; empty if there is none."""
    return safe_id(value) if value else ""


def _since_asked(answer: Answer, moment: float | None) -> float | None:
    """Convert a moment of the monotonic clock to seconds since the prompt."""
    return None if moment is None else max(0.0, moment - answer.asked_at)


def _failure(answer: Answer) -> str | None:
    return failure_json(answer.failure) if answer.failure is not None else None


def _seconds(answer: Answer) -> float | None:
    return _since_asked(answer, answer.ended_at)


def _head(conversation: Conversation) -> str:
    """Return the id of the head; empty where it is the newest turn, so that it need not be written with every turn."""
    head = conversation.head
    return "" if head is None or head is conversation.turns[-1] else head.id


def _tags(conversation: Conversation) -> str:
    return " ".join(conversation.tags)


_IS_FREE = 'answer.failure LIKE \'%"charge": "not%\''
"""SQL: the answer has failed, and is known to have cost nothing (`nothing_sent` or `not_charged`)."""

_IS_INFERRED = "answer.balance_before >= answer.balance_after"

_ANY_TEXT = "typeof({0}) <> 'text'"
_TIME = "typeof({0}) NOT IN ('integer', 'real')"
_WHOLE = "typeof({0}) <> 'integer'"

HAS_DRAFT = "(draft <> '' OR draft_with <> '' OR parked <> '')"
"""SQL: the conversation has an unsent prompt."""

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
        line("head", take=_head, since=2),
        text("system_prompt", field="system_prompt", exported="system_prompt", since=2),
        real(
            "temperature",
            take=lambda conversation: conversation.options.temperature,
            exported="temperature",
            since=2,
        ),
        limit(
            "max_tokens",
            take=lambda conversation: conversation.options.max_tokens,
            exported="max_tokens",
            since=2,
        ),
        # JSON, or empty: see `queue`. No domain object yields it, because several programs add to it and take out of it.
        text("queued", since=3),
        flag("pinned", field="is_pinned", exported="pinned", strange=_WHOLE, since=3),
        line("tags", field="tags", take=_tags, restore=tags_of, since=3),
        line("persona", field="persona", exported="persona", since=4),
        # JSON, or empty: see `drafts`. No domain object yields them, as the draft, and because several programs park prompts.
        text("draft_with", since=4),
        text("parked", since=4),
    ),
    indexes=("CREATE INDEX conversation_by_use ON conversation (used)",),
    complete="INSERT OR IGNORE INTO conversation (id) SELECT conversation FROM turn",
)

NO_INSTRUCTIONS = {"system_prompt": "", "temperature": None, "max_tokens": None, "persona": ""}
"""The facts of a conversation to which the user has given no instructions and no parameters."""

HAS_INSTRUCTIONS = (
    "(coalesce(system_prompt, '') <> '' OR temperature IS NOT NULL OR max_tokens IS NOT NULL"
    " OR coalesce(persona, '') <> '')"
)
"""SQL: the user has given a conversation instructions or parameters. It stays for them although it has no turn yet."""

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
        line("parent", take=lambda turn: turn.parent.id if turn.parent is not None else "", fixed=True),
        line("chosen", take=lambda turn: turn.chosen.id if turn.chosen is not None else ""),
        flag("is_branch", field="is_branch", exported="is_branch", fixed=True),
        # Not named as those of an answer or a conversation, which are read with them.
        flag("prompt_left_out", field="left_out", exported="left_out", since=3),
        flag("is_aside", field="is_aside", exported="is_aside", since=3, fixed=True),
        flag("prompt_pinned", field="pinned", exported="pinned", since=3),
        flag("is_summary", field="is_summary", exported="is_summary", since=3, fixed=True),
        # JSON, or NULL. The contents stand in a table of their own, so that each is on the disk once.
        json("attachments", take=lambda turn: references(turn.attachments), since=4, fixed=True),
        # The last column, so that the others are read without it. Typed text is not clean yet: SQLite takes no lone surrogates,
        # and its searches no NUL.
        text("prompt", take=lambda turn: clean(turn.prompt), fixed=True),
    ),
    indexes=(
        "CREATE INDEX turn_by_conversation ON turn (conversation, number)",
        "CREATE INDEX turn_to_conversation ON turn (number, conversation)",
    ),
    spare="SELECT number, conversation FROM turn INDEXED BY turn_to_conversation",
    complete="INSERT OR IGNORE INTO turn (number) SELECT turn FROM answer WHERE turn IS NOT NULL",
    since=2,
    former=Former(
        tables=("turn",),
        source="{turn} LEFT JOIN {passage} ON passage.turn = turn.number",
        columns={
            # In a damaged file an id may be lost: an unknown one keeps the turn behind the one before it.
            "parent": "coalesce((SELECT coalesce(earlier.id, '?') FROM {bare_turn} AS earlier"
            " WHERE earlier.conversation = turn.conversation AND earlier.number < turn.number"
            " ORDER BY earlier.number DESC LIMIT 1), '')",
            "chosen": "CASE WHEN turn.asked_again THEN '' ELSE turn.id END",
            "prompt": "coalesce(passage.prompt, '')",
        },
    ),
)

ANSWER = Table(
    name="answer",
    key="id",
    facts=(
        number("number", "INTEGER PRIMARY KEY AUTOINCREMENT", own=True),
        line("id", "TEXT NOT NULL UNIQUE", field="id", salvage=safe_id, fixed=True),
        number("turn", "INTEGER NOT NULL REFERENCES turn (number) ON DELETE CASCADE", own=True),
        line("program", own=True, salvage=_program_of, fixed=True),
        line(
            "state",
            read=_state_of,
            field="state",
            take=lambda answer: answer.state.value,
            restore=AnswerState,
        ),
        line("model", take=lambda answer: clean_line(answer.model.slug)),
        line("model_name", take=lambda answer: clean_line(answer.model.name)),
        line("served_by", field="served_by"),
        line("generation", field="generation_id"),
        real("temperature", take=lambda answer: answer.options.temperature, exported="temperature"),
        limit("max_tokens", take=lambda answer: answer.options.max_tokens, exported="max_tokens"),
        seconds("asked_on", field="asked_on"),
        seconds("ended_on", field="ended_on"),
        seconds(
            "first_text",
            field="first_text_at",
            take=lambda answer: _since_asked(answer, answer.first_text_at),
        ),
        seconds(
            "last_text", field="last_text_at", take=lambda answer: _since_asked(answer, answer.last_text_at)
        ),
        seconds(
            "seconds",
            field="ended_at",
            take=_seconds,
            restore=lambda value: value or 0.0,
            exported="seconds",
        ),
        count("deltas", field="deltas"),
        count("unreadable", field="unreadable"),
        count("revision", field="revision"),
        tokens("cost", take=lambda answer: answer.charge.stated),
        tokens("balance_before", take=lambda answer: answer.charge.before),
        tokens("balance_after", take=lambda answer: answer.charge.after),
        json("failure", take=_failure),
        flag("was_recovered", field="was_recovered", exported="was_recovered"),
        line("remark", field="remark", exported="remark", since=3),
        flag("answer_left_out", field="left_out", exported="left_out", since=3),
        flag("answer_pinned", field="pinned", exported="pinned", since=3),
        seconds(
            "thoughts",
            field="thoughts_ended_at",
            take=lambda answer: _since_asked(answer, answer.thoughts_ended_at),
            since=4,
        ),
        line("request_hash", field="request_hash", since=4),
        line("origin", field="origin", since=4, fixed=True),
        count("indexed", "INTEGER NOT NULL DEFAULT 0", own=True),
    ),
    indexes=(
        "CREATE INDEX answer_by_turn ON answer (turn, number)",
        "CREATE INDEX answer_to_turn ON answer (number, turn)",
        "CREATE INDEX answer_unfinished ON answer (state) WHERE state IN ('waiting', 'streaming')",
    ),
    spare="SELECT number, turn FROM answer INDEXED BY answer_to_turn",
    complete="INSERT OR IGNORE INTO answer (number) SELECT answer FROM passage",
    since=2,
    former=Former(
        tables=("turn",),
        source="{turn}",
        columns={"turn": "turn.number", "was_recovered": "turn.was_found"},
    ),
)

COSTS = ("cost", "balance_before", "balance_after")
"""The facts of an answer that tell its cost."""

PASSAGE = Table(
    name="passage",
    key="answer",
    facts=(
        number(
            "answer",
            "INTEGER PRIMARY KEY REFERENCES answer (number) ON DELETE CASCADE",
            own=True,
            fixed=True,
        ),
        text("text", "TEXT NOT NULL DEFAULT ''", own=True, fixed=True),
    ),
    since=2,
    former=Former(
        tables=("passage",),
        source="{passage}",
        columns={"answer": "passage.turn", "text": "passage.answer"},
    ),
)

PIECE = Table(
    name="piece",
    facts=(
        number("answer", "INTEGER NOT NULL REFERENCES answer (number) ON DELETE CASCADE", own=True),
        number("start", own=True),
        text("text", own=True),
    ),
    constraints=("PRIMARY KEY (answer, start)",),
    since=2,
    former=Former(tables=("piece",), source="{piece}", columns={"answer": "piece.turn"}),
)

ATTACHMENT = Table(
    name="attachment",
    key="hash",
    facts=(
        line("hash", "TEXT PRIMARY KEY", strange=NAME, fixed=True),
        blob("content", fixed=True),
    ),
    since=4,
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

CHARGE = Table(
    name="charge",
    key="id",
    facts=(
        number("number", "INTEGER PRIMARY KEY AUTOINCREMENT", own=True),
        line("id", "TEXT NOT NULL UNIQUE", salvage=safe_id, fixed=True),
        line("program", salvage=_program_of, fixed=True),
        line("conversation", salvage=_id_or_nothing, fixed=True),
        line("model", fixed=True),
        line("kind", fixed=True),
        line("account"),
        flag("demo", strange=_WHOLE, fixed=True),
        seconds("asked_on", "REAL NOT NULL", default=0.0, strange=_TIME, fixed=True),
        seconds("settled_on"),
        line("basis"),
        tokens("amount"),
        tokens("most"),
    ),
    indexes=(
        "CREATE INDEX charge_by_time ON charge (asked_on)",
        "CREATE INDEX charge_by_conversation ON charge (conversation)",
    ),
    since=4,
    former=Former(
        tables=("answer",),
        source="{answer} JOIN {turn} ON turn.number = answer.turn JOIN {conversation} ON conversation.id = turn.conversation"
        # A copy of an answer has cost nothing, and came from no request of its own.
        " WHERE NOT (answer.generation = '' AND answer.cost IS NOT NULL AND answer.cost = 0)",
        columns={
            "number": "answer.number",
            "program": "''",
            "conversation": "conversation.id",
            "kind": "CASE WHEN turn.is_summary THEN 'summary' WHEN turn.is_aside THEN 'aside'"
            " WHEN answer.remark <> '' THEN 'version' ELSE 'chat' END",
            "demo": "conversation.demo",
            "asked_on": "coalesce(answer.asked_on, 0.0)",
            "settled_on": "answer.ended_on",
            "basis": f"CASE WHEN answer.cost IS NOT NULL THEN 'stated' WHEN {_IS_FREE} THEN 'free'"
            f" WHEN {_IS_INFERRED} THEN 'inferred' ELSE 'unknown' END",
            "amount": f"CASE WHEN answer.cost IS NOT NULL THEN answer.cost WHEN {_IS_FREE} THEN 0"
            f" WHEN {_IS_INFERRED} THEN answer.balance_before - answer.balance_after END",
        },
    ),
)
"""The cost of each request, without a word of it. It stays when the answer or the conversation is deleted: money that is spent
does not come back, and a cap must not be got round by deleting. The id of the conversation goes then."""

READING = Table(
    name="reading",
    facts=(
        number("number", "INTEGER PRIMARY KEY AUTOINCREMENT", own=True),
        line("account"),
        seconds("on_time", "REAL NOT NULL", default=0.0, strange=_TIME),
        tokens("balance"),
    ),
    since=4,
)
"""The balance as it was read while no request was in flight. `account` tells accounts apart and nothing else of them."""

# ------------------------------------------------------------------------------------------- what version 1 had instead

_TURN_1 = Table(
    name="turn",
    key="id",
    facts=(
        number("number", "INTEGER PRIMARY KEY AUTOINCREMENT"),
        line("id", "TEXT NOT NULL UNIQUE"),
        line("conversation", "TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE", strange=NAME),
        line("program"),
        line("state"),
        line("model"),
        line("model_name"),
        line("served_by"),
        line("generation"),
        seconds("asked_on"),
        seconds("ended_on"),
        seconds("first_text"),
        seconds("last_text"),
        seconds("seconds"),
        count("deltas"),
        count("unreadable"),
        tokens("cost"),
        tokens("balance_before"),
        tokens("balance_after"),
        json("failure"),
        flag("given_back"),
        flag("was_found"),
        flag("asked_again"),
        count("indexed", "INTEGER NOT NULL DEFAULT 0"),
    ),
    indexes=(
        "CREATE INDEX turn_by_conversation ON turn (conversation, number)",
        "CREATE INDEX turn_to_conversation ON turn (number, conversation)",
        "CREATE INDEX turn_unfinished ON turn (state) WHERE state IN ('waiting', 'streaming')",
    ),
    spare="SELECT number, conversation FROM turn INDEXED BY turn_to_conversation",
    complete="INSERT OR IGNORE INTO turn (number) SELECT turn FROM passage",
    until=2,
)
"""A turn had one answer, and a prompt that was sent again was another turn."""

_PASSAGE_1 = Table(
    name="passage",
    key="turn",
    facts=(
        number("turn", "INTEGER PRIMARY KEY REFERENCES turn (number) ON DELETE CASCADE"),
        text("prompt"),
        text("answer", "TEXT NOT NULL DEFAULT ''"),
    ),
    until=2,
)

_PIECE_1 = Table(
    name="piece",
    facts=(
        number("turn", "INTEGER NOT NULL REFERENCES turn (number) ON DELETE CASCADE"),
        number("start"),
        text("text"),
    ),
    constraints=("PRIMARY KEY (turn, start)",),
    until=2,
)

TABLES: tuple[Table, ...] = (
    CONVERSATION,
    _TURN_1,
    _PASSAGE_1,
    _PIECE_1,
    TURN,
    ANSWER,
    PASSAGE,
    PIECE,
    ATTACHMENT,
    PROGRAM,
    CHORE,
    CHARGE,
    READING,
)
"""All tables of all versions, parents before their children."""

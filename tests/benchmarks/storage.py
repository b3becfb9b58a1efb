"""The store: opening the list of many conversations, searching in many messages, and what saving an answer costs."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.store import FILE, Store, database, writing
from elumenta_tui.store.changes import SaveAnswer
from elumenta_tui.store.records import AnswerRecord, ConversationRecord, TurnRecord
from tests.benchmarks import content
from tests.benchmarks.clients import Client, Stalls, app, settled
from tests.benchmarks.service import Service
from tests.benchmarks.streaming import Spent, Step, play
from tests.newcomer import no_newcomer

LIST = "\x13"
"""Ctrl+S."""
LEAVE = "\x1b"

NEWEST, NEEDLE = "Ⰰ", "Ⰱ"
"""Letters in the titles of the newest conversation, and of the one that is searched for: nothing else writes them."""

WORD = "needle"
_TURNS = 5
"""In each conversation; each is two messages."""
_WORDS = 40
"""In each answer."""
_PATIENCE = 60.0


def build(path: Path, conversations: int) -> None:
    """A database with so many conversations of some turns each."""
    chance = random.Random(1)
    known = [
        "".join(chance.choices("абвгдежзиклмнопрстуфхцчшыэюя", k=chance.randint(3, 9))) for _ in range(20_000)
    ]
    weights = [1 / (rank + 1) for rank in range(len(known))]
    with made(path) as connection:
        for number in range(conversations):
            _fill(
                connection,
                number,
                conversations,
                iter(chance.choices(known, weights, k=_TURNS * (_WORDS + 10))),
            )


@contextmanager
def made(path: Path) -> Iterator[sqlite3.Connection]:
    """A new database, to be filled."""
    path.parent.mkdir(parents=True, exist_ok=True)
    database.make(path)
    connection = database.open_for_writing(path)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()


def _fill(connection: sqlite3.Connection, number: int, conversations: int, words: Iterator[str]) -> None:
    on = 1_790_000_000.0 + number
    letter = NEWEST if number == conversations - 1 else NEEDLE if number == conversations // 2 else ""
    record = ConversationRecord(f"c{number}", f"Conversation {number} {letter}".strip(), False, on)
    parent: Answer | None = None
    for place in range(_TURNS):
        prompt = " ".join(next(words) for _ in range(10))
        text = " ".join(next(words) for _ in range(_WORDS))
        text = f"{text} {WORD}" if letter == NEEDLE else text
        parent = add(connection, record, f"{place}", prompt, text, parent)


def add(
    connection: sqlite3.Connection,
    record: ConversationRecord,
    name: str,
    prompt: str,
    text: str,
    parent: Answer | None,
    *,
    is_branch: bool = False,
) -> Answer:
    """Store an answer to a prompt below another one."""
    on, id = record.created_on, f"{record.id}.{name}"
    answer = Turn(prompt, parent, id=id, is_branch=is_branch).answer(DOCUMENTED_MODELS[0], id=id, asked_on=on)
    answer.begin("gen_1", "gpt-5")
    answer.add(text)
    answer.end(2, 298)
    answer.note_time(1.0, on + 1.0)
    turn = TurnRecord.of(answer.turn, record.id)
    change = SaveAnswer(record, turn, AnswerRecord.of(answer), text=answer.text)
    writing.apply(connection, change, program="benchmark", now=on)
    return answer


@contextmanager
def shelves(*sizes: int) -> Iterator[list[Path]]:
    """Databases of so many conversations."""
    with tempfile.TemporaryDirectory(prefix="shelves-") as directory:
        paths = [Path(directory) / f"{size}" / FILE for size in sizes]
        for path, size in zip(paths, sizes, strict=True):
            build(path, size)
        yield paths


@contextmanager
def long_conversation(turns: int) -> Iterator[Path]:
    """A database with one conversation of so many turns, which ends with the letter `NEWEST`."""
    with tempfile.TemporaryDirectory(prefix="shelf-") as directory:
        path = Path(directory) / FILE
        with made(path) as connection:
            record = ConversationRecord("c0", "A long conversation", False, 1_790_000_000.0)
            parent: Answer | None = None
            for place in range(turns):
                prompt, text = content.exchange(turns - place)
                end = f"\n\n{NEWEST}" if place == turns - 1 else ""
                parent = add(connection, record, f"{place}", prompt, text + end, parent)
        indexed(path)
        yield path


def indexed(path: Path) -> None:
    """Have the index of the search made, as the first opening does; conversations that were chatted have it already."""
    opened = threading.Event()
    store = Store(path.parent, lambda _: opened.set())
    store.start()
    opened.wait()
    store.close(_PATIENCE)


@contextmanager
def home_with(shelf: Path) -> Iterator[str]:
    """A home of the app with a copy of that database."""
    with tempfile.TemporaryDirectory(prefix="benchmark-home-") as home:
        no_newcomer(Path(home) / "state")
        data = Path(home) / "data"
        data.mkdir()
        shutil.copy(shelf, data / FILE)
        yield home


@contextmanager
def reading(service: Service, shelf: Path) -> Iterator[Client]:
    """The app on a copy of that database."""
    with home_with(shelf) as home, settled(app(service, home=home)) as client:
        yield client


@dataclass(frozen=True)
class Found:
    """How long something took to be on the screen, in seconds, and how long the keyboard was kept waiting meanwhile."""

    seconds: float
    stalls: Stalls | None


def _act(client: Client, typed: str, seen: str) -> Found:
    client.expect(seen)
    client.settle()
    client.stalls()
    begun = monotonic()
    client.type(typed)
    painted = client.wait_for(seen)
    client.settle()
    return Found(painted - begun, client.stalls())


def opening(service: Service, shelf: Path) -> Found:
    """The first opening of the list."""
    with reading(service, shelf) as client:
        return _act(client, LIST, NEWEST)


def searching(service: Service, shelf: Path) -> Found:
    """From the last letter of a word until the conversation that has it is on the screen."""
    with reading(service, shelf) as client:
        _act(client, LIST, NEWEST)
        client.type(WORD[:-1])
        client.settle()
        # The word's beginning has found it already: look away, and back again.
        client.type("q")
        client.settle()
        return _act(client, "\x7f", NEEDLE)


def streaming(service: Service, steps: list[Step], *, saving: bool) -> list[Spent]:
    """An answer in the app, saved or not."""
    with settled(app(service)) as client:
        if not saving:
            client.ask("unsaved")
        return play(client, service, "mixed", steps)

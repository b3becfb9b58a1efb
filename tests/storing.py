"""A store under a test's control: started, written to, and waited for by what it tells."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from time import monotonic, time
from typing import Any, TypeVar

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.store import FILE, Store
from elumenta_tui.store.changes import SaveAnswer
from elumenta_tui.store.events import Opened, StoreEvent
from elumenta_tui.store.records import AnswerRecord, ConversationRecord, TurnRecord
from elumenta_tui.store.tree import Stored

PATIENCE = 60.0

MODEL = Model("gpt-5", "GPT-5", "OpenAI", price=2)

Kind = TypeVar("Kind")


class Shelf:
    """A store, and everything that it told."""

    def __init__(self, directory: Path, calendar: Callable[[], float] = time) -> None:
        self.directory = directory
        self.news: list[StoreEvent] = []
        self._changed = threading.Condition()
        self.store = Store(directory, self._hear, calendar)

    def _hear(self, news: StoreEvent) -> None:
        with self._changed:
            self.news.append(news)
            self._changed.notify_all()

    def told(self, kind: type[Kind], count: int = 1) -> Kind:
        """Wait until it has told that, so many times; the last one."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._of(kind)) >= count, PATIENCE), self.news
            return self._of(kind)[count - 1]

    def _of(self, kind: type[Kind]) -> list[Kind]:
        return [news for news in self.news if isinstance(news, kind)]

    def has_told(self, kind: type[Any]) -> bool:
        return bool(self._of(kind))

    def put(self, *changes: Any) -> bool:
        """Put changes and wait; whether they are on the disk."""
        return self.store.put(*changes).result(PATIENCE)

    def conversation(self, id: str) -> Stored:
        stored = self.store.conversation(id).result(PATIENCE)
        assert stored is not None
        return stored

    def titles(self, *typed: str, demo: bool = False) -> list[str]:
        return [row.title for row in self.store.summaries(typed, demo=demo).result(PATIENCE)]

    def close(self) -> int:
        return self.store.close(PATIENCE)


def started(directory: Path) -> Shelf:
    """A store that runs until somebody ends it."""
    it = Shelf(directory)
    it.store.start()
    it.told(Opened)
    return it


@contextlib.contextmanager
def shelf(directory: Path, *, wait: bool = True, calendar: Callable[[], float] = time) -> Iterator[Shelf]:
    """A running store."""
    it = Shelf(directory, calendar)
    it.store.start()
    try:
        if wait:
            it.told(Opened)
        yield it
    finally:
        it.close()


def conversation(id: str = "c1", title: str = "A title", *, demo: bool = False) -> ConversationRecord:
    return ConversationRecord(id, title, demo, 1_790_000_000.0)


def answered(prompt: str, text: str = "", *, id: str = "", ended: bool = True, **facts: Any) -> Answer:
    """An answer to a prompt, in a turn of its own, which has ended well unless told otherwise."""
    id = id or f"t-{prompt}"
    made = Turn(prompt, id=id).answer(MODEL, id=id, asked_on=1_790_000_000.0, **facts)
    made.begin("gen_1", "gpt-5-served")
    made.add(text)
    if ended:
        made.end(2, 281)
    made.note_time(made.asked_at + 1.5, 1_790_000_001.5)
    return made


def saved(
    of: Answer, into: ConversationRecord | None = None, *, place: int = 0, whole: bool = True
) -> SaveAnswer:
    """The change that saves an answer and its turn, with the whole text or as a piece of it."""
    record = into or conversation()
    turn = TurnRecord.of(of.turn, record.id)
    answer = AnswerRecord.of(of)
    if whole:
        return SaveAnswer(record, turn, answer, text=of.text, place=place)
    return SaveAnswer(record, turn, answer, {0: of.text} if of.text else {}, place=place)


def one_after_another(*answers: Answer, **facts: Any) -> Conversation:
    """A conversation of these answers, each to a prompt that follows the one before."""
    for before, after in pairwise(answers):
        after.turn.parent = before
    return Conversation([answer.turn for answer in answers], **facts)


def messages(of: Conversation) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in of.context()]


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database itself, past the store."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def files(directory: Path) -> dict[str, bytes]:
    """Every file below a directory and its content."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def files_with(directory: Path, text: str) -> list[str]:
    """Names of the files below a directory that hold a text, whose letters are small ASCII ones, in any case."""
    return [name for name, data in files(directory).items() if text.encode() in data.lower()]


def ids_on_disk(directory: Path) -> set[str]:
    """The conversations in the database itself, past the store."""
    with opened(directory / FILE) as database:
        return {id for (id,) in database.execute("SELECT id FROM conversation")}


def die(here: Shelf) -> None:
    """End a store as a killed program does: its lock goes, and nothing is tidied up."""
    writer = here.store._writer
    writer._leave = writer._close_connection  # type: ignore[method-assign]  # no farewell
    here.close()
    assert writer._lock is not None
    writer._lock.release()


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for something that nobody tells."""
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "never came"
        threading.Event().wait(0.01)


@contextlib.contextmanager
def nobodys_directory() -> Iterator[Path]:
    """A directory in which permissions hold, which they do not for root."""
    directory = Path(tempfile.mkdtemp())
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(directory, 65534, 65534)
        os.setegid(65534)
        os.seteuid(65534)
    try:
        yield directory / "data"
    finally:
        if is_root:
            os.seteuid(0)
            os.setegid(0)
        for path in (directory, *directory.rglob("*")):
            path.chmod(0o700)
        shutil.rmtree(directory)


def stored_contents(home: Path) -> int:
    """The contents of attached files that the app's database has."""
    with opened(home / "data" / "conversations.db") as database:
        return int(database.execute("SELECT count(*) FROM attachment").fetchone()[0])

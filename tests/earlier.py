"""Conversations from before, for pictures and lists."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.chat.turn import Turn
from elumenta_tui.i18n import Language
from elumenta_tui.store.changes import SaveDraft, SetFacts
from tests.storing import conversation, saved, shelf

HOUR = 3600.0
DAY = 24 * HOUR

TEXTS: dict[Language, list[tuple[str, list[tuple[str, str]]]]] = {
    "en": [
        (
            "A connection pool for Postgres",
            [
                (
                    "How large should the connection pool of a small web service be? We run Postgres 16 on 4 cores.",
                    "Smaller than you think. Start with **twice the number of cores** of the database machine, so "
                    "about 8 connections for all processes together.\n\n"
                    "Every connection of Postgres is a process of its own: more of them only wait for each other.",
                ),
                (
                    "And if one query takes a minute?",
                    "Give it a pool of its own, so that the others never wait.",
                ),
            ],
        ),
        (
            "Why is my regex slow?",
            [("Why is (a+)+$ slow?", "It tries every way to split the a's: exponential.")],
        ),
        (
            "A haiku about tests",
            [
                (
                    "Write a haiku about tests",
                    "Red, then green at last —\nthe night is quiet again.\nShip it in the morn.",
                )
            ],
        ),
        (
            "Explain this traceback",
            [("KeyError: 'id', what now?", "The dictionary has no such key; use .get().")],
        ),
        ("Names for a cat", [("Ten names for a cat", "Postgres, Redis, Mongo, Nginx, Kafka …")]),
        ("Migrating from MySQL", [("MySQL to Postgres, how?", "pgloader does most of the work.")]),
    ],
    "ru": [
        (
            "Пул соединений для Postgres",
            [
                (
                    "Какого размера должен быть пул соединений у небольшого сервиса?",
                    "Меньше, чем кажется. Начните с **удвоенного числа ядер** машины с базой: около 8 соединений "
                    "на все процессы вместе.",
                ),
                ("А если один запрос идёт минуту?", "Дайте ему отдельный пул, чтобы остальные не ждали."),
            ],
        ),
        ("Почему тормозит регулярка?", [("Почему (a+)+$ медленное?", "Перебираются все разбиения.")]),
        (
            "Стихи о ёлке",
            [
                (
                    "Напиши стихи о Ёлке",
                    "Стоит в углу зелёная\nи пахнет, как зима.\nА что она учёная —\nне знает и сама.\n\n"
                    "Ёлка, ёлочка, елка!",
                )
            ],
        ),
        ("Разбор ошибки", [("KeyError: 'id', что делать?", "В словаре нет такого ключа; возьмите .get().")]),
        ("Имя для кота", [("Десять имён для кота", "Постгрес, Редис, Монго, Ёлка, Кафка …")]),
        ("Переезд с MySQL", [("MySQL в Postgres, как?", "Почти всё сделает pgloader.")]),
    ],
}
"""Title, and prompts with their answers; the newest first."""

AGES = (20 * 60.0, 3 * HOUR, DAY + HOUR, 2 * DAY + HOUR, 6 * DAY, 40 * DAY)


def fill(directory: Path, now: float, language: Language = "en") -> None:
    """Have these in the demo's store as if they were led before `now`."""
    shutil.copytree(_filled(now, language), directory, dirs_exist_ok=True)


@cache
def _filled(now: float, language: Language) -> Path:
    """A store with them, made once in a process: a hundred tests begin with one."""
    home = tempfile.TemporaryDirectory()
    atexit.register(home.cleanup)
    directory = Path(home.name) / "data"
    clock = [now]
    with shelf(directory, calendar=lambda: clock[0]) as here:
        for number, (title, exchanges) in reversed(list(enumerate(TEXTS[language]))):
            clock[0] = now - AGES[number]
            record = conversation(f"{number + 1}f3a90c2b7d{number}", title, demo=True)
            for place, (prompt, answer) in enumerate(exchanges, 1):
                made = Turn(prompt, id=f"{number}.{place}").answer(
                    DOCUMENTED_MODELS[number], id=f"{number}.{place}", asked_on=clock[0]
                )
                made.begin(f"gen_{number}{place}", made.model.slug)
                made.add(answer)
                if title in ("Why is my regex slow?", "Почему тормозит регулярка?"):
                    made.fail(Failure("connection_lost"))
                else:
                    made.end(2, 283)
                made.note_time(4.2, clock[0] + 4.2)
                here.put(saved(made, record, place=place))
            if number == 3:
                here.put(SaveDraft(record, "and then?"))
            if number == 4:
                here.put(SetFacts(record, {"archived": True}))
    return directory

"""Entries of the demo account's history: prompts from before this run, asked by the bot and the web."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from elumenta_tui.chat.parsing import Amount

from .prompts import Language

_DAY = 86_400.0


class _Asked(NamedTuple):
    days_ago: float
    model: str
    name: str
    cost: Amount
    texts: dict[Language, tuple[str, str]]
    """Prompt and answer."""
    category: str = "text"
    is_favorite: bool = False


_PAST = (
    _Asked(
        0.4,
        "gpt-5-nano",
        "GPT-5 Nano",
        1,
        {
            "en": ("Translate to Russian: see you on Monday", "Увидимся в понедельник."),
            "ru": ("Переведи на английский: увидимся в понедельник", "See you on Monday."),
        },
    ),
    _Asked(
        1.2,
        "claude-sonnet-4.5",
        "Claude Sonnet 4.5",
        4,
        {
            "en": (
                "Write a polite reminder about an unpaid invoice",
                "Dear Anna,\n\nthis is a friendly reminder that **invoice 118** was due last Friday. "
                "Could you tell me when we can expect the payment?\n\nKind regards",
            ),
            "ru": (
                "Напиши вежливое напоминание о неоплаченном счёте",
                "Анна, добрый день!\n\nНапоминаю, что срок оплаты **счёта 118** прошёл в пятницу. "
                "Подскажите, пожалуйста, когда ждать платёж?\n\nС уважением",
            ),
        },
        is_favorite=True,
    ),
    _Asked(
        3.0,
        "demo-image",
        "Demo Image",
        4,
        {
            "en": ("A fox reading a newspaper, watercolour", ""),
            "ru": ("Лиса читает газету, акварель", ""),
        },
        category="image",
    ),
    _Asked(
        5.5,
        "gpt-5",
        "GPT-5",
        2,
        {
            "en": (
                "Which git command shows who changed a line?",
                "`git blame -L 40,50 file.py` shows the last change of each of these lines. "
                "`git log -L 40,50:file.py` shows all of them.",
            ),
            "ru": (
                "Какая команда git покажет, кто менял строку?",
                "`git blame -L 40,50 file.py` показывает последнее изменение каждой из этих строк, "
                "а `git log -L 40,50:file.py` — все изменения.",
            ),
        },
        is_favorite=True,
    ),
    _Asked(
        12.0,
        "deepseek-r1",
        "DeepSeek R1",
        1,
        {
            "en": ("Is 1001 a prime number?", "No: 1001 = 7 × 11 × 13."),
            "ru": ("Простое ли число 1001?", "Нет: 1001 = 7 × 11 × 13."),
        },
    ),
)
"""Newest first."""

_MORE = 60
"""Older entries, so that the history has a second page."""


def past_json(now: float, language: Language) -> list[dict[str, Any]]:
    """Return the entries of the history from before this run, newest first. `now` is in Unix seconds."""
    entries = list(_PAST)
    for number in range(_MORE):
        left, right = number + 12, number + 7
        prompt = {"en": f"What is {left} × {right}?", "ru": f"Сколько будет {left} × {right}?"}[language]
        texts = {language: (prompt, f"{left} × {right} = **{left * right}**")}
        entries.append(_Asked(20.0 + number, "gpt-5-nano", "GPT-5 Nano", 1, texts))
    return [_json(number, entry, now, language) for number, entry in enumerate(entries)]


def _json(number: int, entry: _Asked, now: float, language: Language) -> dict[str, Any]:
    prompt, text = entry.texts[language]
    return {
        "id": f"gen_before{number:04}",
        "model_slug": entry.model,
        "model_name": entry.name,
        "category": entry.category,
        "prompt": prompt,
        "status": "completed",
        "result_text": text or None,
        "result_url": None if text else "https://example.invalid/fox.webp",
        "tokens_spent": entry.cost,
        "is_favorited": entry.is_favorite,
        "user_rating": None,
        "created_at": datetime.fromtimestamp(int(now - entry.days_ago * _DAY), UTC).isoformat(),
    }

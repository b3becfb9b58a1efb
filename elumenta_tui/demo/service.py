"""The state of the demo service: an account, a catalogue of models, and the answers it charges for.

Pure: no httpx, no waiting. The transport sends what is made here, and the scenarios decide what is made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from random import Random
from typing import Any

from elumenta_tui.chat.models import DOCUMENTED_MODELS, Model
from elumenta_tui.chat.parsing import Amount

from .past import past_json
from .prompts import Language, Saying, in_language

PLAN = "vip"
MONTHLY_TOKENS = 1500
HOURLY_LIMIT = 100
DAILY_LIMIT = 1000
_HOUR = 3600
_DAY = 24 * _HOUR

# Crockford's alphabet in lower case, as in the vendor's `gen_01j9x2abc123`.
_ID_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"

QUESTIONS = 3
"""Polls until an answer that comes later is ready."""

DONE = b"data: [DONE]\n\n"
"""The last event of every complete stream."""


def event(**fields: Any) -> bytes:
    """Format one server-sent event with the vendor's JSON spacing. Non-ASCII characters are sent as UTF-8."""
    return f"data: {json.dumps(fields, ensure_ascii=False)}\n\n".encode()


# --------------------------------------------------------------------------------------------------- account


class Account:
    """The demo's account: its balance in Elumenta tokens, and its requests of this hour and day.

    Only generations count against the limits. `clock` returns Unix seconds.
    """

    def __init__(self, balance: Amount, clock: Callable[[], float]) -> None:
        self.balance = balance
        self._clock = clock
        self._hour = self._day = -1
        self._hour_left = HOURLY_LIMIT
        self._day_left = DAILY_LIMIT
        self.generations: dict[str, Generation] = {}
        """All generations by id, oldest first."""
        self._started = clock()
        self._switched: set[str] = set()
        """Ids of the entries of the history that were made favourites, or are none any more."""
        self._deleted: set[str] = set()

    def count_request(self) -> bool:
        """Count one request against this hour and day. Return False if none was left."""
        self._turn_pages()
        if not self._hour_left or not self._day_left:
            return False
        self._hour_left -= 1
        self._day_left -= 1
        return True

    def rate_headers(self) -> dict[str, str]:
        self._turn_pages()
        return {
            "Date": formatdate(self._clock(), usegmt=True),
            "X-RateLimit-Limit-Hour": str(HOURLY_LIMIT),
            "X-RateLimit-Remaining-Hour": str(self._hour_left),
            "X-RateLimit-Limit-Day": str(DAILY_LIMIT),
            "X-RateLimit-Remaining-Day": str(self._day_left),
            "X-RateLimit-Reset-Hour": str((self._hour + 1) * _HOUR),
        }

    def seconds_until_reset(self) -> int:
        """Return the seconds until a refused request can succeed."""
        now = int(self._clock())
        return (_HOUR - now % _HOUR) if self._day_left else (_DAY - now % _DAY)

    def moment_in(self, seconds: int) -> int:
        """Return the Unix time in `seconds` seconds."""
        return int(self._clock()) + seconds

    def _turn_pages(self) -> None:
        now = int(self._clock())
        if now // _HOUR != self._hour:
            self._hour, self._hour_left = now // _HOUR, HOURLY_LIMIT
        if now // _DAY != self._day:
            self._day, self._day_left = now // _DAY, DAILY_LIMIT

    def now_iso(self) -> str:
        return datetime.fromtimestamp(int(self._clock()), UTC).isoformat()

    def history_json(
        self,
        page: int,
        limit: int,
        language: Language = "en",
        *,
        model: str = "",
        status: str = "",
        favorites: bool = False,
    ) -> dict[str, Any]:
        """Return a page of the history, newest first: of this run, then of before. Empty filters list everything."""
        newest = [
            entry
            for entry in self._history(language)
            if model in ("", entry["model_slug"])
            and status in ("", entry["status"])
            and (entry["is_favorited"] or not favorites)
        ]
        items = newest[(page - 1) * limit : page * limit]
        return {"items": items, "total": len(newest), "page": page, "limit": limit}

    def _history(self, language: Language) -> list[dict[str, Any]]:
        entries = [made.history_json() for made in reversed(self.generations.values())]
        entries += past_json(self._started, language)
        for entry in entries:
            entry["is_favorited"] ^= entry["id"] in self._switched
        return [entry for entry in entries if entry["id"] not in self._deleted]

    def change_history(self, id: str, *, deletes: bool) -> bool:
        """Delete an entry of the history, or make it a favourite or no longer. Return False if there is none of that id."""
        if all(entry["id"] != id for entry in self._history("en")):
            return False
        if deletes:
            self._deleted.add(id)
        else:
            self._switched ^= {id}
        return True

    def balance_json(self) -> dict[str, Any]:
        return {"token_balance": self.balance, "plan": PLAN, "plan_expires_at": None}

    def user_json(self) -> dict[str, Any]:
        return {
            "id": 1,
            "name": "Demo account",
            "email": "demo@example.invalid",
            "telegram_username": None,
            "avatar_url": None,
            "plan": PLAN,
            "plan_expires_at": None,
            "token_balance": self.balance,
            "token_limit": MONTHLY_TOKENS,
            "rate_limit_hourly": HOURLY_LIMIT,
            "rate_limit_daily": DAILY_LIMIT,
            "auth_methods": [],
        }


class Generation:
    """One answer: makes the events of its stream, and charges for it.

    The first delta that is sent costs the whole price, because the service's price is per request. Only an `error` event
    refunds it (failed generations are documented to be free). An answer that breaks off, or that the client leaves, stays
    paid: nothing else is documented, so the demo shows the worst case. The history has that answer in full all the same.
    """

    def __init__(
        self, account: Account, model: Model, random: Random, prompt: str = "", text: str = ""
    ) -> None:
        self.id = "gen_" + "".join(random.choices(_ID_LETTERS, k=12))
        self.model = model
        self.prompt, self.text = prompt, text
        self.paid: Amount = 0
        self._account = account
        self._created_at = account.now_iso()
        self._questions = 0
        account.generations[self.id] = self

    def start(self) -> bytes:
        return event(type="generation_start", id=self.id, model=self.model.slug)

    def delta(self, text: str) -> bytes:
        self._charge()
        return event(type="content_delta", delta=text)

    def error(self, message: str) -> bytes:
        self._account.balance += self.paid
        self.paid = 0
        return event(type="error", message=message)

    def end(self) -> bytes:
        return event(
            type="generation_end", id=self.id, tokens_used=self.paid, balance_remaining=self._account.balance
        )

    def promise(self) -> dict[str, Any]:
        """Return the promise of an answer, for which the client has to poll."""
        self._charge()
        self._questions = QUESTIONS
        return self.json()

    def json(self) -> dict[str, Any]:
        """Return what a poll by id gets: a few times that the answer is not ready, then the result."""
        if self._questions:
            done = 100 - 100 * self._questions // QUESTIONS
            self._questions -= 1
            return {"id": self.id, "status": "pending", "progress": done, "eta_seconds": 6 - 6 * done // 100}
        if not self.paid:
            return {"id": self.id, "status": "failed", "error": "No answer was made", "tokens_used": 0}
        return self.whole()

    def history_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "model_slug": self.model.slug,
            "model_name": self.model.name,
            "category": self.model.category,
            "prompt": self.prompt,
            "status": "completed" if self.paid else "failed",
            "result_text": self.text if self.paid else None,
            "result_url": None,
            "tokens_spent": self.paid,
            "is_favorited": False,
            "user_rating": None,
            "created_at": self._created_at,
        }

    def whole(self) -> dict[str, Any]:
        """Return the answer in one piece, as for `stream: false`."""
        self._charge()
        return {
            "id": self.id,
            "status": "completed",
            "model": self.model.slug,
            "content": self.text,
            "tokens_used": self.paid,
            "balance_remaining": self._account.balance,
            "usage": {},
            "created_at": self._account.now_iso(),
        }

    def _charge(self) -> None:
        if not self.paid:
            self.paid = price(self.model)
            self._account.balance -= self.paid


# ------------------------------------------------------------------------------------------------- catalogue


def price(model: Model) -> Amount:
    """Return the price in Elumenta tokens per request."""
    return model.price or 0


_DESCRIPTIONS: Mapping[str, tuple[str, str]] = {
    "gpt-5-nano": ("Tiny and quick, for short questions", "Маленькая и быстрая, для коротких вопросов"),
    "claude-haiku-4.5": ("Quick and tidy, good at summaries", "Быстрая и аккуратная, хороша для пересказов"),
    "gemini-2.5-flash": ("Quick, with a long context", "Быстрая, с длинным контекстом"),
    "deepseek-v3": ("A capable all-rounder for one token", "Сильная универсальная модель за один токен"),
    "grok-4-fast": ("Quick and talkative", "Быстрая и разговорчивая"),
    "gpt-5": ("The balanced default, understands images", "Хороший выбор по умолчанию, понимает изображения"),
    "deepseek-r1": ("Thinks before it answers", "Думает, прежде чем ответить"),
    "gpt-5.2": ("For demanding work and code", "Для сложных задач и кода"),
    "claude-sonnet-4.5": (
        "Strong at code and long texts, understands images",
        "Сильна в коде и длинных текстах, понимает изображения",
    ),
    "gemini-3-pro": ("Broad knowledge, understands images", "Широкий кругозор, понимает изображения"),
    "claude-opus-4.5": ("Careful with hard problems", "Вдумчивая, для трудных задач"),
    "gpt-5.2-pro": ("Thinks longest, costs most", "Думает дольше всех и стоит дороже всех"),
}

# The vendor documents text models only, so these have made-up names that say so.
_NOT_FOR_CHAT: tuple[tuple[str, str, str, int, str, str], ...] = (
    ("demo-image", "Demo Image", "image", 4, "Pictures from text", "Картинки по описанию"),
    (
        "demo-image-hd",
        "Demo Image HD",
        "image",
        9,
        "Large pictures from text",
        "Большие картинки по описанию",
    ),
    ("demo-video", "Demo Video", "video", 60, "Short clips from text", "Короткие ролики по описанию"),
    ("demo-music", "Demo Music", "music", 15, "Songs from a few words", "Песни по нескольким словам"),
    ("demo-voice", "Demo Voice", "tts", 2, "Reads text aloud", "Читает текст вслух"),
    ("demo-scribe", "Demo Scribe", "stt", 2, "Writes down speech", "Записывает речь текстом"),
    ("demo-upscaler", "Demo Upscaler", "tool", 3, "Makes pictures larger", "Увеличивает картинки"),
    ("demo-cutout", "Demo Cutout", "tool", 1, "Removes backgrounds", "Убирает фон"),
)


def _model_json(model: Model, english: str, russian: str) -> dict[str, Any]:
    return {
        "slug": model.slug,
        "name": model.name,
        "category": model.category,
        "provider": model.provider,
        "min_plan": model.plan,
        "token_cost": model.price,
        "min_token_cost": model.price,
        "max_token_cost": model.price,
        "description_en": english,
        "description_ru": russian,
        "supports_streaming": model.streams,
        "config": {"vision": True} if model.vision else {},
    }


CHAT_MODELS: Mapping[str, Model] = {model.slug: model for model in DOCUMENTED_MODELS}

CATALOGUE: Mapping[str, dict[str, Any]] = {
    **{slug: _model_json(model, *_DESCRIPTIONS.get(slug, ("", ""))) for slug, model in CHAT_MODELS.items()},
    **{
        slug: _model_json(
            Model(slug, name, "Demo", category, price=cost, plan="basic", streams=False), english, russian
        )
        for slug, name, category, cost, english, russian in _NOT_FOR_CHAT
    },
}
"""Maps a slug to the document of `GET /api/v2/models/{slug}`."""


# ---------------------------------------------------------------------------------------------------- errors

ERRORS: Mapping[int, tuple[str, Saying]] = {
    400: ("bad_request", ("The request could not be understood", "Не удалось разобрать запрос")),
    401: (
        "not_authenticated",
        ("The API key is missing or not valid", "Ключ API не указан или недействителен"),
    ),
    402: (
        "insufficient_tokens",
        ("Not enough tokens for this request", "Для этого запроса не хватает токенов"),
    ),
    403: (
        "insufficient_plan",
        ("API access needs plan VIP or Elite", "Доступ к API есть на тарифах VIP и Elite"),
    ),
    404: ("not_found", ("There is no such thing here", "Такого здесь нет")),
    405: (
        "method_not_allowed",
        ("This address does not take this method", "Этот адрес не принимает этот метод"),
    ),
    422: (
        "validation_error",
        ("A field of the request is not valid", "Одно из полей запроса заполнено неверно"),
    ),
    429: (
        "rate_limit_exceeded",
        ("Too many requests, try again later", "Слишком много запросов, попробуйте позже"),
    ),
    500: ("provider_error", ("The model's provider has failed", "У провайдера модели произошёл сбой")),
    503: ("model_unavailable", ("The model is not available at the moment", "Модель сейчас недоступна")),
}
"""Maps a status to the service's code and a message of its kind. 405 is not documented; its shape is assumed."""


def error_json(
    status: int, message: str = "", *, language: Language = "en", **details: Any
) -> dict[str, Any]:
    """Return the documented body of a refusal, with the table's message by default."""
    code, usual = ERRORS[status]
    return {"error": code, "message": message or in_language(usual, language), "details": details}


def rate_limit_json(retry_after: int, language: Language = "en") -> dict[str, Any]:
    """Return the body of a 429; `retry_after` is in seconds."""
    return {
        **error_json(429, language=language),
        "retry_after": retry_after,
        "plan": PLAN,
        "limit_hour": HOURLY_LIMIT,
        "limit_day": DAILY_LIMIT,
    }

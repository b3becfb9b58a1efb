"""Failures that the demo can simulate: `/demo cut`, `/demo 429`, …

`_TABLE` is the only place to change: a word, a behaviour, and a line about it in English and Russian. The app's help and
the
answer to `/demo` are generated from it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

import httpx

from .pacing import Pace, pieces
from .prompts import Language, Saying, in_language
from .service import DONE, Generation, event

Step = bytes | float
"""The next step of a stream: send bytes, or be silent for some seconds (infinity: until the client disconnects)."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The material of a script."""

    generation: Generation
    text: str
    """The answer, Markdown."""
    pace: Pace
    random: Random
    language: Language
    """Of the interface, and of the service's messages."""

    def fail(self, english: str, russian: str) -> Step:
        """Say that the answer has failed, which takes its price back."""
        return self.generation.error(in_language((english, russian), self.language))

    @property
    def pieces(self) -> list[str]:
        return pieces(self.text)

    def opening(self) -> Iterator[Step]:
        yield self.generation.start()
        yield self.pace.first_wait(self.random)

    def speak(self, spoken: list[str]) -> Iterator[Step]:
        for piece in spoken:
            yield self.generation.delta(piece)
            yield self.pace.next_wait(self.random)

    def closing(self) -> Iterator[Step]:
        yield self.generation.end()
        yield DONE

    def some(self) -> list[str]:
        """Pieces of about the first half of the answer."""
        return self.pieces[: len(self.pieces) // 2]


Script = Callable[[Scene], Iterator[Step]]

# --------------------------------------------------------------------------------------------------- scripts


def answer(scene: Scene) -> Iterator[Step]:
    """Stream the answer without any failure."""
    yield from scene.opening()
    yield from scene.speak(scene.pieces)
    yield from scene.closing()


def _error(scene: Scene) -> Iterator[Step]:
    yield from scene.opening()
    yield scene.fail("The model's provider did not answer", "Провайдер модели не ответил")


def _error_mid(scene: Scene) -> Iterator[Step]:
    yield from scene.opening()
    yield from scene.speak(scene.some())
    yield scene.fail("The model's provider broke off the answer", "Провайдер модели оборвал ответ")


def _cut(scene: Scene) -> Iterator[Step]:
    yield from scene.opening()
    yield from scene.speak(scene.some())


def _reset(scene: Scene) -> Iterator[Step]:
    yield from _cut(scene)
    raise httpx.ReadError(in_language(("Connection reset by peer", "Соединение сброшено"), scene.language))


def _slow(scene: Scene) -> Iterator[Step]:
    yield scene.generation.start()
    yield 8.0
    for piece in scene.pieces:
        yield scene.generation.delta(piece)
        yield 1 / 3
    yield from scene.closing()


def _late(scene: Scene) -> Iterator[Step]:
    yield scene.generation.start()
    yield 3.0
    for piece in scene.pieces:
        yield scene.generation.delta(piece)
        yield 1 / 12
    yield from scene.closing()


def _stall(scene: Scene) -> Iterator[Step]:
    yield from _cut(scene)
    yield math.inf


def _empty(scene: Scene) -> Iterator[Step]:
    yield from scene.opening()
    yield from scene.closing()


# Whole SSE blocks, except for the last ones. What follows them must still be read.
_GARBAGE = (
    b": keep-alive\n\n",
    event(type="weather", sky="clear"),
    b"data: this is no JSON\n\n",
    b"event: ping\nid: 7\nretry: 3000\ndata: {}\n\n",
    b'data: {"type": "content_delta", "delta": \n\n',
    b'data: {"type": "content_delta"}\n\n',
    b"data: [1, 2, 3]\n\n",
    b"data: null\n\n",
    b'data: {"delta": "no type"}\n\n',
    b'data: "\xff\xfe"\n\n',
    b"data\n\n",
    b"no field at all\n\n",
)


def _garbage(scene: Scene) -> Iterator[Step]:
    yield from scene.opening()
    for number, piece in enumerate(scene.pieces):
        if number % 3 == 2:
            yield _GARBAGE[number // 3 % len(_GARBAGE)]
        yield from scene.speak([piece])
    yield from scene.closing()


FLOOD_DELTAS = 5000
_FLOOD_BATCH = 50


def _flood(scene: Scene) -> Iterator[Step]:
    """Send 5,000 deltas, 50 in one read of the socket, with a turn of the event loop between reads."""
    yield scene.generation.start()
    spoken = flood_pieces(scene.text)
    for start in range(0, len(spoken), _FLOOD_BATCH):
        yield b"".join(scene.generation.delta(piece) for piece in spoken[start : start + _FLOOD_BATCH])
        yield 0.0
    yield from scene.closing()


def flood_pieces(text: str) -> list[str]:
    """Repeat the text, and fill it up with numbers to exactly 5,000 pieces. The text must be prose, because it is cut between
    paragraphs."""
    paragraphs = [pieces(paragraph + "\n\n") for paragraph in text.strip().split("\n\n")]
    spoken: list[str] = []
    while len(spoken) + max(map(len, paragraphs)) <= FLOOD_DELTAS:
        for paragraph in paragraphs:
            if len(spoken) + len(paragraph) <= FLOOD_DELTAS:
                spoken += paragraph
    return spoken + [f" {number}" for number in range(len(spoken) + 1, FLOOD_DELTAS + 1)]


# ------------------------------------------------------------------------------------------------ behaviours


@dataclass(frozen=True, slots=True)
class Play:
    """Answer with the stream of a script."""

    script: Script


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer with this status and the service's body for it."""

    status: int


@dataclass(frozen=True, slots=True)
class Limit:
    """Answer that there were too many requests, in body and header."""

    seconds: int
    """Seconds until requests work again."""
    once: bool = False
    """True if the same request gets its answer when it is repeated."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """Answer that the model takes no context of that length, until a shorter request comes."""


@dataclass(frozen=True, slots=True)
class Page:
    """Answer with an HTML page, as proxies do."""

    status: int
    html: str


@dataclass(frozen=True, slots=True)
class Whole:
    """Answer with one JSON document although a stream was requested."""


@dataclass(frozen=True, slots=True)
class Later:
    """Answer with the promise of an answer, which has to be polled for."""


@dataclass(frozen=True, slots=True)
class Offline:
    """Refuse the connection."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Answer one request after the other with these scripts, again and again."""

    scripts: tuple[Script, ...]


Behaviour = Turns | Play | Refuse | Limit | TooLong | Page | Whole | Later | Offline


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the table."""

    behaviour: Behaviour
    english: str
    russian: str


_PROXY_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Welcome</title></head>\n"
    "<body><h1>Please sign in to this network</h1></body></html>\n"
)

_NGINX_502 = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)

_TABLE: Mapping[str, Scenario] = {
    "error": Scenario(Play(_error), "fails before the first word", "сбой до первого слова"),
    "error-mid": Scenario(Play(_error_mid), "fails in the middle of the answer", "сбой посреди ответа"),
    "cut": Scenario(
        Play(_cut), "the answer just stops, without an end", "ответ обрывается без завершающего события"
    ),
    "reset": Scenario(
        Play(_reset), "the connection breaks in the middle", "соединение рвётся посреди ответа"
    ),
    "slow": Scenario(
        Play(_slow),
        "8 seconds of silence, then three pieces a second",
        "8 секунд тишины, потом по три кусочка в секунду",
    ),
    "stall": Scenario(
        Play(_stall),
        "starts well, then silence until you stop it",
        "начинает, потом молчит, пока вы не остановите",
    ),
    "empty": Scenario(
        Play(_empty), "a complete answer without a word", "завершённый ответ без единого слова"
    ),
    "html": Scenario(Page(200, _PROXY_PAGE), "a web page instead of an answer", "веб-страница вместо ответа"),
    "json": Scenario(
        Whole(), "the whole answer at once, not streamed", "весь ответ сразу, без потоковой передачи"
    ),
    "pending": Scenario(
        Later(),
        "the answer is prepared as a whole, and fetched when it is ready",
        "сервис готовит ответ целиком, а клиент забирает его, когда он готов",
    ),
    "garbage": Scenario(
        Play(_garbage),
        "unknown and broken events between the good ones",
        "неизвестные и испорченные события среди обычных",
    ),
    "compare": Scenario(
        Turns((answer, _late, _error_mid, answer)),
        "after /compare: of several answers at once, the second is slow and the third fails",
        "после /compare: из нескольких ответов сразу второй медленный, а третий обрывается сбоем",
    ),
    "flood": Scenario(
        Play(_flood), "5,000 pieces as fast as they go", "5000 кусочков так быстро, как только возможно"
    ),
    "offline": Scenario(Offline(), "no connection to the service", "нет связи с сервисом"),
    "400": Scenario(Refuse(400), "the request is not understood", "сервис не понял запрос"),
    "401": Scenario(Refuse(401), "the key is not valid", "ключ не подходит"),
    "402": Scenario(Refuse(402), "the balance is not enough", "на балансе не хватает токенов"),
    "403": Scenario(Refuse(403), "the plan does not include the API", "тариф не даёт доступа к API"),
    "404": Scenario(Refuse(404), "there is no such model", "такой модели нет"),
    "422": Scenario(Refuse(422), "a field of the request is wrong", "ошибка в одном из полей запроса"),
    "429": Scenario(
        Limit(5, once=True),
        "too many requests, the answer comes 5 seconds later",
        "слишком много запросов, ответ придёт через 5 секунд",
    ),
    "limit": Scenario(Limit(2400), "the limit of this hour is used up", "лимит на этот час исчерпан"),
    "long": Scenario(
        TooLong(),
        "the conversation is too long, until a part of it is left out",
        "разговор слишком длинный, пока часть его не пропущена",
    ),
    "500": Scenario(Refuse(500), "the model's provider has failed", "сбой у провайдера модели"),
    "502": Scenario(Page(502, _NGINX_502), "a gateway's error page", "страница ошибки от шлюза"),
    "503": Scenario(Refuse(503), "the model is not available", "модель временно недоступна"),
    "help": Scenario(Play(answer), "this list", "этот список"),
}

HELP = "help"

SCENARIOS: Mapping[str, Saying] = MappingProxyType(
    {word: (scenario.english, scenario.russian) for word, scenario in _TABLE.items()}
)
"""Maps a word after `/demo` to its description in English and in Russian."""

_COMMAND = re.compile(r"\s*/demo(?:\s+(\S+)|\s*$)", re.IGNORECASE)


def word_of(prompt: str) -> str | None:
    """Return the word after `/demo`, known or not; `help` for `/demo` alone; None for any other prompt."""
    match = _COMMAND.match(prompt)
    return (match[1] or HELP).lower() if match else None


def behaviour_of(word: str | None) -> Behaviour:
    """Return the behaviour of a word. Without a word, and for an unknown one, an answer comes."""
    scenario = _TABLE.get(word or HELP)
    return scenario.behaviour if scenario else Play(answer)

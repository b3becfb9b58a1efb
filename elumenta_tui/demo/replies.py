"""Write the demo's answers, in English and Russian, to every subject that a prompt can have.

Longer answers are Markdown files in `answers/`, one per language, with `{{names}}` for what is computed here.
(Over 400 lines: all subjects are written here, most of them in a few lines.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import get_args

from elumenta_tui.chat.models import DOCUMENTED_MODELS, Model
from elumenta_tui.chat.parsing import Amount

from .arithmetic import find_sum
from .commits import commit_message
from .instructions import briefly, manner_of
from .prompts import Language, Prompt, in_language, quote
from .scenarios import HELP, SCENARIOS, word_of
from .service import price
from .subjects import code_languages_of, subject_of


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt, and what its answer may mention."""

    prompt: Prompt
    model: Model
    balance: Amount
    """Elumenta tokens before this answer."""

    @property
    def language(self) -> Language:
        return self.prompt.language

    def in_language(self, english: str, russian: str) -> str:
        return in_language((english, russian), self.language)


def reply(prompt: Prompt, model: Model, balance: Amount, word: str | None = None) -> str:
    """Return the Markdown that answers a prompt. `word` is what follows `/demo`, if the prompt is that command."""
    question = Question(prompt, model, balance)
    if word is not None:
        return _scenario(question, word)
    merged = _merged(question)
    if merged is not None:
        return merged
    rest = _rest(question)
    if rest is not None:
        return rest
    manner, subject = manner_of(prompt.system), subject_of(prompt.text)
    if manner == "review" and _is_reviewed(question, subject):
        return _review(question)
    text = _usual(question, subject)
    return briefly(text) if manner == "brief" and subject != "instructions" else text


def _usual(question: Question, subject: str | None) -> str:
    """Return the answer that no standing instructions change."""
    if question.prompt.files:
        return _received(question)
    message = commit_message(question.prompt.text, question.language)
    if message is not None:
        return message
    calculated = _calculation(question)
    if calculated:
        return calculated
    write = _WRITERS.get(subject or "")
    if write is None:
        return page("fallback", question.language, quote=quote(question.prompt.text))
    return write(question)


def _is_reviewed(question: Question, subject: str | None) -> bool:
    """Return whether a prompt has something to review: code, a text file, or nothing that the demo has an answer to."""
    prompt = question.prompt
    has_code = "```" in prompt.text or any(file.lines for file in prompt.files)
    return has_code or subject == "code" or (subject is None and not _calculation(question))


def _review(question: Question) -> str:
    names = [quote(file.name).removeprefix("> ") for file in question.prompt.files if file.lines]
    code = question.in_language("the code in the prompt", "код из запроса")
    return page(
        "review", question.language, what=", ".join(names) or code, quote=quote(question.prompt.system)
    )


def _instructions(question: Question) -> str:
    """Say which standing instructions came with the request."""
    if not question.prompt.system:
        return question.in_language(
            "None: this request came without a system prompt. `/system` sets one for this conversation, and `/persona` one that has"
            " a name: `/persona reviewer You review code.` makes it.",
            "Никаких: запрос пришёл без системного промпта. `/system` задаёт его для этого разговора, а `/persona` — под именем:"
            " `/persona ревьюер Ты делаешь ревью кода.` создаёт её.",
        )
    begin = question.in_language(
        "These standing instructions came with the request, before everything that was said:",
        "С запросом, раньше всего сказанного, пришли такие постоянные указания:",
    )
    played = {
        "review": question.in_language(
            "The demo plays them: send it code, or ask about anything, and it answers with a review.",
            "Демо их разыгрывает: пришлите код или спросите о чём угодно, и ответом будет ревью.",
        ),
        "brief": question.in_language(
            "The demo plays them: its answers are one paragraph now.",
            "Демо их разыгрывает: теперь его ответы — один абзац.",
        ),
        "": question.in_language(
            "The demo only repeats them; it plays those that ask for code reviews or for short answers.",
            "Демо их только повторяет; разыгрывает оно те, что просят ревью кода или коротких ответов.",
        ),
    }
    return f"{begin}\n\n{quote(question.prompt.system)}\n\n{played[manner_of(question.prompt.system)]}"


def _received(question: Question) -> str:
    """Name the files that came with the prompt: no model reads them here."""
    lines = []
    for file in question.prompt.files:
        if file.lines:
            what = question.in_language(
                f"{file.kind}, lines: {file.lines}, characters: {file.size}",
                f"{'текст' if file.kind == 'text' else file.kind}, строк: {file.lines}, символов: {file.size}",
            )
            lines.append(f"- {quote(file.name).removeprefix('> ')}: {what}")
        else:
            what = question.in_language(
                f"image, {file.kind}, {file.size} bytes", f"изображение, {file.kind}, {file.size} байт"
            )
            lines.append(f"- {what}")
    begin = question.in_language(
        "This came with your prompt. In the demo no model reads it; with a key, the model you chose does.",
        "Вот что пришло вместе с запросом. В демо этого никто не читает; с ключом прочтёт выбранная модель.",
    )
    return "\n".join([begin, "", *lines, "", quote(question.prompt.text)])


def _rest(question: Question) -> str | None:
    """Return what is missing of the last answer; None if the prompt is not the client's own sentence that asks for it."""
    prompt = question.prompt
    asked = list(prompt.user_texts)
    while asked and asked[-1].strip() in _CONTINUING:
        asked.pop()
    times = len(prompt.user_texts) - len(asked)
    if not asked or not times:
        return None
    # The rest may have been broken off, too.
    so_far = ""
    for text in prompt.answer_texts[-times:]:
        fence = _open_fence(so_far)
        so_far += text.removeprefix(f"{fence}\n") if fence else text
    languages: tuple[Language, ...] = get_args(Language)
    # The answer may be in another language than the sentence.
    for language in languages:
        first = Prompt(tuple(asked), prompt.answers - times, language, system=prompt.system)
        whole = reply(first, question.model, question.balance, word_of(asked[-1]))
        if so_far and whole.startswith(so_far) and whole != so_far:
            fence, rest = _open_fence(so_far), whole.removeprefix(so_far)
            return f"{fence}\n{rest}" if fence else rest
    return question.in_language(
        "There is nothing left to add: the answer above is whole.",
        "Добавить нечего: ответ выше полный.",
    )


def _merged(question: Question) -> str | None:
    """Return the answer to the question before, if the prompt is the client's own sentence that asks to merge answers to it."""
    prompt = question.prompt
    asked = prompt.user_texts[:-1]
    if not asked or not prompt.text.startswith(_MERGING):
        return None
    return reply(
        Prompt(asked, prompt.answers, prompt.language, system=prompt.system),
        question.model,
        question.balance,
        word_of(asked[-1]),
    )


_MERGING = ("Below are several answers to the question above.", "Ниже несколько ответов на вопрос выше.")
"""Beginnings of the client's sentences that ask to merge answers, in each of its languages."""


def _open_fence(text: str) -> str:
    """Return the line that opens the code block in which a text breaks off, for the rest to open it again; empty if none does.

    It is also empty where the text breaks off within a fence.
    """
    *lines, last = text.split("\n")
    if last.startswith("`"):
        return ""
    fence = ""
    for line in lines:
        if line.startswith("```"):
            fence = "" if fence else line
    return fence


_CONTINUING = frozenset(
    [
        "Continue exactly where your last answer broke off, without repeating any of it.",
        "Продолжи ровно с того места, где оборвался твой последний ответ, ничего не повторяя.",
    ]
)
"""The client's sentences that ask for the rest of an answer, in each of its languages."""


# ----------------------------------------------------------------------------------------------------- pages

_PLACE = re.compile(r"\{\{(\w+)\}\}")


@cache
def _file(name: str, language: Language) -> str:
    return (
        (resources.files(__package__) / "answers" / f"{name}.{language}.md")
        .read_text(encoding="utf-8")
        .strip()
    )


def page(name: str, language: Language, **places: str) -> str:
    """Return `answers/<name>.<language>.md` with its `{{places}}` filled in one pass: inserted text is not expanded again."""
    return _PLACE.sub(lambda match: places.get(match[1], match[0]), _file(name, language))


def _table(*rows: tuple[str, ...]) -> str:
    """Format a Markdown table. The first row is its head. Columns of numbers are right-aligned."""
    numbers = [all(cell.lstrip("-").isdigit() for cell in column[1:]) for column in zip(*rows, strict=True)]
    rule = tuple("---:" if number else "---" for number in numbers)
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))


def _page(name: str) -> Callable[[Question], str]:
    return lambda question: page(name, question.language)


_PLANS = {"free": "Starter"}
"""Plans whose displayed name differs from the service's word."""


def _prices(question: Question) -> str:
    head = question.in_language(
        "Model|Provider|From plan|Tokens per request|Requests left",
        "Модель|Провайдер|С тарифа|Токенов за запрос|На сколько запросов хватит",
    )
    rows = [
        (
            f"`{model.slug}`",
            model.provider,
            _PLANS.get(model.plan, model.plan.title()),
            f"{price(model)}",
            f"{question.balance // (price(model) or 1)}",
        )
        for model in DOCUMENTED_MODELS
    ]
    table = _table(tuple(head.split("|")), *rows)
    russian = plural(question.balance, "токен", "токена", "токенов")
    tokens = question.in_language("token" if question.balance == 1 else "tokens", russian)
    return page("prices", question.language, prices=table, balance=f"{question.balance}", tokens=tokens)


def _models(question: Question) -> str:
    vision = ", ".join(f"`{model.slug}`" for model in DOCUMENTED_MODELS if model.vision)
    return page(
        "models",
        question.language,
        model=question.model.slug,
        count=f"{len(DOCUMENTED_MODELS)}",
        vision=vision,
    )


def _failures(question: Question) -> str:
    head = (question.in_language("Type", "Наберите"), question.in_language("What happens", "Что произойдёт"))
    rows = [(f"`/demo {word}`", in_language(line, question.language)) for word, line in SCENARIOS.items()]
    return page("failures", question.language, scenarios=_table(head, *rows))


def _scenario(question: Question, word: str) -> str:
    if word == HELP:
        return _failures(question)
    if word not in SCENARIOS:
        unknown = quote(f"/demo {word}", limit=60)
        return (
            f"{unknown}\n\n"
            + question.in_language("There is no such word.", "Такого слова нет.")
            + f"\n\n{_failures(question)}"
        )
    if word == "flood":
        return _file("essay", question.language)
    if word == "compare":
        return _compared(question)
    line = in_language(SCENARIOS[word], question.language)
    return page("scenario", question.language, word=word, line=line)


def _compared(question: Question) -> str:
    """Return one of several answers that differ in some words, by the model."""
    places = [model.slug for model in DOCUMENTED_MODELS]
    place = places.index(question.model.slug) if question.model.slug in places else 0
    ways = _file("compare", question.language).split("\n---\n")
    # Models that are often compared stand four apart.
    return ways[(place + place // len(ways)) % len(ways)].strip()


def _code(question: Question) -> str:
    """Return code samples in the languages that the prompt names, or in all."""
    intro, *sections = _file("code", question.language).split("\n\n## ")
    wanted = code_languages_of(question.prompt.text)
    chosen = [section for section in sections if section.split("\n")[0] in wanted] or sections
    return "\n\n## ".join([intro, *chosen])


def _long(question: Question) -> str:
    """Return about 3,000 words: an essay, then the other answers as its chapters."""
    chapters = [
        _page("essay"),
        _page("keys"),
        _models,
        _prices,
        _page("code"),
        _page("showcase"),
    ]
    chapters += [_page("config"), _failures, _page("story"), _page("poem"), _page("haiku")]
    return page(
        "long", question.language, chapters="\n\n---\n\n".join(map(_lower, (c(question) for c in chapters)))
    )


def _lower(text: str) -> str:
    """Move every heading one level down. Lines in a fence stay."""
    parts = re.split(r"(^```.*?^```$)", text, flags=re.DOTALL | re.MULTILINE)
    parts[::2] = [re.sub(r"^#", "##", part, flags=re.MULTILINE) for part in parts[::2]]
    return "".join(parts)


# ---------------------------------------------------------------------------- answers about the conversation


def _first(question: Question) -> str:
    said = question.prompt.user_texts
    if len(said) == 1:
        return question.in_language(
            "This question is the first thing you have said here. Ask me again a little later.",
            "Этот вопрос и есть первое, что вы здесь сказали. Спросите ещё раз чуть позже.",
        )
    return question.in_language(
        f"The first thing you said here was:\n\n{quote(said[0])}\n\n"
        "The service itself remembers nothing. The client sends the whole visible conversation with every "
        "request, and that is where this comes from.",
        f"Первым вы сказали вот что:\n\n{quote(said[0])}\n\n"
        "Сам сервис ничего не помнит: клиент с каждым запросом отправляет весь видимый разговор, оттуда это "
        "и взято.",
    )


def _just(question: Question) -> str:
    said = question.prompt.user_texts
    if len(said) == 1:
        return question.in_language(
            "Nothing before this question: the conversation begins with it.",
            "До этого вопроса — ничего: с него разговор и начался.",
        )
    return (
        question.in_language("Just before this you said:", "Перед этим вы сказали:")
        + f"\n\n{quote(said[-2])}"
    )


def _shorter(question: Question) -> str:
    """Return the last paragraph of the answer before, as a shorter version of it."""
    before = [text for text in question.prompt.answer_texts if text.strip()]
    if not before:
        return question.in_language("There is nothing yet to shorten.", "Сокращать пока нечего.")
    last = before[-1].strip().split("\n\n")[-1]
    # A paragraph may be a part of a code block.
    return question.in_language("Shorter:", "Короче:") + f"\n\n{quote(last) if '```' in before[-1] else last}"


def _count_messages(question: Question) -> str:
    said, answers = len(question.prompt.user_texts), question.prompt.answers
    total = said + answers
    if total == 1:
        return question.in_language("One: this question.", "Одно: этот вопрос.")
    return question.in_language(
        f"This request carries **{total}** messages: "
        f"{said} from you, this one included, and {answers} from models.",
        f"В этом запросе **{total}** {plural(total, 'сообщение', 'сообщения', 'сообщений')}: "
        f"{said} от вас вместе с этим и {answers} от моделей.",
    )


def _which_model(question: Question) -> str:
    model, cost = question.model, price(question.model)
    tokens = plural(cost, "токен", "токена", "токенов")
    paragraphs = [
        question.in_language(
            f"This request asked for `{model.slug}` ({model.name}, {model.provider}), "
            f"{cost} {'token' if cost == 1 else 'tokens'} per request. "
            "On the demo account no model stands behind that name: the answers are written in advance.",
            f"Этот запрос был к модели `{model.slug}` ({model.name}, {model.provider}), "
            f"{cost} {tokens} за запрос. На демо-аккаунте за этим именем нет модели: "
            "ответы написаны заранее.",
        )
    ]
    if question.prompt.answers:
        paragraphs.append(
            question.in_language(
                "Earlier answers here may have come from other models. A request does not say which "
                "model wrote what, but the client remembers it and shows it on each answer.",
                "Прежние ответы в этом разговоре могли дать другие модели. Из запроса не видно, кто что "
                "написал, но клиент это помнит и подписывает каждый ответ.",
            )
        )
    return "\n\n".join(paragraphs)


def plural(number: Amount, one: str, few: str, many: str) -> str:
    """Return the Russian plural form for a number."""
    if number % 10 == 1 and number % 100 != 11:
        return one
    return few if 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14 else many


# ---------------------------------------------------------------------------------------------- calculations

_COUNT = re.compile(
    r"\b(?:count|(?:по|со|до|от)?считай(?:те)?)\b.{,40}?"
    r"(?:(?:from|от|с) (-?\d{1,9})\b.{,20}?)?\b(?:to|until|till|до) (-?\d{1,9})\b"
)
_LONGEST_COUNT = 1000


def _calculation(question: Question) -> str | None:
    """Answer requests to count or calculate."""
    count = _COUNT.search(question.prompt.text.lower())
    if count:
        return _counted(question, int(count[1] or 1), int(count[2]))
    found = find_sum(question.prompt.text, question.language)
    if found is None:
        return None
    written, result = found
    if result is None:
        return question.in_language(
            f"`{written}` has no result: it divides by zero.",
            f"У `{written}` нет значения: на ноль не делят.",
        )
    if result.startswith("≈"):
        return f"`{written}` ≈ **{result[2:]}**"
    return f"`{written}` = **{result}**"


def _counted(question: Question, start: int, end: int) -> str:
    step = 1 if end >= start else -1
    numbers = [str(number) for number in range(start, end + step, step)[:_LONGEST_COUNT]]
    lines = [", ".join(numbers[begin : begin + 10]) for begin in range(0, len(numbers), 10)]
    text = question.in_language("Here are the numbers:", "Вот числа:") + "\n\n" + ",  \n".join(lines)
    if abs(end - start) >= _LONGEST_COUNT:
        return text + question.in_language(
            "…\n\nThat is a thousand of them. Enough!", "…\n\nЭто уже тысяча. Хватит!"
        )
    return text + "."


# --------------------------------------------------------------------------------------------------- writers


def _thanks(question: Question) -> str:
    return question.in_language("You are welcome!", "Пожалуйста!")


_WRITERS: Mapping[str, Callable[[Question], str]] = {
    "first": _first,
    "just": _just,
    "shorter": _shorter,
    "how-many": _count_messages,
    "which-model": _which_model,
    "long": _long,
    "prices": _prices,
    "failures": _failures,
    "code": _code,
    "models": _models,
    "thanks": _thanks,
    "instructions": _instructions,
    **{name: _page(name) for name in ("haiku", "poem", "story", "showcase", "config", "keys", "overview")},
}
"""Maps a subject to the function that writes its answer."""

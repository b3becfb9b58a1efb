"""Find the subject of a prompt by its words: simple, deterministic, in English and Russian."""

from __future__ import annotations

import re

_FEW_WORDS = 25
"""Words. In a longer prompt a single word says nothing about what is wanted."""

_SAY = r"(?:say|said|ask|asked|write|wrote|tell|told)"
_SAID = r"(?:сказал|спросил|спрашивал|говорил|писал|написал)[аи]?"
_MESSAGE = r"(?:message|question|prompt|words?)"
_MESSAGE_RU = r"(?:сообщени|вопрос|фраз|реплик|запрос)"
_BRANDS = "gpt|claude|gemini|deepseek|grok"

# The first match wins, so special subjects stand before general ones (an API key is not a key to press). English words are
# whole words. Russian ones are stems unless they say otherwise.
_TABLE: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "first",
        (
            rf"what did i {_SAY}\b.*\b(?:first|(?:at|in) the beginning)",
            rf"what did i first {_SAY}",
            rf"my (?:very )?first {_MESSAGE}",
        ),
        (
            rf"что я {_SAID}.*\b(?:перв|сначала|вначале|в начале)",
            rf"что я (?:сначала|вначале|в начале|первым делом) {_SAID}",
            rf"мо[йея]\w* (?:сам\w+ )?перв\w+ {_MESSAGE_RU}",
            r"с чего я начал",
        ),
    ),
    (
        "just",
        (
            rf"what did i (?:just|last) {_SAY}",
            rf"what did i {_SAY}\b.*\b(?:before|last|just now)",
            rf"my (?:last|previous) {_MESSAGE}",
        ),
        (
            rf"что я (?:только что|сейчас|до этого|перед этим) {_SAID}",
            rf"что я {_SAID} (?:только что|сейчас|до этого|перед этим|последним|в прошлый раз)",
            rf"мо[йея]\w* (?:прошл|последн|предыдущ)\w+ {_MESSAGE_RU}",
        ),
    ),
    (
        "how-many",
        (r"how many (?:messages|questions|turns|prompts)",),
        (r"сколько (?:\w+ ){0,2}(?:сообщени|вопрос|реплик)",),
    ),
    (
        "which-model",
        (
            r"(?:which|what) (?:\w+ )?model (?:are you|is (?:this|it|answering)|am i|answers|do i)",
            rf"are you (?:an? )?(?:real|llm|model|ai|robot|bot|human|{_BRANDS})",
            r"who are you",
        ),
        (
            r"как(?:ая|ой) ты модель",
            r"ты (?:какая|что за) модель",
            r"что ты за (?:модель|бот)",
            r"какая (?:сейчас |это )?модель(?: сейчас| это| мне| отвечает|\?|$)",
            r"с какой моделью",
            r"кто ты\b",
            r"ты кто\b",
            rf"ты (?:настоящ|бот\b|робот|человек|{_BRANDS})",
        ),
    ),
    (
        "instructions",
        (
            r"(?:your|standing|system) (?:instructions?|prompts?)",
            r"(?:which|what) (?:instructions?|persona)",
            r"(?:your|my|the) persona\b",
        ),
        (
            r"(?:тво\w+|постоянн\w+) (?:инструкци|указани)",
            r"как(?:ие|ая|ой) (?:у тебя |сейчас )?(?:инструкци|указани|персон|роль\b)",
            r"систем\w+ (?:промпт|подсказк|инструкци|указани)",
            r"персона\b",
        ),
    ),
    (
        "shorter",
        (r"^(?:(?:make it|a bit|much|please) )*(?:shorter|briefer|more briefly)\b",),
        (r"^(?:(?:сделай|ещё|немного|пожалуйста) )*(?:покороче|короче|кратко|пократ)",),
    ),
    (
        "long",
        (
            r"long (?:answer|text|reply|essay|read|document|article|response|one)",
            r"^(?:very )?long$",
            r"something long",
            r"longer",
        ),
        (
            r"длинн\w* (?:ответ|текст|стать|сообщени|эссе)",
            r"длинно\b",
            r"подлиннее",
            r"что-(?:то|нибудь) длинн",
            r"лонгрид",
        ),
    ),
    ("haiku", (r"haikus?",), (r"хайку", r"хокку")),
    ("poem", (r"poems?", r"verses?", r"rhymes?"), (r"стих[иао]?\b", r"стихотворен", r"поэм", r"рифм")),
    ("story", (r"story", r"stories", r"tales?"), (r"рассказ(?:ик|а|у)?\b", r"истори[яюй]\b", r"сказк")),
    (
        "showcase",
        (r"markdown", r"showcase", r"formatting", r"tables?"),
        (r"markdown", r"маркдаун", r"разметк", r"форматировани", r"таблиц"),
    ),
    (
        "prices",
        (
            r"pric(?:es?|ing)",
            r"costs?",
            r"cheap(?:est|er)?",
            r"expensive",
            r"balance",
            r"billing",
            r"pa(?:y|id|yments?)",
            r"money",
            r"tokens?",
            r"credits?",
        ),
        (
            r"цен(?:а|ы|у|е|ам|ах|ой)?\b",
            r"сто(?:ит|ят|имост)",
            r"дешев",
            r"дорог",
            r"баланс",
            r"тариф",
            r"токен",
            r"оплат",
            r"плат(?:ить|ят|а|ы|н)",
            r"день(?:ги|гам)",
            r"денег",
        ),
    ),
    (
        "config",
        (
            r"api[ -]?keys?",
            r"privacy",
            r"private",
            r"config\w*",
            r"settings?",
            r"environment",
            r"env",
            r"account",
            r"sign (?:in|up)",
            r"(?:leave|without) the demo",
            r"elumenta_\w+",
        ),
        (
            r"ключ",
            r"приватн",
            r"конфиденциальн",
            r"конфиг",
            r"настро(?:йк|ить)",
            r"переменн\w+ окружени",
            r"настоящ\w+ сч",
            r"аккаунт",
            r"счет[а-я]*\b",
            r"мо(?:и|ими|их) данны",
            r"персональн",
            r"(?:выйти из|без) демо",
        ),
    ),
    (
        "keys",
        (
            r"keys?",
            r"keyboard",
            r"shortcuts?",
            r"hotkeys?",
            r"keybindings?",
            r"commands?",
            r"how (?:do|can) i (?:quit|exit|stop|copy|send|scroll|cancel|leave|queue)",
            r"queues?",
        ),
        (
            r"клавиш",
            r"клавиатур",
            r"очеред",
            r"сочетани",
            r"хоткей",
            r"кнопк",
            r"команд",
            r"как (?:выйти|остановить|прервать|скопировать|отправить|прокрутить|закрыть)",
        ),
    ),
    (
        "failures",
        (
            r"demo",
            r"fail\w*",
            r"errors?",
            r"misbehave",
            r"go(?:es)? wrong",
            r"breaks?",
            r"broken",
            r"outages?",
        ),
        (r"демо", r"ошиб", r"сбо[йеия]", r"слома", r"обрыв", r"отказ", r"неполад"),
    ),
    (
        "code",
        (r"cod(?:e|ing)", r"program\w*", r"snippets?", r"scripts?", r"functions?"),
        (r"код(?:а|е|у|ом)?\b", r"программ", r"скрипт", r"функци"),
    ),
    ("models", (r"models?", r"switch", _BRANDS), (r"модел", r"переключ")),
    ("thanks", (r"thanks", r"thank you", r"thx"), (r"спасибо", r"благодар")),
    (
        "overview",
        (
            r"^(?:hi|hello|hey|good (?:morning|day|evening)|help|start)",
            r"what can (?:you|i) (?:do|ask)",
            r"how does (?:this|it) work",
            r"what is this",
        ),
        (
            r"^(?:привет|здравствуй|хай\b|помощь|помоги|начать)",
            r"^добр\w+ (?:день|утро|вечер|дня)",
            r"что (?:ты )?(?:умеешь|можешь)",
            r"что это(?: такое)?\b",
            r"чем (?:ты )?(?:можешь )?помо",
            r"с чего начать",
            r"как это работает",
            r"о чем (?:тебя )?(?:можно )?спросить",
        ),
    ),
)

CODE_LANGUAGES = {
    "Python": r"\b(?:python|питон\w*|httpx)\b",
    "JavaScript": r"\b(?:javascript|js|node|джаваскрипт\w*)\b",
    "Rust": r"\b(?:rust|раст)\b",
    "SQL": r"\bsql\b",
    "Bash": r"\b(?:bash|shell|curl|баш)\b",
    "Diff": r"\b(?:diff|patch|дифф?|патч)\b",
}
"""Maps the heading of a section of code samples to the pattern by which a prompt asks for it."""

_PATTERNS = tuple(
    (name, re.compile(rf"\b(?:{'|'.join(english)})\b|(?:\b|^)(?:{'|'.join(russian)})"))
    for name, english, russian in _TABLE
)


def subject_of(prompt: str) -> str | None:
    """Return the name of the prompt's subject; None if there is no clear one."""
    text = " ".join(prompt.lower().replace("ё", "е").split())
    if len(text.split()) > _FEW_WORDS:
        return None
    found = next((name for name, pattern in _PATTERNS if pattern.search(text)), None)
    if found in (None, "models") and code_languages_of(text):
        return "code"
    return found


def code_languages_of(prompt: str) -> list[str]:
    """Return the headings of the code samples that the prompt names."""
    return [name for name, pattern in CODE_LANGUAGES.items() if re.search(pattern, prompt.lower())]

"""Texts on the prompt's frame: the model, and what Enter or Esc does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.ledger import Ledger
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.spending import CapRest
from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import decimal, number, say
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    from elumenta_tui.tui.widgets.stop import Stop

_QUIET = "$muted"


def title(model: Model, key: str, lines: int = 0) -> Content:
    """Name the model of the next request, the key that changes it, and the lines of the prompt.

    An empty key and 0 lines are left out.
    """
    parts: list[Content | tuple[str, str]] = [Content.styled(clean_line(model.name, 40), "bold $primary")]
    if key:
        parts.append((f" {key}", _QUIET))
    if lines:
        parts.append((f" · {say('turn.lines', n=lines)}", _QUIET))
    return Content.assemble(*parts)


def with_parameters(title: Content, conversation: Conversation, room: int) -> Content:
    """Add what is left out of the next request to a title, its system prompt and its parameters, as many as fit in `room` cells."""
    left_out = sum(source.left_out for source in conversation.sources())
    for words in (*([say("frame.left_out", n=left_out)] if left_out else ()), *parameter_words(conversation)):
        longer = Content.assemble(title, (f" · {words}", "$accent"))
        if longer.cell_length > room:
            break
        title = longer
    return title


def parameter_words(conversation: Conversation) -> Iterator[str]:
    """Yield what a conversation sends besides its messages, in a word or two each."""
    options = conversation.options
    if conversation.persona:
        yield clean_line(conversation.persona, 24)
    elif conversation.system_prompt.strip():
        yield say("frame.system")
    if options.temperature is not None:
        yield say("frame.temperature", value=decimal(options.temperature))
    if options.max_tokens is not None:
        yield say("frame.max_tokens", n=options.max_tokens)


def compared_title(models: Sequence[Model], lines: int, room: int) -> Content:
    """Name the models that the next prompt is sent to, or their number if the names do not fit in `room` cells."""
    names = " · ".join(clean_line(model.name, 40) for model in models)
    if cell_len(names) > room:
        names = say("compare.models", n=len(models))
    parts: list[Content | tuple[str, str]] = [(f"{say('compare.mode')} ", _QUIET), (names, "bold $primary")]
    if lines:
        parts.append((f" · {say('turn.lines', n=lines)}", _QUIET))
    return Content.assemble(*parts)


def _total_price(models: Sequence[Model]) -> tuple[Amount, Amount] | None:
    """Return the least and the largest sum of the prices of one request to each model; None if one of them is not known."""
    if any(model.price is None for model in models):
        return None
    least = sum(model.price or 0 for model in models)
    return least, sum(
        model.price_max if model.price_max is not None else model.price or 0 for model in models
    )


def compared_note(models: Sequence[Model], ledger: Ledger, key: str, *, is_short: bool = False) -> Content:
    """State what one request to each model costs and, unless it must be short, the balance after them."""
    price = _total_price(models)
    if price is None:
        return Content.styled(say("frame.price_unknown", key=key), _QUIET)
    return _price_and_rest(*price, ledger, key, is_short=is_short)


def cost_note(model: Model, ledger: Ledger, key: str, *, is_short: bool = False) -> Content:
    """State the cost of the next request and, unless it must be short, the balance after it."""
    if model.price is None:
        return Content.styled(say("frame.price_unknown", key=key), _QUIET)
    return _price_and_rest(model.price, model.most or model.price, ledger, key, is_short=is_short)


def with_cap(note: Content, rest: CapRest, room: int, shorter: Content) -> Content:
    """Add what is left of a cap to a note of `room` cells at most: to a shorter note, in short or alone, where there is less room."""
    style = "bold $error" if rest.is_passed else "$warning"
    words, short = (Content.styled(cap_words(rest, is_short=each), style) for each in (False, True))
    ways = [
        Content.assemble(before, (" · ", _QUIET), behind)
        for behind in (words, short)
        for before in (note, shorter)
    ]
    return next((way for way in ways if way.cell_length <= room), short)


def cap_words(rest: CapRest, *, is_short: bool = False) -> str:
    """State what is left of a cap, and whether the next request would pass it."""
    left, cap, period = number(rest.left), number(rest.cap), rest.period.value
    if is_short:
        return say(f"frame.cap_short.{'passed' if rest.is_passed else period}", left=left, cap=cap)
    words = say(f"frame.cap.{period}", left=left, cap=cap)
    return say("frame.cap.passed", rest=words) if rest.is_passed else words


def _price_and_rest(
    least: Amount, most: Amount, ledger: Ledger, key: str, *, is_short: bool = False
) -> Content:
    """State a price and the balance after it. Of a range, that is the balance after its top: it is the one to look out for."""
    is_range = least != most
    words = (
        say("frame.range", key=key, least=least, n=most) if is_range else say("frame.price", key=key, n=most)
    )
    price = Content.styled(words, _QUIET)
    left = ledger.after(most)
    if left is None or (is_short and left >= 0):
        return price
    style = "$error" if left < 0 else "$warning" if left < 5 * most else _QUIET
    rest = say("frame.left_least" if is_range else "frame.left", n=left)
    return Content.assemble(price, (" · ", _QUIET), (rest, style))


def price_words(model: Model) -> str:
    """State what a request to the model costs."""
    if model.price is None:
        return say("aside.price_unknown")
    tokens = say("bar.tokens", n=model.price if model.price_max is None else model.price_max)
    return tokens if model.price_max is None else f"{number(model.price)}–{tokens}"


def left_words(model: Model, ledger: Ledger) -> str:
    """State the balance after a request to the model, or what it is at least; empty if that is not known."""
    left = ledger.after(model.most)
    if left is None:
        return ""
    return say("frame.left_least" if model.price_max else "frame.left", n=left)


def aside_note(model: Model, ledger: Ledger, key: str, *, is_wide: bool) -> str:
    """State which model a side question goes to and what it costs, and the balance after it on a wide screen."""
    name = clean_line(model.name, 40)
    parts = [f"{key} · {price_words(model)}", say("aside.to", model=name) if is_wide else name]
    if is_wide and (left := left_words(model, ledger)):
        parts.append(left)
    return " · ".join(parts)


def queue_cost(models: Sequence[Model]) -> str:
    """State what one queued prompt to each of these models will cost."""
    price = _total_price(models)
    if price is None:
        return say("queue.price_unknown")
    least, most = price
    return say("bar.tokens", n=most) if least == most else say("queue.range", least=least, n=most)


def queue_note(models: Sequence[Model], ledger: Ledger, key: str) -> Content:
    """State what the queue will cost, with what is typed if `key` queues it."""
    cost, price = queue_cost(models), _total_price(models)
    what = say("frame.queues", key=key, cost=cost) if key else say("frame.queue_costs", cost=cost)
    left = ledger.after(price[1]) if price is not None else None
    style = "$error" if left is not None and left < 0 else _QUIET
    return Content.styled(what, style)


def queued_note(model: Model, ledger: Ledger, key: str, *, is_short: bool) -> Content:
    """State that the key sends the next queued prompt, which waits, and what that costs."""
    if is_short:
        what = say("frame.sends_queued_short", key=key)
        return Content.styled(f"{what} · {queue_cost([model])}", _QUIET)
    return cost_note(model, ledger, say("frame.sends_queued", key=key))


def copy_note(block: Stop, copy: str, leave: str, room: int) -> Content:
    """State what the copy key copies while the cursor is on a block, and which key clears the cursor, in `room` cells."""
    if block.kind == "code":
        lines = len(block.text.splitlines())
        language = clean_line(block.language, 20).capitalize() or say("frame.copy.code")
        what = say("frame.copy.lines", key=copy, n=lines, language=language)
    elif block.kind == "table":
        what = say("frame.copy.table", key=copy)
    elif block.kind == "answer":
        what = say("frame.copy.answer", key=copy)
    elif block.kind == "paragraph":
        what = say("frame.copy.paragraph", key=copy)
    elif block.kind in ("formula", "diagram", "details"):
        what = say(f"frame.copy.{block.kind}", key=copy)
    elif block.kind == "thoughts":
        what = say("frame.copy.thoughts", key=copy)
    else:
        what = say("frame.copy.prompt", key=copy)
    leaving, short = say("frame.copy.leave", key=leave), say("frame.copy.short", key=copy)
    notes = [f"{what} · {leaving}", f"{what} · {leave}", f"{short} · {leave}"]
    return Content.styled(next((note for note in notes if cell_len(note) <= room), notes[-1]), "$accent")


def stop_note(answer: Answer, keys: str, now: float) -> Content:
    """State how to stop the running answer, and how long its request still waits for a retry.

    `now` is in seconds of the clock of `RetryWait.until`.
    """
    if answer.retry_wait is None:
        return Content.styled(say("frame.stop", key=keys), _QUIET)
    return Content.styled(say("frame.hold", n=answer.retry_wait.seconds(now), key=keys), "$warning")

"""The footer of an answer in a comparison: what is happening, why it failed, and the keys for what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.i18n.answers import again_words, charge_words
from elumenta_tui.i18n.failures import quoted, sentence, what_failed
from elumenta_tui.markdown.style import Line, TextStyle
from elumenta_tui.tui.widgets.foot import Foot, offer_lines, wrapped
from elumenta_tui.tui.widgets.line_renderer import DrawFoot, ViewContext

_META, _LIVE = TextStyle("meta"), TextStyle("live")
_PROBLEM, _STOPPED = TextStyle("problem", bold=True), TextStyle("stopped", bold=True)


def column_foot(
    name: Callable[[Answer], str], offers: Callable[[Answer], Sequence[str]], is_blind: Callable[[], bool]
) -> DrawFoot:
    """Return the function that draws the footer.

    Args:
        name: returns the name under which the model is shown.
        offers: returns what can be done for an incomplete answer, with keys and prices.
        is_blind: returns whether nothing may tell the model, so that costs are left out.
    """

    def draw(answer: Answer, context: ViewContext, room: int) -> list[Line]:
        if not answer.over:
            foot = Foot(answer, context)
            if answer.retry_wait is not None:
                return foot.wait_lines(answer.retry_wait, room)
            return wrapped(f"{foot.spinner()} {foot.live()}", _LIVE, room)
        failure = answer.failure
        if failure is None:
            return wrapped(say("turn.was_found"), _META, room) if answer.was_recovered else [Line(())]
        if answer.was_stopped:
            lines = wrapped(f"■ {say('turn.stopped')}", _STOPPED, room)
        else:
            lines = wrapped(f"✗ {sentence(what_failed(failure, name(answer)))}", _PROBLEM, room)
        after = [] if is_blind() else [quoted(failure)]
        if not is_blind():
            after.append(charge_words(answer, is_being_read=context.is_settling(answer)))
        if failure.retry_after is not None:
            after.append(again_words(answer, failure.retry_after, context.calendar()))
        lines += wrapped(" ".join(filter(None, after)), _META, room)
        for offer in offers(answer):
            lines += offer_lines(offer, room)
        return lines

    return draw

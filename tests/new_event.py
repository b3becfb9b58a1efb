"""A fictional event type, declared as a new one of the service would be: `content_reset` makes the text so far void."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from elumenta_tui.api import events
from elumenta_tui.api.events import StreamEvent
from elumenta_tui.chat.turn import Answer


@dataclass(frozen=True, slots=True)
class ContentReset(StreamEvent):
    """`content_reset`: the answer is streamed anew."""

    ends_text: ClassVar[bool] = True

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ContentReset:
        return cls()

    def apply(self, answer: Answer) -> None:
        answer.reset()


EVENTS = {**events.EVENTS, "content_reset": ContentReset}
"""The event types of a client that knows it."""

RESET = {"type": "content_reset"}

if __name__ == "__main__":
    from elumenta_tui.__main__ import main

    vars(events)["EVENTS"] = EVENTS
    sys.exit(main(sys.argv[1:]))

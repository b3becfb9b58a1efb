"""What becomes of a turn that has no whole answer: what it cost, and where the whole answer may still be."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from elumenta_tui.chat.ledger import Balance
from elumenta_tui.chat.turn import Found, Turn, TurnState
from elumenta_tui.i18n import say
from elumenta_tui.tui.actions import hint
from elumenta_tui.tui.widgets import frame

if TYPE_CHECKING:
    from elumenta_tui.api.client import ElumentaClient
    from elumenta_tui.tui.app import ElumentaApp


class Aftermath:
    """Belongs to the app, and works in its loop."""

    def __init__(self, app: ElumentaApp) -> None:
        self._app = app

    # ------------------------------------------------------------------------------------------------------- unasked

    def follow(self, turn: Turn, *, look: bool) -> None:
        """See in the next seconds what a turn cost that has just broken, and with `look` whether the service has it whole."""
        turn.settling = True
        self._app.start_worker(partial(self._follow, turn, look=look), "aftermath", exclusive=True)

    def look_after(self, turn: Turn) -> None:
        """See whether the service has the whole answer of a turn that an earlier program left unfinished."""
        if self._app.access.account is not None and turn.is_doubtful:
            self._app.start_worker(partial(self._follow, turn, look=True), "aftermath", exclusive=True)

    async def _follow(self, turn: Turn, *, look: bool) -> None:
        from elumenta_tui.api import retry as asking

        app = self._app
        asked = app.access.account

        async def connect() -> ElumentaClient:
            nonlocal asked
            client = await app.access.client()
            asked = app.access.account
            return client

        followed = asking.follow_up(
            connect, turn, partial(self._ids_of_others, turn), look=look, sleep=app.sleep
        )
        async with aclosing(followed) as news:
            async for item in news:
                if asked is not app.access.account:
                    # Another key was entered meanwhile.
                    continue
                if isinstance(item, Balance):
                    self._take_balance(turn, item)
                elif self._is_shown(turn):
                    turn.offer(item)
                    app.touch(turn)
        turn.settling = False
        if self._is_shown(turn):
            app.touch(turn)

    def _take_balance(self, turn: Turn, balance: Balance) -> None:
        app = self._app
        app.purse.read(balance)
        app.settle(turn)
        app.show_standing()
        app.show_frame()

    async def _ids_of_others(self, turn: Turn) -> set[str]:
        """Ids of the generations that belong to any other turn, on the screen or stored."""
        stored = await self._app.library.generations()
        shown = {other.generation_id for other in self._app.conversation.turns if other is not turn}
        return (stored | shown) - {"", turn.generation_id}

    def _is_shown(self, turn: Turn) -> bool:
        """Another conversation may have taken the screen; this one may even have been read from the disk again since."""
        return turn in self._app.conversation.turns

    # ------------------------------------------------------------------------------------------------------- by hand

    def offers(self, turn: Turn) -> list[str]:
        """What the keys can do for a turn that has no whole answer, in sentences."""
        app = self._app
        offers = [say("offer.found", key=hint("fetch"))] if turn.found is not None else []
        if app.conversation.turns[-1:] != [turn]:
            return offers
        offers.append(frame.offer("again", app.model, hint("again")))
        if turn.state is TurnState.INTERRUPTED:
            offers.append(frame.offer("continue", app.model, hint("continue")))
        if turn.found is None and turn.is_doubtful:
            offers.append(say("offer.look", key=hint("fetch")))
        return offers

    def fetch(self) -> None:
        """Put the whole answer in the place of a broken one: the one that was found, or look for it now."""
        turn = self._turn_to_complete()
        if turn is None:
            self._app.tell(say("notice.nothing_to_fetch"), "warning")
        elif turn.found is not None:
            self._complete(turn)
        else:
            self._app.tell(say("notice.fetching"))
            self._app.start_worker(partial(self._look, turn), "fetch", exclusive=True)

    def _turn_to_complete(self) -> Turn | None:
        """The one under the cursor, else the newest that was found, else the newest that may be there."""
        doubtful = [turn for turn in reversed(self._app.conversation.turns) if turn.is_doubtful]
        chosen = [turn for turn in doubtful if turn is self._app.transcript.cursor_turn]
        return next(iter([*chosen, *(turn for turn in doubtful if turn.found), *doubtful]), None)

    async def _look(self, turn: Turn) -> None:
        from elumenta_tui.api import retry as asking
        from elumenta_tui.api.errors import ApiError

        app = self._app
        try:
            found = await asking.find(await app.access.client(), turn, await self._ids_of_others(turn))
        except ApiError as error:
            app.access.tell_problem(error.failure())
            return
        if found is None:
            app.tell(say("notice.not_found"), "warning")
        elif self._is_shown(turn):
            self._take(turn, found)

    def _take(self, turn: Turn, found: Found) -> None:
        turn.offer(found)
        self._complete(turn)

    def _complete(self, turn: Turn) -> None:
        app = self._app
        turn.complete()
        app.take_back(turn)
        app.touch(turn)
        app.transcript.renew(turn)
        app.tell(say("notice.completed"))
        app.show_standing()
        app.show_frame()

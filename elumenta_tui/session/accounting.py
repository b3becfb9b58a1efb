"""The money and the models of the account that a session asks: what is read of them, and what each answer turns out to cost."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from elumenta_tui.chat.failure import Billing, Failure
from elumenta_tui.chat.ledger import Balance, Ledger
from elumenta_tui.chat.models import DOCUMENTED_MODELS, Model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.reckoning import Interval
from elumenta_tui.chat.turn import Answer
from elumenta_tui.session.backend import Account, Backend
from elumenta_tui.session.events import AccountChanged, AccountFailed, BalanceRead, KeyRefused, Notify
from elumenta_tui.session.tasks import Tasks

KEY_PROBLEMS = ("not_authenticated", "token_expired", "bad_key", "no_key")
"""Kinds of failures that another key may mend."""

GROUP = "account"
"""Name of the task that reads the account."""


class Answers(Protocol):
    """What the accounting needs of the session."""

    @property
    def is_answering(self) -> bool:
        """Whether any answer is coming, in any conversation."""

    def mark_changed(self, answer: Answer) -> None:
        """Have an answer saved and shown that has changed."""

    def note_balance(self) -> None:
        """Save the balance that is known now."""

    def models_read(self, models: Sequence[Model]) -> None:
        """Take over the service's list of models."""


class Accounting:
    """Belongs to a session, and works on its loop."""

    def __init__(self, answers: Answers, backend: Backend, tasks: Tasks, notify: Notify) -> None:
        self.ledger = Ledger()
        self.models: Sequence[Model] = DOCUMENTED_MODELS
        """The service's list of models; the documented ones until it is read."""
        self._answers = answers
        self._backend = backend
        self._tasks = tasks
        self._notify = notify
        self._settling: set[Answer] = set()
        self._interval = Interval(None)
        """The requests since the balance was known last while none was in flight."""

    # ----------------------------------------------------------------------------------------------------- the account

    def read(self, *, asked_for: bool = False) -> None:
        """Read the balance, and the models if they are not known. `asked_for`: report the balance when it is there."""
        if self._backend.account is None:
            return
        self._backend.is_reading = True
        self._notify(AccountChanged())
        self._tasks.start(partial(self._read, asked_for=asked_for), GROUP, exclusive=True)

    async def _read(self, *, asked_for: bool) -> None:
        from elumenta_tui.api.errors import ApiError

        backend = self._backend
        account, wants_models = backend.account, self.models is DOCUMENTED_MODELS
        try:
            client = await backend.client()
            account = backend.account
            balance = await client.balance()
            if account is not backend.account:
                # Another key was entered while this was on its way.
                return
            backend.is_reading = backend.is_offline = False
            self._note_limits()
            self.ledger.read(balance)
            if not self._interval.is_settled or self._is_followed:
                self._settle()
            self._answers.note_balance()
            self._notify(AccountChanged())
            if asked_for:
                self._notify(BalanceRead(balance))
            if wants_models:
                found = await client.models()
                if account is backend.account:
                    self._note_models(found)
        except ApiError as error:
            if account is backend.account:
                backend.is_reading, backend.is_offline = False, True
                self._note_limits()
                self._notify(AccountChanged())
                self.report(error.failure())

    def _note_limits(self) -> None:
        if self._backend.limits is not None:
            self.ledger.limits = self._backend.limits

    def _note_models(self, models: Sequence[Model]) -> None:
        self._note_limits()
        if models:
            self.models = models
            self._answers.models_read(models)
        self._notify(AccountChanged(models=bool(models)))

    def change_account(self, *, keeps_charges: bool) -> None:
        """Forget what is known of the account before. `keeps_charges`: what it was charged belongs to the same session."""
        self.ledger.change_account(keeps_charges=keeps_charges)
        self._interval = Interval(None)
        self.models = DOCUMENTED_MODELS

    def report(self, failure: Failure) -> None:
        """Report that the account could not be read, or that another key is needed."""
        if not self.refuses_key(failure):
            self._notify(AccountFailed(failure))

    def refuses_key(self, failure: Failure) -> bool:
        """Whether another key may mend the failure; if so, report that one is needed."""
        if failure.kind not in KEY_PROBLEMS or self._backend.is_demo:
            return False
        if failure.kind == "no_key":
            # There may have been one in the keyring, and there is none.
            self._backend.account = None
        self._notify(KeyRefused(failure))
        return True

    # ------------------------------------------------------------------------------------------------------ the charges

    def balance_before(self) -> Amount | None:
        """The balance before the next request, in Elumenta tokens; None if it will not tell what that request alone costs."""
        return None if self._goes_on else self.ledger.balance

    @property
    def _goes_on(self) -> bool:
        """Whether the next request comes before the costs of those before it are settled: the balance then tells of all of them."""
        may_come = any(
            answer in self._settling and answer.charge.may_come_yet for answer in self._interval.answers
        )
        return self.ledger.stale or self._answers.is_answering or may_come

    def begin(self, answer: Answer) -> None:
        """Note that a request is about to be sent."""
        if not self._goes_on:
            self._interval = Interval(self.ledger.balance)
        self._interval.begin(answer, is_beside_others=self._answers.is_answering)

    def note_end(self, answer: Answer, account: Account | None) -> None:
        """Note what is known of the money once an answer has ended that the account was asked for."""
        self._note_limits()
        if account is not self._backend.account:
            # Its balance is another one, and this one has paid nothing.
            return
        if answer not in self._interval.answers:
            # It was sent again, to this account: before that nothing is known.
            self._interval = Interval(None)
        stated = answer.charge.after if answer.charge.is_final else None
        if stated is not None:
            self.ledger.settle(self._interval.lowest(stated))
        elif not answer.charge.is_free:
            self.ledger.settle(None)
        if self._interval.is_crowded and self._interval.doubtful and not self._answers.is_answering:
            # A balance that was stated may lack what another one cost.
            self.ledger.settle(None)
        self._settle()
        failure = answer.failure
        self._backend.is_offline = failure is not None and failure.billing is Billing.NOTHING_SENT

    @property
    def must_be_read(self) -> bool:
        """Whether the balance is not known, and the service can be reached."""
        return self.ledger.stale and not self._backend.is_offline

    def is_settling(self, answer: Answer) -> bool:
        """Whether the balance is being read to learn what an answer has cost."""
        return answer in self._settling

    def set_settling(self, answer: Answer, *, is_settling: bool) -> None:
        """Note whether the balance is being read to learn what an answer has cost."""
        if is_settling:
            self._settling.add(answer)
        else:
            self._settling.discard(answer)

    def apply_balance(self, answer: Answer, balance: Balance) -> None:
        """Note a balance that was read some time after that answer."""
        self.ledger.read(balance)
        if answer in self._interval.answers:
            self._settle()
        self._answers.note_balance()
        self._notify(AccountChanged())

    @property
    def _is_followed(self) -> bool:
        return any(answer in self._settling for answer in self._interval.answers)

    def _settle(self) -> None:
        """Take the balance as what the requests of the interval have left, if it is known and none of them is in flight."""
        if self.ledger.stale or self.ledger.balance is None or self._answers.is_answering:
            return
        for answer in self._interval.settle(self.ledger.balance):
            self._answers.mark_changed(answer)

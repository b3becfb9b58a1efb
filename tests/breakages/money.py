"""What costs money: requests that go out again, charges that are said, answers that are found and given to their turn."""

from __future__ import annotations

from typing import Any

import pytest

from tests.breakages import breakage, cases, tests, wrap

# ---------------------------------------------------------------------------------------------- when a request goes out again


@breakage(
    *cases("rst-before-head", "500", "502-html", "400", "html-200"),
    *tests("tui/test_cases", "what_may_have_been_billed_is_never_sent_again_by_itself"),
)
def sends_again_what_may_have_been_billed(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import retry

    def make(decide):
        def repeat_once(error, number, **more):
            seconds = decide(error, number, **more)
            return 0.0 if seconds is None and number == 1 else seconds

        return repeat_once

    wrap(patch, retry, "seconds_before_repeat", make)


@breakage(*cases("429-body", "429-header", "503"))
def repeats_for_ever(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import retry

    patch.setattr(retry, "REPEATS", 30)


@breakage(*cases("429-body", "429-header", "429-then-ok", "503"))
def does_not_wait_as_long_as_the_service_asks_for(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import retry

    wrap(
        patch,
        retry,
        "seconds_before_repeat",
        lambda decide: lambda *given, **more: None if decide(*given, **more) is None else 0.0,
    )


@breakage(*cases("429-absurd"))
def waits_for_ten_days(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import retry

    patch.setattr(retry, "LONGEST_WAIT", 1e9)


@breakage(*cases("429-junk"))
def repeats_after_a_guess(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import retry

    def make(decide):
        def guess(error, number, **more):
            if error.status == 429 and error.retry_after is None:
                error.retry_after = 1.0
            return decide(error, number, **more)

        return guess

    wrap(patch, retry, "seconds_before_repeat", make)


@breakage(*cases("503-html"))
def takes_the_page_of_a_gateway_for_the_word_of_the_service(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import retry
    from elumenta_tui.chat.failure import Billing

    def make(decide):
        def believe(error, number, **more):
            error.billing = Billing.NOT_CHARGED
            return decide(error, number, **more)

        return believe

    wrap(patch, retry, "seconds_before_repeat", make)


@breakage(*tests("tui/test_cases", "a_refused_connection_starts_offline_is_told_and_keeps_the_prompt"))
def gives_up_at_once_where_nothing_was_sent(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import retry

    patch.setattr(retry, "CONNECT_LIMIT", -1.0)


@breakage(*cases("json-pending"))
def asks_again_for_what_the_service_prepares(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import client, errors
    from elumenta_tui.chat.failure import Billing

    def make(read):
        def refuse(*given):
            try:
                return read(*given)
            except errors.Pending:
                raise errors.Busy(status=503, retry_after=0.0, billing=Billing.NOT_CHARGED) from None

        return refuse

    wrap(patch, client, "answer_events", make)


@breakage(*cases("json-pending"))
def does_not_fetch_what_the_service_prepares(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api.client import ElumentaClient

    async def lose(client: ElumentaClient, id: str) -> Any:
        return []

    patch.setattr(ElumentaClient, "generation", lose)


@breakage(*tests("tui/test_cases", "neither_key_nor_prompt_goes_where_a_redirect_points"))
def follows_redirects(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api.client import ElumentaClient

    def make(build):
        def follow(self, *given, **more):
            build(self, *given, **more)
            self._http.follow_redirects = True
            self._http.event_hooks = {}

        return follow

    wrap(patch, ElumentaClient, "__init__", make)


# ------------------------------------------------------------------------------------------------------- charges and balances


@breakage(*cases("endbal-neg"))
def knows_no_negative_balance(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat import parsing

    def make(read):
        return lambda value: None if (found := read(value)) is None or found < 0 else found

    wrap(patch, parsing, "amount", make)


@breakage(*tests("tui/test_cases", "a_balance_of_any_type_is_shown_or_unknown_and_never_0"))
def knows_no_number_in_quotes(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat import parsing

    wrap(patch, parsing, "amount", lambda read: lambda value: None if isinstance(value, str) else read(value))


@breakage(
    *cases("endbal-null"),
    *tests("tui/test_cases", "a_balance_of_any_type_is_shown_or_unknown_and_never_0"),
    *tests("chat/test_chat", "whatever_is_no_amount_is_unknown_and_never_zero"),
)
def takes_what_is_unknown_for_zero(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat import parsing

    wrap(patch, parsing, "amount", lambda read: lambda value: read(value) or 0)


@breakage(*tests("chat/test_chat", "a_stopped_turn_costs_what_the_balance_lost"))
def says_that_a_stopped_answer_cost_nothing(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.ledger import Charge

    patch.setattr(Charge, "amount", property(lambda charge: charge.stated or 0))


@breakage(*tests("chat/test_chat", "a_balance_that_was_topped_up_meanwhile_does_not_tell_the_price"))
def takes_a_topped_up_balance_for_a_price(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.ledger import Charge

    patch.setattr(Charge, "amount", property(lambda charge: charge.before - charge.after))


@breakage(*tests("chat/test_chat", "a_restored_turn_is_what_it_was_and_todays_balance_says_nothing_of_it"))
def reckons_an_earlier_turn_by_the_balance_of_today(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.ledger import Charge

    def settle(charge: Charge, balance: Any) -> None:
        charge.after = balance

    patch.setattr(Charge, "settle", settle)


@breakage(*tests("api/test_client", "an_error_of_the_service_is_read_as_what_it_means"))
def calls_every_error_free(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import errors
    from elumenta_tui.chat.failure import Billing

    def make(build):
        def free(*given):
            error = build(*given)
            error.billing = Billing.NOT_CHARGED
            return error

        return free

    wrap(patch, errors, "_error", make)


@breakage(*tests("chat/test_chat", "an_answer_that_ends_without_text_is_a_failure_that_may_have_cost"))
def takes_an_empty_answer_for_a_whole_one(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.turn import Answer, AnswerState

    def make(end):
        def always_whole(answer, *given):
            end(answer, *given)
            answer.state, answer.failure = AnswerState.COMPLETE, None

        return always_whole

    wrap(patch, Answer, "end", make)


@breakage(
    *cases("no-end"),
    *tests("chat/test_chat", "a_ledger_is_stale_until_a_balance_is_read_and_after_an_answer_without_one"),
)
def does_not_read_the_balance_after_an_answer_that_states_none(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.ledger import Ledger

    wrap(
        patch,
        Ledger,
        "settle",
        lambda settle: lambda ledger, balance: None if balance is None else settle(ledger, balance),
    )


@breakage(
    *tests(
        "session/test_accounting",
        "of_a_comparison_with_a_failed_answer_the_balance_tells_what_that_one_cost",
        "what_a_failed_answer_cost_is_told_by_the_request_behind_it_if_nothing_was_read_between",
    )
)
def tells_nothing_of_requests_that_were_in_flight_together(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat import reckoning

    patch.setattr(reckoning, "costs_of", lambda rest, models: None)


@breakage(
    *tests(
        "session/test_accounting",
        "of_a_comparison_with_a_failed_answer_the_balance_tells_what_that_one_cost",
    )
)
def trusts_the_balance_that_a_comparison_states_last(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.reckoning import Interval

    def make(begin):
        return lambda interval, answer, **beside: begin(interval, answer, is_beside_others=False)

    wrap(patch, Interval, "begin", make)


# ------------------------------------------------------------------------------------------------- what a request carries


@breakage(*tests("chat/test_chat", "a_request_carries_answers_without_their_thoughts"))
def pays_for_thoughts_in_every_request_after_them(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat import conversation

    patch.setattr(conversation, "without_thoughts", lambda text: text)


@breakage(*tests("tui/test_cases", "every_turn_goes_along_in_order"))
def sends_no_answers_along(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.conversation import Conversation

    def make(context):
        return lambda *given, **more: (each for each in context(*given, **more) if each.role == "user")

    wrap(patch, Conversation, "_context", make)


@breakage(*tests("tui/test_cases", "the_part_of_an_interrupted_answer_goes_along_once"))
def leaves_broken_answers_out(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.conversation import Conversation
    from elumenta_tui.chat.turn import AnswerState

    def make(entries):
        return lambda *given, **more: (
            each
            for each in entries(*given, **more)
            if getattr(each.source, "state", None) is not AnswerState.INTERRUPTED
        )

    wrap(patch, Conversation, "_entries", make)


@breakage(*tests("tui/test_cases", "no_empty_answer_and_no_error_text_goes_along"))
def sends_empty_answers_along(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.context import Entry
    from elumenta_tui.chat.conversation import Conversation
    from elumenta_tui.chat.message import Message

    def entries(conversation, until=None):
        for turn in conversation.path():
            yield Entry(turn.message, turn)
            if turn is until:
                return
            if turn.chosen is not None and turn.chosen.over:
                yield Entry(Message.of("assistant", turn.chosen.text), turn.chosen)

    patch.setattr(Conversation, "_entries", entries)


# --------------------------------------------------------------------------------------------------- answers that were lost


@breakage(*tests("tui/test_asking", "a_lost_answer_is_known_by_id_or_model_prompt_and_time"))
def gives_a_turn_any_answer_of_the_history(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import retry

    patch.setattr(retry, "_matches", lambda answer, entry: bool(entry.text.strip()))


@breakage(
    *tests(
        "tui/test_asking",
        "of_several_answers_the_nearest_in_time_is_taken_and_no_other_turns",
        "an_answer_of_another_conversation_is_not_given_to_a_turn",
    )
)
def gives_a_turn_the_answer_of_another_one(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import retry

    wrap(patch, retry, "best_match", lambda match: lambda answer, entries, others: match(answer, entries, ()))


@breakage(*tests("tui/test_asking", "a_charge_that_comes_late_is_seen"))
def looks_at_the_balance_of_a_stopped_turn_once(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.ledger import Charge

    patch.setattr(Charge, "may_come_yet", property(lambda charge: False))


@breakage(*tests("tui/test_asking", "a_broken_answer_is_found_in_the_history_offered_and_completed_free"))
def does_not_offer_what_is_found_in_the_history(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.turn import Answer

    patch.setattr(Answer, "offer", lambda answer, found: None)

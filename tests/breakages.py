"""Every promise broken on purpose, once: `python -m tests.breakages [word …]`, or `make breakages`.

A test that cannot go red proves nothing. Each entry takes one behaviour out of a copy of the program, runs the tests that
stand for it, and expects every one of them to fail. The rows of the table of how a turn ends (rows 1 to 13), the promises P1
to P7, the cases on the wire and those on the machine are all in here; `test_breakages.py` sees to it that the cases are, and
that what is to be broken can still be found.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent

PATIENCE = 300.0
"""Seconds for the tests of one entry; what is broken may as well hang."""

Edit = tuple[str, str, str]
"""A file below `elumenta_tui`, the text in it that makes the promise true, and what stands there instead."""


@dataclass(frozen=True)
class Breakage:
    """One behaviour, taken out."""

    what: str
    """What the program does then."""
    edits: tuple[Edit, ...]
    """Several where the behaviour is secured twice."""
    reds: tuple[str, ...]
    """The tests that have to fail, as pytest names them; without brackets: any one of a parametrised test."""


def cases(*names: str) -> tuple[str, ...]:
    """The tests of cases on the wire."""
    return tuple(f"tests/test_cases.py::test_every_way_in_which_a_turn_can_end[{name}]" for name in names)


def tests(module: str, *names: str) -> tuple[str, ...]:
    """Tests of one module."""
    return tuple(f"tests/test_{module}.py::test_{name}" for name in names)


_STREAM = (
    Breakage(
        "takes only LF for the end of a line",
        (("api/sse.py", 'if b"\\r" in data:', "if not data:"),),
        cases("crlf", "cr", "crlf-split"),
    ),
    Breakage(
        "forgets the beginning of a line that comes in pieces",
        (("api/sse.py", "self._line += rest", "self._line[:] = rest"),),
        cases("utf8-split"),
    ),
    Breakage(
        "loses chunks that come together",
        (("api/body.py", 'taken = b"".join(more)', "taken = more[0]"),),
        cases("byte-chunks"),
    ),
    Breakage(
        "reads the bytes as Latin-1",
        (("api/sse.py", '.decode("utf-8", "replace")', '.decode("latin-1")'),),
        cases("utf8-split"),
    ),
    Breakage(
        "takes a byte order mark for a part of the first field",
        (("api/sse.py", "data = data.removeprefix(_BOM)", "data = data.removeprefix(b'')"),),
        cases("bom"),
    ),
    Breakage(
        "reads comments that look like data",
        (("api/sse.py", 'elif line.startswith(b"data:"):', 'elif line.lstrip(b": ").startswith(b"data:"):'),),
        cases("comments"),
    ),
    Breakage(
        "wants a blank after the colon",
        (("api/sse.py", 'line[6:] if line.startswith(b" ", 5) else line[5:]', "line[6:]"),),
        cases("no-space"),
    ),
    Breakage(
        "knows one line of data per event",
        (("api/sse.py", 'b"\\n".join(event)', "event[-1]"),),
        cases("multiline-data"),
    ),
    Breakage(
        "takes other fields for data",
        (("api/sse.py", 'elif line == b"data":\n                event.append(b"")', 'elif line:\n                event.append(line.partition(b":")[2])'),),
        cases("event-fields"),
    ),
    Breakage(
        "takes U+2028 for the end of a line",
        (("api/sse.py", 'lines = data.split(b"\\n")', 'lines = data.replace(b"\\xe2\\x80\\xa8", b"\\n").split(b"\\n")'),),
        cases("unicode-seps"),
    ),
    Breakage(
        "believes a wrong Content-Type (row 11)",
        (("api/client.py", 'if first == b"{":', 'if "json" in response.headers["Content-Type"]:'),),
        cases("ctype-json"),
    ),
    Breakage(
        "does not unpack what is packed, and shows what it can't unpack",
        (("api/body.py", 'if encoding in ("", "identity"):', "if encoding is not None:"),),
        cases("gzip", "br"),
    ),
    Breakage(
        "hands text over late",
        (("api/body.py", "_READ_INTERVAL = 0.05", "_READ_INTERVAL = 30.0"),),
        tests("cases", "drip_words_appear_while_they_come"),
    ),
    Breakage(
        "loses events when many come together",
        (("tui/generating.py", "self._events += events", "self._events = events"),),
        cases("tiny-100k", "long-40kb"),
    ),
    Breakage(
        "puts whatever a delta holds into the answer",
        (("api/events.py", "if isinstance(delta, str):\n            return cls(delta)", "if delta:\n            return cls(str(delta))"),),
        cases("delta-odd"),
    ),
    Breakage(
        "takes unknown events for text",
        (("api/events.py", "EVENTS.get(kind):", "EVENTS.get(kind, ContentDelta):"),),
        cases("types-unknown", "reasoning"),
    ),
    Breakage(
        "says nothing of what it could not read",
        (("api/events.py", "        turn.skip()", "        turn.begin(turn.generation_id, turn.served_by)"),),
        cases("bad-json-mid"),
    ),
    Breakage(
        "lets strangers' text through as it is",
        (("api/events.py", "sanitizer.feed(delta) if isinstance(delta, str) else redact(clean_json(delta))", "delta"),),
        cases("osc52", "esc-split", "c1", "bidi"),
    ),
    Breakage(
        "parses answers as markup",
        (("api/events.py", "turn.add(self.text)", "turn.add(__import__('rich.markup').markup.render(self.text).plain)"),),
        cases("markup"),
    ),
    Breakage(
        "judges every delta by itself",
        (("api/events.py", "data = _clean(_JSON.decode(text), sanitizer, redact)", "data = clean_json(_JSON.decode(text))"),),
        tests("api", "d1_a_character_cut_over_two_deltas_is_whole_however_the_answer_ends"),
    ),
    Breakage(
        "sends a lone surrogate as it is",
        (
            ("text/sanitize.py", 'encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")', "strip()"),
            ("text/sanitize.py", "passed, self._marks = _REPLACEMENT if character in _NO_CHARACTERS else character, 0", "passed = character"),
            ("api/client.py", '.encode("utf-8", "replace")', '.encode("utf-8")'),
        ),
        tests("cases", "d13_surrogate_the_next_request_survives_it"),
    ),
)  # fmt: skip

_ENDINGS = (
    Breakage(
        "waits for more than the end event (row 1)",
        (("api/events.py", "turn.end(self.tokens_used, self.balance_remaining)", "turn.cost = self.tokens_used"),),
        cases("end-then-open", "no-done"),
    ),
    Breakage(
        "lets what comes after the end spoil it (row 1)",
        (
            ("api/client.py", "                if ended:\n                    return\n", ""),
            ("chat.py", "if not self.over:\n            self.state = TurnState.INTERRUPTED", "if True:\n            self.state = TurnState.INTERRUPTED"),
            ("tui/app.py", "        if was_over:\n            return\n", ""),
        ),
        cases("end-then-reset"),
    ),
    Breakage(
        "takes [DONE] alone for a broken answer (row 2)",
        (("api/events.py", "    def apply(self, turn: Turn) -> None:\n        turn.end()", "    def apply(self, turn: Turn) -> None:\n        turn.fail(Failure('cut'))"),),
        cases("no-end"),
    ),
    Breakage(
        "reads on after [DONE]",
        (
            ("api/client.py", "                if over:\n                    break\n", ""),
            ("api/client.py", "            if over:\n                return\n", ""),
            ("api/client.py", "                elif ended:\n                    continue\n", ""),
            ("chat.py", "if not self.over and text:", "if text:"),
        ),
        cases("after-done"),
    ),
    Breakage(
        "complains of what comes after the end (row 1)",
        (
            ("api/client.py", "                elif ended:\n                    continue\n", ""),
            ("chat.py", "        if not self.over:\n            self.unreadable += 1", "        self.unreadable += 1"),
        ),
        cases("end-then-junk"),
    ),
    Breakage(
        "takes an empty answer for a whole one (row 3)",
        (("chat.py", "if self.has_text:\n            self.state = TurnState.COMPLETE", "if True:\n            self.state = TurnState.COMPLETE"),),
        cases("empty-answer"),
    ),
    Breakage(
        "does not know deltas",
        (("api/events.py", '    "content_delta": ContentDelta,\n', ""),),
        cases("ok"),
    ),
    Breakage(
        "does not know error events (rows 4 and 5)",
        (("api/events.py", '    "error": GenerationFailed,\n', ""),),
        cases("err-first", "err-mid"),
    ),
    Breakage(
        "forgets the text of an answer that broke (rows 4 and 6)",
        (("chat.py", "TurnState.INTERRUPTED if self.has_text else TurnState.FAILED", "TurnState.FAILED"),),
        cases("eof-clean", "eof-close", "rst-mid", "fin-in-chunk", "stall-forever", "err-mid"),
    ),
    Breakage(
        "takes the end of the body for the end of the answer (row 6)",
        (("api/client.py", "            raise StreamCut\n", "            yield [GenerationEnded('', None, None)]\n"),),
        cases("eof-clean", "eof-close"),
    ),
    Breakage(
        "takes a reset for the end of the answer (row 6)",
        (
            ("api/body.py", "        except NETWORK_ERRORS as exc:\n            raise typed_error(exc) from exc\n        return b\"\"", "        except NETWORK_ERRORS:\n            pass\n        return b\"\""),
            ("api/client.py", "            raise StreamCut\n", "            yield [GenerationEnded('', None, None)]\n"),
        ),
        cases("rst-mid", "fin-in-chunk"),
    ),
    Breakage(
        "waits for ever (row 6)",
        (("api/body.py", "async with time_limit(self.seconds_left) as left:", "async with time_limit(self.seconds_left + 3600) as left:"),),
        cases("stall-forever"),
    ),
    Breakage(
        "takes signs of life for text (row 6)",
        (("api/body.py", "self.seconds_left = max(0.0, left.left)", "self.seconds_left += 0.0"),),
        tests("cases", "d8_the_limit_counts_text_and_not_signs_of_life"),
    ),
    Breakage(
        "does not say how long nothing has come",
        (("tui/widgets/foot.py", "SILENCE = 3\n", "SILENCE = 3000\n"),),
        tests("cases", "d8_silent_12_shows_the_seconds_and_waits"),
    ),
    Breakage(
        "leaves the connection open after Esc (row 6)",
        (("tui/generating.py", "self._app.workers.cancel_group(self._app, _GROUP)", "self._app.workers"),),
        tests("cases", "d8_cancel_esc_works_at_every_moment_and_the_connection_is_closed"),
    ),
    Breakage(
        "sends again what may have been billed (rows 7, 10 and 12)",
        (("api/retry.py", "        case _:\n            return None\n", "        case _:\n            pass\n"),),
        cases("rst-before-head", "500", "502-html", "504", "520", "400", "html-200", "redir-307-other"),
    ),
    Breakage(
        "does not read the balance again after a stop (row 7)",
        (("tui/app.py", "if not may_be_mended and self.purse.stale and not self.access.offline:\n            self.read_account()", "if not may_be_mended and self.purse.stale and not self.access.offline:\n            self.show_standing()"),),
        tests("asking", "a_stop_is_not_looked_for_unasked_and_the_balance_is_read_twice"),
    ),
    Breakage(
        "gives up where nothing was sent (row 8)",
        (("api/retry.py", "            if spent > CONNECT_LIMIT:\n                return None", "            return None"),),
        tests("cases", "d9_net_refused_starts_offline_says_connection_and_keeps_the_prompt"),
    ),
    Breakage(
        "repeats for ever (row 9)",
        (("api/retry.py", "REPEATS = 3", "REPEATS = 30"),),
        cases("429-body", "429-header", "503"),
    ),
    Breakage(
        "does not wait as long as the service asks for (row 9)",
        (("api/retry.py", "pause = max(pause, error.retry_after or 0.0)", "pause = 0.0"),),
        cases("429-body", "429-header", "429-then-ok", "503"),
    ),
    Breakage(
        "does not read the Retry-After header (row 9)",
        (("api/errors.py", "*([] if header is None else [header])", "*([] if header is None else [])"),),
        cases("429-header"),
    ),
    Breakage(
        "waits for ten days (row 9)",
        (("api/retry.py", "LONGEST_WAIT = 60.0", "LONGEST_WAIT = 1e9"),),
        cases("429-absurd"),
    ),
    Breakage(
        "repeats after a guess (row 9)",
        (("api/retry.py", "            if error.retry_after is None:\n                return None", "            pass"),),
        cases("429-junk"),
    ),
    Breakage(
        "takes a gateway's page for the service's word (row 9)",
        (("api/retry.py", "            if error.charge is not Charge.NOT_CHARGED:\n                return None", "            pass"),),
        cases("503-html"),
    ),
    Breakage(
        "hides the countdown (row 9)",
        (("tui/widgets/foot.py", "if not turn.over and turn.hold is not None:", "if not turn.over and turn.hold is not None and False:"),),
        tests("asking", "a_wait_is_counted_down_and_then_the_answer_comes"),
    ),
    Breakage(
        "loses the prompt of a refused request (row 10)",
        (("tui/app.py", "turn.given_back = self.prompt.give_back(turn.prompt)", "turn.given_back = False"),),
        cases("401", "402", "403", "404", "429-body", "500", "503"),
    ),
    Breakage(
        "does not tell one refusal from another (row 10)",
        (("api/errors.py", 'kind = code or _BY_STATUS.get(status, "http_error")', 'kind = "http_error"'),),
        cases("401", "402", "403", "404"),
    ),
    Breakage(
        "keeps the service's words to itself (rows 5 and 10)",
        (("api/events.py", "if isinstance(words, str) and words.strip():", "if isinstance(words, bytes):"),),
        cases("400", "422", "err-first", "err-mid", "json-failed"),
    ),
    Breakage(
        "knows one shape of JSON answers, not the other (row 11)",
        (("api/answers.py", '"content", "result_text", "result_url", "url"', '"result_text", "result_url", "url"'),),
        cases("json-a"),
    ),
    Breakage(
        "knows the other shape of JSON answers, not the one (row 11)",
        (("api/answers.py", '"content", "result_text", "result_url", "url"', '"content", "result_url", "url"'),),
        cases("json-b"),
    ),
    Breakage(
        "takes a failed generation for an answer (row 11)",
        (
            ("api/answers.py", 'frozenset({"failed", "error", "cancelled", "canceled"})', 'frozenset({"error"})'),
            ("api/answers.py", 'if data.get("error") or data.get("type") == "error":', 'if data.get("type") == "error":'),
        ),
        cases("json-failed"),
    ),
    Breakage(
        "does not fetch what is pending (row 11)",
        (("api/retry.py", "            pending = error\n            break\n", "            raise\n"),),
        cases("json-pending"),
    ),
    Breakage(
        "posts again what is pending (row 11)",
        (("api/retry.py", "            pending = error\n            break\n", "            continue\n"),),
        (*cases("json-pending"), *tests("asking", "d4_a_pending_answer_is_fetched_by_its_id_and_never_asked_for_again")),
    ),
    Breakage(
        "takes anything for an answer (row 12)",
        (
            ("api/client.py", 'if first == b"<":', "if not first:"),
            ("api/client.py", 'if not anything and "event-stream" not in', 'if anything and "event-stream" in'),
            ("api/client.py", "            raise StreamCut\n", "            yield [ContentDelta(data.decode() or 'ZQX'), GenerationEnded('', None, None)]\n"),
        ),
        cases("html-200", "text-200"),
    ),
    Breakage(
        "takes an empty object for an answer (row 12)",
        (("api/answers.py", "        raise Pending(started.id, status=status, progress=_progress(data))\n    raise NotAnAnswer(status=status)", "        raise Pending(started.id, status=status, progress=_progress(data))\n    return [ContentDelta('{}'), GenerationEnded('', None, None)]"),),
        cases("empty-object-200"),
    ),
    Breakage(
        "says that an empty response was cut (row 12)",
        (
            ("api/client.py", 'raise NotAnAnswer("the answer is empty", status=response.status_code)\n                opening', "raise StreamCut\n                opening"),
            ("api/client.py", "and response.status_code not in (204, 205)", "and response.status_code"),
        ),
        cases("204"),
    ),
    Breakage(
        "follows redirects (row 13)",
        (
            ("api/client.py", "follow_redirects=False", "follow_redirects=True"),
            ("api/client.py", "if 300 <= response.status_code < 400:", "if 300 <= response.status_code < 300:"),
        ),
        (*cases("redir-307-other"), *tests("cases", "d10_neither_key_nor_prompt_goes_where_a_redirect_points")),
    ),
)  # fmt: skip

_MONEY = (
    Breakage(
        "throws away an answer that came while the process was stopped",
        (("api/time_limit.py", "if passed > self._step + LATE:", "if False:"),),
        tests("api", "time_in_which_the_process_was_stopped_is_not_counted"),
    ),
    Breakage(
        "gives a turn the answer of another conversation",
        (("tui/aftermath.py", "return (stored | shown) - ", "return shown - "),),
        tests("asking", "an_answer_of_another_conversation_is_not_given_to_a_turn"),
    ),
    Breakage(
        "gives a turn without a word any answer to its prompt",
        (("api/retry.py", "if not turn.has_text:", "if False:"),),
        tests("asking", "a_lost_answer_is_known_by_id_or_model_prompt_and_time"),
    ),
    Breakage(
        "looks at the balance of a stopped turn once",
        (("api/retry.py", "if number and not in_history and not turn.may_be_charged_yet:", "if number and not in_history:"),),
        tests("asking", "a_charge_that_comes_late_is_seen"),
    ),
    Breakage(
        "takes no negative balance",
        (("chat.py", "return value if abs(value) < 10**15 else None", "return value if 0 <= value < 10**15 else None"),),
        cases("endbal-neg"),
    ),
    Breakage(
        "takes no number in quotes",
        (("chat.py", 'value = float(value) if "." in value else int(value)', "return None"),),
        tests("cases", "d18_a_balance_of_any_type_is_shown_or_unknown_and_never_0"),
    ),
    Breakage(
        "calculates with text",
        (("chat.py", 'value = float(value) if "." in value else int(value)', "return value"),),
        cases("endbal-str"),
    ),
    Breakage(
        "shows 0 where nothing is known",
        (("api/events.py", 'amount(data.get("balance_remaining")),', 'amount(data.get("balance_remaining")) or 0,'),),
        cases("endbal-null", "ok-ids-int"),
    ),
    Breakage(
        "shows a balance of 0 where none was stated",
        (("chat.py", '            amount(data.get("token_balance")), _text(data.get("plan"))', '            amount(data.get("token_balance")) or 0, _text(data.get("plan"))'),),
        tests("cases", "d18_a_balance_of_any_type_is_shown_or_unknown_and_never_0"),
    ),
    Breakage(
        "does not read the balance after [DONE] alone (row 2)",
        (("tui/app.py", "        elif not free:\n            self.purse.settle(None)\n", ""),),
        cases("no-end", "json-b"),
    ),
    Breakage(
        "does not offer what is found in the history",
        (("chat.py", "        if self.is_doubtful:\n            self.found = found", "        if self.over:\n            self.found = None"),),
        tests("asking", "a_broken_answer_is_found_in_the_history_offered_and_completed_free"),
    ),
    Breakage(
        "takes any answer of the history",
        (("api/retry.py", "if not _same_beginning(turn.text, entry.text) or not _same_prompt(turn.prompt, entry.prompt):", "if not entry.text:"),),
        tests("asking", "a_lost_answer_is_known_by_id_or_model_prompt_and_time"),
    ),
    Breakage(
        "sends twice for two presses",
        (("tui/app.py", "        if self.conversation.current is not None:\n            self.prompt.put_back(text)\n            self.say_busy()\n            return\n        if self.access.account", "        for last in self.conversation.turns[-1:]:\n            last.fail(Failure('stopped'))\n        if self.access.account"),
         ("tui/app.py", "self.prompt.accepting = current is None", "self.prompt.accepting = True")),
        tests("cases", "d7_slow_ok_double_enter_is_one_request"),
    ),
    Breakage(
        "sends again for a second press in the moment of a failure",
        (("tui/app.py", "return self.clock() - last.ended_at < self.reaction", "return False"),),
        tests("asking", "d7_a_second_press_in_the_same_moment_is_not_a_second_request"),
    ),
)  # fmt: skip

_CONTEXT = (
    Breakage(
        "sends no answers along",
        (("chat.py", '                yield {"role": "assistant", "content": without_thoughts(turn.text)}\n', ""),),
        tests("cases", "d13_hist_full_every_turn_goes_along_in_order"),
    ),
    Breakage(
        "leaves broken answers out",
        (("chat.py", '            if turn.has_text:\n                yield {"role": "user"', '            if turn.state is TurnState.COMPLETE:\n                yield {"role": "user"'),),
        tests("cases", "d13_hist_after_interrupt_the_part_goes_along_once"),
    ),
    Breakage(
        "sends empty answers along",
        (("chat.py", '            if turn.has_text:\n                yield {"role": "user"', '            if turn.over:\n                yield {"role": "user"'),),
        tests("cases", "d13_hist_after_failed_no_empty_answer_and_no_error_text_goes_along"),
    ),
)  # fmt: skip

_ACCOUNT = (
    Breakage(
        "knows no bare list of models",
        (("api/client.py", "    if isinstance(data, list):\n        return data\n    if isinstance(data, Mapping) and depth:", "    if isinstance(data, list) and depth < 3:\n        return data\n    if isinstance(data, Mapping) and depth:"),),
        tests("cases", "d18_models_come_in_any_envelope[models-array]"),
    ),
    *(
        Breakage(
            f"does not know the envelope {name}",
            (("api/client.py", '("items", "models", "data")', repr(tuple(other for other in ("items", "models", "data") if other != name))),),
            tests("cases", f"d18_models_come_in_any_envelope[models-{name}]"),
        )
        for name in ("items", "models", "data")
    ),
    Breakage(
        "believes an empty list of models",
        (("tui/app.py", "if news.models:", "if news.models is not None:"),
         ("tui/app.py", "self.model = find_model(self.models, self.model.slug)\n            self._reprice()", "self.model = self.models[0]\n            self._reprice()")),
        tests("cases", "d18_without_a_list_of_models_the_chat_works"),
    ),
    Breakage(
        "shows models without a slug",
        (("chat.py", "if not slug:\n            return None", "if slug is data:\n            return None"),),
        tests("cases", "d18_models_missing_fields_of_any_type_never_crash"),
    ),
    Breakage(
        "does not let anybody chat before the balance is there",
        (("tui/app.py", "        if self.access.account is None:\n            self.prompt.put_back(text)\n            self.access.ask_for_key()", "        if self.access.account is None or self.purse.tokens is None:\n            self.prompt.put_back(text)\n            self.access.ask_for_key()"),),
        tests("cases", "d18_looking_at_the_account_never_keeps_anybody_from_chatting"),
    ),
    Breakage(
        "trusts any certificate",
        (("api/client.py", "context = trust() if secure else", "context = ssl._create_unverified_context() if secure else"),),
        tests("cases", "d10_tls_untrusted_says_certificate_and_sends_nothing"),
    ),
    Breakage(
        "waits for error bodies that never end",
        (("api/client.py", "_ERROR_BYTES, _ERROR_SECONDS = 64 * 1024, 5.0", "_ERROR_BYTES, _ERROR_SECONDS = 1 << 40, 1e6"),),
        tests("cases", "d9_an_error_body_without_an_end_is_not_waited_for"),
    ),
    Breakage(
        "takes a key as it was typed",
        (("text/key.py", "    before = None\n    while text != before:", "    before = text\n    while text != before:"),),
        tests("key", "d11_what_copying_brings_along_is_taken_off_a_key"),
    ),
    Breakage(
        "opens any link",
        (("terminal/browser.py", 'r"(https?)://', 'r"([a-z]+)://'),),
        tests("links", "d3_no_link_of_a_hostile_answer_opens_anything_but_the_web"),
    ),
    Breakage(
        "parses notices as markup",
        (("tui/widgets/notice.py", "Content.styled(self._shown.text, ", "Content.from_markup(self._shown.text, style="),),
        tests("markup", "d2_no_source_has_text_read_as_markup"),
    ),
)  # fmt: skip

_PROMISES = (
    Breakage(
        "saves an answer when it is there (P1)",
        (("session/autosave.py", "SAVE_EVERY = 0.5", "SAVE_EVERY = 3600.0"),),
        (*tests("keeping", "p1_what_streams_is_on_the_disk_half_a_second_later"),
         *tests("terminal_storage", "p1_whatever_was_on_the_screen_for_a_second_survives_twenty_kills")),
    ),
    Breakage(
        "sends before the prompt is on the disk (P2)",
        (("tui/generating.py", "        await app.session.autosave.stored(turn)\n", ""),),
        tests("keeping", "p2_a_prompt_is_on_the_disk_before_its_request_leaves"),
    ),
    Breakage(
        "does not mark what a crash has cut (P3)",
        (("store/writer.py", "cut = recovery.mark_cut(connection, self.is_alive)", "cut = recovery.mark_cut(connection, lambda _: True)"),
         ("store/reading.py", "return record.ended(state, ELSEWHERE if alive else CRASHED)", "return record.changed(state=TurnState.COMPLETE.value)")),
        (*tests("keeping", "p3_after_a_crash_the_next_start_shows_what_was_cut_and_what_can_be_done"),
         *tests("terminal_storage", "p3_after_a_kill_the_next_start_shows_the_cut_answer_and_a_script_can_read_it")),
    ),
    Breakage(
        "throws away what a full disk does not take (P4)",
        (("store/writer.py", "                self._pending.put_back(batch)\n", ""),),
        (*tests("store_life", "p4_a_full_disk_is_told_and_everything_is_saved_once_there_is_space"),
         *tests("terminal_storage", "p4_a_disk_that_is_full_is_on_the_screen_and_saved_when_there_is_space")),
    ),
    Breakage(
        "says nothing of a full disk (P4)",
        (("store/writer.py", "            self._tell(NotSaving(trouble.trouble, trouble.detail))\n", "            pass\n"),),
        tests("keeping", "p4_a_full_disk_is_on_the_screen_and_the_chat_goes_on"),
    ),
    Breakage(
        "throws a damaged database away (P5)",
        (("store/database.py", "    path.rename(aside)\n", "    path.unlink()\n"),),
        tests("store_life", "p5_a_file_that_can_not_be_used_is_kept_aside_byte_for_byte"),
    ),
    Breakage(
        "takes a newer database for its own (P5)",
        (("store/database.py", "if version > schema.current():", "if version > 10**6:"),),
        tests("store_life", "p5_a_newer_database_is_not_touched_and_nothing_is_lost_meanwhile"),
    ),
    Breakage(
        "writes a conversation as its own window has it (P6)",
        (("store/writing.py", "    number = put_turn(connection, change.turn, program)\n", "    connection.execute('DELETE FROM turn WHERE program <> ?', (program,))\n    number = put_turn(connection, change.turn, program)\n"),),
        (*tests("store_life", "p6_two_programs_never_lose_each_others_turns"),
         *tests("terminal_storage", "p6_two_programs_at_once_store_all_of_both")),
    ),
    Breakage(
        "sorts by the clock (P7)",
        (("store/reading.py", '" ORDER BY number",', '" ORDER BY asked_on",'),),
        tests("store", "p7_order_follows_insertion_and_not_the_clock"),
    ),
)  # fmt: skip

_MACHINE = (
    Breakage(
        "starts without a terminal (no-tty-in)",
        (("__main__.py", "if not (_is_terminal(sys.stdin) and _is_terminal(sys.__stderr__)):", "if not sys.argv:"),),
        tests("main", "without_a_terminal_it_says_so_and_ends_with_2"),
    ),
    Breakage(
        "leaves its files open to all (perms)",
        (("store/migration.py", "handle, name = tempfile.mkstemp(dir=path.parent, prefix=f\".{path.name}.\")", "name = str(path.parent / f'.{path.name}.x')\n    handle = os.open(name, os.O_CREAT | os.O_RDWR, 0o644)"),
         ("store/database.py", "part.mkdir(mode=0o700, exist_ok=True)", "part.mkdir(exist_ok=True)"),
         ("store/database.py", "if stat.S_IMODE(directory.stat().st_mode) & 0o077:", "if not directory:")),
        tests("keeping", "every_file_is_for_its_owner_only"),
    ),
    Breakage(
        "has the terminal move a row too many",
        (("terminal/canvas.py", '"\\n" * self.up', '"\\n" * (self.up + 1)'),),
        (*tests("canvas", "rows_that_move_are_moved_by_the_terminal"),
         *tests("terminal_driver", "frames_that_bring_only_what_is_new_leave_a_whole_screen")),
    ),
    Breakage(
        "dies of SIGTERM (sigterm, sighup)",
        (("__main__.py", "        with Signals(app, save=app.end_saving) as signals:\n", "        signals = Signals(app)\n        if True:\n"),),
        tests("ending", "d15_a_signal_restores_the_terminal_and_ends_with_its_code"),
    ),
    Breakage(
        "looks for the key in deltas only",
        (("api/events.py", "return redact(clean_json(data))", "return clean_json(data)"),),
        tests("key", "d11_a_key_is_hidden_in_every_field_of_every_event"),
    ),
    Breakage(
        "quotes headers as they are",
        (("api/client.py", "error.redact(self._redact)", "pass"),),
        tests("key", "d11_a_key_in_a_header_is_hidden_however_it_is_written"),
    ),
    Breakage(
        "gives a shell more of an address than letters",
        (("terminal/browser.py", '_NOT_ENCODED = "%/:@+,=-._~"', """_NOT_ENCODED = "%/?#[]@!$&'()*+,;=:-._~" """),),
        tests("links", "d3_an_address_is_taken_apart_as_a_browser_does", "a_browser_gets_the_address_and_not_the_key"),
    ),
    Breakage(
        "keeps an event that has no end",
        (("api/sse.py", "LONGEST_EVENT = 16 * 1024 * 1024", "LONGEST_EVENT = 1 << 60"),),
        tests("api", "an_event_without_an_end_is_given_up_before_it_fills_the_memory"),
    ),
    Breakage(
        "writes down the secrets of its connections",
        (("api/environment.py", "context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)", "context = ssl.create_default_context()"),),
        tests("api_environment", "d11_the_secrets_of_a_connection_are_never_written_down"),
    ),
    Breakage(
        "shows the balance of an account that was left",
        (("tui/app.py", "if news.account is not None and news.account is not self.access.account:", "if False:"),),
        tests("asking", "the_balance_of_an_account_that_was_left_is_not_shown"),
    ),
    Breakage(
        "runs what others have written into the configuration",
        (("__main__.py", "        check_ownership(config_path)\n", ""),),
        tests("main", "d11_nothing_is_run_or_read_from_a_file_that_others_can_change"),
    ),
    Breakage(
        "gives the key away in a crash report (key-leak-scan)",
        (("process/crash.py", "redact_key(clean_line(text.partition(\"\\n\")[0], _CLEANED), key)", "text"),),
        tests("crash", "a_message_keeps_what_is_not_quoted_and_no_key"),
    ),
    Breakage(
        "takes a title for a file name (export-name)",
        (("transfer/export.py", '_FORBIDDEN.sub(" ", stem)', "stem"),),
        tests("export", "d20_whatever_the_title_the_name_stays_in_its_directory_and_is_short_enough"),
    ),
)  # fmt: skip

_KEYS = (
    Breakage(
        "leaves a dialog twice when its key comes twice in one read",
        (
            (
                "tui/widgets/dialog.py",
                "self.is_left or is_exiting(self.app) or self.app.screen is not self",
                "False",
            ),
            ("tui/widgets/dialog.py", "        self.is_left = True\n", ""),
        ),
        tests("dialog_keys", "keys_may_come_together_in_one_read"),
    ),
    Breakage(
        "opens what is highlighted before what was typed has been looked for",
        (("tui/screens/finder.py", "not self._is_stale and self._found_ways == self.ways", "True"),),
        tests("dialog_keys", "enter_opens_the_conversation_that_the_field_asks_for_however_fast"),
    ),
    Breakage(
        "takes an Enter right behind a paste for the user's",
        (("terminal/keystream.py", 'if "guard" in self._timers or is_tail', "if is_tail"),),
        tests("keystream", "no_paste_holds_a_key_whatever_is_in_it_and_wherever_it_is_cut"),
    ),
    Breakage(
        "sends a paste that is not with_backslashes and comes in pieces",
        (("terminal/keystream.py", 'self._wait("burst", BURST)', "self._release()"),),
        tests("keystream", "a_paste_that_comes_byte_by_byte_holds_no_key"),
    ),
    Breakage(
        "waits for ever for the end of a paste",
        (("terminal/keystream.py", 'if "paste" in due:', "if False:"),),
        tests("keystream", "a_paste_without_an_end_is_one_after_a_second_and_keys_work"),
    ),
    Breakage(
        "stops an answer for an Esc whose rest comes late",
        (("tui/presses.py", "self._next_is_unsettled = True", "self._next_is_unsettled = False"),),
        tests("presses", "a_sequence_that_is_cut_stops_nothing_sends_nothing_and_leaves_nothing"),
    ),
    Breakage(
        "sends again and again while Enter is held down",
        (
            ("tui/presses.py", "        if self._repeats:\n", "        if False:\n"),
            ("tui/presses.py", "elif self._gap < self.first_repeat:", "elif False:"),
        ),
        tests("presses", "enter_held_down_sends_once_to_a_service_that_breaks_off"),
    ),
    Breakage(
        "sends a command that goes on over several lines",
        (
            (
                "tui/actions.py",
                "return None if known is None else Command(",
                "return None if True else Command(",
            ),
        ),
        tests("presses", "a_command_that_goes_on_over_several_lines_is_refused_and_kept"),
    ),
)


_PROMPT = (
    Breakage(
        "loses what was saved in the editor where it does not fit into the prompt",
        (("tui/editor.py", "keeps_file = code == 0 and not await _take(app, path, before)", "await _take(app, path, before)\n        keeps_file = False"),),
        tests("editor", "what_does_not_fit_into_the_prompt_is_kept_in_its_file"),
    ),
    Breakage(
        "gives the editor the key",
        (("tui/editor.py", "environ = environ_for_children(os.environ)", 'environ = {**os.environ, "ELUMENTA_API_KEY": app.keychain.key}'),),
        tests("editor", "the_draft_goes_to_the_editor_in_private_and_comes_back_while_the_answer_goes_on"),
    ),
    Breakage(
        "ends with the editor that Ctrl+C interrupts",
        (("terminal/foreground.py", "process_group=0", "process_group=None"),),
        tests("editor", "an_editor_that_fails_or_is_interrupted_leaves_the_draft_as_it_was"),
    ),
    Breakage(
        "glues the next question to a prompt that was given back",
        (("tui/widgets/prompt.py", "self.selection = self._given_back = Selection((0, 0), self.document.end)", "pass"),),
        tests("prompt", "what_is_typed_next_replaces_a_prompt_that_was_given_back_and_loses_nothing",
              "a_paste_replaces_a_prompt_that_was_given_back"),
    ),
    Breakage(
        "stops the answer where Esc should only put the list of suggestions away",
        (("tui/app.py", "        if self.prompt.close_suggestions():\n            return\n", ""),),
        tests("suggestions", "escape_closes_the_list_and_only_a_second_one_stops_the_answer"),
    ),
)  # fmt: skip

_ENDS = (
    Breakage(
        "goes on computing after a signal",
        (("process/signals.py", "signal.setitimer(signal.ITIMER_REAL, GRACE)", "pass"),),
        tests("ending", "d15_a_program_that_hangs_ends_all_the_same[compute]"),
    ),
    Breakage(
        "loses what was typed when it is ended by force",
        (("process/signals.py", "saving.start()\n            saving.join(LAST_SAVE)", "pass"),),
        tests("ending", "d15_a_program_that_hangs_ends_all_the_same[sleep]"),
    ),
    Breakage(
        "waits for a name server before it ends",
        (("tui/app.py", "        loop.set_default_executor(DaemonExecutor())\n", ""),
         ("tui/app.py", "        self.hurry(code)\n", "")),
        tests("ending", "leaving_does_not_wait_for_a_name_server"),
    ),
    Breakage(
        "opens again by itself what it died with",
        (("tui/library.py", "if await self._tell_of_stuck(news.stuck, demo=demo):", "if not self:"),),
        tests("opening", "what_a_program_died_with_is_not_opened_by_itself_and_is_plain_text_then"),
    ),
    Breakage(
        "lays out again what it died with",
        (("tui/library.py", "plain=stored.conversation.id in self._stuck", "plain=False"),),
        tests("opening", "what_a_program_died_with_is_not_opened_by_itself_and_is_plain_text_then"),
    ),
    Breakage(
        "sends what is submitted while a conversation is opened into another one",
        (("tui/app.py", 'if "library" in self.__dict__ and self.library.is_opening:', "if not self:"),),
        tests("opening", "enter_while_a_conversation_is_opened_sends_into_it"),
    ),
    Breakage(
        "drops what is typed while a conversation is opened",
        (("tui/library.py", "self._app.prompt.fill(together(stored.draft, typed))", "self._app.prompt.fill(stored.draft)"),),
        tests("opening", "what_is_typed_while_a_conversation_is_opened_belongs_to_it"),
    ),
    Breakage(
        "opens the library in an assertion",
        (("tui/app.py", "        _ = self.library\n", "        assert self.library\n"),),
        tests("asserts", "an_assertion_does_nothing_but_narrow_a_type",
              "without_assertions_the_conversations_are_opened_all_the_same"),
    ),
)  # fmt: skip

_TIME = (
    Breakage(
        "lets a lexer compute for as long as it likes",
        (("markdown/lexer_budget.py", "within(left / 2 + free,", "within(left / 2 + free + 5,"),),
        tests("rendering_patience", "a_fence_that_would_take_years_is_plain_after_a_moment"),
    ),
    Breakage(
        "asks a lexer again that took too long again and again",
        (("markdown/lexer_budget.py", "if _strikes[kind] >= STRIKES:", "if not kind:"),),
        tests("rendering_patience", "a_language_that_took_too_long_three_times_is_not_tried_again"),
    ),
    Breakage(
        "loads all lexers that an answer names, at once",
        (("markdown/highlight.py", "if not lexer_budget.may_load():", "if not name:"),),
        tests("rendering_patience", "all_languages_at_once_are_not_loaded_at_once"),
    ),
    Breakage(
        "interrupts what runs when an object goes",
        (("markdown/deadline.py", 'frame.f_code.co_name == "__del__"', "not frame"),),
        tests("rendering_patience", "a_finalizer_is_not_interrupted"),
    ),
    Breakage(
        "repeats long headers for every short row of a table",
        (("markdown/table.py", "if self._spare < 0:", "if not self._header:"),),
        tests("bounds", "a_table_whose_headers_are_much_longer_than_its_rows_goes_on_as_text"),
    ),
    Breakage(
        "carries ever more open marks from piece to piece of a paragraph",
        (("markdown/paragraph.py", "if len(parsed.open_marks) > self.CARRIED:", "if not style:"),),
        ("tests/test_bounds.py::test_no_feed_of_a_bomb_stops_the_keys[stars]",),
    ),
)  # fmt: skip

_TEXT = (
    Breakage(
        "shows no definition that nothing uses",
        (("markdown/paragraph.py", "found: list[Block] = list(self.definitions(margin))", "found: list[Block] = []"),),
        tests("rendering", "definitions_that_nothing_uses_are_shown_as_they_are_written"),
    ),
    Breakage(
        "runs the lines of a paragraph into one",
        (("markdown/inline.py", '" " if self.join_lines else "\\n"', '" "'),),
        tests("rendering", "the_lines_of_a_paragraph_stay_lines"),
    ),
    Breakage(
        "leaves the titles of links out",
        (("markdown/inline.py", "        if title:\n", "        if not title:\n"),),
        tests("rendering_written", "titles_of_links_and_all_that_stands_after_a_fence_are_shown"),
    ),
    Breakage(
        "pays for thoughts in every request after them",
        (("chat.py", '"content": without_thoughts(turn.text)', '"content": turn.text'),),
        tests("chat", "a_request_carries_answers_without_their_thoughts"),
    ),
)  # fmt: skip


_DISK = (
    Breakage(
        "deletes the file that a stranger's row names",
        (("store/writer.py", "if is_id(program) else None", "if program else None"),
         ("store/locks.py", "and not found.st_size", "")),
        tests("store_strangers", "a_program_in_the_database_with_another_files_name_deletes_and_makes_no_file"),
    ),
    Breakage(
        "loses an answer for a damaged index",
        (
            ("store/index.py", "if not (connection.in_transaction and is_of_index(error)):", "if True:"),
            ("store/index.py", "code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR) or ", "True or "),
        ),
        tests("store_index", "a_damaged_index_costs_no_answer_and_is_made_anew"),
    ),
    Breakage(
        "lets a stranger's statements run for ever",
        (("store/guarded.py", "thread_time() > connection._until", "False"),),
        tests("store_strangers", "no_statement_runs_for_ever"),
    ),
    Breakage(
        "uses a stranger's triggers",
        (("store/database.py", "raise Foreign(foreign)", "pass"),),
        tests("store_strangers", "a_database_with_what_is_not_ours_is_set_aside_told_and_its_conversations_are_copied"),
    ),
    Breakage(
        "ends without writing what was put just before",
        (("store/writer.py", "is_done = self._trouble is not None or not self._pending", "is_done = True"),),
        ("tests/test_store_index.py::test_what_is_put_while_the_end_is_prepared_is_written",),
    ),
    Breakage(
        "exports without the log that it can't open",
        (("store/reading.py", "if has_log(path):", "if False:"),),
        tests("store_life", "an_export_from_a_read_only_directory_has_all_that_was_saved[left1]"),
    ),
    Breakage(
        "exports live HTML",
        (("transfer/quoting.py", "for pattern in (_LIVE, _BACKTICK)", "for pattern in (_BACKTICK,)"),),
        tests("export", "only_what_would_come_alive_is_escaped_and_code_can_be_copied", "d20_no_text_can_pass_for_a_turn_of_its_own"),
    ),
    Breakage(
        "brings back the title of what was deleted in another window",
        (("store/writing.py", '"" if is_deleted(connection, conversation.id) else clean_line', "clean_line"),),
        tests("store_life", "what_another_window_deleted_does_not_come_back_but_what_is_written_then_is_kept"),
    ),
)  # fmt: skip

_LOOKS = (
    Breakage(
        "does not say what an older broken turn has cost",
        (
            (
                "tui/widgets/foot.py",
                'facts = [say(f"state.{state}"), self._charge().rstrip(".")]',
                'facts = [say(f"state.{state}")]',
            ),
        ),
        tests("looks", "a_broken_turn_makes_offers_as_the_last_one_and_is_one_row_after_that"),
    ),
    Breakage(
        "hides the rest of a long prompt for good",
        (("tui/widgets/transcript.py", "self._search is not None or self._cursor == (section, 0)", "False"),),
        tests(
            "looks",
            "a_long_prompt_is_folded_until_the_cursor_is_on_it",
            "what_is_looked_for_is_found_in_the_folded_part_of_a_prompt",
        ),
    ),
    Breakage(
        "copies the name of the language with the code",
        (("tui/widgets/transcript.py", "row.strip.cell_length - row.edge", "row.strip.cell_length"),),
        tests("looks", "the_language_of_code_is_at_the_right_edge_and_no_part_of_what_is_copied"),
    ),
    Breakage(
        "keeps the colours of the theme before",
        (
            (
                "tui/widgets/transcript.py",
                "        self._is_restyled = False\n        if self.is_attached",
                "        if self.is_attached",
            ),
        ),
        tests("themes", "every_theme_after_every_other_looks_as_if_it_had_always_been_there"),
    ),
)

_LAYOUT = (
    Breakage(
        "layout: takes a model that is not on the screen",
        (
            (
                "tui/widgets/row_list.py",
                "self._top = max(0, min(top, len(self._items) - height))",
                "self._top = 0",
            ),
        ),
        tests("dialogs", "every_model_is_on_the_screen_while_it_is_selected[size1]"),
    ),
    Breakage(
        "layout: lets a long prompt push the frame off the bottom",
        (("tui/widgets/prompt.py", "self.styles.max_height = max(3, screen_rows * 2 // 5)", "pass"),),
        tests("layout", "a_long_prompt_in_a_new_conversation_leaves_the_frame_at_the_bottom[size1]"),
    ),
    Breakage(
        "layout: drops a lasting notice for a passing one",
        (("tui/widgets/notice.py", "self._waiting.append(shown)", "pass"),),
        tests("notices", "a_lasting_notice_comes_back_behind_a_passing_one"),
    ),
    Breakage(
        "layout: shows only the beginning of a long notice",
        (("tui/widgets/notice.py", "self._part += 1", "self._go_on()"),),
        tests("notices", "a_long_notice_takes_three_rows_at_most_and_is_shown_to_its_end[size2]"),
    ),
    Breakage(
        "layout: leaves its title on the window",
        (("terminal/driver.py", '(_RESTORE_TITLE if self._title else "")', '""'),),
        tests("terminal_driver", "the_window_is_named_after_the_conversation_and_gets_its_name_back"),
    ),
)

BREAKAGES: tuple[Breakage, ...] = (
    *_STREAM, *_ENDINGS, *_MONEY, *_CONTEXT, *_ACCOUNT, *_PROMISES, *_MACHINE, *_ENDS, *_TIME, *_KEYS, *_PROMPT, *_TEXT, *_DISK,
    *_LOOKS,
    *_LAYOUT,
)  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------- trying


def edited(source: str, old: str, new: str) -> str:
    """The source with the one place changed; ValueError if there is none, or more than one."""
    if source.count(old) != 1:
        raise ValueError(f"{source.count(old)} places, not one: {old!r}")
    return source.replace(old, new)


def missing(breakage: Breakage, package: Path = ROOT / "elumenta_tui") -> list[str]:
    """What can't be broken any more, because the program is written in other words now."""
    found = []
    for file, old, new in breakage.edits:
        try:
            edited((package / file).read_text(encoding="utf-8"), old, new)
        except ValueError as problem:
            found.append(f"{file}: {problem}")
    return found


def still_green(breakage: Breakage) -> list[str]:
    """The tests that do not notice what is broken."""
    with tempfile.TemporaryDirectory(prefix="broken-") as directory:
        copy = Path(directory)
        for name in ("elumenta_tui", "tests", "themes"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile"):
            shutil.copy(ROOT / name, copy)
        for file, old, new in breakage.edits:
            path = copy / "elumenta_tui" / file
            path.write_text(edited(path.read_text(encoding="utf-8"), old, new), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-rfE",
            "--tb=no",
            *breakage.reds,
        ]
        try:
            done = subprocess.run(
                command,
                cwd=copy,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(copy)},
                capture_output=True,
                text=True,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            # It waits for what never comes: that is noticed, too.
            return []
    red = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    if done.returncode != 1:
        return [f"pytest ended with {done.returncode}: {done.stdout[-300:]}{done.stderr[-300:]}"]
    return [test for test in breakage.reds if not any(_is_of(each, test) for each in red)]


def _is_of(red: str, test: str) -> bool:
    return red == test or red.startswith(f"{test}[")


def main(words: Iterable[str]) -> int:
    """Try them, or those that have one of the words in their name; how many were not noticed."""
    wanted = [each for each in BREAKAGES if not words or any(word in each.what for word in words)]
    unnoticed = 0
    for number, breakage in enumerate(wanted, 1):
        green = still_green(breakage)
        unnoticed += bool(green)
        sys.stdout.write(f"{number:3} of {len(wanted)}  {'GREEN' if green else 'red  '}  {breakage.what}\n")
        for test in green:
            sys.stdout.write(f"               {test}\n")
        sys.stdout.flush()
    sys.stdout.write(f"\n{len(wanted) - unnoticed} of {len(wanted)} were noticed.\n")
    return min(unnoticed, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m tests.breakages", description="Break every promise once."
    )
    parser.add_argument(
        "words", nargs="*", metavar="word", help="only those that have one of the words in their name"
    )
    sys.exit(main(parser.parse_args().words))

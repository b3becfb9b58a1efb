"""What must not be lost: prompts, answers piece by piece, drafts, and databases that are damaged, full, shared or strange."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.breakages import breakage, tests, wrap

# ------------------------------------------------------------------------------------------------------- when it is saved


@breakage(*tests("store/test_store", "a_draft_of_a_program_that_is_gone_is_where_the_next_one_goes_on"))
def forgets_the_draft_of_a_program_that_is_gone(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import recovery

    patch.setattr(recovery, "left_open", lambda *_: "")


@breakage(*tests("store/test_life", "a_full_disk_is_told_and_everything_is_saved_once_there_is_space"))
def keeps_the_last_piece_of_an_answer_only(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store.changes import SaveAnswer

    def make(over):
        def newest(change, older):
            made = over(change, older)
            return type(made)(made.conversation, made.turn, change.pieces, change.answer, made.place)

        return newest

    wrap(patch, SaveAnswer, "over", make)


@breakage(*tests("store/test_store", "an_answer_that_is_saved_piece_by_piece_is_whole_at_every_moment"))
def reads_no_pieces_of_an_answer(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import reading

    patch.setattr(reading, "_pieces", lambda *_: "")


@breakage(*tests("store/test_life", "what_could_not_be_saved_is_counted_at_the_end"))
def says_nothing_of_what_was_not_saved_at_the_end(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store.writer import Writer

    wrap(patch, Writer, "close", lambda close: lambda writer, timeout: close(writer, timeout) and 0)


@breakage(*tests("store/test_store", "order_follows_insertion_and_not_the_clock"))
def sorts_turns_by_the_clock(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import reading

    def make(answers):
        def by_clock(*given: Any) -> Iterator[Any]:
            yield from sorted(answers(*given), key=lambda found: found[1].asked_on or 0)

        return by_clock

    wrap(patch, reading, "_answers", make)


# ------------------------------------------------------------------------------------------ programs that ended, and others


@breakage(*tests("store/test_store", "a_turn_of_a_program_that_is_gone_is_marked_and_told"))
def does_not_mark_what_a_crash_has_cut(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import recovery

    patch.setattr(recovery, "mark_cut", lambda *_: ())


@breakage(*tests("store/test_store", "a_turn_of_a_program_that_is_running_is_left_alone"))
def takes_a_running_program_for_a_dead_one(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store.writer import Writer

    patch.setattr(Writer, "is_alive", lambda *_: False)


@breakage(*tests("store/test_life", "two_programs_never_lose_each_others_turns"))
def writes_a_conversation_as_its_own_window_has_it(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import writing

    def make(save):
        def alone(connection, change, program, now):
            connection.execute("DELETE FROM answer WHERE program <> ?", (program,))
            save(connection, change, program, now)

        return alone

    wrap(patch, writing, "_save_answer", make)


@breakage(
    *tests(
        "store/test_life", "what_another_window_deleted_does_not_come_back_but_what_is_written_then_is_kept"
    )
)
def brings_back_the_title_of_what_was_deleted_in_another_window(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import writing

    patch.setattr(writing, "is_deleted", lambda *_: False)


# -------------------------------------------------------------------------------------------- disks and databases in trouble


@breakage(*tests("store/test_life", "a_full_disk_is_told_and_everything_is_saved_once_there_is_space"))
def throws_away_what_a_full_disk_does_not_take(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store.changes import Pending

    patch.setattr(Pending, "put_back", lambda *_: None)


@breakage(*tests("store/test_life", "a_full_disk_is_told_and_everything_is_saved_once_there_is_space"))
def says_nothing_of_a_full_disk(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store.writer import Writer

    def make(report):
        def silently(writer, trouble):
            notify, writer._notify = writer._notify, lambda _: None
            report(writer, trouble)
            writer._notify = notify

        return silently

    wrap(patch, Writer, "_report_trouble", make)


@breakage(*tests("store/test_life", "a_file_that_can_not_be_used_is_kept_aside_byte_for_byte"))
def throws_a_damaged_database_away(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import database

    def make(set_aside):
        def lose(path: Path) -> Path:
            aside: Path = set_aside(path)
            aside.unlink()
            return aside

        return lose

    wrap(patch, database, "set_aside", make)


@breakage(*tests("store/test_earlier_versions", "of_a_damaged_file_every_text_title_and_draft_is_salvaged"))
def salvages_nothing_of_a_damaged_database(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import salvage

    patch.setattr(salvage, "rescue", lambda *_: 0)


@breakage(*tests("store/test_life", "a_newer_database_is_not_touched_and_nothing_is_lost_meanwhile"))
def takes_a_newer_database_for_its_own(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import database

    def make(check):
        return lambda application, version: check(application, min(version, 1))

    wrap(patch, database, "_check_origin", make)


@breakage(*tests("store/test_migration", "a_disk_that_spoils_the_migrated_file_costs_nothing"))
def keeps_what_a_migration_has_spoilt(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import migration

    patch.setattr(migration, "put_back", lambda copy, path: copy.unlink())


@breakage(*tests("store/test_facts", "a_damaged_older_file_is_salvaged_and_reads_as_the_default"))
def salvages_nothing_that_lacks_a_new_fact(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store.facts import Table

    def make(salvage):
        def strictly(table, row):
            return {fact.name: row[fact.name] for fact in table.facts} and salvage(table, row)

        return strictly

    wrap(patch, Table, "salvage", make)


@breakage(*tests("store/test_index", "a_damaged_index_costs_no_answer_and_is_made_anew"))
def loses_an_answer_for_a_damaged_index(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import index

    patch.setattr(index, "is_of_index", lambda error: False)


@breakage(*tests("store/test_life", "an_export_from_a_read_only_directory_has_all_that_was_saved"))
def exports_without_the_log_that_it_can_not_open(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import reading

    patch.setattr(reading, "has_log", lambda path: False)


@breakage(*tests("store/test_strangers", "no_statement_runs_for_ever"))
def lets_the_statements_of_a_stranger_run_for_ever(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store.guarded import Guarded

    patch.setattr(Guarded, "watch", lambda connection: None)


@breakage(
    *tests(
        "store/test_strangers",
        "a_database_with_what_is_not_ours_is_set_aside_told_and_its_conversations_are_copied",
    )
)
def uses_the_triggers_of_a_stranger(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import database

    wrap(
        patch,
        database,
        "difference",
        lambda difference: lambda connection: ("", difference(connection)[1]),
    )


# ------------------------------------------------------------------------------------------- a session that nobody looks at


@breakage(*tests("session/test_unattended", "it_goes_on_where_the_last_turn_was_asked_and_not_with_a_draft"))
def loses_the_draft_of_a_conversation_that_a_script_continues(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.session.session import Session

    def make(show):
        def forget(session, *given, **more):
            show(session, *given, **more)
            session._stored_draft = ""

        return forget

    wrap(patch, Session, "show", make)


@breakage(
    *tests(
        "session/test_unattended", "what_a_crash_left_is_told_to_the_next_who_looks_back_and_to_nobody_else"
    )
)
def tells_a_script_what_a_crash_has_cut_and_nobody_else(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import Store

    def make(begin):
        return lambda store, *given, **more: begin(store, *given)

    wrap(patch, Store, "__init__", make)


@breakage(*tests("session/test_unattended", "a_session_that_stores_nothing_leaves_no_file_and_answers"))
def stores_what_must_not_be_stored(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.store import Store, nothing

    patch.setattr(nothing, "NoStore", Store)

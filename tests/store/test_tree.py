"""From records to turns: whatever damage, strangers or several programs have written, every text has its place on the screen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Turn
from elumenta_tui.store.records import AnswerRecord, TurnRecord
from elumenta_tui.store.tree import Tree
from tests.storing import MODEL, messages
from tests.thorough import thorough

IDS = st.sampled_from(["", "?", *(f"a{number}" for number in range(6))])


def put(tree: Tree, number: int, parent: str, *, chosen: str = "", is_branch: bool = False) -> None:
    """Put a turn with one answer, whose text is its number."""
    answer = Turn(f"q{number}", id=f"t{number}").answer(MODEL, id=f"a{number}")
    answer.add(f"{number}")
    answer.end()
    values = {"parent": parent, "chosen": chosen or f"a{number}", "is_branch": is_branch}
    turn = TurnRecord({**TurnRecord.of(answer.turn, "c1").values, **values})
    tree.put(turn, AnswerRecord.of(answer), answer.text)


def texts(tree: Tree) -> list[str]:
    """The answers of the next request."""
    return [text for role, text in messages(Conversation(tree.turns())) if role == "assistant"]


@given(st.lists(st.tuples(IDS, IDS), max_size=6))
def test_without_branches_all_turns_stand_on_one_path(found: list[tuple[str, str]]) -> None:
    tree = Tree()
    for number, (parent, chosen) in enumerate(found):
        put(tree, number, parent, chosen=chosen)
    conversation = Conversation(tree.turns())
    assert [*conversation.path()] == conversation.turns
    assert sorted(texts(tree)) == [str(number) for number in range(len(found))]


@given(st.lists(st.tuples(IDS, st.booleans()), max_size=6))
def test_with_branches_every_turn_is_there_once_and_behind_its_parent(found: list[tuple[str, bool]]) -> None:
    tree = Tree()
    for number, (parent, is_branch) in enumerate(found):
        put(tree, number, parent, is_branch=is_branch)
    turns = tree.turns()
    assert sorted(turn.prompt for turn in turns) == [f"q{number}" for number in range(len(found))]
    for place, turn in enumerate(turns):
        assert turn.parent is None or turn.parent.turn in turns[:place]
        assert turn.chosen in turn.answers


def test_a_turn_whose_parent_was_written_later_follows_it() -> None:
    tree = Tree()
    for number, parent in ((2, "a1"), (3, "a2"), (1, "")):
        put(tree, number, parent)
    assert texts(tree) == ["1", "2", "3"]


def test_a_turn_that_another_program_did_not_know_of_stands_before_the_one_that_it_added() -> None:
    tree = Tree()
    for number, parent in ((1, ""), (2, "a1"), (3, "a1"), (4, "a3"), (5, "a2")):
        put(tree, number, parent)
    assert texts(tree) == ["1", "2", "3", "4", "5"]


def test_a_branch_stays_beside_the_turn_that_it_was_made_beside() -> None:
    tree = Tree()
    put(tree, 1, "")
    put(tree, 2, "a1")
    put(tree, 3, "a1", is_branch=True)
    put(tree, 4, "a3")
    assert texts(tree) == ["1", "3", "4"]


def test_an_answer_that_is_saved_with_its_turn_again_leaves_the_one_that_was_made_for_it() -> None:
    tree = Tree()
    put(tree, 1, "")
    [turn] = tree.turns()
    rescued = TurnRecord({**TurnRecord.of(turn, "c1").values, "id": "rescued-1", "prompt": ""})
    again = Tree()
    again.put(rescued, AnswerRecord.of(turn.answers[0]), "1")
    again.put(TurnRecord.of(turn, "c1"), AnswerRecord.of(turn.answers[0]), "1")
    assert [(each.id, each.prompt) for each in again.turns()] == [("t1", "q1")]


def test_a_turn_without_an_answer_is_shown_and_not_sent() -> None:
    tree = Tree()
    put(tree, 1, "")
    lost = TurnRecord.of(Turn("its answer is lost", id="t2"), "c1")
    tree.put(lost, None, "")
    assert [turn.prompt for turn in tree.turns()] == ["q1", "its answer is lost"]
    assert texts(tree) == ["1"]


@thorough
def test_turns_that_all_follow_the_same_one_stand_one_behind_the_other() -> None:
    tree = Tree()
    put(tree, 0, "")
    for number in range(1, 2_000):
        put(tree, number, "a0")
    turns = tree.turns()
    assert [turn.parent.turn for turn in turns[1:] if turn.parent] == turns[:-1]

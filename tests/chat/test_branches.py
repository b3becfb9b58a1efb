"""The tree of a conversation: versions of prompts and answers, and the path that is shown and sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.message import Message
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.outline import outline
from elumenta_tui.chat.request import Options
from elumenta_tui.chat.turn import Answer, AnswerState, Turn

MODEL = Model(slug="gpt-5", name="GPT-5", price=2)


def said(chat: Conversation, prompt: str, text: str, *, instead_of: Turn | None = None) -> Answer:
    """Ask and get a whole answer."""
    answer = chat.ask(prompt, MODEL, now=0.0, instead_of=instead_of)
    answer.add(text)
    answer.end(2)
    return answer


def again(chat: Conversation, answer: Answer, text: str) -> Answer:
    """Get another version of an answer."""
    other = chat.ask_again(answer.turn, MODEL, now=0.0)
    other.add(text)
    other.end(2)
    return other


def lines(chat: Conversation) -> str:
    """The prompts and answers that are shown."""
    return " ".join(f"{answer.prompt}:{answer.text}" for answer in chat.shown)


def sent(chat: Conversation) -> str:
    texts = [message.text for message in chat.context()]
    return " ".join(f"{prompt}:{answer}" for prompt, answer in zip(texts[::2], texts[1::2], strict=True))


def test_an_edited_prompt_stands_beside_the_one_before_and_its_branch_stays_whole() -> None:
    chat = Conversation()
    one, two, three = said(chat, "1", "a"), said(chat, "2", "b"), said(chat, "3", "c")
    edited = said(chat, "2!", "B", instead_of=two.turn)
    assert lines(chat) == sent(chat) == "1:a 2!:B"
    assert chat.versions(two.turn) == [two.turn, edited.turn]
    chat.select(two.turn)
    assert lines(chat) == sent(chat) == "1:a 2:b 3:c"
    assert chat.branch(two.turn) == [two.turn, three.turn]
    assert chat.versions(one.turn) == [one.turn]


def test_a_tree_is_straight_while_every_turn_is_on_the_path() -> None:
    chat = Conversation()
    one, two = said(chat, "1", "a"), said(chat, "2", "b")
    again(chat, two, "B")
    found = [Conversation().is_straight, chat.is_straight]
    chat.end_at(one)
    found.append(chat.is_straight)
    chat.select(two.turn)
    found.append(chat.is_straight)
    said(chat, "2!", "c", instead_of=two.turn)
    found.append(chat.is_straight)
    assert found == [True, True, False, True, False]


def test_the_first_prompt_has_versions_too() -> None:
    chat = Conversation()
    first = said(chat, "1", "a")
    said(chat, "2", "b")
    other = said(chat, "1!", "A", instead_of=first.turn)
    assert lines(chat) == "1!:A"
    assert chat.versions(other.turn) == [first.turn, other.turn]


def test_another_version_of_an_earlier_answer_ends_the_path_and_the_older_one_leads_on_as_before() -> None:
    chat = Conversation()
    one = said(chat, "1", "a")
    said(chat, "2", "b")
    newer = again(chat, one, "A")
    assert lines(chat) == sent(chat) == "1:A"
    said(chat, "3", "c")
    chat.choose(one)
    assert lines(chat) == sent(chat) == "1:a 2:b"
    chat.choose(newer)
    assert lines(chat) == sent(chat) == "1:A 3:c"


def test_a_path_that_ends_at_an_answer_goes_on_from_there() -> None:
    chat = Conversation()
    one, two = said(chat, "1", "a"), said(chat, "2", "b")
    chat.end_at(one)
    assert lines(chat) == "1:a"
    three = said(chat, "3", "c")
    assert lines(chat) == sent(chat) == "1:a 3:c"
    assert chat.versions(three.turn) == [two.turn, three.turn]


def test_a_request_for_another_version_carries_nothing_of_the_versions_before_but_what_a_remark_is_about() -> (
    None
):
    chat = Conversation()
    one = said(chat, "1", "a")
    plain = chat.ask_again(one.turn, MODEL, now=0.0, options=Options(temperature=1.5))
    assert chat.request(plain).messages == (Message.of("user", "1"),)
    assert chat.request(plain).options == Options(temperature=1.5)
    plain.end(2)
    shorter = chat.ask_again(one.turn, MODEL, now=0.0, remark="shorter", about=one)
    assert chat.request(shorter).messages == (
        Message.of("user", "1"),
        Message.of("assistant", "a"),
        Message.of("user", "shorter"),
    )


def test_a_branch_that_is_removed_is_gone_and_another_one_is_shown() -> None:
    chat = Conversation()
    said(chat, "1", "a")
    two, three = said(chat, "2", "b"), said(chat, "3", "c")
    edited = said(chat, "2!", "B", instead_of=two.turn)
    assert chat.remove(edited) == [edited.turn]
    assert lines(chat) == "1:a 2:b 3:c"
    assert chat.remove(two) == [two.turn, three.turn]
    assert lines(chat) == "1:a"


def test_a_branch_that_is_not_shown_is_removed_and_the_path_stays() -> None:
    chat = Conversation()
    one, two = said(chat, "1", "a"), said(chat, "2", "b")
    said(chat, "2!", "B", instead_of=two.turn)
    chat.remove(two)
    assert lines(chat) == "1:a 2!:B"
    assert chat.turns_below(one) == [chat.head]


def test_a_version_that_is_removed_takes_what_follows_it_along_and_leaves_the_others() -> None:
    chat = Conversation()
    one = said(chat, "1", "a")
    two = said(chat, "2", "b")
    newer = again(chat, one, "A")
    assert chat.remove(one) == [two.turn]
    assert lines(chat) == "1:A"
    assert chat.turns[0].answers == [newer]


def test_a_copy_has_the_texts_costs_nothing_and_shares_nothing() -> None:
    chat = Conversation(system_prompt="Be brief.", options=Options(max_tokens=9))
    said(chat, "1", "a")
    two = said(chat, "2", "b")
    coming = chat.ask("3", MODEL, now=0.0)
    coming.add("half")
    copy = chat.copy_of(chat.path_to(coming))
    assert lines(copy) == "1:a 2:b 3:half"
    assert (copy.title, copy.system_prompt, copy.options) == ("1", "Be brief.", Options(max_tokens=9))
    assert (copy.total.amount, copy.total.unknown) == (0, 0)
    assert [answer.state for answer in copy.shown][-1] is AnswerState.INTERRUPTED
    assert not {*copy.turns} & {*chat.turns}
    tail = chat.copy_of([two, coming])
    assert (lines(tail), tail.title) == ("2:b 3:half", "2")


def test_the_outline_goes_down_every_branch_and_indents_only_what_has_an_alternative() -> None:
    chat = Conversation()
    one, two = said(chat, "1", "a"), said(chat, "2", "b")
    said(chat, "3", "c")
    again(chat, two, "B")
    said(chat, "4", "d")
    said(chat, "1!", "x", instead_of=one.turn)
    drawn = [
        "".join("│" if guide else " " for guide in node.guides)
        + ("" if not node.is_branch else "└" if node.is_last else "├")
        + f"{node.answer.prompt}:{node.answer.text}"
        for node in outline(chat)
    ]
    assert drawn == ["├1:a", "│├2:b", "││3:c", "│└2:B", "│ 4:d", "└1!:x"]


def test_a_question_that_was_asked_beside_is_no_version_and_the_path_leads_past_it() -> None:
    chat = Conversation()
    one = said(chat, "1", "a")
    beside = Turn("beside", one).restore(MODEL, "x").turn
    chat.add_branch(beside)
    assert lines(chat) == "1:a"
    assert chat.continuations(one) == []
    two = said(chat, "2", "b")
    assert chat.versions(two.turn) == [two.turn]
    chat.select(one.turn)
    assert lines(chat) == "1:a 2:b"
    chat.select(beside)
    assert lines(chat) == "1:a beside:x"
    said(chat, "3", "c")
    assert chat.continuations(one) == [beside, two.turn]
    chat.select(one.turn)
    assert lines(chat) == "1:a 2:b"
    assert [node.answer.prompt for node in outline(chat)] == ["1", "beside", "3", "2"]


@given(
    st.lists(
        st.tuples(st.sampled_from("ask edit again choose select end remove".split()), st.integers(0, 99))
    )
)
def test_whatever_is_done_every_turn_can_be_reached_and_what_is_shown_is_what_is_sent(
    steps: list[tuple[str, int]],
) -> None:
    chat = Conversation()
    said(chat, "0", "a0")
    kept = {"0"}
    for number, (step, pick) in enumerate(steps, 1):
        turn = chat.turns[pick % len(chat.turns)]
        answer = turn.answers[pick % len(turn.answers)]
        match step:
            case "ask":
                kept.add(said(chat, str(number), f"a{number}").prompt)
            case "edit":
                kept.add(said(chat, str(number), f"a{number}", instead_of=turn).prompt)
            case "again":
                again(chat, answer, f"a{number}")
            case "choose":
                chat.choose(answer)
                assert answer in chat.shown
            case "select":
                chat.select(turn)
                assert turn in chat.path()
            case "end":
                chat.end_at(answer)
                assert chat.newest is answer
            case "remove" if sum(1 for _ in chat.all_answers()) > len(chat.below(answer)) + 1:
                if len(turn.answers) > 1 or len(chat.branch(turn)) < len(chat.turns):
                    kept -= {gone.prompt for gone in chat.remove(answer)}
        assert lines(chat) == sent(chat)
        assert {turn.prompt for turn in chat.turns} == kept
        for above, below in zip(chat.path(), list(chat.path())[1:], strict=False):
            assert below.parent is above.chosen
    assert [node.answer for node in outline(chat)]
    assert {*chat.all_answers()} == {node.answer for node in outline(chat)}
    roots = chat.turns_below(None)
    reached = [turn.prompt for root in roots for turn in chat.branch(root)]
    assert sorted(reached) == sorted(kept)

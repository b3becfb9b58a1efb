"""Comparing models with the keyboard: in columns, as tabs, blind, in both languages."""

from __future__ import annotations

import asyncio
from itertools import cycle
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from elumenta_tui import i18n
from elumenta_tui.chat.turn import Answer
from elumenta_tui.config.picks import Picks, Score
from elumenta_tui.config.settings import StateFile
from elumenta_tui.i18n import say
from elumenta_tui.session import real_account
from elumenta_tui.tui import comparison_typing
from elumenta_tui.tui.screens.comparison import ComparisonScreen
from elumenta_tui.tui.screens.diff import DiffScreen
from elumenta_tui.tui.screens.merge import MergeScreen
from tests.chatting import Chat, account_at, chat_app, chatting
from tests.service import KEY, Pause, Reset, Service, Step, delta, ended, json_response, sse, started
from tests.thorough import thorough

TWO = "/compare gpt-5 claude-haiku-4.5"
FOUR = f"{TWO} gemini-3-pro deepseek-r1"

SIZES = [(120, 40), (80, 24), (40, 15)]
TYPED = ["find it", "retry", "some", "describe", "by two", "no, why?", "quit?", "Best", "2 is", "/tree"]
"""Prompts that begin with a letter that acts on the answers of a comparison, or with one that does not."""


def whole(text: str) -> list[Step]:
    return [sse(started(id=f"gen_{text}"), delta(text), ended(2, 290, id=f"gen_{text}"))]


def answering(**scripts: list[Step]) -> Service:
    """A service that answers each model with its own script, or with its own slug."""
    service = Service()
    service.usually = lambda call: scripts.get(
        call.json["model"].partition("-")[0], whole(f"from-{call.json['model']}")
    )
    return service


async def compare(chat: Chat, command: str, prompt: str = "hello") -> list[Answer]:
    """Send a prompt to several models, and wait for the screen with all of their answers."""
    await chat.send_command(command)
    await chat.send(prompt)
    await chat.shows(ComparisonScreen)
    turn = chat.app.session.conversation.turns[-1]
    return list(turn.answers)


async def over(chat: Chat, answers: list[Answer]) -> None:
    await chat.until(lambda: all(answer.over for answer in answers), "the ends of all answers")
    await chat.pilot.pause()


@thorough
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_prompt_goes_to_several_models_and_enter_picks_one(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    i18n.use(language)
    async with answering() as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app, size) as chat:
            await chat.until(lambda: app.session.ledger.balance == 300, "the balance")
            await chat.send_command(TWO)
            await chat.sees("3", say("frame.left", n=297))
            answers = await compare(chat, TWO)
            await over(chat, answers)
            assert sorted(post.json["model"] for post in service.posts) == ["claude-haiku-4.5", "gpt-5"]
            assert all(post.messages == [("user", "hello")] for post in service.posts)
            await chat.sees("from-gpt-5", say("compare.words", n=1))
            await chat.pilot.press("right")
            await chat.sees("from-claude-haiku-4.5")
            await chat.pilot.press("enter")
            await chat.until(lambda: len(app.screen_stack) == 1, "the chat")
            await chat.sees(say("compare.picked", name="Claude Haiku 4.5"))
            assert answers[0].turn.chosen is answers[1]
            await chat.ask("next")
            assert service.posts[-1].messages == [
                ("user", "hello"),
                ("assistant", "from-claude-haiku-4.5"),
                ("user", "next"),
            ]
            # The mode was for one prompt.
            assert len(service.posts) == 3
        scores = Picks(StateFile(tmp_path / "state.toml"), "picks").scores()
        assert scores == {"gpt-5": Score(0, 1), "claude-haiku-4.5": Score(1, 1)}


@thorough
@pytest.mark.parametrize(("width", "columns"), [(200, 4), (150, 3), (120, 2), (99, 1), (40, 1)])
async def test_as_many_columns_as_fit_stand_side_by_side_and_tabs_lead_to_the_rest(
    tmp_path: Path, width: int, columns: int
) -> None:
    async with answering() as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app, (width, 40)) as chat:
            await over(chat, await compare(chat, FOUR))
            slugs = ["gpt-5", "claude-haiku-4.5", "gemini-3-pro", "deepseek-r1"]
            await chat.sees(*(f"from-{slug}" for slug in slugs[:columns]))
            assert [f"from-{slug}" in chat.flat for slug in slugs].count(True) == columns
            for place, slug in enumerate(slugs):
                await chat.pilot.press(str(place + 1))
                await chat.sees(f"from-{slug}")
            await chat.pilot.resize_terminal(100, 30)
            await chat.sees("from-gemini-3-pro", "from-deepseek-r1")
            await chat.pilot.resize_terminal(40, 15)
            await chat.sees_no("from-gemini-3-pro")
            await chat.pilot.press("3")
            await chat.sees("from-gemini-3-pro")


async def test_space_marks_models_in_the_picker_and_the_frame_says_what_they_cost(tmp_path: Path) -> None:
    async with answering() as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app) as chat:
            await chat.until(lambda: app.session.ledger.balance == 300, "the balance")
            await chat.pilot.press("alt+c")
            await chat.sees("Compare models", "Space marks 2 to 4 models", "✓ GPT-5")
            # One model is no comparison, and not what was asked for.
            await chat.pilot.press("enter")
            await chat.sees("Mark 2 to 4 models with Space first.")
            # A blank goes on in a search that has found several; where it can't be meant, Space marks.
            await chat.type("claude")
            await chat.pilot.press("space")
            await chat.type("opu")
            assert chat.app.screen.query_one(Input).value == "claude opu"
            await chat.pilot.press("space")
            await chat.sees("Enter compares 2 models · 8 tokens · 292 left · Space unmarks · Esc closes")
            await chat.pilot.press("enter")
            await chat.sees("Compare: GPT-5 · Claude Opus 4.5", "Enter · 8 tokens · 292 left · Esc leaves")
            await chat.pilot.press("escape")
            await chat.sees("Enter · 2 tokens · 298 left")
            await chat.sees_no("Compare:")
            await chat.ask("alone")
            assert [post.json["model"] for post in service.posts] == ["gpt-5"]


@thorough
async def test_enter_with_one_mark_chooses_the_selected_model_and_space_marks_after_an_arrow(
    tmp_path: Path,
) -> None:
    async with answering() as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app) as chat:
            await chat.until(lambda: app.session.ledger.balance == 300, "the balance")
            await chat.pilot.press("ctrl+l")
            await chat.type("claude")
            await chat.sees(say("picker.model.footnote_found"))
            await chat.pilot.press("down", "space")
            assert chat.app.screen.query_one(Input).value == "claude"
            await chat.sees(say("picker.model.mark_more", most=4))
            await chat.pilot.press("ctrl+u", *"opus", "enter")
            await chat.until(lambda: app.session.model.slug == "claude-opus-4.5", "the selected model")
            await chat.sees_no("Compare:")


async def test_one_answer_is_stopped_and_one_sent_again_while_the_others_go_on(tmp_path: Path) -> None:
    pause = Pause()
    held: list[Step] = [sse(started(), delta("half"), done=False), pause, sse(delta(" whole"), ended(2, 290))]
    failing = json_response(500, {"error": "provider_error", "message": "broken"})
    scripts = {"gpt": held, "claude": held, "gemini": failing}
    service = answering(**scripts)
    service.usually = lambda call: scripts[call.json["model"].partition("-")[0]]
    async with service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app, (160, 40)) as chat:
            first, second, third = await compare(chat, f"{TWO} gemini-3-pro")
            await chat.until(lambda: first.has_text and second.has_text and third.over, "all beginnings")
            await chat.pilot.press("right", "ы")
            await chat.sees(say("compare.stop.title"), "Claude Haiku 4.5")
            assert not second.over
            await chat.pilot.press("enter")
            await chat.until(lambda: second.was_stopped, "the stop")
            assert not first.over
            await chat.sees(say("turn.stopped"), "R sends it again: 3 tokens")
            scripts["gemini"] = whole("again")
            await chat.pilot.press("right", "r")
            await chat.sees(say("compare.retry.title"), "3 tokens")
            assert len(service.posts) == 3
            await chat.pilot.press("enter")
            await chat.sees("again")
            await chat.until(lambda: len(service.posts) == 4, "the retry")
            await chat.sees(say("stats.or_more", tokens=say("bar.tokens", n=2)))
            service.balance = 295
            pause.event.set()
            await chat.until(lambda: first.over, "the rest")
            assert first.text == "half whole"
            # The balance tells what the stopped one cost.
            await chat.sees("half whole", say("bar.tokens", n=5))
            await chat.sees_no("or more")
            assert [post.json["model"] for post in service.posts].count("gemini-3-pro") == 2


@thorough
async def test_esc_leaves_the_answers_going_on_and_the_comparison_opens_again(tmp_path: Path) -> None:
    pause = Pause()
    slow: list[Step] = [sse(started(), delta("slow"), done=False), pause, sse(delta(" end"), ended(2, 290))]
    async with answering(claude=slow) as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app) as chat:
            first, second = await compare(chat, TWO)
            await chat.until(lambda: first.over and second.has_text, "the first")
            await chat.pilot.press("escape")
            await chat.until(lambda: len(app.screen_stack) == 1, "the chat")
            await chat.sees(say("compare.left", name="GPT-5", key="Alt+C"), "from-gpt-5")
            # Nothing is coming at the end of the conversation, so Esc stops nothing.
            await chat.pilot.press("escape")
            assert not second.over
            await chat.send_command("/compare")
            await chat.sees("from-gpt-5", "slow")
            pause.event.set()
            await chat.sees("slow end")
            await chat.pilot.press("escape")
            await chat.until(lambda: len(app.screen_stack) == 1, "the chat")
            await chat.ask("next")
            await chat.sees(say("compare.went_on", name="GPT-5"))
            assert service.posts[-1].messages[1] == ("assistant", "from-gpt-5")


async def test_blind_mode_hides_names_and_costs_until_the_pick(tmp_path: Path) -> None:
    async with answering(gpt=whole("one"), claude=whole("two")) as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app) as chat:
            await over(chat, await compare(chat, TWO))
            await chat.sees("GPT-5", "Claude Haiku 4.5", "2 tokens", say("compare.start", seconds="0.0")[:5])
            await chat.pilot.press("b")
            await chat.sees_no("GPT-5")
            # Seen before beside the name, it would tell the name.
            assert say("compare.start", seconds="0.0")[:5] not in chat.flat
            assert "1 word" in chat.flat
            assert "Claude" not in chat.flat
            assert "tokens" not in chat.flat
            shown = chat.flat
            # The order is the same whenever it is drawn.
            await chat.pilot.press("b", "b")
            await chat.until(lambda: chat.flat == shown, "the same order")
            await chat.pilot.press("enter")
            await chat.sees("Picked:", "A = ", "B = ")


async def test_the_arrows_compare_with_the_other_answers_beginning_with_the_one_beside(
    tmp_path: Path,
) -> None:
    async with answering(gpt=whole("red"), claude=whole("blue"), gemini=whole("green")) as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app, (80, 24)) as chat:
            await over(chat, await compare(chat, f"{TWO} gemini-3-pro"))
            await chat.pilot.press("3", "d")
            await chat.sees("− Gemini 3 Pro", "+ Claude Haiku 4.5", "green blue", "D or Esc closes")
            await chat.pilot.press("left")
            await chat.sees("− Gemini 3 Pro", "+ GPT-5", "green red", "0% of the words")
            await chat.pilot.press("right")
            await chat.sees("+ Claude Haiku 4.5", "green blue")
            await chat.pilot.press("D")
            await chat.shows(ComparisonScreen)


async def test_the_difference_of_two_answers_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with answering(gpt=whole("red green"), claude=whole("red blue")) as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app, (80, 24)) as chat:
            await over(chat, await compare(chat, TWO))
            await chat.pilot.press("в")
            await chat.shows(DiffScreen)
            await chat.sees(
                "− GPT-5", "+ Claude Haiku 4.5", "red green blue", say("compare.diff.alike", n=50)
            )
            # The keys of the comparison behind do nothing here, and type nothing.
            monkeypatch.setattr(comparison_typing, "TOGETHER", 0.0)
            await chat.pilot.press("f", "а", "x")
            await chat.shows(DiffScreen)
            await chat.pilot.press("escape")
            await chat.shows(ComparisonScreen)
            assert app.prompt.text == ""


@pytest.mark.parametrize("size", SIZES)
async def test_a_merge_is_priced_shown_and_asked_about_before_it_is_sent(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with answering(gpt=whole("one"), claude=whole("two")) as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app, size) as chat:
            await over(chat, await compare(chat, TWO))
            await chat.pilot.press("f")
            await chat.shows(MergeScreen)
            await chat.sees("2 tokens · 288 left", "GPT-5")
            await chat.pilot.press("escape")
            await chat.shows(ComparisonScreen)
            assert len(service.posts) == 2
            await chat.pilot.press("f")
            await chat.shows(MergeScreen)
            # A key that comes before the screen has its rows goes to what was there before.
            await chat.sees("2 tokens · 288 left", "GPT-5")
            await chat.settle()
            await chat.pilot.press("right")
            await chat.sees("1 token · 289 left", "Claude Haiku 4.5")
            await chat.pilot.press("enter")
            await chat.until(lambda: len(service.posts) == 3, "the request")
            sent = service.posts[-1]
            assert sent.json["model"] == "claude-haiku-4.5"
            assert sent.messages[0] == ("user", "hello")
            assert sent.messages[1] == (
                "user",
                f"{say('compare.instruction')}\n\n1.\n\n> one\n\n2.\n\n> two",
            )
            turn = app.session.conversation.turns[-1]
            await over(chat, turn.answers)
            await chat.sees("3 ✓ Merged" if size[0] > 40 else "3 ✓")
            await chat.pilot.press("enter")
            await chat.sees(say("compare.picked", name=say("compare.merged")))
            assert turn.chosen is turn.answers[2]


@thorough
async def test_enter_that_still_belongs_to_the_prompt_picks_nothing(tmp_path: Path) -> None:
    async with answering() as service:
        now = 0.0
        app = chat_app(account_at(service.url), tmp_path, clock=lambda: now)
        app.session.reaction = 0.3
        async with chatting(app) as chat:
            await over(chat, await compare(chat, TWO))
            await chat.pilot.press("enter")
            await chat.pilot.pause()
            assert isinstance(app.screen, ComparisonScreen)
            now = 1.0
            await chat.pilot.press("enter")
            await chat.until(lambda: len(app.screen_stack) == 1, "the pick")


@thorough
async def test_a_refusal_says_why_and_keeps_the_prompt(tmp_path: Path) -> None:
    pause = Pause()
    held: list[Step] = [sse(started(), delta("half"), done=False), pause]
    async with answering(gpt=held) as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app) as chat:
            coming = await chat.send("elsewhere")
            await chat.until(lambda: coming.has_text, "text")
            await chat.pilot.press("ctrl+n")
            await chat.send_command(FOUR)
            await chat.type("hello")
            await chat.pilot.press("enter")
            await chat.sees(say("compare.too_many", n=1, most=4, wanted=4))
            assert app.prompt.text == "hello"
            assert len(service.posts) == 1
            await chat.pilot.press("escape")
            await chat.sees_no("Compare:")
            pause.event.set()


@thorough
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/compare gpt-5", "Name 2 to 4 different models"),
        ("/compare gpt-5 gpt-5 gpt-5", "Name 2 to 4 different models"),
        ("/compare gpt-5 nonsense", "Which model is “nonsense”?"),
    ],
)
async def test_names_that_make_no_comparison_are_refused(tmp_path: Path, typed: str, said: str) -> None:
    async with answering() as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app) as chat:
            await chat.send_command(typed)
            await chat.sees(said)
            assert not app.parts.comparing.models


@thorough
async def test_a_restart_shows_the_versions_and_opens_the_comparison_again(tmp_path: Path) -> None:
    async with answering() as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app) as chat:
            await over(chat, await compare(chat, TWO))
            await chat.pilot.press("right", "enter")
            await chat.until(lambda: len(app.screen_stack) == 1, "the chat")
        later = chat_app(account_at(service.url), tmp_path, resume=True)
        async with chatting(later) as chat:
            await chat.sees("from-claude-haiku-4.5")
            await chat.sees_no("from-gpt-5")
            await chat.pilot.press("alt+c")
            await chat.sees("from-gpt-5", "from-claude-haiku-4.5")
            await chat.pilot.press("left", "enter")
            await chat.until(lambda: len(later.screen_stack) == 1, "the chat")
            await chat.sees("from-gpt-5")
            await chat.pilot.press("ctrl+l")
            await chat.sees("won 1 of 1", "won 0 of 1")
        assert len(service.posts) == 2


async def test_keys_right_behind_the_prompt_reach_the_comparison(tmp_path: Path) -> None:
    """Keys that come before the first frame of the comparison are not lost and raise nothing."""
    async with answering() as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app) as chat:
            await chat.send_command(TWO)
            app.prompt.insert("hello")
            await chat.pilot.press("enter", "right", "down", "pagedown", "home", "b", "escape")
            async with asyncio.timeout(10):
                while len(app.screen_stack) > 1 or not app.session.conversation.turns:
                    await chat.pilot.pause()


# --------------------------------------------------------------------------------- a prompt typed over the comparison


def type_at_once(chat: Chat, text: str) -> None:
    """Type as a terminal that lags: all keys are in one read."""
    for letter in text:
        chat.app.post_message(events.Key("space" if letter == " " else letter, letter))


@thorough
@pytest.mark.parametrize(("typed", "size"), [*zip(TYPED, cycle(SIZES), strict=False)])
async def test_a_prompt_typed_over_a_comparison_is_typed_and_does_nothing(
    tmp_path: Path, size: tuple[int, int], typed: str
) -> None:
    """Each begins with a letter that acts there, or with one that does not: no word costs, stops or is lost."""
    pause = Pause()
    failing = json_response(500, {"error": "provider_error", "message": "broken"})
    coming: list[Step] = [sse(started(), delta("half"), done=False), pause]
    async with answering(gemini=failing, deepseek=coming) as service:
        app = chat_app(real_account(KEY, service.url, idle_timeout=60.0), tmp_path)
        async with chatting(app, size) as chat:
            answers = await compare(chat, FOUR)
            await chat.until(
                lambda: [each.over for each in answers] == [True, True, True, False], "three ends"
            )
            # The letters act on a failed answer, on one that is coming, and on a complete one.
            for place in ("3", "4", "1"):
                if len(app.screen_stack) == 1:
                    await chat.pilot.press("alt+c")
                await chat.shows(ComparisonScreen)
                await chat.pilot.press(place, "right", "left")
                type_at_once(chat, typed)
                await chat.until(lambda: app.prompt.text == typed, f"{typed!r} in the prompt")
                assert len(app.screen_stack) == 1
                app.prompt.clear()
            assert len(service.posts) == 4
            assert not answers[3].over
            assert not app.parts.comparing.models
            pause.event.set()


@thorough
async def test_russian_letters_and_pastes_over_a_comparison_are_typed(tmp_path: Path) -> None:
    async with answering() as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app) as chat:
            await over(chat, await compare(chat, TWO))
            # The first letters are those of the keys F, R and D.
            await chat.type("акво")
            await chat.until(lambda: app.prompt.text == "акво", "the word in the prompt")
            await chat.pilot.press("alt+c")
            await chat.shows(ComparisonScreen)
            await chat.paste(" и вставка")
            await chat.until(lambda: app.prompt.text == "акво и вставка", "the paste in the prompt")
            assert len(app.screen_stack) == 1
            assert len(service.posts) == 2


async def test_enter_after_a_word_over_a_comparison_sends_that_word_alone(tmp_path: Path) -> None:
    """Even if all of it is handled at once, as from a terminal that lags."""
    async with answering() as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app) as chat:
            answers = await compare(chat, TWO)
            await over(chat, answers)
            for key in ("f", "i", "x", "enter"):
                app.post_message(events.Key(key, key if len(key) == 1 else None))
            await chat.until(lambda: len(service.posts) == 3, "the prompt")
            assert service.posts[-1].messages[-1] == ("user", "fix")
            assert len(answers[0].turn.answers) == 2


@thorough
async def test_a_letter_held_down_asks_once_and_types_nothing(tmp_path: Path) -> None:
    async with answering() as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app) as chat:
            await over(chat, await compare(chat, TWO))
            await chat.pilot.press("f", "f", "f")
            await chat.shows(MergeScreen)
            await chat.pilot.press("escape")
            await chat.shows(ComparisonScreen)
            assert not app.prompt.text


@thorough
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_next_prompt_to_all_is_asked_for_by_the_key_of_comparisons(
    tmp_path: Path, language: str
) -> None:
    i18n.use(language)
    async with answering() as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app) as chat:
            await over(chat, await compare(chat, TWO))
            await chat.sees(f"Alt+C {say('compare.key.next')}")
            await chat.pilot.press("alt+c")
            await chat.sees(say("compare.mode"))
            await over(chat, await compare_again(chat, "more"))
            assert len(service.posts) == 4


async def compare_again(chat: Chat, prompt: str) -> list[Answer]:
    """Send a prompt in the mode that is on already."""
    await chat.send(prompt)
    await chat.shows(ComparisonScreen)
    return list(chat.app.session.conversation.turns[-1].answers)


@thorough
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_merge_says_which_answers_are_incomplete_or_not_in_it(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    i18n.use(language)
    pause = Pause()
    cut: list[Step] = [sse(started(), delta("cut"), done=False)]
    coming: list[Step] = [sse(started(), delta("coming"), done=False), pause]
    async with answering(claude=cut, deepseek=coming, gemini=cut) as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app, size) as chat:
            answers = await compare(chat, FOUR)
            await chat.until(lambda: sum(answer.over for answer in answers) == 3, "three ends")
            await chat.pilot.press("f")
            await chat.shows(MergeScreen)
            # One is complete: a merge of it alone is none.
            await chat.sees(say("compare.merge.incomplete", names="Claude Haiku 4.5, Gemini 3 Pro"))
            await chat.sees(say("compare.merge.coming", names="DeepSeek R1"), "Enter · ")
            await chat.pilot.press("escape")
            await chat.shows(ComparisonScreen)
            pause.event.set()
            answers[3].end()
            await chat.pilot.press("f")
            await chat.shows(MergeScreen)
            await chat.sees(say("compare.merge.left_out", names="Claude Haiku 4.5, Gemini 3 Pro"))
            assert "> cut" not in chat.flat
            await chat.pilot.press("enter")
            await chat.until(lambda: len(service.posts) == 5, "the merge")
            assert "cut" not in service.posts[-1].messages[-1][1]


@thorough
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_total_so_far_and_what_may_come_stand_there_while_answers_stream(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    i18n.use(language)
    pause = Pause()
    slow: list[Step] = [sse(started(), delta("slow"), done=False), pause, sse(ended(1, 297))]
    async with answering(claude=slow) as service:
        app = chat_app(real_account(KEY, service.url, idle_timeout=60.0), tmp_path)
        async with chatting(app, size) as chat:
            await chat.until(lambda: app.session.models, "the models")
            answers = await compare(chat, TWO)
            await chat.until(lambda: answers[0].over, "the first end")
            await chat.sees(f"{say('bar.tokens', n=2)} · {say('compare.more', n=1)}")
            pause.event.set()
            await over(chat, answers)
            await chat.sees(say("bar.tokens", n=3))
            assert say("compare.more", n=1) not in chat.flat


async def test_half_an_answer_that_is_picked_has_not_won(tmp_path: Path) -> None:
    broken: list[Step] = [sse(started(), delta("half"), done=False), Reset()]
    async with answering(claude=broken) as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app) as chat:
            answers = await compare(chat, TWO)
            await over(chat, answers)
            await chat.pilot.press("right", "enter")
            await chat.until(lambda: len(app.screen_stack) == 1, "the chat")
            await chat.sees(say("compare.picked", name="Claude Haiku 4.5"))
            # The prompt would go to the current model, which is named.
            await chat.sees("F5 sends it again, to GPT-5: 2 tokens")
        assert Picks(StateFile(tmp_path / "state.toml"), "picks").scores() == {}

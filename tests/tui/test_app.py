"""The whole app against a real server on the loopback: what a person sees, and what went over the wire."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from elumenta_tui import i18n
from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.config.settings import Settings, StateFile
from elumenta_tui.session.backend import demo_account
from elumenta_tui.tui.actions import ACTIONS
from elumenta_tui.tui.app import ElumentaApp
from elumenta_tui.tui.screens.welcome import WelcomeScreen
from elumenta_tui.tui.widgets.model_picker import ModelPicker
from tests.chatting import Chat, account_at, chat_app, chatting, hurry, quick_demo
from tests.service import KEY, Close, Head, Pause, Reset, Service, delta, ended, json_response, sse, started
from tests.thorough import thorough


def lines_of(chat: Chat) -> list[str]:
    """The lines of the long answer that are on the screen, without the scroll bar beside them."""
    return [row[:12].strip() for row in chat.rows if "line" in row]


@thorough
async def test_the_vendors_sample_stream_shows_its_text_cost_and_balance(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        answer = await chat.ask("Count to 10 slowly")
        await chat.sees(
            "Count to 10 slowly", "Here are the numbers", "3 tokens · 297 left", "◈ 297 tokens", "spent 3"
        )
        assert answer.state is AnswerState.COMPLETE
        [post] = service.posts
        assert post.path == "/api/v2/generate"
        assert post.headers["authorization"] == f"Bearer {KEY}"
        assert post.headers["accept"] == "text/event-stream"
        assert post.json == {
            "model": "gpt-5",
            "messages": [{"role": "user", "content": "Count to 10 slowly"}],
            "stream": True,
        }


@thorough
async def test_three_turns_with_two_models_send_the_whole_history_in_order(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.queue(sse(started(), delta("One"), ended(2, 298)))
        await chat.ask("first")
        await chat.pilot.press("ctrl+l")
        await chat.sees("search…")
        await chat.type("opus")
        await chat.sees_no("GPT-5.2")
        await chat.pilot.press("enter")
        await chat.sees("Claude Opus 4.5", "Enter · 6 tokens · 292 left")
        service.queue(sse(started("claude-opus-4.5"), delta("Two"), ended(6, 292)))
        await chat.ask("second")
        service.queue(sse(started("claude-opus-4.5"), delta("Three"), ended(6, 286)))
        await chat.ask("third")
        await chat.sees("✓ GPT-5", "✓ Claude Opus 4.5", "◈ 286 tokens", "spent 14")
        assert [post.json["model"] for post in service.posts] == [
            "gpt-5",
            "claude-opus-4.5",
            "claude-opus-4.5",
        ]
        assert service.posts[2].messages == [
            ("user", "first"),
            ("assistant", "One"),
            ("user", "second"),
            ("assistant", "Two"),
            ("user", "third"),
        ]


@thorough
@pytest.mark.parametrize("keys", [("escape",), ("ctrl+c",)], ids=["esc", "ctrl-c"])
async def test_a_stopped_answer_stays_marked_and_goes_with_the_next_request(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        pause = Pause()
        service.queue(
            sse(started(), delta("Half an "), delta("answer"), done=False), pause, sse(delta(" and the rest"))
        )
        answer = await chat.send("tell me")
        await chat.sees("Half an answer", "streaming")
        service.balance = 298
        await chat.pilot.press(*keys)
        await chat.until(lambda: answer.over)
        await chat.sees(
            "You stopped it.",
            "Half an answer",
            "It cost 2 tokens, judging by the balance, which is 298 now",
            "◈ 298 tokens",
            "spent 2",
        )
        await service.posts[0].client_gone.wait()
        assert answer.state is AnswerState.INTERRUPTED
        await chat.ask("go on")
        assert service.posts[1].messages == [
            ("user", "tell me"),
            ("assistant", "Half an answer"),
            ("user", "go on"),
        ]


@thorough
async def test_who_wants_it_so_stops_with_two_presses(tmp_path: Path) -> None:
    twice = Settings(stop_twice=True)
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, settings=twice)) as chat,
    ):
        pause = Pause()
        service.queue(sse(started(), delta("Still"), done=False), pause, sse(delta(" here"), ended()))
        answer = await chat.send("go")
        await chat.sees("Still", "Esc Esc stops")
        await chat.pilot.press("escape")
        await chat.sees("Esc again stops the answer")
        pause.event.set()
        await chat.until(lambda: answer.over)
        await chat.sees("Still here")
        assert answer.state is AnswerState.COMPLETE


@thorough
async def test_a_stop_before_the_first_delta_gives_the_prompt_back(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        pause = Pause()
        service.queue(Head(), pause)
        answer = await chat.send("an important question")
        await chat.until(pause.reached.is_set)
        await chat.pilot.press("ctrl+c")
        await chat.until(lambda: answer.over)
        await service.posts[0].client_gone.wait()
        assert answer.state is AnswerState.FAILED
        assert chat.app.prompt.text == "an important question"
        await chat.sees("You stopped it.", "It has cost nothing so far: the balance is 300")
        await chat.pilot.press("enter")
        await chat.until(
            lambda: (
                len(chat.app.session.conversation.answers) == 2
                and chat.app.session.conversation.answers[1].over
            )
        )
        assert service.posts[1].messages == [("user", "an important question")]


@thorough
async def test_typing_goes_on_while_an_answer_streams_and_enter_queues(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        pause = Pause()
        service.queue(sse(started(), delta("Slowly"), done=False), pause, sse(ended()))
        answer = await chat.send("one")
        await chat.sees("Slowly")
        await chat.type("two")
        await chat.pilot.press("enter")
        await chat.sees("1 queued")
        assert chat.app.prompt.text == ""
        assert len(service.posts) == 1
        pause.event.set()
        await chat.until(lambda: answer.over and len(service.posts) == 2)
        assert service.posts[1].messages[-1] == ("user", "two")


@thorough
async def test_two_quick_enters_are_one_request(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.type("once")
        await chat.pilot.press("enter", "enter")
        await chat.until(
            lambda: chat.app.session.conversation.answers and chat.app.session.conversation.answers[0].over
        )
        await chat.sees("Here are the numbers")
        assert len(service.posts) == 1


@thorough
async def test_new_lines_and_pastes_do_not_send(tmp_path: Path) -> None:
    from textual.events import Paste

    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.type("a")
        await chat.pilot.press("ctrl+j")
        await chat.type("b")
        await chat.pilot.press("shift+enter")
        chat.app.prompt.post_message(Paste("c\r\nd\x1b]52;c;AAAA\x07\n"))
        await chat.until(lambda: "d" in chat.app.prompt.text)
        assert chat.app.prompt.text == "a\nb\nc\nd]52;c;AAAA\n"
        assert service.posts == []
        await chat.pilot.press("enter")
        await service.posted()
        assert service.posts[0].messages[0][1].startswith("a\nb\nc\nd")


ERRORS = {
    400: ("bad_request", "could not understand the request"),
    402: ("insufficient_tokens", "Top up at https://elumenta.ru/web/billing"),
    403: ("insufficient_plan", "renew it at https://elumenta.ru/web/billing"),
    404: ("not_found", "does not know the model gpt-5"),
    422: ("validation_error", "rejected a value in the request"),
    429: ("rate_limit_exceeded", "Available again in 50 min"),
    500: ("provider_error", "provider failed"),
    503: ("model_unavailable", "unavailable right now"),
}


async def test_an_error_says_what_it_cost_and_keeps_the_prompt(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        for status, (code, words_seen) in ERRORS.items():
            with subtests.test(str(status)):
                service.balance = 300
                await chat.pilot.press("f9")
                await chat.sees("◈ 300 tokens")
                before = len(service.posts)
                refusal = {"error": code, "message": "reason-77 [/b]", "retry_after": 3000}
                service.queue(json_response(status, refusal))
                await chat.ask("my question")
                await chat.sees(
                    "Failed",
                    words_seen,
                    "It cost nothing",
                    "The service says: reason-77 [/b]",
                    "◈ 300 tokens",
                )
                await chat.sees("it is below again")
                assert chat.app.prompt.text == "my question"
                await chat.pilot.press("enter")
                await chat.sees("Here are the numbers")
                await chat.until(lambda: all(each.over for each in chat.app.session.conversation.answers))
                assert service.posts[before + 1].messages == [("user", "my question")]
            chat.app.prompt.clear()
            await chat.pilot.press("ctrl+n")
            await chat.sees_no("my question")


@thorough
async def test_a_broken_stream_keeps_its_text_and_asks_for_the_balance(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        for end, seen in (
            ([Reset()], "connection was lost"),
            ([Close()], "connection was lost"),
            ([], "cut off before its end"),
            ([sse({"type": "error", "message": "quota-7731"}, done=False)], "quota-7731"),
        ):
            service.queue(sse(started(), delta("Part"), done=False), *end)
            answer = await chat.ask("go")
            assert answer.state is AnswerState.INTERRUPTED
            assert answer.text == "Part"
            await chat.sees("Interrupted", seen, "stays in the conversation")
            await chat.pilot.press("ctrl+n")


@thorough
async def test_a_refused_connection_says_that_nothing_was_sent(tmp_path: Path) -> None:
    async with Service() as service:
        url = service.url
    async with chatting(chat_app(account_at(url), tmp_path, sleep=hurry)) as chat:
        await chat.sees("offline")
        await chat.ask("hi")
        await chat.sees("no connection to the service", "Nothing was sent; it cost nothing")
        assert chat.app.prompt.text == "hi"


@thorough
async def test_a_wrong_key_asks_for_another_one_and_keeps_the_prompt(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.queue(json_response(401, {"error": "not_authenticated", "message": "no"}))
        await chat.ask("my question")
        await chat.shows(WelcomeScreen)
        await chat.sees("did not accept the API key")
        await chat.pilot.press("escape")
        assert chat.app.prompt.text == "my question"


@thorough
async def test_the_first_start_takes_a_key_checks_it_and_saves_it_for_its_owner_only(tmp_path: Path) -> None:
    async with Service() as service:
        app = chat_app(None, tmp_path, settings=Settings(base_url=service.url))
        async with chatting(app) as chat:
            await chat.sees("Paste your Elumenta API key")
            await chat.type("sk-wrong")
            await chat.pilot.press("enter")
            await chat.sees("keys begin with nb_")
            await chat.pilot.press(*["backspace"] * 8)
            await chat.paste(KEY)
            assert KEY not in chat.screen
            await chat.pilot.press("enter")
            await chat.sees("300 tokens", "The key is saved")
            assert service.requests[0].headers["authorization"] == f"Bearer {KEY}"
            await chat.ask("hi")
    saved = tmp_path / "config.toml"
    assert tomllib.loads(saved.read_text())["api_key"] == KEY
    assert saved.stat().st_mode & 0o777 == 0o600


@thorough
async def test_a_key_that_the_service_refuses_is_not_saved(tmp_path: Path) -> None:
    async with Service() as service:
        service.route(
            "/api/v2/balance", json_response(401, {"error": "not_authenticated", "message": f"bad {KEY}"})
        )
        async with chatting(chat_app(None, tmp_path, settings=Settings(base_url=service.url))) as chat:
            await chat.sees("Paste your Elumenta API key")
            await chat.paste(KEY)
            await chat.pilot.press("enter")
            await chat.sees(
                "did not accept the API key", "Check the key, or make a new one at https://elumenta.ru."
            )
            assert "/key" not in chat.screen
            assert KEY not in chat.screen
    assert not (tmp_path / "config.toml").exists()


async def test_the_first_start_can_go_to_the_demo(tmp_path: Path) -> None:
    async with chatting(chat_app(None, tmp_path)) as chat:
        await chat.sees("Paste your Elumenta API key")
        await chat.pilot.press("f2")
        await chat.sees("DEMO", "283 tokens")


@thorough
async def test_the_balance_bar_shows_plan_and_remaining_requests(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("VIP", "hour", "day")


@thorough
async def test_an_answer_without_a_stated_balance_has_it_read_again(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.balance = 299
        service.queue(
            sse(
                {"type": "generation_start", "id": 18473},
                delta("Hi"),
                {"type": "generation_end", "id": 18473, "tokens_spent": 1},
            )
        )
        await chat.ask("hi")
        await chat.sees("1 token · 299 left", "◈ 299 tokens")


@thorough
async def test_a_balance_that_can_not_be_read_is_said_to_be_unconfirmed(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.route("/api/v2/balance", json_response(500, {"error": "provider_error", "message": "x"}))
        service.queue(sse(started(), delta("Hi")))
        await chat.ask("hi")
        await chat.sees("◈ 300 tokens (not confirmed)", "price not stated", "spent 0 or more")


@thorough
async def test_an_empty_model_list_leaves_the_documented_models(tmp_path: Path) -> None:
    async with Service() as service:
        service.route("/api/v2/models", json_response(200, []))
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300 tokens")
            await chat.pilot.press("f3")
            await chat.sees("Claude Opus 4.5", "GPT-5.2 Pro")


@thorough
async def test_models_that_come_while_the_picker_is_open_are_listed_and_the_selection_stays(
    tmp_path: Path,
) -> None:
    pause = Pause()
    listed = [
        {"slug": slug, "name": f"New {slug}", "provider": "P", "category": "text", "token_cost": cost}
        for slug, cost in (("cheap-1", 1), ("claude-opus-4.5", 7), ("gpt-5", 2))
    ]
    async with Service() as service:
        service.route("/api/v2/models", pause, json_response(200, listed))
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("300 tokens")
            await chat.pilot.press("f3")
            await chat.type("opus")
            await chat.sees("Claude Opus 4.5")
            await chat.pilot.press("space")
            pause.event.set()
            await chat.sees("New claude-opus-4.5", "7")
            await chat.sees_no("Claude Opus 4.5")
            assert "✓ New claude-opus-4.5" in chat.flat
            await chat.pilot.press("space", "ctrl+u")
            await chat.sees("New cheap-1", "New gpt-5")
            await chat.sees_no("DeepSeek V3")
            await chat.type("opus")
            await chat.pilot.press("enter")
            await chat.until(lambda: chat.app.session.model.price == 7)


@thorough
async def test_models_that_can_not_chat_are_shown_but_can_not_be_chosen(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        await chat.until(lambda: any(model.slug == "veo-3" for model in chat.app.session.models))
        await chat.pilot.press("f3")
        await chat.type("veo")
        await chat.sees("veo-3", "video")
        await chat.pilot.press("enter")
        assert isinstance(chat.app.screen, ModelPicker)
        await chat.pilot.press("escape")
        assert chat.app.session.model.slug == "gpt-5"


@thorough
async def test_the_picker_filters_what_is_typed_in_the_wrong_layout(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.pilot.press("f3")
        await chat.sees("search…")
        await chat.pilot.press(*"щзгы")
        await chat.sees("Claude Opus 4.5")
        await chat.sees_no("Gemini")


@thorough
async def test_any_slug_that_the_user_names_is_asked(tmp_path: Path) -> None:
    app_options = {"model": "my-own-model"}
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, **app_options)) as chat,
    ):
        await chat.sees("300 tokens", "Enter · price unknown")
        await chat.ask("hi")
        assert service.posts[0].json["model"] == "my-own-model"


@thorough
async def test_a_slug_that_no_list_knows_can_be_typed_in_the_picker(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        await chat.type("/model my/own-model")
        await chat.pilot.press("enter")
        await chat.sees("my/own-model not listed, price unknown")
        await chat.pilot.press("enter")
        await chat.sees("Enter · price unknown")
        await chat.ask("hi")
        assert service.posts[0].json["model"] == "my/own-model"


@thorough
async def test_a_new_conversation_forgets_the_old_one_but_not_what_it_cost(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.ask("first")
        await chat.pilot.press("ctrl+n")
        await chat.sees("Ask anything", "spent 3")
        await chat.ask("second")
        assert service.posts[1].messages == [("user", "second")]


@thorough
async def test_slash_commands_do_what_their_keys_do(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        await chat.type("/model deepseek-r1")
        await chat.pilot.press("enter")
        await chat.sees("DeepSeek R1", "Enter · 1 token")
        await chat.type("/nonsense")
        await chat.pilot.press("enter")
        await chat.sees("Unknown command /nonsense")
        assert chat.app.prompt.text == "/nonsense"
        assert service.posts == []
        await chat.pilot.press("ctrl+c")
        await chat.type("//etc")
        await chat.pilot.press("enter")
        await service.posted()
        assert service.posts[0].messages == [("user", "/etc")]


@thorough
async def test_the_language_switches_live(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.ask("hi")
        await chat.pilot.press("f12")
        await chat.sees(
            "3 токена · осталось 297", "потрачено: 3", "◈ 297 токенов", "Enter · 2 токена · останется 295"
        )
        await chat.pilot.press("f12")
        await chat.sees("3 tokens · 297 left")
    assert i18n.language() == "en"


@thorough
async def test_scrolled_up_nothing_moves_and_a_badge_says_that_there_is_more(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), (80, 24)) as chat:
        pause = Pause()
        first = "\n\n".join(f"line {number}" for number in range(60))
        service.queue(sse(started(), delta(first), done=False), pause, sse(delta("\n\nTHE END"), ended()))
        answer = await chat.send("many lines")
        await chat.sees("line 59")
        await chat.pilot.press("pageup", "pageup")
        await chat.sees("more below")
        seen = lines_of(chat)
        pause.event.set()
        await chat.until(lambda: answer.over)
        await chat.settle()
        assert lines_of(chat) == seen
        assert "THE END" not in chat.screen
        await chat.pilot.press("ctrl+end")
        await chat.sees("THE END")
        await chat.sees_no("more below")


@thorough
async def test_help_lists_every_key_and_slash_word(tmp_path: Path) -> None:
    from elumenta_tui.tui.actions import ACTIONS
    from elumenta_tui.tui.catalogue import key_label

    async with chatting(chat_app(None, tmp_path), (120, 240)) as chat:
        await chat.pilot.press("escape")
        await chat.pilot.press("f1")
        await chat.sees("Esc closes")
        for entry in ACTIONS.values():
            if not entry.demo_only:
                for key in entry.keys:
                    await chat.sees(key_label(key))
                for word in entry.slash[:1]:
                    await chat.sees(f"/{word}")


@thorough
async def test_the_palette_finds_and_runs_an_action(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.pilot.press("ctrl+p")
        await chat.sees("Commands")
        await chat.type("theme")
        await chat.pilot.press("enter")
        await chat.sees("elumenta-day")
        await chat.type("day")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.theme == "elumenta-day")
        assert service.posts == []


@thorough
async def test_a_chosen_model_and_theme_are_there_at_the_next_start(tmp_path: Path) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.type("/model grok-4-fast")
            await chat.pilot.press("enter")
            await chat.type("/theme elumenta-contrast")
            await chat.pilot.press("enter")
            await chat.until(lambda: chat.app.theme == "elumenta-contrast")
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("Grok 4 Fast")
            assert chat.app.theme == "elumenta-contrast"
    assert not (tmp_path / "config.toml").exists()


@thorough
async def test_the_demo_remembers_its_model_and_leaves_the_accounts_alone(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("283 tokens")
        await chat.type("/model grok-4-fast")
        await chat.pilot.press("enter")
        await chat.sees("Grok 4 Fast")
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("283 tokens", "Grok 4 Fast")
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        assert chat.app.session.model.slug == "gpt-5"


@thorough
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": "nosuch"}, "The model nosuch is not listed"),
        ({"model": "gpt-5-nan"}, "Did you mean gpt-5-nano?"),
        ({"settings": Settings(model="grok-4-fas")}, "Did you mean grok-4-fast?"),
    ],
)
async def test_a_named_model_that_is_not_in_the_list_is_told_and_asked_all_the_same(
    tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path, **options)) as chat:
        await chat.sees("283 tokens", said)
        assert chat.app.session.model.slug == (options.get("model") or "grok-4-fas")


@thorough
async def test_ctrl_c_clears_the_prompt_then_quits_on_the_second_press(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.type("draft")
        await chat.pilot.press("ctrl+c")
        assert chat.app.prompt.text == ""
        await chat.pilot.press("up")
        assert chat.app.prompt.text == "draft"
        await chat.pilot.press("ctrl+c", "ctrl+c")
        await chat.sees("Ctrl+C again quits")
        await chat.pilot.press("ctrl+c")
        await chat.until(lambda: chat.app.return_value == 0)


@thorough
async def test_sent_prompts_come_back_with_the_up_key(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.ask("first")
        await chat.ask("second")
        await chat.type("draft")
        await chat.pilot.press("up")
        assert chat.app.prompt.text == "second"
        await chat.pilot.press("up")
        assert chat.app.prompt.text == "first"
        await chat.pilot.press("down", "down")
        assert chat.app.prompt.text == "draft"


@thorough
async def test_untrusted_names_and_messages_are_never_markup(tmp_path: Path) -> None:
    hostile = "a[/b] [red]x[/] list[int] [@click=app.quit]q[/]"
    async with Service() as service:
        service.route(
            "/api/v2/models",
            json_response(
                200,
                [
                    {
                        "slug": "evil",
                        "name": hostile,
                        "provider": hostile,
                        "category": hostile,
                        "min_plan": hostile,
                    },
                    {"slug": "gpt-5", "name": hostile, "token_cost": 2},
                ],
            ),
        )
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("a[/b]")
            await chat.pilot.press("f3")
            await chat.sees("a[/b] [red]x[/] list[int]")
            await chat.pilot.press("escape")
            service.queue(sse(started(hostile), delta(hostile), {"type": "error", "message": hostile}))
            await chat.ask(hostile)
            await chat.sees(f"The service says: {hostile}")


@thorough
async def test_d5_malformed_events_are_reported_and_the_text_around_them_kept(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        service.queue(
            sse(started(), delta("A"), done=False),
            b"data: {broken\n\n",
            sse({"type": "ping"}, delta("B"), ended()),
        )
        await chat.ask("hi")
        await chat.sees("AB", "1 unreadable piece skipped")


@thorough
async def test_a_mouse_selection_copies_the_text_without_its_decoration(tmp_path: Path) -> None:
    copied: list[str] = []
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), (60, 24)) as chat:
        chat.app.parts.copying.copy = copied.append  # type: ignore[method-assign, assignment]  # what reaches the clipboard is tested there
        long = "word " * 20
        service.queue(sse(started(), delta(f"{long.strip()}\n\n- item one\n- item two"), ended()))
        await chat.ask("hi")
        first = next(y for y, row in enumerate(chat.rows) if "word word" in row)
        last = next(y for y, row in enumerate(chat.rows) if "item two" in row)
        await chat.pilot.mouse_down(chat.app.transcript, offset=(2, first))
        await chat.pilot.hover(chat.app.transcript, offset=(20, last - 1))
        await chat.pilot.hover(chat.app.transcript, offset=(40, last))
        await chat.pilot.mouse_up(chat.app.transcript, offset=(40, last))
        assert chat.app.focused is chat.app.prompt
        await chat.pilot.press("ctrl+c")
        await chat.until(lambda: copied)
        assert copied[0].split("\n")[0] == long.strip()
        assert "item two" in copied[0]
        assert "•" not in copied[0]


LISTS = "1. one\n2. two\n   - inner\n     - deep\n\n- [ ] open\n- [x] done\n\n> said\n> > twice"


@thorough
@pytest.mark.parametrize(
    ("column", "copied"),
    [
        (0, [" 1. one", " 2. two", "    - inner", "      - deep", "", "- [ ] open", "- [x] done", "", "> said", ">", "> > twice"]),
        (6, ["one", "two", "- inner", "  - deep", "", "open", "done", "", "said", "", "twice"]),
    ],
)  # fmt: skip
async def test_numbers_boxes_and_indents_are_copied_if_the_mouse_began_left_of_them(
    tmp_path: Path, column: int, copied: list[str]
) -> None:
    taken: list[str] = []
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), (60, 30)) as chat:
        chat.app.parts.copying.copy = taken.append  # type: ignore[method-assign, assignment]  # as above
        service.queue(sse(started(), delta(LISTS), ended()))
        await chat.ask("hi")
        await chat.sees("twice")
        top = chat.app.transcript.region.y
        first = next(y for y, row in enumerate(chat.rows, -top) if "1. one" in row)
        last = next(y for y, row in enumerate(chat.rows, -top) if "twice" in row)
        await chat.pilot.mouse_down(chat.app.transcript, offset=(column, first))
        await chat.pilot.hover(chat.app.transcript, offset=(20, last - 1))
        await chat.pilot.hover(chat.app.transcript, offset=(40, last))
        await chat.pilot.mouse_up(chat.app.transcript, offset=(40, last))
        await chat.pilot.press("ctrl+c")
        await chat.until(lambda: taken)
        assert taken[0].split("\n") == copied


@thorough
async def test_the_rows_stand_still_while_a_button_of_the_mouse_is_down(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), (60, 20)) as chat:
        hold, rest = Pause(), Pause()
        first, more = ("".join(f"line {n}\n\n" for n in numbers) for numbers in (range(40), range(40, 80)))
        service.queue(sse(started(), delta(first), done=False), hold, sse(delta(more), done=False), rest)
        await chat.send("hi")
        await chat.sees("line 39")
        before = [row[:40].rstrip() for row in chat.rows[:8]]
        await chat.pilot.mouse_down(chat.app.transcript, offset=(2, 3))
        hold.event.set()
        await chat.until(lambda: "line 79" in chat.app.session.conversation.answers[-1].text)
        await chat.settle()
        assert [row[:40].rstrip() for row in chat.rows[:8]] == before
        await chat.pilot.mouse_up(chat.app.prompt, offset=(3, 0))
        await chat.sees("line 79")


@thorough
async def test_copying_the_last_answer_takes_its_markdown(tmp_path: Path) -> None:
    copied: list[str] = []
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        chat.app.parts.copying.copy = copied.append  # type: ignore[method-assign, assignment]  # as above
        await chat.pilot.press("ctrl+y")
        await chat.sees("No answer to copy yet")
        service.queue(sse(started(), delta("**bold** `code`"), ended()))
        await chat.ask("hi")
        await chat.pilot.press("ctrl+y")
        await chat.until(lambda: copied == ["**bold** `code`"])


@thorough
async def test_a_lone_slash_opens_the_command_palette(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.type("/")
        await chat.pilot.press("enter")
        await chat.sees("Commands")
        assert service.posts == []


@thorough
async def test_the_cursor_walks_messages_and_with_plain_arrows_their_parts_and_copies_their_source(
    tmp_path: Path,
) -> None:
    copied: list[str] = []
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        chat.app.parts.copying.copy = copied.append  # type: ignore[method-assign, assignment]  # as above
        text = "Look:\n\n```py\nx = 1\n\ty = 2\n```\n\nand\n\n```sh\nls\n```"
        service.queue(sse(started(), delta(text), ended()))
        await chat.ask("show me")
        wanted = {
            text: "alt+up",
            "ls": "up",
            "and": "up",
            "x = 1\n\ty = 2": "up",
            "Look:": "up",
            "show me": "up",
        }
        for number, (source, key) in enumerate(wanted.items(), 1):
            await chat.pilot.press(key, "ctrl+y")
            await chat.until(lambda: len(copied) == number)  # noqa: B023  # awaited within the loop
            assert copied[-1] == source
        await chat.pilot.press("alt+up", "alt+down", "ctrl+y")
        await chat.until(lambda: len(copied) == 7)
        assert copied[-1] == text
        assert any("┃ ✓ GPT-5" in row for row in chat.rows)
        await chat.pilot.press("escape")
        await chat.until(lambda: not any("┃ ✓ GPT-5" in row for row in chat.rows))


async def test_a_double_click_selects_a_word_and_a_triple_click_its_wrapped_line(
    tmp_path: Path, slow_clicks: None
) -> None:
    copied: list[str] = []
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), (60, 24)) as chat:
        chat.app.parts.copying.copy = copied.append  # type: ignore[method-assign, assignment]  # as above
        line = "some words and https://example.com/a-b then words " + "and more " * 8
        service.queue(sse(started(), delta(line), ended()))
        await chat.ask("hi")
        row = next(y for y, text in enumerate(chat.rows) if "https" in text)
        column = chat.rows[row].index("https") + 3
        await chat.pilot.double_click(chat.app.transcript, offset=(column, row))
        await chat.pilot.press("ctrl+c")
        await chat.until(lambda: copied)
        assert copied == ["https://example.com/a-b"]
        selected = chat.app.screen.get_selected_text
        await chat.pilot.click(chat.app.transcript, offset=(column, row + 5))
        await chat.until(lambda: not selected(), "nothing selected")
        await chat.pilot.triple_click(chat.app.transcript, offset=(column, row))
        await chat.until(selected, "the line selected")
        await chat.pilot.press("ctrl+c")
        await chat.until(lambda: len(copied) == 2)
        assert copied[1] == line.strip()


@thorough
async def test_nothing_of_the_demo_goes_to_the_real_account(tmp_path: Path) -> None:
    async with Service() as service:
        app = chat_app(None, tmp_path, settings=Settings(base_url=service.url), demo=quick_demo)
        async with chatting(app) as chat:
            await chat.sees("Paste your Elumenta API key")
            await chat.pilot.press("f2")
            await chat.sees("283 tokens")
            await chat.type("/model gpt-5.2-pro")
            await chat.pilot.press("enter")
            await chat.sees("GPT-5.2 Pro")
            await chat.type("2+2")
            await chat.pilot.press("enter")
            await chat.sees("Nothing was sent; Enter again sends it.")
            await chat.pilot.press("enter")
            await chat.sees("spent 39")
            await chat.type("/key")
            await chat.pilot.press("enter")
            await chat.sees("Paste your Elumenta API key")
            await chat.paste(KEY)
            await chat.pilot.press("enter")
            await chat.sees("300 tokens", "spent 0", "Enter · 2 tokens")
            await chat.ask("hello")
            assert service.posts[0].json["model"] == "gpt-5"
            assert service.posts[0].messages == [("user", "hello")]
        assert StateFile(tmp_path / "state.toml").recall("model", "gpt-5") == "gpt-5"


@thorough
async def test_another_key_for_the_same_service_keeps_the_conversation(tmp_path: Path) -> None:
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, settings=Settings(base_url=service.url))
        async with chatting(app) as chat:
            await chat.ask("first")
            await chat.type("/key")
            await chat.pilot.press("enter")
            await chat.sees("Paste your Elumenta API key", "back")
            await chat.paste(KEY[:-1] + "Z")
            await chat.pilot.press("enter")
            await chat.sees("The key is saved")
            await chat.ask("second")
            assert [content for _, content in service.posts[1].messages] == [
                "first",
                "Here are the numbers",
                "second",
            ]
            assert service.posts[1].headers["authorization"] == f"Bearer {KEY[:-1]}Z"


@thorough
async def test_the_balance_of_another_account_says_nothing_of_what_a_turn_cost(tmp_path: Path) -> None:
    async with Service() as service:
        app = chat_app(
            account_at(service.url), tmp_path, settings=Settings(base_url=service.url), sleep=hurry
        )
        async with chatting(app) as chat:
            await chat.sees("300 tokens")
            service.route("/api/v2/balance", json_response(500, {"error": "internal"}))
            service.queue(sse(started(), delta("Half"), done=False), Close())
            answer = await chat.send("go")
            await chat.until(lambda: answer.over and not chat.app.session.is_settling(answer))
            await chat.sees("what it cost is not known")
            service.route("/api/v2/balance", json_response(200, {"token_balance": 100}))
            await chat.type("/key")
            await chat.pilot.press("enter")
            await chat.sees("Paste your Elumenta API key", "back")
            await chat.paste(KEY[:-1] + "Z")
            await chat.pilot.press("enter")
            await chat.sees("The key is saved", "◈ 100 tokens", "what it cost is not known")
            assert answer.charge.amount is None


async def test_another_key_lets_the_answer_that_is_coming_come_to_its_end(tmp_path: Path) -> None:
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, settings=Settings(base_url=service.url))
        async with chatting(app) as chat:
            await chat.sees("300 tokens")
            pause = Pause()
            service.queue(
                sse(started(), delta("Half"), done=False), pause, sse(delta(" and whole"), ended(2, 7))
            )
            answer = await chat.send("go")
            await chat.sees("Half")
            await chat.type("/key")
            await chat.pilot.press("enter")
            await chat.sees("Paste your Elumenta API key", "back")
            chat.app.screen.query_one(Input).value = KEY[:-1] + "Z"
            await chat.pilot.press("enter")
            await chat.sees("The key is saved")
            pause.event.set()
            await chat.until(lambda: answer.over)
            await chat.sees("Half and whole", "2 tokens · 7 left", "◈ 300 tokens")
            assert answer.state is AnswerState.COMPLETE


@thorough
async def test_the_stop_command_stops_at_once(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        service.queue(sse(started(), delta("Half"), done=False), Pause())
        answer = await chat.send("go")
        await chat.sees("Half")
        await chat.type("/stop")
        await chat.pilot.press("enter")
        await chat.until(lambda: answer.over)
        await chat.sees("You stopped it.")


@thorough
@pytest.mark.parametrize("line", ["/new idea for the app", "/quit smoking, how?", "/demo error"])
async def test_a_command_that_takes_no_text_gives_it_back_and_does_nothing(tmp_path: Path, line: str) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.ask("first")
        chat.app.prompt.insert(line)
        await chat.pilot.press("enter")
        await chat.sees("Start with // to send the text as it is")
        assert chat.app.prompt.text == line
        assert len(chat.app.session.conversation.answers) == len(service.posts) == 1
        assert chat.app.return_value is None


@thorough
async def test_the_frame_says_what_enter_does_with_a_command(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("Enter · 2 tokens · 298 left")
        await chat.type("/help")
        await chat.sees("Enter · Help")
        await chat.type("x")
        await chat.sees("Enter · no such command")
        await chat.pilot.press("ctrl+u")
        await chat.sees("Enter · 2 tokens · 298 left")


@thorough
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)])
async def test_a_notice_covers_neither_the_prompt_nor_its_price(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), size) as chat:
        await chat.sees("300 tokens")
        before = chat.rows[-4:]
        chat.app.notify_user("first notice")
        await chat.sees("first notice")
        chat.app.notify_user("a notice that is rather long and has to be read to its very end, here and now")
        await chat.sees("now")
        assert "first notice" not in chat.flat
        assert chat.rows[-4:] == before


@thorough
async def test_the_language_can_be_switched_before_there_is_a_key(tmp_path: Path) -> None:
    async with chatting(chat_app(None, tmp_path)) as chat:
        await chat.sees("Paste your Elumenta API key")
        await chat.type("nb_half")
        await chat.pilot.press("f12")
        await chat.sees("Вставьте ключ API", "English")
        await chat.type("x")
        await chat.pilot.press("enter")
        await chat.sees("слишком коротко")


@thorough
@pytest.mark.parametrize(
    ("left", "shown"),
    [
        ("20", "requests left: 20 this hour · 999 today"),
        ("19", "19 requests left, more at 14:53 · 999 today"),
        ("0", "0 requests left, more at 14:53 · 999 today"),
    ],
)
async def test_requests_that_run_out_are_shown_with_the_time_at_which_there_are_more(
    tmp_path: Path, left: str, shown: str
) -> None:
    now = 1_790_000_000.0
    headers = {"X-RateLimit-Remaining-Hour": left, "X-RateLimit-Reset-Hour": str(int(now) + 2400)}
    async with Service() as service:
        service.route("/api/v2/balance", json_response(200, {"token_balance": 300}, headers))
        service.route("/api/v2/models", json_response(200, [], headers))
        async with chatting(chat_app(account_at(service.url), tmp_path, calendar=lambda: now)) as chat:
            await chat.sees(shown)


@thorough
async def test_requests_that_run_out_are_shown_before_the_plan_where_there_is_little_room(
    tmp_path: Path,
) -> None:
    now = 1_790_000_000.0
    headers = {"X-RateLimit-Remaining-Hour": "3", "X-RateLimit-Reset-Hour": str(int(now) + 2400)}
    async with Service() as service:
        service.route("/api/v2/balance", json_response(200, {"token_balance": 300, "plan": "vip"}, headers))
        service.route("/api/v2/models", json_response(200, [], headers))
        app = chat_app(account_at(service.url), tmp_path, calendar=lambda: now)
        async with chatting(app, (48, 15)) as chat:
            await chat.sees("◈ 300 tokens · 3 requests left, more at 14:53")
        app = chat_app(account_at(service.url), tmp_path, calendar=lambda: now)
        async with chatting(app, (40, 15)) as chat:
            await chat.sees("◈ 300 tokens · 3 requests left")


@thorough
async def test_an_answer_that_streams_shows_its_seconds_and_calls_nothing_but_money_a_token(
    tmp_path: Path,
) -> None:
    now = 0.0
    app_options = {"clock": lambda: now}
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, **app_options)) as chat,
    ):
        pause = Pause()
        service.queue(sse(started(), delta("Slowly"), delta(" but"), done=False), pause, sse(ended()))
        answer = await chat.send("one")
        await chat.sees("Slowly but")
        now = 14.0
        await chat.sees("streaming, 14 s")
        await chat.sees_no("tok/s")
        await chat.pilot.press("f12")
        await chat.sees("идёт ответ, 14 с")
        await chat.sees_no("ток/с")
        pause.event.set()
        await chat.until(lambda: answer.over)


async def test_keys_that_come_before_the_transcript_do_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    come = ElumentaApp._first_frame_is_there
    monkeypatch.setattr(ElumentaApp, "_first_frame_is_there", lambda app: None)
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        assert not chat.app.transcript.is_attached
        for name, action in ACTIONS.items():
            if action.keys and name not in ("send", "pause", "leave", "quit", "interrupt"):
                await chat.pilot.press(*action.keys)
                while len(chat.app.screen_stack) > 1:
                    await chat.pilot.press("escape")
        await chat.pilot.resize_terminal(80, 24)
        await chat.type("hello")
        service.queue(sse(started(), delta("And hello to you."), ended(2, 298)))
        await chat.pilot.press("enter")
        come(chat.app)
        await chat.sees("hello", "And hello to you.", "298")


@thorough
async def test_the_help_finds_pages_and_commands_and_shows_examples_as_they_are_typed(tmp_path: Path) -> None:
    async with chatting(chat_app(None, tmp_path), (120, 240)) as chat:
        await chat.pilot.press("escape")
        await chat.pilot.press("f1")
        await chat.sees("Review {{what}} for {{who:beginners}}.", "/temperature Temperature")
        for word in ("url", "address", "page", "!command"):
            await chat.type(word)
            await chat.sees(f"Help / {word}", "/attach")
            await chat.pilot.press("ctrl+u")

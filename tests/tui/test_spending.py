"""The user's own limits and the statistics, through the keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui.chat.spending import Period
from elumenta_tui.config.settings import Settings
from elumenta_tui.i18n import say
from elumenta_tui.tui.screens.statistics import StatisticsScreen
from elumenta_tui.tui.widgets.model_picker import ModelPicker
from tests.chatting import account_at, chat_app, chatting, quick_demo
from tests.service import Service, delta, ended, json_response, sse, started
from tests.thorough import thorough


@thorough
async def test_a_dear_prompt_stays_in_the_box_until_enter_is_pressed_again(tmp_path: Path) -> None:
    settings = Settings(model="gpt-5.2-pro", cap_session=50.0)
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, settings=settings)) as chat,
    ):
        chat.app.prompt.insert("Hello")
        await chat.pilot.press("enter")
        await chat.sees(
            "GPT-5.2 Pro costs 39 tokens a request; you want to be asked above 10.", "Enter again"
        )
        assert chat.app.prompt.text == "Hello"
        assert service.posts == []
        # What is offered for the text is still offered.
        await chat.type(" @https://example.com/x")
        await chat.pilot.press("enter")
        await chat.sees("Enter again", "not fetched")
        chat.app.prompt.load_text("Hello")
        await chat.sees_no("not fetched")
        await chat.pilot.press("enter")
        await chat.sees("Enter again")
        service.queue(sse(started(), delta("Yes."), ended(39, 261)))
        await chat.pilot.press("enter")
        await chat.until(lambda: service.posts, "the request")
        await chat.until(lambda: not chat.app.session.is_answering)
        chat.app.prompt.insert("More")
        await chat.pilot.press("enter")
        await chat.sees("Spent in this session: 39 of 50; this costs 39 tokens.", "/cap changes it.")
        assert chat.app.prompt.text == "More"
        assert len(service.posts) == 1


async def test_what_was_asked_already_is_named_with_its_place_and_price(tmp_path: Path) -> None:
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, names_repeats=True)) as chat,
    ):
        service.queue(sse(started(), delta("Yes."), ended(2, 298)))
        await chat.ask("Is it so?")
        await chat.pilot.press("ctrl+n")
        chat.app.prompt.insert("Is it so?")
        await chat.pilot.press("enter")
        await chat.sees("The same was asked in “Is it so?”", "2 tokens)")
        assert len(service.posts) == 1
        service.queue(sse(started(), delta("Yes, again."), ended(2, 296)))
        await chat.pilot.press("enter")
        await chat.sees("Yes, again.")


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15)])
async def test_the_statistics_show_what_was_spent(tmp_path: Path, size: tuple[int, int]) -> None:
    settings = Settings(token_price_rub=2.0)
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, settings=settings), size) as chat,
    ):
        service.queue(sse(started(), delta("Yes."), ended(2, 298)))
        await chat.ask("Is it so?")
        await chat.send_command("/stats")
        screen = await chat.shows(StatisticsScreen)
        await chat.sees("1 request", "2 tokens", "4 ₽")
        await chat.sees("last 14 days")
        await chat.pilot.press("tab")
        await chat.sees("last 30 days")
        if size[1] > 15:
            await chat.sees("By model", "GPT-5", "By kind")
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.screen is not screen)


@thorough
async def test_a_low_balance_says_for_how_many_requests_it_is_good(tmp_path: Path) -> None:
    async with Service() as service:
        service.balance = 5
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.sees("5 tokens: good for 2 requests")
            service.balance = 1
            await chat.pilot.press("f9")
            await chat.sees("1 token: too low for a request")


@thorough
async def test_an_unavailable_model_is_replaced_by_the_nearest_one_with_one_key(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        chat.app.session.select_model_named("gpt-5.2")
        for _ in range(4):
            service.queue(json_response(503, {"error": "model_unavailable"}))
        await chat.ask("Hello")
        await chat.sees("Alt+M sends it to Claude Sonnet 4.5: 4 tokens")
        service.queue(sse(started(), delta("Yes."), ended(4, 296)))
        await chat.pilot.press("alt+m")
        await chat.sees("Yes.")
        assert service.posts[-1].json["model"] == "claude-sonnet-4.5"
        assert chat.app.session.model.slug == "gpt-5.2"


async def test_a_plan_without_the_api_is_told_once_and_no_other_model_is_offered(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.ask("/demo 403")
        await chat.sees(
            "If your plan has expired, renew it at https://elumenta.ru/web/billing.", "below again"
        )
        assert chat.flat.count("VIP or Elite") == 1
        assert "Alt+M" not in chat.screen
        assert "another" not in chat.screen


async def test_favourites_stand_first_in_the_picker_also_after_a_restart(tmp_path: Path) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            service.queue(sse(started(), delta("Yes."), ended(2, 298)))
            await chat.ask("Hello")
            await chat.pilot.press("ctrl+l")
            picker = await chat.shows(ModelPicker)
            await chat.type("opus")
            await chat.pilot.press("alt+p")
            await chat.sees("★ Claude Opus 4.5")
            await chat.pilot.press("escape")
            await chat.until(lambda: chat.app.screen is not picker)
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.pilot.press("ctrl+l")
            await chat.shows(ModelPicker)
            await chat.sees("★ Claude Opus 4.5", "0/1")
            rows = [row for row in chat.rows if "Claude Opus" in row or "GPT-5 Nano" in row]
            assert "Opus" in rows[0]


async def test_a_cap_counts_what_earlier_runs_have_spent_and_the_settings_show_it(tmp_path: Path) -> None:
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            service.queue(sse(started(), delta("Yes."), ended(2, 298)))
            await chat.ask("Is it so?")
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await chat.send_command("/cap 3 a day")
            await chat.sees("Today: 2 of 3.")
            await chat.send_command("/cap")
            await chat.sees("Today: 2 of 3. /cap day off")
            assert chat.app.parts._settings.cap_day == 3
            chat.app.prompt.insert("Really?")
            await chat.pilot.press("enter")
            await chat.sees("Spent today: 2 of 3; this costs", "/cap changes it.")
            assert len(service.posts) == 1


async def test_the_threshold_is_read_whole_in_russian_on_a_small_screen(tmp_path: Path) -> None:
    settings = Settings(model="gpt-5.2-pro", cap_day=20.0, language="ru")
    async with (
        Service() as service,
        chatting(chat_app(account_at(service.url), tmp_path, settings=settings), (80, 24)) as chat,
    ):
        chat.app.parts.appearance.speak("ru")
        chat.app.prompt.insert("Почему?")
        await chat.pilot.press("enter")
        await chat.sees("запрос стоит 39 токенов. Предел меняет /cap.", "спрашивать просили выше 10.")
        assert service.posts == []


@thorough
async def test_the_demo_says_that_all_its_runs_count(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.ask("Hello")
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.send_command("/cap 20")
        await chat.sees("Today: 2 of 20. It holds until the demo ends. Earlier runs of the demo count, too.")
        await chat.send_command("/stats")
        await chat.shows(StatisticsScreen)
        await chat.sees("1 request", "its balance begins anew with each.")


@thorough
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_frame_shows_the_rest_of_a_cap_once_little_is_left_or_the_next_request_would_pass_it(
    tmp_path: Path, language: str
) -> None:
    def words(name: str, *, is_short: bool = False, **values: object) -> str:
        return say(f"frame.{'cap_short' if is_short else 'cap'}.{name}", **values)

    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            # An earlier program has spent these.
            service.queue(sse(started(), delta("Yes."), ended(14, 286)))
            await chat.ask("Is it so?")
        settings = Settings(cap_day=20.0, cap_session=100.0, language=language)
        app = chat_app(account_at(service.url), tmp_path, settings=settings)
        async with chatting(app) as chat:
            app.parts.appearance.speak(language)
            await chat.until(lambda: app.session.spending.spent(Period.DAY).known == 14)
            # A quarter and more is left.
            assert "20" not in (chat.app.prompt.border_subtitle or "")
            service.queue(sse(started(), delta("Yes."), ended(2, 284)))
            await chat.ask("Is it, though?")
            await chat.sees(words("day", left=4, cap=20))
            await chat.send_command("/model gpt-5.2-pro")
            await chat.sees(words("passed", rest=words("day", left=4, cap=20)))
            await chat.pilot.resize_terminal(80, 24)
            await chat.sees(words("passed", rest=words("day", left=4, cap=20)))
            await chat.pilot.resize_terminal(40, 15)
            await chat.sees(words("passed", is_short=True, left=4, cap=20) + " ─╯", say("bar.tokens", n=39))
            # Enter says the same, and sends nothing.
            app.prompt.insert("And now?")
            await chat.pilot.press("enter")
            await chat.sees("/cap")
            assert len(service.posts) == 2
            app.prompt.clear()
            await chat.send_command("/model gpt-5")
            short = words("day", is_short=True, left=4, cap=20)
            await chat.sees(short + " ─╯", say("bar.tokens", n=2))
            await chat.send_command("/cap 200")
            await chat.sees_no(short)

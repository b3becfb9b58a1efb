"""Where the key comes from, which of the places wins, and where a new one is put."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from types import ModuleType, SimpleNamespace

import pytest

from elumenta_tui import i18n
from elumenta_tui.config import keychain as room
from elumenta_tui.config.keychain import Keychain, NoKey
from elumenta_tui.config.saving import save
from elumenta_tui.config.settings import Settings, load
from elumenta_tui.i18n import spoken
from elumenta_tui.session.backend import real_account
from tests.chatting import chat_app, chatting
from tests.service import KEY, Service
from tests.thorough import thorough

OTHER = KEY.replace("live", "othr")
URL = Settings().base_url


@pytest.fixture(autouse=True)
def english() -> None:
    i18n.use("en")


class Backend:
    """A keyring that can be made to misbehave."""

    priority: float = 5

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}
        self.trouble: Exception | None = None
        self.opens = threading.Event()
        self.opens.set()

    def _wait(self) -> None:
        self.opens.wait(10)
        if self.trouble is not None:
            raise self.trouble

    def get_password(self, service: str, user: str) -> str | None:
        self._wait()
        return self.secrets.get((service, user))

    def set_password(self, service: str, user: str, secret: str) -> None:
        self._wait()
        self.secrets[service, user] = secret


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    backend = Backend()
    module = ModuleType("keyring")
    module.__spec__ = SimpleNamespace(name="keyring")  # type: ignore[assignment]  # what find_spec looks at
    module.__dict__["get_keyring"] = lambda: backend
    monkeypatch.setitem(sys.modules, "keyring", module)
    yield backend
    backend.opens.set()


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_has_keyring", lambda: False)


def chain(path: Path, environment: str = "", **options: str) -> Keychain:
    return Keychain(Settings(**options), path / "config.toml", environment)  # type: ignore[arg-type]  # texts all


def python(code: str) -> str:
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"


def guarded(keychain: Keychain) -> str:
    """What closing the file to others came to."""
    said = keychain.guard_file()
    assert said is not None
    return spoken(said)


async def complaint(keychain: Keychain) -> str:
    with pytest.raises(NoKey) as caught:
        await keychain.find()
    assert caught.value.is_anywhere
    assert keychain.key == ""
    assert keychain.complaint is not None
    return spoken(keychain.complaint)


# -------------------------------------------------------------------------------------------------------- which one wins


async def test_the_environment_wins_then_the_command_then_the_file_then_the_keyring(
    tmp_path: Path, keyring: Backend
) -> None:
    keys = {place: f"nb_live_{place}_0123456789" for place in ("environment", "command", "file", "keyring")}
    keyring.secrets[room.SERVICE, URL] = keys["keyring"]
    command = python(f"print({keys['command']!r})")
    assert (
        await chain(tmp_path, keys["environment"], api_key=keys["file"], api_key_command=command).find()
        == (keys["environment"])
    )
    assert (
        await chain(tmp_path, " \n", api_key=keys["file"], api_key_command=command).find() == keys["command"]
    )
    assert await chain(tmp_path, api_key=keys["file"]).find() == keys["file"]
    assert await chain(tmp_path).find() == keys["keyring"]


@pytest.mark.usefixtures("no_keyring")
async def test_where_there_is_nothing_there_is_no_key(tmp_path: Path) -> None:
    keychain = chain(tmp_path)
    assert not keychain.may_find
    with pytest.raises(NoKey) as caught:
        await keychain.find()
    assert not caught.value.is_anywhere
    assert keychain.complaint is None


@thorough
@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", "\ufeff{}", " '{}' ", "Bearer {}"])
async def test_a_key_from_anywhere_is_tidied(tmp_path: Path, around: str) -> None:
    assert await chain(tmp_path, around.format(KEY)).find() == KEY
    assert await chain(tmp_path, api_key=around.format(KEY)).find() == KEY
    assert await chain(tmp_path, api_key_command=python(f"print({around.format(KEY)!r})")).find() == KEY


async def test_a_lookalike_letter_is_pointed_at_and_the_key_is_not_quoted(tmp_path: Path) -> None:
    said = await complaint(chain(tmp_path, api_key=KEY.replace("c", "с")))
    assert "character 21 is the Cyrillic letter «с»" in said
    assert KEY[:12] not in said


# ------------------------------------------------------------------------------------------------------------ the command


async def test_a_command_runs_without_a_shell_a_terminal_or_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELUMENTA_API_KEY", OTHER)
    monkeypatch.setenv("GPG_TTY", "/dev/tty")
    code = (
        "import os, sys\n"
        "assert sys.argv[1:] == ['$HOME', '*', ';'], sys.argv\n"
        "assert not {'ELUMENTA_API_KEY', 'GPG_TTY'} & set(os.environ)\n"
        "assert os.getsid(0) == os.getpid()\n"
        "assert sys.stdin.read() == ''\n"
        f"print({KEY!r} + '\\nuser: me\\nurl: elumenta.ru')"
    )
    assert await chain(tmp_path, api_key_command=python(code) + " '$HOME' * ';'").find() == KEY


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (python("import sys; sys.exit('the safe is \\x1b[2Jlocked')"), "failed: the safe is [2Jlocked"),
        (python("raise SystemExit(7)"), "failed: exit code 7"),
        (python("print()"), "printed nothing"),
        ("/no/such/program", "failed: No such file or directory"),
        ("'unbalanced", "failed: No closing quotation"),
        (python("print('nb_live_0123456789 сс 0123456789')"), "character 19 is «␣»"),
    ],
)
async def test_a_command_that_gives_no_key_is_quoted_in_a_sentence(
    tmp_path: Path, command: str, said: str
) -> None:
    assert said in await complaint(chain(tmp_path, api_key=KEY, api_key_command=command))


async def test_a_command_that_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "COMMAND_SECONDS", 0.5)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    # The grandchild holds the other end of the pipe open for as long as it lives.
    command = shlex.join(["sh", "-c", f"sleep 60 3>{fifo} & sleep 60"])
    reader = asyncio.create_task(asyncio.to_thread(fifo.read_bytes))
    assert "no key within 0 seconds" in await complaint(chain(tmp_path, api_key_command=command))
    assert await asyncio.wait_for(reader, 5) == b""


async def test_a_command_that_prints_for_ever_or_leaves_a_program_behind_is_no_trouble(
    tmp_path: Path,
) -> None:
    endless = python(f"print({KEY!r}, flush=True)\nwhile True: print('x' * 1000)")
    assert await chain(tmp_path, api_key_command=endless).find() == KEY
    begun = monotonic()
    agent = shlex.join(["sh", "-c", f"sleep 20 >/dev/null & echo {KEY}"])
    assert await chain(tmp_path, api_key_command=agent).find() == KEY
    assert monotonic() - begun < 5


# ------------------------------------------------------------------------------------------------------------ the keyring


async def test_a_keyring_that_is_locked_or_broken_is_said(tmp_path: Path, keyring: Backend) -> None:
    keyring.trouble = RuntimeError("the collection is locked")
    assert "cannot be read: the collection is locked" in await complaint(chain(tmp_path))


async def test_the_loop_does_not_wait_for_a_keyring(
    tmp_path: Path, keyring: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "KEYRING_SECONDS", 0.2)
    keyring.opens.clear()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    counting = asyncio.create_task(count())
    assert "it took too long" in await complaint(chain(tmp_path))
    counting.cancel()
    assert turns > 5


@pytest.mark.usefixtures("no_keyring")
async def test_without_a_keyring_a_key_goes_into_the_file(tmp_path: Path) -> None:
    kept = await chain(tmp_path).keep(KEY)
    path = tmp_path / "config.toml"
    assert spoken(*kept.said) == f"The key is saved in {path}; only you can read it."
    assert kept.succeeded
    assert load(path).api_key == KEY
    assert path.stat().st_mode & 0o777 == 0o600


async def test_with_a_keyring_a_key_goes_there_and_leaves_the_file(tmp_path: Path, keyring: Backend) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'model = "o" # mine\napi_key = "{OTHER}"\n')
    keychain = Keychain(load(path), path)
    kept = await keychain.keep(KEY)
    assert kept.succeeded
    assert "in the system keyring, and the old one was removed" in spoken(*kept.said)
    assert path.read_text() == 'model = "o" # mine\n'
    assert keyring.secrets == {(room.SERVICE, URL): KEY}
    assert await keychain.find() == KEY
    assert await Keychain(load(path), path).find() == KEY
    # Another service does not get it.
    with pytest.raises(NoKey):
        await chain(tmp_path, base_url="https://elsewhere.example").find()


class Forgetful(Backend):
    def set_password(self, service: str, user: str, secret: str) -> None:
        """As the null backend."""


@pytest.mark.parametrize("trouble", ["raises", "forgets", "weak", "hangs"])
async def test_a_keyring_that_does_not_take_the_key_leaves_it_to_the_file_and_that_is_said(
    tmp_path: Path, keyring: Backend, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    match trouble:
        case "raises":
            keyring.trouble = RuntimeError("denied")
        case "forgets":
            monkeypatch.setattr(sys.modules["keyring"], "get_keyring", Forgetful)
        case "weak":
            keyring.priority = 0.5
        case "hangs":
            keyring.opens.clear()
            monkeypatch.setattr(room, "KEYRING_SECONDS", 0.1)
    kept = await chain(tmp_path).keep(KEY)
    assert not kept.succeeded
    assert spoken(*kept.said).startswith("The system keyring did not take the key (")
    assert spoken(*kept.said).endswith(
        f"The key is saved in {tmp_path / 'config.toml'}; only you can read it."
    )
    assert load(tmp_path / "config.toml").api_key == KEY


@pytest.mark.usefixtures("no_keyring")
async def test_a_key_that_can_not_be_saved_is_said_and_used(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    keychain = chain(tmp_path)
    kept = await keychain.keep(KEY)
    assert not kept.succeeded
    assert spoken(*kept.said).startswith("The key works, but could not be saved: ")
    assert keychain.key == KEY


# ------------------------------------------------------------------------------------------------------ eyes of others


def test_perms_a_file_with_a_key_is_closed_to_others_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    save(path, "api_key", KEY)
    keychain = Keychain(load(path), path)
    assert keychain.guard_file() is None
    path.chmod(0o644)
    assert "Others could read" in guarded(keychain)
    assert path.stat().st_mode & 0o777 == 0o600
    assert keychain.guard_file() is None


def test_a_file_without_a_key_may_be_read_by_anybody(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    path.chmod(0o644)
    assert chain(tmp_path).guard_file() is None
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_that_others_can_change_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    path.chmod(0o666)
    assert "Others could change" in guarded(chain(tmp_path))
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_that_can_not_be_closed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    save(path, "api_key", KEY)
    path.chmod(0o644)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    assert "could not be prevented: Operation not permitted" in guarded(Keychain(load(path), path))


# --------------------------------------------------------------------------------------------------------- in the app


@thorough
async def test_a_keyring_without_a_key_leads_to_the_first_start(tmp_path: Path, keyring: Backend) -> None:
    async with Service() as service:
        settings = Settings(base_url=service.url)
        keychain = Keychain(settings, tmp_path / "config.toml")
        app = chat_app(
            real_account(keychain.find, settings.base_url), tmp_path, settings=settings, keychain=keychain
        )
        async with chatting(app) as chat:
            await chat.sees("Paste your Elumenta API key")
            await chat.paste(KEY)
            await chat.pilot.press("enter")
            await chat.sees("300 tokens", "saved in the system keyring")
            assert keyring.secrets == {(room.SERVICE, service.url): KEY}
            assert not (tmp_path / "config.toml").exists()
            await chat.ask("hello")
        assert service.posts[0].headers["authorization"] == f"Bearer {KEY}"


@thorough
async def test_a_command_that_fails_is_told_on_the_screen_for_keys(tmp_path: Path) -> None:
    async with Service() as service:
        settings = Settings(base_url=service.url, api_key_command=python("import sys; sys.exit('no agent')"))
        keychain = Keychain(settings, tmp_path / "config.toml")
        app = chat_app(
            real_account(keychain.find, settings.base_url), tmp_path, settings=settings, keychain=keychain
        )
        async with chatting(app) as chat:
            await chat.sees("The command in api_key_command failed: no agent")
            await chat.paste(KEY)
            await chat.pilot.press("enter")
            await chat.sees("300 tokens", "api_key_command is set and overrides this key")


async def test_the_field_for_the_key_takes_what_is_pasted_around_it_and_shows_nothing(
    tmp_path: Path,
) -> None:
    async with Service() as service:
        app = chat_app(None, tmp_path, settings=Settings(base_url=service.url))
        async with chatting(app) as chat:
            await chat.sees("Paste your Elumenta API key")
            await chat.paste(f'\n  export ELUMENTA_API_KEY="{KEY}"\n')
            await chat.sees("•" * len(KEY))
            assert KEY not in app.export_screenshot()
            await chat.pilot.press("enter")
            await chat.sees("300 tokens")
            assert app.keychain.key == KEY

"""Find the API key, and store a new one.

The sources are, in this order: the environment (ELUMENTA_API_KEY), the user's command (api_key_command), the configuration
file (api_key), the system's keyring. The first that is set counts, even if it fails: another key than the user meant would
be charged.

A command and a keyring may take long, because they may ask the user. The event loop never waits for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib
import importlib.util
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any, TypeVar

from elumenta_tui.config.settings import Settings, SettingsProblem
from elumenta_tui.lean import Frozen
from elumenta_tui.process.children import find_program
from elumenta_tui.text.key import KeyProblem, key_problem, tidy_key
from elumenta_tui.text.phrase import Phrase
from elumenta_tui.text.sanitize import clean_line

COMMAND_SECONDS = 30.0
KEYRING_SECONDS = 20.0
"""Seconds that each access may take. A locked keyring asks for its password meanwhile."""

SERVICE = "elumenta-tui"
"""Name under which the keyring keeps our keys. Its user name is the address of the service that a key is for."""

_OUTPUT = 4096
"""Bytes of a command's output that are read."""

_STDERR_SECONDS = 0.3
"""Seconds in which the error output of an ended command may arrive."""

_STDERR_SHOWN = 300
"""Characters of a command's error output that are shown."""

_WEAK = 1
"""Keyring backends below this priority keep secrets in plain files, or not at all."""

T = TypeVar("T")


def key_phrase(problem: KeyProblem) -> Phrase:
    """Return what is wrong with a key."""
    return Phrase.of(
        f"key.problem.{problem.kind}", place=problem.place, character=clean_line(problem.character) or "␣"
    )


class NoKey(Exception):
    """There is no usable key."""

    def __init__(self, *, is_anywhere: bool) -> None:
        super().__init__()
        self.is_anywhere = is_anywhere
        """Whether there is a key that cannot be used or read."""


class KeepResult(Frozen):
    """The result of storing a key."""

    said: tuple[Phrase, ...]
    """What to tell the user."""
    succeeded: bool
    """Whether everything succeeded."""


class Keychain:
    """The key of one service.

    Args:
        settings: `api_key`, `api_key_command` and `base_url` of the configuration file.
        config_path: Path of that file.
        from_environment: Value of ELUMENTA_API_KEY; may be empty.
    """

    def __init__(self, settings: Settings, config_path: Path, from_environment: str = "") -> None:
        self.key = ""
        """The key that was found or entered last."""
        self.complaint: Phrase | None = None
        """Why the last search found no usable key; None if no source is set."""
        self._settings = settings
        self._config_path = self.config_path = config_path
        self._environment = tidy_key(from_environment)

    @property
    def may_find(self) -> bool:
        """Whether there is any source to search."""
        return bool(
            self._environment or self._settings.api_key_command or self._settings.api_key or _has_keyring()
        )

    @property
    def overriding_variable(self) -> str:
        """The setting that overrides a key entered now; empty if none does."""
        if self._environment:
            return "ELUMENTA_API_KEY"
        return "api_key_command" if self._settings.api_key_command else ""

    async def find(self) -> str:
        """Return the key. Raises NoKey; sets `complaint` if there is a key that cannot be used."""
        self.key, self.complaint = "", None
        try:
            key = tidy_key(await self._search())
            if key:
                problem = key_problem(key)
                if problem is not None and problem.kind in ("cyrillic", "characters"):
                    raise _Unusable(key_phrase(problem))
        except _Unusable as why:
            self.complaint = why.phrase
            raise NoKey(is_anywhere=True) from None
        if not key:
            raise NoKey(is_anywhere=False)
        self.key = key
        return key

    async def _search(self) -> str:
        if self._environment:
            return self._environment
        if self._settings.api_key_command:
            return await _ask_command(self._settings.api_key_command)
        if self._settings.api_key:
            return self._settings.api_key
        if not _has_keyring():
            return ""
        try:
            found: str | None = await _in_daemon_thread(
                lambda: _keyring().get_password(SERVICE, self._user), KEYRING_SECONDS
            )
        # Keyring backends raise whatever their system raises.
        except Exception as error:
            raise _Unusable(Phrase.of("key.keyring.unread", reason=_reason(error))) from None
        return found or ""

    async def keep(self, key: str) -> KeepResult:
        """Store a working key for the next start."""
        self.key = key
        refused: tuple[Phrase, ...] = ()
        if _has_keyring():
            try:
                await _in_daemon_thread(lambda: _put(self._user, key), KEYRING_SECONDS)
            # As above.
            except Exception as error:
                refused = (Phrase.of("key.keyring.refused", reason=_reason(error)),)
            else:
                return self._forget_file()
        try:
            self._save(key)
        except (OSError, SettingsProblem) as error:
            return KeepResult((*refused, Phrase.of("key.not_saved", reason=_reason(error))), False)
        self._settings.api_key = key
        return KeepResult((*refused, Phrase.of("key.saved", path=self._config_path)), not refused)

    def _forget_file(self) -> KeepResult:
        """Remove an older key from the file, which would override the one in the keyring."""
        if not self._settings.api_key:
            return KeepResult((Phrase.of("key.keyring.saved"),), True)
        try:
            self._save(None)
        except (OSError, SettingsProblem) as error:
            why = Phrase.of("key.keyring.file_wins", path=self._config_path, reason=_reason(error))
            return KeepResult((why,), False)
        self._settings.api_key = ""
        return KeepResult((Phrase.of("key.keyring.moved", path=self._config_path),), True)

    def _save(self, key: str | None) -> None:
        """Write a key to the configuration file, or remove it with None. Raises OSError or SettingsProblem."""
        from elumenta_tui.config.saving import save

        save(self._config_path, "api_key", key)

    @property
    def _user(self) -> str:
        return self._settings.base_url

    def guard_file(self) -> Phrase | None:
        """Restrict the configuration file to its owner. Return what had to be done; None if nothing had.

        Whoever can read the file gets the key in it. Whoever can write it can send any key to another address, or name
        another command.
        """
        if os.name != "posix":
            return None
        others = 0o077 if self._settings.api_key else 0o022
        try:
            mode = self._config_path.stat().st_mode
            if not mode & others:
                return None
            self._config_path.chmod(mode & ~others & 0o777)
        except FileNotFoundError:
            return None
        except OSError as error:
            return Phrase.of("key.file_open", path=self._config_path, reason=_reason(error))
        return Phrase.of(
            "key.file_closed" if self._settings.api_key else "key.file_guarded", path=self._config_path
        )


class _NoKeyring(LookupError):
    """The system has no keyring that keeps secrets."""


class _Unusable(Exception):
    """Why a key is unusable."""

    def __init__(self, phrase: Phrase) -> None:
        super().__init__(phrase.key)
        self.phrase = phrase


def _reason(error: Exception) -> str | Phrase:
    if isinstance(error, SettingsProblem):
        return error.phrase
    if isinstance(error, _NoKeyring):
        return Phrase.of("key.keyring.none")
    if isinstance(error, TimeoutError):
        return Phrase.of("key.too_slow")
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return clean_line(str(error), _STDERR_SHOWN) or type(error).__name__


# ------------------------------------------------------------------------------------------------------------ the command


async def _ask_command(command: str) -> str:
    """Return the first line that the user's command prints.

    The command runs without a shell and nothing in it is expanded; a user who wants a shell writes `sh -c '…'`. It gets no
    terminal, because the app owns it.
    """
    import shlex

    try:
        words = shlex.split(command, posix=os.name == "posix")
        if not words:
            return ""
        if sys.platform == "win32":
            # The system's search would look into the current directory first.
            program = find_program(words[0], os.environ)
            if program is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            words[0] = program
        transport, answer = await asyncio.get_running_loop().subprocess_exec(
            _Answer,
            *words,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            env=_environment(),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise _Unusable(Phrase.of("key.command.failed", reason=_reason(error))) from None
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            await answer.enough.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STDERR_SECONDS):
                await answer.whole.wait()
    except TimeoutError:
        raise _Unusable(Phrase.of("key.command.slow", n=int(COMMAND_SECONDS))) from None
    finally:
        if transport.get_returncode() is None:
            _kill(transport)
        transport.close()
    if code := transport.get_returncode():
        reason = clean_line(answer.complaint.decode("utf-8", "replace"), _STDERR_SHOWN)
        raise _Unusable(
            Phrase.of("key.command.failed", reason=reason or Phrase.of("key.command.code", code=str(code)))
        )
    lines = answer.output.decode("utf-8", "replace").strip().splitlines()
    if not lines:
        raise _Unusable(Phrase.of("key.command.silent"))
    return lines[0]


class _Answer(asyncio.SubprocessProtocol):
    """Collects the output of a command up to a limit."""

    def __init__(self) -> None:
        self.output, self.complaint = bytearray(), bytearray()
        self.enough = asyncio.Event()
        """Set when the command has ended or has printed all that is read. A command may print for ever."""
        self.whole = asyncio.Event()
        """Set when nothing more can come. Never set while a child of the command keeps its output open."""
        self._open = {1, 2}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        buffer = self.output if fd == 1 else self.complaint
        buffer += data[: _OUTPUT - len(buffer)]
        if len(self.output) == _OUTPUT:
            self.enough.set()
            self.whole.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open.discard(fd)
        if not self._open:
            self.whole.set()

    def process_exited(self) -> None:
        self.enough.set()


def _kill(transport: asyncio.SubprocessTransport) -> None:
    """End a command and its children."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            transport.kill()
        else:
            os.killpg(transport.get_pid(), signal.SIGKILL)


def _environment() -> dict[str, str]:
    # With GPG_TTY the program that asks for a passphrase would write into the app's own terminal.
    return {name: value for name, value in os.environ.items() if name not in ("ELUMENTA_API_KEY", "GPG_TTY")}


# ------------------------------------------------------------------------------------------------------------ the keyring


def _has_keyring() -> bool:
    return importlib.util.find_spec("keyring") is not None


def _keyring() -> Any:
    """Return the best backend of this system. Importing `keyring` queries all of them."""
    backend: Any = importlib.import_module("keyring").get_keyring()
    if backend.priority < _WEAK:
        raise _NoKeyring
    return backend


def _put(user: str, key: str) -> None:
    backend = _keyring()
    backend.set_password(SERVICE, user, key)
    if backend.get_password(SERVICE, user) != key:
        raise _NoKeyring


async def _in_daemon_thread(work: Callable[[], T], seconds: float) -> T:
    """Run work that may hang, in a thread that does not delay the end of the program. Raises TimeoutError after `seconds`."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(finish: Callable[[], None]) -> None:
        if not done.done():
            finish()

    def run() -> None:
        try:
            result = work()
        # The awaiting caller gets the exception.
        except Exception as error:
            finish = partial(done.set_exception, error)
        else:
            finish = partial(done.set_result, result)
        # The loop may have ended meanwhile.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, finish)

    threading.Thread(target=run, name="keyring", daemon=True).start()
    async with asyncio.timeout(seconds):
        return await done

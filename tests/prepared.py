"""The program as a process that starts in hundredths of a second: forked off one that has loaded everything already.

Such a process has descriptors, an environment, signals, an exit code and, if wanted, a terminal of its own, as any other. What it lacks is the start of
Python itself: how the locale chooses the encodings, what gets imported, and a standard file that is closed. It also lacks the end,
where Python takes apart all modules. Tests of these start the installed program.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NoReturn, Self

ROOT = Path(__file__).parent.parent

_LIBRARIES = (
    "anyio._backends._asyncio",
    "anyio.streams.tls",
    "anyio.to_thread",
    "httpcore",
    "httpx",
    "socksio",
    "sqlite3",
)
"""What is loaded beforehand, with every module of the program."""


class Process:
    """`elumenta-tui` with some arguments. It has what the tests need of `subprocess.Popen`, under the same names.

    Use it as a context manager: what still runs at the end is killed.
    """

    def __init__(
        self,
        arguments: Sequence[str | bytes | Path],
        *,
        env: Mapping[str, str],
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        stdout: int | IO[bytes] = subprocess.PIPE,
        terminal: int | None = None,
        cwd: Path = ROOT,
    ) -> None:
        """Start it.

        Args:
            arguments: What follows the name of the program; after `-c`, a program in Python to run instead, and its arguments.
            env: The whole environment.
            stdin: PIPE, DEVNULL or a file, as `stdout`. Standard error is always a pipe.
            stdout: See `stdin`.
            terminal: The descriptor of a terminal which is all three of them, and the process the first of its session.
            cwd: The working directory.
        """
        self.args = [os.fsdecode(argument) for argument in arguments]
        self.returncode: int | None = None
        self.stdin: IO[bytes] | None = None
        self.stdout: IO[bytes] | None = None
        self.stderr: IO[bytes] | None = None
        self._control, its_control = socket.socketpair()
        self._told = b""
        with contextlib.ExitStack() as its_files:
            its_files.callback(its_control.close)
            wanted_files = {"stdin": stdin, "stdout": stdout, "stderr": subprocess.PIPE}
            files = [
                self._file(name, wanted, its_files) if terminal is None else terminal
                for name, wanted in wanted_files.items()
            ]
            wanted = {
                "arguments": self.args,
                "env": dict(env),
                "cwd": str(cwd),
                "has_terminal": terminal is not None,
            }
            socket.send_fds(_server(), [b"x"], [*files, its_control.fileno()])
            self._control.sendall(json.dumps(wanted).encode() + b"\n")
        self.pid = int(self._line(None))

    def _file(self, name: str, wanted: int | IO[bytes], its_files: contextlib.ExitStack) -> int:
        """Return the descriptor that the process gets; keep the other end of a pipe."""
        if not isinstance(wanted, int):
            return wanted.fileno()
        if wanted == subprocess.DEVNULL:
            descriptor = os.open(os.devnull, os.O_RDWR)
            its_files.callback(os.close, descriptor)
            return descriptor
        reader, writer = os.pipe()
        ours, its = (writer, reader) if name == "stdin" else (reader, writer)
        setattr(self, name, os.fdopen(ours, "wb" if name == "stdin" else "rb"))
        its_files.callback(os.close, its)
        return its

    def _line(self, seconds: float | None) -> str:
        """Return the next line that is told of the process. Raises TimeoutError, BlockingIOError."""
        self._control.settimeout(seconds)
        while b"\n" not in self._told:
            piece = self._control.recv(64)
            assert piece, "what starts the processes has ended"
            self._told += piece
        line, _, self._told = self._told.partition(b"\n")
        return line.decode()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self.wait()
        for file in (self.stdin, self.stdout, self.stderr):
            if file is not None:
                with contextlib.suppress(BrokenPipeError):
                    file.close()

    def poll(self) -> int | None:
        """Return the exit code; None while the process runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0.0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and return the exit code; the number of a signal that has killed it, negative.

        Raises:
            subprocess.TimeoutExpired: It has not ended after so many seconds.
        """
        if self.returncode is None:
            try:
                self.returncode = os.waitstatus_to_exitcode(int(self._line(timeout)))
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0) from None
            self._control.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the process, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it by force."""
        self.send_signal(signal.SIGKILL)


def run(
    arguments: Sequence[str | bytes | Path],
    *,
    env: Mapping[str, str],
    piped: bytes | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    timeout: float = 60.0,
) -> subprocess.CompletedProcess[bytes]:
    """Run the program to its end, as `subprocess.run` does. `piped` is its standard input. Raises TimeoutError."""
    with Process(arguments, env=env, stdin=stdin if piped is None else subprocess.PIPE) as process:
        files = {"stdout": process.stdout, "stderr": process.stderr}
        told = dict.fromkeys(files, b"")
        left, ends = memoryview(piped or b""), time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            for name, file in files.items():
                assert file is not None
                selector.register(file, selectors.EVENT_READ, name)
            if process.stdin is not None:
                os.set_blocking(process.stdin.fileno(), False)
                selector.register(process.stdin, selectors.EVENT_WRITE, "stdin")
            while selector.get_map():
                ready = selector.select(ends - time.monotonic())
                if not ready:
                    raise TimeoutError(f"{process.args} did not end in {timeout:g} s; it said {told}")
                for key, _ in ready:
                    if key.data == "stdin":
                        left = _feed(key.fd, left)
                        is_over = not left
                    else:
                        piece = os.read(key.fd, 1 << 16)
                        told[key.data] += piece
                        is_over = not piece
                    if is_over:
                        selector.unregister(key.fileobj)
                        key.fileobj.close()  # type: ignore[union-attr]  # all of them are files
        code = process.wait(max(0.1, ends - time.monotonic()))
    return subprocess.CompletedProcess(process.args, code, told["stdout"], told["stderr"])


def run_for_text(arguments: Sequence[str | bytes | Path], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the program like `run`; what it says is text."""
    done = run(arguments, **options)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def _feed(descriptor: int, data: memoryview) -> memoryview:
    """Write what fits into a pipe; return the rest, which is nothing if nobody reads any more."""
    try:
        return data[os.write(descriptor, data) :] if data else data
    except BrokenPipeError:
        return data[:0]


# -------------------------------------------------------------------------------------------- what the processes are forked off


@cache
def _server() -> socket.socket:
    """Start what forks the processes, once for all tests of this one; it ends with them."""
    ours, its = socket.socketpair()
    with its:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.prepared", str(its.fileno())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[its.fileno()],
            # Some of what is loaded looks into the environment; the encodings are those of the new processes.
            env={**_server_environment(), "PYTHONUTF8": "1"},
        )

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours


def _server_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}


def _serve(requests: socket.socket) -> Callable[[], NoReturn] | None:
    """Fork a process for every request, and tell of its number and, later, its end. Return in a new process with what it is to do."""
    running: dict[int, socket.socket] = {}
    ends, wake = os.pipe()
    for descriptor in (ends, wake):
        os.set_blocking(descriptor, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    with selectors.DefaultSelector() as selector:
        selector.register(requests, selectors.EVENT_READ)
        selector.register(ends, selectors.EVENT_READ)
        while True:
            ready = {key.fd for key, _ in selector.select()}
            if ends in ready:
                os.read(ends, 4096)
                _tell_of_ends(running)
            if requests.fileno() not in ready:
                continue
            data, descriptors, _, _ = socket.recv_fds(requests, 1, 4)
            if not data:
                return None
            pid = os.fork()
            if not pid:
                return lambda: _become(descriptors)
            for descriptor in descriptors[:3]:
                os.close(descriptor)
            running[pid] = socket.socket(fileno=descriptors[3])
            running[pid].sendall(b"%d\n" % pid)


def _tell_of_ends(running: dict[int, socket.socket]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with running.pop(pid) as control, contextlib.suppress(OSError):
            control.sendall(b"%d\n" % status)


def _become(descriptors: Sequence[int]) -> NoReturn:
    """Be the program, in the new process."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # Jobs in the background ignore some of them, and so does every process that they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    with socket.socket(fileno=descriptors[3]) as control, control.makefile("rb") as told:
        wanted: dict[str, Any] = json.loads(told.readline())
    for number, descriptor in enumerate(descriptors[:3]):
        os.dup2(descriptor, number)
    os.closerange(3, max(descriptors) + 1)
    if wanted["has_terminal"]:
        os.setsid()
        # Without a controlling terminal there is no SIGWINCH, and no SIGHUP at its end.
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.chdir(wanted["cwd"])
    os.environ.clear()
    os.environ.update(wanted["env"])
    time.tzset()
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        errors = "backslashreplace" if name == "stderr" else "strict"
        # Those that are there know what their files can do, and these are others.
        file = open(number, "w" if number else "r", encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, file)
        setattr(sys, f"__{name}__", file)
    _run(wanted["arguments"])


def _run(arguments: list[str]) -> NoReturn:
    if arguments[:1] == ["-c"]:
        main = type(sys)("__main__")
        sys.modules["__main__"] = main
        sys.argv = ["-c", *arguments[2:]]
        exec(compile(arguments[1], "<string>", "exec"), vars(main))
        sys.exit()
    from elumenta_tui.__main__ import main as program

    sys.argv = [str(Path(sys.executable).with_name("elumenta-tui")), *arguments]
    sys.exit(program())


def _load() -> None:
    import elumenta_tui
    from elumenta_tui import i18n
    from elumenta_tui.__main__ import FRAMES
    from elumenta_tui.text.lazy_pattern import LazyPattern

    os.environ["TEXTUAL_FPS"] = FRAMES
    for name in _LIBRARIES:
        importlib.import_module(name)
    for module in pkgutil.walk_packages(elumenta_tui.__path__, "elumenta_tui."):
        importlib.import_module(module.name)
    for language in i18n.LANGUAGES:
        i18n.catalogue(language)
    for each in gc.get_objects():
        if isinstance(each, LazyPattern):
            each.compiled  # noqa: B018  # compiles it
    # What is loaded stays, and no new process has to look through it, which would copy all of it.
    gc.freeze()


def _end(code: int) -> None:
    """End the process, unless its last output can't be written: Python itself says so then.

    Python would take apart everything that is loaded first. That copies the memory that the processes share, and takes longer than most
    tests need.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # only Python itself calls it, at the end of every program
    atexit._run_exitfuncs()
    with contextlib.suppress(OSError, ValueError):
        for file in (sys.stdout, sys.stderr):
            file.flush()
        os._exit(code & 0xFF)


if __name__ == "__main__":
    _load()
    if (start := _serve(socket.socket(fileno=int(sys.argv[1])))) is not None:
        try:
            start()
        except SystemExit as ended:
            if ended.code is None or isinstance(ended.code, int):
                _end(ended.code or 0)
            raise

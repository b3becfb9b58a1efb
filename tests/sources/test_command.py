"""A command runs once, without our key and without the terminal; its output has a bound, and nothing of it is left behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from elumenta_tui.sources.command import run_command, shell_of
from elumenta_tui.sources.results import CHARACTERS, Note, NoteKind, Reason, RefusedSource, Text
from tests.thorough import thorough

HERE = {"PATH": os.environ["PATH"], "SHELL": "/bin/sh", "HOME": "/tmp"}


async def text_of(command: str, **options) -> Text:
    taken = await run_command(command, environ=options.pop("environ", HERE), **options)
    assert isinstance(taken, Text), taken
    return taken


def kinds(text: Text) -> list[NoteKind]:
    return [note.kind for note in text.notes]


async def until(condition) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  another process fulfils it
            await asyncio.sleep(0.02)


def stand_still_until_there(path: Path) -> None:
    """Wait for a file while the loop knows nothing of what the process does that writes it."""
    end = time.monotonic() + 20
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.01)


def runs(pid: int) -> bool:
    with suppress(OSError):
        os.kill(pid, 0)
        # A zombie waits for its parent only; nothing of it runs.
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def test_both_outputs_come_in_their_order_with_the_exit_code():
    text = await text_of("echo one; echo two >&2; echo three; exit 3")
    assert text == Text(
        "$ echo one; echo two >&2; echo three; exit 3",
        "one\ntwo\nthree",
        "console",
        (Note.of(NoteKind.EXIT, code=3),),
    )


async def test_a_command_without_output_is_a_text_without_lines():
    assert (await text_of("true")).text == ""


@pytest.mark.parametrize("command", ["", "  \n"])
async def test_no_command_is_refused(command: str):
    assert await run_command(command) == RefusedSource.of(Reason.EMPTY)


async def test_it_runs_once_in_the_directory_it_is_given(tmp_path: Path):
    await text_of("echo x >> ran", directory=tmp_path)
    assert (tmp_path / "ran").read_text() == "x\n"


async def test_a_directory_that_is_gone_is_a_reason(tmp_path: Path):
    taken = await run_command("echo x", directory=tmp_path / "none", environ=HERE)
    assert isinstance(taken, RefusedSource)
    assert (taken.reason, taken["error"]) == (Reason.FAILED, "No such file or directory")


async def test_a_command_that_no_program_can_be_given_is_a_reason():
    taken = await run_command("echo \0", environ=HERE)
    assert isinstance(taken, RefusedSource)
    assert taken.reason is Reason.FAILED


async def test_our_variables_stay_here_and_others_come_along():
    environ = {
        **HERE,
        "ELUMENTA_API_KEY": "nb_secret",
        "ELUMENTA_HOME": "/x",
        "MINE": "yes",
        "FORCE_COLOR": "1",
    }
    text = (await text_of("env", environ=environ)).text
    assert "MINE=yes" in text
    assert "TERM=dumb" in text
    assert "ELUMENTA" not in text
    assert "nb_secret" not in text
    assert "FORCE_COLOR" not in text


async def test_it_has_no_input_and_no_terminal():
    text = await text_of("cat; tty; echo x > /dev/tty; echo end")
    assert "not a tty" in text.text
    assert text.text.endswith("end")


async def test_it_runs_in_a_session_and_a_group_of_its_own():
    code = f"exec {sys.executable} -c 'import os; print(os.getsid(0), os.getpgid(0), os.getpid())'"
    session, group, pid = map(int, (await text_of(code)).text.split())
    assert session == group == pid
    assert session != os.getsid(0)


async def test_the_users_shell_reads_it():
    bash = shutil.which("bash")
    assert bash, "these tests need bash"
    assert (await text_of("echo ${BASH:+bash}", environ={**HERE, "SHELL": bash})).text == "bash"


@pytest.mark.parametrize("shell", ["", "/usr/sbin/nologin", "/bin/false", "relative/sh", "/no/such/shell"])
def test_without_a_shell_of_the_users_own_it_is_sh(shell: str):
    found = shell_of({**HERE, "SHELL": shell})
    assert found is not None
    assert os.path.basename(found) == "sh"


async def test_where_no_shell_is_known_it_is_refused():
    assert await run_command("dir", environ=HERE, platform="win32") == RefusedSource.of(Reason.NO_SHELL)


async def test_nothing_in_the_output_can_act_on_the_terminal():
    hostile = r"printf 'a\033[31mred\033[0m\033]0;title\007\033]52;c;QQ==\033\\b\033Pq#0\033\\c\033[2J\033[Hd\302\2331mz\n'"
    assert (await text_of(hostile)).text == "aredbcdz"


async def test_progress_bars_leave_their_last_state_and_bold_letters_one_letter():
    text = await text_of(r"printf '10%%\r50%%\rdone\r\nb\bbo\bol\bld\r\n'")
    assert text.text == "done\nbold"


@thorough
async def test_a_huge_output_keeps_its_beginning_and_its_end():
    text = await text_of("echo begin; seq 1 3000000; echo end", seconds=120)
    assert text.text.startswith("begin\n1\n2\n")
    assert text.text.endswith("\n3000000\nend")
    assert CHARACTERS * 0.9 < len(text.text) <= CHARACTERS
    cut = next(note for note in text.notes if note.kind is NoteKind.BYTES_CUT)
    assert cut["total"] == 6 + sum(len(str(n)) + 1 for n in range(1, 3_000_001)) + 4
    assert f"\n[… {cut['left_out']} bytes …]\n" in text.text
    assert kinds(text)[0] is NoteKind.EXIT


@thorough
@pytest.mark.parametrize(
    ("count", "is_cut"), [(CHARACTERS, False), (CHARACTERS + 1, True), (5 * CHARACTERS, True)]
)
async def test_the_bound_is_in_characters_and_letters_are_whole_at_a_cut(count: int, is_cut: bool):
    text = await text_of(f"{sys.executable} -c \"print('b' + 'я' * {count - 1}, end='')\"")
    assert kinds(text) == [NoteKind.EXIT, *([NoteKind.BYTES_CUT] if is_cut else [])]
    begin, _, end = text.text.partition("\n")
    assert set(begin) == {"b", "я"}
    if is_cut:
        assert CHARACTERS * 0.9 < len(text.text) <= CHARACTERS
        gap, _, end = end.partition("\n")
        assert set(end) == {"я"}
        left_out = text.notes[-1]["left_out"]
        assert gap == f"[… {left_out} bytes …]"
        assert left_out == 2 * count - 1 - len(begin.encode()) - len(end.encode())


async def test_an_output_without_end_is_bounded_while_the_loop_stays_free():
    running = asyncio.create_task(run_command("yes", environ=HERE, seconds=1.5))
    longest, at = 0.0, time.perf_counter()
    while not running.done():
        await asyncio.sleep(0.005)
        longest, at = max(longest, time.perf_counter() - at), time.perf_counter()
    text = running.result()
    assert isinstance(text, Text)
    assert text.notes[0] == Note.of(NoteKind.TIMED_OUT, seconds=2)
    assert len(text.text) <= CHARACTERS
    assert longest < 1.0


@pytest.mark.parametrize("command", ["cat /bin/ls", r"printf '\200\201\202'"])
async def test_an_output_that_is_no_text_is_refused_with_the_exit_code(command: str):
    assert await run_command(command, environ=HERE) == RefusedSource.of(Reason.BINARY, code=0)


async def test_a_few_wrong_bytes_are_marked_and_counted():
    text = await text_of(r"printf 'a long line of text \377 and more of it\n'")
    assert text.text == "a long line of text \N{REPLACEMENT CHARACTER} and more of it"
    assert text.notes[-1] == Note.of(NoteKind.UNDECODABLE, count=1)


async def test_names_separated_by_nul_are_lines():
    assert (await text_of(r"printf 'one\0two\0'")).text == "one\ntwo"


async def test_a_command_that_hangs_is_ended_with_all_it_started_and_its_output_is_kept():
    text = await text_of("trap '' TERM INT HUP; sleep 600 & echo $!; echo so far; sleep 600", seconds=1)
    pid, said = text.text.split("\n")
    assert said == "so far"
    assert kinds(text) == [NoteKind.TIMED_OUT]
    await until(lambda: not runs(int(pid)))


async def test_the_user_can_stop_it_and_keeps_the_output(tmp_path: Path):
    stop = asyncio.Event()
    running = asyncio.create_task(text_of(f"echo so far; touch {tmp_path}/there; sleep 600", stop=stop))
    await until((tmp_path / "there").exists)
    stop.set()
    text = await running
    assert (text.text, kinds(text)) == ("so far", [NoteKind.STOPPED])


async def test_a_command_that_is_cancelled_while_it_starts_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    written = tmp_path / "pid"
    command = f"sleep 600 & echo $! > {written}.new; mv {written}.new {written}; sleep 600"
    running = asyncio.create_task(text_of(command))
    started = asyncio.Event()
    popen = subprocess.Popen

    def begin(*args, **options):
        started.set()
        return popen(*args, **options)

    monkeypatch.setattr(subprocess, "Popen", begin)
    while not started.is_set():  # noqa: ASYNC110  until the very step that starts it
        await asyncio.sleep(0)
    stand_still_until_there(written)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 20)
    pid = int(written.read_text())
    await until(lambda: not runs(pid))


async def test_a_cancelled_command_leaves_nothing_behind(tmp_path: Path):
    running = asyncio.create_task(text_of(f"sleep 600 & echo $! > {tmp_path}/pid; sleep 600"))
    await until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    pid = int((tmp_path / "pid").read_text())
    await until(lambda: not runs(pid))


async def test_background_programs_end_with_the_command_and_that_is_said():
    text = await text_of("sleep 600 & echo $!")
    assert kinds(text) == [NoteKind.EXIT, NoteKind.BACKGROUND_ENDED]
    await until(lambda: not runs(int(text.text)))


async def test_a_program_that_left_the_group_does_not_hold_us():
    text = await text_of(f"{sys.executable} -c 'import os, time; os.fork() and os._exit(0); os.setsid(); print(os.getpid(), flush=True); time.sleep(600)'; sleep 0.2")  # fmt: skip
    try:
        assert NoteKind.EXIT in kinds(text)
    finally:
        os.kill(int(text.text), signal.SIGKILL)


async def test_a_signal_that_ended_it_is_named():
    text = await text_of("kill -s TERM $$")
    assert text.notes == (Note.of(NoteKind.SIGNAL, number=15, name="SIGTERM"),)


GUARDED = """
import asyncio, sys
from elumenta_tui.process import groups
from elumenta_tui.sources.command import run_command

def start(*arguments):
    guardian = started(*arguments)
    open(sys.argv[2], "w").close()
    return guardian

started, groups._start_guardian = groups._start_guardian, start
asyncio.run(run_command(sys.argv[1]))
"""


@thorough
async def test_nothing_is_left_even_if_the_program_itself_is_killed(tmp_path: Path):
    command = f"sleep 600 & echo $! > {tmp_path}/pid; sleep 600"
    arguments = ("-c", GUARDED, command, str(tmp_path / "guarded"))
    app = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=HERE)
    await until((tmp_path / "guarded").exists)
    await until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    app.kill()
    await app.wait()
    pid = int((tmp_path / "pid").read_text())
    await until(lambda: not runs(pid))

"""A terminal that says that it draws pictures gets them through its own line, among the frames, and forgets them at the end."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

from PIL import Image

from elumenta_tui.terminal.kitty_graphics import PLACEHOLDER, QUERY_NUMBER
from tests.pseudo_terminal import PREPARED, SOON, Terminal

SENT = re.compile(rb"\x1b_G([^;\x1b]*);([A-Za-z0-9+/=]*)\x1b\\")


def test_a_picture_is_sent_once_and_whole_and_is_gone_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / ("long" * 16) / "noise.png"
    path.parent.mkdir()
    Image.effect_noise((300, 200), 90).convert("RGB").save(path)
    environ = {"ELUMENTA_HOME": str(tmp_path), "COLORTERM": "truecolor", "TMUX": ""}
    with Terminal([PREPARED, "--demo"], env=environ, size=(120, 40)) as terminal:
        terminal.wait_for("283 tokens")
        terminal.type("/images kitty")
        terminal.press("enter")
        terminal.wait_for(f"i={QUERY_NUMBER},s=1,v=1,a=q".encode())
        terminal.send(f"\x1b_Gi={QUERY_NUMBER};OK\x1b\\".encode())
        terminal.type(f"/attach {path}")
        terminal.press("enter")
        terminal.wait_for("1 ▣ noise.png")
        terminal.type("What is it?")
        terminal.wait_for("What is it?")
        terminal.press("enter")
        terminal.wait_for(PLACEHOLDER.encode(), SOON)
        pieces = [piece for piece in SENT.findall(terminal.raw) if b"a=q" not in piece[0]]
        assert [b"U=1" in facts for facts, _ in pieces] == [True] + [False] * (len(pieces) - 1)
        assert [facts.endswith(b"m=1") for facts, _ in pieces] == [True] * (len(pieces) - 1) + [False]
        sent = Image.open(io.BytesIO(base64.b64decode(b"".join(data for _, data in pieces))))
        assert sent.size[0] <= 300
        sent.load()
        terminal.press("ctrl+q")
        assert terminal.wait_exit(SOON) == 0
        assert b"a=d,d=I,i=" in terminal.raw

"""What strangers may send: the worst there is, by name."""

from __future__ import annotations

MARKUP = "a[/b] [red]x[/red] list[int] [0] [end] [/] [@click=app.quit]q[/] [link=smb://evil]l[/link] [bold"
"""Ends a program that takes it for markup, or runs an action at a click."""

CLIPBOARD = "\x1b]52;c;RVZJTA==\x07 \x1b]52;c;RVZJTA==\x1b\\ \x1bPtmux;\x1b\x1b]52;c;RVZJTA==\x07\x1b\\"
SCREEN = "\x1b[2J\x1b[H\x1b[31mred\x1b[?1049l\x1b[?1000h\x1b[>1u\x1b[3;7r\x1bc\x1b#8\x1b[8;5;5t"
QUERIES = "\x1b[6n\x1b[c\x1b[>c\x1b[?u\x1bZ\x05\x1b]10;?\x07\x1b[21t\x1bP$qm\x1b\\"
"""A terminal types its answers to them."""
TITLES = (
    "\x1b]0;owned\x07\x1b]2;owned\x1b\\\x1b]8;;smb://evil\x1b\\link\x1b]8;;\x1b\\\x1b]1337;File=:QQ==\x07"
)
C1 = "\x9b31m \x9d0;t\x9c \x90q\x9c \x85 \x9f \x80"
CONTROLS = "".join(map(chr, range(0x20))) + "\x7f"
BIDI = "\u202eexe.gpj\u202c \u2066if admin\u2069 \u2067\u2068\u202a\u202b\u202d\u200e\u200f\u061c"
UNSEEN = "pass\u200bword\u200c\u200d\u2060\ufeff\u2064\u034f\u115f\u3164\uffa0\U000e0041\ufe01"
SURROGATES = "\ud800 \udfff \ude00\ud83d"
FLOOD = "Z" + "\u0351\u0316" * 40 + " e" + "\u20dd" * 40 + " ᄒ" + "\u1161" * 40 + " 👍" + "🏽" * 40
SEPARATORS = "one\u2028two\u2029three\x85four\x0bfive\x0csix\rseven\r\neight"
LINKS = (
    "[a](javascript:alert(1)) [b](file:///etc/passwd) [c](smb://evil/x) [d](data:text/html,x) [e](calc.exe) "
    "[f](--help) [g](//evil.example) [h](vscode://x) ![i](http://evil.example/i.png) "
    "[https://elumenta.ru](https://elumenta.ru@evil.example) [j](https://good.example/ok) <https://xn--80ak6aa92e.com>"
)

WORST: dict[str, str] = {
    "markup": MARKUP,
    "clipboard": CLIPBOARD,
    "screen": SCREEN,
    "queries": QUERIES,
    "titles": TITLES,
    "c1": C1,
    "controls": CONTROLS,
    "bidi": BIDI,
    "unseen": UNSEEN,
    "surrogates": SURROGATES,
    "flood": FLOOD,
    "separators": SEPARATORS,
    "links": LINKS,
}

ALL = " ".join([MARKUP, *(f"{name}: {text}" for name, text in WORST.items() if name != "markup")])
"""All of it in one text. What is cut off after some characters has seen the markup."""


def in_markdown(text: str) -> str:
    """An answer that holds the text in every element which Markdown has, fences with and without a language among them."""
    line = text.replace("\n", " ").replace("\r", " ")
    return "\n\n".join(
        [
            text,
            f"# {line}",
            f"- {line}\n- [ ] {line}",
            f"1. {line}",
            f"> {line}",
            f"`{line}` **{line}** *{line}* ~~{line}~~",
            f"```{line}\n{text}\n```",
            f"```python\n# {line}\nx = '{line}'\n```",
            f"```{text}```",
            f"    {line}",
            f"| {line} | b |\n|---|---|\n| {line} | {line} |",
            f"[{line}](<https://good.example/{line}>) [x][y] ![{line}](<https://good.example/{line}>)",
            f"[y]: <https://good.example/{line}> '{line}'",
            f"<div title='{line}'>{line}</div>",
            f"$$\n{line}\n$$",
            "&#x1b;]52;c;QQ==&#7; &#x9b;31m &#x202e; &#x200b; &#xd800; <https://good.example/%1b%9b%e2%80%ae>",
            "[x][z] ![x][z] [z]\n\n[z]: <https://good.example/%1b]52;c;QQ==%07%e2%80%ae>",
            "the end",
        ]
    )

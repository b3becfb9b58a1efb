"""Text that keeps regular expressions and parsers busy: one thing again and again, after a beginning and before a misfit."""

from __future__ import annotations

from random import Random

UNITS = (
    *"\\\"'`()[]{}<> aA0_-.,;:/*#@!$%&=+~^|?é\t\n",
    '\\"', "\\'", '""', "''", "a ", "a.", "a,", "a(", "(a", "a=", "a:", "1.", "/*", "//", "--", "<!--", "<a ", "</", "${",
    "{{", "{%", "#{", "[[", "((", "\\\\ ", "a\n", " \n", "\\\n", '"\n', "a b ", "0x", "1e", "a-", "a_", "::", "->", "..", "==",
    "<<", ">>", "<?", "?>", "@a", "$a", "&a;", "%a", "#a", "!a", "~a", '"a" ', "'a' ", 'a"', "a\\", "> ", "- ", "1. ", "| ",
    "|a", "**", "*a", "*a ", "_a", "**a ", "a*", "a**", "![", "](", "[a](", "[a]", "[a][", "<a", "<a>", "`a", "$$", "\\(", "&#",
    "&amp;", "www.a", "http://a", "http://a.", "a@a.", "~~", "~~a", "\\[", "[^a]", "[a]: ", "<br>", "\u200b", "中", "👍",
    "👩\u200d", "e\u0301", "\u202e", "\ufe0f",
)  # fmt: skip
"""What is repeated."""

BEGINNINGS = (
    "", '"', "'", "`", "/*", "(", "[", "{", "<", 'val s = "', 'a = "', "a = '", "#", "//", "def a(", "class a", "x: ",
    '<a b="', "s/", "/", "%", "@", "$", "\\", '"""', "'''", "a ", "\n", "a(", "if ", "{{", "<!--", "--", "-- ", "function a",
    "![", "[a](", "[a](<", '[a](b "', "**", "http://", "|", "> ", "- ", "<a ", "$$", "[",
)  # fmt: skip

ENDS = ("", "\n", "x", '"x', "!", "\0", "é", ")", "]", ")" * 500, "]" * 500, " x")


def hostile(random: Random, size: int) -> str:
    """Some such text of about that many characters, with an end of line only where it is a part of what is repeated."""
    unit = "".join(random.choices(UNITS, k=random.choice((1, 1, 1, 2, 2, 3))))
    begin, end = random.choice(BEGINNINGS), random.choice(ENDS)
    if random.random() < 0.2:
        half = size // 2
        other = "".join(random.choices(UNITS, k=random.choice((1, 2))))
        return begin + unit * (half // len(unit)) + other * (half // len(other)) + end
    return begin + unit * (size // len(unit)) + end

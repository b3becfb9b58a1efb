"""Markup within a line: emphasis, code, links, images, math.

markdown-it-py parses; this module turns its tokens into runs. A new inline element is one row in `_TOKENS`, and a rule if
markdown-it does not know it (see `inline_rules`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.markdown.container import footnote_sign
from elumenta_tui.markdown.inline_parser import InlineMarkdown, prepare_imports
from elumenta_tui.markdown.inline_rules import footnote, math
from elumenta_tui.markdown.style import TEXT, Run, TextStyle
from elumenta_tui.markdown.wrap import joined
from elumenta_tui.text.sanitize import clean

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.rules_inline.state_inline import Delimiter
    from markdown_it.token import Token

_MARKUP = re.compile(r"[\\`*_\[<&$~!\n]|://|www\.|  ")
"""Matches markup. Text without any is shown as it is and costs no parsing."""

_DECODED = re.compile(r"[&%]|xn--", re.IGNORECASE)
"""Matches escapes. The source is sanitized, but `&#27;`, `%1b` and `xn--` may stand for characters that sanitizing would
remove."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_EAST_ASIAN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_BARE_URL = rf"(?:(?<![\w/@.])|(?<=[{_EAST_ASIAN}]))(https?://|www\.)[^\s<>\"`\u3000-\u303f\uff01-\uff0f\uff1a-\uff1f\uff3b-\uff3d\uff5b-\uff65]+"
"""Matches an address up to East Asian punctuation, which no address contains literally. East Asian text has no blank before an
address."""
_AFTER_URL = "?!.,:;*_~'»“”)]"

_LINE_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)

_OPENING = re.compile(r"[`\[$]|<[A-Za-z/!?]")
"""Matches a mark left over in parsed text that later text might close."""
_TICKS = re.compile(r"`+")
_OPEN_TARGET = re.compile(r"\[[^\[\]]*\]\([^()\s]*(?:\s+(?:\"[^\"]*\"?|'[^']*'?)?)?$")
"""Matches a link whose address, or the title behind it, is still coming."""
_TARGET_END = ")"
_BRACKETED = re.compile(r"\[[^\[\]]*\]")


class References:
    """Link reference definitions by label. Remembers the labels that were looked up in vain."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, str]] = {}
        self._missed: set[str] = set()
        self._notes: set[str] = set()
        self._missed_notes: set[str] = set()

    def define(self, label: str, href: str) -> None:
        """Add a definition under a normalized label. The first definition of a label counts."""
        self._found.setdefault(label, {"href": href, "title": ""})

    def get(self, label: str, default: None = None) -> dict[str, str] | None:
        """Look up a label. Called by markdown-it."""
        found = self._found.get(label, default)
        if found is None:
            self._missed.add(label)
        return found

    def define_footnote(self, label: str) -> None:
        """Add the label of a footnote."""
        self._notes.add(label)

    def has_footnote(self, label: str) -> bool:
        """Look up the label of a footnote."""
        if label not in self._notes:
            self._missed_notes.add(label)
            return False
        return True

    @property
    def needs_reparse(self) -> bool:
        """Return whether text was parsed before a definition that it needs."""
        return not (self._missed.isdisjoint(self._found) and self._missed_notes.isdisjoint(self._notes))


class Parsed(NamedTuple):
    runs: tuple[Run, ...]
    is_closed: bool
    """True if no later text can change the meaning."""
    open_marks: str = ""
    """Emphasis marks that are open at the end, outermost first."""
    first_open: int = 0
    """Index of the token of the first open mark."""


class Inline:
    """Parses the text of one document, whose parts share their link references."""

    def __init__(self, references: References | None = None, join_lines: bool = False) -> None:
        self.references = References() if references is None else references
        self.join_lines = join_lines
        """True if a newline within a paragraph becomes a space, as in CommonMark, instead of a new row."""
        self.never_closed: set[int] = set()
        """Numbers of the long paragraphs whose open marks were carried from piece to piece but never closed."""

    @staticmethod
    def target(destination: str) -> str | None:
        """Return the address of a link as written in the source; None if it must not be a link (a script)."""
        href = _markdown().normalizeLink(destination)
        return href if _markdown().validateLink(href) else None

    def runs(self, source: str, style: TextStyle = TEXT) -> tuple[Run, ...]:
        return self.parse(source, style).runs

    def growing_runs(self, source: str, style: TextStyle = TEXT) -> tuple[Run, ...]:
        """Return the runs of a text whose end is still to come.

        Open marks count as closed: `**wor` is bold already, so no asterisks flash up and vanish.
        """
        source = source.rstrip("*_~`").rstrip()
        if not _MARKUP.search(source):
            return self.runs(source, style)
        grown = len(source)
        state = self._tokens(source, grown)
        marks = _missing_marks(state)
        if marks == _TARGET_END:
            # An address that is still coming would stand behind its text, and change with every piece of it.
            found = source.rfind("](")
            if found < 0:
                # A line ends between the two.
                return self._parsed(source, state, style).runs
            source = source[: found + 2]
        if marks:
            state = self._tokens(source + marks, grown)
        return self._parsed(source + marks, state, style).runs

    def parse(self, source: str, style: TextStyle = TEXT) -> Parsed:
        """Parse the source. `style` is the style of text without markup."""
        if not _MARKUP.search(source):
            return Parsed(((source, style),) if source else (), True)
        return self._parsed(source, self._tokens(source), style)

    def _parsed(self, source: str, state: StateInline, style: TextStyle) -> Parsed:
        writer = _RunWriter(style, _markdown().normalizeLinkText, " " if self.join_lines else "\n")
        writer.write(state.tokens)
        runs = joined(writer.runs)
        if _DECODED.search(source):
            runs = tuple([(_decoded(text), style) for text, style in runs])
        is_open = [d for d in state.delimiters if d.open and d.end == -1]
        return Parsed(
            _with_bare_links(runs),
            not is_open and _is_closed(state),
            _marks(is_open),
            is_open[0].token if is_open else 0,
        )

    def _tokens(self, source: str, grown: int = 0) -> StateInline:
        """Parse the source. `grown`: where the text that has arrived ends, if more follows."""
        markdown = _markdown()
        from elumenta_tui.markdown.flanking import FlankingState

        state = FlankingState(source, markdown, {"references": self.references, "grown": grown}, [])
        markdown.inline.tokenize(state)
        for rule in markdown.inline.ruler2.getRules(""):
            rule(state)
        return state


def _marks(delimiters: Iterable[Delimiter]) -> str:
    return "".join(["~~" if d.marker == ord("~") else chr(d.marker) for d in delimiters])


def _is_closed(state: StateInline) -> bool:
    text = "".join(
        [
            t.content
            for t in state.tokens
            if t.type == "text" or (t.type == "text_special" and t.markup in (r"\(", r"\["))
        ]
    )
    return not _OPENING.search(_BRACKETED.sub("", text)) and not text.endswith("!")


def _missing_marks(state: StateInline) -> str:
    """Return the marks that would close what is open at the end."""
    text = "".join([token.content for token in state.tokens if token.type == "text"])
    if ticks := _TICKS.findall(text):
        return str(ticks[-1])
    if _OPEN_TARGET.search(text):
        return _TARGET_END
    return _marks(d for d in reversed(state.delimiters) if d.open and d.end == -1)


def unescape(text: str) -> str:
    """Resolve entities and backslash escapes in text outside of paragraphs."""
    if "&" not in text and "\\" not in text:
        return text
    prepare_imports()
    from markdown_it.common.utils import unescapeAll

    return _decoded(unescapeAll(text))


def _decoded(text: str) -> str:
    """Sanitize text that was decoded. Control characters leave a visible trace."""
    return clean(_CONTROL.sub("\ufffd", text))


class _RunWriter:
    """Writes tokens as runs, in the style of the marks around them."""

    def __init__(self, style: TextStyle, shown_link: Callable[[str], str], newline: str) -> None:
        self.runs: list[Run] = []
        self._styles = [style]
        self._links: list[tuple[str, str, int]] = []
        self._shown_link = shown_link
        self._newline = newline

    def write(self, tokens: list[Token]) -> None:
        for token in tokens:
            _TOKENS[token.type](self, token)

    def text(self, token: Token) -> None:
        text = re.sub(" {2,}", " ", token.content)
        is_at_start = bool(self.runs) and self.runs[-1][0].endswith("\n")
        self._put(text.lstrip(" ") if is_at_start else text)

    def code(self, token: Token) -> None:
        self._put(token.content, role="code")

    def html(self, token: Token) -> None:
        if _LINE_BREAK.fullmatch(token.content):
            self._put("\n")
            return
        self._put(token.content.replace("\n", " "), role="html")

    def verbatim(self, token: Token) -> None:
        self._put(token.content)

    def formula(self, token: Token) -> None:
        from elumenta_tui.markdown.formula import in_a_row, inside

        row = in_a_row(inside(token.content))
        if row is None:
            self._put(token.content)
        else:
            style = self._styles[-1]._replace(source=token.content, number=len(self.runs))
            self.runs.append((row, style))

    def footnote(self, token: Token) -> None:
        style = self._styles[-1]._replace(role="mark", source=f"[^{token.content}]", number=len(self.runs))
        self.runs.append((footnote_sign(token.content), style))

    def soft_break(self, token: Token) -> None:
        self._put(self._newline)

    def line_break(self, token: Token) -> None:
        self._put("\n")

    def emphasis(self, token: Token) -> None:
        self._styles.append(self._styles[-1]._replace(italic=True))

    def strong(self, token: Token) -> None:
        self._styles.append(self._styles[-1]._replace(bold=True))

    def strike(self, token: Token) -> None:
        self._styles.append(self._styles[-1]._replace(strike=True))

    def end(self, token: Token) -> None:
        self._styles.pop()

    def link(self, token: Token) -> None:
        href = str(token.attrGet("href") or "")
        self._styles.append(self._styles[-1]._replace(underline=True, href=href))
        self._links.append((href, str(token.attrGet("title") or ""), len(self.runs)))

    def link_end(self, token: Token) -> None:
        self._styles.pop()
        href, title, start = self._links.pop()
        self._target(href, title, "".join([text for text, _ in self.runs[start:]]))

    def image(self, token: Token) -> None:
        href = str(token.attrGet("src") or "")
        self._styles.append(self._styles[-1]._replace(underline=True, href=href))
        start = len(self.runs)
        self._put("🖼 ")
        self.write(token.children or [])
        self._styles.pop()
        self._target(
            href, str(token.attrGet("title") or ""), "".join([text for text, _ in self.runs[start + 1 :]])
        )

    def _target(self, href: str, title: str, text: str) -> None:
        """Add the address of a link, unless it equals the text, and the title."""
        shown = _decoded(self._shown_link(href))
        parts = [shown] if shown and text not in (shown, href, shown.removeprefix("mailto:")) else []
        if title:
            parts.append(f'"{" ".join(_decoded(title).split())}"')
        if parts:
            self._put(" ")
            self.runs.append((f"({' '.join(parts)})", TextStyle("target", href=href)))

    def _put(self, text: str, role: str = "") -> None:
        style = self._styles[-1]
        self.runs.append((text, style._replace(role=role) if role else style))


_TOKENS: dict[str, Callable[[_RunWriter, Token], None]] = {
    "text": _RunWriter.text,
    "text_special": _RunWriter.verbatim,
    "softbreak": _RunWriter.soft_break,
    "hardbreak": _RunWriter.line_break,
    "code_inline": _RunWriter.code,
    "html_inline": _RunWriter.html,
    "math": _RunWriter.formula,
    "footnote": _RunWriter.footnote,
    "em_open": _RunWriter.emphasis,
    "em_close": _RunWriter.end,
    "strong_open": _RunWriter.strong,
    "strong_close": _RunWriter.end,
    "s_open": _RunWriter.strike,
    "s_close": _RunWriter.end,
    "link_open": _RunWriter.link,
    "link_close": _RunWriter.link_end,
    "image": _RunWriter.image,
}
"""Handlers of all token types that the rules of `_markdown` produce."""


def _with_bare_links(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """Make links of addresses in plain text (GitHub's autolink extension)."""
    found: list[Run] = []
    for text, style in runs:
        if (
            style.href
            or style.source
            or style.role in ("code", "html", "target")
            or not ("://" in text or "www." in text)
        ):
            found.append((text, style))
            continue
        end = 0
        for match in _bare_url().finditer(text):
            url = _without_punctuation(match.group())
            if len(url) <= len(match[1]):
                continue
            found.append((text[end : match.start()], style))
            href = f"http://{url}" if url.startswith("www.") else url
            found.append((url, style._replace(underline=True, href=href)))
            end = match.start() + len(url)
        found.append((text[end:], style))
    return tuple(run for run in found if run[0])


@cache
def _bare_url() -> re.Pattern[str]:
    """Compile the pattern when it is first needed: its large sets of characters take as long as a screen of text."""
    return re.compile(_BARE_URL)


def _without_punctuation(url: str) -> str:
    """Strip the punctuation of the sentence from an address, and a closing parenthesis that the address does not open."""
    surplus = {end: url.count(end) - url.count(start) for start, end in ("()", "[]")}
    stop = len(url)
    while stop and (last := url[stop - 1]) in _AFTER_URL:
        if last in surplus:
            if surplus[last] <= 0:
                break
            surplus[last] -= 1
        stop -= 1
    return url[:stop]


@cache
def _markdown() -> MarkdownIt:
    markdown = InlineMarkdown()
    markdown.inline.ruler.before("escape", "math", math)
    markdown.inline.ruler.before("link", "footnote", footnote)
    return markdown.as_markdown_it()

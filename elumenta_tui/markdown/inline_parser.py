"""The parser of markdown-it-py for markup within a line, without the rest of that package.

Blocks have a parser of their own here (`structure`), and output is not HTML: most modules of markdown-it-py are never used. Importing the
package imports all of them, which took a sixth of the time from the first frame to a stored conversation on the screen.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_RULES = (
    "autolink",
    "backticks",
    "emphasis",
    "entity",
    "escape",
    "html_inline",
    "image",
    "link",
    "newline",
    "strikethrough",
    "text",
)
_RULES_OF_PAIRS = ("balance_pairs", "emphasis", "fragments_join", "strikethrough")
_OPTIONS = {"maxNesting": 20, "html": True}
"""The rules and options of `MarkdownIt("commonmark").enable("strikethrough")`."""

_PACKAGE = "markdown_it"


def prepare_imports() -> None:
    """Make modules of markdown-it-py importable one by one. Call it before any of them is imported.

    Python executes a package before its modules, and this one imports all its modules then. The package that is put in its place is the
    same, but executes when somebody asks for what it defines, as `from markdown_it import MarkdownIt` does.
    """
    if _PACKAGE in sys.modules:
        return
    spec = find_spec(_PACKAGE)
    loader = spec.loader if spec is not None else None
    if spec is None or loader is None:
        # It cannot be imported in parts: then the whole package is.
        return
    package = module_from_spec(spec)

    def execute(name: str) -> Any:
        # Python asks for `__all__` and for modules too.
        if name not in ("MarkdownIt", "__version__"):
            raise AttributeError(name)
        del vars(package)["__getattr__"]
        loader.exec_module(package)
        return getattr(package, name)

    vars(package)["__getattr__"] = execute
    sys.modules.setdefault(_PACKAGE, package)


class InlineMarkdown:
    """The part of `MarkdownIt` that the rules of the parser use. The methods have its names."""

    def __init__(self) -> None:
        prepare_imports()
        from markdown_it import helpers
        from markdown_it.parser_inline import ParserInline

        self.helpers = helpers
        self.options = _OPTIONS
        self.inline = ParserInline()
        self.inline.ruler.enableOnly(_RULES)
        self.inline.ruler2.enableOnly(_RULES_OF_PAIRS)

    def validateLink(self, url: str) -> bool:  # noqa: N802
        return bool(_urls().validateLink(url))

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return str(_urls().normalizeLink(url))

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        return str(_urls().normalizeLinkText(link))

    def as_markdown_it(self) -> MarkdownIt:
        """Return this object, for annotations that name the whole class."""
        return cast("MarkdownIt", self)


@cache
def _urls() -> ModuleType:
    """Import what handles addresses when a text has one: its seven modules take as long as a screen of text."""
    from markdown_it.common import normalize_url

    return normalize_url

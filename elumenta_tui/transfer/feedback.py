"""The report of a user for those who make the program: what the user fills in, and what the doctor says. It is never sent by itself."""

from __future__ import annotations

from collections.abc import Iterator

from elumenta_tui.i18n import say
from elumenta_tui.text.redact import redact_key
from elumenta_tui.text.sanitize import clean, clean_line

CLOSING = "```\n"
"""Ends the report, after the lines of the doctor."""

_LONGEST_PAGE = 500


def opening() -> str:
    """Return the beginning of a report: headings to write under, up to where the lines of the doctor follow."""
    headings = say("feedback.happened"), say("feedback.expected"), say("feedback.doctor")
    return "\n\n\n\n".join(f"## {heading}" for heading in headings) + "\n\n```text\n"


def issues_page() -> str:
    """Return the address of the page for issues that the package names; empty if it names none."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls = metadata("elumenta-tui").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    named = dict(url.partition(",")[::2] for url in map(str, urls))
    return clean_line(named.get("Issues", "").strip(), _LONGEST_PAGE)


def where_to(page: str) -> str:
    """Say where the report goes. `page` is what `issues_page` returned."""
    return say("feedback.to_page", url=page) if page else say("feedback.to_giver")


def file_names() -> Iterator[str]:
    """Yield names for the file of a report, to be tried until one is free."""
    from elumenta_tui.transfer.export_names import file_names

    return file_names("elumenta-tui-report", "md")


def without_key(report: str, key: str) -> str:
    """Return a report as it may be given away: the user may have pasted the key into it."""
    return redact_key(clean(report), key)
